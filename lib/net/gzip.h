/* SPDX-License-Identifier: ISC */
/* Packing bodies for others. */
#ifndef NET_GZIP_H
#define NET_GZIP_H

#include <stddef.h>

struct base_buf;

/*
 * Append LEN bytes of DATA to OUT as one gzip member, packed as tightly as
 * LEVEL (1 to 9) says.  Returns 0, or -1 when memory is short.
 */
int	net_gzip(struct base_buf *out, const void *data, size_t len,
	    int level);

#endif
