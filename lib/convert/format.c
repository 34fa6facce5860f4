/* SPDX-License-Identifier: ISC */
/*
 * Names of files say little: recordings are called .csv, .txt or .db, and are
 * renamed by whoever sends them.  So a format is known by how its file begins,
 * of tables by their first columns.
 *
 * One table has all formats; the program and its manual page need nothing else
 * to know one by its name.  A new format is a line there and one that tells
 * how its files begin, and is then also found in archives and in compressed
 * files.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "convert/airodump.h"
#include "convert/dbs.h"
#include "convert/format.h"
#include "convert/kismetxml.h"
#include "convert/neostumbler.h"
#include "convert/openbmap.h"
#include "convert/sink.h"
#include "convert/tower.h"
#include "convert/track.h"
#include "convert/wigle.h"
#include "convert/xml.h"

/* Places in the table, whose names -f lists in this order. */
enum {
	AIRODUMP, AIRODUMP_CSV, AIRODUMP_KISMET, GEOSUBMIT, GPSD, GPSXML,
	KISMETDB, KISMET_WIGLE, MOZSTUMBLER, NEOSTUMBLER, NEOSTUMBLER_DB,
	NETXML, OPENBMAP, OPENCELLID, TOWER, TOWER_GPX, TOWER_KML, WIGLE,
	WIGLE_DB, ZIP
};

const struct convert_format convert_format_table[] = {
	[AIRODUMP] = { "airodump", "log of airodump-ng",
	    CONVERT_FORMAT_ROWS, .rows = &convert_airodump_log_format },
	[AIRODUMP_CSV] = { "airodump-csv", "CSV of airodump-ng, which has no "
	    "positions", CONVERT_FORMAT_ROWS,
	    .rows = &convert_airodump_csv_format },
	[AIRODUMP_KISMET] = { "airodump-kismet", "Kismet CSV of airodump-ng",
	    CONVERT_FORMAT_ROWS, .rows = &convert_airodump_kismet_format },
	[GEOSUBMIT] = { "geosubmit", "reports in JSON", CONVERT_FORMAT_JSON,
	    .rows = NULL },
	[GPSD] = { "gpsd", "log of gpsd, which has no networks",
	    CONVERT_FORMAT_JSON, .rows = NULL },
	[GPSXML] = { "gpsxml", "gpsxml of Kismet", CONVERT_FORMAT_XML,
	    .xml = &convert_kismetxml_gps_format },
	[KISMETDB] = { "kismet", "database of Kismet", CONVERT_FORMAT_DB,
	    .is_db = convert_dbs_is_kismet, .read_db = convert_dbs_kismet },
	[KISMET_WIGLE] = { "kismet-wigle", "WiGLE CSV of Kismet",
	    CONVERT_FORMAT_ROWS, .rows = &convert_wigle_kismet_format },
	[MOZSTUMBLER] = { "mozstumbler", "reports of MozStumbler",
	    CONVERT_FORMAT_JSON, .mozstumbler = 1 },
	[NEOSTUMBLER] = { "neostumbler", "CSV of NeoStumbler",
	    CONVERT_FORMAT_ROWS, .rows = &convert_neostumbler_format },
	[NEOSTUMBLER_DB] = { "neostumbler-db", "database of NeoStumbler",
	    CONVERT_FORMAT_DB, .is_db = convert_dbs_is_neostumbler,
	    .read_db = convert_dbs_neostumbler },
	[NETXML] = { "netxml", "netxml of Kismet", CONVERT_FORMAT_XML,
	    .xml = &convert_kismetxml_net_format },
	[OPENBMAP] = { "openbmap", "XML of openBmap", CONVERT_FORMAT_XML,
	    .xml = &convert_openbmap_format },
	[OPENCELLID] = { "opencellid", "upload CSV of OpenCellID",
	    CONVERT_FORMAT_ROWS, .rows = &convert_tower_ocid_format },
	[TOWER] = { "towercollector", "CSV of Tower Collector",
	    CONVERT_FORMAT_ROWS, .rows = &convert_tower_format },
	[TOWER_GPX] = { "towercollector-gpx", "GPX of Tower Collector",
	    CONVERT_FORMAT_XML, .xml = &convert_track_gpx_format },
	[TOWER_KML] = { "towercollector-kml", "KML of Tower Collector",
	    CONVERT_FORMAT_XML, .xml = &convert_track_kml_format },
	[WIGLE] = { "wigle", "WiGLE CSV", CONVERT_FORMAT_ROWS,
	    .rows = &convert_wigle_format },
	[WIGLE_DB] = { "wigle-db", "database of WiGLE", CONVERT_FORMAT_DB,
	    .is_db = convert_dbs_is_wigle, .read_db = convert_dbs_wigle },
	[ZIP] = { "zip", "archive", CONVERT_FORMAT_ZIP, .rows = NULL },
};

const size_t convert_format_count =
    sizeof(convert_format_table) / sizeof(convert_format_table[0]);

/*
 * How first lines begin, in any case of letters.  As many columns are named as
 * it takes to tell one writer from another, and no more: what stands further
 * to the right has changed with the versions of most of them.
 */
static const struct {
	const char	*start;
	int		 format;	/* its place in the table */
} starts[] = {
	{ "WigleWifi-", WIGLE },
	{ "MAC,SSID,AuthMode,", WIGLE },
	{ "mcc,mnc,lac,cell_id,", TOWER },
	{ "lat,lon,mcc,mnc,sid,lac,tac,", OPENCELLID },
	{ "timestamp,latitude,longitude,locationAccuracy,", NEOSTUMBLER },
	{ "LocalTime, GPSTime,", AIRODUMP },
	{ "LocalTime,GPSTime,", AIRODUMP },
	{ "Network;NetType;ESSID;BSSID;", AIRODUMP_KISMET },
	{ "BSSID, First time seen,", AIRODUMP_CSV },
};

