/* SPDX-License-Identifier: ISC */
/*
 * loc-serve - the HTTP interface of the location service.
 *
 * Answers from the read-only database and the GeoIP file; writes accepted
 * reports to the spool and nothing else.  TERM and INT finish the requests
 * under way; HUP opens the GeoIP file anew and forgets the API keys.
 */
#include <sys/resource.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/file.h"
#include "geoip/db.h"
#include "io/cli.h"
#include "io/logger.h"
#include "net/http.h"
#include "net/listen.h"
#include "queue/limit.h"
#include "spool/writer.h"

#include "fallback.h"
#include "keys.h"
#include "learn.h"
#include "lookup.h"
#include "pool.h"
#include "serve.h"

#define SYNOPSIS	"[-hvV] [-c config] [-l address] [-r fd]"

#define STOP_S		20	/* for requests under way */
#define LOG_WAIT_MS	1000	/* at the end, for what is not written */
#define REDIS_CONNECTIONS 8
#define OTHER_FILES	160	/* descriptors beside these ... */
#define CALL_FILES	8	/* ... and for one call to a provider */

struct opts {
	const char	*conf;		/* -c */
	const char	*listen;	/* -l: instead of the configuration */
	int		 ready;		/* -r: descriptor, or -1 */
	int		 verbose;
	unsigned	 connections;	/* as many as there may be */
};

/* The file may be missing at first, and be broken later. */
static void
open_geoip(struct serve *s)
{
	const char *path = s->conf->geoip_path;
	struct geoip_db *db = NULL, *old;

	if (path == NULL)
		report_fault(s, "no GeoIP file is configured", NULL);
	else if ((db = geoip_db_new(path)) == NULL)
		report_fault(s, "the GeoIP file cannot be used", path);
	if (db == NULL)
		return;
	pthread_rwlock_wrlock(&s->geoip_lock);
	old = s->geoip;
	s->geoip = db;
	pthread_rwlock_unlock(&s->geoip_lock);
	geoip_db_free(old);
}

/* As many connections as the limit of descriptors allows. */
static unsigned
max_connections(const struct conf_file *cf)
{
	rlim_t want = (rlim_t)(cf->http_connections + cf->http_db_connections +
	    cf->http_fallback_calls * CALL_FILES + OTHER_FILES);
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur >= want)
		return (unsigned)cf->http_connections;
	rl.rlim_cur = rl.rlim_max < want ? rl.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur >= want)
		return (unsigned)cf->http_connections;
	if (rl.rlim_cur + (rlim_t)cf->http_connections <= want)
		errx(EX_CONFIG, "not enough descriptors: %llu of %llu",
		    (unsigned long long)rl.rlim_cur, (unsigned long long)want);
	warnx("only %lld connections: %llu descriptors",
	    (long long)(rl.rlim_cur + (rlim_t)cf->http_connections - want),
	    (unsigned long long)rl.rlim_cur);
	return (unsigned)(rl.rlim_cur + (rlim_t)cf->http_connections - want);
}

/* The sockets of -l, else those handed over, else of the configuration. */
static int
open_sockets(struct net_listen *l, const struct opts *o, const char *where)
{
	char name[NET_LISTEN_NAME_LEN];
	size_t i;

	l->n = 0;
	if (o->listen == NULL && net_listen_inherited(l) == -1)
		return -1;
	if (l->n == 0 && net_listen_open(l, o->listen != NULL ? o->listen :
	    where) == -1)
		return -1;
	for (i = 0; i < l->n && o->verbose; i++) {
		net_listen_name(l->at[i].fd, name);
		warnx("listening on %s", name);
	}
	return 0;
}

static struct net_http *
start(struct serve *s, const struct opts *o, const struct net_listen *l)
{
	const struct conf_file *cf = s->conf;
	struct net_http_options ho = {
		.connections = o->connections,
		.max_body = (size_t)cf->http_max_body,
		.max_inflated = (size_t)cf->http_max_inflated,
		.request_s = (int)cf->http_request_timeout_s,
		.idle_s = (int)cf->http_idle_timeout_s,
		.handler = route,
		.ctx = s
	};
	struct net_http *h;

	if (net_peer_list_open(&ho.proxies, cf->http_trusted_proxies) == -1)
		return NULL;
	if ((h = net_http_open(l, &ho)) == NULL)
		net_peer_list_end(&ho.proxies);
	return h;
}

