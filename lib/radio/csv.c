/* SPDX-License-Identifier: ISC */
/*
 * The way of a good row is the short one: fields are cut at the separator,
 * the form says which of them are wanted, and each is read as a plain
 * integer or number.  What is rare costs only those that have it: a quoted
 * field is noticed by its first byte, another notation of a number when the
 * plain one does not fit, a header when the line is no good row.
 *
 * No line is copied and none is changed; fields are borrowed pieces of it.
 * Within quotes "" stands for one quotation mark.  No field that is wanted
 * can hold one, so such a field is left as it is and fails as a number.
 */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "geo/dist.h"
#include "ichnaea/rules.h"
#include "radio/csv.h"

enum { RADIO, MCC, NET, AREA, CELL, UNIT, LON, LAT, RANGE, SAMPLES,
	CHANGEABLE, CREATED, UPDATED, FIELDS };

/* A header must name these; the others may be missing. */
#define NEEDED	(1 << RADIO | 1 << MCC | 1 << NET | 1 << AREA | 1 << CELL | \
		1 << LON | 1 << LAT)
#define HEAD_MIN	4	/* names that make a line a header */

#define SAMPLES_MAX	4294967295	/* int unsigned */
#define TIME_MAX	253402300799	/* the end of 9999 */
#define WHOLE_MAX	9007199254740992.0	/* doubles below are exact */

static const char separators[] = ",;\t|";

struct field {
	const char	*s;
	size_t		 len;
};

/*
 * What columns are called, without regard to case, blanks, '_', '-' and '.';
 * the first of a field is its name in messages.
 */
static const struct {
	const char	*name;
	int		 field;
} names[] = {
	{ "radio", RADIO }, { "radiotype", RADIO }, { "rat", RADIO },
	{ "technology", RADIO },
	{ "mcc", MCC }, { "mobilecountrycode", MCC },
	{ "net", NET }, { "mnc", NET }, { "network", NET },
	{ "mobilenetworkcode", NET },
	{ "area", AREA }, { "lac", AREA }, { "tac", AREA },
	{ "lactac", AREA }, { "locationareacode", AREA },
	{ "cell", CELL }, { "cid", CELL }, { "cellid", CELL },
	{ "ci", CELL }, { "eci", CELL }, { "nci", CELL },
	{ "unit", UNIT }, { "psc", UNIT }, { "pci", UNIT },
	{ "primaryscramblingcode", UNIT },
	{ "lon", LON }, { "long", LON }, { "lng", LON },
	{ "longitude", LON },
	{ "lat", LAT }, { "latitude", LAT },
	{ "range", RANGE }, { "radius", RANGE }, { "accuracy", RANGE },
	{ "samples", SAMPLES }, { "nbsamples", SAMPLES },
	{ "changeable", CHANGEABLE },
	{ "created", CREATED }, { "createdat", CREATED },
	{ "updated", UPDATED }, { "updatedat", UPDATED },
	{ "modified", UPDATED },
	{ "averagesignal", FIELDS }, { "averagesignalstrength", FIELDS },
};

#define NNAMES	(sizeof(names) / sizeof(names[0]))

static const struct {
	const char	*name, *why;
} verdicts[RADIO_CSV_VERDICTS] = {
	[RADIO_CSV_OK] = { "ok", "nothing" },
	[RADIO_CSV_FIELDS] = { "fields",
	    "13 fields or more, or as many as the header names" },
	[RADIO_CSV_OPEN] = { "quoted",
	    "quotation marks around whole fields" },
	[RADIO_CSV_QUOTED] = { "quoted",
	    "quotation marks around whole fields" },
	[RADIO_CSV_RADIO] = { "radio", "radio GSM, UMTS, LTE or NR" },
	[RADIO_CSV_UNKNOWN] = { "unknown", "radio GSM, UMTS, LTE or NR" },
	[RADIO_CSV_NUMBER] = { "number", "a number" },
	[RADIO_CSV_MCC] = { "mcc", "mcc to be one in use" },
	[RADIO_CSV_NET] = { "net", "net from 0 to 999" },
	[RADIO_CSV_AREA] = { "area",
	    "area from 1 to 65533, of NR to 16777213" },
	[RADIO_CSV_CELL] = { "cell",
	    "cell from 1 to 268435455, of NR to 68719476735" },
	[RADIO_CSV_POSITION] = { "position",
	    "lon within 180 and lat within 85.051 degrees, not both 0" },
	[RADIO_CSV_RANGE] = { "range", "range not below 0" },
	[RADIO_CSV_SAMPLES] = { "samples", "samples from 0 to 4294967295" },
	[RADIO_CSV_TIME] = { "time",
	    "created and updated in seconds since 1970" },
};

