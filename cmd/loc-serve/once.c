/* SPDX-License-Identifier: ISC */
/*
 * One connection on stdin and stdout.  A socket is given to the server as it
 * is; anything else goes through a pump.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/file.h"
#include "io/logger.h"

#include "geoip.h"
#include "pump.h"
#include "run.h"
#include "serve.h"

/* The connection, or where it goes through. */
struct client {
	int			 sock;
	struct pump		*pump;		/* or NULL */
	struct sockaddr_storage	 peer;
	socklen_t		 len;
};

/* The client that a superserver names (ucspi); else it is a local one. */
static void
set_named_peer(struct client *c)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&c->peer;
	struct sockaddr_in *in = (struct sockaddr_in *)&c->peer;
	const char *ip = getenv("TCPREMOTEIP");

	memset(&c->peer, 0, sizeof(c->peer));
	if (ip != NULL && inet_pton(AF_INET, ip, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		c->len = sizeof(*in);
	} else if (ip != NULL && inet_pton(AF_INET6, ip, &in6->sin6_addr) ==
	    1) {
		in6->sin6_family = AF_INET6;
		c->len = sizeof(*in6);
	} else {
		c->peer.ss_family = AF_UNIX;
		c->len = sizeof(c->peer.ss_family);
	}
}

static void
set_peer(struct client *c, int fd)
{
	c->len = sizeof(c->peer);
	if (getpeername(fd, (struct sockaddr *)&c->peer, &c->len) == -1 ||
	    (c->peer.ss_family != AF_INET && c->peer.ss_family != AF_INET6))
		set_named_peer(c);
}

/* Are stdin and stdout one and the same socket? */
static int
is_socket(void)
{
	struct stat in, out;

	return fstat(STDIN_FILENO, &in) == 0 &&
	    fstat(STDOUT_FILENO, &out) == 0 && S_ISSOCK(in.st_mode) &&
	    in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* FD elsewhere, and /dev/null in its place, so that it can be closed. */
static int
move(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), to;

	to = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (null == -1 || to == -1 || dup2(null, fd) == -1)
		err(EX_OSERR, "descriptor %d", fd);
	close(null);
	return to;
}

static int
take_client(struct client *c)
{
	int in, out, direct = is_socket();

	set_peer(c, STDIN_FILENO);
	in = move(STDIN_FILENO);
	out = move(STDOUT_FILENO);
	if (direct) {
		close(out);
		c->sock = in;
		return 0;
	}
	c->pump = pump_new(in, out, &c->sock);
	return c->pump == NULL ? -1 : 0;
}

/* The connection has ended: that is like a signal to stop. */
static void
on_empty(void *ctx)
{
	(void)ctx;
	kill(getpid(), SIGTERM);
}

static int
answer(struct serve *s, struct client *c, const sigset_t *set)
{
	struct net_http *h;
	int sig;

	s->http.empty = on_empty;
	if ((h = net_http_open(NULL, &s->http)) == NULL)
		return EX_OSERR;
	if (net_http_add(h, c->sock, (struct sockaddr *)&c->peer, c->len) ==
	    0)
		while (sigwait(set, &sig) == 0 && sig == SIGHUP)
			;	/* the next one has what is new */
	net_http_end(h, RUN_STOP_S);
	return EX_OK;
}

int
once(const struct run_options *o, struct conf_file *cf, const sigset_t *set)
{
	struct client c = { .sock = -1 };
	FILE *direct = stderr;
	struct geoip *geoip = NULL;
	struct io_logger *log;
	struct serve *s = NULL;
	int status;

	if ((status = run_become(o, cf, NULL)) != EX_OK)
		return status;
	if ((log = io_logger_new(STDERR_FILENO)) == NULL)
		return EX_OSERR;
	stderr = io_logger_stream(log);
	cf->http_connections = 1;
	cf->http_db_connections = 1;
	status = EX_OSERR;
	if ((geoip = geoip_new(1)) != NULL &&
	    (s = serve_new(cf, geoip, log, &status)) != NULL) {
		geoip_open(geoip, s->conf->geoip_path);
		status = take_client(&c) == 0 ? answer(s, &c, set) : EX_OSERR;
	}
	pump_free(c.pump);
	serve_free(s);
	geoip_free(geoip);
	stderr = direct;
	io_logger_free(log, RUN_LOG_MS);
	return status;
}
