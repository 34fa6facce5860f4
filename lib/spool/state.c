/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/crc32c.h"
#include "base/num.h"
#include "spool/state.h"

#define FIRST_LINE	"loc-spool 2\n"
#define LAST_LINE	"end "			/* and digits, and LF */
#define LAST_LEN	(sizeof(LAST_LINE) - 1 + 8 + 1)

/* A note with a line end would be taken for a segment. */
void
spool_state_begin(struct base_buf *b, const char *note)
{
	assert(b->len == 0 && strchr(note, '\n') == NULL);
	base_buf_str(b, FIRST_LINE);
	base_buf_str(b, note);
	base_buf_chr(b, '\n');
}

void
spool_state_add(struct base_buf *b, const char *name, int64_t sent,
    int64_t done)
{
	assert(done >= 0 && sent >= done);
	base_buf_str(b, name);
	base_buf_chr(b, ' ');
	base_buf_i64(b, sent);
	base_buf_chr(b, ' ');
	base_buf_i64(b, done);
	base_buf_chr(b, '\n');
}

/*
 * A text that lacks memory is not ended, so that nobody takes it for a whole
 * one.
 */
void
spool_state_end(struct base_buf *b)
{
	if (base_buf_ok(b))
		base_buf_fmt(b, LAST_LINE "%08x\n",
		    (unsigned)base_crc32c(0, b->data, b->len));
}

/* The CRC in the last line, which is at P.  1, or 0 if that is no such line. */
static int
read_crc(const char *p, uint32_t *crc)
{
	uint8_t byte[4];

	if (memcmp(p, LAST_LINE, sizeof(LAST_LINE) - 1) != 0 ||
	    p[LAST_LEN - 1] != '\n' ||
	    !base_num_unhex((char *)byte, sizeof(byte),
	    p + sizeof(LAST_LINE) - 1))
		return 0;
	*crc = (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 |
	    (uint32_t)byte[2] << 8 | byte[3];
	return 1;
}

/*
 * The checksum is tested before anything is used, so that spool_state_next()
 * only meets what was written here, or by another version of this program.
 */
int
spool_state_open(struct spool_state *st, const char *text, size_t len)
{
	const size_t first = sizeof(FIRST_LINE) - 1;
	const char *lf;
	uint32_t crc;

	memset(st, 0, sizeof(*st));
	if (len < first + 1 + LAST_LEN ||
	    memcmp(text, FIRST_LINE, first) != 0)
		return 0;
	len -= LAST_LEN;
	if (!read_crc(text + len, &crc) || crc != base_crc32c(0, text, len) ||
	    (lf = memchr(text + first, '\n', len - first)) == NULL)
		return 0;
	st->note = text + first;
	st->notelen = (size_t)(lf - st->note);
	st->at = lf + 1;
	st->end = text + len;
	return 1;
}

/* The word at *P, which ends before END or with a STOP; skips that. */
static const char *
take_word(const char **p, const char *end, char stop, size_t *len)
{
	const char *word = *p;
	const char *q = memchr(word, stop, (size_t)(end - word));

	if (q == NULL)
		return NULL;
	*len = (size_t)(q - word);
	*p = q + 1;
	return word;
}

int
spool_state_next(struct spool_state *st, struct spool_state_line *l)
{
	const char *done, *sent;
	size_t donelen, sentlen;

	if (st->at == st->end)
		return 0;
	if ((l->name = take_word(&st->at, st->end, ' ', &l->len)) != NULL &&
	    (sent = take_word(&st->at, st->end, ' ', &sentlen)) != NULL &&
	    (done = take_word(&st->at, st->end, '\n', &donelen)) != NULL &&
	    base_num_i64(sent, sentlen, &l->sent) &&
	    base_num_i64(done, donelen, &l->done) &&
	    l->done >= 0 && l->sent >= l->done)
		return 1;
	st->at = st->end;	/* not of ours, whatever its CRC */
	return 0;
}
