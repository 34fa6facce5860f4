/* SPDX-License-Identifier: ISC */
/*
 * Which servers hang: they take connections and do not answer, so that nobody
 * but who waits for them notices.  One who has waited tells the others of the
 * process, and for a minute these ask another server if there is one; then one
 * of them tries it.  All may be called by any thread.
 */
#ifndef STORE_BREAKER_H
#define STORE_BREAKER_H

#include <stdint.h>

/* Longest name of a server that is told apart, with its NUL. */
#define STORE_BREAKER_NAME	256

/* There is SERVER, which others may be left for. */
void	store_breaker_note(const char *server);

/* SERVER, which was noted, has not answered in time, at NOW_MS (monotonic). */
void	store_breaker_trip(const char *server, int64_t now_ms);

/*
 * 1 if SERVER is not to be asked for now.  When its minute is over the first
 * who calls this is let through, and the others some seconds later unless it
 * was tripped again.
 */
int	store_breaker_is_open(const char *server, int64_t now_ms);

/* 1 if there is another server than SERVER that is not known to hang. */
int	store_breaker_has_other(const char *server, int64_t now_ms);

/* How often a server was tripped: while it stays the same, so does all else. */
unsigned store_breaker_trips(void);

#endif
