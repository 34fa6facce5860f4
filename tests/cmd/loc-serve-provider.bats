#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Positions from external providers, and queries kept as reports.

bats_require_minimum_version 1.5.0

not_found='{"error":{"errors":[{"domain":"geolocation","reason":"notFound","message":"Not found"}],"code":404,"message":"Not found"}}'
found='{"location": {"lat": 1.2345679, "lng": 2.0}, "accuracy": 100.0}'
wifis='{"wifiAccessPoints":[{"macAddress":"a82067000011"},{"macAddress":"a82067000012"}]}'
cell='{"cellTowers":[{"radioType":"lte","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":100,"cellId":55}]}'
both="${wifis%\}},${cell#\{}"
known='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]}'
stale='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000008","signalStrength":-50}]}'

# provider DIR [CERT]
provider() {
	mkdir "$1"
	python3 "${BATS_TEST_FILENAME%/*}/provider-server.py" "$@" 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/pids"
	until [ -e "$1/port" ]; do
		kill -0 $! || return 1
		sleep .05
	done
}

setup_file() {
	load lib
	loc_setup
	export LOC_DB LOC_REDIS_DB
	provider "$BATS_FILE_TMPDIR/p"
	AT=http://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/p/port")
	export AT
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified, last_seen) SELECT UNHEX(m), 51.5, -0.1, 10, 10,
	    UTC_TIMESTAMP() - INTERVAL 30 DAY, UTC_TIMESTAMP(),
	    UTC_DATE() - INTERVAL d DAY FROM (SELECT 'a82067000001' m, 0 d
	    UNION SELECT 'a82067000002', 0
	    UNION SELECT 'a82067000008', 3) AS t"
}

teardown_file() {
	load lib
	loc_stop
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	p=$BATS_FILE_TMPDIR/p
	log=$BATS_FILE_TMPDIR/serve.log
	rm -f "$p/requests"
	loc_redis flushdb >/dev/null
	loc_serve_start
}

teardown() {
	stop
}

# ask_key NAME BODY: the status, a blank, the body
ask_key() {
	echo "$(ask -d "$2" "/v1/geolocate?key=key-$1") $(cat body)"
}

# returned N: of those that were asked in the background, N have an answer
returned() {
	[ "$(find . -name 'slow.*' | wc -l)" = "$1" ]
}

# is WANT KEY BODY
is() {
	local got

	got=$(ask_key "${@:2}")
	[ "$got" = "$1" ] || {
		echo "want: $1"
		echo "got:  $got"
		return 1
	}
}

# redis_do ARGUMENTS: a command with arguments in Lua, which may be binary
redis_do() {
	loc_redis eval "return redis.call($1)" 0
}

# How often providers were asked.
asked() {
	[ -e "$p/requests" ] || echo 0
	[ ! -e "$p/requests" ] || wc -l <"$p/requests"
}

stop() {
	! kill "$LOC_SERVE_PID" 2>/dev/null ||
	    tail --pid="$LOC_SERVE_PID" -f /dev/null
}

@test "F1: a provider is asked, once: then Redis knows" {
	provider_key once "$AT/found" fallback_cache_expire=60
	is "200 $found" once "$wifis"
	[ "$(cut -d '|' -f 2- "$p/requests")" = " POST | /found | ichnaea | application/json | */* | gzip, deflate | "'{"fallbacks": {"lacf": true, "ipf": false}, "wifiAccessPoints": [{"macAddress": "a82067000011"}, {"macAddress": "a82067000012"}]}' ]
	is "200 $found" once "$wifis"
	[ "$(asked)" = 1 ]
	k="'cache:fallback:ichnaea:v1:1:wifi:\168\032\103\000\000\017'"
	[ "$(redis_do "'get', $k")" = '{"lat": 1.23456789, "lon": 2.0, "accuracy": 100.0, "fallback": null}' ]
	ttl=$(redis_do "'ttl', $k")
	[ "$ttl" -gt 30 ] && [ "$ttl" -le 60 ]
	limit=$(loc_redis --raw keys 'fallback_ratelimit:once:*')
	[[ "$limit" == fallback_ratelimit:once:* ]]
	[ "$(loc_redis get "$limit")" = 1 ]
	ttl=$(loc_redis ttl "$limit")
	[ "$ttl" -gt 200 ] && [ "$ttl" -le 300 ]
	# two kinds of networks are never kept
	is "200 $found" once "$both"
	is "200 $found" once "$both"
	[ "$(asked)" = 3 ]
}

@test "F3: what it does not find is kept, too" {
	provider_key lost "$AT/404" fallback_cache_expire=60
	is "404 $not_found" lost "$cell"
	is "404 $not_found" lost "$cell"
	[ "$(asked)" = 1 ]
	k="'cache:fallback:ichnaea:v1:1:cell:\003\000\234\000\030\000\100\000\000\000\055'"
	[ "$(redis_do "'get', $k")" = '"404"' ]
}

