#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
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
	mkdir jobs/three.lock
	run -73 location-job three true
	# A place that is named here would not be where it goes.
	for job in export-full export-diff import; do
		run -64 "location-$job" s3://www
		[ "$output" = "usage: location-$job" ]
	done
}

@test "a full disk hides neither how a job ended nor what it said" {
	location-job one true
	cp jobs/one.json before
	ln -s /dev/full jobs/.one.json
	run -3 location-job one sh -c 'echo err >&2; exit 3'
	[[ "$output" == 'one: exit status 3 after '*'
err
location-job: '*'/jobs/one.json: cannot be written' ]]
	cmp jobs/one.json before
	[ ! -e jobs/.one.json ]
	ln -s /dev/full jobs/.one.json
	run -74 location-job one true
	[[ "$output" == 'location-job: '*'/jobs/one.json: cannot be written' ]]
	# What a command says of itself is not when it went well.
	location-job two sh -c 'echo "{\"ok_s\":5}"'
	ok=$(of two .ok_s)
	run -3 location-job two sh -c 'exit 3'
	[ "$(of two .ok_s)" = "$ok" ]
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
	[ "$(cat calls)" = 'loc-export diff -jpq
loc-export full -jpq
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

@test "the map, the website, and what is published" {
	fake loc-mapgen 0
	fake loc-site 0
	fake loc-sync 0
	fake loc-monitor 69
	mkdir -p map/tiles map/lte
	location-map map site
	location-map -a -l lte -s s3://www map site
	location-map -p map site
	[ "$(grep -v "^loc-monitor" calls | sed "s|$LOC_JOBS|JOBS|")" = 'loc-mapgen -eq -u -o map/tiles
loc-site -s JOBS/status.jsonl site
loc-mapgen -eq -u -o map/tiles
loc-mapgen -eq -l lte -u -o map/lte
loc-site -s JOBS/status.jsonl site
loc-sync -q map/tiles assets:tiles
loc-sync -q map/lte assets:lte
loc-sync -q site s3://www
loc-mapgen -eq -p map/tiles.pmtiles
loc-site -s JOBS/status.jsonl site' ]
	[ "$(cd jobs && echo *.json)" = 'map-lte.json map-tiles.json site.json sync-lte.json sync-site.json sync-tiles.json' ]
	# Nothing is published after a failure.
	rm calls
	fake loc-site 73
	run -73 location-map -a -s s3://www map site
	[[ "$output" == *'site: exit status 73'* ]]
	run -1 grep loc-sync calls
	run -64 location-map map
	run -64 location-map -ap map site
}

# A database with cells and stations, a place for reports and one for exports.
begin_service() {
	LOC_CONF=''
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_export backup s3 "$PWD/reports/{source}/{api_key}"
	loc-work -1
	loc-simulate -n 40 reports | loc-submit -k test
	loc-feed -1
	loc-work -1
	# Of the last hour that is over.
	loc_sql "UPDATE cell_gsm SET modified = DATE_FORMAT(UTC_TIMESTAMP() -
	    INTERVAL 61 MINUTE, '%Y-%m-%d %H:59:58')"
	mkdir srv
	printf '[assets]\nbucket = %s\n' "$PWD/assets" >>"$LOC_CONF"
	"$LOC_TOP/tests/cmd/ocid-server.py" srv 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
	until_true test -s srv/port
	printf '[import:ocid]\nurl = http://127.0.0.1:%d\nmcc = 208\n' \
	    "$(cat srv/port)" >>"$LOC_CONF"
	printf 'apikey = pk.0123456789abcdef\n' >>"$LOC_CONF"
	printf '%s\n' 'GSM,208,10,1,1,,2.5,46.5,0,78,1,1566307030,1570119413,' |
	    gzip >srv/208.csv.gz
}

@test "each job with the real program: quiet, and told by the monitor" {
	begin_service
	run -0 location-export-diff
	[ -z "$output" ]
	run -0 location-export-full
	[ -z "$output" ]
	run -0 location-import
	[ -z "$output" ]
	run -0 location-backup "$PWD/dumps" 2
	[ -z "$output" ]
	run -0 location-verify "$PWD/dumps"
	[ -z "$output" ]
	run -0 location-sync assets "$PWD/assets/export" "$PWD/mirror"
	[ -z "$output" ]
	ls mirror/*-full-*.csv.gz mirror/*-diff-*.csv.gz
	[ "$(of import .result.inserted)" = 1 ]
	[ "$(of backup-drill '[.result.differ, .result.right ==
	    .result.asked]')" = '[0,true]' ]
	# Ages and sizes of all that was done.
	run -0 loc-monitor -j jobs
	[ "$(jq -r 'select(.name == "job.age_s" and .value < 600) |
	    .tags.job' <<<"$output" | tr '\n' ' ')" = 'backup-database backup-drill backup-reports backup-verify export-diff export-full import sync-assets ' ]
	[ "$(jq -r 'select(.name == "job.result" and .tags.what == "bytes" and
	    .value > 0) | .tags.job' <<<"$output" | tr '\n' ' ')" = 'backup-database backup-drill backup-reports backup-verify export-diff export-full sync-assets ' ]
	run -0 loc-monitor -j marks
	[ "$(jq -r .tags.mark <<<"$output" | sort | tr '\n' ' ')" = 'backup.database backup.drill backup.reports backup.verify export.diff export.full import.ocid ' ]
	# Again: nothing is due, and nothing is said.
	run -0 location-export-diff
	[ "$(of export-diff .result)" = '{"files":0,"held":0}' ]

	# What goes wrong is mailed, with the program's own status.
	rm reports/*/*/*.json.gz
	: >"$(find dumps -name "*.zst*" | head -1)"
	run -65 location-verify "$PWD/dumps"
	[[ "$output" == *'backup-verify: exit status 1'*'is missing'* ]]
	[[ "$output" == *'backup-drill: exit status 65'* ]]
	rm -r assets
	echo file >assets
	run -73 location-export-full
	[[ "$output" == *'export-full: exit status 73'*"$PWD/assets"* ]]
	echo '503' >srv/208.csv.gz.answer
	# shellcheck disable=SC2031
	sed -i 's/^rw_url = .*/rw_url = mysql:\/\/root@localhost\/x?unix_socket=\/none/' "$LOC_CONF"
	run -69 location-import
	[[ "$output" == *'import: exit status 69'* ]]
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
