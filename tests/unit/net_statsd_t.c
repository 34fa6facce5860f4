/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#include "net/statsd.h"

#include "tap.h"

#define MAX_BYTES	1432

static int sock, port;
static sem_t begun, go_on;		/* of a lookup that hangs */
static char got[1 << 20];		/* lines received, and a '\n' each */
static size_t datagrams, largest;

/*
 * In place of the library's: one host that the name servers do not answer
 * about, and one with two addresses.
 */
int
getaddrinfo(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (strcmp(host, "hanging.invalid") == 0) {
		sem_post(&begun);
		sem_wait(&go_on);
		return EAI_AGAIN;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (strcmp(host, "both.invalid") == 0)
		return real("::1", service, hints, list) == 0 ?
		    real("127.0.0.1", service, hints, &(*list)->ai_next) :
		    real("127.0.0.1", service, hints, list);
	return real(host, service, hints, list);
}

static void
listen_here(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int size = 4 << 20;

	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(sock, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(sock, (struct sockaddr *)&sin, &len) == -1) {
		perror("bind");
		exit(1);
	}
	port = ntohs(sin.sin_port);
}

/* Read what there is; wait for the first MS. */
static void
receive(int ms)
{
	struct pollfd p = { sock, POLLIN, 0 };
	size_t len = 0;
	ssize_t n;

	datagrams = largest = 0;
	while (sizeof(got) - len > 65536 &&
	    poll(&p, 1, datagrams == 0 ? ms : 0) == 1) {
		n = recv(sock, got + len, 65536, 0);
		if (n <= 0)
			break;
		datagrams++;
		largest = (size_t)n > largest ? (size_t)n : largest;
		len += (size_t)n;
		got[len++] = '\n';
	}
	got[len] = '\0';
}

static struct net_statsd *
client(int tags)
{
	struct net_statsd_options o = { "127.0.0.1", port, "location", tags };

	return net_statsd_new(&o);
}

static void
lines(void)
{
	struct net_statsd *s = client(1);
	char value[300];

	net_statsd_count(s, "locate.request", 1, "path", "v1.geolocate",
	    "key", "test", NULL);
	net_statsd_count(s, "locate.query", 1, "key", "test", "geoip", NULL,
	    "blue", "none", NULL);
	net_statsd_count(s, "locate.query", 1, "key", "test", "geoip",
	    "false", "blue", "none", NULL);
	net_statsd_count(s, "data.batch.upload", 2, NULL);
	net_statsd_count(s, "locate.request", 41, "path", "v1.geolocate",
	    "key", "test", NULL);
	net_statsd_count(s, "nothing", 0, NULL);
	net_statsd_free(s);
	receive(5000);
	is_str(got,
	    "location.locate.request:42|c|#path:v1.geolocate,key:test\n"
	    "location.locate.query:1|c|#key:test,blue:none\n"
	    "location.locate.query:1|c|#key:test,geoip:false,blue:none\n"
	    "location.data.batch.upload:2|c\n", "counters");

	s = client(1);
	net_statsd_gauge(s, "queue", 0, "queue", "update_wifi_0", NULL);
	net_statsd_gauge(s, "rate_control.locate", 56.4, NULL);
	net_statsd_gauge(s, "rate_control.locate.pterm", -12, NULL);
	net_statsd_gauge(s, "bad", NAN, NULL);
	net_statsd_time(s, "request.timing", 4, "path", "a", NULL);
	net_statsd_time(s, "task", 12.3456, NULL);
	net_statsd_time(s, "task", 0.0004, NULL);
	net_statsd_time(s, "task", 100.5, NULL);
	net_statsd_time(s, "task", -1, NULL);
	net_statsd_time(s, "task", INFINITY, NULL);
	net_statsd_free(s);
	receive(5000);
	is_str(got, "location.queue:0|g|#queue:update_wifi_0\n"
	    "location.rate_control.locate:56.4|g\n"
	    "location.rate_control.locate.pterm:-12|g\n"
	    "location.request.timing:4|ms|#path:a\n"
	    "location.task:12.346|ms\nlocation.task:0|ms\n"
	    "location.task:100.5|ms\n", "gauges and times");

	s = client(0);
	net_statsd_count(s, "request", 1, "path", "v1.geolocate", "method",
	    "post", "status", "200", NULL);
	net_statsd_time(s, "task", 2.5, "task", "data.x", NULL);
	net_statsd_count(s, "plain", 3, NULL);
	net_statsd_free(s);
	receive(5000);
	is_str(got, "location.task.task_data.x:2|ms\nlocation.request."
	    "path_v1.geolocate.method_post.status_200:1|c\n"
	    "location.plain:3|c\n", "tags in the name");

	s = client(1);
	net_statsd_count(s, "x", 1, "key", "a|b,c#d:e\nf\xc3\xa9-G/_.z", NULL);
	net_statsd_free(s);
	receive(5000);
	is_str(got, "location.x:1|c|#key:a_b_c_d_e_f__-G/_.z\n",
	    "a value that is no word");

	s = client(1);
	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	net_statsd_count(s, "x", 1, "key", value, NULL);
	net_statsd_count(s, "y", 1, value, value, NULL);
	net_statsd_free(s);
	receive(5000);
	ok(strlen(got) == strlen("location.x:1|c|#\n") + 200 +
	    strlen("location.y:1|c|#\n") + 200, "a long tag is cut");

	s = client(1);
	net_statsd_count(s, "z", 1, "a", value, "b", value, "c", value, "d",
	    value, "e", value, "f", value, "g", value, "h", value, NULL);
	net_statsd_count(s, "ok", 1, NULL);
	net_statsd_free(s);
	receive(5000);
	is_str(got, "location.ok:1|c\n", "one that fits no datagram is lost");
}

static void
paths(void)
{
	static const char *const cases[][2] = {
		{ "/v1/geolocate", "v1.geolocate" },
		{ "/stats/regions", "stats.regions" },
		{ "/map/", "map." },
		{ "/api/A B@c", "api.a_20b-c" },
		{ "/__heartbeat__", "__heartbeat__" },
		{ "/contribute.json", "contribute.json" },
		{ "/", ".homepage" },
		{ "", ".homepage" },
		{ "//../x", "x" },
		{ "/a:b;c%d", "a_b_c_25d" },
		{ "/\xc3\xa9", "_c3_a9" },
	};
	char out[NET_STATSD_PATH_LEN], path[400];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		net_statsd_path(out, cases[i][0]);
		is_str(out, cases[i][1], cases[i][0]);
	}
	memset(path, '\xff', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	net_statsd_path(out, path);
	is_int((long long)strlen(out), 195, "a long path is cut");
}

/* How large a datagram gets with lines of LEN bytes. */
static size_t
filled(size_t len)
{
	struct net_statsd *s = client(1);
	char name[MAX_BYTES + 1];
	int i;

	len -= strlen("location.:1|ms");
	memset(name, 'a', len);
	name[len] = '\0';
	net_statsd_count(s, "found", 1, NULL);
	receive(10000);		/* the host is */
	for (i = 0; i < 12; i++)
		net_statsd_time(s, name, 1, NULL);
	net_statsd_free(s);
	receive(5000);
	return largest;
}

static void *
many(void *arg)
{
	char value[16];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(value, sizeof(value), "%d", i % 10);
		net_statsd_count(arg, "many", 1, "n", value, NULL);
		net_statsd_time(arg, "time", i, NULL);
	}
	return NULL;
}

