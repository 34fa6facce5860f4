#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# 5G cells: from reports, CSV and queries to rows, totals and answers.

# LOC_DB and LOC_SERVERS are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

not_found='{"error":{"errors":[{"domain":"geolocation","reason":"notFound","message":"Not found"}],"code":404,"message":"Not found"}}'
AREA='"mobileCountryCode":260,"mobileNetworkCode":1,"locationAreaCode":16777213'
SHORT='"mcc":260,"mnc":1,"lac":16777213'
FLAT='"latitude":50.06,"longitude":19.94,"accuracy":10'

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

post() {
	curl -s -d "$2" "$URL$1"
}

cells() {
	loc_sql 'SELECT hex(cellid), radio, mcc, mnc, lac, cid, psc, lat, lon,
	    samples FROM cell_nr ORDER BY cellid'
}

@test "reports in every form become cells and an area" {
	loc_serve_start
	[ "$(post /v2/geosubmit '{"items":[
	    {"position":{'"$FLAT"'},"cellTowers":[{"radioType":"nr",'"$AREA"',"cellId":68719476735,"pci":1007,"signalStrength":-101,"arfcn":638016}]},
	    {"position":{'"$FLAT"'},"cellTowers":[{'"$AREA"',"newRadioCellId":6442450945,"primaryScramblingCode":88}]}]}')" = '{}' ]
	[ "$(post /v1/geosubmit '{"items":[{'"$FLAT"',"radioType":"5G",
	    "cellTowers":[{'"$AREA"',"cellId":6442450945}]}]}')" = '{}' ]
	post /v1/submit '{"items":[{"lat":50.06,"lon":19.94,"accuracy":10,
	    "cell":[{"radio":"NR",'"$SHORT"',"newRadioCellId":6442450945},
	    {"radio":"catm1","mcc":260,"mnc":1,"lac":5,"cid":6}]}]}'
	loc-feed -1
	loc-work -1
	run -0 cells
	[ "$output" = "$(printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
	    0401040001FFFFFD0180000001 4 260 1 16777213 6442450945 88 50.06 19.94 3 \
	    0401040001FFFFFD0FFFFFFFFF 4 260 1 16777213 68719476735 1007 50.06 19.94 1)" ]
	[ "$(loc_sql 'SELECT hex(areaid), radio, lac, num_cells, lat, region
	    FROM cell_area_nr')" = \
	    "$(printf '0401040001FFFFFD\t4\t16777213\t2\t50.06\tPL')" ]
	[ "$(loc_sql 'SELECT radio, lac, cid FROM cell_lte')" = \
	    "$(printf '3\t5\t6')" ]
	[ "$(loc_sql 'SELECT radio FROM cell_area')" = 3 ]
	[ -z "$(loc_sql 'SELECT * FROM cell_area_dirty')" ]
	loc-stats region
	[ "$(loc_sql 'SELECT region, lte, nr FROM region_stat')" = \
	    "$(printf 'PL\t1\t2')" ]
	# An area goes with its last cell.
	loc_sql "DELETE FROM cell_nr;
	    INSERT INTO cell_area_dirty (areaid) SELECT areaid FROM cell_area_nr"
	loc-work -1
	[ -z "$(loc_sql 'SELECT * FROM cell_area_nr')" ]
}

