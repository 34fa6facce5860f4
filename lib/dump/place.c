/* SPDX-License-Identifier: ISC */
/*
 * The list of a place is read once, into memory: some 140 bytes for a chunk,
 * of which a hundred million rows have three thousand.
 *
 * What must never happen here is that a chunk is deleted which a dump needs.
 * So chunks go only after all manifests that stay have been read without a
 * fault, manifests go before the chunks that only they need, and whoever calls
 * dump_place_expire() sees to it that no dump is under way, as its chunks are
 * in no manifest yet.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "dump/place.h"
#include "dump/tidy.h"

/*
 * A manifest has some 200 bytes for each chunk: this is beyond any that we
 * write, and keeps a file that is none from filling the memory.
 */
#define MANIFEST_MAX	(1 << 30)
#define PLAIN		"chunks"
#define SEALED		"sealed-"
/*
 * Enough digits to tell the few recipients of a place apart, which are changed
 * once in years.  Were two the same, chunks of one would be taken for those of
 * the other: a restore with the right key would fail to read them.
 */
#define SEALED_HEX	8

/*
 * The first digits of a hash tell recipients apart.
 *
 * Chunks of another recipient cannot be used, as who holds only the new key
 * could not read them.  Hence each has a folder of its own, and after a change
 * of keys everything is stored again.  The two digits in front of the hash keep
 * directories small: 256 folders instead of one with thousands of files.
 */
void
dump_place_key(char key[DUMP_PLACE_KEY_LEN], const char *recipient,
    const char *hash)
{
	unsigned char digest[BASE_SHA256_BYTES];
	char hex[BASE_SHA256_HEX];
	int n;

	assert(strlen(hash) == BASE_SHA256_HEX - 1);
	if (*recipient == '\0')
		n = snprintf(key, DUMP_PLACE_KEY_LEN, PLAIN "/%.2s/%s.zst",
		    hash, hash);
	else {
		base_sha256(digest, recipient, strlen(recipient));
		base_sha256_format(hex, digest);
		n = snprintf(key, DUMP_PLACE_KEY_LEN,
		    SEALED "%.*s/%.2s/%s.age", SEALED_HEX, hex, hash, hash);
	}
	assert(n > 0 && n < DUMP_PLACE_KEY_LEN);
	(void)n;
}

/*
 * A store that has tried in vain says OBJECT_LATER, and so is to be asked again
 * later, EX_TEMPFAIL; a wrong bucket or key does not mend itself.
 */
int
dump_place_status(struct object_store *s, enum object_verdict v)
{
	if (v == OBJECT_OK)
		return EX_OK;
	warnx("%s: %s", object_store_name(s), object_store_why(s));
	switch (v) {
	case OBJECT_NONE:
		return EX_NOINPUT;
	case OBJECT_WRONG:
		return EX_UNAVAILABLE;
	default:
		return EX_TEMPFAIL;
	}
}

/* A place that is none, as below a file, is not what somebody asked for. */
int
dump_place_stored(struct object_store *s, enum object_verdict v)
{
	return dump_place_status(s, v == OBJECT_NONE ? OBJECT_WRONG : v);
}

/*
 * Room for one more of SIZE bytes behind N; NULL: memory is short.
 *
 * The old list stays valid when NULL is returned, and belongs to the place
 * still, which frees it.
 */
static void *
add_list_room(void *list, size_t n, size_t *cap, size_t size)
{
	void *p;

	if (n < *cap)
		return list;
	if ((p = reallocarray(list, 2 * *cap + 256, size)) != NULL)
		*cap = 2 * *cap + 256;
	return p;
}

static int
add_id(struct dump_place *p, const char *id)
{
	void *list = add_list_room(p->id, p->nid, &p->idcap, sizeof(*p->id));

	if (list == NULL)
		return -1;
	p->id = list;
	memcpy(p->id[p->nid], id, DUMP_MANIFEST_ID_LEN - 1);
	p->id[p->nid++][DUMP_MANIFEST_ID_LEN - 1] = '\0';
	return 0;
}

/*
 * What has another form than ours is not looked at, and never deleted.
 *
 * The folder is not compared with the hash: a chunk that somebody moved is one
 * that no manifest needs, and goes like those.
 */
static int
is_chunk(const char *key)
{
	const char *slash = strrchr(key, '/'), *dot;

	if (slash == NULL || (strncmp(key, PLAIN "/", sizeof(PLAIN)) != 0 &&
	    strncmp(key, SEALED, sizeof(SEALED) - 1) != 0) ||
	    strlen(key) >= DUMP_PLACE_KEY_LEN)
		return 0;
	dot = slash + 1 + strspn(slash + 1, "0123456789abcdef");
	return dot == slash + BASE_SHA256_HEX &&
	    (strcmp(dot, ".zst") == 0 || strcmp(dot, ".age") == 0);
}

