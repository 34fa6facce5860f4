#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-serve answers, byte for byte, in strict mode.

bats_require_minimum_version 1.5.0

LONDON='X-Forwarded-For: 81.2.69.192'
JSON='Content-Type: application/json'
here='{"location": {"lat": 51.5142, "lng": -0.0931}, "accuracy": 40000.0}'
no_key='{"error":{"errors":[{"domain":"usageLimits","reason":"keyInvalid","message":"Missing or invalid API key."}],"code":400,"message":"Missing or invalid API key."}}'
not_found='{"error":{"errors":[{"domain":"geolocation","reason":"notFound","message":"Not found"}],"code":404,"message":"Not found"}}'
parse_error='{"error":{"errors":[{"domain":"global","reason":"parseError","message":"Parse Error"}],"code":400,"message":"Parse Error"}'

setup_file() {
	load lib
	export GEOIP=
	loc_setup
	mmdb=$LOC_SHARED/data/geo/maxmind-test/test-data/GeoIP2-City-Test.mmdb
	if [ -e "$mmdb" ]; then
		GEOIP=$(readlink -f "$mmdb")
		printf '[geoip]\ndb_path = %s\n' "$GEOIP" >>"$LOC_CONF"
	fi
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	loc-key create test maxreq=0
	loc_sql "INSERT INTO api_key (valid_key, allow_locate) VALUES
	    ('nolocate', NULL), ('locate', 1)"
	loc_sql "INSERT INTO api_key (valid_key, store_sample_submit) VALUES
	    ('none', 0), ('null', NULL)"
	loc_serve_start
}

