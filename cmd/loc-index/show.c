/* SPDX-License-Identifier: ISC */
/*
 * What is in an index: numbers, and single stations.
 *
 * What is printed of a station is what its record says to who answers from it.
 * That is less than its row had: of most addresses the position is that of the
 * peak, and columns of which only a score is made are such that they give the
 * same one.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "radio/cell.h"
#include "radio/name.h"
#include "seal/sign.h"
#include "station/trust.h"

#include "index.h"

/* Kinds that have rows, in the order in which they are shown. */
static const enum index_format_kind kinds[] = { INDEX_FORMAT_BLUE,
    INDEX_FORMAT_WIFI, INDEX_FORMAT_CELL, INDEX_FORMAT_AREA };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

int
index_verify(struct index_run *r, char *const *word)
{
	struct index_file *f = index_input(r, index_file_open(word[0]));

	if (f == NULL)
		return EX_NOINPUT;
	return !index_is_signed(r, f, word[0]) || index_file_verify(f) == -1 ?
	    EX_DATAERR : EX_OK;
}

/* Print the numbers of F as one line of JSON. */
static void
stat_json(const struct index_file *f, const struct index_file_about *a)
{
	const struct index_file_section *s;
	uint8_t signer[INDEX_FORMAT_SIGNER_LEN];
	uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN];
	uint8_t id[INDEX_FORMAT_ID_LEN];
	char text[SEAL_SIGN_TEXT];
	struct json_write w;
	struct base_buf b;
	int kind;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_i64(&w, "version", a->version);
	json_write_i64(&w, "built_ms", a->built_s * 1000);
	index_file_id(f, id);
	json_write_hex(&w, "id", id, sizeof(id));
	json_write_i64(&w, "bytes", (int64_t)a->size);
	if (*a->name != '\0')
		json_write_text(&w, "place", a->name);
	json_write_bool(&w, "strict", (a->flags & INDEX_FORMAT_WHOLE) != 0);
	json_write_bool(&w, "keys", (a->flags & INDEX_FORMAT_KEYS) != 0);
	if (index_file_signed(f, signer, signature)) {
		seal_sign_format(text, signer);
		json_write_text(&w, "signed_by", text);
	}
	json_write_object(&w, "sections");
	for (kind = 1; kind < INDEX_FORMAT_KINDS; kind++) {
		s = index_file_section(f, (enum index_format_kind)kind);
		if (s->bytes == NULL)
			continue;
		json_write_object(&w, index_file_name(kind));
		json_write_i64(&w, "records", (int64_t)s->count);
		json_write_i64(&w, "record_bytes", s->record);
		json_write_i64(&w, "bytes", (int64_t)s->len);
		if (s->marks > 0)
			json_write_i64(&w, "marks", s->marks);
		json_write_end(&w);
	}
	json_write_end(&w);
	json_write_end(&w);
	io_cli_last(&b);
}

/* Print the numbers of F for people: a few lines, and a table of sections. */
static void
stat_text(const struct index_file *f, const struct index_file_about *a)
{
	const struct index_file_section *s;
	uint8_t signer[INDEX_FORMAT_SIGNER_LEN];
	uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN];
	char built[BASE_CIVIL_TIME_LEN], text[SEAL_SIGN_TEXT];
	int kind;

	base_civil_format_time(built, a->built_s, ' ');
	printf("version %u, as of %s UTC, %llu bytes\n", a->version, built,
	    (unsigned long long)a->size);
	if (*a->name != '\0')
		printf("only of %s\n", a->name);
	if (a->flags & INDEX_FORMAT_WHOLE)
		printf("also for strict answers\n");
	if (index_file_signed(f, signer, signature)) {
		seal_sign_format(text, signer);
		printf("signed by %s\n", text);
	}
	printf("%-10s %12s %6s %14s\n", "section", "records", "bytes",
	    "all bytes");
	for (kind = 1; kind < INDEX_FORMAT_KINDS; kind++) {
		s = index_file_section(f, (enum index_format_kind)kind);
		if (s->bytes != NULL)
			printf("%-10s %12llu %6u %14llu\n",
			    index_file_name(kind),
			    (unsigned long long)s->count, s->record,
			    (unsigned long long)s->len);
	}
}

