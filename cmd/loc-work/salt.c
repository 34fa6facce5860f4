/* SPDX-License-Identifier: ISC */
/*
 * The salts with which marks are made (obs/witness.h), one for each day.  The
 * first worker that needs the salt of a day makes it, outside of the batch's
 * transaction so that nobody waits for that transaction.  loc-stats deletes it
 * three days later, and no worker remembers it longer.  A submission that is
 * counted later leaves no marks.  But one that is brought back from a backup
 * leaves marks with the salt of today, or nothing of it could vouch for
 * anything.
 */
#include <string.h>

#include "base/civil.h"
#include "store/trust.h"
#include "work.h"

#define SALTS		(sizeof(((struct work *)NULL)->salt) / \
			sizeof(((struct work *)NULL)->salt[0]))
/*
 * This is SALT_DAYS of loc-stats: if it were more, a salt that was deleted
 * would be made anew, with a value that no mark of that day has.
 */
#define KEEP_DAYS	3

/*
 * Set the salt of D->day, remembered or from the database.  For a day whose
 * salt is gone, or that is still to come, it is the salt of today, for what is
 * brought back from a backup only.  Returns 0, or -1 to try again later.
 */
static int
find_salt(struct work *w, struct obs_batch_day *d, int64_t today)
{
	struct obs_batch_day *have;
	int64_t day = d->day;
	size_t i;
	int rc;

	if (day <= today - KEEP_DAYS || day > today + 1) {
		d->day = today;
		rc = find_salt(w, d, today);
		d->day = day;
		d->only_restored = 1;
		return rc;
	}
	for (i = 0; i < SALTS; i++)
		if (w->salt[i].has_salt && w->salt[i].day == d->day) {
			*d = w->salt[i];
			return 0;
		}
	if ((rc = store_trust_salt(w->db, d->day, 1, d->salt)) == -1)
		return -1;
	d->has_salt = rc;
	have = &w->salt[(size_t)d->day % SALTS];
	*have = *d;
	return 0;
}

int
work_salt(struct work *w)
{
	int64_t today = base_civil_day_of(w->now);
	size_t i;

	if (w->trust == NULL)
		return 0;
	for (i = 0; i < SALTS; i++)
		if (w->salt[i].has_salt &&
		    w->salt[i].day <= today - KEEP_DAYS) {
			explicit_bzero(w->salt[i].salt,
			    sizeof(w->salt[i].salt));
			w->salt[i].has_salt = 0;
		}
	for (i = 0; i < w->batch.nday; i++)
		if (find_salt(w, &w->batch.day[i], today) == -1)
			return -1;
	return 0;
}
