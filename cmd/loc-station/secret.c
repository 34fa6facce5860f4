/* SPDX-License-Identifier: ISC */
/*
 * What can only be told with the secret of the database: the numbers that
 * witnesses go by, and the codes that owners put into the names of networks.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/addr.h"
#include "base/civil.h"
#include "obs/proof.h"
#include "obs/witness.h"
#include "store/db.h"
#include "store/key.h"
#include "store/trust.h"

#include "station.h"

/* Returns an exit status, after a message unless it is EX_OK. */
static int
read_secret(struct run *r, uint8_t secret[OBS_WITNESS_SECRET])
{
	switch (store_trust_secret(r->db, secret)) {
	case 1:
		return EX_OK;
	case 0:
		warnx("the database has no trust_secret: run loc-db migrate");
		return 1;
	default:
		return tell_failure(r->db);
	}
}

/* The tag of an address or API key on a day, as undo takes it. */
int
tag_witness(struct run *r, char *const *arg)
{
	uint8_t secret[OBS_WITNESS_SECRET];
	struct obs_witness_address a;
	struct obs_witness_day d;
	struct base_addr address;
	char day[BASE_CIVIL_DATE_LEN];
	int64_t s;
	int rc;

	if (arg[1] == NULL || arg[2] != NULL || strlen(arg[1]) != 10 ||
	    !base_civil_parse(arg[1], 10, &s))
		errx(EX_USAGE, "tag: expected an address or key, and a date");
	base_addr_parse(&address, arg[0]);
	obs_witness_address_of(&a, &address, (unsigned)r->cf.trust_network4,
	    (unsigned)r->cf.trust_network6);
	if (a.len == 0 && !store_key_check(arg[0]))
		errx(EX_USAGE, "%s: expected an address or an API key",
		    arg[0]);
	if ((rc = read_secret(r, secret)) != EX_OK)
		return rc;
	obs_witness_day(&d, secret, base_civil_day_of(s));
	explicit_bzero(secret, sizeof(secret));
	base_civil_format_date(day, d.day);
	printf("%s:%u\n", day, (unsigned)(a.len > 0 ?
	    obs_witness_network_tag(&d, &a) :
	    obs_witness_key_tag(&d, arg[0])));
	return EX_OK;
}

/*
 * For each network the code that its owner is to put into its name, and the
 * day until which that is good.
 */
int
print_codes(struct run *r, char *const *arg)
{
	char code[OBS_PROOF_CODE + 1], end[BASE_CIVIL_DATE_LEN];
	struct obs_proof p = { .day = r->today };
	enum kind kind = kind_of(arg[0]);
	const char *expected;
	char name[NAME_LEN];
	struct network n;
	int rc;

	if (kind != WIFI && kind != BLUE)
		errx(EX_USAGE, "code: expected wifi or blue: cells have no "
		    "name");
	if ((rc = read_secret(r, p.secret)) != EX_OK)
		return rc;
	base_civil_format_date(end, obs_proof_end(&p));
	for (arg++; *arg != NULL; arg++) {
		network_parse(&n, kind, *arg, &expected);
		network_format(name, &n);
		obs_proof_code(code, &p, n.key);
		printf("%s %s _%s_nomap before %s\n", kind_name(kind), name,
		    code, end);
	}
	explicit_bzero(p.secret, sizeof(p.secret));
	return EX_OK;
}
