/* SPDX-License-Identifier: ISC */
/*
 * A made-up world that is always the same for the same seed: a dozen towns
 * at places of the real map, each a square with wifi access points, beacons
 * and the masts of two operators on jittered grids.  Nothing is stored;
 * what stands where follows from hashing the seed with the grid.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stddef.h>
#include <stdint.h>

struct world {
	uint64_t	seed;
	double		size_m;		/* side of a town */
	uint64_t	state;		/* of the random sequence */
};

struct world_place {
	int	town;
	double	x_m, y_m;		/* east and north of its centre */
};

enum world_kind {
	WORLD_WIFI,
	WORLD_BLUE,
	WORLD_GSM,
	WORLD_WCDMA,
	WORLD_LTE,
	WORLD_NR,
	WORLD_KINDS
};

/* Something that is heard, and how. */
struct world_signal {
	enum world_kind	kind;
	uint8_t		mac[6];		/* wifi, beacons */
	int		channel;	/* wifi */
	int		mcc, mnc, lac;	/* cells */
	uint64_t	cid;
	int		psc;		/* -1: unknown */
	int		signal_dbm;
	double		lat, lon;	/* where it stands */
};

void	simulate_world_init(struct world *w, uint64_t seed, double size_m);

/* The next place of the random sequence, and its position in degrees. */
void	simulate_world_wander(struct world *w, struct world_place *p);
void	simulate_world_position(const struct world *w,
	    const struct world_place *p, double *lat, double *lon);

/* A normally distributed number of the random sequence. */
double	simulate_world_noise(struct world *w, double deviation);

/*
 * What is heard at P, strongest first within each kind, at most MAX.
 * Returns how many.
 */
size_t	simulate_world_hear(struct world *w, const struct world_place *p,
	    struct world_signal *s, size_t max);

/*
 * The cells of the world one after the other: give *N = 0 first.  Returns 1
 * and the cell in S, or 0 after the last.
 */
int	simulate_world_next_cell(const struct world *w, uint64_t *n,
	    struct world_signal *s);

#endif
