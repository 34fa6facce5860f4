/* SPDX-License-Identifier: ISC */
/*
 * spool_bench dir seconds - appends per second to a spool by 1, 8 and 64
 * threads, between runs of a bare write and fdatasync of as many bytes.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "spool/record.h"
#include "spool/writer.h"

#define BYTES	4000		/* ten reports */

static char payload[BYTES];
static struct spool_writer *spool;
static atomic_int stop;

static void *
append(void *arg)
{
	struct spool_record r = { .count = 10, .key = "bench", .keylen = 5,
	    .payload = payload, .len = BYTES };
	long *n = arg;

	while (!atomic_load(&stop)) {
		r.time_ms = base_clock_now_ms();
		base_uuid_v7(r.id, r.time_ms);
		if (spool_writer_append(spool, &r) == -1)
			err(1, "append");
		++*n;
	}
	return NULL;
}

static void
bench_spool(int threads, int seconds)
{
	static long n[64];
	pthread_t t[64];
	long sum = 0;
	int i;

	atomic_store(&stop, 0);
	memset(n, 0, sizeof(n));
	for (i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, append, &n[i]);
	sleep((unsigned)seconds);
	atomic_store(&stop, 1);
	for (i = 0; i < threads; i++) {
		pthread_join(t[i], NULL);
		sum += n[i];
	}
	printf("spool, %2d threads      %8ld/s\n", threads, sum / seconds);
}

static void
bench_bare(const char *dir, int seconds)
{
	int64_t end = base_clock_mono_ms() + seconds * 1000;
	char path[512];
	long n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/bare", dir);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1)
		err(1, "%s", path);
	for (; base_clock_mono_ms() < end; n++)
		if (write(fd, payload, BYTES) != BYTES || fdatasync(fd) == -1)
			err(1, "%s", path);
	close(fd);
	unlink(path);
	printf("write and fdatasync    %8ld/s\n", n / seconds);
}

int
main(int argc, char *argv[])
{
	static const int threads[] = { 1, 8, 64 };
	int i, seconds;

	if (argc != 3 || (seconds = atoi(argv[2])) < 1)
		errx(64, "usage: spool_bench dir seconds");
	memset(payload, 'x', BYTES - 1);
	payload[BYTES - 1] = '\n';
	if ((spool = spool_writer_open(argv[1], 1LL << 40, 1 << 26)) == NULL)
		return 1;
	for (i = 0; i < 3; i++) {
		bench_bare(argv[1], seconds);
		bench_spool(threads[i], seconds);
	}
	spool_writer_end(spool);
	return 0;
}
