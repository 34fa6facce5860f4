/* SPDX-License-Identifier: ISC */
/*
 * Errors in the form of Google's APIs of 2014, which Ichnaea took over.
 * Members stand in this order and without blanks, as its clients have always
 * seen them.
 */
#include <assert.h>

#include "api/error.h"
#include "base/buf.h"
#include "ichnaea/python.h"
#include "json/write.h"

/*
 * Domains, reasons and messages are read by programs, so none of them may
 * change, not even to correct one.
 */
static const struct {
	int		 status;
	const char	*domain, *reason, *message;
} errors[] = {
	[API_ERROR_KEY] = { 400, "usageLimits", "keyInvalid",
	    "Missing or invalid API key." },
	[API_ERROR_PARSE] = { 400, "global", "parseError", "Parse Error" },
	[API_ERROR_BAD_REQUEST] = { 400, "global", "badRequest",
	    "Bad Request" },
	[API_ERROR_LIMIT] = { 403, "usageLimits", "dailyLimitExceeded",
	    "You have exceeded your daily limit." },
	[API_ERROR_CLIENT_LIMIT] = { 429, "usageLimits",
	    "rateLimitExceeded", "You have exceeded your rate limit." },
	[API_ERROR_NOT_FOUND] = { 404, "geolocation", "notFound",
	    "Not found" },
	[API_ERROR_METHOD] = { 405, "global", "methodNotAllowed",
	    "Method Not Allowed" },
	[API_ERROR_TOO_LARGE] = { 413, "global", "requestTooLarge",
	    "Request Entity Too Large" },
	[API_ERROR_UNAVAILABLE] = { 503, "global", "serviceUnavailable",
	    "Service Unavailable" },
};

/* The one error stands in a list, and again around it.  DETAILS is JSON. */
int
api_error_write(struct base_buf *out, enum api_error e,
    const char *details)
{
	struct json_write w;

	assert((size_t)e < sizeof(errors) / sizeof(errors[0]));
	json_write_begin(&w, out);
	json_write_object(&w, "error");
	json_write_array(&w, "errors");
	json_write_object(&w, NULL);
	json_write_text(&w, "domain", errors[e].domain);
	json_write_text(&w, "reason", errors[e].reason);
	json_write_text(&w, "message", errors[e].message);
	json_write_end(&w);
	json_write_end(&w);
	json_write_i64(&w, "code", errors[e].status);
	json_write_text(&w, "message", errors[e].message);
	json_write_end(&w);
	if (details != NULL) {
		json_write_value(&w, "details");
		base_buf_str(out, details);
	}
	json_write_end(&w);
	return errors[e].status;
}

/* The member is the one that clients of Ichnaea look for. */
void
api_error_decode(struct base_buf *details, const char *text)
{
	struct json_write w;

	json_write_begin(&w, details);
	json_write_text(&w, "decode", text);
	json_write_end(&w);
}

/*
 * MAP is JSON already, made by whoever checked the request, and is put in as it
 * is.
 */
void
api_error_validation(struct base_buf *details, const struct base_buf *map)
{
	struct json_write w;

	json_write_begin(&w, details);
	json_write_value(&w, "validation");
	base_buf_add(details, map->data, map->len);
	json_write_end(&w);
}

/*
 * The text is what Python said of the same bytes, which Ichnaea passed on to
 * its clients.
 */
void
api_error_json(struct base_buf *details, const struct json_doc *d)
{
	char text[ICHNAEA_PYTHON_LEN];

	ichnaea_python_json(text, d);
	api_error_decode(details, text);
}
