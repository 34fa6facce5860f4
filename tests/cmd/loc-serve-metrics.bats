#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-serve tells statsd: metrics.md 2 and the examples of its 8.

bats_require_minimum_version 1.5.0

LONDON='X-Forwarded-For: 81.2.69.192'
cell='"radioType":"wcdma","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":5'
area='{"cellTowers":[{"radioType":"lte","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":100}]}'
unknown='{"macAddress":"0a0000000001"},{"macAddress":"0a0000000002"}'
known='{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}'
report='{"items":[{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}]}'

setup_file() {
	load lib
	loc_setup
	loc_statsd_start
	mkdir "$BATS_FILE_TMPDIR/p"
	python3 "${BATS_TEST_FILENAME%/*}/provider-server.py" \
	    "$BATS_FILE_TMPDIR/p" 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/pids"
	until [ -e "$BATS_FILE_TMPDIR/p/port" ]; do
		kill -0 $!
		sleep 0.02
	done
	export LOC_DB LOC_REDIS_DB
	loc_geoip
	printf '%s\n' '[http]' 'key_cache_s = 0' 'max_query = 2k' \
	    'max_reports = 2' 'max_networks = 2' >>"$LOC_CONF"
	loc-key create test
	loc-key create once maxreq=1
	loc-key create nolocate allow_locate=0
	key fall found
	loc_sql "SET @t = UTC_TIMESTAMP() - INTERVAL 30 DAY;
	    INSERT INTO cell_area (areaid, radio, mcc, mnc, lac, lat, lon,
	    radius, region, num_cells, created, modified) VALUES
	    (x'0300ea001e0064', 3, 234, 30, 100, 51.5, -0.1, 9000, 'GB', 9,
	    @t, UTC_TIMESTAMP());
	    INSERT INTO cell_wcdma (cellid, radio, mcc, mnc, lac, cid, lat,
	    lon, radius, samples, created, modified) VALUES
	    (x'0200ea001e000500000006', 2, 234, 30, 5, 6, 51.5, -0.1, 800,
	    10, @t, UTC_TIMESTAMP()), (x'0200ea001e000500000007', 2, 234, 30,
	    5, 7, 51.5, -0.1, 800, 10, @t, UTC_TIMESTAMP());
	    INSERT INTO wifi_shard_6 (mac, lat, lon, radius, region, samples,
	    created, modified) VALUES (x'a82067000001', 51.5, -0.1, 10, 'GB',
	    10, @t, UTC_TIMESTAMP()), (x'a82067000002', 51.5, -0.1, 10, 'GB',
	    10, @t, UTC_TIMESTAMP())"
	loc_serve_start
}

teardown_file() {
	load lib
	loc_stop
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	metrics=$BATS_FILE_TMPDIR/statsd
	: >"$metrics"
}

# key NAME MOOD [COLUMN=VALUE ...]: a key whose provider is of a mood
key() {
	loc-key create "$1" allow_fallback=1 "fallback_name=of-$1" \
	    fallback_ratelimit=1000 fallback_ratelimit_interval=60 \
	    "fallback_url=http://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/p/port")/$2" \
	    "${@:3}" >/dev/null
}

# told WANT...: since the last time exactly these metrics came; times are T.
# A request's own counter is the last that it sends.
told() {
	for _ in {1..1200}; do
		! grep -q 'location.request[:.][^t]' "$metrics" || break
		sleep 0.05
	done
	sed 's/^location\.//; s/:[0-9.]*|ms/:T|ms/' "$metrics" | sort >got
	: >"$metrics"
	printf '%s\n' "$@" | sort | diff - got
}

# request PATH METHOD STATUS: the metrics that all requests have
request() {
	echo "request.timing:T|ms|#path:$1,method:$2"
	echo "request:1|c|#path:$1,method:$2,status:$3"
}

