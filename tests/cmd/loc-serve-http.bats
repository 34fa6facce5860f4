#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve as an HTTP server: what it accepts, refuses and cuts off.  None
# of this needs a database.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[http]
	strict = true
	max_body = 64k
	max_inflated = 300k
	request_timeout_s = 3
	idle_timeout_s = 2
	END
}

teardown() {
	loc_stop
}

raw() {
	timeout 60 python3 -SE "$BATS_TEST_DIRNAME/raw-client.py" \
	    "${URL##*:}" "$@"
}

# statuses TEXT (with \r, \n, \0): the status lines of what comes back
statuses() {
	printf %b "$1" | raw statuses
}

post='POST /v2/geosubmit HTTP/1.1\r\nHost: x\r\n'
get='GET /__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n'
body='{"items":[]}'	# 12 bytes

@test "connections are kept and requests pipelined" {
	loc_serve_start
	one="${post}Content-Length: 12\r\n\r\n$body"
	[ "$(statuses "$one$one$get\r\n$one")" = '200 200 200 200' ]
	[ "$(statuses "$one${get}Connection: close\r\n\r\n$one")" = '200 200' ]
	# bodies are read whatever the method or the answer
	odd="Content-Length: 12\r\n\r\n$body"
	[ "$(statuses "${get}${odd}HEAD / HTTP/1.1\r\nHost: x\r\n${odd}PUT /v2/geosubmit HTTP/1.1\r\nHost: x\r\n${odd}$one")" = \
	    '200 404 405 200' ]
	[ "$(curl -s -o 1 -o 2 -w '%{num_connects} ' "$URL"/__lbheartbeat__ \
	    "$URL"/__version__)" = '1 0 ' ]
}

@test "HTTP/1.0" {
	loc_serve_start
	old='GET /__lbheartbeat__ HTTP/1.0\r\n'
	[ "$(statuses "$old\r\n$old\r\n")" = 200 ]
	[ "$(statuses "${old}Connection: keep-alive\r\n\r\n$old\r\n")" = \
	    '200 200' ]
}

