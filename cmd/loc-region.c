/* SPDX-License-Identifier: ISC */
/*
 * loc-region - tell the region of each position.
 *
 * Reads lines with a position, "LAT,LON" or a JSON object, perhaps with a
 * mobile country code; writes one JSON line for each.  A line it cannot
 * read is named and costs exit status 65, not the rest of the input.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "geo/fields.h"
#include "geo/region.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/sandbox.h"
#include "json/doc.h"
#include "json/write.h"

#define SYNOPSIS	"[-hlqV] [file]"

/*
 * A line as it was read.  Numbers that were not given are NAN, which is why
 * even the code is a double.
 */
struct query {
	double	lat, lon;
	double	mcc;		/* NAN: none */
};

/*
 * Returns NULL or what was expected, which is worded so that it ends the
 * sentence "expected ...".
 */
static const char *
parse_fields(const char *text, size_t len, struct query *q)
{
	double v[3];
	int n = geo_fields_parse(text, len, v, 3);

	if (n == -1)
		return "LAT,LON or LAT,LON,MCC";
	if (n < 2)
		return "LAT,LON";
	q->lat = v[0];
	q->lon = v[1];
	if (n == 3)
		q->mcc = v[2];
	return NULL;
}

/*
 * A JSON object, whose members may have the names of cell CSV, of Ichnaea or
 * of other services; unknown ones do not matter.  Returns NULL or what was
 * expected.
 */
static const char *
parse_object(const char *text, size_t len, struct query *q,
    struct base_arena *a)
{
	static const char *const names[] = { "lat", "latitude", "lon", "lng",
	    "longitude", "mcc", "mobileCountryCode" };
	double *to[] = { &q->lat, &q->lat, &q->lon, &q->lon, &q->lon, &q->mcc,
	    &q->mcc };
	struct json_doc d;
	int i, k;

	base_arena_reset(a);
	if (json_doc_parse(&d, text, len, a) == -1)
		return "a JSON object";
	q->lat = q->lon = NAN;
	for (k = json_doc_first(&d, 0); k != -1; k = json_doc_next(&d, k)) {
		i = json_doc_lookup(&d, k, names, 7);
		if (i != -1 && !json_doc_f64(&d, json_doc_value(k), to[i]))
			return "numbers";
	}
	return isnan(q->lat) || isnan(q->lon) ? "lat and lon" : NULL;
}

/*
 * Either form.  Returns NULL, or what was expected.  Comparisons are written
 * so that a NAN fails them.  A line that was cut is refused even if its
 * beginning would do: the rest might have said something else.
 */
static const char *
parse_position(const struct io_infile_line *line, struct query *q,
    struct base_arena *a)
{
	const char *why;

	q->mcc = NAN;
	if (line->cut)
		return "a shorter line";
	why = line->len > 0 && line->text[0] == '{' ?
	    parse_object(line->text, line->len, q, a) :
	    parse_fields(line->text, line->len, q);
	if (why != NULL)
		return why;
	if (!(fabs(q->lat) <= 90))
		return "a latitude from -90 to 90";
	if (!(fabs(q->lon) <= 180))
		return "a longitude from -180 to 180";
	if (!isnan(q->mcc) &&
	    !(q->mcc >= 0 && q->mcc <= 999 && q->mcc == floor(q->mcc)))
		return "an MCC from 0 to 999";
	return NULL;
}

/* The members of a region. */
static void
write_region(struct json_write *w, int r)
{
	json_write_text(w, "region", geo_region_code(r));
	json_write_text(w, "name", geo_region_name(r));
}

/*
 * With a mobile country code the region is one of those that share the code:
 * near a border the code knows better than the map.
 */
static void
print_region(const struct query *q, struct base_buf *b)
{
	struct json_write w;
	int r;

	json_write_begin(&w, b);
	json_write_f64(&w, "lat", q->lat);
	json_write_f64(&w, "lon", q->lon);
	if (isnan(q->mcc))
		r = geo_region_at(q->lat, q->lon);
	else {
		r = geo_region_for_cell(q->lat, q->lon, (int)q->mcc);
		json_write_i64(&w, "mcc", (int64_t)q->mcc);
	}
	if (r != GEO_REGION_NONE)
		write_region(&w, r);
	json_write_end(&w);
	io_cli_line(b);
}

/* Every region that there is, with its size and codes. */
static void
list_regions(struct base_buf *b)
{
	struct json_write w;
	const int16_t *mcc;
	int i, n, r;

	for (r = 0; r < geo_region_count(); r++) {
		json_write_begin(&w, b);
		write_region(&w, r);
		json_write_i64(&w, "radius_m", geo_region_radius_m(r));
		json_write_array(&w, "mccs");
		n = geo_region_mccs(r, &mcc);
		for (i = 0; i < n; i++)
			json_write_i64(&w, NULL, mcc[i]);
		json_write_end(&w);
		json_write_end(&w);
		io_cli_line(b);
	}
}

/*
 * Answer each line of a file.  Lines that cannot be read are told, unless
 * QUIET, and left out.  Returns an exit status.
 */
static int
answer_lines(const char *path, int quiet, struct base_buf *b)
{
	struct base_arena arena;
	struct io_infile *in;
	struct io_infile_line line;
	struct query q;
	const char *why;
	int rc = EX_OK, got;

	if ((in = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	base_arena_init(&arena);
	while ((got = io_infile_next(in, &line)) == 1) {
		if ((why = parse_position(&line, &q, &arena)) != NULL) {
			rc = EX_DATAERR;
			if (!quiet)
				warnx("%s:%ju: expected %s",
				    io_infile_name(in),
				    (uintmax_t)line.number, why);
			continue;
		}
		print_region(&q, b);
	}
	base_arena_done(&arena);
	io_infile_end(in);
	return got == -1 ? EX_DATAERR : rc;
}

/*
 * With -l the regions themselves are listed; else lines are answered as they
 * come.
 */
int
main(int argc, char *argv[])
{
	struct base_buf b;
	struct io_cli cli;
	int listing, rc = EX_OK;

	io_cli_read(&cli, argc, argv, "lq", SYNOPSIS);
	listing = cli.arg['l'] != NULL;
	if (cli.words > 1 || (listing && cli.words > 0))
		io_cli_usage(SYNOPSIS, 0);
	io_cli_files(&cli);
	io_sandbox_enter(0, NULL);
	base_buf_init(&b);
	if (listing)
		list_regions(&b);
	else
		rc = answer_lines(cli.word[0], cli.arg['q'] != NULL, &b);
	base_buf_done(&b);
	io_cli_flush();
	return rc;
}
