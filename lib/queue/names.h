/* SPDX-License-Identifier: ISC */
/*
 * The name of every key that loc uses in Redis, except that of the stream,
 * which is [queue] stream of location.ini, and those of providers' kept answers
 * ("cache:fallback:..."), which end in binary addresses.
 *
 * Names that begin with "api", "cache:", "fallback_" or "rate_", and
 * global_locate_sample_rate, are Ichnaea's, so that both can count the same
 * calls; the others are ours.  Days are days of UTC since 1970.
 */
#ifndef QUEUE_NAMES_H
#define QUEUE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Room for a name and its NUL; longer names are cut. */
#define QUEUE_NAMES_LEN		256
#define QUEUE_NAMES_LETTER_LEN	512	/* of a dead letter */

/* Strings: the share of queries kept, and the settings of its controller. */
#define QUEUE_NAMES_SAMPLE_RATE	"global_locate_sample_rate"
#define QUEUE_NAMES_RATE(what)	"rate_controller_" what

/* String: the page /stats/regions as Ichnaea's web server keeps it. */
#define QUEUE_NAMES_REGIONS_PAGE "cache:stats_regions:4"

/*
 * What is counted: calls of KEY to PATH on DAY (a string), the addresses that
 * calls of TYPE with KEY came from on DAY (a HyperLogLog), and the time at
 * which the client network NETWORK will have paid for its calls with KEY (a
 * string, see limit.c).  "*" for any part makes a pattern.  Each returns 0,
 * or -1 if the name is too long to be used.  Counters are kept for so many
 * seconds after the last call.
 */
#define QUEUE_NAMES_CALLS_TTL_S		"180000"	/* two days and more */
#define QUEUE_NAMES_ADDRESSES_TTL_S	"691200"	/* 8 days */
int	queue_names_calls(char out[QUEUE_NAMES_LEN], const char *key,
	    const char *path, int64_t day);
int	queue_names_addresses(char out[QUEUE_NAMES_LEN], const char *type,
	    const char *key, int64_t day);
int	queue_names_network(char out[QUEUE_NAMES_LEN], const char *key,
	    const char *network);

/* A pattern for the addresses of KEY (or "*") on all days. */
void	queue_names_all_addresses(char out[QUEUE_NAMES_LEN],
	    const char *key);

/*
 * The parts of a name of calls (key, path, day) or addresses (type, key,
 * day), which Redis may have from anybody.  They point into the name.
 */
struct queue_names_part {
	const char	*at;
	size_t		 len;
};
#define QUEUE_NAMES_PARTS	3

/* Returns 1, or 0 if NAME does not consist of so many parts. */
int	queue_names_split(struct queue_names_part part[QUEUE_NAMES_PARTS],
	    const char *name);

/* String: calls to the provider NAME in the INTERVAL'th interval. */
int	queue_names_provider(char out[QUEUE_NAMES_LEN], const char *name,
	    int64_t interval);

/* Hash: what was submitted with each API key on DAY, see queue/keyday.h. */
#define QUEUE_NAMES_KEYDAY_TTL_S	"691200"	/* 8 days */
void	queue_names_keyday(char out[QUEUE_NAMES_LEN], int64_t day);

/*
 * What belongs to a stream: the set of groups that there should be (see
 * queue/group.h); the hash of reports that each group lost; the sorted set of
 * dead letters, and the hash that is one of them; the marker of the feed FEED,
 * a string that says how much it shipped.  Each name is that of the stream and
 * a suffix, so that several streams may share a server, unless one of them is
 * called as a key of another.  All other keys of this file are the server's:
 * streams share them.
 */
void	queue_names_groups(char out[QUEUE_NAMES_LEN], const char *stream);
void	queue_names_dropped(char out[QUEUE_NAMES_LEN], const char *stream);
void	queue_names_dead(char out[QUEUE_NAMES_LEN], const char *stream);
void	queue_names_letter(char out[QUEUE_NAMES_LETTER_LEN],
	    const char *stream, const char *id);
void	queue_names_feed(char out[QUEUE_NAMES_LEN], const char *stream,
	    const char *feed);

#endif
