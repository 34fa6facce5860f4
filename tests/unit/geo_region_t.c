/* SPDX-License-Identifier: ISC */
/*
 * The source itself is included: the layout of the data that it reads is
 * nobody else's business, and is checked here.
 */
#include "geo/region.c"
#include "tap.h"

static const struct {
	double		 lat, lon;
	const char	*code;
} at[] = {
	{ 31.522, 34.455, "XW" },
	{ 42.83256, 20.34221, "RS" },
	{ 42.4255, 3.3584, "ES" },
	{ 46.2130, 6.1290, "FR" },
	{ 46.5743, 6.3532, "FR" },
	{ 48.8656, 13.6781, "CZ" },
	{ 49.7089, 6.0741, "LU" },
	{ 51.5142, -0.0931, "GB" },
	{ 60.1, 20.0, "FI" },
	{ 48.85, 2.35, "FR" },
	{ 46.2884, 6.77, "FR" },
	{ 46.2884, 7.441666667, "CH" },
	/* nobody's */
	{ -60, 11, "" },
	{ 0, 0, "" },
	{ 36.4173, 18.728, "" },
	{ 48.3, -7, "" },
	/* places with a code of their own */
	{ 16.25, -61.55, "GP" },
	{ 4.94, -52.33, "GF" },
	{ 14.64, -61.02, "MQ" },
	{ -21.11, 55.53, "RE" },
	{ -12.83, 45.15, "YT" },
	{ 42.66, 21.16, "XK" },
	{ 78.22, 15.65, "XR" },
	{ 70.98, -8.5, "XR" },
	{ 12.20, -68.26, "BQ" },
	{ 12.19, -69.00, "CW" },
	{ 22.30, 114.17, "HK" },
	{ 26.16, -10.57, "EH" },
	{ 36.14, -5.35, "GI" },
	{ 12.58, -81.70, "CO" },
	{ 35.51, 12.61, "IT" },
	{ -8.52, 179.19, "TV" },
	{ 35.2, 33.4, "CY" },
	{ 9.56, 44.06, "SO" },
	{ 75.0, -100.0, "CA" },
	{ 60.0, -85.0, "CA" },
	/* both sides of the antimeridian */
	{ 66.0, -175.0, "RU" },
	{ 66.0, 179.999, "RU" },
	{ 66.0, -179.999, "RU" },
	{ -16.8, 179.99, "FJ" },
	{ -16.8, -179.99, "FJ" },
	{ 52.0, 177.5, "US" },
	{ 52.0, -176.6, "US" },
	{ 66.0, 180.0, "RU" },
	{ 66.0, -180.0, "RU" },
	{ -16.8, 180.0, "FJ" },
	{ -16.8, -180.0, "FJ" },
	{ 66.0, 179.99999999999997, "RU" },
	{ -16.8, -179.99999999999997, "FJ" },
	{ -40.0, 180.0, "" },
	{ 66.0, 180.1, "" },
	/* poles, and beyond */
	{ -89.99, 0, "AQ" },
	{ -90, 0, "AQ" },
	{ -85, 179.9, "AQ" },
	{ -85, -179.9, "AQ" },
	{ 90, 0, "" },
	{ 89.99999999999999, 0, "" }, { 89.99999999999999, 13, "" },
	{ -89.99999999999999, 13, "AQ" },
	{ 89.999, 179.999, "" },
	{ -90.001, 0, "" },
	{ 90.001, 0, "" },
	{ 51.5, 359.9, "" },
	{ 51.5, -360.1, "" },
	{ 1e300, -1e300, "" },
	{ NAN, 0, "" },
	{ 51.5, NAN, "" },
	{ INFINITY, -INFINITY, "" },
};

static const struct {
	double		 lat, lon;
	int		 mcc;
	const char	*code;
} cell[] = {
	{ 46.2130, 6.1290, 228, "CH" },
	{ 46.5743, 6.3532, 208, "FR" },
	{ 31.522, 34.455, 425, "XW" },
	{ 51.5142, -0.0931, 234, "GB" },
	{ 51.5142, -0.0931, 235, "GB" },
	{ 0, 0, 234, "" },
	{ 27.14, -13.19, 604, "MA" },
	{ 51.5142, -0.0931, 262, "" },
	{ 51.5142, -0.0931, 1, "" },
	{ NAN, NAN, 234, "" },
};

static const struct {
	int		 mcc;
	const char	*codes;
} mccs[] = {
	{ 262, "DE" },
	{ 311, "AS GU US VI" },
	{ 244, "FI" },
	{ 310, "BM GU MP PR US VI" },
	{ 425, "IL XW" },
	{ 995, "IO" },
	{ 1, "" },
	{ 0, "" },
	{ -1, "" },
	{ 553, "" },
	{ 999, "" },
	{ 1000, "" },
	{ INT32_MAX, "" },
	{ INT32_MIN, "" },
};

