/* SPDX-License-Identifier: ISC */
/*
 * To prepare a statement costs the server as much as to run it for a hundred
 * rows, and a worker runs the same ones, two or three a table, for each batch.
 *
 * Each name has one place, by its hash, which is much larger a room than there
 * are names; of two that have the same place the older one is closed.  So that
 * no caller can fill the server's memory, all are closed when there are many.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/prepared.h"

#define PLACES	1024
#define MANY	256

struct store_prepared {
	struct place {
		char		*name;
		MYSQL_STMT	*stmt;
	}	at[PLACES];
	size_t	n;
};

/* FNV-1a: nobody but ourselves chooses the names. */
static struct place *
place_of_name(struct store_prepared *p, const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return &p->at[(h ^ h >> 32) % PLACES];
}

static void
close_place(struct store_prepared *p, struct place *at)
{
	if (at->stmt == NULL)
		return;
	mysql_stmt_close(at->stmt);
	free(at->name);
	*at = (struct place){ NULL, NULL };
	p->n--;
}

static void
close_places(struct store_prepared *p)
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		close_place(p, &p->at[i]);
}

MYSQL_STMT *
store_prepared_take(struct store_prepared *p, const char *name)
{
	struct place *at;
	MYSQL_STMT *stmt;

	if (p == NULL || (at = place_of_name(p, name))->stmt == NULL ||
	    strcmp(at->name, name) != 0)
		return NULL;
	stmt = at->stmt;
	free(at->name);
	*at = (struct place){ NULL, NULL };
	p->n--;
	return stmt;
}

void
store_prepared_give(struct store_prepared **p, const char *name,
    MYSQL_STMT *stmt)
{
	struct place *at;
	char *copy = strdup(name);

	if (*p == NULL)
		*p = calloc(1, sizeof(**p));
	if (*p == NULL || copy == NULL) {
		free(copy);
		mysql_stmt_close(stmt);
		return;
	}
	if ((*p)->n == MANY)
		close_places(*p);
	at = place_of_name(*p, name);
	close_place(*p, at);
	*at = (struct place){ copy, stmt };
	(*p)->n++;
}

void
store_prepared_free(struct store_prepared *p)
{
	if (p != NULL)
		close_places(p);
	free(p);
}
