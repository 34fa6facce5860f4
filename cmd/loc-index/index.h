/* SPDX-License-Identifier: ISC */
/* What the files of loc-index share. */
#ifndef INDEX_H
#define INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "conf/file.h"
#include "index/file.h"
#include "index/writer.h"
#include "radio/name.h"

#define INDEX_MODE	0644	/* of a file ... */
#define INDEX_KEYS_MODE	0640	/* ... with API keys */

/* Which part of the world: all, if there is neither a region nor a box. */
struct index_place {
	int	region;			/* or GEO_REGION_NONE */
	int	has_box;
	double	south, west, north, east;	/* west > east: by 180 */
	char	name[INDEX_FORMAT_NAME_LEN + 1];	/* "" of all */
};

struct index_run {
	struct conf_file	 cf;
	struct index_place	 place;	/* -b, -r */
	const char		*old;	/* -i, or NULL */
	int			 json;	/* -j */
	int			 keys;	/* -k */
	int			 round;	/* -a */
	int			 quiet;	/* -q */
	int			 whole;	/* -s */
	int			 verbose; /* -v */
	size_t			 memory; /* -m: bytes, or 0 */
	struct index_file	*in[2];	/* what is read, or NULL */
};

/* place.c: set P from the text of -b or -r; ends the program if it is none. */
void	index_place_box(struct index_place *p, const char *text);
void	index_place_region(struct index_place *p, const char *text);

/*
 * 1 if a point is in P; or an area of MCC, at a point, may be of a cell that
 * is.
 */
int	index_place_has(const struct index_place *p, double lat, double lon);
int	index_place_has_area(const struct index_place *p, double lat,
	    double lon, int mcc);

/*
 * R reads F and frees it at the end, when F must not have changed.  Returns F,
 * which may be NULL.
 */
struct index_file *index_input(struct index_run *r, struct index_file *f);

/*
 * Begin a file at PATH as R says, as of BUILT_S, what comes of a delta with
 * ENDS or NULL; see index_writer_new().
 */
struct index_writer *index_begin(const struct index_run *r, const char *path,
	    int64_t built_s, int keys, const uint8_t *ends);

/*
 * End W.  Returns STATUS, or that of a failure; its file gets its name if that
 * is EX_OK.
 */
int	index_end(const struct index_run *r, struct index_writer *w,
	    int status);

/* Commands, given their operands; all return an exit status. */
int	index_build(struct index_run *r, char *const *word);
int	index_cut(struct index_run *r, char *const *word);
int	index_delta(struct index_run *r, char *const *word);
int	index_apply(struct index_run *r, char *const *word);
int	index_diff(struct index_run *r, char *const *word);
int	index_get(struct index_run *r, char *const *word);
int	index_list(struct index_run *r, char *const *word);
int	index_stat(struct index_run *r, char *const *word);
int	index_verify(struct index_run *r, char *const *word);
int	index_keygen(struct index_run *r, char *const *word);

/* show.c: a key as people write it. */
void	index_format_key(char out[RADIO_NAME_LEN],
	    enum index_format_kind kind, const uint8_t *key);

/* sign.c: what signs an index_writer with the key of R. */
int	index_sign(void *r, const uint8_t id[INDEX_FORMAT_ID_LEN],
	    uint8_t signer[INDEX_FORMAT_SIGNER_LEN],
	    uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN]);
/* 1 if that can be done, or CF names no key; 0 after a warning. */
int	index_can_sign(const struct conf_file *cf);
/* 1 if F, at PATH, has a signature that R wants, or R wants none; or 0. */
int	index_is_signed(const struct index_run *r,
	    const struct index_file *f, const char *path);

/*
 * copy.c: add what FROM has of KIND, within the place of R, to W, unless
 * SKIP(ARG, key) says so.  Returns 0, or -1 after a warning.
 */
int	index_copy(const struct index_run *r, const struct index_file *from,
	    enum index_format_kind kind, struct index_writer *w,
	    int (*skip)(void *arg, const uint8_t *key), void *arg);
/* All API keys, without what is stored under them. */
int	index_copy_keys(const struct index_file *from,
	    struct index_writer *w);

#endif
