#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Many workers at the same few stations, whose connections are ended and who
# lock each other out: the tables are as if one worker had done it all.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

# N reports of a hundred access points and of cells, ten of each at one place.
# What is known of a place does not change with the order of its reports, nor
# with how they fall into batches: eighths of degrees add up without rounding.
hot_places() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++) {
			place = int(rand() * 10)
			printf "{\"position\": {\"latitude\": %.3f, " \
			    "\"longitude\": -1.5}, \"wifiAccessPoints\": [", \
			    51 + place / 8
			for (k = 0; k < 10; k++)
				printf "%s{\"macAddress\": \"02%x00000%02x%x0\"}", \
				    k ? "," : "", k, place + 1, k
			printf "], \"cellTowers\": [{\"radioType\": \"lte\", " \
			    "\"mobileCountryCode\": 234, " \
			    "\"mobileNetworkCode\": 30, " \
			    "\"locationAreaCode\": 1, \"cellId\": %d}]}\n", \
			    place + 1
		}
	}'
}

# Connections of the workers, one of which is ended.
kill_one() {
	local id

	id=$(loc_sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'rw'" | shuf -n 1)
	[ -z "$id" ] || loc_sql "KILL CONNECTION $id" 2>/dev/null || true
}

# Against the order in which workers take their locks: InnoDB ends one side
# with 1213, or a wait with 1205.
lock_backwards() {
	mariadb --no-defaults -f -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    "$LOC_DB" -e 'START TRANSACTION; UPDATE stat SET value = value;
	    UPDATE wifi_shard_0 SET samples = samples; DO SLEEP(1.2); COMMIT' \
	    >/dev/null 2>&1 || true
}

@test "reliability 12: eight workers are as one, whatever happens to them" {
	hot_places "$(times 3000)" >reports
	loc-submit -b 5 reports
	loc-feed -1
	loc-work -1
	forget_witnesses
	tables >alone

	rm -r spool
	fault_database work.batch_reports=20
	loc_sql 'SET GLOBAL innodb_lock_wait_timeout = 1'
	for i in 1 2 3 4 5 6 7 8; do
		keep "work$i" loc-work
	done
	# In parts, so that there is work for as long as there is harm.
	split -l "$(times 300)" reports part.
	for part in part.*; do
		loc-submit -b 5 "$part"
		loc-feed -1
		lock_backwards &
		for _ in 1 2 3 4 5; do
			kill_one
			sleep 0.1
		done
	done
	until_true timeout 60 loc-work -1
	leave
	forget_witnesses
	tables >together
	[ "$(grep -c '^wifi' alone)" = 100 ]
	diff alone together
	exits
}
