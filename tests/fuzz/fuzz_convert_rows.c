/* SPDX-License-Identifier: ISC */
/* Tables of recordings; the first byte says of which format. */
#include <stdint.h>

#include "convert/airodump.h"
#include "convert/neostumbler.h"
#include "convert/rows.h"
#include "convert/tower.h"
#include "convert/wigle.h"

#include "convert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct convert_rows_format *const formats[] = {
		&convert_wigle_format, &convert_wigle_kismet_format,
		&convert_airodump_log_format, &convert_airodump_kismet_format,
		&convert_airodump_csv_format, &convert_neostumbler_format,
		&convert_tower_format, &convert_tower_ocid_format,
	};
	struct convert_zone zone = { .offset_s = 3600 };
	const char *end, *lf, *p = (const char *)data;
	struct convert_rows r;
	struct convert_sink s;
	uint64_t n = 0;

	if (len == 0 || fuzz_sink(&s, data[0] & 8 ? &zone : NULL) == -1)
		return 0;
	convert_rows_init(&r, &s, formats[data[0] % 8]);
	for (end = p++ + len; p < end; p = lf + (lf < end)) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		convert_rows_line(&r, p, (size_t)(lf - p), ++n, lf == end);
	}
	convert_rows_end(&r);
	convert_rows_done(&r);
	convert_sink_flush(&s);
	convert_sink_done(&s);
	return 0;
}
