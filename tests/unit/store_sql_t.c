/* SPDX-License-Identifier: ISC */
#include "store/sql.h"

#include "tap.h"

int
main(void)
{
	static const struct {
		const char	*text, *want;
	} t[] = {
		{ NULL, "NULL" }, { "", "''" }, { "plain", "'plain'" },
		{ "it's", "'it\\'s'" }, { "\\", "'\\\\'" },
		{ "\\' OR 1=1 -- ", "'\\\\\\' OR 1=1 -- '" },
		{ "caf\xc3\xa9", "'caf\xc3\xa9'" },
		{ "\"`%_;\n", "'\"`%_;\n'" }
	};
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_buf_reset(&b);
		store_sql_quote(&b, t[i].text);
		is_str(b.data, t[i].want, t[i].want);
	}
	base_buf_reset(&b);
	store_sql_quote_bytes(&b, "\0'\\\xff", 4);
	is_str(b.data, "x'00275cff'", "bytes of any kind");
	base_buf_reset(&b);
	store_sql_quote_bytes(&b, "", 0);
	is_str(b.data, "x''", "no bytes");
	base_buf_done(&b);
	return tap_done();
}
