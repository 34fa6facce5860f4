/* SPDX-License-Identifier: ISC */
/*
 * Columns stand in the order in which CREATE TABLE has them, which is
 * Ichnaea's.  Programs name the columns they mean, and nothing counts them, so
 * a new one may stand anywhere; at the end it is made fastest.
 *
 * To add a column to stations or areas: a member of the struct in
 * station/row.h, NULL in its init function (station/row.c), a line here, and a
 * version at the end of the list in plan.c, so that loc-db migrate is asked
 * for.  Then it is read and written with its row, and kept in loc_undo.  That
 * there is room for it (store/result.h, store/sql.h) is asserted at its first
 * use.
 *
 * With a slot, lookups ask for it as well.  No slot is free in all tables: a
 * new one is a line at the end of enum slot, a greater STORE_TABLE_SLOTS, and
 * perhaps STORE_TABLE_LIST_LEN.  An index (lib/index) has records of its own,
 * and takes no column by itself.
 *
 * Members of numbers are int64_t, also of BOOL, TIME and DATE, and those of F32
 * are doubles: what is read and written goes through these types, whatever the
 * column's is in SQL.  A member of another type does not compile.
 *
 * Types are spelled as MySQL 5 and MariaDB show them in information_schema,
 * because that is what the comparison of a migration is made with.
 *
 * Tables of one kind share their columns by macros; what differs (the length
 * of keys, the types of their parts) are the parameters.  Where rows are
 * locked, store_table[] is in the order of locks, see store/row.h.
 */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/civil.h"
#include "base/num.h"
#include "locate/confidence.h"
#include "obs/witness.h"
#include "radio/cell.h"
#include "radio/mac.h"
#include "station/row.h"
#include "store/key.h"
#include "store/lease.h"
#include "store/mark.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/table.h"
#include "store/update.h"

#define LEN(array)	(sizeof(array) / sizeof((array)[0]))
#define NONE		0, 0

/*
 * The places of columns in what lookups ask for, see struct store_table_column;
 * their order is that of the answer.
 */
enum slot {
	NO_SLOT,
	SLOT_LAT,
	SLOT_LON,
	SLOT_RADIUS,
	SLOT_REGION,
	SLOT_SAMPLES,		/* of areas: how many cells */
	SLOT_CREATED,
	SLOT_MODIFIED,
	SLOT_LAST_SEEN,
	SLOT_BLOCK_LAST,
	SLOT_BLOCK_COUNT,
	SLOT_MAX_LAT,		/* of areas: the radius of their cells */
	SLOT_MIN_LAT,
	SLOT_MAX_LON,
	SLOT_MIN_LON,
	SLOT_TRUST,
	SLOT_PLACES,		/* of MACs: the marks */
	SLOT_WEIGHT,
	SLOT_PEAK_LAT,
	SLOT_PEAK_LON,
	SLOT_PEAK_WEIGHT,
	SLOT_SPREAD,
	BEHIND_SLOTS
};
_Static_assert(BEHIND_SLOTS == STORE_TABLE_SLOTS + 1, "slots are counted");

/* A column that only statements of their own read and write. */
#define OTHER(name, type)	{ name, type, STORE_TABLE_OTHER, NONE, NONE, \
	NO_SLOT, NULL }

/* The indexes of a table that has a primary key and no other one. */
#define PRIMARY(of, columns)	static const struct store_table_index \
	of ## _idx[] = { { NULL, columns, 1 } }

/* A member F of struct ST; and one for columns of KIND. */
#define AT(st, f)	offsetof(struct st, f), sizeof(((struct st *)NULL)->f)
#define AT_KIND(st, kind, f)	_Generic(((struct st *)NULL)->f, \
	MEMBER_ ## kind: offsetof(struct st, f)), sizeof(((struct st *)NULL)->f)
#define MEMBER_F64	double
#define MEMBER_F32	double
#define MEMBER_INT	int64_t
#define MEMBER_BOOL	int64_t
#define MEMBER_TIME	int64_t
#define MEMBER_DATE	int64_t
#define MEMBER_BYTES	default		/* see store_table_take_bytes() */
#define MEMBER_TEXT	char *		/* an array */

/* A column that has the name of its member. */
#define COL(st, kind, f, type, min, max, slot) { #f, type, \
	STORE_TABLE_ ## kind, AT_KIND(st, kind, f), min, max, slot, NULL }
#define TEXT(macro)	TEXT_OF(macro)
#define TEXT_OF(text)	#text
#define BINARY(len)	"binary(" TEXT(len) ")"
#define VARBINARY(len)	"varbinary(" TEXT(len) ")"
#define VARCHAR(len)	"varchar(" TEXT(len) ")"
#define KEY(st, name, len)	{ name, BINARY(len) " NOT NULL", \
	STORE_TABLE_KEY, AT(st, key), NONE, NO_SLOT, NULL }
