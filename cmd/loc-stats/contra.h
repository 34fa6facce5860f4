/* SPDX-License-Identifier: ISC */
/* How often those with an API key of their own contradicted what was known. */
#ifndef CONTRA_H
#define CONTRA_H

#include <stdint.h>

struct store_db;
struct contra;

/*
 * Read what witnesses did from day FIRST on, and which keys are those of one
 * contributor.  NULL after a failure, see store_db_retry().
 */
struct contra *contra_read(struct store_db *db, int64_t first);
void	contra_free(struct contra *c);

/*
 * How many stations KEY has contradicted on DAY; -1: that is not known, as many
 * people have the key.
 */
int64_t	contra_of(struct contra *c, int64_t day, const char *key);

#endif
