/* SPDX-License-Identifier: ISC */
/* The tables that airodump-ng and Kismet of 2004 to 2016 write. */
#ifndef CONVERT_AIRODUMP_H
#define CONVERT_AIRODUMP_H

struct convert_rows_format;

/* PREFIX.log.csv, which has observations. */
extern const struct convert_rows_format convert_airodump_log_format;

/* PREFIX.kismet.csv, which has networks, and where each was heard best. */
extern const struct convert_rows_format convert_airodump_kismet_format;

/* PREFIX.csv, which has no positions. */
extern const struct convert_rows_format convert_airodump_csv_format;

#endif
