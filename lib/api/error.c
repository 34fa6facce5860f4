/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "api/error.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "json/doc.h"
#include "json/write.h"

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
	[API_ERROR_INTERNAL] = { 500, "global", "internalError",
	    "Internal Error" },
	[API_ERROR_UNAVAILABLE] = { 503, "global", "serviceUnavailable",
	    "Service Unavailable" },
};

/* What clients have always been told about the faults json_doc finds. */
static const struct {
	const char	*why, *text;
} faults[] = {
	{ "byte order mark",
	    "Unexpected UTF-8 BOM (decode using utf-8-sig)" },
	{ "expected a value", "Expecting value" },
	{ "expected a member name",
	    "Expecting property name enclosed in double quotes" },
	{ "expected a colon", "Expecting ':' delimiter" },
	{ "expected a comma", "Expecting ',' delimiter" },
	{ "unexpected end", "Expecting ',' delimiter" },
	{ "unterminated string", "Unterminated string starting at" },
	{ "invalid control character", "Invalid control character at" },
	{ "invalid escape", "Invalid \\\\escape" },
	{ "invalid \\u escape", "Invalid \\\\uXXXX escape" },
	{ "extra data", "Extra data" },
};

int
api_error_write(struct base_buf *out, enum api_error e,
    const char *details)
{
	base_buf_fmt(out, "{\"error\":{\"errors\":[{\"domain\":\"%s\","
	    "\"reason\":\"%s\",\"message\":\"%s\"}],\"code\":%d,"
	    "\"message\":\"%s\"}", errors[e].domain, errors[e].reason,
	    errors[e].message, errors[e].status, errors[e].message);
	if (details != NULL) {
		base_buf_str(out, ",\"details\":");
		base_buf_str(out, details);
	}
	base_buf_chr(out, '}');
	return errors[e].status;
}

void
api_error_decode(struct base_buf *details, const char *text)
{
	base_buf_str(details, "{\"decode\":");
	json_write_cstr(details, text);
	base_buf_chr(details, '}');
}

/*
 * What is wrong with the UTF-8 sequence at S, or NULL.  *USED is its length,
 * or how many bytes are wrong.
 */
static const char *
utf8_fault(const unsigned char *s, size_t len, size_t *used)
{
	uint32_t code;

	switch (base_utf8_next(s, len, &code, used)) {
	case BASE_UTF8_OK:
		break;
	case BASE_UTF8_SURROGATE:
		*used = 1;
		return "invalid continuation byte";
	case BASE_UTF8_BAD_START:
		return "invalid start byte";
	case BASE_UTF8_BAD_REST:
		return "invalid continuation byte";
	case BASE_UTF8_CUT:
		return "unexpected end of data";
	}
	return NULL;
}

static void
tell_utf8(struct base_buf *details, const unsigned char *s, size_t at,
    size_t used, const char *what)
{
	char tmp[160];

	if (used == 1)
		snprintf(tmp, sizeof(tmp), "'utf-8' codec can't decode byte "
		    "0x%02x in position %zu: %s", s[at], at, what);
	else
		snprintf(tmp, sizeof(tmp), "'utf-8' codec can't decode bytes "
		    "in position %zu-%zu: %s", at, at + used - 1, what);
	api_error_decode(details, tmp);
}

void
api_error_json(struct base_buf *details, const struct json_doc *d)
{
	const unsigned char *s = (const unsigned char *)d->text;
	const char *text;
	size_t at, chars = 0, column = 1, i, line = 1, used;
	char quote, tmp[160];

	for (at = 0; at < d->len; at += used)
		if ((text = utf8_fault(s + at, d->len - at, &used)) != NULL) {
			tell_utf8(details, s, at, used, text);
			return;
		}
	for (at = 0; at < d->where; at += used, chars++, column++) {
		utf8_fault(s + at, d->len - at, &used);
		if (s[at] == '\n') {
			line++;
			column = 0;
		}
	}
	text = d->why;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(d->why, faults[i].why) == 0)
			text = faults[i].text;
	quote = strchr(text, '\'') == NULL ? '\'' : '"';
	snprintf(tmp, sizeof(tmp), "JSONDecodeError(%c%s: line %zu column %zu "
	    "(char %zu)%c)", quote, text, line, column, chars, quote);
	api_error_decode(details, tmp);
}
