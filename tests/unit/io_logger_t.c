/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "io/logger.h"

#include "tap.h"

#define LINES	40000		/* more than both buffers and the pipe hold */

static void
line(struct io_logger *l, const char *text)
{
	io_logger_line(l, text, strlen(text));
}

/* A socket that keeps writes apart. */
static void
one_by_one(void)
{
	FILE *was = stderr;
	struct io_logger *l;
	char got[1024] = "", part[256];
	int fd[2], i;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == -1)
		err(1, "socketpair");
	l = io_logger_new(fd[1]);
	line(l, "one\n");
	line(l, "two\n");
	stderr = io_logger_stream(l);
	warnx("a %s", "warning");
	stderr = was;
	line(l, "three\n");
	io_logger_free(l, 10000);
	for (i = 0; i < 4; i++) {
		if ((n = read(fd[0], part, sizeof(part) - 1)) <= 0)
			break;
		part[n] = '\0';
		strlcat(got, part, sizeof(got));
		strlcat(got, "|", sizeof(got));
	}
	is_str(got, "one\n|two\n|io_logger_t: a warning\n|three\n|",
	    "a write for each line, and warnings among them");
	close(fd[0]);
	close(fd[1]);
}

static void *
many(void *arg)
{
	static const char text[] = "{\"a\": 1, \"b\": [2, 3]}\n";
	int i;

	for (i = 0; i < 1000; i++)
		io_logger_line(arg, text, sizeof(text) - 1);
	return NULL;
}

static void
together(void)
{
	int fd = open("log", O_RDWR | O_CREAT, 0600), good = 0, i;
	struct io_logger *l = io_logger_new(fd);
	pthread_t id[4];
	char got[80];
	FILE *fp;

	for (i = 0; i < 4; i++)
		pthread_create(&id[i], NULL, many, l);
	for (i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
	io_logger_free(l, 10000);
	fp = fopen("log", "r");
	while (fgets(got, sizeof(got), fp) != NULL)
		good += strcmp(got, "{\"a\": 1, \"b\": [2, 3]}\n") == 0;
	is_int(good, 4000, "all lines of all threads, whole");
	fclose(fp);
	close(fd);
}

/* Nobody reads until all is said. */
static void
stuck(void)
{
	unsigned long long more, lost = 0;
	struct io_logger *l;
	char got[256], text[100];
	int fd[2], i, n = 0, odd = 0;
	FILE *fp;

	if (pipe(fd) == -1)
		err(1, "pipe");
	l = io_logger_new(fd[1]);
	for (i = 0; i < LINES; i++) {
		snprintf(text, sizeof(text), "%099d", i);
		text[98] = '\n';
		io_logger_line(l, text, 99);
	}
	ok(1, "nobody waits for a full pipe");
	fp = fdopen(fd[0], "r");
	while (lost + (unsigned)n < LINES &&
	    fgets(got, sizeof(got), fp) != NULL)
		if (sscanf(got, "io_logger_t: %llu lines of this log were "
		    "lost", &more) == 1)
			lost += more;
		else {
			odd += strlen(got) != 99;
			n++;
		}
	is_int(odd, 0, "the others are whole");
	ok(lost > 0 && lost + (unsigned)n == LINES,
	    "how many were lost is known");
	line(l, "after\n");
	ok(fgets(got, sizeof(got), fp) != NULL && strcmp(got, "after\n") == 0,
	    "and it goes on");
	for (i = 0; i < LINES; i++)
		io_logger_line(l, text, 99);
	io_logger_free(l, 0);
	ok(1, "the end does not wait for it either");
	fclose(fp);
	close(fd[1]);
}

int
main(void)
{
	struct io_logger *l;
	int fd[2];

	tap_scratch();
	signal(SIGPIPE, SIG_IGN);
	one_by_one();
	together();
	stuck();
	if (pipe(fd) == -1)
		err(1, "pipe");
	close(fd[0]);
	l = io_logger_new(fd[1]);
	line(l, "lost\n");
	io_logger_free(l, 10000);
	ok(1, "a closed pipe");
	close(fd[1]);
	l = io_logger_new(fd[1]);
	line(l, "lost\n");
	io_logger_free(l, 10000);
	ok(1, "a closed descriptor");
	return tap_done();
}
