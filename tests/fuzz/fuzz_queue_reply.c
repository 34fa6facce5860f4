/* SPDX-License-Identifier: ISC */
/*
 * A Redis that answers anything: the first byte of the input chooses what is
 * done, the rest is what the server sends, whatever it is asked.  Nothing may
 * crash, hang, allocate without bounds, or return what it promises not to.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/batch.h"
#include "queue/consumer.h"
#include "queue/dead.h"
#include "queue/entry.h"
#include "queue/gather.h"
#include "queue/group.h"
#include "queue/groups.h"
#include "queue/lag.h"
#include "queue/limit.h"
#include "queue/provider.h"
#include "queue/rate.h"
#include "queue/redis.h"
#include "queue/stream.h"
#include "queue/usage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define TIMEOUT_MS	1000
#define MAX_INPUT	(1 << 15)	/* fits into a socket's buffer */
#define KEPT		64
#define GREETING	"+OK\r\n+OK\r\n+OK\r\n"
#define GREETING_LEN	(sizeof(GREETING) - 1)

/* The server: its address, and what it sends to the next connection. */
static char dir[128], url[160];
static int listener;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t answer[MAX_INPUT];
static size_t answer_len;

/*
 * Each connection gets "+OK" for all that it asks before it is used, then the
 * answer, then the end.  It is closed later, as to close it now could lose what
 * was sent.
 */
static void *
serve(void *arg)
{
	static uint8_t copy[GREETING_LEN + MAX_INPUT] = GREETING;
	int fd, kept[KEPT] = { 0 };
	char command[4096];
	size_t len;
	unsigned n = 0;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) != -1) {
		pthread_mutex_lock(&lock);
		memcpy(copy + GREETING_LEN, answer, answer_len);
		len = GREETING_LEN + answer_len;
		pthread_mutex_unlock(&lock);
		if (read(fd, command, sizeof(command)) <= 0 ||
		    write(fd, copy, len) != (ssize_t)len)
			warn("the server of the test");
		shutdown(fd, SHUT_WR);
		if (kept[n % KEPT] != 0)
			close(kept[n % KEPT]);
		kept[n++ % KEPT] = fd;
	}
	return NULL;
}

static void
remove_socket(void)
{
	unlink(url + strlen("unix://"));
	rmdir(dir);
}

static void
start_server(void)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof(dir), "%s/fuzz.XXXXXX", tmp == NULL ? "/tmp" :
	    tmp);
	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	snprintf(url, sizeof(url), "unix://%s/redis", dir);
	atexit(remove_socket);
	strlcpy(un.sun_path, url + strlen("unix://"), sizeof(un.sun_path));
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (const struct sockaddr *)&un, sizeof(un)) == -1 ||
	    listen(listener, KEPT) == -1 ||
	    pthread_create(&thread, NULL, serve, NULL) != 0)
		err(1, "%s", un.sun_path);
	/* Of what is warned of there would be a lot. */
	if ((stderr = fopen("/dev/null", "w")) == NULL)
		abort();
}

/* Touch all bytes of N. */
static void
touch(const void *data, size_t n)
{
	static volatile uint8_t sum;
	const uint8_t *p = data;

	while (n-- > 0)
		sum = (uint8_t)(sum + *p++);
}

static void
touch_entry(const struct queue_entry *e)
{
	assert(e->broken || (e->len > 0 && e->key != NULL));
	touch(e->payload, e->len);
	touch(e->key, e->keylen);
	queue_entry_is_for(e, "group");
}

static void
touch_batch(struct queue_batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		touch_entry(&b->entry[i]);
	queue_batch_done(b);
}

static void
on_lost(void *arg, const char *group, int64_t reports)
{
	(void)arg;
	(void)reports;
	touch(group, strlen(group) + 1);
}

static void
on_found(void *arg, size_t i, const char *text, size_t len)
{
	(void)arg;
	(void)i;
	touch(text, len);
}

static void
try_consumer(const struct queue_stream *s, int how)
{
	struct queue_entry e = { .key = "abcd", .keylen = 4,
	    .payload = "{}", .len = 2 };
	struct queue_consumer c;
	struct queue_batch b = { 0 };

	queue_consumer_init(&c, s, "group");
	switch (how) {
	case 0:
		if (queue_consumer_read(&c, 10, 1000, 1, &b) == QUEUE_OK)
			touch_batch(&b);
		break;
	case 1:
		if (queue_consumer_claim(&c, 10, 1000, 1, 2, &b) == QUEUE_OK)
			touch_batch(&b);
		break;
	case 2:
		queue_consumer_leave(&c);
		break;
	case 3:
		queue_consumer_renew(&c, &e.id, 1);
		queue_consumer_requeue(&c, &e, 1, "{}", 2);
		break;
	default:
		queue_dead_bury(&c, &e, NULL, "reason");
	}
}

static void
try_groups(const struct queue_stream *s, int how)
{
	const struct queue_group_target target = { "group", 1 };
	struct queue_groups g = { 0 };
	struct queue_id low = { 1, 1 };
	int64_t n;
	int idle;

	switch (how) {
	case 0:
		if (queue_groups_read(s, &g) == QUEUE_OK)
			queue_groups_low_water(&g, &low);
		queue_groups_done(&g);
		break;
	case 1:
		if (queue_group_watch(s, &g) == QUEUE_OK)
			queue_group_settle(s, &g, &target, 1);
		queue_groups_done(&g);
		break;
	case 2:
		queue_group_idle(s, "group", &idle);
		queue_group_tidy(s, "group", 1000);
		break;
	case 3:
		if (queue_group_lag(s, "group", &n) == QUEUE_OK)
			assert(n >= 0);
		break;
	default:
		if (queue_lag_give_up(s, &low, 10, &n, on_lost, NULL) ==
		    QUEUE_OK)
			assert(n >= 0);
	}
}

