/* SPDX-License-Identifier: ISC */
/*
 * The rows of export_config: every target gets its group in the stream, and
 * the internal one says what is left out.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queue/group.h"
#include "work.h"

#define EVERY_MS	30000

/* Give the targets of the rows their groups.  0, -1 or -2. */
static int
settle(struct work *w, const struct queue_groups *g)
{
	const struct store_export_list *l = &w->exports;
	struct queue_group_target *t;
	size_t i, n = 0;
	int rc;

	if ((t = calloc(l->n + 1, sizeof(*t))) == NULL) {
		warn("export_config");
		return -1;
	}
	for (i = 0; i < l->n; i++) {
		if (l->row[i].schema == STORE_EXPORT_INTERNAL)
			continue;
		t[n].name = l->row[i].name;
		t[n++].usable = l->row[i].usable;
	}
	rc = queue_group_settle(&w->stream, g, t, n);
	free(t);
	return rc;
}

/* The rows as they are now.  0, or -1 if they cannot be read. */
static int
load(struct work *w)
{
	int was_there = w->own != NULL;

	if (store_export_load(w->db, &w->exports) == -1)
		return -1;
	w->own = store_export_internal(&w->exports);
	if (w->own == NULL && (was_there || w->exports_ms == 0))
		warnx("export_config: no row of the schema internal: "
		    "counting all reports");
	return 0;
}

int
work_exports(struct work *w)
{
	int64_t now = base_clock_mono_ms();
	struct queue_groups g;
	int rc;

	if (w->exports_ms != 0 && !work_reread &&
	    now - w->exports_ms < EVERY_MS)
		return 0;
	work_reread = 0;
	/* First the list: whoever changes it has newer rows. */
	if (queue_group_watch(&w->stream, &g) != 0)
		return -1;
	if ((rc = load(w)) == 0) {
		rc = settle(w, &g);
		if (rc == -2)
			warnx("redis: refused to make groups of export "
			    "targets");
		w->exports_ms = now;
	}
	queue_groups_done(&g);
	return rc == -1 ? -1 : 0;
}
