/* SPDX-License-Identifier: ISC */
/* Reports in the forms of the submit interfaces. */
#ifndef CONVERT_BODY_H
#define CONVERT_BODY_H

#include <stddef.h>

struct convert_body;
struct convert_sink;

/*
 * MOZSTUMBLER says that they are that app's, whose ages have the other sign;
 * negative: look at each.  Returns NULL when memory is short.
 */
struct convert_body *convert_body_new(struct convert_sink *s,
	    int mozstumbler);
void	convert_body_free(struct convert_body *b);

/*
 * A report: LEN bytes of TEXT in any of the three forms.  It becomes an item
 * of /v2/geosubmit, with all the members that loc-submit takes.
 */
void	convert_body_item(void *b, const char *text, size_t len);

#endif
