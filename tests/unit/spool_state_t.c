/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "spool/state.h"
#include "tap.h"

static void
write_and_read(void)
{
	struct spool_state_line l;
	struct spool_state st;
	struct base_buf b;

	base_buf_init(&b);
	spool_state_begin(&b, "some words");
	spool_state_add(&b, "1-a.seg", 123456789012, 5);
	spool_state_add(&b, "2-b.seg", 0, 0);
	spool_state_end(&b);
	ok(strncmp(b.data, "loc-spool 2\nsome words\n1-a.seg 123456789012 5\n"
	    "2-b.seg 0 0\nend ", 62) == 0, "as it is documented");
	ok(spool_state_open(&st, b.data, b.len) == 1, "open");
	ok(st.notelen == 10 && memcmp(st.note, "some words", 10) == 0, "note");
	ok(spool_state_next(&st, &l) == 1 && l.len == 7 &&
	    memcmp(l.name, "1-a.seg", 7) == 0 && l.sent == 123456789012 &&
	    l.done == 5, "first segment");
	ok(spool_state_next(&st, &l) == 1 && l.len == 7 &&
	    memcmp(l.name, "2-b.seg", 7) == 0 && l.sent == 0 && l.done == 0,
	    "second segment");
	ok(spool_state_next(&st, &l) == 0 && spool_state_next(&st, &l) == 0,
	    "no more");
	base_buf_reset(&b);
	spool_state_begin(&b, "");
	spool_state_end(&b);
	ok(spool_state_open(&st, b.data, b.len) == 1 && st.notelen == 0 &&
	    spool_state_next(&st, &l) == 0, "an empty one");
	base_buf_done(&b);
}

/* A text that was cut or changed anywhere is none. */
static void
damaged(void)
{
	struct spool_state st;
	struct base_buf b;
	int taken = 0;
	size_t i;

	base_buf_init(&b);
	spool_state_begin(&b, "n");
	spool_state_add(&b, "1-a.seg", 99, 50);
	spool_state_end(&b);
	for (i = 0; i < b.len; i++)
		taken += spool_state_open(&st, b.data, i);
	is_int(taken, 0, "cut anywhere");
	for (i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		taken += spool_state_open(&st, b.data, b.len);
		b.data[i] ^= 1;
	}
	is_int(taken, 0, "a bit flipped anywhere");
	ok(spool_state_open(&st, b.data, b.len) == 1, "whole again");
	ok(spool_state_open(&st, "loc-spool 1\n\n", 13) == 0, "another form");
	base_buf_done(&b);
}

/* Lines with a right checksum that say what cannot be. */
static void
odd_lines(void)
{
	static const char *const lines[] = {
		"x", "x 1", "x 1 2\n", "x -1 -2\n", "x 3 y\n", "x 2 1 1\n"
	};
	struct spool_state_line l;
	struct spool_state st;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		base_buf_reset(&b);
		spool_state_begin(&b, "");
		base_buf_str(&b, lines[i]);
		spool_state_end(&b);
		if (spool_state_open(&st, b.data, b.len) &&
		    spool_state_next(&st, &l))
			break;
	}
	is_int((long long)i, 6, "odd lines are left out");
	base_buf_done(&b);
}

int
main(void)
{
	write_and_read();
	damaged();
	odd_lines();
	return tap_done();
}
