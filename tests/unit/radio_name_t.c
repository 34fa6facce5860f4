/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "radio/name.h"
#include "tap.h"

static const struct {
	const char		*text;
	enum radio_name_of	 of;
} names[] = {
	{ "gsm-310-26-400-322", RADIO_NAME_CELL },
	{ "gsm-310-26-400", RADIO_NAME_AREA },
	{ "wcdma-1-0-0-0", RADIO_NAME_CELL },
	{ "lte-999-999-65535-4294967295", RADIO_NAME_CELL },
	{ "nr-999-999-16777215-1099511627775", RADIO_NAME_CELL },
	{ "nr-999-999-16777215", RADIO_NAME_AREA },
	{ "", RADIO_NAME_NONE },
	{ "gsm", RADIO_NAME_NONE },
	{ "gsm-310-26", RADIO_NAME_NONE },
	{ "gsm-310-26-", RADIO_NAME_NONE },
	{ "gsm-310-26-400-322-1", RADIO_NAME_NONE },
	{ "gsm-310-26-400-322-", RADIO_NAME_NONE },
	{ "gsm-310-26-400--322", RADIO_NAME_NONE },
	{ "gsm-310-26-400-+3", RADIO_NAME_NONE },
	{ "gsm-310-26-400-3x", RADIO_NAME_NONE },
	{ "gsm-1000-26-400", RADIO_NAME_NONE },
	{ "gsm-310-1000-400", RADIO_NAME_NONE },
	{ "gsm-310-26-65536", RADIO_NAME_NONE },
	{ "lte-310-26-1-4294967296", RADIO_NAME_NONE },
	{ "nr-310-26-16777216", RADIO_NAME_NONE },
	{ "nr-310-26-1-99999999999999999999", RADIO_NAME_NONE },
	{ "cdma-310-26-1-1", RADIO_NAME_NONE },
	{ "GSM-310-26-1-1", RADIO_NAME_NONE },
	{ "wimax-310-26-1-1", RADIO_NAME_NONE }
};

int
main(void)
{
	char text[RADIO_NAME_LEN];
	struct radio_cell c;
	enum radio_name_of of;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		of = radio_name_parse(&c, names[i].text);
		ok(of == names[i].of, "%s", names[i].text);
		if (of == RADIO_NAME_NONE)
			continue;
		radio_name_format(text, &c);
		ok(strcmp(text, names[i].text) == 0, "%s again", text);
	}
	return tap_done();
}
