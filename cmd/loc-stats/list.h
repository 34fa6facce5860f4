/* SPDX-License-Identifier: ISC */
/* What the tables of totals have, for people and programs. */
#ifndef LIST_H
#define LIST_H

#include <stdint.h>

struct store_db;

/* End the program unless WHAT is a list. */
void	list_check(const char *what);

/*
 * Print the list WHAT, or all (NULL), of the last DAYS days where it has days.
 * Returns 0, or -1 as store_db_run().
 */
int	list_print(struct store_db *db, const char *what, int64_t days,
	    int json);

#endif
