/* SPDX-License-Identifier: ISC */
/*
 * What is worth telling of something that is tried again and again while it
 * fails: the first failure, each new cause, a reminder now and then, and that
 * it works again.  What fails and works by turns is one outage that goes on;
 * so no more than a few lines a minute come of it, whatever it does.  Pure:
 * callers bring the time, in milliseconds of a clock that is never set back.
 */
#ifndef BASE_OUTAGE_H
#define BASE_OUTAGE_H

#include <stdint.h>

#define BASE_OUTAGE_REMIND_MS	600000	/* between tellings of one cause;
					 * without a failure: it has ended */
#define BASE_OUTAGE_CALM_MS	60000	/* it works so long: it has ended */
#define BASE_OUTAGE_CAUSES	8	/* told within that, at most */

/* All zero has never failed. */
struct base_outage {
	uint64_t	times;		/* it has failed; 0: no outage */
	int64_t		since_ms;	/* the first of them */
	int64_t		failed_ms;	/* the last of them */
	int64_t		worked_ms;	/* when it worked after that */
	int		failing;	/* it did not */
	int		last;		/* the cause told last, from 1; 0: none,
					 * or that it works again */
	struct base_outage_cause {
		uint32_t	crc;	/* of its text */
		int64_t		told_ms;
		int		used;
	}		cause[BASE_OUTAGE_CAUSES];
};

enum base_outage_news {
	BASE_OUTAGE_NONE,	/* known: say nothing */
	BASE_OUTAGE_NEW,	/* say the cause */
	BASE_OUTAGE_LASTS	/* ... and for how long, and how often */
};

/* It has failed because of CAUSE, a text. */
enum base_outage_news	base_outage_fails(struct base_outage *o,
	    const char *cause, int64_t now_ms);

/* It works.  Returns 1 if that is to be told, 0 if it goes without saying. */
int	base_outage_works(struct base_outage *o, int64_t now_ms);

/* For how many seconds there has been an outage. */
long long base_outage_s(const struct base_outage *o, int64_t now_ms);

#endif
