/* SPDX-License-Identifier: ISC */
/*
 * http_empty [-s] [-w us] [address]: the HTTP server with a handler that does
 * nothing, to compare loc-serve with; -w sleeps that long in it, as if it
 * asked a database, -s has short deadlines and little room, to try these.
 * Serves until a signal stops it.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/listen.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "io/cli.h"

#define SYNOPSIS	"[-s] [-w us] [address]"

static useconds_t wait_us;

static enum http_reply_when
handle_nothing(void *ctx, const struct http_request *rq, struct http_reply *rp)
{
	static const int statuses[] = {
		[HTTP_REQUEST_OK] = 200, [HTTP_REQUEST_BAD_BODY] = 400,
		[HTTP_REQUEST_BAD_REQUEST] = 400,
		[HTTP_REQUEST_TOO_LARGE] = 413, [HTTP_REQUEST_BUSY] = 503
	};

	(void)ctx;
	if (wait_us > 0)
		usleep(wait_us);
	rp->status = statuses[rq->verdict];
	http_reply_header(rp, "Content-Type", "application/json");
	base_buf_str(rp->body, "{\"location\": {\"lat\": 51.5142, "
	    "\"lng\": -0.0931}, \"accuracy\": 40000.0}");
	return HTTP_REPLY_NOW;
}

int
main(int argc, char *argv[])
{
	struct http_server_options o = { .connections = 2000,
	    .max_body = 10 << 20, .max_inflated = 10 << 20, .request_s = 60,
	    .idle_s = 30, .fields = "", .handler = handle_nothing };
	struct http_server *h;
	struct http_listen l;
	sigset_t set;
	int ch, sig;

	while ((ch = getopt(argc, argv, "hsw:")) != -1)
		switch (ch) {
		case 's':
			o.connections = 64;
			o.max_body = o.max_inflated = 1 << 20;
			o.request_s = o.idle_s = 2;
			break;
		case 'w':
			wait_us = (useconds_t)io_cli_num(ch, optarg, 0,
			    1000000);
			break;
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (http_listen_open(&l, optind < argc ? argv[optind] :
	    "127.0.0.1:7009") == -1 || (h = http_server_open(&l, &o)) == NULL)
		return EXIT_FAILURE;
	sigwait(&set, &sig);
	http_server_end(h, 1);
	http_listen_end(&l);
	return EXIT_SUCCESS;
}