const char *
radio_csv_name(enum radio_csv_verdict v)
{
	assert(v >= 0 && v < RADIO_CSV_VERDICTS);
	return verdicts[v].name;
}

const char *
radio_csv_why(enum radio_csv_verdict v)
{
	assert(v >= 0 && v < RADIO_CSV_VERDICTS);
	return verdicts[v].why;
}

/* Column I holds field I, as in RADIO_CSV_HEADER. */
void
radio_csv_form_init(struct radio_csv_form *form)
{
	int i;

	memset(form->column, -1, sizeof(form->column));
	for (i = 0; i < FIELDS; i++)
		form->column[i] = (int8_t)i;
	form->sep = ',';
	form->width = FIELDS;
}

/* Blanks around a field that somebody has typed; others are part of it. */
static int
is_space_or_tab(char c)
{
	return c == ' ' || c == '\t';
}

/* Take the blanks around a field away. */
static inline void
trim_field(struct field *f)
{
	while (f->len > 0 && is_space_or_tab(f->s[0])) {
		f->s++;
		f->len--;
	}
	while (f->len > 0 && is_space_or_tab(f->s[f->len - 1]))
		f->len--;
}

/* Where quoted text, whose first byte is at P, is closed; NULL: nowhere. */
static const char *
find_quote(const char *p, const char *end)
{
	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		if (p + 1 == end || p[1] != '"')
			return p;
		p += 2;
	}
	return NULL;
}

/*
 * A line being cut into fields.  Behind the last separator there is a last
 * field, which may be empty; AT is NULL when that was taken.
 */
struct cutter {
	const char	*at, *end;
	char		 sep;
};

/*
 * The next field into F, without blanks and quotation marks around it.
 * Returns OK, FIELDS if there is no more, OPEN or QUOTED.
 */
static inline enum radio_csv_verdict
next_field(struct cutter *c, struct field *f)
{
	const char *sep, *close;

	if (c->at == NULL)
		return RADIO_CSV_FIELDS;
	sep = memchr(c->at, c->sep, (size_t)(c->end - c->at));
	if (sep == NULL)
		sep = c->end;
	f->s = c->at;
	f->len = (size_t)(sep - c->at);
	trim_field(f);
	if (f->len > 0 && f->s[0] == '"') {
		close = find_quote(f->s + 1, c->end);
		if (close == NULL)
			return RADIO_CSV_OPEN;
		f->s++;
		f->len = (size_t)(close - f->s);
		trim_field(f);
		for (sep = close + 1; sep < c->end && *sep != c->sep; sep++)
			if (!is_space_or_tab(*sep))
				return RADIO_CSV_QUOTED;
	}
	assert(sep <= c->end);
	c->at = sep == c->end ? NULL : sep + 1;
	return RADIO_CSV_OK;
}

/*
 * Fields are cut as they are when a row is read, so that both agree about what
 * a quotation mark opens; too many or too few of them are no matter here.
 */
enum radio_csv_verdict
radio_csv_quotes(const struct radio_csv_form *form, const char *line,
    size_t len)
{
	struct cutter c = { line, line + len, form->sep };
	enum radio_csv_verdict v;
	struct field f;

	while ((v = next_field(&c, &f)) == RADIO_CSV_OK)
		;
	return v == RADIO_CSV_FIELDS ? RADIO_CSV_OK : v;
}

/* The wanted fields of a line into F; a column that is missing is empty. */
static enum radio_csv_verdict
split_row(const struct radio_csv_form *form, struct field f[FIELDS],
    const char *line, size_t len)
{
	struct cutter c = { line, line + len, form->sep };
	enum radio_csv_verdict v;
	struct field unused;
	int at, i;

	assert(form->width > 0 && form->width <= RADIO_CSV_COLUMNS_MAX);
	memset(f, 0, FIELDS * sizeof(*f));
	for (i = 0; i < form->width; i++) {
		at = form->column[i];
		v = next_field(&c, at >= 0 ? &f[at] : &unused);
		if (v != RADIO_CSV_OK)
			return v;
	}
	return RADIO_CSV_OK;
}

