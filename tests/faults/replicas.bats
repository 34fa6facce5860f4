#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb
# shellcheck disable=SC2034,SC2154	# what the files that are loaded use, or set
#
# A primary and two replicas, all under load, as loc-deploy(7) lays them out:
# frontends ask replicas, through haproxy or by themselves, and the primary only
# while there is none.  No question may fail, and what is handed in counts once.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load replicas
	load ../cmd/tls.bash
	d=$BATS_TEST_TMPDIR
	LOC_SERVERS=$d/servers
	: >"$d/pids"
}

teardown() {
	layout_teardown
}

# How many frontends ask the server in $1.
readers() {
	sql_on "$1" "SELECT COUNT(*) FROM information_schema.processlist
	    WHERE user = 'ro'"
}

# The replica in $1 takes connections and does not answer, while a table is
# locked there for whoever holds the descriptor 9.
hang() {
	rm -f hold held
	mkfifo hold
	mariadb --no-defaults -NB -n -u root -S "$1/run/mariadb.sock" \
	    "$LOC_DB" <hold >held 3>&- &
	exec 9>hold
	echo "LOCK TABLES wifi_shard_0 WRITE; SELECT 'held';" >&9
	until_true grep -q held held
}

# Do the agents say of both replicas that these cannot reach the primary?
both_alone() {
	curl -s "http://127.0.0.1:$stats/;csv" |
	    grep -c '^mysql-ro,replica.*cannot reach its primary' | grep -qx 2
}

workers_wait() {
	cat run/work*.log | grep -q "rw_url 127.0.0.1:$rw"
}

@test "haproxy: replicas that die, lag or stop, no replica, no primary, a reload" {
	declare -a agent
	old=
	three
	proxy
	load_on
	[ "$(readers "$LOC_SERVERS")" = 0 ]

	# One of the two hangs, and its checks do not fail.
	hang "$d/r1"
	answered
	exec 9>&-
	answered

	# One of the two dies.
	kill_database "$d/r1"
	asked
	until_true is DOWN replica1
	restart "$d/r1"
	until_true is UP replica1
	answered

	# One is behind for more than 3 s, then not any more.
	sql_on "$d/r2" 'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 20;
	    START SLAVE'
	until_true is DOWN replica2
	[ "$(readers "$d/r2")" = 0 ]
	sql_on "$d/r2" 'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 0;
	    START SLAVE'
	# Meanwhile the other stops to replicate, and there is none.
	sql_on "$d/r1" 'STOP SLAVE SQL_THREAD'
	until_true is DOWN replica1
	until_true is UP replica2
	sql_on "$d/r1" 'START SLAVE'
	until_true is UP replica1
	answered

	# Both die: the primary is asked, until one is there again.
	kill_database "$d/r1"
	kill_database "$d/r2"
	asked
	[ "$(readers "$LOC_SERVERS")" -gt 0 ]
	restart "$d/r1"
	restart "$d/r2"
	until_true is UP replica1
	until_true is UP replica2
	asked
	none_read() { [ "$(readers "$LOC_SERVERS")" = 0 ]; }
	until_true none_read
	answered

	# The primary dies: reports are taken, and wait.
	kill_database "$LOC_SERVERS"
	grows
	asked
	until_true workers_wait
	# Also those who connect when both replicas have missed it.
	until_true both_alone
	for i in r1 r2; do
		sql_on "$d/$i" "$(sql_on "$d/$i" "SELECT CONCAT('KILL ', id, ';')
		    FROM information_schema.processlist WHERE user = 'ro'")"
	done
	answered
	restart "$LOC_SERVERS"
	grows
	answered

	# Another haproxy takes over, and the first lets go.
	before=$old
	run_proxy
	grows
	answered
	loc_await_end "$before"
	kill "$(cat asker)"
	rm asker
	settle
	run ! grep -vnx 200 run/asked
	echo "$output"
}

# A port whose connections nobody takes, as of a host without power: the queue
# of those who wait is full.
black_hole() {
	hole=$(free_port)
	python3 -c 'import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(0)
queue = [socket.socket() for _ in range(4)]
for c in queue:
    c.setblocking(False)
    c.connect_ex(s.getsockname())
open("full", "w").close()
time.sleep(600)' "$hole" 3>&- &
	echo $! >>"$d/pids"
	until_true test -e full
}

@test "haproxy: a replica whose host says nothing any more" {
	declare -a agent
	old=
	three
	black_hole
	proxy 60s
	sed -i "s|server replica2 127.0.0.1:$port2|server replica2 127.0.0.1:$hole|" \
	    haproxy.cfg
	before=$old
	run_proxy
	loc_await_end "$before"
	# Each program is a connection, and every other is for this replica.
	for _ in 1 2 3; do
		loc-monitor -j replica
	done
	is DOWN replica2
}

@test "a proxy that hangs up only after a while is called again" {
	fault_setup
	cat >proxied <<-END
	#!/bin/sh
	mkdir called 2>/dev/null && exec sleep 0.5
	exec socat - UNIX-CONNECT:$(readlink -f "$LOC_SERVERS/run")/mariadb.sock
	END
	chmod 755 proxied
	p=$(free_port)
	socat "TCP-LISTEN:$p,fork,reuseaddr,bind=127.0.0.1" EXEC:./proxied \
	    3>&- &
	echo $! >>"$d/pids"
	until_true grep -q "$(printf '0100007F:%04X 00000000:0000 0A' "$p")" \
	    /proc/net/tcp
	sed -i "s|^rw_url = .*|rw_url = mysql://rw:rw@127.0.0.1:$p/$LOC_DB|
	    s|^ro_url = .*|ro_url = mysql://ro:ro@127.0.0.1:$p/$LOC_DB|" \
	    "$LOC_CONF"
	loc-key list
	[ -d called ]
}

@test "a list of hosts: replicas in their order, the primary when there is none" {
	three
	sed -i "s|^ro_url = .*|ro_url = mysql://ro:ro@127.0.0.1:$port1,127.0.0.1:$port2,127.0.0.1:$primary/$LOC_DB|" \
	    "$LOC_CONF"
	load_on
	[ "$(readers "$d/r1")" -gt 0 ]
	[ "$(readers "$d/r2")" = 0 ]
	hang "$d/r1"
	answered
	exec 9>&-
	[ "$(readers "$d/r2")" -gt 0 ]
	kill_database "$d/r1"
	answered
	kill_database "$d/r2"
	answered
	[ "$(readers "$LOC_SERVERS")" -gt 0 ]
	restart "$d/r1"
	kill_database "$LOC_SERVERS"
	answered
	[ "$(readers "$d/r1")" -gt 0 ]
	restart "$LOC_SERVERS"
	kill "$(cat asker)"
	rm asker
	settle
	run ! grep -vnx 200 run/asked
	echo "$output"
}
