#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-feed tells statsd.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	PATH=$(dirname "$(command -v loc-feed)")/tools:$PATH
	loc_setup
	loc_statsd_start
	spool=${LOC_CONF%/*}/spool
}

teardown() {
	loc_stop
}

@test "submissions and reports are counted when they are shipped" {
	for i in 1 2 3 4 5; do
		echo "{\"n\": $i}"
	done | put_reports "$spool" 2
	loc-feed -1
	[ "$(loc_metrics)" = 'location.data.spool.submission:3|c
location.data.spool.report:5|c' ]
	loc-feed -1
	[ -z "$(loc_metrics)" ]
	loc_redis flushdb
	loc-feed -1 2>/dev/null
	[ "$(loc_metrics | wc -l)" = 2 ]
}

@test "damage is counted in bytes" {
	for i in 1 2 3; do
		echo "{\"n\": $i}"
	done | put_reports "$spool" 1
	segment=$(ls "$spool"/*.seg)
	size=$(($(stat -c %s "$segment") / 3))
	printf x | dd of="$segment" bs=1 seek=$((2 * size - 1)) conv=notrunc \
	    status=none
	run -0 loc-feed -1
	[[ $output = *damaged* ]]
	[ "$(loc_metrics)" = "location.data.spool.submission:2|c
location.data.spool.report:2|c
location.data.spool.damaged_bytes:$size|c" ]
}