@test "M1: a position by address" {
	ask -d '{}' -H "$LONDON" '/v1/geolocate?key=test'
	told 'locate.request:1|c|#path:v1.geolocate,key:test' \
	    'locate.query:1|c|#key:test,blue:none,cell:none,wifi:none' \
	    'locate.source:1|c|#key:test,source:geoip,accuracy:low,status:hit' \
	    'locate.result:1|c|#key:test,fallback_allowed:false,accuracy:low,status:hit,source:geoip' \
	    "$(request v1.geolocate post 200)"
}

@test "M2: unknown beacons, no address" {
	ask -d "{\"bluetoothBeacons\":[$unknown]}" -H 'X-Forwarded-For: x' \
	    '/v1/geolocate?key=test'
	told 'locate.request:1|c|#path:v1.geolocate,key:test' \
	    'locate.query:1|c|#key:test,geoip:false,blue:many,cell:none,wifi:none' \
	    'locate.source:1|c|#key:test,source:internal,accuracy:high,status:miss' \
	    'locate.result:1|c|#key:test,fallback_allowed:false,accuracy:high,status:miss' \
	    "$(request v1.geolocate post 404)"
}

@test "M3: a cell area, no address" {
	ask -d "$area" -H 'X-Forwarded-For: x' '/v1/geolocate?key=test'
	told 'locate.request:1|c|#path:v1.geolocate,key:test' \
	    'locate.query:1|c|#key:test,geoip:false,blue:none,cell:none,wifi:none' \
	    'locate.source:1|c|#key:test,source:internal,accuracy:low,status:hit' \
	    'locate.result:1|c|#key:test,fallback_allowed:false,accuracy:low,status:hit,source:internal' \
	    "$(request v1.geolocate post 200)"
}

@test "M4: nothing to go by" {
	ask -d '{"fallbacks":{"ipf":0}}' -H "$LONDON" '/v1/geolocate?key=test'
	told 'locate.request:1|c|#path:v1.geolocate,key:test' \
	    "$(request v1.geolocate post 404)"
}

