/* SPDX-License-Identifier: ISC */
/*
 * API keys as the database has them, remembered for a while; also those it
 * does not have.
 */
#ifndef SERVE_KEYS_H
#define SERVE_KEYS_H

#include <stdint.h>

struct serve_keys;
struct base_pool;
struct serve_index;
struct store_key;

/*
 * Keys from INDEX, or else POOL; either may be NULL.  Those from POOL are
 * remembered for TTL_S seconds, give or take a tenth so that
 * servers started together do not ask together.  Returns NULL after a
 * warning.
 */
struct serve_keys *serve_keys_new(struct base_pool *pool,
	    struct serve_index *index, int64_t ttl_s);
void	serve_keys_free(struct serve_keys *k);

enum serve_keys_verdict {
	SERVE_KEYS_KNOWN,		/* *KEY is set */
	SERVE_KEYS_UNKNOWN,
	SERVE_KEYS_OUTAGE,		/* the database does not say */
	SERVE_KEYS_OPEN			/* there are none, so none is needed */
};

/* Look up TEXT, which passed store_key_check(). */
enum serve_keys_verdict serve_keys_get(struct serve_keys *k, const char *text,
	    struct store_key *key);

#endif
