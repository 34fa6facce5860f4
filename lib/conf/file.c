/* SPDX-License-Identifier: ISC */
/*
 * The file is read whole, taken apart by conf/ini.h, and every value is given
 * to conf/value.h; here is what lies between: which key of the table a line
 * is about, whether it may stand there, and where values were found.
 *
 * All faults of a file are told, not only the first.  A key with a fault
 * keeps what it had, so later messages are not about consequences.  Where
 * each line of a value begins is kept for as long as the value is, as some
 * values are understood, and found wrong, much later by others.
 */
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/file.h"
#include "conf/ini.h"
#include "conf/table.h"
#include "conf/value.h"

#define MAX_BYTES	(1 << 20)	/* of a file: more is no settings */
#define NO_KEY		((size_t)-1)

/* The reading of one file. */
struct load {
	struct conf_file	*cf;
	struct conf_ini		 ini;
	size_t			 key;	/* what an indented line belongs to */
	int			 known;	/* the section is one of ours */
	int			 bad;	/* something was warned of */
};

/* Warn of the line that is read. */
static void __attribute__((format(printf, 2, 3)))
warn_line(struct load *l, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warnx("%s:%u: %s", l->cf->path, l->ini.line, text);
	l->bad = 1;
}

/* Has the table a key of section NAME? */
static int
is_section(const char *name)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		if (strcmp(conf_table[i].section, name) == 0)
			return 1;
	return 0;
}

/* The number of a key in the table, or NO_KEY. */
static size_t
number_of_key(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		if (strcmp(conf_table[i].section, section) == 0 &&
		    strcmp(conf_table[i].name, name) == 0)
			return i;
	return NO_KEY;
}

/*
 * The last line of KEY that begins at AT or before; 0: it has none, as its
 * value is the default.  Places of one key are in the order of the value, as
 * lines only ever add to its end.
 */
static unsigned
line_of(const struct conf_file *cf, size_t key, size_t at)
{
	unsigned line = 0;
	size_t i;

	for (i = 0; i < cf->nplaces; i++)
		if (cf->place[i].key == key && cf->place[i].at <= at)
			line = cf->place[i].line;
	return line;
}

/* From AT of the value of KEY on it stands in this line. */
static int
add_place(struct load *l, size_t key, size_t at)
{
	struct conf_file *cf = l->cf;
	struct conf_file_place *p;

	p = reallocarray(cf->place, cf->nplaces + 1, sizeof(*p));
	if (p == NULL)
		return -1;
	cf->place = p;
	p[cf->nplaces++] = (struct conf_file_place){ key, at, l->ini.line };
	return 0;
}

/* Put the value of this line to those that list KEY has. */
static const char *
add_to_list(struct load *l, size_t key)
{
	const struct conf_table_key *k = &conf_table[key];
	char *const *value = conf_value_field(l->cf, k);
	size_t at = *value == NULL ? 0 : strlen(*value) + 1;

	if (*l->ini.value == '\0')
		return NULL;
	return add_place(l, key, at) == -1 ? "more memory" :
	    conf_value_add(l->cf, k, l->ini.value);
}

/*
 * The first line of a value: "key = value".  A key that has a line already
 * either adds to its list or is refused: the last one must not win silently,
 * as whoever edits the first one would never know.
 */
static void
read_first_line(struct load *l)
{
	const struct conf_table_key *k;
	const char *want;
	char why[CONF_VALUE_WHY_LEN];
	unsigned line;

	l->key = NO_KEY;
	if (!l->known) {
		if (*l->ini.section == '\0')
			warn_line(l, "expected a [section] before the first "
			    "key");
		return;		/* an unknown section was told of */
	}
	if ((l->key = number_of_key(l->ini.section, l->ini.name)) == NO_KEY) {
		warn_line(l, "[%s] %s: unknown key", l->ini.section,
		    l->ini.name);
		return;
	}
	k = &conf_table[l->key];
	line = line_of(l->cf, l->key, SIZE_MAX);
	if (line != 0 && k->type == CONF_TABLE_LIST)
		want = add_to_list(l, l->key);
	else if (line != 0) {
		warn_line(l, "[%s] %s: is set in line %u already", k->section,
		    k->name, line);
		return;
	} else if (add_place(l, l->key, 0) == -1)
		want = "more memory";
	else
		want = conf_value_set(l->cf, k, l->ini.value, why);
	if (want != NULL)
		warn_line(l, "[%s] %s: expected %s", k->section, k->name,
		    want);
}

