/* SPDX-License-Identifier: ISC */
/*
 * Sending a batch once: what schemas have in common and where they differ.
 *
 *	geosubmit	a POST of {"items": [...]}, packed
 *	s3		an object or a file of that, packed, see object.c
 *	dummy		nothing, for measuring
 *
 * What comes of it is one of four verdicts; how often and when it is tried
 * again is decided in deliver.c.  Nothing that a target says is shown with the
 * values that it was sent.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "forward.h"
#include "net/echo.h"
#include "net/post.h"
#include "net/statsd.h"
#include "obs/items.h"

#define POST_LEVEL	5		/* of packing: Ichnaea's */
#define POST_BYTES	(4 * 1024 * 1024)	/* servers take 10 MiB */
#define OBJECT_BYTES	(32 * 1024 * 1024)

int
forward_send_open(struct forward *f)
{
	const struct store_export *row = f->row;

	f->batch_bytes = row->schema == STORE_EXPORT_S3 ? OBJECT_BYTES :
	    POST_BYTES;
	if (row->schema == STORE_EXPORT_GEOSUBMIT) {
		if ((f->post = net_post_new(row->url, NULL)) == NULL)
			return -1;
		net_post_tick(f->post, forward_in_flight_renew, f);
	} else if (row->schema == STORE_EXPORT_S3)
		return forward_object_open(f);
	return 0;
}

void
forward_send_end(struct forward *f)
{
	net_post_free(f->post);
	if (f->row->schema == STORE_EXPORT_S3)
		forward_object_end(f);
}

/* The reports as a body. */
static int
make_body(struct forward *f, const struct forward_part *p, size_t first,
    size_t end, char *why)
{
	const struct forward_report *r;
	size_t i;

	base_buf_reset(&f->body);
	for (i = first; i < end; i++) {
		r = &p->report[i];
		obs_items_add(&f->body, p->text.data + r->at, r->len, 0);
	}
	obs_items_end(&f->body);
	if (base_buf_ok(&f->body))
		return 0;
	strlcpy(why, "out of memory", FORWARD_WHY_LEN);
	return -1;
}

/* POST the body.  403 is no matter of time: we are not wanted. */
static enum forward_verdict
post_body(struct forward *f, char *why, int64_t *retry_s)
{
	static const enum forward_verdict verdicts[] = {
		[NET_POST_OK] = FORWARD_OK,
		[NET_POST_REFUSED] = FORWARD_REFUSED,
		[NET_POST_LATER] = FORWARD_LATER,
		[NET_POST_WRONG] = FORWARD_WRONG
	};
	struct net_client_answer a;
	enum net_post_verdict v;
	char status[16];

	v = net_post_json(f->post, f->body.data, f->body.len, POST_LEVEL, &a);
	snprintf(status, sizeof(status), "%ld", a.status);
	if (a.status != 0)
		net_statsd_count(f->statsd, "data.export.upload", 1, "key",
		    f->row->name, "status", status, NULL);
	net_echo_hide(a.why, f->body.data, f->body.len);
	snprintf(why, FORWARD_WHY_LEN, "%s: %s", net_post_name(f->post),
	    a.why);
	*retry_s = a.retry_s;
	return a.status == 403 ? FORWARD_WRONG : verdicts[v];
}

/* Times and counts are of attempts that succeeded. */
enum forward_verdict
forward_send(struct forward *f, struct forward_part *p, size_t first,
    size_t end, char why[FORWARD_WHY_LEN], int64_t *retry_s)
{
	enum forward_verdict v = FORWARD_OK;
	int64_t before_us;

	assert(first < end && end <= p->n);
	*why = '\0';
	*retry_s = 0;
	before_us = base_clock_mono_us();
	if (f->row->schema == STORE_EXPORT_GEOSUBMIT)
		v = make_body(f, p, first, end, why) == -1 ? FORWARD_LATER :
		    post_body(f, why, retry_s);
	else if (f->row->schema == STORE_EXPORT_S3)
		v = forward_object_put(f, p, first, end, why);
	if (v != FORWARD_OK)
		return v;
	net_statsd_time(f->statsd, "data.export.upload.timing",
	    (double)(base_clock_mono_us() - before_us) / 1e3, "key",
	    f->row->name, NULL);
	net_statsd_count(f->statsd, "data.export.batch", 1, "key",
	    f->row->name, NULL);
	return FORWARD_OK;
}
