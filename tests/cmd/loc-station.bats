#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# One database for all tests, of which each has networks of its own.

bats_require_minimum_version 1.5.0

FLAT='"latitude":51.5,"longitude":-0.1,"accuracy":10'
CELL='"radioType":"lte","mobileCountryCode":234,"mobileNetworkCode":30,"locationAreaCode":100'

setup_file() {
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
	load lib
	loc_setup
	export LOC_DB LOC_REDIS_DB
	submit
	submit
	loc-feed -1
	loc-work -1
}

teardown_file() {
	load lib
	loc_stop
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
}

# submit: a report of four wifis, one beacon and one cell
submit() {
	local line

	line='{"position":{'"$FLAT"'},"wifiAccessPoints":[
	    {"macAddress":"a82067000001"},{"macAddress":"a82067000002"},
	    {"macAddress":"a82067000003"},{"macAddress":"b82067000004"}],
	    "bluetoothBeacons":[{"macAddress":"c82067000005"}],
	    "cellTowers":[{'"$CELL"',"cellId":1001}]}'
	loc-submit <<<"${line//$'\n'/}"
}

# row MAC: all of its row but the time of modification
row() {
	loc_sql "SELECT * FROM wifi_shard_6 WHERE mac = x'$1'" | cat -v
}

# state KIND NETWORK: in one word
state() {
	loc-station -j show "$@" | jq -r .state
}

@test "show: the row, the state and why, as text and as JSON" {
	run -0 loc-station show wifi A8:20:67:00:00:01
	[ "${lines[0]}" = 'wifi a82067000001: usable: it has a position; beside another one it answers a query' ]
	[ "${lines[1]}" = '  (table)         wifi_shard_6' ]
	[[ "$output" == *$'\n  lat             51.5\n'* ]]
	[[ "$output" == *$'\n  region          GB\n'* ]]
	[[ "$output" == *$'\n  block_last      -\n'* ]]
	run -0 loc-station -j show blue c82067000005
	[ "$(jq -c '[.kind,.network,.table,.state,.score > 0,.row.samples,
	    .row.region,.row.mac]' <<<"$output")" = \
	    '["blue","c82067000005","blue_shard_6","usable",true,2,"GB","c82067000005"]' ]
	run -0 loc-station -j show cell lte-234-30-100-1001
	[ "$(jq -c '[.state,.row.lat,.row.places[:2]]' <<<"$output")" = \
	    '["usable",51.5,"01"]' ]
	run -0 loc-station show area lte-234-30-100
	[ "${lines[0]}" = "area lte-234-30-100: usable: it has a position made of its cells'" ]
	# Each is looked at, though one is unknown.
	run -1 loc-station show wifi 0a2067000001 a82067000002
	[ "${lines[0]}" = 'wifi 0a2067000001: unknown: there is no row: nobody has reported it' ]
	[[ "${lines[1]}" == 'wifi a82067000002: usable'* ]]
	loc_sql "REPLACE INTO wifi_shard_0 (mac, created, modified, block_first,
	    block_last, block_count) VALUES
	    (x'0b0000000001', UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_DATE(),
	    UTC_DATE(), 1),
	    (x'0b0000000002', UTC_TIMESTAMP() - INTERVAL 61 DAY,
	    UTC_TIMESTAMP(), '2020-01-01', '2020-01-02', 3),
	    (x'0b0000000003', UTC_TIMESTAMP(), UTC_TIMESTAMP(), NULL, NULL,
	    0)"
	run -0 loc-station show wifi 0b0000000001 0b0000000002 0b0000000003
	[[ "$output" == *': blocked: it moved on 20'*': not used on that day and the next'$'\n'* ]]
	[[ "$output" == *': blocked: it moved 3 times in 61 days: not used while that is once a month'$'\n'* ]]
	[[ "$output" == *': unplaced: it has no position until it is reported again'$'\n'* ]]
	# A single network is explained, too.
	run -1 loc-locate -e <<<'{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}'
	[ "$(jq -c '.explain.wifi|[.asked,.stations[0].key]' <<<"$output")" = \
	    '[1,"a82067000001"]' ]
}

@test "show: the same from an index" {
	loc-index build world
	run -0 loc-station -i world show wifi a82067000001
	[ "${lines[0]}" = 'wifi a82067000001: usable: it has a position; beside another one it answers a query' ]
	[ "${lines[1]}" = '  (index)         world' ]
	[[ "$output" == *$'\n  region          GB\n'* ]]
	[ "$(loc-station -i world show cell lte-234-30-100-1001 |
	    grep score)" = "$(loc-station show cell lte-234-30-100-1001 |
	    grep score)" ]
	run -0 loc-station -j -i world show area lte-234-30-100
	[[ "$output" == *'"index":"world","state":"usable",'*'"record":{'* ]]
	run -1 loc-station -i world show wifi a82067000009
	[[ "$output" == *": unknown: "* ]]
	run -66 loc-station -i missing show wifi a82067000001
	run -64 loc-station -i world block wifi a82067000001
}

# bats test_tags=plain
@test "list: by region and by box, of some kinds or all" {
	run -0 loc-station list gb
	[ "${#lines[@]}" = 7 ]
	[[ "${lines[0]}" =~ ^blue\ c82067000005\ +51.5000000\ +-0.1000000\ +0\ +2\ 20..-..-..\ usable$ ]]
	run -0 loc-station -j list 51.4,-0.2,51.6,0 wifi
	[ "$(jq -r .network <<<"$output" | xargs)" = \
	    'a82067000001 a82067000002 a82067000003 b82067000004' ]
	run -0 loc-station list 51.4,179,51.6,0 cell area
	[ "${#lines[@]}" = 2 ]
	run -1 loc-station list 51.4,0.1,51.6,179
	[ -z "$output" ]
	run -1 loc-station list DE
	[ -z "$output" ]
	run -0 loc-station -m 2 list GB wifi
	[ "${#lines[@]}" = 3 ]
	[ "${lines[2]}" = 'loc-station: there may be more than 2: see -m' ]
}

