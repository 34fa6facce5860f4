/* SPDX-License-Identifier: ISC */
/*
 * A chunk is compressed as one frame of zstd.  Its level is the fastest: rows
 * of stations are numbers, which higher levels make hardly smaller.
 *
 * What is read is judged by the hash of the rows alone: it finds flipped bits
 * and truncation as well as an object that was exchanged for another.
 *
 * A chunk that is encrypted keeps its name, which tells who knows all of its
 * rows that they are there, and nobody else anything.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <zstd.h>

#include "base/sha256.h"
#include "dump/pack.h"
#include "object/store.h"
#include "seal/reader.h"
#include "seal/writer.h"

#define LEVEL		1
/*
 * Larger than any chunk can be, as rows are cut at some megabytes and one row
 * of the server's has a gigabyte at most, escaped two.
 */
#define STORED_MAX	(3LL << 30)

struct dump_pack {
	struct object_store	*store;
	const char		*recipient;
	const struct seal_key_list *to, *secret;
	ZSTD_CCtx		*compressor;
	ZSTD_DCtx		*decompressor;
	struct base_buf		 packed;	/* one frame */
	struct base_buf		 sealed;	/* the same, encrypted */
};

/*
 * Both contexts are made once for a thread, since each has tables of some
 * hundred kilobytes that would cost more to set up than a small chunk takes.
 */
struct dump_pack *
dump_pack_new(struct object_store *store, const char *recipient,
    const struct seal_key_list *to, const struct seal_key_list *secret)
{
	struct dump_pack *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->compressor = ZSTD_createCCtx()) == NULL ||
	    (p->decompressor = ZSTD_createDCtx()) == NULL) {
		warnx("%s: out of memory", object_store_name(store));
		dump_pack_free(p);
		return NULL;
	}
	p->store = store;
	p->recipient = recipient;
	p->to = to;
	p->secret = secret;
	base_buf_init(&p->packed);
	base_buf_init(&p->sealed);
	return p;
}

void
dump_pack_free(struct dump_pack *p)
{
	if (p == NULL)
		return;
	ZSTD_freeCCtx(p->compressor);
	ZSTD_freeDCtx(p->decompressor);
	base_buf_done(&p->packed);
	base_buf_done(&p->sealed);
	free(p);
}

/*
 * It has to stay the plain SHA-256 of the text as it is.  Whoever doubts a dump
 * can check a chunk with `zstdcat CHUNK | sha256sum', without us.
 */
void
dump_pack_hash(char hash[BASE_SHA256_HEX], const void *rows, size_t len)
{
	unsigned char digest[BASE_SHA256_BYTES];

	base_sha256(digest, rows, len);
	base_sha256_format(hash, digest);
}

/*
 * The rows become one frame.  0, or -1 after a warning.
 *
 * The frame has its content's size in its header, as all is given at once.
 * unpack_rows() relies on that.
 */
static int
compress(struct dump_pack *p, const void *rows, size_t len)
{
	size_t bound = ZSTD_compressBound(len), n;
	char *room;

	base_buf_reset(&p->packed);
	if ((room = base_buf_room(&p->packed, bound)) == NULL) {
		warnx("%s: out of memory", object_store_name(p->store));
		return -1;
	}
	n = ZSTD_compressCCtx(p->compressor, room, bound, rows, len, LEVEL);
	if (ZSTD_isError(n)) {
		warnx("%s: %s", object_store_name(p->store),
		    ZSTD_getErrorName(n));
		return -1;
	}
	p->packed.len += n;
	return 0;
}

/*
 * What is compressed is encrypted and not the other way round, as what is
 * encrypted does not compress.  Storing the same name again is harmless: the
 * same rows come back from either object.
 */
