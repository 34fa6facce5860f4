#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Where is one given access point?  Two networks of one place are asked for, so
# somebody invents one at every place; see tests/unit/trust_enumerate_t.c for a
# month of it.

bats_require_minimum_version 1.5.0

victim=9e57c4000001

setup() {
	load ../cmd/lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	sed -i 's/^model = .*/model = true/' "$LOC_CONF"
}

teardown() {
	loc_stop
}

# say WHAT: see there
say() {
	python3 "$BATS_TEST_DIRNAME/enumerate.py" "$1"
}

# hand_in ADDRESS BODY: as that client, and count it
hand_in() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' -d @"$2" \
	    -H "X-Forwarded-For: $1" "$URL/v2/geosubmit")" = 200 ]
	loc-feed -1
	loc-work -1
}

# found [-s]: how many of his questions are answered by wifi
found() {
	{ loc-locate "$@" questions || [ $? = 1 ]; } | grep -c '"accuracy"'
}

# sees MAC...: what an honest device hears is answered
sees() {
	printf '{"macAddress":"%s"},' "$@" >list
	curl -s -d "{\"wifiAccessPoints\":[$(sed 's/,$//' list)]}" \
	    "$URL/v1/geolocate?key=test" | jq -e .location >/dev/null
}

@test "invented networks tell nobody where a real one is" {
	loc-key create test maxreq=0
	loc_serve_start
	say invented >grid.json
	say named >named.json
	say ask >questions
	item='{"position":{"latitude":48.17193,"longitude":11.57112,"accuracy":9},
	    "wifiAccessPoints":[{"macAddress":"'$victim'"},
	    {"macAddress":"4c8211000007"}]}'
	echo "{\"items\":[$item,$item,$item]}" >honest
	hand_in 198.51.100.7 honest
	# mapped by one person in one evening, it answers at once
	sees $victim 4c8211000007
	hand_in 198.51.101.7 honest
	hand_in 198.51.102.7 honest
	hand_in 203.0.113.9 grid.json
	[ "$(loc_sql 'SELECT COUNT(*) FROM wifi_shard_0')" -gt 100 ]
	# as Ichnaea had it some questions find it, by our rules none
	[ "$(found -s)" -ge 1 ]
	[ "$(found)" = 0 ]
	# nor if he names it at all places, again and again
	hand_in 203.0.113.9 named.json
	hand_in 192.0.2.9 named.json
	[ "$(found)" = 0 ]
	sees $victim 4c8211000007
	# and what he tried is to be seen
	loc-locate -e <<<"{\"wifiAccessPoints\":[{\"macAddress\":\"$victim\"}]}" \
	    >explained || :
	jq -e '.explain.wifi.stations[0].contest.days == 1' explained
}

# The networks of a street: place N has a pair of its own, place 7 the victim.
street() {
	local i items=

	for ((i = 1; i <= 12; i++)); do
		items="$items${items:+,}{\"position\":{\"latitude\":48.$((100 + 30 * i)),
		    \"longitude\":11.5,\"accuracy\":9},\"wifiAccessPoints\":[
		    {\"macAddress\":\"$(at $i b)\"},{\"macAddress\":\"$(at $i c)\"}$(
		    [ $i != 7 ] || printf ',{"macAddress":"%s"}' $victim)]}"
	done
	echo "{\"items\":[$items]}"
}

at() {	# PLACE b|c
	printf '%s%x0%x00000%x' "$([ "$2" = b ] && echo b00 || echo c0f)" \
	    "$1" "$1" "$1"
}

# asks MAC...: as one who looks for the victim; DECOY are others that answer
asks() {
	printf '{"macAddress":"%s","signalStrength":-40},' $victim "$@" >list
	# shellcheck disable=SC2086 # none or two
	printf '{"macAddress":"%s","signalStrength":-90},' $DECOY >>list
	[ -n "$DECOY" ] || sed -i 's/{"macAddress":"","signalStrength":-90},//' list
	curl -s -i -o answer -H 'X-Forwarded-For: 203.0.113.9' \
	    -d "{\"wifiAccessPoints\":[$(sed 's/,$//' list)]}" \
	    "$URL/v1/geolocate?key=test"
}

# left: calls that he still has
left() {
	sed -n 's/^RateLimit: "client";r=\([0-9]*\);.*/\1/p' answer
}

@test "who knows real networks everywhere pays for each place that he tries" {
	printf '[http]\nclient_limit = 1000\nclient_window_s = 86400\n' \
	    >>"$LOC_CONF"
	loc-key create test maxreq=0
	loc_serve_start
	street >honest
	for network in 7 8 9; do
		hand_in 198.51.$network.7 honest
	done
	for shape in '1' '2' '5' '1 decoy' '2 decoy' '3 decoy'; do
		per=${shape% decoy} DECOY=
		[ "$shape" = "$per" ] || DECOY="$(at 12 b) $(at 12 c)"
		asks
		before=$(left)
		for ((i = 1; i <= 6 - per + 1; i += per)); do
			mapfile -t others < <(for ((k = i; k < i + per; k++)); do
			    at $k b; echo; done)
			asks "${others[@]}"
			[ "$(grep -c '"lat": 48.3[01]' answer)" = 0 ]
		done
		tried=$((i - 1))
		asks
		paid=$((before - $(left) - 1))
		echo "$shape: $tried places, $paid calls"
		[ "$paid" -ge $((4 * tried)) ]
	done
	# it does find what it hits
	DECOY=
	asks "$(at 7 b)"
	grep -q '"lat": 48.31' answer
	DECOY="$(at 12 b) $(at 12 c)"
	asks "$(at 7 b)"
	grep -q '"lat": 48.31' answer
}
