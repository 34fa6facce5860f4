/* SPDX-License-Identifier: ISC */
/*
 * Handing in: a batch becomes one submission, in the spool or by POST.  Both
 * ways it is taken as a whole or not at all, as far as can be known: after a
 * connection that broke, the server may have taken it, and sending it again
 * might count it twice.  So nothing is sent twice here; where it stopped is
 * said, and whoever called decides.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "io/infile.h"
#include "net/post.h"
#include "obs/items.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "submit.h"

#define PACK_LEVEL	6

/* Put the batch on disk.  Returns an exit status. */
static int
to_spool(struct submit *s)
{
	struct spool_record r = { .count = (uint32_t)s->n,
	    .witness = s->who, .key = s->key,
	    .keylen = s->key == NULL ? 0 : strlen(s->key),
	    .payload = s->lines.data, .len = s->lines.len };

	if (s->restored) {
		r.restored = 1;
		r.witness = (struct obs_witness){
		    .class = OBS_WITNESS_RESTORED };
		r.time_ms = s->accepted_ms;
		memcpy(r.id, s->id, sizeof(r.id));
		r.key = s->own_key;
		r.keylen = strlen(s->own_key);
	} else {
		r.time_ms = base_clock_now_ms();
		base_uuid_v7(r.id, r.time_ms);
	}
	if (spool_writer_append(s->spool, &r) == 0)
		return EX_OK;
	return errno == ENOSPC ? EX_TEMPFAIL : errno == ENOMEM ? EX_OSERR :
	    EX_IOERR;
}

/*
 * POST the batch.  Returns an exit status: EX_DATAERR if the server refused
 * this batch and may take others.
 */
static int
to_url(struct submit *s)
{
	struct net_client_answer a;
	enum net_post_verdict v;

	base_buf_reset(&s->body);
	obs_items_add(&s->body, s->lines.data, s->lines.len, 0);
	obs_items_end(&s->body);
	if (!base_buf_ok(&s->body)) {
		warnx("out of memory");
		return EX_OSERR;
	}
	v = net_post_json(s->post, s->body.data, s->body.len, PACK_LEVEL, &a);
	if (v != NET_POST_OK)
		warnx("%s: %s", net_post_name(s->post), a.why);
	switch (v) {
	case NET_POST_OK:
		return EX_OK;
	case NET_POST_REFUSED:
		return EX_DATAERR;
	case NET_POST_LATER:
		return EX_TEMPFAIL;
	default:
		return EX_UNAVAILABLE;
	}
}

void
submit_stopped_at(const struct io_infile *f, uint64_t line, size_t item)
{
	if (item > 1)
		warnx("%s: stopped; line %llu from item %zu on, and what "
		    "follows, was not handed in", io_infile_name(f),
		    (unsigned long long)line, item);
	else
		warnx("%s: stopped; line %llu and what follows was not "
		    "handed in", io_infile_name(f), (unsigned long long)line);
}

int
submit_send(struct submit *s, const struct io_infile *f)
{
	int status;

	if (s->n == 0)
		return EX_OK;
	assert(s->lines.len > 0 && s->first > 0 && s->first <= s->last);
	assert((s->post != NULL) != (s->spool != NULL));
	status = s->post != NULL ? to_url(s) : to_spool(s);
	if (status == EX_OK)
		s->done += s->n;
	else if (status == EX_DATAERR) {
		warnx("%s:%llu: the reports of lines %llu to %llu were "
		    "refused", io_infile_name(f), (unsigned long long)s->first,
		    (unsigned long long)s->first,
		    (unsigned long long)s->last);
		s->bad += s->n;
		status = EX_OK;
	} else
		submit_stopped_at(f, s->first, s->first_item);
	s->n = 0;
	base_buf_reset(&s->lines);
	return status;
}
