/* SPDX-License-Identifier: ISC */
/* The networks of a query as JSON, in the words of different services. */
#ifndef LOCATE_FORM_H
#define LOCATE_FORM_H

struct base_buf;
struct locate_query;

enum locate_form_kind {
	LOCATE_FORM_REPORT,	/* of our own pipeline: geosubmit v2 */
	LOCATE_FORM_ICHNAEA,	/* geolocate, also of Combain */
	LOCATE_FORM_GOOGLE,	/* Google's geolocation API */
	LOCATE_FORM_UNWIRED	/* Unwired Labs' LocationAPI */
};

/*
 * Append to B, which ends within a JSON object, a member for each kind of
 * network that KIND has a word for and Q has one of.  What is not known is
 * left out.
 */
void	locate_form_write(struct base_buf *b, enum locate_form_kind kind,
	    const struct locate_query *q);

/* Append the beginning of the next member of an object: its name. */
void	locate_form_name(struct base_buf *b, const char *name);

#endif
