/* SPDX-License-Identifier: ISC */
/*
 * One walk over the tables of obs/schema.h: members are checked and written
 * in their order.  Of repeated members the last counts.
 *
 * Text is written as the walk goes, and taken back where it turns out that
 * there is nothing to write: an entry without an address, a list without
 * entries, a report without networks, and all of a body that is refused.  So
 * what the buffer held before (FROM) is never touched, and nothing is held
 * twice.  Whoever takes back must leave the last byte a '{', '[' or the end of
 * a value: by it the next one knows whether a comma is due.
 *
 * When memory is short the walk goes on without writing, or stops early at
 * the next entry; the verdict at the end sees it.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/python.h"
#include "ichnaea/rules.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "json/write.h"
#include "obs/batch.h"
#include "obs/iso.h"
#include "obs/optout.h"
#include "obs/proof.h"
#include "obs/report.h"
#include "obs/schema.h"
#include "radio/cell.h"

#define SHORT		32	/* bytes of a text that is */
#define MAX_DETAILS	65536	/* bytes of messages, about */
#define USUAL		(64 * 1024)	/* bytes of them */
#define MAX_LINES	(128 * 1024 * 1024)	/* bytes of reports, about */

/* Reports of a body may become so many times as long, and so many bytes. */
#define MAX_GROWTH	4
#define FREE_GROWTH	65536

/* Timestamps outside are wrong clocks: 2001-09-09 to 2286-11-20. */
#define MIN_STAMP_MS	1000000000000
#define MAX_STAMP_MS	10000000000000
#define DIGITS(number)	#number
#define DIGITS_OF(number) DIGITS(number)

/*
 * In which order objects of a table had its fields the last time: what came
 * behind field I, and first.
 */
struct habit {
	uint8_t		next[OBS_SCHEMA_MAX_FIELDS + 1];
};
enum { REPORT, POSITION, LIST, TABLES = LIST + OBS_SCHEMA_CELLS -
	OBS_SCHEMA_BLUES + 1 };

/*
 * What the walk knows, of the body, of the report that it is in, and of the
 * place for messages.
 */
struct walk {
	struct obs_report	*r;
	const struct json_doc	*d;
	struct base_buf		*out;
	size_t			 from;		/* what OUT held before */
	size_t			 faults;	/* told */
	int			 nomem;
	int			 networks;	/* of the report, written */
	size_t			 seen;		/* ... and looked at */
	struct habit		 habit[TABLES];
	struct obs_optout_list	 optout;	/* of the report */
	const char		*radio;		/* of the report, or NULL */
	/* Where we are: items.ITEM.PART.ENTRY, as far as it is set. */
	int			 item, entry;	/* -1: none */
	const char		*part;		/* NULL: none */
};

/* Tell that V, member NAME (NULL: the object itself), is not of KIND. */
static void
add_fault(struct walk *w, const char *name, int v,
    enum ichnaea_python_kind kind)
{
	struct base_buf *b = w->r->details;
	const char *dot = "";

	w->faults++;
	/* A body of a million faults is answered with the first of them. */
	if (b->len > MAX_DETAILS)
		return;
	base_buf_str(b, w->faults == 1 ? "{\"" : ",\"");
	if (w->item != -1) {
		base_buf_fmt(b, "items.%d", w->item);
		dot = ".";
	}
	if (w->part != NULL) {
		base_buf_fmt(b, "%s%s", dot, w->part);
		dot = ".";
	}
	if (w->entry != -1)
		base_buf_fmt(b, ".%d", w->entry);
	if (name != NULL)
		base_buf_fmt(b, "%s%s", dot, name);
	base_buf_str(b, "\":");
	ichnaea_python_fault(b, w->d, v, kind, name);
}

/* The same for what is dropped unless the rules refuse it. */
static void
drop_value(struct walk *w, const char *name, int v,
    enum ichnaea_python_kind kind)
{
	if (w->r->rules->refuse_bodies)
		add_fault(w, name, v, kind);
	else
		w->r->left_out++;
}

/*
 * How many bytes of what stands before a name are not to be written: the last
 * byte tells whether what comes next is the first member, so that what is taken
 * back leaves no comma.
 */
