/* SPDX-License-Identifier: ISC */
/*
 * Whichever allocation of a request fails, the client is never told that its
 * question was wrong.  The arena is one of our own, whose every allocation
 * may be the one that fails.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static long left;		/* allocations that succeed; -1: all */

struct base_arena_block {
	struct base_arena_block	*next;
	_Alignas(16) char	 data[];
};

void
base_arena_init(struct base_arena *a)
{
	memset(a, 0, sizeof(*a));
}

void
base_arena_reset(struct base_arena *a)
{
	struct base_arena_block *b;

	while ((b = a->head) != NULL) {
		a->head = b->next;
		free(b);
	}
}

void
base_arena_done(struct base_arena *a)
{
	base_arena_reset(a);
}

void *
base_arena_alloc(struct base_arena *a, size_t len)
{
	struct base_arena_block *b;

	if (left == 0 || (b = malloc(sizeof(*b) + len)) == NULL)
		return NULL;
	if (left > 0)
		left--;
	b->next = a->head;
	a->head = b;
	return b->data;
}

void *
base_arena_array(struct base_arena *a, size_t n, size_t size)
{
	return base_arena_alloc(a, n * size);
}

void *
base_arena_calloc(struct base_arena *a, size_t n, size_t size)
{
	void *p = base_arena_alloc(a, n * size);

	return p == NULL ? NULL : memset(p, 0, n * size);
}

char *
base_arena_strndup(struct base_arena *a, const char *s, size_t len)
{
	char *p = base_arena_alloc(a, len + 1);

	if (p == NULL)
		return NULL;
	p[len] = '\0';
	return memcpy(p, s, len);
}

#include "api/answer.h"
#include "geo/ip.h"
#include "ichnaea/rules.h"

#include "tap.h"
#include "world.h"

#define NETWORKS	4	/* of a kind */

/* A body whose names, numbers and words have escapes. */
static void
make_body(struct base_buf *b)
{
	int i;

	base_buf_str(b, "{\"considerIp\":\"\\u0066alse\",\"wifiAccessPoints\":"
	    "[");
	for (i = 0; i < NETWORKS; i++)
		base_buf_fmt(b, "%s{\"macAddr\\u0065ss\":\"a8206700%04x\","
		    "\"signalStrength\":\"-\\u0035\\u0030\",\"ssid\":"
		    "\"\\u00e9\"}", i > 0 ? "," : "", i);
	base_buf_str(b, "],\"cellTowers\":[");
	for (i = 0; i < NETWORKS; i++)
		base_buf_fmt(b, "%s{\"radioType\":\"\\u006cte\","
		    "\"mobileCountryCode\":234,\"mobileNetworkCode\":30,"
		    "\"locationAreaCode\":100,\"cellId\":%d}",
		    i > 0 ? "," : "", 1000 + i);
	base_buf_str(b, "]}");
}

static const struct world_station stations[] = {
	{ "wifi a82067000001", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000002", 51.5001, -0.1, .blocks = 0 },
	{ "wifi a82067000003", 51.6, -0.1, .blocks = 0 },
	{ "lte-234-30-100-1001", 51.5, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-100", 51.505, -0.1, 25000, .blocks = 0 },
};

/* Answer BODY; N allocations for reading succeed, and N for searching. */
static int
ask(const struct base_buf *body, enum api_answer_api api, int strict, long n,
    struct base_buf *out)
{
	static struct world w = { stations,
	    sizeof(stations) / sizeof(stations[0]), 0, 0 };
	struct base_arena a, own;
	struct api_answer how = { .api = api, .rules = ichnaea_rules(strict),
	    .as_ichnaea = strict, .now_s = WORLD_NOW, .arena = &a };

	base_arena_init(&a);
	base_arena_init(&own);
	base_buf_reset(out);
	left = n;
	if (api_answer_read(&how, body->data, body->len)) {
		left = -1;	/* what is found is not of interest here */
		world_find(&w, &how.need, &how.found, &own);
		left = n;
		api_answer_search(&how);
	}
	n = api_answer_write(&how, out);
	left = -1;
	base_arena_done(&own);
	base_arena_done(&a);
	return (int)n;
}

int
main(void)
{
	static const enum api_answer_api apis[] = { API_ANSWER_GEOLOCATE,
	    API_ANSWER_COUNTRY };
	struct base_buf body, out;
	long n;
	size_t i;
	int failed, status, strict;

	base_buf_init(&out);
	base_buf_init(&body);
	make_body(&body);
	for (i = 0; i < 2; i++)
		for (strict = 0; strict < 2; strict++) {
			failed = 0;
			for (n = 0; n < 100; n++) {
				status = ask(&body, apis[i], strict, n, &out);
				if (status == 200)
					break;
				failed++;
				is_int(status, 503, "memory is short");
			}
			is_int(status, 200, "memory suffices");
			ok(failed > 0, "it was short before");
		}
	base_buf_done(&body);
	base_buf_done(&out);
	return tap_done();
}
