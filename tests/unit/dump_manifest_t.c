/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "dump/manifest.h"

#include "tap.h"

#define HASH	"0123456789abcdef0123456789abcdef" \
		"0123456789abcdef0123456789abcdef"

static struct dump_manifest_chunk chunk[2] = {
	{ HASH, 3, 30, "0x01", "0xff" }, { HASH, 4, 40, NULL, NULL }
};
static struct dump_manifest_column col[2] = {
	{ "a", "int" }, { "b\"\n", "varchar" }
};
static struct dump_manifest_table table[2] = {
	{ "one", "InnoDB", "CREATE TABLE `one`", col, 2, 7, 70, chunk, 2, 1 },
	{ "zw\xc3\xb6lf", "", "", col, 1, 0, 0, NULL, 0, 0 }
};

static void
fill(struct dump_manifest *m)
{
	dump_manifest_init(m);
	dump_manifest_id(m->id, 1796011500);
	m->time_s = 1796011500;
	m->program = m->database = m->server = m->snapshot = "x";
	m->revision = m->file = m->gtid = m->recipient = "";
	m->version = 5;
	m->position = 77;
	m->rows = 7;
	m->bytes = 70;
	m->stored = 12;
	m->nchunk = 2;
	m->table = table;
	m->ntable = 2;
}

/* What is written is read; written again it is the same text. */
static void
check_round(const struct base_buf *b)
{
	struct dump_manifest m;
	struct base_buf again;

	base_buf_init(&again);
	dump_manifest_init(&m);
	ok(dump_manifest_read(&m, b->data, b->len) == NULL, "it is read");
	is_int((long long)m.ntable, 2, "tables");
	is_str(m.table[0].col[1].name, "b\"\n", "a column");
	is_str(m.table[0].chunk[0].last, "0xff", "a key");
	ok(dump_manifest_find(&m, "zw\xc3\xb6lf") == &m.table[1] &&
	    dump_manifest_find(&m, "two") == NULL, "tables by name");
	dump_manifest_write(&again, &m);
	is_str(again.data, b->data, "and is written as it was");
	dump_manifest_done(&m);
	base_buf_done(&again);
}

/* No end of it is a whole, and no byte may be another. */
static void
check_damage(const struct base_buf *b)
{
	struct dump_manifest m;
	size_t i, good = 0;

	for (i = 0; i < b->len; i++) {
		dump_manifest_init(&m);
		good += dump_manifest_read(&m, b->data, i) == NULL;
		dump_manifest_done(&m);
		b->data[i] ^= 1;
		dump_manifest_init(&m);
		good += dump_manifest_read(&m, b->data, b->len) == NULL;
		dump_manifest_done(&m);
		b->data[i] ^= 1;
	}
	is_int((long long)good, 0, "cut or changed, it is none");
}

/* A hash that is right does not make sums right. */
static void
refuse(struct dump_manifest *m, const char *name)
{
	struct dump_manifest got;
	struct base_buf b;

	base_buf_init(&b);
	dump_manifest_write(&b, m);
	dump_manifest_init(&got);
	ok(dump_manifest_read(&got, b.data, b.len) != NULL, "%s", name);
	dump_manifest_done(&got);
	base_buf_done(&b);
}

int
main(void)
{
	struct dump_manifest m;
	struct base_buf b;

	base_buf_init(&b);
	fill(&m);
	is_str(m.id, "20261130T040500Z", "a time as a name");
	ok(dump_manifest_is_id(m.id, strlen(m.id)) &&
	    !dump_manifest_is_id("20261130T023500", 15) &&
	    !dump_manifest_is_id("20261130t023500Z", 16) &&
	    !dump_manifest_is_id("../1130T023500Z.", 16), "what is a name");
	dump_manifest_write(&b, &m);
	check_round(&b);
	check_damage(&b);
	m.rows = 8;
	refuse(&m, "rows that no table has");
	m.rows = 7;
	m.nchunk = 3;
	refuse(&m, "chunks that no table has");
	m.nchunk = 2;
	chunk[1].rows = 5;
	refuse(&m, "rows that no chunk has");
	chunk[1].rows = -1;
	refuse(&m, "less than no rows");
	chunk[1].rows = 4;
	chunk[0].hash[3] = '/';
	refuse(&m, "a hash that is none");
	chunk[0].hash[3] = '3';
	table[1].ncol = 0;
	refuse(&m, "no columns");
	table[1].ncol = 1;
	m.id[8] = '/';
	refuse(&m, "a name that is none");
	base_buf_done(&b);
	return tap_done();
}