static size_t
no_comma(const struct walk *w)
{
	return w->out->len == 0 || w->out->data[w->out->len - 1] == '{' ?
	    OBS_SCHEMA_COMMA : 0;
}

/*
 * The name of a member to be written, and what stands before it.  It is copied
 * with the bytes behind it, as copies of a fixed length are much faster.
 */
static void
put_name(struct walk *w, const struct obs_schema_field *f)
{
	size_t skip = no_comma(w);
	char *p;

	if ((p = base_buf_room(w->out, OBS_SCHEMA_OUT)) == NULL)
		return;
	memcpy(p, f->out + skip, OBS_SCHEMA_OUT - OBS_SCHEMA_COMMA);
	p[f->outlen - skip] = '\0';
	w->out->len += f->outlen - skip;
}

/* Bytes that add_as_is() may touch for a member besides its text. */
#define AROUND	(OBS_SCHEMA_OUT + SHORT + 2)

/*
 * Write at P the member F, but for SKIP bytes, with the LEN bytes of RAW text
 * of the body as they are, between quotes if it is a string.  Nearly all
 * members come this way: there is room already, and short texts are copied with
 * the bytes behind them, of which there are up to END, as names are.  Returns
 * where that ends.
 */
static inline char *
add_as_is(char *p, const struct obs_schema_field *f, size_t skip,
    const char *raw, size_t len, const char *end, int is_string)
{
	memcpy(p, f->out + skip, OBS_SCHEMA_OUT - OBS_SCHEMA_COMMA);
	p += f->outlen - skip;
	*p = '"';
	p += is_string;
	if (len <= SHORT && end - raw >= SHORT)
		memcpy(p, raw, SHORT);
	else
		memcpy(p, raw, len);
	p += len;
	*p = '"';
	return p + is_string;
}

/* What was written ends at P, for which there was room. */
static inline void
end_text(struct base_buf *b, char *p)
{
	*p = '\0';
	b->len = (size_t)(p - b->data);
}

/* Is there no point in writing more?  The verdict at the end tells why. */
static int
is_walk_full(const struct walk *w)
{
	return !base_buf_ok(w->out) || w->out->len - w->from > MAX_LINES;
}

/*
 * V as text, or NULL.  What cannot be made one is told; what is missing is not.
 */
static const char *
text_value(struct walk *w, const struct obs_schema_field *f, int v, size_t *len)
{
	const char *s = NULL;

	switch (json_coerce_str(w->d, v, w->r->arena, &s, len)) {
	case JSON_COERCE_OK:
		w->nomem |= s == NULL;
		break;
	case JSON_COERCE_BAD:
		drop_value(w, f->in, v, ICHNAEA_PYTHON_STRING);
		break;
	case JSON_COERCE_MISSING:
		break;
	}
	return s;
}

/*
 * The name of the radio V is a word for, or NULL.  Report lines have the one
 * spelling, so that nobody who reads them has to know the others.
 */
static const char *
radio_word(struct walk *w, const struct obs_schema_field *f, int v)
{
	enum radio_cell_type type;
	const char *s;
	size_t len;

	if (v == -1 || (s = text_value(w, f, v, &len)) == NULL)
		return NULL;
	type = radio_cell_type_of_word(s, len, w->r->rules);
	return type == RADIO_CELL_NONE ? NULL : radio_cell_type_name(type);
}

/* The source V is a word for, in any case, or NULL. */
static const char *
report_source_word(struct walk *w, const struct obs_schema_field *f, int v)
{
	const struct obs_schema_word *words = obs_schema_sources;
	const char *s;
	size_t len;

	if ((s = text_value(w, f, v, &len)) == NULL)
		return NULL;
	for (; words->in != NULL; words++)
		if (strlen(words->in) == len && (!words->is_new ||
		    w->r->rules->new_sources) &&
		    strncasecmp(words->in, s, len) == 0)
			return words->out;
	return NULL;
}

/*
 * The time V tells in milliseconds, or now.  A wrong clock should not put a
 * report into a year in which nobody looks for it, and a report without time is
 * most likely a new one.
 */
