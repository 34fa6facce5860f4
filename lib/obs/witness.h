/* SPDX-License-Identifier: ISC */
/*
 * Whom a submission is from, as far as that is told apart: by a number of 16
 * bits that is another one every day, so that neither an address nor what one
 * client did on two days can be learned from it.  Pure.
 *
 * Two numbers come of the network of a client and of the client: its tag, by
 * which votes are told apart (station/trust.h), and its source, which is finer
 * and only ever goes into marks.  A mark says of two stations that they were
 * heard by one client on one day within two kilometres; when the salt of that
 * day is gone nobody can tell which.
 */
#ifndef OBS_WITNESS_H
#define OBS_WITNESS_H

#include <stddef.h>
#include <stdint.h>

struct base_addr;

/* Numbers travel and are stored: they must not change. */
enum obs_witness_class {
	OBS_WITNESS_PUBLIC,	/* no API key, or one that many share */
	OBS_WITNESS_KEYED,	/* a contributor's own key */
	OBS_WITNESS_TRUSTED,	/* the operator */
	OBS_WITNESS_RESTORED,	/* public once; the operator brought it back */
	OBS_WITNESS_ASKED	/* public; a question, its mark as source */
};

struct obs_witness {
	uint8_t		class;	/* enum obs_witness_class */
	uint16_t	tag;
	uint32_t	source;
};

/* As it travels: these members, little-endian.  All zeros: nothing is known. */
#define OBS_WITNESS_BYTES	7
void	obs_witness_write(uint8_t out[OBS_WITNESS_BYTES],
	    const struct obs_witness *w);

/* A class that is not known is public. */
void	obs_witness_read(struct obs_witness *w,
	    const uint8_t bytes[OBS_WITNESS_BYTES]);

/* 1 if nothing is known of W. */
int	obs_witness_is_none(const struct obs_witness *w);

#define OBS_WITNESS_SECRET	16	/* bytes, also of a salt */

/* What tags and sources of one day are made with. */
struct obs_witness_day {
	int64_t		day;	/* since 1970 */
	uint64_t	key[2];
};
void	obs_witness_day(struct obs_witness_day *d,
	    const uint8_t secret[OBS_WITNESS_SECRET], int64_t day);

/* An address in the order of the network, and how much of it is a network. */
struct obs_witness_address {
	uint8_t		byte[16];
	size_t		len;	/* 4 or 16; 0: not known */
	unsigned	bits;
};

/* Address FROM, of which BITS4 or BITS6 bits are the network. */
void	obs_witness_address_of(struct obs_witness_address *a,
	    const struct base_addr *from, unsigned bits4, unsigned bits6);

/* The tag of a network, and that of an API key. */
uint16_t obs_witness_network_tag(const struct obs_witness_day *d,
	    const struct obs_witness_address *a);
uint16_t obs_witness_key_tag(const struct obs_witness_day *d,
	    const char *key);

/* The source of a client, which calls itself AGENT (NULL: nothing). */
uint32_t obs_witness_source(const struct obs_witness_day *d,
	    const struct obs_witness_address *a, const char *key,
	    const char *agent);

/* The mark of what SOURCE heard at LAT, LON on the day with that SALT. */
uint32_t obs_witness_mark(const uint8_t salt[OBS_WITNESS_SECRET],
	    uint32_t source, double lat, double lon);

#endif
