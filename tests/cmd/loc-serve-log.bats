#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The log of requests: metrics.md 5.

bats_require_minimum_version 1.5.0

LONDON='X-Forwarded-For: 81.2.69.192'
NOIP='X-Forwarded-For: x'
networks='"cellTowers":[{"radioType":"lte","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":100,"cellId":55},{"radioType":"lte","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":100,"cellId":56}],"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]'
report='{"items":[{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}]}'

setup_file() {
	load lib
	loc_setup
	export LOC_DB LOC_REDIS_DB
	loc_geoip
	printf '[log]\nrequests = true\n[http]\nkey_cache_s = 0\n' >>"$LOC_CONF"
	printf 'count_delay_ms = 0\nsecret_key = testing-secret\n' >>"$LOC_CONF"
	loc-key create test maxreq=0
	loc-key create once maxreq=1
	loc-key create five maxreq=5
	loc-key create nolocate allow_locate=0
	loc_serve_start
}

teardown_file() {
	load lib
	loc_stop
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	log=$BATS_FILE_TMPDIR/serve.log
	: >"$log"
	loc_redis flushdb >/dev/null
}

teardown() {
	[ "${LOC_CONF%/*}" = "$BATS_FILE_TMPDIR" ] || loc_stop
}

# lines N: waits for so many lines, beside warnings
lines() {
	for _ in {1..1200}; do
		[ "$(grep -c '^{' "$log")" -lt "$1" ] || break
		sleep 0.05
	done
	[ "$(grep -c '^{' "$log")" = "$1" ]
}

# fields: of the one request since the last time, those that tell something;
# a signature is SIG
fields() {
	lines 1
	grep '^{' "$log" | jq -cS '.Fields | del(.duration_s, .http_method,
	    .http_path, .http_status, .msg) | if .api_response_sig then
	    .api_response_sig = "SIG" else . end'
	: >"$log"
}

# has JSON: the next request's fields are these
has() {
	fields >got
	jq -cS . <<<"$1" | diff - got
}

@test "M11: a whole line, to the byte" {
	ask -d '{}' -H "$LONDON" -H 'Host: localhost' '/v1/geolocate?key=test'
	lines 1
	now=$(date +%s)
	[[ "$(jq -r .Timestamp "$log")" =~ ^[0-9]{19}$ ]]
	[[ "$(cat "$log")" =~ ^'{"Timestamp": '([0-9]+)[0-9]{9}', ' ]]
	((now - BASH_REMATCH[1] >= 0 && now - BASH_REMATCH[1] < 60))
	sed 's/"Timestamp": [0-9]*/"Timestamp": T/
	    s/"duration_s": [0-9.]*/"duration_s": D/' "$log" >got
	diff - got <<-END
	{"Timestamp": T, "Type": "canonical-log-line", "Logger": "loc", "Hostname": "$(hostname)", "EnvVersion": "2.0", "Severity": 6, "Pid": $LOC_SERVE_PID, "Fields": {"msg": "POST /v1/geolocate - 200", "http_method": "POST", "http_path": "/v1/geolocate", "http_status": 200, "duration_s": D, "api_key": "test", "api_path": "v1.geolocate", "api_type": "locate", "api_key_count": 1, "region": "GB", "blue": 0, "blue_valid": 0, "cell": 0, "cell_valid": 0, "wifi": 0, "wifi_valid": 0, "has_geoip": true, "has_ip": true, "source_geoip_accuracy": "medium", "source_geoip_accuracy_min": "low", "source_geoip_status": "hit", "fallback_allowed": false, "accuracy": "medium", "accuracy_min": "low", "result_status": "hit", "api_response_sig": "e503bb5f70069b86"}}
	END
}

@test "a position and a region by address" {
	ask -H "$LONDON" '/v1/geolocate?key=test'
	has '{"accuracy":"medium","accuracy_min":"low","api_key":"test","api_key_count":1,"api_path":"v1.geolocate","api_type":"locate","api_response_sig":"SIG","blue":0,"blue_valid":0,"cell":0,"cell_valid":0,"wifi":0,"wifi_valid":0,"fallback_allowed":false,"has_geoip":true,"has_ip":true,"region":"GB","result_status":"hit","source_geoip_accuracy":"medium","source_geoip_accuracy_min":"low","source_geoip_status":"hit"}'
	ask -d '{}' -H "$LONDON" '/v1/country?key=test'
	has '{"accuracy":"low","accuracy_min":"low","api_key":"test","api_path":"v1.country","api_type":"region","blue":0,"blue_valid":0,"cell":0,"cell_valid":0,"wifi":0,"wifi_valid":0,"fallback_allowed":false,"has_geoip":true,"has_ip":true,"region":"GB","result_status":"hit","source_geoip_accuracy":"low","source_geoip_accuracy_min":"low","source_geoip_status":"hit"}'
}

