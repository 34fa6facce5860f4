#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What cron runs: location-job, and the jobs with the real programs.

# bats sets $stderr.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone </dev/null
	PATH=$LOC_TOP/scripts/cron:$PATH
	export LOC_JOBS=$PWD/jobs
}

teardown() {
	loc_stop
}

# of NAME FILTER: what the last run has left
of() {
	jq -c "$2" "jobs/$1.json"
}

@test "all is well: nothing is said" {
	run -0 location-job one true
	[ -z "$output" ]
	[ "$(of one '[.job, .status, .result]')" = '["one",0,null]' ]
	[ "$(of one '.end_s == .ok_s and .start_s <= .end_s')" = true ]
	run -0 location-job one sh -c 'echo said; echo "{\"bytes\":3}"; echo x >&2'
	[ -z "$output" ]
	[ "$(of one .result)" = '{"bytes":3}' ]
	[ "$(cat jobs/one.err)" = x ]
}

@test "a failure is said with all that the command said" {
	location-job one true
	ok=$(of one .ok_s)
	run -3 --separate-stderr location-job one \
	    sh -c 'echo out; echo err >&2; exit 3'
	[ -z "$output" ]
	[[ "$stderr" == 'one: exit status 3 after '*' s: sh -c '*'
err
out' ]]
	[ "$(of one '[.status, .ok_s]')" = "[3,$ok]" ]
	run -127 location-job two no-such-command
	[ "$(of two '[.status, .ok_s]')" = '[127,null]' ]
	run -64 location-job one
	run -64 location-job ../x true
	run -64 location-job '' true
	mkdir closed
	: >closed/file
	LOC_JOBS=closed/file/x run -73 location-job one true
}

@test "one run of a job at a time, whatever is killed" {
	location-job one sleep 100 3>&- 2>said &
	pid=$!
	until_true pgrep -P "$pid" sleep
	run -75 location-job one true
	[ -z "$output" ]
	run -0 location-job two true
	# The command is left alone, and keeps the lock.
	child=$(pgrep -P "$pid" sleep)
	kill -9 "$pid"
	run -75 location-job one true
	kill "$child"
	until_true location-job one true

	location-job one sleep 100 3>&- 2>said &
	pid=$!
	until_true pgrep -P "$pid" sleep
	kill "$pid"
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 143 ]
	[ "$(of one .status)" = 143 ]
	grep -q '^one: exit status 143 ' said
}

@test "a directory is synced" {
	mkdir site
	echo one >site/one
	run -0 location-sync web site copy
	[ -z "$output" ]
	[ "$(of sync-web '[.status, .result.new]')" = '[0,1]' ]
	cmp site/one copy/one
	rm site/one
	run -1 location-sync web site copy
	[[ "$output" == 'sync-web: exit status 1 after '*'1 of 1 objects would be deleted'* ]]
	run -64 location-sync web site
}

# Programs of that name, which say how they were called.
fake() {
	mkdir -p fakes
	printf '#!/bin/sh\necho "%s" "$@" >>calls\nexit %d\n' "$1" "$2" \
	    >"fakes/$1"
	chmod +x "fakes/$1"
	PATH=$PWD/fakes:$PATH
}

@test "which programs are called" {
	fake loc-export 0
	fake loc-import 0
	fake loc-backup 5
	location-export-diff
	location-export-full
	location-import
	run -5 location-backup /backups
	[[ "$output" == *'backup-reports: exit status 5'*'backup-database: exit status 5'* ]]
	run -5 location-verify /backups
	run -5 location-verify -i 'a key' /backups
	[ "$(cat calls)" = 'loc-export diff -pq
loc-export full -pq
loc-import -qO
loc-backup reports
loc-backup database -jq -k 14 -o /backups
loc-backup verify -q
loc-backup drill -jq -a 2 /backups
loc-backup verify -q -i a key
loc-backup drill -jq -a 2 -i a key /backups' ]
	[ "$(cd jobs && echo *.json)" = 'backup-database.json backup-drill.json backup-reports.json backup-verify.json export-diff.json export-full.json import.json' ]
	run -64 location-backup
	run -64 location-verify
}

# A manual page, a line of the crontab or an example may name no other.
@test "what the crontab names is there" {
	sed -n 's/^#*[0-9*]\(.*\)\tloc\t\([a-z-]*\).*/\2/p' \
	    "$LOC_TOP/scripts/cron/loc" >named
	[ "$(wc -l <named)" -ge 8 ]
	while read -r program; do
		[[ "$program" != location-* ]] || command -v "$program"
	done <named
}
