#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What keeps and publishes data, killed at its steps, and on disks that are
# full: the old state or the new, and to run it again finishes.

# shellcheck disable=SC2154	# bats sets $stderr
bats_require_minimum_version 1.5.0

setup() {
	load lib
}

teardown() {
	fault_teardown
}

# Without servers.
alone() {
	loc_setup_alone </dev/null
	LOC_SHIM=$(dirname "$(command -v loc-sync)")/shims/fault.so
	mkdir run
}

# killed N COMMAND ...: it is killed in place of its step N; 1 if it has no more
killed() {
	local rc=0

	LD_PRELOAD=$LOC_SHIM FAULT_KILL_AT=$1 "${@:2}" >out 2>err || rc=$?
	[ "$rc" != 0 ] || return 1
	[ "$rc" = 137 ] || [ "$rc" = 75 ]	# or a child of its own was
}

# fill DISK: no room is left there
fill() {
	dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null || true
}

# submitted N: so many reports are in the stream, for the target "copy"
submitted() {
	loc-simulate -n "$1" -s "${2-1}" reports | loc-submit -b 5
	loc-feed -1
	loc-work -1
}

# There are $1 reports in the place copy/, each once, and nothing is wrong.
all_copied() {
	run -0 --separate-stderr loc-backup verify "$PWD/${2-copy}"
	[ "$(jq -c '[.reports, .wrong]' <<<"$output")" = "[$1,0]" ]
}

@test "kill -9 of loc-backup reports: all is stored, and nothing unknown" {
	fault_setup
	loc_export copy s3 "$PWD/copy/{source}" batch=10
	loc-work -1
	submitted 20
	loc-backup reports >out
	all_copied 20
	# Before and behind: the manifest, the object, their names, the end.
	total=20
	for at in 'write {"version' fsync rename XACK; do
		submitted 5 $((total + 1))
		total=$((total + 5))
		killed "$at" loc-backup reports
		run -0 --separate-stderr loc-backup verify "$PWD/copy"
		loc-backup reports >out
		run -0 --separate-stderr loc-backup verify "$PWD/copy"
		[ "$(jq .wrong <<<"$output")" = 0 ]
	done
	# What was delivered twice counts once.
	loc-backup restore -q "$PWD/copy" | jq -c .submission | sort -u >ids
	[ "$(wc -l <ids)" = $((total / 5)) ]
}

@test "kill -9 of loc-backup expire, at any step: the next one goes on" {
	alone
	mkdir -p old/gnss old/manifest/2022-02-22
	python3 - <<-'END'
	import gzip, hashlib, json
	def put(name):
	    body = gzip.compress(b'{"items": [{"n": 1}]}')
	    key = "gnss/c232ab%02d941411ec9f6b0242ac120002.json.gz" % name
	    with open("old/" + key, "wb") as out:
	        out.write(body)
	    return {"key": key, "source": "gnss", "api_key": "", "reports": 1,
	        "bytes": len(body), "first_ms": 1, "last_ms": 1,
	        "sha256": hashlib.sha256(body).hexdigest(), "stored": True}
	for m in range(2):
	    with open("old/manifest/2022-02-22/c232ab%02d941411ec9f6b0242ac120002"
	        ".json" % m, "w") as out:
	        json.dump({"version": 1, "target": "x", "objects":
	            [put(4 * m + i) for i in range(4)]}, out)
	END
	run -0 loc-backup verify "$PWD/old"
	for ((n = 1; n < 30; n++)); do
		rm -rf copy
		cp -r old copy
		killed $n loc-backup expire -D 100 -d 1 "$PWD/copy" || break
		loc-backup expire -D 100 -d 1 "$PWD/copy" >out
		[ -z "$(find copy -type f)" ]
	done
	[ "$n" -gt 8 ]
	[ "$n" -lt 30 ]
}

@test "kill -9 of loc-sync, at any step: whole files, and the next finishes" {
	alone
	mkdir site old
	printf same | tee site/a old/a >old/c
	printf old >old/b
	printf new | tee site/b >site/d
	for ((n = 1; n < 60; n++)); do
		rm -rf copy
		cp -r old copy
		killed $n loc-sync -q -P 1 -D 50 site copy || break
		[[ "$(cat copy/b)" = @(old|new) ]]
		[ ! -e copy/d ] || [ "$(cat copy/d)" = new ]
		loc-sync -q -P 1 -D 100 site copy >out
		diff -r site copy
	done
	[ "$n" -gt 5 ]
	[ "$n" -lt 60 ]
}

@test "a disk that is full: loc-forward acknowledges nothing, and says where" {
	fault_setup
	small disk 200k
	loc_export copy s3 "$PWD/disk/copy"
	loc-work -1
	submitted 20
	fill disk
	run -75 loc-forward -1
	[[ "$output" == *"$PWD/disk/copy"*'No space left on device'* ]]
	[ -z "$(find disk/copy -name '*.json*')" ]
	run ! loc-backup reports
	# Four submissions still wait.
	[ "$(loc-monitor -j queues | jq 'select(.name == "queue" and
	    .tags.queue == "copy").value')" = 4 ]
	rm disk/filler
	loc-backup reports >out
	all_copied 20 disk/copy
}

@test "a disk that is full: exports, dumps and copies are as before" {
	fault_setup
	small disk 400k
	submitted 20
	mkdir site
	head -c 100000 /dev/urandom >site/big
	fill disk
	run -75 loc-export full -o "$PWD/disk/pub"
	[[ "$output" == *"$PWD/disk/pub"*'No space left on device'* ]]
	run ! loc-backup database -q -o "$PWD/disk/dumps"
	[[ "$output" == *"$PWD/disk/dumps"*'No space left on device'* ]]
	run ! loc-sync -q site "$PWD/disk/site"
	[[ "$output" == *"$PWD/disk/site"*'No space left on device'* ]]
	[ -z "$(find disk -name '*.json*' -o -name '*.csv*' -o -name big)" ]
	[ -z "$(loc-backup database list "$PWD/disk/dumps")" ]
	rm disk/filler
	loc-export full -o "$PWD/disk/pub"
	loc-backup database -q -o "$PWD/disk/dumps"
	loc-sync -q site "$PWD/disk/site" >out
	zcat disk/pub/*.csv.gz | head -1 | grep -q ^radio
	[ "$(loc-backup database list "$PWD/disk/dumps" | wc -l)" = 1 ]
	cmp site/big disk/site/big
}
