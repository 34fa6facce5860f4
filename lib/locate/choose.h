/* SPDX-License-Identifier: ISC */
/*
 * Which of the model's results answers: the finest kind that nothing
 * contradicts.
 */
#ifndef LOCATE_CHOOSE_H
#define LOCATE_CHOOSE_H

struct locate_result;
struct locate_search;

/*
 * Set S->own and S->best to the one of S's own results that answers; there is
 * at most one of each kind, and BLUE, WIFI and CELL are theirs, or NULL.
 */
void	locate_choose_own(struct locate_search *s,
	    const struct locate_result *blue, const struct locate_result *wifi,
	    const struct locate_result *cell);

/* Let the address answer instead, if it says more than that. */
void	locate_choose_address(struct locate_search *s);

/* Let a provider, whose result is the last, answer if it is better. */
void	locate_choose_provider(struct locate_search *s);

#endif
