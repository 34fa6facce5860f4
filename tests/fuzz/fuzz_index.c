/* SPDX-License-Identifier: ISC */
/*
 * Indexes: whatever is in a file, each question is answered and all records
 * can be walked through.  What a header says of itself is made right, so that
 * changes get behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "index/file.h"
#include "index/lookup.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

#define NOW	1800000000
#define MACS	8

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
mend_head(uint8_t *h, size_t len)
{
	memcpy(h, INDEX_FORMAT_MAGIC, 8);
	base_bytes_put_le(h + INDEX_FORMAT_AT_VERSION, INDEX_FORMAT_VERSION,
	    4);
	base_bytes_put_le(h + INDEX_FORMAT_AT_ORDER, INDEX_FORMAT_ORDER, 4);
	base_bytes_put_le(h + INDEX_FORMAT_AT_SIZE, len, 8);
	base_bytes_put_le(h + INDEX_FORMAT_AT_CRC,
	    base_crc32c(0, h, INDEX_FORMAT_AT_CRC), 4);
}

/*
 * All records of one kind, and each is looked for.  Files may say of a few
 * bytes that they are many records.
 */
static void
walk(const struct index_file *f, enum index_format_kind kind,
    struct locate_mac *mac)
{
	struct index_file_item it = { .i = 0 };
	struct station_centre c;
	struct station_area a;
	struct station_row r;
	size_t n = 0;

	while (n < 1000 && index_file_next(f, kind, &it)) {
		if (kind == INDEX_FORMAT_AREA) {
			index_file_area_row(f, &it, &a, &c);
			index_file_area(f, it.key, &a, &c);
			continue;
		}
		index_file_row(f, kind, &it, &r);
		if (kind == INDEX_FORMAT_CELL)
			index_file_cell(f, it.key, &r);
		else {
			index_file_mac(f, kind == INDEX_FORMAT_BLUE ? OBS_BLUE :
			    OBS_WIFI, it.key, &r);
			memcpy(mac[n % MACS].mac, it.key, RADIO_MAC_LEN);
		}
		n++;
	}
}

static void
walk_keys(const struct index_file *f)
{
	char name[INDEX_FORMAT_KEY_NAME + 1];
	const char *text;
	size_t len;
	uint64_t i;

	for (i = 0; i < 100 && index_file_key_at(f, i, name, &text, &len); i++)
		if (len > 0 && text[len - 1] == '\0')
			index_file_key(f, name, &text, &len);
	index_file_key(f, "test", &text, &len);
}

/* A question with stations of the file, and cells that most have. */
static void
ask(const struct index_file *f, struct locate_mac *wifi,
    struct locate_mac *blue)
{
	struct locate_cell cell[2] = {
		{ { 3, 262, 1, 5, 100, -1, -90, -1, -1 }, 0 },
		{ { 4, 262, 1, 5, 99, -1, -90, -1, -1 }, 0 }
	};
	struct locate_query q;
	struct locate_search s;
	struct locate_found found;
	struct base_arena a;
	int strict;

	base_arena_init(&a);
	for (strict = 0; strict < 2; strict++) {
		locate_query_init(&q);
		q.wifi = wifi;
		q.blue = blue;
		q.nwifi = q.nblue = MACS;
		q.cell = q.area = cell;
		q.ncell = q.narea = 2;
		q.as_ichnaea = strict;
		if (index_lookup(f, &q, NOW, &found, &a) == 0)
			locate_search(&s, &q, &found, NOW, &a);
	}
	base_arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct locate_mac wifi[MACS] = { 0 }, blue[MACS] = { 0 };
	struct index_file *f;
	uint8_t *copy;

	if (len < INDEX_FORMAT_HEAD || (copy = malloc(len)) == NULL)
		return 0;
	memcpy(copy, data, len);
	mend_head(copy, len);
	if ((f = index_file_of(copy, len, "fuzz")) != NULL) {
		walk(f, INDEX_FORMAT_WIFI, wifi);
		walk(f, INDEX_FORMAT_BLUE, blue);
		walk(f, INDEX_FORMAT_CELL, NULL);
		walk(f, INDEX_FORMAT_AREA, NULL);
		walk_keys(f);
		ask(f, wifi, blue);
		index_file_verify(f);
	}
	index_file_free(f);
	free(copy);
	return 0;
}
