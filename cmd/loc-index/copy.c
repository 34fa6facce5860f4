/* SPDX-License-Identifier: ISC */
/* From one index into another. */
#include <err.h>
#include <sysexits.h>

#include "io/signals.h"
#include "radio/cell.h"

#include "index.h"

/* Add an area that is of the place.  -1 after a warning. */
static int
copy_area(const struct index_run *r, const struct index_file *from,
    const struct index_file_item *it, struct index_writer *w)
{
	struct station_centre c;
	struct station_area a;
	struct radio_cell id;

	index_file_area_row(from, it, &a, &c);
	radio_cell_from_area_key(&id, a.key);
	if (!index_place_has_area(&r->place, a.lat, a.lon, id.mcc))
		return 0;
	return index_writer_area(w, &a, &c);
}

int
index_copy(const struct index_run *r, const struct index_file *from,
    enum index_format_kind kind, struct index_writer *w,
    int (*skip)(void *arg, const uint8_t *key), void *arg)
{
	struct index_file_item it = { .i = 0 };
	struct station_row row;
	int rc = 0;

	while (rc != -1 && !io_signals_stop &&
	    index_file_next(from, kind, &it)) {
		if (skip != NULL && skip(arg, it.key))
			continue;
		if (kind == INDEX_FORMAT_AREA) {
			rc = copy_area(r, from, &it, w);
			continue;
		}
		index_file_row(from, kind, &it, &row);
		if (index_place_has(&r->place, row.lat, row.lon))
			rc = index_writer_row(w, &row);
	}
	return rc == -1 || io_signals_stop ? -1 : 0;
}

int
index_copy_keys(const struct index_file *from, struct index_writer *w)
{
	char name[INDEX_FORMAT_KEY_NAME + 1];
	const char *text;
	size_t len;
	uint64_t i;
	int rc = 0;

	for (i = 0; rc == 0 && index_file_key_at(from, i, name, &text, &len);
	    i++)
		rc = index_writer_key(w, name, text, len);
	return rc;
}

/*
 * A part of an index: what of it is in a box or a region.
 */
int
index_cut(struct index_run *r, char *const *word)
{
	static const enum index_format_kind kinds[] = { INDEX_FORMAT_BLUE,
	    INDEX_FORMAT_WIFI, INDEX_FORMAT_CELL, INDEX_FORMAT_AREA };
	struct index_file_about about;
	struct index_writer *w = NULL;
	struct index_file *f;
	size_t i;
	int rc = -1;

	if ((f = index_input(r, index_file_open(word[0]))) == NULL)
		return EX_NOINPUT;
	index_file_about(f, &about);
	r->whole = (about.flags & INDEX_FORMAT_WHOLE) != 0;
	if (index_file_verify(f) == -1)
		return EX_DATAERR;
	if (r->keys && !(about.flags & INDEX_FORMAT_KEYS)) {
		warnx("%s: has no API keys", word[0]);
		return EX_DATAERR;
	}
	if ((w = index_begin(r, word[1], about.built_s, r->keys,
	    NULL)) != NULL) {
		rc = 0;
		for (i = 0; rc == 0 && i < 4; i++)
			if ((rc = index_writer_begin(w, kinds[i])) == 0)
				rc = index_copy(r, f, kinds[i], w, NULL,
				    NULL);
	}
	if (rc == 0 && r->keys)
		rc = index_copy_keys(f, w);
	return index_end(r, w, rc == 0 ? EX_OK : EX_IOERR);
}
