#!/usr/bin/env bats
# bats file_tags=plain
# SPDX-License-Identifier: ISC
#
# tests/bench, of a hundredth of the usual: what it prints, not how fast.

bats_require_minimum_version 1.5.0

setup() {
	bench=$BATS_TEST_DIRNAME/../bench
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir tmp
	export TMPDIR=$PWD/tmp LOC_BENCH_PART=100
}

@test "all -j is a line of the machine, and one for each ratio" {
	run -0 --separate-stderr "$bench/all" -j geoip start submit
	jq -e 'has("processor") and (.processors > 0) and (.version | length > 0)
	    ' <<<"${lines[0]}"
	printf '%s\n' "${lines[@]:1}" >ratios
	jq -se 'all(keys == ["ratio", "subject", "what"] and .ratio >= 0 and
	    (.what | type == "string")) and
	    (map(.subject) | unique) == ["geoip", "start", "submit"] and
	    length > 30' ratios
	jq -se 'map(.what) | index("loc-submit: CPU of a report, 100 times the " +
	    "reports")' ratios
	run -0 ls tmp
	[ "$output" = "" ]		# nothing is left
}

@test "all is a table, and tells what failed" {
	run -0 --separate-stderr "$bench/all" submit
	[[ "${lines[0]}" == "processor: "* ]]
	[[ "${lines[-1]}" =~ ^submit\ +loc-submit:.*\ [0-9.]+$ ]]
	mkdir none
	printf '#!/bin/sh\nexit 1\n' >none/jq
	chmod +x none/jq
	PATH=$PWD/none:$PATH run -1 --separate-stderr "$bench/all" submit
	# shellcheck disable=SC2154	# of bats
	[[ "$stderr" == *"all: submit failed"* ]]
	run -64 "$bench/all" no-such-subject
}
