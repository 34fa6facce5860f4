/* SPDX-License-Identifier: ISC */
/* Giving up what the parsing of foreign bytes does not need. */
#ifndef IO_SANDBOX_H
#define IO_SANDBOX_H

#define IO_SANDBOX_NET		1	/* connections to servers */
#define IO_SANDBOX_FILES	2	/* files, as the user may */

/*
 * From now on this process may read files, write to what it has open, have
 * threads, and besides only what MAY says: no other program is run, no other
 * process touched, no file made, changed or removed, and no connection made.
 * New files may be made in SCRATCH, a directory, and removed there, unless it
 * is NULL.  What is forbidden fails with an error and ends nothing.
 *
 * Returns 1, or 0 where the system cannot do it, and in programs that were
 * built with sanitizers, which need more than this.
 */
int	io_sandbox_enter(int may, const char *scratch);

#endif
