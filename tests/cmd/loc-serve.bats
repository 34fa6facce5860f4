#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-serve says of itself, and what it can be told not to answer.  Its
# answers to clients: ../api.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	loc-key create test maxreq=0
}

teardown() {
	loc_stop
}

# The headers of a reply, without Date, sorted, in lower case.
headers() {
	curl -s -D - -o /dev/null "${@:1:$#-1}" "$URL${!#}" | tr -d '\r' |
	    sed -n 's/^\([A-Za-z-]*\): /\L\1\E: /p' | grep -v ^date: | sort
}

@test "the heartbeat tells of database, GeoIP and Redis" {
	loc_serve_start
	# what is not configured does not count
	[ "$(ask /__heartbeat__)" = 200 ]
	[ "$(jq -c .geoip body)" = '{"up":null,"configured":false}' ]
	loc_stop
	printf '[geoip]\ndb_path = %s/none\n' "$PWD" >>"$LOC_CONF"
	loc_serve_start
	[ "$(ask /__heartbeat__)" = 503 ]
	[ "$(jq -c .geoip body)" = '{"up":false,"time":0,"age_in_days":-1,"version":"unknown"}' ]
	loc_stop
	sed -i '/db_path/d' "$LOC_CONF"
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	loc_serve_start
	[ "$(ask /__heartbeat__)" = 503 ]
	[ "$(jq -c .geoip body)" = '{"up":false,"time":0,"age_in_days":-1,"version":"2020-02-26T12:17:00Z"}' ]
	loc_stop
	sed -i '/^strict/d' "$LOC_CONF"
	loc_geoip
	loc_serve_start
	[ "$(ask /__heartbeat__)" = 200 ]
	[ "$(sed 's/\("time": \)[0-9]*/\1N/g; s/"[0-9-]*T[0-9:]*Z"/DAY/' body)" = \
	    '{"database": {"up": true, "time": N, "alembic_version": "3be4004781bc"}, "geoip": {"up": true, "time": N, "age_in_days": 0, "version": DAY}, "redis": {"up": true, "time": N}}' ]
	loc_sql 'RENAME TABLE alembic_version TO gone'
	until_true answers 503 /__heartbeat__
	[ "$(jq -c .database body)" = '{"up":false,"time":0,"alembic_version":"unknown","error":"the server answers, but has no such database, tables or account"}' ]
}

# answers STATUS PATH
answers() {
	[ "$(ask "$2")" = "$1" ]
}

@test "documents" {
	always='strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff'
	loc_serve_start
	[ "$(ask /__version__)" = 200 ]
	[ "$(jq -c keys body)" = '["build","commit","source","version"]' ]
	[ "$(ask /robots.txt)" = 200 ]
	[ "$(cat body)" = 'User-agent: *
Disallow: /downloads
Disallow: /static/
Disallow: /v1/
Disallow: /v2/
Disallow: /__heartbeat__
Disallow: /__lbheartbeat__
Disallow: /__version__' ]
	run -0 headers -X PUT /robots.txt
	[ "$output" = "cache-control: max-age=86400, public
content-length: 159
content-type: text/plain; charset=UTF-8
$always" ]
	[ "$(ask /contribute.json)" = 200 ]
	[ "$(jq -r .repository.license body)" = ISC ]
	run -0 headers /contribute.json
	[[ "$output" == *"content-type: application/json
$always" ]]
	[[ "$output" != *access-control* ]]
}

@test "a question has a size, unpacked, too" {
	printf '[http]\nmax_query = 2k\n' >>"$LOC_CONF"
	loc_serve_start
	head -c 3000 /dev/zero | tr '\0' ' ' >long
	echo '{}' >>long
	gzip <long >long.gz
	for path in geolocate country search; do
		[ "$(ask --data-binary @long "/v1/$path?key=test")" = 413 ]
		[ "$(jq .error.code body)" = 413 ]
		[ "$(ask -H 'Content-Encoding: gzip' --data-binary @long.gz \
		    "/v1/$path?key=test")" = 413 ]
	done
	[ "$(ask -d "{\"items\":[]$(tr -d '{}' <long)}" /v2/geosubmit)" = 200 ]
}

@test "what is of 2016 can be switched off, and transfer is" {
	loc_serve_start
	[ "$(ask -d '{}' '/v1/search?key=test')" = 200 ]
	[ "$(ask -d '{"items":[]}' '/v1/transfer?key=test')" = 400 ]
	[ "$(jq -r .error.errors[0].reason body)" = keyInvalid ]
	loc_stop
	printf '[http]\nv2016 = false\n' >>"$LOC_CONF"
	loc_serve_start
	for path in search transfer; do
		[ "$(ask -d '{"items":[]}' "/v1/$path?key=test")" = 404 ]
		[ "$(cat body)" = '<h1>404 Not Found</h1>' ]
	done
}
