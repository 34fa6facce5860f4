#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Regions, the endpoints of 2016, and the documents loc-serve answers with.

bats_require_minimum_version 1.5.0

LONDON='X-Forwarded-For: 81.2.69.192'
no_key='{"error":{"errors":[{"domain":"usageLimits","reason":"keyInvalid","message":"Missing or invalid API key."}],"code":400,"message":"Missing or invalid API key."}}'
not_found='{"error":{"errors":[{"domain":"geolocation","reason":"notFound","message":"Not found"}],"code":404,"message":"Not found"}}'
parse_error='{"error":{"errors":[{"domain":"global","reason":"parseError","message":"Parse Error"}],"code":400,"message":"Parse Error"}'
gb='{"country_code": "GB", "country_name": "United Kingdom"}'
cors='access-control-allow-origin: *
access-control-max-age: 2592000'
always='strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff'

setup_file() {
	load lib
	export GEOIP=
	loc_setup
	mmdb=$LOC_SHARED/data/geo/maxmind-test/test-data/GeoIP2-City-Test.mmdb
	if [ -e "$mmdb" ]; then
		GEOIP=$(readlink -f "$mmdb")
		printf '[geoip]\ndb_path = %s\n' "$GEOIP" >>"$LOC_CONF"
	fi
	cp "$LOC_CONF" "$LOC_CONF.plain"
	printf '[http]\nstrict = true\ntransfer = true\nmax_query = 2k\n' \
	    >>"$LOC_CONF"
	loc-key create test
	loc_sql "INSERT INTO api_key (valid_key, allow_locate, allow_region,
	    maxreq) VALUES ('noregion', 1, 0, 0), ('nulls', NULL, NULL, 0),
	    ('region', NULL, 1, 1);
	    SET @t = UTC_TIMESTAMP() - INTERVAL 30 DAY;
	    INSERT INTO wifi_shard_6 (mac, lat, lon, radius, region, samples,
	    created, modified) VALUES (x'a82067000001', 48.2, 16.4, 10, 'AT',
	    10, @t, UTC_TIMESTAMP()), (x'a82067000002', 48.2001, 16.4, 10,
	    'AT', 10, @t, UTC_TIMESTAMP());
	    INSERT INTO cell_area (areaid, radio, mcc, mnc, lac, lat, lon,
	    radius, region, num_cells, created, modified) VALUES
	    (x'0300ea001e0064', 3, 234, 30, 100, 49.2, -2.1, 9000, 'JE', 9,
	    @t, UTC_TIMESTAMP());
	    INSERT INTO cell_wcdma (cellid, radio, mcc, mnc, lac, cid, lat,
	    lon, radius, samples, created, modified) VALUES
	    (x'0200ea001e000500000006', 2, 234, 30, 5, 6, 51.5, -0.1, 800,
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
}

# is WANT CURL-OPTION... PATH: "STATUS BODY"
is() {
	local got

	got=$(curl -s -o body -w '%{http_code}' "${@:2:$#-2}" "$URL${!#}")
	got="$got $(cat body)"
	[ "$got" = "$1" ] || {
		echo "want: $1"
		echo "got:  $got"
		return 1
	}
}

# The headers of a reply, without Date, sorted, in lower case.
headers() {
	curl -s -D - -o /dev/null "${@:1:$#-1}" "$URL${!#}" | tr -d '\r' |
	    sed -n 's/^\([A-Za-z-]*\): /\L\1\E: /p' | grep -v ^date: | sort
}

need_geoip() {
	[ -n "$GEOIP" ] || skip 'no GeoIP test database'
}

# A cell of a mobile country code.
cell() {
	echo '{"cellTowers":[{"radioType":"lte","mobileCountryCode":'"$1"',"mobileNetworkCode":30,"locationAreaCode":'"${2:-1}"',"cellId":1}]}'
}

@test "a region by address" {
	need_geoip
	for body in '' '{}'; do
		is "200 $gb" -H "$LONDON" -d "$body" '/v1/country?key=test'
	done
	is "200 $gb" -H "$LONDON" '/v1/country?key=test'
	is "404 $not_found" -H "$LONDON" -d '{"considerIp":false}' \
	    '/v1/country?key=test'
	is "200 ${gb%\}}, \"fallback\": \"ipf\"}" -H "$LONDON" \
	    -d "$(cell 310)" '/v1/country?key=test'
	is '200 {"country_code": "DE", "country_name": "Germany"}' \
	    -H "$LONDON" -d "$(cell 262)" '/v1/country?key=test'
}

@test "a region by networks" {
	q='/v1/country?key=test'
	is "404 $not_found" -d '{}' "$q"
	is '200 {"country_code": "DE", "country_name": "Germany"}' \
	    -d "$(cell 262)" "$q"
	is '200 {"country_code": "US", "country_name": "United States"}' \
	    -d "$(cell 310)" "$q"
	is '200 {"country_code": "CI", "country_name": "C\u00f4te d\u2019Ivoire"}' \
	    -d "$(cell 612)" "$q"
	is '200 {"country_code": "JE", "country_name": "Jersey"}' \
	    -d "$(cell 234 100)" "$q"
	is "200 $gb" -d "$(cell 234 101)" "$q"
	for mcc in 553 901 0 1000; do
		is "404 $not_found" -d "$(cell $mcc)" "$q"
	done
	is '200 {"country_code": "AT", "country_name": "Austria"}' \
	    -d '{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000009"}]}' "$q"
	is "404 $not_found" \
	    -d '{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}' "$q"
	is "400 $parse_error"',"details":{"validation":{"wifiAccessPoints":"\"None\" is not iterable"}}}' \
	    -d '{"wifiAccessPoints": null}' "$q"
}

