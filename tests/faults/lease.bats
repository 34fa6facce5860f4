#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb
#
# Leases (store/lease.h): one at a time, whoever is killed or stopped, and
# whatever clocks say; and who has lost one changes nothing any more.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
	loc_sql 'CREATE TABLE race (id INT AUTO_INCREMENT PRIMARY KEY, n INT,
	    pid INT) ENGINE = InnoDB'
	loc_sql "GRANT SELECT, INSERT ON race TO rw@localhost"
}

teardown() {
	local pid

	for pid in $(jobs -p); do
		kill -9 "$pid" || true
	done 2>/dev/null
	fault_teardown
}

stopped() {
	[ "$(ps -o stat= -p "$1" | cut -c 1)" = T ]
}

has_lease() {
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_lease')" = 1 ]
}

# The time of the lease has come: it was not renewed, or a clock was set.
overdue() {
	loc_sql 'UPDATE loc_lease SET until = UTC_TIMESTAMP() - INTERVAL 1 SECOND'
}

# Nobody has counted what another has, and nothing that was told is missing.
one_at_a_time() {
	loc_sql 'SELECT n FROM race ORDER BY n' >counted
	[ -z "$(uniq -d counted)" ]
	[ "$(wc -l <counted)" = "$(loc_sql 'SELECT MAX(n) FROM race')" ]
	cat out* | grep -x '[0-9]*' | sort | comm -23 - <(sort counted) >lost
	[ ! -s lost ]
}

@test "a lease: who was stopped changes nothing when another has it" {
	# About to add the number, when all else has been looked at.
	LD_PRELOAD=$LOC_SHIM FAULT_STOP_AT=INSERT.INTO.race \
	    lease_try a >out1 2>err1 3>&- & first=$!
	until_true stopped "$first"
	overdue
	SECONDS=0
	[ "$(lease_try a)" = 1 ]
	# Whether it lives was looked at for a while.
	[ "$SECONDS" -ge 10 ]
	kill -CONT "$first"
	wait "$first"
	[ "$(cat out1)" = refused ]
	[ "$(loc_sql 'SELECT n FROM race')" = 1 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_lease')" = 0 ]

	# The same when the next look at the lease is some seconds away.
	LD_PRELOAD=$LOC_SHIM FAULT_STOP_AT=INSERT.INTO.race \
	    lease_try b >out1 2>err1 3>&- & first=$!
	until_true stopped "$first"
	loc_sql "UPDATE loc_lease SET holder = REPEAT('x', 16)"
	kill -CONT "$first"
	wait "$first"
	[ "$(cat out1)" = refused ]
	grep -q 'COMMIT: the lease is lost' err1
	[ "$(loc_sql 'SELECT n FROM race')" = 1 ]
}

@test "a lease: a holder that commits keeps others out until it has" {
	loc_sql "INSERT INTO loc_lease VALUES ('c', REPEAT('x', 16),
	    REPEAT('n', 16), 1, UTC_TIMESTAMP() - INTERVAL 1 SECOND)"
	mkfifo hold
	mariadb --no-defaults -NB -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    -n "$LOC_DB" <hold >held 3>&- &
	exec 9>hold
	echo "START TRANSACTION; SELECT name FROM loc_lease WHERE name = 'c'
	    AND holder = REPEAT('x', 16) LOCK IN SHARE MODE;" >&9
	until_true grep -q c held
	lease_try -n 2 c >out1 2>err1 3>&- & second=$!
	sleep 17
	[ "$(loc_sql "SELECT holder = REPEAT('x', 16) FROM loc_lease")" = 1 ]
	echo 'COMMIT;' >&9
	exec 9>&-
	wait "$second"
	tail -n 1 out1 | grep -qx '[12]'
}

@test "a lease: whoever is alive keeps it when clocks are set" {
	lease_try -p 60000 -n 1 d >out1 2>err1 3>&- & first=$!
	until_true has_lease
	# Forth, and back: the time of it has come, or is far away.
	overdue
	[ "$(lease_try d)" = busy ]
	loc_sql 'UPDATE loc_lease SET until = UTC_TIMESTAMP() + INTERVAL 1 DAY'
	[ "$(lease_try d)" = busy ]
	# Renewed, it has a time again that is to come soon.
	soon() {
		[ "$(loc_sql 'SELECT until < UTC_TIMESTAMP() + INTERVAL 61 SECOND
		    FROM loc_lease')" = 1 ]
	}
	until_true soon
	# A day ahead, of somebody elsewhere who is dead.
	kill -9 "$first"
	loc_await_end "$first"
	loc_sql "UPDATE loc_lease SET node = REPEAT('n', 16),
	    until = UTC_TIMESTAMP() + INTERVAL 1 DAY"
	[ "$(lease_try d)" = 1 ]
}

@test "a lease: who has lost it is told, and stays until it ends" {
	lease_try -p 60000 e >out1 2>err1 3>&- & first=$!
	until_true has_lease
	loc_sql "UPDATE loc_lease SET holder = REPEAT('x', 16)"
	until_true grep -q 'the lease "e" is lost' err1
	sleep 3
	kill -0 "$first"
	kill -9 "$first"
}

# bats test_tags=full
@test "a lease: it is kept while the database hangs, and used when it is back" {
	local pid

	loc_own_servers
	fault_database
	loc_sql 'CREATE TABLE race (id INT AUTO_INCREMENT PRIMARY KEY, n INT,
	    pid INT) ENGINE = InnoDB'
	LD_PRELOAD=$LOC_SHIM FAULT_STOP_AT=SELECT.MAX \
	    lease_try f >out1 2>err1 3>&- & first=$!
	until_true stopped "$first"
	pid=$(loc_server_pid mariadb)
	kill -STOP "$pid"
	kill -CONT "$first"
	late() { grep -q 'could not be renewed' err1; }
	until_true late || until_true late
	kill -0 "$first"
	kill -CONT "$pid"
	wait "$first"
	[ "$(cat out1)" = 1 ]
}

# bats test_tags=full
@test "a lease: many want it, are killed and stopped, and clocks are set" {
	local i

	for i in 1 2 3 4 5 6; do
		keep "racer$i" lease_try -n 0 -p 200 g
	done
	RANDOM=${LOC_SEED:-7}
	for _ in $(seq "$(times 40)"); do
		i=$((RANDOM % 6 + 1))
		case $((RANDOM % 8)) in
		0) hit KILL "racer$i" ;;
		1|2)
			hit STOP "racer$i"
			sleep 0.$((RANDOM % 10))
			hit CONT "racer$i"
			;;
		3)	# half of them for long, perhaps with the lease
			for _ in 1 2 3; do
				i=$((i % 6 + 1))
				hit STOP "racer$i"
			done
			overdue || true	# the row may be locked
			sleep 18
			for i in 1 2 3 4 5 6; do
				hit CONT "racer$i"
			done
			;;
		4) overdue || true ;;
		5) loc_sql 'UPDATE loc_lease SET
		    until = UTC_TIMESTAMP() + INTERVAL 1 HOUR' || true ;;
		*) sleep 0.$((RANDOM % 10)) ;;
		esac
	done
	leave
	cp run/racer*.log .
	cat racer*.log | grep -x '[0-9]*' >out1
	echo "# turns: $(wc -l <out1), refused: $(cat racer*.log |
	    grep -cx refused || true)" >&3
	one_at_a_time
	[ "$(wc -l <out1)" -gt 50 ]
}
