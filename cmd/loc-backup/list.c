/* SPDX-License-Identifier: ISC */
/* loc-backup list: what there is, a line for each day. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "io/cli.h"
#include "json/write.h"
#include "object/store.h"

#include "backup.h"

/* The sums of a line. */
struct sums {
	int64_t	day, objects, bytes;
};

static void
print_sums(const struct backup_target *t, const struct sums *s, int json)
{
	char day[BASE_CIVIL_DATE_LEN];
	struct json_write w;
	struct base_buf b;

	if (s->objects == 0)
		return;
	base_civil_format_date(day, s->day);
	base_buf_init(&b);
	if (json) {
		json_write_init(&w, &b, JSON_WRITE_COMPACT);
		json_write_object(&w, NULL);
		json_write_text(&w, "place", t->place.store);
		json_write_text(&w, "day", day);
		json_write_i64(&w, "objects", s->objects);
		json_write_i64(&w, "bytes", s->bytes);
		json_write_end(&w);
	} else
		base_buf_fmt(&b, "%s %s %lld objects, %lld bytes",
		    t->place.store, day, (long long)s->objects,
		    (long long)s->bytes);
	io_cli_line(&b);
	base_buf_done(&b);
}

/* The objects come by time, so a day is complete when another begins. */
static int
list_place(const struct conf_file *cf, const struct backup_target *t,
    int json)
{
	struct sums s = { 0 };
	struct backup_stock k;
	struct object_store *store;
	const struct backup_object *o;
	int64_t day;
	size_t i;
	int rc;

	if ((store = object_store_open(cf, t->place.store)) == NULL)
		return EX_CONFIG;
	rc = backup_stock_read(&k, store);
	for (i = 0; rc == EX_OK && i < k.n; i++) {
		o = &k.object[i];
		day = base_civil_day_of(o->made_s);
		if (day != s.day) {
			print_sums(t, &s, json);
			s = (struct sums){ .day = day };
		}
		s.objects++;
		s.bytes += o->bytes;
	}
	if (rc == EX_OK)
		print_sums(t, &s, json);
	backup_stock_done(&k);
	object_store_end(store);
	return rc;
}

/* A place that cannot be read does not keep the others from being told of. */
static int
list_main(int argc, char *argv[])
{
	struct backup_targets t;
	const char *conf = NULL;
	int ch, json = 0, one, rc;
	size_t i;

	while ((ch = io_cli_next(argc, argv, "c:j",
	    backup_list.synopsis)) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'j':
			json = 1;
			break;
		}
	rc = backup_targets_open(&t, conf, argv + optind, argc - optind);
	for (i = 0; i < t.n && !backup_stopping; i++)
		if ((one = list_place(&t.cf, &t.target[i], json)) != EX_OK)
			rc = one;
	backup_targets_done(&t);
	return rc;
}

const struct backup_command backup_list = {
	"list", list_main, "list [-hjV] [-c config] [place ...]"
};
