/* SPDX-License-Identifier: ISC */
/*
 * From when on a number needs somebody.  What is usual was chosen so that a
 * quiet service, and one that is busy, are both fine: a limit that is reached
 * means that something does not work, or soon will not.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/num.h"

#include "status.h"

#define DAY	86400

static struct limit limits[] = {
	{ "database.areas", 100000, -1, "", "start more of loc-work" },
	{ "database.clock", 5, 300, "s", "set the clocks by NTP" },
	{ "database.counted", -1, -1, "s", "see spool and queue" },
	{ "database.lag", 30, 600, "s", "look at the replica" },
	{ "backup.database", 2 * DAY, 8 * DAY, "s",
	    "see loc-backup(1): database" },
	{ "backup.drill", 40 * DAY, -1, "s", "see loc-backup(1): drill" },
	{ "backup.reports", DAY, 8 * DAY, "s",
	    "see loc-backup(1): reports" },
	{ "backup.verify", 40 * DAY, -1, "s", "see loc-backup(1): verify" },
	{ "export.diff", 4 * 3600, -1, "s",
	    "see loc-cron(7): location-export" },
	{ "export.full", 2 * DAY, -1, "s", "see loc-cron(7): location-export" },
	{ "geoip.age", 40 * DAY, 400 * DAY, "s",
	    "fetch a new file for [geoip] db_path" },
	{ "import.ocid", 3 * DAY, -1, "s", "see loc-cron(7): location-import" },
	{ "map.age", 8 * DAY, -1, "s", "see loc-cron(7): location-map" },
	{ "queue.age", 300, 3600, "s",
	    "are enough of loc-work, or loc-forward, alive?" },
	{ "queue.dead", 1, -1, "",
	    "loc-work -l shows why they were set aside" },
	{ "queue.waiting", -1, -1, "", "start more of loc-work" },
	{ "redis.memory", 70, 95, "%", "give Redis more maxmemory" },
	{ "spool.age", 120, 1800, "s", "is loc-feed alive, and Redis?" },
	{ "spool.bad", 1, -1, "B",
	    "look at the disk; the spool's bad/ has what was damaged" },
	{ "spool.disk", 90, 97, "%", "make room on the spool's disk" },
	{ "spool.full", 50, 90, "%", "is loc-feed alive? see max_bytes" }
};
#define LIMITS	(sizeof(limits) / sizeof(limits[0]))

static struct limit *
find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < LIMITS; i++)
		if (strlen(limits[i].name) == len &&
		    memcmp(limits[i].name, name, len) == 0)
			return &limits[i];
	return NULL;
}

const struct limit *
limit_find(const char *name)
{
	return find(name, strlen(name));
}

void
limit_set(int opt, const char *text, enum level level)
{
	size_t len = strcspn(text, "=");
	struct limit *l = find(text, len);
	int64_t v;

	if (l == NULL)
		errx(EX_USAGE, "-%c %s: no number of that name, see -j", opt,
		    text);
	if (text[len] != '=' ||
	    !base_num_i64(text + len + 1, strlen(text + len + 1), &v) ||
	    v < -1)
		errx(EX_USAGE, "-%c %s: expected NAME=NUMBER", opt, text);
	*(level == BROKEN ? &l->broken : &l->warn) = v;
}