int
index_stat(struct index_run *r, char *const *word)
{
	struct index_file *f = index_input(r, index_file_open(word[0]));
	struct index_file_about a;

	if (f == NULL)
		return EX_NOINPUT;
	index_file_about(f, &a);
	(r->json ? stat_json : stat_text)(f, &a);
	return EX_OK;
}

/* A key as people write it. */
void
index_format_key(char out[RADIO_NAME_LEN], enum index_format_kind kind,
    const uint8_t *key)
{
	struct radio_cell c;

	switch (kind) {
	case INDEX_FORMAT_CELL:
		radio_cell_from_key(&c, key);
		radio_name_format(out, &c);
		break;
	case INDEX_FORMAT_AREA:
		radio_cell_from_area_key(&c, key);
		c.cid = RADIO_CELL_UNKNOWN;
		radio_name_format(out, &c);
		break;
	default:
		snprintf(out, RADIO_NAME_LEN, "%02x%02x%02x%02x%02x%02x",
		    key[0], key[1], key[2], key[3], key[4], key[5]);
		break;
	}
}

static void
show_int(struct json_write *w, const char *name, int64_t v)
{
	if (v != STATION_ROW_NULL)
		json_write_i64(w, name, v);
}

static void
show_day(struct json_write *w, const char *name, int64_t day)
{
	char text[BASE_CIVIL_DATE_LEN];

	if (day == STATION_ROW_NULL)
		return;
	base_civil_format_date(text, day);
	json_write_text(w, name, text);
}

static void
show_time(struct json_write *w, const char *name, int64_t s)
{
	if (s != STATION_ROW_NULL)
		json_write_i64(w, name, s * 1000);
}

/* What only stations of one kind have. */
static void
show_own(struct json_write *w, const struct station_row *r,
    enum index_format_kind kind)
{
	struct station_trust t;

	if (kind == INDEX_FORMAT_CELL) {
		json_write_i64(w, "places", r->places.len == 0 ? 0 :
		    (r->places.len - 6) / 14);
		return;
	}
	if (r->spread != STATION_ROW_NULL) {
		json_write_f7(w, "peak_lat", (double)r->peak_lat / 1e7);
		json_write_f7(w, "peak_lon", (double)r->peak_lon / 1e7);
		json_write_f7(w, "peak_weight", r->peak_weight);
		json_write_f7(w, "spread_m", (double)r->spread / 10);
	}
	json_write_i64(w, "marks", r->marks.len / INDEX_FORMAT_MARK_LEN);
	if (station_trust_read(&t, r->trust.byte, r->trust.len)) {
		json_write_bool(w, "adopted",
		    (t.flags & STATION_TRUST_ADOPTED) != 0);
		if (t.is_contested)
			json_write_bool(w, "contested", 1);
	}
}

static void
show_row(struct base_buf *b, enum index_format_kind kind, const char *name,
    const struct station_row *r)
{
	struct json_write w;

	json_write_begin(&w, b);
	json_write_text(&w, "kind", index_file_name((int)kind));
	json_write_text(&w, "network", name);
	json_write_f7(&w, "lat", r->lat);
	json_write_f7(&w, "lon", r->lon);
	show_int(&w, "radius", r->radius);
	show_int(&w, "samples", r->samples);
	if (r->region[0] != '\0')
		json_write_text(&w, "region", r->region);
	show_time(&w, "created", r->created);
	show_time(&w, "modified", r->modified);
	show_day(&w, "last_seen", r->last_seen);
	show_day(&w, "block_last", r->block_last);
	show_own(&w, r, kind);
	json_write_end(&w);
	io_cli_line(b);
}

/* Print an area as a line of JSON; columns that are NULL are left out. */
static void
show_area(struct base_buf *b, const char *name, const struct station_area *a,
    const struct station_centre *c)
{
	struct json_write w;

	json_write_begin(&w, b);
	json_write_text(&w, "kind", "area");
	json_write_text(&w, "network", name);
	json_write_f7(&w, "lat", a->lat);
	json_write_f7(&w, "lon", a->lon);
	show_int(&w, "radius", a->radius);
	show_int(&w, "avg_cell_radius", a->avg_cell_radius);
	show_int(&w, "num_cells", a->num_cells);
	if (a->region[0] != '\0')
		json_write_text(&w, "region", a->region);
	show_time(&w, "created", a->created);
	show_time(&w, "modified", a->modified);
	show_day(&w, "last_seen", a->last_seen);
	if (!isnan(c->lat)) {
		json_write_f7(&w, "centre_lat", c->lat);
		json_write_f7(&w, "centre_lon", c->lon);
		show_int(&w, "spread_m", c->spread);
	}
	json_write_end(&w);
	io_cli_line(b);
}

