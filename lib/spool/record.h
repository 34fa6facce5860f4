/* SPDX-License-Identifier: ISC */
/*
 * One accepted submission as it stands in the spool: little-endian
 *
 *	magic u32, length u32, crc u32, id 16, time_ms i64, count u32,
 *	keylen u8, witness 7, key, payload
 *
 * LENGTH counts what follows the crc; the CRC-32C covers the magic, the
 * length and all that follows the crc.  The payload is COUNT report lines.
 * The highest bit of COUNT says that the submission was brought back from a
 * backup.  The witness is as obs/witness.h writes it, and does not leave the
 * pipeline.
 *
 * record.c tells what a new field has to respect.  loc-feed copies the members
 * of a record into an entry of the stream (queue/entry.h).
 */
#ifndef SPOOL_RECORD_H
#define SPOOL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "obs/witness.h"

#define SPOOL_RECORD_ID_LEN	16
#define SPOOL_RECORD_KEY_MAX	40
#define SPOOL_RECORD_MAX	(128 * 1024 * 1024)	/* bytes in all */

struct spool_record {
	uint8_t		 id[SPOOL_RECORD_ID_LEN]; /* a UUID, version 7 or 8 */
	int64_t		 time_ms;	/* when it was accepted */
	uint32_t	 count;		/* of reports, below 2^31 */
	int		 restored;	/* from a backup: the database alone
					 * gets it, not the other targets */
	struct obs_witness witness;	/* whom it is from */
	const char	*key;		/* API key, not NUL-terminated */
	size_t		 keylen;	/* 0: anonymous */
	const char	*payload;	/* report lines, each ended by LF */
	size_t		 len;
};

/*
 * Write what stands in front of the payload of R.  Returns its length, or 0 if
 * the key or the whole record is too large.
 */
#define SPOOL_RECORD_HEAD_MAX	\
	(41 + OBS_WITNESS_BYTES + SPOOL_RECORD_KEY_MAX)
size_t	spool_record_head(uint8_t head[SPOOL_RECORD_HEAD_MAX],
	    const struct spool_record *r);

enum spool_record_verdict {
	SPOOL_RECORD_OK,
	SPOOL_RECORD_INCOMPLETE,	/* may be the beginning of one */
	SPOOL_RECORD_BROKEN
};

/*
 * Read the record at the start of the LEN bytes at DATA.  With
 * SPOOL_RECORD_OK, R borrows its key and payload from DATA, and *SIZE is the
 * length of the record.  With SPOOL_RECORD_INCOMPLETE, *SIZE is how many bytes
 * are needed to know more.  R is set with SPOOL_RECORD_OK only.
 */
enum spool_record_verdict spool_record_decode(struct spool_record *r,
	    const void *data, size_t len, size_t *size);

/*
 * Find the next offset, after that of the first byte, at which a record may
 * start.  Returns LEN if there is none; a record may still begin in the last
 * SPOOL_RECORD_SCAN - 2 bytes then.
 */
#define SPOOL_RECORD_SCAN	5
size_t	spool_record_scan(const void *data, size_t len);

#endif
