#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The model of positions, from the database to the answer, and what loc-work
# keeps for it.

bats_require_minimum_version 1.5.0

load work

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	sed -i 's/^model = .*/model = true/' "$LOC_CONF"
}

teardown() {
	loc_stop
}

# A wifi at LAT, LON with a SPREAD in 0.1 m and a WEIGHT of its peak.
wifi() {
	loc_sql "INSERT INTO wifi_shard_${1:4:1} (mac, lat, lon, peak_lat,
	    peak_lon, spread, peak_weight, radius, samples, created, modified,
	    last_seen) VALUES (x'$1', $2, $3, ROUND($2 * 1e7),
	    ROUND($3 * 1e7), $4, $5, 50, 10, UTC_TIMESTAMP(), UTC_TIMESTAMP(),
	    UTC_DATE())"
}

cell() {
	loc_sql "INSERT INTO cell_lte (cellid, radio, mcc, mnc, lac, cid, lat,
	    lon, radius, samples, created, modified, last_seen) VALUES (
	    UNHEX(CONCAT('03', LPAD(HEX(234), 4, 0), LPAD(HEX(30), 4, 0),
	    LPAD(HEX(100), 4, 0), LPAD(HEX($1), 8, 0))), 3, 234, 30, 100, $1,
	    $2, $3, $4, 1, UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_DATE())"
}

# lat lng accuracy fallback of the answer to the query on stdin
answer() {
	loc-locate | jq -r '[.location.lat, .location.lng, .accuracy,
	    .fallback // "-"] | map(tostring) | join(" ")'
}

@test "wifis: peaks, spreads and the words that explain them" {
	wifi a82067000001 51.5 -0.1 400 5
	wifi a82067000102 51.501 -0.1 900 0.5
	wifi a82067000203 51.5005 -0.0985 1200 60
	wifi a82067000304 51.53 -0.1 200 5
	wifi a82067000405 51.5001 -0.1001 3500 5
	q='{"wifiAccessPoints": [
	    {"macAddress": "a82067000001", "signalStrength": -60},
	    {"macAddress": "a82067000102", "signalStrength": -80},
	    {"macAddress": "a82067000203", "signalStrength": -75},
	    {"macAddress": "a82067000304", "signalStrength": -50},
	    {"macAddress": "a82067000405", "signalStrength": -55}]}'
	[ "$(answer <<<"${q//$'\n'/}")" = \
	    '51.5003083 -0.0997183 162.8057602 -' ]
	[ "$(loc-locate -e <<<"${q//$'\n'/}" | jq -r .explain.words)" = \
	    '3 of 5 known wifis (3 devices), heard up to 153 m around; radius 163 m' ]
	loc-locate -s <<<"${q//$'\n'/}" | jq -e '.accuracy != 162.8057602'
	loc-key create test
	loc_serve_start
	[ "$(curl -s -d "$q" "$URL/v1/geolocate?key=test" | jq .accuracy)" = \
	    162.8057602 ]
}

@test "cells: known, by site, by area" {
	q='{"cellTowers": [{"radioType": "lte", "mobileCountryCode": 234,
	    "mobileNetworkCode": 30, "locationAreaCode": 100, "cellId": 1001}]}'
	q=${q//$'\n'/}
	cell 1000 51.5 -0.1 400
	cell 1003 51.51 -0.1 800
	cell 1009 51.6 -0.2 800
	loc_sql "INSERT INTO cell_area_dirty (areaid)
	    SELECT DISTINCT LEFT(cellid, 7) FROM cell_lte"
	loc-work -1
	[ "$(loc_sql 'SELECT ROUND(lat, 7), ROUND(lon, 7), spread
	    FROM cell_area_centre')" = $'51.5366667\t-0.1333333\t5969' ]
	[[ "$(answer <<<"$q")" = '51.504 -0.1 3063.7'*' lacf' ]]
	[ "$(answer <<<"${q/1001/1000}" | cut -d' ' -f1,2,4)" = \
	    '51.5 -0.1 -' ]
	[[ "$(answer <<<"${q/1001/5000}")" = \
	    '51.5366667 -0.1333333 28554.48'*' lacf' ]]
	words() {
		loc-locate -e <<<"${q/1001/$1}" | jq -r .explain.words
	}
	[[ "$(words 1000)" = '1 known cell; radius '*' m' ]]
	[ "$(words 1001)" = 'no known cell, but 2 of nearly the same number; radius 3064 m' ]
	[ "$(words 5000)" = 'no known cell, but its area of 3 cells; radius 28554 m' ]
	# An area of Ichnaea's may not have been counted.
	for n in 1 NULL; do
		loc_sql "UPDATE cell_area SET num_cells = $n"
		[[ "$(words 5000)" = 'no known cell, but its area of 1 cell; '* ]]
	done
	loc-locate -e <<<"${q/1001/5000}" |
	    jq -e '.explain.area.stations[0] | has("cells") | not'
	q=${q%\}}', "fallbacks": {"lacf": false}}'
	run -1 loc-locate <<<"$q"
	[[ "$output" = *'"notFound"'* ]]
}

