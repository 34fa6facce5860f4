/* SPDX-License-Identifier: ISC */
/*
 * Containers set the environment, systemd has credentials, and other admins
 * keep each secret in a file of its own.  This file finds such values; which
 * of several counts is the business of conf/file.c.
 *
 * Names of variables are made of those of the section and the key, so there is
 * no second table of them; those of Ichnaea are the exception, and are in one.
 * Any value that came over several lines or with control characters is
 * refused, as location.ini could not say it either.
 *
 * What a file of a secret contains is read without stdio, whose buffers would
 * keep a copy of it.
 */
#include <sys/stat.h>

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/outside.h"
#include "conf/table.h"

#define MAX_BYTES	4096	/* of a value */
#define NAME_MAX_LEN	64	/* of a variable */
#define PREFIX		"LOC_"

_Static_assert(MAX_BYTES == 4096, "as the message of read_value() says");

extern char **environ;

/* What the version of 2023 called our keys. */
static const struct {
	const char	*section, *key, *name;
} ichnaea[] = {
	{ "database", "rw_url", "DB_READWRITE_URI" },
	{ "database", "ro_url", "DB_READONLY_URI" },
	{ "database", "ddl_url", "SQLALCHEMY_URL" },
	{ "cache", "cache_url", "REDIS_URI" },
	{ "geoip", "db_path", "GEOIP_PATH" },
	{ "assets", "bucket", "ASSET_BUCKET" },
	{ "assets", "url", "ASSET_URL" },
	{ "http", "secret_key", "SECRET_KEY" },
	{ "statsd", "host", "STATSD_HOST" },
	{ "statsd", "port", "STATSD_PORT" },
	{ "sentry", "dsn", "SENTRY_DSN" },
	{ "sentry", "environment", "SENTRY_ENVIRONMENT" }
};

/* Append TEXT to NAME, as far as variables can be called so. */
static size_t
add_name(char name[NAME_MAX_LEN], size_t len, const char *text)
{
	for (; *text != '\0' && len + 1 < NAME_MAX_LEN; text++) {
		unsigned char c = (unsigned char)*text;

		name[len++] = isalnum(c) ? (char)toupper(c) : '_';
	}
	name[len] = '\0';
	return len;
}

/* LOC_SECTION_ and, unless KEY is NULL, the name of the key. */
static size_t
make_name(char name[NAME_MAX_LEN], const char *section, const char *key)
{
	size_t len = add_name(name, 0, PREFIX);

	len = add_name(name, len, section);
	len = add_name(name, len, "_");
	if (key != NULL)
		len = add_name(name, len, key);
	assert(len + 1 < NAME_MAX_LEN);	/* it was not cut */
	return len;
}

/* The name that K had in Ichnaea, or NULL. */
static const char *
name_of_ichnaea(const struct conf_table_key *k)
{
	size_t i;

	for (i = 0; i < sizeof(ichnaea) / sizeof(ichnaea[0]); i++)
		if (strcmp(ichnaea[i].section, k->section) == 0 &&
		    strcmp(ichnaea[i].key, k->name) == 0)
			return ichnaea[i].name;
	return NULL;
}

/* What variable NAME has, or NULL if that is nothing. */
static const char *
get_variable(const char *name)
{
	const char *value = name == NULL ? NULL : getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* Note what is wrong.  Always -1. */
static int
fail_outside(struct conf_outside *o, int error, const char *want)
{
	o->error = error;
	o->want = want;
	return -1;
}

/*
 * Keep a copy of the LEN bytes at P without the blanks around them.  1, or -1
 * if a key cannot have such a value.
 */
static int
keep_text(struct conf_outside *o, const char *p, size_t len)
{
	size_t i;

	for (; len > 0 && isspace((unsigned char)*p); p++)
		len--;
	while (len > 0 && isspace((unsigned char)p[len - 1]))
		len--;
	if (len == 0)
		return fail_outside(o, 0, "a value, but it is empty");
	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)p[i]) && p[i] != '\t')
			return fail_outside(o, 0, "one line of text");
	return (o->text = strndup(p, len)) != NULL ? 1 :
	    fail_outside(o, 0, "more memory");
}

/* Our own name comes first, as it can only be meant for us. */
int
conf_outside_env(const struct conf_table_key *k, struct conf_outside *o)
{
	char own[NAME_MAX_LEN];
	const char *name = own, *value;

	*o = (struct conf_outside){ 0 };
	make_name(own, k->section, k->name);
	if ((value = get_variable(own)) == NULL)
		value = get_variable(name = name_of_ichnaea(k));
	if (value == NULL)
		return 0;
	if (asprintf(&o->from, "$%s", name) == -1) {
		o->from = NULL;
		return fail_outside(o, 0, "more memory");
	}
	return keep_text(o, value, strlen(value));
}

/* All of FD, at most SIZE bytes; their number, or -1 with errno set. */
static ssize_t
read_whole(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, buf + len, size - len)) != 0) {
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)len;
}

