#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve while the disk is full, and MariaDB or Redis away or stuck.

bats_require_minimum_version 1.5.0

LONDON='X-Forwarded-For: 81.2.69.192'
here='200 {"location": {"lat": 51.5142, "lng": -0.0931}, "accuracy": 40000.0}'
unavailable='{"error":{"errors":[{"domain":"global","reason":"serviceUnavailable","message":"Service Unavailable"}],"code":503,"message":"Service Unavailable"}}'
report='{"items":[{"timestamp":1460000000000,"cellTowers":[{}]}]}'
wifis='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]}'

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
	if mountpoint -q "$BATS_TEST_TMPDIR/spool"; then
		umount "$BATS_TEST_TMPDIR/spool"
	fi
}

# A private database and a server with a key "test".
start() {
	loc_setup
	loc_geoip
	printf '[http]\nkey_cache_s = %d\n' "${1:-300}" >>"$LOC_CONF"
	loc-key create test maxreq=0
	loc_serve_start
}

answer() {
	echo "$(ask "$@") $(cat body)"
}

health() {
	answer /__heartbeat__ >/dev/null
	jq -c "$1" body
}

# up SERVICE: the heartbeat says so
up() {
	[ "$(health ".$1.up")" = true ]
}

# down SERVICE: the same of the contrary
down() {
	[ "$(health ".$1.up")" = false ]
}

# refused PATH: as nonsense
refused() {
	[[ "$(answer "$1")" == 400* ]]
}

# told_of TEXT N: in as many lines
told_of() {
	[ "$(grep -c "$1" serve.log)" = "$2" ]
}

# 200 reports in the file many.
many() {
	printf '{"items":[%s{"cellTowers":[{}]}]}' \
	    "$(printf '{"cellTowers":[{}]},%.0s' {2..200})" >many
}

@test "E34: the database is killed and comes back" {
	loc_own_servers
	start 0
	[ "$(answer -H "$LONDON" '/v1/geolocate?key=test')" = "$here" ]
	[[ "$(answer -H "$LONDON" '/v1/geolocate?key=unknown')" == 400* ]]
	kill -9 "$(loc_server_pid mariadb)"
	tail --pid="$(loc_server_pid mariadb)" -f /dev/null
	# keys are not checked, but there must be one
	for key in test unknown; do
		[ "$(answer -H "$LONDON" "/v1/geolocate?key=$key")" = "$here" ]
		[ "$(answer -H "$LONDON" -d "$wifis" \
		    "/v1/geolocate?key=$key")" = \
		    "${here%\}}, \"fallback\": \"ipf\"}" ]
	done
	[[ "$(answer -H "$LONDON" /v1/geolocate)" == 400* ]]
	[ "$(answer -d "$report" '/v2/geosubmit?key=test')" = '200 {}' ]
	[ "$(health .database)" = \
	    '{"up":false,"time":0,"alembic_version":"unknown"}' ]
	[[ "$(answer /__heartbeat__)" == '503 {"database":{"up":false,'* ]]
	[ "$(answer /__lbheartbeat__)" = '200 {"status": "OK"}' ]
	loc_server_restart mariadb
	until_true up database
	[[ "$(answer -H "$LONDON" '/v1/geolocate?key=unknown')" == 400* ]]
	[ "$(grep -c 'going on without' serve.log)" = 1 ]
	[ "$(grep -c 'works again after' serve.log)" = 1 ]
}

@test "a proxy hangs up until it knows another server" {
	loc_setup
	loc-key create test maxreq=0
	"$LOC_TOP/tests/cmd/hang-up.py" port \
	    "$(readlink -f "$LOC_SERVERS/run/mariadb.sock")" 100 3>&- &
	echo $! >>pids
	until_true test -s port
	sed -i "s|^ro_url = .*|ro_url = mysql://root@127.0.0.1:$(cat port)/$LOC_DB|" \
	    "$LOC_CONF"
	loc_serve_start
	# The first that wants to be answered from the database.
	[[ "$(answer -d "$wifis" '/v1/geolocate?key=test')" == 404* ]]
	[ ! -s serve.log ] || ! grep 'going on without' serve.log
}

# What loc-serve has of /proc/PID/WHAT.
held() {
	find "/proc/$LOC_SERVE_PID/$1" -mindepth 1 -maxdepth 1 | wc -l
}

