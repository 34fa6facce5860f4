#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The worked examples of the interface, by their numbers: tables in
# examples_*.py.

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$(dirname "$(command -v loc-serve)")/tools:$PATH
	loc_setup
	loc_geoip
	cat >>"$LOC_CONF" <<-END
	[http]
	transfer = true
	count_delay_ms = 0
	trusted_proxies = 127.0.0.1 10.0.0.1
	END
	loc-key create test maxreq=0 >/dev/null
	loc-key create limited maxreq=2 >/dev/null
	loc_sql "INSERT INTO api_key (valid_key, maxreq, allow_locate,
	    allow_region) VALUES ('nolocate', 0, NULL, 1),
	    ('locate', 0, 1, 1), ('noregion', 0, 1, 0);
	    INSERT INTO api_key (valid_key, store_sample_submit) VALUES
	    ('none', 0), ('null', NULL);
	    $("$BATS_TEST_DIRNAME/stations.py")"
}

teardown() {
	loc_stop
}

# answers TABLE: in both modes
answers() {
	loc_serve_start
	"$BATS_TEST_DIRNAME/examples.py" "$1" "$URL" spool
	loc_stop
	rm -r spool
	loc_redis flushdb
	echo 'strict = true' >>"$LOC_CONF"
	loc_serve_start
	"$BATS_TEST_DIRNAME/examples.py" -s "$1" "$URL" spool
}

# VALUE is what Redis answers to the rest; it is counted after the reply.
counts() {
	[ "$(loc_redis "${@:2}")" = "$1" ]
}

@test "requests and the bodies that ask: E1 to E21, E37 to E39" {
	answers locate
	[ "$(loc_redis get "apilimit:limited:v1.geolocate:$(date -u +%Y%m%d)")" = 3 ]
	[ -z "$(loc_redis --scan --pattern '*region*')" ]
	[ -z "$(loc_redis --scan --pattern '*country*')" ]
}

@test "places and regions: L1 to L17, fixtures" {
	answers places
}

@test "reports: E17, E22 to E32" {
	answers submit
	day=$(date -u +%Y-%m-%d)
	until_true counts 1 get "apilimit:none:v2.geosubmit:${day//-}"
	until_true counts 1 pfcount "apiuser:submit:none:$day"
	until_true counts 1 pfcount "apiuser:submit:test:$day"
	[ "$(loc_redis exists "apiuser:submit:unknown-key:$day")" = 0 ]
}
