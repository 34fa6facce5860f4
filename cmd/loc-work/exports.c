/* SPDX-License-Identifier: ISC */
/*
 * The rows of export_config: every target gets its group in the stream, and
 * the internal one says what is left out.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/outage.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "work.h"

#define EVERY_MS	30000		/* between looks at the rows */

static const char settling[] = "redis: making groups of export targets";

/* See that each target of the rows has its group in the stream. */
static enum queue_verdict
settle_groups(struct work *w, const struct queue_groups *g)
{
	const struct store_export_list *l = &w->exports;
	struct queue_group_target *t;
	size_t i, n = 0;
	enum queue_verdict v;

	if ((t = calloc(l->n + 1, sizeof(*t))) == NULL) {
		warn("export_config");
		return QUEUE_LOST;
	}
	for (i = 0; i < l->n; i++) {
		if (l->row[i].schema == STORE_EXPORT_INTERNAL)
			continue;
		t[n].name = l->row[i].name;
		t[n++].usable = l->row[i].usable;
	}
	v = queue_group_settle(&w->consumer.stream, g, t, n);
	free(t);
	return v;
}

/* The rows as they are now.  0, or -1 if they cannot be read. */
static int
load_rows(struct work *w)
{
	int was_there = w->internal != NULL;

	work_ahead_stop(w);		/* it was read by the old ones */
	if (store_export_load(w->db, &w->exports) == -1)
		return -1;
	w->internal = store_export_internal(&w->exports);
	if (w->internal == NULL && (was_there || w->exports_ms == 0))
		warnx("export_config: no row of the schema internal: "
		    "counting all reports");
	return 0;
}

int
work_exports(struct work *w)
{
	int64_t now = base_clock_mono_ms();
	struct queue_groups g;
	enum queue_verdict v = QUEUE_LOST;

	if (w->exports_ms != 0 && now - w->exports_ms < EVERY_MS)
		return 0;
	/* See queue/group.h: the rows are read between these two steps. */
	if (queue_group_watch(&w->consumer.stream, &g) != QUEUE_OK)
		return -1;
	if (load_rows(w) == 0) {
		v = settle_groups(w, &g);
		if (v == QUEUE_REFUSED)
			io_outage_shared_fails(queue_redis_error(
			    w->consumer.stream.redis), "%s", settling);
		else if (v == QUEUE_OK)
			io_outage_shared_works("%s", settling);
		w->exports_ms = now;
	}
	queue_groups_done(&g);
	return v == QUEUE_LOST ? -1 : 0;
}