static int64_t
stamp_of(struct walk *w, const struct obs_schema_field *f, int v)
{
	const char *s;
	size_t len;
	int64_t ms = 0;

	if (v != -1 && f->type == OBS_SCHEMA_TIME) {
		if ((s = text_value(w, f, v, &len)) != NULL &&
		    obs_iso_parse(s, len, &ms))
			ms *= 1000;
		else
			ms = 0;
	} else if (v != -1 && json_coerce_int(w->d, v, &ms) ==
	    JSON_COERCE_BAD)
		drop_value(w, f->in, v, ICHNAEA_PYTHON_NUMBER);
	return ms > MIN_STAMP_MS && ms < MAX_STAMP_MS ? ms : w->r->now_ms;
}

/*
 * How many of the LEN bytes of RAW, a JSON number with a point, are the text
 * that base_buf_f7() writes for it; 0 if it may be another one.  That has up to
 * seven decimals, of which zeros at the end go, but for the first, and no
 * exponent from 0.001 on up to eight digits before the point.
 */
static __attribute__((noinline)) size_t
plain_float_len(const char *raw, size_t len)
{
	const char *first = raw + (*raw == '-'), *point = first, *p;
	const char *end = raw + len;

	while (point < end && *point != '.')
		point++;
	if (point == end || point - first > 8 || end - point > 8)
		return 0;
	for (p = point + 1; p < end; p++)
		if (*p > '9')		/* an exponent */
			return 0;
	while (end > point + 2 && end[-1] == '0')
		end--;
	/* Of what begins with 0. one of the next three digits says that. */
	return *first != '0' || (end - point > 1 && point[1] != '0') ||
	    (end - point > 2 && point[2] != '0') ||
	    (end - point > 3 && point[3] != '0') ? (size_t)(end - raw) : 0;
}

/*
 * How many bytes of the value T of F, whose text is RAW, are as they are to be
 * written: nearly always all, in whole numbers, plain text, and positions.
 * Returns 0 if it is another.
 */
static inline size_t
plain_len(const struct json_doc_part *t, const struct obs_schema_field *f,
    const char *raw)
{
	/* The digits of any number of 64 bits, or that has no exponent. */
	static const uint8_t most[OBS_SCHEMA_FLAT + 1] = {
		[OBS_SCHEMA_INT] = 18, [OBS_SCHEMA_ALIAS] = 18,
		[OBS_SCHEMA_NCI] = 18, [OBS_SCHEMA_FLOAT] = 8
	};
	size_t len = (size_t)(t->end - t->start);

	switch (t->kind) {
	case JSON_DOC_INT:
		return len <= most[f->type] && (raw[0] != '-' ||
		    raw[1] != '0') ? len : 0;
	case JSON_DOC_STRING | JSON_DOC_PLAIN:
		return f->type == OBS_SCHEMA_TEXT ||
		    f->type == OBS_SCHEMA_NAME ? len : 0;
	case JSON_DOC_FLOAT:
		return f->type == OBS_SCHEMA_FLOAT ? plain_float_len(raw,
		    len) : 0;
	default:
		return 0;
	}
}

/*
 * Write the time that V tells: as it stands if it has as many digits as the
 * lowest that is good, and comes behind it.
 */
static void
put_stamp(struct walk *w, const struct obs_schema_field *f, int v)
{
	static const char min[] = DIGITS_OF(MIN_STAMP_MS);
	const char *raw;
	size_t len;
	char *p;

	if (v != -1 && f->type == OBS_SCHEMA_STAMP &&
	    json_doc_kind(w->d, v) == JSON_DOC_INT) {
		raw = json_doc_raw(w->d, v, &len);
		if (len == sizeof(min) - 1 && memcmp(raw, min, len) > 0) {
			p = base_buf_room(w->out, AROUND + len);
			if (p != NULL)
				end_text(w->out, add_as_is(p, f, no_comma(w),
				    raw, len, w->d->text + w->d->len, 0));
			return;
		}
	}
	put_name(w, f);
	base_buf_i64(w->out, stamp_of(w, f, v));
}

/*
 * Write a field of one value that is none of these.  Returns 1 if there was
 * anything to write.  Apart from its caller, whose loop is then in registers.
 */
