/* SPDX-License-Identifier: ISC */
#include "base/civil.h"
#include "queue/names.h"
#include "tap.h"

#define DAY	base_civil_days(2026, 3, 9)

static void
counters(void)
{
	char name[QUEUE_NAMES_LEN], path[QUEUE_NAMES_LEN];

	is_int(queue_names_calls(name, "test", "v1.geolocate", DAY), 0,
	    "calls");
	is_str(name, "apilimit:test:v1.geolocate:20260309", "their name");
	is_int(queue_names_addresses(name, "locate", "test", DAY), 0,
	    "addresses");
	is_str(name, "apiuser:locate:test:2026-03-09", "their name");
	queue_names_all_addresses(name, "*");
	is_str(name, "apiuser:*:*:*", "addresses of all keys and days");
	queue_names_network(name, "test", "2001:db8::");
	is_str(name, "loc:client:test:2001:db8::", "a client network");
	queue_names_provider(name, "other", 123);
	is_str(name, "fallback_ratelimit:other:123", "calls to a provider");
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	is_int(queue_names_calls(name, "k", path, DAY), -1,
	    "a path that is too long");
	is_int(queue_names_addresses(name, path, "k", DAY), -1,
	    "a type that is too long");
	is_int(queue_names_network(name, path, "n"), -1,
	    "a key that is too long");
	path[sizeof(path) - sizeof("loc:client::n")] = '\0';
	is_int(queue_names_network(name, path, "n"), 0,
	    "one that just fits");
	is_int((long long)strlen(name), QUEUE_NAMES_LEN - 1, "all of it");
	is_int(queue_names_network(name, path, "nn"), -1,
	    "and one that just does not");
}

static void
streams(void)
{
	char letter[QUEUE_NAMES_LETTER_LEN], name[QUEUE_NAMES_LEN];

	queue_names_groups(name, "loc:reports");
	is_str(name, "loc:reports:groups", "groups");
	queue_names_dropped(name, "loc:reports");
	is_str(name, "loc:reports:dropped", "reports given up");
	queue_names_dead(name, "loc:reports");
	is_str(name, "loc:reports:dead", "dead letters");
	queue_names_letter(letter, "loc:reports", "0a:internal");
	is_str(letter, "loc:reports:dead:0a:internal", "a dead letter");
	queue_names_feed(name, "loc:reports", "0123");
	is_str(name, "loc:reports:feed:0123", "the marker of a feed");
}

static void
parts(void)
{
	static const struct {
		const char	*name, *want[QUEUE_NAMES_PARTS];
	} cases[] = {
		{ "apilimit:test:v1.geolocate:20260309",
		    { "test", "v1.geolocate", "20260309" } },
		{ "apiuser:locate:test:2026-03-09",
		    { "locate", "test", "2026-03-09" } },
		{ "a:::", { "", "", "" } },
		{ "", { NULL } }, { "apiuser", { NULL } },
		{ "apiuser:", { NULL } }, { "apiuser:a:b", { NULL } },
		{ "apiuser:a:b:c:d", { NULL } }
	};
	struct queue_names_part part[QUEUE_NAMES_PARTS];
	size_t i, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(queue_names_split(part, cases[i].name),
		    cases[i].want[0] != NULL, cases[i].name);
		for (k = 0; cases[i].want[0] != NULL &&
		    k < QUEUE_NAMES_PARTS; k++)
			ok(part[k].len == strlen(cases[i].want[k]) &&
			    memcmp(part[k].at, cases[i].want[k],
			    part[k].len) == 0, "part %zu is %s", k,
			    cases[i].want[k]);
	}
}

int
main(void)
{
	counters();
	streams();
	parts();
	return tap_done();
}
