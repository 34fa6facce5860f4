/* SPDX-License-Identifier: ISC */
/*
 * One walk writes the networks of a query in the words of any service: a table
 * for each form and kind of network says which fields it has, under which
 * names and in which order.  A field that is not known is left out, never
 * null, as several services refuse null.
 *
 * Google's interface is the odd one: an NR cell has its id in a member of its
 * own, so the id stands in its table twice and is unknown once.  Ichnaea has
 * no frequency of wifi, and neither Google nor Unwired Labs know Bluetooth.
 *
 * A new service is a row of forms[] and its tables, and no code, unless it
 * says something that no other does.
 */
#include <assert.h>

#include "api/form.h"
#include "json/write.h"
#include "locate/query.h"

/* What there is to say of a network, under whatever name. */
enum what {
	MAC, AGE, SIGNAL, NAME, CHANNEL, FREQUENCY, SNR,
	RADIO, MCC, MNC, LAC, CID, OLD_CID, NEW_CID, PSC, ASU, TA
};

struct field {
	const char	*name;		/* NULL: end of the table */
	enum what	 what;
};

/* What identifies a cell stands first in all forms but Unwired Labs'. */
#define AREA_ID								\
	{ "radioType", RADIO }, { "mobileCountryCode", MCC },		\
	{ "mobileNetworkCode", MNC }, { "locationAreaCode", LAC }
#define CELL_ID		AREA_ID, { "cellId", CID }

/* Reports are read by lib/obs, which knows all fields. */
static const struct field report_blue[] = {
	{ "macAddress", MAC }, { "age", AGE }, { "signalStrength", SIGNAL },
	{ "name", NAME }, { NULL, 0 }
};
static const struct field report_cell[] = {
	CELL_ID, { "primaryScramblingCode", PSC }, { "age", AGE },
	{ "asu", ASU }, { "signalStrength", SIGNAL },
	{ "timingAdvance", TA }, { NULL, 0 }
};
static const struct field report_wifi[] = {
	{ "macAddress", MAC }, { "age", AGE }, { "channel", CHANNEL },
	{ "frequency", FREQUENCY }, { "signalStrength", SIGNAL },
	{ "signalToNoiseRatio", SNR }, { "ssid", NAME }, { NULL, 0 }
};

/* As Ichnaea sent it to its own kind: no ASU, no frequency of wifi. */
static const struct field ichnaea_blue[] = {
	{ "macAddress", MAC }, { "age", AGE }, { "name", NAME },
	{ "signalStrength", SIGNAL }, { NULL, 0 }
};
static const struct field ichnaea_cell[] = {
	CELL_ID, { "primaryScramblingCode", PSC }, { "age", AGE },
	{ "signalStrength", SIGNAL }, { "timingAdvance", TA }, { NULL, 0 }
};
static const struct field ichnaea_wifi[] = {
	{ "macAddress", MAC }, { "age", AGE }, { "channel", CHANNEL },
	{ "signalStrength", SIGNAL }, { "signalToNoiseRatio", SNR },
	{ "ssid", NAME }, { NULL, 0 }
};

/* Google takes no id of NR but as newRadioCellId, and no scrambling code. */
static const struct field google_cell[] = {
	AREA_ID, { "cellId", OLD_CID }, { "newRadioCellId", NEW_CID },
	{ "age", AGE }, { "signalStrength", SIGNAL },
	{ "timingAdvance", TA }, { NULL, 0 }
};
static const struct field google_wifi[] = {
	{ "macAddress", MAC }, { "age", AGE }, { "channel", CHANNEL },
	{ "signalStrength", SIGNAL }, { "signalToNoiseRatio", SNR },
	{ NULL, 0 }
};

/* Names of two or three letters. */
static const struct field unwired_cell[] = {
	{ "radio", RADIO }, { "lac", LAC }, { "cid", CID }, { "mcc", MCC },
	{ "mnc", MNC }, { "signal", SIGNAL }, { "tA", TA }, { "psc", PSC },
	{ "asu", ASU }, { NULL, 0 }
};
static const struct field unwired_wifi[] = {
	{ "bssid", MAC }, { "channel", CHANNEL }, { "frequency", FREQUENCY },
	{ "signal", SIGNAL }, { "signalToNoiseRatio", SNR }, { NULL, 0 }
};

/* The list of one kind of network: its name, and the fields of an entry. */
struct list {
	const char		*name;
	const struct field	*field;		/* NULL: not in this form */
};

