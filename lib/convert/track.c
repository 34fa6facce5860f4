/* SPDX-License-Identifier: ISC */
/*
 * The cells of a point are text in its name; see convert/tower.h.  The last
 * element of the KML has the coordinates of all points again and no name with
 * cells, so it gives nothing.
 */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "convert/obs.h"
#include "convert/sink.h"
#include "convert/stamp.h"
#include "convert/tower.h"
#include "convert/track.h"
#include "convert/xml.h"

#define CELLS_LEN	8192	/* bytes of the cells of a point */

struct point {
	struct convert_obs	o;
	char			cells[CELLS_LEN];	/* the name */
	int			is_bad;		/* told already */
	uint64_t		count;		/* of points, so far */
};

/* Each point is a report of its own, by its number. */
static void
begin_point(struct point *p)
{
	convert_obs_init(&p->o);
	p->cells[0] = '\0';
	p->is_bad = 0;
	p->o.moment = ++p->count;
}

/*
 * Something of the point is not as EXPECTED.  Only the first such thing is
 * told, as a point is one row however many of its values are bad.
 */
static void
spoil_point(struct point *p, struct convert_sink *s, const char *name,
    const char *expected)
{
	if (!p->is_bad)
		convert_sink_bad(s, name, expected);
	p->is_bad = 1;
}

static void
take_point_time(struct point *p, struct convert_sink *s, const char *name,
    const char *text)
{
	if (!convert_stamp_iso(text, strlen(text), NULL, &p->o.time_ms))
		spoil_point(p, s, name, "a time as 2026-03-14T09:26:53Z");
}

/*
 * A point is whole, and its cells go to the sink.  One without cells is
 * counted, as the user wants to know why a track gave nothing.
 */
static void
end_point(struct point *p, struct convert_sink *s)
{
	if (p->is_bad)
		return;
	/* The value 0 stands for "not told". */
	if (p->o.altitude_m == 0)
		p->o.altitude_m = NAN;
	if (convert_tower_text(s, &p->o, p->cells, strlen(p->cells)) == 0)
		convert_sink_skip(s, CONVERT_SINK_NO_ADDRESS);
}

#define POINT	"gpx/trk/trkseg/trkpt"

static void
gpx_begin(void *state, struct convert_sink *s, const char *path,
    const char **attributes)
{
	struct point *p = state;

	if (strcmp(path, POINT) != 0)
		return;
	begin_point(p);
	if (!convert_xml_f64(convert_xml_attribute(attributes, "lat"),
	    &p->o.lat_deg))
		spoil_point(p, s, "lat", "a number");
	if (!convert_xml_f64(convert_xml_attribute(attributes, "lon"),
	    &p->o.lon_deg))
		spoil_point(p, s, "lon", "a number");
}

/*
 * For the reader of XML.  The values of a point are elements, so they come
 * before it ends.  The reader has taken the prefixes off, so that the
 * extension of speed and bearing is found whatever its namespace is called in
 * the file.
 */
static void
gpx_end(void *state, struct convert_sink *s, const char *path,
    const char *text)
{
	struct point *p = state;
	const char *name;
	double *v = NULL;

	if (strcmp(path, POINT) == 0)
		end_point(p, s);
	if (strncmp(path, POINT "/", sizeof(POINT)) != 0)
		return;
	name = path + sizeof(POINT);
	if (strcmp(name, "time") == 0)
		take_point_time(p, s, name, text);
	else if (strcmp(name, "name") == 0)
		strlcpy(p->cells, text, sizeof(p->cells));
	else if (strcmp(name, "ele") == 0)
		v = &p->o.altitude_m;
	else if (strcmp(name, "extensions/TrackPointExtension/speed") == 0)
		v = &p->o.speed_ms;
	else if (strcmp(name, "extensions/TrackPointExtension/bearing") == 0)
		v = &p->o.heading_deg;
	if (v != NULL && !convert_xml_f64(text, v))
		spoil_point(p, s, name, "a number");
}

/* Is the element NAME of a Placemark, in whatever folders that is? */
static int
is_in_placemark(const char *path, const char *name)
{
	size_t len = strlen(path), n = strlen(name);
	static const char mark[] = "Placemark/";
	const size_t m = sizeof(mark) - 1;

	return len >= n + m && strcmp(path + len - n, name) == 0 &&
	    memcmp(path + len - n - m, mark, m) == 0;
}

/* Is PATH that of a Placemark, in whatever folders? */
static int
is_placemark(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && strcmp(slash, "/Placemark") == 0;
}

static void
kml_begin(void *state, struct convert_sink *s, const char *path,
    const char **attributes)
{
	(void)s, (void)attributes;
	if (is_placemark(path))
		begin_point(state);
}

/*
 * The text "longitude,latitude" and perhaps ",altitude": the order is that of
 * KML, not that of everybody else.
 */
static void
take_coordinates(struct point *p, struct convert_sink *s, const char *text)
{
	double *const to[] = { &p->o.lon_deg, &p->o.lat_deg,
	    &p->o.altitude_m };
	size_t i, len;

	text += strspn(text, " \t\r\n");
	for (i = 0; i < 3; i++, text += len + (text[len] == ',')) {
		len = strcspn(text, ", \t\r\n");
		if (len == 0 && i == 2)
			return;
		if (!base_num_f64(text, len, to[i])) {
			spoil_point(p, s, "coordinates",
			    "longitude,latitude,altitude");
			return;
		}
	}
}

/*
 * The number behind WORD in the text, or what was there before.  A description
 * is prose for people; what is not found in it is not missed.
 */
static void
find_number(const char *text, const char *word, double *v)
{
	const char *p = strstr(text, word);

	if (p != NULL) {
		p += strlen(word);
		base_num_f64(p, strspn(p, "-.0123456789"), v);
	}
}

/*
 * For the reader of XML.  Other elements may have a name, too, as the document
 * and its folders; only that of a Placemark tells cells.
 */
static void
kml_end(void *state, struct convert_sink *s, const char *path,
    const char *text)
{
	struct point *p = state;

	if (is_placemark(path))
		end_point(p, s);
	else if (is_in_placemark(path, "name"))
		strlcpy(p->cells, text, sizeof(p->cells));
	else if (is_in_placemark(path, "TimeStamp/when"))
		take_point_time(p, s, "when", text);
	else if (is_in_placemark(path, "Point/coordinates"))
		take_coordinates(p, s, text);
	else if (is_in_placemark(path, "description")) {
		find_number(text, "Speed: ", &p->o.speed_ms);
		find_number(text, "Heading: ", &p->o.heading_deg);
	}
}

const struct convert_xml_format convert_track_gpx_format = {
	.state_size = sizeof(struct point), .begin = gpx_begin,
	.end = gpx_end,
}, convert_track_kml_format = {
	.state_size = sizeof(struct point), .begin = kml_begin,
	.end = kml_end,
};
