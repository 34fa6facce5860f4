#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain

bats_require_minimum_version 1.5.0

# The TAP on stdin is summed up with status $1; $2 is the last line, and $3
# is in one of those before.
counts() {
	cat >"$BATS_TEST_TMPDIR/x.tap"
	run "-$1" "$BATS_TEST_DIRNAME/../../scripts/tap-count" \
	    "$BATS_TEST_TMPDIR/x.tap"
	[ "${lines[-1]}" = "$2" ]
	[[ "$output" == *"$3"* ]]
}

@test "points are passed, failed or skipped" {
	printf '%s\n' 1..2 'ok 1 - a' 'ok 2 - b # skip no' '# exit 0' |
	    counts 0 '1 passed, 0 failed, 1 skipped' ''
	printf '%s\n' 'ok 1 - a' 'not ok 2 - b' '# got 1' 1..2 '# exit 1' |
	    counts 1 '1 passed, 1 failed, 0 skipped' \
	    $'FAILED x: b\n    # got 1'
	printf '%s\n' '1..0 # skip nothing there' '# exit 0' |
	    counts 0 '0 passed, 0 failed, 1 skipped' ''
}

@test "what ends early or badly has failed" {
	printf '%s\n' 1..2 'ok 1 - a' 'Aborted' '# exit 134' |
	    counts 1 '1 passed, 1 failed, 0 skipped' \
	    'FAILED x: planned 2 points, came to 1 (exit status 134)'
	printf '%s\n' 'ok 1 - a' 'Aborted' '# exit 134' |
	    counts 1 '1 passed, 1 failed, 0 skipped' \
	    $'gave up after point 1 (exit status 134)\n    Aborted'
	printf '%s\n' 1..1 'ok 1 - a' 'leak' '# exit 1' |
	    counts 1 '1 passed, 1 failed, 0 skipped' leak
	printf '%s\n' 'not found' '# exit 127' |
	    counts 1 '0 passed, 1 failed, 0 skipped' 'not found'
}
