/* SPDX-License-Identifier: ISC */
/*
 * The parts of a PMTiles archive, version 3: one file with all tiles, of which
 * a browser reads only what it shows, by ranges.  The specification is at
 * https://github.com/protomaps/PMTiles.  Pure.
 */
#ifndef MAP_PMTILES_H
#define MAP_PMTILES_H

#include <stddef.h>
#include <stdint.h>

struct base_buf;

/* Readers ask for so many bytes first: header and root directory. */
#define MAP_PMTILES_START	16384
#define MAP_PMTILES_HEAD	127

/* The number of a tile: along a Hilbert curve, zoom after zoom. */
uint64_t map_pmtiles_id(unsigned z, uint32_t x, uint32_t y);

/* The tiles from ID on, RUN of them, have the same bytes. */
struct map_pmtiles_entry {
	uint64_t	id;
	uint64_t	at;		/* within the tiles */
	uint32_t	len;
	uint32_t	run;
};

struct map_pmtiles_place {
	uint64_t	at, len;	/* in the file */
};

struct map_pmtiles_head {
	struct map_pmtiles_place root, metadata, leaves, tiles;
	uint64_t	addressed;	/* tiles */
	uint64_t	entries, contents;
	unsigned	min_zoom, max_zoom;
	double		min_lon, min_lat, max_lon, max_lat; /* degrees */
};

/* The header of an archive of PNG files that stand in the order of ids. */
void	map_pmtiles_header(uint8_t out[MAP_PMTILES_HEAD],
	    const struct map_pmtiles_head *h);

/*
 * N entries, sorted by id, as compressed directories: a root that fits
 * MAP_PMTILES_START with the header, and the leaves that it points to, none
 * if N is small.  Adds to both buffers, which are to be empty.  Returns 0, or
 * -1 if memory is short.
 */
int	map_pmtiles_directories(const struct map_pmtiles_entry *e, size_t n,
	    struct base_buf *root, struct base_buf *leaves);

/* Add LEN bytes to B as gzip.  Returns 0, or -1 if memory is short. */
int	map_pmtiles_gzip(struct base_buf *b, const void *data, size_t len);

#endif
