#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Clients without a usable API key, and users who did not agree that their
# questions are kept.

bats_require_minimum_version 1.5.0

FOUND='{"location": {"lat": 51.5, "lng": -0.1}, "accuracy": 10.0}'
WIFIS='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]}'

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, region, radius,
	    samples, created, modified, last_seen) SELECT UNHEX(m), 51.5, -0.1, 'GB', 10, 10,
	    UTC_TIMESTAMP() - INTERVAL 30 DAY, UTC_TIMESTAMP(),
	    UTC_DATE() - INTERVAL 3 DAY
	    FROM (SELECT 'a82067000001' m UNION SELECT 'a82067000002') AS t"
}

teardown() {
	loc_stop
}

# question PATH [CURL-ARGUMENT ...]: status and body
question() {
	curl -s -w '\n%{http_code}\n' -d "$WIFIS" "${@:2}" "$URL$1" | tac |
	    paste -sd ' '
}

default_key() {
	printf '[http]\ndefault_key = %s\n' "$1" >>"$LOC_CONF"
}

@test "who has no key counts as the default one" {
	loc-key create shared maxreq=4 >/dev/null
	loc-key create blind allow_locate=0 allow_region=0 >/dev/null
	default_key shared
	loc_serve_start
	[ "$(question /v1/geolocate)" = "200 $FOUND" ]
	[ "$(question '/v1/geolocate?key=geoclue_debian')" = "200 $FOUND" ]
	[ "$(question '/v1/geolocate?key=unknown')" = "200 $FOUND" ]
	[ "$(question /v1/country)" = '200 {"country_code": "GB", "country_name": "United Kingdom"}' ]
	# a key that is there stands for itself
	[[ "$(question '/v1/geolocate?key=blind')" = 400*keyInvalid* ]]
	[[ "$(question '/v1/country?key=blind')" = 400*keyInvalid* ]]
	# and the limit is one for all
	[ "$(question /v1/geolocate)" = "200 $FOUND" ]
	[[ "$(question '/v1/geolocate?key=another')" = 403*dailyLimitExceeded* ]]
}

@test "metrics tell what was sent for a key" {
	loc-key create shared >/dev/null
	default_key shared
	loc_statsd_start
	loc_serve_start
	question /v1/geolocate
	question '/v1/geolocate?key=unknown'
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	loc_metrics >metrics
	for metric in request query result; do
		for key in none invalid; do
			grep "locate.$metric:1|c" metrics | grep "key:$key"
		done
	done
	run ! grep shared metrics
}

@test "not for transfers, and reports stay anonymous" {
	loc-key create shared store_sample_submit=0 >/dev/null
	default_key shared
	printf 'transfer = true\n' >>"$LOC_CONF"
	loc_serve_start
	[[ "$(question /v1/transfer)" = 400*keyInvalid* ]]
	curl -sf "$URL/v2/geosubmit" -d '{"items":[{"position":{"latitude":51.5,
	    "longitude":-0.1},"wifiAccessPoints":[{"macAddress":"a82067000003"},
	    {"macAddress":"a82067000004"}]}]}'
	loc-feed -1
	loc-work -1
	[ "$(loc_sql "SELECT COUNT(*) FROM wifi_shard_6 WHERE created >
	    UTC_TIMESTAMP() - INTERVAL 1 DAY")" = 2 ]
}

@test "no default in strict mode, nor one that is not there" {
	loc-key create shared >/dev/null
	default_key shared
	printf 'strict = true\n' >>"$LOC_CONF"
	loc_serve_start
	[[ "$(question /v1/geolocate)" = 400*keyInvalid* ]]
	sed -i '/^strict/d; s/^default_key.*/default_key = missing/' "$LOC_CONF"
	kill -HUP "$LOC_SERVE_PID"
	until_true grep -q reloaded serve.log
	[[ "$(question /v1/geolocate)" = 400*keyInvalid* ]]
	[[ "$(question /v1/country)" = 400*keyInvalid* ]]
	[ "$(grep -c 'default_key: missing: there is no such API key' serve.log)" = 1 ]
	sed -i 's/^default_key.*/default_key = a_b/' "$LOC_CONF"
	run -78 loc-serve
	[[ "$output" == "loc-serve: $LOC_CONF:"*": [http] default_key: a_b: expected a key of 4 to 40 letters, digits and '-'" ]]
}

# asked NAME CURL-ARGUMENT ...: a question whose third network is new
asked() {
	WIFIS="${WIFIS%]*},{\"macAddress\":\"a820670000$1\"}]}" \
	    question '/v1/geolocate?key=test' "${@:2}"
}

@test "questions are kept of those who agreed, or were not asked" {
	local header=X-Ichnaea-Contribute-Opt-In

	loc-key create test >/dev/null
	loc_serve_start
	asked 11
	asked 12 -A 'NeoStumbler/49' -H "$header: 1"
	asked 13 -H "$header: 0"
	asked 14 -A 'microG/0.3.9 (Linux; Android 14)'
	asked 15 -A 'microG/0.3.9 (Linux; Android 14)' -H "$header: 0"
	asked 16 -A 'microG/0.3.9 (Linux; Android 14)' -H "$header: 1"
	asked 17 -H "$header;"
	# Pages may say it, too: browsers ask first.
	curl -s -X OPTIONS -D - -H "Access-Control-Request-Headers: content-type,${header,,}" \
	    "$URL/v1/geolocate" | grep -q "^Access-Control-Allow-Headers: Content-Type,.*$header"
	kill -TERM "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	loc-feed -1
	loc-work -1
	[ "$(loc_sql "SELECT RIGHT(HEX(mac), 2) FROM wifi_shard_6
	    WHERE RIGHT(HEX(mac), 2) > '10' ORDER BY mac" | paste -sd ' ')" = '11 12 16' ]
}
