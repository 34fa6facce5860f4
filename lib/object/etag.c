/* SPDX-License-Identifier: ISC */
/*
 * What is wanted says which sums are needed: of a plain ETag the MD5 of all
 * bytes, and of one in parts a sum for each way of cutting that leads to so
 * many parts, of which there is mostly one.  All are made in one pass.
 */
#include <assert.h>
#include <md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "object/etag.h"

#define PART_BYTES	((size_t)8 << 20)
#define STEP		1000
#define DIGITS		(MD5_DIGEST_LENGTH * 2)

/*
 * MiB of a part: AWS's programs have 8, s3cmd 15, rclone 5, MinIO's 16 and
 * more, s5cmd 50, and people like round numbers.
 */
static const size_t lengths[] = { 5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100,
    128, 200, 250, 256, 500, 512, 1000, 1024, 2048, 5120 };
#define LENGTHS	(sizeof(lengths) / sizeof(lengths[0]))

/* One way of cutting, and the sums so far. */
struct cut {
	size_t	part;		/* bytes of each part; 0: as upload.c does */
	size_t	n;		/* parts that are complete */
	size_t	room;		/* bytes that the part at hand lacks */
	MD5_CTX	one, all;	/* of the part at hand, and of the sums */
};

struct object_etag {
	char		want[OBJECT_ETAG_LEN];	/* "": nothing */
	MD5_CTX		whole;
	size_t		ncut;			/* 0: the whole is wanted */
	struct cut	cut[LENGTHS + 1];
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

/*
 * It is ready to sum up the whole without a wish, so that nothing in it is ever
 * undefined.
 */
struct object_etag *
object_etag_new(void)
{
	struct object_etag *e = calloc(1, sizeof(*e));

	if (e != NULL)
		object_etag_begin(e, NULL, 0);
	return e;
}

void
object_etag_free(struct object_etag *e)
{
	free(e);
}

/* How many bytes part NUMBER has when cut in this way. */
static size_t
etag_part_len(size_t part, size_t number)
{
	return part == 0 ? object_etag_part(number) : part;
}

/* How many parts SIZE bytes make, more than MOST or not at all; 1 at least. */
static size_t
count_parts(size_t part, int64_t size, size_t most)
{
	size_t n = 1;

	if (part > 0)
		return size <= 0 ? 1 : (size_t)((size - 1) / (int64_t)part) + 1;
	while (n <= most && size > (int64_t)object_etag_part(n - 1))
		size -= (int64_t)object_etag_part(n++ - 1);
	return n;
}

/* Cut parts of PART bytes if that makes N of SIZE bytes. */
static void
try_cut(struct object_etag *e, size_t part, int64_t size, size_t n)
{
	struct cut *c = &e->cut[e->ncut];

	if (count_parts(part, size, n) != n)
		return;
	assert(e->ncut < LENGTHS + 1);
	memset(c, 0, sizeof(*c));
	c->part = part;
	c->room = etag_part_len(part, 0);
	MD5Init(&c->one);
	MD5Init(&c->all);
	e->ncut++;
}

/*
 * One part has the same sum however long it might have been, and up to STEP
 * parts upload.c cuts like others do.
 */
static int
begin_cuts(struct object_etag *e, const char *number, int64_t size)
{
	int64_t n;
	size_t i;

	if (!base_num_i64(number, strlen(number), &n) || n < 1)
		return 0;
	if (n > STEP || n == 1)
		try_cut(e, 0, size, (size_t)n);
	for (i = 0; n > 1 && i < LENGTHS; i++)
		try_cut(e, lengths[i] << 20, size, (size_t)n);
	return e->ncut > 0;
}

/*
 * What is no MD5 by its looks, as the ETags of encrypted objects are not, can
 * never be found equal: the caller hears it before anything is read for it.
 */
int
object_etag_begin(struct object_etag *e, const char *want, int64_t size)
{
	size_t len;

	MD5Init(&e->whole);
	e->ncut = 0;
	e->want[0] = '\0';
	if (want == NULL)
		return 1;
	strlcpy(e->want, want, sizeof(e->want));
	len = strspn(want, "0123456789abcdefABCDEF");
	if (len != DIGITS)
		return 0;
	return want[len] == '\0' ||
	    (want[len] == '-' && begin_cuts(e, want + len + 1, size));
}

/* The part at hand is complete, or the last. */
static void
end_part(struct cut *c)
{
	unsigned char sum[MD5_DIGEST_LENGTH];

	MD5Final(sum, &c->one);
	MD5Update(&c->all, sum, sizeof(sum));
	MD5Init(&c->one);
	c->room = etag_part_len(c->part, ++c->n);
}

/* A part ends when a byte comes that it has no room for, as in upload.c. */
static void
add_cut(struct cut *c, const unsigned char *p, size_t len)
{
	size_t n;

	for (; len > 0; p += n, len -= n, c->room -= n) {
		if (c->room == 0)
			end_part(c);
		n = len < c->room ? len : c->room;
		assert(n > 0);
		MD5Update(&c->one, p, n);
	}
}

/*
 * All cuts are tried at once, so that the bytes are read once, whichever of
 * them it was.
 */
void
object_etag_add(struct object_etag *e, const void *data, size_t len)
{
	size_t i;

	if (e->ncut == 0)
		MD5Update(&e->whole, data, len);
	for (i = 0; i < e->ncut; i++)
		add_cut(&e->cut[i], data, len);
}

/*
 * The part at hand is ended here, since no byte comes any more that would end
 * it.
 */
static int
end_cut(struct cut *c, const char *want)
{
	char etag[OBJECT_ETAG_LEN], hex[MD5_DIGEST_STRING_LENGTH];

	end_part(c);
	MD5End(&c->all, hex);
	snprintf(etag, sizeof(etag), "%s-%zu", hex, c->n);
	return strcasecmp(etag, want) == 0;
}

/*
 * Any cut that gives the sum will do: that two of them give it for different
 * bytes does not happen by chance.
 */
int
object_etag_end(struct object_etag *e, char whole[OBJECT_ETAG_LEN])
{
	char hex[MD5_DIGEST_STRING_LENGTH];
	size_t i;
	int same = 0;

	if (e->ncut == 0) {
		MD5End(&e->whole, hex);
		if (whole != NULL)
			strlcpy(whole, hex, OBJECT_ETAG_LEN);
		return strcasecmp(hex, e->want) == 0;
	}
	for (i = 0; i < e->ncut; i++)
		same |= end_cut(&e->cut[i], e->want);
	return same;
}
