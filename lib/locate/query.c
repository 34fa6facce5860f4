/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "locate/query.h"

/* Fallbacks are on unless the client has said otherwise. */
void
locate_query_init(struct locate_query *q)
{
	memset(q, 0, sizeof(*q));
	q->lacf = q->ipf = 1;
}

int
locate_query_has_networks(const struct locate_query *q)
{
	return q->nblue > 0 || q->nwifi > 0 || q->ncell > 0 || q->narea > 0;
}
