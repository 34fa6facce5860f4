/* SPDX-License-Identifier: ISC */
/*
 * Speed, bearing and altitude 0 stand for unknown in all of these exports, as
 * do Android's 2147483647 and its like in older ones.  Identities of CDMA
 * stand in the columns of others, so such rows are of no use.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "convert/obs.h"
#include "convert/rows.h"
#include "convert/sink.h"
#include "convert/stamp.h"
#include "convert/tower.h"

/* Both tables share these. */
enum {
	FIRST, LATITUDE, LONGITUDE, MEASURED, ACCURACY, SPEED, HEADING,
	MCC, MNC, LAC, TAC, CELL_ID, PSC, PCI, TA, RADIO, ASU, DBM, ALTITUDE,
	NEIGHBOUR
};

/* Columns of both tables that have the same names. */
#define SHARED	\
	[LATITUDE] = "lat", \
	[LONGITUDE] = "lon", \
	[MEASURED] = "measured_at", \
	[MCC] = "mcc", \
	[MNC] = "mnc", \
	[LAC] = "lac", \
	[TAC] = "tac", \
	[CELL_ID] = "cell_id|cellid", \
	[PSC] = "psc", \
	[PCI] = "pci", \
	[TA] = "ta", \
	[ALTITUDE] = "altitude", \
	[NEIGHBOUR] = "neighboring", \
	NULL

static const char *const columns[] = {
	[FIRST] = "mcc",
	[ACCURACY] = "accuracy",
	[SPEED] = "speed",
	[HEADING] = "bearing",
	[RADIO] = "net_type",
	[ASU] = "asu",
	[DBM] = "dbm",
	SHARED
};

static const char *const ocid_columns[] = {
	[FIRST] = "lat",	/* by which headers are recognized */
	[ACCURACY] = "rating",
	[SPEED] = "speed",
	[HEADING] = "direction",
	[RADIO] = "act",
	[ASU] = "signal",
	[DBM] = "",		/* no column: see read_tower_cell() */
	SHARED
};

#define REQUIRED	(1u << LATITUDE | 1u << LONGITUDE | 1u << MEASURED | \
			    1u << MCC | 1u << MNC | 1u << CELL_ID | \
			    1u << RADIO)

/*
 * The radio of O by Tower Collector's name for it; 0 if it cannot be used.
 * TD-SCDMA and CDMA are missing, as their cells cannot be looked up; so is
 * "UNKNOWN".
 */
static int
set_radio(struct convert_obs *o, const char *name, size_t len)
{
	static const struct {
		const char		*name;
		enum radio_cell_type	 type;
	} radios[] = {
		{ "GSM", RADIO_CELL_GSM },
		{ "UMTS", RADIO_CELL_WCDMA },
		{ "WCDMA", RADIO_CELL_WCDMA },
		{ "LTE", RADIO_CELL_LTE },
		{ "NR", RADIO_CELL_NR },
	};
	struct convert_csv_field f = { name, len };
	size_t i;

	for (i = 0; i < sizeof(radios) / sizeof(radios[0]); i++)
		if (convert_csv_is(&f, radios[i].name)) {
			o->radio = radios[i].type;
			return 1;
		}
	return 0;
}

/*
 * Zero is what stands for "not told", as that is what Android has before it
 * knows better.
 */
static double
nonzero(double v)
{
	return v == 0 ? NAN : v;
}

/* Android's numbers for "not told": of 32 bits, and of 64 for cells of NR. */
static int64_t
told(int64_t v)
{
	return v == INT32_MAX || v == INT64_MAX ? CONVERT_OBS_NONE : v;
}

/*
 * The position.  Returns 1, or 0 if a field is bad, which was told.  A row
 * without time is good as far as its text goes; the sink counts it.
 */
