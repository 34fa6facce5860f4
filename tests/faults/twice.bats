#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What runs once, or every now and then, is run several times at once.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

# Run "$@" N times at once.  Fails if one of them does.
at_once() {
	local i n=$1 pid pids=()

	shift
	for i in $(seq "$n"); do
		"$@" >>"run/at_once.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || return 1
	done
}

@test "reliability 16: periodic commands while reports are counted" {
	loc_statsd_start
	copies
	begin
	keep feed2 loc-feed
	keep forward1 loc-forward
	keep forward2 loc-forward
	for _ in $(seq "$(times 5)"); do
		at_once 3 loc-stats
		at_once 3 loc-ratelimit run
		at_once 3 loc-monitor
		grows
	done
	# The second loc-feed leaves the spool to the first.
	settle 75
	grep -q 'another loc-feed is at work' run/feed2.log
	copied
	loc-stats
	[ "$(loc_sql 'SELECT SUM(wifi) FROM region_stat')" = \
	    "$(wc -l <run/found)" ]
}

@test "reliability 16: the schema is made and taken along" {
	for _ in $(seq "$(times 2)"); do
		loc_sql "DROP DATABASE $LOC_DB"
		at_once 5 loc-db init
		loc-db status
		loc_sql "DROP TABLE cell_nr, cell_area_nr;
		    ALTER TABLE region_stat DROP nr;
		    DELETE FROM loc_version WHERE number > 2"
		at_once 5 loc-db migrate
		at_once 5 loc-db users
		loc-db status
	done
}

@test "reliability 16: the same cells are imported" {
	loc-simulate -w 2000 cells >cells.csv
	loc-import -q cells.csv
	tables | grep '^cell' >want
	[ "$(wc -l <want)" -gt 1000 ]
	for _ in $(seq "$(times 2)"); do
		fault_database
		at_once 3 loc-import -q cells.csv
		tables | grep '^cell' | diff want -
	done
}
