/* SPDX-License-Identifier: ISC */
/* A manifest from a bucket that others may write to. */
#include "../../cmd/loc-export/manifest.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct export_counts c, now;
	struct export_fall fall[EXPORT_FALLS];

	if (export_manifest_parse((const char *)data, len, &c)) {
		assert(c.rows >= 0);
		export_manifest_falls(&c, &now, 10, 1, fall);
	}
	return 0;
}
