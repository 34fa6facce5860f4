/* SPDX-License-Identifier: ISC */
/* All at once: deflateBound() says how much room the result may need. */
#include <assert.h>
#include <stdint.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "net/gzip.h"

#define WINDOW	(15 + 16)	/* the largest, and a gzip header */
#define MEMORY	8		/* zlib's default */

int
net_gzip(struct base_buf *out, const void *data, size_t len, int level)
{
	z_stream z = { .next_in = data, .avail_in = (uInt)len };
	char *room;
	uLong max;
	int rc = -1;

	if (len > UINT32_MAX || deflateInit2(&z, level, Z_DEFLATED, WINDOW,
	    MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return -1;
	max = deflateBound(&z, (uLong)len);
	if ((room = base_buf_room(out, max)) != NULL) {
		z.next_out = (Bytef *)room;
		z.avail_out = (uInt)max;
		if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
			assert(z.total_out <= max);
			out->len += z.total_out;
			rc = 0;
		}
	}
	deflateEnd(&z);
	return rc;
}
