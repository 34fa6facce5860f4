#!/usr/bin/env bats
# bats file_tags=plain
# SPDX-License-Identifier: ISC
#
# Secrets are planted wherever they may be, in location.ini, files, credentials
# and the environment; programs succeed and fail with them; and then nothing but
# these places has them: no output, no argument, no environment of a child, no
# file, and no core could.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir out credentials
	touch out/log
}

teardown() {
	loc_stop
}

# Run "$@" and keep what it says; however it ends, it ends.
try() {
	local status=0

	timeout 60 "$@" >>out/log 2>&1 </dev/null || status=$?
	echo "$status $*" >>out/tried
	[ "$status" -lt 124 ]
}

# What would work, without loc-serve.
programs() {
	try loc-db status
	try loc-db -v users
	try loc-db -n users
	try loc-key create
	try loc-key list
	try loc-stats
	try loc-ratelimit show
	try loc-monitor -j
	try loc-status
	try loc-feed -1
	try loc-work -1
	try loc-forward -1
	try loc-import -O
	try loc-export full
	try loc-backup list s3://bucket/place
	for program in db feed forward key serve stats status work; do
		try "loc-$program" -C
		try "loc-$program" -t
	done
}

# Set [SECTION] KEY to VALUE.
put() {
	sed -i "/^\[$1\]/,/^\[/{/^$2 =/d}" "$LOC_CONF"
	printf '[%s]\n%s = %s\n' "$1" "$2" "$3" >>"$LOC_CONF"
}

# No file but those that were given CANARY has it.
nowhere() {
	! grep -rla CANARY "$BATS_TEST_TMPDIR" --exclude=location.ini \
	    --exclude-dir=credentials --exclude-dir=secrets
}

# No process has it in its arguments, and those of "$@" leave no core.
no_process_tells() {
	local pid

	if grep -la 'CANAR[Y]' /proc/[0-9]*/cmdline 2>/dev/null; then
		return 1
	fi
	for pid; do
		grep -q '^Max core file size  *0  *0 ' "/proc/$pid/limits"
	done
}

@test "secrets in location.ini, files and credentials go nowhere else" {
	local address

	address=$(sed -n 's/^rw_url = mysql:\/\/root@//p' "$LOC_CONF")
	put database rw_url "mysql://rw:CANARY1@$address"
	mkdir secrets
	echo "mysql://ro:CANARY2@$address" >secrets/ro
	chmod -R go= secrets
	put database ro_url ''
	put database ro_url_file "$PWD/secrets/ro"
	put http secret_key CANARY3
	put s3 access_key id
	put s3 secret_key CANARY4
	put s3 endpoint http://127.0.0.1:9
	put sentry dsn http://k:CANARY5@127.0.0.1:9/1
	put import:ocid url http://127.0.0.1:9/
	echo CANARY6 >credentials/loc.import_ocid.apikey
	export CREDENTIALS_DIRECTORY=$PWD/credentials
	export AWS_SESSION_TOKEN=CANARY7
	programs
	grep -q '^0 loc-db -v users' out/tried
	loc_serve_start -v 2>>out/log
	curl -s "$URL/v1/geolocate?key=test" -d '{}' >>out/log
	loc-feed -v >>out/log 2>&1 3>&- &
	feed=$!
	loc-work -v >>out/log 2>&1 3>&- &
	work=$!
	sleep 0.5
	no_process_tells "$LOC_SERVE_PID" "$feed" "$work"
	kill -HUP "$LOC_SERVE_PID" "$feed" "$work"
	kill "$feed" "$work" "$LOC_SERVE_PID"
	wait "$feed" "$work" "$LOC_SERVE_PID" || true

	# Servers that refuse them, or are not there, or are no addresses.
	loc_sql "SET PASSWORD FOR rw@localhost = PASSWORD('another');
	    SET PASSWORD FOR ro@localhost = PASSWORD('another')"
	put cache cache_url redis://:CANARY8@127.0.0.1:9/0
	programs
	put cache cache_url "redis://u:CANARY8/@x y"
	put database rw_url 'mysql://rw:CANARY1/x@[h'
	programs
	[ "$(grep -c . out/log)" -gt 50 ]
	nowhere
}

@test "secrets in the environment go to no other program" {
	export SECRET_KEY=CANARY1 SENTRY_DSN=https://k:CANARY2@h/1
	export DB_READWRITE_URI=mysql://u:CANARY3@127.0.0.1:9/d
	export LOC_DATABASE_RO_URL=mysql://u:CANARY4@127.0.0.1:9/d
	export REDIS_URI=redis://:CANARY5@127.0.0.1:9/0
	export AWS_SECRET_ACCESS_KEY=CANARY6
	mkdir bin
	# What loc-mapgen -x has others do.
	cat >bin/encode <<-END
	#!/bin/sh
	env >"$PWD/out/env"
	exit 1
	END
	chmod +x bin/encode
	ln -s encode bin/merge
	ln -s encode bin/enumerate
	ln -s encode bin/render
	ln -s encode bin/pngquant
	echo 51.5,-0.1 >positions
	PATH=$PWD/bin:$PATH try loc-mapgen -x -o map positions
	[ -s out/env ]
	programs
	nowhere
}
