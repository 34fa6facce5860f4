#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
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
	[ -z "${statsd_pid:-}" ] || kill "$statsd_pid"
	kill -9 "$redis_pid"
	rm -rf "${sock%/*}"
}

# A location.ini with more settings: "section.key = value" each.  It is put in
# place whole, as a feed that was told to may read it at this moment.
configure() {
	local s
	{
		printf '[cache]\ncache_url = unix://%s\n' "$sock"
		printf '[spool]\ndir = %s/spool\n' "$PWD"
		for s; do
			printf '[%s]\n%s\n' "${s%%.*}" "${s#*.}"
		done
	} >"$LOC_CONF.new"
	chmod 600 "$LOC_CONF.new"
	mv "$LOC_CONF.new" "$LOC_CONF"
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

in_stream() { shipped | grep -qx "$1"; }

# All acknowledged numbers (file acked) are in the stream.
complete() {
	shipped | uniq >got
	sort -n acked >want
	[ -s want ]
	[ -z "$(comm -13 <(sort got) <(sort want))" ]
}

# Read and acknowledge all entries as a worker of group $1 would.
consume() {
	local group=${1:-internal}
	r --raw XREADGROUP GROUP "$group" w COUNT 100000 STREAMS loc:reports \
	    '>' >taken
	LC_ALL=C grep -aE '^[0-9]+-[0-9]+$' taken >ids || true
	LC_ALL=C sed -n 's/^{"n":\(.*\)}$/\1/p' taken >>numbers
	xargs -r -n 1000 redis-cli -s "$sock" XACK loc:reports "$group" <ids \
	    >/dev/null
	wc -l <ids
}

no_more_than() { [ "$(r XLEN loc:reports)" -le "$1" ]; }

# Up to number $1 all was counted; $2 entries and no more are there then.
counted_within() {
	consume >/dev/null
	no_more_than "$2" || touch over
	r --raw XREVRANGE loc:reports + - COUNT 1 >newest
	LC_ALL=C grep -aqxF "{\"n\":$1}" newest
}

dropped() { r --raw HGET loc:reports:dropped "$1"; }

dropped_more_than() {	# of the group slow
	[ "$(dropped slow | grep . || echo 0)" -gt "$1" ]
}

gave_up() { [ "$(dropped "$1" | tr -d '\n')" != '' ]; }


# Up to a minute for a condition.
await() {
	local end=$((SECONDS + 60))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Consume; number $1 has come.
consumed() {
	consume >/dev/null
	grep -qxF "$1" numbers
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
	# The feed must not be back before the test has looked.
	kill -STOP "$feed_pid"
	redis_kill
	redis_start
	[ "$(r XLEN loc:reports)" -eq 100 ]
	kill -CONT "$feed_pid"
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
	[ "$(grep -c ': OOM ' feed.log)" -eq 1 ]
	[ "$(grep -vc ': OOM ' feed.log)" -eq \
	    "$(grep -c ': works again after ' feed.log)" ]
	[ "$(grep -c . feed.log)" -le 2 ]
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

# big NUMBER FIRST: submissions of a hundred kB each
big() {
	local i

	for ((i = $2; i < $2 + $1; i++)); do
		printf '{"items":[{"timestamp":1460000000000,'
		printf '"wifiAccessPoints":[{"macAddress":"%0100000d"}]}]}\n' \
		    "$i"
	done | loc-submit -b 1
}

# Number 100 has come, and no more than 52 were there at any time.
hundredth_within_52() {
	[ "$(consume)" -le 52 ] || touch over
	grep -q '0100"' taken
}

@test "no more than max_backlog_bytes wait in Redis, also after a restart" {
	configure 'queue.max_backlog_bytes = 1m'
	r XGROUP CREATE loc:reports internal 0 MKSTREAM
	big 100 1
	run -75 loc-feed -1
	n=$(r XLEN loc:reports)
	[ "$n" -ge 10 ] && [ "$n" -le 52 ]
	run -75 loc-feed -1
	[ "$(r XLEN loc:reports)" -eq "$n" ]
	start_feed
	sleep 1
	[ "$(r XLEN loc:reports)" -eq "$n" ]
	# What is counted makes room for as much.
	await hundredth_within_52
	[ ! -e over ]
}

# Bodies that shrink well on the wire, and grow into long lines.
# bats test_tags=plain
@test "large bodies fill the memory of Redis no more than small ones" {
	configure 'queue.max_backlog_bytes = 4m'
	item='{"position":{"latitude":51.5,"longitude":-0.1},"wifiAcces'
	item=$item'sPoints":[{"macAddress":"zz"}]}'
	{
		printf '{"items":['
		yes "$item," | head -n 20000 | tr -d '\n'
		printf '%s]}\n' "$item"
	} >body
	for _ in {1..10}; do cat body; done | loc-submit -b 10000
	[ "$(cat spool/*.seg | wc -c)" -gt 20000000 ]
	run -75 loc-feed -1
	peak=$(r INFO memory | sed -n 's/^used_memory_peak:\([0-9]*\).*/\1/p')
	[ "$peak" -lt 40000000 ]
	largest=$(r --raw XRANGE loc:reports - + | LC_ALL=C awk '
	    /^[0-9]+-[0-9]+$/ { if (n > m) m = n; n = 0 }
	    { n += length($0) + 1 } END { print m }')
	[ "$largest" -lt 1100000 ]
	# What is counted makes room for the rest.
	for _ in {1..20}; do
		consume >/dev/null
		run loc-feed -1
		[ "$status" -ne 0 ] || break
	done
	[ "$status" -eq 0 ]
	[ "$(r INFO memory | sed -n 's/^used_memory_peak:\([0-9]*\).*/\1/p')" \
	    -lt 60000000 ]
}

# bats test_tags=plain
@test "a target that is down keeps no more than max_lag_bytes in Redis" {
	configure 'queue.max_lag_bytes = 3m'
	r XGROUP CREATE loc:reports slow 0 MKSTREAM
	start_feed
	for i in {1..10}; do
		big 10 "${i}00"
		for _ in {1..50}; do
			consume >/dev/null
			! grep -q "0${i}09\"" taken || break
			sleep 0.1
		done
	done
	await no_more_than 31
	[ "$(dropped slow)" -ge 69 ]
	[ "$(dropped slow)" -le 75 ]
	# The sum survives a restart, and nothing more is given up for it.
	stop_feed
	lost=$(dropped slow)
	start_feed
	sleep 2
	[ "$(dropped slow)" = "$lost" ]
	big 10 2000
	for _ in {1..30}; do
		consume >/dev/null
		sleep 0.1
	done
	[ "$(dropped slow)" -ge $((lost + 5)) ]
	[ "$(dropped slow)" -le $((lost + 15)) ]
}

@test "others than the database do not hold it back, up to max_lag" {
	python3 "$top/tests/cmd/statsd-server.py" statsd 3>&- &
	statsd_pid=$!
	await test -e statsd.port
	configure 'queue.max_backlog = 500' 'queue.max_lag = 2000' \
	    'statsd.host = 127.0.0.1' 'statsd.tag_support = true' \
	    "statsd.port = $(cat statsd.port)"
	spool_put spool 100 >acked
	loc-feed -1
	r XGROUP CREATE loc:reports slow 0
	r XGROUP CREATE loc:reports quick 0
	r XREADGROUP GROUP slow w COUNT 30 STREAMS loc:reports '>' >/dev/null
	spool_put spool 9900 101 >>acked
	start_feed
	until counted_within 10000 3000; do
		consume quick >/dev/null
	done
	consume quick >/dev/null
	[ ! -e over ]
	await no_more_than 2200
	stop_feed
	loc-feed -1
	# What is gone was counted; a slow consumer loses the oldest only.
	left=$(r XLEN loc:reports)
	[ "$left" -le 2000 ]
	[ "$left" -gt 1500 ]
	[ "$(dropped slow)" = $((10000 - left)) ]
	[ -z "$(dropped quick)" ]
	[ -z "$(dropped internal)" ]
	grep -q "group slow is too far behind: [0-9]* reports given up" \
	    feed.log
	[ "$(grep -o 'data.export.drop:.*|c|#key:slow' statsd |
	    tr ':|' '  ' | awk '{ n += $2 } END { print n }')" = \
	    $((10000 - left)) ]
	[ "$(consume slow)" = "$left" ]
	[ "$(r XPENDING loc:reports slow | head -1)" = 0 ]
}

@test "without memory the slowest give up, the database does not" {
	spool_put spool 20000 >acked
	r CONFIG SET maxmemory 2mb
	start_feed
	await starved
	# A new group takes memory, too, which loc-feed must not get instead.
	kill -STOP "$feed_pid"
	r CONFIG SET maxmemory 3mb
	r XGROUP CREATE loc:reports slow 0
	r CONFIG SET maxmemory 2mb
	kill -CONT "$feed_pid"
	# Nothing is given up that was not counted.
	sleep 0.5
	[ -z "$(dropped slow)" ]
	await consumed 20000
	await dropped_more_than 5000
	[ "$(r HLEN loc:reports:dropped)" = 1 ]
	[ "$(shipped | tail -1)" = 20000 ]
}

@test "a spool that gets full is no reason to wait for others" {
	configure 'spool.max_bytes = 1m' 'spool.keep_s = 0'
	r XGROUP CREATE loc:reports slow 0 MKSTREAM
	start_feed
	spool_put spool 16000 1 65536 1048576 >acked
	await complete
	[ "$(consume)" -eq 16000 ]
	await gave_up slow
	await spool_put spool 1 20001 65536 1048576
	[ "$(dropped slow)" -lt 13300 ]
}

@test "groups that Redis forgot get again what they had not done" {
	r XGROUP CREATE loc:reports early 0 MKSTREAM
	spool_put spool 100 >acked
	loc-feed -1
	r XGROUP CREATE loc:reports mine 0
	r XGROUP CREATE loc:reports listed 0
	r SADD loc:reports:groups internal listed
	[ "$(consume)" -eq 100 ]
	[ "$(consume mine)" -eq 100 ]
	loc-feed -1
	r FLUSHALL
	spool_put spool 20 101 >>acked
	loc-feed -1
	for group in internal listed mine early; do
		[ "$(consume "$group")" -eq 120 ]
	done
	[ "$(r SMEMBERS loc:reports:groups | sort)" = $'internal\nlisted' ]
	# A group that was destroyed is not made again.
	r XGROUP DESTROY loc:reports mine
	loc-feed -1
	r FLUSHALL
	loc-feed -1
	run r XREADGROUP GROUP mine w STREAMS loc:reports ">"
	[[ "$output" == *NOGROUP* ]]
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

# As root reads everything, a segment of another is one that is none.
@test "a segment that cannot be opened holds nobody up" {
	spool_put spool 10 >acked
	ln -s /nowhere spool/000000000001-00000001-00000001.seg
	start_feed
	await complete
	spool_put spool 10 11 >>acked
	await complete
	sleep 3
	[ "$(cat feed.log)" = "loc-feed: $PWD/spool/000000000001-00000001-0000\
0001.seg: tried again later: Too many levels of symbolic links" ]
	stop_feed
	run -75 loc-feed -1
	[ "$(grep -c 'tried again later' <<<"$output")" -eq 1 ]
	rm spool/000000000001-00000001-00000001.seg
	loc-feed -1
}

@test "reliability 4: a bad block costs the records it hits, a disk that comes back none" {
	shim=$(dirname "$(command -v loc-feed)")/shims/fault.so
	spool_put spool 1000 >acked
	echo 'seg 8192 12288' >bad
	LD_PRELOAD=$shim FAULT_EIO=bad run -0 loc-feed -1
	[[ "${lines[0]}" == *': tried again later: Input/output error' ]]
	[[ "${lines[1]}" == *' damaged bytes at '*', some of which the disk'\
' cannot read' ]]
	shipped >got
	[ "$(wc -l <got)" -gt 900 ]
	[ "$(wc -l <got)" -lt 950 ]
	[ "$(head -n 1 got) $(tail -n 1 got)" = '1 1000' ]

	rm -r spool
	r FLUSHALL
	spool_put spool 1000 >acked
	echo 'seg 0 1000000' >bad
	LD_PRELOAD=$shim FAULT_EIO=bad run -75 loc-feed -1
	export LD_PRELOAD=$shim FAULT_EIO=bad
	start_feed
	unset LD_PRELOAD
	sleep 1
	spool_put spool 10 1001 >>acked
	sleep 3
	echo 'seg 0 0' >bad
	await complete
	[ ! -e spool/bad ]
}

logged() { grep -qF "$1" feed.log; }

@test "HUP: a moved spool, another stream, and what is wrong" {
	spool_put spool 10 >acked
	start_feed
	await complete

	# Nothing has changed, then something that cannot be.
	kill -HUP "$feed_pid"
	await logged 'loc-feed: reloaded'
	spool_put spool 10 11 >>acked
	await complete
	[ "$(r XLEN loc:reports)" -eq 20 ]
	configure 'queue.max_backlog = none'
	kill -HUP "$feed_pid"
	await logged 'loc-feed: going on with the old configuration'
	configure 'queue.stream = other'
	sed -i 's,^cache_url.*,cache_url = nonsense,' "$LOC_CONF"
	kill -HUP "$feed_pid"
	mkdir elsewhere
	configure
	sed -i 's,^dir.*,dir = /dev/null,' "$LOC_CONF"
	kill -HUP "$feed_pid"
	await logged '/dev/null'
	spool_put spool 10 21 >>acked
	await complete

	# Another stream gets what is not done.
	[ "$(consume)" -eq 30 ]
	spool_put spool 5 31
	await consumed 35
	spool_put spool 5 41
	configure 'queue.stream = other'
	kill -HUP "$feed_pid"
	spool_put spool 5 51
	await eval "r --raw XRANGE other - + | grep -q '\"n\":55'"
	r --raw XRANGE other - + >got
	[ "$(grep -c '"n":[45][1-5]' got)" -eq 10 ]
	run ! grep -q '"n":10' got

	# Another spool; the old one is let go of.
	sed -i "s,^dir.*,dir = $PWD/elsewhere," "$LOC_CONF"
	spool_put elsewhere 5 61
	kill -HUP "$feed_pid"
	await eval "r --raw XRANGE other - + | grep -q '\"n\":65'"
	printf '[cache]\ncache_url = unix://%s\n[spool]\ndir = %s/spool\n' \
	    "$sock" "$PWD" >old.ini
	loc-feed -1 -c old.ini
	run -75 loc-feed -1
	[[ "$output" == *'another loc-feed'* ]]
}

@test "HUP at any moment does no harm" {
	spool_put spool 10 >acked
	LD_PRELOAD=$(dirname "$(command -v loc-feed)")/shims/fault.so \
	    FAULT_HUP=1 loc-feed -1
	complete
	rm spool/feed.lock
	start_feed
	await test -e spool/feed.lock
	for _ in {1..300}; do
		kill -HUP "$feed_pid"
	done
	await logged reloaded
	kill "$feed_pid"
	wait "$feed_pid"
	feed_pid=
}

@test "root becomes who owns the spool" {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	chmod 777 "$sock" "${sock%/*}"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/spool.XXXXXX")
	chmod 755 "$dir"
	sed -i "s,^dir.*,dir = $dir/spool," "$LOC_CONF"
	printf '[http]\nuser = nobody\n' >>"$LOC_CONF"
	loc-feed -1
	[ "$(stat -c '%U %a' "$dir/spool" "$dir/spool/feed.state")" = \
	    $'nobody 750\nnobody 640' ]
	spool_put "$dir/spool" 10 >acked
	run -75 loc-feed -1
	[[ "$output" == *'.seg: tried again later: Permission denied'* ]]
	chown -R nobody "$dir/spool"
	loc-feed -1
	complete
	rm -r "$dir"
}

# What loc-feed -l tells as done and shipped, together.
marked() {
	[ "$(loc-feed -l | jq -s 'map(.done, .shipped) | add')" -eq "$1" ]
}

@test "-l: what is in the spool" {
	run -66 loc-feed -l
	spool_put spool 3 1 1 >acked
	spool_put spool 4 4 >>acked
	start_feed
	await complete
	r XREADGROUP GROUP internal w COUNT 2 STREAMS loc:reports '>' >ids
	sed -n 's/^\([0-9]*-[0-9]*\)$/\1/p' ids |
	    xargs redis-cli -s "$sock" XACK loc:reports internal
	spool_put spool 2 8 >>acked
	await in_stream 9	# not complete: what is done may be gone
	await marked 11
	ln -s /nowhere spool/zzz.seg
	[ "$(loc-feed -l | jq -c '[.state, .submissions, .shipped, .done,
	    .reports, .bad_bytes, .bytes > 0, has("first")]')" = \
	    '["ended",1,1,1,1,0,true,true]
["ended",1,1,1,1,0,true,true]
["left",7,7,0,7,0,true,true]
["unreadable",0,0,0,0,0,true,false]' ]
}

@test "-a: after a restore everything kept is shipped again" {
	spool_put spool 10 >acked
	loc-feed -1
	[ "$(consume)" -eq 10 ]
	loc-feed -1
	[ "$(consume)" -eq 0 ]
	run -0 loc-feed -1a
	[ "$output" = '' ]
	[ "$(consume)" -eq 10 ]
	loc-feed -1
	[ "$(consume)" -eq 0 ]
}

@test "-v: what is there at the start" {
	spool_put spool 10 >acked
	run -0 loc-feed -1 -v
	[[ "${lines[0]}" == "loc-feed: $PWD/spool: 1 segments, "*\
' bytes to be shipped' ]]
	[ "${lines[1]}" = 'loc-feed: redis: stream loc:reports has 0 entries' ]
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

@test "a Redis that takes nothing: -1 says how much is left" {
	spool_put spool 10 >acked
	loc-feed -1
	spool_put spool 10 11 >>acked
	r CONFIG SET min-replicas-to-write 1
	run -75 loc-feed -1
	[[ "$output" == *NOREPLICAS* ]]
	[[ "$output" =~ loc-feed:\ [1-9][0-9]*\ bytes\ of\ the\ spool\ cannot ]]
	r CONFIG SET min-replicas-to-write 0
	loc-feed -1
	await complete
}

@test "a spool that is removed ends it, so that another is begun" {
	start_feed
	await test -e spool/feed.state
	rm -r spool
	status=0
	wait "$feed_pid" || status=$?
	[ "$status" = 73 ]
	await logged "loc-feed: $PWD/spool: was removed"
	spool_put spool 10 >acked
	start_feed
	await complete
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
