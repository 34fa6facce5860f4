/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "http/reply.h"

/* Statuses in ascending order. */
static const struct {
	int		 status;
	const char	*reason;
} reasons[] = {
	{ 100, "Continue" }, { 200, "OK" }, { 204, "No Content" },
	{ 206, "Partial Content" }, { 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" }, { 416, "Range Not Satisfiable" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" }
};

static const char *
reason_of(int status)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void
http_reply_header(struct http_reply *rp, const char *name, const char *value)
{
	assert(rp->nheader < HTTP_REPLY_HEADERS);
	assert(strpbrk(value, "\r\n") == NULL);
	rp->header[rp->nheader++] = (struct http_reply_field){ name, value };
}

void
http_reply_plain(struct http_reply *rp, int status)
{
	rp->status = status;
	http_reply_header(rp, "Content-Type", "text/plain; charset=UTF-8");
	base_buf_fmt(rp->body, "%d %s\n", status, reason_of(status));
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", as RFC 9110 wants it. */
void
http_reply_date(char out[HTTP_REPLY_DATE_LEN], int64_t now_s)
{
	static const char days[] = "ThuFriSatSunMonTueWed";	/* from 1970 */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct base_civil c;

	base_civil_split(&c, now_s);
	snprintf(out, HTTP_REPLY_DATE_LEN,
	    "%.3s, %02d %.3s %d %02d:%02d:%02d GMT", days +
	    base_civil_day_of(now_s) % 7 * 3, c.day, months +
	    (c.month - 1) * 3, c.year, c.hour, c.minute, c.second);
}

/*
 * Date and Connection come first, then what all replies have, then what the
 * handler wants, then the length.  204 and 304 have no body by definition: a
 * length would make some clients wait for one.
 */
int
http_reply_write(struct base_buf *b, const struct http_reply *rp,
    const char *date, const char *fields, enum http_reply_then then)
{
	int has_body = rp->status >= 200 && rp->status != 204 &&
	    rp->status != 304;
	size_t i;

	assert(rp->status >= 200 && rp->status <= 599);
	base_buf_str(b, "HTTP/1.1 ");
	base_buf_i64(b, rp->status);
	base_buf_chr(b, ' ');
	base_buf_str(b, reason_of(rp->status));
	base_buf_str(b, "\r\nDate: ");
	base_buf_str(b, date);
	if (then != HTTP_REPLY_KEEP)
		base_buf_str(b, then == HTTP_REPLY_CLOSE ?
		    "\r\nConnection: close" : "\r\nConnection: keep-alive");
	base_buf_str(b, "\r\n");
	base_buf_str(b, fields);
	for (i = 0; i < rp->nheader; i++) {
		base_buf_str(b, rp->header[i].name);
		base_buf_str(b, ": ");
		base_buf_str(b, rp->header[i].value);
		base_buf_str(b, "\r\n");
	}
	if (has_body) {
		base_buf_str(b, "Content-Length: ");
		base_buf_i64(b, rp->file != NULL ? rp->file->len :
		    (int64_t)rp->body->len);
		base_buf_str(b, "\r\n");
	}
	base_buf_str(b, "\r\n");
	return has_body;
}

void
http_reply_unavailable(struct iovec iov[HTTP_REPLY_PIECES], const char *date,
    const char *fields)
{
	const char *const pieces[HTTP_REPLY_PIECES] = {
		"HTTP/1.1 503 Service Unavailable\r\nDate: ", date,
		"\r\nConnection: close\r\nRetry-After: 10\r\n"
		"Content-Length: 0\r\n", fields, "\r\n" };
	size_t i;

	for (i = 0; i < HTTP_REPLY_PIECES; i++)
		iov[i] = (struct iovec){ (void *)(uintptr_t)pieces[i],
		    strlen(pieces[i]) };
}
