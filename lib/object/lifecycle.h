/* SPDX-License-Identifier: ISC */
/* The rules by which a bucket deletes old objects. */
#ifndef OBJECT_LIFECYCLE_H
#define OBJECT_LIFECYCLE_H

#include <stdint.h>

#include "object/store.h"

struct object_lifecycle_rule {
	const char	*id, *prefix;	/* "" if they are not said */
	int64_t		 days;		/* after which objects go; 0: other */
	int		 enabled;
};

/*
 * Call EACH for every rule of the bucket that S is in, also for those of other
 * places.  A directory has no rules, and is OBJECT_WRONG.
 */
enum object_verdict object_lifecycle_get(struct object_store *s,
	    int (*each)(void *arg, const struct object_lifecycle_rule *rule),
	    void *arg);

/*
 * Have objects of S go after DAYS, and parts of uploads that were never
 * completed after a week.  The rule has an id that follows from the place, and
 * replaces the one of before; other rules stay as they are.
 */
enum object_verdict object_lifecycle_set(struct object_store *s,
	    int64_t days);

#endif
