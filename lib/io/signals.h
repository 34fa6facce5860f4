/* SPDX-License-Identifier: ISC */
/*
 * Signals that come before a program is ready for them.  HUP, INT, TERM and
 * USR1 kill a program that has not said yet what they mean to it: a
 * supervisor that reloads all daemons at once would kill those that it has
 * just started.
 */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

#include <signal.h>
#include <stdatomic.h>

/*
 * The first thing in main(): these signals are blocked, and stay pending.
 * Threads made from then on have them blocked, too.  SET, unless it is NULL,
 * is what they are, for sigwait(3).
 */
void	io_signals_hold(sigset_t *set);

/*
 * HANDLER is called for SIG from now on, in the main thread; system calls
 * that wait return with EINTR.  To be called while signals are held.
 */
void	io_signals_catch(int sig, void (*handler)(int sig));

/*
 * HUP, INT and TERM ask the program to end at its next good moment: they set
 * this, and release what is held.  If AGAIN, another one of the same kind ends
 * it at once.  Flags that handlers set are atomic, as other threads look at
 * them, too.
 */
extern atomic_int io_signals_stop;
void	io_signals_until_stop(int again);

/* All handlers are there: what is pending comes now. */
void	io_signals_release(void);

#endif