#define PART(f, name, type)	{ name, type, STORE_TABLE_IDENT, \
	AT(radio_cell, f), NONE, NO_SLOT, NULL }

/* Lengths of keys, see radio/cell.h; and the columns. */
#define CELL_LEN	11
#define CELL_NR_LEN	RADIO_CELL_KEY_MAX
#define AREA_LEN	7
#define AREA_NR_LEN	RADIO_CELL_AREA_MAX
#define MAC_KEY		KEY(station_row, "mac", RADIO_MAC_LEN)
#define CELL_KEY(len)	KEY(station_row, "cellid", len)
#define AREA_KEY(len)	KEY(station_area, "areaid", len)
#define CENTRE_KEY(len)	KEY(station_centre, "areaid", len)
static const struct store_table_column mac_key = MAC_KEY,
	cell_key = CELL_KEY(CELL_LEN), cell_nr_key = CELL_KEY(CELL_NR_LEN),
	area_key = AREA_KEY(AREA_LEN), area_nr_key = AREA_KEY(AREA_NR_LEN),
	centre_key = CENTRE_KEY(AREA_LEN),
	centre_nr_key = CENTRE_KEY(AREA_NR_LEN);

#define STATION(kind, f, type, slot) \
	COL(station_row, kind, f, type, 0, 0, slot)
#define STATION_INT(f, type, min, max, slot) \
	COL(station_row, INT, f, type, min, max, slot)
#define STATION_COLUMNS(weight_slot) \
	STATION(F64, max_lat, "double", SLOT_MAX_LAT), \
	STATION(F64, min_lat, "double", SLOT_MIN_LAT), \
	STATION(F64, max_lon, "double", SLOT_MAX_LON), \
	STATION(F64, min_lon, "double", SLOT_MIN_LON), \
	STATION(F64, lat, "double", SLOT_LAT), \
	STATION(F64, lon, "double", SLOT_LON), \
	STATION(TIME, created, "datetime", SLOT_CREATED), \
	STATION(TIME, modified, "datetime", SLOT_MODIFIED), \
	STATION_INT(radius, "int(10) unsigned", 0, UINT32_MAX, SLOT_RADIUS), \
	COL(station_row, TEXT, region, "varchar(2)", 0, 2, SLOT_REGION), \
	STATION_INT(samples, "int(10) unsigned", 0, UINT32_MAX, SLOT_SAMPLES), \
	STATION_INT(source, "tinyint(4)", INT8_MIN, INT8_MAX, NO_SLOT), \
	STATION(F64, weight, "double", weight_slot), \
	STATION(DATE, last_seen, "date", SLOT_LAST_SEEN), \
	STATION(DATE, block_first, "date", NO_SLOT), \
	STATION(DATE, block_last, "date", SLOT_BLOCK_LAST), \
	STATION_INT(block_count, "tinyint(3) unsigned", 0, UINT8_MAX, \
	    SLOT_BLOCK_COUNT)
/* What is kept of who said where it is (station/trust.h): ours. */
#define STATION_TRUST \
	COL(station_row, BYTES, trust, VARBINARY(STATION_ROW_TRUST), 0, \
	    STATION_ROW_TRUST, SLOT_TRUST)
#define STATION_INDEXES \
	{ "_region_idx", "region", 0 }, \
	{ "_created_idx", "created", 0 }, \
	{ "_modified_idx", "modified", 0 }, \
	{ "_latlon_idx", "lat,lon", 0 }

#define AREA_PARTS(lac_type) \
	PART(type, "radio", "tinyint(4) NOT NULL"), \
	PART(mcc, "mcc", "smallint(6) NOT NULL"), \
	PART(mnc, "mnc", "smallint(6) NOT NULL"), \
	PART(lac, "lac", lac_type " unsigned NOT NULL")
#define CELL_COLUMNS(key_len, lac_type, cid_type) \
	STATION_COLUMNS(NO_SLOT), \
	CELL_KEY(key_len), \
	AREA_PARTS(lac_type), \
	PART(cid, "cid", cid_type " unsigned NOT NULL"), \
	STATION_INT(psc, "smallint(6)", INT16_MIN, INT16_MAX, NO_SLOT), \
	COL(station_row, BYTES, places, VARBINARY(STATION_ROW_PLACES), 0, \
	    STATION_ROW_PLACES, SLOT_PLACES), /* ours */ \
	STATION_TRUST

#define AREA(kind, f, type, slot) \
	COL(station_area, kind, f, type, 0, 0, slot)
