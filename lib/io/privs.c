/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "io/privs.h"

const char *
io_privs_find(struct io_privs *p, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon == NULL ? strlen(text) : (size_t)(colon - text);
	struct passwd *pw;
	struct group *gr;

	if (len >= sizeof(p->name))
		return "no such user";
	memcpy(p->name, text, len);
	p->name[len] = '\0';
	if ((pw = getpwnam(p->name)) == NULL)
		return "no such user";
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	if (colon == NULL)
		return NULL;
	if ((gr = getgrnam(colon + 1)) == NULL)
		return "no such group";
	p->gid = gr->gr_gid;
	return NULL;
}

/* Are all identities those of P, and is there no way back? */
static int
is_for_good(const struct io_privs *p)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) == -1 ||
	    getresgid(&g[0], &g[1], &g[2]) == -1)
		return 0;
	return u[0] == p->uid && u[1] == p->uid && u[2] == p->uid &&
	    g[0] == p->gid && g[1] == p->gid && g[2] == p->gid &&
	    (p->uid == 0 || setresuid((uid_t)-1, 0, (uid_t)-1) == -1);
}

int
io_privs_drop(const struct io_privs *p)
{
	if (initgroups(p->name, p->gid) == -1 ||
	    setresgid(p->gid, p->gid, p->gid) == -1 ||
	    setresuid(p->uid, p->uid, p->uid) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		warn("cannot become user %s", p->name);
		return -1;
	}
	if (!is_for_good(p)) {
		warnx("cannot become user %s for good", p->name);
		return -1;
	}
	return 0;
}
