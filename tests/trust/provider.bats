#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Answers of other services are kept network by network, so that another device
# that hears some of them finds them.  One network was enough, once: whoever
# named it beside one that he invented was told where it is; and whoever asked
# for it beside one that nobody knows denied it to all others.

# LOC_CONF and URL are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

V=9e57c4000001 SISTER=9c57c4000002 N=4c8211000007 M=b0e235000003
X=020000000001 Y=020000000002

setup() {
	load ../cmd/lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir p
	python3 "$LOC_TOP/tests/cmd/provider-server.py" p 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
	until [ -e p/port ]; do sleep .05; done
	for mood in found 404; do
		provider_key $mood "http://127.0.0.1:$(cat p/port)/$mood" \
		    fallback_cache_expire=60 maxreq=0
	done
}

teardown() {
	loc_stop
}

# status_of KEY MAC...: the status; KEY is what its provider says
status_of() {
	local list
	list=$(printf '{"macAddress":"%s"},' "${@:2}")
	curl -s -o answer -w '%{http_code}' -d \
	    "{\"considerIp\":false,\"wifiAccessPoints\":[${list%,}]}" \
	    "$URL/v1/geolocate?key=key-$1"
}

@test "one network that was asked for once is told to nobody" {
	sed -i "s/^model = .*/model = true/" "$LOC_CONF"
	loc_serve_start
	[ "$(status_of found $V $SISTER $N)" = 200 ]
	# beside one that is invented, its own other radio, or both
	[ "$(status_of 404 $V $X)" = 404 ]
	[ "$(status_of 404 $V $SISTER)" = 404 ]
	[ "$(status_of 404 $V $SISTER $X $Y)" = 404 ]
	# another device hears two of them, in another order
	[ "$(status_of 404 $M $N $V)" = 200 ]
	[ "$(jq .location.lat answer)" = 1.2345679 ]
	[ "$(wc -l <p/requests)" = 4 ]
}

@test "nobody has it kept that others' networks are nowhere" {
	sed -i "s/^model = .*/model = true/" "$LOC_CONF"
	loc_serve_start
	[ "$(status_of 404 $V $X)" = 404 ]
	[ "$(status_of 404 $N $X)" = 404 ]
	[ "$(status_of 404 $V $N $X)" = 404 ]
	# the very question is not asked again
	[ "$(status_of found $X $N)" = 404 ]
	[ "$(wc -l <p/requests)" = 3 ]
	[ "$(status_of found $V $N)" = 200 ]
}

@test "as Ichnaea had it one is enough" {
	loc_serve_start
	[ "$(status_of found $V $N)" = 200 ]
	[ "$(status_of 404 $V $X)" = 200 ]
	[ "$(status_of 404 $M $Y)" = 404 ]
	[ "$(status_of found $M $Y)" = 404 ]
}
