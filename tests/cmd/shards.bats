#!/usr/bin/env bats
# bats file_tags=mysql
# SPDX-License-Identifier: ISC
#
# Networks that a statement prepared for all tables of a kind looks for, beside
# those that one of text does.

bats_require_minimum_version 1.5.0
load lib

# 64 access points and beacons, four in each table, whose radius is their
# number; those of even numbers have a peak that is off, in the box or not.
setup() {
	local i kind sql

	loc_own_servers
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	for kind in wifi blue; do
		for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
			sql="$sql INSERT INTO ${kind}_shard_$i (mac, lat, lon,
			    max_lat, min_lat, max_lon, min_lon, radius, samples,
			    created, modified, last_seen, weight, region,
			    peak_lat, peak_lon, peak_weight, spread)
			    SELECT UNHEX(CONCAT('a820$i', LPAD(HEX(s), 7, '0'))),
			    51.5 + s * 1e-5, -0.1 + s * 1e-6, 51.51, 51.49,
			    -0.09, -0.11, s, 1 + s, NOW() - INTERVAL 30 DAY,
			    NOW(), CURDATE(), 1 / 3, 'GB',
			    IF(s % 2, NULL, 515003000 + s DIV 4 * 1000000),
			    IF(s % 2, NULL, -1002000), IF(s % 2, NULL, 0.7),
			    IF(s % 2, NULL, 123)
			    FROM (SELECT 0x$i * 4 + t.s AS s FROM (SELECT 1 AS s
			    UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) AS t)
			    AS u;"
		done
	done
	loc_sql "$sql"
	sed -i 's/^model = false/model = true/' "$LOC_CONF"
}

teardown() {
	loc_stop
}

# The networks of KIND in tables FROM to END, EACH of each, for a question; one
# of a table is unknown.
networks() {
	local i k

	for ((i = $2; i <= $3; i++)); do
		for ((k = 1; k <= $4; k++)); do
			printf '%s{"macAddress": "a820%x%07x"}' "${sep-}" "$i" \
			    $((i * 4 + k + (k == 4)))
			sep=,
		done
	done
}
question() {	# FROM END EACH [CELL]
	local sep=

	printf '{"wifiAccessPoints": [%s],' "$(networks wifi "$@")"
	printf '"bluetoothBeacons": [%s]%s}\n' "$(networks blue "$@")" "${4-}"
}

# What is known of the networks of all questions.
known() {
	loc-locate -e <all | jq -S '[.explain | .wifi, .blue | .stations]'
}

executed() {
	loc_sql "SHOW GLOBAL STATUS LIKE 'Com_stmt_$1'" | cut -f 2
}

@test "prepared or as text, the same is found; and when the server has no room" {
	local before

	cell='"mobileCountryCode": 234, "mobileNetworkCode": 30'
	cell="$cell, \"locationAreaCode\": 1, \"cellId\": 1"
	cell=", \"cellTowers\": [{\"radioType\": \"lte\", $cell}]"
	for each in 1 2 3 4; do
		question 0 15 $each
		question 3 9 $each "$cell"
		question 3 7 $each		# too few tables
	done >all
	# More of one table than a statement has places for.
	jq -c '.wifiAccessPoints += [range(70) |
	    {macAddress: "a82000000\(100 + .)"}]' <<<"$(question 0 9 1)" >>all
	before=$(executed execute)
	known >prepared
	[ "$(jq -s 'map(.[] | length) | add' prepared)" -gt 300 ]
	[ "$(jq -s '[.[][][].lat | select(. > 51.5016)] | length' prepared)" = 0 ]
	# Eight questions, two kinds; and beacons of the last.  Each statement is
	# prepared once for all of them.
	[ $(($(executed execute) - before)) = 17 ]
	[ "$(executed prepare)" -le 8 ]
	loc_sql 'SET GLOBAL max_prepared_stmt_count = 0'
	before=$(executed execute)
	known >text
	[ "$(executed execute)" = "$before" ]
	diff prepared text
	[ "$(loc-locate <all 2>&1 >/dev/null)" = '' ]
}

@test "a table gets a column while a statement is kept" {
	loc-key create test
	loc_serve_start
	question 0 15 2 >all
	ask -d @all '/v1/geolocate?key=test' >/dev/null
	[ "$(executed execute)" -gt 0 ]
	cp body before
	grep -q '"lat": 51.5' before
	loc_sql 'ALTER TABLE wifi_shard_4 ADD COLUMN extra int FIRST'
	[ "$(ask -d @all '/v1/geolocate?key=test')" = 200 ]
	cmp before body
	loc_sql 'ALTER TABLE wifi_shard_4 MODIFY radius bigint AFTER lat'
	[ "$(ask -d @all '/v1/geolocate?key=test')" = 200 ]
	cmp before body
}
