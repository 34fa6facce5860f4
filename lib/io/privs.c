/* SPDX-License-Identifier: ISC */
/*
 * Servers start as root only to open ports below 1024 and to read files that
 * nobody else may, and then become their user once and for all.  What is not
 * given up for good can be taken back by whoever gets into the process, so
 * every identity is set and looked at afterwards, the saved ones too.
 *
 * All of it is done before there are threads, as a part of it
 * (PR_SET_NO_NEW_PRIVS) holds only for the thread that asks for it and for
 * those that this one makes.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/privs.h"

/* Names are looked up once, at the start: later, root's rights are gone. */
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

/* The name of P, or its number in TEXT. */
#define USER_TEXT	24
static const char *
text_of_user(const struct io_privs *p, char text[USER_TEXT])
{
	if (p->name[0] != '\0')
		return p->name;
	snprintf(text, USER_TEXT, "%lu", (unsigned long)p->uid);
	return text;
}

/*
 * Are all identities those of P, and is there no way back?  The way back is
 * tried, since capabilities or a module of the kernel could leave it open.
 */
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

/*
 * The limit alone does not keep the kernel from piping a core to a program.
 * Leaks are looked for as a debugger does, so sanitizers need to read us.
 */
void
io_privs_no_cores(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/*
 * Groups first, as only root may set them, then the group, then the user:
 * after that nothing can be taken back.
 */
int
io_privs_drop(const struct io_privs *p)
{
	char text[USER_TEXT];

	if ((p->name[0] == '\0' ? setgroups(1, &p->gid) :
	    initgroups(p->name, p->gid)) == -1 ||
	    setresgid(p->gid, p->gid, p->gid) == -1 ||
	    setresuid(p->uid, p->uid, p->uid) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		warn("cannot become user %s", text_of_user(p, text));
		return -1;
	}
	/* Not an assert: what the kernel did is no mistake of ours. */
	if (!is_for_good(p)) {
		warnx("cannot become user %s for good", text_of_user(p, text));
		return -1;
	}
	io_privs_no_cores();
	return 0;
}

/*
 * A directory that is missing is no failure: who asks may be about to make it.
 */
int
io_privs_owner(struct io_privs *p, const char *dir)
{
	struct passwd *pw;
	struct stat st;

	if (stat(dir, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		warn("%s", dir);
		return -1;
	}
	memset(p, 0, sizeof(*p));
	p->uid = st.st_uid;
	p->gid = st.st_gid;
	if ((pw = getpwuid(st.st_uid)) != NULL &&
	    strlen(pw->pw_name) < sizeof(p->name)) {
		strlcpy(p->name, pw->pw_name, sizeof(p->name));
		p->gid = pw->pw_gid;
	}
	return 1;
}

/*
 * What stands at DIR is given away by a descriptor: by its name, somebody who
 * may write in the directory above could make us give them another one.
 */
int
io_privs_make_dir(const struct io_privs *p, const char *dir)
{
	int fd, rc = -1;

	if (mkdir(dir, 0750) == -1) {
		if (errno == EEXIST)
			return 0;
		warn("%s", dir);
		return -1;
	}
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) != -1 && fchown(fd, p->uid, p->gid) == 0)
		rc = 0;
	if (rc == -1)
		warn("%s", dir);
	if (fd != -1)
		close(fd);
	return rc;
}

/*
 * An admin who runs a tool as root would otherwise leave files behind which
 * the service cannot read.
 */
int
io_privs_enter(const char *dir, const char *user)
{
	struct io_privs p;
	const char *why;
	int rc;

	if (geteuid() != 0)
		return 0;
	if ((rc = io_privs_owner(&p, dir)) == -1)
		return -1;
	if (rc == 0 && user != NULL) {
		if ((why = io_privs_find(&p, user)) != NULL) {
			warnx("%s: %s", user, why);
			return -1;
		}
		if (io_privs_make_dir(&p, dir) == -1)
			return -1;
		rc = 1;
	}
	return rc == 0 || p.uid == 0 ? 0 : io_privs_drop(&p);
}
