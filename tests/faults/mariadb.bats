#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# MariaDB does what it must not, while reports come in.  Where it refuses, a
# batch is one submission: nothing but an error of its own may set it aside.

bats_require_minimum_version 1.5.0

setup() {
	load lib
}

teardown() {
	fault_teardown
}

worker_says() {
	cat run/work*.log | grep -q "$1"
}

# Start "$@", SQL on standard input, as a session of its own.
session() {
	mariadb --no-defaults -n -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    "$@" "$LOC_DB" 3>&-
}

# Lock every row of two tables for a while.  Fails where a worker held one of
# them already and MariaDB ended the deadlock at our cost.
hold_locks() {
	session -e 'START TRANSACTION;
	    SELECT COUNT(*) FROM wifi_shard_0 FOR UPDATE;
	    SELECT COUNT(*) FROM cell_gsm FOR UPDATE;
	    DO SLEEP(2.5)' >/dev/null
}

# The value of a status variable.
status() {
	loc_sql "SHOW GLOBAL STATUS LIKE '$1'" | cut -f 2
}

connections() {	# USER
	loc_sql "SELECT COUNT(*) FROM information_schema.processlist
	    WHERE user = '$1'"
}

connected() {	# USER NUMBER
	[ "$(connections "$1")" -ge "$2" ]
}

# Connections of the workers.
workers() {
	loc_sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'rw'"
}

# The data on a disk of its own, which tables fill a MiB at a time.
small_disk() {
	loc_own_servers
	"$LOC_TOP/scripts/servers" stop -d "$LOC_SERVERS"
	echo 'innodb-autoextend-increment = 1' >>"$LOC_SERVERS/mariadb.cnf"
	mv "$LOC_SERVERS/mariadb" "$LOC_SERVERS/data"
	small "$LOC_SERVERS/mariadb" 64m
	cp -a "$LOC_SERVERS/data/." "$LOC_SERVERS/mariadb"
}

# bats test_tags=mysql
@test "reliability 3: MariaDB is killed and stays away for a while" {
	fault_setup
	begin
	for _ in $(seq "$(times 3)"); do
		hit KILL mariadb
		grows
		until_true worker_says "Can't connect"
		loc_server_restart mariadb
		grows
		until_true worker_says 'works again after'
	done
	settle
	# It is told of once that it went away, and once that it came back.
	# One of the workers may have had nothing to do meanwhile.
	n=$(cat run/work?.log | grep -c 'works again after')
	[ "$n" -le $((2 * $(times 3))) ]
	# Each of the two may have been ended before it noticed the latter.
	[ "$(cat run/work?.log | grep -c "Can't connect")" -le $((n + 2)) ]
}

@test "reliability 3: MariaDB is away until the spool is full" {
	fault_setup spool.max_bytes=256k spool.segment_bytes=16k
	begin
	hit KILL mariadb
	until_true grep -q 'reports are refused' run/serve.log
	until_true grep -q 'reports are refused' run/submit.log
	n=$(wc -l <run/acked)
	sleep 1
	[ "$(wc -l <run/acked)" -le $((n + 50)) ]
	loc_server_restart mariadb
	grows
	settle
}

@test "MariaDB is read-only for a while" {
	fault_setup work.batch_reports=5
	begin
	for _ in $(seq "$(times 2)"); do
		: >run/work1.log
		loc_sql 'SET GLOBAL read_only = 1'
		until_true worker_says read-only
		n=$(counted | cksum)
		grows
		[ "$(counted | cksum)" = "$n" ]
		loc_sql 'SET GLOBAL read_only = 0'
		grows
	done
	settle
}

@test "MariaDB has no disk left" {
	small_disk
	fault_setup work.batch_reports=5
	begin
	for _ in $(seq "$(times 2)"); do
		: >run/work1.log
		dd if=/dev/zero of="$LOC_SERVERS/mariadb/filler" bs=64k \
		    2>/dev/null || true
		until_true worker_says 'is full'
		grows
		rm "$LOC_SERVERS/mariadb/filler"
		grows
	done
	settle
}

@test "somebody holds locks" {
	fault_setup work.batch_reports=5
	loc_sql 'SET GLOBAL innodb_lock_wait_timeout = 1'
	begin
	for _ in $(seq "$(times 2)"); do
		until_true hold_locks
		grows
	done
	[ "$(status Innodb_row_lock_time_max)" -ge 1000 ]
	settle
}

@test "a table is locked" {
	fault_setup
	begin
	for _ in $(seq "$(times 2)"); do
		session -e 'LOCK TABLES cell_gsm READ; DO SLEEP(1)'
		session -e 'FLUSH TABLES WITH READ LOCK; DO SLEEP(1)'
		grows
	done
	settle
}

@test "MariaDB takes no more connections" {
	fault_setup work.batch_reports=5
	begin
	for _ in $(seq 10); do
		session -u ro -pro -e 'DO SLEEP(600)' 2>/dev/null &
	done
	until_true connected ro 10
	# One session does it all: there may be no room for a second one.
	loc_sql "SET GLOBAL max_connections = $(connections ro);
	    $(workers | sed 's/.*/KILL &;/') DO SLEEP(3);
	    SET GLOBAL max_connections = 200"
	worker_says 'Too many connections'
	grows
	settle
}

@test "MariaDB takes no more connections of the workers' account" {
	fault_setup
	begin
	loc_sql "GRANT USAGE ON *.* TO rw@localhost WITH MAX_USER_CONNECTIONS 1;
	    $(workers | sed 's/.*/KILL &;/')"
	until_true worker_says max_user_connections
	grows
	loc_sql 'GRANT USAGE ON *.* TO rw@localhost WITH MAX_USER_CONNECTIONS 0'
	settle
}

@test "reliability 12: connections are killed at random" {
	fault_setup work.batch_reports=5
	begin
	for _ in $(seq "$(times 30)"); do
		id=$(workers | shuf -n 1)
		[ -z "$id" ] || loc_sql "KILL $id" 2>/dev/null || true
		sleep 0.1
	done
	settle
}

deadlocks() {
	loc_sql "SELECT count FROM information_schema.innodb_metrics
	    WHERE name = 'lock_deadlocks'"
}

# shellcheck disable=SC2016 # columns in backquotes
@test "reliability 12: deadlocks" {
	fault_setup work.batch_reports=5
	begin 3
	n=$(deadlocks)
	# Against the order in which workers take their locks.
	for _ in $(seq "$(times 20)"); do
		session -f -e 'START TRANSACTION;
		    UPDATE stat SET value = value;
		    SELECT COUNT(*) FROM cell_gsm FOR UPDATE;
		    UPDATE wifi_shard_0 SET samples = samples;
		    UPDATE loc_ledger SET `time` = `time`;
		    COMMIT' >/dev/null 2>&1 || true
	done
	[ "$(deadlocks)" -gt "$n" ]
	settle
}

@test "MariaDB hangs" {
	fault_setup
	begin
	for _ in $(seq "$(times 2)"); do
		hit STOP mariadb
		grows
		# Longer than the workers' claims live.
		sleep 2
		hit CONT mariadb
		grows
	done
	settle
}
