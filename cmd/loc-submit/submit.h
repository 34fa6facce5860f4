/* SPDX-License-Identifier: ISC */
/* What the files of loc-submit share. */
#ifndef SUBMIT_H
#define SUBMIT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/uuid.h"
#include "io/progress.h"
#include "spool/record.h"

struct ichnaea_rules;
struct io_infile;
struct net_post;
struct spool_writer;

struct submit {
	struct spool_writer	*spool;		/* one of these two */
	struct net_post		*post;
	const char		*key;		/* -k, or NULL */
	const struct ichnaea_rules *rules;	/* as configured */
	size_t			 batch;		/* -b */
	struct obs_witness	 who;		/* of this run */
	struct base_arena	 arena;
	struct base_buf		 lines;		/* reports not handed in yet */
	struct base_buf		 body;
	struct base_buf		 details;
	size_t			 n;		/* reports in LINES */
	uint64_t		 first, last;	/* lines they are of */
	size_t			 first_item;	/* of a body in FIRST, or 0 */
	/* What is brought back keeps its id, see loc-backup(1). */
	int			 restored;
	uint8_t			 id[BASE_UUID_LEN];
	int64_t			 accepted_ms;
	char			 own_key[SPOOL_RECORD_KEY_MAX + 1];
	struct io_progress	 progress;
	/* of all files */
	uint64_t		 done, bad;	/* reports */
	uint64_t		 empty;		/* ... without networks */
	uint64_t		 left_out;	/* values of reports */
};

/* Bytes of a line: a body of some 100,000 networks. */
#define SUBMIT_LINE_MAX		(64 * 1024 * 1024)

/* Set by a signal: end with the line that is being read. */
extern atomic_int submit_stopping;

/* Hand in what the lines of F say.  Returns an exit status. */
int	submit_lines(struct submit *s, struct io_infile *f);

/*
 * Hand in what has gathered.  Returns EX_OK also when the server refused it:
 * that is noted, and others may fare better.
 */
int	submit_send(struct submit *s, const struct io_infile *f);

/* Say that LINE of F, from ITEM of its body on (or 0), is still to be done. */
void	submit_stopped_at(const struct io_infile *f, uint64_t line,
	    size_t item);

#endif
