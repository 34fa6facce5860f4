#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Requests as real clients send them get what these clients expect.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	export PYTHONPATH=$BATS_TEST_DIRNAME/../api
	replay=$BATS_TEST_DIRNAME/replay.py
	# clients without a key are answered where the server can be told to
	default_key=()
	! grep -q '^#*default_key' "$LOC_TOP/location.ini.sample" ||
	    default_key=(-k)
}

teardown() {
	loc_stop
}

# A server for the clients of FILE ...: their networks are known.
serve() {
	loc_setup
	loc_geoip 127.0.0.1/32
	for key in test geoclue; do
		loc-key create "$key" maxreq=0 >/dev/null
	done
	if [ ${#default_key[@]} -gt 0 ]; then
		printf '[http]\ndefault_key = test\n' >>"$LOC_CONF"
	fi
	"$replay" -s "$@" >known.sql
	loc_sql "$(cat known.sql)"
	loc_serve_start
}

@test "clients like those recorded" {
	serve
	"$replay" "${default_key[@]}" "$URL"
}

@test "the recorded clients" {
	require_shared data/clients/clients.jsonl
	serve "$LOC_SHARED"/data/clients/*.jsonl
	"$replay" "${default_key[@]}" "$URL" "$LOC_SHARED"/data/clients/*.jsonl
}

@test "odd ways to speak HTTP" {
	default_key=()
	serve
	"$BATS_TEST_DIRNAME/oddities.py" "$URL"
}
