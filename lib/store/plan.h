/* SPDX-License-Identifier: ISC */
/* The statements that make a database what store/table.h says; pure. */
#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include <stdint.h>

#include "store/schema.h"

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