/* An indented line, which goes on with the value of the key above. */
static void
read_further_line(struct load *l)
{
	const struct conf_table_key *k;
	const char *want;

	if (l->key == NO_KEY)
		return;		/* of what was told of already */
	k = &conf_table[l->key];
	if (k->type != CONF_TABLE_LIST)
		warn_line(l, "[%s] %s: expected a value of one line; a key "
		    "of its own must not be indented", k->section, k->name);
	else if ((want = add_to_list(l, l->key)) != NULL)
		warn_line(l, "[%s] %s: expected %s", k->section, k->name,
		    want);
}

/* Go through the LEN bytes of TEXT, and through all of them. */
static void
read_lines(struct load *l, char *text, size_t len)
{
	enum conf_ini_kind kind;

	conf_ini_init(&l->ini, text, len);
	while ((kind = conf_ini_next(&l->ini)) != CONF_INI_END)
		switch (kind) {
		case CONF_INI_SECTION:
			l->key = NO_KEY;
			if (!(l->known = is_section(l->ini.section)))
				warn_line(l, "[%s]: unknown section",
				    l->ini.section);
			break;
		case CONF_INI_KEY:
			read_first_line(l);
			break;
		case CONF_INI_MORE:
			read_further_line(l);
			break;
		default:
			warn_line(l, "expected %s", l->ini.value);
			break;
		}
}

/* Is there anything in the settings that nobody else may read? */
static int
holds_secret(const struct conf_file *cf)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		if (conf_value_is_secret(cf, &conf_table[i]))
			return 1;
	return 0;
}

/*
 * All of FP; -1 with errno set.  A device or pipe may go on for ever, so there
 * is a bound, far above what settings need.
 */
static int
read_settings(FILE *fp, struct base_buf *b)
{
	size_t n;
	char *p;

	for (;;) {
		if ((p = base_buf_room(b, BUFSIZ)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		if ((n = fread(p, 1, BUFSIZ, fp)) == 0)
			return ferror(fp) ? -1 : 0;
		if ((b->len += n) > MAX_BYTES) {
			errno = EFBIG;
			return -1;
		}
	}
}

/*
 * Read the file, whose name is in the settings already, and forget its text.
 * The mode of what was opened counts, not that of the name: somebody may
 * change what that stands for meanwhile.
 */
static void
read_conf(struct load *l)
{
	struct stat st = { 0 };
	struct base_buf b;
	FILE *fp;

	base_buf_init(&b);
	if ((fp = fopen(l->cf->path, "re")) != NULL &&
	    fstat(fileno(fp), &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (fp != NULL && read_settings(fp, &b) == 0) {
		read_lines(l, b.data, b.len);
		if ((st.st_mode & S_IROTH) != 0 && holds_secret(l->cf)) {
			warnx("%s: holds passwords and can be read by others:"
			    " chmod o-r", l->cf->path);
			l->bad = 1;
		}
		goto out;
	}
	warn("%s", l->cf->path);
	l->bad = 1;
out:
	if (fp != NULL)
		fclose(fp);
	if (b.data != NULL)
		explicit_bzero(b.data, b.cap);
	base_buf_done(&b);
}

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
	struct load l = { .cf = cf, .key = NO_KEY };

	path = conf_file_path(path);
	if (set_defaults(cf, path) == -1) {
		warnx("%s: out of memory", path);
		l.bad = 1;
	} else
		read_conf(&l);
	if (l.bad)
		conf_file_end(cf);
	return l.bad ? -1 : 0;
}

/* It may be called again, and for settings that could not be read. */
void
conf_file_end(struct conf_file *cf)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		conf_value_done(cf, &conf_table[i]);
	free(cf->path);
	free(cf->place);
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
	char text[512], where[16] = "";
	unsigned line;
	va_list ap;

	if (at != NULL) {
		assert(conf_value_is_text(k));
		offset = (size_t)(at - *(char *const *)field);
	}
	if ((line = line_of(cf, key, offset)) != 0)
		snprintf(where, sizeof(where), ":%u", line);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warnx("%s%s: [%s] %s: %s", cf->path, where, k->section, k->name,
	    text);
}

/*
 * Whether a key is needed depends on the program, so it is no fault of the
 * file as such.
 */
int
conf_file_need(const struct conf_file *cf, const void *field)
{
	if (*(char *const *)field != NULL)
		return 0;
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
	size_t i;

	for (i = 0; i < conf_table_len; i++) {
		if (strcmp(section, conf_table[i].section) != 0) {
			section = conf_table[i].section;
			fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "", section);
		}
		fprintf(out, "%s = ", conf_table[i].name);
		conf_value_print(cf, &conf_table[i], out);
		fputc('\n', out);
	}
}