static size_t
occurrences(const char *what)
{
	const char *p = got;
	size_t n = 0;

	while ((p = strstr(p, what)) != NULL) {
		p += strlen(what);
		n++;
	}
	return n;
}

int
main(void)
{
	struct net_statsd_options o = { 0 };
	struct net_statsd *s;
	pthread_t id[4];
	char value[24];
	long sum = 0;
	char *p;
	int i;

	sem_init(&begun, 0, 0);
	sem_init(&go_on, 0, 0);
	listen_here();
	lines();
	paths();
	is_int((long long)filled(MAX_BYTES), MAX_BYTES, "a full datagram");
	is_int((long long)filled(238), 5 * 239 - 1,
	    "six lines that would be a byte too many");

	s = client(1);
	net_statsd_count(s, "soon", 1, NULL);
	receive(10000);
	is_str(got, "location.soon:1|c\n", "sent without an end");
	for (i = 0; i < 4; i++)
		pthread_create(&id[i], NULL, many, s);
	for (i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
	net_statsd_free(s);
	receive(5000);
	is_int((long long)occurrences("location.time:"), 4000, "all times");
	for (p = got; (p = strstr(p, "location.many:")) != NULL; p++)
		sum += strtol(p + 14, NULL, 10);
	is_int(sum, 4000, "all counts");
	ok(largest <= MAX_BYTES && datagrams < 4000 / 40, "packed");

	s = client(1);
	net_statsd_count(s, "found", 1, NULL);
	receive(10000);
	for (i = 0; i < 5000; i++) {
		snprintf(value, sizeof(value), "%d", i);
		net_statsd_count(s, "m", 1, "n", value, NULL);
	}
	net_statsd_free(s);
	receive(5000);
	ok(occurrences("location.m:1|c|#n:") == 5000 && largest <= MAX_BYTES,
	    "more counters than fit");

	/* Nobody listens for a while: only that is lost. */
	close(sock);
	s = client(1);
	for (i = 0; i < 100; i++)
		net_statsd_time(s, "a.metric.nobody.gets.until.the.end", i,
		    NULL);
	listen_here();
	net_statsd_time(s, "last", 1, NULL);
	net_statsd_free(s);
	receive(5000);
	ok(strstr(got, "location.last:1|ms\n") != NULL, "heard again");

	o.host = "both.invalid";
	o.port = port;
	s = net_statsd_new(&o);
	net_statsd_count(s, "x", 1, NULL);
	net_statsd_free(s);
	receive(5000);
	is_str(got, "x:1|c\n", "a host with two addresses");
	o.host = NULL;
	ok((s = net_statsd_new(&o)) == NULL, "no host, no client");
	net_statsd_count(s, "x", 1, NULL);
	net_statsd_gauge(s, "x", 1, NULL);
	net_statsd_time(s, "x", 1, NULL);
	net_statsd_free(s);
	o.host = "host.invalid";
	ok((s = net_statsd_new(&o)) != NULL, "a host nobody knows");
	net_statsd_count(s, "x", 1, NULL);
	net_statsd_free(s);
	o.host = "hanging.invalid";
	ok((s = net_statsd_new(&o)) != NULL, "a lookup that hangs");
	sem_wait(&begun);
	for (i = 0; i < 10000; i++)
		net_statsd_time(s, "x", 1, NULL);
	net_statsd_free(s);
	ok(1, "holds up neither callers nor the end");
	sem_post(&go_on);
	return tap_done();
}