@test "M5: a provider knows better than our own cells" {
	[ "$(ask -d "{\"cellTowers\":[{$cell,\"cellId\":6},{$cell,\"cellId\":7}],\"wifiAccessPoints\":[$unknown,{\"macAddress\":\"0a0000000003\"}]}" \
	    -H "$LONDON" '/v1/geolocate?key=fall')" = 200 ]
	grep -q '"accuracy": 100.0' body
	told 'locate.request:1|c|#path:v1.geolocate,key:fall' \
	    'locate.query:1|c|#key:fall,blue:none,cell:many,wifi:many' \
	    'locate.source:1|c|#key:fall,source:internal,accuracy:high,status:miss' \
	    'locate.source:1|c|#key:fall,source:geoip,accuracy:high,status:miss' \
	    'locate.source:1|c|#key:fall,source:fallback,accuracy:high,status:hit' \
	    'locate.result:1|c|#key:fall,fallback_allowed:true,accuracy:high,status:hit,source:fallback' \
	    'locate.fallback.cache:1|c|#fallback_name:of-fall,status:bypassed' \
	    'locate.fallback.lookup.timing:T|ms|#fallback_name:of-fall' \
	    'locate.fallback.lookup:1|c|#fallback_name:of-fall,status:200' \
	    "$(request v1.geolocate post 200)"
}

@test "M6: reports without a key" {
	ask -d "$report" /v2/geosubmit
	told 'submit.request:1|c|#path:v2.geosubmit,key:none' \
	    'data.batch.upload:1|c' "$(request v2.geosubmit post 200)"
	ask -d '{"items":[]}' '/v1/submit?key=test'
	told 'submit.request:1|c|#path:v1.submit,key:test' \
	    'data.batch.upload:1|c|#key:test' \
	    "$(request v1.submit post 204)"
	ask -d '{' '/v1/geosubmit?key=unknown'
	told 'submit.request:1|c|#path:v1.geosubmit,key:invalid' \
	    "$(request v1.geosubmit post 400)"
}

@test "what of a body is beyond the bounds costs itself, and is counted" {
	three=$known,'{"macAddress":"a82067000003"}'
	one='{"wifiAccessPoints":['$three']}'
	[ "$(ask -d '{"items":['"$one,$one,$one,$one"']}' \
	    '/v2/geosubmit?key=test')" = 200 ]
	told 'submit.request:1|c|#path:v2.geosubmit,key:test' \
	    'data.batch.upload:1|c|#key:test' \
	    'data.batch.excess_report:2|c|#key:test' \
	    'data.batch.excess_network:2|c|#key:test' \
	    "$(request v2.geosubmit post 200)"
}

@test "M8: what found nothing, and files, are not told of" {
	ask -X PUT -d '{}' '/v1/geolocate?key=test'
	ask -X BREW '/v1/geolocate?key=test'
	ask /robots.txt
	ask -X PUT /robots.txt
	ask /nobody-is-home
	ask '/v1/geolocate/?key=test'
	ask /%ff
	ask -X OPTIONS /__heartbeat__
	# refused for their headers alone, with methods of all kinds
	ask -X PUT -H 'Content-Length: 1000000000' /v1/geolocate
	ask -X TRACE -H 'Content-Length: 1000000000' /v1/geolocate
	ask -H 'Content-Length: 1000000000' /robots.txt
	ask -X OPTIONS '/v1%2Fgeolocate?key=test'
	told "$(request v1.geolocate options 200)"
}

@test "heartbeats, 413 and HEAD" {
	[ "$(ask /__lbheartbeat__)" = 200 ]
	told "$(request __lbheartbeat__ get 200)"
	[ "$(ask -H 'Content-Length: 1000000000' -d '{}' \
	    '/v1/geolocate?key=test')" = 413 ]
	told "$(request v1.geolocate post 413)"
	head -c 3000 /dev/zero | tr '\0' ' ' >long
	[ "$(ask -d @long '/v1/country?key=test')" = 413 ]
	told 'region.request:1|c|#path:v1.country,key:test' \
	    "$(request v1.country post 413)"
	ask -I /__version__
	told "$(request __version__ head 200)"
}

@test "keys: none, unknown, not allowed, limited" {
	for k in '' '?key=' '?key=abc' '?key=under_score'; do
		ask "/v1/geolocate$k"
		told 'locate.request:1|c|#path:v1.geolocate,key:none' \
		    "$(request v1.geolocate get 400)"
	done
	for k in abcdefg nolocate; do
		ask "/v1/search?key=$k"
		told 'locate.request:1|c|#path:v1.search,key:invalid' \
		    "$(request v1.search get 400)"
	done
	ask '/v1/transfer?key=test'
	told 'transfer.request:1|c|#path:v1.transfer,key:invalid' \
	    "$(request v1.transfer get 400)"
	ask -d '{' '/v1/geolocate?key=once'
	told 'locate.request:1|c|#path:v1.geolocate,key:once' \
	    "$(request v1.geolocate post 400)"
	ask -d '{}' '/v1/geolocate?key=once'
	told 'locate.request:1|c|#path:v1.geolocate,key:once' \
	    "$(request v1.geolocate post 403)"
}

@test "a key that cannot be looked up is not counted" {
	loc_sql 'RENAME TABLE api_key TO away'
	ask -d '{}' '/v1/geolocate?key=test'
	loc_sql 'RENAME TABLE away TO api_key'
	told "$(request v1.geolocate post 404)"
}

@test "what is counted: entries as sent, but valid cells" {
	ask -d "{\"wifiAccessPoints\":[$known,$known,{}],\"bluetoothBeacons\":[{}],\"cellTowers\":[{$cell,\"cellId\":6},{$cell,\"cellId\":6},{$cell}]}" \
	    -H 'X-Forwarded-For: x' '/v1/geolocate?key=test'
	told 'locate.request:1|c|#path:v1.geolocate,key:test' \
	    'locate.query:1|c|#key:test,geoip:false,blue:one,cell:one,wifi:many' \
	    'locate.source:1|c|#key:test,source:internal,accuracy:high,status:hit' \
	    'locate.result:1|c|#key:test,fallback_allowed:false,accuracy:high,status:hit,source:internal' \
	    "$(request v1.geolocate post 200)"
}

@test "regions" {
	ask -d "{\"wifiAccessPoints\":[$known]}" -H 'X-Forwarded-For: x' \
	    '/v1/country?key=fall'
	told 'region.request:1|c|#path:v1.country,key:fall' \
	    'region.query:1|c|#key:fall,geoip:false,blue:none,cell:none,wifi:many' \
	    'region.source:1|c|#key:fall,source:internal,accuracy:low,status:hit' \
	    'region.result:1|c|#key:fall,fallback_allowed:true,accuracy:low,status:hit,source:internal' \
	    "$(request v1.country post 200)"
}

# provider NAME CACHE [LOOKUP]: what is told of a question to the provider
provider() {
	ask -d "{\"wifiAccessPoints\":[$unknown]}" -H 'X-Forwarded-For: x' \
	    "/v1/geolocate?key=$1" >/dev/null
	for _ in {1..1200}; do
		! grep -q 'location.request[:.][^t]' "$metrics" || break
		sleep 0.05
	done
	grep fallback_name "$metrics" |
	    sed 's/:[0-9.]*|ms/:T|ms/' | sort >got
	: >"$metrics"
	{
		echo "location.locate.fallback.cache:1|c|#fallback_name:of-$1,status:$2"
		[ $# -eq 2 ] ||
		    echo "location.locate.fallback.lookup.timing:T|ms|#fallback_name:of-$1"
		[ $# -eq 2 ] ||
		    echo "location.locate.fallback.lookup:1|c|#fallback_name:of-$1,status:$3"
	} | sort | diff - got
}

@test "providers: asked, kept, disagreeing, failing" {
	key kept found fallback_cache_expire=60
	provider kept miss 200
	provider kept hit
	entry="'cache:fallback:ichnaea:v1:1:wifi:\010\000\000\000\000\001'"
	loc_redis eval "return redis.call('set', $entry, '\"404\"')" 0
	provider kept inconsistent 200
	loc_redis eval "return redis.call('set', $entry, 'junk')" 0
	provider kept failure 200
	key lost 404 fallback_cache_expire=60 fallback_schema=combain/v1
	provider lost miss 404
	provider lost hit
	key broken 500
	provider broken bypassed 500
	key drop drop fallback_cache_expire=60 fallback_schema=googlemaps/v1
	provider drop miss
	key html html fallback_cache_expire=60 fallback_schema=googlemaps/v1
	provider html miss 200
}

# other SED: a server with other settings
other() {
	sed "$1" "$BATS_FILE_TMPDIR/location.ini" \
	    >"$BATS_FILE_TMPDIR/other.ini"
	chmod 600 "$BATS_FILE_TMPDIR/other.ini"
	LOC_CONF=$BATS_FILE_TMPDIR/other.ini loc_serve_start
}

@test "names that carry their tags" {
	other 's/^tag_support = .*/tag_support = false/'
	ask -d "$report" '/v2/geosubmit?key=test'
	told 'submit.request.path_v2.geosubmit.key_test:1|c' \
	    'data.batch.upload.key_test:1|c' \
	    'request.timing.path_v2.geosubmit.method_post:T|ms' \
	    'request.path_v2.geosubmit.method_post.status_200:1|c'
	kill "$LOC_SERVE_PID"
}

@test "a server that cannot be found or reached costs nothing" {
	for host in host.invalid 192.0.2.1 240.0.0.1 ::1; do
		other "s/^host = .*/host = $host/"
		[ "$(ask -w '%{http_code}\n' -d "$report" \
		    '/v2/geosubmit?key=test&n=[1-20]' | grep -c '^200')" = 20 ]
		kill "$LOC_SERVE_PID"
		wait "$LOC_SERVE_PID"
	done
	[ ! -s "$metrics" ]
}
