/* SPDX-License-Identifier: ISC */
/*
 * An answer of a provider is kept under each network of its question, so that
 * another device that hears some of them finds it, too.  That works only if
 * the answer can be told to depend on these networks: for a single cell, or
 * for up to 19 access points or beacons; beyond that and in mixtures nothing
 * is kept.
 *
 * What is found for the networks of a query must agree, within about a hundred
 * metres: their mean is then the answer, with an accuracy that covers them
 * all.  If they disagree one of the networks has moved, and the provider is
 * asked again.
 *
 * One network that was asked for once must not be enough, though: whoever
 * names it beside one that he invents would be told where it is.  It takes two
 * which are not of one device, or the very question that was asked.  For the
 * same reason that nothing is known is only kept under the whole question:
 * otherwise whoever asks for networks beside invented ones denies them to
 * others.  Ichnaea's answers are as Ichnaea's.
 *
 * Keys and values are Ichnaea's, so that both can use one Redis while an
 * operator changes over.  The text "404" is kept where a provider knows
 * nothing, so as not to ask it again.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "geo/dist.h"
#include "json/doc.h"
#include "json/write.h"
#include "locate/company.h"
#include "locate/query.h"
#include "provider/cached.h"

#define NOT_FOUND	"\"404\""
#define WHOLE_BYTES	16	/* of a hash, in a key */

/*
 * The key of one network: a prefix for its provider and kind, then its binary
 * id.
 */
static void
name_network(struct provider_cached_key *k, enum provider_service_schema schema,
    const char *kind, const void *id, size_t len)
{
	static const char *const names[] = {
		[PROVIDER_SERVICE_ICHNAEA] = "ichnaea",
		[PROVIDER_SERVICE_COMBAIN] = "combain",
		[PROVIDER_SERVICE_GOOGLE] = "googlemaps",
		[PROVIDER_SERVICE_UNWIRED] = "unwiredlabs"
	};

	k->len = (size_t)snprintf(k->data, sizeof(k->data),
	    "cache:fallback:%s:v1:1:%s:", names[schema], kind);
	assert(k->len + len <= sizeof(k->data));
	memcpy(k->data + k->len, id, len);
	k->len += len;
}

static int
cmp_cached_mac(const void *a, const void *b)
{
	return memcmp(a, b, RADIO_MAC_LEN);
}

/* The key of all N together, in whatever order they come. */
static void
name_whole(struct provider_cached_key *key,
    enum provider_service_schema schema, const struct locate_mac *m, size_t n)
{
	uint8_t all[PROVIDER_CACHED_MAX][RADIO_MAC_LEN];
	unsigned char hash[BASE_SHA256_BYTES];
	size_t i;

	for (i = 0; i < n; i++)
		memcpy(all[i], m[i].mac, RADIO_MAC_LEN);
	qsort(all, n, sizeof(all[0]), cmp_cached_mac);
	base_sha256(hash, all, n * sizeof(all[0]));
	name_network(key, schema, "all", hash, WHOLE_BYTES);
}

/*
 * The keys of N access points or beacons, or none if there are too many; WHOLE:
 * and that of all together.
 */
static size_t
name_macs(struct provider_cached_key *key, enum provider_service_schema schema,
    const char *kind, const struct locate_mac *m, size_t n, int whole)
{
	size_t i;

	if (n > PROVIDER_CACHED_MAX)
		return 0;
	for (i = 0; i < n; i++)
		name_network(&key[i], schema, kind, m[i].mac, RADIO_MAC_LEN);
	if (n == 0 || !whole)
		return n;
	name_whole(&key[n], schema, m, n);
	return n + 1;
}

/* The access points or beacons of Q, N of them; NULL: it is of a cell. */
static const struct locate_mac *
macs_of(const struct locate_query *q, size_t *n)
{
	*n = q->nwifi > 0 ? q->nwifi : q->nblue;
	return q->ncell > 0 ? NULL : q->nwifi > 0 ? q->wifi : q->blue;
}

size_t
provider_cached_keys(struct provider_cached_key key[PROVIDER_CACHED_KEYS],
    enum provider_service_schema schema, const struct locate_query *q)
{
	uint8_t cell[RADIO_CELL_KEY_MAX];

	if (q->ncell == 1 && q->nblue == 0 && q->nwifi == 0) {
		radio_cell_key(cell, &q->cell[0].cell);
		name_network(&key[0], schema, "cell", cell,
		    radio_cell_key_len(cell[0]));
		return 1;
	}
	if (q->ncell > 0 || (q->nblue > 0 && q->nwifi > 0))
		return 0;
	return q->nwifi > 0 ? name_macs(key, schema, "wifi", q->wifi,
	    q->nwifi, !q->as_ichnaea) : name_macs(key, schema, "blue",
	    q->blue, q->nblue, !q->as_ichnaea);
}

size_t
provider_cached_keys_none(const struct locate_query *q, size_t n,
    size_t *first)
{
	*first = 0;
	if (q->as_ichnaea || q->ncell > 0 || n == 0)
		return n;
	*first = n - 1;
	return 1;
}

