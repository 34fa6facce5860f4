#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Quotas (lib/queue/limit.c) through tests/tools/limit_try, on a Redis of the
# test's own, which it may stop.

bats_require_minimum_version 1.5.0

start_redis() {
	redis-server --port 0 --unixsocket "$dir/sock" --save '' --dir "$dir" \
	    --daemonize yes --pidfile "$dir/pid" --logfile "$dir/log"
	for _ in {1..1200}; do
		[ "$(redis ping 2>/dev/null)" = PONG ] && return
		sleep 0.05
	done
	return 1
}

stop_redis() {
	local pid

	pid=$(cat "$dir/pid")
	kill -9 "$pid"
	tail --pid="$pid" -f /dev/null
}

redis() {
	redis-cli -s "$dir/sock" "$@"
}

# try OPTIONS...: the lines of stdin
try() {
	"$(dirname "$(command -v loc-db)")/tools/limit_try" "$@" \
	    "unix://$dir/sock" 2>"$dir/err"
}

# The longest that a line of calls took, in ms; the end.
took() {
	sed -n "s/.*$1 \([0-9]*\) ms.*/\1/p" "$dir/err"
}

# What day it is must not change under a test.
setup() {
	command -v redis-server >/dev/null || skip "no redis-server"
	dir=$(mktemp -d /tmp/limit.XXXXXX)
	if [ "$(date -u +%H%M)" = 2359 ]; then
		sleep 61
	fi
	day=$(date -u +%Y%m%d)
	date=$(date -u +%Y-%m-%d)
	start_redis
}

teardown() {
	if [ -e "$dir/pid" ]; then
		kill -CONT "$(cat "$dir/pid")"
		stop_redis
	fi 2>/dev/null
	rm -rf "$dir"
}