static const struct {
	const char	*code;
	int		 radius_m;
	const char	*name;
} known[] = {
	{ "US", 2971000, "United States" },
	{ "LI", 14000, "Liechtenstein" },
	{ "VA", 1000, "Vatican City" },
	{ "CI", 466000, "C\xc3\xb4te d\xe2\x80\x99Ivoire" },
	{ "XW", 70000, "West Bank" },
};

static const char *
code_of(int r)
{
	return r == GEO_REGION_NONE ? "" : geo_region_code(r);
}

static void
test_points(void)
{
	char name[80];
	size_t i;
	int r;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		snprintf(name, sizeof(name), "at %g, %g", at[i].lat, at[i].lon);
		r = geo_region_at(at[i].lat, at[i].lon);
		is_str(code_of(r), at[i].code, name);
		is_int(geo_region_any(at[i].lat, at[i].lon),
		    at[i].code[0] != '\0', name);
		if (r != GEO_REGION_NONE)
			is_int(geo_region_inside(at[i].lat, at[i].lon, r), 1,
			    name);
	}
	for (i = 0; i < sizeof(cell) / sizeof(cell[0]); i++) {
		snprintf(name, sizeof(name), "cell of %d at %g, %g",
		    cell[i].mcc, cell[i].lat, cell[i].lon);
		is_str(code_of(geo_region_for_cell(cell[i].lat, cell[i].lon,
		    cell[i].mcc)), cell[i].code, name);
	}
	is_int(geo_region_inside(46.2130, 6.1290, geo_region_find("CH")), 1,
	    "Geneva is in the buffered CH");
	is_int(geo_region_inside(46.2130, 6.1290, geo_region_find("DE")), 0,
	    "and not in DE");
	is_int(geo_region_inside(46.2130, 6.1290, GEO_REGION_NONE), 0,
	    "nor in none");
	is_int(geo_region_inside(46.2130, 6.1290, geo_region_count()), 0,
	    "nor in one that is not there");
}

/* Wherever they are asked, the questions agree with each other. */
static void
test_agree(void)
{
	int any, bad = 0, in, r, s, seen[256] = { 0 };
	double lat, lon;

	for (lat = -89.87; lat < 90; lat += 2.03)
		for (lon = -179.93; lon < 180; lon += 0.83) {
			r = geo_region_at(lat, lon);
			any = geo_region_any(lat, lon);
			for (in = s = 0; s < geo_region_count(); s++)
				in += geo_region_inside(lat, lon, s);
			bad += any != (r != GEO_REGION_NONE) ||
			    any != (in > 0) || (any &&
			    !geo_region_inside(lat, lon, r));
			if (r != GEO_REGION_NONE)
				seen[r] = 1;
		}
	is_int(bad, 0, "at, any and inside agree");
	for (in = s = 0; s < geo_region_count(); s++)
		in += seen[s];
	ok(in > 150, "on %d regions", in);
}

static void
test_tables(void)
{
	const int16_t *list;
	char got[64], want[64];
	size_t i, len;
	int bad = 0, j, k, m, n, total = 0, valid = 0;

	is_int(geo_region_count(), 247, "247 regions");
	for (j = 0; j < geo_region_count(); j++) {
		bad += geo_region_find(geo_region_code(j)) != j;
		bad += j > 0 && strcmp(geo_region_code(j - 1),
		    geo_region_code(j)) >= 0;
		n = geo_region_mccs(j, &list);
		total += n;
		for (k = 0; k < n; k++) {
			const int16_t *back;
			int here = 0;

			m = geo_region_of_mcc(list[k], &back);
			while (m-- > 0)
				here += back[m] == j;
			bad += here != 1;
		}
	}
	is_int(bad, 0, "codes sorted and found, each MCC leads back");
	for (m = 0; m < 1000; m++) {
		n = geo_region_of_mcc(m, &list);
		valid += n > 0;
		total -= n;
		for (j = 1; j < n; j++)
			bad += list[j - 1] >= list[j];
	}
	is_int(valid, 234, "234 valid MCCs");
	is_int(total, 0, "the two MCC tables are one relation");
	is_int(bad, 0, "regions of an MCC are sorted");
	for (i = 0; i < sizeof(mccs) / sizeof(mccs[0]); i++) {
		n = geo_region_of_mcc(mccs[i].mcc, &list);
		got[0] = '\0';
		for (j = 0, len = 0; j < n; j++)
			len += (size_t)snprintf(got + len, sizeof(got) - len,
			    "%s%s", j > 0 ? " " : "",
			    geo_region_code(list[j]));
		snprintf(want, sizeof(want), "regions of %d", mccs[i].mcc);
		is_str(got, mccs[i].codes, want);
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		j = geo_region_find(known[i].code);
		if (!ok(j != GEO_REGION_NONE, "%s is known", known[i].code))
			continue;
		is_int(geo_region_radius_m(j), known[i].radius_m, "its radius");
		is_str(geo_region_name(j), known[i].name, "its name");
	}
	is_int(geo_region_find("AX"), GEO_REGION_NONE, "AX is none");
	is_int(geo_region_find("gb"), GEO_REGION_NONE, "gb is none");
	is_int(geo_region_find("GBR"), GEO_REGION_NONE, "GBR is none");
	is_int(geo_region_find("G"), GEO_REGION_NONE, "G is none");
	is_int(geo_region_find(""), GEO_REGION_NONE, "nothing is none");
}

