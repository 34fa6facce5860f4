/* SPDX-License-Identifier: ISC */
/*
 * A question: the networks a device hears, checked and without duplicates,
 * and what is known of its address.
 */
#ifndef LOCATE_QUERY_H
#define LOCATE_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "radio/cell.h"
#include "radio/mac.h"

struct geo_ip;

/* A number that is not known. */
#define LOCATE_UNKNOWN		INT32_MIN

/*
 * A query that names fewer access points, or fewer beacons, is taken to name
 * no such networks: whoever asks must prove to hear two, so that nobody can
 * ask for the place of a single one.
 */
#define LOCATE_QUERY_MIN_MACS	2

/*
 * Of more access points, or beacons, only the first count, unless positions
 * are the reference's: no device hears as many, and whoever invents networks
 * is not to ask for all of them at once.
 */
#define LOCATE_QUERY_MAX_MACS	128

/* A wifi access point or Bluetooth beacon. */
struct locate_mac {
	uint8_t		 mac[RADIO_MAC_LEN];
	int32_t		 age_ms;
	int32_t		 signal_dbm;
	int32_t		 snr_db;	/* of wifi, as the next two */
	int32_t		 channel;
	int32_t		 frequency_mhz;
	const char	*name;		/* name or SSID, or NULL */
	size_t		 namelen;	/* its bytes; a name may hold NULs */
};

/* A cell, or an area when cell.cid is unknown. */
struct locate_cell {
	struct radio_cell cell;
	int32_t		 age_ms;
};

struct locate_query {
	struct locate_mac	*blue, *wifi;	/* no entry, or 2 and more */
	struct locate_cell	*cell, *area;	/* areas of all usable cells */
	size_t			 nblue, nwifi, ncell, narea;
	size_t			 lone_blue, lone_wifi;	/* 1: [0] is left out */
	/* entries of the lists as they were sent, usable or not */
	size_t			 sent_blue, sent_wifi, sent_cell;
	size_t			 nlook_area;	/* narea, whatever is allowed */
	int			 lacf, ipf;	/* fallbacks allowed */
	int			 as_ichnaea;	/* positions are the reference's */
	int			 only_named;	/* look nothing near these up */
	int			 no_adopted;	/* these do not vouch as such */
	int			 confidence;	/* percent; 0: not said */
	int			 has_ip;	/* the address is valid */
	const struct geo_ip	*ip;		/* NULL: nothing known */
};

/* The empty query: what a client that hears nothing asks. */
void	locate_query_init(struct locate_query *q);

/* 1 if Q names any networks that could be known. */
int	locate_query_has_networks(const struct locate_query *q);

#endif
