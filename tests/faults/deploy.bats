#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every role is restarted, one after the other, while clients ask and hand in
# reports, as when a new version is brought out.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

turned() {
	[ "$(wc -l <run/turns)" -ge "$1" ]
}

@test "reliability 15: a rolling restart of every role fails no request" {
	copies
	touch run/turns
	"$BATS_TEST_DIRNAME/rolling.py" run >run/load.json 2>run/errors 3>&- &
	echo $! >run/load.pid
	until_true test -s run/port
	keep feed loc-feed
	keep work1 loc-work
	keep work2 loc-work
	keep forward loc-forward
	grows
	for i in $(seq "$(times 3)"); do
		for role in feed work1 work2 forward; do
			hit TERM "$role"
			grows
		done
		kill -USR1 "$(cat run/load.pid)"
		until_true turned "$i"
		grows
	done
	hush
	# What came in meanwhile is counted within seconds.
	SECONDS=0
	until_true none_lost
	[ "$SECONDS" -lt 30 ]
	settle
	copied
	cat run/errors
	jq -e '.failed == 0 and .gap_ms < 2000' run/load.json
}