/* What the file calls a radio, in any of the words that clients use. */
static enum radio_cell_type
radio_of_field(const struct field *f)
{
	return radio_cell_type_of_word(f->s, f->len, ichnaea_rules(0));
}

/* What other programs write where there is nothing. */
static int
is_null_word(const struct field *f)
{
	static const char *const words[] = { "null", "nan", "none", "na",
		"\\N" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == f->len &&
		    strncasecmp(words[i], f->s, f->len) == 0)
			return 1;
	return f->len == 0;
}

/*
 * A number.  Where commas part no fields, one stands for the decimal point,
 * as spreadsheets have it in most of Europe.  1 or 0.
 */
static int
parse_decimal(const struct radio_csv_form *form, const struct field *f,
    double *v)
{
	char copy[64];
	char *comma;

	if (base_num_f64(f->s, f->len, v))
		return 1;
	if (form->sep == ',' || f->len >= sizeof(copy))
		return 0;
	memcpy(copy, f->s, f->len);
	if ((comma = memchr(copy, ',', f->len)) == NULL)
		return 0;
	*comma = '.';
	return base_num_f64(copy, f->len, v);
}

/*
 * An integer into *V, EMPTY when there is nothing.  It may be written as a
 * decimal number ("7.0", "1.5e+09") if its value is a whole one.  1 or 0.
 */
static int
parse_whole(const struct radio_csv_form *form, const struct field *f,
    int64_t *v, int64_t empty)
{
	double d;

	if (f->len > 0 && base_num_i64(f->s, f->len, v))
		return 1;
	if (is_null_word(f)) {
		*v = empty;
		return 1;
	}
	if (!parse_decimal(form, f, &d) || d != floor(d) ||
	    !(fabs(d) < WHOLE_MAX))
		return 0;
	*v = (int64_t)d;
	return 1;
}

/* V as a part of an identity; none of these may be negative. */
static int32_t
narrow_part(int64_t v)
{
	return v < -1 || v > INT32_MAX ? -1 : (int32_t)v;
}

/* Identity and PSC of C, whose type is set. */
static enum radio_csv_verdict
read_csv_identity(const struct radio_csv_form *form, const struct field *f,
    struct radio_cell *c, int (*mcc_valid)(int mcc))
{
	int64_t area, mcc, net, unit;
	enum radio_cell_verdict v;

	if (!parse_whole(form, &f[MCC], &mcc, -1) ||
	    !parse_whole(form, &f[NET], &net, -1) ||
	    !parse_whole(form, &f[AREA], &area, -1) ||
	    !parse_whole(form, &f[CELL], &c->cid, -1) ||
	    !parse_whole(form, &f[UNIT], &unit, -1))
		return RADIO_CSV_NUMBER;
	c->mcc = narrow_part(mcc);
	c->mnc = narrow_part(net);
	c->lac = narrow_part(area);
	c->psc = narrow_part(unit);
	c->signal_dbm = c->asu = c->ta = RADIO_CELL_UNKNOWN;
	v = radio_cell_check(c, mcc_valid(c->mcc), ichnaea_rules(0));
	if (v == RADIO_CELL_OK)
		return RADIO_CSV_OK;
	return !mcc_valid(c->mcc) ? RADIO_CSV_MCC :
	    c->mnc < 0 || c->mnc > RADIO_CELL_MNC_MAX ? RADIO_CSV_NET :
	    v == RADIO_CELL_BAD ? RADIO_CSV_AREA : RADIO_CSV_CELL;
}

/* Seconds, as the tables can hold them; milliseconds are beyond that. */
static int
is_time(int64_t t)
{
	return t == RADIO_CSV_NO_TIME || (t >= 0 && t <= TIME_MAX);
}

