/* SPDX-License-Identifier: ISC */
/*
 * What became of something that was asked of Redis.  Whatever is less than
 * zero is a failure that may be over later; it was warned of, unless said
 * otherwise, and QUEUE_LOST only once in a row.
 */
#ifndef QUEUE_VERDICT_H
#define QUEUE_VERDICT_H

enum queue_verdict {
	QUEUE_OK = 0,
	QUEUE_NONE = 1,		/* there is no such group, marker, letter */
	QUEUE_CHANGED = 2,	/* someone else was first: nothing was done */
	QUEUE_LOST = -1,	/* the connection; what was done is unknown */
	QUEUE_REFUSED = -2,	/* the server refused it */
	QUEUE_FULL = -3		/* ... because it has no memory left */
};

#endif
