#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Clocks are set forth and back while reports come in.

bats_require_minimum_version 1.5.0

HOUR=3600
DAY=86400

setup() {
	load lib
}

teardown() {
	unset LD_PRELOAD
	fault_teardown
}

ahead() {
	echo "$1" >now.new
	mv now.new now
}

@test "reliability 16: the clocks of all programs" {
	fault_setup
	export LD_PRELOAD=$LOC_SHIM FAULT_CLOCK=$PWD/now
	begin
	for _ in $(seq "$(times 1)"); do
		for by in $HOUR -$HOUR $((2 * DAY)) -$((2 * DAY)) \
		    $((20 * DAY)) -$((20 * DAY)) 0; do
			ahead "$by"
			grows
		done
	done
	unset LD_PRELOAD
	settle
}

@test "reliability 16: one worker lives in another year" {
	fault_setup
	begin 1
	keep work2 env LD_PRELOAD="$LOC_SHIM" FAULT_CLOCK="$PWD/now" loc-work
	for by in $((400 * DAY)) -$((400 * DAY)); do
		ahead "$by"
		# It begins with what nobody needs to remember any more.
		hit TERM work2
		grows
		hit KILL work1
		grows
	done
	settle
}

@test "reliability 16: a front end that lives in another year has no votes there" {
	local heard latest

	fault_setup
	ahead $((3650 * DAY))
	loc-simulate -n 20 reports |
	    LD_PRELOAD=$LOC_SHIM FAULT_CLOCK=$PWD/now loc-submit
	loc-feed -1
	loc-work -1
	latest="DATEDIFF(UTC_DATE(), '1970-01-01') + 30"	# ledger_days
	[ "$(loc_sql "SELECT COUNT(*) = 1 AND MAX(day) <= $latest
	    FROM loc_witness")" = 1 ]
	heard=$(loc_sql "SELECT COUNT(*) FROM wifi_shard_0")
	[ "$heard" -gt 0 ]
	# The day of the last vote, see station/trust.h.
	[ "$(loc_sql "SELECT COUNT(*) FROM wifi_shard_0 WHERE
	    CONV(HEX(CONCAT(SUBSTR(trust, 10, 1), SUBSTR(trust, 9, 1))),
	    16, 10) BETWEEN 1 AND $latest")" = "$heard" ]
}

@test "reliability 16: what is not old stays when old things are deleted" {
	fault_setup
	today="UTC_DATE(), UTC_DATE()"
	loc_sql "INSERT INTO datamap_ne VALUES (x'0000000000000001', $today);
	    INSERT INTO loc_ledger VALUES (x'01', NOW());
	    INSERT INTO stat (\`key\`, time, value) VALUES (1, UTC_DATE(), 7)"
	tables >want
	ahead $((1000 * DAY))
	LD_PRELOAD=$LOC_SHIM FAULT_CLOCK=$PWD/now loc-stats datamap ledger
	tables | diff want -
}
