/* SPDX-License-Identifier: ISC */
/*
 * The settings of the rate controller and its state are strings in Redis that
 * Ichnaea's controller reads and writes, too, so their names, their forms and
 * what happens to one that makes no sense are Ichnaea's: it is reset with a
 * warning and the controller is switched off.
 *
 * A step reads everything at once behind a WATCH, computes, and writes what
 * it changed in a transaction, which Redis refuses if anything that was
 * watched has changed meanwhile.  So of several steps at the same time one
 * counts, a step that is killed changes nothing, and a setting that somebody
 * sets during a step is not undone by it.  TIME is read with the rest: steps
 * may run on several hosts, and the derivative needs one clock.
 */
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "json/doc.h"
#include "json/write.h"
#include "queue/names.h"
#include "queue/rate.h"
#include "queue/redis.h"

#define MAX_EXACT	9007199254740991	/* of whole numbers */

const char *const queue_rate_name[QUEUE_RATE_KEYS] = {
	[QUEUE_RATE_SAMPLE] = QUEUE_NAMES_SAMPLE_RATE,
	[QUEUE_RATE_ENABLED] = QUEUE_NAMES_RATE("enabled"),
	[QUEUE_RATE_TARGET] = QUEUE_NAMES_RATE("target"),
	[QUEUE_RATE_KP] = QUEUE_NAMES_RATE("kp"),
	[QUEUE_RATE_KI] = QUEUE_NAMES_RATE("ki"),
	[QUEUE_RATE_KD] = QUEUE_NAMES_RATE("kd"),
	[QUEUE_RATE_PURGING] = QUEUE_NAMES_RATE("trx_purging"),
	[QUEUE_RATE_TRX_MIN] = QUEUE_NAMES_RATE("trx_min"),
	[QUEUE_RATE_TRX_MAX] = QUEUE_NAMES_RATE("trx_max"),
	[QUEUE_RATE_STATE] = QUEUE_NAMES_RATE("state")
};

/*
 * What each setting may be, what it is if nobody has set it, and the words for
 * a mistake.  Only the target has no default, as it depends on what a service
 * can work off.
 */
static const struct {
	int		 whole;
	double		 min, max;
	const char	*def;		/* NULL: there must be one */
	const char	*expected;
} settings[QUEUE_RATE_SETTINGS] = {
	[QUEUE_RATE_SAMPLE] = { 0, 0, 100, "100.0",
	    "a number from 0 to 100" },
	[QUEUE_RATE_ENABLED] = { 1, 0, 1, "0", "0 or 1" },
	[QUEUE_RATE_TARGET] = { 1, 1, MAX_EXACT, NULL,
	    "a whole number above 0" },
	[QUEUE_RATE_KP] = { 0, 0, HUGE_VAL, "8", "a number, 0 or more" },
	[QUEUE_RATE_KI] = { 0, 0, HUGE_VAL, "0", "a number, 0 or more" },
	[QUEUE_RATE_KD] = { 0, 0, HUGE_VAL, "0", "a number, 0 or more" },
	[QUEUE_RATE_PURGING] = { 1, 0, 1, "0", "0 or 1" },
	[QUEUE_RATE_TRX_MIN] = { 1, 1, MAX_EXACT, "1000",
	    "a whole number above 0" },
	[QUEUE_RATE_TRX_MAX] = { 1, 1, MAX_EXACT, "1000000",
	    "a whole number above " QUEUE_NAMES_RATE("trx_min") }
};

/* The members of the state, in the order of the numbers in base/pid.h. */
static const char *const state_name[] = {
	"p_term", "i_term", "d_term", "last_output", "last_input",
	"last_time"
};
#define STATE_NUMBERS	(sizeof(state_name) / sizeof(state_name[0]))

/* The replies to WATCH, TIME and MGET. */
static enum queue_verdict
take_replies(struct queue_rate *r, struct queue_reply *reply[3])
{
	enum queue_verdict v;
	const char *text;
	size_t i, len;

	if ((v = queue_reply_check(reply[0], "s", "WATCH")) != QUEUE_OK ||
	    (v = queue_reply_check(reply[1], "[ss]", "TIME")) != QUEUE_OK ||
	    (v = queue_reply_check(reply[2], "*n", "MGET")) != QUEUE_OK)
		return v;
	r->now_s = (double)queue_reply_num(queue_reply_at(reply[1], 0)) +
	    (double)queue_reply_num(queue_reply_at(reply[1], 1)) / 1e6;
	for (i = 0; i < QUEUE_RATE_KEYS; i++) {
		text = queue_reply_text(queue_reply_at(reply[2], i), &len);
		if (text != NULL)
			strlcpy(r->text[i], text, sizeof(r->text[i]));
	}
	return QUEUE_OK;
}

