/* SPDX-License-Identifier: ISC */
/*
 * API keys: rows of the table api_key, whose columns are those of
 * store_table[STORE_TABLE_API_KEY], with valid_key as the first.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include <stddef.h>
#include <stdint.h>

struct base_buf;
struct store_db;

/* NULL in numbers; in texts it is "". */
#define STORE_KEY_NULL		INT64_MIN

#define STORE_KEY_MAX		40	/* characters */
#define STORE_KEY_TEXT(chars)	(3 * (chars) + 1)
#define STORE_KEY_NOTE_MAX	200	/* characters */

struct store_key {
	char	valid_key[STORE_KEY_TEXT(STORE_KEY_MAX)];
	int64_t	maxreq;			/* per day and path; <= 0: no limit */
	int64_t	allow_fallback;		/* > 0: yes, so for all three */
	int64_t	allow_locate, allow_region;
	char	fallback_name[STORE_KEY_TEXT(40)];
	char	fallback_schema[STORE_KEY_TEXT(64)];
	char	fallback_url[STORE_KEY_TEXT(256)];
	int64_t	fallback_ratelimit;	/* requests per interval */
	int64_t	fallback_ratelimit_interval;	/* s */
	int64_t	fallback_cache_expire;	/* s */
	int64_t	store_sample_locate;	/* percent; <= 0: none */
	int64_t	store_sample_submit;
	int64_t	confidence;		/* percent; NULL: as location.ini */
	int64_t	trust;			/* enum obs_witness_class, up to
					   TRUSTED; from loc_key_trust */
	/* from loc_key_note: */
	char	note[STORE_KEY_TEXT(STORE_KEY_NOTE_MAX)];
	int64_t	expires;		/* the first day without it, or NULL */
};

/* 1 if KEY is as follows: others are never looked up. */
#define STORE_KEY_SYNTAX	"a key of 4 to 40 letters, digits and '-'"
int	store_key_check(const char *key);

/* A key with NAME (NULL: a random one) and the usual rights. */
void	store_key_init(struct store_key *k, const char *name);

/* Give K another NAME (NULL: a random one). */
void	store_key_rename(struct store_key *k, const char *name);

/*
 * How far a key is believed: "public", "keyed" or "trusted".  It is assigned
 * to as if it were one more column of the table.
 */
#define STORE_KEY_TRUST		"trust"
const char *store_key_trust_name(int64_t trust);

/* So are whose it is, in any words, and the day from which on it is void. */
#define STORE_KEY_NOTE		"note"
#define STORE_KEY_EXPIRES	"expires"

/* 1 if K is not to be known any more on day TODAY, counted from 1970. */
int	store_key_expired(const struct store_key *k, int64_t today);

/*
 * Apply "COLUMN=VALUE" to K; an empty value is NULL.  Returns the number of
 * the column, those behind the last for trust, note and expires, or -1 with in
 * WHY what was expected.
 */
#define STORE_KEY_WHY_LEN	80
int	store_key_assign(struct store_key *k, const char *text,
	    char why[STORE_KEY_WHY_LEN]);

/*
 * Read the key that is spelled exactly KEY.  Returns 1, 0 if there is none,
 * or -1, see store_db_retry().
 */
int	store_key_get(struct store_db *db, const char *key,
	    struct store_key *k);

/*
 * Which of N texts, different and in the order of strcmp(), are keys that there
 * are: sets KNOWN[i] to 1 or 0.  Returns 0 or -1.
 */
int	store_key_known(struct store_db *db, const char *const *key, size_t n,
	    uint8_t *known);

/* Give every key to EACH, in their order.  Returns 0 or -1. */
int	store_key_list(struct store_db *db,
	    void (*each)(void *arg, const struct store_key *k), void *arg);

/*
 * Insert K.  TELL(ARG, K) is called before that becomes final; if it ends the
 * program, nothing was inserted.  Returns 1, 0 if there is a key of this
 * name, or -1.
 */
int	store_key_insert(struct store_db *db, const struct store_key *k,
	    void (*tell)(void *arg, const struct store_key *k), void *arg);

/*
 * Write the columns of K whose bits (1 << number) are in MASK.  Returns 1, 0
 * if there is no such key, or -1.
 */
int	store_key_update(struct store_db *db, const struct store_key *k,
	    unsigned mask);

/* Remove the key spelled exactly KEY.  Returns 1, 0 if there is none, or -1. */
int	store_key_delete(struct store_db *db, const char *key);

#endif
