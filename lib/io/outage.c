/* SPDX-License-Identifier: ISC */
/*
 * What fails is kept in a small table.  If more fails than that has room for,
 * what has failed longest ago is forgotten, and warned of anew.
 */
#include <err.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/outage.h"
#include "io/outage.h"

#define WHATS		32
#define WHAT_LEN	400

static struct subject {
	char			what[WHAT_LEN];
	struct base_outage	outage;
} subjects[WHATS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* for them */
static atomic_int nfailing;		/* of them */

/* The one of WHAT; or if there is none, the one that failed longest ago. */
static struct subject *
find_subject(const char *what)
{
	struct subject *s, *old = subjects;

	for (s = subjects; s < subjects + WHATS; s++) {
		if (strcmp(s->what, what) == 0)
			return s;
		if (s->outage.failed_ms < old->outage.failed_ms)
			old = s;
	}
	return old;
}

/* Warn of O, of which there is NEWS. */
static void
tell_failure(const struct base_outage *o, enum base_outage_news news,
    const char *what, const char *why)
{
	if (news == BASE_OUTAGE_NEW)
		warnx("%s: %s", what, why);
	else if (news == BASE_OUTAGE_LASTS)
		warnx("%s: %s (%llu times in %lld s)", what, why,
		    (unsigned long long)o->times,
		    base_outage_s(o, o->failed_ms));
}

void
io_outage_fails(struct base_outage *o, const char *what, const char *why)
{
	tell_failure(o, base_outage_fails(o, why, base_clock_mono_ms()),
	    what, why);
}

void
io_outage_works(struct base_outage *o, const char *what)
{
	if (base_outage_works(o, base_clock_mono_ms()))
		warnx("%s: works again after %lld s", what,
		    base_outage_s(o, o->worked_ms));
}

void
io_outage_shared_fails(const char *why, const char *fmt, ...)
{
	enum base_outage_news news;
	char what[WHAT_LEN];
	struct base_outage o;
	struct subject *s;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&lock);
	s = find_subject(what);
	nfailing += !s->outage.failing;
	if (strcmp(s->what, what) != 0) {
		memset(s, 0, sizeof(*s));
		strlcpy(s->what, what, sizeof(s->what));
	}
	news = base_outage_fails(&s->outage, why, base_clock_mono_ms());
	o = s->outage;
	pthread_mutex_unlock(&lock);
	tell_failure(&o, news, what, why);
}

void
io_outage_shared_works(const char *fmt, ...)
{
	char what[WHAT_LEN];
	struct subject *s;
	va_list ap;

	if (nfailing == 0)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&lock);
	s = find_subject(what);
	if (strcmp(s->what, what) == 0) {
		nfailing -= s->outage.failing;
		io_outage_works(&s->outage, what);
	}
	pthread_mutex_unlock(&lock);
}
