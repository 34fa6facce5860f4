#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Whatever bytes come, what goes back is replies.

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	loc-key create test maxreq=0 >/dev/null
	loc_serve_start
}

teardown() {
	loc_stop
}

@test "reliability 8: requests with bytes changed are answered, or cut off" {
	"$BATS_TEST_DIRNAME/mutated.py" "$URL" "$LOC_SERVE_PID" 3000
	# with sanitizers the end tells of leaks
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	run ! grep -v -e 'running as root' serve.log
}