static __attribute__((noinline)) int
put_odd_scalar(struct walk *w, const struct obs_schema_field *f, int v)
{
	enum json_coerce_verdict verdict;
	const char *s;
	int64_t i;
	size_t len;
	double n;

	switch (f->type) {
	/* Numbers are read before anything is written: they may be none. */
	case OBS_SCHEMA_INT:
	case OBS_SCHEMA_ALIAS:
	case OBS_SCHEMA_NCI:
		verdict = json_coerce_int(w->d, v, &i);
		break;
	case OBS_SCHEMA_FLOAT:
		verdict = json_coerce_f64(w->d, v, &n);
		break;
	case OBS_SCHEMA_TEXT:
	case OBS_SCHEMA_NAME:
		if ((s = text_value(w, f, v, &len)) == NULL)
			return 0;
		put_name(w, f);
		json_write_str(w->out, s, len);
		return 1;
	default:
		s = f->type == OBS_SCHEMA_RADIO ? radio_word(w, f, v) :
		    report_source_word(w, f, v);
		if (s == NULL)
			return 0;
		put_name(w, f);
		json_write_cstr(w->out, s);
		return 1;
	}
	if (verdict == JSON_COERCE_BAD)
		drop_value(w, f->in, v, ICHNAEA_PYTHON_NUMBER);
	if (verdict != JSON_COERCE_OK)
		return 0;
	put_name(w, f);
	if (f->type == OBS_SCHEMA_FLOAT)
		base_buf_f7(w->out, n);
	else
		base_buf_i64(w->out, i);
	return 1;
}

/* The index in FIELDS of the name V, which has escapes or is odd; or -1. */
static int
find_odd_field(const struct json_doc *d, int v,
    const struct obs_schema_field *fields)
{
	const char *names[OBS_SCHEMA_MAX_FIELDS];
	int n;

	for (n = 0; fields[n].in != NULL; n++)
		names[n] = fields[n].in;
	return json_doc_lookup(d, v, names, n);
}

/* 1 if F is the field of the member name V, which is plain. */
static inline int
is_field(const struct json_doc *d, int v, const struct obs_schema_field *f)
{
	const char *raw;
	size_t len;

	raw = json_doc_raw(d, v, &len);
	return f->inlen == len && json_doc_equal(f->in, raw, len);
}

/*
 * The index in FIELDS of the member name V, or -1.  Apart from its caller, as
 * this has an array that is seldom needed.
 */
static __attribute__((noinline)) int
find_field(const struct json_doc *d, int v,
    const struct obs_schema_field *fields)
{
	int i;

	if (!json_doc_is_plain(d, v))
		return find_odd_field(d, v, fields);
	for (i = 0; fields[i].in != NULL; i++)
		if (is_field(d, v, &fields[i]))
			return i;
	return -1;
}

/* What an object has of a table of fields. */
struct picked {
	unsigned	found;		/* bit I: there is a value of field I, */
	int		at[OBS_SCHEMA_MAX_FIELDS];	/* ... which is here */
};

/* The value of field I, or -1. */
static inline int
picked_value(const struct picked *p, int i)
{
	return p->found >> i & 1 ? p->at[i] : -1;
}

/*
 * The values of object OBJ for FIELDS, of which H knows the order.  One pass
 * over the members finds all: to look for each field by itself would go over
 * the object as often as there are fields.  Nearly always a member is what came
 * behind the one before the last time, too.
 */
static void
pick_values(const struct json_doc *d, int obj,
    const struct obs_schema_field *fields, struct habit *h, struct picked *p)
{
	int end = json_doc_no_name(d, obj), i, k;
	int last = OBS_SCHEMA_MAX_FIELDS;
	unsigned found = 0;

	for (k = json_doc_name(obj); k < end; k = json_doc_next_name(d, k)) {
		i = h->next[last];
		if (!json_doc_is_plain(d, k) || !is_field(d, k, &fields[i])) {
			if ((i = find_field(d, k, fields)) == -1)
				continue;
			h->next[last] = (uint8_t)i;
		}
		found |= 1u << i;
		p->at[i] = json_doc_value(k);
		last = i;
	}
	p->found = found;
}

/*
 * Does F fill in for the field before it?  The table has such fields right
 * behind the one they stand for, which put_found() relies on.
 */
static int
is_alias(const struct obs_schema_field *f)
{
	return f->type == OBS_SCHEMA_ALIAS || f->type == OBS_SCHEMA_NCI;
}

