#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Where loc-serve listens: addresses, paths, and sockets handed over by
# supervisors.  None of this needs a database.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[http]
	END
}

teardown() {
	loc_stop
}

# listening N PROGRAM...: run it until it listens on N sockets.
listening() {
	local n=$1

	: >log
	"${@:2}" 3>&- >log 2>&1 &
	LOC_SERVE_PID=$!
	echo $! >>pids
	until_true said log listening "$n" || {
		cat log
		return 1
	}
}

# said FILE WORD N: the file has the word in N lines, as none has too many
said() {
	[ "$(grep -c "$2" "$1")" = "$3" ]
}

# alive CURL-ARGS: the server answers
alive() {
	[ "$(curl -sg "${@:1:$#-1}" "${!#}/__lbheartbeat__")" = \
	    '{"status": "OK"}' ]
}

stop() {
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
}

hand_over() {
	exec "$BATS_TEST_DIRNAME/hand-over.py" "$@" -- loc-serve -v
}

# heard N WORD: the receiver has got WORD N times
heard() {
	until_true said got "$2" "$1" || {
		cat got log
		return 1
	}
}

@test "several addresses, IPv4, IPv6 and paths" {
	echo "listen = 127.0.0.1:0 unix:$PWD/a $PWD/b?mode=600" >>location.ini
	listening 3 loc-serve -v
	alive "$(sed -n 's/.* listening on \(127.*\)/http:\/\/\1/p' log)"
	alive --unix-socket a http://x
	alive --unix-socket b http://x
	[ "$(stat -c %a a b | xargs)" = '660 600' ]
	# in use
	run -69 loc-serve -l "$PWD/a"
	[ "$output" = "loc-serve: $PWD/a: Address already in use" ]
	stop
	[ ! -e a ] && [ ! -e b ]
}

@test "IPv6, alone and with IPv4" {
	python3 -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' ||
	    skip "no IPv6"
	listening 2 loc-serve -v -l '[::1]:0 *:0'
	port=$(sed -n 's/.*\[::1\]:\(.*\)/\1/p' log)
	alive "http://[::1]:$port"
	port=$(sed -n 's/.*\[::\]:\(.*\)/\1/p' log)
	alive "http://[::1]:$port"
	alive "http://127.0.0.1:$port"
	stop
}

@test "what a dead process left makes room, nothing else does" {
	listening 1 loc-serve -v -l "$PWD/sock"
	kill -9 "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID" || true
	[ -S sock ]
	listening 1 loc-serve -v -l "$PWD/sock"
	alive --unix-socket sock http://x
	stop
	echo precious >file
	run -69 loc-serve -l "$PWD/file"
	[ "$output" = "loc-serve: $PWD/file: Address already in use" ]
	[ "$(cat file)" = precious ]
}

@test "sockets of systemd" {
	listening 2 hand_over systemd 127.0.0.1:0 "$PWD/sock"
	grep -qx "loc-serve: listening on unix:$PWD/sock" log
	alive "http://127.0.0.1:$(cat port)"
	alive --unix-socket sock http://x
	stop
	# it was made by somebody else, who may use it again
	[ -S sock ]
}

@test "sockets of systemd that are none" {
	LISTEN_FDS=1 run -69 loc-serve 3>&-
	[ "$output" = 'loc-serve: LISTEN_FDS: descriptor 3 is no listening stream socket' ]
	for n in 0 17 -1 x ''; do
		LISTEN_FDS=$n run -69 loc-serve
		[ "$output" = "loc-serve: LISTEN_FDS is $n: expected 1 to 16" ]
	done
	# those of another process are none of ours
	echo "listen = $PWD/sock" >>location.ini
	LISTEN_FDS=1 LISTEN_PID=1 listening 1 loc-serve -v
	alive --unix-socket sock http://x
	stop
}

@test "the socket of inetd's wait" {
	listening 1 hand_over wait 127.0.0.1:0
	alive "http://127.0.0.1:$(cat port)"
	# of "nowait" only with -1
	exec 7<>"/dev/tcp/127.0.0.1/$(cat port)"
	run -69 timeout 20 loc-serve <&7
	[ "$output" = 'loc-serve: descriptor 0 is a connection, not a socket to accept them from' ]
	exec 7>&-
	stop
}

@test "places that are none" {
	long=$(printf '/%0108d' 0)
	for bad in 7001 127.0.0.1 127.0.0.1:http 127.0.0.1:65536 ::1:7001 \
	    '[::1:7001' ':' unix:relative "$long" '/x?mode=888' '/x?mode=' \
	    '/x?mode=66000' '/x?y'; do
		run -64 loc-serve -l "$bad"
		[ "$output" = "loc-serve: -l $bad: expected ADDRESS:PORT, or unix:/PATH under 108 bytes" ]
	done
	run -69 loc-serve -l x.invalid:1
	[[ "$output" == "loc-serve: x.invalid:1: "* ]]
	run -64 loc-serve -l ' '
	[ "$output" = 'loc-serve: -l : expected an address to listen on' ]
	run -64 loc-serve -l "$(yes :0 | head -17 | xargs)"
	[ "$output" = 'loc-serve: -l :0: expected at most 16 addresses to listen on' ]
	# all or none
	run -69 loc-serve -l "$PWD/sock /nowhere/sock"
	[ "$output" = 'loc-serve: /nowhere/sock: No such file or directory' ]
	[ ! -e sock ]
}

@test "a service manager is told what goes on, by path and abstract name" {
	cat >receive.py <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1].replace("@", "\0"))
	print("bound", flush=True)
	while True:
	    print(s.recv(1000).decode().replace("\n", " "), flush=True)
	END
	for name in "$PWD/notify" "@$PWD/notify"; do
		: >got
		python3 receive.py "$name" >got 3>&- &
		receiver=$!
		until grep -q bound got; do sleep 0.02; done
		NOTIFY_SOCKET=$name listening 1 loc-serve -v -l "$PWD/sock"
		heard 1 READY
		kill -HUP "$LOC_SERVE_PID"
		heard 2 READY
		stop
		heard 1 STOPPING
		kill $receiver
		[ "$(sed 's/USEC=[0-9]*$/USEC=N/' got)" = 'bound
READY=1
RELOADING=1 MONOTONIC_USEC=N
READY=1
STOPPING=1' ]
	done
	NOTIFY_SOCKET=vsock:2:3 listening 1 loc-serve -v -l "$PWD/sock"
	until_true grep -qx \
	    'loc-serve: NOTIFY_SOCKET is vsock:2:3: expected a path or @NAME' log
	alive --unix-socket sock http://x
}
