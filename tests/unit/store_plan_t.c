/* SPDX-License-Identifier: ISC */
#include "store/plan.h"

#include "tap.h"

static size_t
length(const struct store_schema_item *i)
{
	size_t n = 0;

	for (; i != NULL; i = i->next)
		n++;
	return n;
}

/* The place of the first step that begins with TEXT, from 1; 0: none. */
static size_t
place(const struct store_schema *s, const char *text)
{
	const struct store_schema_item *i;
	size_t n = 0;

	for (i = s->steps; i != NULL; i = i->next, n++)
		if (strncmp(i->text, text, strlen(text)) == 0)
			return n + 1;
	return 0;
}

static void
roles(void)
{
	static const struct {
		const char		*name;
		enum store_schema_role	 role;
	} t[] = {
		{ "wifi_shard_0", STORE_SCHEMA_NEEDED },
		{ "cell_gsm", STORE_SCHEMA_NEEDED },
		{ "cell_nr", STORE_SCHEMA_NEEDED },
		{ "loc_ledger", STORE_SCHEMA_NEEDED },
		{ "api_key", STORE_SCHEMA_NEEDED },
		{ "score", STORE_SCHEMA_RETIRED },
		{ "cell_ocid", STORE_SCHEMA_RETIRED },
		{ "loc_old_api_key", STORE_SCHEMA_RETIRED },
		{ "wordpress_posts", STORE_SCHEMA_FOREIGN },
		{ "WIFI_SHARD_0", STORE_SCHEMA_FOREIGN },
		{ "", STORE_SCHEMA_FOREIGN }
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_int(store_plan_role(t[i].name), t[i].role, t[i].name);
}

/* Of an empty database everything is missing, and the version comes last. */
static void
empty(void)
{
	struct store_schema s = { .state = STORE_SCHEMA_EMPTY };
	const struct store_schema_item *i;
	size_t create = 0, other = 0, version;

	base_arena_init(&s.arena);
	is_int(store_plan_make(&s), 0, "a plan for an empty database");
	for (i = s.steps; i != NULL; i = i->next)
		if (strncmp(i->text, "CREATE TABLE", 12) == 0)
			create++;
		else
			other++;
	ok(create >= 50, "it makes the tables: %zu", create);
	is_int((long long)length(s.missing), (long long)create,
	    "each of which was missing");
	is_int((long long)length(s.differs), 0, "nothing is in the way");
	version = place(&s, "INSERT");
	ok(version > create || other > 0, "then what they hold");
	is_int((long long)place(&s, "DROP"), 0, "and nothing is dropped");
	base_arena_done(&s.arena);
}

int
main(void)
{
	ok(store_plan_latest() >= 4, "there are versions");
	roles();
	empty();
	return tap_done();
}
