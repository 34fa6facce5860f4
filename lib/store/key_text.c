/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "obs/witness.h"
#include "store/key.h"
#include "store/key_text.h"
#include "store/table.h"

#define API_KEY		(&store_table[STORE_TABLE_API_KEY])
#define LINE_MAX_LEN	1024	/* a name and the longest text */
_Static_assert(64 + STORE_KEY_TEXT(256) <= LINE_MAX_LEN &&
    64 + STORE_KEY_TEXT(STORE_KEY_NOTE_MAX) <= LINE_MAX_LEN, "lines fit");

void
store_key_text_format(struct base_buf *b, const struct store_key *k)
{
	const struct store_table_column *c;
	char day[BASE_CIVIL_DATE_LEN];
	const char *text;
	int64_t num;

	for (c = API_KEY->col + 1; c < API_KEY->col + API_KEY->ncol; c++) {
		text = (const char *)k + c->offset;
		if (c->kind == STORE_TABLE_TEXT) {
			if (*text != '\0' && strchr(text, '\n') == NULL)
				base_buf_fmt(b, "%s=%s\n", c->name, text);
			continue;
		}
		num = *(const int64_t *)(const void *)text;
		if (num != STORE_KEY_NULL)
			base_buf_fmt(b, "%s=%lld\n", c->name, (long long)num);
	}
	if (k->trust != OBS_WITNESS_PUBLIC)
		base_buf_fmt(b, STORE_KEY_TRUST "=%s\n",
		    store_key_trust_name(k->trust));
	if (k->expires != STORE_KEY_NULL) {
		base_civil_format_date(day, k->expires);
		base_buf_fmt(b, STORE_KEY_EXPIRES "=%s\n", day);
	}
}

/*
 * A number that the database allows and a command does not, such as one below
 * zero, is as good as none.
 */
void
store_key_text_parse(struct store_key *k, const char *name, const char *text,
    size_t len)
{
	char line[LINE_MAX_LEN], why[STORE_KEY_WHY_LEN];
	const char *end;
	size_t n;

	API_KEY->init(k);
	k->trust = OBS_WITNESS_PUBLIC;
	k->expires = STORE_KEY_NULL;
	strlcpy(k->valid_key, name, sizeof(k->valid_key));
	for (; len > 0; text += n + 1, len -= n + 1) {
		if ((end = memchr(text, '\n', len)) == NULL)
			return;
		n = (size_t)(end - text);
		if (n >= sizeof(line))
			continue;
		memcpy(line, text, n);
		line[n] = '\0';
		store_key_assign(k, line, why);
	}
}
