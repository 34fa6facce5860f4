/* SPDX-License-Identifier: ISC */
/*
 * The library looks at the metadata only when it opens a file; what else is
 * broken shows when it comes upon it.  Here it is led to nodes all over the
 * tree and to what belongs to them.
 */
#include "geoip/check.h"

#define NODES		1024

/* What is looked for in records; what is not there is looked for in all. */
static const char *const paths[][3] = {
	{ "country", "iso_code" }, { "location", "latitude" },
	{ "location", "longitude" }, { "country_code" }, { "latitude" },
	{ "longitude" },
};

static int
check_entry(MMDB_entry_s *e)
{
	MMDB_entry_data_s v;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		rc = MMDB_aget_value(e, &v, paths[i]);
		if (rc != MMDB_SUCCESS &&
		    rc != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
			return rc;
	}
	return MMDB_SUCCESS;
}

static int
check_side(uint8_t type, MMDB_entry_s *e)
{
	if (type == MMDB_RECORD_TYPE_INVALID)
		return MMDB_CORRUPT_SEARCH_TREE_ERROR;
	return type == MMDB_RECORD_TYPE_DATA ? check_entry(e) : MMDB_SUCCESS;
}

int
geoip_check(const MMDB_s *mmdb)
{
	uint32_t n = mmdb->metadata.node_count, step = n / NODES + 1, at;
	MMDB_search_node_s node;
	int rc = MMDB_SUCCESS;

	for (at = 0; at < n && rc == MMDB_SUCCESS; at += step) {
		rc = MMDB_read_node(mmdb, at, &node);
		if (rc == MMDB_SUCCESS)
			rc = check_side(node.left_record_type,
			    &node.left_record_entry);
		if (rc == MMDB_SUCCESS)
			rc = check_side(node.right_record_type,
			    &node.right_record_entry);
		if (n - at <= step)
			break;
	}
	return rc;
}
