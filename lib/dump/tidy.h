/* SPDX-License-Identifier: ISC */
/* What writers that were killed leave in a directory of dumps. */
#ifndef DUMP_TIDY_H
#define DUMP_TIDY_H

struct object_store;

/*
 * Remove files that were to become chunks or manifests in S, if it is a
 * directory, and whose writers are gone.  Those of others, and all else, stay.
 * What cannot be removed is left for the next time.
 */
void	dump_tidy_run(struct object_store *s);

#endif
