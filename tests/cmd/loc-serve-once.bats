#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve -1: one connection on stdin and stdout, of any kind.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[geoip]
	db_path = $BATS_TEST_TMPDIR/city.mmdb
	[http]
	max_body = 64k
	idle_timeout_s = 1
	request_timeout_s = 2
	END
	mmdb_make city.mmdb DE 50 10
}

# statuses: of the replies on stdin
statuses() {
	grep -ao 'HTTP/1\.[01] [0-9]*' | cut -d ' ' -f 2 | paste -sd ' '
}

# req TEXT (with \r, \n): a request
req() {
	printf %b "$1"
}

once() {
	timeout -k 1 20 loc-serve -1
}

# small_socket COMMAND: its stdout is a socket that nobody reads from
small_socket() {
	export -f once
	python3 -c 'if True:
	    import socket, subprocess, sys
	    listener = socket.create_server(("127.0.0.1", 0))
	    client = socket.socket()
	    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
	    client.connect(listener.getsockname())
	    out = listener.accept()[0]
	    out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024)
	    sys.exit(subprocess.call(["bash", "-c", sys.argv[1]], stdout=out))
	' "$1"
}

get='GET /__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n\r\n'
# Without the database any key may ask where the client is.
where='GET /v1/geolocate?key=test HTTP/1.1\r\nHost: x\r\n'
body='{"items":[{"cellTowers":[{}]}]}'	# 31 bytes
post="POST /v2/geosubmit HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n$body"