static void
tell_ready(int fd)
{
	if (fd == -1)
		return;
	if (write(fd, "\n", 1) != 1)
		warn("-r %d", fd);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Serve until a signal of SET, which are blocked, says to stop. */
static int
run(struct serve *s, const struct opts *o, const sigset_t *set)
{
	struct net_listen l;
	struct net_http *h;
	int sig;

	if (open_sockets(&l, o, s->conf->http_listen) == -1)
		return EX_UNAVAILABLE;
	if ((h = start(s, o, &l)) == NULL) {
		net_listen_end(&l);
		return EX_UNAVAILABLE;
	}
	tell_ready(o->ready);
	while (sigwait(set, &sig) == 0 && sig == SIGHUP) {
		open_geoip(s);
		keys_forget(s->keys);
	}
	net_http_end(h, STOP_S);
	net_listen_end(&l);
	return EX_OK;
}

/*
 * Descriptors up to that of stderr are never to be those of other things,
 * which warnings would be written to.
 */
static void
fill_descriptors(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			err(EX_OSFILE, "/dev/null");
	} while (fd <= STDERR_FILENO);
	close(fd);
}

/* Open what the configuration names.  Returns an exit status. */
static int
prepare(struct serve *s)
{
	const struct conf_file *cf = s->conf;

	report_open(s);
	log_open(s);
	if (cf->ro_url == NULL) {
		warnx("[database] ro_url is not set");
		return EX_CONFIG;
	}
	if ((s->database = pool_new(&pool_database, cf->ro_url,
	    (size_t)cf->http_db_connections)) == NULL)
		return EX_CONFIG;
	if (cf->cache_url != NULL && (s->redis = pool_new(&pool_redis,
	    cf->cache_url, REDIS_CONNECTIONS)) == NULL)
		return EX_CONFIG;
	if ((s->keys = keys_new(s->database, cf->http_key_cache_s)) == NULL ||
	    (s->lookup = lookup_new(s->database,
	    (size_t)cf->http_db_connections)) == NULL)
		return EX_OSERR;
	if ((s->spool = spool_writer_open(cf->spool_dir, cf->spool_max_bytes,
	    cf->spool_segment_bytes)) == NULL)
		return EX_CANTCREAT;
	if (cf->cache_url != NULL && (s->limit = limit_new(cf)) == NULL)
		return EX_CONFIG;
	if ((s->fallback = fallback_new((size_t)cf->http_fallback_calls,
	    s->redis, s->statsd, s->sentry)) == NULL ||
	    (s->learn = learn_new(s->spool, s->redis, s->sentry)) == NULL)
		return EX_OSERR;
	open_geoip(s);
	return EX_OK;
}

int
main(int argc, char *argv[])
{
	static struct serve s;
	struct opts o = { .ready = -1 };
	struct conf_file cf;
	FILE *direct = stderr;
	sigset_t set;
	int ch, status;

	fill_descriptors();
	while ((ch = getopt(argc, argv, "c:hl:r:vV")) != -1)
		switch (ch) {
		case 'c':
			o.conf = optarg;
			break;
		case 'l':
			o.listen = optarg;
			break;
		case 'r':
			o.ready = (int)io_cli_num('r', optarg, 1, 1023);
			if (fcntl(o.ready, F_SETFD, FD_CLOEXEC) == -1)
				err(EX_USAGE, "-r %d", o.ready);
			break;
		case 'v':
			o.verbose = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	if (argc != optind)
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&cf, o.conf) == -1)
		return EX_CONFIG;
	o.connections = max_connections(&cf);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);	/* in all threads */
	signal(SIGPIPE, SIG_IGN);
	/* No warning is to hold up a request. */
	if ((s.log = io_logger_new(STDERR_FILENO)) == NULL)
		return EX_OSERR;
	stderr = io_logger_stream(s.log);
	s.conf = &cf;
	pthread_rwlock_init(&s.geoip_lock, NULL);
	if ((status = prepare(&s)) == EX_OK)
		status = run(&s, &o, &set);
	queue_limit_free(s.limit);
	learn_free(s.learn);
	fallback_free(s.fallback);
	report_close(&s);
	spool_writer_end(s.spool);
	lookup_free(s.lookup);
	keys_free(s.keys);
	pool_free(s.redis);
	pool_free(s.database);
	geoip_db_free(s.geoip);
	free(s.log_head);
	conf_file_end(&cf);
	stderr = direct;
	io_logger_free(s.log, LOG_WAIT_MS);
	return status;
}
