#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Who uses and submits what, day by day: from Redis into the database, and out.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# submit KEY LINE...: a submission of these report lines
submit() {
	printf '%s\n' "${@:2}" | loc-submit ${1:+-k "$1"}
}

@test "keys: reports, what was dropped and refused, and calls" {
	good='{"position":{"latitude":51.5,"longitude":-0.1},"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"ffffffffffff"}],"cellTowers":[{"radioType":"lte","mobileCountryCode":1,"mobileNetworkCode":1}]}'
	lost='{"wifiAccessPoints":[{"macAddress":"a82067000001"}]}'
	loc-key create test maxreq=0
	submit test "$good" "$good" "$lost"
	submit nobody "$good"
	submit '' "$lost"
	loc-feed -1
	loc-work -1
	today=$(date -u +%F)
	yesterday=$(date -u -d yesterday +%F)
	loc_redis mset "apilimit:test:v1.geolocate:${today//-/}" 13 \
	    "apilimit:test:v1.geolocate:${yesterday//-/}" 5 \
	    "apilimit:test:v2.geosubmit:${today//-/}" 2 >/dev/null
	loc-stats -v keys
	# Again: nothing counts twice, and what Redis forgot stays.
	loc_redis flushdb >/dev/null
	loc_redis set "apilimit:test:v1.geolocate:${today//-/}" 4 >/dev/null
	loc-stats keys
	[ "$(loc-stats -lj keys | jq -r '[.day, .key, .calls, .reports,
	    .dropped, .networks, .refused, .optout] | @tsv' | tr '\t' ' ')" = \
	    "$yesterday test 5 0 0 0 0 0
$today - 0 2 1 1 2 0
$today test 15 3 1 2 4 0" ]
	run -0 loc-stats -l keys
	[[ "${lines[3]}" =~ ^$today\ test\ +15\ +3\ +1\ +2\ +4\ +0\ +-$ ]]
	# Of a contributor's own key it is known what it contradicted.
	loc-key set test trust=keyed
	[ "$(loc-stats -lj -d 1 keys | jq -c '[.key, .contra]' | xargs)" = \
	    '[-,null] [test,0]' ]
	loc_sql "INSERT INTO loc_witness (day, tag, agree, contra, born, optout)
	    SELECT DATEDIFF(UTC_DATE(), '1970-01-01'), seq - 1, 0, 7, 0, 0
	    FROM $(loc_numbers 1 65536) ON DUPLICATE KEY UPDATE contra = 7"
	[ "$(loc-stats -lj -d 1 keys | jq -c '[.key, .contra]' | xargs)" = \
	    '[-,null] [test,7]' ]
	[ "$(loc-stats -lj -d 1 keys | wc -l)" = 2 ]
	# The same for who has to know about calls.
	run -0 loc-ratelimit past
	[[ "${lines[1]}" =~ ^test\ +v1.geolocate\ +5\ +1[38]$ ]]
	[ "$(loc-ratelimit -j past test | jq -c '[.path, .yesterday]')" = \
	    '["v1.geolocate",5]
["v2.geosubmit",0]' ]
	[ -z "$(loc-ratelimit -j past other)" ]
	# What is too old goes.
	loc_sql "UPDATE loc_key_day SET day = UTC_DATE() - INTERVAL 401 DAY
	    WHERE day < UTC_DATE()"
	[ "$(loc-stats -nj keys | jq .removed)" = 1 ]
	[ "$(loc-stats -j keys | jq .removed)" = 1 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_key_day
	    WHERE day < UTC_DATE()')" = 0 ]
}

# bats test_tags=plain
@test "totals, regions and witnesses" {
	loc_sql "INSERT INTO stat VALUES (3, UTC_DATE() - INTERVAL 1 DAY, 10),
	    (3, UTC_DATE(), 17), (4, UTC_DATE(), 2);
	    INSERT INTO region_stat (region, wifi, gsm) VALUES ('GB', 5, 1);
	    INSERT INTO loc_witness (day, tag, agree, contra, born, optout)
	    VALUES (DATEDIFF(UTC_DATE(), '1970-01-01'), 4660, 1, 2, 3, 4),
	    (DATEDIFF(UTC_DATE(), '1970-01-01'), 2, 1, 0, 3, 4)"
	[ "$(loc-stats -lj -d 1 totals | jq -c '[.what, .total, .gain]')" = \
	    '["wifi",17,7]
["wifi_new",2,2]' ]
	[ "$(loc-stats -lj regions | jq -c '[.region, .gsm, .wifi, .nr]')" = \
	    '["GB",1,5,0]' ]
	[ "$(loc-stats -lj witnesses |
	    jq -c '[.tag, .agree, .contra, .born, .optout]')" = \
	    '[4660,1,2,3,4]
[2,1,0,3,4]' ]
	# as loc-station(1) takes it
	loc-stats -l witnesses | grep -q "^$(date -u +%F):4660 "
	run -0 loc-stats -l
	[ "${#lines[@]}" = 11 ]
	[ "$(loc-stats -lj | jq -r .list | sort -u | xargs)" = \
	    'regions totals witnesses' ]
	for bad in '-l none' '-ln' '-l keys totals' '-lv' '-d 3'; do
		# shellcheck disable=SC2086 # words
		run -64 loc-stats $bad
	done
}

# at POSITION NETWORKS [MEMBER]: a report line
at() {
	printf '{"position":{%s},%s%s}' "$1" "$2" "${3-}"
}

here='"latitude":51.5,"longitude":-0.1'
two='"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]'

# count: what waits becomes counts, and these are listed
count() {
	loc-feed -1
	loc-work -1 2>>work.log
	loc-stats keys
	loc-stats -lj reasons | jq -r '"\(.key) \(.of) \(.reason) \(.count)"'
}

@test "reasons: each that the pipeline tells from others, by key and day" {
	wifi() { printf '"wifiAccessPoints":[%s]' "$1"; }
	for key in lost range empty ocean wrong; do
		loc-key create "$key" maxreq=0
	done
	# Reports, each kind with a key of its own.
	submit lost "$(at '"latitude":51.5' "$two")" \
	    "$(at '"latitude":"north","longitude":1' "$two")" "{$two}"
	submit range "$(at '"latitude":95,"longitude":1' "$two")" \
	    "$(at '"latitude":1,"longitude":181' "$two")"
	submit ocean "$(at '"latitude":-50,"longitude":-140' "$two")"
	submit empty "$(at "$here" "$(wifi '{"macAddress":"ffffffffffff"}')")"
	submit nobody "$(at '"latitude":91,"longitude":1' "$two")"
	# Networks of reports that count otherwise.
	cells='"cellTowers":[{"radioType":"lte","mobileCountryCode":1,"mobileNetworkCode":1,"cellId":3}]'
	submit wrong "$(at "$here" "$(wifi '{"macAddress":"ffffffffffff"},{"macAddress":"a82067000003"},{"macAddress":"a82067000003"},{"macAddress":"a82067000004"}')" ",$cells")" \
	    "$(at "$here,\"accuracy\":300" "$two")" \
	    "$(at "$here,\"speed\":60" "$two")" \
	    "$(at "$here" "$(wifi '{"macAddress":"a82067000001","age":30000},{"macAddress":"a82067000002"}')")"
	[ "$(count)" = "- reports out_of_range 1
empty networks bad_address 1
empty reports no_networks 1
lost reports no_position 3
ocean reports no_region 1
range reports out_of_range 2
wrong networks bad_address 1
wrong networks bad_cell 1
wrong networks inaccurate 2
wrong networks repeated 1
wrong networks too_fast 2
wrong networks too_old 1" ]
	run -0 loc-stats -l reasons
	[[ "${lines[0]}" =~ ^day\ +key\ +of\ +reason\ +count$ ]]
	[[ "${lines[1]}" =~ ^$(date -u +%F)\ -\ +reports\ +out_of_range\ +1$ ]]
	# They are no networks and no calls.
	[ "$(loc-stats -lj keys | jq -c 'select(.key == "lost") |
	    [.calls, .reports, .dropped, .networks, .refused]')" = \
	    '[0,3,3,0,0]' ]
}

# bats test_tags=mariadb
@test "reasons: submissions that are set aside, or not wanted, or came before" {
	PATH=$(dirname "$(command -v loc-work)")/tools:$PATH
	for key in test skip; do
		loc-key create "$key" maxreq=0
	done
	dir=${LOC_CONF%/*}/spool
	good=$(at "$here" "$two")
	# It came twice.
	submit test "$good" "$good"
	loc-feed -1
	loc-work -1
	loc-feed -1a
	[ "$(count)" = 'test reports counted_before 2' ]
	# Keys and sources that the row leaves out.
	loc_export internal internal '' skip_keys=skip skip_sources=fused
	submit skip "$good" "$good" "$good"
	submit test "$(at "$here,\"source\":\"fused\"" "$two")"
	[ "$(count | grep unwanted)" = 'skip reports unwanted 3
test reports unwanted 1' ]
	loc_export internal internal '' skip_keys= skip_sources=
	# No JSON, and nothing that fits.
	printf '%s\n' "$good" '{"position":' "$good" | put_reports "$dir" 3
	[ "$(count | grep not_json)" = 'test reports not_json 1' ]
	loc_sql "CREATE TRIGGER offence BEFORE INSERT ON wifi_shard_0
	    FOR EACH ROW SET NEW.region = 'too long'"
	submit test "$good" "$(at "$here" '"wifiAccessPoints":[{"macAddress":"040000000007"},{"macAddress":"a82067000002"}]')"
	[ "$(count | grep refused)" = 'test reports database_refused 1' ]
	loc_sql 'DROP TRIGGER offence'
	# Older than the ledger remembers; and what is no submission.
	loc_sql "INSERT INTO stat VALUES (1, UTC_DATE() - INTERVAL 90 DAY, 1)"
	echo -$((60 * 86400)) >clock
	LD_PRELOAD=$(dirname "$(command -v loc-work)")/shims/fault.so \
	    FAULT_CLOCK=$PWD/clock submit test "$good"
	[ "$(count | grep too_old)" = 'test reports too_old 1' ]
	loc_redis xadd loc:reports '*' nonsense 1 >/dev/null
	[ "$(count | grep failed)" = '- reports failed 1' ]
}

@test "reasons: keys of one batch are told apart, in whatever order they come" {
	for key in alpha middle zeta; do
		loc-key create "$key" maxreq=0
	done
	loc_export internal internal '' skip_keys=alpha,middle,nobody,zeta
	for key in zeta alpha nobody zeta middle alpha; do
		submit "$key" "$(at "$here" "$two")"
	done
	[ "$(count)" = '- reports unwanted 1
alpha reports unwanted 2
middle reports unwanted 1
zeta reports unwanted 2' ]
}

@test "reasons: what others are believed in" {
	for key in key-a key-b key-c; do
		loc-key create "$key" maxreq=0 trust=keyed
	done
	loc_serve_start
	# By HTTP, as who writes into the spool is believed.
	submit() {
		printf '%s\n' "${@:2}" |
		    loc-submit -u "$URL/v2/geosubmit" -k "$1"
	}
	there='"latitude":48.1,"longitude":11.5'
	more='"wifiAccessPoints":[{"macAddress":"a82067000003"},{"macAddress":"a82067000004"}]'
	for key in key-a key-b; do
		submit "$key" "$(at "$here" "$two")" "$(at "$here" "$more")"
	done
	[ -z "$(count)" ]
	submit key-c "$(at "$there" "$two")"
	[ "$(count)" = 'key-c networks contradicts 2' ]
	# Of one that contradicts too many nothing is noted.
	printf '[trust]\ncontradictions_day = 0\n' >>"$LOC_CONF"
	submit key-c "$(at '"latitude":40.4,"longitude":-3.7' "$more")"
	[ "$(count | grep often)" = 'key-c networks contradicts_too_often 2' ]
	[ "$(count | grep ts.2)" = 'key-c networks contradicts 2' ]
	sed -i 's/^contradictions_day.*/new_day = 2/' "$LOC_CONF"
	submit key-c "$(at "$here" '"wifiAccessPoints":[{"macAddress":"a82067000011"},{"macAddress":"a82067000012"},{"macAddress":"a82067000013"},{"macAddress":"a82067000014"}]')"
	[ "$(count | grep new)" = 'key-c networks too_many_new 2' ]
	# Away by more than one may move it.
	for _ in 1 2 3 4 5 6 7 8; do
		submit key-b "$(at '"latitude":51.5012,"longitude":-0.1' "$two")"
		submit key-b "$(at '"latitude":51.5024,"longitude":-0.1' "$two")"
	done
	count | grep -q '^key-b networks too_far [1-9]'
	# Blocked for a while, and to be forgotten.
	loc-station -d 3 block wifi a82067000001 >/dev/null
	loc-station forget wifi a82067000002 >/dev/null
	submit key-a "$(at "$here" "$two")"
	[ "$(count | grep ^key-a)" = 'key-a networks blocked 1
key-a networks forgotten 1' ]
}
