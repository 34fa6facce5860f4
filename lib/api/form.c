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
 */
#include <assert.h>

#include "api/form.h"
#include "base/buf.h"
#include "json/write.h"
#include "locate/query.h"

enum what {
	MAC, AGE, SIGNAL, NAME, CHANNEL, FREQUENCY, SNR,
	RADIO, MCC, MNC, LAC, CID, OLD_CID, NEW_CID, PSC, ASU, TA
};

struct field {
	const char	*name;		/* NULL: end of the table */
	enum what	 what;
};

#define AREA_ID								\
	{ "radioType", RADIO }, { "mobileCountryCode", MCC },		\
	{ "mobileNetworkCode", MNC }, { "locationAreaCode", LAC }
#define CELL_ID		AREA_ID, { "cellId", CID }

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

static const struct field unwired_cell[] = {
	{ "radio", RADIO }, { "lac", LAC }, { "cid", CID }, { "mcc", MCC },
	{ "mnc", MNC }, { "signal", SIGNAL }, { "tA", TA }, { "psc", PSC },
	{ "asu", ASU }, { NULL, 0 }
};
static const struct field unwired_wifi[] = {
	{ "bssid", MAC }, { "channel", CHANNEL }, { "frequency", FREQUENCY },
	{ "signal", SIGNAL }, { "signalToNoiseRatio", SNR }, { NULL, 0 }
};

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

/*
 * A comma and a blank, unless nothing stands before in the same brackets.  So
 * the members before these, which the caller wrote, need no flag.
 */
static void
separate(struct base_buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '{' &&
	    b->data[b->len - 1] != '[')
		base_buf_str(b, ", ");
}

void
api_form_name(struct base_buf *b, const char *name)
{
	separate(b);
	json_write_cstr(b, name);
	base_buf_str(b, ": ");
}

/* A member of text, if there is one. */
static void
form_text(struct base_buf *b, const char *name, const char *text, size_t len)
{
	if (text == NULL)
		return;
	api_form_name(b, name);
	json_write_str(b, text, len);
}

/* A member of a number, if it is known. */
static void
form_number(struct base_buf *b, const char *name, int64_t v)
{
	if (v == LOCATE_UNKNOWN)
		return;
	api_form_name(b, name);
	base_buf_i64(b, v);
}

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

/*
 * The list L of N access points or beacons, if the form has one and any are
 * there.
 */
static void
form_macs(struct base_buf *b, const struct list *l,
    const struct locate_mac *m, size_t n)
{
	const struct field *f;

	if (n == 0 || l->field == NULL)
		return;
	api_form_name(b, l->name);
	base_buf_chr(b, '[');
	for (; n > 0; n--, m++) {
		separate(b);
		base_buf_chr(b, '{');
		for (f = l->field; f->name != NULL; f++)
			if (f->what == MAC) {
				api_form_name(b, f->name);
				base_buf_chr(b, '"');
				base_buf_hex(b, m->mac, RADIO_MAC_LEN);
				base_buf_chr(b, '"');
			} else if (f->what == NAME)
				form_text(b, f->name, m->name, m->namelen);
			else
				form_number(b, f->name, mac_field(m, f->what));
		base_buf_chr(b, '}');
	}
	base_buf_chr(b, ']');
}

/* The list L of N cells.  All forms have one. */
static void
form_cells(struct base_buf *b, const struct list *l,
    const struct locate_cell *c, size_t n)
{
	const struct field *f;

	assert(l->field != NULL);
	if (n == 0)
		return;
	api_form_name(b, l->name);
	base_buf_chr(b, '[');
	for (; n > 0; n--, c++) {
		separate(b);
		base_buf_chr(b, '{');
		for (f = l->field; f->name != NULL; f++)
			if (f->what == RADIO) {
				api_form_name(b, f->name);
				json_write_cstr(b,
				    radio_cell_type_name(c->cell.type));
			} else
				form_number(b, f->name, cell_field(c, f->what));
		base_buf_chr(b, '}');
	}
	base_buf_chr(b, ']');
}

void
api_form_write(struct base_buf *b, enum api_form_kind kind,
    const struct locate_query *q)
{
	const struct form *f = &forms[kind];

	form_macs(b, &f->blue, q->blue, q->nblue);
	form_cells(b, &f->cell, q->cell, q->ncell);
	form_macs(b, &f->wifi, q->wifi, q->nwifi);
}
