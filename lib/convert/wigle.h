/* SPDX-License-Identifier: ISC */
/* Recordings of WiGLE WiFi Wardriving, and of others in its format. */
#ifndef CONVERT_WIGLE_H
#define CONVERT_WIGLE_H

#include <stddef.h>
#include <stdint.h>

struct convert_obs;
struct convert_rows_format;

/* The CSV; and as Kismet writes it, whatever its first line says. */
extern const struct convert_rows_format convert_wigle_format;
extern const struct convert_rows_format convert_wigle_kismet_format;

enum convert_wigle_verdict {
	CONVERT_WIGLE_OK,
	CONVERT_WIGLE_BAD,	/* it is none of TYPE */
	CONVERT_WIGLE_ALIEN	/* nobody can tell what it is, or use it */
};

/*
 * Set the cell of O from LEN bytes of its KEY, OPERATOR_AREA_CELL; TYPE, the
 * radio as the app calls it, and MODE, what it says of the technology, of
 * MODE_LEN bytes.
 */
enum convert_wigle_verdict convert_wigle_cell(struct convert_obs *o,
	    const char *key, size_t len, const char *type, const char *mode,
	    size_t mode_len);

#endif
