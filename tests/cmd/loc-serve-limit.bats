#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Limits of calls, as loc-serve applies them (api.md 3.5 and 3.6 are its
# counters' names).

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	printf '[http]\ncount_delay_ms = 0\n' >>"$LOC_CONF"
}

teardown() {
	loc_stop
}

status() {	# of a call
	curl -s -o /dev/null -w '%{http_code}' "$@"
}

body='{"items":[{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}]}'

@test "a key has so many calls a day for each path" {
	loc-key create limited maxreq=2
	loc_serve_start
	day=$(date -u +%Y%m%d)
	for want in 404 404 403 403; do
		[ "$(status -d '{}' "$URL/v1/geolocate?key=limited")" = $want ]
	done
	[ "$(loc_redis GET "apilimit:limited:v1.geolocate:$day")" = 4 ]
	[ "$(curl -s -d 'no json' "$URL/v1/geolocate?key=limited")" = '{"error":{"errors":[{"domain":"usageLimits","reason":"dailyLimitExceeded","message":"You have exceeded your daily limit."}],"code":403,"message":"You have exceeded your daily limit."}}' ]
	for want in 200 200 403; do
		[ "$(status -d "$body" "$URL/v2/geosubmit?key=limited")" = $want ]
	done
	# Regions are never limited, nor are calls without a key.
	for _ in 1 2 3; do
		[ "$(status -d '{}' "$URL/v1/country?key=limited")" = 404 ]
		[ "$(status -d "$body" "$URL/v2/geosubmit")" = 200 ]
	done
	[ "$(loc_redis PFCOUNT "apiuser:locate:limited:$(date -u +%F)")" = 1 ]
}

# at_once N ARGUMENTS... URL: the statuses of N calls, 40 at once, counted
at_once() {
	curl -s -Z --parallel-max 40 -o /dev/null -w '%{http_code}\n' \
	    "${@:2:$#-2}" "${!#}&n=[1-$1]" | sort | uniq -c | tr -s ' \n' ' '
}

@test "as many calls pass as a limit allows, however many come at once" {
	loc-key create limited maxreq=100
	loc_serve_start
	day=$(date -u +%Y%m%d)
	[ "$(at_once 300 -d '{}' "$URL/v1/geolocate?key=limited")" = \
	    ' 200 403 100 404 ' ]
	[ "$(at_once 300 -d "$body" "$URL/v2/geosubmit?key=limited")" = \
	    ' 100 200 200 403 ' ]
	# too large to be read among others
	printf '{"items":[%20000s]}' "${body:10:-2}" >"$BATS_TEST_TMPDIR/large"
	[ "$(at_once 150 -d @"$BATS_TEST_TMPDIR/large" \
	    "$URL/v1/geosubmit?key=limited")" = ' 100 200 50 403 ' ]
	[ "$(loc_redis GET "apilimit:limited:v1.geolocate:$day")" = 300 ]
	[ "$(loc_redis GET "apilimit:limited:v2.geosubmit:$day")" = 300 ]
	# calls have gone together
	loc_redis INFO commandstats | grep -q '^cmdstat_incrby:'
}

@test "so do calls of a network" {
	sed -i 's/count_delay_ms = 0/client_limit = 100\nclient_window_s = 86400/' \
	    "$LOC_CONF"
	loc-key create test maxreq=0
	loc_serve_start
	[ "$(at_once 300 -H 'X-Forwarded-For: 192.0.2.1' -d '{}' \
	    "$URL/v1/geolocate?key=test")" = ' 100 404 200 429 ' ]
	[ "$(loc_redis GET \
	    "apilimit:test:v1.geolocate:$(date -u +%Y%m%d)")" = 100 ]
}

@test "a client network has its own limit, and is told" {
	sed -i 's/count_delay_ms = 0/client_limit = 2/' "$LOC_CONF"
	loc-key create test
	loc_serve_start
	ask() {	# ADDRESS
		curl -s -i -H "X-Forwarded-For: $1" -d '{}' \
		    "$URL/v1/geolocate?key=test"
	}
	run -0 ask 192.0.2.1
	[[ "$output" == *'HTTP/1.1 404'*'RateLimit: "client";r=1;'* ]]
	ask 192.0.2.77
	run -0 ask 192.0.2.1
	[[ "$output" == *'HTTP/1.1 429'*'Retry-After: '*rateLimitExceeded* ]]
	# pages of other sites may read that
	[ "$(grep -c '^Access-Control-Expose-Headers: RateLimit, RateLimit-Policy, Retry-After, X-Degraded' <<<"$output")" = 1 ]
	run -0 ask 192.0.3.1
	[[ "$output" == *'HTTP/1.1 404'* ]]
}

# Six calls through a proxy that says so of the client.
through() {	# X-FORWARDED-FOR, with I for the number of the call
	for i in 1 2 3 4 5 6; do
		status -H "X-Forwarded-For: ${1//I/$i}" "${@:2}" -d '{}' \
		    "$URL/v1/geolocate?key=test"
		echo -n ' '
	done
}