#define AREA_INT(f, type, min, max, slot) \
	COL(station_area, INT, f, type, min, max, slot)
#define AREA_COLUMNS(key_len, lac_type) \
	AREA(F64, lat, "double", SLOT_LAT), \
	AREA(F64, lon, "double", SLOT_LON), \
	AREA(TIME, created, "datetime", SLOT_CREATED), \
	AREA(TIME, modified, "datetime", SLOT_MODIFIED), \
	AREA_KEY(key_len), \
	AREA_PARTS(lac_type), \
	AREA_INT(radius, "int(11)", INT32_MIN, INT32_MAX, SLOT_RADIUS), \
	COL(station_area, TEXT, region, "varchar(2)", 0, 2, SLOT_REGION), \
	AREA_INT(avg_cell_radius, "int(10) unsigned", 0, UINT32_MAX, \
	    SLOT_MAX_LAT), \
	AREA_INT(num_cells, "int(10) unsigned", 0, UINT32_MAX, SLOT_SAMPLES), \
	AREA(DATE, last_seen, "date", SLOT_LAST_SEEN)

/* The peak is ours (station/peak.h), and so is what follows it. */
static const struct store_table_column mac_col[] = {
	STATION_COLUMNS(SLOT_WEIGHT),
	MAC_KEY,
	STATION_INT(peak_lat, "int(11)", INT32_MIN, INT32_MAX, SLOT_PEAK_LAT),
	STATION_INT(peak_lon, "int(11)", INT32_MIN, INT32_MAX, SLOT_PEAK_LON),
	STATION(F32, peak_weight, "float", SLOT_PEAK_WEIGHT),
	STATION_INT(spread, "smallint(5) unsigned", 0, UINT16_MAX, SLOT_SPREAD),
	STATION_TRUST,
	COL(station_row, BYTES, marks, VARBINARY(STATION_ROW_MARKS), 0,
	    STATION_ROW_MARKS, SLOT_PLACES)
};
static const struct store_table_index mac_idx[] = {
	{ NULL, "mac", 1 }, STATION_INDEXES
};

static const struct store_table_column cell_col[] = {
	CELL_COLUMNS(CELL_LEN, "smallint(5)", "int(10)")
}, cell_nr_col[] = {
	CELL_COLUMNS(CELL_NR_LEN, "int(10)", "bigint(20)")
};
static const struct store_table_index cell_idx[] = {
	{ NULL, "cellid", 1 },
	{ "_cellid_unique", "radio,mcc,mnc,lac,cid", 1 }, STATION_INDEXES
};

static const struct store_table_column area_col[] = {
	AREA_COLUMNS(AREA_LEN, "smallint(5)")
}, area_nr_col[] = {
	AREA_COLUMNS(AREA_NR_LEN, "int(10)")
};
static const struct store_table_index area_idx[] = {
	{ NULL, "areaid", 1 },
	{ "_areaid_unique", "radio,mcc,mnc,lac", 1 },
	{ "_region_radio_idx", "region,radio", 0 },
	{ "_created_idx", "created", 0 },
	{ "_modified_idx", "modified", 0 },
	{ "_latlon_idx", "lat,lon", 0 }
};

/* Where most cells of an area are (station/centre.h). */
#define CENTRE_COLUMNS(key_len) \
	CENTRE_KEY(key_len), \
	COL(station_centre, F64, lat, "double", 0, 0, SLOT_LAT), \
	COL(station_centre, F64, lon, "double", 0, 0, SLOT_LON), \
	COL(station_centre, INT, spread, "int(10) unsigned", 0, UINT32_MAX, \
	    SLOT_RADIUS)
static const struct store_table_column centre_col[] = {
	CENTRE_COLUMNS(AREA_LEN)
}, centre_nr_col[] = {
	CENTRE_COLUMNS(AREA_NR_LEN)
};
PRIMARY(centre, "areaid");

static const struct store_table_column datamap_col[] = {
	OTHER("grid", "binary(8) NOT NULL"),
	OTHER("created", "date"), OTHER("modified", "date")
};
static const struct store_table_index datamap_idx[] = {
	{ NULL, "grid", 1 },
	{ "_created_idx", "created", 0 },
	{ "_modified_idx", "modified", 0 }
};

static const struct store_table_column stat_col[] = {
	OTHER("key", "tinyint(4) NOT NULL"),
	OTHER("time", "date NOT NULL"),
	OTHER("value", "bigint(20) unsigned")
};
PRIMARY(stat, "key,time");

static const struct store_table_column region_stat_col[] = {
	OTHER("region", "varchar(2) NOT NULL"),
	OTHER("gsm", "int(10) unsigned"),
	OTHER("wcdma", "int(10) unsigned"),
	OTHER("lte", "int(10) unsigned"),
	OTHER("blue", "bigint(20) unsigned"),
	OTHER("wifi", "bigint(20) unsigned"),
	OTHER("nr", "int(10) unsigned")		/* ours */
};
PRIMARY(region_stat, "region");

