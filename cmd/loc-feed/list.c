/* SPDX-License-Identifier: ISC */
/* What is in the spool, for people and their tools to look at. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "feed.h"
#include "io/cli.h"
#include "json/write.h"
#include "spool/look.h"

/* Add member NAME: a time of MS, unless that is 0. */
static void
add_time(struct json_write *w, const char *name, int64_t ms)
{
	char text[BASE_CIVIL_TIME_LEN + 1];

	if (ms == 0)
		return;
	base_civil_format_time(text, ms / 1000, 'T');
	strlcat(text, "Z", sizeof(text));
	json_write_text(w, name, text);
}

static void
print_segment(void *arg, const struct spool_look_segment *s)
{
	struct base_buf *b = arg;
	struct json_write w;

	json_write_begin(&w, b);
	json_write_text(&w, "segment", s->name);
	json_write_text(&w, "state", s->state);
	json_write_i64(&w, "bytes", s->bytes);
	json_write_i64(&w, "bad_bytes", s->bad_bytes);
	json_write_i64(&w, "submissions", s->records);
	json_write_i64(&w, "shipped", s->sent);
	json_write_i64(&w, "done", s->done);
	json_write_i64(&w, "reports", s->reports);
	add_time(&w, "first", s->first_ms);
	add_time(&w, "last", s->last_ms);
	json_write_end(&w);
	io_cli_line(b);
}

int
feed_list(const char *path)
{
	struct conf_file cf;
	struct base_buf b;
	int rc;

	if (conf_file_open(&cf, path) == -1)
		return EX_CONFIG;
	base_buf_init(&b);
	rc = spool_look_list(cf.spool_dir, print_segment, &b);
	if (rc == 0)
		warnx("%s: there is no spool", cf.spool_dir);
	base_buf_done(&b);
	conf_file_end(&cf);
	io_cli_flush();
	return rc == 1 ? EX_OK : EX_NOINPUT;
}
