/* SPDX-License-Identifier: ISC */
/* Tower Collector's exports for maps, GPX and KML. */
#ifndef CONVERT_TRACK_H
#define CONVERT_TRACK_H

struct convert_xml_format;

extern const struct convert_xml_format convert_track_gpx_format;
extern const struct convert_xml_format convert_track_kml_format;

#endif
