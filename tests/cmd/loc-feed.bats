#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2030,SC2031	# a test is a subshell, and may be
#
# Whatever is acknowledged by the spool reaches the stream, whatever happens
# to loc-feed and Redis.  Records are numbered; a Redis of the test's own is
# stopped, emptied and starved.

# Every test has its own $feed_pid.
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	command -v loc-feed >/dev/null || PATH=$top/build:$PATH
	PATH=$(dirname "$(command -v loc-feed)")/tools:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	sock=$(mktemp -d)/redis.sock
	export LOC_CONF=$PWD/location.ini
	configure
	redis_start
}

teardown() {
	stop_feed
	kill -9 "$redis_pid"
	rm -rf "${sock%/*}"
}

# A location.ini with more settings: "section.key = value" each.
configure() {
	local s
	{
		printf '[cache]\ncache_url = unix://%s\n' "$sock"
		printf '[spool]\ndir = %s/spool\n' "$PWD"
		for s; do
			printf '[%s]\n%s\n' "${s%%.*}" "${s#*.}"
		done
	} >"$LOC_CONF"
	chmod 600 "$LOC_CONF"
}

redis_start() {
	redis-server --port 0 --unixsocket "$sock" --dir "$PWD" --save '' \
	    --appendonly no --logfile "$PWD/redis.log" 3>&- &
	redis_pid=$!
	until r PING >/dev/null 2>&1; do sleep 0.02; done
}

redis_kill() {
	kill -9 "$redis_pid"
	wait "$redis_pid" || true
	rm -f "$sock"
}

r() { redis-cli -s "$sock" "$@"; }

start_feed() {
	loc-feed >>feed.log 2>&1 3>&- &
	feed_pid=$!
}

stop_feed() {
	[ -z "${feed_pid:-}" ] || kill "$feed_pid" 2>/dev/null || return 0
	[ -z "${feed_pid:-}" ] || wait "$feed_pid"
	feed_pid=
}

# The numbers in the stream, sorted.
shipped() {
	r --raw XRANGE loc:reports - + | LC_ALL=C sed -n 's/^{"n":\(.*\)}$/\1/p' |
	    sort -n
}

# All acknowledged numbers (file acked) are in the stream.
complete() {
	shipped | uniq >got
	sort -n acked >want
	[ -s want ]
	[ -z "$(comm -13 <(sort got) <(sort want))" ]
}

# Read and acknowledge all entries as a worker would.
consume() {
	local id
	r --raw XREADGROUP GROUP internal w COUNT 100000 STREAMS loc:reports \
	    '>' | LC_ALL=C grep -aE '^[0-9]+-[0-9]+$' >ids || true
	while read -r id; do
		echo "XACK loc:reports internal $id"
	done <ids | r >/dev/null
	wc -l <ids
}

# Up to ten seconds for a condition.
await() {
	local _
	for _ in {1..200}; do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}

# Consume; all up to number $1 have come.
consumed() {
	consume >/dev/null
	r --raw XREVRANGE loc:reports + - COUNT 1 >newest
	LC_ALL=C grep -aqxF "{\"n\":$1}" newest
}

starved() { grep -q 'no more\|OOM' feed.log; }

room() { spool_put spool 5000 40001 65536 1048576 2>/dev/null; }

