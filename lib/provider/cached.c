/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "geo/dist.h"
#include "json/doc.h"
#include "locate/query.h"
#include "provider/cached.h"

#define NOT_FOUND	"\"404\""

static void
make_key(struct provider_cached_key *k, enum provider_service_schema schema,
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
	memcpy(k->data + k->len, id, len);
	k->len += len;
}

static size_t
mac_keys(struct provider_cached_key *key, enum provider_service_schema schema,
    const char *kind, const struct locate_mac *m, size_t n)
{
	size_t i;

	if (n > PROVIDER_CACHED_MAX)
		return 0;
	for (i = 0; i < n; i++)
		make_key(&key[i], schema, kind, m[i].mac, RADIO_MAC_LEN);
	return n;
}

size_t
provider_cached_keys(struct provider_cached_key key[PROVIDER_CACHED_MAX],
    enum provider_service_schema schema, const struct locate_query *q)
{
	uint8_t cell[RADIO_CELL_KEY_MAX];

	if (q->ncell == 1 && q->nblue == 0 && q->nwifi == 0) {
		radio_cell_key(cell, &q->cell[0].cell);
		make_key(&key[0], schema, "cell", cell,
		    radio_cell_key_len(cell[0]));
		return 1;
	}
	if (q->ncell > 0 || (q->nblue > 0 && q->nwifi > 0))
		return 0;
	return q->nwifi > 0 ?
	    mac_keys(key, schema, "wifi", q->wifi, q->nwifi) :
	    mac_keys(key, schema, "blue", q->blue, q->nblue);
}

void
provider_cached_write(struct base_buf *b,
    const struct provider_service_position *pos)
{
	if (pos == NULL) {
		base_buf_str(b, NOT_FOUND);
		return;
	}
	base_buf_str(b, "{\"lat\": ");
	base_buf_f64(b, pos->lat);
	base_buf_str(b, ", \"lon\": ");
	base_buf_f64(b, pos->lon);
	base_buf_str(b, ", \"accuracy\": ");
	base_buf_f64(b, pos->accuracy_m);
	base_buf_fmt(b, ", \"fallback\": %s}", pos->lacf ? "\"lacf\"" :
	    "null");
}

void
provider_cached_init(struct provider_cached *c)
{
	c->n = 0;
	c->not_found = c->broken = 0;
}

static int
number(const struct json_doc *d, const char *name, double *v)
{
	int at = json_doc_get(d, 0, name);

	return at != -1 && json_doc_f64(d, at, v);
}

static int
read_position(const struct json_doc *d, struct provider_service_position *pos)
{
	int at = json_doc_get(d, 0, "fallback");

	pos->lacf = at != -1 && json_doc_kind(d, at) == JSON_DOC_STRING &&
	    json_doc_is(d, at, "lacf");
	return number(d, "lat", &pos->lat) && number(d, "lon", &pos->lon) &&
	    number(d, "accuracy", &pos->accuracy_m) &&
	    provider_service_check(pos);
}

void
provider_cached_add(struct provider_cached *c, const char *text, size_t len,
    struct base_arena *a)
{
	struct json_doc d;

	if (len == strlen(NOT_FOUND) && memcmp(text, NOT_FOUND, len) == 0)
		c->not_found = 1;
	else if (c->n < PROVIDER_CACHED_MAX &&
	    json_doc_parse(&d, text, len, a) == 0 &&
	    read_position(&d, &c->at[c->n]))
		c->n++;
	else
		c->broken = 1;
}

/* About 100 m, and the same reservation. */
static int
same(const struct provider_service_position *a,
    const struct provider_service_position *b)
{
	return rint(a->lat * 1e3) == rint(b->lat * 1e3) &&
	    rint(a->lon * 1e3) == rint(b->lon * 1e3) && a->lacf == b->lacf;
}

enum provider_cached_verdict
provider_cached_judge(const struct provider_cached *c,
    struct provider_service_position *pos)
{
	size_t i;

	if (c->broken)
		return PROVIDER_CACHED_BROKEN;
	if (c->n == 0)
		return c->not_found ? PROVIDER_CACHED_NOT_FOUND :
		    PROVIDER_CACHED_MISS;
	if (c->not_found)
		return PROVIDER_CACHED_INCONSISTENT;
	memset(pos, 0, sizeof(*pos));
	pos->lacf = c->at[0].lacf;
	for (i = 0; i < c->n; i++) {
		if (!same(&c->at[0], &c->at[i]))
			return PROVIDER_CACHED_INCONSISTENT;
		pos->lat += c->at[i].lat / (double)c->n;
		pos->lon += c->at[i].lon / (double)c->n;
	}
	for (i = 0; i < c->n; i++)
		pos->accuracy_m = fmax(pos->accuracy_m, c->at[i].accuracy_m +
		    geo_dist_m(pos->lat, pos->lon, c->at[i].lat,
		    c->at[i].lon));
	pos->accuracy_m = rint(pos->accuracy_m * 1e3) / 1e3;
	return PROVIDER_CACHED_FOUND;
}
