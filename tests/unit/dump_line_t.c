/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "dump/line.h"

#include "tap.h"

static const struct {
	const char	*data;
	unsigned long	 len;
	const char	*line, *literal;
} cases[] = {
	{ NULL, 0, "\\N", "NULL" },
	{ "", 0, "", "_binary''" },
	{ "abc", 3, "abc", "_binary'abc'" },
	{ "\\N", 2, "\\\\N", "_binary'\\\\N'" },
	{ "a\tb\nc\\d", 7, "a\\tb\\nc\\\\d", "_binary'a\\tb\\nc\\\\d'" },
	{ "\0\r\x1a'", 4, "\\0\r\x1a'", "_binary'\\0\r\x1a\\''" },
	{ "\xc3\xa4\xff", 3, "\xc3\xa4\xff", "_binary'\xc3\xa4\xff'" },
};
#define CASES	(sizeof(cases) / sizeof(cases[0]))

/* Each alone, then all of them as one row. */
static void
check_row(void)
{
	struct base_buf b, plain;
	char *field[CASES];
	const char *p, *text;
	unsigned long len[CASES];
	size_t i, n;
	int last = -1, bad = 0;

	base_buf_init(&b);
	base_buf_init(&plain);
	for (i = 0; i < CASES; i++) {
		field[i] = (char *)(uintptr_t)cases[i].data;
		len[i] = cases[i].len;
	}
	dump_line_add(&b, field, len, CASES);
	p = b.data;
	for (i = 0; i < CASES; i++) {
		last = dump_line_field(&p, b.data + b.len, &text, &n);
		base_buf_reset(&plain);
		if (dump_line_is_null(text, n))
			bad += field[i] != NULL;
		else
			bad += field[i] == NULL ||
			    dump_line_decode(&plain, text, n) != 0 ||
			    plain.len != len[i] || (len[i] > 0 &&
			    memcmp(plain.data, field[i], len[i]) != 0);
	}
	ok(bad == 0, "a row of all comes back");
	ok(last == '\n' && p == b.data + b.len, "and is one line");
	base_buf_done(&plain);
	base_buf_done(&b);
}

int
main(void)
{
	struct base_buf b;
	const char *p, *text;
	char *field;
	size_t i, n;

	base_buf_init(&b);
	for (i = 0; i < CASES; i++) {
		field = (char *)(uintptr_t)cases[i].data;
		base_buf_reset(&b);
		dump_line_add(&b, &field, &cases[i].len, 1);
		b.data[b.len - 1] = '\0';
		is_str(b.data, cases[i].line, "line");
		n = b.len - 1;
		base_buf_reset(&b);
		dump_line_literal(&b, cases[i].line, n);
		is_str(b.data, cases[i].literal, "literal");
	}
	check_row();
	p = "ab";
	ok(dump_line_field(&p, p + 2, &text, &n) == -1 && n == 2,
	    "a field without an end");
	ok(dump_line_field(&p, p, &text, &n) == -1 && n == 0, "nothing");
	ok(dump_line_decode(&b, "a\\", 2) == -1, "half an escape");
	ok(dump_line_literal(&b, "a\\\\\\", 4) == -1, "... in a literal");
	base_buf_reset(&b);
	ok(dump_line_literal(&b, "a\\'b", 4) == 0, "a quote escaped");
	is_str(b.data, "_binary'a\\'b'", "... does not end it");
	base_buf_done(&b);
	return tap_done();
}
