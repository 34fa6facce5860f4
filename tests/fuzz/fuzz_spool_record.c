/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spool/record.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Walk over the input as a reader does; what decodes must encode the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum spool_record_verdict v;
	struct spool_record r;
	uint8_t head[SPOOL_RECORD_HEAD_MAX];
	size_t at = 0, n, size;

	while (at < len) {
		v = spool_record_decode(&r, data + at, len - at, &size);
		if (v == SPOOL_RECORD_INCOMPLETE && size <= len - at)
			abort();
		if (v != SPOOL_RECORD_OK) {
			at += spool_record_scan(data + at, len - at);
			continue;
		}
		if (size > len - at)
			abort();
		n = spool_record_head(head, &r);
		/* An old version, or a class that nobody has, becomes another. */
		if (data[at + 3] == 2 && data[at + 41] <= OBS_WITNESS_ASKED &&
		    (n + r.len != size || memcmp(head, data + at, n) != 0))
			abort();
		at += size;
	}
	return 0;
}