@test "kept answers that disagree, or are not ours" {
	provider_key mixed "$AT/found" fallback_cache_expire=60 \
	    fallback_schema=combain/v1
	k="'cache:fallback:combain:v1:1:wifi:\168\032\103\000\000\017'"
	for value in '"404"' '{"lat": 1, "lon": 3, "accuracy": 1}' junk; do
		is "200 $found" mixed "$wifis"
		n=$(asked)
		redis_do "'set', $k, '$value'"
		is "200 $found" mixed "$wifis"
		[ "$(asked)" = $((n + 1)) ]
	done
}

@test "F2: the answer's own fallback" {
	provider_key lacf "$AT/lacf"
	is '200 {"location": {"lat": 1.0, "lng": 2.0}, "accuracy": 12000.0, "fallback": "lacf"}' \
	    lacf "$cell"
}

@test "F6: other schemas" {
	provider_key unwired "$AT/unwired#tok" fallback_schema=unwiredlabs/v1
	is '200 {"location": {"lat": 3.0, "lng": 4.0}, "accuracy": 5.0}' \
	    unwired "$wifis"
	grep -qF '| {"token": "tok", "fallbacks": {"lacf": true, "ipf": false}, "wifi": [{"bssid": "a82067000011"}, {"bssid": "a82067000012"}]}' \
	    "$p/requests"
	provider_key nowhere "$AT/none#tok" fallback_schema=unwiredlabs/v1
	is "404 $not_found" nowhere "$wifis"
	provider_key google "$AT/found" fallback_schema=googlemaps/v1
	is "200 $found" google "$wifis"
	grep -qF '| {"considerIp": false, "wifiAccessPoints": [' "$p/requests"
}

@test "F4: answers that are none are as no provider" {
	for mood in 500 html list nan long bomb hop2 drop; do
		provider_key "mood-$mood" "$AT/$mood" fallback_cache_expire=60
		echo "$mood"
		is "404 $not_found" "mood-$mood" "$wifis"
		is "404 $not_found" "mood-$mood" "$wifis"
		[ "$(grep -c "provider mood-$mood: " "$log")" = 1 ]
	done
	provider_key nobody http://127.0.0.1:1/
	is "404 $not_found" nobody "$wifis"
	until_true grep -q 'provider nobody: .*connect' "$log"
	loc_redis --raw keys 'cache:fallback:*' >"$BATS_TEST_TMPDIR/kept"
	run ! grep -q mood "$BATS_TEST_TMPDIR/kept"
}

@test "one redirection and compressed answers are fine" {
	provider_key hop "$AT/hop"
	is "200 $found" hop "$wifis"
	provider_key gzip "$AT/gzip"
	is "200 $found" gzip "$wifis"
}

@test "no redirection leads to another host" {
	provider_key away "$AT/away"
	is "404 $not_found" away "$wifis"
	until_true grep -q 'provider away: .*redirected to another host' "$log"
	[ "$(grep -c . "$p/requests")" = 1 ]
}

@test "connections are used again" {
	provider_key again "$AT/found"
	is "200 $found" again "$wifis"
	is "200 $found" again "$wifis"
	is "200 $found" again "$wifis"
	[ "$(cut -d ' ' -f 1 "$p/requests" | sort -u | wc -l)" = 1 ]
}

@test "certificates are verified" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
	    -out cert.pem -days 1 -subj /CN=127.0.0.1 2>/dev/null ||
	    skip 'no openssl'
	cat key.pem cert.pem >both.pem
	provider "$BATS_TEST_TMPDIR/tls" both.pem
	provider_key tls "https://127.0.0.1:$(cat tls/port)/found"
	is "404 $not_found" tls "$wifis"
	until_true grep -q 'provider tls: .*certificate' "$log"
	[ ! -e tls/requests ]
}