/*
 * A place may be shared with other things, for instance with backups of
 * reports.  Only names of our form are kept, so nothing else can be deleted by
 * mistake.
 */
static int
on_place_object(void *arg, const char *key, const struct object_info *info)
{
	struct dump_place *p = arg;
	struct dump_place_chunk *c;
	size_t len = strlen(key);
	void *list;

	if (len == DUMP_MANIFEST_ID_LEN + 4 &&
	    strcmp(key + DUMP_MANIFEST_ID_LEN - 1, ".json") == 0 &&
	    dump_manifest_is_id(key, DUMP_MANIFEST_ID_LEN - 1))
		return add_id(p, key);
	if (!is_chunk(key))
		return 0;
	list = add_list_room(p->chunk, p->nchunk, &p->chunkcap,
	    sizeof(*p->chunk));
	if (list == NULL)
		return -1;
	p->chunk = list;
	c = &p->chunk[p->nchunk++];
	strlcpy(c->key, key, sizeof(c->key));
	c->size = info->size;
	c->needed = 0;
	return 0;
}

static int
cmp_place_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/*
 * Both lists hold structs that begin with the text they are sorted by.
 *
 * A list that broke off is an error and never a short list, since whoever
 * deletes by it, or compares with it, would draw wrong conclusions from what is
 * missing.  A directory that is not there yet is an empty place.
 */
int
dump_place_read(struct dump_place *p, struct object_store *s)
{
	enum object_verdict v;

	memset(p, 0, sizeof(*p));
	v = object_store_list(s, "", on_place_object, p);
	if (v == OBJECT_STOPPED) {
		warnx("%s: out of memory", object_store_name(s));
		dump_place_done(p);
		return EX_OSERR;
	}
	if (v != OBJECT_OK && v != OBJECT_NONE) {
		dump_place_done(p);
		return dump_place_status(s, v);
	}
	if (p->nid > 0)
		qsort(p->id, p->nid, sizeof(*p->id), cmp_place_text);
	if (p->nchunk > 0)
		qsort(p->chunk, p->nchunk, sizeof(*p->chunk), cmp_place_text);
	return EX_OK;
}

void
dump_place_done(struct dump_place *p)
{
	free(p->id);
	free(p->chunk);
	memset(p, 0, sizeof(*p));
}

struct dump_place_chunk *
dump_place_find(const struct dump_place *p, const char *key)
{
	return p->nchunk == 0 ? NULL : bsearch(key, p->chunk, p->nchunk,
	    sizeof(*p->chunk), cmp_place_text);
}

static int
on_manifest_text(void *arg, const char *data, size_t len)
{
	struct base_buf *b = arg;

	base_buf_add(b, data, len);
	return base_buf_ok(b) && b->len <= MANIFEST_MAX ? 0 : -1;
}

/*
 * The name inside is compared with that of the object: a manifest that was
 * copied over another would otherwise bring back the wrong day.  Messages name
 * the object, as a place has many.
 */
int
dump_place_manifest(struct object_store *s, const char *id,
    struct dump_manifest *m)
{
	char key[DUMP_PLACE_KEY_LEN];
	enum object_verdict v;
	struct base_buf b;
	const char *why;
	int rc = EX_DATAERR;

	dump_manifest_init(m);
	snprintf(key, sizeof(key), "%s.json", id);
	base_buf_init(&b);
	v = object_store_get(s, key, 0, -1, on_manifest_text, &b);
	if (v == OBJECT_STOPPED)
		warnx("%s/%s: too large", object_store_name(s), key);
	else if (v != OBJECT_OK)
		rc = dump_place_status(s, v);
	else if ((why = dump_manifest_read(m, b.len > 0 ? b.data : "",
	    b.len)) != NULL)
		warnx("%s/%s: damaged manifest: %s", object_store_name(s), key,
		    why);
	else if (strcmp(m->id, id) != 0)
		warnx("%s/%s: this is the manifest of %s",
		    object_store_name(s), key, m->id);
	else
		rc = EX_OK;
	base_buf_done(&b);
	return rc;
}

/*
 * Mark what the dump ID needs.
 *
 * A chunk that a manifest names and that is missing is passed over here: that
 * dump is damaged already, and a removal of others makes it no worse.  A
 * restore or a drill tells of it.
 */