/* Before 2017 every key could use the region and submit APIs. */
#define KEY_TEXT(f, type, chars) \
	COL(store_key, TEXT, f, type, 0, chars, NO_SLOT)
#define KEY_INT(f, type, max, fill)	{ #f, type, STORE_TABLE_INT, \
	AT_KIND(store_key, INT, f), 0, max, NO_SLOT, fill }
#define KEY_BOOL(f, fill)	{ #f, "tinyint(1)", STORE_TABLE_BOOL, \
	AT_KIND(store_key, BOOL, f), 0, 1, NO_SLOT, fill }
static const struct store_table_column api_key_col[] = {
	/* It stays the first, see store/key.h. */
	KEY_TEXT(valid_key, VARCHAR(STORE_KEY_MAX) " NOT NULL", STORE_KEY_MAX),
	KEY_INT(maxreq, "int(11)", INT32_MAX, NULL),
	KEY_BOOL(allow_fallback, NULL), KEY_BOOL(allow_locate, NULL),
	KEY_BOOL(allow_region, "1"),
	KEY_TEXT(fallback_name, VARCHAR(40), 40),
	KEY_TEXT(fallback_schema, VARCHAR(64), 64),
	KEY_TEXT(fallback_url, VARCHAR(256), 256),
	KEY_INT(fallback_ratelimit, "int(11)", INT32_MAX, NULL),
	KEY_INT(fallback_ratelimit_interval, "int(11)", INT32_MAX, NULL),
	KEY_INT(fallback_cache_expire, "int(11)", INT32_MAX, NULL),
	KEY_INT(store_sample_locate, "tinyint(4)", 100, "100"),
	KEY_INT(store_sample_submit, "tinyint(4)", 100, "100"),
	/* ours */
	{ "confidence", "tinyint(4)", STORE_TABLE_INT,
	    AT_KIND(store_key, INT, confidence), LOCATE_CONFIDENCE_MIN,
	    LOCATE_CONFIDENCE_MAX, NO_SLOT, NULL }
};
PRIMARY(api_key, "valid_key");
_Static_assert(LEN(api_key_col) + 3 <= 32,
    "store/key.c has a bit for each, and for three that are elsewhere");

static const struct store_table_column export_col[] = {
	OTHER("name", "varchar(40) NOT NULL"),
	OTHER("batch", "int(11)"), OTHER("schema", "varchar(32)"),
	OTHER("url", "varchar(512)"), OTHER("skip_keys", "varchar(1024)"),
	OTHER("skip_sources", "varchar(64)")
};
PRIMARY(export, "name");

static const struct store_table_column alembic_col[] = {
	OTHER("version_num", "varchar(32) NOT NULL")
};
PRIMARY(alembic, "version_num");

static const struct store_table_column version_col[] = {
	OTHER("number", "int(11) NOT NULL"),
	OTHER("name", "varchar(64) NOT NULL"),
	OTHER("time", "datetime NOT NULL")
};
PRIMARY(version, "number");

/* Submissions that have been counted. */
static const struct store_table_column ledger_col[] = {
	OTHER("id", BINARY(STORE_UPDATE_ID_LEN) " NOT NULL"),
	OTHER("time", "datetime NOT NULL")
};
static const struct store_table_index ledger_idx[] = {
	{ NULL, "id", 1 }, { "_time_idx", "time", 0 }
};

/* Areas of which a cell changed. */
static const struct store_table_column dirty_col[] = {
	OTHER("areaid", VARBINARY(RADIO_CELL_AREA_MAX) " NOT NULL"),
	OTHER("turn", "tinyint(4)")
};
PRIMARY(dirty, "areaid");

/* Networks named to be forgotten; kinds are of enum obs_kind. */
static const struct store_table_column optout_col[] = {
	OTHER("kind", "tinyint(4) NOT NULL"),
	OTHER("mac", BINARY(RADIO_MAC_LEN) " NOT NULL"),
	OTHER("count", "int(10) unsigned NOT NULL"),
	OTHER("first", "date NOT NULL"), OTHER("last", "date NOT NULL"),
	/* Witnesses that count, their days, and those of the last day. */
	OTHER("votes", "smallint(5) unsigned"),
	OTHER("days", "tinyint(3) unsigned"),
	OTHER("map", "int(10) unsigned")
};
PRIMARY(optout, "kind,mac");

