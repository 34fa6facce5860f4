/* SPDX-License-Identifier: ISC */
/* What the files of loc-backup share. */
#ifndef BACKUP_H
#define BACKUP_H

#include <stddef.h>
#include <stdint.h>

#include "backup/batch.h"
#include "backup/manifest.h"
#include "backup/place.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/file.h"
#include "seal/key.h"
#include "store/export.h"

struct io_cli;
struct object_store;
struct store_db;

/*
 * A subcommand.  RUN gets its arguments as a main() would, the program
 * first, and reads them with io_cli_read() and SYNOPSIS.  It returns an exit
 * status.
 */
struct backup_command {
	const char	*name;
	int		(*run)(int argc, char *argv[]);
	const char	*synopsis;	/* "NAME [-options] ...", one line */
};
extern const struct backup_command backup_database, backup_drill,
	    backup_expire, backup_key, backup_lifecycle, backup_list,
	    backup_reports, backup_restore, backup_verify;

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
	struct backup_target	*target;	/* each place once */
	size_t			 n;
	int			 none;		/* no target is a bucket */
};

/*
 * Read the settings of -c and find what the operands of CLI mean.  One with a
 * '/' is the URL of a place, and any other is the name of a row of schema s3;
 * without operands they are all such rows.  The database is asked for rows
 * only.  Returns EX_OK or, after a warning, an exit status, with no target;
 * the caller owes a backup_targets_done() either way.  Who has no bucket, and
 * asked for none, is told so, with NONE set.
 */
int	backup_targets_open(struct backup_targets *t,
	    const struct io_cli *cli);
void	backup_targets_done(struct backup_targets *t);

/* An object, or what a manifest says of one that is missing. */
struct backup_object {
	char	*key;		/* in the place's store */
	enum {
		BACKUP_BATCH,
		BACKUP_MANIFEST,
		BACKUP_FOREIGN
	}	 kind;
	int64_t	 made_s;	/* by its name */
	int64_t	 bytes;		/* -1: it is missing */
	const struct backup_manifest_entry *listed;	/* NULL: nowhere */
	size_t	 number;	/* of a manifest, see its entries */
	const char *why;	/* what is wrong with it */
	int	 chosen;	/* for verify: to be read */
};

/* All of a place, by time. */
struct backup_stock {
	struct backup_object	*object;
	size_t			 n, cap;
	struct backup_manifest	 manifest;	/* all of them */
	size_t			 manifests;	/* how many there were */
};

/*
 * Read what is in the store URL.  Returns EX_OK or, after a warning, an exit
 * status; the caller owes a backup_stock_done() either way.
 */
int	backup_stock_read(struct backup_stock *k, const struct conf_file *cf,
	    const char *url);
void	backup_stock_done(struct backup_stock *k);

/* For reading objects, one after the other, by one thread. */
struct backup_reader {
	struct object_store	*store;
	const struct seal_key_list *secret;	/* none: see below */
	struct base_buf		 raw, packed, text;
	struct base_arena	 arena;
	struct backup_batch	 batch;
	int			 is_open;	/* the batch could be read */
};

/*
 * URL is a store; SECRET is borrowed.  Returns 0, or -1 after a warning; the
 * caller owes a backup_read_end() either way.
 */
int	backup_read_begin(struct backup_reader *r, const struct conf_file *cf,
	    const char *url, const struct seal_key_list *secret);
void	backup_read_end(struct backup_reader *r);

/*
 * Read O, and see whether it is what its manifest says and can be read.
 * Returns NULL, or what is wrong, in words that are borrowed until the next
 * call.  Without a secret key only the bytes of an encrypted one are looked
 * at.  *LATER is 1 if it could not be fetched now.
 */
const char *backup_read(struct backup_reader *r,
	    const struct backup_object *o, int *later);

/*
 * Remember in the database of CF, if it can be written, that WHAT, "verify",
 * ended well.
 */
void	backup_mark_set(const struct conf_file *cf, const char *what);

#endif