static int
read_tower_place(struct convert_rows *r, struct convert_obs *o)
{
	struct convert_csv_field f =
	    convert_csv_trim(convert_rows_get(r, MEASURED));

	if (f.len > 0 &&
	    !convert_stamp_iso(f.text, f.len, NULL, &o->time_ms))
		return convert_rows_bad(r, MEASURED,
		    "a time as 2026-03-14T09:26:53.494Z");
	if (!convert_rows_f64(r, LATITUDE, &o->lat_deg) ||
	    !convert_rows_f64(r, LONGITUDE, &o->lon_deg) ||
	    !convert_rows_f64(r, ACCURACY, &o->accuracy_m) ||
	    !convert_rows_f64(r, SPEED, &o->speed_ms) ||
	    !convert_rows_f64(r, HEADING, &o->heading_deg) ||
	    !convert_rows_f64(r, ALTITUDE, &o->altitude_m))
		return 0;
	o->speed_ms = nonzero(o->speed_ms);
	o->heading_deg = nonzero(o->heading_deg);
	o->altitude_m = nonzero(o->altitude_m);
	o->source = "gnss";
	return 1;
}

/*
 * The same for the cell.  Area and code each have two columns, by the radio,
 * of which one is filled, as an empty field leaves what the other gave.  The
 * upload for OpenCellID has one column of signal for ASU and dBm, which their
 * signs tell apart.
 */
static int
read_tower_cell(struct convert_rows *r, struct convert_obs *o)
{
	o->kind = OBS_CELL;
	if (!convert_rows_i64(r, MCC, &o->mcc) ||
	    !convert_rows_i64(r, MNC, &o->mnc) ||
	    !convert_rows_i64(r, LAC, &o->area) ||
	    !convert_rows_i64(r, TAC, &o->area) ||
	    !convert_rows_i64(r, CELL_ID, &o->cid) ||
	    !convert_rows_i64(r, PSC, &o->psc) ||
	    !convert_rows_i64(r, PCI, &o->psc) ||
	    !convert_rows_i64(r, ASU, &o->asu) ||
	    !convert_rows_i64(r, DBM, &o->signal_dbm) ||
	    !convert_rows_i64(r, TA, &o->ta))
		return 0;
	/* One column for both, if there is no other. */
	if (r->at[DBM] == -1 && o->asu < 0) {
		o->signal_dbm = o->asu;
		o->asu = CONVERT_OBS_NONE;
	}
	o->cid = told(o->cid);
	o->area = told(o->area);
	o->psc = told(o->psc);
	o->asu = told(o->asu);
	o->ta = told(o->ta);
	return 1;
}

/*
 * Rows of a moment follow one another, and nothing else tells them: the number
 * goes on when time or place change.  CDMA has its identity in the columns of
 * others, so the radio decides before the sink sees the cell.
 */
static void
read_tower_row(struct convert_rows *r)
{
	struct convert_csv_field f;
	struct convert_obs o;

	convert_obs_init(&o);
	if (r->n < r->width) {
		convert_sink_bad(r->sink, NULL,
		    "as many fields as the header has");
		return;
	}
	if (!read_tower_place(r, &o) || !read_tower_cell(r, &o))
		return;
	f = convert_csv_trim(convert_rows_get(r, NEIGHBOUR));
	if (convert_csv_is(&f, "true") || convert_csv_is(&f, "false"))
		o.serving = convert_csv_is(&f, "false");
	f = convert_csv_trim(convert_rows_get(r, RADIO));
	if (!set_radio(&o, f.text, f.len)) {
		convert_sink_skip(r->sink, CONVERT_SINK_ALIEN);
		return;
	}
	if (o.time_ms != r->last_ms || o.lat_deg != r->last_lat_deg ||
	    o.lon_deg != r->last_lon_deg || r->moment == 0)
		r->moment++;
	r->last_ms = o.time_ms;
	r->last_lat_deg = o.lat_deg;
	r->last_lon_deg = o.lon_deg;
	o.moment = r->moment;
	convert_sink_add(r->sink, &o);
}

