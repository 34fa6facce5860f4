/* SPDX-License-Identifier: ISC */
/*
 * API keys as the database has them, remembered for a while; also those it
 * does not have.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdint.h>

struct keys;
struct base_pool;
struct store_key;

/*
 * Keys from POOL, remembered for TTL_S seconds, give or take a tenth so that
 * servers started together do not ask together.  Returns NULL after a
 * warning.
 */
struct keys *keys_new(struct base_pool *pool, int64_t ttl_s);
void	keys_free(struct keys *k);

enum keys_verdict {
	KEYS_KNOWN,		/* *KEY is set */
	KEYS_UNKNOWN,
	KEYS_OUTAGE		/* the database does not say */
};

/* Look up TEXT, which passed store_key_check(). */
enum keys_verdict keys_get(struct keys *k, const char *text,
	    struct store_key *key);

#endif
