#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The disk does what it must not to the spool.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup spool.segment_bytes=64k
}

teardown() {
	fault_teardown
}

# A segment with three records, each a report about a network of its own.
three() {
	local i

	for i in 1 2 3; do
		printf '{"position": {"latitude": 51.5, "longitude": -0.1}, '
		printf '"wifiAccessPoints": [{"macAddress": "02%010x"}]}\n' "$i"
	done | loc-submit -b 1
	mv spool/*.seg whole
}

# Which of them were counted, and how often.
numbers() {
	counted | sed 's/^0*2*0*//' | tr '\t\n' '* '
}

@test "reliability 4: no room on the disk" {
	small spool 1m
	begin
	for _ in $(seq "$(times 2)"); do
		: >run/serve.log
		: >run/submit.log
		dd if=/dev/zero of=spool/filler bs=4k 2>/dev/null || true
		until_true grep -q 'reports are refused' run/serve.log
		until_true grep -q 'reports are refused' run/submit.log
		# Nor for the state of loc-feed, which makes room all the same.
		hit KILL feed
		until_true none_lost
		rm spool/filler
		grows
	done
	settle
}

# What is done is kept for an hour, but not when others need the room.
@test "reliability 4: a disk that is too small for what is done" {
	small spool 512k
	begin
	for _ in $(seq 20); do
		grows
	done
	# It may have ended when there was no room for its state.
	settle 74
}

@test "reliability 4: what could not be synced is not acknowledged" {
	export LD_PRELOAD=$LOC_SHIM FAULT_SYNC=$PWD/run/eio
	begin
	for _ in $(seq "$(times 3)"); do
		: >run/serve.log
		touch run/eio
		until_true grep -q 'reports are refused: Input' run/serve.log
		sleep 0.3
		rm run/eio
		grows
	done
	settle
}

@test "reliability 5: torn at any byte of the last record" {
	three
	python3 - <<-END
	whole = open("whole", "rb").read()
	for size in range(len(whole) * 2 // 3 + 1, len(whole)):
	    open("spool/%d.seg" % size, "wb").write(whole[:size])
	END
	loc-feed -1
	loc-work -1
	[ "$(numbers)" = '1*1 2*1 ' ]
	[ ! -e spool/bad ]
}

@test "reliability 5: any bit of a record in the middle is flipped" {
	three
	python3 - <<-END
	whole = open("whole", "rb").read()
	size = len(whole) // 3
	for bit in range(8 * size, 2 * 8 * size):
	    b = bytearray(whole)
	    b[bit // 8] ^= 1 << bit % 8
	    open("spool/%d.seg" % bit, "wb").write(b)
	END
	loc-feed -1 2>feed.log
	loc-work -1
	[ "$(numbers)" = '1*1 3*1 ' ]
	[ "$(find spool/bad -type f | wc -l)" = "$(grep -c damaged feed.log)" ]
	[ "$(grep -c damaged feed.log)" = $((8 * $(stat -c %s whole) / 3)) ]
}