@test "inventing addresses, ports or other names helps nobody past a limit" {
	sed -i 's/count_delay_ms = 0/client_limit = 3/' "$LOC_CONF"
	echo 'trusted_proxies = 127.0.0.1 10.0.0.0/24' >>"$LOC_CONF"
	loc-key create test maxreq=0
	loc_serve_start
	over='404 404 404 429 429 429 '
	none='404 404 404 404 404 404 '
	[ "$(through '203.0.I.9, 198.51.100.77')" = "$over" ]
	# A proxy behind the first, and one that adds a header of its own.
	[ "$(through '203.0.I.9, 198.51.101.77:400I, 10.0.0.I')" = "$over" ]
	[ "$(through 203.0.I.9 -H 'X-Forwarded-For: 198.51.102.77')" = "$over" ]
	[ "$(through '[2001:db8:1::I]:443')" = "$over" ]
	# Strangers are not taken for one.
	[ "$(through 198.51.I.7:4000I)" = "$none" ]
	[ "$(through unknown)" = "$none" ]
}

@test "strict: the leftmost address is believed" {
	sed -i 's/count_delay_ms = 0/client_limit = 3\nstrict = true/' \
	    "$LOC_CONF"
	loc-key create test maxreq=0
	loc_serve_start
	[ "$(through '203.0.I.9, 198.51.100.77')" = \
	    '404 404 404 404 404 404 ' ]
	[ "$(through '203.0.113.9, 198.51.100.I')" = \
	    '404 404 404 429 429 429 ' ]
}

@test "reliability 27: without Redis limits go on in memory" {
	sed -i -e 's/redis.sock/nothing.sock/' \
	    -e 's/count_delay_ms = 0/client_limit = 3/' "$LOC_CONF"
	loc-key create limited maxreq=2
	loc-key create test maxreq=0
	loc_serve_start
	for want in 404 404 403; do
		[ "$(status -d '{}' "$URL/v1/geolocate?key=limited")" = $want ]
	done
	[ "$(through 198.51.100.77)" = '404 404 404 429 429 429 ' ]
	[ "$(through 198.51.I.77)" = '404 404 404 404 404 404 ' ]
}

@test "calls without a key, regions and transfers have a client limit, too" {
	sed -i 's/count_delay_ms = 0/client_limit = 2\ntransfer = true/' \
	    "$LOC_CONF"
	loc-key create test
	loc_serve_start
	three() {	# ADDRESS URL BODY
		for _ in 1 2 3; do
			status -H "X-Forwarded-For: $1" -d "$3" "$URL$2"
			echo -n ' '
		done
	}
	[ "$(three 192.0.2.1 /v2/geosubmit "$body")" = '200 200 429 ' ]
	# Unknown keys are none; networks are limited one by one.
	[ "$(three 192.0.2.1 '/v1/submit?key=nosuch' "$body")" = \
	    '429 429 429 ' ]
	[ "$(three 192.0.3.1 '/v2/geosubmit?key=nosuch' "$body")" = \
	    '200 200 429 ' ]
	# All calls with a key share the limit of their network.
	[ "$(three 192.0.2.1 '/v1/country?key=test' '{}')" = '404 404 429 ' ]
	[ "$(three 192.0.2.1 '/v1/geolocate?key=test' '{}')" = \
	    '429 429 429 ' ]
	[ "$(three 192.0.4.1 '/v1/transfer?key=test' '{"items":[]}')" = \
	    '200 200 429 ' ]
	# None of that counts as calls of the key, but for two submissions.
	[ "$(three 192.0.5.1 '/v2/geosubmit?key=test' "$body")" = \
	    '200 200 429 ' ]
	for _ in {1..50}; do	# should Redis have been slow meanwhile
		[ -z "$(loc_redis KEYS 'apilimit:*')" ] || break
		sleep 0.1
	done
	[ "$(loc_redis KEYS 'apilimit:*')" = \
	    "apilimit:test:v2.geosubmit:$(date -u +%Y%m%d)" ]
	run -0 curl -s -i -H 'X-Forwarded-For: 192.0.2.1' -d "$body" \
	    "$URL/v2/geosubmit"
	[[ "$output" == *'RateLimit: "client";r=0;'*'Retry-After: '* ]]
	[[ "$output" == *'Access-Control-Allow-Origin: *'* ]]
	[[ "$output" == *rateLimitExceeded* ]]
}

@test "strangers have a limit of heartbeats, trusted proxies have none" {
	sed -i 's/count_delay_ms = 0/client_limit = 2/' "$LOC_CONF"
	loc_serve_start
	beat() {	# PATH CURL-ARGUMENTS
		status "${@:2}" "$URL/$1"
	}
	for _ in 1 2; do
		[ "$(beat __heartbeat__ -H 'X-Forwarded-For: 192.0.2.1')" != 429 ]
	done
	[ "$(beat __heartbeat__ -H 'X-Forwarded-For: 192.0.2.1')" = 429 ]
	for _ in 1 2 3 4 5; do
		[ "$(beat __heartbeat__)" != 429 ]
		[ "$(beat __lbheartbeat__)" = 200 ]
		[ "$(beat __lbheartbeat__ -H 'X-Forwarded-For: 192.0.2.1')" = \
		    200 ]
	done
}

