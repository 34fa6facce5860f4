/* SPDX-License-Identifier: ISC */
#include "base/num.h"

#include "tap.h"

static void
integers(void)
{
	static const struct {
		const char	*text;
		int		 ok;
		int64_t		 v;
	} t[] = {
		{ "0", 1, 0 }, { "-0", 1, 0 }, { "+7", 1, 7 },
		{ "007", 1, 7 }, { "-12", 1, -12 },
		{ "999999999999999999", 1, 999999999999999999 },
		{ "-999999999999999999", 1, -999999999999999999 },
		{ "1000000000000000000", 1, 1000000000000000000 },
		{ "99999999999999999x", 0, 0 },
		{ "9999999999999999999999x", 0, 0 },
		{ "9223372036854775807", 1, INT64_MAX },
		{ "9223372036854775808", 1, INT64_MAX },
		{ "-9223372036854775808", 1, INT64_MIN },
		{ "-9223372036854775809", 1, INT64_MIN },
		{ "99999999999999999999999999", 1, INT64_MAX },
		{ "-99999999999999999999999999", 1, INT64_MIN },
		{ "", 0, 0 }, { "-", 0, 0 }, { "+", 0, 0 }, { " 1", 0, 0 },
		{ "1 ", 0, 0 }, { "1.0", 0, 0 }, { "0x10", 0, 0 },
		{ "--1", 0, 0 }, { "1e3", 0, 0 }
	};
	int64_t v;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		rc = base_num_i64(t[i].text, strlen(t[i].text), &v);
		ok(rc == t[i].ok && (!rc || v == t[i].v), "integer \"%s\"",
		    t[i].text);
	}
}

static void
doubles(void)
{
	static const char *const good[] = {
		"0", "-0", "1", "+1.5", ".5", "5.", "51.5074", "-0.1278",
		"1e3", "1E-7", "1e+22", "1e23", "123456789012345678901234",
		"0.1234567890123456789", "9007199254740993",
		"9007199254740992.5", "1e400", "-1e400", "1e-400",
		"4.9e-324", "2.2250738585072014e-308",
		"1.7976931348623157e308", "0.30000000000000004",
		"1e00000000000000000000022", "8.5e99999999999",
		"179.99999999999997", "0.000000000000000000000001",
		"10000000000000000000000.5",
		/* Above the middle of two by less than 64 bits can tell. */
		"1.453875066984712139", "-1.588986121740276425"
	};
	static const char *const bad[] = {
		"", ".", "-", "e5", "1e", "1e+", "1 ", " 1", "nan", "inf",
		"Infinity", "0x1p3", "1,5", "1.2.3", "--1", "1e5x"
	};
	double v;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		v = 7;
		ok(base_num_f64(good[i], strlen(good[i]), &v) == 1 &&
		    v == strtod(good[i], NULL) &&
		    signbit(v) == signbit(strtod(good[i], NULL)),
		    "as strtod() reads \"%s\"", good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(base_num_f64(bad[i], strlen(bad[i]), &v), 0, bad[i]);
}

/* Numbers as clients write them, all digits and powers of some thousand. */
static void
as_strtod(void)
{
	unsigned seed = 1;
	char text[64];
	double v;
	int i, len, wrong = 0, points = 0;

	for (i = 0; i < 100000; i++) {
		seed = seed * 1103515245 + 12345;
		len = snprintf(text, sizeof(text), "%s%u.%0*ue%d",
		    seed & 1 ? "-" : "", seed >> 8, 1 + (int)(seed % 9),
		    seed >> 4, (int)(seed >> 16) % 60 - 30);
		wrong += !base_num_f64(text, (size_t)len, &v) ||
		    v != strtod(text, NULL);
	}
	is_int(wrong, 0, "rounded correctly in 100,000 cases");
	/* Positions as programs print doubles, most between two of these. */
	for (i = 0; i < 100000; i++) {
		seed = seed * 1103515245 + 12345;
		len = snprintf(text, sizeof(text), "%s%u.%0*u%09u",
		    seed & 1 ? "-" : "", seed >> 24, 1 + (int)(seed >> 8) % 9,
		    seed >> 4, seed % 1000000000);
		points += !base_num_f64(text, (size_t)len, &v) ||
		    v != strtod(text, NULL);
	}
	is_int(points, 0, "and with up to 21 digits");
}

static void
digits(void)
{
	unsigned char out[3] = { 1, 2, 3 };

	ok(base_num_unhex(out, 3, "00fFa9") == 1 && out[0] == 0 &&
	    out[1] == 255 && out[2] == 0xa9, "bytes from digits of any case");
	is_int(base_num_unhex(out, 1, "0g"), 0, "g is no digit");
	is_int(base_num_unhex(out, 1, " 1"), 0, "nor is a blank");
	is_int(base_num_unhex(out, 0, ""), 1, "no bytes need no digits");
}

static void
written(void)
{
	char out[4];

	*base_num_digits(out, 7, 3) = '\0';
	is_str(out, "007", "digits");
}

int
main(void)
{
	integers();
	doubles();
	as_strtod();
	digits();
	written();
	return tap_done();
}
