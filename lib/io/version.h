/* SPDX-License-Identifier: ISC */
/* What was built. */
#ifndef IO_VERSION_H
#define IO_VERSION_H

/*
 * The commit that the programs were built of, with a '+' behind it if sources
 * were changed since; "" where git did not know.  The only source that is
 * compiled anew when that changes.
 */
extern const char io_version_commit[];

#endif
