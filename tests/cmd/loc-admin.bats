#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# Each command of loc-admin(7) is run as it stands there.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# What the page says is there.
prepare() {
	local line

	line='{"position":{"latitude":51.5,"longitude":-0.1},"wifiAccessPoints":[{"macAddress":"0123456789ab"},{"macAddress":"a82067000002"}]}'
	loc-key create example-key note=Ada maxreq=0
	loc-submit -k example-key <<<"$line"
	loc-feed -1
	loc-work -1
	loc-stats
	echo '{"wifiAccessPoints":[{"macAddress":"0123456789ab"},{"macAddress":"a82067000002"}]}' >body.json
	mkdir archive
	gzip <<<"$line" >archive/x.jsonl.gz
	echo '127.0.0.1 - - GET /' >access.log
	cp -p "$LOC_CONF" old.ini
}

@test "each question has one command, and it runs" {
	prepare
	sed -n '/^\.Ss Questions/,/^\.El/s/^\.Dl \$ //p' \
	    "$LOC_TOP/man/loc-admin.7" | sed "s/\\\\(aq/'/g
	    s|/var/log/nginx/||" >commands
	[ "$(wc -l <commands)" -ge 28 ]
	[ "$(wc -l <commands)" = "$(sed -n '/^\.Ss Questions/,/^\.El/p' \
	    "$LOC_TOP/man/loc-admin.7" | grep -c '^\.It')" ]
	while read -r command <&3; do
		run bash -c "$command" 3>&- </dev/null
		printf '%s: %s\n%s\n' "$command" "$status" "$output"
		# Here no service runs, which loc-status is right to mind; and
		# there is nothing to undo.
		case $command in
		loc-status*)	[ "$status" -le 2 ] ;;
		*' undo '*)	[ "$status" -le 1 ] ;;
		*)		[ "$status" -eq 0 ] ;;
		esac
		[ -n "$output" ] || case $command in
		'loc-key set '* | *-t | *'>'* | *'-1 -c '* | 'loc-feed -1' | 'loc-db -n '* | *'undo '* | \
		'loc-backup '* | 'loc-db users')	;;
		*)	return 1 ;;
		esac
	done 3<commands
	[ "$(loc-station -j show wifi 0123456789ab | jq -r .state)" = forgotten ]
	[ -n "$(ls backups)" ]
}

@test "after a restore what the dump lacks is counted, and nothing twice" {
	line() {
		echo '{"position":{"latitude":51.5,"longitude":-0.1},"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"a82067000002"}]}'
	}
	samples() {
		loc_sql "SELECT samples FROM wifi_shard_6
		    WHERE mac = x'a82067000001'"
	}
	line | loc-submit
	line | loc-submit
	loc-feed -1
	loc-work -1
	loc-backup database -q -o backups
	line | loc-submit
	loc-feed -1
	loc-work -1
	[ "$(samples)" = 3 ]
	loc_sql 'DROP TABLE wifi_shard_6, loc_ledger'
	loc-backup database restore -fq backups
	[ "$(samples)" = 2 ]
	loc-feed -1a
	loc-work -1
	[ "$(samples)" = 3 ]
}