@test "chunked bodies, Expect: 100-continue, absolute addresses" {
	loc_serve_start
	[ "$(statuses "${post}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nb;x=y\r\n${body#\{}\r\n0\r\nX: y\r\n\r\n$get\r\n")" = \
	    '200 200' ]
	[ "$(statuses "${post}Expect: 100-continue\r\nContent-Length: 12\r\n\r\n$body")" = \
	    '100 200' ]
	[ "$(statuses 'GET http://x/__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n\r\n')" = 200 ]
	[ "$(statuses "${post}Transfer-Encoding: chunked\r\n\r\nz\r\n{\r\n0\r\n\r\n$get\r\n")" = 400 ]
}

@test "requests whose end is not clear are refused, and nothing after them" {
	loc_serve_start
	after="\r\n\r\n0\r\n\r\n$get\r\n"
	te='Transfer-Encoding: chunked'
	for head in "Content-Length: 5\r\n$te" "$te\r\nContent-Length: 5" \
	    'Content-Length: 5\r\nContent-Length: 0' \
	    'Content-Length: 5\r\nContent-Length: 5' \
	    "$te\r\n$te" "$te\r\nTransfer-Encoding: identity" \
	    'Transfer-Encoding: identity' 'Transfer-Encoding: gzip, chunked' \
	    'Transfer-Encoding: xchunked' 'Transfer-Encoding: \0013chunked' \
	    'Transfer-Encoding : chunked\r\nContent-Length: 5' \
	    'Content-Length : 5' 'Transfer-Encoding:\r\n chunked' \
	    'X: y\r\n Content-Length: 5' 'Content-Length\0000: 5'; do
		got=$(statuses "$post$head$after")
		[ "$got" = 400 ] || {
			echo "$head: $got"
			return 1
		}
	done
	# heads that two readers could understand in two ways
	for head in 'Content-Length\t: 5' '\vTransfer-Encoding: chunked' \
	    'Transfer-Encoding\0: chunked' 'X: a\0b' 'X: a\nY: b' \
	    'X: a\rY: b' 'X: a\r\r\nY: b' 'X(: a' ': a' 'Host: y' \
	    'Content-Length: 2\0000'; do
		[ "$(statuses "$post$head$after")" = 400 ]
	done
	[ "$(statuses "GET / HTTP/1.1\r\nX: y\r\n\r\n")" = 400 ]
	[ "$(statuses "GET / HTTP/1.1\r\nHost: \r\n\r\n")" = 400 ]
	[ "$(statuses "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n")" = 400 ]
	[ "$(statuses "GET / HTTP/1.1\nHost: x\n\n$get\r\n")" = 400 ]
	for chunk in '2\n{}\r\n' '2;\n\r\n{}\r\n' '2\r\n{}\n' '2 \r\n{}\r\n'; do
		[ "$(statuses "$post$te\r\n\r\n${chunk}0\r\n\r\n$get\r\n")" = 400 ]
	done
	for length in +5 -5 5x '' '5, 5' 0x5; do
		[ "$(statuses "${post}Content-Length: $length$after")" = 400 ]
	done
	[ "$(statuses "POST / HTTP/1.0\r\n$te$after")" = 400 ]
	[ "$(statuses "$get\r\n")" = 200 ]
}

@test "garbage" {
	loc_serve_start
	for head in '\0\0\0\r\n\r\n' '\x16\x03\x01\x02\0\x01\0\r\n\r\n' \
	    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' 'GET\r\n\r\n' '\r\n' \
	    'GET / HTTP/1.1\r\ngarbage\r\n\r\n' 'GET / HTTP/9.9\r\n\r\n'; do
		[[ "$(statuses "$head")" != *200* ]]
	done
	head -c 200000 /dev/urandom | raw send >/dev/null
	[ "$(statuses "$get\r\n")" = 200 ]
}

@test "large headers and addresses" {
	loc_serve_start
	eight=$(printf %08190d 0)
	[ "$(statuses "${get}A: $eight\r\nB: $eight\r\n\r\n")" = 200 ]
	[ "$(statuses "${get}A: $eight\r\nB: $eight\r\nC: $eight\r\nD: $eight\r\n\r\n")" = 431 ]
	[ "$(statuses "GET /$(printf %04000d 0) HTTP/1.1\r\nHost: x\r\n\r\n")" = 404 ]
	[ "$(statuses "GET /$(printf %040000d 0) HTTP/1.1\r\n\r\n")" = 414 ]
}

# Each of these comes from another place, most before anything is known.
@test "every refusal has the headers of all replies, and says that it is the last" {
	loc_serve_start
	long=$(printf %040000d 0)
	for try in "400 GET\r\n\r\n" "414 GET /$long HTTP/1.1\r\n\r\n" \
	    "431 ${get}A: $long\r\n\r\n" '505 GET / HTTP/2.0\r\n\r\n' \
	    "413 ${post}Content-Length: 99999999\r\n\r\n" \
	    "400 ${post}Transfer-Encoding: chunked\r\n\r\nz"; do
		printf %b "${try#* }" | raw send >got
		grep -q "^HTTP/1.1 ${try%% *} " got
		for field in 'Date: ' 'Connection: close$' 'Content-Length: ' \
		    'Strict-Transport-Security: max-age=31536000; incl' \
		    'X-Content-Type-Options: nosniff$' 'Content-Type: '; do
			[ "$(grep -c "^$field" got)" = 1 ] || {
				echo "${try:0:40} lacks $field"
				return 1
			}
		done
	done
}

@test "a method that is not allowed is refused in the form that is wanted" {
	loc_serve_start
	put() {	# ACCEPT ...
		curl -s -o body -D head -w '%{http_code} %{content_type}' \
		    -X PUT "${@/#/-HAccept:}" "$URL/v1/geolocate"
	}
	for accept in '' text/plain image/png 'text/html;q=0, image/*'; do
		[ "$(put "$accept")" = '405 text/plain; charset=UTF-8' ]
		[ "$(head -n 1 body)" = '405 Method Not Allowed' ]
	done
	run ! grep -qi '^X-Frame-Options' head
	for accept in '*/*' 'text/*' 'application/json, text/html' \
	    'application/json;q=0.9, text/html'; do
		[ "$(put "$accept")" = '405 text/html; charset=UTF-8' ]
		[ "$(cat body)" = '<h1>405 Method Not Allowed</h1>' ]
	done
	grep -qi '^X-Frame-Options: DENY' head
	grep -qi '^Content-Security-Policy: ' head
	for accept in application/json 'text/html;q=0.9, application/*' \
	    '*/*, text/html;q=0'; do
		[ "$(put "$accept")" = '405 application/json' ]
		[ "$(jq -r .error.errors[0].reason body)" = methodNotAllowed ]
	done
	[ "$(put image/png application/json)" = '405 application/json' ]
	grep -q '^Allow: GET, HEAD, POST, OPTIONS' head
	grep -q '^Access-Control-Allow-Origin: \*' head
}

@test "bodies have a limit, as sent and unpacked" {
	loc_serve_start
	too_large='413 {"error":{"errors":[{"domain":"global","reason":"requestTooLarge","message":"Request Entity Too Large"}],"code":413,"message":"Request Entity Too Large"}}'
	ask() {
		curl -s -o body -w '%{http_code} ' "$@" "$URL/v2/geosubmit"
		cat body
	}
	pad() {
		printf '{"items":[]%*s}' $(($1 - 12)) ''
	}
	pad 65536 >fits
	pad 65537 >big
	pad 10000000 >huge
	for expect in 'Expect:' 'Expect: 100-continue'; do
		[ "$(ask -H "$expect" --data-binary @fits)" = '200 {}' ]
		[ "$(ask -H "$expect" --data-binary @big)" = "$too_large" ]
		[ "$(ask -H "$expect" --data-binary @huge)" = "$too_large" ]
	done
	chunked='Transfer-Encoding: chunked'
	[ "$(ask -H "$chunked" --data-binary @fits)" = '200 {}' ]
	[ "$(ask -H "$chunked" --data-binary @huge)" = "$too_large" ]
	[ "$(statuses "${post}Content-Length: 99999999999999999\r\n\r\n{")" = 413 ]
	gz='Content-Encoding: gzip'
	pad 307200 | gzip >fits
	pad 307201 | gzip >big
	head -c 50000000 /dev/zero | gzip >bomb
	[ "$(ask -H "$gz" --data-binary @fits)" = '200 {}' ]
	[ "$(ask -H "$gz" --data-binary @big)" = "$too_large" ]
	[ "$(ask -H "$gz" --data-binary @bomb)" = "$too_large" ]
	[ "$(ask -d "$body")" = '200 {}' ]
}

@test "slow clients are cut off, others do not notice" {
	loc_serve_start
	i=0
	pids=()
	for text in '' 'GET /' 'GET / HTTP/1.1\r\nX: ' \
	    "${post}Content-Length: 1000\r\n\r\n{" \
	    "${post}Transfer-Encoding: chunked\r\n\r\nfff\r\n{"; do
		i=$((i + 1))
		raw drip "$text" >drip.$i 3>&- &
		pids+=($!)
	done
	for _ in 1 2 3 4 5 6 7 8; do
		[ "$(statuses "$get\r\n")" = 200 ]
		sleep 0.5
	done
	wait "${pids[@]}"
	[ "$(cat drip.*)" = "$(printf 'cut\n%.0s' 1 2 3 4 5)" ]
}

# bats test_tags=plain
@test "many idle connections" {
	sed -i 's/^idle_timeout_s.*/idle_timeout_s = 60/' location.ini
	loc_serve_start
	ulimit -n "$(ulimit -H -n)"
	run -0 raw idle 950 /__lbheartbeat__ "$LOC_SERVE_PID"
	[ "$output" = 'HTTP/1.1 200 OK
950 left
few threads' ]
	# a full house loses those that do nothing, one for each new
	sed -i 's/^idle_timeout_s.*/&\nconnections = 20/' location.ini
	loc_serve_start
	run -0 raw idle 30 /__lbheartbeat__
	[ "$output" = 'HTTP/1.1 200 OK
19 left' ]
	run -0 raw busy 25 /__lbheartbeat__
	[ "${lines[0]}" = 'HTTP/1.1 503 Service Unavailable' ]
	[ "${lines[1]}" = '20 left' ]
	sleep 4
	[ "$(statuses "$get\r\n")" = 200 ]
}

@test "who asks without a pause makes room for others" {
	echo 'connections = 2' >>location.ini
	loc_serve_start
	raw flood enough 3>&- &
	floods=$!
	raw flood enough 3>&- &
	floods="$floods $!"
	sleep 0.5
	for _ in {1..10}; do
		ask /__lbheartbeat__
		echo
	done >got
	# one that has not asked yet keeps the place that it was given
	raw late enough >when 3>&- &
	floods="$floods $!"
	sleep 1
	touch enough
	# shellcheck disable=SC2086	# three
	wait $floods
	[ "$(sort got | uniq -c | xargs)" = '10 200' ]
	# 503 is said if the machine is so busy that no room was made in time
	grep -qx 200 when
	run ! grep -vxE '200|503' when
}

@test "TERM finishes what was begun" {
	sed -i 's/^request_timeout_s.*/request_timeout_s = 60/' location.ini
	loc_serve_start
	run -0 raw stop "$LOC_SERVE_PID"
	[ "$output" = 'accepts no more
kept: True
idle: 0 bytes
HTTP/1.1 200 OK
True' ]
	wait "$LOC_SERVE_PID"
}

@test "readiness, wrong usage" {
	loc_serve_start
	run -69 loc-serve -l "${URL#http://}"
	[[ "$output" == *'in use' ]]
	run -64 loc-serve x
	[ "$output" = 'usage: loc-serve [-1hvV] [-c config] [-i index] [-l address] [-r fd] [-u user[:group]]
       loc-serve -C | -t [-c config] [option ...]' ]
	run -64 loc-serve -r 77
	run -0 loc-serve -V
	run -0 --separate-stderr loc-serve -C
	[[ "$output" == "; $LOC_CONF
[database]
rw_url = 	; default
rw_url_file = 	; default
ro_url = mysql://***@localhost/none?unix_socket=$PWD/none	; $LOC_CONF:2
"* ]]
	grep -q '^max_body = 65536	; .*location.ini:' <<<"$output"
	sed -i 's/nobody@/nobody:hunter2@/' location.ini
	[ "$(loc-serve -C | grep -c '://\*\*\*@localhost')" = 1 ]
	[ "$(loc-serve -C | grep -c hunter2)" = 0 ]
	run -74 bash -c 'loc-serve -C >/dev/full'
	# what cannot be used now is warned of
	cp location.ini good
	printf '[geoip]\ndb_path = %s/none.mmdb\n' "$PWD" >>location.ini
	run -0 --separate-stderr loc-serve -C
	# shellcheck disable=SC2154
	[[ "$stderr" == *'none.mmdb: No such file or directory' ]]
	cp good location.ini
	printf 'trusted_proxies = 10.0.0.0/8\n  ::1 # me\n  somebody\n' \
	    >>location.ini
	line=$(wc -l <location.ini)
	bad="loc-serve: $LOC_CONF:$line: [http] trusted_proxies: somebody: expected ADDRESS/BITS"
	run -78 loc-serve -C
	[ "$output" = "$bad" ]
	run -78 loc-serve
	[ "$output" = "$bad" ]
	sed -i '/somebody/d; /ro_url/d' location.ini
	run -78 loc-serve
	[ "$output" = "loc-serve: $LOC_CONF: [database] ro_url: is not set" ]
}

@test "no signal kills it before it serves" {
	for _ in 1 2 3; do
		python3 - loc-serve -l 127.0.0.1:0 3>&- 2>>log <<-'END' &
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP,
		    signal.SIGUSR1, signal.SIGTERM})
		open("started", "w").close()
		os.execvp(sys.argv[1], sys.argv[1:])
		END
		until_true [ -e started ]
		rm started
		kill -HUP $!
		kill -USR1 $!
		kill $!
		wait $!
	done
	# at any moment, without the caller's blocking them
	for ms in 0 1 2 3 4 5 6 8 10 15; do
		loc-serve -l 127.0.0.1:0 -r 5 3>&- 5>up 2>>log &
		sleep "0.0$(printf %02d $ms)"
		# before main() they kill any program
		if grep -qs '^SigBlk:	0*[1-9a-f]' "/proc/$!/status"; then
			kill -HUP $!
			until_true [ -s up ]
			kill $!
			wait $!
		else
			kill -9 $! || true
			wait $! || true
		fi
		rm -f up
	done
}

@test "no core is left" {
	loc_serve_start
	[ "$(awk '/^Max core/ { print $5 $6 }' "/proc/$LOC_SERVE_PID/limits")" = 00 ]
}

# bats test_tags=plain
@test "short of memory it is 503, and nobody's reports are bad" {
	grep -q __asan_init "$(command -v loc-serve)" && skip 'sanitizers'
	sed -i 's/^max_body.*/max_body = 10m/; s/^max_inflated.*/max_inflated = 10m/' location.ini
	sed -i 's/^strict.*/strict = false/' location.ini
	(
		printf '{"items":['
		yes '{"position":{"latitude":51.5,"longitude":-0.1},"wifiAccessPoints":[{"macAddress":"0a0000000001"}]},' |
		    head -n 60000
		printf '{}]}'
	) | gzip >many
	# little more than it takes to start
	(
		ulimit -v 200000
		loc_serve_start
		echo "$LOC_SERVE_PID $URL" >started
	)
	read -r LOC_SERVE_PID URL <started
	for _ in {1..40}; do
		curl -s -o /dev/null -w '%{http_code}\n' --data-binary @many \
		    -H 'Content-Encoding: gzip' "$URL/v2/geosubmit" >>codes 3>&- &
		jobs="${jobs-} $!"
	done
	# shellcheck disable=SC2086	# words
	wait $jobs || true
	# some were served, others told to come again or not listened to
	[ "$(grep -vc -e 200 -e 503 -e 000 codes)" = 0 ]
	grep -q 503 codes
	[ "$(statuses "$get\r\n")" = 200 ]
	kill "$LOC_SERVE_PID"
}

@test "nginx.conf: a connection is given up before loc-serve closes it" {
	kept=$(sed -n 's/^	keepalive_timeout \([0-9]*\)s;$/\1/p' \
	    "$LOC_TOP/scripts/nginx.conf")
	sed -i '/^idle_timeout_s/d' "$LOC_CONF"
	idle=$(loc-serve -C | sed -n 's/^idle_timeout_s *= *\([0-9]*\).*/\1/p')
	[ "$kept" -lt "$idle" ]
}

# loc-serve at the place $1.
frontend() {
	rm -f ready
	mkfifo ready
	loc-serve -l "$PWD/$1" -r 5 3>&- 5>ready >>serve.log 2>&1 &
	echo $! | tee "$1.pid" >>pids
	read -r _ <ready
}

# End the one at $2 by signal $1.
end_frontend() {
	local pid

	pid=$(cat "$2.pid")
	kill "-$1" "$pid"
	wait "$pid" || true
}

through_nginx() {
	curl -sk --noproxy '*' --unix-socket front -o said -d "$body" \
	    -w '%{http_code}\n' 'https://x/v2/geosubmit?key=test'
}

@test "nginx.conf: no request fails while each frontend in turn is upgraded or dies" {
	command -v nginx >/dev/null || skip "no nginx here"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=x -keyout privkey.pem -out fullchain.pem 2>/dev/null
	{
		[ "$(id -u)" != 0 ] || echo 'user root;'
		echo "daemon off; pid $PWD/nginx.pid; events { }
		    http { access_log off;"
		printf "%s_temp_path $PWD/tmp;\n" client_body proxy fastcgi \
		    uwsgi scgi
		sed "s|^	server 127.0.0.1:7001\(.*\)|server unix:$PWD/a\1 server unix:$PWD/b\1|
		    s|listen 443|listen unix:$PWD/front|
		    /listen \[/d
		    s|/etc/.*/|$PWD/|" "$LOC_TOP/scripts/nginx.conf"
		echo '}'
	} >nginx.conf
	frontend a
	frontend b
	nginx -e "$PWD/nginx.log" -c "$PWD/nginx.conf" 3>&- &
	echo $! >>pids
	until_true through_nginx

	# One of two goes to the one that does not answer, and then dies.
	kill -STOP "$(cat a.pid)"
	for i in 1 2; do
		through_nginx >"code$i" 3>&- &
		clients="${clients-} $!"
	done
	until_true grep -q 200 code1 code2
	end_frontend KILL a
	# shellcheck disable=SC2086	# words
	wait $clients
	[ "$(cat code1 code2)" = $'200\n200' ]

	# That is used again before the other one is stopped.
	frontend a
	sleep 2		# nginx has whole seconds, and wants more than one
	end_frontend TERM b
	for _ in 1 2 3; do
		[ "$(through_nginx)" = 200 ]
	done
}