/* How far a program has come that goes on where it was, see mark.h. */
static const struct store_table_column mark_col[] = {
	OTHER("name", VARCHAR(STORE_MARK_NAME_MAX) " NOT NULL"),
	OTHER("value", VARCHAR(STORE_MARK_MAX) " NOT NULL"),
	OTHER("time", "datetime NOT NULL")
};
PRIMARY(mark, "name");

/* What belongs to the whole database and is no setting: a name, its bytes. */
static const struct store_table_column meta_col[] = {
	OTHER("name", "varchar(64) NOT NULL"),
	OTHER("value", "varbinary(255) NOT NULL")
};
PRIMARY(meta, "name");

/* How far the bearers of an API key are believed: enum obs_witness_class. */
static const struct store_table_column key_trust_col[] = {
	OTHER("valid_key", VARCHAR(STORE_KEY_MAX) " NOT NULL"),
	OTHER("trust", "tinyint(4) NOT NULL")
};
PRIMARY(key_trust, "valid_key");

/* Who does what only one may do at a time: see store/lease.h. */
static const struct store_table_column lease_col[] = {
	OTHER("name", VARCHAR(STORE_LEASE_NAME_MAX) " NOT NULL"),
	OTHER("holder", "binary(16) NOT NULL"),
	OTHER("node", "binary(16) NOT NULL"),
	OTHER("connection", "bigint(20) unsigned NOT NULL"),
	OTHER("until", "datetime NOT NULL")
};
PRIMARY(lease, "name");

/* What marks of a day are made with; gone after three days. */
static const struct store_table_column trust_day_col[] = {
	OTHER("day", "smallint(5) unsigned NOT NULL"),
	OTHER("salt", BINARY(OBS_WITNESS_SECRET) " NOT NULL")
};
PRIMARY(trust_day, "day");

/* Whose an API key is, and from which day on it is not known any more. */
static const struct store_table_column key_note_col[] = {
	OTHER("valid_key", VARCHAR(STORE_KEY_MAX) " NOT NULL"),
	OTHER("note", VARCHAR(STORE_KEY_NOTE_MAX)), OTHER("expires", "date")
};
PRIMARY(key_note, "valid_key");

/* What Redis counted of an API key on a day: see store/keyday.h. */
static const struct store_table_column key_day_col[] = {
	OTHER("day", "date NOT NULL"),
	OTHER("valid_key", VARCHAR(STORE_KEY_MAX) " NOT NULL"),
	OTHER("what", "varchar(40) NOT NULL"),
	OTHER("count", "bigint(20) unsigned NOT NULL")
};
PRIMARY(key_day, "day,valid_key,what");

/* What a witness has done on a day; days since 1970. */
static const struct store_table_column witness_col[] = {
	OTHER("day", "smallint(5) unsigned NOT NULL"),
	OTHER("tag", "smallint(5) unsigned NOT NULL"),
	OTHER("agree", "int(10) unsigned NOT NULL"),
	OTHER("contra", "int(10) unsigned NOT NULL"),
	OTHER("born", "int(10) unsigned NOT NULL"),
	OTHER("optout", "int(10) unsigned NOT NULL")
};
PRIMARY(witness, "day,tag");

/* Stations that were moved, hidden or opted out, as they were before. */
static const struct store_table_column undo_col[] = {
	OTHER("id", "bigint(20) unsigned NOT NULL AUTO_INCREMENT"),
	OTHER("time", "datetime NOT NULL"),
	OTHER("kind", "tinyint(4) NOT NULL"),
	OTHER("sid", VARBINARY(RADIO_CELL_KEY_MAX) " NOT NULL"),
	OTHER("what", "tinyint(4) NOT NULL"),
	OTHER("tag", "smallint(5) unsigned NOT NULL"),
	OTHER("first", "smallint(5) unsigned NOT NULL"),
	OTHER("last", "smallint(5) unsigned NOT NULL"),
	OTHER("old", "blob NOT NULL")
};
static const struct store_table_index undo_idx[] = {
	{ NULL, "id", 1 }, { "_time_idx", "time", 0 },
	{ "_sid_idx", "kind,sid", 0 }
};

static void
init_station(void *row)
{
	station_row_init(row);
}

static void
init_area(void *row)
{
	station_row_area_init(row);
}

static void
init_centre(void *row)
{
	station_row_centre_init(row);
}

/* Texts are empty and numbers are NULL, each in its own way. */
static void
init_key(void *row)
{
	struct store_key *k = row;
	const struct store_table_column *c;

	memset(k, 0, sizeof(*k));
	for (c = api_key_col; c < api_key_col + LEN(api_key_col); c++)
		if (c->kind != STORE_TABLE_TEXT)
			*(int64_t *)(void *)((char *)k + c->offset) =
			    STORE_KEY_NULL;
}

