/* SPDX-License-Identifier: ISC */
/*
 * Settings as programs have them: conf/read.h reads them, and here they are
 * opened, told about, compared and printed.
 *
 * Where each line of a value begins is kept for as long as the value is, as
 * some values are understood, and found wrong, much later by others.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"
#include "conf/place.h"
#include "conf/read.h"
#include "conf/table.h"
#include "conf/value.h"

/*
 * Set all keys to their defaults.  Returns 0, or -1 if memory is short: that
 * is all that can go wrong, as a unit test reads every default.
 */
static int
set_defaults(struct conf_file *cf, const char *path)
{
	char why[CONF_VALUE_WHY_LEN];
	const char *bad;
	size_t i;

	memset(cf, 0, sizeof(*cf));
	if ((cf->path = strdup(path)) == NULL)
		return -1;
	for (i = 0; i < conf_table_len; i++) {
		if (conf_table[i].def == NULL)
			continue;
		bad = conf_value_set(cf, &conf_table[i], conf_table[i].def,
		    why);
		if (bad != NULL) {
			assert(conf_value_is_text(&conf_table[i]));
			return -1;
		}
	}
	return 0;
}

const char *
conf_file_path(const char *path)
{
	if (path == NULL && (path = getenv("LOC_CONF")) == NULL)
		path = SYSCONFDIR "/location.ini";
	return path;
}

/*
 * Nothing is left of settings with a fault, so that no program can start with
 * a part of them.
 */
int
conf_file_open(struct conf_file *cf, const char *path)
{
	int may_miss = path == NULL && getenv("LOC_CONF") == NULL, rc;

	path = conf_file_path(path);
	if ((rc = set_defaults(cf, path)) == -1)
		warnx("%s: out of memory", path);
	else
		rc = conf_read_settings(cf, may_miss);
	if (rc == -1)
		conf_file_end(cf);
	return rc;
}

/* It may be called again, and for settings that could not be read. */
void
conf_file_end(struct conf_file *cf)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		conf_value_done(cf, &conf_table[i]);
	conf_place_done(cf);
	free(cf->path);
	memset(cf, 0, sizeof(*cf));
}

/*
 * The key whose value is FIELD.  Callers name a member of the struct and not a
 * section and key, so that the compiler finds typing errors.
 */
static size_t
key_of(const struct conf_file *cf, const void *field)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		if (conf_value_field(cf, &conf_table[i]) == field)
			break;
	assert(i < conf_table_len);
	return i;
}

/* The place of the byte at AT of KEY's value as text, or that of a default. */
static void
format_place(const struct conf_file *cf, size_t key, size_t at,
    const char *of_default, char *buf, size_t size)
{
	const struct conf_place *p = conf_place_find(cf, key, at);

	if (p == NULL)
		strlcpy(buf, of_default, size);
	else if (p->from != NULL)
		strlcpy(buf, p->from, size);
	else
		snprintf(buf, size, "%s:%u", cf->path, p->line);
}

/*
 * The line is that in which the part of the value at AT stood.  Defaults stand
 * in no line, and then only the file is named.
 */
void
conf_file_warn(const struct conf_file *cf, const void *field, const char *at,
    const char *fmt, ...)
{
	size_t key = key_of(cf, field), offset = 0;
	const struct conf_table_key *k = &conf_table[key];
	char text[512], where[PATH_MAX + 16];
	va_list ap;

	if (at != NULL) {
		assert(conf_value_is_text(k));
		offset = (size_t)(at - *(char *const *)field);
	}
	format_place(cf, key, offset, cf->path, where, sizeof(where));
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warnx("%s: [%s] %s: %s", where, k->section, k->name, text);
}

/*
 * Whether a key is needed depends on the program, so it is no fault of the
 * file as such.
 */
int
conf_file_need(const struct conf_file *cf, const void *field)
{
	size_t file_key;
	const char *path = NULL;

	if (*(char *const *)field != NULL)
		return 0;
	if ((file_key = conf_place_file_key(key_of(cf, field))) !=
	    CONF_PLACE_NO_KEY)
		path = *(char **)conf_value_field(cf, &conf_table[file_key]);
	if (path != NULL)
		conf_file_warn(cf, conf_value_field(cf,
		    &conf_table[file_key]), NULL, "%s: %s", path,
		    strerror(EACCES));
	else
		conf_file_warn(cf, field, NULL, "is not set");
	return -1;
}

/*
 * Values are compared and not texts, so a changed comment does not make a
 * program open everything anew upon SIGHUP.
 */
int
conf_file_same(const struct conf_file *a, const struct conf_file *b)
{
	const struct conf_table_key *k;
	const char *x, *y;
	size_t i;

	for (i = 0; i < conf_table_len; i++) {
		k = &conf_table[i];
		if (conf_value_is_text(k)) {
			x = *(char *const *)conf_value_field(a, k);
			y = *(char *const *)conf_value_field(b, k);
			if (x != y && (x == NULL || y == NULL ||
			    strcmp(x, y) != 0))
				return 0;
		} else if (memcmp(conf_value_field(a, k),
		    conf_value_field(b, k), k->type == CONF_TABLE_BOOL ?
		    sizeof(int) : sizeof(int64_t)) != 0)
			return 0;
	}
	return 1;
}

/* Keys of a section stand together in the table, or it would come twice. */
void
conf_file_print(const struct conf_file *cf, FILE *out)
{
	const char *section = "";
	char origin[PATH_MAX + 32];
	size_t i;

	fprintf(out, "; %s\n", cf->path);
	for (i = 0; i < conf_table_len; i++) {
		if (strcmp(section, conf_table[i].section) != 0) {
			section = conf_table[i].section;
			fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "", section);
		}
		fprintf(out, "%s = ", conf_table[i].name);
		conf_value_print(cf, &conf_table[i], out);
		format_place(cf, i, SIZE_MAX, "default", origin,
		    sizeof(origin));
		fprintf(out, "\t; %s\n", origin);
	}
}
