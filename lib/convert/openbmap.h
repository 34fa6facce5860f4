/* SPDX-License-Identifier: ISC */
/* The XML of openBmap's Radiobeacon. */
#ifndef CONVERT_OPENBMAP_H
#define CONVERT_OPENBMAP_H

struct convert_xml_format;

extern const struct convert_xml_format convert_openbmap_format;

#endif