@test "positions and regions by cell, by Google's word and by area" {
	printf '%s\n' \
	    'NR,260,1,16777213,68719476735,1007,19.94,50.06,600,9,1,1566307030,1570119413,' \
	    'nr,260,1,16777213,1,,19.95,50.06,600,9,1,1566307030,1570119413,' >nr.csv
	run -0 loc-import -q nr.csv
	[[ $output = *'"read":2,"inserted":2,'* ]]
	loc-key create test
	loc_serve_start
	ask() {
		post "/v1/$1?key=test" '{"cellTowers":[{'"$2"'}]}'
	}
	here='{"location": {"lat": 50.06, "lng": 19.94}, "accuracy": 1000.0}'
	area='{"location": {"lat": 50.06, "lng": 19.945}, "accuracy": 50000.0, "fallback": "lacf"}'
	[ "$(ask geolocate '"radioType":"nr",'"$AREA"',"cellId":68719476735')" = "$here" ]
	[ "$(ask geolocate "$AREA"',"newRadioCellId":68719476735')" = "$here" ]
	[ "$(ask geolocate "$AREA"',"newRadioCellId":2')" = "$area" ]
	[ "$(ask geolocate '"radioType":"5g",'"$AREA")" = "$area" ]
	[ "$(ask geolocate '"radioType":"lte",'"$AREA"',"cellId":1')" = "$not_found" ]
	[ "$(ask geolocate '"radioType":"nr","pci":3')" = "$not_found" ]
	[ "$(ask country '"radioType":"nr",'"$AREA")" = \
	    '{"country_code": "PL", "country_name": "Poland"}' ]
	[ "$(post '/v1/search?key=test' '{"cell":[{"radio":"nr",'"$SHORT"',"newRadioCellId":68719476735}]}')" = \
	    '{"status": "ok", "lat": 50.06, "lon": 19.94, "accuracy": 1000.0}' ]
	# One known cell of two: what is asked is learned.
	ask geolocate '"radioType":"nr",'"$AREA"',"cellId":68719476735},{"radioType":"nr",'"$AREA"',"cellId":7'
	kill -TERM "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	loc-feed -1
	loc-work -1
	[ "$(loc_sql 'SELECT lac, cid, source FROM cell_nr WHERE cid = 7')" = \
	    "$(printf '16777213\t7\t9')" ]
	run -0 loc-locate -e <<<'{"cellTowers":[{"radioType":"nr",'"$AREA"',"cellId":68719476735},{"radioType":"nr",'"$AREA"',"cellId":5}]}'
	[ "$(jq -c '[.explain.cell.unknown, [.explain.cell.stations[].key]]' <<<"$output")" = \
	    '[["nr-260-1-16777213-5"],["nr-260-1-16777213-68719476735"]]' ]
}

@test "NR beside LTE has no identity: no observation, and no error" {
	loc_serve_start
	for nr in '"pci":5' '"pci":5,'"$AREA" '"cellId":9223372036854775807'; do
		post /v2/geosubmit '{"items":[{"position":{'"$FLAT"'},"cellTowers":[
		    {"radioType":"lte","mobileCountryCode":260,"mobileNetworkCode":1,"locationAreaCode":5,"cellId":6},
		    {"radioType":"nr",'"$nr"'}]}]}'
	done
	loc-feed -1
	loc-work -1
	[ -z "$(cells)" ]
	[ "$(loc_sql 'SELECT samples FROM cell_lte')" = 3 ]
	[ "$(loc_sql "SELECT value FROM stat WHERE \`key\` = 1
	    ORDER BY time DESC LIMIT 1")" = 3 ]
}

@test "in strict mode there is no 5G" {
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	loc-key create test
	loc_serve_start
	for radio in nr 5g nbiot; do
		[[ "$(post '/v1/geolocate?key=test' '{"cellTowers":[{"radioType":"'$radio'",'"$AREA"'}]}')" = \
		    *'"\"'$radio'\" is not one of gsm, cdma, wcdma, lte"'* ]]
	done
	[ "$(post '/v1/geolocate?key=test' '{"cellTowers":[{'"$AREA"',"newRadioCellId":"x"}]}')" = "$not_found" ]
	report='{"timestamp":1460000000000,"position":{'"$FLAT"'},"cellTowers":[{"radioType":"nr",'"$AREA"',"newRadioCellId":7,"pci":8}]}'
	post /v2/geosubmit '{"items":['"$report"']}'
	loc-submit <<<"$report"
	[ "$(cat spool/*.seg | grep -ac '"cellTowers": \[{"mobileCountryCode": 260, "mobileNetworkCode": 1, "locationAreaCode": 16777213}\]')" = 2 ]
	# A line from before.
	"$(dirname "$(command -v loc-work)")/tools/put_reports" spool <<<"${report/newRadioCellId/cellId}"
	loc-feed -1
	loc-work -1
	[ -z "$(cells)" ]
	run -65 loc-locate <<<'{"radioType":"nr"}'
	run -65 loc-submit <<<'{"cellTowers":[{"cellId":"x"}]}'
	[ "$output" = 'loc-submit: stdin:1: expected another type of value at cellTowers.0.cellId' ]
}
