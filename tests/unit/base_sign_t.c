/* SPDX-License-Identifier: ISC */
/* The examples of metrics.md 5. */
#include "base/sign.h"

#include "tap.h"

static const struct {
	const char	*secret, *purpose, *part[3], *want;
} t[] = {
	{ "SECRET", "test", { "", "", "" }, "f9723a3fe9f622fe" },
	{ "SECRET", "test", { "1", "2", "3" }, "e7af0dfc087777b5" },
	{ "SECRET", "other-test", { "1", "2", "3" }, "f182772afe6e6c7e" },
	{ "NEW_SECRET", "test", { "1", "2", "3" }, "7be3eced09a73d2f" },
	{ "testing-secret", "response-sig", { "{\"accuracy\": 40000.0, "
	    "\"location\": {\"lat\": 51.5142, \"lng\": -0.0931}}",
	    "81.2.69.192", "http://localhost/v1/geolocate?key=test" },
	    "e503bb5f70069b86" },
};

int
main(void)
{
	char got[BASE_SIGN_LEN];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_sign(got, t[i].secret, t[i].purpose, t[i].part, 3);
		is_str(got, t[i].want, t[i].purpose);
	}
	base_sign(got, "SECRET", "test", NULL, 0);
	is_str(got, t[0].want, "no parts");
	return tap_done();
}
