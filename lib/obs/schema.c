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
 * radio: entries are judged by their first field.
 */
#include "obs/report.h"
#include "obs/schema.h"

/* Beacons and access points, by the names of geosubmit and of submit. */
static const struct obs_schema_field blue[] = {
	{ .in = "macAddress", .type = OBS_SCHEMA_TEXT },
	{ .in = "age", .type = OBS_SCHEMA_INT },
	{ .in = "name", .type = OBS_SCHEMA_NAME },
	{ .in = "signalStrength", .type = OBS_SCHEMA_INT },
	{ 0 }
}, blue_short[] = {
	{ .in = "key", .type = OBS_SCHEMA_TEXT, .out = "macAddress" },
	{ .in = "age", .type = OBS_SCHEMA_INT },
	{ .in = "name", .type = OBS_SCHEMA_NAME },
	{ .in = "signal", .type = OBS_SCHEMA_INT, .out = "signalStrength" },
	{ 0 }
}, wifi[] = {
	{ .in = "macAddress", .type = OBS_SCHEMA_TEXT },
	{ .in = "age", .type = OBS_SCHEMA_INT },
	{ .in = "channel", .type = OBS_SCHEMA_INT },
	{ .in = "frequency", .type = OBS_SCHEMA_INT },
	{ .in = "radioType", .type = OBS_SCHEMA_TEXT },
	{ .in = "signalStrength", .type = OBS_SCHEMA_INT },
	{ .in = "signalToNoiseRatio", .type = OBS_SCHEMA_INT },
	{ .in = "ssid", .type = OBS_SCHEMA_NAME },
	{ 0 }
}, wifi_short[] = {
	{ .in = "key", .type = OBS_SCHEMA_TEXT, .out = "macAddress" },
	{ .in = "age", .type = OBS_SCHEMA_INT },
	{ .in = "channel", .type = OBS_SCHEMA_INT },
	{ .in = "frequency", .type = OBS_SCHEMA_INT },
	{ .in = "radio", .type = OBS_SCHEMA_TEXT, .out = "radioType" },
	{ .in = "signal", .type = OBS_SCHEMA_INT, .out = "signalStrength" },
	{ .in = "signalToNoiseRatio", .type = OBS_SCHEMA_INT },
	{ .in = "ssid", .type = OBS_SCHEMA_NAME },
	{ 0 }
};

/* What Google and others call the identities of NR cells. */
#define NCI	\
	{ .in = "newRadioCellId", .type = OBS_SCHEMA_NCI, .out = "cellId" }
#define PCI	{ .in = "pci", .type = OBS_SCHEMA_ALIAS, \
		    .out = "primaryScramblingCode" }

/* Cells of the two geosubmit forms, which differ in one name. */
#define CELL_FIELDS(psc) \
	{ .in = "radioType", .type = OBS_SCHEMA_RADIO }, \
	{ .in = "mobileCountryCode", .type = OBS_SCHEMA_INT }, \
	{ .in = "mobileNetworkCode", .type = OBS_SCHEMA_INT }, \
	{ .in = "locationAreaCode", .type = OBS_SCHEMA_INT }, \
	{ .in = "cellId", .type = OBS_SCHEMA_INT }, \
	NCI, \
	{ .in = "age", .type = OBS_SCHEMA_INT }, \
	{ .in = "asu", .type = OBS_SCHEMA_INT }, \
	{ .in = psc, .type = OBS_SCHEMA_INT, .out = "primaryScramblingCode" }, \
	PCI, \
	{ .in = "serving", .type = OBS_SCHEMA_INT }, \
	{ .in = "signalStrength", .type = OBS_SCHEMA_INT }, \
	{ .in = "timingAdvance", .type = OBS_SCHEMA_INT }, \
	{ 0 }

/* One table for each form; the short one is spelled differently throughout. */
static const struct obs_schema_field cell2[] = {
	CELL_FIELDS("primaryScramblingCode")
}, cell1[] = {
	CELL_FIELDS("psc")
}, cell_short[] = {
	{ .in = "radio", .type = OBS_SCHEMA_RADIO, .out = "radioType" },
	{ .in = "mcc", .type = OBS_SCHEMA_INT, .out = "mobileCountryCode" },
	{ .in = "mnc", .type = OBS_SCHEMA_INT, .out = "mobileNetworkCode" },
	{ .in = "lac", .type = OBS_SCHEMA_INT, .out = "locationAreaCode" },
	{ .in = "cid", .type = OBS_SCHEMA_INT, .out = "cellId" },
	NCI,
	{ .in = "age", .type = OBS_SCHEMA_INT },
	{ .in = "asu", .type = OBS_SCHEMA_INT },
	{ .in = "psc", .type = OBS_SCHEMA_INT, .out = "primaryScramblingCode" },
	PCI,
	{ .in = "serving", .type = OBS_SCHEMA_INT },
	{ .in = "signal", .type = OBS_SCHEMA_INT, .out = "signalStrength" },
	{ .in = "ta", .type = OBS_SCHEMA_INT, .out = "timingAdvance" },
	{ 0 }
};

