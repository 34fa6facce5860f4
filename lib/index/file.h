/* SPDX-License-Identifier: ISC */
/*
 * An index, read where it is: the file is mapped, and nothing of it is read
 * before it is asked for.  Any number of threads may ask at once.
 *
 * Nothing in a file is believed: what does not make sense is not found.  But
 * whoever writes to a file that is mapped changes what is read of it, and to
 * cut it ends the program that reads on, see io/mapped.h: so files must be
 * replaced by rename(2), as loc-index does.
 */
#ifndef INDEX_FILE_H
#define INDEX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "index/format.h"
#include "obs/batch.h"
#include "station/row.h"

struct index_file;

/*
 * Map PATH, an index, or a delta.  Nothing but its header is read.  Returns
 * NULL after a warning.
 */
struct index_file *index_file_open(const char *path);
struct index_file *index_file_open_delta(const char *path);
void	index_file_free(struct index_file *f);

/*
 * The same for an index or a delta in the LEN bytes at DATA, which are borrowed
 * until it is freed.  NAME is for warnings.
 */
struct index_file *index_file_of(const void *data, size_t len,
	    const char *name);

/* 0, or -1 after a warning that the file was written to since it was opened. */
int	index_file_check(const struct index_file *f);

struct index_file_about {
	uint64_t	 size;		/* bytes */
	int64_t		 built_s;	/* as of when its rows are */
	uint32_t	 flags;		/* enum index_format_flag */
	uint32_t	 version;
	char		 name[INDEX_FORMAT_NAME_LEN + 1]; /* what it covers */
};
void	index_file_about(const struct index_file *f,
	    struct index_file_about *a);

/*
 * The id of F: the hash of its header, which has one of all the rest.  Who has
 * signed it is no part of that.
 */
void	index_file_id(const struct index_file *f,
	    uint8_t id[INDEX_FORMAT_ID_LEN]);

/* Who has signed it, and how; 0 if nobody has. */
int	index_file_signed(const struct index_file *f,
	    uint8_t signer[INDEX_FORMAT_SIGNER_LEN],
	    uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN]);

/* A section of F of KIND; bytes is NULL if there is none. */
struct index_file_section {
	const uint8_t	*bytes;
	uint64_t	 len, count;
	uint32_t	 record;	/* bytes of one */
	uint32_t	 bits;		/* of keys, that its directory knows */
	uint32_t	 marks;		/* behind records of MACs */
	uint32_t	 crc;
};
const struct index_file_section *index_file_section(
	    const struct index_file *f, enum index_format_kind kind);

/* What a section is called, "wifi"; NULL for a number that is no kind. */
const char *index_file_name(int kind);

/* Read all of F: returns 0, or -1 after a warning for each section amiss. */
int	index_file_verify(const struct index_file *f);

/*
 * The search for an address in steps, each of which has the processor fetch
 * what the next one reads: so several addresses that are looked for together,
 * step by step, wait for memory together and not one after the other.
 */
struct index_file_search {
	const struct index_file_section	*section;
	uint64_t	 mixed;		/* the address */
	uint64_t	 lo, hi;	/* its record is one of these */
};

/* Begin to look for MAC in F, which outlives the search; its directory next. */
void	index_file_begin(struct index_file_search *s,
	    const struct index_file *f, enum obs_kind kind,
	    const uint8_t mac[RADIO_MAC_LEN]);

/* Its records next. */
void	index_file_ahead(struct index_file_search *s,
	    const struct index_file *f);

/*
 * The record of the address, which lives as long as F, or NULL; what it points
 * to next.
 */
const uint8_t *index_file_end(const struct index_file_search *s,
	    const struct index_file *f);

/*
 * Set *R, of MAC, from its record.  Returns 1, or 0 if that points to nothing.
 */
int	index_file_read_mac(const struct index_file *f, enum obs_kind kind,
	    const uint8_t mac[RADIO_MAC_LEN], const uint8_t *rec,
	    struct station_row *r);

/*
 * Find one station or area.  Returns 1 with the row set, which has what answers
 * need (index/record.h), or 0.  C is the centre of the area, or its latitude
 * NaN.
 */
int	index_file_mac(const struct index_file *f, enum obs_kind kind,
	    const uint8_t mac[RADIO_MAC_LEN], struct station_row *r);
int	index_file_cell(const struct index_file *f,
	    const uint8_t key[RADIO_CELL_KEY_MAX], struct station_row *r);
int	index_file_area(const struct index_file *f,
	    const uint8_t key[RADIO_CELL_AREA_MAX], struct station_area *a,
	    struct station_centre *c);

/*
 * What is stored under an API key, *LEN bytes of TEXT, borrowed.  Returns 1, or
 * 0 if it is not there.
 */
int	index_file_key(const struct index_file *f, const char *name,
	    const char **text, size_t *len);

/*
 * All keys and records, in order; I counts from 0 within a section of KIND,
 * which is of blue, wifi, cells, areas or API keys.
 */
struct index_file_item {
	uint64_t	 i;		/* 0 first; then left alone */
	uint64_t	 bucket;	/* likewise */
	uint8_t		 key[RADIO_CELL_KEY_MAX];
	const uint8_t	*record;	/* without the key, of MACs */
};
/* The next one.  Returns 1, or 0 behind the last. */
int	index_file_next(const struct index_file *f,
	    enum index_format_kind kind, struct index_file_item *it);

/* The row of an item of MACs, of cells, of areas. */
void	index_file_row(const struct index_file *f,
	    enum index_format_kind kind, const struct index_file_item *it,
	    struct station_row *r);
void	index_file_area_row(const struct index_file *f,
	    const struct index_file_item *it, struct station_area *a,
	    struct station_centre *c);

/* API key number I: its name and text.  Returns 1, or 0 behind the last. */
int	index_file_key_at(const struct index_file *f, uint64_t i,
	    char name[INDEX_FORMAT_KEY_NAME + 1], const char **text,
	    size_t *len);

#endif
