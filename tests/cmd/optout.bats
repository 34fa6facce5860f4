#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Networks whose owners named them so that they shall not be known: how often it
# takes, and what is left of them.

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

submit() {	# ENTRY...: a submission of one report, which is believed
	report "$@" | loc-submit
}

# say WITNESS DAY ENTRY...: a submission of one report, by a witness (a number)
# in DAY days
say() {
	report "${@:3}" | put_reports "$spool" 1 $((-86400 * $2)) "0:$1:$1"
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

votes() {	# and the days they are of
	loc_sql 'SELECT LOWER(HEX(mac)), votes, days, DATEDIFF(last, first)
	    FROM loc_optout ORDER BY kind, mac'
}

# A row that keeps its place, and answers nothing for good.
is_hidden() {	# TABLE MAC
	[ "$(loc_sql "SELECT lat, lon, samples, block_last, block_count,
	    ORD(SUBSTR(trust, 2)) & 4, DATEDIFF(UTC_DATE(), block_first),
	    TIMESTAMPDIFF(HOUR, modified, UTC_TIMESTAMP())
	    FROM $1 WHERE mac = x'$2'")" = \
	    "$(printf '51.5\t-0.1\t%s\t9999-12-31\t255\t4\t0\t0' "$3")" ]
}

# A row that keeps nothing but the block.
is_forgotten() {	# TABLE MAC
	[ "$(loc_sql "SELECT trust, marks FROM $1 WHERE mac = x'$2'")" = \
	    $'NULL\tNULL' ]
	[ "$(loc_sql "SELECT lat, lon, max_lat, min_lat, max_lon, min_lon,
	    radius, region, samples, source, weight, last_seen, block_last,
	    block_count, DATEDIFF(UTC_DATE(), block_first),
	    TIMESTAMPDIFF(HOUR, modified, UTC_TIMESTAMP())
	    FROM $1 WHERE mac = x'$2'")" = \
	    "$(printf 'NULL\t%.0s' 1 2 3 4 5 6 7 8 9 10 11 12
	    printf '9999-12-31\t255\t0\t0')" ]
}

@test "named so by three witnesses on two days, a network is forgotten" {
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

	# The same client again, and another day later, and the first once more.
	post "$(report "$(wifi A8:20:66:00:00:01 home_nomap)" "$(wifi $B)")"
	work
	[ "$(votes)" = "$(printf '%s\t1\t1\t0' $A)" ]
	line=$(cat "$spool"/*.seg | grep -ao '{"timestamp.*optOutName.*' | tail -1)
	put_reports "$spool" 1 -86400 0:7:7 <<<"$line"
	work
	[ "$(votes)" = "$(printf '%s\t2\t2\t1' $A)" ]
	[[ "$(ask geolocate)" == '{"location": {"lat": 51.5, '* ]]
	put_reports "$spool" 1 -86400 0:8:8 <<<"$line"
	work
	[ "$(votes)" = "$(printf '%s\t3\t2\t1' $A)" ]
	is_hidden wifi_shard_6 $A 2
	[ "$(row $B samples)" = 6 ]
	[ "$(ask geolocate)" = "$not_found" ]
	[ "$(loc_sql "SELECT what, kind, HEX(sid), tag FROM loc_undo")" = \
	    "$(printf '3\t1\t%s\t8' ${A^^})" ]

	# Whatever comes without the name is no use any more.
	for _ in 1 2 3; do
		post "$(report "$(wifi $A home)" "$(wifi $B)")"
	done
	work
	is_hidden wifi_shard_6 $A 2
	[ "$(row $B samples)" = 9 ]
	[ "$(ask geolocate)" = "$not_found" ]
	[ "$(jq -c '.explain.wifi|[.found,.blocked]' < <(locate -e))" = \
	    '[2,["'$A'"]]' ]
	# B alone is left to tell the region.
	[[ "$(ask country)" == *'"GB"'* ]]
	loc_sql "DELETE FROM wifi_shard_6 WHERE mac = x'$B'"
	[ "$(ask country | jq .error.code)" = 404 ]
	loc-stats region
	# It may be brought back, and so it counts.
	[ "$(loc_sql 'SELECT region, wifi FROM region_stat')" = $'GB\t1' ]
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
	[ "$(cat "$spool"/*.seg | grep -ac '"optOutName"')" = 4 ]
	[ "$(cat "$spool"/*.seg | grep -aci secret)" = 0 ]
	[ "$(cat "$spool"/*.seg | grep -ac '"ssid": "not_opt out"')" = 1 ]
	work
	[ "$(counted)" = "$(printf '%s\t%s\t%s\t0\t0\n' 0 $A 2 1 $A 1 1 $B 2 1 $C 1)" ]
	# Unknown before; the operator himself has named it.
	is_forgotten wifi_shard_6 $B
	[ "$(votes)" = "$(printf '%s\t%s\t%s\t0\n' $A 1 1 $A 1 1 $B 3 2 $C 1 1)" ]
	[ "$(loc_sql "SELECT COUNT(*) FROM wifi_shard_6")" = 1 ]
	# Rows without position are no stations of the totals.
	[ "$(loc_sql "SELECT value FROM stat WHERE \`key\` = 4 AND
	    time = UTC_DATE()")" = 0 ]
}

@test "a submission speaks once, however often it is shipped" {
	report "$(wifi $A x_nomap)" "$(wifi $A x_nomap)" >line
	loc-submit line
	line=$(cat "$spool"/*.seg | grep -ao '{"timestamp.*')
	rm "$spool"/*.seg
	printf '%s\n' "$line" "$line" "$line" | put_reports "$spool" 3 0 0:7:7
	work
	[ "$(counted)" = "$(printf '1\t%s\t1\t0\t0' $A)" ]
	rm "$spool/feed.state"
	work
	[ "$(counted)" = "$(printf '1\t%s\t1\t0\t0' $A)" ]
	[ -z "$(row $A mac)" ]
	# Several in one batch, with reports that do not say so around them.
	printf '[work]\nbatch_reports = 1000\n' >>"$LOC_CONF"
	submit "$(wifi $A plain)" "$(wifi $B)"
	put_reports "$spool" 1 0 0:9:9 <<<"$line"
	submit "$(wifi $A plain)" "$(wifi $B)"
	put_reports "$spool" 1 -86400 0:7:7 <<<"$line"
	submit "$(wifi $A plain)" "$(wifi $B)"
	work
	[ "$(counted)" = "$(printf '1\t%s\t3\t0\t-1' $A)" ]
	is_forgotten wifi_shard_6 $A
	[ "$(row $B samples)" = 3 ]
	# Observations count, as those of blocked stations do.
	[ "$(loc_sql "SELECT value FROM stat WHERE \`key\` = 3 AND
	    time = UTC_DATE()")" = 6 ]
}

@test "a code in the name proves the owner, when a contributor hears it" {
	loc-key create many >/dev/null
	loc-key create single trust=keyed >/dev/null
	loc_serve_start
	post() {	# KEY NAME
		curl -s -d '{"items":['"$(report "$(wifi $A "$2")" "$(wifi $B)")"']}' \
		    "$URL/v2/geosubmit?key=$1"
		work
	}
	submit "$(wifi $A home)" "$(wifi $B)"
	work
	read -r kind mac name _ <<<"$(loc-station code wifi $A)"
	[[ "$kind $mac $name" =~ ^wifi\ ${A}\ _[A-Z2-7]{8}_nomap$ ]]
	post many "home$name"
	post single "home_ABCDEFGH_nomap"
	curl -s -d '{"items":[{"position":{'"$FLAT"'},"optOut":{"wifi":["'$A'"]}}]}' \
	    "$URL/v2/geosubmit?key=single"
	work
	[ "$(row $A block_count)" = NULL ]
	post single "home$name"
	is_hidden wifi_shard_6 $A "$(row $A samples)"
	loc-station unforget wifi $A
	[ "$(row $A block_count)" = NULL ]
	run -64 loc-station code cell lte-234-30-100-1001
}

@test "orders are for the operator; names are for everybody" {
	order='{"position":{'"$FLAT"'},"optOut":{"wifi":["'$A'","no"],"blue":["'$C'"]}}'
	name=${order/optOut/optOutName}
	put_reports "$spool" 1 0 0:7:7 <<<"$order"
	work
	[ -z "$(counted)" ]
	# What was in the spool before there were witnesses is names.
	put_reports "$spool" <<<"$order"
	put_reports "$spool" 1 0 0:7:7 <<<"$name"
	work
	[ "$(counted)" = "$(printf '%s\t%s\t2\t0\t0\n' 0 $C 1 $A)" ]
	loc-submit <<<"$order"
	cat "$spool"/*.seg | grep -ao '{"timestamp.*' >again
	loc-submit again
	work
	is_forgotten wifi_shard_6 $A
	is_forgotten blue_shard_6 $C
	# A witness may name twenty networks that it does not know to be others',
	# of which it has named two, and stations are forgotten as late as that.
	# What it names beyond that leaves nothing.
	for i in $(seq 10 34); do
		say 1 0 "$(wifi "a820660000$i")"
		list="${list:-}${list:+,}\"a820660000$i\""
	done
	work
	put_reports "$spool" 1 0 0:7:7 <<<'{"position":{'"$FLAT"'},"optOutName":{"wifi":['"$list"']}}'
	work
	put_reports "$spool" 1 0 0:8:8 <<<'{"position":{'"$FLAT"'},"optOutName":{"wifi":['"$list"']}}'
	work
	[ "$(loc_sql "SELECT optout FROM loc_witness WHERE tag IN (7, 8)
	    ORDER BY tag")" = $'20\n20' ]
	[ "$(loc_sql "SELECT COUNT(*), SUM(votes = 2) FROM loc_optout")" = \
	    $'22\t18' ]
}

@test "nobody keeps networks out that are not there yet, beyond a few" {
	for i in $(seq 100 699); do
		names="${names-}${names:+,}\"b82066000$i\""
	done
	name='{"position":{'"$FLAT"'},"optOutName":{"wifi":['"$names"']}}'
	for day in 0 1 2; do
		put_reports "$spool" 1 $((-86400 * day)) 0:7:7 <<<"$name"
		put_reports "$spool" 1 $((-86400 * day)) 0:7:7 <<<"$name"
	done
	work
	# 20 a day, and it takes three days: those that it named on each.
	[ "$(loc_sql 'SELECT COUNT(*), SUM(votes = 3) FROM loc_optout')" = \
	    $'20\t20' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM wifi_shard_6')" = 20 ]
	is_forgotten wifi_shard_6 b82066000100
	# What he did is taken back, though nothing was known of them.
	run -0 loc-station undo "witness=$(date -u -d '2 days' +%F):7"
	[ "${#lines[@]}" = 20 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM wifi_shard_6')" = 0 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_optout')" = 0 ]
	# What is forgotten costs nobody his votes.
	submit "$(wifi $A x_nomap)"
	work
	for i in $(seq 30); do
		put_reports "$spool" 1 0 0:9:9 <<<'{"position":{'"$FLAT"'},"optOutName":{"wifi":["'$A'"]}}'
	done
	work
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_witness WHERE tag = 9')" = 0 ]
}

@test "how many it takes is a setting; deleting both rows undoes it" {
	printf '[trust]\noptout_votes = 4\noptout_days = 1\n' >>"$LOC_CONF"
	name='{"position":{'"$FLAT"'},"optOutName":{"wifi":["'$A'"]}}'
	for i in 1 2 3; do
		put_reports "$spool" 1 0 "0:$i:$i" <<<"$name"
	done
	submit "$(wifi $A)" "$(wifi $B)"
	work
	[ "$(counted)" = "$(printf '1\t%s\t3\t0\t0' $A)" ]
	[ "$(samples)" = "$(printf '1\n1')" ]
	# The next one is enough.
	loc_sql 'UPDATE loc_optout SET first = "2020-01-01"'
	put_reports "$spool" 1 0 0:4:4 <<<"$name"
	work
	[ "$(loc_sql 'SELECT count, first, last = UTC_DATE()
	    FROM loc_optout')" = "$(printf '4\t2020-01-01\t1')" ]
	is_hidden wifi_shard_6 $A 1
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
	name='{"position":{'"$FLAT"'},"wifiAccessPoints":['"$(wifi $C)"'],"optOutName":{"wifi":["'$A'","'$B'"]}}'
	for i in $(seq 60); do
		put_reports "$spool" 1 0 "0:$((i % 30)):$i" <<<"$name"
	done
	printf '[work]\nbatch_reports = 3\n[trust]\noptout_votes = 30\noptout_days = 1\n' >>"$LOC_CONF"
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
	[ "$(votes)" = "$(printf '%s\t30\t1\t0\n' $A $B)" ]
	is_forgotten wifi_shard_6 $A
	is_forgotten wifi_shard_6 $B
	[ "$(row $C samples)" = 60 ]
}
