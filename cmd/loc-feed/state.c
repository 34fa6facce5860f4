/* SPDX-License-Identifier: ISC */
/*
 * What loc-feed knows and keeps.  It stands in the spool's state, so that
 * places in the spool and what is known of the stream are always of the same
 * moment.  The note there is "NAME COUNT LAST" and the groups: a '+' for a
 * listed one or a '-', and its name in hexadecimal digits.
 *
 * NAME is made up when a spool is first read; several spools may feed one
 * stream, each with a marker of its own.  COUNT is how many records were
 * shipped ever, and the marker's value; LAST is the id of the last of them.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "feed.h"
#include "net/statsd.h"

/*
 * Called after every batch, so that a killed feed seldom ships again.  That
 * is a small file, written and renamed, not synced.
 */
int
feed_save(struct feed *f)
{
	char id[QUEUE_ID_TEXT];
	const struct queue_group *g;
	struct base_buf note;
	size_t i;
	int rc = -1;

	base_buf_init(&note);
	queue_id_format(id, &f->last);
	base_buf_fmt(&note, "%s %llu %s", f->name,
	    (unsigned long long)f->count, id);
	for (i = 0; i < f->groups.n; i++) {
		g = &f->groups.at[i];
		base_buf_str(&note, g->listed ? " +" : " -");
		base_buf_hex(&note, g->name, strlen(g->name));
	}
	if (!base_buf_ok(&note))
		warnx("out of memory");
	else if (spool_reader_set_note(f->spool, note.data) == 0)
		rc = spool_reader_save(f->spool);
	base_buf_done(&note);
	return rc;
}

/* The groups in NOTE, behind the other words.  0 or -1. */
static int
load_groups(struct feed *f, const char *note)
{
	char name[256];
	size_t len;

	for (; *note != '\0'; note += len + (note[len] == ' ')) {
		len = strcspn(note, " ");
		if ((*note != '+' && *note != '-') || len % 2 == 0 ||
		    len / 2 >= sizeof(name) ||
		    !base_num_unhex(name, len / 2, note + 1))
			continue;
		name[len / 2] = '\0';
		if (queue_groups_add(&f->groups, name, *note == '+') == -1)
			return -1;
	}
	return 0;
}

/*
 * A note that cannot be read means a new name and a count of 0: the marker of
 * that name is missing, and with a count of 0 nothing is said of it.
 */
int
feed_load(struct feed *f)
{
	const char *note = spool_reader_note(f->spool);
	unsigned long long count;
	struct spool_place place;
	char id[QUEUE_ID_TEXT];
	uint8_t random[8];
	int64_t undone;
	size_t i;
	int rest;

	if (sscanf(note, "%23s %llu %43s%n", f->name, &count, id,
	    &rest) == 3 && queue_id_parse(&f->last, id, strlen(id))) {
		f->count = count;
		if (load_groups(f, note + rest) == -1)
			return -1;
		/* Of these only the id of the last is known. */
		for (i = 0; spool_reader_place(f->spool, i, &place,
		    &undone); i++)
			if (feed_ring_push_old(&f->ring, &place, &f->last,
			    undone) == -1)
				return -1;
	} else {
		arc4random_buf(random, sizeof(random));
		for (i = 0; i < sizeof(random); i++)
			snprintf(f->name + 2 * i, 3, "%02x", random[i]);
	}
	feed_name_marker(f);
	feed_save(f);
	return 0;
}

void
feed_name_marker(struct feed *f)
{
	queue_names_feed(f->marker, f->stream.name, f->name);
}

/* See look.c for why in this order. */
int
feed_start_over(struct feed *f)
{
	char value[24];

	f->n = 0;
	feed_ring_reset(&f->ring);
	f->behind_bytes = 0;
	spool_reader_rewind(f->spool);
	memset(&f->last, 0, sizeof(f->last));
	memset(&f->trimmed, 0, sizeof(f->trimmed));
	f->count++;
	feed_save(f);
	snprintf(value, sizeof(value), "%llu", (unsigned long long)f->count);
	return queue_stream_set_marker(&f->stream, f->marker, value) ==
	    QUEUE_OK ?
	    0 : -1;
}

/* If Redis cannot be told now, it is when it is found to know less. */
void
feed_ship_again(struct feed *f)
{
	spool_reader_undo(f->spool);
	feed_start_over(f);
}

/*
 * Places move on, the ring learns the ids, and what was read of groups is
 * brought up to date without asking again.
 */
int
feed_arrived(struct feed *f)
{
	int64_t reports = 0;
	size_t i;

	assert(f->n > 0);
	for (i = 0; i < f->n; i++) {
		reports += f->entry[i].count;
		spool_reader_sent(f->spool, &f->place[i]);
		if (feed_ring_push(&f->ring, &f->place[i], &f->entry[i].id,
		    f->entry[i].len) == -1)
			return -1;
		f->behind_bytes += (int64_t)f->entry[i].len;
	}
	f->count += f->n;
	f->length += (int64_t)f->n;
	f->behind += (int64_t)f->n;
	if (f->added != -1)
		f->added += (int64_t)f->n;
	f->last = f->entry[f->n - 1].id;
	net_statsd_count(f->statsd, "data.spool.submission", (int64_t)f->n,
	    NULL);
	net_statsd_count(f->statsd, "data.spool.report", reports, NULL);
	if (f->verbose)
		warnx("shipped %zu, %llu in all", f->n,
		    (unsigned long long)f->count);
	f->n = 0;
	feed_save(f);
	return 0;
}

int
feed_arrived_unseen(struct feed *f, const struct queue_id *last)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		f->entry[i].id = *last;
	return feed_arrived(f);
}
