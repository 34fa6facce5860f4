#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

setup() {
	load lib
	loc_setup
}

teardown() {
	loc_stop
}

# bats test_tags=mysql
@test "rows, lookups and connections (tests/tools/store_test)" {
	url=$(sed -n 's/^rw_url = //p' "$LOC_CONF")
	run "$(dirname "$(command -v loc-db)")/tools/store_test" "$url"
	grep -v '^ok' <<<"$output" || true
	[ "$status" = 0 ]
}
