/* SPDX-License-Identifier: ISC */
/*
 * The manifest of a dump.  The hash at its end, which nothing but what wrote it
 * could get right, is put behind the input here.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "dump/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned char hash[BASE_SHA256_BYTES];
	char hex[BASE_SHA256_HEX];
	struct base_buf again, b;
	struct dump_manifest m;
	size_t i;

	base_sha256(hash, data, len);
	base_sha256_format(hex, hash);
	base_buf_init(&again);
	base_buf_init(&b);
	base_buf_add(&b, data, len);
	base_buf_fmt(&b, ",\"sha256\":\"%s\"}\n", hex);
	dump_manifest_init(&m);
	if (dump_manifest_read(&m, b.data, b.len) == NULL) {
		for (i = 0; i < m.ntable; i++)
			assert(dump_manifest_find(&m, m.table[i].name) !=
			    NULL);
		dump_manifest_write(&again, &m);
	}
	dump_manifest_done(&m);
	base_buf_done(&again);
	base_buf_done(&b);
	return 0;
}
