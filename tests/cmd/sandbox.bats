#!/usr/bin/env bats
# bats file_tags=plain
# SPDX-License-Identifier: ISC
#
# Programs that parse what others made do it with next to no rights; with
# sanitizers they do it as any program does.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[http]
	END
	grep -q ^Seccomp: /proc/self/status || skip "no seccomp here"
}

teardown() {
	loc_stop
}

# COMMAND... waits for its input in a sandbox.
confined() {
	mkfifo in
	"$@" <in >out 2>&1 3>&- &
	echo $! >>pids
	exec 7>in
	until_true grep -q '^Seccomp:.2' /proc/$!/status
	grep -q '^NoNewPrivs:.1' /proc/$!/status
	exec 7>&-
	wait $! || true
	rm in
}

@test "what reads files of others is confined" {
	loc_geoip
	confined loc-geoip
	confined loc-region
	confined loc-convert
	confined loc-import -n -c /nonexistent
}
