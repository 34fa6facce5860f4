/* SPDX-License-Identifier: ISC */
/*
 * XML of recordings, in two pieces: the first byte says where to cut, the
 * second of which format.  A netxml may fill a table for the points that
 * follow a NUL.
 */
#include <stdint.h>

#include "convert/kismetxml.h"
#include "convert/openbmap.h"
#include "convert/track.h"
#include "convert/xml.h"

#include "convert.h"

/* Read LEN bytes of DATA, cut in two. */
static void
read_xml(struct convert_sink *s, const struct convert_xml_format *format,
    struct convert_kismetxml_table *table, const char *data, size_t len,
    size_t cut)
{
	struct convert_xml *x = convert_xml_new(s, format, &table,
	    table != NULL ? sizeof(table) : 0);

	if (x == NULL)
		return;
	if (cut > len)
		cut = len;
	if (convert_xml_feed(x, data, cut))
		convert_xml_feed(x, data + cut, len - cut);
	convert_xml_end(x);
	convert_xml_free(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct convert_xml_format *const formats[] = {
		&convert_kismetxml_net_format, &convert_kismetxml_gps_format,
		&convert_openbmap_format, &convert_track_gpx_format,
		&convert_track_kml_format,
	};
	struct convert_kismetxml_table *t;
	const char *nul, *text = (const char *)data + 2;
	struct convert_sink s;
	size_t cut;

	if (len < 2 || fuzz_sink(&s, NULL) == -1)
		return 0;
	cut = data[0] * (size_t)(1 + len / 256);
	len -= 2;
	nul = memchr(text, '\0', len);
	if (data[1] % 6 < 5)
		read_xml(&s, formats[data[1] % 6], NULL, text, len, cut);
	else if (nul != NULL && (t = convert_kismetxml_table_new()) != NULL) {
		read_xml(&s, formats[0], t, text, (size_t)(nul - text), cut);
		read_xml(&s, formats[1], t, nul + 1,
		    len - (size_t)(nul + 1 - text), cut);
		convert_kismetxml_table_free(t);
	}
	convert_sink_flush(&s);
	convert_sink_done(&s);
	return 0;
}
