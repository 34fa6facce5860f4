#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Redis does what it must not, while reports come in.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

config() {
	[ "$(loc_redis config set "$@")" = OK ]
}

# What is in the stream.
waits() {
	loc_redis xlen loc:reports
}

stream_has_entries() {
	[ "$(waits)" -gt 0 ]
}

feed_says() {
	grep -q "$1" run/feed.log
}

@test "reliability 2: Redis is killed and stays away for a while" {
	begin
	for _ in $(seq "$(times 4)"); do
		hit KILL redis
		grows
		loc_server_restart redis
		grows
	done
	settle
}

@test "reliability 2: Redis comes back empty" {
	begin
	for _ in $(seq "$(times 4)"); do
		hit KILL redis
		rm -r "$LOC_SERVERS/redis"
		loc_server_restart redis
		grows
	done
	settle
}

@test "reliability 2: Redis comes back older than it was" {
	begin
	for _ in $(seq "$(times 2)"); do
		cp -a "$LOC_SERVERS/redis" older
		grows
		hit KILL redis
		loc_await_end "$(loc_server_pid redis)"
		rm -r "$LOC_SERVERS/redis"
		mv older "$LOC_SERVERS/redis"
		loc_server_restart redis
		grows
	done
	feed_says 'redis has forgotten'
	settle
}

@test "reliability 2: FLUSHALL again and again" {
	begin
	for _ in $(seq "$(times 15)"); do
		loc_redis flushall
		sleep "0.$((RANDOM % 3))"
	done
	feed_says 'redis has forgotten'
	settle
}

@test "reliability 6: Redis has no memory left" {
	begin
	for _ in $(seq "$(times 2)"); do
		config maxmemory 1mb
		until_true feed_says 'redis: shipping, which waits: OOM'
		grows
		grows
		config maxmemory 0
	done
	settle
}

@test "Redis hangs" {
	begin
	for _ in $(seq "$(times 2)"); do
		hit STOP redis
		grows
		hit CONT redis
		grows
	done
	# Longer than anybody waits for an answer.
	hit STOP redis
	sleep 6
	[ "$(times 1)" -eq 1 ] || sleep 10
	hit CONT redis
	settle
}

@test "Redis becomes a read-only replica for a while" {
	begin
	for _ in $(seq "$(times 2)"); do
		loc_redis replicaof 127.0.0.1 1
		until_true feed_says 'redis: shipping, which waits: READONLY'
		grows
		loc_redis replicaof no one
		grows
	done
	settle
}

@test "another Redis becomes the master, and has nothing" {
	begin
	mkdir second
	(cd second && exec redis-server --port 0 \
	    --databases 1000 --unixsocket \
	    "$LOC_SERVERS/run/second.sock" --save '' \
	    --logfile "$PWD/log") 3>&- &
	echo $! >run/second.pid
	until_true test -S "$LOC_SERVERS/run/second.sock"
	# Whom the name leads to changes, connections do not.
	loc_redis replicaof 127.0.0.1 1
	mv "$LOC_SERVERS/run/second.sock" "$LOC_SERVERS/run/redis.sock"
	grows
	until_true stream_has_entries
	settle
	hit TERM second
}

@test "Redis wants a password" {
	begin
	config requirepass secret
	export REDISCLI_AUTH=secret
	loc_redis client kill type normal
	until_true feed_says NOAUTH
	grows
	sed -i 's|unix://|&:secret@|' "$LOC_CONF"
	for who in feed work1 work2; do
		hit TERM "$who"
	done
	settle
}

@test "reliability 6: Redis that might drop reports is refused, unless forced" {
	config maxmemory-policy allkeys-lru
	for program in loc-feed loc-work loc-forward; do
		run -78 "$program" -1
		[[ "$output" == *'maxmemory-policy is allkeys-lru'* ]]
	done
	printf '[queue]\nallow_eviction = true\n' >>"$LOC_CONF"
	loc-feed -1
	loc-work -1
	loc-forward -1
}

@test "reliability 6: Redis comes back with a policy that might drop reports" {
	begin
	echo 'maxmemory-policy allkeys-lru' >>"$LOC_SERVERS/redis.conf"
	loc_server_restart redis
	until_true feed_says 'maxmemory-policy is allkeys-lru'
	n=$(waits)
	grows
	[ "$(waits)" -le "$n" ]
	[ "$(grep -c 'maxmemory-policy' run/feed.log)" = 1 ]
	config maxmemory-policy noeviction
	settle
}
