/* SPDX-License-Identifier: ISC */
/*
 * The bytes of a record, whose layout spool/record.h shows.
 *
 * VERSIONS.  The last byte of the magic is the version.  Version 1 has no
 * witness; all else is the same.  It is still read, as a spool may hold such
 * records when the programs are upgraded.  A version that is not known looks
 * like damage, and the reader moves it to bad/.  So whoever adds a field gives
 * it a new version, keeps reading the old ones, and has loc-feed upgraded
 * before the programs that write.
 */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "spool/record.h"

#define MAGIC		"LOC"		/* and the version */
#define MAGIC_LEN	4
#define VERSION_AT	3
#define OLD_VERSION	1		/* without witness */
#define VERSION		2
#define CRC_AT		8
#define ID_AT		12
#define TIME_AT		28
#define COUNT_AT	36
#define KEYLEN_AT	40
#define OLD_HEAD_LEN	41
#define WITNESS_AT	41
#define HEAD_LEN	(WITNESS_AT + OBS_WITNESS_BYTES)
#define RESTORED	0x80000000u	/* of COUNT */

_Static_assert(CRC_AT == MAGIC_LEN + 4 && ID_AT == CRC_AT + 4 &&
    TIME_AT == ID_AT + SPOOL_RECORD_ID_LEN && COUNT_AT == TIME_AT + 8 &&
    KEYLEN_AT == COUNT_AT + 4 && OLD_HEAD_LEN == KEYLEN_AT + 1 &&
    WITNESS_AT == OLD_HEAD_LEN, "each field is behind the one before");
_Static_assert(SPOOL_RECORD_KEY_MAX <= UINT8_MAX &&
    SPOOL_RECORD_MAX <= UINT32_MAX, "lengths fit their fields");
_Static_assert(HEAD_LEN + SPOOL_RECORD_KEY_MAX == SPOOL_RECORD_HEAD_MAX,
    "the header promises room for the longest head");
_Static_assert(SPOOL_RECORD_SCAN == MAGIC_LEN + 1,
    "behind the first byte a whole magic can be seen");

/*
 * The CRC covers what stands before it and behind it in HEAD, and the payload.
 * It covers the length, too: otherwise a damaged length could join the bytes of
 * two records into one.
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

	assert((r->count & RESTORED) == 0);
	if (r->keylen > SPOOL_RECORD_KEY_MAX ||
	    r->len > SPOOL_RECORD_MAX - len)
		return 0;
	memcpy(head, MAGIC, VERSION_AT);
	head[VERSION_AT] = VERSION;
	base_bytes_put_le(head + MAGIC_LEN, len + r->len - ID_AT, 4);
	memcpy(head + ID_AT, r->id, SPOOL_RECORD_ID_LEN);
	base_bytes_put_le(head + TIME_AT, (uint64_t)r->time_ms, 8);
	base_bytes_put_le(head + COUNT_AT,
	    r->count | (r->restored ? RESTORED : 0), 4);
	head[KEYLEN_AT] = (uint8_t)r->keylen;
	obs_witness_write(head + WITNESS_AT, &r->witness);
	if (r->keylen > 0)
		memcpy(head + HEAD_LEN, r->key, r->keylen);
	base_bytes_put_le(head + CRC_AT,
	    record_crc(head, len, r->payload, r->len), 4);
	return len;
}

/*
 * The length of the head of a record, without its key.  If the version is not
 * among the LEN bytes yet, this is the shortest that any version has; 0 if no
 * record begins like this.
 */
static size_t
head_len(const uint8_t *p, size_t len)
{
	if (memcmp(p, MAGIC, len < VERSION_AT ? len : VERSION_AT) != 0)
		return 0;
	if (len <= VERSION_AT || p[VERSION_AT] == OLD_VERSION)
		return OLD_HEAD_LEN;
	return p[VERSION_AT] == VERSION ? HEAD_LEN : 0;
}

/*
 * A field is read only when its bytes are there, and used only if its value is
 * possible: a damaged length must not make anybody wait for gigabytes, or
 * allocate them.  The CRC is tested last, as that takes longest.
 */
enum spool_record_verdict
spool_record_decode(struct spool_record *r, const void *data, size_t len,
    size_t *size)
{
	const uint8_t *p = data;
	size_t head = head_len(p, len), want;

	*size = head;
	if (head == 0)
		return SPOOL_RECORD_BROKEN;
	if (len < head)
		return SPOOL_RECORD_INCOMPLETE;
	want = ID_AT + (size_t)base_bytes_get_le(p + MAGIC_LEN, 4);
	if (want > SPOOL_RECORD_MAX || want < head + (size_t)p[KEYLEN_AT]
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
	r->witness = (struct obs_witness){ .class = OBS_WITNESS_PUBLIC };
	if (head == HEAD_LEN)
		obs_witness_read(&r->witness, p + WITNESS_AT);
	r->keylen = p[KEYLEN_AT];
	r->key = (const char *)p + head;
	r->payload = r->key + r->keylen;
	r->len = want - head - r->keylen;
	return SPOOL_RECORD_OK;
}

/*
 * A magic may begin in the last bytes and be cut off there.  The caller knows
 * whether more bytes follow, and scans these again with them.
 */
size_t
spool_record_scan(const void *data, size_t len)
{
	const char *end = (const char *)data + len, *p = data;

	if (len < 2)
		return len;
	while ((p = memmem(p + 1, (size_t)(end - p - 1), MAGIC,
	    VERSION_AT)) != NULL && end - p >= MAGIC_LEN)
		if (head_len((const uint8_t *)p, MAGIC_LEN) != 0)
			return (size_t)(p - (const char *)data);
	return len;
}