@test "forget: as an opt-out; unforget and restore undo it" {
	before=$(row a82067000001)
	loc-station -n forget wifi a82067000001 >/dev/null
	[ "$(row a82067000001)" = "$before" ]
	loc-station forget wifi a82067000001 >kept
	[ "$(jq -r .row.samples kept)" = 2 ]
	[ "$(state wifi a82067000001)" = forgotten ]
	[ "$(loc_sql "SELECT lat, region, samples, block_last
	    FROM wifi_shard_6 WHERE mac = x'a82067000001'")" = \
	    "$(printf 'NULL\tNULL\tNULL\t9999-12-31')" ]
	[ "$(loc_sql "SELECT kind, count FROM loc_optout
	    WHERE mac = x'a82067000001'")" = "$(printf '1\t2')" ]
	run -1 loc-station forget wifi a82067000001
	[ "$output" = 'loc-station: wifi a82067000001: is forgotten already' ]
	run -1 loc-station unblock wifi a82067000001
	[ "$output" = 'loc-station: wifi a82067000001: is forgotten: see unforget' ]
	# What comes later is no use, until it is taken back.
	submit
	loc-feed -1
	loc-work -1
	[ "$(state wifi a82067000001)" = forgotten ]
	loc-station restore <kept >kept2
	[ "$(row a82067000001)" = "$before" ]
	[ -z "$(loc_sql 'SELECT * FROM loc_optout')" ]
	[ "$(jq -r .state kept2)" = forgotten ]
	loc-station restore kept2 >/dev/null
	[ "$(state wifi a82067000001)" = forgotten ]
	loc-station unforget wifi a82067000001 >/dev/null
	[ "$(state wifi a82067000001)" = unknown ]
	[ -z "$(loc_sql 'SELECT * FROM loc_optout')" ]
	run -1 loc-station unforget wifi a82067000001
	# One that nobody knows: restoring it removes the row.
	loc-station forget blue 0d2067000001 >kept
	[ "$(state blue 0d2067000001)" = forgotten ]
	loc-station restore kept >/dev/null
	[ "$(state blue 0d2067000001)" = unknown ]
}

@test "block: for good or for days; unblock; its area follows" {
	before=$(row b82067000004)
	loc-station -d 3 block wifi b82067000004 >kept
	[ "$(loc_sql "SELECT lat, DATEDIFF(block_last, UTC_DATE()), block_count
	    FROM wifi_shard_6 WHERE mac = x'b82067000004'")" = \
	    "$(printf 'NULL\t1\t0')" ]
	[ "$(state wifi b82067000004)" = blocked ]
	loc-station unblock wifi b82067000004 >/dev/null
	[ "$(state wifi b82067000004)" = unplaced ]
	loc-station restore kept >/dev/null
	[ "$(row b82067000004)" = "$before" ]
	run -1 loc-station unblock wifi b82067000004
	[ "$output" = 'loc-station: wifi b82067000004: is not blocked' ]
	loc-station block cell lte-234-30-100-1001 >kept
	[ "$(state cell lte-234-30-100-1001)" = blocked ]
	loc-work -1
	run -1 loc-station show area lte-234-30-100
	loc-station restore kept >/dev/null
	loc-work -1
	run -0 loc-station show area lte-234-30-100
	run -1 loc-station block wifi a82067000003 a82067000003
	[ "${lines[1]}" = 'loc-station: wifi a82067000003: is blocked for good already' ]
}

# bats test_tags=plain
@test "what is wrong is told, and nothing is done" {
	run -64 loc-station
	run -64 loc-station show
	run -64 loc-station show wifi
	run -64 loc-station show wifi a82067
	[ "$output" = 'loc-station: a82067: expected an address of 12 hex digits' ]
	run -64 loc-station show cell lte-234-30-100
	[ "$output" = 'loc-station: lte-234-30-100: expected a cell: gsm, wcdma, lte or nr-MCC-MNC-LAC-CID' ]
	run -64 loc-station forget area lte-234-30-100
	[ "$output" = 'loc-station: forget area: areas are made of their cells' ]
	for place in XX 1,2,3 1,2,3,4,5 91,0,92,0 2,0,1,0 'a,b,c,d'; do
		run -64 loc-station list $place
	done
	run -64 loc-station restore a b
	# What would last for ever is not what was asked for.
	run -64 loc-station -d 3 forget wifi a82067000001
	[ "$output" = 'loc-station: -d: goes with block only' ]
	run -66 loc-station restore nothing
	before=$(row a82067000002)
	good=$(loc-station -j show wifi a82067000002)
	while read -r member filter; do
		jq -c "$filter" <<<"$good" >bad
		run -65 loc-station restore bad
		[ "$output" = "loc-station: bad:1: $member: missing, or not what loc-station prints" ]
	done <<-'END'
	kind .kind = "area"
	network .network = "a82067000003"
	network .network = 1
	lat .row.lat = "x"
	mac del(.row.mac)
	mac .row.mac = "a8"
	created .row.created = "yesterday"
	region .row.region = "GBR"
	optout .optout = {"count": 0}
	optout .optout = {"count": 1, "first": "x", "last": "2026-01-01"}
	END
	run -65 loc-station restore <<<'{'
	[ "$(row a82067000002)" = "$before" ]
}
