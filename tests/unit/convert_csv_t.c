/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "convert/csv.h"

#include "tap.h"

/* The fields of TEXT with '|' between them; "open" or "many" if it is none. */
static const char *
split(const char *text, char separator, int quotes)
{
	static char out[1024];
	struct convert_csv_field f[CONVERT_CSV_FIELDS];
	struct base_buf scratch;
	int i, n;

	base_buf_init(&scratch);
	n = convert_csv_split(f, text, strlen(text), separator, quotes,
	    &scratch);
	out[0] = '\0';
	for (i = 0; i < n; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%s%.*s", i > 0 ? "|" : "", (int)f[i].len, f[i].text);
	base_buf_done(&scratch);
	return n == -2 ? "open" : n == -1 ? "many" : out;
}

static void
fields(void)
{
	static const struct {
		const char	*text;
		char		 separator;
		int		 quotes;
		const char	*want;
	} t[] = {
		{ "", ',', 1, "" },
		{ "a,b,,c", ',', 1, "a|b||c" },
		{ "a,", ',', 1, "a|" },
		{ "a;b,c", ';', 0, "a|b,c" },
		{ "\"a,b\",c", ',', 1, "a,b|c" },
		{ "\"a,b\",c", ',', 0, "\"a|b\"|c" },
		{ "\"a \"\"b\"\" c\",\"\"\"\"", ',', 1, "a \"b\" c|\"" },
		{ "\"\",x", ',', 1, "|x" },
		{ "a\"b,c\"d", ',', 1, "a\"b|c\"d" },
		{ "\"A \"x\" phone\",y", ',', 1, "A \"x\" phone|y" },
		{ "\"two\nlines\",y", ',', 1, "two\nlines|y" },
		{ "a,\"open", ',', 1, "open" },
		{ "a,\"open\"\"", ',', 1, "open" },
	};
	char many[300], name[32];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(name, sizeof(name), "record %zu", i);
		is_str(split(t[i].text, t[i].separator, t[i].quotes),
		    t[i].want, name);
	}
	memset(many, ',', sizeof(many));
	many[CONVERT_CSV_FIELDS - 1] = '\0';
	ok(strcmp(split(many, ',', 1), "many") != 0, "as many as there may be");
	many[CONVERT_CSV_FIELDS - 1] = ',';
	many[CONVERT_CSV_FIELDS] = '\0';
	is_str(split(many, ',', 1), "many", "one more");
}

static void
numbers(void)
{
	static const struct {
		const char	*text;
		int		 whole, real;
		double		 want;
	} t[] = {
		{ "12", 1, 1, 12 }, { " -7 ", 1, 1, -7 },
		{ "320.0", 1, 1, 320 }, { "1.0E-4", 1, 1, 1e-4 },
		{ "", -1, -1, 0 }, { "null", -1, -1, 0 },
		{ "NaN", -1, -1, 0 }, { "-inf", -1, -1, 0 },
		{ "1e999", 0, 0, 0 }, { "12x", 0, 0, 0 },
		{ "0x10", 0, 0, 0 }, { "loud", 0, 0, 0 },
		{ "68719476735", 1, 1, 68719476735 },
	};
	struct convert_csv_field f;
	long long whole;
	double real;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		f.text = t[i].text;
		f.len = strlen(t[i].text);
		is_int(convert_csv_i64(&f, &whole), t[i].whole, t[i].text);
		is_int(convert_csv_f64(&f, &real), t[i].real, t[i].text);
		if (t[i].whole == 1)
			ok(whole == (long long)t[i].want &&
			    real == t[i].want, "%s: its value", t[i].text);
	}
}

int
main(void)
{
	fields();
	numbers();
	return tap_done();
}
