/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "spool/record.h"

#define MAGIC		"LOC\x01"
#define MAGIC_LEN	4
#define CRC_AT		8
#define ID_AT		12
#define TIME_AT		28
#define COUNT_AT	36
#define KEYLEN_AT	40
#define HEAD_LEN	41
#define RESTORED	0x80000000u	/* of COUNT */

/*
 * The CRC of what is before it and after it in HEAD, and of the payload.  The
 * length is covered, too: a wrong one could have made a record of any bytes.
 */
static uint32_t
record_crc(const uint8_t *head, size_t headlen, const void *payload, size_t len)
{
	uint32_t crc = base_crc32c(0, head, CRC_AT);

	crc = base_crc32c(crc, head + ID_AT, headlen - ID_AT);
	return base_crc32c(crc, payload, len);
}

/*
 * The CRC comes last, as it covers all of the rest.  The payload stays where it
 * is: it may be large, and is written from there.
 */
size_t
spool_record_head(uint8_t head[SPOOL_RECORD_HEAD_MAX],
    const struct spool_record *r)
{
	size_t len = HEAD_LEN + r->keylen;

	if (r->keylen > SPOOL_RECORD_KEY_MAX ||
	    r->len > SPOOL_RECORD_MAX - len)
		return 0;
	memcpy(head, MAGIC, MAGIC_LEN);
	base_bytes_put_le(head + MAGIC_LEN, len + r->len - ID_AT, 4);
	memcpy(head + ID_AT, r->id, SPOOL_RECORD_ID_LEN);
	base_bytes_put_le(head + TIME_AT, (uint64_t)r->time_ms, 8);
	base_bytes_put_le(head + COUNT_AT,
	    r->count | (r->restored ? RESTORED : 0), 4);
	head[KEYLEN_AT] = (uint8_t)r->keylen;
	if (r->keylen > 0)
		memcpy(head + HEAD_LEN, r->key, r->keylen);
	base_bytes_put_le(head + CRC_AT,
	    record_crc(head, len, r->payload, r->len), 4);
	return len;
}

/*
 * Each field is looked at only when its bytes are there, and what it says only
 * after it was found to be possible: a length out of damage must not have
 * anybody wait for, or allocate, gigabytes.  The CRC is the last test, as it is
 * the most work.
 */
enum spool_record_verdict
spool_record_decode(struct spool_record *r, const void *data, size_t len,
    size_t *size)
{
	const uint8_t *p = data;
	size_t want;

	*size = HEAD_LEN;
	if (memcmp(p, MAGIC, len < MAGIC_LEN ? len : MAGIC_LEN) != 0)
		return SPOOL_RECORD_BROKEN;
	if (len < HEAD_LEN)
		return SPOOL_RECORD_INCOMPLETE;
	want = ID_AT + (size_t)base_bytes_get_le(p + MAGIC_LEN, 4);
	if (want > SPOOL_RECORD_MAX || want < HEAD_LEN + (size_t)p[KEYLEN_AT]
	    || p[KEYLEN_AT] > SPOOL_RECORD_KEY_MAX)
		return SPOOL_RECORD_BROKEN;
	*size = want;
	if (len < want)
		return SPOOL_RECORD_INCOMPLETE;
	if (base_bytes_get_le(p + CRC_AT, 4) != record_crc(p, want, NULL, 0))
		return SPOOL_RECORD_BROKEN;
	memcpy(r->id, p + ID_AT, SPOOL_RECORD_ID_LEN);
	r->time_ms = (int64_t)base_bytes_get_le(p + TIME_AT, 8);
	r->count = (uint32_t)base_bytes_get_le(p + COUNT_AT, 4);
	r->restored = (r->count & RESTORED) != 0;
	r->count &= ~RESTORED;
	r->keylen = p[KEYLEN_AT];
	r->key = (const char *)p + HEAD_LEN;
	r->payload = r->key + r->keylen;
	r->len = want - HEAD_LEN - r->keylen;
	return SPOOL_RECORD_OK;
}

/*
 * Bytes at the end may be the beginning of a magic that was cut off; the
 * caller, who knows whether more follows, goes back for these.
 */
size_t
spool_record_scan(const void *data, size_t len)
{
	const char *p;

	if (len < 2)
		return len;
	p = memmem((const char *)data + 1, len - 1, MAGIC, MAGIC_LEN);
	return p != NULL ? (size_t)(p - (const char *)data) : len;
}
