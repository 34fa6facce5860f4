/* SPDX-License-Identifier: ISC */
/*
 * Bytes are gathered until the header is whole, and from then on until there
 * is a chunk and one byte more.  Only then is it known that the chunk is not
 * the last.  What is there at the end is the last one, which says so itself:
 * a file that was cut between two chunks is found to be cut.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "seal/header.h"
#include "seal/reader.h"

#define CHUNK	(SEAL_HEADER_CHUNK + SEAL_HEADER_TAG)

struct seal_reader {
	const struct seal_key_list *secret;
	int		(*sink)(void *arg, const void *data, size_t len);
	void		*arg;
	enum seal_reader_verdict verdict;
	int		 has_key;		/* the header was read */
	struct base_buf	 head;
	size_t		 tried;			/* bytes of it, in vain */
	unsigned long long n;			/* chunks read */
	size_t		 len;			/* of the one at hand */
	unsigned char	 key[SEAL_KEY_BYTES];
	unsigned char	 chunk[CHUNK], plain[CHUNK];
};

/*
 * The caller owes an end also after failures, which is where the keys are
 * wiped.
 */
struct seal_reader *
seal_reader_new(const struct seal_key_list *secret, int (*sink)(void *arg,
    const void *data, size_t len), void *arg)
{
	struct seal_reader *r;

	if (sodium_init() == -1 || (r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->secret = secret;
	r->sink = sink;
	r->arg = arg;
	base_buf_init(&r->head);
	return r;
}

/*
 * Decrypt the chunk at hand, as the last or not, into PLAIN: 1 or 0.
 *
 * A chunk whose tag is wrong leaves nothing in PLAIN that is used.  The counter
 * in the nonce makes chunks that changed places or were repeated fail as well.
 */
static int
open_chunk(struct seal_reader *r, int last, size_t *len)
{
	unsigned char nonce[SEAL_HEADER_CHUNK_NONCE];
	unsigned long long n;

	if (r->len < SEAL_HEADER_TAG)
		return 0;
	seal_header_nonce(nonce, r->n, last);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(r->plain, &n, NULL,
	    r->chunk, r->len, NULL, 0, nonce, r->key) == -1)
		return 0;
	*len = (size_t)n;
	return 1;
}

/*
 * Read the chunk at hand and pass it on.  A last chunk that could be one in
 * the middle was followed by others.  An empty one is the only one.
 *
 * Trying the end as a chunk of the middle is only for the message: "ends too
 * early" is what an administrator can act on.
 */
static void
read_sealed_chunk(struct seal_reader *r, int last)
{
	size_t len = 0;

	if (!open_chunk(r, last, &len))
		r->verdict = last && (r->len < SEAL_HEADER_TAG ||
		    open_chunk(r, 0, &len)) ? SEAL_READER_CUT :
		    SEAL_READER_DAMAGED;
	else if (len == 0 && r->n > 0)
		r->verdict = SEAL_READER_DAMAGED;
	else if (len > 0 && r->sink(r->arg, r->plain, len) != 0)
		r->verdict = SEAL_READER_STOPPED;
	r->n++;
	r->len = 0;
}

/*
 * More of the chunks.
 *
 * A full chunk is opened only when there is a byte behind it, as it may be the
 * last one.
 */
static void
add_to_chunks(struct seal_reader *r, const unsigned char *p, size_t len)
{
	size_t n;

	for (; len > 0 && r->verdict == SEAL_READER_OK; p += n, len -= n) {
		if (r->len == CHUNK) {
			read_sealed_chunk(r, 0);
			n = 0;
			continue;
		}
		n = CHUNK - r->len < len ? CHUNK - r->len : len;
		memcpy(r->chunk + r->len, p, n);
		r->len += n;
	}
}

/*
 * Try to read the header, which may not be whole yet.  Tries become rarer as
 * it grows, so that one that comes in single bytes costs no square of them.
 *
 * What came behind the header in the same piece belongs to the chunks already.
 */
static void
try_header(struct seal_reader *r, int last)
{
	size_t end = 0;

	if (!last && r->head.len < r->tried + r->tried / 8)
		return;
	r->tried = r->head.len;
	switch (seal_header_read(r->head.len > 0 ? r->head.data : "",
	    r->head.len, r->secret, &end, r->key)) {
	case SEAL_HEADER_OK:
		r->has_key = 1;
		add_to_chunks(r, (unsigned char *)r->head.data + end,
		    r->head.len - end);
		break;
	case SEAL_HEADER_MORE:
		break;
	case SEAL_HEADER_FOREIGN:
		r->verdict = SEAL_READER_FOREIGN;
		break;
	case SEAL_HEADER_NO_KEY:
		r->verdict = SEAL_READER_NO_KEY;
		break;
	case SEAL_HEADER_DAMAGED:
		r->verdict = SEAL_READER_DAMAGED;
		break;
	}
}

/*
 * A header is gathered in pieces that are no larger than it may be.
 *
 * After a failure bytes are taken and dropped, so that callers need not look at
 * each result.
 */
enum seal_reader_verdict
seal_reader_add(struct seal_reader *r, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t n;

	while (len > 0 && !r->has_key && r->verdict == SEAL_READER_OK) {
		n = len < 4096 ? len : 4096;
		base_buf_add(&r->head, p, n);
		p += n;
		len -= n;
		if (base_buf_ok(&r->head))
			try_header(r, 0);
		else
			r->verdict = SEAL_READER_STOPPED;
	}
	if (r->has_key)
		add_to_chunks(r, p, len);
	return r->verdict;
}

/*
 * What the sink was given before a failure is right as far as it goes, and is
 * not the whole: a caller that writes a file must not keep it.
 */
enum seal_reader_verdict
seal_reader_end(struct seal_reader *r)
{
	enum seal_reader_verdict v;

	if (!r->has_key && r->verdict == SEAL_READER_OK)
		try_header(r, 1);
	if (r->verdict == SEAL_READER_OK && !r->has_key)
		r->verdict = SEAL_READER_CUT;
	if (r->verdict == SEAL_READER_OK)
		read_sealed_chunk(r, 1);
	v = r->verdict;
	base_buf_done(&r->head);
	sodium_memzero(r, sizeof(*r));
	free(r);
	return v;
}

const char *
seal_reader_why(enum seal_reader_verdict v)
{
	static const char *const why[] = {
		[SEAL_READER_OK] = "good",
		[SEAL_READER_FOREIGN] = "is not encrypted with age",
		[SEAL_READER_NO_KEY] = "is encrypted to another key",
		[SEAL_READER_DAMAGED] = "is damaged",
		[SEAL_READER_CUT] = "ends too early",
		[SEAL_READER_STOPPED] = "out of memory"
	};

	assert(v <= SEAL_READER_STOPPED);
	return why[v];
}
