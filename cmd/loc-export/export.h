/* SPDX-License-Identifier: ISC */
/* What the files of loc-export share. */
#ifndef EXPORT_H
#define EXPORT_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "io/outfile.h"
#include "station/csv.h"
#include "station/row.h"

struct conf_file;
struct io_gzout;
struct object_store;
struct store_db;
struct store_scan;
struct store_snapshot;

/* What the command line says. */
struct export {
	const struct conf_file	*cf;
	int			 force, json, nr, quiet, verbose;
	const char		*url;		/* where to publish, or NULL */
	const char		*path;		/* a file, or NULL: stdout */
	int64_t			 time;		/* -t, or EXPORT_NOW */
};

#define EXPORT_NOW	INT64_MIN

/* What a program that failed at the database exits with, after a warning. */
int	export_db_failed(const struct store_db *db);

/* ---- out.c: where the bytes go ---- */

/*
 * Bytes on their way to standard output, to a file that appears whole, or to a
 * temporary file without a name.
 */
struct export_out {
	struct io_gzout		*gz;		/* NULL: plain */
	int			(*sink)(void *out, const void *data,
				    size_t len);
	int			 fd;		/* the temporary file, or -1 */
	struct io_outfile	 file;		/* if HAS_FILE */
	int			 has_file;
	struct base_sha256_sum	 sum;
	char			 sha256[BASE_SHA256_HEX];	/* at the end */
	int64_t			 bytes;		/* as they are stored */
	char			*buf;
	size_t			 len;		/* in BUF */
	int			 failed;
};

/*
 * Begin.  Each returns an exit status, EX_OK or after a warning; after EX_OK
 * the caller owes one export_out_end().  A file is compressed if its name ends
 * in ".gz" or PACKED says so, and a spool always.
 */
int	export_out_stdout(struct export_out *o);
int	export_out_file(struct export_out *o, const char *path, int packed,
	    mode_t mode);
int	export_out_spool(struct export_out *o);

/*
 * Room for SIZE bytes, EXPORT_OUT_ROOM at most, of which the caller then takes
 * LEN.
 */
#define EXPORT_OUT_ROOM	4096
char	*export_out_room(struct export_out *o);
void	export_out_took(struct export_out *o, size_t len);
void	export_out_put(struct export_out *o, const void *data, size_t len);

/* 1 if bytes were lost, which a warning has told. */
int	export_out_failed(const struct export_out *o);

/*
 * Flush what is left, or throw all away unless KEEP.  Returns an exit status:
 * EX_OK only if everything was kept.  A spool can be read from FD until
 * export_out_done().
 */
int	export_out_end(struct export_out *o, int keep);
void	export_out_done(struct export_out *o);

/*
 * A temporary file with a name, which the caller removes as soon as it can.
 * Returns a descriptor, or -1 after a warning.
 */
int	export_out_mktemp(char path[PATH_MAX]);

/* ---- cells.c: the cells of an export ---- */

enum export_kind { EXPORT_FULL, EXPORT_DIFF };

/* What an export says of itself: its time and the window of its cells. */
struct export_window {
	enum export_kind kind;
	int64_t		 time;		/* in its name, seconds */
	int64_t		 from;		/* modified at or after it */
	int64_t		 to;		/* and before it, or INT64_MAX */
};

/* The window of an export made at NOW: of a day, or of an hour. */
void	export_window(struct export_window *w, enum export_kind kind,
	    int64_t now);

/* MCCs have three digits. */
#define EXPORT_MCCS	1000

struct export_counts {
	int64_t	rows;
	int64_t	radio[RADIO_CELL_TYPES];
	int64_t	mcc[EXPORT_MCCS];
};

/* How the cells are written: which bytes before, for and behind them. */
struct export_format {
	const char	*name;
	int		(*head)(void **state, struct export_out *o);
	int		(*row)(void *state, struct export_out *o,
			    const struct station_row *r);
	int		(*tail)(void *state, struct export_out *o);
	void		(*done)(void *state);
};
extern const struct export_format export_csv, export_jsonl, export_geojson,
	    export_sqlite;

/*
 * The database as it is now, through the account that only reads; or NULL after
 * a warning, with *STATUS as store_db_open() has it.
 */
struct store_snapshot *export_look(const struct export *e, int *status);

/*
 * Write the cells of window W to O, and count them.  Returns an exit status;
 * the caller ends O.
 */
int	export_cells(const struct export *e, struct store_snapshot *look,
	    const struct export_window *w, const struct export_format *format,
	    struct export_out *o, struct export_counts *counts);

/*
 * Give the rows of N tables to EACH, with progress on a terminal.  Returns an
 * exit status: EX_IOERR if EACH gave up, which it does only when bytes were
 * lost.
 */
int	export_scan(const struct export *e, struct store_snapshot *look,
	    const struct store_scan *scan, size_t n,
	    int (*each)(void *arg, const struct station_row *row), void *arg);

/* ---- manifest.c: what is known of published files ---- */

#define EXPORT_NAME_MAX	128

/* The keys of an export, of its manifest, and where they are kept aside. */
void	export_manifest_name(char out[EXPORT_NAME_MAX],
	    const struct export_window *w);
void	export_manifest_key(char out[EXPORT_NAME_MAX],
	    const struct export_window *w);
void	export_manifest_held(char name[EXPORT_NAME_MAX],
	    char key[EXPORT_NAME_MAX], const struct export_window *w);

/*
 * The counts of the last export of W's kind in S, at W's time or before, into
 * C, and its manifest's key into KEY.  Returns an exit status; KEY is "" if
 * there is none.
 */
int	export_manifest_last(struct object_store *s,
	    const struct export_window *w, char key[EXPORT_NAME_MAX],
	    struct export_counts *c);

/* Read a manifest of LEN bytes; 1, or 0 if it is none. */
int	export_manifest_parse(const char *text, size_t len,
	    struct export_counts *c);

/* A fall beyond what is allowed. */
struct export_fall {
	const char	*what;		/* "mcc", "radio" or "rows" */
	int		 number;	/* of the radio or the MCC */
	int64_t		 before, now;
};
#define EXPORT_FALLS	64

/*
 * What has fallen by more than PERCENT from BEFORE, if it had LEAST cells then.
 * Returns how many falls there are, of which the first go to FALL.
 */
size_t	export_manifest_falls(const struct export_counts *before,
	    const struct export_counts *now, int64_t percent, int64_t least,
	    struct export_fall fall[EXPORT_FALLS]);

struct base_buf;
void	export_manifest_write(struct base_buf *b, const char *file,
	    const struct export_window *w, const struct export_out *o,
	    const struct export_counts *c, const char *last,
	    const struct export_counts *before,
	    const struct export_fall *fall, size_t nfall);

/* ---- what each subcommand does; exit statuses ---- */

int	export_publish(struct export *e, enum export_kind kind);

struct export_area {
	double	lat, lon, radius_m;
};

/* End the program unless WHAT can be dumped. */
void	export_dump_check(const char *what);
int	export_dump(struct export *e, const char *what,
	    const struct export_area *area);

#endif