@test "pipes and files" {
	run -0 --separate-stderr once <<<$'GET /__lbheartbeat__ HTTP/1.0\r\n\r'
	# shellcheck disable=SC2154
	[ "$stderr" = '' ]
	[ "$(tr -d '\r' <<<"$output" | sed '/^Date/d')" = 'HTTP/1.1 200 OK
Connection: close
Strict-Transport-Security: max-age=31536000; includeSubDomains
X-Content-Type-Options: nosniff
Content-Type: application/json
Content-Length: 16

{"status": "OK"}' ]
	req "$get" | once >file
	[ "$(statuses <file)" = 200 ]
	req "$get" >in
	once <in >>file
	[ "$(statuses <file)" = '200 200' ]
	# nothing asked, nothing answered
	[ "$(once </dev/null | wc -c)" = 0 ]
	# it may be asked more
	[ "$(req "$get$post$get" | once | statuses)" = '200 200 200' ]
	[ "$(req "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n$get" |
	    once | statuses)" = 404 ]
}

@test "a socket, as inetd hands it over; nothing else is said on it" {
	echo 'trusted_proxies =' >>location.ini
	"$BATS_TEST_DIRNAME/hand-over.py" nowait 127.0.0.1:0 -- loc-serve -1 \
	    3>&- &
	until [ -e port ]; do sleep 0.02; done
	run -0 curl -sS -i -H 'X-Forwarded-For: 255.1.1.1' \
	    "http://127.0.0.1:$(cat port)/v1/geolocate?key=test"
	[ "$(statuses <<<"$output")" = 200 ]
	[[ "$output" == *'{"location": {"lat": 50.0, "lng": 10.0}, "accuracy": 25000.0}' ]]
	[[ "$output" != *loc-serve:* ]]
	wait $!
}

@test "who asks: TCPREMOTEIP, or somebody here" {
	[ "$(req "$where\r\n" | TCPREMOTEIP=1.2.3.4 once | statuses)" = 200 ]
	[ "$(req "$where\r\n" | TCPREMOTEIP=255.2.3.4 once | statuses)" = 404 ]
	[ "$(req "$where\r\n" | TCPREMOTEIP=::ffff:1.2.3.4 once |
	    statuses)" = 200 ]
	[ "$(req "$where\r\n" | TCPREMOTEIP=fe80::1%lo once |
	    statuses)" = 404 ]
	for junk in '' junk; do
		TCPREMOTEIP=$junk run -64 once </dev/null
		[ "$output" = "loc-serve: TCPREMOTEIP is $junk: expected an IP address" ]
	done
	# only a trusted proxy may say that it asks for somebody else
	forwarded="${where}X-Forwarded-For: 1.2.3.4\r\n\r\n"
	[ "$(req "$forwarded" | TCPREMOTEIP=255.2.3.4 once | statuses)" = 404 ]
	[ "$(req "$forwarded" | TCPREMOTEIP=127.0.0.1 once | statuses)" = 200 ]
	[ "$(req "$forwarded" | once | statuses)" = 200 ]
}

@test "what is no connection" {
	run -64 "$BATS_TEST_DIRNAME/hand-over.py" wait 127.0.0.1:0 -- \
	    loc-serve -1
	[ "$output" = 'loc-serve: -1 serves a connection, not a socket to accept them from' ]
	run -64 loc-serve -1 -l 127.0.0.1:0 </dev/null
	[[ "$output" == usage:* ]]
	run -64 loc-serve -1 -r 3 </dev/null
	[[ "$output" == usage:* ]]
}

@test "the limits of any connection" {
	large='POST /v2/geosubmit HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n'
	[ "$( (req "$large"; head -c 65537 /dev/zero) | once | statuses)" = 413 ]
	[ "$(req 'GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n' |
	    once | statuses)" = 400 ]
	# a client that says nothing, stops in the middle, takes no answer
	mkfifo quiet
	exec 7<>quiet
	run -0 once <&7
	req 'GET / HT' >&7
	run -0 once <&7
	req "$(yes "$get" | head -n 2000 | tr -d '\n')" >many
	small_socket once <many 3>&- &
	run -0 once <many >&7
	exec 7>&-
	wait $!
}

@test "many of them leave one file in the spool" {
	for _ in {1..20}; do
		[ "$(req "$post" | once | statuses)" = 200 ]
	done
	[ "$(find spool -name '*.seg' | wc -l)" = 1 ]
	[ "$(spool_cat spool | grep -vc '^#')" = 20 ]
	# at once they need as many as write at a time
	for _ in {1..20}; do
		req "$post" | once >/dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(spool_cat spool | grep -vc '^#')" = 40 ]
	[ "$(find spool -name '*.seg' | wc -l)" -le 20 ]
}

@test "TERM finishes what was begun" {
	sed -i 's/^request_timeout_s.*/request_timeout_s = 60/' location.ini
	mkfifo in
	loc-serve -1 <in >out 3>&- &
	pid=$!
	exec 7>in
	expect='POST /v2/geosubmit HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n'
	req "${expect}Content-Length: 31\r\n\r\n${body%???}" >&7
	until [ -s out ]; do sleep 0.02; done
	kill "$pid"
	until grep -qs '^ShdPnd:	0*$' "/proc/$pid/status" ||
	    ! kill -0 "$pid"; do sleep 0.02; done
	# It goes in lines, and when the last comes nobody may be there any more:
	# that ends a subshell, by a signal.
	(req "${body: -3}$get" >&7) || true
	exec 7>&-
	wait "$pid"
	[ "$(statuses <out)" = '100 200' ]
	grep -q 'Connection: close' out
}

@test "nothing is opened that is not needed" {
	command -v strace >/dev/null || skip 'no strace'
	export ASAN_OPTIONS=detect_leaks=0
	req "$where\r\n" >in
	TCPREMOTEIP=1.2.3.4 strace -f -o trace loc-serve -1 <in >out
	[ "$(statuses <out)" = 200 ]
	# the key is looked up in the database, nothing else
	[ "$(grep 'connect(' trace | grep -vc nscd)" = 1 ]
	req "$get" >in
	strace -f -o trace loc-serve -1 <in >out
	[ "$(statuses <out)" = 200 ]
	[ "$(grep -v nscd trace | grep -c -e 'connect(' -e 'city\.mmdb' \
	    -e libcurl -e '\.seg')" = 0 ]
}

@test "database and Redis are used" {
	loc_setup
	sed -i '/^db_path/d; /^\[geoip\]/d' location.ini
	loc-key create known maxreq=2
	ask="GET /v1/geolocate?key=known HTTP/1.1\r\nHost: x\r\n\r\n"
	[ "$(req "$ask" | once | statuses)" = 404 ]
	[ "$(req "${ask/known/unknown}" | once | statuses)" = 400 ]
	[ "$(req "$ask$ask" | once | statuses)" = '404 403' ]
}
