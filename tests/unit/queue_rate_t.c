/* SPDX-License-Identifier: ISC */
#include "queue/rate.h"

#include "tap.h"

#define T	1700000000.0

/* Settings "name=value ..." with the prefix left out. */
static void
given(struct queue_rate *r, const char *text)
{
	char copy[256], *eq, *p = copy, *word;
	const char *name;
	int k;

	memset(r, 0, sizeof(*r));
	r->now_s = T;
	strlcpy(copy, text, sizeof(copy));
	while ((word = strsep(&p, " ")) != NULL) {
		if ((eq = strchr(word, '=')) == NULL)
			continue;
		*eq++ = '\0';
		for (k = 0; k < QUEUE_RATE_SETTINGS; k++) {
			name = queue_rate_name[k];
			if (strcmp(name + strlen(name) - strlen(word),
			    word) == 0)
				break;
		}
		strlcpy(r->text[k], eq, sizeof(r->text[k]));
	}
}

static void
values(void)
{
	static const struct {
		enum queue_rate_key	 key;
		const char		*text;
		int			 good;
	} t[] = {
		{ QUEUE_RATE_SAMPLE, "56.4", 1 },
		{ QUEUE_RATE_SAMPLE, "0", 1 }, { QUEUE_RATE_SAMPLE, "100", 1 },
		{ QUEUE_RATE_SAMPLE, "100.1", 0 },
		{ QUEUE_RATE_SAMPLE, "-1", 0 }, { QUEUE_RATE_SAMPLE, "", 0 },
		{ QUEUE_RATE_SAMPLE, "nan", 0 },
		{ QUEUE_RATE_ENABLED, "1", 1 }, { QUEUE_RATE_ENABLED, "0", 1 },
		{ QUEUE_RATE_ENABLED, "2", 0 },
		{ QUEUE_RATE_ENABLED, "1.0", 0 },
		{ QUEUE_RATE_TARGET, "1", 1 }, { QUEUE_RATE_TARGET, "0", 0 },
		{ QUEUE_RATE_TARGET, "-5", 0 },
		{ QUEUE_RATE_TARGET, "1000.5", 0 },
		{ QUEUE_RATE_TARGET, "5.0", 0 },
		{ QUEUE_RATE_TARGET, "1000000000000000000000", 0 },
		{ QUEUE_RATE_KP, "0", 1 }, { QUEUE_RATE_KP, ".002", 1 },
		{ QUEUE_RATE_KP, "1e3", 1 }, { QUEUE_RATE_KP, "-.1", 0 },
		{ QUEUE_RATE_KP, "1e999", 0 }, { QUEUE_RATE_KD, "inf", 0 },
		{ QUEUE_RATE_KI, "0x1", 0 }, { QUEUE_RATE_KI, "1 ", 0 },
		{ QUEUE_RATE_PURGING, "2", 0 },
		{ QUEUE_RATE_TRX_MIN, "0", 0 }, { QUEUE_RATE_TRX_MIN, "1", 1 },
		{ QUEUE_RATE_TRX_MAX, "x", 0 }
	};
	const char *why;
	double v;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ok(queue_rate_parse(t[i].key, t[i].text, &v, &why) ==
		    t[i].good, "%s: '%s' is %s", queue_rate_name[t[i].key],
		    t[i].text, t[i].good ? "good" : "bad");
}

/* What check makes of settings: is it on, what is written. */
static void
checks(void)
{
	static const struct {
		const char	*given;
		int		 on;
		const char	*written;
	} t[] = {
		{ "", 0, "enabled=0 state={}" },
		{ "enabled=0", 0, "state={}" },
		{ "enabled=0 kp=x target=0", 0, "state={}" },
		{ "enabled=yes target=9", 0, "enabled=0 state={}" },
		{ "enabled=1 target=9", 1, "kp=8 ki=0 kd=0 trx_purging=0 "
		    "trx_min=1000 trx_max=1000000" },
		{ "enabled=1 target=9 kp=1 ki=2 kd=3 trx_purging=1 "
		    "trx_min=5 trx_max=6", 1, "" },
		{ "enabled=1", 0, "enabled=0 target=0 kp=8 ki=0 kd=0 "
		    "trx_purging=0 trx_min=1000 trx_max=1000000 state={}" },
		{ "enabled=1 target=0 kp=1 ki=2 kd=3 trx_purging=1 trx_min=5 "
		    "trx_max=6", 0, "enabled=0 target=0 state={}" },
		{ "enabled=1 target=1000.5 kp=-1 ki=nan kd=x trx_purging=2 "
		    "trx_min=0 trx_max=7", 0, "enabled=0 target=0 kp=8 ki=0 "
		    "kd=0 trx_purging=0 trx_min=1000 trx_max=1000000 "
		    "state={}" },
		{ "enabled=1 target=9 kp=1 ki=2 kd=3 trx_purging=1 trx_min=x "
		    "trx_max=2000", 0, "enabled=0 trx_min=1000 state={}" },
		{ "enabled=1 target=9 kp=1 ki=2 kd=3 trx_purging=1 trx_min=5 "
		    "trx_max=5", 0, "enabled=0 trx_max=1000000 state={}" }
	};
	struct queue_rate r;
	char got[256];
	const char *name;
	size_t i;
	int k, on;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		given(&r, t[i].given);
		on = queue_rate_check(&r);
		got[0] = '\0';
		for (k = 0; k < QUEUE_RATE_KEYS; k++) {
			if (!r.put[k])
				continue;
			name = queue_rate_name[k];
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s%s=%s", got[0] == '\0' ? "" : " ",
			    name + strlen("rate_controller_"), r.text[k]);
		}
		ok(on == t[i].on, "'%s' is %s", t[i].given,
		    t[i].on ? "on" : "off");
		is_str(got, t[i].written, "what is written");
	}
	given(&r, "enabled=0 sample_rate=56.4");
	queue_rate_check(&r);
	ok(r.value[QUEUE_RATE_SAMPLE] == 56.4 && !r.put[QUEUE_RATE_SAMPLE],
	    "a rate set by hand stays");
	given(&r, "enabled=0");
	queue_rate_check(&r);
	ok(r.value[QUEUE_RATE_SAMPLE] == 100 && !r.put[QUEUE_RATE_SAMPLE],
	    "without one it is 100");
}

