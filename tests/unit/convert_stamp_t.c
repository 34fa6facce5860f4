/* SPDX-License-Identifier: ISC */
#include "convert/sink.h"
#include "convert/stamp.h"
#include "convert/zone.h"

#include "tap.h"

static void
stamps(struct convert_sink *s)
{
	static const struct {
		int		(*parse)(const char *text, size_t len,
				    struct convert_sink *s, int64_t *ms);
		const char	*text;
		int64_t		 want;		/* 0: it is none */
	} t[] = {
		{ convert_stamp_iso, "2026-03-14 09:26:53", 1773480413000 },
		{ convert_stamp_iso, "2026-03-14T09:26:53Z", 1773480413000 },
		{ convert_stamp_iso, "2026-03-14T09:26:53.494Z",
		    1773480413494 },
		{ convert_stamp_iso, "2026-03-14T09:26:53.4Z",
		    1773480413400 },
		{ convert_stamp_iso, "2026-03-14 09:26:53.123456789",
		    1773480413123 },
		{ convert_stamp_iso, "2026-03-14T11:26:53+02:00",
		    1773480413000 },
		{ convert_stamp_iso, "2026-03-14T05:56:53-0330",
		    1773480413000 },
		{ convert_stamp_iso, "2026-03-14T10:26:53+01",
		    1773480413000 },
		{ convert_stamp_iso, "2026-03-14T09:26:53 CET", 0 },
		{ convert_stamp_iso, "2026-03-14T09:26:53+1", 0 },
		{ convert_stamp_iso, "2026-03-14", 0 },
		{ convert_stamp_iso, "14.03.2026 09:26:53", 0 },
		{ convert_stamp_iso, "", 0 },
		{ convert_stamp_ctime, "Sat Mar 14 09:26:53 2026",
		    1773480413000 },
		{ convert_stamp_ctime, "Sun Mar  1 09:26:53 2026",
		    1772357213000 },
		{ convert_stamp_ctime, "Sat Mrz 14 09:26:53 2026", 0 },
		{ convert_stamp_ctime, "Sat arA 14 09:26:53 2026", 0 },
		{ convert_stamp_ctime, "Sat Mar 14 09:26:53 26", 0 },
		{ convert_stamp_digits, "20260314092653", 1773480413000 },
		{ convert_stamp_digits, "2026031409265", 0 },
		{ convert_stamp_digits, "20261314092653", 0 },
	};
	int64_t ms;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ms = 0;
		t[i].parse(t[i].text, strlen(t[i].text), s, &ms);
		is_int(ms, t[i].want, t[i].text);
	}
}

/* Local time TEXT in seconds of UTC. */
static long long
utc(struct convert_zone *z, const char *text)
{
	int64_t ms;

	convert_stamp_iso(text, strlen(text), NULL, &ms);
	return convert_zone_utc(z, ms / 1000);
}

static void
zones(void)
{
	static const char *const bad[] = { "", "Atlantis", "/etc/passwd",
	    "../../etc/passwd", "+2", "+15:00", "+02:60", "+02:000", "zone.tab"
	};
	struct convert_zone z;
	size_t i;

	ok(convert_zone_init(&z, "UTC") == NULL &&
	    utc(&z, "2026-03-14 09:26:53") == 1773480413, "UTC");
	ok(convert_zone_init(&z, "+02:00") == NULL &&
	    utc(&z, "2026-03-14 11:26:53") == 1773480413, "+02:00");
	ok(convert_zone_init(&z, "-0330") == NULL &&
	    utc(&z, "2026-03-14 05:56:53") == 1773480413, "-0330");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(convert_zone_init(&z, bad[i]) != NULL, "\"%s\"", bad[i]);
	if (access("/usr/share/zoneinfo/Europe/Oslo", R_OK) == -1) {
		ok(1, "zones by name # SKIP no tzdata");
		return;
	}
	ok(convert_zone_init(&z, "Europe/Oslo") == NULL, "Europe/Oslo");
	is_int(utc(&z, "2026-03-14 10:26:53"), 1773480413, "winter");
	is_int(utc(&z, "2026-07-14 11:26:53"), 1784021213, "summer");
	is_int(utc(&z, "2026-03-29 01:59:59"), 1774745999, "before it changes");
	is_int(utc(&z, "2026-03-29 03:00:00"), 1774746000, "... and after");
}

int
main(void)
{
	struct convert_zone z;
	struct convert_sink s = { .zone = NULL };
	int64_t ms;

	stamps(&s);
	ok(s.guessed_zone, "without a zone it was guessed");
	convert_zone_init(&z, "+01:00");
	s.zone = &z;
	s.guessed_zone = 0;
	ok(convert_stamp_digits("20260314102653", 14, &s, &ms) &&
	    ms == 1773480413000 && !s.guessed_zone, "a zone that was told");
	ok(convert_stamp_iso("2026-03-14T09:26:53Z", 20, &s, &ms) &&
	    ms == 1773480413000, "... and a time that knows better");
	zones();
	return tap_done();
}