@test "loc-work keeps peaks and places, also where a position moves to" {
	report='{"timestamp": 1, "position": {"latitude": LAT, "longitude":
	    -0.1, "accuracy": 10}, "wifiAccessPoints": [{"macAddress":
	    "a82067000001", "signalStrength": -80}], "cellTowers": [{
	    "radioType": "lte", "mobileCountryCode": 234, "mobileNetworkCode":
	    30, "locationAreaCode": 100, "cellId": 1, "signalStrength": -90}]}'
	report=${report//$'\n'/}
	echo "${report/LAT/51.5}" | loc-submit
	work
	[ "$(loc_sql 'SELECT peak_lat, peak_lon, spread
	    FROM wifi_shard_6')" = $'515000000\t-1000000\t0' ]
	[ "$(loc_sql 'SELECT HEX(places) FROM cell_lte')" = \
	    010001000100C046B21EC0BDF0FF0100D8DC0000 ]
	echo "${report/LAT/53.5}" | loc-submit
	work
	[ "$(loc_sql 'SELECT lat, peak_lat, peak_weight, spread
	    FROM wifi_shard_6')" = $'53.5\t535000000\t8\t0' ]
	[ "$(loc_sql 'SELECT lat, HEX(places) FROM cell_lte')" = \
	    $'53.5\t010000000300C073E31FC0BDF0FF080000800000' ]
	# Only strictly they go with the position.
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	echo "${report/LAT/51.5}" | loc-submit
	work
	[ "$(loc_sql 'SELECT lat, peak_lat, peak_weight, spread, trust
	    FROM wifi_shard_6')" = $'NULL\tNULL\tNULL\tNULL\tNULL' ]
	[ "$(loc_sql 'SELECT lat, places FROM cell_lte')" = $'NULL\tNULL' ]
}

@test "a database without these columns gets them, and its rows answer" {
	wifi a82067000001 51.5 -0.1 400 5
	wifi a82067000102 51.501 -0.1 400 5
	for c in peak_lat peak_lon peak_weight spread; do
		loc_sql "ALTER TABLE wifi_shard_6 DROP COLUMN $c"
	done
	loc_sql 'DROP TABLE cell_area_centre'
	loc_sql 'DELETE FROM loc_version WHERE number >= 6'
	loc-db migrate
	run -0 loc-db status
	[[ "$output" = *'pending   no'* ]]
	q='{"wifiAccessPoints": [{"macAddress": "a82067000001"},
	    {"macAddress": "a82067000102"}]}'
	loc_sql 'UPDATE wifi_shard_6 SET weight = 5'
	run -0 loc-locate -e <<<"${q//$'\n'/}"
	[ "$(jq -c '[.explain.wifi.stations[] | [.state, .spread]]' \
	    <<<"$output")" = '[["row",23.7170825],["row",23.7170825]]' ]
}

@test "other confidences: request, key, option, location.ini" {
	wifi a82067000001 51.5 -0.1 400 5
	wifi a82067000102 51.501 -0.1 400 5
	q='{"wifiAccessPoints": [{"macAddress": "a82067000001"},
	    {"macAddress": "a82067000102"}]'
	q=${q//$'\n'/}
	radius() {
		loc-locate "$@" | jq .accuracy
	}
	usual=$(radius <<<"$q}")
	part() {
		jq -n "$usual * $1 * 1e7 | round / 1e7"
	}
	[ "$(radius <<<"$q, \"confidence\": 95}")" = "$usual" ]
	[ "$(radius <<<"$q, \"confidence\": 68}")" = "$(part 0.46)" ]
	[ "$(radius -p 68 <<<"$q}")" = "$(part 0.46)" ]
	[ "$(radius -p 68 <<<"$q, \"confidence\": 99}")" = "$(part 2.2)" ]
	# one that is none costs itself alone, and is named if nothing is left
	[ "$(radius <<<"$q, \"confidence\": 49}")" = "$usual" ]
	run -65 loc-locate <<<'{"confidence": 100}'
	[[ "$output" = *'"confidence":"\"100\" is not a number from 50 to 99"'* ]]
	run -65 loc-locate <<<'{"confidence": "much"}'
	[[ "$output" = *'"confidence":"\"much\" is not a number"'* ]]
	run -64 loc-locate -p 100 </dev/null
	# Ichnaea knew of none
	[ "$(radius -s -p 68 <<<"$q, \"confidence\": 60}")" = \
	    "$(radius -s <<<"$q}")" ]
	run -0 loc-locate -e -p 68 <<<"$q}"
	[ "$(jq -c '[.explain.confidence, .explain.results[0].accuracy]' \
	    <<<"$output")" = "[68,$usual]" ]
	[ "$(jq -r .explain.words <<<"$output")" = \
	    "2 of 2 known wifis (2 devices), heard up to 174 m around; radius $(part 0.46 | xargs printf %.0f) m" ]
	sed -i 's/^model = .*/&\nconfidence = 90/' "$LOC_CONF"
	[ "$(radius <<<"$q}")" = "$(part 0.84)" ]
	loc-key create usual
	loc-key create android confidence=68
	run -64 loc-key create wrong confidence=100
	[ "${lines[0]}" = 'loc-key: confidence=100: expected a number from 50 to 99' ]
	[ "$(loc-key -j show android | jq .confidence)" = 68 ]
	loc_serve_start
	served() {
		curl -s -d "$2" "$URL/v1/geolocate?key=$1" | jq .accuracy
	}
	[ "$(served usual "$q}")" = "$(part 0.84)" ]
	[ "$(served android "$q}")" = "$(part 0.46)" ]
	[ "$(served android "$q, \"confidence\": 80}")" = "$(part 0.62)" ]
	[ "$(curl -s -d "{\"wifi\": [{\"key\": \"a82067000001\"},
	    {\"key\": \"a82067000102\"}], \"confidence\": 80}" \
	    "$URL/v1/search?key=usual" | jq .accuracy)" = "$(part 0.62)" ]
}

# heard MAC STATE MARKS: what its row tells of witnesses and passes
heard() {
	loc_sql "UPDATE wifi_shard_${1:4:1} SET trust = x'$2',
	    marks = NULLIF(x'$3', '') WHERE mac = x'$1'"
}

@test "only what was heard together answers, and it is explained" {
	wifi a82067000010 51.5 -0.1 300 5
	wifi b0000000aa01 51.501 -0.1 300 5
	wifi a82067000012 51.5 -0.1001 300 5
	wifi 020000000001 51.5001 -0.1 300 5
	wifi c0000000bb02 51.5005 -0.0985 300 5
	state=010034120300020032510000000000000000
	heard a82067000010 $state 0000000100000003
	heard b0000000aa01 $state 00000003
	heard a82067000012 $state 00000001
	heard 020000000001 $state 00000077
	# hidden since D + 6, by four votes against it
	heard c0000000bb02 010234120400030032510000000000000000\
0000008000000080000401053851385101000000
	m() {
		printf '{"macAddress":"%s"},' "$@"
	}
	explain() {
		list=$(m "$@")
		loc-locate -e <<<"{\"wifiAccessPoints\":[${list%,}]}" || :
	}
	explain a82067000010 020000000001 a82067000012 b0000000aa01 \
	    c0000000bb02 >got
	[ "$(jq -r .explain.wifi.words got)" = '2 of 4 wifis were heard together; 1 other is a sibling of one device; 1 other was never heard with these' ]
	[ "$(jq -c '.explain.wifi.companies | map(.members |= sort) |
	    sort_by(.members)' got)" = '[{"members":[0,3],"share":0.5},{"members":[1],"share":0.25,"why":"alone"},{"members":[2],"share":0.25,"why":"siblings"}]' ]
	[ "$(jq -c '.explain.wifi.stations | sort_by(.key) | map([.key, .votes,
	    .days, .moves, .marks, .linked, .used])[]' got)" = \
	    '["020000000001",3,2,0,1,[],false]
["a82067000010",3,2,0,2,[3],true]
["a82067000012",3,2,0,1,[],false]
["b0000000aa01",3,2,0,1,[0],true]
["c0000000bb02",4,3,0,0,null,false]' ]
	[ "$(jq -c '.explain.wifi.hidden, (.explain.wifi.stations[] |
	    select(.hidden) | .contest)' got)" = '["c0000000bb02"]
{"here":0,"all":4,"agree":1,"need":4,"days":5,"first":"2026-12-05","last":"2026-12-05"}' ]
	[ "$(explain a82067000010 020000000001 | jq -r '.error.code,
	    .explain.wifi.words')" = $'404\nnone of 2 wifis answer for each other; 2 were never heard with these' ]
	# alone, what is kept of it is shown
	[ "$(explain b0000000aa01 | jq -c '.explain.wifi.stations[0].votes')" \
	    = 3 ]
	# who asks as Ichnaea did is told by its rules
	loc-locate -s <<<'{"wifiAccessPoints":[{"macAddress":"a82067000010"},{"macAddress":"020000000001"}]}' |
	    jq -e .location
	# both adopted, until they were heard
	heard a82067000010 '' ''
	heard 020000000001 '' ''
	explain a82067000010 020000000001 | jq -e .location
	printf '[trust]\nadopted = false\n' >>"$LOC_CONF"
	explain a82067000010 020000000001 | jq -e '.location | not'
}
