/* SPDX-License-Identifier: ISC */
/*
 * Two flows of bytes, each with a buffer and in one of two states: it waits
 * to read when the buffer is empty, and to write when it is not.  So neither
 * reads more than it can hand on, and one that is stuck does not stop the
 * other.
 *
 * The requests may end long before the replies do: then only the server's
 * side of that direction is shut.  The replies end when the server closes its
 * socket, and with them the pump, unless the client takes no more for
 * PATIENCE_MS after that.
 */
#include <sys/socket.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "pump.h"

#define CHUNK		4096	/* a pipe with room takes as much at once */
#define PATIENCE_MS	2000	/* at the end, with who takes no more */

/* One direction. */
struct flow {
	int	 from, to;	/* from == -1: it has ended */
	size_t	 at, len;	/* of BUF, not written yet */
	char	 buf[CHUNK];
};

struct serve_pump {
	pthread_t	 thread;
	int		 in, out, sock;
	struct flow	 request, reply;
	_Atomic int	 ending;
};

/* What F waits for: to write what there is, else to read. */
static struct pollfd
wanted_of(const struct flow *f)
{
	if (f->len > 0)
		return (struct pollfd){ .fd = f->to, .events = POLLOUT };
	return (struct pollfd){ .fd = f->from, .events = POLLIN };
}

/*
 * Write what fits at once.  A socket with some room may have less than is to
 * be written, and must not be waited for, as the other direction would stop;
 * what is no socket is written to once poll() says that it takes anything, and
 * may make the thread wait.
 */
static ssize_t
write_some(int fd, const char *s, size_t len)
{
	ssize_t n = send(fd, s, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n == -1 && errno == ENOTSOCK ? write(fd, s, len) : n;
}

/*
 * Do what F waited for.  Returns -1 if it has ended, which an error does like
 * an end of file: there is nobody to tell of it.
 */
static int
move_bytes(struct flow *f)
{
	ssize_t n;

	assert(f->at + f->len <= CHUNK);
	if (f->len == 0) {
		f->at = 0;
		if ((n = read(f->from, f->buf, CHUNK)) > 0)
			f->len = (size_t)n;
	} else if ((n = write_some(f->to, f->buf + f->at, f->len)) > 0) {
		f->at += (size_t)n;
		f->len -= (size_t)n;
	}
	return n > 0 || (n == -1 && (errno == EINTR || errno == EAGAIN)) ?
	    0 : -1;
}

/* Until the replies have ended; the requests may end long before. */
static void *
pump_thread(void *arg)
{
	struct serve_pump *p = arg;
	struct pollfd fd[2];
	int n;

	for (;;) {
		fd[0] = wanted_of(&p->reply);
		fd[1] = wanted_of(&p->request);
		n = poll(fd, 2, PATIENCE_MS);
		if (n == 0 && atomic_load(&p->ending))
			break;
		if (n > 0 && fd[0].revents != 0 && move_bytes(&p->reply) == -1)
			break;
		if (n > 0 && fd[1].revents != 0 &&
		    move_bytes(&p->request) == -1) {
			p->request.from = p->request.to = -1;
			p->request.len = 0;
			shutdown(p->sock, SHUT_WR);
		}
	}
	shutdown(p->sock, SHUT_RDWR);
	close(p->in);
	close(p->out);
	return NULL;
}

/*
 * IN and OUT may be files, pipes or terminals, which cannot be written to
 * without waiting; then the thread waits, as nobody else has to.
 */
struct serve_pump *
serve_pump_new(int in, int out, int *sock)
{
	struct serve_pump *p;
	int sv[2];

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		warn("pump");
		free(p);
		return NULL;
	}
	p->in = in;
	p->out = out;
	p->sock = sv[0];
	p->request.from = in;
	p->request.to = p->reply.from = sv[0];
	p->reply.to = out;
	if ((errno = pthread_create(&p->thread, NULL, pump_thread, p)) != 0) {
		warn("thread");
		close(sv[0]);
		close(sv[1]);
		free(p);
		return NULL;
	}
	*sock = sv[1];
	return p;
}

/*
 * The server has closed its side, so the thread ends by itself when the client
 * has taken what is there, or PATIENCE_MS after it took the last of it.
 */
void
serve_pump_free(struct serve_pump *p)
{
	if (p == NULL)
		return;
	atomic_store(&p->ending, 1);
	pthread_join(p->thread, NULL);
	close(p->sock);
	free(p);
}
