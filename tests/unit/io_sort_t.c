/* SPDX-License-Identifier: ISC */
#include "io/sort.h"
#include "tap.h"

#define N	300000

static uint64_t v[N], want[N];

static int
cmp_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* N numbers that look random, and what is to come of them.  How many. */
static size_t
fill(size_t n, uint64_t mask, int duplicates)
{
	uint64_t x = UINT64_C(88172645463325252);
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		v[i] = x & mask;
	}
	memcpy(want, v, n * sizeof(*v));
	qsort(want, n, sizeof(*want), cmp_number);
	for (i = 0; i < n; i++)
		if (duplicates || i == 0 || want[i] != want[k - 1])
			want[k++] = want[i];
	return k;
}

static void
test_sort(size_t n, uint64_t mask, int duplicates, size_t spills,
    const char *what)
{
	struct io_sort *s = io_sort_new(IO_SORT_MIN, ".", duplicates);
	size_t i, len, ngot = 0, k = fill(n, mask, duplicates);
	const uint64_t *got = NULL;
	int rc = 0;

	if (!ok(s != NULL, "%s: begun", what))
		return;
	for (i = 0; i < n; i += len) {		/* blocks of any size */
		len = i % 7777 < n - i ? i % 7777 + 1 : n - i;
		len = len > n - i ? n - i : len;
		rc |= io_sort_add(s, v + i, len);
	}
	ok(rc == 0 && io_sort_end(s, &got, &ngot) == 0, "%s: sorted", what);
	is_int((long long)ngot, (long long)k, what);
	ok(ngot == k && (k == 0 || memcmp(got, want,
	    k * sizeof(*got)) == 0), "%s: in order", what);
	is_int((long long)io_sort_spills(s), (long long)spills, what);
	io_sort_free(s);
}

int
main(void)
{
	struct io_sort *s;
	const uint64_t *got;
	size_t n;

	tap_scratch();
	test_sort(0, UINT64_MAX, 0, 0, "nothing");
	test_sort(1, UINT64_MAX, 0, 0, "one");
	test_sort(1000, 0, 0, 0, "a thousand zeros");
	test_sort(1000, 0, 1, 0, "zeros that stay");
	test_sort(60000, UINT64_MAX, 0, 0, "in memory");
	test_sort(60000, 0x3ff, 1, 0, "many of each");
	test_sort(65536, UINT64_MAX, 0, 0, "memory is just full");
	test_sort(65537, UINT64_MAX, 0, 2, "one more");
	test_sort(N, UINT64_MAX, 0, 5, "from several runs");
	test_sort(N, (UINT64_C(1) << 42) - 1, 1, 5, "of 42 bits");
	test_sort(N, 0xffff, 0, 5, "the same in several runs");
	test_sort(N, 0, 0, 5, "zeros in several runs");
	test_sort(N, 0x7, 1, 5, "duplicates in several runs");
	/* Runs that have no room are an error, not the end. */
	s = io_sort_new(IO_SORT_MIN, "./missing", 0);
	fprintf(stderr, "# two warnings:\n");
	ok(io_sort_add(s, v, N) == -1, "no directory for runs");
	io_sort_free(s);
	s = io_sort_new(IO_SORT_MIN, "./missing", 0);
	ok(io_sort_add(s, v, 1000) == 0 && io_sort_end(s, &got, &n) == 0 &&
	    n == 8, "not needed for a few");
	io_sort_free(s);
	return tap_done();
}