@test "only keys that may" {
	provider_key may "$AT/found"
	# loc-key would refuse most of these
	for change in allow_fallback=0 fallback_name=NULL fallback_url=NULL \
	    fallback_ratelimit=NULL fallback_ratelimit_interval=0; do
		name=not-${change%%=*}
		name=${name//_/-}
		provider_key "$name" "$AT/found"
		loc_sql "UPDATE api_key SET $change
		    WHERE valid_key = 'key-$name'"
		is "404 $not_found" "$name" "$wifis"
	done
	[ "$(asked)" = 0 ]
	is "200 $found" may "$wifis"
	is '200 {"location": {"lat": 51.5, "lng": -0.1}, "accuracy": 10.0}' \
	    may "$known"
	is "404 $not_found" may '{}'
	[ "$(asked)" = 1 ]
}

@test "a provider that cannot be is warned of once" {
	provider_key odd "$AT/found"
	provider_key file "$AT/found"
	# loc-key would refuse these
	loc_sql "UPDATE api_key SET fallback_schema = 'other/v1'
	    WHERE valid_key = 'key-odd'"
	loc_sql "UPDATE api_key SET fallback_url = 'file:///etc/passwd'
	    WHERE valid_key = 'key-file'"
	provider_key torn "$AT/found" fallback_schema=unwiredlabs/v1
	for name in odd torn file odd torn file; do
		is "404 $not_found" "$name" "$wifis"
	done
	for name in odd torn file; do
		[ "$(grep -c "provider $name: never asked: " "$log")" = 1 ]
	done
	[ "$(asked)" = 0 ]
}

@test "no more calls than the rate limit, none without Redis" {
	provider_key few "$AT/found" fallback_ratelimit=2 \
	    fallback_ratelimit_interval=86400
	is "200 $found" few "$wifis"
	is "200 $found" few "$wifis"
	is "404 $not_found" few "$wifis"
	[ "$(asked)" = 2 ]
	provider_key free "$AT/found" fallback_ratelimit=0
	is "200 $found" free "$wifis"
	cp "$LOC_CONF" keep.ini
	sed -i 's/^cache_url = .*/cache_url = unix:\/\/\/nowhere/' "$LOC_CONF"
	stop
	loc_serve_start
	is "404 $not_found" few "$wifis"
	is "404 $not_found" free "$wifis"
	is '200 {"location": {"lat": 51.5, "lng": -0.1}, "accuracy": 10.0}' \
	    few "$stale"
	[ "$(asked)" = 3 ]
	cat keep.ini >"$LOC_CONF"
	stop
	run ! grep -aq '"source": "query"' "$BATS_FILE_TMPDIR"/spool/*.seg
}

@test "a provider that hangs costs its own requests only" {
	provider_key slow "$AT/wait"
	provider_key fast "$AT/found"
	rm -f "$p/go"
	for i in $(seq 25); do
		(
			curl -s -d "$both" -o "body.$i" \
			    "$URL/v1/geolocate?key=key-slow"
			mv "body.$i" "slow.$i"
		) 3>&- &
	done
	# the 5 beyond what is allowed at once return without it
	until_true returned 5
	is "200 $found" fast "$both"
	is '200 {"location": {"lat": 51.5, "lng": -0.1}, "accuracy": 10.0}' \
	    slow "$known"
	returned 5
	touch "$p/go"
	until_true returned 25
	[ "$(grep -lF "$found" slow.* | wc -l)" = 20 ]
	rm "$p/go"
}

@test "a provider that never answers is given up" {
	provider_key never "$AT/wait"
	rm -f "$p/go"
	is "404 $not_found" never "$wifis"
	until_true grep -q 'provider never: .*timed out' "$log"
	touch "$p/go"
}

# How many lines of reports from queries the spool has; ends the server.
kept() {
	stop
	grep -ao '"source": "query"' "$BATS_FILE_TMPDIR"/spool/*.seg | wc -l
}

@test "queries that say something new become reports" {
	loc-key create key-all >/dev/null
	loc-key create key-none store_sample_locate=0 >/dev/null
	loc-key create key-null store_sample_locate= >/dev/null
	here='200 {"location": {"lat": 51.5, "lng": -0.1}, "accuracy": 10.0}'
	is "$here" all "$known"
	is "$here" none "$stale"
	is "$here" null "$stale"
	is "404 $not_found" all "$wifis"
	[ "$(kept)" = 0 ]
	loc_serve_start
	is "$here" all "$stale"
	is "$here" all "$stale"
	[ "$(kept)" = 2 ]
	grep -aqF 'key-all{"wifiAccessPoints": [{"macAddress": "a82067000001"}, {"macAddress": "a82067000008", "signalStrength": -50}], "fallbacks": {"ipf": true, "lacf": true}, "position": {"latitude": 51.5, "longitude": -0.1, "accuracy": 10.0, "source": "query"}}' \
	    "$BATS_FILE_TMPDIR"/spool/*.seg
	loc_redis set global_locate_sample_rate 0 >/dev/null
	loc_serve_start
	is "$here" all "$stale"
	[ "$(kept)" = 2 ]
	loc_redis set global_locate_sample_rate junk >/dev/null
	loc_serve_start
	is "$here" all "$stale"
	[ "$(kept)" = 3 ]
	# a rate that cannot be read
	loc_redis del global_locate_sample_rate >/dev/null
	loc_redis rpush global_locate_sample_rate 1 >/dev/null
	loc_serve_start
	is "$here" all "$stale"
	[ "$(kept)" = 3 ]
	# more than all is all, of half of them
	loc_redis set global_locate_sample_rate 200 >/dev/null
	loc-key set key-all store_sample_locate=50 >/dev/null
	loc_serve_start
	for _ in 1 2 3 4 5 6; do
		is "$here" all "$stale"
	done
	[ "$(kept)" = 9 ]
}

@test "a full spool costs queries, not answers" {
	sed -i '/^max_bytes/d; s/^\[spool\]/&\nmax_bytes = 64k/' "$LOC_CONF"
	stop
	loc_serve_start
	head -c 70000 /dev/zero >"$BATS_FILE_TMPDIR/spool/full.seg"
	loc-key create key-more >/dev/null
	for _ in 1 2 3; do
		is '200 {"location": {"lat": 51.5, "lng": -0.1}, "accuracy": 10.0}' \
		    more "$stale"
	done
	stop
	[ "$(grep -c 'queries are not kept as reports' "$log")" = 1 ]
}