@test "regions have CORS headers like all APIs" {
	run -0 headers -d "$(cell 262)" '/v1/country?key=test'
	[ "$output" = "$cors
content-length: 49
content-type: application/json
$always" ]
	run -0 headers -X OPTIONS /v1/country
	[[ "$output" == *"$cors"* ]]
	is '405 405 Method Not Allowed

The method PUT is not allowed for this resource. ' -X PUT /v1/country
}

@test "regions need a key that may, and no limit counts" {
	for q in '' '?key=abc' '?key=unknown' '?key=noregion' '?key=nulls'; do
		is "400 $no_key" -d "$(cell 262)" "/v1/country$q"
	done
	for _ in 1 2 3; do
		is '200 {"country_code": "DE", "country_name": "Germany"}' \
		    -d "$(cell 262)" '/v1/country?key=region'
	done
	[ -z "$(loc_redis --scan --pattern '*region*')" ]
	is "400 $no_key" -d "$(cell 262)" '/v1/geolocate?key=region'
}

@test "/v1/search: a position in the words of 2016" {
	q='/v1/search?key=test'
	is '200 {"status": "ok", "lat": 51.5, "lon": -0.1, "accuracy": 1000.0}' \
	    -d '{"radio":"umts","cell":[{"mcc":234,"mnc":30,"lac":5,"cid":6,"asu":26}]}' "$q"
	is '200 {"status": "ok", "lat": 48.20005, "lon": 16.4, "accuracy": 10.0}' \
	    -d '{"wifi":[{"key":"a8:20:67:00:00:01"},{"key":"a8:20:67:00:00:02"}]}' "$q"
	is '200 {"status":"not_found"}' \
	    -d '{"cell":[{"radio":"gsm","mcc":234,"mnc":30,"lac":5,"cid":6}]}' "$q"
	is '200 {"status":"not_found"}' -d "$(cell 234)" "$q"
	is "400 $parse_error}" \
	    -d '{"cell":[{"mcc":"a","mnc":2,"lac":3,"cid":4}]}' "$q"
	is "400 $no_key" -d '{}' /v1/search
	run -0 headers -d '{}' "$q"
	[ "$output" = "$cors
content-length: 22
content-type: application/json
$always" ]
}

@test "/v1/transfer drops what it takes" {
	q='/v1/transfer?key=test'
	for body in '{"items":[]}' '{"items":[{}]}' '{"items":[{"a":1}]}'; do
		is '200 {}' -d "$body" "$q"
	done
	echo '{"items":[{}]}' | gzip >z
	is '200 {}' -H 'Content-Encoding: gzip' --data-binary @z "$q"
	for body in '' '{}' '[]' '{' '{"items":{}}'; do
		is "400 $parse_error}" -d "$body" "$q"
	done
	is "400 $parse_error}" "$q"
	is "400 $no_key" -d '{"items":[]}' /v1/transfer
	is "400 $no_key" -d '{"items":[]}' '/v1/transfer?key=unknown'
}

@test "a question has a size, unpacked, too" {
	head -c 3000 /dev/zero | tr '\0' ' ' >long
	echo '{}' >>long
	gzip <long >long.gz
	for path in geolocate country search; do
		for args in '@long' '@long.gz -H Content-Encoding:gzip'; do
			# shellcheck disable=SC2086 # several words
			run -0 curl -s -o body -w '%{http_code}' \
			    --data-binary $args "$URL/v1/$path?key=test"
			[ "$output" = 413 ]
			[ "$(jq .error.code body)" = 413 ]
		done
	done
	is '200 {}' -d "{\"items\":[]$(tr -d '{}' <long)}" /v2/geosubmit
}

@test "documents" {
	is '200 User-agent: *
Disallow: /downloads
Disallow: /static/
Disallow: /v1/
Disallow: /v2/
Disallow: /__heartbeat__
Disallow: /__lbheartbeat__
Disallow: /__version__' /robots.txt
	run -0 headers -X PUT /robots.txt
	[ "$output" = "cache-control: max-age=86400, public
content-length: 159
content-type: text/plain; charset=UTF-8
$always" ]
	curl -s "$URL/contribute.json" >body
	[ "$(jq -r .repository.license body)" = ISC ]
	run -0 headers /contribute.json
	[[ "$output" == *"content-type: application/json
$always" ]]
	[[ "$output" != *access-control* ]]
}

@test "what is of 2016 can be switched off, and transfer is" {
	LOC_CONF=$BATS_TEST_TMPDIR/location.ini
	cp "$BATS_FILE_TMPDIR/location.ini.plain" "$LOC_CONF"
	loc_serve_start
	is '200 {"status":"not_found"}' -d '{}' '/v1/search?key=test'
	is "400 $no_key" -d '{"items":[]}' '/v1/transfer?key=test'
	loc_stop
	printf '[http]\nv2016 = false\n' >>"$LOC_CONF"
	loc_serve_start
	for path in search transfer; do
		is '404 <h1>404 Not Found</h1>' -d '{"items":[]}' \
		    "/v1/$path?key=test"
	done
	loc_stop
}
