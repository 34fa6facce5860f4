/* SPDX-License-Identifier: ISC */
/*
 * From lines to reports.  A line is one report, in any of the three forms
 * that the interface takes, or a whole body of them, {"items": [...]}: what
 * clients send, and what loc-forward writes into files and objects.  Which
 * form a report has is seen from its members, so files may be mixed.
 *
 * Nothing is passed over without a word: whatever is no report, or has no
 * networks, is named by FILE:LINE, and by its number if it is an item of a
 * body, and counted, and the exit status tells.  Only values of a wrong type
 * within a report that is good otherwise are merely counted, as loc-serve
 * drops them, too.
 *
 * Reports gather until there are enough of them.  The line, and the item, of
 * the first is remembered: that is where to go on if they cannot be handed
 * in.
 */
#include <assert.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/num.h"
#include "io/infile.h"
#include "json/doc.h"
#include "obs/report.h"

#include "submit.h"

#define BATCH_BYTES	(4 * 1024 * 1024)	/* servers take 10 MiB */

/* The line that is being read, and the item of its body, from 1; or 0. */
struct where {
	const struct io_infile	*f;
	uint64_t		 line;
	size_t			 item;
};

/* Warn of what is at AT, and will not be handed in. */
static void __attribute__((format(printf, 2, 3)))
name_here(const struct where *at, const char *fmt, ...)
{
	char item[32] = "", why[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (at->item > 0)
		snprintf(item, sizeof(item), "item %zu: ", at->item);
	warnx("%s:%llu: %s%s", io_infile_name(at->f),
	    (unsigned long long)at->line, item, why);
}

/* Say where a report was found to be wrong; with what value is private. */
static void
refuse_report(struct submit *s, const struct where *at)
{
	const char *path = s->details.data + strlen("{\"");
	int len = (int)strcspn(path, "\"");

	if (len == 0)
		name_here(at, "not a report: expected an object");
	else
		name_here(at, "expected another type of value at %.*s",
		    len, path);
	s->bad++;
}

/*
 * Add the report that is value V of D; hand in what has gathered if that is
 * enough.  Returns an exit status, EX_OK also when it was refused, or -1 when
 * memory is too short to read it.
 */
static int
add_report(struct submit *s, const struct where *at,
    const struct json_doc *d, int v)
{
	struct obs_report r = { .api = obs_report_form(d, v), .orders = 1,
	    .rules = s->rules, .now_ms = base_clock_now_ms(),
	    .arena = &s->arena, .lines = &s->lines, .details = &s->details };

	base_buf_reset(&s->details);
	switch (obs_report_item(&r, d, v)) {
	case OBS_REPORT_NOMEM:
		return -1;
	case OBS_REPORT_REFUSED:
		refuse_report(s, at);
		return EX_OK;
	case OBS_REPORT_OK:
		break;
	}
	s->left_out += r.left_out;
	if (r.n == 0) {
		name_here(at, "no networks");
		s->empty++;
		return EX_OK;
	}
	assert(r.n == 1);
	if (s->n++ == 0) {
		s->first = at->line;
		s->first_item = at->item;
	}
	s->last = at->line;
	if (s->restored || (s->n < s->batch && s->lines.len < BATCH_BYTES))
		return EX_OK;
	return submit_send(s, at->f);
}

/* Add all items of a body, the list LIST of D.  As add_report(). */
static int
add_body(struct submit *s, struct where *at, const struct json_doc *d,
    int list)
{
	int k, status = EX_OK;

	if (json_doc_kind(d, list) != JSON_DOC_ARRAY) {
		name_here(at, "expected a list at items");
		s->bad++;
		return EX_OK;
	}
	for (k = json_doc_first(d, list); k != -1 && status == EX_OK;
	    k = json_doc_next(d, k)) {
		at->item++;
		status = add_report(s, at, d, k);
	}
	return status;
}

/*
 * Read the id, time and key of a submission that is brought back, value 0 of
 * D.  1, or 0 if they are not as loc-backup writes them.
 */
static int
read_origin(struct submit *s, const struct json_doc *d)
{
	int id = json_doc_get(d, 0, "submission");
	int ms = json_doc_get(d, 0, "accepted_ms");
	int key = json_doc_get(d, 0, "key");
	const char *text = "";
	char buf[JSON_DOC_TEXT_LEN];
	size_t len;

	text = json_doc_raw(d, id, &len);
	if (json_doc_kind(d, id) != JSON_DOC_STRING ||
	    len != 2 * BASE_UUID_LEN ||
	    !base_num_unhex(s->id, BASE_UUID_LEN, text) || ms == -1 ||
	    !json_doc_i64(d, ms, &s->accepted_ms) || key == -1)
		return 0;
	*s->own_key = '\0';
	if (json_doc_is_null(d, key))
		return 1;
	if (json_doc_kind(d, key) != JSON_DOC_STRING ||
	    (text = json_doc_text(d, key, buf, &len)) == NULL ||
	    len > SPOOL_RECORD_KEY_MAX || memchr(text, '\0', len) != NULL)
		return 0;
	memcpy(s->own_key, text, len);
	s->own_key[len] = '\0';
	return 1;
}

/*
 * Hand in a submission that is brought back: all of it as one, under its own
 * id, however large.  Without ids, over HTTP, it could count twice.  As
 * add_report().
 */
static int
add_restored(struct submit *s, struct where *at, const struct json_doc *d,
    int list)
{
	int status = submit_send(s, at->f);

	if (status != EX_OK)
		return status;
	if (s->post != NULL || !read_origin(s, d)) {
		name_here(at, s->post != NULL ? "a submission from a backup, "
		    "whose id -u cannot keep; jq -c '{items}' takes it away" :
		    "expected submission, accepted_ms and key as loc-backup "
		    "writes them");
		s->bad++;
		return EX_OK;
	}
	s->restored = 1;
	status = add_body(s, at, d, list);
	if (status == EX_OK)
		status = submit_send(s, at->f);
	/* After a failure nothing of it may go out under another id. */
	s->n = 0;
	base_buf_reset(&s->lines);
	s->restored = 0;
	return status;
}

/* Add what LINE says.  As add_report(). */
static int
add_line(struct submit *s, struct where *at,
    const struct io_infile_line *line)
{
	struct json_doc d;
	int list = -1;

	base_arena_reset(&s->arena);
	if (line->cut) {
		name_here(at, "longer than %d bytes", SUBMIT_LINE_MAX);
		s->bad++;
		return EX_OK;
	}
	if (json_doc_parse(&d, line->text, line->len, &s->arena) == -1) {
		if (d.why == json_doc_nomem)
			return -1;
		name_here(at, "not JSON: %s at byte %zu", d.why,
		    d.where + 1);
		s->bad++;
		return EX_OK;
	}
	if (json_doc_kind(&d, 0) == JSON_DOC_OBJECT)
		list = json_doc_get(&d, 0, "items");
	if (list != -1 && json_doc_get(&d, 0, "submission") != -1)
		return add_restored(s, at, &d, list);
	return list == -1 ? add_report(s, at, &d, 0) :
	    add_body(s, at, &d, list);
}

/* Empty lines are no reports, and are passed over. */
static int
is_blank(const struct io_infile_line *line)
{
	size_t i;

	for (i = 0; i < line->len; i++)
		if (line->text[i] != ' ' && line->text[i] != '\t')
			return 0;
	return 1;
}

/* Memory is short: what was read before it was is handed in all the same. */
static int
stop_for_memory(struct submit *s, const struct where *at)
{
	int status = submit_send(s, at->f);

	warnx("%s:%llu: out of memory", io_infile_name(at->f),
	    (unsigned long long)at->line);
	if (status == EX_OK)
		submit_stopped_at(at->f, at->line, at->item);
	return EX_OSERR;
}

/*
 * A signal ends the reading after the line that is being read, so the line
 * that is named last is handed in whole.  Of a file that is damaged nothing is,
 * as far as that can be known before: lines before the damage may say what
 * nobody reported, and would count twice when the whole file is handed in.
 */
int
submit_lines(struct submit *s, struct io_infile *f)
{
	struct io_infile_line line;
	uint64_t last = 0;
	int rc, status;

	if (!io_infile_is_whole(f)) {
		warnx("%s: nothing of it was handed in", io_infile_name(f));
		return EX_DATAERR;
	}
	io_infile_line_max(f, SUBMIT_LINE_MAX);
	while ((rc = io_infile_next(f, &line)) == 1 && !submit_stopping) {
		struct where at = { f, line.number, 0 };

		status = is_blank(&line) ? EX_OK : add_line(s, &at, &line);
		if (status == -1)
			return stop_for_memory(s, &at);
		if (status != EX_OK)
			return status;
		last = line.number;
		io_progress_show(&s->progress, s->done, io_infile_done(f));
	}
	if ((status = submit_send(s, f)) != EX_OK)
		return status;
	if (submit_stopping) {
		warnx("%s: stopped after line %llu", io_infile_name(f),
		    (unsigned long long)last);
		return EX_TEMPFAIL;
	}
	if (rc == 0)
		return EX_OK;
	submit_stopped_at(f, last + 1, 0);
	return EX_DATAERR;
}
