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
}

teardown() {
	loc_stop
}

# known [FILE ...]: a service that knows the networks clients ask for
known() {
	loc_setup
	loc_geoip 127.0.0.1/32
	for key in test geoclue; do
		loc-key create "$key" maxreq=0 >/dev/null
	done
	"$replay" -s "$@" >known.sql
	loc_sql "$(cat known.sql)"
}

# Many clients have no key, or none that could be one.
serve_all() {
	printf '[http]\ndefault_key = test\n' >>"$LOC_CONF"
	loc_serve_start
}

@test "reliability 36: clients like those recorded" {
	known
	serve_all
	"$replay" "$URL"
}

@test "the recorded clients" {
	require_shared data/clients/clients.jsonl
	known "$LOC_SHARED"/data/clients/*.jsonl
	serve_all
	"$replay" "$URL" "$LOC_SHARED"/data/clients/*.jsonl
}

@test "odd ways to speak HTTP" {
	known
	loc_serve_start
	"$BATS_TEST_DIRNAME/oddities.py" "$URL"
}
