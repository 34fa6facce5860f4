/* SPDX-License-Identifier: ISC */
#include "http/reply.h"

void
http_reply_header(struct http_reply *rp, const char *name,
    const char *value)
{
	if (rp->nheader < HTTP_REPLY_HEADERS)
		rp->header[rp->nheader++] = (struct http_reply_header){ name,
		    value };
}
