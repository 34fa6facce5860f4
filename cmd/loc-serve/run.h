/* SPDX-License-Identifier: ISC */
/* Serving, until a signal says to stop. */
#ifndef RUN_H
#define RUN_H

/* What the command line says. */
struct run_options {
	const char	*conf;		/* -c, or NULL */
	const char	*listen;	/* -l, or NULL */
	const char	*user;		/* -u, or NULL */
	int		 ready;		/* -r: descriptor, or -1 */
	int		 verbose;	/* -v */
};

struct conf_file;

/* Read the configuration and check it.  0, or -1 after a warning. */
int	run_load(const struct run_options *o, struct conf_file *conf);

/* Serve as CONF says, which is taken over.  Returns an exit status. */
int	run(const struct run_options *o, struct conf_file *conf);

#endif
