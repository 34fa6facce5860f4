#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Networks whose owners named them so that they shall not be known.

# LOC_DB and LOC_SERVERS are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

A=a82066000001 B=a82066000002 C=b82066000003
FLAT='"latitude":51.5,"longitude":-0.1,"accuracy":10'
not_found='{"error":{"errors":[{"domain":"geolocation","reason":"notFound","message":"Not found"}],"code":404,"message":"Not found"}}'

setup() {
	load lib
	loc_setup
	PATH=$(dirname "$(command -v loc-work)")/tools:$PATH
	spool=${LOC_CONF%/*}/spool
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# wifi MAC [SSID]: an entry of a list
wifi() {
	printf '{"macAddress":"%s"%s}' "$1" "${2:+,\"ssid\":\"$2\"}"
}

# report ENTRY...: a report line of these
report() {
	local IFS=,

	echo '{"position":{'"$FLAT"'},"wifiAccessPoints":['"$*"']}'
}

submit() {	# ENTRY...: a submission of one report
	report "$@" | loc-submit
}

work() {
	loc-feed -1
	loc-work -1
}

locate() {	# where are A and B?
	loc-locate "$@" <<<'{"wifiAccessPoints":[{"macAddress":"'$A'"},{"macAddress":"'$B'"}]}'
}

row() {	# MAC COLUMNS
	loc_sql "SELECT $2 FROM wifi_shard_6 WHERE mac = x'$1'"
}

samples() {	# of A and B
	row $A samples
	row $B samples
}

counted() {
	loc_sql 'SELECT kind, LOWER(HEX(mac)), count,
	    DATEDIFF(UTC_DATE(), first), DATEDIFF(UTC_DATE(), last)
	    FROM loc_optout ORDER BY kind, mac'
}

# A row that keeps nothing but the block.
is_forgotten() {	# TABLE MAC
	[ "$(loc_sql "SELECT lat, lon, max_lat, min_lat, max_lon, min_lon,
	    radius, region, samples, source, weight, last_seen, block_last,
	    block_count, DATEDIFF(UTC_DATE(), block_first),
	    TIMESTAMPDIFF(HOUR, modified, UTC_TIMESTAMP())
	    FROM $1 WHERE mac = x'$2'")" = \
	    "$(printf 'NULL\t%.0s' 1 2 3 4 5 6 7 8 9 10 11 12
	    printf '9999-12-31\t255\t0\t0')" ]
}

@test "named so in two submissions, a network is forgotten for good" {
	loc-key create test
	loc_serve_start
	ask() {
		curl -s -d '{"wifiAccessPoints":[{"macAddress":"'$A'"},{"macAddress":"'$B'"}]}' "$URL/v1/$1?key=test"
	}
	post() {
		curl -s -d '{"items":['"$1"']}' "$URL/v2/geosubmit"
	}
	for _ in 1 2; do
		post "$(report "$(wifi $A home)" "$(wifi $B)")"
	done
	work
	[[ "$(ask geolocate)" == '{"location": {"lat": 51.5, "lng": -0.1}'* ]]
	[[ "$(ask country)" == *'"GB"'* ]]

	[ "$(post "$(report "$(wifi $A Home_NoMap)" "$(wifi $B)")")" = '{}' ]
	work
	[ "$(counted)" = "$(printf '1\t%s\t1\t0\t0' $A)" ]
	[ "$(samples)" = "$(printf '2\n3')" ]
	[[ "$(ask geolocate)" == '{"location": {"lat": 51.5, '* ]]

	post "$(report "$(wifi A8:20:66:00:00:01 home_nomap)" "$(wifi $B)")"
	work
	[ "$(counted)" = "$(printf '1\t%s\t2\t0\t0' $A)" ]
	is_forgotten wifi_shard_6 $A
	[ "$(row $B samples)" = 4 ]
	[ "$(ask geolocate)" = "$not_found" ]

	# Whatever comes without the name is no use any more.
	for _ in 1 2 3; do
		post "$(report "$(wifi $A home)" "$(wifi $B)")"
	done
	work
	is_forgotten wifi_shard_6 $A
	[ "$(row $B samples)" = 7 ]
	[ "$(ask geolocate)" = "$not_found" ]
	[ "$(jq -c '.explain.wifi|[.found,.blocked]' < <(locate -e))" = \
	    '[2,["'$A'"]]' ]
	# B alone is left to tell the region.
	[[ "$(ask country)" == *'"GB"'* ]]
	loc_sql "DELETE FROM wifi_shard_6 WHERE mac = x'$B'"
	[ "$(ask country | jq .error.code)" = 404 ]
	loc-stats region
	[ -z "$(loc_sql 'SELECT * FROM region_stat')" ]
	run -1 grep -ari nomap "$spool"
}

@test "each form of report names them, of the name nothing is left" {
	loc_serve_start
	curl -s -d '{"items":[{"position":{'"$FLAT"'},
	    "bluetoothBeacons":[{"macAddress":"'$A'","name":"secret_OPTOUT"}],
	    "wifiAccessPoints":['"$(wifi $B secret_optout)"']}]}' \
	    "$URL/v2/geosubmit"
	curl -s -d '{"items":[{'"$FLAT"',
	    "wifiAccessPoints":['"$(wifi $A secret_nomap)"',{"ssid":"secret_nomap"},'"$(wifi ffffffffffff secret_nomap)"']}]}' \
	    "$URL/v1/geosubmit"
	curl -s -d '{"items":[{"lat":51.5,"lon":-0.1,
	    "blue":[{"key":"'$A'","name":"secret_nomap"}],
	    "wifi":[{"key":"'$C'","ssid":"secret_nomap"}]}]}' "$URL/v1/submit"
	submit "$(wifi $B secret_nomap)"
	submit "$(wifi $B 'not_opt out')"
	kill -TERM "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	[ "$(cat "$spool"/*.seg | grep -ac '"optOut"')" = 4 ]
	[ "$(cat "$spool"/*.seg | grep -aci secret)" = 0 ]
	[ "$(cat "$spool"/*.seg | grep -ac '"ssid": "not_opt out"')" = 1 ]
	work
	[ "$(counted)" = "$(printf '%s\t%s\t%s\t0\t0\n' 0 $A 2 1 $A 1 1 $B 2 1 $C 1)" ]
	# Unknown before.
	is_forgotten blue_shard_6 $A
	is_forgotten wifi_shard_6 $B
	[ "$(loc_sql "SELECT COUNT(*) FROM wifi_shard_6")" = 1 ]
	# Rows without position are no stations of the totals.
	[ "$(loc_sql "SELECT value FROM stat WHERE \`key\` = 4 AND
	    time = UTC_DATE()")" = 0 ]
}

@test "a submission speaks once, however often it is shipped" {
	report "$(wifi $A x_nomap)" "$(wifi $A x_nomap)" >line
	cat line line line | loc-submit -b 3
	work
	[ "$(counted)" = "$(printf '1\t%s\t1\t0\t0' $A)" ]
	rm "$spool/feed.state"
	work
	[ "$(counted)" = "$(printf '1\t%s\t1\t0\t0' $A)" ]
	[ -z "$(row $A mac)" ]
	# Several in one batch, with reports that do not say so around them.
	printf '[work]\nbatch_reports = 1000\n' >>"$LOC_CONF"
	for name in plain x_nomap plain x_optout plain; do
		submit "$(wifi $A $name)" "$(wifi $B)"
	done
	work
	[ "$(counted)" = "$(printf '1\t%s\t3\t0\t0' $A)" ]
	is_forgotten wifi_shard_6 $A
	[ "$(row $B samples)" = 5 ]
	# Observations count, as those of blocked stations do.
	[ "$(loc_sql "SELECT value FROM stat WHERE \`key\` = 3 AND
	    time = UTC_DATE()")" = 8 ]
}

@test "a line that names their addresses means the same" {
	line='{"position":{'"$FLAT"'},"optOut":{"wifi":["'$A'","no"],"blue":["'$C'"]}}'
	loc-submit <<<"$line"
	cat "$spool"/*.seg | grep -ao '{"timestamp.*' >again
	loc-submit again
	put_reports "$spool" <<<"$line"
	work
	[ "$(counted)" = "$(printf '%s\t%s\t3\t0\t0\n' 0 $C 1 $A)" ]
	is_forgotten wifi_shard_6 $A
	is_forgotten blue_shard_6 $C
}

@test "how many it takes is a setting; deleting both rows undoes it" {
	printf '[work]\noptout_reports = 0\n' >>"$LOC_CONF"
	for _ in 1 2 3; do
		submit "$(wifi $A x_nomap)"
	done
	submit "$(wifi $A)" "$(wifi $B)"
	work
	[ "$(counted)" = "$(printf '1\t%s\t3\t0\t0' $A)" ]
	[ "$(samples)" = "$(printf '1\n1')" ]
	# The next one is enough.
	sed -i 's/^optout_reports.*/optout_reports = 4/' "$LOC_CONF"
	loc_sql 'UPDATE loc_optout SET first = "2020-01-01", last = first'
	submit "$(wifi $A x_nomap)"
	work
	[ "$(loc_sql 'SELECT count, first, last = UTC_DATE()
	    FROM loc_optout')" = "$(printf '4\t2020-01-01\t1')" ]
	is_forgotten wifi_shard_6 $A
	run -1 locate
	loc_sql "DELETE FROM loc_optout WHERE kind = 1 AND mac = x'$A';
	    DELETE FROM wifi_shard_6 WHERE mac = x'$A'"
	submit "$(wifi $A)" "$(wifi $B)"
	work
	[ "$(samples)" = "$(printf '1\n2')" ]
	run -0 locate
}

@test "questions leave them out, and nothing is learned of them" {
	loc-key create test
	submit "$(wifi $A)" "$(wifi $B)"
	work
	loc_sql "UPDATE wifi_shard_6 SET last_seen = '2020-01-01'"
	loc_serve_start
	ask() {
		curl -s -d '{"wifiAccessPoints":['"$1,$2,$3"']}' \
		    "$URL/v1/geolocate?key=test"
	}
	[ "$(ask "$(wifi $A x_nomap)" "$(wifi $B)" "$(wifi $B)")" = "$not_found" ]
	[[ "$(ask "$(wifi $A)" "$(wifi $B)" "$(wifi $C x_nomap)")" == \
	    '{"location": {"lat": 51.5, '* ]]
	kill -TERM "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	grep -aq "$A" "$spool"/*.seg
	run -1 grep -aE "$C|nomap" "$spool"/*.seg
	run -1 loc-locate <<<'{"wifiAccessPoints":['"$(wifi $A x_nomap),$(wifi $B)"']}'
	run -0 loc-locate -s <<<'{"wifiAccessPoints":['"$(wifi $A x_nomap),$(wifi $B)"']}'
}

@test "in strict mode names do not matter" {
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	for _ in 1 2; do
		submit "$(wifi $A x_nomap)" "$(wifi $B)"
	done
	run -65 loc-submit -b 2 <<<'{"optOut":{"wifi":["'$A'"]}}'
	put_reports "$spool" <<<'{"optOut":{"wifi":["'$A'"]}}'
	grep -aq '"ssid": "x_nomap"' "$spool"/*.seg
	work
	[ -z "$(counted)" ]
	[ "$(samples)" = "$(printf '2\n2')" ]
	run -0 locate
}

@test "workers on the same networks do not count on each other" {
	for _ in $(seq 60); do
		submit "$(wifi $A x_nomap)" "$(wifi $B x_nomap)" "$(wifi $C)"
	done
	printf '[work]\nbatch_reports = 3\noptout_reports = 30\n' >>"$LOC_CONF"
	for _ in 1 2 3; do
		loc-work 3>&- 2>>log &
	done
	work
	jobs -p | xargs kill -TERM
	for job in $(jobs -p); do
		wait "$job"
	done
	cat log
	[ ! -s log ]
	[ "$(counted)" = "$(printf '1\t%s\t60\t0\t0\n' $A $B)" ]
	is_forgotten wifi_shard_6 $A
	is_forgotten wifi_shard_6 $B
	[ "$(row $C samples)" = 60 ]
}
