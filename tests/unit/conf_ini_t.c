/* SPDX-License-Identifier: ISC */
#include "conf/ini.h"

#include "tap.h"

/* What the lines of TEXT say, one after the other, in OUT. */
static const char *
told(const char *text, size_t len)
{
	static char out[4096], copy[2048];
	struct conf_ini ini;
	enum conf_ini_kind kind;
	size_t n = 0;

	memcpy(copy, text, len);
	copy[len] = 'x';
	out[0] = '\0';
	conf_ini_init(&ini, copy, len);
	while ((kind = conf_ini_next(&ini)) != CONF_INI_END) {
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%u", ini.line);
		if (kind == CONF_INI_SECTION)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "[%s]",
			    ini.section);
		else if (kind == CONF_INI_KEY)
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "%s=<%s>", ini.name, ini.value);
		else
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    kind == CONF_INI_MORE ? "+<%s>" : "!", ini.value);
	}
	return out;
}

static const struct {
	const char	*name, *text, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "an empty line", "\n", "" },
	{ "a key", "[s]\nk = v\n", "1[s]2k=<v>" },
	{ "no line end", "[s]\nk = v", "1[s]2k=<v>" },
	{ "a colon", "k : v", "1k=<v>" },
	{ "the first of both counts", "k = a:b=c", "1k=<a:b=c>" },
	{ "no blanks", "k=v", "1k=<v>" },
	{ "many blanks", "k\t =  v w\t \n", "1k=<v w>" },
	{ "indented from the start", "[s]\n  k = v\n", "1[s]2k=<v>" },
	{ "all of it is", "  [s]\n  k = v\n\n  l = w\n  [t]\n  m = x\n",
	    "1[s]2k=<v>4l=<w>5[t]6m=<x>" },
	{ "all of it, and more", "\tk = v\n\t w\n\tl = x\n m = y\n",
	    "1k=<v>2+<w>3l=<x>4m=<y>" },
	{ "no value", "k =\nl=", "1k=<>2l=<>" },
	{ "CR LF", "[s]\r\nk = v\r\n", "1[s]2k=<v>" },
	{ "CR alone", "[s]\rk = v\r", "1[s]2k=<v>" },
	{ "all three", "[s]\n\r\n\rk = v", "1[s]4k=<v>" },
	{ "a byte order mark", "\xef\xbb\xbf[s]", "1[s]" },
	{ "one that is not at the start", "[s]\n\xef\xbb\xbfk=v",
	    "1[s]2\xef\xbb\xbfk=<v>" },
	{ "comments", "# a\n; b\n  # c\n\t;d\n#", "" },
	{ "comments behind", "[s] # a\nk = v ; b\nl = w # c",
	    "1[s]2k=<v>3l=<w>" },
	{ "a comment instead of a value", "k = # none", "1k=<>" },
	{ "the same without a blank", "k =#a\nl=;b", "1k=<>2l=<>" },
	{ "no comment without a blank", "k = a#b;c", "1k=<a#b;c>" },
	{ "a line goes on", "k = a\n  b\n\tc ; d\n", "1k=<a>2+<b>3+<c>" },
	{ "it goes on behind others", "k = a\n\n# c\n b", "1k=<a>4+<b>" },
	{ "brackets may go on", "k = a\n [::1]:1", "1k=<a>2+<[::1]:1>" },
	{ "an equals sign may go on", "k = a\n b = c", "1k=<a>2+<b = c>" },
	{ "a section ends a value", "k = a\n[s]\n b = c", "1k=<a>2[s]3b=<c>" },
	{ "no key", "= v", "1!" },
	{ "no value at all", "k", "1!" },
	{ "a comment where '=' was", "k # = v", "1!" },
	{ "an open section", "[s\nk=v", "1!2k=<v>" },
	{ "text behind a section", "[s] k = v", "1!" },
	{ "an empty section", "[]", "1[]" },
	{ "a control character", "k = a\033b\nl = w", "1!2l=<w>" },
	{ "nothing goes on from a bad line", "k\n l = w", "1!2l=<w>" }
};

int
main(void)
{
	char text[1400];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(told(cases[i].text, strlen(cases[i].text)),
		    cases[i].want, cases[i].name);
	is_str(told("k = a\0b\n", 8), "1!", "a NUL");
	is_str(told("[s]\n\0", 5), "1[s]2!", "a NUL at the end");
	i = (size_t)snprintf(text, sizeof(text), "k = %01200d\nl = w", 7);
	ok(strlen(told(text, i)) == 2 + 3 + 1200 + 6 &&
	    strstr(told(text, i), "7>2l=<w>") != NULL, "a long line is one");
	return tap_done();
}