/* An address may be of both kinds.  Returns how many there are. */
static int
get_mac(const struct index_file *f, struct base_buf *b, const char *name)
{
	uint8_t mac[RADIO_MAC_LEN];
	struct station_row row;
	int n = 0;

	if (!radio_mac_parse(mac, name, strlen(name), ichnaea_rules(0)))
		errx(EX_USAGE, "%s: expected an address, or a cell as in "
		    "lte-234-30-100-1001", name);
	if (index_file_mac(f, OBS_BLUE, mac, &row)) {
		show_row(b, INDEX_FORMAT_BLUE, name, &row);
		n++;
	}
	if (index_file_mac(f, OBS_WIFI, mac, &row)) {
		show_row(b, INDEX_FORMAT_WIFI, name, &row);
		n++;
	}
	return n;
}

/* Print what F has of the network NAME.  Returns how many records that is. */
static int
get_one(const struct index_file *f, struct base_buf *b, const char *name)
{
	uint8_t key[RADIO_CELL_KEY_MAX];
	struct station_centre centre;
	struct station_area area;
	struct station_row row;
	struct radio_cell c;

	switch (radio_name_parse(&c, name)) {
	case RADIO_NAME_CELL:
		radio_cell_key(key, &c);
		if (!index_file_cell(f, key, &row))
			return 0;
		show_row(b, INDEX_FORMAT_CELL, name, &row);
		return 1;
	case RADIO_NAME_AREA:
		radio_cell_area_key(key, &c);
		if (!index_file_area(f, key, &area, &centre))
			return 0;
		show_area(b, name, &area, &centre);
		return 1;
	default:
		return get_mac(f, b, name);
	}
}

int
index_get(struct index_run *r, char *const *word)
{
	struct index_file *f = index_input(r, index_file_open(*word++));
	struct base_buf b;
	int found = 0;

	if (f == NULL)
		return EX_NOINPUT;
	base_buf_init(&b);
	for (; *word != NULL; word++)
		found += get_one(f, &b, *word);
	base_buf_done(&b);
	return found > 0 ? EX_OK : 1;
}

/* Print all that KIND has. */
static void
list_kind(const struct index_file *f, struct base_buf *b,
    enum index_format_kind kind)
{
	struct index_file_item it = { .i = 0 };
	char name[RADIO_NAME_LEN];
	struct station_centre c;
	struct station_area a;
	struct station_row r;

	while (!io_signals_stop && index_file_next(f, kind, &it)) {
		index_format_key(name, kind, it.key);
		if (kind == INDEX_FORMAT_AREA) {
			index_file_area_row(f, &it, &a, &c);
			show_area(b, name, &a, &c);
		} else {
			index_file_row(f, kind, &it, &r);
			show_row(b, kind, name, &r);
		}
	}
}

/* The kind called WORD; ends the program if there is none. */
static enum index_format_kind
kind_of(const char *word)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (strcmp(word, index_file_name((int)kinds[i])) == 0)
			return kinds[i];
	errx(EX_USAGE, "%s: expected blue, wifi, cell or area", word);
}

int
index_list(struct index_run *r, char *const *word)
{
	char *const *kind = word + 1;
	struct index_file *f;
	struct base_buf b;
	size_t i;

	for (i = 0; kind[i] != NULL; i++)
		kind_of(kind[i]);
	if ((f = index_input(r, index_file_open(word[0]))) == NULL)
		return EX_NOINPUT;
	base_buf_init(&b);
	for (i = 0; kind[i] != NULL; i++)
		list_kind(f, &b, kind_of(kind[i]));
	for (i = 0; *kind == NULL && i < KINDS; i++)
		list_kind(f, &b, kinds[i]);
	base_buf_done(&b);
	return io_signals_stop ? EX_TEMPFAIL : EX_OK;
}
