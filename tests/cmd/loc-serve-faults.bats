#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-serve tells Sentry (metrics.md 6), and what it does not.

bats_require_minimum_version 1.5.0

LONDON='X-Forwarded-For: 81.2.69.192'
wifis='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]}'
report='{"items":[{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}]}'
# there is no GeoIP file, unless a test says so
bare='no GeoIP file is configured'

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	[[ "$BATS_TEST_DESCRIPTION" != *"full Redis" ]] || loc_own_servers
	loc_setup
	loc_sentry_start
	printf '[http]\nkey_cache_s = 0\n' >>"$LOC_CONF"
	loc-key create test maxreq=0
}

teardown() {
	loc_stop
}

stop() {
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
}

# told WANT...: stops the server, which has told exactly this.
told() {
	stop
	jq -r '.event.logentry.formatted' "$SENTRY/got" |
	    sed 's/after [0-9]* ms/after N ms/' | sort >got
	rm "$SENTRY/got"
	printf '%s\n' "$@" | sort | diff - got
}

# The spool takes nothing more.
fill_spool() {
	sed -i 's/^dir = .*/&\nmax_bytes = 64k/' "$LOC_CONF"
	mkdir -p spool
	head -c 70000 /dev/zero >spool/full.seg
}

@test "a key, or networks, that cannot be looked up" {
	loc_serve_start
	loc_sql 'RENAME TABLE api_key TO away'
	ask -d '{}' '/v1/geolocate?key=test'
	loc_sql 'RENAME TABLE away TO api_key;
	    RENAME TABLE wifi_shard_6 TO away'
	[ "$(ask -d "$wifis" '/v1/geolocate?key=test')" = 503 ]
	[ "$(ask -d "$wifis" '/v1/country?key=test')" = 503 ]
	told "$bare" 'an API key could not be looked up' \
	    'networks could not be looked up' \
	    'a request could not be answered: /v1/geolocate'
}

@test "M9: reports that cannot be queued" {
	loc_statsd_start
	fill_spool
	loc_serve_start
	[ "$(ask -d '{"items":[{"wifi":[{"key":"a82067000001"}]}]}' \
	    '/v1/submit?key=abcdefg')" = 503 ]
	told "$bare" 'a request could not be answered: /v1/submit'
	loc_metrics | sed 's/^location\.//; s/:[0-9.]*|ms/:T|ms/' | sort >got
	diff - got <<-END
	request.timing:T|ms|#path:v1.submit,method:post
	request:1|c|#path:v1.submit,method:post,status:503
	submit.request:1|c|#path:v1.submit,key:invalid
	END
}

@test "a query that cannot be kept as a report" {
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified, last_seen) SELECT UNHEX(m), 51.5, -0.1, 10, 10,
	    UTC_TIMESTAMP() - INTERVAL 30 DAY, UTC_TIMESTAMP(),
	    UTC_DATE() - INTERVAL 3 DAY FROM (SELECT 'a82067000001' m
	    UNION SELECT 'a82067000002') AS t"
	fill_spool
	loc_serve_start
	[ "$(ask -d "$wifis" '/v1/geolocate?key=test')" = 200 ]
	told "$bare" \
	    'queries are not kept as reports: the spool takes none'
	sed -i 's/max_bytes = .*//' "$LOC_CONF"
	loc_redis rpush global_locate_sample_rate 1
	loc_serve_start
	[ "$(ask -d "$wifis" '/v1/geolocate?key=test')" = 200 ]
	told "$bare" 'the share of queries to keep is not known'
}

@test "calls that cannot be counted" {
	loc_redis rpush "apilimit:test:v1.geolocate:$(date -u +%Y%m%d)" 1
	loc_serve_start
	ask -d '{}' '/v1/geolocate?key=test'
	# they are gathered: the next one tells
	for _ in {1..1200}; do
		! grep -q 'counting calls: ' serve.log || break
		sleep 0.05
	done
	ask -d '{}' '/v1/geolocate?key=test'
	told "$bare" 'a call could not be counted'
	sed -i 's/redis.sock/nothing.sock/' "$LOC_CONF"
	printf 'count_delay_ms = 0\n' >>"$LOC_CONF"
	loc_serve_start
	ask -d '{}' '/v1/geolocate?key=test'
	told "$bare" 'a call could not be counted'
}

# provider: one of many moods, at $at
provider() {
	mkdir p
	python3 "$BATS_TEST_DIRNAME/provider-server.py" p 3>&- &
	echo $! >>pids
	until [ -e p/port ]; do
		kill -0 $! || return 1
		sleep 0.02
	done
	at=http://127.0.0.1:$(cat p/port)
}

