/* SPDX-License-Identifier: ISC */
/*
 * How far an answer can be trusted is not in all files, so it is the least
 * of what the file says and of the sizes of the region, of its subdivisions
 * and of the city, as far as the record names them.  The tables are Ichnaea's,
 * so that answers are as large as its were.
 *
 * A record is foreign: any value may be missing, of another type or beyond
 * all bounds.  What cannot be read is as if it were missing, and a record
 * without a region or a position on earth is no answer at all.
 */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "geo/ip.h"
#include "geo/region.h"
#include "geoip/record.h"
#include "locate/query.h"

#define COUNTRY_SCORE		0.9	/* of records without a city */
#define CITY_SCORE		0.3	/* of unlisted regions */
#define REGION_RADIUS_M		5000000.0
#define SUBDIVISION_RADIUS_KM	400
#define CITY_RADIUS_KM		25

/* Share of cities found right, in tenths; then codes of two letters. */
static const struct {
	double		 score;
	const char	*codes;
} scores[] = {
	{ 0.9, "AE CR HK LU MT PR QA SG" },
	{ 0.8, "BE CA CL CZ DE DK EC EE ES GB HU IS JP LV NL NO PE PK RU SI "
	    "TH TW US UY" },
	{ 0.7, "AR AT AU BG BR CH EG FR ID IL KR LT MY PT RO RS SA SE SK TR "
	    "UA VN ZA" },
	{ 0.6, "CN CO GR HR IN IT MX NZ PL VE" },
	{ 0.5, "FI IE PH" },
};

/* Half the size of the largest subdivision. */
static const struct {
	char	code[3];
	int	radius_km;
} subdivisions[] = {
	{ "AU", 1200 }, { "BR", 1000 }, { "CA", 1400 }, { "CD", 500 },
	{ "CL", 500 }, { "CN", 1000 }, { "DZ", 600 }, { "EG", 500 },
	{ "GL", 1600 }, { "ID", 550 }, { "KZ", 550 }, { "LY", 500 },
	{ "ML", 600 }, { "NE", 600 }, { "RU", 1200 }, { "SA", 650 },
	{ "SD", 450 }, { "SO", 500 }, { "US", 1200 },
};

/* The largest cities, by their geonames.org id. */
static const struct {
	uint32_t	id;
	int		radius_km;
} cities[] = {
	{ 98182, 39 }, { 108410, 30 }, { 112931, 39 }, { 323786, 27 },
	{ 360630, 40 }, { 524901, 47 }, { 745044, 48 }, { 1172451, 36 },
	{ 1185241, 46 }, { 1275339, 50 }, { 1277333, 33 }, { 1279233, 28 },
	{ 1566083, 27 }, { 1609350, 33 }, { 1642911, 42 }, { 1668341, 40 },
	{ 1701668, 47 }, { 1792947, 48 }, { 1796236, 68 }, { 1816670, 49 },
	{ 1835848, 46 }, { 1850147, 42 }, { 1871859, 26 }, { 2314302, 40 },
	{ 2643743, 40 }, { 2950159, 27 }, { 3117735, 26 }, { 3435910, 50 },
	{ 3448439, 46 }, { 3530597, 50 }, { 3688689, 40 }, { 3871336, 32 },
	{ 3936456, 40 }, { 5128581, 41 },
};

