#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What a report may do to what is known.  One was enough, once, to have hundreds
# of networks gone, 22 walked one for a hundred kilometres, and two requests had
# thousands forgotten for ever; strictly it is still so.

# LOC_CONF and URL are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	for i in $(seq 100 399); do
		networks="${networks-}${networks:+,}{\"macAddress\":\"a82061000$i\"}"
	done
}

teardown() {
	loc_stop
}

# post NETWORK LAT [ENTRIES]: a report from a client network that hears ENTRIES,
# or all
post() {
	[ "$(curl -s -H "X-Forwarded-For: 198.51.$1.7" -d "{\"items\":[{
	    \"position\":{\"latitude\":$2,\"longitude\":-0.1,\"accuracy\":9},
	    \"wifiAccessPoints\":[${3-$networks}]}]}" "$URL/v2/geosubmit")" = '{}' ]
}

counted() {
	loc-feed -1
	loc-work -1
}

# of the networks: how many have a place, how many are where they were, how many
# somebody speaks against, how many are blocked
figures() {
	loc_sql "SELECT COUNT(lat), COALESCE(SUM(ABS(lat - 51.5) < 1e-4), 0),
	    COALESCE(SUM(ORD(SUBSTR(trust, 28))), 0), COUNT(block_last)
	    FROM wifi_shard_6" | tr '\t' ' '
}

# Three client networks know them.
grow() {
	loc_serve_start
	for network in 1 2 3; do
		post $network 51.5
	done
	counted
}

@test "one report against 300 stations: 4 are contested, none is lost" {
	grow
	[ "$(figures)" = '300 300 0 0' ]
	for _ in 1 2 3; do
		post 9 52.5
		counted
	done
	[ "$(figures)" = '300 300 4 0' ]
	[ "$(loc_sql 'SELECT contra FROM loc_witness WHERE contra > 0')" = 4 ]

	# Loud, and from just within what agrees: 22 times.
	for i in $(seq 22); do
		post 10 "51.50$((800 + i))" '{"macAddress":"a82061000399","signalStrength":-10}'
	done
	counted
	[ "$(loc_sql "SELECT (lat - 51.5) * 111195 BETWEEN 0 AND 60
	    FROM wifi_shard_6 WHERE mac = x'a82061000399'")" = 1 ]

	# Names, twice: nothing is forgotten, and 20 are all that count.
	for network in 11 12; do
		post $network 51.5 "${networks//\}/,\"ssid\":\"x_nomap\"\}}"
	done
	counted
	[ "$(figures)" = '300 299 4 0' ]
	[ "$(loc_sql 'SELECT SUM(optout) FROM loc_witness')" = 40 ]
}

@test "strictly one report erases all of them" {
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	grow
	[ "$(loc_sql 'SELECT COUNT(lat) FROM wifi_shard_6')" = 300 ]
	post 9 52.5
	counted
	[ "$(loc_sql 'SELECT COUNT(lat) FROM wifi_shard_6')" = 0 ]
}