@test "limits" {
	loc_redis set "apilimit:five:v1.geolocate:$(date -u +%Y%m%d)" 10
	[ "$(ask -d '{}' '/v1/geolocate?key=five')" = 403 ]
	has '{"api_key":"five","api_key_count":11,"api_path":"v1.geolocate","api_type":"locate","rate_allowed":false,"rate_quota":5,"rate_remaining":0}'
	ask -d "$report" '/v2/geosubmit?key=five'
	has '{"api_key":"five","api_key_count":1,"api_path":"v2.geosubmit","api_type":"submit","rate_allowed":true,"rate_quota":5,"rate_remaining":4}'
}

@test "the table of keys, or of stations, is missing" {
	loc_sql 'RENAME TABLE api_key TO away'
	[ "$(ask -d "{$networks}" -H "$LONDON" '/v1/geolocate?key=test')" = 200 ]
	loc_sql 'RENAME TABLE away TO api_key'
	has '{"api_key":"test","api_key_db_fail":true,"api_path":"v1.geolocate","api_type":"locate","api_response_sig":"SIG","blue":0,"blue_valid":0,"cell":2,"cell_valid":2,"wifi":2,"wifi_valid":2,"has_geoip":true,"has_ip":true,"region":"GB"}'
	loc_sql 'RENAME TABLE wifi_shard_6 TO away'
	[ "$(ask -d "{$networks}" -H "$LONDON" '/v1/geolocate?key=test')" = 200 ]
	loc_sql 'RENAME TABLE away TO wifi_shard_6'
	has '{"accuracy":"medium","accuracy_min":"high","api_key":"test","api_key_count":1,"api_path":"v1.geolocate","api_type":"locate","api_response_sig":"SIG","blue":0,"blue_valid":0,"cell":2,"cell_valid":2,"wifi":2,"wifi_valid":2,"fallback_allowed":false,"has_geoip":true,"has_ip":true,"region":"GB","result_status":"miss","source_internal_accuracy":null,"source_internal_accuracy_min":"high","source_internal_status":"miss","source_geoip_accuracy":"medium","source_geoip_accuracy_min":"high","source_geoip_status":"miss"}'
}

@test "submissions, monitors, OPTIONS" {
	ask -d "$report" '/v2/geosubmit?key=test'
	has '{"api_key":"test","api_key_count":1,"api_path":"v2.geosubmit","api_type":"submit"}'
	ask -d "$report" /v1/geosubmit
	has '{"api_key":"none","api_path":"v1.geosubmit","api_type":"submit"}'
	ask /__lbheartbeat__
	has '{}'
	ask -X OPTIONS '/v1/geolocate?key=test'
	has '{}'
}

@test "keys that are none, and those that may not" {
	ask '/v1/geolocate?key=under_score'
	has '{"api_key":"none","api_path":"v1.geolocate","api_type":"locate","invalid_api_key":"under_score"}'
	ask '/v1/geolocate?key='
	has '{"api_key":"none","api_path":"v1.geolocate","api_type":"locate"}'
	ask '/v1/country?key=unknown'
	has '{"api_key":"invalid","api_path":"v1.country","api_type":"region","invalid_api_key":"unknown"}'
	ask '/v1/search?key=nolocate'
	has '{"api_key":"nolocate","api_key_allowed":false,"api_path":"v1.search","api_type":"locate"}'
	# foreign text: short, scrubbed, and JSON all the same
	ask '/v1/geolocate?key=%22%0a%7f%c3%a9+from+81.2.69.192+and+more+than+forty+bytes+of+it'
	[ "$(jq -r .Fields.invalid_api_key "$log" | head -c 12)" = $'"\n\x7fé from *' ]
	[ "$(jq -r '.Fields.invalid_api_key | utf8bytelength' "$log")" = 40 ]
	: >"$log"
	ask '/v1/geolocate?key=0123456789ab'
	has '{"api_key":"invalid","api_path":"v1.geolocate","api_type":"locate","invalid_api_key":"*"}'
}

