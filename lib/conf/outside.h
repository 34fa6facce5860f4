/* SPDX-License-Identifier: ISC */
/*
 * Values of conf/table.h that stand outside location.ini: in the environment,
 * in files of their own, and in credentials that systemd hands over.
 */
#ifndef CONF_OUTSIDE_H
#define CONF_OUTSIDE_H

#include <stddef.h>

struct conf_table_key;

/* A value, or why there is none.  It holds nothing before it is asked for. */
struct conf_outside {
	char		*text;		/* the value, or NULL */
	char		*from;		/* "$NAME", or the path of a file */
	int		 error;		/* errno, if the file is the fault */
	const char	*want;		/* else what was expected of it */
};

/*
 * Look for K in the environment, as LOC_SECTION_KEY or under the name that
 * Ichnaea's version of 2023 had for it.  A variable that is empty counts as
 * one that is not there.  Returns 1 with O->text, 0 without one, or -1 with
 * O->error or O->want, in this function and those below; conf_outside_done()
 * is due in each case.
 */
int	conf_outside_env(const struct conf_table_key *k,
	    struct conf_outside *o);

/*
 * Read the value of a key from PATH: one line of text, which may have blanks
 * around it, in a file that is not for everybody.
 */
int	conf_outside_file(const char *path, struct conf_outside *o);

/*
 * Look for K in $CREDENTIALS_DIRECTORY, as loc.SECTION.KEY, where '_' stands
 * for a ':', which systemd does not want in names.
 */
int	conf_outside_credential(const struct conf_table_key *k,
	    struct conf_outside *o);

/* Wipe and release what O holds. */
void	conf_outside_done(struct conf_outside *o);

/*
 * The next variable of the environment that looks like one of ours and names
 * no key: it begins with LOC_SECTION_.  *AT is 0 at first.  Returns the text
 * of it, NAME=VALUE, or NULL.
 */
const char *conf_outside_unknown(size_t *at);

/* 1 if the environment or credentials have a value of any key. */
int	conf_outside_any(void);

/*
 * Take all such variables, and secrets of Amazon's tools, which lib/net reads,
 * out of the environment of this process, as another program is about to run
 * in its place or below it that needs none of them.
 */
void	conf_outside_forget(void);

#endif