void
provider_cached_write(struct base_buf *b,
    const struct provider_service_position *pos)
{
	struct json_write w;

	if (pos == NULL) {
		base_buf_str(b, NOT_FOUND);
		return;
	}
	json_write_init(&w, b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	json_write_f64(&w, "lat", pos->lat);
	json_write_f64(&w, "lon", pos->lon);
	json_write_f64(&w, "accuracy", pos->accuracy_m);
	json_write_value(&w, "fallback");
	base_buf_str(b, pos->lacf ? "\"lacf\"" : "null");
	json_write_end(&w);
}

void
provider_cached_init(struct provider_cached *c, const struct locate_query *q)
{
	c->q = q;
	c->n = 0;
	c->not_found = c->broken = c->is_whole = 0;
}

/* Member NAME of a kept object as a number.  Returns 1, or 0. */
static int
kept_number(const struct json_doc *d, const char *name, double *v)
{
	int at = json_doc_get(d, 0, name);

	return at != -1 && json_doc_f64(d, at, v);
}

/*
 * A kept position.  Redis may hold anything, so it is checked like a
 * provider's.
 */
static int
read_kept(const struct json_doc *d, struct provider_service_position *pos)
{
	int at = json_doc_get(d, 0, "fallback");

	pos->lacf = at != -1 && json_doc_kind(d, at) == JSON_DOC_STRING &&
	    json_doc_is(d, at, "lacf");
	return kept_number(d, "lat", &pos->lat) &&
	    kept_number(d, "lon", &pos->lon) &&
	    kept_number(d, "accuracy", &pos->accuracy_m) &&
	    provider_service_check(pos);
}

/*
 * Positions beyond PROVIDER_CACHED_KEYS are broken: there cannot be more than
 * keys.
 */
void
provider_cached_add(struct provider_cached *c, size_t key, const char *text,
    size_t len, struct base_arena *a)
{
	struct json_doc d;
	size_t nmac;

	if (macs_of(c->q, &nmac) != NULL && key == nmac)
		c->is_whole = 1;
	if (len == strlen(NOT_FOUND) && memcmp(text, NOT_FOUND, len) == 0)
		c->not_found = 1;
	else if (c->n < PROVIDER_CACHED_KEYS &&
	    json_doc_parse(&d, text, len, a) == 0 &&
	    read_kept(&d, &c->at[c->n]))
		c->of[c->n++] = key;
	else
		c->broken = 1;
}

/*
 * Within about 100 m, a cell of a thousandth of a degree, and with the same
 * reservation.
 */
static int
is_same_place(const struct provider_service_position *a,
    const struct provider_service_position *b)
{
	return rint(a->lat * 1e3) == rint(b->lat * 1e3) &&
	    rint(a->lon * 1e3) == rint(b->lon * 1e3) && a->lacf == b->lacf;
}

/*
 * Is what was found enough for an answer?  It is if it is of the whole
 * question, or of two networks that are not of one device.
 */
static int
is_enough(const struct provider_cached *c)
{
	const struct locate_mac *m;
	size_t i, j, n;

	if (c->q->as_ichnaea || c->is_whole || (m = macs_of(c->q, &n)) == NULL)
		return 1;
	for (i = 0; i < c->n; i++)
		for (j = 0; j < i; j++)
			if (c->of[i] < n && c->of[j] < n &&
			    !locate_company_siblings(m[c->of[i]].mac,
			    m[c->of[j]].mac))
				return 1;
	return 0;
}

/*
 * The mean of all positions; the accuracy is what the farthest of them needs,
 * rounded to millimetres as it will be kept.
 */
enum provider_cached_verdict
provider_cached_judge(const struct provider_cached *c,
    struct provider_service_position *pos)
{
	size_t i;

	if (c->broken)
		return PROVIDER_CACHED_BROKEN;
	if (c->n == 0)
		return c->not_found && is_enough(c) ?
		    PROVIDER_CACHED_NOT_FOUND : PROVIDER_CACHED_MISS;
	if (c->not_found)
		return PROVIDER_CACHED_INCONSISTENT;
	assert(c->n <= PROVIDER_CACHED_KEYS);
	memset(pos, 0, sizeof(*pos));
	pos->lacf = c->at[0].lacf;
	for (i = 0; i < c->n; i++) {
		if (!is_same_place(&c->at[0], &c->at[i]))
			return PROVIDER_CACHED_INCONSISTENT;
		pos->lat += c->at[i].lat / (double)c->n;
		pos->lon += c->at[i].lon / (double)c->n;
	}
	for (i = 0; i < c->n; i++)
		pos->accuracy_m = fmax(pos->accuracy_m, c->at[i].accuracy_m +
		    geo_dist_m(pos->lat, pos->lon, c->at[i].lat,
		    c->at[i].lon));
	pos->accuracy_m = rint(pos->accuracy_m * 1e3) / 1e3;
	return is_enough(c) ? PROVIDER_CACHED_FOUND : PROVIDER_CACHED_MISS;
}
