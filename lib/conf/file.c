/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "base/num.h"
#include "conf/file.h"
#include "conf/table.h"

struct load {
	struct conf_file	*cf;
	const char		*path;
	int			 bad;
	int			 secret;	/* a password was seen */
};

static void *
field(const struct conf_file *cf, const struct conf_table_key *k)
{
	return (char *)(uintptr_t)cf + k->offset;
}

/* The password within a URL: from the ':' of its user part to the '@'. */
static const char *
password(const char *url, size_t *len)
{
	const char *at, *p, *slashes;

	if ((slashes = strstr(url, "://")) == NULL)
		return NULL;
	at = slashes + 3 + strcspn(slashes + 3, "/?");
	while (at > slashes && *at != '@')
		at--;
	if (*at != '@' || (p = memchr(slashes + 3, ':',
	    (size_t)(at - slashes - 3))) == NULL || p + 1 == at)
		return NULL;
	*len = (size_t)(at - p - 1);
	return p + 1;
}

/* The part of TEXT, a value of K, that nobody else may know; or NULL. */
static const char *
secret(const struct conf_table_key *k, const char *text, size_t *len)
{
	switch (k->type) {
	case CONF_TABLE_URL:
		return password(text, len);
	case CONF_TABLE_SECRET:
		*len = strlen(text);
		return *len > 0 ? text : NULL;
	default:
		return NULL;
	}
}

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

/* Set K from TEXT.  Returns NULL, or what was expected instead. */
static const char *
set(struct conf_file *cf, const struct conf_table_key *k, const char *text,
    char *why, size_t whylen)
{
	int64_t num;
	char *copy, **str;

	switch (k->type) {
	case CONF_TABLE_NUM:
		if (!parse_num(text, &num) || num < k->min || num > k->max) {
			snprintf(why, whylen, "a number from %lld to %lld",
			    (long long)k->min, (long long)k->max);
			return why;
		}
		*(int64_t *)field(cf, k) = num;
		return NULL;
	case CONF_TABLE_BOOL:
		return parse_bool(text, field(cf, k)) ? NULL :
		    "true or false";
	default:
		str = field(cf, k);
		if ((copy = strdup(text)) == NULL)
			return "more memory";
		free(*str);
		*str = copy;
		if (*text == '\0') {
			free(*str);
			*str = NULL;
		}
		return NULL;
	}
}

static int
on_key(void *arg, const char *section, const char *name, const char *value)
{
	struct load *l = arg;
	const char *want;
	char why[80];
	size_t i, len;

	for (i = 0; i < conf_table_len; i++)
		if (strcmp(conf_table[i].section, section) == 0 &&
		    strcmp(conf_table[i].name, name) == 0)
			break;
	if (i == conf_table_len) {
		warnx("%s: [%s] %s: unknown key", l->path, section, name);
		l->bad = 1;
		return 1;
	}
	want = set(l->cf, &conf_table[i], value, why, sizeof(why));
	if (want != NULL) {
		warnx("%s: [%s] %s: expected %s", l->path, section, name,
		    want);
		l->bad = 1;
	}
	if (secret(&conf_table[i], value, &len) != NULL)
		l->secret = 1;
	return 1;
}

int
conf_file_open(struct conf_file *cf, const char *path)
{
	struct load l = { cf, path, 0, 0 };
	struct stat st;
	FILE *fp;
	char why[80];
	size_t i;
	int line;

	memset(cf, 0, sizeof(*cf));
	for (i = 0; i < conf_table_len; i++)
		if (conf_table[i].def != NULL)
			set(cf, &conf_table[i], conf_table[i].def, why,
			    sizeof(why));
	if (l.path == NULL && (l.path = getenv("LOC_CONF")) == NULL)
		l.path = SYSCONFDIR "/location.ini";
	if ((fp = fopen(l.path, "r")) == NULL || fstat(fileno(fp), &st) == -1) {
		warn("%s", l.path);
		l.bad = 1;
	} else if ((line = ini_parse_file(fp, on_key, &l)) != 0) {
		warnx("%s: line %d: expected [section] or key = value, "
		    "under 200 bytes", l.path, line);
		l.bad = 1;
	} else if (l.secret && (st.st_mode & S_IROTH) != 0) {
		warnx("%s: holds passwords and can be read by others: "
		    "chmod o-r", l.path);
		l.bad = 1;
	}
	if (fp != NULL)
		fclose(fp);
	if (l.bad)
		conf_file_end(cf);
	return l.bad ? -1 : 0;
}

void
conf_file_end(struct conf_file *cf)
{
	char **str;
	size_t i;

	for (i = 0; i < conf_table_len; i++) {
		if (conf_table[i].type == CONF_TABLE_NUM ||
		    conf_table[i].type == CONF_TABLE_BOOL)
			continue;
		str = field(cf, &conf_table[i]);
		if (*str != NULL)
			explicit_bzero(*str, strlen(*str));
		free(*str);
	}
	memset(cf, 0, sizeof(*cf));
}

static void
print_value(const struct conf_file *cf, const struct conf_table_key *k,
    FILE *out)
{
	const char *pw, *text;
	size_t len;

	switch (k->type) {
	case CONF_TABLE_NUM:
		fprintf(out, "%lld", (long long)*(int64_t *)field(cf, k));
		return;
	case CONF_TABLE_BOOL:
		fputs(*(int *)field(cf, k) ? "true" : "false", out);
		return;
	default:
		if ((text = *(char **)field(cf, k)) == NULL)
			return;
		if ((pw = secret(k, text, &len)) != NULL)
			fprintf(out, "%.*s***%s", (int)(pw - text), text,
			    pw + len);
		else
			fputs(text, out);
	}
}

void
conf_file_print(const struct conf_file *cf, FILE *out)
{
	const char *section = "";
	size_t i;

	for (i = 0; i < conf_table_len; i++) {
		if (strcmp(section, conf_table[i].section) != 0) {
			section = conf_table[i].section;
			fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "", section);
		}
		fprintf(out, "%s = ", conf_table[i].name);
		print_value(cf, &conf_table[i], out);
		fputc('\n', out);
	}
}
