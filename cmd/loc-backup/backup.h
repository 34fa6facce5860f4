/* SPDX-License-Identifier: ISC */
/* What the files of loc-backup share. */
#ifndef BACKUP_H
#define BACKUP_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/place.h"
#include "conf/file.h"
#include "store/export.h"

struct object_store;
struct store_db;

/*
 * A subcommand.  RUN gets its arguments as a main() would, the program
 * first, and reads them with io_cli_next() and SYNOPSIS.  It returns an exit status.
 */
struct backup_command {
	const char	*name;
	int		(*run)(int argc, char *argv[]);
	const char	*synopsis;	/* "NAME [-options] ...", one line */
};
extern const struct backup_command backup_list;

/* Set by HUP, INT or TERM: end at the next good moment. */
extern volatile sig_atomic_t backup_stopping;

/* A place with backups of reports, and where it is from. */
struct backup_target {
	const char	*name;		/* of the row, or the operand */
	struct backup_place place;
};

/* The settings, and the places that the operands of a command mean. */
struct backup_targets {
	struct conf_file	 cf;
	int			 has_cf;
	struct store_export_list rows;
	struct backup_target	*target;
	size_t			 n;
};

/*
 * Read the settings CONF and find what the N operands NAME mean.  One with a
 * '/' is the URL of a place, and any other is the name of a row of schema s3;
 * without operands they are all such rows.  The database is asked for rows
 * only.  Returns EX_OK or, after a warning, an exit status; the caller owes a
 * backup_targets_done() either way.
 */
int	backup_targets_open(struct backup_targets *t, const char *conf,
	    char *const *name, int n);
void	backup_targets_done(struct backup_targets *t);

/* An object with a batch of reports. */
struct backup_object {
	char	*key;		/* in the place's store */
	int64_t	 made_s;	/* by its name */
	int64_t	 bytes;		/* -1: it is missing */
};

/* All of a place, by time. */
struct backup_stock {
	struct backup_object	*object;
	size_t			 n, cap;
	size_t			 others;	/* objects that are none */
};

/*
 * Read what is in S.  Returns EX_OK or, after a warning, an exit status; the
 * caller owes a backup_stock_done() either way.
 */
int	backup_stock_read(struct backup_stock *k, struct object_store *s);
void	backup_stock_done(struct backup_stock *k);

#endif