#define SHAPE2(name, c, i, ours)	name, c ## _col, LEN(c ## _col), \
	i ## _idx, LEN(i ## _idx), ours
#define PLAIN(name, c, ours)	{ SHAPE2(name, c, c, ours), 0, 0, NULL, \
	NULL, NULL }
#define MACS(name)	{ SHAPE2(name, mac, mac, 0), \
	sizeof(struct station_row), RADIO_MAC_LEN, \
	&mac_key, init_station, NULL }
#define SHARDS(name) \
	MACS(name "0"), MACS(name "1"), MACS(name "2"), MACS(name "3"), \
	MACS(name "4"), MACS(name "5"), MACS(name "6"), MACS(name "7"), \
	MACS(name "8"), MACS(name "9"), MACS(name "a"), MACS(name "b"), \
	MACS(name "c"), MACS(name "d"), MACS(name "e"), MACS(name "f")
#define CELLS(name, c, keylen, ours)	{ SHAPE2(name, c, cell, ours), \
	sizeof(struct station_row), keylen, &c ## _key, init_station, \
	radio_cell_from_key }
#define AREAS(name, c, keylen, ours)	{ SHAPE2(name, c, area, ours), \
	sizeof(struct station_area), keylen, &c ## _key, init_area, \
	radio_cell_from_area_key }
#define CENTRES(name, c, keylen)	{ SHAPE2(name, c, centre, 1), \
	sizeof(struct station_centre), keylen, &c ## _key, init_centre, NULL }

/*
 * Where the tables of store/row.h stand is said here as well, so that one which
 * is put before them and not counted there is an error, or leaves a gap, which
 * the test of this file finds.
 */
#define ROWS(which)	(STORE_TABLE_ROWS + STORE_ROW_ ## which)

const struct store_table store_table[] = {
	PLAIN("loc_version", version, 1),
	PLAIN("alembic_version", alembic, 0),
	[STORE_TABLE_API_KEY] =
	{ SHAPE2("api_key", api_key, api_key, 0), sizeof(struct store_key),
	    0, NULL, init_key, NULL },
	PLAIN("export_config", export, 0),
	[ROWS(BLUE)] = SHARDS("blue_shard_"),
	[ROWS(WIFI)] = SHARDS("wifi_shard_"),
	[ROWS(CELL)] = CELLS("cell_gsm", cell, CELL_LEN, 0),
	CELLS("cell_wcdma", cell, CELL_LEN, 0),
	CELLS("cell_lte", cell, CELL_LEN, 0),
	[ROWS(CELL_NR)] = CELLS("cell_nr", cell_nr, CELL_NR_LEN, 1),
	[ROWS(AREA)] = AREAS("cell_area", area, AREA_LEN, 0),
	[ROWS(AREA_NR)] = AREAS("cell_area_nr", area_nr, AREA_NR_LEN, 1),
	[ROWS(CENTRE)] = CENTRES("cell_area_centre", centre, AREA_LEN),
	[ROWS(CENTRE_NR)] =
	CENTRES("cell_area_centre_nr", centre_nr, AREA_NR_LEN),
	[ROWS(TABLES)] = PLAIN("cell_area_dirty", dirty, 1),
	PLAIN("datamap_ne", datamap, 0), PLAIN("datamap_nw", datamap, 0),
	PLAIN("datamap_se", datamap, 0), PLAIN("datamap_sw", datamap, 0),
	PLAIN("stat", stat, 0), PLAIN("region_stat", region_stat, 0),
	PLAIN("loc_ledger", ledger, 1), PLAIN("loc_optout", optout, 1),
	PLAIN("loc_mark", mark, 1), PLAIN("loc_meta", meta, 1),
	PLAIN("loc_key_trust", key_trust, 1),
	PLAIN("loc_key_note", key_note, 1), PLAIN("loc_key_day", key_day, 1),
	PLAIN("loc_trust_day", trust_day, 1),
	PLAIN("loc_witness", witness, 1), PLAIN("loc_undo", undo, 1),
	PLAIN("loc_lease", lease, 1)
};
const size_t store_tables = LEN(store_table);

const struct store_table *
store_table_find(const char *name)
{
	size_t i;

	for (i = 0; i < store_tables; i++)
		if (strcmp(store_table[i].name, name) == 0)
			return &store_table[i];
	return NULL;
}

void
store_table_index(struct base_buf *b, const struct store_table *t,
    const struct store_table_index *i)
{
	const char *p;

	if (i->name == NULL)
		base_buf_str(b, "PRIMARY KEY (`");
	else {
		base_buf_str(b, i->unique ? "UNIQUE KEY `" : "KEY `");
		base_buf_fmt(b, "%s%s` (`", t->name, i->name);
	}
	for (p = i->columns; *p != '\0'; p++)
		if (*p == ',')
			base_buf_str(b, "`, `");
		else
			base_buf_chr(b, *p);
	base_buf_str(b, "`)");
}

