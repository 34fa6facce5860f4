/* SPDX-License-Identifier: ISC */
/*
 * An index, written in bounded memory from rows in any order, one kind after
 * the other.  The file appears whole or not at all.
 */
#ifndef INDEX_WRITER_H
#define INDEX_WRITER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "index/format.h"
#include "obs/batch.h"
#include "station/row.h"

struct index_writer;

struct index_writer_options {
	const char	*path;
	const char	*name;		/* what it covers, or NULL: all */
	int64_t		 built_s;	/* as of when its rows are */
	uint32_t	 flags;		/* INDEX_FORMAT_WHOLE, _PART, _KEYS */
	int		 round;		/* rows without peaks: see record.h */
	mode_t		 mode;
	size_t		 memory;	/* bytes, about; 0: 128 MB */
	const char	*tmpdir;	/* NULL: io_scratch_dir() */
	int		(*stop)(void);	/* 1: give up; or NULL */
	/*
	 * The ends of a delta (INDEX_FORMAT_ENDS), whose second is what is
	 * written; or NULL.  If something else comes of it, that is an error.
	 */
	const uint8_t	*ends;
	/*
	 * Sign the id of what was written, if not NULL; of what comes of a
	 * delta the signature is that of the delta.  Returns 0, or -1 after a
	 * warning.
	 */
	int		(*sign)(void *arg,
			    const uint8_t id[INDEX_FORMAT_ID_LEN],
			    uint8_t signer[INDEX_FORMAT_SIGNER_LEN],
			    uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN]);
	void		*sign_arg;
};

/* Begin.  Borrows what O points to.  Returns NULL after a warning. */
struct index_writer *index_writer_new(const struct index_writer_options *o);

/*
 * Rows of KIND follow, until the next call: each kind once, of blue, wifi,
 * cells and areas.  Returns 0, or -1 after a warning.
 */
int	index_writer_begin(struct index_writer *w, enum index_format_kind kind);

/*
 * Add a row.  Of several with one key the last counts.  A row that no answer
 * could use before INDEX_WRITER_DAYS after the file is built is left out, as
 * if it had been dropped.  Returns 1, 0 if it was left out, or -1 after a
 * warning.
 */
#define INDEX_WRITER_DAYS	60
int	index_writer_row(struct index_writer *w, const struct station_row *r);
int	index_writer_area(struct index_writer *w, const struct station_area *a,
	    const struct station_centre *c);

/* There is no row with KEY, of the kind that follows, though one was added. */
int	index_writer_drop(struct index_writer *w, const uint8_t *key);

/*
 * An API key, in the order of strcmp(), and what is stored under it: LEN bytes
 * of TEXT, which may be none.  Keys come last, and of an index that is said to
 * have them, as who answers from one that is not lets everybody in.  Returns 0,
 * or -1 after a warning: those of another file may be in another order.
 */
int	index_writer_key(struct index_writer *w, const char *name,
	    const char *text, size_t len);

/*
 * For a delta: a key of KIND that is gone, in the order of memcmp(); and at
 * the end what it leads from and to.  These return 0, or -1 after a warning.
 */
int	index_writer_dropped(struct index_writer *w,
	    enum index_format_kind kind,
	    const uint8_t key[RADIO_CELL_KEY_MAX]);
int	index_writer_ends(struct index_writer *w,
	    const uint8_t ends[INDEX_FORMAT_ENDS_LEN]);

/* Where KIND is in the lists of a delta's ends. */
size_t	index_writer_place(enum index_format_kind kind);

/*
 * End W: if KEEP the file is on the disk under its name when this returns 0;
 * else nothing has changed, nor after -1 or, if something else than was said
 * came of a delta, -2: a warning.
 */
int	index_writer_end(struct index_writer *w, int keep);

#endif