@test "calls and addresses are counted, by key, path and day" {
	run -0 try <<-END
	locate test v1.geolocate 81.2.69.192 0 2
	locate test v1.geolocate 2001:DB8:0::1 0
	locate test v1.search 81.2.69.192 0
	submit test v2.geosubmit - 0
	submit other v2.geosubmit unknown 0
	END
	[ "$output" = $'ok 2\nok 3\nok 1\nok 1\nok 1' ]
	[ "$(redis keys '*' | sort)" = "apilimit:other:v2.geosubmit:$day
apilimit:test:v1.geolocate:$day
apilimit:test:v1.search:$day
apilimit:test:v2.geosubmit:$day
apiuser:locate:test:$date
apiuser:submit:other:$date
apiuser:submit:test:$date" ]
	[ "$(redis get "apilimit:test:v1.geolocate:$day")" = 3 ]
	[ "$(redis pfcount "apiuser:locate:test:$date")" = 2 ]
	# Adding what is there already changes nothing.
	[ "$(redis pfadd "apiuser:locate:test:$date" 81.2.69.192)" = 0 ]
	[ "$(redis pfadd "apiuser:locate:test:$date" 2001:db8::1)" = 0 ]
	[ "$(redis pfadd "apiuser:submit:test:$date" 127.0.0.1)" = 0 ]
	[ "$(redis pfadd "apiuser:submit:other:$date" 127.0.0.1)" = 0 ]
	ttl=$(redis ttl "apilimit:test:v1.geolocate:$day")
	((ttl > 179900 && ttl <= 180000))
	ttl=$(redis ttl "apiuser:locate:test:$date")
	((ttl > 691100 && ttl <= 691200))
}

@test "one call is one round trip of four commands" {
	redis config resetstat
	try <<<'locate test v1.geolocate 81.2.69.192 9'
	run -0 redis info commandstats
	for cmd in pfadd incr; do
		[[ "$output" == *"cmdstat_$cmd:calls=1,"* ]]
	done
	[[ "$output" == *"cmdstat_expire:calls=2,"* ]]
}

# Commands that Redis has run since "config resetstat", but those of a new
# connection.
commands() {
	redis info commandstats | sed -n 's/^cmdstat_\([^:]*\):calls=\([0-9]*\),.*/\1 \2/p' |
	    grep -v -e ^client -e ^config -e ^info -e ^select | sort
}

@test "calls that come together are one round trip, and each has its number" {
	redis set "apilimit:test:v1.search:$day" text
	redis config resetstat
	run -0 try -b <<-END
	locate test v1.geolocate 81.2.69.192 4 2
	locate other v1.geolocate 81.2.69.192 1
	locate test v1.search 81.2.69.192 3 2
	locate test v1.geolocate 2001:db8::1 4 3
	submit other v1.geolocate - 4
	locate other v1.geolocate 81.2.69.193 1
	END
	[ "$output" = $'ok 1\nok 2\nok 1\nalone-ok -1\nalone-ok -1
ok 3\nok 4\nover 5\nok 3\nover 2' ]
	# what is counted under the same names is one command each
	[ "$(commands)" = $'expire 8\nincr 1\nincrby 3\npfadd 4' ]
	[ "$(redis get "apilimit:test:v1.geolocate:$day")" = 5 ]
	[ "$(redis pfcount "apiuser:locate:test:$date")" = 2 ]
	[ "$(redis pfcount "apiuser:locate:other:$date")" = 2 ]
	[ "$(grep -c 'counting calls: ERR' "$dir/err")" = 1 ]
}

@test "together, too, a network is limited call by call" {
	redis config resetstat
	run -0 try -b -L 2 -W 3000 <<-END
	locate test v1.geolocate 81.2.69.1 9 3
	locate test v1.geolocate - 9
	- - - 81.2.69.1 0
	locate test v1.search 81.2.70.1 0
	go
	locate test v1.geolocate 81.2.69.1 9
	locate test v1.geolocate 81.2.70.1 3
	END
	echo "$output" >"$dir/out"
	sed 's/ "client";q=2;w=3000 "client";\(r=[0-9]*\);.*/ \1/' \
	    "$dir/out" >"$dir/short"
	[ "$(cat "$dir/short")" = 'ok 2 r=1
ok 3 r=0
client -1 r=0
ok 1
ok -1 r=1
ok 1 r=1
client -1 r=0
over 4 r=0' ]
	# the first time the script was not known
	[ "$(redis info commandstats | grep -o 'evalsha:calls=[0-9]*')" = \
	    evalsha:calls=12 ]
}

# relay WHEN: between limit_try and Redis stands somebody who ends the first
# connection when Redis has answered so many bytes that WHEN, an expression,
# becomes true of them (b"...").
relay() {
	mv "$dir/sock" "$dir/real"
	python3 "$BATS_TEST_DIRNAME/cut-off.py" "$dir/sock" "$dir/real" "$1" \
	    3>&- &
	relay=$!
	until [ -S "$dir/sock" ]; do
		sleep 0.02
	done
}

@test "when the connection is lost halfway only the others are asked again" {
	relay 'b":3\r\n" in said'
	run -0 try -b -T 2000 <<-END
	locate one v1.geolocate 81.2.69.1 9 3
	locate two v1.geolocate 81.2.69.1 9
	END
	kill $relay
	mv "$dir/real" "$dir/sock"
	# Redis has done all of it by then, and that of which nothing is known
	# twice.
	[ "$output" = $'ok 1\nok 2\nok 3\nok 2' ]
	[ "$(redis get "apilimit:one:v1.geolocate:$day")" = 3 ]
	[ "$(redis get "apilimit:two:v1.geolocate:$day")" = 2 ]
}

@test "a Redis that answers one by one, each just in time, is too slow" {
	# the first replies are to what is said on a new connection
	relay 'said.count(b":") > 4 and said.endswith(b"\n") and time.sleep(0.1)'
	for i in {1..10}; do
		echo "locate key$i v1.geolocate 81.2.69.1 9"
	done >"$dir/calls"
	try -b -T 300 <"$dir/calls" >"$dir/out"
	kill $relay
	mv "$dir/real" "$dir/sock"
	[ "$(head -n 1 "$dir/out")" = 'ok 1' ]
	[ "$(tail -n 1 "$dir/out")" = 'alone-ok -1' ]
	# all of them would have taken four seconds
	ms=$(took end)
	((ms < 2500))
}

@test "exactly as many calls as the limit pass, all are counted" {
	run -0 try <<-END
	locate test v1.geolocate 81.2.69.192 3
	locate test v1.geolocate 81.2.69.192 3
	locate test v1.geolocate 81.2.69.192 3
	locate test v1.geolocate 81.2.69.192 3
	locate test v1.search 81.2.69.192 3
	END
	[ "$output" = $'ok 1\nok 2\nok 3\nover 4\nok 1' ]
}

@test "threads share the connections, and no call is lost" {
	try -t 16 -T 5000 <<<'locate test v1.geolocate 81.2.69.192 9 100'
	[ "$(redis get "apilimit:test:v1.geolocate:$day")" = 1600 ]
	try -t 16 -T 5000 -d 50 <<<'locate test v1.search 81.2.69.192 0 100'
	[ "$(redis get "apilimit:test:v1.search:$day")" = 1600 ]
}

@test "a client network is limited, and costs its key nothing then" {
	run -0 try -L 3 -W 3000 <<-END
	locate test v1.geolocate 81.2.69.1 0 2
	locate test v1.search 81.2.69.255 0
	locate test v1.geolocate 81.2.69.1 0
	locate test v1.geolocate 81.2.68.1 2
	locate other v1.geolocate 81.2.69.1 0
	locate test v1.geolocate ::ffff:81.2.69.2 0
	locate six v1.geolocate 2001:db8:0:aa00::1 0 3
	locate six v1.geolocate 2001:db8:0:aaff::2 0
	locate six v1.geolocate 2001:db8:0:ab00::1 0
	END
	[ "${lines[0]}" = \
	    'ok 2 "client";q=3;w=3000 "client";r=1;t=2000 0' ]
	[ "${lines[1]}" = \
	    'ok 1 "client";q=3;w=3000 "client";r=0;t=3000 0' ]
	[[ "${lines[2]}" == \
	    'client -1 "client";q=3;w=3000 "client";r=0;t='*' '[0-9]* ]]
	retry=${lines[2]##* }
	((retry > 990 && retry <= 1000))
	[[ "${lines[3]}" == 'over 3 '* ]]
	[[ "${lines[4]}" == 'ok 1 '* ]]
	[[ "${lines[5]}" == 'client '* ]]
	[[ "${lines[6]}" == 'ok 3 '* ]]
	[[ "${lines[7]}" == 'client '* ]]
	[[ "${lines[8]}" == 'ok 4 '* ]]
	[ "$(redis get "apilimit:test:v1.geolocate:$day")" = 3 ]
	ttl=$(redis ttl loc:client:test:81.2.69.0)
	((ttl > 2900 && ttl <= 3000))
	[ "$(redis exists loc:client:six:2001:db8:0:aa00::)" = 1 ]
}

@test "calls that are not counted have the limit of their network" {
	run -0 try -L 3 -W 3000 <<-END
	- - - 81.2.69.1 0 2
	- - - 81.2.69.1 0
	- - - 81.2.69.1 0
	- other - 81.2.69.1 0
	- - - - 0 100
	END
	[[ "${lines[0]}" == 'ok -1 '*';r=1;t=2000 0' ]]
	[[ "${lines[1]}" == 'ok -1 '*';r=0;'* ]]
	[[ "${lines[2]}" == 'client -1 '* ]]
	[[ "${lines[3]}" == 'ok -1 '*';r=2;'* ]]
	# Clients that are not known are not limited together.
	[ "${lines[4]}" = 'ok -1' ]
	[ "$(redis keys '*' | sort)" = \
	    $'loc:client:-:81.2.69.0\nloc:client:other:81.2.69.0' ]
	# Without limits for networks nobody is asked.
	redis config resetstat
	run -0 try <<<'- - - 81.2.69.1 0 100'
	[ "$output" = 'ok -1' ]
	run ! grep -q evalsha <(redis info commandstats)
}

@test "a network gets its calls back at an even rate" {
	run -0 try -L 2 -W 2 <<-END
	locate test v1.geolocate 81.2.69.1 0 3
	sleep 1100
	locate test v1.geolocate 81.2.69.1 0
	END
	[[ "${lines[0]}" == 'client '* ]]
	[[ "${lines[1]}" == 'ok 3 '* ]]
}

# Four servers, whose clocks are up to two seconds wrong, give the lines of
# stdin to limit_try with OPTIONS; their answers are in $dir/node.AHEAD.
skewed() {
	local shim

	shim=$(dirname "$(command -v loc-db)")/shims/fault.so
	cat >"$dir/calls"
	for ahead in -2 -1 1 2; do
		echo "$ahead" >"$dir/ahead.$ahead"
		LD_PRELOAD=$shim \
		    FAULT_CLOCK="$dir/ahead.$ahead" \
		    "$(dirname "$(command -v loc-db)")/tools/limit_try" "$@" \
		    "unix://$dir/sock" <"$dir/calls" >"$dir/node.$ahead" &
	done
	wait
}

@test "reliability 31: four servers with skewed clocks allow what is allowed" {
	# A burst of 1000 calls: 500 may pass, and 25 more a second.
	begun=$(date +%s%N)
	for _ in {1..250}; do
		echo 'locate test v1.geolocate 81.2.69.1 0'
	done | skewed -L 500 -W 20
	ms=$((($(date +%s%N) - begun) / 1000000))
	cat "$dir"/node.* >"$dir/all"
	[ "$(wc -l <"$dir/all")" = 1000 ]
	passed=$(grep -c '^ok ' "$dir/all")
	((passed >= 500 && passed * 100 <= (500 + ms / 40) * 101))
	[ "$(redis get "apilimit:test:v1.geolocate:$day")" = "$passed" ]
	# No server has seen a header go the wrong way: up, or nearer.
	for node in "$dir"/node.*; do
		sed -E 's/.*;r=([0-9]+);t=([0-9]+) .*/\1 \2/' "$node" | awk '
		    NR > 1 && ($1 > r + 1 || ($1 > 0 && $2 < t - 2)) { exit 1 }
		    { r = $1; t = $2 }'
	done
}

@test "reliability 31: in the long run, too" {
	begun=$(date +%s%N)
	for _ in {1..600}; do
		echo 'locate test v1.geolocate 81.2.69.1 0'
		echo 'sleep 5'
	done | skewed -L 100 -W 2
	ms=$((($(date +%s%N) - begun) / 1000000))
	passed=$(cat "$dir"/node.* | grep -c '^ok ')
	# 100 at once, then 50 a second, and 1 % more.
	((passed >= 200 && passed * 100 <= (100 + ms / 20) * 101))
}

@test "a script that Redis forgot is sent again" {
	(
		echo 'locate test v1.geolocate 81.2.69.1 0'
		sleep 0.5
		redis script flush >&2
		echo 'locate test v1.geolocate 81.2.69.1 0'
	) | try -L 9 >"$dir/out"
	[[ "$(cat "$dir/out")" == $'ok 1 '*$'\nok 2 '* ]]
}

@test "a key without limit need not wait: its calls are sent together" {
	(
		cat <<-END
		locate test v1.geolocate 81.2.69.192 0 500
		locate test v1.geolocate 81.2.69.193 0 500
		submit test v2.geosubmit 81.2.69.193 0
		locate few v1.geolocate 81.2.69.193 9
		END
		sleep 0.5
		redis mget "apilimit:test:v1.geolocate:$day" \
		    "apilimit:few:v1.geolocate:$day" >"$dir/early"
	) | try -d 60000 >"$dir/out"
	[ "$(cat "$dir/out")" = $'ok -1\nok -1\nok -1\nok 1' ]
	[ "$(cat "$dir/early")" = $'\n1' ]
	# At the end all is there.
	[ "$(redis mget "apilimit:test:v1.geolocate:$day" \
	    "apilimit:test:v2.geosubmit:$day")" = $'1000\n1' ]
	[ "$(redis pfcount "apiuser:locate:test:$date")" = 2 ]
	((691100 < $(redis ttl "apiuser:locate:test:$date")))
	((89900 < $(redis ttl "apilimit:test:v1.geolocate:$day")))
}

@test "gathered calls are sent after the delay, without an end" {
	(
		echo 'locate test v1.geolocate 81.2.69.192 0 5'
		for _ in {1..1200}; do
			sleep 0.05
			[ -z "$(redis get "apilimit:test:v1.geolocate:$day")" ] ||
			    break
		done
		redis get "apilimit:test:v1.geolocate:$day" >"$dir/early"
	) | try -d 100
	[ "$(cat "$dir/early")" = 5 ]
}

@test "more than can be gathered is counted all the same" {
	for i in {1..1500}; do
		echo "locate key$i v1.geolocate 81.2.69.192 0"
	done | try -d 60000 >"$dir/out"
	[ "$(grep -c '^ok -1$' "$dir/out")" = 1024 ]
	[ "$(grep -c '^ok 1$' "$dir/out")" = 476 ]
	[ "$(redis keys 'apilimit:*' | wc -l)" = 1500 ]
	[ "$(redis keys 'apiuser:*' | wc -l)" = 1500 ]
}

@test "many addresses of one key" {
	for i in {1..2000}; do
		echo "locate test v1.geolocate 10.0.$((i / 256)).$((i % 256)) 0"
	done | try -d 60000
	count=$(redis pfcount "apiuser:locate:test:$date")
	((count > 1950 && count < 2050))
	[ "$(redis get "apilimit:test:v1.geolocate:$day")" = 2000 ]
}

@test "reliability 27: without Redis limits go on in memory" {
	stop_redis
	run -0 try -L 3 -W 3000 <<-END
	locate test v1.geolocate 81.2.69.1 2 2
	locate test v1.geolocate 81.2.69.1 2
	locate test v1.search 81.2.69.1 2
	locate test v1.geolocate 81.2.70.1 2
	locate other v1.geolocate 81.2.69.1 2
	- - - 81.2.69.1 0 3
	- - - 81.2.69.1 0
	- - - 81.2.70.1 0
	END
	[ "${lines[0]}" = \
	    'alone-ok -1 "client";q=3;w=3000 "client";r=1;t=2000 0' ]
	[[ "${lines[1]}" == 'alone-over -1 '*';r=0;t='* ]]
	[[ "${lines[2]}" == 'alone-client -1 '*' '[0-9]* ]]
	((${lines[2]##* } > 990 && ${lines[2]##* } <= 1000))
	[[ "${lines[3]}" == 'alone-over -1 '*';r=2;t='* ]]
	[[ "${lines[4]}" == 'alone-ok -1 '*';r=2;t='* ]]
	[[ "${lines[5]}" == 'alone-ok -1 '*';r=0;t='* ]]
	[[ "${lines[6]}" == 'alone-client -1 '* ]]
	[[ "${lines[7]}" == 'alone-ok -1 '*';r=2;t='* ]]
	# One connection warns for all.
	[ "$(grep -c cache_url "$dir/err")" = 1 ]
	for opt in "-d 0" "-d 100"; do
		# shellcheck disable=SC2086
		run -0 try $opt <<-END
		locate test v1.geolocate 81.2.69.1 5 5
		locate test v1.geolocate 81.2.69.1 5 10000
		locate test v1.search 81.2.69.1 0 10000
		END
		[ "$output" = $'alone-ok -1\nalone-over -1\nalone-ok -1' ]
	done
}

@test "reliability 27: limits go on from what Redis said last" {
	(
		echo 'locate test v1.geolocate 81.2.69.1 3 2'
		echo 'locate test v1.search 81.2.70.1 9 4'
		sleep 0.5
		stop_redis
		echo 'locate test v1.geolocate 81.2.70.1 3'
		echo 'locate test v1.geolocate 81.2.71.1 3'
		echo 'locate test v1.search 81.2.69.1 9 3'
		echo 'locate test v1.search 81.2.69.1 9'
	) | try -L 5 -W 5000 >"$dir/out"
	sed 's/ .*//' "$dir/out" >"$dir/verdicts"
	[ "$(tr '\n' ' ' <"$dir/verdicts")" = \
	    'ok ok alone-ok alone-over alone-ok alone-client ' ]
}

@test "reliability 27: what Redis missed it is told when it is back" {
	(
		echo 'locate test v1.geolocate 81.2.69.1 9'
		sleep 0.3
		stop_redis
		echo 'locate test v1.geolocate 81.2.69.1 9'
		echo 'locate test v1.geolocate 81.2.69.2 9 4'
		sleep 0.3
		start_redis
		for _ in {1..600}; do
			[ -z "$(redis get "apilimit:test:v1.geolocate:$day")" ] ||
			    break
			sleep 0.1
		done
		echo 'locate test v1.geolocate 81.2.69.3 9'
	) | try >"$dir/out"
	# The call that found Redis away may have been counted: it is not sent.
	[ "$(cat "$dir/out")" = $'ok 1\nalone-ok -1\nalone-ok -1\nok 5' ]
	[ "$(redis pfcount "apiuser:locate:test:$date")" = 2 ]
}

@test "reliability 27: nobody waits for a Redis that hangs" {
	kill -STOP "$(cat "$dir/pid")"
	run -0 try -T 300 <<-END
	locate test v1.geolocate 81.2.69.1 5
	locate test v1.geolocate 81.2.69.1 5 10000
	END
	[ "$output" = $'alone-ok -1\nalone-over -1' ]
	# Each would have taken 300 ms.
	(($(took longest) < 100000))
}

@test "calls are limited again when Redis is back" {
	(
		echo 'locate test v1.geolocate 81.2.69.1 1'
		echo 'locate test v1.search 81.2.69.1 0'
		sleep 0.3
		stop_redis
		echo 'locate test v1.geolocate 81.2.69.1 1'
		sleep 0.3
		start_redis
		echo 'sleep 3000'
		echo 'locate test v1.geolocate 81.2.69.1 1 2'
	) | try -d 60000 >"$dir/out"
	[ "$(cat "$dir/out")" = $'ok 1\nok -1\nalone-over -1\nover 2' ]
	# One connection speaks for all.
	[ "$(grep -c cache_url "$dir/err")" = 2 ]
	grep -q '\[cache\] cache_url .*: works again after [0-9] s$' "$dir/err"
	# What was gathered before has waited for it.
	[ "$(redis get "apilimit:test:v1.search:$day")" = 1 ]
}

@test "a connection that went stale meanwhile costs nothing" {
	(
		echo 'locate test v1.geolocate 81.2.69.1 5'
		sleep 0.3
		redis client kill type normal skipme yes >&2
		echo 'locate test v1.geolocate 81.2.69.1 5'
	) | try -T 2000 >"$dir/out"
	[ "$(cat "$dir/out")" = $'ok 1\nok 2' ]
}

@test "a Redis that refuses is done without, and warned of once" {
	redis set "apilimit:test:v1.geolocate:$day" text
	run -0 try <<-END
	locate test v1.geolocate 81.2.69.1 1
	locate test v1.geolocate 81.2.69.1 1
	locate test v1.search 81.2.69.1 1
	END
	[ "$output" = $'alone-ok -1\nalone-over -1\nok 1' ]
	[ "$(grep -c 'counting calls: ERR' "$dir/err")" = 1 ]
}

@test "of gathered calls that Redis refuses the next one tells" {
	redis set "apilimit:test:v1.geolocate:$day" text
	run -0 try -d 20 <<-END
	locate test v1.geolocate 81.2.69.1 0
	sleep 500
	locate test v1.geolocate 81.2.69.1 0
	END
	[ "$output" = $'ok -1\nalone-ok -1' ]
}

@test "names that are too long are not counted" {
	path=$(printf 'v1.%0250d' 0)
	run -0 try <<<"locate test $path 81.2.69.1 1"
	[ "$output" = 'alone-ok -1' ]
}
