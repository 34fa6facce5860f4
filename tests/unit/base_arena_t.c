/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <stdint.h>

#include "tap.h"

static int
all_are(const unsigned char *p, size_t len, unsigned char c)
{
	while (len > 0 && *p == c)
		p++, len--;
	return len == 0;
}

/* Pieces of all sizes do not overlap and are aligned. */
static void
pieces(struct base_arena *a)
{
	unsigned char *p[300];
	size_t i, n = sizeof(p) / sizeof(p[0]);
	int aligned = 1, whole = 1;

	for (i = 0; i < n; i++) {
		if ((p[i] = base_arena_alloc(a, i * i)) == NULL)
			break;
		aligned &= (uintptr_t)p[i] % 16 == 0;
		memset(p[i], (int)i, i * i);
	}
	is_int((long long)i, (long long)n, "pieces of 0 to 89,401 bytes");
	ok(aligned, "each is aligned for any object");
	for (i = 0; i < n; i++)
		whole &= all_are(p[i], i * i, (unsigned char)i);
	ok(whole, "and none overlaps another");
}

int
main(void)
{
	struct base_arena a;
	unsigned char *first, *zeros;
	char *text;

	base_arena_init(&a);
	pieces(&a);
	base_arena_reset(&a);
	is_int((long long)a.total, 0, "after a reset nothing is handed out");
	first = base_arena_alloc(&a, 1);
	base_arena_reset(&a);
	ok(base_arena_alloc(&a, 1) == first,
	    "the largest block is kept and used again");
	memset(base_arena_alloc(&a, 1000), 0xff, 1000);
	base_arena_reset(&a);
	zeros = base_arena_calloc(&a, 100, 10);
	ok(zeros != NULL && all_are(zeros, 1000, 0), "cleared memory");
	ok(base_arena_calloc(&a, SIZE_MAX / 2, 3) == NULL,
	    "a size that wraps is refused");
	ok(base_arena_alloc(&a, SIZE_MAX - 8) == NULL,
	    "and one that nobody has");
	text = base_arena_strndup(&a, "location", 3);
	is_str(text, "loc", "a copy with its NUL");
	base_arena_done(&a);
	base_arena_done(&a);
	ok(1, "an arena may be released twice");
	return tap_done();
}