teardown_file() {
	load lib
	loc_stop
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	spool=${LOC_CONF%/*}/spool
}

# ask [CURL-OPTION...] PATH: the status, a blank, the body
ask() {
	local status

	status=$(curl -s -o body -w '%{http_code}' "${@:1:$#-1}" "$URL${!#}")
	echo "$status $(cat body)"
}

# is WANT CURL-OPTION... PATH
is() {
	local got

	got=$(ask "${@:2}")
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

spooled() {
	cat "$spool"/*.seg 2>/dev/null | wc -c
}

@test "a position by address, however it is asked" {
	need_geoip
	is "200 $here" -H "$LONDON" '/v1/geolocate?key=test'
	for body in '' '{}' '{"invalid": 0}' '{"carrier":"T","homeMobileNetworkCode":"1","radioType":"gsm","extra":[1]}'; do
		is "200 $here" -H "$LONDON" -d "$body" '/v1/geolocate?key=test'
	done
	echo '{}' | gzip >z
	is "200 $here" -H "$LONDON" --data-binary @z \
	    -H 'Content-Encoding: gzip' '/v1/geolocate?key=test'
	is "200 $here" -H "$LONDON" '/v1%2Fgeolocat%65?key=test'
	is "200 $here" -H 'X-Forwarded-For: 81.2.69.192, 10.0.0.1' \
	    '/v1/geolocate?key=test'
	is "200 $here" -H 'X-Forwarded-For: ::ffff:81.2.69.192' \
	    '/v1/geolocate?key=test'
	is '200 {"location": {"lat": 27.5, "lng": 90.5}, "accuracy": 190000.0}' \
	    -H 'X-Forwarded-For: 67.43.156.1' '/v1/geolocate?key=test'
	is '200 {"location": {"lat": 36.13333, "lng": -5.35}, "accuracy": 3000.0}' \
	    -H 'X-Forwarded-For: 2a02:ffc0::' '/v1/geolocate?key=test'
}

@test "HEAD has the headers of the answer, and no body" {
	need_geoip
	run -0 headers -I -H "$LONDON" '/v1/geolocate?key=test'
	[ "$output" = 'access-control-allow-origin: *
access-control-max-age: 2592000
content-length: 67
content-type: application/json
strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff' ]
	[ "$(headers -H "$LONDON" '/v1/geolocate?key=test')" = "$output" ]
}

@test "no address, no position" {
	is "404 $not_found" '/v1/geolocate?key=test'
	for ip in junk 127.0.0.1 067.043.156.1 ''; do
		is "404 $not_found" -H "X-Forwarded-For: $ip" \
		    '/v1/geolocate?key=test'
	done
	[ "$(printf %s "$not_found" | wc -c)" = \
	    "$(headers '/v1/geolocate?key=test' |
	    sed -n 's/content-length: //p')" ]
}

@test "keys: syntax, rights, the last one counts" {
	need_geoip
	for q in '' '?key=' '?key=abc' '?key=invalid_key' '?key=abcdefg' \
	    '?key=nolocate' '?Key=test' '?key=TEST' '?key=test%0a' \
	    '?key=test%00' '?key=+test' '?key=test&x=%ff' \
	    '?key=test&key=abcdefg'; do
		is "400 $no_key" -H "$LONDON" "/v1/geolocate$q"
	done
	for q in '?key=locate' '?key=abcdefg&key=test' '?%6bey=test&a=b' \
	    '?x&key=test&'; do
		is "200 $here" -H "$LONDON" "/v1/geolocate$q"
	done
	# before the body is looked at
	is "400 $no_key" -d '{' "/v1/geolocate"
}

@test "bodies that are no query" {
	q='/v1/geolocate?key=test'
	is "400 $parse_error"',"details":{"validation":{"":"\"[1]\" is not a mapping type: Does not implement dict-like functionality."}}}' \
	    -d '[1]' "$q"
	is "400 $parse_error"',"details":{"decode":"JSONDecodeError('"'Expecting value: line 1 column 1 (char 0)'"')"}}' \
	    -d '®' "$q"
	is "400 $parse_error"',"details":{"decode":"JSONDecodeError('"'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'"')"}}' \
	    -d '{' "$q"
	run -0 ask -d $'\xae' "$q"
	[[ "$output" == "400 $parse_error"',"details":{"decode":"'\''utf-8'\'' codec can'\''t decode byte 0xae in position 0'* ]]
	is "400 $parse_error"',"details":{"validation":{"cellTowers.0.mobileCountryCode":"\"ab\" is not a number","cellTowers.1.cellId":"\"x\" is not a number","cellTowers.1.age":"\"{'"'a': 1"'}\" is not a number","wifiAccessPoints.0.macAddress":"1 is not a string: {'"'macAddress': ''"'}"}}}' \
	    -d '{"cellTowers":[{"mobileCountryCode":"ab"},{"cellId":"x","age":{"a":1}}],"wifiAccessPoints":[{"macAddress":1}]}' "$q"
	for radio in umts LTE nr; do
		is "400 $parse_error"',"details":{"validation":{"cellTowers.0.radioType":"\"'$radio'\" is not one of gsm, cdma, wcdma, lte"}}}' \
		    -d '{"cellTowers":[{"radioType":"'$radio'"}]}' "$q"
	done
	is "400 $parse_error"',"details":{"validation":{"wifiAccessPoints":"\"None\" is not iterable"}}}' \
	    -d '{"wifiAccessPoints": null}' "$q"
	is "400 $parse_error"',"details":{"validation":{"fallbacks":"\"None\" is not a mapping type: Does not implement dict-like functionality."}}}' \
	    -d '{"fallbacks": null}' "$q"
	run -0 ask -d '{"wifiAccessPoints":[null]}' "$q"
	[[ "$output" == "400 $parse_error"*'{"wifiAccessPoints.0":'* ]]
}

@test "considerIp and fallbacks" {
	need_geoip
	for body in '{"considerIp": false}' '{"considerIp": "false"}' \
	    '{"fallbacks": {"ipf": 0}}'; do
		is "404 $not_found" -H "$LONDON" -d "$body" \
		    '/v1/geolocate?key=test'
	done
	for body in '{"considerIp": false, "fallbacks": {}}' \
	    '{"considerIp": null}'; do
		is "200 $here" -H "$LONDON" -d "$body" \
		    '/v1/geolocate?key=test'
	done
}

@test "unknown networks fall back to the address" {
	need_geoip
	ipf="${here%\}}, \"fallback\": \"ipf\"}"
	wifis='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]}'
	cell='"cellTowers":[{"radioType":"lte","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":900,"cellId":9}]'
	is "200 $here" -H "$LONDON" \
	    -d '{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}' \
	    '/v1/geolocate?key=test'
	is "200 $ipf" -H "$LONDON" -d "$wifis" '/v1/geolocate?key=test'
	is "404 $not_found" -d "$wifis" '/v1/geolocate?key=test'
	is "200 $ipf" -H "$LONDON" -d "{$cell}" '/v1/geolocate?key=test'
	is "404 $not_found" -H "$LONDON" -d "{\"considerIp\": false, $cell}" \
	    '/v1/geolocate?key=test'
}

@test "gzip: damage is told, members and padding are fine" {
	q='/v1/geolocate?key=test'
	gz='Content-Encoding: gzip'
	echo '{"considerIp": false}' | gzip >z
	head -c -2 z >cut.gz
	is "400 $parse_error"',"details":{"decode":"GZIPDecodeError(\"EOFError('"'Compressed file ended before the end-of-stream marker was reached'"')\")"}}' \
	    -H "$gz" --data-binary @cut.gz "$q"
	run -0 ask -H "$gz" -d '{}' "$q"
	[[ "$output" == "400 $parse_error"',"details":{"decode":"GZIPDecodeError('* ]]
	for token in gzip GZIP x-gzip; do
		is "404 $not_found" -H "Content-Encoding: $token" \
		    --data-binary @z "$q"
	done
	(printf '{' | gzip; printf '}' | gzip; head -c 100 /dev/zero) >two
	is "404 $not_found" -H "$gz" --data-binary @two "$q"
	(cat z; echo more) >more.gz
	run -0 ask -H "$gz" --data-binary @more.gz "$q"
	[[ "$output" == "400 $parse_error"* ]]
	gzip </dev/null >empty
	is "404 $not_found" -H "$gz" --data-binary @empty "$q"
	is "404 $not_found" -H "$gz" -d '' "$q"
	is "404 $not_found" -H 'Content-Encoding: identity' -d '{}' "$q"
}

@test "charsets" {
	body=$'{"comment": "R\xe9sum\xe9 from 1990", "items": []}'
	is "400 $parse_error"',"details":{"decode":"'"'utf-8' codec can't decode byte 0xe9 in position 14: invalid continuation byte"'"}}' \
	    -H "$JSON; charset=utf-8" -d "$body" '/v2/geosubmit?key=test'
	for charset in iso-8859-1 ISO-8859-1 '"latin1"'; do
		is '200 {}' -H "$JSON; charset=$charset" -d "$body" \
		    '/v2/geosubmit?key=test'
	done
	is '200 {}' -H "$JSON; charset=us-ascii" -d '{"items": []}' \
	    /v2/geosubmit
	run -0 ask -H "$JSON; charset=us-ascii" -d "$body" /v2/geosubmit
	[[ "$output" == "400 $parse_error"* ]]
	run -0 ask -H "$JSON; charset=klingon" -d '{"items": []}' /v2/geosubmit
	[[ "$output" == "400 $parse_error"* ]]
}

@test "OPTIONS and other methods" {
	run -0 headers -X OPTIONS /v1/geolocate
	[ "$output" = 'access-control-allow-headers: Content-Type, Content-Encoding
access-control-allow-methods: GET, HEAD, POST, OPTIONS
access-control-allow-origin: *
access-control-max-age: 2592000
content-length: 0
strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff' ]
	is '200 ' -X OPTIONS /v2/geosubmit
	for method in PUT DELETE PATCH; do
		run -0 headers -X $method /v1/geolocate
		[[ "$output" == *'allow: GET, HEAD, POST, OPTIONS'* ]]
		[[ "$output" == *'access-control-allow-origin: *'* ]]
		run -0 ask -X $method '/v1/geolocate?key=test'
		[ "$output" = "405 405 Method Not Allowed

The method $method is not allowed for this resource. " ]
		[[ "$(ask -X $method /__version__)" == 405* ]]
	done
	[[ "$(ask -X OPTIONS /__heartbeat__)" == 405* ]]
}

@test "paths that are not there" {
	for path in /nobody-is-home / /v1/geolocate/ //v1/geolocate \
	    /v1/geolocate%2F /V1/geolocate /__monitor__ /%ff /v1/geolocate%00 \
	    /v1/geolocate%00x; do
		is '404 <h1>404 Not Found</h1>' --path-as-is "$path?key=test"
	done
	run -0 headers /nobody-is-home
	[[ "$output" == *'content-length: 22
content-security-policy: default-src '* ]]
	[[ "$output" == *'content-type: text/html; charset=UTF-8
strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff
x-frame-options: DENY
x-xss-protection: 1; mode=block' ]]
	[[ "$output" != *access-control* ]]
}

@test "a report is on disk when it is accepted" {
	is '200 {}' -d '{"items":[{"timestamp":1460000000000,"position":{"latitude":51.5,"longitude":-0.1,"accuracy":10},
 "wifiAccessPoints":[{"macAddress":"01:23:45:67:89:ab","signalStrength":-70},{"signalStrength":-5}]}]}' \
	    '/v2/geosubmit?key=test'
	grep -aqF 'test{"timestamp": 1460000000000, "bluetoothBeacons": [], "wifiAccessPoints": [{"macAddress": "01:23:45:67:89:ab", "signalStrength": -70}], "cellTowers": [], "position": {"latitude": 51.5, "longitude": -0.1, "accuracy": 10.0}}' \
	    "$spool"/*.seg
	is '200 {}' -d '{"items":[{"timestamp":1460000000000,"cellTowers":[{}]}]}' \
	    '/v2/geosubmit?key=unknown-key'
	grep -aqF '{"timestamp": 1460000000000, "bluetoothBeacons": [], "wifiAccessPoints": [], "cellTowers": [{}], "position": null}' \
	    "$spool"/*.seg
	run ! grep -aq unknown-key "$spool"/*.seg
	is '200 {}' -d '{"items":[{"timestamp":1460000000000,"wifiAccessPoints":[{"macAddress":"01","signalStrength":-500,"foo":1,"radioType":"x","ssid":""}],
 "position":{"latitude":"51.5","longitude":999,"accuracy":NaN,"source":"gps","age":"1000","heading":null}}]}' /v2/geosubmit
	grep -aq '{"timestamp": 1460000000000, "bluetoothBeacons": \[\], "wifiAccessPoints": \[{"macAddress": "01", "radioType": "x", "signalStrength": -500}\], "cellTowers": \[\], "position": {"latitude": 51.5, "longitude": 999.0, "age": 1000.*}}' \
	    "$spool"/*.seg
	is '200 {}' -d '{"items":[{"timestamp":"1460000000000","radioType":"LTE","cellTowers":[{"radioType":"nr"},{"radioType":"gsm"},{"radioType":null}]}]}' /v2/geosubmit
	grep -aqF '"cellTowers": [{"radioType": "lte"}, {"radioType": "gsm"}, {"radioType": "lte"}]' \
	    "$spool"/*.seg
}

@test "the old forms of reports" {
	is '200 {}' -d '{"items":[{"latitude":51.5,"longitude":-0.1,"timestamp":1460000000000,"source":"query","cellTowers":[{"radioType":"gsm","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":1,"cellId":2,"psc":3,"primaryScramblingCode":4}]}]}' \
	    '/v1/geosubmit?key=test'
	grep -aqF '{"timestamp": 1460000000000, "bluetoothBeacons": [], "wifiAccessPoints": [], "cellTowers": [{"radioType": "gsm", "mobileCountryCode": 234, "mobileNetworkCode": 30, "locationAreaCode": 1, "cellId": 2, "primaryScramblingCode": 3}], "position": {"latitude": 51.5, "longitude": -0.1, "source": "query"}}' \
	    "$spool"/*.seg
	is '204 ' -d '{"items":[{"lat":51.5,"lon":-0.1,"time":"2016-04-07T03:33:20Z","accuracy":10,"cell":[{"radio":"gsm","mcc":234,"mnc":30,"lac":1,"cid":2}]}]}' \
	    '/v1/submit?key=test'
	grep -aqF '{"timestamp": 1460000000000, "bluetoothBeacons": [], "cellTowers": [{"radioType": "gsm", "mobileCountryCode": 234, "mobileNetworkCode": 30, "locationAreaCode": 1, "cellId": 2}], "wifiAccessPoints": [], "position": {"latitude": 51.5, "longitude": -0.1, "accuracy": 10.0}}' \
	    "$spool"/*.seg
	run -0 headers -d '{"items":[]}' /v1/submit
	[ "$output" = 'access-control-allow-origin: *
access-control-max-age: 2592000
strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff' ]
}

@test "reports of nothing, and those not sampled, leave no trace" {
	before=$(spooled)
	for body in '{"items":[]}' '{"items":[{}]}' '{"items":[{"foo":1}]}' \
	    '{"items":[{"wifiAccessPoints":[{"macAddress":""}]}]}'; do
		is '200 {}' -d "$body" '/v2/geosubmit?key=test'
	done
	for key in none null; do
		is '200 {}' -d '{"items":[{"cellTowers":[{}]}]}' \
		    "/v2/geosubmit?key=$key"
	done
	[ "$(spooled)" = "$before" ]
}

@test "reports that are refused" {
	before=$(spooled)
	is "400 $parse_error"',"details":{"validation":{"items":"Required"}}}' \
	    -d '{}' /v2/geosubmit
	is "400 $parse_error"',"details":{"validation":{"items":"\"None\" is not iterable"}}}' \
	    -d '{"items":null}' /v2/geosubmit
	is "400 $parse_error"',"details":{"validation":{"items.0.timestamp":"\"abc\" is not a number"}}}' \
	    -d '{"items":[{"timestamp":"abc","cellTowers":[{}]}]}' /v2/geosubmit
	is "400 $parse_error"',"details":{"validation":{"items.1.wifiAccessPoints.0.macAddress":"10 is not a string: {'"'macAddress': ''"'}"}}}' \
	    -d '{"items":[{"cellTowers":[{}]},{"wifiAccessPoints":[{"macAddress":10}]}]}' /v2/geosubmit
	run -0 ask -d '{"items":[{"position":null,"cellTowers":[{}]}]}' \
	    /v2/geosubmit
	[[ "$output" == "400 $parse_error"*'"items.0.position":'* ]]
	is "400 $parse_error}" -d '' /v2/geosubmit
	is "400 $parse_error}" '/v2/geosubmit?key=test'
	[ "$(spooled)" = "$before" ]
}

@test "monitoring" {
	is '200 {"status": "OK"}' /__lbheartbeat__
	is '200 {"status": "OK"}' -d x /__lbheartbeat__
	run -0 headers -I /__lbheartbeat__
	[ "$output" = 'content-length: 16
content-type: application/json
strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff' ]
	run -0 ask /__version__
	[ "${output%% *}" = 200 ]
	[ "$(jq -c keys body)" = '["build","commit","source","version"]' ]
	run -0 ask /__heartbeat__
	masked=$(sed 's/\("time": *\)[0-9]*/\1N/g; s/\("age_in_days": *\)[0-9]*/\1N/
	    s/T[0-9:]*Z/TZ/; s/: "[0-9-]*TZ/: "DAY/' body)
	if [ -n "$GEOIP" ]; then
		[ "$masked" = '{"database": {"up": true, "time": N, "alembic_version": "3be4004781bc"}, "geoip": {"up": true, "time": N, "age_in_days": N, "version": "DAY"}, "redis": {"up": true, "time": N}}' ]
	else
		[ "${output%% *}" = 503 ]
		[ "$(jq -c .geoip body)" = '{"up":false,"time":0,"age_in_days":-1,"version":"2020-02-26T12:17:00Z"}' ]
	fi
}