static void
try_stream(const struct queue_stream *s, int how)
{
	struct queue_entry e = { .key = "abcd", .keylen = 4,
	    .payload = "{}", .len = 2 };
	struct queue_id id = { 1, 1 };
	struct queue_batch b = { 0 };
	struct queue_state st;
	char marker[24];
	int64_t n;

	switch (how) {
	case 0:
		queue_stream_ship(s, &e, 1, "marker", "1", "2");
		break;
	case 1:
		queue_stream_state(s, &st);
		break;
	case 2:
		if (queue_stream_newest_before(s, &id, &b) == QUEUE_OK)
			touch_batch(&b);
		break;
	case 3:
		if (queue_stream_marker(s, "marker", marker,
		    sizeof(marker)) == QUEUE_OK)
			touch(marker, strlen(marker));
		break;
	default:
		queue_stream_trim(s, &id, &n);
	}
}

static void
try_dead(const struct queue_stream *s, int how)
{
	struct queue_reply *ids = NULL;
	struct queue_dead d;
	int64_t n;

	switch (how) {
	case 0:
		if (queue_dead_get(s, "id", &d) == QUEUE_OK) {
			touch_entry(&d.entry);
			queue_dead_done(&d);
		}
		break;
	case 1:
		if (queue_dead_list(s, &ids) == QUEUE_OK)
			queue_reply_free(ids);
		break;
	case 2:
		queue_dead_count(s, &n);
		break;
	default:
		queue_dead_replay(s, "id");
	}
}

static void
try_counters(struct queue_redis *r, int how)
{
	static struct queue_rate rate;
	struct queue_usage *list;
	int64_t calls;
	size_t n;

	switch (how) {
	case 0:
		if (queue_rate_read(r, &rate) == QUEUE_OK) {
			queue_rate_check(&rate);
			queue_rate_write(r, &rate);
		}
		break;
	case 1:
		if (queue_usage_calls(r, NULL, 20000, &list, &n) == 0)
			free(list);
		break;
	case 2:
		if (queue_usage_addresses(r, "abcd", 20000, &list, &n) == 0)
			free(list);
		break;
	case 3:
		queue_usage_forget(r, 20000);
		break;
	default:
		queue_usage_get(r, "abcd", "v1.geolocate", 20000, &calls);
		queue_redis_check(r, 0);
	}
}

static void
try_provider(struct queue_redis *r, int how)
{
	const struct queue_provider_key key = { "key", 3 };
	double percent;

	switch (how) {
	case 0:
		queue_provider_get(r, &key, 1, on_found, NULL);
		break;
	case 1:
		queue_provider_set(r, &key, 1, "value", 5, 60);
		break;
	case 2:
		queue_provider_sample_rate(r, &percent);
		break;
	default:
		queue_provider_admit(r, "name", 5, 60, 1000);
	}
}

/* Two calls of one key and path, and one of another, together. */
static void
ask_together(struct queue_limit *l, const struct queue_limit_call *call)
{
	struct queue_limit_ask a[3] = { { .call = *call }, { .call = *call },
	    { .call = *call } }, *ask[3] = { &a[0], &a[1], &a[2] };
	int i;

	a[2].call.path = "v1.search";
	for (i = 0; i < 3; i++)
		if (queue_limit_begin(l, ask[i]))
			return;
	queue_limit_ask(l, ask, 3);
	for (i = 0; i < 3; i++)
		assert(!a[i].result.alone || a[i].result.count == -1);
}

static void
try_limit(int how)
{
	const struct queue_limit_call call = { .type = "locate",
	    .key = "abcd", .path = "v1.geolocate", .max = 5 };
	struct queue_limit_options o = { .url = url,
	    .timeout_ms = TIMEOUT_MS, .connections = 1,
	    .client_limit = how % 2 == 0 ? 3 : 0, .client_window_s = 60 };
	struct queue_limit_result result;
	struct queue_limit *l;
	int i;

	if ((l = queue_limit_new(&o)) == NULL)
		abort();
	for (i = 0; i < 3 && how < 3; i++) {
		queue_limit_check(l, &call, &result);
		assert(!result.alone || result.count == -1);
	}
	if (how >= 3)
		ask_together(l, &call);
	queue_limit_free(l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct queue_stream s = { .name = "stream" };
	int how;

	if (len < 1 || len > sizeof(answer))
		return 0;
	if (url[0] == '\0')
		start_server();
	pthread_mutex_lock(&lock);
	memcpy(answer, data + 1, answer_len = len - 1);
	pthread_mutex_unlock(&lock);
	if ((s.redis = queue_redis_new(url, TIMEOUT_MS)) == NULL)
		abort();
	/* Else the answer would be none to what is tried. */
	assert(queue_redis_connect(s.redis) == 0);
	how = *data / 7 % 5;
	switch (*data % 7) {
	case 0:
		try_consumer(&s, how);
		break;
	case 1:
		try_groups(&s, how);
		break;
	case 2:
		try_stream(&s, how);
		break;
	case 3:
		try_dead(&s, how);
		break;
	case 4:
		try_counters(s.redis, how);
		break;
	case 5:
		try_provider(s.redis, how);
		break;
	default:
		try_limit(how);
	}
	queue_redis_free(s.redis);
	return 0;
}