/* Begin an object at P, which is in a list.  Returns where that ends. */
static inline char *
add_brace(char *p)
{
	static const char brace[] = { ',', ' ', '{', '\0', '\0' };
	size_t skip = p[-1] == '[' ? 2 : 0;

	memcpy(p, brace + skip, 3);
	return p + 3 - skip;
}

/*
 * Write the members P of object OBJ, in the order of their FIELDS; its bracket,
 * too, if it is one IN_LIST.  All that stand in the body as they are to be
 * written have room in what is asked for at once.  Returns the set of those
 * written.
 */
static unsigned
put_found(struct walk *w, const struct obs_schema_field *fields,
    const struct picked *p, int obj, int in_list)
{
	const struct json_doc_part *part = w->d->part, *t;
	const char *text = w->d->text, *end = text + w->d->len;
	const size_t room = (size_t)(part[obj].end - part[obj].start) +
	    OBS_SCHEMA_MAX_FIELDS * AROUND;
	const struct obs_schema_field *f;
	size_t len, skip = no_comma(w);
	unsigned left, written = 0;
	char *to = base_buf_room(w->out, room);
	int i;

	if (in_list && to != NULL) {
		to = add_brace(to);
		skip = OBS_SCHEMA_COMMA;
	}
	for (left = p->found; left != 0 && to != NULL; left &= left - 1) {
		i = __builtin_ctz(left);
		f = &fields[i];
		if (is_alias(f) && (!w->r->rules->new_members ||
		    written & 1u << (i - 1)))
			continue;
		t = &part[p->at[i]];
		if ((len = plain_len(t, f, text + t->start)) > 0) {
			to = add_as_is(to, f, skip, text + t->start, len, end,
			    (t->kind & JSON_DOC_PLAIN) != 0);
			if (f->type == OBS_SCHEMA_FLOAT &&
			    t->kind == JSON_DOC_INT)
				to = (char *)memcpy(to, ".0", 2) + 2;
			skip = 0;
			written |= 1u << i;
			continue;
		}
		end_text(w->out, to);
		written |= (unsigned)put_odd_scalar(w, f, p->at[i]) << i;
		to = base_buf_room(w->out, room);
		skip = no_comma(w);
	}
	if (to != NULL)
		end_text(w->out, to);
	return written;
}

/* The same with the members of a position, which OBJ has. */
static unsigned
put_position_members(struct walk *w, int obj,
    const struct obs_schema_field *fields)
{
	struct picked p;

	pick_values(w->d, obj, fields, &w->habit[POSITION], &p);
	return put_found(w, fields, &p, obj, 0);
}

/*
 * The radio of a cell whose members of FIELDS are P: its own word for
 * it, NR if it has an identity of that, or the report's.  Takes that identity
 * away from other radios, and a cell id that is none from a cell that has it.
 */
static const char *
radio_of_cell(struct walk *w, const struct obs_schema_field *fields,
    struct picked *p)
{
	const char *nr = radio_cell_type_name(RADIO_CELL_NR);
	const char *name = radio_word(w, &fields[0], picked_value(p, 0));
	int64_t cid, nci;
	int has_nci, i;

	for (i = 0; fields[i].type != OBS_SCHEMA_NCI; i++)
		;
	assert(i > 0);			/* the field that it fills in for */
	has_nci = picked_value(p, i) != -1 &&
	    json_coerce_int(w->d, p->at[i], &nci) == JSON_COERCE_OK;
	if (name == NULL && has_nci)
		name = nr;
	if (name == NULL)
		name = w->radio;
	if (name == NULL || strcmp(name, nr) != 0)
		p->found &= ~(1u << i);
	else if (has_nci && picked_value(p, i - 1) != -1 && json_coerce_int(
	    w->d, p->at[i - 1], &cid) == JSON_COERCE_OK &&
	    !radio_cell_is_nr_cid(cid))
		p->found &= ~(1u << (i - 1));
	return name;
}

