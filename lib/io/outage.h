/* SPDX-License-Identifier: ISC */
/*
 * Warnings of what a program tries again and again, when base/outage.h says
 * that they are due.
 */
#ifndef IO_OUTAGE_H
#define IO_OUTAGE_H

struct base_outage;

/* O, of the caller's, has failed because of WHY: "WHAT: WHY". */
void	io_outage_fails(struct base_outage *o, const char *what,
	    const char *why);

/* It works: "WHAT: works again after N s", if that is news. */
void	io_outage_works(struct base_outage *o, const char *what);

/*
 * The same of what is told apart by the text WHAT, as of printf(), in the whole
 * process: what fails in ten threads, or on ten connections, is one outage.
 * May be called by any thread, and costs nothing while all of these work.
 */
void	io_outage_shared_fails(const char *why, const char *what, ...)
	    __attribute__((format(printf, 2, 3)));
void	io_outage_shared_works(const char *what, ...)
	    __attribute__((format(printf, 1, 2)));

#endif
