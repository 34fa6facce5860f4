/* SPDX-License-Identifier: ISC */
/* The XML of Kismet up to 2016, and of airodump-ng. */
#ifndef CONVERT_KISMETXML_H
#define CONVERT_KISMETXML_H

#include <stddef.h>

struct convert_xml_format;

/*
 * What a netxml says of networks, for the gpsxml of the same run: a table of
 * those that were seen last, bounded.
 */
struct convert_kismetxml_table;

/* Returns NULL when memory is short. */
struct convert_kismetxml_table *convert_kismetxml_table_new(void);
void	convert_kismetxml_table_free(struct convert_kismetxml_table *t);

/*
 * Both take a pointer to such a table as their option.  The netxml fills it
 * and gives no reports, or gives a report for each network if it is NULL; the
 * gpsxml gives reports, and knows names and kinds by it unless it is NULL.
 */
extern const struct convert_xml_format convert_kismetxml_net_format;
extern const struct convert_xml_format convert_kismetxml_gps_format;

#endif