/* The order of the checks is that in which reasons are counted. */
enum radio_csv_verdict
radio_csv_parse(const struct radio_csv_form *form, struct radio_csv_row *row,
    const char *line, size_t len, int (*mcc_valid)(int mcc))
{
	struct field f[FIELDS];
	enum radio_csv_verdict v;

	/* Nothing of ROW is of use unless all of it is right. */
	if ((v = split_row(form, f, line, len)) != RADIO_CSV_OK)
		return v;
	if ((row->cell.type = radio_of_field(&f[RADIO])) == RADIO_CELL_NONE)
		return RADIO_CSV_UNKNOWN;
	if (!radio_cell_is_stored(row->cell.type))
		return RADIO_CSV_RADIO;
	if (!parse_whole(form, &f[RANGE], &row->range_m, 0) ||
	    !parse_whole(form, &f[SAMPLES], &row->samples, 0) ||
	    !parse_whole(form, &f[CREATED], &row->created,
	    RADIO_CSV_NO_TIME) ||
	    !parse_whole(form, &f[UPDATED], &row->updated,
	    RADIO_CSV_NO_TIME) ||
	    !parse_decimal(form, &f[LON], &row->lon) ||
	    !parse_decimal(form, &f[LAT], &row->lat))
		return RADIO_CSV_NUMBER;
	if ((v = read_csv_identity(form, f, &row->cell, mcc_valid)) !=
	    RADIO_CSV_OK)
		return v;
	/* Programs that know no position write 0, 0. */
	if (!(fabs(row->lat) <= GEO_DIST_MAX_LAT) || !(fabs(row->lon) <= 180) ||
	    (row->lat == 0 && row->lon == 0))
		return RADIO_CSV_POSITION;
	if (row->range_m < 0)
		return RADIO_CSV_RANGE;
	/* Larger ones are rather mistakes than cells. */
	if (row->range_m > RADIO_CSV_RANGE_MAX_M)
		row->range_m = RADIO_CSV_RANGE_MAX_M;
	if (row->samples < 0 || row->samples > SAMPLES_MAX)
		return RADIO_CSV_SAMPLES;
	return is_time(row->created) && is_time(row->updated) ?
	    RADIO_CSV_OK : RADIO_CSV_TIME;
}

/* What a field is called in messages. */
static const char *
name_of_field(int field)
{
	size_t i;

	for (i = 0; names[i].field != field; i++)
		assert(i + 1 < NNAMES);
	return names[i].name;
}

/* Good rows never come here, so it may take its time. */
const char *
radio_csv_no_number(const struct radio_csv_form *form, const char *line,
    size_t len, int *whole)
{
	struct field f[FIELDS];
	double d;
	int64_t n;
	int i = FIELDS;

	if (split_row(form, f, line, len) == RADIO_CSV_OK)
		for (i = MCC; i < FIELDS; i++) {
			*whole = i != LON && i != LAT;
			if (i != CHANGEABLE && !(*whole ?
			    parse_whole(form, &f[i], &n, 0) :
			    parse_decimal(form, &f[i], &d)))
				break;
		}
	assert(i < FIELDS);
	return name_of_field(i);
}

/*
 * How many bytes NAME, which is in lower case, takes up at the beginning of
 * S; 0 if S begins with something else.
 */
static size_t
match_name(const struct field *f, const char *name)
{
	size_t i;
	char c;

	for (i = 0; i < f->len && *name != '\0'; i++) {
		if ((c = f->s[i]) >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c == *name)
			name++;
		else if (strchr(" _-./", c) == NULL || c == '\0')
			return 0;
	}
	return *name == '\0' ? i : 0;
}

/*
 * Which field a column is called after, or -1.  *GLUED is set to where the
 * name of a radio follows without a separator, or to NULL.
 */
static int
field_of_name(struct field *f, const char **glued)
{
	struct field rest;
	size_t i, n;

	*glued = NULL;
	for (i = 0; i < NNAMES; i++) {
		if ((n = match_name(f, names[i].name)) == 0)
			continue;
		if (n == f->len)
			return names[i].field;
		rest.s = f->s + n;
		rest.len = f->len - n;
		trim_field(&rest);
		*glued = rest.s;
		if (rest.len > 2 && memcmp(rest.s, "\"\"", 2) == 0) {
			/* Of two quoted fields that look like one. */
			*glued = rest.s + 1;
			rest.s += 2;
			rest.len -= 2;
		}
		if (radio_of_field(&rest) != RADIO_CELL_NONE)
			return names[i].field;
		*glued = NULL;
	}
	return -1;
}

/*
 * Read a header whose fields are parted by SEP.  Returns the set of fields
 * that it names, and leaves FORM and *REST as for radio_csv_look().
 */
