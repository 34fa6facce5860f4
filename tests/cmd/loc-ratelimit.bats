#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # set by bats and lib

bats_require_minimum_version 1.5.0

setup() {
	load lib
	PATH=$(dirname "$(command -v loc-ratelimit)")/tools:$PATH
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	today=$(date -u +%Y%m%d)
}

teardown() {
	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	loc_stop
}

# day N: N days ago, as in the names of addresses
day() {
	date -u -d "-$1 days" +%F
}

users() {
	loc_redis pfadd "apiuser:$1:$2:$(day "$3")" "${@:4}" >/dev/null
}

rate() {
	loc_redis get global_locate_sample_rate
}

state() {
	loc_redis get rate_controller_state | jq -r ".$1"
}

# put N: N submissions of one report with 3 wifi networks and a cell
put() {
	local wifi='{"macAddress": "0a00000000'
	wifi="${wifi}01\"}, ${wifi}02\"}, ${wifi}03\"}"
	for ((i = 0; i < $1; i++)); do
		echo '{"position": {"latitude": 51.5, "longitude": -0.1},' \
		    "\"wifiAccessPoints\": [$wifi], \"cellTowers\": [" \
		    '{"radioType": "gsm", "mobileCountryCode": 234,' \
		    '"mobileNetworkCode": 30, "locationAreaCode": 1,' \
		    '"cellId": 2}]}'
	done | put_reports "${LOC_CONF%/*}/spool"
	loc-feed -1
}

on() {
	loc-ratelimit set rate_controller_enabled=1 "$@"
}