int
dump_pack_put(struct dump_pack *p, const char *hash, const void *rows,
    size_t len, int64_t *stored)
{
	static const struct object_type plain = { "application/zstd", NULL,
	    NULL }, secret = { "application/octet-stream", NULL, NULL };
	const struct base_buf *b = &p->packed;
	char key[DUMP_PLACE_KEY_LEN];

	if (compress(p, rows, len) == -1)
		return EX_OSERR;
	if (*p->recipient != '\0') {
		base_buf_reset(&p->sealed);
		b = &p->sealed;
		if (seal_writer_buf(&p->sealed, p->to, p->packed.data,
		    p->packed.len) == -1) {
			warnx("%s: out of memory",
			    object_store_name(p->store));
			return EX_OSERR;
		}
	}
	*stored = (int64_t)b->len;
	dump_place_key(key, p->recipient, hash);
	return dump_place_stored(p->store, object_store_put(p->store, key,
	    b == &p->packed ? &plain : &secret, b->data, b->len));
}

/*
 * -1 ends the reading; that memory was short and that the object was too large
 * for any chunk are one to the caller.
 */
static int
on_packed_bytes(void *arg, const void *data, size_t len)
{
	struct base_buf *b = arg;

	base_buf_add(b, data, len);
	return base_buf_ok(b) && b->len <= STORED_MAX ? 0 : -1;
}

static int
on_stored(void *arg, const char *data, size_t len)
{
	return on_packed_bytes(arg, data, len);
}

/* What was sealed becomes a frame again. */
static int
unseal(struct dump_pack *p, const char **why)
{
	struct seal_reader *r;
	enum seal_reader_verdict v;

	base_buf_reset(&p->packed);
	*why = "out of memory";
	r = seal_reader_new(p->secret, on_packed_bytes, &p->packed);
	if (r == NULL)
		return EX_OSERR;
	seal_reader_add(r, p->sealed.data, p->sealed.len);
	if ((v = seal_reader_end(r)) == SEAL_READER_OK)
		return EX_OK;
	if (v == SEAL_READER_STOPPED)
		return EX_OSERR;
	*why = seal_reader_why(v);
	return v == SEAL_READER_NO_KEY ? EX_NOPERM : EX_DATAERR;
}

/*
 * The size of the rows is known from the manifest, so that an object which
 * would grow beyond it is not followed.
 *
 * Three checks, the cheapest first: the size that the frame claims, what came
 * of it, and the hash.  The first two are not for safety but for memory, so
 * that a small object cannot become a large one.
 */
static int
unpack_rows(struct dump_pack *p, const struct dump_manifest_chunk *c,
    struct base_buf *b, const char **why)
{
	char hash[BASE_SHA256_HEX];
	size_t n, want = (size_t)c->bytes;
	char *room;

	*why = "damaged: this is not what was stored";
	if (p->packed.len == 0 || ZSTD_getFrameContentSize(p->packed.data,
	    p->packed.len) != want)
		return EX_DATAERR;
	base_buf_reset(b);
	if ((room = base_buf_room(b, want)) == NULL) {
		*why = "out of memory";
		return EX_OSERR;
	}
	n = ZSTD_decompressDCtx(p->decompressor, room, want, p->packed.data,
	    p->packed.len);
	if (ZSTD_isError(n) || n != want)
		return EX_DATAERR;
	room[n] = '\0';
	b->len += n;
	dump_pack_hash(hash, b->data, b->len);
	return strcmp(hash, c->hash) == 0 ? EX_OK : EX_DATAERR;
}

/*
 * An object that could not be fetched and one that is damaged have different
 * statuses: the first may be there tomorrow, and the other will not be better.
 */
int
dump_pack_get(struct dump_pack *p, const struct dump_manifest_chunk *c,
    struct base_buf *b)
{
	struct base_buf *in = *p->recipient != '\0' ? &p->sealed : &p->packed;
	const char *why = "out of memory";
	char key[DUMP_PLACE_KEY_LEN];
	enum object_verdict v;
	int rc = EX_OK;

	dump_place_key(key, p->recipient, c->hash);
	base_buf_reset(in);
	v = object_store_get(p->store, key, 0, -1, on_stored, in);
	if (v != OBJECT_OK && v != OBJECT_STOPPED)
		return dump_place_status(p->store, v);
	if (v == OBJECT_STOPPED)
		rc = EX_OSERR;
	else if (in == &p->sealed)
		rc = unseal(p, &why);
	if (rc == EX_OK)
		rc = unpack_rows(p, c, b, &why);
	if (rc != EX_OK)
		warnx("%s/%s: %s", object_store_name(p->store), key, why);
	return rc;
}
