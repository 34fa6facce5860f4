#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# Nobody can make loc-serve unavailable to others, or take all memory.

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	loc-key create test maxreq=1000000000 >/dev/null
	loc_serve_start
}

teardown() {
	loc_stop
}

@test "reliability 29: attacks do not harm others" {
	# with sanitizers memory says nothing
	grep -q __asan_init "$(command -v loc-serve)" || max=500
	"$BATS_TEST_DIRNAME/hostile.py" "$URL" "$LOC_SERVE_PID" "${max:-0}"
	run ! grep -v 'running as root' serve.log
}
