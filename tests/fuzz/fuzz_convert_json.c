/* SPDX-License-Identifier: ISC */
/* Reports in JSON, in two pieces: the first byte says where to cut. */
#include <stdint.h>

#include "convert/body.h"
#include "convert/format.h"
#include "convert/items.h"

#include "convert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct convert_body *b;
	struct convert_items t;
	struct convert_sink s;
	const char *text = (const char *)data;
	size_t cut;

	/* It must also know what it is, of anything. */
	convert_format_find(text, len);
	if (len == 0 || fuzz_sink(&s, NULL) == -1)
		return 0;
	cut = 1 + data[0] % len;
	if ((b = convert_body_new(&s, (data[0] & 3) - 2)) != NULL) {
		convert_items_init(&t, &s, convert_body_item, b);
		if (convert_items_feed(&t, text + 1, cut - 1))
			convert_items_feed(&t, text + cut, len - cut);
		convert_items_end(&t);
		convert_items_done(&t);
	}
	convert_body_free(b);
	convert_sink_flush(&s);
	convert_sink_done(&s);
	return 0;
}
