/* SPDX-License-Identifier: ISC */
/* Boxes and regions, for indexes of a part of the world. */
#include <ctype.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/num.h"
#include "geo/region.h"

#include "index.h"

/* An area is where its cells are: some are this far from its centre. */
#define AREA_DEG	2.0

void
index_place_box(struct index_place *p, const char *text)
{
	double *const side[] = { &p->south, &p->west, &p->north, &p->east };
	const char *at = text, *comma;
	int i, good = 1;

	for (i = 0; i < 4 && good; i++, at = comma + 1) {
		comma = at + strcspn(at, ",");
		good = base_num_f64(at, (size_t)(comma - at), side[i]) &&
		    (*comma == ',') == (i < 3);
	}
	if (!good || !(fabs(p->south) <= 90) || !(fabs(p->north) <= 90) ||
	    !(fabs(p->west) <= 180) || !(fabs(p->east) <= 180) ||
	    p->south > p->north)
		errx(EX_USAGE, "-b %s: expected SOUTH,WEST,NORTH,EAST in "
		    "degrees", text);
	p->has_box = 1;
	snprintf(p->name, sizeof(p->name), "%.6g,%.6g,%.6g,%.6g", p->south,
	    p->west, p->north, p->east);
}

void
index_place_region(struct index_place *p, const char *text)
{
	char code[3] = "";

	if (strlen(text) == 2) {
		code[0] = (char)toupper((unsigned char)text[0]);
		code[1] = (char)toupper((unsigned char)text[1]);
	}
	if ((p->region = geo_region_find(code)) == GEO_REGION_NONE)
		errx(EX_USAGE, "-r %s: expected the code of a region", text);
	strlcpy(p->name, code, sizeof(p->name));
}

/* Is a point in the box, made larger by DEG on all sides? */
static int
in_box(const struct index_place *p, double lat, double lon, double deg)
{
	double west = p->west - deg, east = p->east + deg;

	if (!(lat >= p->south - deg && lat <= p->north + deg))
		return 0;
	if (p->west <= p->east)
		return (lon >= west && lon <= east) ||
		    lon >= west + 360 || lon <= east - 360;
	return lon >= west || lon <= east;
}

/*
 * A region has its border country, half a degree of it: who is near the border
 * hears both sides.
 */
int
index_place_has(const struct index_place *p, double lat, double lon)
{
	if (p->has_box && !in_box(p, lat, lon, 0))
		return 0;
	return p->region == GEO_REGION_NONE ||
	    geo_region_inside(lat, lon, p->region);
}

int
index_place_has_area(const struct index_place *p, double lat, double lon,
    int mcc)
{
	const int16_t *of;
	int i, n;

	if (p->has_box && !in_box(p, lat, lon, AREA_DEG))
		return 0;
	if (p->region == GEO_REGION_NONE ||
	    geo_region_inside(lat, lon, p->region))
		return 1;
	n = geo_region_of_mcc(mcc, &of);
	for (i = 0; i < n; i++)
		if (of[i] == p->region)
			return 1;
	return 0;
}
