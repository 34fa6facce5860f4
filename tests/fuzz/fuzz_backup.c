/* SPDX-License-Identifier: ISC */
/* What is inside objects and manifests: the first byte says which it is. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "backup/batch.h"
#include "backup/manifest.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is found to be good has as many reports as its runs say. */
static void
try_batch(const char *text, size_t len)
{
	struct backup_batch b;
	struct base_arena a;
	size_t i, n = 0;

	base_arena_init(&a);
	if (backup_batch_read(&b, text, len, &a) == NULL && b.runs > 0) {
		for (i = 0; i < b.runs; i++)
			n += b.run[i].n;
		assert(n == b.reports);
	}
	base_arena_done(&a);
}

static void
try_manifest(const char *text, size_t len)
{
	struct backup_manifest m;
	size_t i;

	backup_manifest_init(&m);
	if (backup_manifest_parse(&m, text, len) == NULL)
		for (i = 0; i < m.n; i++)
			assert(strlen(m.entry[i].sha256) == 64 &&
			    m.entry[i].bytes >= 0);
	backup_manifest_done(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return 0;
	if (data[0] == 'm')
		try_manifest((const char *)data + 1, len - 1);
	else
		try_batch((const char *)data + 1, len - 1);
	return 0;
}
