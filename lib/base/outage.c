/* SPDX-License-Identifier: ISC */
/*
 * The cause that was told last stands in the log as how things are, so that
 * only a reminder is due of it.  Any other was overtaken by what was told since
 * and is told again sooner, but not at once: two that alternate would fill the
 * log.  Nor are there more causes than there is room for.
 */
#include <string.h>

#include "base/crc32c.h"
#include "base/outage.h"

/* Where the cause CRC is, or could be: it takes the place told longest ago. */
static int
find_cause(const struct base_outage *o, uint32_t crc)
{
	int i, old = 0;

	for (i = 0; i < BASE_OUTAGE_CAUSES; i++) {
		if (!o->cause[i].used || o->cause[i].crc == crc)
			return i;
		if (o->cause[i].told_ms < o->cause[old].told_ms)
			old = i;
	}
	return old;
}

enum base_outage_news
base_outage_fails(struct base_outage *o, const char *cause, int64_t now_ms)
{
	uint32_t crc = base_crc32c(0, cause, strlen(cause));
	struct base_outage_cause *c;
	int i, is_known;

	if (now_ms - (o->failing ? o->failed_ms + BASE_OUTAGE_REMIND_MS :
	    o->worked_ms + BASE_OUTAGE_CALM_MS) >= 0)
		memset(o, 0, sizeof(*o));
	if (o->times++ == 0)
		o->since_ms = now_ms;
	o->failed_ms = now_ms;
	o->failing = 1;
	i = find_cause(o, crc);
	c = &o->cause[i];
	is_known = c->used && c->crc == crc;
	if (c->used && now_ms - c->told_ms < (is_known && o->last == i + 1 ?
	    BASE_OUTAGE_REMIND_MS : BASE_OUTAGE_CALM_MS))
		return BASE_OUTAGE_NONE;
	*c = (struct base_outage_cause){ .crc = crc, .told_ms = now_ms,
	    .used = 1 };
	o->last = i + 1;
	return is_known ? BASE_OUTAGE_LASTS : BASE_OUTAGE_NEW;
}

int
base_outage_works(struct base_outage *o, int64_t now_ms)
{
	int told = o->last != 0;

	if (o->failing)
		o->worked_ms = now_ms;
	o->failing = 0;
	o->last = 0;
	return told;
}

long long
base_outage_s(const struct base_outage *o, int64_t now_ms)
{
	return o->times == 0 ? 0 : (now_ms - o->since_ms) / 1000;
}
