#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain,mariadb

bats_require_minimum_version 1.5.0

setup() {
	load lib
	dir=$BATS_TEST_TMPDIR/d
	servers=$LOC_TOP/scripts/servers
}

teardown() {
	for d in "$BATS_TEST_TMPDIR"/*/; do
		"$servers" stop -d "$d"
	done
}

value() {
	mariadb --no-defaults -NB -u root \
	    -S "$(readlink -f "${2:-$dir}/run")/mariadb.sock" -e "$1"
}

@test "servers come up as the tables want them, on sockets only" {
	"$servers" start -d "$dir"
	[ "$(value 'SELECT @@character_set_server, @@collation_server,
	    @@time_zone, @@innodb_flush_log_at_trx_commit, @@skip_networking'
	    )" = $'utf8mb3\tutf8mb3_general_ci\t+00:00\t1\t1' ]
	[[ "$(value 'SELECT @@sql_mode')" == *STRICT_TRANS_TABLES* ]]
	[ "$(value "SELECT COUNT(*) FROM mysql.global_priv
	    WHERE user = ''")" = 0 ]
	redis() {
		redis-cli -s "$dir/run/redis.sock" config get "$1" | tail -1
	}
	[ "$(redis maxmemory-policy)" = noeviction ]
	[ "$(redis port)" = 0 ]
	[ "$(redis appendonly)" = yes ]
	[ "$(stat -c %a "$dir")" = 700 ]
}

@test "killed servers come back with their data, others stay" {
	"$servers" start -d "$dir"
	value 'CREATE DATABASE kept'
	kill -9 "$(cat "$dir/run/mariadb.pid")"
	tail --pid="$(cat "$dir/run/mariadb.pid")" -f /dev/null
	run -1 "$servers" status -d "$dir"
	[ "${lines[0]}" = "mariadb: stopped" ]
	[[ "${lines[1]}" == "redis: running"* ]]
	redis=$(cat "$dir/run/redis.pid")
	"$servers" start -d "$dir"
	run -0 "$servers" status -d "$dir"
	[ "$(cat "$dir/run/redis.pid")" = "$redis" ]
	[ "$(value "SHOW DATABASES LIKE 'kept'")" = kept ]
}

@test "a pid file that names somebody else is no running server" {
	mkdir -p "$dir/run"
	echo $$ >"$dir/run/mariadb.pid"
	run -1 "$servers" status -d "$dir"
	"$servers" stop -d "$dir"
	"$servers" start -d "$dir"
	"$servers" status -d "$dir"
}

@test "a long and odd name will do" {
	odd="$BATS_TEST_TMPDIR/an öther one $(printf %080d 0)"
	"$servers" start -d "$odd"
	[ "$(value 'SELECT 1' "$odd")" = 1 ]
	short=$(readlink -f "$odd/run")
	"$servers" stop -d "$odd"
	[ ! -e "$short" ]
	"$servers" start -d "$odd"
	[ "$(value 'SELECT 1' "$odd")" = 1 ]
}

@test "a server that cannot start is named with its log" {
	"$servers" start -d "$dir"
	"$servers" stop -d "$dir"
	echo nonsense >"$dir/redis.conf"
	run -69 "$servers" start -d "$dir"
	[[ "$output" == *"redis did not start: see $dir/log/redis"* ]]
}
