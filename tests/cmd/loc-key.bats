#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

@test "create: a name, the usual rights" {
	run -0 --separate-stderr loc-key create test
	[ "$output" = test ]
	[ "$stderr" = 'loc-key: test: 100 requests a day and path; with maxreq=0 any number' ]
	[ "$(loc_sql 'SELECT * FROM api_key')" = "$(printf '%s\t' test 100 0 \
	    1 1 NULL NULL NULL NULL NULL NULL 100 100)NULL" ]
	run -1 loc-key create test
	[ "$output" = 'loc-key: test: exists, perhaps in another case' ]
	run -1 loc-key create TEST
}

@test "create: a random name, columns" {
	run -0 loc-key create maxreq=0 store_sample_submit=50
	[[ $output =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]]
	[ "$(loc_sql 'SELECT valid_key, maxreq, store_sample_submit
	    FROM api_key')" = "$(printf '%s\t0\t50' "$output")" ]
	[ "$(loc-key create)" != "$(loc-key create)" ]
}

@test "names that no client could use are refused" {
	for name in abc 'a_bcd' 'ä-key' 'with blank' "$(printf '%041d' 0)"; do
		run -64 loc-key create "$name"
		run -64 loc-key show "$name"
	done
	loc-key create "$(printf '%040d' 0)"
	loc-key create -abc
}

@test "show and list, as text and JSON lines" {
	loc-key create test allow_fallback=1 fallback_name=fall \
	    fallback_schema=combain/v1 'fallback_url=https://x.example/é"' \
	    fallback_ratelimit=10 fallback_ratelimit_interval=60 \
	    fallback_cache_expire=0 maxreq=
	loc-key create plain allow_region=0
	[ "$(loc-key -j show test)" = '{"valid_key":"test","allow_fallback":true,"allow_locate":true,"allow_region":true,"fallback_name":"fall","fallback_schema":"combain/v1","fallback_url":"https://x.example/\u00e9\"","fallback_ratelimit":10,"fallback_ratelimit_interval":60,"fallback_cache_expire":0,"store_sample_locate":100,"store_sample_submit":100}' ]
	run -0 loc-key show test
	[ "${#lines[@]}" = 17 ]
	[ "${lines[1]}" = 'maxreq                      -' ]
	[ "${lines[7]}" = 'fallback_url                https://x.example/é"' ]
	[ "$(loc-key -j list | jq -r '.valid_key + " \(.allow_region)"')" = \
	    "$(printf 'plain false\ntest true')" ]
	run -0 loc-key list
	[ "$(awk '{ print $1, $2, $5 }' <<<"$output")" = \
	    "$(printf '%s\n' 'valid_key maxreq allow_region' \
	    'plain 100 false' 'test - true')" ]
}

@test "case matters" {
	loc-key create Test
	run -1 loc-key show test
	[ "$output" = 'loc-key: test: no such key' ]
	run -1 loc-key set test maxreq=1
	run -1 loc-key disable TEST
	run -0 loc-key show Test
}

@test "set changes what is named and nothing else" {
	loc-key create test fallback_name=f
	run -0 loc-key set test maxreq=5 fallback_name=
	[ -z "$output" ]
	[ "$(loc-key -j set test store_sample_locate=0)" = '{"valid_key":"test","maxreq":5,"allow_fallback":false,"allow_locate":true,"allow_region":true,"store_sample_locate":0,"store_sample_submit":100}' ]
	run -0 loc-key set test maxreq=5	# as it is
	[ "$(loc_sql 'SELECT fallback_name, maxreq FROM api_key')" = \
	    "$(printf 'NULL\t5')" ]
}

@test "set refuses what a column cannot mean" {
	loc-key create test
	loc-key -j show test >before
	for bad in maxreq=-1 maxreq=2147483648 maxreq=x allow_locate=2 \
	    store_sample_submit=101 fallback_schema=other/v1 \
	    fallback_url=ftp://x fallback_url=http:// \
	    fallback_url=https:///path 'fallback_url=http://a b/' \
	    "fallback_name=$(printf '%041d' 0)" \
	    $'fallback_name=\xff' $'fallback_name=a\tb' \
	    fallback_name=$'\U1f600' valid_key=other nothing=1 maxreq; do
		run -64 loc-key set test maxreq=9 "$bad"
		[[ $output = "loc-key: $bad: expected "* ]]
	done
	loc-key -j show test | cmp - before
	loc-key set test maxreq=2147483647 "fallback_name=$(printf 'ä%.0s' \
	    {1..40})"
}

@test "disable takes the rights and keeps the row" {
	loc-key create test allow_fallback=true fallback_name=x \
	    fallback_url=http://x
	run -0 loc-key disable test
	[ "$(loc_sql 'SELECT allow_fallback, allow_locate, allow_region,
	    fallback_name FROM api_key')" = "$(printf '0\t0\t0\tx')" ]
}

@test "trust: public, keyed or trusted, beside the row" {
	trust() {
		loc-key -j show "$1" | jq -r '.trust // "public"'
	}
	loc-key create test
	loc-key create own-key trust=keyed
	[ "$(trust test) $(trust own-key)" = 'public keyed' ]
	loc-key set own-key trust=trusted maxreq=0
	loc-key copy own-key other
	[ "$(trust own-key) $(trust other)" = 'trusted trusted' ]
	run -0 loc-key show own-key
	[[ "$output" = *'trust  '*' trusted'* ]]
	run -64 loc-key set own-key trust=2
	[ "$output" = 'loc-key: trust=2: expected public, keyed or trusted' ]
	loc-key set other trust=
	loc-key disable own-key
	[ "$(trust own-key) $(trust other)" = 'public public' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_key_trust')" = 0 ]
	run -1 loc-key set nobody trust=keyed
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_key_trust')" = 0 ]
}

@test "copy: the same rights under another name" {
	loc-key create old-key maxreq=7 allow_region=false fallback_name=f
	run -0 --separate-stderr loc-key copy old-key new-key store_sample_submit=0
	[ "$output" = new-key ]
	[ -z "$stderr" ]
	diff <(loc-key -j show old-key | jq -S 'del(.valid_key)') \
	    <(loc-key -j show new-key | jq -S '.store_sample_submit = 100 |
	    del(.valid_key)')
	run -0 --separate-stderr loc-key -j copy old-key
	[ "$(jq -r .maxreq <<<"$output")" = 7 ]
	[ "$(loc-key -j list | wc -l)" = 3 ]
	run -1 loc-key copy missing new2
	[ "$output" = 'loc-key: missing: no such key' ]
	run -1 loc-key copy old-key NEW-key
}

@test "another service needs its URL" {
	run -64 loc-key create test allow_fallback=true
	[ "$output" = 'loc-key: test: allow_fallback needs fallback_url' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM api_key')" = 0 ]
	loc-key create test fallback_url=http://x
	loc-key set test allow_fallback=true
	run -64 loc-key set test fallback_url=
	# What else keeps it from being asked is told.
	run -0 loc-key set test fallback_ratelimit=5
	[ "$output" = 'loc-key: test: the other service is not asked without fallback_name and fallback_ratelimit_interval' ]
	run -0 loc-key copy test copied fallback_name=x fallback_url=http://x/#t \
	    fallback_schema=unwiredlabs/v1 fallback_ratelimit_interval=0
	[ "${lines[1]}" = 'loc-key: copied: the other service is not asked without fallback_ratelimit_interval' ]
	[ ${#lines[@]} = 2 ]
	run -0 loc-key set copied fallback_ratelimit_interval=60 \
	    fallback_url=http://x
	[ "$output" = 'loc-key: copied: fallback_url: expected URL#TOKEN' ]
	run -0 loc-key set copied fallback_url=http://x/#t
	[ -z "$output" ]
	run -0 loc-key set test maxreq=7
	[ -z "$output" ]
	run -64 loc-key set test allow_fallback=maybe
	[ "$output" = 'loc-key: allow_fallback=maybe: expected true or false, 1 or 0' ]
	[ "$(loc-key -j show test | jq -r '.allow_fallback, .fallback_url')" = \
	    $'true\nhttp://x' ]
}

@test "a key that nobody learns of is not made" {
	run -74 bash -c 'loc-key create test >/dev/full'
	[ "$output" = 'loc-key: stdout: No space left on device' ]
	run -1 loc-key show test
}

@test "wrong usage, no server" {
	for args in '' bogus 'list x' 'show' 'set test' 'disable' \
	    'copy' 'copy test new other' 'create test other'; do
		# shellcheck disable=SC2086 # words
		run -64 loc-key $args
	done
	run -64 loc-key frobnicate
	[ "$output" = 'loc-key: frobnicate: expected copy, create, delete, disable, expire, list, note, set or show' ]
	run -64 loc-key show
	[ "${lines[0]}" = 'loc-key: show: expected a key' ]
	run -64 loc-key set test bogus=1
	[[ "$output" == 'loc-key: bogus=1: expected maxreq, '*', confidence, trust, note or expires before the =' ]]
	run -0 loc-key -h
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	run -69 loc-key list
	run -78 loc-key -c /nonexistent list
}

@test "note, expire and delete: whose it is, until when, and away" {
	loc-key create test maxreq=0 note='Ada, ada@example.org'
	[ "$(loc-key note test)" = 'Ada, ada@example.org' ]
	loc-key note test Bob
	loc-key expire test 2099-01-01
	[ "$(loc-key -j show test | jq -c '[.note, .expires]')" = '["Bob","2099-01-01"]' ]
	run -0 loc-key show test
	[[ "$output" == *$'\nnote                        Bob\nexpires                     2099-01-01' ]]
	run -0 loc-key list
	[[ "${lines[0]}" == *' allow_region note' && "${lines[1]}" == *' Bob' ]]
	loc-key copy test other note=
	[ "$(loc-key -j show other | jq -c '[.note, .expires]')" = '[null,"2099-01-01"]' ]
	# Servers do not know one that has expired.
	printf '[http]\nkey_cache_s = 0\n' >>"$LOC_CONF"
	loc_serve_start
	[ "$(ask -d '{}' "/v1/geolocate?key=test")" = 404 ]
	loc-key expire test
	[ "$(loc_sql 'SELECT expires = UTC_DATE() FROM loc_key_note
	    WHERE note = "Bob"')" = 1 ]
	[ "$(ask -d '{}' "/v1/geolocate?key=test")" = 400 ]
	loc-key expire test ''
	[ "$(ask -d '{}' "/v1/geolocate?key=test")" = 404 ]
	run -64 loc-key expire test '2099-01-01 12:00:00'
	run -64 loc-key expire test 2099-02-29
	run -64 loc-key expire test never
	[ "$output" = 'loc-key: expires=never: expected a day: YYYY-MM-DD' ]
	run -64 loc-key expire test 2099-01-01 more
	run -1 loc-key expire nobody
	run -1 loc-key note nobody
	# Deleted, nothing of it is left.
	loc-key set other trust=keyed note=x
	loc-key delete other
	[ -z "$(loc_sql "SELECT valid_key FROM api_key WHERE valid_key = 'other'
	    UNION SELECT valid_key FROM loc_key_trust
	    UNION SELECT valid_key FROM loc_key_note WHERE valid_key = 'other'")" ]
	run -1 loc-key delete other
	loc-key create other maxreq=0
}
