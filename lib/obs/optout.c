/* SPDX-License-Identifier: ISC */
/*
 * A network that wants to be forgotten passes through three stages.  Where a
 * report comes in it is an address in a list of that report, of which there
 * is a bound, so that no report can be one long order to forget.  In the
 * batch of a worker the lists of all reports are gathered in one array.  A
 * submission speaks for a network once, so those of each submission, from
 * FIRST on, are merged when the next one begins, and each counts 1; at the
 * end all are merged, and count the submissions.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ichnaea/rules.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "obs/batch.h"
#include "obs/optout.h"

static const struct {
	uint8_t		 kind;
	const char	*name;
} members[] = { { OBS_WIFI, "wifi" }, { OBS_BLUE, "blue" } };
#define MEMBERS	(sizeof(members) / sizeof(members[0]))

/*
 * Beyond OBS_OPTOUT_MAX addresses of one report are passed over: nobody sees so
 * many, and the list lies on the stack.  The rules are our own, whatever those
 * of the batch: Ichnaea had no such lists.
 */
void
obs_optout_add(struct obs_optout_list *l, uint8_t kind, int named,
    const char *mac, size_t len)
{
	struct obs_optout *o = &l->at[l->n];

	if (l->n == OBS_OPTOUT_MAX ||
	    !radio_mac_parse(o->mac, mac, len, ichnaea_rules(0)))
		return;
	o->kind = kind;
	o->named = (uint8_t)named;
	o->witness = o->from = 0;
	o->n = 1;
	l->n++;
}

/* Beyond the bound of a list nothing is read: see obs_optout_add(). */
int
obs_optout_read(struct obs_optout_list *l, const struct json_doc *d, int v,
    int named, struct base_arena *a)
{
	const char *mac;
	size_t i, len;
	int k, list;

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_OBJECT)
		return 0;
	for (i = 0; i < MEMBERS; i++) {
		list = json_doc_get(d, v, members[i].name);
		if (list == -1 || json_doc_kind(d, list) != JSON_DOC_ARRAY)
			continue;
		for (k = json_doc_first(d, list); k != -1 &&
		    l->n < OBS_OPTOUT_MAX; k = json_doc_next(d, k)) {
			if (json_coerce_str(d, k, a, &mac, &len) !=
			    JSON_COERCE_OK)
				continue;
			if (mac == NULL)
				return -1;
			obs_optout_add(l, members[i].kind, named, mac, len);
		}
	}
	return 0;
}

size_t
obs_optout_count(const struct obs_optout_list *l, int named)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += l->at[i].named == named;
	return n;
}

/* Kinds in the order of the table; one without networks is left out. */
void
obs_optout_write(struct base_buf *b, const struct obs_optout_list *l,
    int named)
{
	const char *open = "{";
	size_t i, k, n;

	for (i = 0; i < MEMBERS; i++) {
		for (k = n = 0; k < l->n; k++) {
			if (l->at[k].kind != members[i].kind ||
			    l->at[k].named != named)
				continue;
			/* The list begins with its first address. */
			if (n++ == 0)
				base_buf_fmt(b, "%s\"%s\": [", open,
				    members[i].name);
			base_buf_str(b, n == 1 ? "\"" : ", \"");
			base_buf_hex(b, l->at[k].mac, RADIO_MAC_LEN);
			base_buf_chr(b, '"');
		}
		if (n > 0) {
			base_buf_chr(b, ']');
			open = ", ";
		}
	}
	base_buf_chr(b, '}');
}

/* The order of observations, in which rows are locked; then who says it. */
static int
cmp_optout(const void *a, const void *b)
{
	const struct obs_optout *x = a, *y = b;
	int c;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	c = radio_mac_shard(x->mac) - radio_mac_shard(y->mac);
	if (c == 0)
		c = memcmp(x->mac, y->mac, RADIO_MAC_LEN);
	if (c == 0)
		c = x->witness - y->witness;
	return c != 0 ? c : x->named - y->named;
}

/* Afterwards the first ones are all different, and in order. */
size_t
obs_optout_merge(struct obs_optout *o, size_t n)
{
	size_t i, left = 0;

	if (n == 0)
		return 0;
	qsort(o, n, sizeof(*o), cmp_optout);
	/* LEFT is the last that is kept. */
	for (i = 1; i < n; i++)
		if (cmp_optout(&o[left], &o[i]) != 0)
			o[++left] = o[i];
		else {
			o[left].n += o[i].n;
			if (o[i].from < o[left].from)
				o[left].from = o[i].from;
		}
	return left + 1;
}

/* Grows by doubling, with room for the longest list at once. */
int
obs_optout_append(struct obs_optout_sum *s, const struct obs_optout_list *l,
    uint16_t witness, uint16_t from)
{
	struct obs_optout *more;
	size_t cap, i;

	assert(l->n <= OBS_OPTOUT_MAX && s->first <= s->n);
	if (l->n == 0)
		return 0;
	if (s->cap - s->n < l->n) {
		cap = s->cap * 2 + OBS_OPTOUT_MAX;
		if ((more = reallocarray(s->at, cap, sizeof(*more))) == NULL)
			return -1;
		s->at = more;
		s->cap = cap;
	}
	memcpy(s->at + s->n, l->at, l->n * sizeof(l->at[0]));
	for (i = 0; i < l->n; i++) {
		s->at[s->n].witness = witness;
		s->at[s->n++].from = from;
	}
	return 0;
}

/*
 * What the submission before named is merged and counts once each, so that a
 * submission which names the same network a thousand times has one voice.
 */
void
obs_optout_begin(struct obs_optout_sum *s)
{
	size_t i;

	assert(s->first <= s->n && s->n <= s->cap);
	if (s->n == s->first)
		return;
	s->n = s->first + obs_optout_merge(s->at + s->first, s->n - s->first);
	/* However often the submission named it. */
	for (i = s->first; i < s->n; i++)
		s->at[i].n = 1;
	s->first = s->n;
}

void
obs_optout_sort(struct obs_optout_sum *s)
{
	obs_optout_begin(s);
	s->first = s->n = obs_optout_merge(s->at, s->n);
}
