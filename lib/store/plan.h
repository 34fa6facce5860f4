/* SPDX-License-Identifier: ISC */
/* The statements that make a database what store/table.h says; pure. */
#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include <stdint.h>

#include "store/schema.h"

/*
 * The step that makes what witnesses are told apart by, once.  Servers before
 * MariaDB 10.10 lack the function, so that whoever runs the step puts 16 bytes
 * at random instead of STORE_PLAN_RANDOM, which is also safe to replicate.
 */
#define STORE_PLAN_RANDOM	"RANDOM_BYTES(16)"
#define STORE_PLAN_SECRET	"INSERT IGNORE INTO loc_meta (name, value) " \
	"VALUES ('trust_secret', " STORE_PLAN_RANDOM ")"

/* Our version when nothing is left to be done. */
int64_t	store_plan_latest(void);

/* What a table called NAME is to us. */
enum store_schema_role store_plan_role(const char *name);

/*
 * Compare what was found (tables, columns, indexes, versions) with what there
 * should be, and append to the missing, differs and steps of S.  Returns 0,
 * or -1 if memory is short.
 */
int	store_plan_make(struct store_schema *s);

#endif
