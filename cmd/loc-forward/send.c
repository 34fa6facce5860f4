/* SPDX-License-Identifier: ISC */
/*
 * Sending a batch once: what schemas have in common and where they differ.
 *
 *	geosubmit	a POST of {"items": [...]}, packed
 *	s3		an object or a file of that, packed.  Its name is chosen
 *			once and kept until it is stored, so to repeat a PUT
 *			whose answer was lost makes no second object
 *	dummy		nothing, for measuring
 *
 * What comes of it is one of four verdicts; how often and when it is tried
 * again is decided in deliver.c.  Nothing that a target says is shown with the
 * values that it was sent.
 */
#include <assert.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "forward.h"
#include "io/outfile.h"
#include "net/echo.h"
#include "net/gzip.h"
#include "net/post.h"
#include "net/s3.h"
#include "net/statsd.h"
#include "obs/items.h"

#define POST_LEVEL	5		/* of packing: Ichnaea's */
#define OBJECT_LEVEL	7
#define POST_BYTES	(4 * 1024 * 1024)	/* servers take 10 MiB */
#define OBJECT_BYTES	(32 * 1024 * 1024)
#define BUCKET_LEN	256
#define FILE_URL	"file://"
#define S3_URL		"s3://"

/* The path in the URL of an s3 row, without the slash before it. */
static const char *
path_of(const struct store_export *row)
{
	const char *p = row->url;

	if (strncmp(p, S3_URL, strlen(S3_URL)) == 0) {
		p += strlen(S3_URL);
		p += strcspn(p, "/");
	} else if (strncmp(p, FILE_URL, strlen(FILE_URL)) == 0)
		p += strlen(FILE_URL);
	while (*p == '/')
		p++;
	return p;
}

static int
is_bucket(const struct store_export *row)
{
	return strncmp(row->url, S3_URL, strlen(S3_URL)) == 0;
}

int
forward_send_open(struct forward *f)
{
	const struct store_export *row = f->row;
	char bucket[BUCKET_LEN];

	f->batch_bytes = row->schema == STORE_EXPORT_S3 ? OBJECT_BYTES :
	    POST_BYTES;
	if (row->schema == STORE_EXPORT_GEOSUBMIT) {
		if ((f->post = net_post_new(row->url, NULL)) == NULL)
			return -1;
		net_post_tick(f->post, forward_in_flight_renew, f);
	} else if (row->schema == STORE_EXPORT_S3 && is_bucket(row)) {
		strlcpy(bucket, row->url + strlen(S3_URL), sizeof(bucket));
		bucket[strcspn(bucket, "/")] = '\0';
		if ((f->s3 = net_s3_new(f->cf, bucket)) == NULL)
			return -1;
		net_s3_tick(f->s3, forward_in_flight_renew, f);
	}
	return 0;
}

void
forward_send_end(struct forward *f)
{
	net_post_free(f->post);
	net_s3_free(f->s3);
}

/* The reports as a body: those of objects are kept as they are. */
static int
make_body(struct forward *f, const struct forward_part *p, size_t first,
    size_t end, char *why)
{
	const struct forward_report *r;
	size_t i;

	base_buf_reset(&f->body);
	for (i = first; i < end; i++) {
		r = &p->report[i];
		obs_items_add(&f->body, p->text.data + r->at, r->len,
		    f->row->schema == STORE_EXPORT_S3);
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

/* The name of the object or file for the next batch of P; once it has one. */
static int
set_object(const struct forward *f, struct forward_part *p)
{
	struct store_export_place place = { p->source, p->key, 0, 0, 0 };
	char uuid[BASE_UUID_HEX];
	struct base_civil day;
	struct timespec now;
	struct base_buf b;

	if (p->object != NULL)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	base_civil_split(&day, now.tv_sec);
	place.year = day.year;
	place.month = day.month;
	place.day = day.day;
	base_uuid_v1(uuid, (int64_t)now.tv_sec * 10000000 +
	    now.tv_nsec / 100);
	base_buf_init(&b);
	store_export_path(&b, path_of(f->row), &place);
	if (b.len > 0 && b.data[b.len - 1] != '/')
		base_buf_chr(&b, '/');
	base_buf_fmt(&b, "%s.json.gz", uuid);
	if (base_buf_ok(&b))
		p->object = strdup(b.data);
	base_buf_done(&b);
	return p->object == NULL ? -1 : 0;
}

/* A file that cannot be written now may be later: a disk is full, say. */
static enum forward_verdict
put_file(const struct forward *f, const struct forward_part *p, char *why)
{
	char path[PATH_MAX];

	snprintf(why, FORWARD_WHY_LEN, "/%s: cannot be written", p->object);
	if (snprintf(path, sizeof(path), "/%s", p->object) >=
	    (int)sizeof(path))
		return FORWARD_WRONG;
	return io_outfile_write(path, f->packed.data, f->packed.len) == 0 ?
	    FORWARD_OK : FORWARD_LATER;
}

/* What S3 refuses was not the fault of single reports: it sees no reports. */
static enum forward_verdict
put_object(const struct forward *f, const struct forward_part *p, char *why)
{
	struct net_client_answer a;
	enum net_s3_verdict v;

	v = net_s3_put(f->s3, p->object, "application/json", "gzip",
	    f->packed.data, f->packed.len, &a);
	net_echo_hide(a.why, f->body.data, f->body.len);
	snprintf(why, FORWARD_WHY_LEN, "%s%s: %s", net_s3_name(f->s3),
	    p->object, a.why);
	return v == NET_S3_OK ? FORWARD_OK : v == NET_S3_LATER ?
	    FORWARD_LATER : FORWARD_WRONG;
}

/* Pack the body and store it; after that the next batch has another name. */
static enum forward_verdict
put_body(struct forward *f, struct forward_part *p, char *why)
{
	enum forward_verdict v;

	base_buf_reset(&f->packed);
	if (set_object(f, p) == -1 || net_gzip(&f->packed, f->body.data,
	    f->body.len, OBJECT_LEVEL) == -1) {
		strlcpy(why, "out of memory", FORWARD_WHY_LEN);
		return FORWARD_LATER;
	}
	v = f->s3 != NULL ? put_object(f, p, why) : put_file(f, p, why);
	net_statsd_count(f->statsd, "data.export.upload", 1, "key",
	    f->row->name, "status", v == FORWARD_OK ? "success" : "failure",
	    NULL);
	if (v == FORWARD_OK) {
		free(p->object);
		p->object = NULL;
	}
	return v;
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
	if (f->row->schema != STORE_EXPORT_DUMMY &&
	    make_body(f, p, first, end, why) == -1)
		return FORWARD_LATER;
	if (f->row->schema == STORE_EXPORT_GEOSUBMIT)
		v = post_body(f, why, retry_s);
	else if (f->row->schema == STORE_EXPORT_S3)
		v = put_body(f, p, why);
	if (v != FORWARD_OK)
		return v;
	net_statsd_time(f->statsd, "data.export.upload.timing",
	    (double)(base_clock_mono_us() - before_us) / 1e3, "key",
	    f->row->name, NULL);
	net_statsd_count(f->statsd, "data.export.batch", 1, "key",
	    f->row->name, NULL);
	return FORWARD_OK;
}
