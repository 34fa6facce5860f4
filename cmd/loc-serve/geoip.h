/* SPDX-License-Identifier: ISC */
/* The GeoIP file, which is replaced while requests use it. */
#ifndef SERVE_GEOIP_H
#define SERVE_GEOIP_H

#include <stdint.h>

struct base_addr;
struct serve_geoip;
struct geo_ip;

/*
 * Without a file at first.  BRIEF: for the moment of one connection, the
 * file is not opened before it is needed.  Returns NULL after a warning.
 */
struct serve_geoip *serve_geoip_new(int brief);
void	serve_geoip_free(struct serve_geoip *g);

/*
 * Use the file at PATH from now on; NULL: none.  Returns 0; or -1 after a
 * warning if it cannot be used, and what was read before remains in use.
 */
int	serve_geoip_open(struct serve_geoip *g, const char *path);

/*
 * To be called every few seconds, by who calls serve_geoip_open(): use the file
 * anew if it is another than was read, and has not changed since the call
 * before.  Returns 0, or -1 as serve_geoip_open().
 */
int	serve_geoip_look(struct serve_geoip *g);

/*
 * Where CLIENT is.  Returns 1 with IP set, 0 if that is not known, or -1 if
 * CLIENT is not.
 */
int	serve_geoip_find(struct serve_geoip *g, const struct base_addr *client,
	    struct geo_ip *ip);

/* When the data was made, in seconds since 1970; -1: there is none. */
int64_t	serve_geoip_built_s(struct serve_geoip *g);

#endif
