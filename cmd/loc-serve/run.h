/* SPDX-License-Identifier: ISC */
/* Serving: until a signal says to stop, or one connection. */
#ifndef SERVE_RUN_H
#define SERVE_RUN_H

#include <signal.h>

/* At the end: for requests under way, and for what is not logged yet. */
#define SERVE_RUN_STOP_S	20
#define SERVE_RUN_LOG_MS	1000

/* What the command line says. */
struct serve_run_options {
	const char	*conf;		/* -c, or NULL */
	const char	*index;		/* -i, or NULL */
	const char	*listen;	/* -l, or NULL */
	const char	*user;		/* -u, or NULL */
	int		 once;		/* -1 */
	int		 ready;		/* -r: descriptor, or -1 */
	int		 verbose;	/* -v */
};

struct conf_file;
struct http_listen;

/* Read the configuration and check it.  0, or -1 after a warning. */
int	serve_run_load(const struct serve_run_options *o,
	    struct conf_file *conf);

/*
 * If we are root become the user that O or CONF says, who has to get along
 * with SOCKETS, or NULL, and all that is opened later.  Returns an exit
 * status.
 */
int	serve_run_become(const struct serve_run_options *o,
	    const struct conf_file *conf, const struct http_listen *sockets);

/*
 * The same for who only looks: nothing is made and nobody is told.  Returns 0,
 * or -1 after a warning.
 */
int	serve_run_drop(const struct serve_run_options *o,
	    const struct conf_file *conf);

/*
 * Serve as CONF says, which is taken over, until one of the signals SET,
 * which are blocked; HUP reads the configuration again.  Returns an exit
 * status.
 */
int	serve_run(const struct serve_run_options *o, struct conf_file *conf,
	    const sigset_t *set);

/* The same for one connection on stdin and stdout (once.c). */
int	serve_once(const struct serve_run_options *o, struct conf_file *conf,
	    const sigset_t *set);

#endif
