/* SPDX-License-Identifier: ISC */
/*
 * Small databases in MaxMind's format (MaxMind DB File Format Specification
 * 2.0) for the tests: an address's first byte is its record.
 */
#ifndef MMDB_H
#define MMDB_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define MMDB_NODES	255	/* a full tree of 8 levels */

/* The start of a map of N members, of text, and numbers. */
static inline void
mmdb_map(struct base_buf *b, int n)
{
	base_buf_chr(b, (char)(7 << 5 | n));
}

static inline void
mmdb_array(struct base_buf *b, int n)
{
	base_buf_chr(b, (char)n);
	base_buf_chr(b, 11 - 7);
}

static inline void
mmdb_str(struct base_buf *b, const char *s)
{
	base_buf_chr(b, (char)(2 << 5 | (int)strlen(s)));
	base_buf_str(b, s);
}

/* The LEN lowest bytes of V, as TYPE. */
static inline void
mmdb_uint(struct base_buf *b, int type, int len, uint64_t v)
{
	if (type > 7) {
		base_buf_chr(b, (char)len);
		base_buf_chr(b, (char)(type - 7));
	} else
		base_buf_chr(b, (char)(type << 5 | len));
	while (len-- > 0)
		base_buf_chr(b, (char)(v >> 8 * len));
}

static inline void
mmdb_u16(struct base_buf *b, uint16_t v)
{
	mmdb_uint(b, 5, 2, v);
}

static inline void
mmdb_u32(struct base_buf *b, uint32_t v)
{
	mmdb_uint(b, 6, 4, v);
}

static inline void
mmdb_double(struct base_buf *b, double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	mmdb_uint(b, 3, 8, u);
}

static inline void
mmdb_float(struct base_buf *b, float v)
{
	uint32_t u;

	memcpy(&u, &v, sizeof(u));
	mmdb_uint(b, 15, 4, u);
}

static inline void
mmdb_put24(struct base_buf *b, uint32_t v)
{
	base_buf_chr(b, (char)(v >> 16));
	base_buf_chr(b, (char)(v >> 8));
	base_buf_chr(b, (char)v);
}

/*
 * Write PATH: type TYPE, a tree of NODES nodes, as flat as can be, and so with
 * one more leaves, of which leaf 0 < R <= N has the record that starts at byte
 * AT[R - 1] of DATA.
 */
static inline int
mmdb_write_tree(const char *path, const char *type, const struct base_buf *data,
    const size_t *at, int n, int nodes)
{
	struct base_buf b;
	FILE *fp;
	int i, leaf, side, rc;

	base_buf_init(&b);
	for (i = 0; i < nodes; i++)
		for (side = 1; side <= 2; side++) {
			leaf = 2 * i + side - nodes;
			if (leaf < 0)
				mmdb_put24(&b, (uint32_t)(2 * i + side));
			else if (leaf < 1 || leaf > n)
				mmdb_put24(&b, (uint32_t)nodes);
			else
				mmdb_put24(&b, (uint32_t)((size_t)nodes + 16 +
				    at[leaf - 1]));
		}
	for (i = 0; i < 16; i++)
		base_buf_chr(&b, '\0');
	base_buf_add(&b, data->data, data->len);
	base_buf_str(&b, "\xab\xcd\xefMaxMind.com");
	mmdb_map(&b, 9);
	mmdb_str(&b, "node_count");
	mmdb_u32(&b, (uint32_t)nodes);
	mmdb_str(&b, "record_size");
	mmdb_u16(&b, 24);
	mmdb_str(&b, "ip_version");
	mmdb_u16(&b, 4);
	mmdb_str(&b, "database_type");
	mmdb_str(&b, type);
	mmdb_str(&b, "languages");
	mmdb_array(&b, 0);
	mmdb_str(&b, "binary_format_major_version");
	mmdb_u16(&b, 2);
	mmdb_str(&b, "binary_format_minor_version");
	mmdb_u16(&b, 0);
	mmdb_str(&b, "build_epoch");
	mmdb_uint(&b, 9, 8, 1700000000);
	mmdb_str(&b, "description");
	mmdb_map(&b, 0);
	if ((fp = fopen(path, "w")) == NULL)
		return -1;
	rc = fwrite(b.data, 1, b.len, fp) == b.len ? 0 : -1;
	base_buf_done(&b);
	return fclose(fp) == 0 ? rc : -1;
}

/* The same of a full tree of 8 levels: R.x.x.x with 0 < R <= N. */
static inline int
mmdb_write(const char *path, const char *type, const struct base_buf *data,
    const size_t *at, int n)
{
	return mmdb_write_tree(path, type, data, at, n, MMDB_NODES);
}

#endif
