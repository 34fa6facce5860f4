/* SPDX-License-Identifier: ISC */
/*
 * The connections that requests share: to the read-only database, and to
 * Redis for all but limits, which have connections of their own.
 */
#ifndef SERVE_POOL_H
#define SERVE_POOL_H

#include <stddef.h>

struct base_pool;

/*
 * N connections to URL, for work that is given a struct store_db or
 * queue_redis and returns -1 if it fails.  NULL after a warning.
 */
struct base_pool *serve_pool_database(const char *url, size_t n);
struct base_pool *serve_pool_redis(const char *url, size_t n);

/*
 * Of N connections through which questions go in groups, so many are best used
 * at once while nothing hangs.
 */
size_t	serve_pool_trips(size_t n);

#endif
