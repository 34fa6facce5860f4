/* SPDX-License-Identifier: ISC */
/* Codes as another implementation of SipHash makes them, and where they count. */
#include <string.h>

#include "obs/proof.h"
#include "tap.h"

#define DAY	20786	/* 2026-11-29, the fourth of its week */

static const uint8_t mac[RADIO_MAC_LEN] = { 0xa8, 0x20, 0x67, 0, 0, 0x10 };
static struct obs_proof proof = { .day = DAY };

static int
holds(const char *name)
{
	return obs_proof_holds(&proof, mac, name, strlen(name));
}

int
main(void)
{
	const uint8_t other[RADIO_MAC_LEN] = { 0xa8, 0x20, 0x67, 0, 0, 0x11 };
	char code[OBS_PROOF_CODE + 1];
	uint8_t i;

	for (i = 0; i < sizeof(proof.secret); i++)
		proof.secret[i] = i;
	obs_proof_code(code, &proof, mac);
	is_str(code, "KB5OVILQ", "the code of this week");
	is_int(obs_proof_end(&proof), 20797, "is good to the end of the next");
	ok(holds("my_KB5OVILQ_nomap"), "at the end");
	ok(holds("_kb5ovilq_OptOut"), "in any case, and with the other word");
	ok(holds("a_b_KB5OVILQ_nomap_x"), "between others");
	ok(holds("my_SR6EZRJ4_nomap"), "the code of last week");
	ok(!holds("my_SR6EZRJ5_nomap"), "another one");
	ok(!holds("my_KB5OVILQnomap") && !holds("KB5OVILQ_nomap") &&
	    !holds("my_KB5OVILQ_noma") && !holds("my_KB5OVILQ") &&
	    !holds("_") && !holds(""), "not as it should stand");
	ok(!obs_proof_holds(&proof, other, "my_KB5OVILQ_nomap", 17),
	    "of another network");
	proof.day = 20797;
	ok(!holds("my_KB5OVILQ_nomap"), "too late");
	return tap_done();
}
