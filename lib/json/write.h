/* SPDX-License-Identifier: ISC */
/*
 * JSON text appended to a buffer.
 *
 * A json_write knows where in a document it is and puts the separators, so
 * its caller says only what there is.  Every function takes the NAME of what
 * it writes: a member's name within an object, and NULL within an array and
 * at the top.
 *
 *	json_write_begin(&w, &buf);
 *	json_write_i64(&w, "read", 7);
 *	json_write_array(&w, "missing");
 *	json_write_text(&w, NULL, "cell_nr");
 *	json_write_end(&w);
 *	json_write_end(&w);		{"read":7,"missing":["cell_nr"]}
 *
 * Short of memory, the buffer remembers it (base_buf_ok).  Programs write
 * compact lines; answers of the HTTP interface are spaced as Python's are.
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <stddef.h>
#include <stdint.h>

struct base_buf;

enum json_write_style {
	JSON_WRITE_COMPACT,	/* {"a":1,"b":2} */
	JSON_WRITE_SPACED	/* {"a": 1, "b": 2} */
};

/* How deep objects and arrays may be in each other. */
#define JSON_WRITE_DEPTH	32

struct json_write {
	struct base_buf		*b;
	enum json_write_style	 style;
	unsigned		 depth;
	uint32_t		 objects;	/* bit N: level N + 1 is one */
	int			 follows;	/* something, at this level */
};

void	json_write_init(struct json_write *w, struct base_buf *b,
	    enum json_write_style style);

/* Begin compact text that is an object, which json_write_end() ends. */
void	json_write_begin(struct json_write *w, struct base_buf *b);

/* Begin an object or array, which json_write_end() ends. */
void	json_write_object(struct json_write *w, const char *name);
void	json_write_array(struct json_write *w, const char *name);
void	json_write_end(struct json_write *w);

/*
 * A string, as json_write_cstr() writes it, where NULL is null; an integer;
 * true or false.
 */
void	json_write_text(struct json_write *w, const char *name, const char *s);
void	json_write_i64(struct json_write *w, const char *name, int64_t v);
void	json_write_bool(struct json_write *w, const char *name, int v);

/* A number with 7 decimals at most, or with all its digits; base/buf.h. */
void	json_write_f7(struct json_write *w, const char *name, double v);
void	json_write_f64(struct json_write *w, const char *name, double v);

/* LEN bytes as a string of hexadecimal digits. */
void	json_write_hex(struct json_write *w, const char *name, const void *data,
	    size_t len);

/* The caller appends a value to the buffer itself: exactly one, now. */
void	json_write_value(struct json_write *w, const char *name);

/*
 * For those who put their text together themselves: LEN bytes of UTF-8 as a
 * quoted string in pure ASCII.  Everything beyond is written \uXXXX
 * (surrogate pairs above U+FFFF), bytes that are no UTF-8 become U+FFFD.
 */
void	json_write_str(struct base_buf *b, const char *s, size_t len);

/* The same for a C string. */
void	json_write_cstr(struct base_buf *b, const char *s);

#endif