/* S is N items (any number if 0) of SIZE bytes, aligned, in the data. */
static int
check_section(struct section s, uint32_t n, size_t size)
{
	size_t len = (size_t)(geo_region_data_end - geo_region_data);

	return s.at % 4 == 0 && s.at >= sizeof(struct file) && s.at <= len &&
	    s.n <= (len - s.at) / size && (n == 0 || s.n == n);
}

static int
check_shape(const struct file *f, enum which which, const struct shape *s)
{
	const uint32_t *slab;
	const uint16_t *edges = ITEMS(f, set[which].edges, uint16_t);
	uint32_t i;

	if (s->nrow < 1 || s->row + s->nrow > GRID_ROWS || s->nvert < 4 ||
	    s->vert > f->set[which].verts.n ||
	    s->nvert > f->set[which].verts.n - s->vert ||
	    s->slab > f->set[which].slabs.n ||
	    s->nrow + 1u > f->set[which].slabs.n - s->slab)
		return 0;
	slab = ITEMS(f, set[which].slabs, uint32_t) + s->slab;
	for (i = 0; i < s->nrow; i++)
		if (slab[i] > slab[i + 1])
			return 0;
	if (slab[s->nrow] > f->set[which].edges.n)
		return 0;
	for (i = slab[0]; i < slab[s->nrow]; i++)
		if (edges[i] + 1u >= s->nvert)
			return 0;
	return 1;
}

/* The list at PLACE fits, and its regions ascend. */
static int
check_list(const struct file *f, uint32_t place)
{
	const uint16_t *list = ITEMS(f, lists, uint16_t);
	int i, n, r, last = -1;

	if (place >= f->lists.n || (n = list[place]) < 1 || n > LIST_MAX ||
	    (uint32_t)n >= f->lists.n - place)
		return 0;
	for (i = 1; i <= n; i++) {
		r = list[place + (uint32_t)i] & ENTRY_REGION;
		if (r <= last || r >= GEO_REGION_TABLE_ROWS)
			return 0;
		last = r;
	}
	return 1;
}

/* 1 if the data compiled in is sound throughout. */
static int
check_data(void)
{
	const struct file *f = file();
	const uint16_t *grid, *start;
	const int16_t *regions;
	const char *codes;
	uint32_t i, n = GEO_REGION_TABLE_ROWS;
	enum which w;

	if (geo_region_data_end - geo_region_data < (long)sizeof(*f) ||
	    memcmp(f->magic, "LOCRGN01", sizeof(f->magic)) != 0 ||
	    !check_section(f->codes, n, 2) ||
	    !check_section(f->mcc_start, MCC_END + 1, sizeof(uint16_t)) ||
	    !check_section(f->mcc_regions, 0, sizeof(int16_t)) ||
	    !check_section(f->grid, GRID_ROWS * GRID_COLS, sizeof(uint16_t)) ||
	    !check_section(f->lists, 0, sizeof(uint16_t)))
		return 0;
	codes = ITEMS(f, codes, char);
	for (i = 0; i < n; i++)
		if (memcmp(codes + 2 * i, geo_region_code((int)i), 2) != 0)
			return 0;
	start = ITEMS(f, mcc_start, uint16_t);
	for (i = 0; i < MCC_END; i++)
		if (start[i] > start[i + 1])
			return 0;
	regions = ITEMS(f, mcc_regions, int16_t);
	for (i = 0; i < f->mcc_regions.n; i++)
		if (regions[i] < 0 || regions[i] >= (int)n)
			return 0;
	if (start[MCC_END] != f->mcc_regions.n)
		return 0;
	for (w = PRECISE; w <= BUFFERED; w++) {
		if (!check_section(f->set[w].shapes, n, sizeof(struct shape)) ||
		    !check_section(f->set[w].verts, 0,
		    sizeof(struct vertex)) ||
		    !check_section(f->set[w].slabs, 0, sizeof(uint32_t)) ||
		    !check_section(f->set[w].edges, 0, sizeof(uint16_t)))
			return 0;
		for (i = 0; i < n; i++)
			if (!check_shape(f, w, &ITEMS(f, set[w].shapes,
			    struct shape)[i]))
				return 0;
	}
	grid = ITEMS(f, grid, uint16_t);
	for (i = 0; i < f->grid.n; i++)
		if (grid[i] != GRID_NONE && (grid[i] < GRID_LIST ?
		    grid[i] >= n : !check_list(f, grid[i] - GRID_LIST)))
			return 0;
	return 1;
}

int
main(void)
{
	if (!ok(check_data(), "the data is sound"))
		return tap_done();
	test_tables();
	test_points();
	test_agree();
	return tap_done();
}
