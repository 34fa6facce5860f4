/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/notify.h"

/*
 * One datagram to the service manager, in the manner of sd_notify(3), without
 * its library.  Nobody waits for an answer, and there is none: a manager that
 * has gone is warned of, and costs nothing else.  A name that begins with '@'
 * is of Linux's abstract namespace, where the address begins with a NUL and
 * its length matters.
 */
static void
send_state(const char *state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	socklen_t len;
	int fd;

	if (name == NULL)
		return;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(name));
	if ((*name != '/' && *name != '@') || strlcpy(un.sun_path, name,
	    sizeof(un.sun_path)) >= sizeof(un.sun_path)) {
		warnx("NOTIFY_SOCKET is %s: expected a path or @NAME", name);
		return;
	}
	if (*name == '@')	/* no file, but an abstract name */
		un.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (struct sockaddr *)&un, len) == -1)
		warn("%s", name);
	if (fd != -1)
		close(fd);
}

void
io_notify_ready(void)
{
	send_state("READY=1");
}

void
io_notify_stopping(void)
{
	send_state("STOPPING=1");
}

void
io_notify_reloading(void)
{
	char state[80];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)base_clock_mono_us());
	send_state(state);
}
