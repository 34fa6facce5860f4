/* SPDX-License-Identifier: ISC */
/* The reply to one request, which its handler fills in. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stddef.h>

struct base_buf;

/* Headers of a reply beside Date, Connection and Content-Length. */
#define HTTP_REPLY_HEADERS	16

/* Filled in by the handler; text is borrowed until the reply is sent. */
struct http_reply {
	int		 status;
	struct http_reply_header {
		const char	*name, *value;
	}		 header[HTTP_REPLY_HEADERS];
	size_t		 nheader;
	struct base_buf	*body;		/* append to it */
};

/* Add a header; both texts are borrowed until the reply is sent. */
void	http_reply_header(struct http_reply *rp, const char *name,
	    const char *value);

#endif