/* ISO 3166 codes that GENC has under another region. */
static const struct {
	char	from[3], to[3];
} aliases[] = {
	{ "AX", "FI" }, { "PS", "XW" }, { "SJ", "XR" }, { "UM", "US" },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* What a record says; numbers that it lacks are 0, coordinates NaN. */
struct record {
	char		code[3];
	double		lat, lon;
	double		accuracy_km;
	int		has_city, has_subdivision;
	uint32_t	city;		/* 0 unknown */
};

/* The value at PATH, of any kind. */
static int
get_value(MMDB_entry_s *e, MMDB_entry_data_s *v, const char *const *path)
{
	return MMDB_aget_value(e, v, path) == MMDB_SUCCESS && v->has_data;
}

/* The number at PATH, of any type that has one; else MISSING. */
static double
value_number(MMDB_entry_s *e, const char *const *path, double missing)
{
	MMDB_entry_data_s v;

	if (!get_value(e, &v, path))
		return missing;
	switch (v.type) {
	case MMDB_DATA_TYPE_DOUBLE:
		return v.double_value;
	case MMDB_DATA_TYPE_FLOAT:
		return (double)v.float_value;
	case MMDB_DATA_TYPE_UINT16:
		return v.uint16;
	case MMDB_DATA_TYPE_UINT32:
		return v.uint32;
	case MMDB_DATA_TYPE_INT32:
		return v.int32;
	default:
		return missing;
	}
}

/* 1 if there is text at PATH, or another value that is not empty. */
static int
get_any(MMDB_entry_s *e, const char *const *path)
{
	MMDB_entry_data_s v;

	return get_value(e, &v, path) && v.data_size > 0;
}

/* A region code at PATH, in upper case. */
static int
get_code(MMDB_entry_s *e, const char *const *path, char code[3])
{
	MMDB_entry_data_s v;
	size_t i;

	if (!get_value(e, &v, path) || v.type != MMDB_DATA_TYPE_UTF8_STRING ||
	    v.data_size != 2)
		return 0;
	for (i = 0; i < 2; i++) {
		code[i] = (char)toupper((unsigned char)v.utf8_string[i]);
		if (code[i] < 'A' || code[i] > 'Z')
			return 0;
	}
	code[2] = '\0';
	for (i = 0; i < COUNT(aliases); i++)
		if (strcmp(code, aliases[i].from) == 0)
			memcpy(code, aliases[i].to, 3);
	return 1;
}

/* Names from the record down to a value. */
#define PATH(...)	((const char *const []){ __VA_ARGS__, NULL })

/* Returns 0 if it cannot be used. */
static int
read_record(MMDB_entry_s *e, struct record *r)
{
	double id;

	memset(r, 0, sizeof(*r));
	/* First as MaxMind's files have it, then as those made from DB-IP's. */
	if (get_code(e, PATH("country", "iso_code"), r->code)) {
		r->lat = value_number(e, PATH("location", "latitude"), NAN);
		r->lon = value_number(e, PATH("location", "longitude"), NAN);
		r->accuracy_km = value_number(e, PATH("location",
		    "accuracy_radius"), 0);
		id = value_number(e, PATH("city", "geoname_id"), 0);
		r->city = id > 0 && id <= UINT32_MAX ? (uint32_t)id : 0;
		r->has_city = r->city != 0 ||
		    get_any(e, PATH("city", "names", "en"));
		r->has_subdivision = get_any(e, PATH("subdivisions", "0"));
	} else if (get_code(e, PATH("country_code"), r->code)) {
		r->lat = value_number(e, PATH("latitude"), NAN);
		r->lon = value_number(e, PATH("longitude"), NAN);
		r->has_city = get_any(e, PATH("city"));
		r->has_subdivision = get_any(e, PATH("state1"));
	} else
		return 0;
	/* NaN is outside, too. */
	return fabs(r->lat) <= 90 && fabs(r->lon) <= 180;
}

/* How likely it is that the place is right. */
static double
score_of(const struct record *r)
{
	size_t i;

	if (!r->has_city)
		return COUNTRY_SCORE;
	for (i = 0; i < COUNT(scores); i++)
		if (strstr(scores[i].codes, r->code) != NULL)
			return scores[i].score;
	return CITY_SCORE;
}

/* Half the size of a state or province of a region. */
static double
subdivision_radius_m(const char *code)
{
	size_t i;

	for (i = 0; i < COUNT(subdivisions); i++)
		if (strcmp(code, subdivisions[i].code) == 0)
			return subdivisions[i].radius_km * 1000.0;
	return SUBDIVISION_RADIUS_KM * 1000.0;
}

/* Half the size of a city, of which only the largest are listed. */
static double
city_radius_m(uint32_t id)
{
	size_t i;

	for (i = 0; i < COUNT(cities); i++)
		if (id == cities[i].id)
			return cities[i].radius_km * 1000.0;
	return CITY_RADIUS_KM * 1000.0;
}

/* Fill IP in from a record that can be used. */
static void
judge_record(const struct record *r, struct geo_ip *ip)
{
	int region = geo_region_find(r->code);
	double radius_m;

	memcpy(ip->code, r->code, sizeof(ip->code));
	/* Seven decimals, as positions are everywhere. */
	ip->lat = rint(r->lat * 1e7) / 1e7;
	ip->lon = rint(r->lon * 1e7) / 1e7;
	ip->score = score_of(r);
	ip->region_radius_m = region == GEO_REGION_NONE ? REGION_RADIUS_M :
	    geo_region_radius_m(region);
	/* Nothing is larger than the region. */
	radius_m = ip->region_radius_m;
	if (r->accuracy_km > 0)
		radius_m = fmin(radius_m, r->accuracy_km * 1000.0);
	if (r->has_subdivision)
		radius_m = fmin(radius_m, subdivision_radius_m(r->code));
	if (r->has_city)
		radius_m = fmin(radius_m, city_radius_m(r->city));
	assert(radius_m > 0);
	ip->radius_m = radius_m;
}

int
geoip_record_read(MMDB_entry_s *e, struct geo_ip *ip)
{
	struct record r;

	if (!read_record(e, &r))
		return 0;
	judge_record(&r, ip);
	return 1;
}