/* The first element of an XML file, without the prefix of its namespace. */
struct root {
	char	name[32];
};

/*
 * For the reader of XML.  Its state is a pointer to the caller's root, as the
 * state itself is gone with the reader.  Only the first element is of
 * interest, whose path is its name.
 */
static void
root_begin(void *state, struct convert_sink *s, const char *path,
    const char **attributes)
{
	struct root **r = state;

	(void)s, (void)attributes;
	if ((*r)->name[0] == '\0')
		strlcpy((*r)->name, path, sizeof((*r)->name));
}

/* The reader calls it for every element; nothing needs their text. */
static void
root_end(void *state, struct convert_sink *s, const char *path,
    const char *text)
{
	(void)state, (void)s, (void)path, (void)text;
}

/*
 * What is wrong further on is not asked now.  The first bytes of a file end
 * anywhere, which to expat is an error; and whoever reads the file in earnest
 * tells it again.
 */
static void
tell_nobody(void *arg, uint64_t line, const char *what)
{
	(void)arg, (void)line, (void)what;
}

static const struct convert_xml_format root_format = {
	.state_size = sizeof(struct root *), .begin = root_begin,
	.end = root_end, .lenient = 1,
};

/*
 * The name of the first element, by expat; "" if it finds none.  A search for
 * '<' would not do: there may be comments, a document type and processing
 * instructions before it, and prefixes in the name.
 */
static void
find_root(struct root *r, const char *data, size_t len)
{
	struct convert_sink s = { .tell = tell_nobody };
	struct convert_xml *x;

	r->name[0] = '\0';
	if ((x = convert_xml_new(&s, &root_format, &r, sizeof(r))) == NULL)
		return;
	convert_xml_feed(x, data, len);
	convert_xml_free(x);
}

/*
 * The format of XML by its first element.  GPX and KML are written by
 * everybody, and only Tower Collector puts cells into them, so for these the
 * writer's name has to stand in what was read so far.
 */
static const struct convert_format *
find_xml(const char *data, size_t len)
{
	static const struct {
		const char	*root;
		int		 format;
		const char	*writer;	/* or NULL: any */
	} roots[] = {
		{ "detection-run", NETXML, NULL },
		{ "gps-run", GPSXML, NULL },
		{ "gpx", TOWER_GPX, "Tower Collector" },
		{ "kml", TOWER_KML, "Tower Collector" },
		{ "logfile", OPENBMAP, NULL },
	};
	struct root r;
	size_t i;

	find_root(&r, data, len);
	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strcmp(r.name, roots[i].root) == 0 &&
		    (roots[i].writer == NULL || memmem(data, len,
		    roots[i].writer, strlen(roots[i].writer)) != NULL))
			return &convert_format_table[roots[i].format];
	return NULL;
}

/*
 * The JSON of gpsd has a class at the beginning of every line.  It holds no
 * networks, but a name of its own tells the user why nothing came of it.
 */
static const struct convert_format *
find_json(const char *data, size_t len)
{
	static const char start[] = "{\"class\":";
	const size_t n = sizeof(start) - 1;

	return &convert_format_table[len > n && memcmp(data, start, n) == 0 ?
	    GPSD : GEOSUBMIT];
}

/*
 * The format of text by its first line.  Of files whose first line tells
 * WiGLE's format those of Kismet differ, which their reader finds in the rest
 * of the line.
 */
static const struct convert_format *
find_text_format(const char *data, size_t len)
{
	size_t i, n;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		n = strlen(starts[i].start);
		assert((size_t)starts[i].format < convert_format_count);
		if (len >= n && strncasecmp(data, starts[i].start, n) == 0)
			return &convert_format_table[starts[i].format];
	}
	return NULL;
}

/*
 * Magic numbers come first, as they cannot be mistaken.  Then text: files that
 * were joined may have several byte order marks, and editors leave blank
 * lines.  An archive that is empty begins with the record that ends others.
 */
const struct convert_format *
convert_format_find(const char *data, size_t len)
{
	static const char db[] = "SQLite format 3";	/* and its NUL */

	if (len >= sizeof(db) && memcmp(data, db, sizeof(db)) == 0)
		return &convert_format_table[KISMETDB];
	if (len >= 4 && (memcmp(data, "PK\3\4", 4) == 0 ||
	    memcmp(data, "PK\5\6", 4) == 0))
		return &convert_format_table[ZIP];
	while (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	for (; len > 0 && strchr(" \t\r\n", *data) != NULL &&
	    *data != '\0'; data++)
		len--;
	if (len == 0)
		return NULL;
	if (*data == '<')
		return find_xml(data, len);
	if (*data == '{' || *data == '[')
		return find_json(data, len);
	return find_text_format(data, len);
}

/*
 * All databases of SQLite begin alike, so it is their tables that tell the
 * app.  Each is_db() asks for names that only its own app has together.
 */
const struct convert_format *
convert_format_of_db(struct convert_db *d)
{
	size_t i;

	for (i = 0; i < convert_format_count; i++)
		if (convert_format_table[i].is_db != NULL &&
		    convert_format_table[i].is_db(d))
			return &convert_format_table[i];
	return NULL;
}
