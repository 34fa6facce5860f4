/* SPDX-License-Identifier: ISC */
/*
 * Inside the HTTP server: the event loop.  Connections that wait for a request
 * are watched by the kernel, with epoll(7), and cost no thread.  When one has
 * something to read, or its client has gone, a thread gets it and has it to
 * itself until it hands it back or closes it.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <pthread.h>
#include <stdint.h>

struct http_loop {
	int		 epoll;		/* the descriptors watched */
	int		 wake;		/* readable: all threads are to end */
	unsigned	 want;		/* how many threads should wait */
	void		(*serve)(void *conn);
	void		(*tick)(void *arg);
	void		*arg;
	pthread_mutex_t	 lock;		/* for all that follows */
	pthread_cond_t	 spare;		/* a spare thread has to wake up */
	pthread_cond_t	 gone;		/* the last thread has ended */
	unsigned	 threads;	/* all of them */
	unsigned	 waiting;	/* they wait for events, or soon will */
	unsigned	 spares;	/* they have nothing to do */
	unsigned	 called;	/* spares that were called up, and have
					 * not woken up yet */
	int64_t		 ticked_ms;	/* the last tick began */
	int		 ending;	/* spares are to end */
	int		 has_ended;	/* a thread has ... */
	pthread_t	 ended;		/* ... the last one, to be joined */
};

/*
 * Begin to wait for events.  SERVE is called, in any thread of the loop, with a
 * connection that has something to read.  It may wait for as long as it likes,
 * as another thread is called up in its place; and it ends with
 * http_loop_again(), or by closing the descriptor.  TICK(ARG) is called about
 * once a second, in any thread of the loop, and should not wait.  Returns 0,
 * or -1 after a warning; the caller owes an http_loop_done() either way.
 */
int	http_loop_init(struct http_loop *l, void (*serve)(void *conn),
	    void (*tick)(void *arg), void *arg);

/*
 * End all threads, wait for that, and release what L has.  All connections
 * must have been closed before, and SERVE must not be at work.
 */
void	http_loop_done(struct http_loop *l);

/*
 * Have CONN, whose descriptor is FD, watched: "add" for a new one, "again" for
 * one that was served.  After "soon" it is served as soon as something can be
 * sent to it, or its client has gone.  When this succeeds the caller must not
 * touch CONN any more: it may have been served and closed when this returns.
 * Returns 0; or -1 with errno set, and CONN is still the caller's.
 */
int	http_loop_add(struct http_loop *l, int fd, void *conn);
int	http_loop_again(struct http_loop *l, int fd, void *conn);
int	http_loop_soon(struct http_loop *l, int fd, void *conn);

#endif
