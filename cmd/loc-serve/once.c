/* SPDX-License-Identifier: ISC */
/*
 * One connection on stdin and stdout.  A socket is given to the server as it
 * is; anything else goes through a pump.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/file.h"
#include "http/listen.h"
#include "http/server.h"
#include "io/logger.h"

#include "geoip.h"
#include "index.h"
#include "pump.h"
#include "run.h"
#include "serve.h"

/* The connection, or where it goes through. */
struct client {
	int			 sock;
	struct serve_pump		*pump;		/* or NULL */
	struct sockaddr_storage	 peer;
	socklen_t		 len;
};

/* The client is who has the address IP.  Returns -1 after a warning. */
static int
set_named_peer(struct client *c, const char *ip)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *ai;

	if (getaddrinfo(ip, NULL, &hints, &ai) != 0) {
		warnx("TCPREMOTEIP is %s: expected an IP address", ip);
		return -1;
	}
	memcpy(&c->peer, ai->ai_addr, ai->ai_addrlen);
	c->len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return 0;
}

/*
 * Who is connected to FD, or whom a superserver (ucspi) names; else somebody
 * local, who may ask for others.  Returns -1 after a warning.
 */
static int
set_peer(struct client *c, int fd)
{
	const char *ip = getenv("TCPREMOTEIP");

	if (http_listen_is(fd)) {
		warnx("-1 serves a connection, not a socket to accept them "
		    "from");
		return -1;
	}
	c->len = sizeof(c->peer);
	if (getpeername(fd, (struct sockaddr *)&c->peer, &c->len) == 0 &&
	    (c->peer.ss_family == AF_INET || c->peer.ss_family == AF_INET6))
		return 0;
	if (ip != NULL)
		return set_named_peer(c, ip);
	c->peer = (struct sockaddr_storage){ .ss_family = AF_UNIX };
	c->len = sizeof(c->peer.ss_family);
	return 0;
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
move_descriptor(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), to;

	to = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (null == -1 || to == -1 || dup2(null, fd) == -1)
		err(EX_OSERR, "descriptor %d", fd);
	close(null);
	return to;
}

/*
 * Make the connection ours.  Its descriptors are moved away from stdin and
 * stdout, so that a stray print cannot get into a reply, and so that the
 * server can close it.  A socket goes to the server as it is, which saves a
 * thread and a copy.
 */
static int
take_client(struct client *c)
{
	int in, out, direct = is_socket();

	in = move_descriptor(STDIN_FILENO);
	out = move_descriptor(STDOUT_FILENO);
	if (direct) {
		close(out);
		c->sock = in;
		return 0;
	}
	c->pump = serve_pump_new(in, out, &c->sock);
	return c->pump == NULL ? -1 : 0;
}

/*
 * The connection has ended: that is like a signal to stop.  The server calls
 * this in one of its threads, while the main thread waits for signals anyway.
 */
static void
on_empty(void *ctx)
{
	(void)ctx;
	kill(getpid(), SIGTERM);
}

/*
 * Have the server answer the one client until it has gone.  A HUP is ignored:
 * the next process reads the configuration anew in any case.
 */
static int
answer_client(struct serve *s, struct client *c, const sigset_t *set)
{
	struct http_server *h;
	int sig, status = EX_OSERR;

	assert(c->sock != -1 && c->len > 0);
	s->http.empty = on_empty;
	if ((h = http_server_open(NULL, &s->http)) == NULL)
		return status;
	if (http_server_add(h, c->sock, (struct sockaddr *)&c->peer, c->len) ==
	    0) {
		status = EX_OK;
		/* The next one has what is new. */
		while (sigwait(set, &sig) == 0 &&
		    (sig == SIGHUP || sig == SIGUSR1))
			;
	}
	http_server_end(h, SERVE_RUN_STOP_S);
	return status;
}

/*
 * As little as possible is opened: there are some milliseconds for all of it,
 * and most connections ask one thing.
 */
int
serve_once(const struct serve_run_options *o, struct conf_file *cf,
    const sigset_t *set)
{
	struct client c = { .sock = -1 };
	FILE *direct = stderr;
	struct serve_shared with = { .geoip = NULL };
	struct serve *s = NULL;
	int status;

	if (set_peer(&c, STDIN_FILENO) == -1)
		return EX_USAGE;
	if ((status = serve_run_become(o, cf, NULL)) != EX_OK)
		return status;
	if ((with.log = io_logger_new(STDERR_FILENO)) == NULL)
		return EX_OSERR;
	stderr = io_logger_stream(with.log);
	cf->http_connections = 1;
	cf->http_db_connections = 1;
	status = EX_OSERR;
	if (o->index != NULL &&
	    (with.index = serve_index_new(o->index)) == NULL)
		status = EX_NOINPUT;
	else if ((with.geoip = serve_geoip_new(1)) != NULL &&
	    (s = serve_new(cf, &with, &status)) != NULL) {
		serve_geoip_open(with.geoip, s->conf->geoip_path);
		status = take_client(&c) == 0 ? answer_client(s, &c, set) :
		    EX_OSERR;
	}
	serve_pump_free(c.pump);
	serve_free(s);
	serve_index_free(with.index);
	serve_geoip_free(with.geoip);
	stderr = direct;
	io_logger_free(with.log, SERVE_RUN_LOG_MS);
	return status;
}
