/* SPDX-License-Identifier: ISC */
#include "api/error.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"

#include "tap.h"

static const struct {
	enum api_error	 e;
	int		 status;
	const char	*details, *want;
} t[] = {
	{ API_ERROR_KEY, 400, NULL, "{\"error\":{\"errors\":[{\"domain\":"
	    "\"usageLimits\",\"reason\":\"keyInvalid\",\"message\":"
	    "\"Missing or invalid API key.\"}],\"code\":400,\"message\":"
	    "\"Missing or invalid API key.\"}}" },
	{ API_ERROR_PARSE, 400, "{\"a\":1}", "{\"error\":{\"errors\":[{"
	    "\"domain\":\"global\",\"reason\":\"parseError\",\"message\":"
	    "\"Parse Error\"}],\"code\":400,\"message\":\"Parse Error\"},"
	    "\"details\":{\"a\":1}}" },
	{ API_ERROR_NOT_FOUND, 404, NULL, "{\"error\":{\"errors\":[{"
	    "\"domain\":\"geolocation\",\"reason\":\"notFound\",\"message\":"
	    "\"Not found\"}],\"code\":404,\"message\":\"Not found\"}}" },
	{ API_ERROR_UNAVAILABLE, 503, NULL, "{\"error\":{\"errors\":[{"
	    "\"domain\":\"global\",\"reason\":\"serviceUnavailable\","
	    "\"message\":\"Service Unavailable\"}],\"code\":503,\"message\":"
	    "\"Service Unavailable\"}}" },
};

int
main(void)
{
	struct base_arena a;
	struct base_buf b;
	struct json_doc d;
	size_t i;
	int e;

	base_arena_init(&a);
	base_buf_init(&b);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_buf_reset(&b);
		is_int(api_error_write(&b, t[i].e, t[i].details), t[i].status,
		    "status");
		is_str(b.data, t[i].want, "body");
	}
	for (e = API_ERROR_KEY; e <= API_ERROR_UNAVAILABLE; e++) {
		base_buf_reset(&b);
		ok(api_error_write(&b, (enum api_error)e, NULL) >= 400 &&
		    json_doc_parse(&d, b.data, b.len, &a) == 0,
		    "error %d is JSON", e);
	}
	base_buf_reset(&b);
	api_error_decode(&b, "it's \"broken\"\n");
	is_str(b.data, "{\"decode\":\"it's \\\"broken\\\"\\n\"}", "decode");
	base_buf_reset(&b);
	json_doc_parse(&d, "{", 1, &a);
	api_error_json(&b, &d);
	is_str(b.data, "{\"decode\":\"JSONDecodeError('Expecting property name "
	    "enclosed in double quotes: line 1 column 2 (char 1)')\"}",
	    "no JSON");
	base_buf_done(&b);
	base_arena_done(&a);
	return tap_done();
}
