/* SPDX-License-Identifier: ISC */
/* The errors of the HTTP APIs: their status and their bodies. */
#ifndef API_ERROR_H
#define API_ERROR_H

struct base_buf;
struct json_doc;

enum api_error {
	API_ERROR_KEY,		/* 400 */
	API_ERROR_PARSE,		/* 400 */
	API_ERROR_BAD_REQUEST,	/* 400 */
	API_ERROR_LIMIT,		/* 403: of the key, for today */
	API_ERROR_CLIENT_LIMIT,	/* 429: of the client's network */
	API_ERROR_NOT_FOUND,		/* 404 */
	API_ERROR_METHOD,		/* 405 */
	API_ERROR_TOO_LARGE,		/* 413 */
	API_ERROR_UNAVAILABLE	/* 503 */
};

/*
 * Append the body of error E to OUT, with the JSON text DETAILS as its
 * member "details" unless NULL.  Returns the HTTP status.
 */
int	api_error_write(struct base_buf *out, enum api_error e,
	    const char *details);

/*
 * Append the details of bodies that could not be read: {"decode":TEXT}, and
 * of one that is no JSON, from the failed D.
 */
void	api_error_decode(struct base_buf *details, const char *text);
void	api_error_json(struct base_buf *details, const struct json_doc *d);

/* The same of bodies whose members are wrong, as the JSON in MAP says. */
void	api_error_validation(struct base_buf *details,
	    const struct base_buf *map);

#endif