const struct convert_rows_format convert_tower_format = {
	.separator = ',', .quotes = 1, .columns = columns,
	.required = REQUIRED, .row = read_tower_row,
}, convert_tower_ocid_format = {
	.separator = ',', .quotes = 1, .columns = ocid_columns,
	.required = REQUIRED, .row = read_tower_row,
};

/*
 * What stands behind WORD in the part of LEN bytes, up to a comma; empty if it
 * is not there.  Parts without value are left out or empty, depending on
 * which, so both are the same here.
 */
static struct convert_csv_field
part_of(const char *part, size_t len, const char *word)
{
	struct convert_csv_field f = { "", 0 };
	const char *end = part + len, *p, *stop;
	size_t n = strlen(word);

	for (p = part; p < end; p = stop + (stop < end)) {
		for (; p < end && *p == ' '; p++)
			;
		if ((stop = memchr(p, ',', (size_t)(end - p))) == NULL)
			stop = end;
		if ((size_t)(stop - p) > n && memcmp(p, word, n) == 0 &&
		    p[n] == ' ') {
			f.text = p + n + 1;
			f.len = (size_t)(stop - f.text);
		}
	}
	return f;
}

/*
 * The number behind WORD, and perhaps a unit behind that, which is always the
 * same.
 */
static int64_t
number_of(const char *part, size_t len, const char *word)
{
	struct convert_csv_field f = part_of(part, len, word);
	const char *blank = memchr(f.text, ' ', f.len);
	int64_t v;

	if (blank != NULL)
		f.len = (size_t)(blank - f.text);
	return base_num_i64(f.text, f.len, &v) ? v : CONVERT_OBS_NONE;
}

/*
 * The accuracy in metres, or NAN.  It is told once, behind the cells, so it is
 * looked for first: the cells go to the sink one by one, each with it.
 */
static double
tower_accuracy(const char *text, size_t len)
{
	static const char word[] = "(GPS accuracy ";
	const char *p = memmem(text, len, word, sizeof(word) - 1), *stop;
	double v;

	if (p == NULL)
		return NAN;
	p += sizeof(word) - 1;
	stop = memchr(p, ' ', len - (size_t)(p - text));
	return stop != NULL && base_num_f64(p, (size_t)(stop - p), &v) ? v :
	    NAN;
}

/*
 * Parentheses that tell no network, such as that of the accuracy, are passed
 * over.  An O is used for all cells of the point, so each of them sets every
 * member that another may have set.
 */
size_t
convert_tower_text(struct convert_sink *s, struct convert_obs *o,
    const char *text, size_t len)
{
	struct convert_csv_field net, neighbour;
	const char *end = text + len, *p = text, *stop;
	size_t found = 0;

	o->kind = OBS_CELL;
	o->source = "gnss";
	o->accuracy_m = tower_accuracy(text, len);
	for (; (p = memchr(p, '(', (size_t)(end - p))) != NULL; p = stop) {
		p++;
		stop = memchr(p, ')', (size_t)(end - p));
		if (stop == NULL)
			break;
		net = part_of(p, (size_t)(stop - p), "Network");
		if (net.len == 0)
			continue;
		found++;
		len = (size_t)(stop - p);
		o->mcc = number_of(p, len, "MCC");
		o->mnc = number_of(p, len, "MNC");
		o->area = number_of(p, len, "LAC");
		if (o->area == CONVERT_OBS_NONE)
			o->area = number_of(p, len, "TAC");
		o->cid = number_of(p, len, "CID");
		o->psc = number_of(p, len, "PSC");
		o->signal_dbm = number_of(p, len, "Signal strength");
		neighbour.text = memmem(p, len, ", neighboring", 13);
		o->serving = neighbour.text == NULL;
		if (set_radio(o, net.text, net.len))
			convert_sink_add(s, o);
		else
			convert_sink_skip(s, CONVERT_SINK_ALIEN);
	}
	return found;
}
