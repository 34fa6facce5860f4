/* SPDX-License-Identifier: ISC */
/* What the files of loc-import share. */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "io/progress.h"
#include "radio/csv.h"
#include "store/import.h"

struct conf_file;
struct io_infile;
struct store_load;

struct import {
	struct store_load	*load;		/* NULL: only count rows */
	FILE			*refused;	/* -r, or NULL */
	int			 refused_errno;	/* of its first failure, or 0 */
	int			 dry;		/* -n */
	int			 quiet, verbose;
	double			 bad_percent;	/* -m */
	struct io_progress	 progress;
	unsigned		 files;		/* read so far */
	struct radio_csv_row	 row;		/* read last */
	/* of the file being read */
	const struct io_infile	*file;
	struct radio_csv_form	 form;
	int			 known;		/* it is cell CSV */
	int			 odd;		/* lines before we knew */
	struct base_buf		 open;		/* record with an open quote */
	uint64_t		 open_line;
	uint64_t		 line;		/* read last */
	uint64_t		 read;
	uint64_t		 accepted;
	uint64_t		 reason[RADIO_CSV_VERDICTS];
	struct store_import_counts counts;
	int			 good;		/* it was read to its end */
};

/* A signal has come: finish what is under way and end. */
extern atomic_int import_stopping;

/*
 * Import all rows of F, print their summary, and end F.  Returns an exit
 * status; IM->good is set if all good rows are in, also when there were too
 * many bad ones.
 */
int	import_take(struct import *im, struct io_infile *f);

/*
 * Fetch what OpenCellID has and the database has not yet, as CF says, and
 * import it.  Returns an exit status.
 */
int	import_ocid(struct import *im, const struct conf_file *cf);

#endif
