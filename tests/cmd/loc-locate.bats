#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0
load lib

CITY=data/geo/maxmind-test/test-data/GeoIP2-City-Test.mmdb
W1='{"macAddress":"a8:20:67:00:00:01"}'
W2='{"macAddress":"a8:20:67:00:00:02"}'
CELL='"mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":100,"cellId":1001'
NOT_FOUND='{"error":{"errors":[{"domain":"geolocation","reason":"notFound","message":"Not found"}],"code":404,"message":"Not found"}}'

# Stations as the database has them 30 days after their first report.
setup() {
	loc_setup
	loc_sql "
		SET time_zone='+00:00';
		SET @t = UTC_TIMESTAMP() - INTERVAL 30 DAY;
		INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
		    created, modified, last_seen) VALUES
		    (x'a82067000001', 51.5, -0.1, 10, 10, @t,
		    UTC_TIMESTAMP(), UTC_DATE()),
		    (x'a82067000002', 51.5001, -0.1, 10, 10, @t,
		    UTC_TIMESTAMP(), UTC_DATE());
		INSERT INTO cell_lte (cellid, radio, mcc, mnc, lac, cid, lat,
		    lon, radius, samples, created, modified, last_seen) VALUES
		    (x'0300ea001e0064000003e9', 3, 234, 30, 100, 1001, 52.0,
		    -0.1, 800, 10, @t, UTC_TIMESTAMP(), UTC_DATE())"
}

teardown() {
	loc_stop
}

