/* SPDX-License-Identifier: ISC */
/*
 * Both sums are made in one pass: that of everything, that of the part at
 * hand, and that of the sums of the parts before.
 *
 * Whether an object was stored in one piece or in parts cannot be told from
 * its bytes, so both are computed and the caller compares the ETag with
 * either.
 */
#include <assert.h>
#include <md5.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/etag.h"

#define PART_BYTES	((size_t)8 << 20)
#define STEP		1000

struct object_etag {
	MD5_CTX	whole, part, parts;
	size_t	n;		/* parts that are complete */
	size_t	room;		/* bytes that the part at hand lacks */
};

/*
 * With 8 MB at first and a doubling after every thousand parts, ten thousand
 * parts hold 8 TB, while small objects need little memory.
 */
size_t
object_etag_part(size_t number)
{
	return PART_BYTES << number / STEP;
}

struct object_etag *
object_etag_new(void)
{
	struct object_etag *e = malloc(sizeof(*e));

	if (e != NULL)
		object_etag_reset(e);
	return e;
}

void
object_etag_free(struct object_etag *e)
{
	free(e);
}

void
object_etag_reset(struct object_etag *e)
{
	MD5Init(&e->whole);
	MD5Init(&e->part);
	MD5Init(&e->parts);
	e->n = 0;
	e->room = object_etag_part(0);
}

/* The part at hand is complete, or the last. */
static void
end_part(struct object_etag *e)
{
	unsigned char sum[MD5_DIGEST_LENGTH];

	MD5Final(sum, &e->part);
	MD5Update(&e->parts, sum, sizeof(sum));
	MD5Init(&e->part);
	e->room = object_etag_part(++e->n);
}

/* A part ends when a byte comes that it has no room for, as in upload.c. */
void
object_etag_add(struct object_etag *e, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t n;

	MD5Update(&e->whole, p, len);
	for (; len > 0; p += n, len -= n, e->room -= n) {
		if (e->room == 0)
			end_part(e);
		n = len < e->room ? len : e->room;
		assert(n > 0);
		MD5Update(&e->part, p, n);
	}
}

/*
 * The part at hand is ended here, since no byte comes any more that would end
 * it.
 */
void
object_etag_end(struct object_etag *e, char whole[OBJECT_ETAG_LEN],
    char parts[OBJECT_ETAG_LEN])
{
	char hex[MD5_DIGEST_STRING_LENGTH];

	end_part(e);
	MD5End(&e->whole, whole);
	MD5End(&e->parts, hex);
	snprintf(parts, OBJECT_ETAG_LEN, "%s-%zu", hex, e->n);
}
