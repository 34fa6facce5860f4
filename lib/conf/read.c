/* SPDX-License-Identifier: ISC */
/*
 * The file is read whole, taken apart by conf/ini.h, and every value is given
 * to conf/value.h; here is what lies between: which key of the table a line
 * is about, whether it may stand there, and where values were found.  What
 * conf/outside.h has is laid over the values of the file at the end.
 *
 * All faults of a file are told, not only the first.  A key with a fault
 * keeps what it had, so later messages are not about consequences.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/file.h"
#include "conf/ini.h"
#include "conf/outside.h"
#include "conf/place.h"
#include "conf/read.h"
#include "conf/table.h"
#include "conf/value.h"

#define MAX_BYTES	(1 << 20)	/* of a file: more is no settings */

/* The reading of one file. */
struct load {
	struct conf_file	*cf;
	struct conf_ini		 ini;
	size_t			 key;	/* what an indented line belongs to */
	int			 known;	/* the section is one of ours */
	int			 may_miss;	/* nobody named the file */
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

/* The number of a key in the table, or CONF_PLACE_NO_KEY. */
static size_t
number_of_key(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < conf_table_len; i++)
		if (strcmp(conf_table[i].section, section) == 0 &&
		    strcmp(conf_table[i].name, name) == 0)
			return i;
	return CONF_PLACE_NO_KEY;
}

/* The last line of KEY; 0: it has none. */
static unsigned
line_of(const struct conf_file *cf, size_t key)
{
	const struct conf_place *p = conf_place_find(cf, key, SIZE_MAX);

	return p == NULL ? 0 : p->line;
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
	return conf_place_add(l->cf, key, at, l->ini.line, NULL) == -1 ?
	    "more memory" : conf_value_add(l->cf, k, l->ini.value);
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

	l->key = CONF_PLACE_NO_KEY;
	if (!l->known) {
		if (*l->ini.section == '\0')
			warn_line(l, "expected a [section] before the first "
			    "key");
		return;		/* an unknown section was told of */
	}
	if ((l->key = number_of_key(l->ini.section, l->ini.name)) ==
	    CONF_PLACE_NO_KEY) {
		warn_line(l, "[%s] %s: unknown key", l->ini.section,
		    l->ini.name);
		return;
	}
	k = &conf_table[l->key];
	line = line_of(l->cf, l->key);
	if (line != 0 && k->type == CONF_TABLE_LIST)
		want = add_to_list(l, l->key);
	else if (line != 0) {
		warn_line(l, "[%s] %s: is set in line %u already", k->section,
		    k->name, line);
		return;
	} else if (conf_place_add(l->cf, l->key, 0, l->ini.line, NULL) == -1)
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

	if (l->key == CONF_PLACE_NO_KEY)
		return;		/* of what was told of already */
	k = &conf_table[l->key];
	if (k->type != CONF_TABLE_LIST)
		warn_line(l, "[%s] %s: expected a value of one line; a key "
		    "of its own must not be indented more", k->section,
		    k->name);
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
			l->key = CONF_PLACE_NO_KEY;
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

/*
 * What stands outside of the file.
 */

/* Give KEY the value that was found, which OUT then no longer holds. */
static void
use_outside(struct load *l, size_t key, struct conf_outside *out)
{
	const struct conf_table_key *k = &conf_table[key];
	char why[CONF_VALUE_WHY_LEN];

	if (out->want == NULL && out->error == 0)
		out->want = conf_place_add(l->cf, key, 0, 0, out->from) == -1 ?
		    "more memory" : conf_value_set(l->cf, k, out->text, why);
	if (out->want != NULL)
		warnx("%s: [%s] %s: expected %s", out->from == NULL ?
		    l->cf->path : out->from, k->section, k->name, out->want);
	else if (out->error != 0)
		warnx("%s: [%s] %s: %s", out->from, k->section, k->name,
		    strerror(out->error));
	if (out->want != NULL || out->error != 0)
		l->bad = 1;
}

/*
 * Read the file of KEY that FILE_KEY names.  Both in location.ini are as bad as
 * one key twice.  Whether a file that this user may not read matters depends on
 * the program where conf_file_need() will be asked: so each user can have its
 * own, although all read the same location.ini.
 */
static void
use_named_file(struct load *l, size_t key, size_t file_key)
{
	const struct conf_table_key *k = &conf_table[file_key];
	const char *path = *(char **)conf_value_field(l->cf, k);
	struct conf_outside out;
	unsigned line = line_of(l->cf, key);

	if (*(char **)conf_value_field(l->cf, &conf_table[key]) != NULL &&
	    line != 0 && line_of(l->cf, file_key) != 0) {
		conf_file_warn(l->cf, conf_value_field(l->cf, k), NULL,
		    "%s is set in line %u already", conf_table[key].name,
		    line);
		l->bad = 1;
		return;
	}
	if (conf_outside_file(path, &out) == -1 && k->lazy &&
	    out.error == EACCES)
		conf_value_done(l->cf, &conf_table[key]);
	else
		use_outside(l, key, &out);
	conf_outside_done(&out);
}

/* Lay what is outside of the file over its value of KEY. */
static void
read_outside(struct load *l, size_t key)
{
	const struct conf_table_key *k = &conf_table[key];
	size_t file_key = conf_place_file_key(key);
	struct conf_outside out;

	if (conf_outside_env(k, &out) != 0)
		use_outside(l, key, &out);
	else if (file_key == CONF_PLACE_NO_KEY)
		;	/* no secret, so it is in no file or credential */
	else if (*(char **)conf_value_field(l->cf, &conf_table[file_key]) !=
	    NULL)
		use_named_file(l, key, file_key);
	else {
		conf_outside_done(&out);
		if (conf_outside_credential(k, &out) != 0)
			use_outside(l, key, &out);
	}
	conf_outside_done(&out);
}

/* All keys; first those of files, as others look for these. */
static void
read_all_outside(struct load *l)
{
	const char *variable;
	size_t at = 0, i;
	int files;

	for (files = 1; files >= 0; files--)
		for (i = 0; i < conf_table_len; i++)
			if ((conf_table[i].type == CONF_TABLE_FILE) == files)
				read_outside(l, i);
	while ((variable = conf_outside_unknown(&at)) != NULL) {
		warnx("$%.*s: no key of location.ini is called so",
		    (int)strcspn(variable, "="), variable);
		l->bad = 1;
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
	if ((fp = fopen(l->cf->path, "re")) == NULL && errno == ENOENT &&
	    l->may_miss && conf_outside_any())
		goto out;
	if (fp != NULL &&
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

int
conf_read_settings(struct conf_file *cf, int may_miss)
{
	struct load l = { .cf = cf, .key = CONF_PLACE_NO_KEY,
	    .may_miss = may_miss };

	read_conf(&l);
	read_all_outside(&l);
	return l.bad ? -1 : 0;
}
