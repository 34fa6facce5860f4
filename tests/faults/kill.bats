#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every acknowledged report is counted exactly once, whatever is killed.
# LOC_KILLS says how often something is killed (60; scripts/check -f: 600).

bats_require_minimum_version 1.5.0

setup() {
	load ../cmd/lib.bash
	loc_own_servers
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	url=http://127.0.0.1:$(free_port)
	mkdir run
	kills=${LOC_KILLS:-60}
}

teardown() {
	stop_all
	loc_stop
}

free_port() {
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Keep "$@" running under a name until stop_all.
keep() {
	local name=$1
	shift
	(
		while [ ! -e run/stop ]; do
			"$@" >>"run/$name.log" 2>&1 3>&- &
			echo $! >"run/$name.pid"
			wait $! || true
			sleep 0.05
		done
	) 3>&- &
}

stop_all() {
	touch run/stop 2>/dev/null || return 0
	local f
	for f in run/*.pid; do
		kill "$(cat "$f")" 2>/dev/null || true
	done
	wait
}

pid_of() {	# a program we keep, or a server
	case $1 in
	redis|mariadb) loc_server_pid "$1" ;;
	*) cat "run/$1.pid" ;;
	esac
}

# What every address in the database was counted.
counted() {
	local i q=
	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		q="$q${q:+ UNION ALL }SELECT LOWER(HEX(mac)), samples
		    FROM wifi_shard_$i"
	done
	loc_sql "$q" | sort
}

@test "acknowledged reports are counted once under kill -9 of everything" {
	loc-key -c "$LOC_CONF" create test maxreq=0 >/dev/null
	keep serve loc-serve -c "$LOC_CONF" -l "${url#http://}"
	keep feed loc-feed -c "$LOC_CONF"
	keep work1 loc-work -c "$LOC_CONF"
	keep work2 loc-work -c "$LOC_CONF"
	for _ in $(seq 100); do
		curl -fs "$url/__lbheartbeat__" >/dev/null && break
		sleep 0.1
	done
	mkfifo run/go
	python3 "$BATS_TEST_DIRNAME/load.py" "$url/v2/geosubmit?key=test" \
	    acked 4 <run/go >load.json 3>&- &
	load=$!
	exec 9>run/go

	victims=(serve feed work1 work2 redis serve feed work1 work2 mariadb)
	for i in $(seq "$kills"); do
		sleep "0.$((RANDOM % 4 + 1))"
		who=${victims[RANDOM % ${#victims[@]}]}
		kill -9 "$(pid_of "$who")" 2>/dev/null || continue
		case $who in
		redis|mariadb) loc_server_restart "$who" ;;
		esac
	done
	exec 9>&-
	wait "$load"
	echo "# $(cat load.json), $kills kills" >&3
	stop_all
	rm run/stop

	loc-feed -c "$LOC_CONF" -1
	loc-work -c "$LOC_CONF" -1
	counted >found
	sort acked >want
	[ "$(wc -l <want)" -gt 100 ]
	# Everything acknowledged is there, and nothing twice.
	cut -f1 found | comm -23 want - >lost
	awk '$2 != 1' found >twice
	echo "# acknowledged $(wc -l <want), lost $(wc -l <lost)," \
	    "twice $(wc -l <twice)" >&3
	[ ! -s lost ]
	[ ! -s twice ]
}