/*
 * One round trip.  WATCH comes first, so that whatever is changed after it
 * makes the transaction fail that queue_rate_write() ends with.  The watch
 * ends with the transaction, or with the connection.
 */
enum queue_verdict
queue_rate_read(struct queue_redis *redis, struct queue_rate *r)
{
	static const char *const time[] = { "TIME" };
	const char *arg[1 + QUEUE_RATE_KEYS];
	struct queue_reply *reply[3];
	enum queue_verdict v;
	int i;

	memset(r, 0, sizeof(*r));
	memcpy(arg + 1, queue_rate_name, sizeof(queue_rate_name));
	arg[0] = "WATCH";
	queue_redis_append(redis, 1 + QUEUE_RATE_KEYS, arg, NULL);
	queue_redis_append(redis, 1, time, NULL);
	arg[0] = "MGET";
	queue_redis_append(redis, 1 + QUEUE_RATE_KEYS, arg, NULL);
	for (i = 0; i < 3; i++)
		reply[i] = queue_redis_get(redis);
	v = take_replies(r, reply);
	for (i = 0; i < 3; i++)
		queue_reply_free(reply[i]);
	return v;
}

/*
 * Always a transaction, even without anything to write, as only EXEC tells
 * whether what was read still holds.  EXEC says nil if it does not.
 */
enum queue_verdict
queue_rate_write(struct queue_redis *redis, const struct queue_rate *r)
{
	const char *arg[3] = { "MULTI" };
	struct queue_reply *reply;
	enum queue_verdict v;
	int i, n = 0;

	queue_redis_append(redis, 1, arg, NULL);
	for (i = 0; i < QUEUE_RATE_KEYS; i++)
		if (r->put[i]) {
			arg[0] = "SET";
			arg[1] = queue_rate_name[i];
			arg[2] = r->text[i];
			queue_redis_append(redis, 3, arg, NULL);
			n++;
		}
	arg[0] = "EXEC";
	queue_redis_append(redis, 1, arg, NULL);
	for (i = 0; i <= n; i++)
		queue_reply_free(queue_redis_get(redis));
	reply = queue_redis_get(redis);
	if (queue_reply_is_nil(reply) && reply != NULL)
		v = QUEUE_CHANGED;
	else
		v = queue_reply_check(reply, "*s", "EXEC");
	queue_reply_free(reply);
	return v;
}

/* Whole numbers are read as such: 1.5 is no count, nor is 1e3. */
int
queue_rate_parse(enum queue_rate_key key, const char *text, double *v,
    const char **why)
{
	int64_t n;
	double d;

	if (why != NULL)
		*why = settings[key].expected;
	if (settings[key].whole) {
		if (!base_num_i64(text, strlen(text), &n))
			return 0;
		d = (double)n;
	} else if (!base_num_f64(text, strlen(text), &d))
		return 0;
	if (!isfinite(d) || d < settings[key].min || d > settings[key].max)
		return 0;
	*v = d;
	return 1;
}

/* For looking only: unlike queue_rate_check() it changes nothing. */
int
queue_rate_value(const struct queue_rate *r, enum queue_rate_key key,
    double *v)
{
	const char *text = r->text[key];

	if (text[0] == '\0')
		text = settings[key].def;
	return text != NULL && queue_rate_parse(key, text, v, NULL);
}

/* Change KEY to TEXT. */
static void
put_setting(struct queue_rate *r, enum queue_rate_key key,
    const char *text)
{
	assert(strlen(text) < sizeof(r->text[key]));
	strlcpy(r->text[key], text, sizeof(r->text[key]));
	r->put[key] = 1;
}

void
queue_rate_put_num(struct queue_rate *r, enum queue_rate_key key, double v)
{
	struct base_buf b;

	base_buf_init(&b);
	if (settings[key].whole)
		base_buf_i64(&b, (int64_t)v);
	else
		base_buf_f64(&b, v);
	if (base_buf_ok(&b))
		put_setting(r, key, b.data);
	r->value[key] = v;
	base_buf_done(&b);
}

