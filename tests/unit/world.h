/* SPDX-License-Identifier: ISC */
/* A small world of stations, and a lookup in it, for the tests of locate. */
#ifndef WORLD_H
#define WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "base/arena.h"
#include "base/civil.h"
#include "base/num.h"
#include "locate/found.h"
#include "locate/query.h"
#include "station/row.h"

#define WORLD_NOW	1700050000	/* 2023-11-15, noon or so */

/*
 * Days count back from now; -1 is NULL.  A zero in created_d, radius or
 * samples means what most stations have: 30, 10 and 10.
 */
struct world_station {
	const char	*net;	/* "wifi a82067000001", "lte-1-2-3-4", .. */
	double		 lat, lon;
	int		 radius, samples;	/* of areas: num_cells */
	int		 created_d, modified_d, seen_d;
	int		 block_d, blocks;	/* blocks 0: never */
	const char	*region;		/* NULL: GB */
};

struct world {
	const struct world_station	*at;
	size_t				 n;
	int				 broken; /* lookups fail */
	size_t				 lookups;
};

/* The key of NET, and how long those of its kind may be. */
static inline size_t
world_key(const char *net, uint8_t key[RADIO_CELL_KEY_MAX])
{
	struct radio_cell c = { .cid = RADIO_CELL_UNKNOWN };
	char radio[8];
	long long cid;
	int n;

	if (strncmp(net, "wifi ", 5) == 0 || strncmp(net, "blue ", 5) == 0) {
		base_num_unhex(key, RADIO_MAC_LEN, net + 5);
		return RADIO_MAC_LEN;
	}
	n = sscanf(net, "%7[a-z]-%d-%d-%d-%lld", radio, &c.mcc, &c.mnc, &c.lac,
	    &cid);
	c.type = radio_cell_type_parse(radio, strlen(radio));
	if (n == 5) {
		c.cid = cid;
		radio_cell_key(key, &c);
		return RADIO_CELL_KEY_MAX;
	}
	radio_cell_area_key(key, &c);
	return RADIO_CELL_AREA_MAX;
}

static inline int64_t
world_day(int ago)
{
	return ago == -1 ? STATION_ROW_NULL :
	    base_civil_day_of(WORLD_NOW) - ago;
}

static inline int64_t
world_second(int ago)
{
	return ago == -1 ? STATION_ROW_NULL :
	    WORLD_NOW - (int64_t)ago * BASE_CIVIL_DAY_S;
}

static inline void
world_row(struct station_row *r, const struct world_station *w)
{
	station_row_init(r);
	world_key(w->net, r->key);
	r->lat = w->lat;
	r->lon = w->lon;
	r->radius = w->radius == 0 ? 10 : w->radius;
	snprintf(r->region, sizeof(r->region), "%.2s",
	    w->region == NULL ? "GB" : w->region);
	r->samples = w->samples == 0 ? 10 : w->samples;
	r->created = world_second(w->created_d == 0 ? 30 : w->created_d);
	r->modified = world_second(w->modified_d);
	r->last_seen = world_day(w->seen_d);
	r->block_last = world_day(w->blocks == 0 ? -1 : w->block_d);
	r->block_count = w->blocks == 0 ? STATION_ROW_NULL : w->blocks;
}

static inline int
world_asks_mac(const struct locate_mac *m, size_t n, const uint8_t *key)
{
	while (n-- > 0)
		if (memcmp(m[n].mac, key, RADIO_MAC_LEN) == 0)
			return 1;
	return 0;
}

static inline int
world_asks_cell(const struct locate_cell *c, size_t n, const uint8_t *key,
    size_t len)
{
	uint8_t own[RADIO_CELL_KEY_MAX];

	while (n-- > 0) {
		radio_cell_key(own, &c[n].cell);
		if (len == RADIO_CELL_KEY_MAX ? memcmp(own, key, len) == 0 :
		    radio_cell_same_area(own, key))
			return 1;
	}
	return 0;
}

/* Find what the query needs. Returns 0, or -1 if the world is broken. */
static inline int
world_find(struct world *w, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	uint8_t key[RADIO_CELL_KEY_MAX];
	struct station_area *area;
	struct station_row r;
	size_t i, len;

	w->lookups++;
	if (w->broken)
		return -1;
	f->blue = base_arena_calloc(a, w->n, sizeof(*f->blue));
	f->wifi = base_arena_calloc(a, w->n, sizeof(*f->wifi));
	f->cell = base_arena_calloc(a, w->n, sizeof(*f->cell));
	f->area = base_arena_calloc(a, w->n, sizeof(*f->area));
	for (i = w->n; i-- > 0;) {	/* rows come in any order */
		len = world_key(w->at[i].net, key);
		world_row(&r, &w->at[i]);
		if (len == RADIO_MAC_LEN && w->at[i].net[0] == 'b') {
			if (world_asks_mac(q->blue, q->nblue, key))
				f->blue[f->nblue++] = r;
		} else if (len == RADIO_MAC_LEN) {
			if (world_asks_mac(q->wifi, q->nwifi, key))
				f->wifi[f->nwifi++] = r;
		} else if (len == RADIO_CELL_KEY_MAX) {
			if (world_asks_cell(q->cell, q->ncell, key, len))
				f->cell[f->ncell++] = r;
		} else if (world_asks_cell(q->area, q->narea, key, len)) {
			area = &f->area[f->narea++];
			station_row_area_init(area);
			memcpy(area->key, key, sizeof(area->key));
			area->lat = r.lat;
			area->lon = r.lon;
			memcpy(area->region, r.region, sizeof(r.region));
			area->radius = r.radius;
			area->num_cells = r.samples;
			area->created = r.created;
			area->modified = r.modified;
			area->last_seen = r.last_seen;
		}
	}
	return 0;
}

/* Read and search, all but what a provider says.  Returns 1 if it searched. */
static inline int
world_search(struct world *w, struct api_answer *how, const char *body)
{
	if (!api_answer_read(how, body, strlen(body)))
		return 0;
	if (locate_query_has_networks(&how->need))
		how->lost = world_find(w, &how->need, &how->found,
		    how->arena) == -1;
	return api_answer_search(how);
}

/* Answer BODY, of which HOW says the rest. */
static inline int
world_answer(struct world *w, struct api_answer *how, const char *body,
    struct base_buf *out)
{
	world_search(w, how, body);
	return api_answer_write(how, out);
}

#endif