static void
purging(void)
{
	static const struct {
		const char	*given;
		int64_t		 history;
		int		 purging;
	} t[] = {
		{ "trx_min=10 trx_max=100 trx_purging=0", 123, 1 },
		{ "trx_min=10 trx_max=200 trx_purging=1", 123, 1 },
		{ "trx_min=10 trx_max=200 trx_purging=0", 123, 0 },
		{ "trx_min=124 trx_max=200 trx_purging=1", 123, 0 },
		{ "trx_min=123 trx_max=200 trx_purging=1", 123, 1 },
		{ "trx_min=10 trx_max=123 trx_purging=0", 123, 0 }
	};
	struct queue_rate r;
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "enabled=1 target=1000 %s",
		    t[i].given);
		given(&r, text);
		strlcpy(r.text[QUEUE_RATE_STATE], "{\"mine\":1}",
		    QUEUE_RATE_TEXT);
		queue_rate_check(&r);
		ok(queue_rate_purge(&r, t[i].history) == t[i].purging,
		    "history %lld, %s", (long long)t[i].history, t[i].given);
		is_str(r.text[QUEUE_RATE_PURGING], t[i].purging ? "1" : "0",
		    "the mode is written");
		is_str(r.text[QUEUE_RATE_SAMPLE], t[i].purging ? "0.0" : "",
		    "nothing is stored meanwhile");
		ok(!r.put[QUEUE_RATE_STATE], "the state is left alone");
	}
}

/* A step from STATE with BACKLOG. */
static const char *
step(struct queue_rate *r, const char *settings, const char *state,
    double backlog)
{
	given(r, settings);
	strlcpy(r->text[QUEUE_RATE_STATE], state, QUEUE_RATE_TEXT);
	ok(queue_rate_check(r), "on");
	queue_rate_control(r, backlog);
	return r->text[QUEUE_RATE_SAMPLE];
}

static void
steps(void)
{
	static const char pid[] = "enabled=1 target=1000 kp=1 ki=.002 kd=.2";
	struct queue_rate r;
	static const char *const fresh[] = { "", "{}", "[]", "not JSON",
	    "{\"state\":\"stopped\",\"p_term\":1,\"i_term\":7,\"d_term\":1,"
	    "\"last_output\":1,\"last_input\":1,\"last_time\":1699999999}",
	    "{\"state\":\"running\",\"p_term\":1,\"i_term\":7,\"d_term\":1,"
	    "\"last_input\":1,\"last_time\":1699999999}",
	    "{\"state\":\"running\",\"p_term\":1,\"i_term\":7,\"d_term\":1,"
	    "\"last_output\":1,\"last_input\":1}",
	    "{\"state\":\"running\",\"p_term\":1,\"i_term\":7,\"d_term\":1,"
	    "\"last_output\":1,\"last_input\":1,\"last_time\":1699999399}",
	    "{\"state\":\"running\",\"p_term\":1,\"i_term\":7,\"d_term\":1,"
	    "\"last_output\":1,\"last_input\":1,\"last_time\":1700000000}",
	    "{\"state\":\"running\",\"p_term\":1,\"i_term\":7,\"d_term\":1,"
	    "\"last_output\":1,\"last_input\":1,\"last_time\":\"now\"}" };
	size_t i;

	is_str(step(&r, pid, "", 0), "100.0", "nothing waits");
	is_str(r.text[QUEUE_RATE_STATE], "{\"state\":\"running\","
	    "\"p_term\":1000.0,\"i_term\":2e-16,\"d_term\":-0.0,"
	    "\"last_output\":1000.0,\"last_input\":0.0,"
	    "\"last_time\":1700000000.0}", "the state");
	is_str(step(&r, pid, "{\"state\":\"running\",\"p_term\":1000,"
	    "\"i_term\":2e-16,\"d_term\":-0.0,\"last_output\":1000,"
	    "\"last_input\":0,\"last_time\":1699999940}", 10), "100.0",
	    "a minute later 10 wait");
	is_near(r.pid.p_term, 990, 0, "P");
	is_near(r.pid.i_term, .002 * 990 * 60, 1e-9, "I");
	is_near(r.pid.d_term, -.2 * 10 / 60, 1e-12, "D");
	for (i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++) {
		is_str(step(&r, "enabled=1 target=9 kp=1 ki=1 kd=1",
		    fresh[i], 10), "0.0", fresh[i]);
		is_near(r.pid.p_term, -1, 0, "P");
		is_near(r.pid.i_term, 0, 0, "I afresh");
	}
	is_str(step(&r, "enabled=1 target=1000", "", 900), "80.0",
	    "80 in a hundred");
	is_str(step(&r, "enabled=1 target=1000", "", 876.5), "98.8",
	    "with a fraction");
}

int
main(void)
{
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	values();
	checks();
	purging();
	steps();
	return tap_done();
}
