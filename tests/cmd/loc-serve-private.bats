#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Nothing that loc-serve tells, in its log, metrics or reports of faults,
# says who asked or where they are: canaries are planted in all that clients
# send and all that is found, while things go well and while they do not.

bats_require_minimum_version 1.5.0

# c0:ff:ee is the maker of all networks, 203.0.113 and 2001:db8:cafe are the
# clients' networks, and everything lies near 12.34, -98.76.
wifis='"wifiAccessPoints":[{"macAddress":"c0:ff:ee:12:34:56","ssid":"canary"},{"macAddress":"C0-FF-EE-12-34-57","age":{"c0:ff:ee:12:34:58":1}}]'
beacons='"bluetoothBeacons":[{"macAddress":"c0ffee123459","name":"canary"},{"macAddress":"c0ffee12345a"}]'
position='"position":{"latitude":12.3456789,"longitude":-98.7654321}'

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	loc_statsd_start
	loc_sentry_start
	printf '[log]\nrequests = true\n' >>"$LOC_CONF"
	printf '[http]\nkey_cache_s = 0\nsecret_key = canary\n' >>"$LOC_CONF"
	loc-key create test maxreq=100 allow_fallback=1 fallback_name=lost \
	    fallback_ratelimit=9 fallback_ratelimit_interval=60 \
	    'fallback_url=http://canary:canary@127.0.0.1:1/?key=canary'
	loc_sql "INSERT INTO wifi_shard_e (mac, lat, lon, radius, samples,
	    created, modified, last_seen) SELECT UNHEX(m), 12.3456789,
	    -98.7654321, 10, 10, UTC_TIMESTAMP() - INTERVAL 30 DAY,
	    UTC_TIMESTAMP(), UTC_DATE() - INTERVAL 3 DAY
	    FROM (SELECT 'c0ffee123456' m UNION SELECT 'c0ffee123457') AS t"
	loc_serve_start
}

teardown() {
	loc_stop
}

# ask ADDRESS KEY...: requests of all kinds
ask_all() {
	local all=() each key path

	each=(--next -s -o body -H "X-Forwarded-For: $1" -A canary
	    -H 'Referer: http://canary/12.3456789')
	for key in "${@:2}"; do
		for path in geolocate country search submit transfer; do
			all+=("${each[@]}" -d "{$wifis}"
			    "$URL/v1/$path?key=$key&at=12.3456789,-98.7654321")
		done
		all+=("${each[@]}" -d "{\"items\":[{$position,$wifis}]}"
		    "$URL/v2/geosubmit?key=$key"
		    "${each[@]}" -d "{$beacons}" "$URL/v1/geolocate?key=$key")
	done
	curl "${all[@]:1}" \
	    "${each[@]}" "$URL/c0:ff:ee:12:34:56/203.0.113.7" \
	    "${each[@]}" -d "{$wifis" "$URL/v1/geolocate?key=test" \
	    "${each[@]}" -X canary "$URL/v1/geolocate?key=test" \
	    "${each[@]}" -d "{$wifis}" "$URL/v1/geolocate?key=test"
}

@test "no canary sings" {
	ask_all 203.0.113.77 unknown c0ffee123456 c0:ff:ee:12:34:56 no_key \
	    203.0.113.7 12.3456789 test
	grep -q '"lat": 12.3456789, "lng": -98.7654321' body
	loc_sql 'RENAME TABLE wifi_shard_e TO away'
	ask_all 2001:db8:cafe::77 test
	loc_sql 'RENAME TABLE api_key TO gone'
	ask_all '203.0.113.77, 10.0.0.1' test
	loc_sql 'RENAME TABLE gone TO api_key; RENAME TABLE away TO wifi_shard_e'
	sed -i 's/^dir = .*/&\nmax_bytes = 64k/' "$LOC_CONF"
	head -c 70000 /dev/zero >spool/full.seg
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	loc_serve_start
	ask_all canary test
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	[ "$(grep -c canonical-log-line serve.log)" -gt 70 ]
	[ "$(wc -l <statsd)" -gt 70 ]
	[ "$(wc -l <"$SENTRY/got")" -ge 5 ]
	run ! grep -Ei 'canary|c0.?ff.?ee|12\.34|98\.76|203.0.113|cafe' \
	    serve.log statsd "$SENTRY/got"
}
