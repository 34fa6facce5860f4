#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Reports to Sentry (lib/net/sentry.c) through tests/tools/sentry_try, to a
# server of the test's own.

bats_require_minimum_version 1.5.0

setup() {
	command -v python3 >/dev/null || skip "no python3"
	dir=$BATS_TEST_TMPDIR
	"$BATS_TEST_DIRNAME/sentry_server.py" "$dir" 3>&- &
	pid=$!
	while [ ! -e "$dir/port" ]; do
		sleep 0.05
	done
	host=127.0.0.1:$(cat "$dir/port")
	dsn=http://public@$host/7
}

teardown() {
	kill "$pid"
	wait "$pid" || true
}

try() {
	"$(dirname "$(command -v loc-db)")/tools/sentry_try" "$@" \
	    2>"$dir/err"
}

# got FILTER: the requests, through jq
got() {
	jq -r "$1" "$dir/got"
}

took() {
	sed -n "s/.*$1 \([0-9]*\) ms.*/\1/p" "$dir/err"
}

@test "an event is an envelope, to the byte" {
	try -e staging "$dsn" <<<'error key lookup | "Täble" missing'
	[ "$(got .fault)" = null ]
	[ "$(got .path)" = /api/7/envelope/ ]
	[ "$(got '.headers["Content-Type"]')" = application/x-sentry-envelope ]
	[[ "$(got '.headers["X-Sentry-Auth"]')" =~ ^Sentry\ sentry_version=7,\ sentry_client=loc/[0-9.]+,\ sentry_key=public$ ]]
	[ "$(got '.headers.Expect')" = null ]
	[ "$(got '.event | [.level, .platform, .logger, .release,
	    .environment, .tags.app, .logentry.formatted, .fingerprint[0],
	    .server_name] | join("|")')" = "error|c|loc-test|1.2.3|staging|\
loc-test|key lookup: \"Täble\" missing|key lookup|$(hostname)" ]
	[[ "$(got .event.timestamp)" == "$(date -u +%Y)"-??-??T??:??:??.???Z ]]
	[ ! -s "$dir/err" ] || [ "$(wc -l <"$dir/err")" = 1 ]
}

@test "a DSN with a secret, of old" {
	try "sync+http://public:secret@$host/sentry/7?timeout=1" \
	    <<<'warning x'
	[ "$(got .path)" = /sentry/api/7/envelope/ ]
	[[ "$(got '.headers["X-Sentry-Auth"]')" == \
	    *', sentry_key=public, sentry_secret=secret' ]]
	[ "$(got '.event | [.level, .environment, .extra] |
	    map(tostring) | join(" ")')" = 'warning null null' ]
}

@test "the same fault is told once; how many were not is told later" {
	{
		for i in {1..50}; do
			echo "error lost | try $i"
		done
		echo "fatal other"
	} | try "$dsn"
	[ "$(got '.event | [.level, .logentry.formatted, .extra.dropped] |
	    map(tostring) | join(" ")')" = \
	    $'error lost: try 1 null\nfatal other 49' ]
}

@test "nothing personal or secret is told" {
	try "$dsn" <<<'error from 81.2.69.192 | ap 01:23:45:67:89:ab at'\
' 51.5142,-0.0931 of 2001:db8::1 with ?key=test-key'
	run ! grep -i '81\.2\|01:23\|51\.51\|0\.09\|2001\|test-key' "$dir/got"
	[ "$(got .event.logentry.formatted)" = \
	    'from *: ap * at *,* of * with ?key=*' ]
}

@test "429 with the limit of its own header" {
	printf '429\nX-Sentry-Rate-Limits: 1:error:key\nRetry-After: 500\n' \
	    >"$dir/reply"
	(
		echo 'error one'
		sleep 0.5
		echo 'error two'
		rm "$dir/reply"
		sleep 1.2
		echo 'error three'
	) | try "$dsn"
	[ "$(got '.event | [.logentry.formatted, .extra.dropped] |
	    map(tostring) | join(" ")')" = $'one null\nthree 1' ]
	grep -qx 'sentry_try: sentry: HTTP status 429' "$dir/err"
}

@test "429 with Retry-After, 429 alone, limits with 200" {
	for reply in $'429\nRetry-After: 600' 429 \
	    $'200\nX-Sentry-Rate-Limits: 600::organization' \
	    $'503\nRetry-After: 600'; do
		echo "$reply" >"$dir/reply"
		rm -f "$dir/got"
		printf 'error %s\nsleep 500\n' one two three | try "$dsn"
		[ "$(got .event.logentry.formatted)" = one ]
	done
}

@test "limits of what we do not send are none of ours" {
	printf '200\nX-Sentry-Rate-Limits: 600:transaction:key\n' \
	    >"$dir/reply"
	printf 'error %s\nsleep 500\n' one two | try "$dsn"
	[ "$(got .event.logentry.formatted)" = $'one\ntwo' ]
}

@test "what waits is sent at the end" {
	printf 'error %s\n' a b c d e f g h | try "$dsn"
	[ "$(got .event.logentry.formatted | tr '\n' ' ')" = \
	    'a b c d e f g h ' ]
}

@test "no server: one warning, nobody waits" {
	printf 'error fault %s\n' {a..z} >"$dir/in"
	try http://public@127.0.0.1:1/7 <"$dir/in"
	[ "$(grep -c 'sentry: ' "$dir/err")" = 1 ]
	(($(took longest) < 1000))
}

@test "a server that hangs holds up nobody, and the end only so long" {
	echo hang >"$dir/reply"
	printf 'error fault %s\n' {a..z} >"$dir/in"
	try -w 200 "$dsn" <"$dir/in"
	(($(took longest) < 1000))
	# Each would take 2 s, and one was never asked for.
	(($(took end) < 20000))
	[ "$(wc -l <"$dir/got")" = 1 ]
}