@test "bodies in, bodies out" {
	run -0 loc-locate <<-E
		{"wifiAccessPoints":[$W1,$W2]}
		{"cellTowers":[{"radioType":"lte",$CELL}]}

		{"wifiAccessPoints":[$W1]}
	E
	[ "${lines[0]}" = '{"location": {"lat": 51.50005, "lng": -0.1}, "accuracy": 10.0}' ]
	[ "${lines[1]}" = '{"location": {"lat": 52.0, "lng": -0.1}, "accuracy": 1000.0}' ]
	[ "${lines[2]}" = "$NOT_FOUND" ]
	[ "${lines[3]}" = "$NOT_FOUND" ]
	[ ${#lines[@]} = 4 ]
}

@test "status 1 when nothing is found, 65 when something is refused" {
	run -1 loc-locate <<<'{}'
	run -65 loc-locate <<<"[1]"$'\n'"{\"wifiAccessPoints\":[$W1,$W2]}"
	[[ "${lines[0]}" == *'"reason":"parseError"'*'"details":{"validation"'* ]]
	[[ "${lines[1]}" == *51.50005* ]]
	run -0 loc-locate /dev/null
	[ -z "$output" ]
	run -66 loc-locate /nonexistent
	{ head -c 2000000 /dev/zero | tr '\0' ' '; echo '{}'; } \
	    >"$BATS_TEST_TMPDIR/long"
	run -65 loc-locate "$BATS_TEST_TMPDIR/long"
	[[ "$output" == *'"code":413'* ]]
}

@test "-s refuses what is otherwise understood" {
	body="{\"cellTowers\":[{\"radioType\":\"LTE\",$CELL}]}"
	run -0 loc-locate <<<"$body"
	[[ "$output" == *'"lat": 52.0'* ]]
	run -65 loc-locate -s <<<"$body"
	[[ "$output" == *'"cellTowers.0.radioType"'* ]]
}

@test "-r answers with the region" {
	run -0 loc-locate -r <<-E
		{"cellTowers":[{"radioType":"lte","mobileCountryCode":612,"mobileNetworkCode":1,"locationAreaCode":1}]}
		{"wifiAccessPoints":[$W1,$W2]}
	E
	[ "${lines[0]}" = '{"country_code": "CI", "country_name": "C\u00f4te d\u2019Ivoire"}' ]
	[ "${lines[1]}" = "$NOT_FOUND" ]
	loc_sql "UPDATE wifi_shard_6 SET region = 'GB' LIMIT 1;
	    INSERT INTO cell_area (areaid, radio, mcc, mnc, lac, lat, lon,
	    radius, region, num_cells, created, modified) VALUES
	    (x'0300ea001e0064', 3, 234, 30, 100, 49.2, -2.1, 9000, 'JE', 9,
	    UTC_TIMESTAMP(), UTC_TIMESTAMP())"
	run -0 loc-locate -re <<-E
		{"wifiAccessPoints":[$W1,$W2]}
		{"cellTowers":[{"radioType":"lte",$CELL}]}
	E
	[[ "${lines[0]}" == '{"country_code": "GB", "country_name": "United Kingdom", '* ]]
	[[ "${lines[1]}" == '{"country_code": "JE", "country_name": "Jersey", '* ]]
	[ "$(jq -c '[.explain.results[].region]' <<<"${lines[1]}")" = \
	    '["GB","GG","IM","JE"]' ]
}

@test "-e explains" {
	run -0 loc-locate -e <<<"{\"wifiAccessPoints\":[$W1,$W2]}"
	[ ${#lines[@]} = 1 ]
	[ "$(jq -c '[.location.lat, .explain.wifi.found,
	    .explain.results[0].kind, .explain.chosen]' <<<"$output")" = \
	    '[51.50005,2,"wifi",0]' ]
	run -1 loc-locate -e <<<"{\"wifiAccessPoints\":[$W1]}"
	[ "$(jq -c '[.error.code, .explain.wifi.asked, .explain.wifi.found,
	    (.explain.wifi.stations[0] | .key, .used, (.score > 0))]' \
	    <<<"$output")" = '[404,1,1,"a82067000001",false,true]' ]
	run -1 loc-locate -e <<<'{}'
	[ "$(jq -c '[.error.code, .explain.results]' <<<"$output")" = \
	    '[404,[]]' ]
}

@test "-a adds the client's address" {
	require_shared $CITY
	printf '[geoip]\ndb_path = %s\n' "$LOC_SHARED/$CITY" >>"$LOC_CONF"
	run -0 loc-locate -a 81.2.69.192 <<<'{}'
	[ "$output" = '{"location": {"lat": 51.5142, "lng": -0.0931}, "accuracy": 40000.0}' ]
	run -0 loc-locate -a 81.2.69.192 \
	    <<<'{"wifiAccessPoints":[{"macAddress":"a82067000091"},{"macAddress":"a82067000092"}]}'
	[[ "$output" == *'"fallback": "ipf"}' ]]
	run -1 loc-locate -a 127.0.0.1 <<<'{}'
	run -64 loc-locate -a junk <<<'{}'
}

@test "-a needs a database" {
	run -78 loc-locate -a 81.2.69.192 <<<'{}'
}

@test "a database that does not answer is no 'not found'" {
	sed -i 's,unix_socket=.*,unix_socket=/nonexistent,' "$LOC_CONF"
	run -69 --separate-stderr loc-locate <<<"{\"wifiAccessPoints\":[$W1,$W2]}"
	[[ "$output" == *'"code":503'* ]]
	[ -n "$stderr" ]
	run -1 loc-locate <<<'{}'
	require_shared $CITY
	printf '[geoip]\ndb_path = %s\n' "$LOC_SHARED/$CITY" >>"$LOC_CONF"
	run -69 --separate-stderr loc-locate -a 81.2.69.192 \
	    <<<"{\"wifiAccessPoints\":[$W1,$W2]}"
	[[ "$output" == *'"accuracy": 40000.0, "fallback": "ipf"}' ]]
}

@test "an answer does not wait for the next question" {
	cd "$BATS_TEST_TMPDIR"
	mkfifo in out
	loc-locate <in >out 3>&- &
	exec 4>in 5<out
	for _ in 1 2; do
		echo "{\"wifiAccessPoints\":[$W1,$W2]}" >&4
		read -r -t 10 line <&5
		[[ "$line" == *51.50005* ]]
	done
	exec 4>&- 5<&-
	wait
}

@test "usage" {
	run -0 loc-locate -h
	[[ "${lines[0]}" == 'usage: loc-locate ['* ]]
	run -64 loc-locate -x
	run -78 loc-locate -c /nonexistent <<<'{}'
	run -74 bash -c 'loc-locate <<<"{}" >/dev/full'
}

@test "answers are Ichnaea's" {
	require_shared reference/locate_vectors.jsonl.gz
	require_shared $CITY
	command -v python3 >/dev/null || skip "no python3"
	printf '[geoip]\ndb_path = %s\n' "$LOC_SHARED/$CITY" >>"$LOC_CONF"
	python3 "$LOC_SHARED/reference/load_stations.py" --truncate --print \
	    "$LOC_SHARED/reference/locate_stations.jsonl.gz" \
	    >"$BATS_TEST_TMPDIR/sql"
	loc_sql "source $BATS_TEST_TMPDIR/sql"
	run "$LOC_TOP/tests/tools/compare_locate.py" \
	    "$LOC_SHARED/reference/locate_vectors.jsonl.gz"
	echo "$output"
	[ "$status" = 0 ]
	echo "# ${lines[-2]}; ${lines[-1]}" >&3
}
