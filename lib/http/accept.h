/* SPDX-License-Identifier: ISC */
/* What a client would rather have, by Accept and its likes (RFC 9110, 12). */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

/*
 * The weight, 0 to 1000, that LIST gives to NAME, a media type or a coding, by
 * the element that fits it best; 0 if none does or LIST is NULL.
 */
int	http_accept_weight(const char *list, const char *name);

#endif