# known MAC LAT: a wifi that this program has heard, by nobody else
known() {
	loc_sql "INSERT INTO wifi_shard_${1:4:1} (mac, lat, lon, radius,
	    samples, created, modified, last_seen, peak_lat, peak_lon,
	    peak_weight, spread, trust) VALUES (x'$1', $2, -0.1, 50, 10,
	    UTC_TIMESTAMP() - INTERVAL 9 DAY, UTC_TIMESTAMP(), UTC_DATE(),
	    ROUND($2 * 1e7), -1000000, 5, 100,
	    x'010000000300020000000000000000000000')"
}

@test "large submissions and scattered questions cost more" {
	cd "$BATS_TEST_TMPDIR" || return 1
	sed -i 's/count_delay_ms = 0/client_limit = 50\nclient_window_s = 86400/
	    s/^model = .*/model = true/' "$LOC_CONF"
	loc-key create test
	for i in 1 2 3 4; do
		known "b${i}82$i${i}00000$i" "$((50 + i)).5"
	done
	loc_serve_start
	left() {	# ADDRESS ARGUMENTS...: what is left after a call
		curl -s -i -o answer -H "X-Forwarded-For: $1" "${@:2}"
		sed -n 's/^RateLimit: "client";r=\([0-9]*\);.*/\1/p' answer
	}
	macs() {	# N
		for ((i = 1; i <= $1; i++)); do
			printf '{"macAddress":"b%d82%d%d00000%d"},' $i $i $i $i
		done
		printf '{"macAddress":"0a0000000001"}'
	}
	printf '{"items":[],"x":"%65000s"}' . >small
	printf '{"items":[],"x":"%131060s"}' . >large
	[ "$(left 192.0.2.1 -d @small "$URL/v2/geosubmit")" = 49 ]
	[ "$(left 192.0.2.1 -d @large "$URL/v2/geosubmit")" = 46 ]
	gzip -k large
	[ "$(left 192.0.2.1 -H 'Content-Encoding: gzip' --data-binary \
	    @large.gz "$URL/v2/geosubmit")" = 43 ]
	ask="$URL/v1/geolocate?key=test"
	one='{"wifiAccessPoints":['$(macs 1)']}'
	three='{"wifiAccessPoints":['$(macs 3)']}'
	four='{"wifiAccessPoints":['$(macs 4)']}'
	[ "$(left 192.0.3.1 -d "$three" "$ask")" = 49 ]
	grep -q notFound answer
	# it cost 8, four cost 20
	[ "$(left 192.0.3.1 -d "$four" "$ask")" = 41 ]
	grep -q notFound answer
	[ "$(left 192.0.3.1 -d "$one" "$ask")" = 21 ]
	left 192.0.3.1 -d "$four" "$ask"
	[ "$(left 192.0.3.1 -d "$one" "$ask")" = 0 ]
	left 192.0.3.1 -d "$three" "$ask"
	grep -q rateLimitExceeded answer
	# nobody who hears them together is charged for it, nor for one that has
	# moved, but for several at other places
	loc_sql "UPDATE wifi_shard_2 SET lat = 51.5, peak_lat = 515000000;
	    UPDATE wifi_shard_1 SET marks = x'01020304';
	    UPDATE wifi_shard_2 SET marks = x'01020304'"
	[ "$(left 192.0.4.1 -d "$four" "$ask")" = 49 ]
	grep -q '"accuracy"' answer
	[ "$(left 192.0.4.1 -d "$three" "$ask")" = 41 ]
	[ "$(left 192.0.4.1 -d "$one" "$ask")" = 40 ]
}

@test "heartbeats of one second share an answer, but as Ichnaea had them" {
	cd "$BATS_TEST_TMPDIR" || return 1
	pings() {	# of 200 heartbeats
		local before

		before=$(loc_redis INFO commandstats |
		    sed -n 's/^cmdstat_ping:calls=\([0-9]*\),.*/\1/p')
		for ((i = 0; i < 200; i++)); do
			printf 'url = "%s/__heartbeat__"\noutput = hb\n' "$URL"
		done | curl -s -K -
		loc_redis INFO commandstats | sed -n \
		    "s/^cmdstat_ping:calls=\([0-9]*\),.*/\1 - ${before:-0}/p"
	}
	loc_serve_start
	[ "$(($(pings)))" -lt 100 ]
	grep -q '"redis": {"up": true' hb
	printf 'strict = true\n' >>"$LOC_CONF"
	loc_serve_start
	[ "$(($(pings)))" -ge 200 ]
}
