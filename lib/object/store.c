/* SPDX-License-Identifier: ISC */
/*
 * Which kind of store a URL means, and what both kinds have in common: the
 * checks of keys.  A key becomes the name of a file below a directory in one
 * kind, so it must not lead out of that; what is refused for directories is
 * for buckets, too, so that one can take the place of the other.
 */
#include <assert.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LIBBSD_OPENBSD_VIS	/* the order of arguments */
#include <vis.h>

#include "base/utf8.h"
#include "conf/file.h"
#include "object/bucket.h"

/*
 * A store and its kind; WHY is written by the kind, which has borrowed it, so
 * the struct does not move.
 */
struct object_store {
	const struct object_kind *kind;
	void			*ctx;
	char			*name;
	char			*dir;		/* NULL: a bucket */
	int			(*may)(void *);	/* or NULL */
	void			*may_arg;
	struct object_left	 left;
	char			 why[OBJECT_WHY_LEN];
};

/*
 * An object in the making.  The first failure is kept, as later ones follow
 * from it.
 */
struct object_store_put {
	struct object_store	*store;
	void			*put;		/* NULL: it could not begin */
	enum object_verdict	 failed;	/* OBJECT_OK: nothing has */
};

/*
 * Is the part of a key at P, LEN bytes, the name of a file to be?  The bound
 * is that of a file system for names.
 */
static int
is_part(const char *p, size_t len)
{
	return len > 0 && len <= NAME_MAX &&
	    !(p[0] == '.' && (len == 1 || (len == 2 && p[1] == '.')));
}

/*
 * Control characters and what is no UTF-8 cannot be written in XML, nor in a
 * log; "." and ".." mean something else in a directory.
 */
int
object_store_check_key(const char *key)
{
	const unsigned char *p = (const unsigned char *)key;
	size_t len;

	if (strlen(key) > OBJECT_KEY_MAX || !base_utf8_check(key, strlen(key)))
		return 0;
	for (; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return 0;
	for (;; key += len + 1) {
		len = strcspn(key, "/");
		if (!is_part(key, len))
			return 0;
		if (key[len] == '\0')
			return 1;
	}
}

/* What may be in NAME is escaped as C does it. */
void
object_store_leave_out(struct object_left *left, const char *name)
{
	char *text;

	if (left->n++ > 0)
		return;
	if (stravis(&text, name, VIS_CSTYLE | VIS_NL | VIS_TAB) == -1)
		return;
	strlcpy(left->name, text, sizeof(left->name));
	free(text);
}

size_t
object_store_left_out(const struct object_store *s, const char **name)
{
	*name = s->left.name;
	return s->left.n;
}

/*
 * What assets:PREFIX stands for, allocated, or NULL after a warning.  A bucket
 * may be named without the scheme, as it was in Ichnaea's settings.
 */
static char *
find_asset(const struct conf_file *cf, const char *prefix)
{
	const char *place = cf->assets_bucket;
	char *url;

	if (conf_file_need(cf, &cf->assets_bucket) == -1)
		return NULL;
	if (asprintf(&url, "%s%s/%s", strchr(place, '/') == NULL ? "s3://" : "",
	    place, prefix) == -1) {
		warn(NULL);
		return NULL;
	}
	return url;
}

/*
 * The kind of URL; *PLACE and *PREFIX (both allocated) are what it names.  No
 * %HH is decoded, as keys are texts and no URLs.
 */
static const struct object_kind *
parse_place(const char *url, char **place, char **prefix)
{
	size_t len;

	*place = *prefix = NULL;
	if (strncmp(url, "s3://", 5) == 0) {
		url += 5;
		len = strcspn(url, "/");
		*place = strndup(url, len);
		url += len + strspn(url + len, "/");
		for (len = strlen(url); len > 0 && url[len - 1] == '/';)
			len--;
		*prefix = strndup(url, len);
		return &object_bucket;
	}
	if (strncmp(url, "file://", 7) == 0)
		url += 7;
	*place = strdup(url);
	*prefix = strdup("");
	return &object_dir;
}

/* What is wrong with the URL, or NULL. */
static const char *
find_url_fault(const struct object_kind *kind, const char *place,
    const char *prefix)
{
	if (place == NULL || prefix == NULL)
		return "out of memory";
	if (*place == '\0')
		return "expected s3://BUCKET/PREFIX, file:///DIR, "
		    "assets:PREFIX or a directory";
	if (strstr(place, "://") != NULL)
		return "expected s3:// or file://";
	if (kind == &object_bucket && *prefix != '\0' &&
	    !object_store_check_key(prefix))
		return "expected a prefix of plain names behind the bucket";
	return NULL;
}

/* As object_store_open(), of a URL that is no "assets:". */
static struct object_store *
open_url(const struct conf_file *cf, const char *url)
{
	struct object_store *s;
	char *place, *prefix;
	const char *fault;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn("%s", url);
		return NULL;
	}
	s->kind = parse_place(url, &place, &prefix);
	s->name = strdup(url);
	fault = find_url_fault(s->kind, place, prefix);
	if (fault != NULL || s->name == NULL)
		warnx("%s: %s", url, fault != NULL ? fault : "out of memory");
	else if ((s->ctx = s->kind->open(cf, place, prefix, s->why)) == NULL)
		warnx("%s: %s", url, s->why);
	if (s->kind == &object_dir)
		s->dir = place;
	else
		free(place);
	free(prefix);
	if (s->ctx == NULL) {
		object_store_end(s);
		return NULL;
	}
	return s;
}

/*
 * Whatever is wrong is told here, with the URL as it was given; it has no
 * secrets, these are in the settings.
 */
