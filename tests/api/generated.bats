#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Generated bodies against an independent reading of the rules.  $LOC_SEED
# and $LOC_BODIES make others, and more, of them.

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$(dirname "$(command -v loc-serve)")/tools:$PATH
	loc_setup
	loc-key create test maxreq=0 >/dev/null
	loc_sql "$("$BATS_TEST_DIRNAME/stations.py")"
}

teardown() {
	loc_stop
}

# compare KIND [-s]
compare() {
	loc_serve_start
	"$BATS_TEST_DIRNAME/generated.py" "${@:2}" -n "${LOC_BODIES:-500}" \
	    -r "${LOC_SEED:-1}" "$1" "$URL" spool
}

strict() {
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
}

@test "what bodies ask, strictly" {
	strict
	compare locate -s
}

@test "what bodies ask" {
	compare locate
}

@test "what bodies report, strictly" {
	strict
	compare submit -s
}

@test "reliability 8: what bodies report" {
	compare submit
}
