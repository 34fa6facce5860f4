/* SPDX-License-Identifier: ISC */
/*
 * The three forms of submission, as tables.  The order of their rows is seen
 * from outside: members are written in it, and faults told in it, as Ichnaea
 * did (which went through members by name in places, hence the different
 * orders).  So a row belongs where it stands.
 *
 * A row that only newer clients have (ALIAS, NCI) stands directly behind the
 * one that it fills in for: obs/report.c looks at its neighbour.  Lists of
 * wifi and Bluetooth networks begin with the address, those of cells with the
 * radio: entries are judged by their first field.  Where the name of a network
 * stands is told beside the table.
 */
#include "obs/report.h"
#include "obs/schema.h"

/* A member, and one that report lines call otherwise. */
#define AS(name, written) \
	.in = name, .inlen = sizeof(name) - 1, \
	.out = ", \"" written "\": ", .outlen = sizeof(written) + 5
#define SAME(name)	AS(name, name)

/* Beacons and access points, by the names of geosubmit and of submit. */
static const struct obs_schema_field blue[] = {
	{ SAME("macAddress"), .type = OBS_SCHEMA_TEXT },
	{ SAME("age"), .type = OBS_SCHEMA_INT },
	{ SAME("name"), .type = OBS_SCHEMA_NAME },
	{ SAME("signalStrength"), .type = OBS_SCHEMA_INT },
	{ 0 }
}, blue_short[] = {
	{ AS("key", "macAddress"), .type = OBS_SCHEMA_TEXT },
	{ SAME("age"), .type = OBS_SCHEMA_INT },
	{ SAME("name"), .type = OBS_SCHEMA_NAME },
	{ AS("signal", "signalStrength"), .type = OBS_SCHEMA_INT },
	{ 0 }
}, wifi[] = {
	{ SAME("macAddress"), .type = OBS_SCHEMA_TEXT },
	{ SAME("age"), .type = OBS_SCHEMA_INT },
	{ SAME("channel"), .type = OBS_SCHEMA_INT },
	{ SAME("frequency"), .type = OBS_SCHEMA_INT },
	{ SAME("radioType"), .type = OBS_SCHEMA_TEXT },
	{ SAME("signalStrength"), .type = OBS_SCHEMA_INT },
	{ SAME("signalToNoiseRatio"), .type = OBS_SCHEMA_INT },
	{ SAME("ssid"), .type = OBS_SCHEMA_NAME },
	{ 0 }
}, wifi_short[] = {
	{ AS("key", "macAddress"), .type = OBS_SCHEMA_TEXT },
	{ SAME("age"), .type = OBS_SCHEMA_INT },
	{ SAME("channel"), .type = OBS_SCHEMA_INT },
	{ SAME("frequency"), .type = OBS_SCHEMA_INT },
	{ AS("radio", "radioType"), .type = OBS_SCHEMA_TEXT },
	{ AS("signal", "signalStrength"), .type = OBS_SCHEMA_INT },
	{ SAME("signalToNoiseRatio"), .type = OBS_SCHEMA_INT },
	{ SAME("ssid"), .type = OBS_SCHEMA_NAME },
	{ 0 }
};

/* Which of these fields is the name. */
#define BLUE_NAME	2
#define WIFI_NAME	7

/* What Google and others call the identities of NR cells. */
#define NCI	\
	{ AS("newRadioCellId", "cellId"), .type = OBS_SCHEMA_NCI }
#define PCI	{ AS("pci", "primaryScramblingCode"), .type = OBS_SCHEMA_ALIAS }

/* Cells of the two geosubmit forms, which differ in one name. */
#define CELL_FIELDS(psc) \
	{ SAME("radioType"), .type = OBS_SCHEMA_RADIO }, \
	{ SAME("mobileCountryCode"), .type = OBS_SCHEMA_INT }, \
	{ SAME("mobileNetworkCode"), .type = OBS_SCHEMA_INT }, \
	{ SAME("locationAreaCode"), .type = OBS_SCHEMA_INT }, \
	{ SAME("cellId"), .type = OBS_SCHEMA_INT }, \
	NCI, \
	{ SAME("age"), .type = OBS_SCHEMA_INT }, \
	{ SAME("asu"), .type = OBS_SCHEMA_INT }, \
	{ AS(psc, "primaryScramblingCode"), .type = OBS_SCHEMA_INT }, \
	PCI, \
	{ SAME("serving"), .type = OBS_SCHEMA_INT }, \
	{ SAME("signalStrength"), .type = OBS_SCHEMA_INT }, \
	{ SAME("timingAdvance"), .type = OBS_SCHEMA_INT }, \
	{ 0 }

/* One table for each form; the short one is spelled differently throughout. */
static const struct obs_schema_field cell2[] = {
	CELL_FIELDS("primaryScramblingCode")
}, cell1[] = {
	CELL_FIELDS("psc")
}, cell_short[] = {
	{ AS("radio", "radioType"), .type = OBS_SCHEMA_RADIO },
	{ AS("mcc", "mobileCountryCode"), .type = OBS_SCHEMA_INT },
	{ AS("mnc", "mobileNetworkCode"), .type = OBS_SCHEMA_INT },
	{ AS("lac", "locationAreaCode"), .type = OBS_SCHEMA_INT },
	{ AS("cid", "cellId"), .type = OBS_SCHEMA_INT },
	NCI,
	{ SAME("age"), .type = OBS_SCHEMA_INT },
	{ SAME("asu"), .type = OBS_SCHEMA_INT },
	{ AS("psc", "primaryScramblingCode"), .type = OBS_SCHEMA_INT },
	PCI,
	{ SAME("serving"), .type = OBS_SCHEMA_INT },
	{ AS("signal", "signalStrength"), .type = OBS_SCHEMA_INT },
	{ AS("ta", "timingAdvance"), .type = OBS_SCHEMA_INT },
	{ 0 }
};