@test "show: calls and limits, addresses" {
	loc-key create limited maxreq=15
	loc-key create free maxreq=0
	loc_redis mset "apilimit:limited:v1.geolocate:$today" 13 \
	    "apilimit:limited:v1.geosubmit:$today" 20 \
	    "apilimit:free:v1.geolocate:$today" 7 \
	    "apilimit:gone:v1.geolocate:$today" 1 \
	    "apilimit:limited:v1.search:$(date -u -d -1day +%Y%m%d)" 5 \
	    "apilimit:no:such:key:$today" 5 "apilimit::x:$today" 5
	users submit limited 0 127.0.0.1 2.2.2.2
	users submit limited 6 127.0.0.1 2.2.2.2 3.3.3.3
	users submit limited 7 4.4.4.4
	users locate limited 6 1.1.1.1
	users locate free 8 1.1.1.1
	run -0 loc-ratelimit -j show
	[ "$output" = '{"key":"free","path":"v1.geolocate","calls":7}
{"key":"gone","path":"v1.geolocate","calls":1}
{"key":"limited","path":"v1.geolocate","calls":13,"limit":15,"left":2}
{"key":"limited","path":"v1.geosubmit","calls":20,"limit":15,"left":0}
{"key":"limited","type":"locate","addresses":0,"addresses_7d":1}
{"key":"limited","type":"submit","addresses":2,"addresses_7d":3}' ]
	run -0 loc-ratelimit show limited
	[ "$(tr -s ' ' <<<"$output")" = 'key path calls limit left
limited v1.geosubmit 20 15 0
limited v1.geolocate 13 15 2

key type addresses in 7 days
limited locate 0 1
limited submit 2 3' ]
}

@test "show: nothing, many, no database" {
	run -0 loc-ratelimit -j show
	[ -z "$output" ]
	for i in {1..2500}; do
		echo "set apilimit:key-$i:v1.geolocate:$today $i"
	done | loc_redis >/dev/null
	run -0 loc-ratelimit -j show
	[ "${#lines[@]}" = 2500 ]
	[ "$(jq -s 'map(.calls) | add' <<<"$output")" = 3126250 ]
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	run -0 --separate-stderr loc-ratelimit -j show key-17
	[ "$output" = '{"key":"key-17","path":"v1.geolocate","calls":17}' ]
	[[ $stderr = 'loc-ratelimit: [database] ro_url nobody: '* ]]
}

@test "check: within, at and beyond the limit" {
	loc-key create test maxreq=15
	run -0 loc-ratelimit -j check test v1.geolocate
	[ "$output" = '{"key":"test","path":"v1.geolocate","calls":0,"limit":15,"left":15}' ]
	loc_redis set "apilimit:test:v1.geolocate:$today" 14
	loc-ratelimit check test /v1/geolocate
	loc-ratelimit check test v1.geosubmit
	loc_redis set "apilimit:test:v1.geolocate:$today" 15
	run -1 loc-ratelimit check test v1.geolocate
	[ "$(tr -s ' ' <<<"$output")" = $'key path calls limit left
test v1.geolocate 15 15 0' ]
	loc-key set test maxreq=0
	loc-ratelimit check test v1.geolocate
	run -65 loc-ratelimit check other v1.geolocate
	[ "$output" = 'loc-ratelimit: other: no such key' ]
}

@test "a slip of the pen is no result" {
	loc-key create test
	for args in 'check test geolocate' 'check test v1.foo' \
	    'check test v1.country' 'reset test geolocate'; do
		# shellcheck disable=SC2086 # words
		run -65 loc-ratelimit $args
		[[ $output = 'loc-ratelimit: '*': calls to that are not counted'* ]]
	done
	for args in 'show nokey' '-j show nokey' 'past nokey' '-j past nokey' \
	    'reset nokey' 'reset nokey v1.geolocate'; do
		# shellcheck disable=SC2086 # words
		run -65 loc-ratelimit $args
		[ "$output" = 'loc-ratelimit: nokey: no such key' ]
	done
	# Of a key that was deleted something may be counted.
	loc_redis set "apilimit:nokey:v1.geolocate:$today" 9
	run -0 loc-ratelimit -j show nokey
	loc-ratelimit reset nokey v1.geolocate
	# Without a database nobody knows.
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	loc-ratelimit show nokey
	run -64 loc-ratelimit -n reset nokey
	[ "$output" = 'loc-ratelimit: -n: goes with run only' ]
	run -64 loc-ratelimit -n set rate_controller_kp=9
	run -0 loc-ratelimit show nokey
	loc-ratelimit reset nokey
}

@test "reset: one path, all paths, nobody else's" {
	loc-key create test
	for key in test test2; do
		for path in v1.geolocate v1.geosubmit v2.geosubmit; do
			loc_redis set "apilimit:$key:$path:$today" 9
		done
	done
	loc-ratelimit reset test /v1/geosubmit
	[ "$(loc-ratelimit -j show test | jq -r .path | xargs)" = \
	    'v1.geolocate v2.geosubmit' ]
	loc-ratelimit reset test
	loc-ratelimit reset test
	[ -z "$(loc-ratelimit -j show test)" ]
	[ "$(loc-ratelimit -j show test2 | wc -l)" = 3 ]
}

@test "get and set" {
	[ "$(loc-ratelimit -j get)" = '{"global_locate_sample_rate":100,"rate_controller_enabled":0,"rate_controller_kp":8,"rate_controller_ki":0,"rate_controller_kd":0,"rate_controller_trx_purging":0,"rate_controller_trx_min":1000,"rate_controller_trx_max":1000000}' ]
	run -1 loc-ratelimit get rate_controller_target
	[ -z "$output" ]
	loc-ratelimit set global_locate_sample_rate=56.4 rate_controller_kp=1
	[ "$(rate)" = 56.4 ]
	[ "$(loc-ratelimit get global_locate_sample_rate)" = 56.4 ]
	loc-ratelimit set global_locate_sample_rate=80
	[ "$(rate)" = 80.0 ]
	run -0 loc-ratelimit get
	[ "$(tr -s ' ' <<<"${lines[0]}")" = 'global_locate_sample_rate 80' ]
	loc_redis set rate_controller_ki nonsense
	[ "$(loc-ratelimit -j get rate_controller_ki; echo $?)" = $'{}\n1' ]
}

@test "set: all or nothing" {
	for bad in global_locate_sample_rate=101 rate_controller_target=0 \
	    rate_controller_target=1000.5 rate_controller_kp=-1 \
	    rate_controller_kd=nan rate_controller_trx_min=1000000 \
	    rate_controller_trx_max=1000 rate_controller_trx_purging=2 \
	    rate_controller_enabled=1 rate_controller_state={} \
	    rate_controller_kp= nothing=1 words; do
		run -64 loc-ratelimit set rate_controller_ki=5 "$bad"
		[[ $output = 'loc-ratelimit: '*': '* ]]
	done
	[ "$(loc_redis dbsize)" = 0 ]
	loc-ratelimit set rate_controller_trx_max=7 rate_controller_trx_min=6 \
	    rate_controller_enabled=1 rate_controller_target=1
	run -64 loc-ratelimit set rate_controller_trx_min=7
	run -64 loc-ratelimit set rate_controller_trx_max=6
}

@test "run: off, a rate set by hand stays" {
	run -0 loc-ratelimit run
	[ -z "$output" ]
	[ "$(loc_redis get rate_controller_enabled)" = 0 ]
	[ "$(loc_redis exists global_locate_sample_rate)" = 0 ]
	loc_redis mset global_locate_sample_rate 56.4 \
	    rate_controller_state '{"state":"running"}'
	run -0 loc-ratelimit -j run
	[ "$(jq -c '[.rate, .enabled]' <<<"$output")" = '[56.4,false]' ]
	[ "$(rate)" = 56.4 ]
	[ "$(loc_redis get rate_controller_state)" = '{}' ]
}

@test "run: what is wrong is reset and switches it off" {
	on rate_controller_target=9
	loc_redis mset rate_controller_kp x global_locate_sample_rate 33.0
	run -0 --separate-stderr loc-ratelimit -j run
	[ "$stderr" = 'loc-ratelimit: redis: rate_controller_kp has the invalid value x: rate control is off' ]
	[ "$(loc_redis mget rate_controller_enabled rate_controller_kp \
	    rate_controller_state global_locate_sample_rate | xargs)" = \
	    '0 8 {} 33.0' ]
}

@test "run: nothing waits, then too much, then it is worked off" {
	on rate_controller_target=40
	run -0 loc-ratelimit run
	[ -z "$output" ]
	[ "$(rate) $(state p_term) $(state last_output)" = '100.0 320 40' ]
	put 10
	run -0 loc-ratelimit -j run
	[ "$(jq -c '[.backlog, .rate]' <<<"$output")" = '[40,0]' ]
	[ "$(rate) $(state last_input)" = '0.0 40' ]
	loc-ratelimit set rate_controller_target=50 rate_controller_kp=4
	loc-ratelimit run
	[ "$(rate)" = 80.0 ]
	loc-work -1
	run -0 loc-ratelimit -j run
	[ "$(jq -c '[.backlog, .rate]' <<<"$output")" = '[0,100]' ]
}

@test "run: what a worker has in hand is not done" {
	on rate_controller_target=100
	put 10
	loc_redis xgroup create loc:reports internal 0
	[ "$(loc-ratelimit -jn run | jq .backlog)" = 40 ]
	loc_redis xreadgroup group internal me count 4 streams loc:reports \
	    '>' >out
	[ "$(loc-ratelimit -jn run | jq .backlog)" = 40 ]
	id=$(grep -am1 -E '^[0-9]+-[0-9]+$' out)
	loc_redis xack loc:reports internal "$id"
	[ "$(loc-ratelimit -jn run | jq .backlog)" = 36 ]
	loc_redis xgroup create loc:reports other 0
	[ "$(loc-ratelimit -jn run | jq .backlog)" = 36 ]
}

@test "set: switches may be true or false, numbers for eyes are short" {
	loc-ratelimit set rate_controller_enabled=true \
	    rate_controller_target=70000 rate_controller_kp=0.123456789
	[ "$(loc_redis get rate_controller_enabled)" = 1 ]
	[ "$(loc-ratelimit get rate_controller_kp)" = 0.123456789 ]
	run -0 loc-ratelimit -v run
	[[ $output = 'rate 12.35, target 70000, backlog 0, p_term 8641.98, '* ]]
	run -0 loc-ratelimit -j run
	[ "$(jq .p_term <<<"$output")" = 8641.97523 ]
	loc-ratelimit set rate_controller_enabled=false
	[ "$(loc_redis get rate_controller_enabled)" = 0 ]
	run -64 loc-ratelimit set rate_controller_kp=true
}

@test "run: -n changes nothing" {
	on rate_controller_target=40
	run -0 loc-ratelimit -n run
	[[ $output = 'rate 100, target 40, backlog 0, p_term 320, i_term '* ]]
	[ "$(loc_redis dbsize)" = 2 ]
}

@test "run: with too much to purge nothing is stored" {
	on rate_controller_target=1000 rate_controller_trx_max=20 \
	    rate_controller_trx_min=1
	mkfifo hold
	mariadb --no-defaults -NB -u root \
	    -S "$LOC_SERVERS/run/mariadb.sock" "$LOC_DB" -n <hold >held 3>&- &
	exec 9>hold
	echo "START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT 'held';" >&9
	until grep -q held held; do sleep 0.05; done
	loc_sql "INSERT INTO stat VALUES (100, '2000-01-01', 0)"
	for _ in {1..30}; do
		echo 'UPDATE stat SET value = value + 1;'
	done >updates
	loc_sql "$(cat updates)"
	loc-ratelimit run
	[ "$(rate) $(loc_redis get rate_controller_trx_purging)" = '0.0 1' ]
	[ "$(loc_redis exists rate_controller_state)" = 0 ]
	loc-ratelimit set rate_controller_trx_max=1000000000
	run -0 loc-ratelimit -v run
	[[ $output = 'rate 0, '*', history '*', purging' ]]
	loc-ratelimit set rate_controller_trx_min=999999999
	loc-ratelimit run
	[ "$(rate) $(loc_redis get rate_controller_trx_purging)" = '100.0 0' ]
	exec 9>&-
}

@test "run: without the privilege the history is not known" {
	loc_sql "GRANT ALL ON $LOC_DB.* TO plain@localhost IDENTIFIED BY 'x'"
	on rate_controller_target=40
	loc-ratelimit -j run | jq -e 'has("history")'
	sed -i 's,root@localhost,plain:x@localhost,' "$LOC_CONF"
	run -0 loc-ratelimit -j run
	[ "$(jq -c '[.rate, has("history")]' <<<"$output")" = '[100,false]' ]
}

@test "reliability 16: run: many at once, some killed" {
	on rate_controller_target=1000 rate_controller_ki=0.0001 \
	    rate_controller_kd=1
	put 20
	loc-ratelimit run
	loc_redis set rate_controller_state "$(loc_redis get \
	    rate_controller_state | jq -c '.last_time -= 60 | .i_term = 500')"
	for _ in {1..10}; do
		loc-ratelimit -j run >>all 3>&- &
		loc-ratelimit run 3>&- &
		kill -9 $! || true
	done
	wait
	[ "$(jq -s 'map(.rate) | unique | map(select(. != null)) | . == [100]' \
	    all)" = true ]
	[ "$(loc_redis get rate_controller_enabled)" = 1 ]
	[ "$(rate)" = 100.0 ]
	# one minute was added up, and only once
	[ "$(state 'i_term | . > 505 and . < 506')" = true ]
}

@test "run: metrics" {
	loc_statsd_start
	on rate_controller_target=40
	loc-ratelimit -n run
	loc-ratelimit run
	[ "$(loc_metrics |
	    sed -E 's/(length|iterm|task):[^|]*/\1:N/')" = \
	    'location.trx_history.length:N|g
location.trx_history.min:1000|g
location.trx_history.max:1000000|g
location.trx_history.purging:0|g
location.rate_control.locate:100|g
location.rate_control.locate.target:40|g
location.rate_control.locate.kp:8|g
location.rate_control.locate.ki:0|g
location.rate_control.locate.kd:0|g
location.rate_control.locate.pterm:320|g
location.rate_control.locate.iterm:N|g
location.rate_control.locate.dterm:0|g
location.task:N|ms|#task:data.rate_control' ]
}

@test "wrong usage, no server" {
	run -64 loc-ratelimit check test
	[ "${lines[0]}" = 'loc-ratelimit: check: expected 2 operands' ]
	for args in '' bogus 'check test' 'check test v1.x more' \
	    'check x v1.geolocate' 'check test v1:x' 'get nothing' 'get a b' \
	    'reset' 'reset te*t' 'reset test *' 'run now' 'set' 'show a_b'; do
		set -f
		# shellcheck disable=SC2086 # words
		run -64 loc-ratelimit $args
		set +f
	done
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	run -69 loc-ratelimit run
	loc_redis exists rate_controller_enabled | grep -qx 0
	sed -i 's,^cache_url = .*,cache_url = unix:///nonexistent,' "$LOC_CONF"
	for args in 'check test v1.geolocate' get 'reset test' run \
	    'set rate_controller_kp=1' show; do
		# shellcheck disable=SC2086 # words
		run -69 loc-ratelimit $args
	done
	sed -i '/^cache_url/d' "$LOC_CONF"
	run -78 loc-ratelimit get
}

@test "a Redis that takes no more clients" {
	loc_own_servers -r 'maxclients 1'
	loc_setup
	redis-cli -s "$LOC_SERVERS/run/redis.sock" subscribe x >heard 3>&- &
	until_true grep -q subscribe heard
	for _ in 1 2 3 4 5 6 7 8; do
		run -69 loc-ratelimit get
		[[ "$output" == *'redis.sock: ERR max number of clients reached' ]]
	done
	kill $!
}
