/* SPDX-License-Identifier: ISC */
/*
 * JSON values read as the fields of a request.  Clients are careless about
 * types, and what Ichnaea converted is converted alike: numbers in strings,
 * booleans as numbers, "", [] and {} for nothing.  Of a value that is bad
 * nothing can be made; whether that refuses the request is up to the caller.
 */
#ifndef JSON_COERCE_H
#define JSON_COERCE_H

#include <stddef.h>
#include <stdint.h>

struct base_arena;
struct json_doc;

enum json_coerce_verdict {
	JSON_COERCE_OK,
	JSON_COERCE_MISSING,	/* the same as no such member; nothing set */
	JSON_COERCE_BAD		/* nothing set */
};

/* Fractions are cut off; beyond 64 bits it saturates. */
enum json_coerce_verdict json_coerce_int(const struct json_doc *d, int v,
	    int64_t *val);

/* NaN and infinity are missing. */
enum json_coerce_verdict json_coerce_f64(const struct json_doc *d, int v,
	    double *val);

/*
 * *LEN bytes of NUL-terminated UTF-8 in A, which may hold further NULs;
 * *VAL is NULL when memory is short.
 */
enum json_coerce_verdict json_coerce_str(const struct json_doc *d, int v,
	    struct base_arena *a, const char **val, size_t *len);

/* Everything is true but false, 0 and their texts; never bad. */
enum json_coerce_verdict json_coerce_bool(const struct json_doc *d, int v,
	    int *val);

#endif
