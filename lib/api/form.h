/* SPDX-License-Identifier: ISC */
/* The networks of a query as JSON, in the words of different services. */
#ifndef API_FORM_H
#define API_FORM_H

struct json_write;
struct locate_query;

enum api_form_kind {
	API_FORM_REPORT,	/* of our own pipeline: geosubmit v2 */
	API_FORM_ICHNAEA,	/* geolocate, also of Combain */
	API_FORM_GOOGLE,	/* Google's geolocation API */
	API_FORM_UNWIRED	/* Unwired Labs' LocationAPI */
};

/*
 * Write, into the object that W is in, a member for each kind of network that
 * KIND has a word for and Q has one of.  What is not known is left out.
 */
void	api_form_write(struct json_write *w, enum api_form_kind kind,
	    const struct locate_query *q);

#endif
