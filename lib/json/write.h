/* SPDX-License-Identifier: ISC */
/* JSON text appended to a buffer; numbers are in base/buf.h. */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <stddef.h>

struct base_buf;

/*
 * LEN bytes of UTF-8 as a quoted string in pure ASCII: everything beyond is
 * written \uXXXX (surrogate pairs above U+FFFF), bytes that are no UTF-8
 * become U+FFFD.
 */
void	json_write_str(struct base_buf *b, const char *s, size_t len);

/* The same for a C string. */
void	json_write_cstr(struct base_buf *b, const char *s);

#endif
