/* SPDX-License-Identifier: ISC */
/*
 * Reading an object takes the steps of making it in reverse, and each is
 * checked: its bytes against the manifest, then the encryption, the packing,
 * the JSON, and the number of reports against the manifest.  An object is read
 * whole, as it was made whole: it has some megabytes.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "http/gunzip.h"
#include "io/signals.h"
#include "object/store.h"
#include "seal/reader.h"

#include "backup.h"

/*
 * Limits against an object that is no batch: far above any that was stored, and
 * still within what a machine can hold.
 */
#define RAW_MAX		(512 * 1024 * 1024)
#define TEXT_MAX	(1024 * 1024 * 1024)

int
backup_read_begin(struct backup_reader *r, const struct conf_file *cf,
    const char *url, const struct seal_key_list *secret)
{
	memset(r, 0, sizeof(*r));
	r->secret = secret;
	base_buf_init(&r->raw);
	base_buf_init(&r->packed);
	base_buf_init(&r->text);
	base_arena_init(&r->arena);
	return (r->store = object_store_open(cf, url)) == NULL ? -1 : 0;
}

void
backup_read_end(struct backup_reader *r)
{
	object_store_end(r->store);
	base_buf_done(&r->raw);
	base_buf_done(&r->packed);
	base_buf_done(&r->text);
	base_arena_done(&r->arena);
}

/*
 * A signal ends the transfer, too; callers tell the two apart by
 * io_signals_stop.
 */
static int
on_raw(void *arg, const char *data, size_t len)
{
	struct base_buf *b = arg;

	base_buf_add(b, data, len);
	return base_buf_ok(b) && b->len <= RAW_MAX && !io_signals_stop ? 0 :
	    -1;
}

static int
on_plain(void *arg, const void *data, size_t len)
{
	base_buf_add(arg, data, len);
	return base_buf_ok(arg) ? 0 : -1;
}

/*
 * Are the bytes those that the manifest has?  NULL or what is wrong.
 *
 * The length is compared first, since "is shorter" tells an administrator more
 * than that the hash is another.
 */
static const char *
check_bytes(const struct backup_reader *r,
    const struct backup_manifest_entry *e)
{
	unsigned char sum[BASE_SHA256_BYTES];
	char hex[BASE_SHA256_HEX];

	if ((int64_t)r->raw.len < e->bytes)
		return "is shorter than what was stored";
	if ((int64_t)r->raw.len > e->bytes)
		return "is longer than what was stored";
	base_sha256(sum, r->raw.data, r->raw.len);
	base_sha256_format(hex, sum);
	return strcmp(hex, e->sha256) == 0 ? NULL : "is not what was stored";
}

/*
 * Decrypt RAW into PACKED.
 *
 * What was decrypted before a fault is not used.
 */
static const char *
open_seal(struct backup_reader *r)
{
	enum seal_reader_verdict v;
	struct seal_reader *s;

	base_buf_reset(&r->packed);
	s = seal_reader_new(r->secret, on_plain, &r->packed);
	if (s == NULL)
		return "out of memory";
	seal_reader_add(s, r->raw.data, r->raw.len);
	v = seal_reader_end(s);
	return v == SEAL_READER_OK ? NULL : seal_reader_why(v);
}

/*
 * Unpack B into TEXT.
 *
 * The text is bounded, as a few kilobytes may unpack to gigabytes.
 */
static const char *
gunzip_batch(struct backup_reader *r, const struct base_buf *b)
{
	base_buf_reset(&r->text);
	switch (http_gunzip(&r->text, b->len > 0 ? b->data : "", b->len,
	    TEXT_MAX)) {
	case HTTP_GUNZIP_OK:
		return NULL;
	case HTTP_GUNZIP_FOREIGN:
		return "is not gzip";
	case HTTP_GUNZIP_CUT:
		return "ends too early";
	case HTTP_GUNZIP_TOO_LARGE:
		return "holds more than can be";
	case HTTP_GUNZIP_NO_MEMORY:
		return "out of memory";
	default:
		return "is damaged";
	}
}

/*
 * Look at what the bytes are.
 *
 * All steps share buffers of the reader, so what the batch points to is good
 * until the next object.
 */
static const char *
read_batch(struct backup_reader *r, const struct backup_object *o)
{
	const struct base_buf *packed = &r->raw;
	const char *why;

	assert(!r->is_open);
	if (backup_place_is_sealed(o->key)) {
		if (r->secret->n == 0)
			return NULL;
		if ((why = open_seal(r)) != NULL)
			return why;
		packed = &r->packed;
	}
	if ((why = gunzip_batch(r, packed)) != NULL)
		return why;
	base_arena_reset(&r->arena);
	why = backup_batch_read(&r->batch, r->text.len > 0 ? r->text.data :
	    "", r->text.len, &r->arena);
	if (why != NULL)
		return why;
	if (o->listed != NULL &&
	    (int64_t)r->batch.reports != o->listed->reports)
		return "has another number of reports than was stored";
	r->is_open = 1;
	return NULL;
}

/* An object that is gone is wrong and not only late: the store has answered. */
const char *
backup_read(struct backup_reader *r, const struct backup_object *o,
    int *later)
{
	enum object_verdict v;
	const char *why = NULL;

	assert(o->kind == BACKUP_BATCH);
	*later = r->is_open = 0;
	base_buf_reset(&r->raw);
	v = object_store_get(r->store, o->key, 0, -1, on_raw, &r->raw);
	if (v == OBJECT_NONE)
		return "is missing";
	if (v != OBJECT_OK) {
		*later = 1;
		return v == OBJECT_STOPPED ? "is too long" :
		    object_store_why(r->store);
	}
	if (o->listed != NULL)
		why = check_bytes(r, o->listed);
	return why != NULL ? why : read_batch(r, o);
}