static const struct form {
	struct list	blue, cell, wifi;
} forms[] = {
	[API_FORM_REPORT] = { { "bluetoothBeacons", report_blue },
	    { "cellTowers", report_cell },
	    { "wifiAccessPoints", report_wifi } },
	[API_FORM_ICHNAEA] = { { "bluetoothBeacons", ichnaea_blue },
	    { "cellTowers", ichnaea_cell },
	    { "wifiAccessPoints", ichnaea_wifi } },
	[API_FORM_GOOGLE] = { { NULL, NULL },
	    { "cellTowers", google_cell },
	    { "wifiAccessPoints", google_wifi } },
	[API_FORM_UNWIRED] = { { NULL, NULL }, { "cells", unwired_cell },
	    { "wifi", unwired_wifi } }
};

/* Field WHAT of a wifi or beacon as a number; unknown, too, if it is none. */
static int64_t
mac_field(const struct locate_mac *m, enum what what)
{
	switch (what) {
	case AGE:
		return m->age_ms;
	case SIGNAL:
		return m->signal_dbm;
	case CHANNEL:
		return m->channel;
	case FREQUENCY:
		return m->frequency_mhz;
	case SNR:
		return m->snr_db;
	default:
		return LOCATE_UNKNOWN;
	}
}

/* The same of a cell.  Areas have no id, which is then unknown. */
static int64_t
cell_field(const struct locate_cell *c, enum what what)
{
	int is_new = c->cell.type == RADIO_CELL_NR;

	switch (what) {
	case AGE:
		return c->age_ms;
	case SIGNAL:
		return c->cell.signal_dbm;
	case MCC:
		return c->cell.mcc;
	case MNC:
		return c->cell.mnc;
	case LAC:
		return c->cell.lac;
	case CID:
		return c->cell.cid;
	case OLD_CID:
		return is_new ? LOCATE_UNKNOWN : c->cell.cid;
	case NEW_CID:
		return is_new ? c->cell.cid : LOCATE_UNKNOWN;
	case PSC:
		return c->cell.psc;
	case ASU:
		return c->cell.asu;
	case TA:
		return c->cell.ta;
	default:
		return LOCATE_UNKNOWN;
	}
}

/* Member F of access point M, unless it is not known. */
static void
form_mac(struct json_write *w, const struct field *f,
    const struct locate_mac *m)
{
	int64_t v;

	if (f->what == MAC)
		json_write_hex(w, f->name, m->mac, RADIO_MAC_LEN);
	else if (f->what == NAME && m->name != NULL) {
		json_write_value(w, f->name);
		json_write_str(w->b, m->name, m->namelen);
	} else if ((v = mac_field(m, f->what)) != LOCATE_UNKNOWN)
		json_write_i64(w, f->name, v);
}

/* Member F of cell C, unless it is not known. */
static void
form_cell(struct json_write *w, const struct field *f,
    const struct locate_cell *c)
{
	int64_t v;

	if (f->what == RADIO)
		json_write_text(w, f->name,
		    radio_cell_type_name((enum radio_cell_type)c->cell.type));
	else if ((v = cell_field(c, f->what)) != LOCATE_UNKNOWN)
		json_write_i64(w, f->name, v);
}

/* The list L of N access points, if the form has one and any are there. */
static void
form_macs(struct json_write *w, const struct list *l,
    const struct locate_mac *m, size_t n)
{
	const struct field *f;

	if (n == 0 || l->field == NULL)
		return;
	json_write_array(w, l->name);
	for (; n > 0; n--, m++) {
		json_write_object(w, NULL);
		for (f = l->field; f->name != NULL; f++)
			form_mac(w, f, m);
		json_write_end(w);
	}
	json_write_end(w);
}

/* The list L of N cells.  All forms have one. */
static void
form_cells(struct json_write *w, const struct list *l,
    const struct locate_cell *c, size_t n)
{
	const struct field *f;

	assert(l->field != NULL);
	if (n == 0)
		return;
	json_write_array(w, l->name);
	for (; n > 0; n--, c++) {
		json_write_object(w, NULL);
		for (f = l->field; f->name != NULL; f++)
			form_cell(w, f, c);
		json_write_end(w);
	}
	json_write_end(w);
}

/*
 * No receiver cares about the order of the lists; it is fixed so that equal
 * queries make equal bodies.
 */
void
api_form_write(struct json_write *w, enum api_form_kind kind,
    const struct locate_query *q)
{
	const struct form *f = &forms[kind];

	form_macs(w, &f->blue, q->blue, q->nblue);
	form_cells(w, &f->cell, q->cell, q->ncell);
	form_macs(w, &f->wifi, q->wifi, q->nwifi);
}