/* Shorten what was written to LEN bytes. */
static void
take_back(struct base_buf *b, size_t len)
{
	assert(len <= b->len || !base_buf_ok(b));
	if (b->len > len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

/* 1 if the NAME of the network with address MAC proves that it is its owner's. */
static int
is_proven(const struct walk *w, const char *mac, size_t maclen,
    const char *name, size_t len)
{
	uint8_t bytes[RADIO_MAC_LEN];

	return w->r->proof != NULL &&
	    radio_mac_parse(bytes, mac, maclen, w->r->rules) &&
	    obs_proof_holds(w->r->proof, bytes, name, len);
}

/*
 * Note the network of list F that is P if its name asks to be left out: as one
 * that was named, or, if the name proves who gave it, as an order.
 */
static int
opts_out(struct walk *w, const struct obs_schema_field *f,
    const struct picked *p)
{
	const char *mac, *name;
	size_t len, maclen;
	int at = picked_value(p, f->name);

	assert(f->sub[f->name].type == OBS_SCHEMA_NAME);
	if (at == -1 || (name = text_value(w, &f->sub[f->name], at,
	    &len)) == NULL || !radio_mac_opts_out(name, len))
		return 0;
	if (p->found & 1 &&
	    (mac = text_value(w, &f->sub[0], p->at[0], &maclen)) != NULL)
		obs_optout_add(&w->optout, f->type == OBS_SCHEMA_BLUES ?
		    OBS_BLUE : OBS_WIFI, !is_proven(w, mac, maclen, name,
		    len), mac, maclen);
	return 1;
}

/*
 * Write entry V of list F, if it can be one.  Of a report with more networks
 * than are allowed the rest is counted and not looked at.
 */
static void
put_entry(struct walk *w, const struct obs_schema_field *f, int v)
{
	int is_cell = f->type == OBS_SCHEMA_CELLS;
	size_t from = w->out->len;
	const char *name;
	struct picked p;
	unsigned written;

	if (w->r->max_networks > 0 && w->seen >= w->r->max_networks) {
		w->r->excess_networks++;
		return;
	}
	w->seen++;
	if (json_doc_kind(w->d, v) != JSON_DOC_OBJECT) {
		drop_value(w, NULL, v, ICHNAEA_PYTHON_OBJECT);
		return;
	}
	pick_values(w->d, v, f->sub, &w->habit[LIST + f->type -
	    OBS_SCHEMA_BLUES], &p);
	if (!is_cell && w->r->rules->opt_outs && opts_out(w, f, &p))
		return;
	name = is_cell && w->r->rules->new_members ?
	    radio_of_cell(w, f->sub, &p) : w->radio;
	/* Without its first field, the address, an entry names nobody. */
	written = put_found(w, f->sub, &p, v, 1);
	if (!is_cell && !(written & 1)) {
		w->r->left_out++;
		take_back(w->out, from);
		return;
	}
	if (is_cell && !(written & 1) && name != NULL) {
		put_name(w, &f->sub[0]);
		json_write_cstr(w->out, name);
	}
	base_buf_chr(w->out, '}');
	w->networks++;
}

/*
 * Write list F, V being its value or -1.  As the rules have it, one without
 * entries is written, too.
 */
static void
put_list(struct walk *w, const struct obs_schema_field *f, int v)
{
	size_t from = w->out->len;
	int end, k;

	put_name(w, f);
	base_buf_chr(w->out, '[');
	if (v != -1 && json_doc_kind(w->d, v) != JSON_DOC_ARRAY) {
		drop_value(w, f->in, v, ICHNAEA_PYTHON_LIST);
		v = -1;
	}
	w->part = f->in;
	w->entry = 0;
	end = v == -1 ? 0 : json_doc_behind(w->d, v);
	for (k = v + 2; k < end && !is_walk_full(w);
	    k = json_doc_behind(w->d, k)) {
		put_entry(w, f, k);
		w->entry++;
	}
	w->part = NULL;
	w->entry = -1;
	if (!w->r->rules->empty_members && base_buf_ok(w->out) &&
	    w->out->data[w->out->len - 1] == '[')
		take_back(w->out, from);
	else
		base_buf_chr(w->out, ']');
}

/*
 * The networks that V, a line of ours or an order, names; with those left out
 * for their NAMED.  Who may give no orders has such a member dropped.
 */
static void
put_optout(struct walk *w, const struct obs_schema_field *f, int v, int named)
{
	if (!w->r->rules->opt_outs)
		return;
	if (!named && !w->r->orders)
		w->r->left_out += v != -1;
	else if (obs_optout_read(&w->optout, w->d, v, named, w->r->arena) ==
	    -1)
		w->nomem = 1;
	if (obs_optout_count(&w->optout, named) == 0)
		return;
	put_name(w, f);
	obs_optout_write(w->out, &w->optout, named);
}

/*
 * Write the position that is a member of its own.  As the rules have it, one
 * without members is written, too, and null where there is none.
 */
static void
put_own_position(struct walk *w, const struct obs_schema_field *f, int v)
{
	size_t from = w->out->len;
	unsigned written = 0;

	put_name(w, f);
	if (v != -1 && json_doc_kind(w->d, v) == JSON_DOC_OBJECT) {
		w->part = f->in;
		base_buf_chr(w->out, '{');
		written = put_position_members(w, v, f->sub);
		base_buf_chr(w->out, '}');
		w->part = NULL;
	} else {
		if (v != -1)
			drop_value(w, f->in, v, ICHNAEA_PYTHON_OBJECT);
		base_buf_str(w->out, "null");
	}
	if (!w->r->rules->empty_members && written == 0)
		take_back(w->out, from);
}

/* The position whose members stand among those of report OBJ. */
static void
put_flat(struct walk *w, const struct obs_schema_field *f, int obj)
{
	size_t from = w->out->len;

	put_name(w, f);
	base_buf_chr(w->out, '{');
	if (put_position_members(w, obj, f->sub) == 0)
		take_back(w->out, from);
	else
		base_buf_chr(w->out, '}');
}

/* Write report V, if it is one. */
static void
put_checked_report(struct walk *w, int v)
{
	const struct obs_schema_field *fields = obs_schema_report[w->r->api];
	const struct obs_schema_field *f;
	size_t from = w->out->len;
	struct picked p, one;
	int at, i;

	if (json_doc_kind(w->d, v) != JSON_DOC_OBJECT) {
		drop_value(w, NULL, v, ICHNAEA_PYTHON_OBJECT);
		return;
	}
	/* What is kept of a report while it is written. */
	w->networks = 0;
	w->seen = 0;
	w->optout.n = 0;
	w->radio = NULL;
	pick_values(w->d, v, fields, &w->habit[REPORT], &p);
	base_buf_chr(w->out, '{');
	for (i = 0; fields[i].in != NULL && !is_walk_full(w); i++) {
		f = &fields[i];
		at = picked_value(&p, i);
		switch (f->type) {
		case OBS_SCHEMA_REPORT_RADIO:
			w->radio = radio_word(w, f, at);
			break;
		case OBS_SCHEMA_STAMP:
		case OBS_SCHEMA_TIME:
			put_stamp(w, f, at);
			break;
		case OBS_SCHEMA_BLUES:
		case OBS_SCHEMA_WIFIS:
		case OBS_SCHEMA_CELLS:
			put_list(w, f, at);
			break;
		case OBS_SCHEMA_OPTOUT:
		case OBS_SCHEMA_OPTOUT_NAME:
			put_optout(w, f, at,
			    f->type == OBS_SCHEMA_OPTOUT_NAME);
			break;
		case OBS_SCHEMA_OBJECT:
			put_own_position(w, f, at);
			break;
		case OBS_SCHEMA_FLAT:
			put_flat(w, f, v);
			break;
		default:
			if (at != -1) {
				one.found = 1u << i;
				one.at[i] = at;
				put_found(w, fields, &one, at, 0);
			}
		}
	}
	/* Now it shows whether there was anything worth a line. */
	base_buf_str(w->out, "}\n");
	if (w->networks == 0 && w->optout.n == 0)
		take_back(w->out, from);
	else
		w->r->n++;
}

/*
 * Write report V of a body, unless it is one too many.  Real reports hardly
 * grow; those that are made of nothing but short names and empty cells can
 * become nine times as long, and bodies of them many more when they came
 * compressed.  They end where a body has grown to MAX_GROWTH times its size.
 */
static void
put_bounded_report(struct walk *w, int v)
{
	struct obs_report *r = w->r;
	size_t from = w->out->len, n = r->n;

	if (r->max_reports > 0 && n >= r->max_reports) {
		r->excess_reports++;
		return;
	}
	put_checked_report(w, v);
	if (!r->rules->empty_members && w->out->len - w->from > FREE_GROWTH +
	    MAX_GROWTH * w->d->len) {
		take_back(w->out, from);
		r->excess_reports += r->n - n;
		r->n = n;
	}
}

/* Begin with body or item D; what R counts is of this walk only. */
static void
walk_init(struct walk *w, struct obs_report *r, const struct json_doc *d)
{
	memset(w, 0, sizeof(*w));
	r->n = r->excess_reports = r->excess_networks = 0;
	w->r = r;
	w->d = d;
	w->out = r->lines;
	w->from = r->lines->len;
	w->item = w->entry = -1;
}

/* What came of the walk; unless that is OK, nothing is left of it. */
static enum obs_report_verdict
body_verdict(struct walk *w)
{
	enum obs_report_verdict v = OBS_REPORT_OK;

	if (w->faults > 0) {
		base_buf_chr(w->r->details, '}');
		v = OBS_REPORT_REFUSED;
	}
	if (w->nomem || is_walk_full(w) || !base_buf_ok(w->r->details))
		v = OBS_REPORT_NOMEM;
	if (v != OBS_REPORT_OK) {
		take_back(w->out, w->from);
		w->r->n = 0;
	}
	return v;
}

enum obs_report_verdict
obs_report_body(struct obs_report *r, const struct json_doc *d)
{
	struct walk w;
	int items, k;

	walk_init(&w, r, d);
	/* Most bodies hardly grow: then there is room for all of it at once. */
	base_buf_room(w.out, (d->len < USUAL ? d->len + d->len / 4 : USUAL) +
	    OBS_SCHEMA_MAX_FIELDS * AROUND);
	/* Faults of the body itself are told in any case: nothing is left. */
	items = json_doc_get(d, 0, "items");
	if (json_doc_kind(d, 0) != JSON_DOC_OBJECT)
		add_fault(&w, NULL, 0, ICHNAEA_PYTHON_OBJECT);
	else if (items == -1)
		add_fault(&w, "items", 0, ICHNAEA_PYTHON_PRESENT);
	else if (json_doc_kind(d, items) != JSON_DOC_ARRAY)
		add_fault(&w, "items", items, ICHNAEA_PYTHON_LIST);
	else
		for (k = json_doc_first(d, items); k != -1 &&
		    !is_walk_full(&w); k = json_doc_next(d, k)) {
			w.item++;
			put_bounded_report(&w, k);
		}
	return body_verdict(&w);
}

enum obs_report_verdict
obs_report_item(struct obs_report *r, const struct json_doc *d, int v)
{
	struct walk w;

	walk_init(&w, r, d);
	if (json_doc_kind(d, v) != JSON_DOC_OBJECT)
		add_fault(&w, NULL, v, ICHNAEA_PYTHON_OBJECT);
	else
		put_checked_report(&w, v);
	return body_verdict(&w);
}

enum obs_report_api
obs_report_form(const struct json_doc *d, int v)
{
	/* In this order: a list of networks says more than a position. */
	static const struct {
		const char		*name;
		enum obs_report_api	 api;
	} marks[] = {
		{ "position", OBS_REPORT_GEOSUBMIT2 },
		{ "latitude", OBS_REPORT_GEOSUBMIT1 },
		{ "longitude", OBS_REPORT_GEOSUBMIT1 },
		{ "wifiAccessPoints", OBS_REPORT_GEOSUBMIT2 },
		{ "cellTowers", OBS_REPORT_GEOSUBMIT2 },
		{ "bluetoothBeacons", OBS_REPORT_GEOSUBMIT2 },
		{ "wifi", OBS_REPORT_SUBMIT1 },
		{ "cell", OBS_REPORT_SUBMIT1 },
		{ "blue", OBS_REPORT_SUBMIT1 },
		{ "lat", OBS_REPORT_SUBMIT1 },
		{ "lon", OBS_REPORT_SUBMIT1 }
	};
	size_t i;

	if (json_doc_kind(d, v) != JSON_DOC_OBJECT)
		return OBS_REPORT_GEOSUBMIT2;
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (json_doc_get(d, v, marks[i].name) != -1)
			return marks[i].api;
	return OBS_REPORT_GEOSUBMIT2;
}