struct object_store *
object_store_open(const struct conf_file *cf, const char *url)
{
	struct object_store *s;
	char *asset;

	if (strncmp(url, "assets:", 7) != 0)
		return open_url(cf, url);
	url += 7;
	url += strspn(url, "/");
	if ((asset = find_asset(cf, url)) == NULL)
		return NULL;
	s = open_url(cf, asset);
	free(asset);
	return s;
}

void
object_store_end(struct object_store *s)
{
	if (s == NULL)
		return;
	if (s->ctx != NULL)
		s->kind->end(s->ctx);
	free(s->name);
	free(s->dir);
	free(s);
}

const char *
object_store_name(const struct object_store *s)
{
	return s->name;
}

int
object_store_status(enum object_verdict v)
{
	assert(v != OBJECT_OK && v != OBJECT_STOPPED);
	return v == OBJECT_LATER ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

const char *
object_store_why(const struct object_store *s)
{
	return s->why;
}

struct object_bucket *
object_store_bucket(struct object_store *s)
{
	if (s->kind == &object_bucket)
		return s->ctx;
	strlcpy(s->why, "a directory has no rules, see loc-backup expire",
	    sizeof(s->why));
	return NULL;
}

/* Before anything is stored, and from the caller's thread. */
void
object_store_tune(struct object_store *s, const struct object_tuning *t)
{
	s->may = t->may;
	s->may_arg = t->may_arg;
	s->kind->tune(s->ctx, t);
}

/* Few callers need to know. */
const char *
object_store_dir(const struct object_store *s)
{
	return s->dir;
}

/* 1 if KEY may be used; else the reason is there. */
static int
take_key(struct object_store *s, const char *key)
{
	if (object_store_check_key(key))
		return 1;
	strlcpy(s->why, "not the key of an object: expected names in UTF-8 "
	    "between slashes, none of them \".\" or \"..\"", sizeof(s->why));
	return 0;
}

/* 1 if something may be changed now; else the reason is there. */
static int
may_change(struct object_store *s)
{
	if (s->may == NULL || s->may(s->may_arg))
		return 1;
	strlcpy(s->why, "left as it is: another may be at it", sizeof(s->why));
	return 0;
}

/* The key is checked first, here and below, whatever the kind of store. */
enum object_verdict
object_store_put(struct object_store *s, const char *key,
    const struct object_type *type, const void *data, size_t len)
{
	if (!take_key(s, key))
		return OBJECT_WRONG;
	return may_change(s) ? s->kind->put(s->ctx, key, type, data, len) :
	    OBJECT_LATER;
}

/* A range out of bounds is a mistake of the caller, and no input. */
enum object_verdict
object_store_get(struct object_store *s, const char *key, int64_t from,
    int64_t len, int (*sink)(void *arg, const char *data, size_t len),
    void *arg)
{
	assert(from >= 0 && len >= -1);
	return take_key(s, key) ? s->kind->get(s->ctx, key, from, len, sink,
	    arg) : OBJECT_WRONG;
}

enum object_verdict
object_store_head(struct object_store *s, const char *key,
    struct object_info *info)
{
	return take_key(s, key) ? s->kind->head(s->ctx, key, info) :
	    OBJECT_WRONG;
}

/* A prefix is no key: it may end within a name, and is not checked. */
enum object_verdict
object_store_list(struct object_store *s, const char *prefix,
    int (*each)(void *arg, const char *key, const struct object_info *info),
    void *arg)
{
	memset(&s->left, 0, sizeof(s->left));
	return s->kind->list(s->ctx, prefix, each, arg, &s->left);
}

/*
 * All keys are checked before the first one is deleted, so a bad one leaves
 * all of them in place, and counts all as failed.
 */
enum object_verdict
object_store_delete(struct object_store *s, const char *const *key, size_t n,
    size_t *failed)
{
	size_t i;

	assert(n <= OBJECT_DELETE_MAX);
	*failed = n;
	for (i = 0; i < n; i++)
		if (!take_key(s, key[i]))
			return OBJECT_WRONG;
	if (n > 0 && !may_change(s))
		return OBJECT_LATER;
	*failed = 0;
	return n == 0 ? OBJECT_OK : s->kind->delete(s->ctx, key, n, failed);
}

enum object_verdict
object_store_copy(struct object_store *s, const char *from, const char *to)
{
	if (!take_key(s, from) || !take_key(s, to))
		return OBJECT_WRONG;
	return may_change(s) ? s->kind->copy(s->ctx, from, to) : OBJECT_LATER;
}

/* On failure nothing is owed: neither a file nor an upload is left. */
struct object_store_put *
object_store_put_begin(struct object_store *s, const char *key,
    const struct object_type *type)
{
	struct object_store_put *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		strlcpy(s->why, "out of memory", sizeof(s->why));
		return NULL;
	}
	p->store = s;
	if (!take_key(s, key) ||
	    (p->put = s->kind->put_begin(s->ctx, key, type)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

/*
 * After a failure nothing more is written, so that callers may look at the
 * result only at the end.
 */
enum object_verdict
object_store_put_write(struct object_store_put *p, const void *data, size_t len)
{
	if (p->failed == OBJECT_OK)
		p->failed = p->store->kind->put_write(p->put, data, len);
	return p->failed;
}

/*
 * A failure that came before is what is returned: what follows from it would
 * only hide it.
 */
enum object_verdict
object_store_put_end(struct object_store_put *p, int keep)
{
	enum object_verdict v;

	if (keep && p->failed == OBJECT_OK && !may_change(p->store))
		p->failed = OBJECT_LATER;
	v = p->store->kind->put_end(p->put, keep && p->failed == OBJECT_OK);
	if (p->failed != OBJECT_OK)
		v = p->failed;
	free(p);
	return v;
}
