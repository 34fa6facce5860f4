/* SPDX-License-Identifier: ISC */
/*
 * A server that refuses a report may quote it.  What it says is shown, as
 * somebody has to find out what it wants, but without the values of what it
 * was sent.  These are looked for as they stand in the JSON text, so nothing
 * is decoded on either side; an answer that is cut off may end in the middle
 * of one.
 */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "net/echo.h"
#include "net/scrub.h"

#define VALUE_MIN	3	/* bytes: shorter ones say nothing */
#define VALUE_MAX	160	/* of a longer one the beginning */

/* Replace LEN bytes at P by a star. */
static void
put_star(char *p, size_t len)
{
	assert(len > 0 && strlen(p) >= len);
	*p = '*';
	memmove(p + 1, p + len, strlen(p + len) + 1);
}

/* The same as net_client_printable() has made of a byte of an answer. */
static char
shown_byte(char c)
{
	return isprint((unsigned char)c) ? c : ' ';
}

/* Hide VALUE of N bytes in WHY, and its beginning at the end of WHY. */
static void
hide_value(char *why, const char *value, size_t n)
{
	char shown[VALUE_MAX + 1], *p;
	size_t i, k, len;

	if (n < VALUE_MIN)
		return;
	if (n > VALUE_MAX)
		n = VALUE_MAX;
	for (i = 0; i < n; i++)
		shown[i] = shown_byte(value[i]);
	shown[n] = '\0';
	while ((p = strstr(why, shown)) != NULL)
		put_star(p, n);
	len = strlen(why);
	for (k = n < len ? n : len; k >= VALUE_MIN; k--)
		if (memcmp(why + len - k, shown, k) == 0) {
			put_star(why + len - k, k);
			break;
		}
}

/* Where the string that begins behind the quote at P ends: at its quote. */
static const char *
string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p : end;
}

/* Where the server's words begin: "answered 503" are those of net/client.c. */
static char *
server_words(char *why)
{
	static const char ours[] = "answered ";
	const size_t n = sizeof(ours) - 1;

	return strncmp(why, ours, n) != 0 ? why :
	    why + n + strspn(why + n, "0123456789");
}

/*
 * Services put what they were sent into their errors, and these go to logs.
 * So each string value that was sent is sought in what came back, wherever it
 * stands; names of members are ours and tell nothing.
 */
void
net_echo_hide(char *why, const char *sent, size_t len)
{
	const char *end = sent + len, *p = sent, *q, *next;
	char *said = server_words(why);

	while (*said != '\0' && (p = memchr(p, '"', (size_t)(end - p))) !=
	    NULL) {
		if ((q = string_end(p, end)) == end)
			break;
		for (next = q + 1; next < end && *next == ' '; next++)
			;
		/* What a colon follows is the name of a member. */
		if (next == end || *next != ':')
			hide_value(said, p + 1, (size_t)(q - p - 1));
		p = q + 1;
	}
	net_scrub(why);
}
