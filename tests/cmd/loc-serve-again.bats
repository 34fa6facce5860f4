#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Submissions that are sent again with the same Idempotency-Key.

bats_require_minimum_version 1.5.0

load work

# submit NAME [CURL-OPTION ...]: one report of the same two networks.
submit() {
	curl -s -o /dev/null -w '%{http_code}\n' "${@:2}" \
	    ${1:+-H "Idempotency-Key: $1"} -d "{\"items\":[$(report 51.5 -0.1 \
	    020000000001 020000000002)]}" "$URL/${path:-v2/geosubmit}"
}

# Of each network, by name.
counts() {
	work
	wifis samples | sort -u
}

@test "reliability 7: the same key sent five times at once counts once" {
	loc_serve_start
	for _ in 1 2 3 4 5; do
		submit '"8e03978e-40d5-43dd-bc93-6894a57f9324"' >>got 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(sort -u got)" = 200 ]
	[ "$(counts)" = 1 ]
	# nor later, when it was counted long ago, nor in another form
	submit '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
	path=v1/geosubmit submit '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
	[ "$(counts)" = 1 ]
}

@test "reliability 7: other keys and none count" {
	loc-key create key-1 maxreq=0
	loc-key create key-2 maxreq=0
	loc_serve_start
	[ "$(submit a)" = 200 ]
	[ "$(submit b)" = 200 ]
	[ "$(submit '')" = 200 ]
	[ "$(submit '')" = 200 ]
	[ "$(counts)" = 4 ]
	# of another API key, too
	[ "$(path='v2/geosubmit?key=key-1' submit a)" = 200 ]
	[ "$(path='v2/geosubmit?key=key-2' submit a)" = 200 ]
	[ "$(path='v2/geosubmit?key=key-2' submit a)" = 200 ]
	[ "$(counts)" = 6 ]
	# another server makes the same of it
	loc_stop
	loc_serve_start
	[ "$(submit a)" = 200 ]
	[ "$(counts)" = 6 ]
}

@test "what cannot be a key is refused" {
	loc_serve_start
	[ "$(submit "$(printf '%0255d' 1)")" = 200 ]
	[ "$(submit "$(printf '%0256d' 1)")" = 400 ]
	[ "$(submit '' -H 'Idempotency-Key;')" = 400 ]
	[ "$(counts)" = 1 ]
}

@test "browsers may send it" {
	loc_serve_start
	curl -s -X OPTIONS -D - -H 'Access-Control-Request-Headers: idempotency-key' \
	    "$URL/v2/geosubmit" | grep -q '^Access-Control-Allow-Headers:.*Idempotency-Key'
}
