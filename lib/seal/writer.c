/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "seal/header.h"
#include "seal/writer.h"

/*
 * A chunk is encrypted when one more byte comes, or the end: only then is it
 * known whether it is the last, and the last one of something is not empty.
 */
struct seal_writer {
	int		(*sink)(void *arg, const void *data, size_t len);
	void		*arg;
	int		 failed;
	unsigned long long n;			/* chunks written */
	size_t		 len;			/* of the one at hand */
	unsigned char	 key[SEAL_KEY_BYTES];
	unsigned char	 chunk[SEAL_HEADER_CHUNK + SEAL_HEADER_TAG];
};

/*
 * The header goes to the sink at once.  That the sink has failed is kept for
 * the next call, as the caller owes an end in any case.
 */
struct seal_writer *
seal_writer_new(const struct seal_key_list *to, int (*sink)(void *arg,
    const void *data, size_t len), void *arg)
{
	struct seal_writer *w;
	struct base_buf head;

	if (sodium_init() == -1 || (w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->sink = sink;
	w->arg = arg;
	base_buf_init(&head);
	seal_header_make(&head, to, w->key);
	if (!base_buf_ok(&head)) {
		base_buf_done(&head);
		free(w);
		return NULL;
	}
	w->failed = sink(arg, head.data, head.len) != 0;
	base_buf_done(&head);
	return w;
}

/*
 * Encrypt the chunk at hand, in place.
 *
 * The tag needs room behind the text, which the array has.
 */
static int
write_sealed_chunk(struct seal_writer *w, int last)
{
	unsigned char nonce[SEAL_HEADER_CHUNK_NONCE];
	unsigned long long len;

	assert(last || w->len == SEAL_HEADER_CHUNK);
	seal_header_nonce(nonce, w->n++, last);
	crypto_aead_chacha20poly1305_ietf_encrypt(w->chunk, &len, w->chunk,
	    w->len, NULL, 0, NULL, nonce, w->key);
	w->len = 0;
	if (!w->failed)
		w->failed = w->sink(w->arg, w->chunk, (size_t)len) != 0;
	return w->failed ? -1 : 0;
}

/* Memory is one chunk, whatever LEN is. */
int
seal_writer_add(struct seal_writer *w, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t n;

	for (; len > 0 && !w->failed; p += n, len -= n) {
		if (w->len == SEAL_HEADER_CHUNK &&
		    write_sealed_chunk(w, 0) == -1)
			break;
		n = SEAL_HEADER_CHUNK - w->len;
		if (n > len)
			n = len;
		memcpy(w->chunk + w->len, p, n);
		w->len += n;
	}
	return w->failed ? -1 : 0;
}

/*
 * Plain text and key are wiped.
 *
 * Without the last chunk a reader says that the file was cut, so what was
 * written before a failure cannot pass for a whole.
 */
int
seal_writer_end(struct seal_writer *w, int keep)
{
	int rc = -1;

	if (w == NULL)
		return -1;
	if (keep && !w->failed)
		rc = write_sealed_chunk(w, 1);
	sodium_memzero(w, sizeof(*w));
	free(w);
	return rc;
}

static int
add_to_buf(void *arg, const void *data, size_t len)
{
	base_buf_add(arg, data, len);
	return base_buf_ok(arg) ? 0 : -1;
}

/* A failure of adding is told by the end, too. */
int
seal_writer_buf(struct base_buf *out, const struct seal_key_list *to,
    const void *data, size_t len)
{
	struct seal_writer *w = seal_writer_new(to, add_to_buf, out);

	if (w == NULL)
		return -1;
	seal_writer_add(w, data, len);
	return seal_writer_end(w, 1);
}