# bats test_tags=plain
@test "reliability 28: a stalled database, again and again, leaks nothing" {
	loc_own_servers
	start 0
	answer '/v1/geolocate?key=test'
	curl -s -o /dev/null -D headers -H "$LONDON" "$URL/v1/geolocate?key=test"
	run ! grep -qi '^X-Degraded' headers
	for round in $(seq 6); do
		kill -STOP "$(loc_server_pid mariadb)"
		# what is left answers, and says so
		curl -s -o /dev/null -D headers -H "$LONDON" --max-time 10 \
		    "$URL/v1/geolocate?key=test"
		grep -qi '^X-Degraded: database' headers
		head -n 1 headers | grep -q ' 200 '
		for _ in $(seq 40); do
			curl -s -o /dev/null -w '%{http_code}\n' \
			    -H "$LONDON" -d "$wifis" --max-time 10 \
			    "$URL/v1/geolocate?key=test" >>codes 3>&- &
			echo $! >>asking
		done
		# shellcheck disable=SC2046	# numbers
		wait $(cat asking)
		rm asking
		kill -CONT "$(loc_server_pid mariadb)"
		until_true is_up
		[ "$round" != 1 ] || {
			files=$(held fd)
			threads=$(held task)
		}
	done
	[ "$(sort -u codes)" = 200 ]
	# connections that have ended take a moment to go
	until_true eval "[ \$(held fd) -le $((files + 4)) ]"
	until_true eval "[ \$(held task) -le $((threads + 4)) ]"
	curl -s -o /dev/null -D headers -H "$LONDON" "$URL/v1/geolocate?key=test"
	run ! grep -qi '^X-Degraded' headers
}

is_up() {
	[ "$(health .database.up)" = true ]
}

# bats test_tags=plain
@test "a stuck database holds up nobody for long" {
	loc_own_servers
	start 0
	answer '/v1/geolocate?key=test'
	kill -STOP "$(loc_server_pid mariadb)"
	# the first notice it, the others need not
	for _ in 1 2 3 4 5 6 7 8; do
		answer -H "$LONDON" -d "$wifis" '/v1/geolocate?key=test' >>first &
		pids+=($!)
	done
	wait "${pids[@]}"
	for _ in $(seq 100); do
		[ "$(answer -H "$LONDON" '/v1/geolocate?key=test')" = "$here" ]
	done
	[ "$(answer -d "$report" '/v2/geosubmit?key=test')" = '200 {}' ]
	kill -CONT "$(loc_server_pid mariadb)"
	run ! grep -v -e '^200 ' -e '^503 ' first
}

# bats test_tags=plain
@test "who waits for a stuck database holds up nobody who waits for Redis" {
	loc_own_servers
	start
	loc-key create limited maxreq=1000000
	answer -d "$report" '/v2/geosubmit?key=limited'
	answer -d "$wifis" '/v1/geolocate?key=limited'
	kill -STOP "$(loc_server_pid mariadb)"
	for _ in 1 2 3 4 5 6 7 8; do
		answer -d "$wifis" '/v1/geolocate?key=limited' >/dev/null &
		askers+=($!)
		sleep 0.04	# or they would wait as one
	done
	timed() {
		curl -s -o /dev/null -w '%{time_total} %{http_code}\n' \
		    -H "$LONDON" -d "$1" "$URL$2?key=limited&n=[1-40]"
	}
	{
		timed '{}' /v1/geolocate
		timed "$report" /v2/geosubmit
	} >took
	kill -CONT "$(loc_server_pid mariadb)"
	wait "${askers[@]}"
	[ "$(grep -c ' 200$' took)" = 80 ]
	# or they wait until those have given up, which takes a second
	[ "$(awk '$1 > 0.5' took | wc -l)" = 0 ]
}

# What each of 200 questions took, in ms, sorted.
took() {
	curl -s -o /dev/null -w '%{time_total}\n' -H "$LONDON" -d "$wifis" \
	    "$URL/v1/geolocate?key=test&n=[1-200]" |
	    awk '{ print int($1 * 1000) }' | sort -n
}

@test "reliability 27: a Redis that hangs holds up no question" {
	loc_own_servers
	loc_setup
	loc_geoip
	printf '[http]\nclient_limit = 100000\n' >>"$LOC_CONF"
	loc-key create test maxreq=0
	loc_serve_start
	took >before
	kill -STOP "$(loc_server_pid redis)"
	# The first finds out, and waits 100 ms for that; no other does.
	took >during
	until_true grep -q 'cache_url .*: R' serve.log
	kill -CONT "$(loc_server_pid redis)"
	# Leave room for a machine that is busy otherwise.
	p98=$(sed -n 196p during)
	((p98 <= $(sed -n 196p before) + 20))
	[ "$(awk '$1 >= 95' during | wc -l)" -le 4 ]
	until_true grep -q 'cache_url .*: works again after [0-9]* s' serve.log
}