/* A position of geosubmit v2 is an object of its own. */
static const struct obs_schema_field position2[] = {
	{ SAME("latitude"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("longitude"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("accuracy"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("age"), .type = OBS_SCHEMA_INT },
	{ SAME("altitude"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("altitudeAccuracy"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("heading"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("pressure"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("speed"), .type = OBS_SCHEMA_FLOAT },
	{ SAME("source"), .type = OBS_SCHEMA_SOURCE },
	{ 0 }
};

/* The position of the two older forms, whose members are the report's. */
#define FLAT_FIELDS(lat, lon, alt_accuracy) \
	{ AS(lat, "latitude"), .type = OBS_SCHEMA_FLOAT }, \
	{ AS(lon, "longitude"), .type = OBS_SCHEMA_FLOAT }, \
	{ SAME("accuracy"), .type = OBS_SCHEMA_FLOAT }, \
	{ SAME("altitude"), .type = OBS_SCHEMA_FLOAT }, \
	{ AS(alt_accuracy, "altitudeAccuracy"), .type = OBS_SCHEMA_FLOAT }, \
	{ SAME("age"), .type = OBS_SCHEMA_INT }, \
	{ SAME("heading"), .type = OBS_SCHEMA_FLOAT }, \
	{ SAME("pressure"), .type = OBS_SCHEMA_FLOAT }, \
	{ SAME("speed"), .type = OBS_SCHEMA_FLOAT }, \
	{ SAME("source"), .type = OBS_SCHEMA_SOURCE }, \
	{ 0 }

/* /v1/geosubmit spells the names out, /v1/submit has its own. */
static const struct obs_schema_field position1[] = {
	FLAT_FIELDS("latitude", "longitude", "altitudeAccuracy")
}, position_short[] = {
	FLAT_FIELDS("lat", "lon", "altitude_accuracy")
};

/* Reports of the two geosubmit forms. */
#define REPORT_FIELDS(cell, position_type, position) \
	{ SAME("carrier"), .type = OBS_SCHEMA_TEXT }, \
	{ SAME("homeMobileCountryCode"), .type = OBS_SCHEMA_INT }, \
	{ SAME("homeMobileNetworkCode"), .type = OBS_SCHEMA_INT }, \
	{ SAME("radioType"), .type = OBS_SCHEMA_REPORT_RADIO }, \
	{ SAME("timestamp"), .type = OBS_SCHEMA_STAMP }, \
	{ SAME("bluetoothBeacons"), .type = OBS_SCHEMA_BLUES, .sub = blue, \
	    .name = BLUE_NAME }, \
	{ SAME("wifiAccessPoints"), .type = OBS_SCHEMA_WIFIS, .sub = wifi, \
	    .name = WIFI_NAME }, \
	{ SAME("cellTowers"), .type = OBS_SCHEMA_CELLS, .sub = cell }, \
	{ SAME("optOut"), .type = OBS_SCHEMA_OPTOUT }, \
	{ SAME("optOutName"), .type = OBS_SCHEMA_OPTOUT_NAME }, \
	{ SAME("position"), .type = position_type, .sub = position }, \
	{ 0 }

/* In the short form the lists stand in another order, as Ichnaea had it. */
static const struct obs_schema_field report2[] = {
	REPORT_FIELDS(cell2, OBS_SCHEMA_OBJECT, position2)
}, report1[] = {
	REPORT_FIELDS(cell1, OBS_SCHEMA_FLAT, position1)
}, report_short[] = {
	{ SAME("radio"), .type = OBS_SCHEMA_REPORT_RADIO },
	{ AS("time", "timestamp"), .type = OBS_SCHEMA_TIME },
	{ AS("blue", "bluetoothBeacons"), .type = OBS_SCHEMA_BLUES,
	    .sub = blue_short, .name = BLUE_NAME },
	{ AS("cell", "cellTowers"), .type = OBS_SCHEMA_CELLS,
	    .sub = cell_short },
	{ AS("wifi", "wifiAccessPoints"), .type = OBS_SCHEMA_WIFIS,
	    .sub = wifi_short, .name = WIFI_NAME },
	{ SAME("optOut"), .type = OBS_SCHEMA_OPTOUT },
	{ SAME("optOutName"), .type = OBS_SCHEMA_OPTOUT_NAME },
	{ SAME("position"), .type = OBS_SCHEMA_FLAT, .sub = position_short },
	{ 0 }
};

const struct obs_schema_field *const obs_schema_report[] = {
	[OBS_REPORT_GEOSUBMIT2] = report2,
	[OBS_REPORT_GEOSUBMIT1] = report1,
	[OBS_REPORT_SUBMIT1] = report_short,
};

/* What clients say and what is written; the last two are our extension. */
const struct obs_schema_word obs_schema_sources[] = {
	{ "fixed", "fixed", 0 },
	{ "gnss", "gnss", 0 },
	{ "fused", "fused", 0 },
	{ "query", "query", 0 },
	{ "gps", "gnss", 1 },
	{ "manual", "fixed", 1 },
	{ 0 }
};
