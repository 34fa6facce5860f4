/* SPDX-License-Identifier: ISC */
/*
 * The table of witnesses knows them by tags, which are others every day.  That
 * of a key which belongs to one contributor follows from the key; whoever has
 * a key that many share is told apart by his network, and so not by it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/num.h"
#include "obs/witness.h"
#include "store/db.h"
#include "store/key.h"
#include "store/trust.h"

#include "contra.h"

struct row {
	int64_t	day, tag, contra;
};

struct contra {
	struct row	*row;		/* by day and tag */
	size_t		 nrow;
	char		(*key)[STORE_KEY_TEXT(STORE_KEY_MAX)];
	size_t		 nkey;
	uint8_t		 secret[OBS_WITNESS_SECRET];
	int		 has_secret;
};

/* Room for one more of N: twice as much whenever N is a power of two. */
static void *
grow(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return p;
	if ((p = reallocarray(p, n == 0 ? 1 : 2 * n, size)) == NULL)
		err(EX_OSERR, NULL);
	return p;
}

static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	struct contra *c = arg;
	struct row *r;

	c->row = grow(c->row, c->nrow, sizeof(*c->row));
	r = &c->row[c->nrow++];
	*r = (struct row){ 0 };
	base_num_i64(field[0], flen[0], &r->day);
	base_num_i64(field[1], flen[1], &r->tag);
	base_num_i64(field[2], flen[2], &r->contra);
	return 0;
}

/* Those of one contributor, or of the operator. */
static void
on_key(void *arg, const struct store_key *k)
{
	struct contra *c = arg;

	if (k->trust == OBS_WITNESS_PUBLIC)
		return;
	c->key = grow(c->key, c->nkey, sizeof(*c->key));
	strlcpy(c->key[c->nkey++], k->valid_key, sizeof(*c->key));
}

struct contra *
contra_read(struct store_db *db, int64_t first)
{
	struct contra *c = grow(NULL, 0, sizeof(*c));
	char sql[128];

	memset(c, 0, sizeof(*c));
	snprintf(sql, sizeof(sql), "SELECT day, tag, contra FROM loc_witness "
	    "WHERE day >= %lld ORDER BY day, tag", (long long)first);
	if (store_key_list(db, on_key, c) == -1 ||
	    (c->nkey > 0 && ((c->has_secret = store_trust_secret(db,
	    c->secret)) == -1 ||
	    store_db_query(db, sql, strlen(sql), on_row, c) == -1))) {
		contra_free(c);
		return NULL;
	}
	return c;
}

void
contra_free(struct contra *c)
{
	if (c == NULL)
		return;
	free(c->row);
	free(c->key);
	explicit_bzero(c->secret, sizeof(c->secret));
	free(c);
}

static int
cmp_row(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->day != y->day ? (x->day > y->day) - (x->day < y->day) :
	    (x->tag > y->tag) - (x->tag < y->tag);
}

int64_t
contra_of(struct contra *c, int64_t day, const char *key)
{
	const struct row *found;
	struct obs_witness_day d;
	struct row want = { .day = day };
	size_t i;

	for (i = 0; i < c->nkey && strcmp(c->key[i], key) != 0; i++)
		;
	if (i == c->nkey || c->has_secret != 1)
		return -1;
	obs_witness_day(&d, c->secret, day);
	want.tag = obs_witness_key_tag(&d, key);
	found = c->nrow == 0 ? NULL : bsearch(&want, c->row, c->nrow,
	    sizeof(*c->row), cmp_row);
	explicit_bzero(&d, sizeof(d));
	return found == NULL ? 0 : found->contra;
}