/* A position of geosubmit v2 is an object of its own. */
static const struct obs_schema_field position2[] = {
	{ .in = "latitude", .type = OBS_SCHEMA_FLOAT },
	{ .in = "longitude", .type = OBS_SCHEMA_FLOAT },
	{ .in = "accuracy", .type = OBS_SCHEMA_FLOAT },
	{ .in = "age", .type = OBS_SCHEMA_INT },
	{ .in = "altitude", .type = OBS_SCHEMA_FLOAT },
	{ .in = "altitudeAccuracy", .type = OBS_SCHEMA_FLOAT },
	{ .in = "heading", .type = OBS_SCHEMA_FLOAT },
	{ .in = "pressure", .type = OBS_SCHEMA_FLOAT },
	{ .in = "speed", .type = OBS_SCHEMA_FLOAT },
	{ .in = "source", .type = OBS_SCHEMA_SOURCE },
	{ 0 }
};

/* The position of the two older forms, whose members are the report's. */
#define FLAT_FIELDS(lat, lon, alt_accuracy) \
	{ .in = lat, .type = OBS_SCHEMA_FLOAT, .out = "latitude" }, \
	{ .in = lon, .type = OBS_SCHEMA_FLOAT, .out = "longitude" }, \
	{ .in = "accuracy", .type = OBS_SCHEMA_FLOAT }, \
	{ .in = "altitude", .type = OBS_SCHEMA_FLOAT }, \
	{ .in = alt_accuracy, .type = OBS_SCHEMA_FLOAT, \
	    .out = "altitudeAccuracy" }, \
	{ .in = "age", .type = OBS_SCHEMA_INT }, \
	{ .in = "heading", .type = OBS_SCHEMA_FLOAT }, \
	{ .in = "pressure", .type = OBS_SCHEMA_FLOAT }, \
	{ .in = "speed", .type = OBS_SCHEMA_FLOAT }, \
	{ .in = "source", .type = OBS_SCHEMA_SOURCE }, \
	{ 0 }

/* /v1/geosubmit spells the names out, /v1/submit has its own. */
static const struct obs_schema_field position1[] = {
	FLAT_FIELDS("latitude", "longitude", "altitudeAccuracy")
}, position_short[] = {
	FLAT_FIELDS("lat", "lon", "altitude_accuracy")
};

/* Reports of the two geosubmit forms. */
#define REPORT_FIELDS(cell, position_type, position) \
	{ .in = "carrier", .type = OBS_SCHEMA_TEXT }, \
	{ .in = "homeMobileCountryCode", .type = OBS_SCHEMA_INT }, \
	{ .in = "homeMobileNetworkCode", .type = OBS_SCHEMA_INT }, \
	{ .in = "radioType", .type = OBS_SCHEMA_REPORT_RADIO }, \
	{ .in = "timestamp", .type = OBS_SCHEMA_STAMP }, \
	{ .in = "bluetoothBeacons", .type = OBS_SCHEMA_BLUES, .sub = blue }, \
	{ .in = "wifiAccessPoints", .type = OBS_SCHEMA_WIFIS, .sub = wifi }, \
	{ .in = "cellTowers", .type = OBS_SCHEMA_CELLS, .sub = cell }, \
	{ .in = "optOut", .type = OBS_SCHEMA_OPTOUT }, \
	{ .in = "position", .type = position_type, .sub = position }, \
	{ 0 }

/* In the short form the lists stand in another order, as Ichnaea had it. */
static const struct obs_schema_field report2[] = {
	REPORT_FIELDS(cell2, OBS_SCHEMA_OBJECT, position2)
}, report1[] = {
	REPORT_FIELDS(cell1, OBS_SCHEMA_FLAT, position1)
}, report_short[] = {
	{ .in = "radio", .type = OBS_SCHEMA_REPORT_RADIO },
	{ .in = "time", .type = OBS_SCHEMA_TIME, .out = "timestamp" },
	{ .in = "blue", .type = OBS_SCHEMA_BLUES, .out = "bluetoothBeacons",
	    .sub = blue_short },
	{ .in = "cell", .type = OBS_SCHEMA_CELLS, .out = "cellTowers",
	    .sub = cell_short },
	{ .in = "wifi", .type = OBS_SCHEMA_WIFIS, .out = "wifiAccessPoints",
	    .sub = wifi_short },
	{ .in = "optOut", .type = OBS_SCHEMA_OPTOUT },
	{ .in = "position", .type = OBS_SCHEMA_FLAT, .sub = position_short },
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
