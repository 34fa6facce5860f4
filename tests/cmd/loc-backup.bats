#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone </dev/null
}

teardown() {
	loc_stop
}

# Objects of two days, at $1: a bucket's directory or any other.
old_objects() {
	mkdir -p "$1/gnss/test"
	echo '{"items": [{"n": 1}]}' | gzip >"$1/gnss/test/c232ab00941411ec9f6b0242ac120002.json.gz"
	echo '{"items": [{"n": 2}]}' | gzip >"$1/gnss/test/c232ab01941411ec9f6b0242ac120002.json.gz"
	echo '{"items": [{"n": 3}]}' | gzip >"$1/gnss/test/c232ab00951411ec9f6b0242ac120002.json.gz"
	echo other >"$1/other.txt"
}

@test "list: objects by day, in a directory and in a bucket" {
	old_objects dir
	run -0 loc-backup list -j "file://$PWD/dir/{source}/{api_key}"
	[ "$(jq -r '"\(.day) \(.objects)"' <<<"$output")" = '2022-02-22 2
2022-02-24 1' ]
	[ "$(loc-backup list "$PWD/dir" | wc -l)" = 2 ]
	[ -z "$(loc-backup list "$PWD/nothing")" ]
	loc_s3_start raw
	old_objects s3/raw/x
	run -0 loc-backup list -j 's3://raw/x/{source}/{year}' "$PWD/dir"
	[ "$(jq -r '"\(.place) \(.objects)"' <<<"$output")" = "s3://raw/x 2
s3://raw/x 1
$PWD/dir 2
$PWD/dir 1" ]
	echo 403 >s3/always
	run -69 loc-backup list s3://raw/x
	[[ "$output" == *'s3://raw/x: '*'answered 403'* ]]
}
