#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0
load lib

CITY=data/geo/maxmind-test/test-data/GeoIP2-City-Test.mmdb

@test "addresses in, JSON lines out" {
	require_shared $CITY
	run -0 loc-geoip -d "$LOC_SHARED/$CITY" <<-'E'
		81.2.69.192
		2a02:ffc0::
		::ffff:67.43.156.1
		127.0.0.1
	E
	[ "${lines[0]}" = '{"ip":"81.2.69.192","region":"GB","name":"United Kingdom","lat":51.5142,"lon":-0.0931,"radius_m":40000,"score":0.8}' ]
	[ "${lines[1]}" = '{"ip":"2a02:ffc0::","region":"GI","name":"Gibraltar","lat":36.13333,"lon":-5.35,"radius_m":3000,"score":0.9}' ]
	[ "$(jq -r .region <<<"${lines[2]}")" = BT ]
	[ "${lines[3]}" = '{"ip":"127.0.0.1"}' ]
	[ ${#lines[@]} = 4 ]
}

@test "a bad line is named and costs status 65, not the rest" {
	require_shared $CITY
	run -65 --separate-stderr loc-geoip -d "$LOC_SHARED/$CITY" \
	    <<<$'81.2.69.192\n067.43.156.1\n\n1.2.3.4 \n::1'
	[ ${#lines[@]} = 2 ]
	# shellcheck disable=SC2154
	[ "${stderr_lines[0]}" = 'loc-geoip: stdin:2: expected an IP address' ]
	[ ${#stderr_lines[@]} = 3 ]
	run -65 --separate-stderr loc-geoip -q -d "$LOC_SHARED/$CITY" <<<x
	[ -z "$stderr" ]
	head -c 2000000 /dev/zero | tr '\0' 1 >"$BATS_TEST_TMPDIR/long"
	printf '::1\0\n' >"$BATS_TEST_TMPDIR/nul"
	run -65 loc-geoip -d "$LOC_SHARED/$CITY" "$BATS_TEST_TMPDIR"/{long,nul}
	[ ${#lines[@]} = 2 ]
}

@test "the database of the configuration" {
	require_shared $CITY
	cd "$BATS_TEST_TMPDIR"
	printf '[geoip]\ndb_path = %s\n' "$LOC_SHARED/$CITY" >ini
	run -0 loc-geoip -c ini <<<81.2.69.192
	[[ "$output" == *'"GB"'* ]]
	echo >ini
	run -78 loc-geoip -c ini <<<81.2.69.192
	[[ "$output" == *'db_path'* ]]
}

@test "what is no city database is refused" {
	cd "$BATS_TEST_TMPDIR"
	echo junk >junk
	run -74 loc-geoip -d junk
	run -74 loc-geoip -d missing
	require_shared $CITY
	run -74 loc-geoip -d "$LOC_SHARED/${CITY/City/Country}"
	[[ "$output" == *'expected a city database, this is "GeoIP2-Country"' ]]
}

@test "a file that claims more nodes than it has room for is refused" {
	cd "$BATS_TEST_TMPDIR"
	python3 "$BATS_TEST_DIRNAME/../tools/make_mmdb.py" city
	run -0 loc-geoip -d city <<<81.2.69.192
	[[ "$output" == *'"GB"'* ]]
	at=$(grep -abo node_count city | cut -d: -f1)
	for count in '\377\377\377\377' '\052\252\252\253'; do
		cp city more
		# shellcheck disable=SC2059	# octal escapes
		printf "$count" | dd of=more bs=1 seek=$((at + 11)) \
		    conv=notrunc status=none
		run -74 loc-geoip -d more <<<81.2.69.192
		[ "$output" = 'loc-geoip: more: The MaxMind DB file contains invalid metadata' ]
	done
}

@test "wrong usage is 64, a missing file 66" {
	run -64 loc-geoip -x
	run -0 loc-geoip -h
	[ "${lines[0]}" = 'usage: loc-geoip [-hqV] [-c config] [-d file.mmdb] [file ...]' ]
	run -0 loc-geoip -V
	require_shared $CITY
	run -66 loc-geoip -d "$LOC_SHARED/$CITY" /nonexistent
}