@test "providers of which nothing can be learned" {
	provider
	provider_key fail "$at/500"
	provider_key html "$at/html"
	provider_key nobody http://127.0.0.1:1/
	provider_key odd "$at/found"
	provider_key none "$at/404"
	provider_key good "$at/found" fallback_cache_expire=60
	loc_sql "UPDATE api_key SET fallback_schema = 'other/v1'
	    WHERE valid_key = 'key-odd'"
	loc_serve_start
	for name in fail html nobody odd none good fail; do
		ask -d "$wifis" "/v1/geolocate?key=key-$name"
	done
	loc_redis eval "return redis.call('set',
	    'cache:fallback:ichnaea:v1:1:wifi:\168\032\103\000\000\001', 'x')" 0
	ask -d "$wifis" '/v1/geolocate?key=key-good'
	told "$bare" 'provider fail: an error: an HTTP error, status 500' \
	    'provider html: no usable answer: an answer that is no JSON object, status 200' \
	    "provider nobody: no answer: Failed to connect to * port 1 after N ms: Couldn't connect to server" \
	    'provider odd: never asked: unknown schema' \
	    'kept answers of providers are not read'
}

@test "a full Redis" {
	printf 'count_delay_ms = 0\n' >>"$LOC_CONF"
	provider
	provider_key counted "$at/found"
	provider_key free "$at/found" fallback_cache_expire=60 fallback_ratelimit=0
	loc_serve_start
	loc_redis config set maxmemory 1
	[ "$(ask -d "$wifis" '/v1/geolocate?key=key-counted')" = 404 ]
	[ "$(ask -d "$wifis" '/v1/geolocate?key=key-free')" = 200 ]
	told "$bare" 'a call could not be counted' \
	    'calls of providers are not counted' \
	    'answers of providers are not kept'
}

@test "GeoIP files that cannot be used, at start and by HUP" {
	loc_geoip
	mv geoip.mmdb good.mmdb
	loc_serve_start
	told "the GeoIP file cannot be used: $PWD/geoip.mmdb"
	echo junk >geoip.mmdb
	loc_serve_start
	told "the GeoIP file cannot be used: $PWD/geoip.mmdb"
	LC_ALL=C sed 's/City/Town/' good.mmdb >geoip.mmdb
	loc_serve_start
	told "the GeoIP file cannot be used: $PWD/geoip.mmdb"
	cp good.mmdb geoip.mmdb
	loc_serve_start
	[ "$(ask -H "$LONDON" '/v1/geolocate?key=test')" = 200 ]
	echo junk >new.mmdb
	mv new.mmdb geoip.mmdb
	kill -HUP "$LOC_SERVE_PID"
	for _ in {1..1200}; do
		[ ! -e "$SENTRY/got" ] || break
		sleep 0.05
	done
	[ "$(ask -H "$LONDON" '/v1/geolocate?key=test')" = 200 ]
	told "the GeoIP file cannot be used: $PWD/geoip.mmdb"
}

@test "what is the clients' fault, or a monitor's news, is no fault" {
	loc-key create once maxreq=1
	# Then the heartbeat wants a GeoIP file.
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	loc_serve_start
	for path in /nobody /v1/geolocate '/v1/geolocate?key=unknown' \
	    '/v1/geolocate?key=once' '/v1/geolocate?key=once' /%ff \
	    /__heartbeat__; do
		ask -d '{' "$path"
	done
	[ "$(ask /__heartbeat__)" = 503 ]
	[ "$(ask -X PUT '/v1/geolocate')" = 405 ]
	[ "$(ask -H 'Content-Length: 1000000000' '/v1/submit')" = 413 ]
	[ "$(ask -H 'X-Forwarded-For: junk' '/v1/geolocate?key=test')" = 404 ]
	told "$bare"
}

@test "a Sentry server that hangs, refuses or is away costs nothing" {
	fill_spool
	for reply in hang 429 500 200; do
		echo $reply >"$SENTRY/reply"
		loc_serve_start
		for _ in {1..10}; do
			[ "$(ask -d "$report" /v2/geosubmit)" = 503 ]
		done
		[ "$(ask -d '{"items":[]}' /v2/geosubmit)" = 200 ]
		stop
	done
	sed -i 's/^dsn = .*/dsn = http:\/\/public@127.0.0.1:1\/7/' "$LOC_CONF"
	loc_serve_start
	[ "$(ask -d "$report" /v2/geosubmit)" = 503 ]
	[ "$(ask -d '{"items":[]}' /v2/geosubmit)" = 200 ]
	stop
	until_true grep -q 'sentry: ' serve.log
}
