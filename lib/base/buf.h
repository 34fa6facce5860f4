/* SPDX-License-Identifier: ISC */
/*
 * A growing run of bytes, for building text and messages.  Adding never
 * fails on the spot: when memory is short the buffer remembers it, and the
 * caller asks once, at the end, with base_buf_ok().
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct base_buf {
	char	*data;		/* NUL-terminated once anything was added */
	size_t	 len;
	size_t	 cap;
	int	 failed;
};

void	base_buf_init(struct base_buf *b);
void	base_buf_done(struct base_buf *b);

/* Empty it, keep the memory, forget a failure. */
void	base_buf_reset(struct base_buf *b);

/* 1 if nothing was lost since the last reset. */
static inline int	base_buf_ok(const struct base_buf *b);

/*
 * Make room for LEN more bytes, and one for the NUL; returns where they go, or
 * NULL.  The second is the rare case of the first.
 */
static inline char	*base_buf_room(struct base_buf *b, size_t len);
char	*base_buf_grow(struct base_buf *b, size_t len);

/*
 * These are inline, as most texts are constants of a few bytes: compilers then
 * know their lengths.
 */
static inline void	base_buf_add(struct base_buf *b, const void *data,
			    size_t len);
static inline void	base_buf_str(struct base_buf *b, const char *s);
static inline void	base_buf_chr(struct base_buf *b, char c);

void	base_buf_fmt(struct base_buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	base_buf_i64(struct base_buf *b, int64_t v);
void	base_buf_hex(struct base_buf *b, const void *data, size_t len);

/*
 * V rounded to 7 decimals and printed as the shortest text that reads back
 * to the same double, integral values with ".0": 51.5, 10.0, 1e-05.
 */
void	base_buf_f7(struct base_buf *b, double v);

/* V as the shortest text that reads back to the same double ("12.5"). */
void	base_buf_f64(struct base_buf *b, double v);

static inline int
base_buf_ok(const struct base_buf *b)
{
	return !b->failed;
}

static inline char *
base_buf_room(struct base_buf *b, size_t len)
{
	return len >= b->cap - b->len || b->failed ? base_buf_grow(b, len) :
	    b->data + b->len;
}

static inline void
base_buf_add(struct base_buf *b, const void *data, size_t len)
{
	char *p;

	if ((p = base_buf_room(b, len)) == NULL)
		return;
	if (len > 0)
		memcpy(p, data, len);
	p[len] = '\0';
	b->len += len;
}

static inline void
base_buf_str(struct base_buf *b, const char *s)
{
	base_buf_add(b, s, strlen(s));
}

static inline void
base_buf_chr(struct base_buf *b, char c)
{
	char *p;

	if ((p = base_buf_room(b, 1)) == NULL)
		return;
	p[0] = c;
	p[1] = '\0';
	b->len++;
}

#endif
