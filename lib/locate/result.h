/* SPDX-License-Identifier: ISC */
/*
 * Possible positions, and the choice among them: results that lie near each
 * other support each other, the best supported group wins, and of that group
 * the most accurate result.
 */
#ifndef LOCATE_RESULT_H
#define LOCATE_RESULT_H

#include <stddef.h>

enum locate_result_source {
	LOCATE_RESULT_INTERNAL = 1,	/* own stations */
	LOCATE_RESULT_FALLBACK = 2,	/* an external provider */
	LOCATE_RESULT_GEOIP = 3
};

enum locate_result_kind {
	LOCATE_RESULT_BLUE,
	LOCATE_RESULT_WIFI,
	LOCATE_RESULT_CELL,
	LOCATE_RESULT_AREA,
	LOCATE_RESULT_IP,
	LOCATE_RESULT_EXTERNAL,	/* the provider's; of what, it alone knows */
	LOCATE_RESULT_SITE	/* cells with ids near those of the query */
};

/* How good a position is, best first. */
enum locate_result_class {
	LOCATE_RESULT_HIGH,	/* up to 500 m */
	LOCATE_RESULT_MEDIUM,	/* up to 50 km */
	LOCATE_RESULT_LOW,	/* up to 40000 km */
	LOCATE_RESULT_NONE
};

struct locate_result {
	enum locate_result_source source;
	enum locate_result_kind	  kind;
	int			  group; /* of its kind, counted from 0 */
	double			  lat, lon;	/* degrees */
	double			  accuracy_m;
	double			  score;
	const char		 *fallback;	/* "lacf", "ipf" or NULL */
};

/* Own results beyond these give way, the lowest score first. */
#define LOCATE_RESULT_MAX	256

struct locate_result_list {
	struct locate_result	at[LOCATE_RESULT_MAX + 2];
	size_t			n;
};

/* Indexes of some results of a list, by accuracy. */
struct locate_result_group {
	size_t	at[LOCATE_RESULT_MAX + 2];
	size_t	n;
	double	score;		/* the sum of theirs */
};

/*
 * Add R, its numbers rounded to 7 decimals.  Beside LOCATE_RESULT_MAX of our
 * own there is room for one of each other source.
 */
void	locate_result_add(struct locate_result_list *l,
	    const struct locate_result *r);

/*
 * Choose: G becomes the best supported group.  Returns the index of its most
 * accurate result, or -1 if the list is empty.
 */
int	locate_result_best(const struct locate_result_list *l,
	    struct locate_result_group *g);

/* "internal", "fallback", "geoip"; "high", "medium", "low", "none". */
const char *locate_result_source_name(enum locate_result_source source);
const char *locate_result_class_name(enum locate_result_class c);

/* The class of an accuracy; NaN is no position at all. */
enum locate_result_class locate_result_class(double accuracy_m);

/* 1 if group G answers a question for which class WANT was expected. */
int	locate_result_satisfies(const struct locate_result_list *l,
	    const struct locate_result_group *g,
	    enum locate_result_class want);

/* V rounded to 7 decimals, as positions are. */
double	locate_result_round(double v);

/* V, but at least MIN and at most MAX. */
double	locate_result_clamp(double v, double min, double max);

/*
 * The 95th percentile of N > 0 distances, interpolated between neighbours.
 * Sorts D.
 */
double	locate_result_p95(double *d, size_t n);

#endif