/*
 * Tables are InnoDB whatever the server's default is, as everything here
 * relies on its transactions and row locks; and utf8 of three bytes, with a
 * collation that folds case, as Ichnaea made them.
 */
void
store_table_create(struct base_buf *b, const struct store_table *t)
{
	size_t i;

	base_buf_fmt(b, "CREATE TABLE IF NOT EXISTS `%s` (", t->name);
	for (i = 0; i < t->ncol; i++)
		base_buf_fmt(b, "`%s` %s, ", t->col[i].name, t->col[i].type);
	for (i = 0; i < t->nidx; i++) {
		base_buf_str(b, i == 0 ? "" : ", ");
		store_table_index(b, t, &t->idx[i]);
	}
	base_buf_str(b, ") ENGINE=InnoDB DEFAULT CHARSET=utf8 "
	    "COLLATE=utf8_general_ci");
}

/* Numbers within a key are not read, as the key says the same. */
int
store_table_is_read(enum store_table_kind kind)
{
	return kind != STORE_TABLE_OTHER && kind != STORE_TABLE_IDENT;
}

/* Does the writer set columns of KIND? */
static int
is_written(enum store_table_kind kind)
{
	return kind != STORE_TABLE_OTHER;
}

static void
add_list(struct base_buf *b, const struct store_table *t,
    int (*is_in)(enum store_table_kind kind))
{
	const char *sep = "";
	size_t i;

	for (i = 0; i < t->ncol; i++)
		if (is_in(t->col[i].kind)) {
			base_buf_fmt(b, "%s%s", sep, t->col[i].name);
			sep = ",";
		}
}

void
store_table_read_list(struct base_buf *b, const struct store_table *t)
{
	add_list(b, t, store_table_is_read);
}

void
store_table_write_list(struct base_buf *b, const struct store_table *t)
{
	add_list(b, t, is_written);
}

const struct store_table_column *
store_table_slot(const struct store_table *t, int slot)
{
	size_t i;

	assert(slot >= 1 && slot <= STORE_TABLE_SLOTS);
	for (i = 0; i < t->ncol; i++)
		if (t->col[i].slot == slot)
			return &t->col[i];
	return NULL;
}

/*
 * A missing column is NULL, so that all tables have as many.  A float is shown
 * with all of its digits only as a double.
 */
void
store_table_slot_list(char out[STORE_TABLE_LIST_LEN],
    const struct store_table *t)
{
	const struct store_table_column *c;
	size_t len = 0;
	int i;

	*out = '\0';
	for (i = 1; i <= STORE_TABLE_SLOTS; i++) {
		c = store_table_slot(t, i);
		strlcat(out, ",", STORE_TABLE_LIST_LEN);
		len = strlcat(out, c == NULL ? "NULL" : c->name,
		    STORE_TABLE_LIST_LEN);
		if (c != NULL && c->kind == STORE_TABLE_F32)
			len = strlcat(out, "+0e0", STORE_TABLE_LIST_LEN);
	}
	assert(len < STORE_TABLE_LIST_LEN);
}

static void *
member_of(const struct store_table_column *c, void *row)
{
	return (char *)row + c->offset;
}

static const void *
member_of_const(const struct store_table_column *c, const void *row)
{
	return (const char *)row + c->offset;
}

/* More bytes than there is room for are none, as a part would mean nothing. */
void
store_table_take_bytes(const struct store_table_column *c, const void *data,
    size_t len, void *row)
{
	uint8_t *to = member_of(c, row);

	if (len > (size_t)c->max)
		return;
	assert(c->size == (size_t)c->max + 1);
	to[0] = (uint8_t)len;
	memcpy(to + 1, data, len);
}

/*
 * A value that cannot be parsed leaves NULL, which is what the row begins
 * with.
 */
static inline void
take_text(const struct store_table *t, const struct store_table_column *c,
    const char *text, size_t len, void *row)
{
	int64_t v;

	switch (c->kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		base_num_f64(text, len, member_of(c, row));
		break;
	case STORE_TABLE_INT:
	case STORE_TABLE_BOOL:
		base_num_i64(text, len, member_of(c, row));
		break;
	case STORE_TABLE_TIME:
		base_civil_parse(text, len, member_of(c, row));
		break;
	case STORE_TABLE_DATE:
		if (base_civil_parse(text, len, &v))
			*(int64_t *)member_of(c, row) = base_civil_day_of(v);
		break;
	case STORE_TABLE_TEXT:
		/* The row was all zeros, so NUL follows. */
		memcpy(member_of(c, row), text,
		    len < c->size ? len : c->size - 1);
		break;
	case STORE_TABLE_KEY:
		memcpy(member_of(c, row), text,
		    len < t->keylen ? len : t->keylen);
		break;
	case STORE_TABLE_BYTES:
		store_table_take_bytes(c, text, len, row);
		break;
	default:
		assert(0);	/* it is not in a list of what is read */
	}
}