@test "refused bodies, and what was sent of which kind" {
	[ "$(ask -d '{' -H "$NOIP" '/v1/geolocate?key=test')" = 400 ]
	has '{"api_key":"test","api_key_count":1,"api_path":"v1.geolocate","api_type":"locate"}'
	[ "$(ask -d '{"bluetoothBeacons":[{},1],"wifiAccessPoints":[{"macAddress":"a82067000001"}],"cellTowers":[{}],"fallbacks":{"ipf":0}}' \
	    -H "$NOIP" '/v1/geolocate?key=test')" = 404 ]
	has '{"api_key":"test","api_key_count":2,"api_path":"v1.geolocate","api_type":"locate","blue":2,"blue_valid":0,"cell":1,"cell_valid":0,"wifi":1,"wifi_valid":0,"has_geoip":false,"has_ip":false,"region":null}'
}

@test "signatures: equal for equal requests only" {
	for key in test test once; do
		ask -d '{}' -H "$LONDON" "/v1/geolocate?key=$key"
	done
	ask -d '{}' -H 'X-Forwarded-For: 81.2.69.193' '/v1/geolocate?key=test'
	ask '/v1/country?key=test'
	lines 5
	jq -r '.Fields.api_response_sig' "$log" >sigs
	[ "$(sed -n 1p sigs)" = "$(sed -n 2p sigs)" ]
	[ "$(sort -u sigs | wc -l)" = 4 ]
	[ "$(tail -n 1 sigs)" = null ]
}

@test "what found nothing, and files, have no line" {
	ask /robots.txt
	ask -X PUT '/v1/geolocate?key=test'
	ask /nobody
	ask /%ff
	ask /__version__
	has '{}'
}

# other SED: a server with other settings, whose log is the file "log"
other() {
	sed "$1" "$BATS_FILE_TMPDIR/location.ini" >location.ini
	chmod 600 location.ini
	export LOC_CONF=$PWD/location.ini
	loc_serve_start
}

@test "no lines unless they are wanted, no signature without a secret" {
	other 's/^requests = .*//'
	[ "$(ask -d '{}' -H "$LONDON" '/v1/geolocate?key=test')" = 200 ]
	loc_stop
	[ "$(grep -vc 'running as root' serve.log)" = 0 ]
	other 's/^secret_key = .*//'
	[ "$(ask -d '{}' -H "$LONDON" '/v1/geolocate?key=test')" = 200 ]
	loc_stop
	[ "$(grep '^{' serve.log |
	    jq -r '.Fields | .result_status + .api_response_sig')" = hit ]
}

# More requests than a pipe has room for the lines of.
unread() {
	yes "url = \"$URL/__lbheartbeat__\"" | head -n 500 |
	    curl -s -m 20 -K - >answers
	[ "$(grep -o OK answers | wc -l)" = 500 ]
}

@test "a log that nobody reads holds up no request, and no end" {
	mkfifo pipe
	sleep 1000 <>pipe 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/pids"
	loc-serve -l 127.0.0.1:0 -v 3>&- 2>pipe &
	pid=$!
	echo $pid >>"$BATS_FILE_TMPDIR/pids"
	# what it says first is where it listens
	read -r -t 20 _ _ _ address <pipe
	URL=http://$address
	unread
	# each time there is a warning of the missing table
	loc_sql 'RENAME TABLE wifi_shard_6 TO away'
	for _ in {1..8}; do
		ask -m 20 -d "{$networks}" -H "$NOIP" '/v1/geolocate?key=test'
	done >statuses
	loc_sql 'RENAME TABLE away TO wifi_shard_6'
	[ "$(cat statuses)" = 503503503503503503503503 ]
	kill $pid
	wait $pid
}

@test "a closed stderr is no file of the server's" {
	mkdir bin
	printf '#!/bin/sh\nexec %s "$@" 2>&-\n' "$(command -v loc-serve)" \
	    >bin/loc-serve
	chmod +x bin/loc-serve
	# for want of a message it cannot see that a port is taken
	for _ in 1 2 3; do
		! PATH=$PWD/bin:$PATH loc_serve_start 2>/dev/null || break
	done
	[ "$(readlink "/proc/$LOC_SERVE_PID/fd/2")" = /dev/null ]
	unread
	kill "$LOC_SERVE_PID"
}

@test "warnings and lines stand apart" {
	other 's/redis.sock/nothing.sock/'
	for _ in {1..20}; do
		ask -d '{}' '/v1/geolocate?key=test'
	done
	loc_stop
	until_true grep -q '^loc-serve: \[cache\]' serve.log
	run ! grep -v -e '^loc-serve: ' -e '^{.*}$' serve.log
	[ "$(grep -c '^{' serve.log)" = 20 ]
}
