/* SPDX-License-Identifier: ISC */
/*
 * The layout of an index, see loc-index(5).  All numbers are little-endian,
 * the least significant byte first; nothing is aligned but the beginnings of
 * sections.
 *
 * How it may grow.  A reader skips sections of a kind that it does not know,
 * and ignores what stands behind its own part of a record of cells, areas or
 * API keys.  So a section, or a member at the end of these, needs no new
 * version.
 * Records of MACs have exactly the length that flags, bits and marks give: a
 * change of them needs a new version, which older readers refuse.
 */
#ifndef INDEX_FORMAT_H
#define INDEX_FORMAT_H

#include <stdint.h>

#define INDEX_FORMAT_MAGIC	"LOCINDEX"
#define INDEX_FORMAT_VERSION	1
#define INDEX_FORMAT_ORDER	0x01020304	/* reads so in the right order */

/* The header, and in it the descriptions of sections. */
#define INDEX_FORMAT_HEAD	1280
#define INDEX_FORMAT_ALIGN	64
#define INDEX_FORMAT_SECTION	48
#define INDEX_FORMAT_FIRST	192
#define INDEX_FORMAT_SECTIONS	16	/* at most */

/* Offsets in the header. */
enum {
	INDEX_FORMAT_AT_VERSION = 8,
	INDEX_FORMAT_AT_ORDER = 12,
	INDEX_FORMAT_AT_SIZE = 16,	/* u64: bytes of the file */
	INDEX_FORMAT_AT_BUILT = 24,	/* u64: s since 1970 */
	INDEX_FORMAT_AT_COUNT = 32,	/* u32: sections */
	INDEX_FORMAT_AT_FLAGS = 36,	/* u32: enum index_format_flag */
	INDEX_FORMAT_AT_NAME = 40,	/* 64 bytes of text: what it covers */
	INDEX_FORMAT_AT_SHA = 104,	/* SHA-256 of all behind the header */
	/* Who has signed the header, if anybody, and how. */
	INDEX_FORMAT_AT_SIGNER = 960,	/* 32 bytes */
	INDEX_FORMAT_AT_SIGNATURE = 992, /* 64 bytes */
	INDEX_FORMAT_AT_CRC = INDEX_FORMAT_HEAD - 4	/* u32: of the rest */
};
#define INDEX_FORMAT_NAME_LEN	64

enum index_format_flag {
	INDEX_FORMAT_WHOLE = 1,	/* stations of MACs are whole rows */
	INDEX_FORMAT_PART = 2,	/* of a box or a region only */
	INDEX_FORMAT_KEYS = 4,	/* who may ask is in it */
	INDEX_FORMAT_DELTA = 8	/* no index, but what makes one of another */
};

enum index_format_kind {
	INDEX_FORMAT_BLUE = 1,
	INDEX_FORMAT_BLUE_DIR,
	INDEX_FORMAT_WIFI,
	INDEX_FORMAT_WIFI_DIR,
	INDEX_FORMAT_ODD_BLUE,
	INDEX_FORMAT_ODD_WIFI,
	INDEX_FORMAT_CELL,
	INDEX_FORMAT_CELL_DIR,
	INDEX_FORMAT_PLACES,
	INDEX_FORMAT_AREA,
	INDEX_FORMAT_AREA_DIR,
	INDEX_FORMAT_REGIONS,
	INDEX_FORMAT_KEY,
	INDEX_FORMAT_KEY_TEXT,
	INDEX_FORMAT_DROPPED,	/* of a delta: keys that are gone */
	INDEX_FORMAT_ENDS,	/* of a delta: what it leads from and to */
	INDEX_FORMAT_KINDS
};

/* Are records of KIND those of MACs, whose keys are mixed and cut? */
static inline int
index_format_is_mac(int kind)
{
	return kind == INDEX_FORMAT_BLUE || kind == INDEX_FORMAT_WIFI;
}

/* Bytes of records; those of MACs have what is left of the key in front. */
#define INDEX_FORMAT_MAC_LEN	20
#define INDEX_FORMAT_WHOLE_LEN	128
#define INDEX_FORMAT_CELL_LEN	64
#define INDEX_FORMAT_AREA_LEN	80
#define INDEX_FORMAT_REGION_LEN	2
#define INDEX_FORMAT_KEY_NAME	40
#define INDEX_FORMAT_KEY_LEN	48

/* A key that is gone: its kind, and the key filled up with zeros. */
#define INDEX_FORMAT_DROPPED_LEN	14

/*
 * The ids of an index and of what becomes of it; for blue, wifi, cell and area
 * how many bits its directory has, and how many marks a record; and who has
 * signed it, and how.
 */
#define INDEX_FORMAT_ID_LEN	32
#define INDEX_FORMAT_SIGNER_LEN	32
#define INDEX_FORMAT_SIGNATURE_LEN 64
enum {
	INDEX_FORMAT_ENDS_TO = INDEX_FORMAT_ID_LEN,
	INDEX_FORMAT_ENDS_SHAPE = 2 * INDEX_FORMAT_ID_LEN,
	INDEX_FORMAT_ENDS_SIGNER = INDEX_FORMAT_ENDS_SHAPE + 8,
	INDEX_FORMAT_ENDS_LEN = INDEX_FORMAT_ENDS_SIGNER +
	    INDEX_FORMAT_SIGNER_LEN + INDEX_FORMAT_SIGNATURE_LEN
};

/* Marks behind the short record of a MAC, see station/trust.h. */
#define INDEX_FORMAT_MARK_LEN	4
#define INDEX_FORMAT_MARKS	4

#endif
