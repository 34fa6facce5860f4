#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What a question may do: nothing against what is known.  It was enough, once,
# to ask for a network together with two that stand elsewhere to have it gone.

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	sed -i 's/^model = .*/model = true/' "$LOC_CONF"
}

teardown() {
	loc_stop
}

# heard LAT LON MAC...: three client networks hear these
heard() {
	local list
	list=$(printf '{"macAddress":"%s"},' "${@:3}")
	for i in 1 2 3; do
		[ "$(curl -s -H "X-Forwarded-For: 198.51.$i.7" -d "{\"items\":[{
		    \"position\":{\"latitude\":$1,\"longitude\":$2,
		    \"accuracy\":9},\"wifiAccessPoints\":[${list%,}]}]}" \
		    "$URL/v2/geosubmit")" = '{}' ]
	done
}

counted() {
	loc-feed -1
	loc-work -1
}

# is_new MAC: it has a row now
is_new() {
	counted
	[ "$(loc_sql "SELECT source FROM wifi_shard_${1:4:1}
	    WHERE mac = x'$1'")" = 9 ]
}

rows() {	# of what was known before
	loc_sql "SELECT HEX(mac), lat, lon, samples, block_count, HEX(trust),
	    HEX(marks) FROM wifi_shard_1 UNION SELECT HEX(mac), lat, lon,
	    samples, block_count, HEX(trust), HEX(marks) FROM wifi_shard_2"
}

@test "a question erases nothing, and teaches where unknown networks are" {
	loc-key create test maxreq=0
	loc_serve_start
	heard 48.1 11.5 'b00011000001' 'c00022000002'
	heard 52.5 13.4 'd00013000003' 'e00024000004'
	counted
	rows >before
	[ "$(wc -l <before)" = 4 ]
	# one known elsewhere, and one that is not known at all
	ask=$(printf '{"macAddress":"%s","signalStrength":-40},' b00011000001 \
	    c00022000002 d00013000003 f00035000005)
	ask="{\"wifiAccessPoints\":[${ask%,}]}"
	for _ in 1 2 3; do
		curl -s -d "$ask" "$URL/v1/geolocate?key=test" >answer
	done
	[ "$(jq -c '.location.lat | round' answer)" = 48 ]
	until_true is_new f00035000005
	rows | diff before -
	# the new one has a mark that both have, and one vote of nobody
	[ "$(loc_sql "SELECT COUNT(*) FROM wifi_shard_3 AS new, wifi_shard_1
	    AS a, wifi_shard_2 AS b WHERE a.mac = x'b00011000001' AND
	    b.mac = x'c00022000002' AND LENGTH(new.marks) = 4 AND
	    INSTR(a.marks, new.marks) > 0 AND INSTR(b.marks, new.marks) > 0")" \
	    = 1 ]
	# reports that say they are questions do no more
	for i in 1 2 3 4 5; do
		curl -s -H "X-Forwarded-For: 203.0.$i.9" -d '{"items":[{
		    "position":{"latitude":48.1,"longitude":11.5,"accuracy":9,
		    "source":"query"},"wifiAccessPoints":[
		    {"macAddress":"d00013000003"}]}]}' "$URL/v2/geosubmit"
	done
	counted
	rows | diff before -
}
