#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Workers that are silent for longer than others wait for them, and entries
# that nobody put into the stream properly.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

@test "reliability 10: a worker that is stopped longer than others wait, again and again" {
	begin
	for i in $(seq "$(times 4)"); do
		who=work$((1 + i % 2))
		hit STOP "$who"
		grows
		sleep 1.2
		hit CONT "$who"
		grows
	done
	settle
}

# A session that locks the common networks until "release".
hold() {
	mkfifo run/hold
	mariadb --no-defaults -n -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    "$LOC_DB" <run/hold >/dev/null 3>&- &
	exec 9>run/hold
	echo 'SET innodb_lock_wait_timeout = 60, idle_transaction_timeout = 60;
	    START TRANSACTION; SELECT samples FROM wifi_shard_0
	    WHERE mac >= x'\''060000000000'\'' FOR UPDATE;' >&9
}

release() {
	exec 9>&-
}

waits_for_lock() {
	# InnoDB looks only when nobody has asked for 0.1 s.
	sleep 0.2
	[ "$(loc_sql "SELECT COUNT(*) FROM information_schema.innodb_trx
	    JOIN information_schema.processlist ON id = trx_mysql_thread_id
	    WHERE user = 'rw' AND trx_state = 'LOCK WAIT'")" = 1 ]
}

# It holds locks, and those who want them cannot go on.  MySQL ends no
# transaction because its client is silent.
# bats test_tags=mariadb
@test "reliability 10: a worker that is stopped in the middle of a transaction" {
	loc_sql 'SET GLOBAL innodb_lock_wait_timeout = 1;
	    SET GLOBAL idle_transaction_timeout = 3'
	begin 1
	hold
	until_true waits_for_lock
	hit STOP work1
	release
	keep work2 loc-work
	grows
	hush
	# What it had in flight, and what waits for what it had locked.
	until_true none_lost
	hit CONT work1
	settle
}

# An entry: fields after its id, which is no other's; the last on stdin.
poison() {
	serial=$((${serial:-0} + 1))
	loc_redis -x xadd loc:reports '*' \
	    i "$(printf 'poison %09d' "$serial")" "$@" >/dev/null
}

@test "reliability 11: entries that are none do not hold up the others" {
	begin
	# The database has counted for so long that it would know old ones.
	loc_sql "INSERT INTO stat (\`key\`, time, value)
	    VALUES (1, '1969-12-31', 0)"
	now=$(date +%s)000
	report='{"position": {"latitude": 51.5, "longitude": -0.1}, '
	report+='"wifiAccessPoints": [{"macAddress": "06000000000f"}]}'
	deep=$(printf '[%.0s' {1..20000})
	for _ in $(seq "$(times 3)"); do
		loc_redis xadd loc:reports '*' '' '' >/dev/null
		loc_redis xadd loc:reports '*' i short t "$now" n 1 k test \
		    r "$report" >/dev/null
		poison t <<<"$now"
		poison t "$now" n 1 k <<<test
		poison t "$now" n 1 r <<<"$report"
		poison t never n 1 k test r <<<"$report"
		poison t -1 n 1 k test r <<<"$report"
		poison t 1 n 1 k test r <<<"$report"
		poison t "$now" n 1 k test r <<<nonsense
		poison t "$now" n 1 k test r <<<"${report%\}}"
		poison t "$now" n 1 k test r <<<"$report $report"
		poison t "$now" n 1 k test r <<<"$deep"
		poison t "$now" n 1 k test r <<<"{\"a\": $deep"
		poison t "$now" n 1 k test r <<<$'\xff\xfe{}'
		poison t "$now" n 4294967296 k test r <<<"[[[]]"
		printf '{}\0\0' | poison t "$now" n 1 k test r
		grows
	done
	settle
	# One may be set aside twice, if its worker was slow.
	[ "$(loc-work -l | wc -l)" -ge $((16 * $(times 3))) ]
}
