/* SPDX-License-Identifier: ISC */
/*
 * Internet addresses.  All are kept as IPv6, those of IPv4 as ::ffff:a.b.c.d
 * (RFC 4291 2.5.5.2): so one comparison does for both, and an address has one
 * form however it was written.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdint.h>

#define BASE_ADDR_BYTES	16
#define BASE_ADDR_V4	12	/* where those of an IPv4 address begin */
#define BASE_ADDR_LEN	46	/* of one as text, and its NUL */

/* All zeros: not known. */
struct base_addr {
	uint8_t	byte[BASE_ADDR_BYTES];	/* in the order of the network */
	int	is_known;
};

/*
 * Read an IPv4 dotted quad (no leading zeros), or an IPv6 address without zone.
 * Returns 1; or 0 for anything else, with A not known.
 */
int	base_addr_parse(struct base_addr *a, const char *text);

/* A becomes the IPv4 address of four bytes. */
void	base_addr_set_v4(struct base_addr *a, const void *v4);

/* 1 if A is of IPv4. */
int	base_addr_is_v4(const struct base_addr *a);

/* Write A in its shortest form; nothing if it is not known. */
void	base_addr_format(char out[BASE_ADDR_LEN], const struct base_addr *a);

#endif