@test "E33: no Redis is needed" {
	loc_own_servers
	start
	[ "$(health .redis.up)" = true ]
	kill -9 "$(loc_server_pid redis)"
	tail --pid="$(loc_server_pid redis)" -f /dev/null
	[ "$(answer -d "$report" '/v2/geosubmit?key=test')" = '200 {}' ]
	[ "$(answer -H "$LONDON" '/v1/geolocate?key=test')" = "$here" ]
	[ "$(answer -H "$LONDON" '/v1/country?key=test')" = \
	    '200 {"country_code": "GB", "country_name": "United Kingdom"}' ]
	[ "$(answer /__lbheartbeat__)" = '200 {"status": "OK"}' ]
	until_true down redis
	[ "$(health .redis)" = '{"up":false,"time":0}' ]
	[[ "$(answer /__heartbeat__)" == 503* ]]
	loc_server_restart redis
	until_true up redis
}

@test "keys are remembered, unknown ones too, until HUP" {
	start
	[[ "$(answer '/v1/geolocate?key=test')" == 404* ]]
	[[ "$(answer '/v1/geolocate?key=none')" == 400* ]]
	loc_sql "UPDATE api_key SET valid_key = 'none'"
	[[ "$(answer '/v1/geolocate?key=test')" == 404* ]]
	[[ "$(answer '/v1/geolocate?key=none')" == 400* ]]
	# more than are remembered
	seq -f "url = $URL/v1/geolocate?key=other-%g" 600 |
	    curl -s -K - >/dev/null
	[[ "$(answer '/v1/geolocate?key=test')" == 400* ]]
	[[ "$(answer '/v1/geolocate?key=none')" == 404* ]]
	loc_sql "UPDATE api_key SET valid_key = 'back'"
	[[ "$(answer '/v1/geolocate?key=none')" == 404* ]]
	kill -HUP "$LOC_SERVE_PID"
	until_true refused /v1/geolocate?key=none
	[[ "$(answer '/v1/geolocate?key=back')" == 404* ]]
}

@test "reliability 26: HUP takes a new GeoIP file, not a broken one" {
	start
	loc_stop
	cp geoip.mmdb good.mmdb
	head -c 1000 good.mmdb >geoip.mmdb
	loc_serve_start
	[[ "$(answer -H "$LONDON" '/v1/geolocate?key=test')" == 404* ]]
	mv good.mmdb geoip.mmdb
	kill -HUP "$LOC_SERVE_PID"
	until_true up geoip
	[[ "$(answer -H "$LONDON" '/v1/geolocate?key=test')" == "$here" ]]
	echo junk >new.mmdb
	mv new.mmdb geoip.mmdb
	kill -HUP "$LOC_SERVE_PID"
	until_true told_of geoip.mmdb 2
	[[ "$(answer -H "$LONDON" '/v1/geolocate?key=test')" == "$here" ]]
}

@test "a full disk turns reports away, and only while it is full" {
	mkdir spool
	mount -t tmpfs -o size=256k none spool 2>/dev/null ||
	    skip 'cannot mount'
	start
	many
	dd if=/dev/zero of=spool/filler bs=1k count=200 2>/dev/null
	for _ in $(seq 50); do
		got=$(answer -d @many '/v2/geosubmit?key=test')
		[ "$got" = '200 {}' ] || break
	done
	[ "$got" = "503 $unavailable" ]
	curl -s -D - -o /dev/null -d @many "$URL/v2/geosubmit" |
	    grep -qi '^retry-after: [0-9]'
	[ "$(answer -d '{"items":[]}' /v2/geosubmit)" = '200 {}' ]
	[[ "$(answer -d '{' /v2/geosubmit)" == 400* ]]
	rm spool/filler
	[ "$(answer -d @many '/v2/geosubmit?key=test')" = '200 {}' ]
	[ "$(grep -c 'reports are refused' serve.log)" = 1 ]
	[ "$(grep -c 'accepted again' serve.log)" = 1 ]
}

@test "beyond its limit the spool takes no more" {
	loc_setup
	sed -i 's/^dir = .*/&\nmax_bytes = 64k/' "$LOC_CONF"
	loc_serve_start
	many
	for _ in $(seq 50); do
		got=$(answer -d @many /v2/geosubmit)
		[ "$got" = '200 {}' ] || break
	done
	[ "$got" = "503 $unavailable" ]
	[ "$(du -cb spool/*.seg | tail -1 | cut -f 1)" -le 65536 ]
}
