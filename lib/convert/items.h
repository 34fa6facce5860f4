/* SPDX-License-Identifier: ISC */
/*
 * Reports in JSON, however they stand in a file: as items of bodies, one or
 * many, in one line or over many, or on their own.  A file of any size is
 * taken apart as it is read; only one report at a time is held.
 */
#ifndef CONVERT_ITEMS_H
#define CONVERT_ITEMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CONVERT_ITEMS_MAX	(4 * 1024 * 1024)	/* bytes of a report */

struct convert_sink;

struct convert_items {
	struct convert_sink	*sink;
	/* LEN bytes of TEXT, braces and all, which begin in line s->line. */
	void		(*each)(void *arg, const char *text, size_t len);
	void		*arg;
	/* private: */
	struct base_buf	 item;		/* that is being read */
	uint64_t	 number;	/* of the line */
	uint64_t	 item_line;	/* where it began */
	int		 depth;		/* of brackets around us */
	int		 in_string, escaped;
	int		 holding;	/* what we read is kept */
	int		 item_depth;	/* ... and ends at this depth */
	int		 in_items;	/* of a body */
	int		 is_body;	/* items were seen in this object */
	int		 too_long;
	int		 junk;		/* something else than an object */
	char		 key[8];	/* the string read last, at depth 1 */
	size_t		 key_len;
	int		 key_open, after_key;
	int		 bom;		/* bytes of a mark to pass over */
};

void	convert_items_init(struct convert_items *t, struct convert_sink *s,
	    void (*each)(void *arg, const char *text, size_t len), void *arg);
void	convert_items_done(struct convert_items *t);

/* The next LEN bytes.  Returns 1, or 0 when memory is short. */
int	convert_items_feed(struct convert_items *t, const char *data,
	    size_t len);

/* The file ends. */
void	convert_items_end(struct convert_items *t);

#endif