static unsigned
read_header(struct radio_csv_form *form, const char *line, size_t len,
    char sep, size_t *rest)
{
	struct cutter c = { line, line + len, sep };
	const char *glued;
	enum radio_csv_verdict v = RADIO_CSV_OK;
	struct field f;
	unsigned seen = 0;
	int at, i;

	memset(form->column, -1, sizeof(form->column));
	form->sep = sep;
	form->width = 0;
	*rest = len;
	/* Of columns with one meaning the first counts. */
	for (i = 0; i < RADIO_CSV_COLUMNS_MAX && v == RADIO_CSV_OK; i++) {
		v = next_field(&c, &f);
		if (v == RADIO_CSV_FIELDS || v == RADIO_CSV_OPEN)
			break;
		if (v == RADIO_CSV_OK && i > 0 &&
		    radio_of_field(&f) != RADIO_CELL_NONE) {
			*rest = (size_t)(f.s - line);
			break;
		}
		at = field_of_name(&f, &glued);
		if (at >= 0 && at < FIELDS && (seen & 1u << at) == 0) {
			seen |= 1u << at;
			form->column[i] = (int8_t)at;
			form->width = i + 1;
		}
		if (v == RADIO_CSV_QUOTED)	/* F is what the quotes hold */
			glued = f.s + f.len + 1;
		if (glued != NULL) {
			*rest = (size_t)(glued - line);
			break;
		}
	}
	return seen;
}

/* Does a line say nothing?  It may set what parts fields. */
static int
is_nothing(struct radio_csv_form *form, const char *line, size_t len)
{
	struct field f = { line, len };
	size_t i;

	trim_field(&f);
	if (f.len > 0 && f.s[0] == '"') {	/* "sep=;" in quotes */
		f.s++;
		f.len--;
	}
	if (f.len >= 5 && strncasecmp(f.s, "sep=", 4) == 0 &&
	    strchr(separators, f.s[4]) != NULL && f.s[4] != '\0') {
		form->sep = f.s[4];
		return 1;
	}
	if (f.len > 0 && f.s[0] == '#')
		return 1;
	/* 0x1a is the end of a file of DOS. */
	for (i = 0; i < len; i++)
		if (line[i] == '\0' || strchr(" \t,;|\"\x1a", line[i]) == NULL)
			return 0;
	return 1;
}

/*
 * A header is recognized by several of its names, so that a title that has
 * one of them is none.  Each separator is tried, as the header says it, too.
 */
enum radio_csv_kind
radio_csv_look(struct radio_csv_form *form, const char *line, size_t len,
    size_t *rest, const char **missing)
{
	struct radio_csv_form new;
	size_t skip = 0;
	unsigned seen;
	int i;

	/* A comment may be the header, too. */
	if (len > 0 && line[0] == '#')
		for (skip = 1; skip < len && line[skip] == ' '; skip++)
			;
	for (i = 0; separators[i] != '\0'; i++) {
		seen = read_header(&new, line + skip, len - skip,
		    separators[i], rest);
		if (__builtin_popcount(seen) < HEAD_MIN)
			continue;
		/* It is a header: which is told before what it lacks. */
		*rest += skip;
		for (i = 0; i < FIELDS; i++)
			if ((NEEDED & ~seen) & 1u << i) {
				*missing = name_of_field(i);
				return RADIO_CSV_LACKING;
			}
		*form = new;
		return RADIO_CSV_HEAD;
	}
	return is_nothing(form, line, len) ? RADIO_CSV_NOTHING :
	    RADIO_CSV_ROW;
}

/*
 * Not every good row could be told from some other list of numbers; but one
 * whose first field is the name of a radio can.
 */
int
radio_csv_guess(struct radio_csv_form *form, const char *line, size_t len)
{
	struct radio_csv_form new;
	struct field f[FIELDS];
	int64_t v;
	int field, i;

	for (i = 0; separators[i] != '\0'; i++) {
		radio_csv_form_init(&new);
		new.sep = separators[i];
		if (split_row(&new, f, line, len) != RADIO_CSV_OK ||
		    radio_of_field(&f[RADIO]) == RADIO_CELL_NONE)
			continue;
		for (field = MCC; field <= CELL; field++)
			if (!parse_whole(&new, &f[field], &v, 0))
				break;
		if (field <= CELL)
			continue;
		*form = new;
		return 1;
	}
	return 0;
}
