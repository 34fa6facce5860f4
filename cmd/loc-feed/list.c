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
add_time(struct base_buf *b, const char *name, int64_t ms)
{
	char text[BASE_CIVIL_TIME_LEN];

	if (ms == 0)
		return;
	base_civil_format_time(text, ms / 1000, 'T');
	base_buf_fmt(b, ", \"%s\": \"%sZ\"", name, text);
}

static void
print_segment(void *arg, const struct spool_look_segment *s)
{
	struct base_buf *b = arg;

	base_buf_reset(b);
	base_buf_str(b, "{\"segment\": ");
	json_write_cstr(b, s->name);
	base_buf_fmt(b, ", \"state\": \"%s\", \"bytes\": %lld, "
	    "\"bad_bytes\": %lld, \"submissions\": %lld, \"shipped\": %lld, "
	    "\"done\": %lld, \"reports\": %lld", s->state,
	    (long long)s->bytes, (long long)s->bad_bytes,
	    (long long)s->records, (long long)s->sent, (long long)s->done,
	    (long long)s->reports);
	add_time(b, "first", s->first_ms);
	add_time(b, "last", s->last_ms);
	base_buf_chr(b, '}');
	if (base_buf_ok(b))
		puts(b->data);
	else
		warnx("out of memory");
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
