/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stddef.h>

#include "io/notify.h"

#include "tap.h"

/* A service manager's socket at NAME, which may begin with '@'. */
static int
manager(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	strlcpy(un.sun_path, name, sizeof(un.sun_path));
	if (*name == '@')
		un.sun_path[0] = '\0';
	if (fd == -1 || bind(fd, (struct sockaddr *)&un, (socklen_t)(
	    offsetof(struct sockaddr_un, sun_path) + strlen(name))) == -1)
		err(1, "%s", name);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The datagram that FD has got, or "". */
static const char *
heard(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* What is warned of when readiness is told to NAME. */
static const char *
warned(const char *name)
{
	static char text[512];
	FILE *direct = stderr;
	char *all = NULL;
	size_t len;

	setenv("NOTIFY_SOCKET", name, 1);
	stderr = open_memstream(&all, &len);
	io_notify_ready();
	fclose(stderr);
	stderr = direct;
	strlcpy(text, all, sizeof(text));
	free(all);
	return text;
}

int
main(void)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	int fd;

	tap_scratch();
	unsetenv("NOTIFY_SOCKET");
	io_notify_ready();
	ok(1, "nobody to tell");

	snprintf(name, sizeof(name), "%.90s/sock", tap_dir);
	fd = manager(name);
	io_notify_ready();
	is_str(heard(fd), "READY=1", "ready");
	io_notify_reloading();
	ok(strncmp(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0,
	    "reloading, and when");
	io_notify_stopping();
	is_str(heard(fd), "STOPPING=1", "stopping");
	close(fd);
	ok(strstr(warned(name), "Connection refused") != NULL,
	    "a manager that has gone");

	snprintf(name, sizeof(name), "@loc-test-%ld", (long)getpid());
	fd = manager(name);
	io_notify_ready();
	is_str(heard(fd), "READY=1", "an abstract name");
	close(fd);

	ok(strstr(warned("relative"), "expected a path or @NAME") != NULL,
	    "no path");
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	ok(strstr(warned(name), "expected a path or @NAME") != NULL,
	    "a path that is too long");
	return tap_done();
}
