/* SPDX-License-Identifier: ISC */
/*
 * A file is the tree of its nodes, 16 zeros, the data, a marker, and the
 * metadata, which say how many nodes there are.  The library believes them:
 * version 1.7 computes the size of the tree in 32 bits, so that a number of
 * nodes that is large enough passes its only look at the size of the file.
 * Then nodes are read from outside of it, the first of them while the file is
 * still being opened.  So the metadata are read here, before the library sees
 * the file, and with the same eyes: what it uses to look into metadata is a
 * database of data alone, and such a one can be made of its public parts.
 *
 * What else is broken shows when the library comes upon it, and is an error
 * then.  So it is led to nodes all over the tree and to what belongs to them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geoip/check.h"

#define NODES		1024
#define MARKER		"\xab\xcd\xefMaxMind.com"
#define MARKER_LEN	(sizeof(MARKER) - 1)
#define METADATA_MAX	(128 * 1024)	/* the marker is not farther away */
#define ZEROS_LEN	16		/* between the tree and the data */

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

/* The number called NAME in the metadata META; 0 if it is none. */
static uint64_t
metadata_number(MMDB_entry_s *meta, const char *name)
{
	const char *const path[] = { name, NULL };
	MMDB_entry_data_s v;

	if (MMDB_aget_value(meta, &v, path) != MMDB_SUCCESS || !v.has_data)
		return 0;
	return v.type == MMDB_DATA_TYPE_UINT16 ? v.uint16 :
	    v.type == MMDB_DATA_TYPE_UINT32 ? v.uint32 : 0;
}

/*
 * Compare the metadata, LEN bytes at TEXT, with the place of their marker in
 * the file.
 */
static int
check_metadata(const uint8_t *text, size_t len, uint64_t marker_at)
{
	MMDB_s fake = { .data_section = text,
	    .data_section_size = (uint32_t)len };
	MMDB_entry_s meta = { .mmdb = &fake, .offset = 0 };
	uint64_t bits = metadata_number(&meta, "record_size");
	uint64_t nodes = metadata_number(&meta, "node_count");
	uint64_t version = metadata_number(&meta, "ip_version");
	uint64_t data_at = nodes * (bits / 4) + ZEROS_LEN;

	/* Numbers are of 32 bits at most, so nothing has wrapped. */
	if ((bits != 24 && bits != 28 && bits != 32) || nodes == 0 ||
	    (version != 4 && version != 6) || data_at > marker_at ||
	    marker_at + MARKER_LEN + len - data_at > UINT32_MAX)
		return MMDB_INVALID_METADATA_ERROR;
	return MMDB_SUCCESS;
}

/* Where the last marker in LEN bytes of TEXT ends, or NULL. */
static const uint8_t *
find_metadata(const uint8_t *text, size_t len)
{
	const uint8_t *at, *end = text + len, *last = NULL;

	while ((at = memmem(text, (size_t)(end - text), MARKER,
	    MARKER_LEN)) != NULL)
		last = text = at + MARKER_LEN;
	return last;
}

int
geoip_check_size(int fd)
{
	const uint8_t *meta;
	struct stat st;
	uint8_t *text;
	off_t from;
	size_t len;
	ssize_t n;
	int rc;

	if (fstat(fd, &st) == -1)
		return MMDB_IO_ERROR;
	from = st.st_size > METADATA_MAX ? st.st_size - METADATA_MAX : 0;
	len = (size_t)(st.st_size - from);
	if ((text = malloc(len + 1)) == NULL)
		return MMDB_OUT_OF_MEMORY_ERROR;
	while ((n = pread(fd, text, len, from)) == -1 && errno == EINTR)
		;
	if (n != (ssize_t)len)
		rc = MMDB_IO_ERROR;
	else if ((meta = find_metadata(text, len)) == NULL)
		rc = MMDB_INVALID_METADATA_ERROR;
	else
		rc = check_metadata(meta, len - (size_t)(meta - text),
		    (uint64_t)(from + (meta - text)) - MARKER_LEN);
	free(text);
	return rc;
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