no_segments() { ! ls spool/*.seg >/dev/null 2>&1; }

@test "ships everything once and in order" {
	spool_put spool 1000 1 5000 >acked
	run loc-feed -1
	[ "$status" -eq 0 ] && [ "$output" = '' ]
	[ "$(r --raw XRANGE loc:reports - + |
	    sed -n 's/^{"n":\(.*\)}$/\1/p')" = "$(cat acked)" ]
	run loc-feed -1
	[ "$status" -eq 0 ]
	[ "$(r XLEN loc:reports)" -eq 1000 ]
	[[ "$(r --raw XRANGE loc:reports - + COUNT 1 | tr -d '\0' |
	    LC_ALL=C tail -n 9 | tr '\n' ' ')" = \
	    't 1'*' n 1 k test r {"n":1}  ' ]]
}

@test "a segment goes when all groups are done with it" {
	configure 'spool.keep_s = 0'
	spool_put spool 300 1 5000 >acked
	loc-feed -1
	r XGROUP CREATE loc:reports other 0
	[ "$(consume)" -eq 300 ]
	start_feed
	sleep 1.5
	run ! no_segments
	[ "$(r XLEN loc:reports)" -eq 300 ]
	r XGROUP DESTROY loc:reports other
	await no_segments
	[ "$(r XLEN loc:reports)" -le 1 ]
}

@test "new records are shipped while it runs" {
	start_feed
	spool_put spool 10 >acked
	await complete
	spool_put spool 10 11 >>acked
	await complete
	kill "$feed_pid"
	wait "$feed_pid"
	feed_pid=
	[ "$(r XLEN loc:reports)" -eq 20 ]
}

@test "killed at any moment it skips nothing" {
	local i
	for i in {0..3}; do
		spool_put spool 3000 $((i * 3000)) 20000 >"acked.$i" &
	done
	for i in {1..25}; do
		start_feed
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -9 "$feed_pid"
		wait "$feed_pid" || true
	done
	feed_pid=
	wait -n; wait -n; wait -n; wait -n
	loc-feed -1
	cat acked.* >acked
	[ "$(wc -l <acked)" -eq 12000 ]
	complete
}

@test "what FLUSHALL took is shipped again" {
	local i
	start_feed
	for i in {1..12}; do
		spool_put spool 400 $((i * 1000)) >>acked
		r FLUSHALL >/dev/null
		spool_put spool 5 $((i * 1000 + 500)) >>acked
	done
	stop_feed
	loc-feed -1
	complete
}

@test "a stream that was deleted is shipped again" {
	start_feed
	spool_put spool 400 >acked
	await complete
	r DEL loc:reports
	r XGROUP CREATE loc:reports internal 0 MKSTREAM
	spool_put spool 400 401 >>acked
	await complete
}

@test "what a restart of Redis lost is shipped again" {
	spool_put spool 100 1 >acked
	loc-feed -1
	r SAVE
	start_feed
	spool_put spool 100 101 >>acked
	await complete
	redis_kill
	redis_start
	[ "$(r XLEN loc:reports)" -eq 100 ]
	spool_put spool 100 201 >>acked
	await complete
	redis_kill
	rm dump.rdb
	redis_start
	await complete
}

@test "what is done is not shipped again" {
	spool_put spool 100 >acked
	loc-feed -1
	[ "$(consume)" -eq 100 ]
	start_feed
	sleep 1.5
	stop_feed
	r FLUSHALL
	spool_put spool 1 101 >acked
	loc-feed -1
	[ "$(shipped)" = 101 ]
}

@test "Redis without memory: waits, and goes on when there is some" {
	spool_put spool 20000 >acked
	r CONFIG SET maxmemory 2mb
	start_feed
	await starved
	[ "$(consume)" -lt 20000 ]
	sleep 1
	[ "$(grep -c . feed.log)" -eq 1 ]
	await consumed 20000
}

@test "no more than max_backlog wait in Redis" {
	configure 'queue.max_backlog = 1000'
	spool_put spool 3000 >acked
	run -75 loc-feed -1
	[ "$(r XLEN loc:reports)" -le 1200 ]
	start_feed
	await consumed 3000
}

@test "segments that are done make room in a full spool" {
	configure 'spool.max_bytes = 1m' 'spool.keep_s = 86400'
	spool_put spool 10000 1 65536 1048576 >acked
	loc-feed -1
	[ "$(consume)" -eq 10000 ]
	run -75 spool_put spool 20000 10001 65536 1048576
	loc-feed -1
	[ "$(consume)" -gt 0 ]
	start_feed
	await room
}

@test "an eviction policy is refused" {
	r CONFIG SET maxmemory-policy allkeys-lru
	run -78 loc-feed -1
	[[ "$output" == *'allkeys-lru, expected noeviction'* ]]
}

@test "one loc-feed per spool" {
	start_feed
	await test -e spool/feed.state
	run -75 loc-feed -1
	[[ "$output" == *'another loc-feed'* ]]
}

@test "stopped while Redis hangs, it skips nothing" {
	spool_put spool 10 >acked
	start_feed
	await complete
	kill -STOP "$redis_pid"
	spool_put spool 10 11 >>acked
	sleep 0.3
	stop_feed
	kill -CONT "$redis_pid"
	loc-feed -1
	complete
}

@test "Redis away: -1 says so, the daemon waits" {
	spool_put spool 10 >acked
	redis_kill
	run -75 loc-feed -1
	start_feed
	sleep 0.3
	redis_start
	await complete
}