/* Warn of a setting that makes no sense, shown in ASCII, and reset it. */
static void
reset_setting(struct queue_rate *r, enum queue_rate_key key)
{
	char shown[32], *p;

	strlcpy(shown, r->text[key][0] == '\0' ? "(none)" : r->text[key],
	    sizeof(shown));
	for (p = shown; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	warnx("redis: %s has the invalid value %s: rate control is off",
	    queue_rate_name[key], shown);
	queue_rate_put_num(r, key, 0);
	if (settings[key].def != NULL) {
		put_setting(r, key, settings[key].def);
		queue_rate_parse(key, settings[key].def, &r->value[key],
		    NULL);
	}
}

/*
 * A setting other than the rate: 1 if it is good.  A default is written to
 * Redis, where people look for what there is to be set.
 */
static int
check_setting(struct queue_rate *r, enum queue_rate_key key)
{
	if (r->text[key][0] == '\0' && settings[key].def != NULL)
		put_setting(r, key, settings[key].def);
	if (queue_rate_parse(key, r->text[key], &r->value[key], NULL) &&
	    (key != QUEUE_RATE_TRX_MAX ||
	    r->value[key] > r->value[QUEUE_RATE_TRX_MIN]))
		return 1;
	reset_setting(r, key);
	return 0;
}

/*
 * Go on from the state that the last step left, if it is whole: an object of
 * six finite numbers and "running".  Else the controller starts afresh.
 */
static void
take_state(struct queue_rate *r)
{
	struct base_pid *p = &r->pid;
	double *const number[STATE_NUMBERS] = {
		&p->p_term, &p->i_term, &p->d_term, &p->output, &p->input,
		&p->time_s
	};
	struct base_pid blank = *p;
	const char *text = r->text[QUEUE_RATE_STATE];
	struct base_arena a;
	struct json_doc d;
	size_t i, n = 0;
	int v;

	base_arena_init(&a);
	if (json_doc_parse(&d, text, strlen(text), &a) == 0 &&
	    (v = json_doc_get(&d, 0, "state")) != -1 &&
	    json_doc_kind(&d, v) == JSON_DOC_STRING &&
	    json_doc_is(&d, v, "running"))
		for (i = 0; i < STATE_NUMBERS; i++)
			n += (v = json_doc_get(&d, 0, state_name[i])) != -1 &&
			    json_doc_f64(&d, v, number[i]) &&
			    isfinite(*number[i]);
	base_arena_done(&a);
	if (n < STATE_NUMBERS)
		*p = blank;
	else
		p->running = 1;
}

/* The rate is checked first: it has no bearing on whether to go on. */
int
queue_rate_check(struct queue_rate *r)
{
	int bad = 0, k;

	if (!queue_rate_parse(QUEUE_RATE_SAMPLE, r->text[QUEUE_RATE_SAMPLE],
	    &r->value[QUEUE_RATE_SAMPLE], NULL))
		r->value[QUEUE_RATE_SAMPLE] = 100;
	check_setting(r, QUEUE_RATE_ENABLED);
	if (r->value[QUEUE_RATE_ENABLED] > 0) {
		for (k = QUEUE_RATE_TARGET; k <= QUEUE_RATE_TRX_MAX; k++)
			bad |= !check_setting(r, (enum queue_rate_key)k);
		if (bad)
			queue_rate_put_num(r, QUEUE_RATE_ENABLED, 0);
	}
	if (r->value[QUEUE_RATE_ENABLED] <= 0) {
		if (strcmp(r->text[QUEUE_RATE_STATE], "{}") != 0)
			put_setting(r, QUEUE_RATE_STATE, "{}");
		return 0;
	}
	r->pid.kp = r->value[QUEUE_RATE_KP];
	r->pid.ki = r->value[QUEUE_RATE_KI];
	r->pid.kd = r->value[QUEUE_RATE_KD];
	r->pid.target = r->value[QUEUE_RATE_TARGET];
	take_state(r);
	return 1;
}

/*
 * A switch with two thresholds, so that it does not flutter: on above the
 * upper one, off below the lower one, and in between as it was.
 */
int
queue_rate_purge(struct queue_rate *r, int64_t history)
{
	double length = (double)history;
	int purging = r->value[QUEUE_RATE_PURGING] > 0;

	if (length > r->value[QUEUE_RATE_TRX_MAX])
		purging = 1;
	else if (length < r->value[QUEUE_RATE_TRX_MIN])
		purging = 0;
	queue_rate_put_num(r, QUEUE_RATE_PURGING, purging);
	if (purging)
		queue_rate_put_num(r, QUEUE_RATE_SAMPLE, 0);
	return purging;
}

/* The state is written whole, for whoever makes the next step. */
void
queue_rate_control(struct queue_rate *r, double backlog)
{
	double rate = base_pid_step(&r->pid, backlog, r->now_s);
	const struct base_pid *p = &r->pid;
	const double number[STATE_NUMBERS] = {
		p->p_term, p->i_term, p->d_term, p->output, p->input,
		p->time_s
	};
	struct json_write w;
	struct base_buf b;
	size_t i;

	queue_rate_put_num(r, QUEUE_RATE_SAMPLE, rate);
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "state", "running");
	for (i = 0; i < STATE_NUMBERS; i++)
		json_write_f64(&w, state_name[i], number[i]);
	json_write_end(&w);
	if (base_buf_ok(&b))
		put_setting(r, QUEUE_RATE_STATE, b.data);
	base_buf_done(&b);
}
