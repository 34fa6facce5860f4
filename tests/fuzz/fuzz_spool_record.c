/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "spool/record.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Walk over the input as a reader does; what decodes must encode the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum spool_record_verdict v;
	struct spool_record r;
	struct base_buf b;
	size_t at = 0, size;

	base_buf_init(&b);
	while (at < len) {
		v = spool_record_decode(&r, data + at, len - at, &size);
		if (v == SPOOL_RECORD_INCOMPLETE && size <= len - at)
			abort();
		if (v != SPOOL_RECORD_OK) {
			at += spool_record_scan(data + at, len - at);
			continue;
		}
		base_buf_reset(&b);
		if (size > len - at || spool_record_encode(&b, &r) == -1 ||
		    b.len != size || memcmp(b.data, data + at, size) != 0)
			abort();
		at += size;
	}
	base_buf_done(&b);
	return 0;
}