void
store_table_take_text(const struct store_table *t,
    const struct store_table_column *c, const char *text, size_t len,
    void *row)
{
	take_text(t, c, text, len, row);
}

void
store_table_take_fields(const struct store_table *t,
    const struct store_table_field *f, int n, char *const *text,
    const unsigned long *len, void *row)
{
	for (; n > 0; f++, n--)
		if (text[f->number] != NULL)
			take_text(t, f->column, text[f->number],
			    len[f->number], row);
}

/* The tables hold no infinities, and the server refuses them. */
double
store_table_f64(const struct store_table_column *c, const void *row)
{
	double v = *(const double *)member_of_const(c, row);

	if (c->kind == STORE_TABLE_F32 && fabs(v) > FLT_MAX)
		return copysign(FLT_MAX, v);
	return isinf(v) ? copysign(DBL_MAX, v) : v;
}

static int64_t
clamp_number(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

/*
 * Times stay in the years the servers support; of earlier ones the number
 * would be taken for a year of two digits.
 */
static int64_t
time_num(int is_date, int64_t v)
{
	const int64_t min_s = base_civil_days(1000, 1, 1) * BASE_CIVIL_DAY_S;
	const int64_t max_s = base_civil_days(10000, 1, 1) *
	    BASE_CIVIL_DAY_S - 1;
	struct base_civil t;
	int64_t date;

	if (is_date)
		v = clamp_number(v, min_s / BASE_CIVIL_DAY_S,
		    max_s / BASE_CIVIL_DAY_S) * BASE_CIVIL_DAY_S;
	base_civil_split(&t, clamp_number(v, min_s, max_s));
	date = (t.year * 100LL + t.month) * 100 + t.day;
	return is_date ? date :
	    ((date * 100 + t.hour) * 100 + t.minute) * 100 + t.second;
}

/*
 * Return a number that the key of ROW, which is a cell's or an area's, is made
 * of.  The row itself has no such members, so that key and numbers cannot
 * disagree.
 */
static int64_t
ident_num(const struct store_table *t, const struct store_table_column *c,
    const void *row)
{
	struct radio_cell cell;
	const void *p;

	t->split(&cell, member_of_const(t->key, row));
	p = member_of_const(c, &cell);
	assert(c->size == sizeof(int32_t) || c->size == sizeof(int64_t));
	return c->size == sizeof(int32_t) ? *(const int32_t *)p :
	    *(const int64_t *)p;
}

/* Limits come from the description, so that the server has nothing to clamp. */
int64_t
store_table_num(const struct store_table *t,
    const struct store_table_column *c, const void *row)
{
	int64_t v;

	if (c->kind == STORE_TABLE_IDENT)
		return ident_num(t, c, row);
	v = *(const int64_t *)member_of_const(c, row);
	if (v == STATION_ROW_NULL)
		return v;
	switch (c->kind) {
	case STORE_TABLE_TIME:
	case STORE_TABLE_DATE:
		return time_num(c->kind == STORE_TABLE_DATE, v);
	default:
		assert(c->min < c->max);
		return clamp_number(v, c->min, c->max);
	}
}

/*
 * A double is written with 17 digits, which is what it takes to read the very
 * same one again.
 */
void
store_table_literal(struct base_buf *b, const struct store_table *t,
    const struct store_table_column *c, const void *row)
{
	const uint8_t *bytes;
	const char *text;
	double d;
	int64_t v;

	switch (c->kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		if (isnan(d = store_table_f64(c, row)))
			base_buf_str(b, "NULL");
		else
			base_buf_fmt(b, "%.17g", d);
		return;
	case STORE_TABLE_TEXT:
		text = member_of_const(c, row);
		store_sql_quote(b, *text == '\0' ? NULL : text);
		return;
	case STORE_TABLE_KEY:
		store_sql_quote_bytes(b, member_of_const(c, row), t->keylen);
		return;
	case STORE_TABLE_BYTES:
		bytes = member_of_const(c, row);
		if (bytes[0] == 0)
			base_buf_str(b, "NULL");
		else
			store_sql_quote_bytes(b, bytes + 1, bytes[0]);
		return;
	default:
		if ((v = store_table_num(t, c, row)) == STATION_ROW_NULL)
			base_buf_str(b, "NULL");
		else
			base_buf_i64(b, v);
	}
}
