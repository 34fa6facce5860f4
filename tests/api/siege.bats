#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# What one client may hold of loc-serve does not hold up others.

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	loc-key create test maxreq=0 >/dev/null
	cat >>location.ini <<-END
	[http]
	connections = 60
	max_body = 1m
	END
}

teardown() {
	loc_stop
}

@test "reliability 29: a client that holds all it can harms nobody else" {
	echo 'trusted_proxies = ' >>location.ini
	loc_serve_start
	"$BATS_TEST_DIRNAME/siege.py" "$URL" 127.0.0.2 60 1048576
}

@test "reliability 29: neither does one behind a trusted proxy" {
	loc_serve_start
	"$BATS_TEST_DIRNAME/siege.py" "$URL" 127.0.0.1 60 1048576 \
	    'X-Forwarded-For: 203.0.113.9'
}
