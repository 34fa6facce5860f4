/* SPDX-License-Identifier: ISC */
/* Questions as JSON: the bodies of /v1/geolocate, /v1/search, /v1/country. */
#ifndef API_QUERY_H
#define API_QUERY_H

struct base_arena;
struct base_buf;
struct ichnaea_rules;
struct json_doc;
struct locate_query;

/* How a body names its members. */
enum api_query_words {
	API_QUERY_LONG,	/* /v1/geolocate: "mobileCountryCode" */
	API_QUERY_SHORT	/* /v1/search: "mcc"; it also knows "asu" */
};

enum api_query_verdict {
	API_QUERY_OK,
	API_QUERY_REFUSED,
	API_QUERY_NO_MEMORY
};

/*
 * Make Q, without address, of body D, which uses WORDS; it borrows from A.
 * RULES may have the whole refused for any field of a wrong type and any
 * unknown radio; else these fields are dropped, and only a body of which no
 * member can be used is refused.  DETAILS, which must be empty, gets a JSON
 * object of what is wrong, path by path; it is of interest after a refusal.
 */
enum api_query_verdict api_query_parse(struct locate_query *q,
	    const struct json_doc *d, enum api_query_words words,
	    const struct ichnaea_rules *rules, struct base_buf *details,
	    struct base_arena *a);

#endif
