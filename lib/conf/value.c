/* SPDX-License-Identifier: ISC */
/*
 * One switch over the types of conf/table.h for each thing that is done to a
 * value.  Values live in struct conf_file at the offset that the table names:
 * an int64_t, an int, or a char * that is ours to free and NULL when the value
 * is empty.
 *
 * No message contains a value: it might be a password that was put behind the
 * wrong key.
 */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "conf/file.h"
#include "conf/table.h"
#include "conf/url.h"
#include "conf/value.h"

static const char no_memory[] = "more memory";

void *
conf_value_field(const struct conf_file *cf, const struct conf_table_key *k)
{
	return (char *)(uintptr_t)cf + k->offset;
}

int
conf_value_is_text(const struct conf_table_key *k)
{
	return k->type != CONF_TABLE_NUM && k->type != CONF_TABLE_BOOL;
}

/* A whole number, to be multiplied by 1024 for each step of its suffix. */
static int
parse_num(const char *text, int64_t *v)
{
	size_t len = strlen(text);
	int shift = 0;

	if (len > 0)
		switch (tolower((unsigned char)text[len - 1])) {
		case 'g':
			shift += 10;	/* FALLTHROUGH */
		case 'm':
			shift += 10;	/* FALLTHROUGH */
		case 'k':
			shift += 10;
			len--;
		}
	if (!base_num_i64(text, len, v) || *v > INT64_MAX >> shift || *v < 0)
		return 0;
	*v <<= shift;
	return 1;
}

/* The words of Python's configparser, and those of ours. */
static int
parse_bool(const char *text, int *v)
{
	static const char *const words[] = { "false", "true", "no", "yes",
	    "off", "on", "0", "1" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0) {
			*v = (int)(i & 1);
			return 1;
		}
	return 0;
}

/* What was expected instead of TEXT, an address of K's kind; or NULL. */
static const char *
expected_url(const struct conf_table_key *k, const char *text)
{
	struct conf_url u;
	const char *why;

	why = conf_url_parse(&u, k->type == CONF_TABLE_DATABASE ?
	    CONF_URL_DATABASE : k->type == CONF_TABLE_REDIS ?
	    CONF_URL_REDIS : k->type == CONF_TABLE_DSN ? CONF_URL_DSN :
	    CONF_URL_WEB, text);
	if (why == NULL)
		conf_url_done(&u);
	return why;
}

/* 1 if TEXT is one of WORDS, "a, b, c". */
static int
is_word(const char *text, const char *words)
{
	size_t len = strlen(text), n;

	for (;; words += n + strspn(words + n, ", ")) {
		if ((n = strcspn(words, ",")) == 0)
			return 0;
		if (n == len && memcmp(words, text, n) == 0)
			return 1;
	}
}

/* Keep a copy of TEXT, or NULL if it is empty, instead of what K had. */
static const char *
replace_text(struct conf_file *cf, const struct conf_table_key *k,
    const char *text)
{
	char **to = conf_value_field(cf, k), *copy = NULL;

	if (*text != '\0' && (copy = strdup(text)) == NULL)
		return no_memory;
	conf_value_done(cf, k);
	*to = copy;
	return NULL;
}

/*
 * A value that is not as expected leaves the one before in place: that of the
 * default, which later checks can go on with.
 */
const char *
conf_value_set(struct conf_file *cf, const struct conf_table_key *k,
    const char *text, char why[CONF_VALUE_WHY_LEN])
{
	const char *bad;
	int64_t num;

	switch (k->type) {
	case CONF_TABLE_NUM:
		if (!parse_num(text, &num) || num < k->min || num > k->max) {
			snprintf(why, CONF_VALUE_WHY_LEN,
			    "a number from %lld to %lld", (long long)k->min,
			    (long long)k->max);
			return why;
		}
		*(int64_t *)conf_value_field(cf, k) = num;
		return NULL;
	case CONF_TABLE_BOOL:
		return parse_bool(text, conf_value_field(cf, k)) ? NULL :
		    "true or false";
	case CONF_TABLE_DATABASE:
	case CONF_TABLE_REDIS:
	case CONF_TABLE_WEB:
	case CONF_TABLE_DSN:
		if (*text != '\0' && (bad = expected_url(k, text)) != NULL)
			return bad;
		break;
	case CONF_TABLE_WORD:
		if (is_word(text, k->words))
			break;
		snprintf(why, CONF_VALUE_WHY_LEN, "one of %s", k->words);
		return why;
	default:
		break;
	}
	return replace_text(cf, k, text);
}

/*
 * The words of a list end up on one line, in whatever lines they stood, so
 * that readers have one text to go through.
 */
const char *
conf_value_add(struct conf_file *cf, const struct conf_table_key *k,
    const char *text)
{
	char **to = conf_value_field(cf, k), *whole;
	const char *bad;

	assert(k->type == CONF_TABLE_LIST);
	assert(*text != '\0');
	if (*to == NULL)
		return replace_text(cf, k, text);
	if (asprintf(&whole, "%s %s", *to, text) == -1)
		return no_memory;
	bad = replace_text(cf, k, whole);
	free(whole);
	return bad;
}

/* The part of TEXT, a value of K, that -C does not show; or NULL. */
static const char *
hidden_part(const struct conf_table_key *k, const char *text, size_t *len)
{
	switch (k->type) {
	case CONF_TABLE_DATABASE:
	case CONF_TABLE_REDIS:
	case CONF_TABLE_WEB:
	case CONF_TABLE_DSN:
		return conf_url_hidden(text, len);
	case CONF_TABLE_SECRET:
		*len = strlen(text);
		return text;
	default:
		return NULL;
	}
}

/*
 * It decides whether the file may be readable by all, so a name of a user
 * alone does not count.
 */
int
conf_value_is_secret(const struct conf_file *cf,
    const struct conf_table_key *k)
{
	const char *p, *text;
	size_t len;

	if (!conf_value_is_text(k) ||
	    (text = *(char **)conf_value_field(cf, k)) == NULL ||
	    (p = hidden_part(k, text, &len)) == NULL)
		return 0;
	if (k->type == CONF_TABLE_SECRET)
		return 1;
	/* A user alone is none; nor is one with an empty password. */
	text = memchr(p, ':', len);
	return text != NULL && text + 1 < p + len;
}

/*
 * What is printed can be read again, but for what is hidden: booleans and
 * numbers have one spelling each, and lists come on one line.
 */
void
conf_value_print(const struct conf_file *cf, const struct conf_table_key *k,
    FILE *out)
{
	const char *p, *text;
	size_t len;

	switch (k->type) {
	case CONF_TABLE_NUM:
		fprintf(out, "%lld",
		    (long long)*(int64_t *)conf_value_field(cf, k));
		return;
	case CONF_TABLE_BOOL:
		fputs(*(int *)conf_value_field(cf, k) ? "true" : "false",
		    out);
		return;
	default:
		if ((text = *(char **)conf_value_field(cf, k)) == NULL)
			return;
		if ((p = hidden_part(k, text, &len)) != NULL)
			fprintf(out, "%.*s***%s", (int)(p - text), text,
			    p + len);
		else
			fputs(text, out);
	}
}

/*
 * All texts are wiped and not only secrets, as a password may stand behind a
 * wrong key.
 */
void
conf_value_done(struct conf_file *cf, const struct conf_table_key *k)
{
	char **text;

	if (!conf_value_is_text(k))
		return;
	text = conf_value_field(cf, k);
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}
