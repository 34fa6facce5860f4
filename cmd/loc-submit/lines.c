/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "io/infile.h"
#include "json/doc.h"
#include "obs/report.h"

#include "submit.h"

#define BATCH_BYTES	(4 * 1024 * 1024)	/* servers take 10 MiB */

static void __attribute__((format(printf, 4, 5)))
refuse(struct submit *s, const struct io_infile *f,
    const struct io_infile_line *line, const char *fmt, ...)
{
	char why[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	warnx("%s:%llu: %s", io_infile_name(f),
	    (unsigned long long)line->number, why);
	s->bad++;
}

/* Say where it was found to be wrong; with what value is private. */
static void
refuse_report(struct submit *s, const struct io_infile *f,
    const struct io_infile_line *line)
{
	const char *path = s->details.data + strlen("{\"");
	int len = (int)strcspn(path, "\"");

	if (len == 0)
		refuse(s, f, line, "not a report: expected an object");
	else
		refuse(s, f, line, "expected another type of value at %.*s",
		    len, path);
}

/* Returns 0, or -1 when memory is short. */
static int
add_line(struct submit *s, const struct io_infile *f,
    const struct io_infile_line *line)
{
	struct obs_report r = { .api = OBS_REPORT_GEOSUBMIT2,
	    .rules = s->rules, .now_ms = base_clock_now_ms(),
	    .arena = &s->arena, .lines = &s->lines, .details = &s->details };
	struct json_doc d;

	base_arena_reset(&s->arena);
	base_buf_reset(&s->details);
	if (line->cut) {
		refuse(s, f, line, "longer than %d bytes",
		    IO_INFILE_LINE_MAX);
		return 0;
	}
	if (json_doc_parse(&d, line->text, line->len, &s->arena) == -1) {
		if (d.why == json_doc_nomem)
			return -1;
		refuse(s, f, line, "not JSON: %s at byte %zu", d.why,
		    d.where + 1);
		return 0;
	}
	switch (obs_report_item(&r, &d)) {
	case OBS_REPORT_NOMEM:
		return -1;
	case OBS_REPORT_REFUSED:
		refuse_report(s, f, line);
		return 0;
	case OBS_REPORT_OK:
		break;
	}
	if (r.n == 0)
		s->empty++;
	else if (s->n++ == 0)
		s->first = line->number;
	return 0;
}

static int
is_blank(const struct io_infile_line *line)
{
	size_t i;

	for (i = 0; i < line->len; i++)
		if (line->text[i] != ' ' && line->text[i] != '\t')
			return 0;
	return 1;
}

int
submit_lines(struct submit *s, struct io_infile *f)
{
	struct io_infile_line line;
	int rc, status;

	s->last = 0;
	while ((rc = io_infile_next(f, &line)) == 1 && !submit_stopping) {
		if (!is_blank(&line) && add_line(s, f, &line) == -1) {
			warnx("%s:%llu: out of memory", io_infile_name(f),
			    (unsigned long long)line.number);
			return EX_TEMPFAIL;
		}
		s->last = line.number;
		if ((s->n >= s->batch || s->lines.len >= BATCH_BYTES) &&
		    (status = submit_send(s, f)) != EX_OK)
			return status;
		io_progress_show(&s->progress, s->done, io_infile_done(f));
	}
	if ((status = submit_send(s, f)) != EX_OK)
		return status;
	if (submit_stopping) {
		warnx("%s: stopped after line %llu", io_infile_name(f),
		    (unsigned long long)s->last);
		return EX_TEMPFAIL;
	}
	return rc == -1 ? EX_DATAERR : EX_OK;
}
