/* SPDX-License-Identifier: ISC */
/* What the files of loc-station share. */
#ifndef STATION_H
#define STATION_H

#include <stddef.h>
#include <stdint.h>

#include "conf/file.h"
#include "station/row.h"
#include "store/optout.h"

struct base_buf;
struct index_file;
struct json_write;

/* What commands work with. */
struct run {
	struct conf_file	 cf;
	struct store_db		*db;		/* or: */
	struct index_file	*index;		/* -i */
	const char		*index_path;
	int64_t			 now_s, today;
	int			 json;		/* -j */
	int			 dry;		/* -n: change nothing */
	int64_t			 days;		/* -d, or 0: for good */
	int64_t			 max;		/* -m: rows of a list */
};

enum kind { BLUE, WIFI, CELL, AREA };

/* A network, and what the database has of it. */
struct network {
	enum kind		 kind;
	int			 table;	/* of store/row.h */
	uint8_t			 key[RADIO_CELL_KEY_MAX];
	int			 exists;
	struct station_row	 row;	/* of an area: */
	struct station_area	 area;
	struct store_optout_row	 optout; /* of MACs; count 0: none */
	/* To print: what of it is taken back, and of whom; or NULL. */
	const char		*undone, *witness;
};

/* name.c: the kind called WORD, or exit 64; its word. */
enum kind kind_of(const char *word);
const char *kind_name(enum kind kind);

#define NAME_LEN	64

/*
 * Set the kind, key and table of N from what people call it.  Returns 0, or -1
 * if NAME is none of KIND; *EXPECTED, unless NULL, is then what is.
 */
int	network_parse(struct network *n, enum kind kind, const char *name,
	    const char **expected);
void	network_format(char out[NAME_LEN], const struct network *n);

/* Why a network is or is not used for positions. */
enum state {
	UNKNOWN,	/* there is no row */
	FORGOTTEN,	/* a tombstone */
	BLOCKED,
	UNPLACED,	/* no position */
	USABLE
};

/* state.c */
#define WHY_LEN		160
enum state network_state(const struct network *n, int64_t today);
const char *state_name(enum state state);
void	network_why(char why[WHY_LEN], const struct network *n,
	    int64_t today);
double	network_score(const struct network *n, int64_t now_s);

/*
 * show.c: N as a line of JSON; or as text, many lines of it.  Both read what
 * is there first; LOCK: within a transaction, for a change.  Returns 0 or -1.
 */
int	network_read(struct store_db *db, struct network *n, int lock);
void	network_json(const struct run *r, const struct network *n,
	    struct base_buf *b);

/*
 * Commands.  ARG is what follows their word, up to NULL; they return an exit
 * status.  The first of those of change.c end in the name of what is done.
 */
int	show_networks(struct run *r, char *const *arg);
int	list_networks(struct run *r, char *const *arg);
int	forget_networks(struct run *r, char *const *arg);
int	unforget_networks(struct run *r, char *const *arg);
int	block_networks(struct run *r, char *const *arg);
int	unblock_networks(struct run *r, char *const *arg);
int	restore_networks(struct run *r, char *const *arg);
int	undo_networks(struct run *r, char *const *arg);
int	tag_witness(struct run *r, char *const *arg);
int	print_codes(struct run *r, char *const *arg);

/* undo.c: exit 64 after a message if ARG is nothing to be taken back. */
void	undo_check(char *const *arg);

/* change.c: 1 if N is blocked until the last day that there is. */
int	network_is_for_good(const struct network *n);

/* Make N what the database has, in the transaction. 0 or -1. */
int	network_write(struct store_db *db, const struct network *n,
	    int existed);

/* main.c: the database failed; says so and returns an exit status. */
int	tell_failure(const struct store_db *db);

#endif
