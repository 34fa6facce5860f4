/* SPDX-License-Identifier: ISC */
/* Tags, sources and marks: the numbers that witnesses are told apart by. */
#include <string.h>

#include "base/addr.h"
#include "base/siphash.h"
#include "obs/witness.h"
#include "tap.h"

#define DAY	20786	/* 2026-11-29 */

static uint8_t secret[16], salt[16];

static void
set_address(struct obs_witness_address *a, const char *text, unsigned bits4,
    unsigned bits6)
{
	struct base_addr addr;

	base_addr_parse(&addr, text);
	obs_witness_address_of(a, &addr, bits4, bits6);
}

static uint16_t
network(int64_t day, const char *text, unsigned bits4, unsigned bits6)
{
	struct obs_witness_address a;
	struct obs_witness_day d;

	obs_witness_day(&d, secret, day);
	set_address(&a, text, bits4, bits6);
	return obs_witness_network_tag(&d, &a);
}

static void
test_tags(void)
{
	struct obs_witness_day d;
	uint16_t tag;

	obs_witness_day(&d, secret, DAY);
	ok(d.key[0] == 0x1f137caae90e1a58 && d.key[1] == 0x18a754462c03bbca,
	    "the key of a day");
	is_int(network(DAY, "203.0.113.9", 24, 40), 0xf50e, "IPv4");
	is_int(network(DAY + 1, "203.0.113.9", 24, 40), 0xd164,
	    "the next day");
	is_int(network(DAY, "203.0.113.250", 24, 40), 0xf50e,
	    "the same network");
	ok(network(DAY, "203.0.114.9", 24, 40) != 0xf50e, "another one");
	is_int(network(DAY, "::ffff:203.0.113.9", 24, 40), 0xf50e,
	    "IPv4 as IPv6");
	is_int(network(DAY, "2001:db8::1", 24, 40), 0x63db, "IPv6");
	is_int(network(DAY, "2001:db8:ff::1", 24, 40), 0x63db,
	    "the same network");
	ok(network(DAY, "2001:db8:100::1", 24, 40) != 0x63db,
	    "another one");
	tag = network(DAY, "203.0.112.1", 23, 40);
	is_int(network(DAY, "203.0.113.9", 23, 40), tag,
	    "a part of a byte of it");
	ok(network(DAY, "203.0.114.1", 23, 40) != tag, "... differs");
	is_int(network(DAY, "", 24, 40), network(DAY, "host", 24, 40),
	    "an address that is none");
	is_int(obs_witness_key_tag(&d, "alice"), 0xc3bc, "a key");
}

static void
test_sources(void)
{
	struct obs_witness_address a;
	struct obs_witness_day d;
	char agent[2000];
	uint32_t first;

	obs_witness_day(&d, secret, DAY);
	set_address(&a, "203.0.113.9", 24, 40);
	first = obs_witness_source(&d, &a, "", "app");
	ok(first != obs_witness_source(&d, &a, "", "pap") &&
	    first != obs_witness_source(&d, &a, "app", "") &&
	    first != obs_witness_source(&d, &a, "", NULL),
	    "programs and keys are told apart");
	set_address(&a, "203.0.113.10", 24, 40);
	ok(first != obs_witness_source(&d, &a, "", "app"),
	    "and so are addresses of a network");
	memset(agent, 'x', sizeof(agent) - 1);
	agent[sizeof(agent) - 1] = '\0';
	ok(obs_witness_source(&d, &a, "", agent) != first &&
	    obs_witness_source(&d, &a, agent, agent) != first,
	    "names that are long do no harm");
}

static void
test_marks(void)
{
	static const struct {
		double		lat, lon;
		uint32_t	mark;
	} t[] = { { 51.5, -0.1, 0x1d87e71e },
		{ 51.5001, -0.1001, 0xc277c8c8 },
		{ 51.519, -0.1, 0x1d87e71e },
		{ 51.521, -0.1, 0x09a2d526 } };
	size_t i;

	for (i = 0; i < 4; i++)
		is_int(obs_witness_mark(salt, 0xdeadbeef, t[i].lat, t[i].lon),
		    t[i].mark, "a mark");
	ok(obs_witness_mark(salt, 0xdeadbef0, 51.5, -0.1) != t[0].mark,
	    "of another client");
}

static void
test_bytes(void)
{
	const struct obs_witness w = { OBS_WITNESS_KEYED, 0x1234, 0xdeadbeef };
	uint8_t bytes[OBS_WITNESS_BYTES];
	struct obs_witness got;

	obs_witness_write(bytes, &w);
	ok(memcmp(bytes, "\x01\x34\x12\xef\xbe\xad\xde", 7) == 0,
	    "a witness as bytes");
	obs_witness_read(&got, bytes);
	ok(got.class == w.class && got.tag == w.tag &&
	    got.source == w.source && !obs_witness_is_none(&got), "and back");
	bytes[0] = 77;
	obs_witness_read(&got, bytes);
	is_int(got.class, OBS_WITNESS_PUBLIC,
	    "nobody has a class that is not known");
	memset(bytes, 0, sizeof(bytes));
	obs_witness_read(&got, bytes);
	ok(obs_witness_is_none(&got), "zeros are nobody");
}

int
main(void)
{
	const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t i;

	for (i = 0; i < 16; i++) {
		secret[i] = i;
		salt[i] = 0x10 + i;
	}
	is_int((long long)base_siphash(key, secret, 15),
	    (long long)0xa129ca6149be45e5, "SipHash of its authors' test");
	test_tags();
	test_sources();
	test_marks();
	test_bytes();
	return tap_done();
}
