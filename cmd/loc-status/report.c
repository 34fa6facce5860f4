/* SPDX-License-Identifier: ISC */
/*
 * What was found, for people, for programs, and for Nagios and its kin: these
 * take the first line as the state, and what is behind the bar as numbers.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "io/cli.h"
#include "json/write.h"

#include "status.h"

static const char *const words[] = { "fine", "degraded", "broken" };

static void
print_text(const struct finding *f)
{
	printf("%-8s %-16s %s", words[f->level], f->check, f->text);
	if (f->level != FINE && f->remedy != NULL)
		printf(" -- %s", f->remedy);
	putchar('\n');
}

/* Print a finding as one line of JSON, with its number if it has one. */
static void
print_json(const struct finding *f)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "check", f->check);
	if (*f->about != '\0')
		json_write_text(&w, "about", f->about);
	json_write_text(&w, "state", words[f->level]);
	json_write_text(&w, "text", f->text);
	if (f->limit != NULL) {
		json_write_i64(&w, "value", f->value);
		if (*f->limit->unit != '\0')
			json_write_text(&w, "unit", f->limit->unit);
		if (f->limit->warn != -1)
			json_write_i64(&w, "degraded", f->limit->warn);
		if (f->limit->broken != -1)
			json_write_i64(&w, "broken", f->limit->broken);
	}
	if (f->level != FINE && f->remedy != NULL)
		json_write_text(&w, "remedy", f->remedy);
	json_write_end(&w);
	io_cli_last(&b);
}

/* A bar begins the numbers, so that there must be none in the text. */
static void
print_plain(const char *text)
{
	for (; *text != '\0'; text++)
		putchar(*text == '|' ? '/' : *text);
}

static void
print_number(const struct finding *f)
{
	const struct limit *l = f->limit;

	printf(" '%s%s%s'=%lld%s;", f->check, *f->about == '\0' ? "" : ":",
	    f->about, (long long)f->value, l->unit);
	if (l->warn != -1)
		printf("%lld", (long long)l->warn);
	putchar(';');
	if (l->broken != -1)
		printf("%lld", (long long)l->broken);
}

/* The worst come first, as pagers show the beginning of the line only. */
static void
print_nagios(const struct status *s, enum level worst)
{
	static const char *const states[] = { "OK", "WARNING", "CRITICAL" };
	const char *sep = ": ", *bar = " |";
	int level;
	size_t i;

	printf("LOC %s", states[worst]);
	if (worst == FINE)
		printf(": %zu checks", s->n);
	for (level = BROKEN; level > FINE; level--)
		for (i = 0; i < s->n; i++)
			if ((int)s->found[i].level == level) {
				printf("%s%s: ", sep, s->found[i].check);
				print_plain(s->found[i].text);
				sep = "; ";
			}
	for (i = 0; i < s->n; i++)
		if (s->found[i].limit != NULL) {
			fputs(bar, stdout);
			print_number(&s->found[i]);
			bar = "";
		}
	putchar('\n');
}

void
report(const struct status *s, enum form form, enum level worst)
{
	size_t i;

	if (form == NAGIOS)
		print_nagios(s, worst);
	else
		for (i = 0; i < s->n; i++)
			(form == JSON ? print_json : print_text)(&s->found[i]);
	io_cli_flush();
}
