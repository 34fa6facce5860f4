/* SPDX-License-Identifier: ISC */
#include <err.h>

#include "work.h"

void
work_stats_tell(const struct work *w)
{
	const struct work_stats *s = &w->stats;

	work_signals_tell = 0;
	warnx("%llu submissions, %llu reports, %llu observations, %llu rows, "
	    "%llu areas, %llu known, %llu set aside, %llu skipped",
	    (unsigned long long)s->submissions,
	    (unsigned long long)s->reports,
	    (unsigned long long)s->observations,
	    (unsigned long long)s->rows, (unsigned long long)s->areas,
	    (unsigned long long)s->known, (unsigned long long)s->buried,
	    (unsigned long long)s->skipped);
}