/*
 * Read the file that O is from.  A pipe may stand for it, so only its bytes
 * say how long it is.  Those who run systemd's credentials see to the rights
 * of these: ANYBODY_MAY says that rights do not matter.
 */
static int
read_value(struct conf_outside *o, int anybody_may)
{
	char buf[MAX_BYTES + 1];
	struct stat st;
	int fd, rc = -1;
	ssize_t n;

	if ((fd = open(o->from, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1 ||
	    fstat(fd, &st) == -1)
		fail_outside(o, errno, NULL);
	else if (S_ISREG(st.st_mode) && (st.st_mode & S_IROTH) != 0 &&
	    !anybody_may)
		fail_outside(o, 0, "a file that others cannot read: chmod o-r");
	else if ((n = read_whole(fd, buf, sizeof(buf))) == -1)
		fail_outside(o, errno, NULL);
	else if (n > MAX_BYTES)
		fail_outside(o, 0, "one line of at most 4096 bytes");
	else
		rc = keep_text(o, buf, (size_t)n);
	if (fd != -1)
		close(fd);
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

int
conf_outside_file(const char *path, struct conf_outside *o)
{
	*o = (struct conf_outside){ .from = strdup(path) };
	return o->from == NULL ? fail_outside(o, 0, "more memory") :
	    read_value(o, 0);
}

int
conf_outside_credential(const struct conf_table_key *k, struct conf_outside *o)
{
	const char *dir = get_variable("CREDENTIALS_DIRECTORY");
	char *p;

	*o = (struct conf_outside){ 0 };
	if (dir == NULL)
		return 0;
	if (asprintf(&o->from, "%s/loc.%s.%s", dir, k->section, k->name) ==
	    -1) {
		o->from = NULL;
		return fail_outside(o, 0, "more memory");
	}
	for (p = o->from + strlen(dir); (p = strchr(p, ':')) != NULL;)
		*p = '_';
	return access(o->from, F_OK) == -1 && errno == ENOENT ? 0 :
	    read_value(o, 1);
}

void
conf_outside_done(struct conf_outside *o)
{
	if (o->text != NULL)
		explicit_bzero(o->text, strlen(o->text));
	free(o->text);
	free(o->from);
	*o = (struct conf_outside){ 0 };
}

/* 1 if the LEN bytes at NAME, of the environment, name key I of the table. */
static int
is_name_of(const char *name, size_t len, size_t i)
{
	const struct conf_table_key *k = &conf_table[i];
	const char *old = name_of_ichnaea(k);
	char own[NAME_MAX_LEN];

	return (make_name(own, k->section, k->name) == len &&
	    memcmp(own, name, len) == 0) || (old != NULL &&
	    strlen(old) == len && memcmp(old, name, len) == 0);
}

/* 1 if VARIABLE, NAME=VALUE, is about one of our keys. */
static int
is_known(const char *variable)
{
	size_t i, len = strcspn(variable, "=");

	for (i = 0; i < conf_table_len; i++)
		if (is_name_of(variable, len, i))
			return 1;
	return 0;
}

/* 1 if VARIABLE begins as if it were about a key of one of our sections. */
static int
has_section(const char *variable)
{
	char prefix[NAME_MAX_LEN];
	size_t i, len;

	for (i = 0; i < conf_table_len; i++) {
		len = make_name(prefix, conf_table[i].section, NULL);
		if (strncmp(variable, prefix, len) == 0)
			return 1;
	}
	return 0;
}

const char *
conf_outside_unknown(size_t *at)
{
	const char *variable;

	while (environ != NULL && environ[*at] != NULL) {
		variable = environ[(*at)++];
		if (strncmp(variable, PREFIX, strlen(PREFIX)) == 0 &&
		    has_section(variable) && !is_known(variable))
			return variable;
	}
	return NULL;
}

int
conf_outside_any(void)
{
	struct conf_outside o;
	size_t i;
	int rc = 0;

	for (i = 0; i < conf_table_len && rc == 0; i++) {
		if ((rc = conf_outside_env(&conf_table[i], &o)) == 0) {
			conf_outside_done(&o);
			rc = conf_outside_credential(&conf_table[i], &o);
		}
		conf_outside_done(&o);
	}
	return rc != 0;
}

/* unsetenv() moves the variables behind one that goes into its place. */
void
conf_outside_forget(void)
{
	static const char *const others[] = { "CREDENTIALS_DIRECTORY",
	    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	    "AWS_CONTAINER_AUTHORIZATION_TOKEN" };
	char name[NAME_MAX_LEN];
	size_t i = 0, len;

	while (environ != NULL && environ[i] != NULL) {
		len = strcspn(environ[i], "=");
		if (len >= sizeof(name) || !is_known(environ[i])) {
			i++;
			continue;
		}
		memcpy(name, environ[i], len);
		name[len] = '\0';
		unsetenv(name);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		unsetenv(others[i]);
}