static int
mark_needed(struct dump_place *p, struct object_store *s, const char *id)
{
	const struct dump_manifest_table *t;
	struct dump_place_chunk *c;
	char key[DUMP_PLACE_KEY_LEN];
	struct dump_manifest m;
	size_t i, k;
	int rc = dump_place_manifest(s, id, &m);

	for (i = 0; rc == EX_OK && i < m.ntable; i++)
		for (t = &m.table[i], k = 0; k < t->nchunk; k++) {
			dump_place_key(key, m.recipient, t->chunk[k].hash);
			if ((c = dump_place_find(p, key)) != NULL)
				c->needed = 1;
		}
	dump_manifest_done(&m);
	return rc;
}

/* A list of keys that is deleted whenever a request is full. */
struct deletion {
	struct object_store	*store;
	const char		*key[OBJECT_DELETE_MAX];
	size_t			 n;
	int			 rc;
};

/*
 * A failure is remembered, and the next requests are tried all the same; but no
 * chunk is deleted after a manifest could not be, see expire_listed().
 */
static void
flush_deletion(struct deletion *d)
{
	enum object_verdict v;
	size_t failed;

	if (d->n == 0)
		return;
	v = object_store_delete(d->store, d->key, d->n, &failed);
	if (v != OBJECT_OK)
		d->rc = dump_place_status(d->store, v);
	d->n = 0;
}

/*
 * The key is borrowed until the request is sent, so that keys must not be in a
 * buffer that is used again.
 */
static void
delete_key(struct deletion *d, const char *key)
{
	assert(d->n < OBJECT_DELETE_MAX);
	d->key[d->n++] = key;
	if (d->n == OBJECT_DELETE_MAX)
		flush_deletion(d);
}

/*
 * The moment of a dump; its name is one.
 *
 * A name that has the form but is no time counts as newer than any, as nothing
 * is to go for an age that is not known.
 */
static int64_t
id_time_s(const char *id)
{
	char text[32];
	int64_t s = 0;

	snprintf(text, sizeof(text), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", id,
	    id + 4, id + 6, id + 9, id + 11, id + 13);
	return base_civil_parse(text, strlen(text), &s) ? s : INT64_MAX;
}

/*
 * Manifests that go are deleted and gone before the first chunk is: were it
 * the other way round, a crash would leave a dump that lacks something.
 *
 * A dry run takes all the same steps, reads the same manifests and counts the
 * same chunks; so what it says is what would happen.  What a crash leaves are
 * chunks that no manifest names, which the next removal finds.
 */
static int
expire_listed(struct dump_place *p, struct object_store *s, size_t keep,
    int64_t before_s, int dry, struct dump_place_gone *gone)
{
	struct deletion d = { .store = s, .rc = EX_OK };
	char (*key)[DUMP_PLACE_KEY_LEN];
	size_t i, old = p->nid > keep ? p->nid - keep : 0;
	int rc;

	while (old > 0 && id_time_s(p->id[old - 1]) >= before_s)
		old--;
	for (i = old; i < p->nid; i++)
		if ((rc = mark_needed(p, s, p->id[i])) != EX_OK) {
			warnx("%s: nothing is deleted", object_store_name(s));
			return rc;
		}
	assert(old <= p->nid);
	if ((key = calloc(old + 1, sizeof(*key))) == NULL) {
		warn("%s", object_store_name(s));
		return EX_OSERR;
	}
	gone->dumps = old;
	for (i = 0; i < old; i++) {
		snprintf(key[i], sizeof(key[i]), "%s.json", p->id[i]);
		if (!dry)
			delete_key(&d, key[i]);
	}
	flush_deletion(&d);
	for (i = 0; i < p->nchunk && d.rc == EX_OK; i++) {
		if (p->chunk[i].needed)
			continue;
		gone->chunks++;
		gone->bytes += p->chunk[i].size;
		if (!dry)
			delete_key(&d, p->chunk[i].key);
	}
	flush_deletion(&d);
	free(key);
	if (!dry)
		dump_tidy_run(s);
	return d.rc;
}

int
dump_place_expire(struct object_store *s, size_t keep, int64_t before_s,
    int dry, struct dump_place_gone *gone)
{
	struct dump_place p;
	int rc;

	memset(gone, 0, sizeof(*gone));
	if ((rc = dump_place_read(&p, s)) == EX_OK) {
		rc = expire_listed(&p, s, keep, before_s, dry, gone);
		dump_place_done(&p);
	}
	return rc;
}
