/* SPDX-License-Identifier: ISC */
/*
 * A text is a sequence of words, which consist of letters, digits and what
 * may stand in addresses and numbers, and of what is between them.  A word
 * that looks private is replaced as a whole, or if one of its parts between
 * colons does; when in doubt a word is, since a report that says too little
 * is better than one that says where somebody was.
 *
 * The result is written over the text, which it never overtakes.
 */
#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "net/scrub.h"

#define OPAQUE	16

/* What an address, a number or a key can consist of. */
static int
in_word(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' &&
	    strchr(".:_-", c) != NULL);
}

/* Twelve hex digits, with or without something between them. */
static int
is_mac(const char *w, size_t len)
{
	size_t i, digits = 0;

	for (i = 0; i < len; i++)
		if (isxdigit((unsigned char)w[i]))
			digits++;
		else if (strchr(".:-_", w[i]) == NULL)
			return 0;
	return digits == 12;
}

/* An address, IPv4 also with a port. */
static int
is_ip(const char *w, size_t len)
{
	char tmp[BASE_ADDR_LEN + 8];
	struct base_addr addr;

	if (len >= sizeof(tmp))
		return 0;
	memcpy(tmp, w, len);
	tmp[len] = '\0';
	if (base_addr_parse(&addr, tmp))
		return 1;
	tmp[strcspn(tmp, ":")] = '\0';
	return base_addr_parse(&addr, tmp);
}

/* Digits, a point and two digits or more. */
static int
is_precise(const char *w, size_t len)
{
	size_t i = *w == '-', whole, decimals;

	for (whole = i; i < len && isdigit((unsigned char)w[i]); i++)
		;
	whole = i - whole;
	if (i == len || w[i++] != '.')
		return 0;
	for (decimals = i; i < len && isdigit((unsigned char)w[i]); i++)
		;
	decimals = i - decimals;
	return i == len && whole > 0 && decimals >= 2;
}

/* Long words of letters and digits are keys, tokens or identifiers. */
static int
is_opaque(const char *w, size_t len)
{
	size_t digits = 0, i, letters = 0;

	for (i = 0; i < len; i++) {
		digits += isdigit((unsigned char)w[i]) != 0;
		letters += isalpha((unsigned char)w[i]) != 0;
	}
	return len >= OPAQUE && digits > 0 && letters > 0;
}

/* Names of secrets are compared without regard to case. */
static int
ends_with(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && strncasecmp(text + len - n, word, n) == 0;
}

/* Do the LEN bytes of TEXT end in what names a secret, and '=' or ':'? */
static int
asks_secret(const char *text, size_t len)
{
	static const char blank[] = " \"'";

	while (len > 0 && strchr(blank, text[len - 1]) != NULL)
		len--;
	if (len == 0 || (text[len - 1] != '=' && text[len - 1] != ':'))
		return 0;
	len--;
	while (len > 0 && strchr(blank, text[len - 1]) != NULL)
		len--;
	return ends_with(text, len, "key") || ends_with(text, len, "token") ||
	    ends_with(text, len, "secret") || ends_with(text, len, "password");
}

/* Punctuation around a word does not make it public. */
static int
is_private(const char *w, size_t len)
{
	if (is_ip(w, len))
		return 1;
	while (len > 0 && strchr(".:_-", w[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(".:_", *w) != NULL)
		w++, len--;
	return len > 0 && (is_mac(w, len) || is_ip(w, len) ||
	    is_precise(w, len) || is_opaque(w, len));
}

/* The word as a whole, or a part between colons? */
static int
has_private(const char *w, size_t len)
{
	size_t i, start = 0;

	if (is_private(w, len))
		return 1;
	for (i = 0; i < len; i++)
		if (w[i] == ':') {
			if (is_private(w + start, i - start) ||
			    (i + 1 < len && asks_secret(w, i + 1)))
				return 1;
			start = i + 1;
		}
	return start > 0 && is_private(w + start, len - start);
}

/*
 * How long the "USER:PASSWORD@" of a URL is that begins at S.  Whatever stands
 * before the last '@' is taken for it: a password may hold any character that
 * its owner forgot to encode.
 */
static size_t
userinfo_len(const char *s)
{
	size_t len = strcspn(s, " \t\n\"'");

	while (len > 0 && s[len - 1] != '@')
		len--;
	return len;
}

/*
 * One pass.  OUT is at or before S, so that what was written already, and
 * decides whether the next word is a secret, is the scrubbed text.
 */
void
net_scrub(char *text)
{
	const char *s = text;
	char *out = text;
	size_t len, user;

	while (*s != '\0') {
		assert(out <= s);
		user = ends_with(text, (size_t)(out - text), "://") ?
		    userinfo_len(s) : 0;
		for (len = user; user == 0 && in_word(s[len]); len++)
			;
		if (len == 0) {
			*out++ = *s++;
			continue;
		}
		if (user > 0 || has_private(s, len) || (*s != ':' &&
		    asks_secret(text, (size_t)(out - text))))
			*out++ = '*';
		else {
			memmove(out, s, len);
			out += len;
		}
		s += len;
	}
	*out = '\0';
}
