/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include "tap.h"

/* The same through the C library: 7 decimals, then the shortest digits. */
static const char *
slow_f7(double v)
{
	static char text[64];
	char tmp[64];
	struct base_buf b;

	snprintf(tmp, sizeof(tmp), "%.7f", v);
	base_buf_init(&b);
	base_buf_f64(&b, strtod(tmp, NULL));
	snprintf(text, sizeof(text), "%s", b.data);
	base_buf_done(&b);
	return text;
}

static const char *
f7(double v)
{
	static struct base_buf b;

	base_buf_reset(&b);
	base_buf_f7(&b, v);
	return b.data;
}

static void
numbers(void)
{
	static const struct {
		double		 v;
		const char	*text;
	} t[] = {
		{ 51.5, "51.5" }, { -0.1, "-0.1" }, { 10, "10.0" },
		{ 0, "0.0" }, { -0.0, "-0.0" }, { 1e-5, "1e-05" },
		{ -3.2e-6, "-3.2e-06" }, { 1e16, "1e+16" },
		{ 51.50004999999999, "51.50005" }, { 18.07571286, "18.0757129" },
		{ 1.23456785, "1.2345678" }, { 0.00390625, "0.0039062" },
		{ 0.01171875, "0.0117188" }, { 99999999.99999999, "100000000.0" },
		{ 179.99999995, "179.9999999" }, { 1.99999995, "2.0" },
		{ 0.00011, "0.00011" }, { 1e7 / 3, "3333333.3333333" }
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_str(f7(t[i].v), t[i].text, t[i].text);
		is_str(f7(t[i].v), slow_f7(t[i].v), "as the library rounds");
	}
}

/* Values near the middle between two results, where it is easy to err. */
static void
halves(void)
{
	double v;
	int bad = 0, i, k;

	for (i = 0; i < 200000; i++) {
		v = (double)(rand() % 1800000000 + (rand() & 1 ? 0.5 : 0)) /
		    1e7 * (rand() & 1 ? 1 : -1);
		for (k = -2; k <= 2; k++) {
			if (strcmp(f7(v), slow_f7(v)) != 0 && bad++ < 5)
				printf("# %.17g: %s\n", v, f7(v));
			v = nextafter(v, k < 0 ? -1e9 : 1e9);
		}
	}
	is_int(bad, 0, "rounded as the library does");
}

int
main(void)
{
	numbers();
	halves();
	return tap_done();
}
