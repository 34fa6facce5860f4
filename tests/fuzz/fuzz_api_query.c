/* SPDX-License-Identifier: ISC */
/* Geolocate bodies: the first byte chooses strict or lenient. */
#include <stdlib.h>

#include "api/query.h"
#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "locate/query.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_macs(const struct locate_mac *m, size_t n)
{
	size_t i;

	if (n == 1)
		abort();
	for (i = 0; i < n; i++)
		if (m[i].age_ms != LOCATE_UNKNOWN &&
		    (m[i].age_ms < -3600000 || m[i].age_ms > 3600000))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct base_buf details;
	struct locate_query q;
	struct base_arena a;
	struct json_doc d;
	size_t i;

	if (len == 0)
		return 0;
	base_arena_init(&a);
	base_buf_init(&details);
	if (json_doc_parse(&d, (const char *)data + 1, len - 1, &a) == 0 &&
	    api_query_parse(&q, &d, data[0] & 2 ? API_QUERY_SHORT :
	    API_QUERY_LONG, ichnaea_rules(data[0] & 1), &details, &a) ==
	    API_QUERY_OK) {
		check_macs(q.blue, q.nblue);
		check_macs(q.wifi, q.nwifi);
		for (i = 0; i < q.ncell; i++)
			if (q.cell[i].cell.cid == LOCATE_UNKNOWN)
				abort();
	}
	base_buf_done(&details);
	base_arena_done(&a);
	return 0;
}
