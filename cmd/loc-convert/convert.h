/* SPDX-License-Identifier: ISC */
/* What the parts of loc-convert share. */
#ifndef LOC_CONVERT_H
#define LOC_CONVERT_H

#include <stdint.h>

#include "convert/sink.h"

struct convert_format;
struct convert_kismetxml_table;
struct io_infile;

/* One run. */
struct converting {
	const struct convert_format *forced;	/* -f, or NULL */
	struct convert_zone	*zone;		/* -z, or NULL */
	int			 verbose;	/* -v: tell all of it */
	int			 status;	/* of exit, so far */
	/* The file at hand: */
	const char		*name;		/* in messages */
	const char		*what;		/* its format, or NULL */
	struct convert_sink	 sink;
	uint64_t		 told, kept;	/* messages, and not shown */
	struct convert_kismetxml_table *networks;	/* of its netxml */
	int			 only_networks;	/* fill that table */
};

/*
 * Convert the file PATH, "-" being standard input.  What becomes of it is
 * told, and noted in the status.
 */
void	convert_file(struct converting *c, const char *path);

/* The same for a file that is open; archives only unless IN_ARCHIVE. */
void	convert_stream(struct converting *c, struct io_infile *f,
	    const char *path, int in_archive);

/* The archive PATH; IS_OURS: it is to be removed once it is open. */
void	convert_archive(struct converting *c, const char *path, int is_ours);

/* What loses data is status 65, unless something worse was before. */
void	convert_damaged(struct converting *c);

/*
 * Write what remains of F into a temporary file.  Returns its path, which the
 * caller removes as soon as it is open, and frees; or NULL after a warning.
 */
char	*convert_unpack(struct converting *c, struct io_infile *f);

#endif
