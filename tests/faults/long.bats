#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb,full
# shellcheck disable=SC2034	# what the files that are loaded use
#
# The layout of loc-deploy(7) for a long time under a low load, as services have
# it: a primary and two replicas behind haproxy, Redis with Sentinels, and every
# few seconds some of it dies, hangs, lags or is replaced.  What happens follows
# from a number that is printed; LOC_SEED sets it.  It takes three minutes, or
# ten times as long where LOC_KILLS says so.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load replicas
	load ../cmd/tls.bash
	load sentinels
	d=$BATS_TEST_TMPDIR
	LOC_SERVERS=$d/servers
	: >"$d/pids"
	: >"$d/pids.redis"
	seed=${LOC_SEED:-$((SRANDOM % 1000000))}
	RANDOM=$seed
}

teardown() {
	sentinels_teardown
	layout_teardown
}

# One of "$@".
one_of() {
	shift "$((RANDOM % $#))"
	one=$1
}

pause() {
	sleep "$((RANDOM % 4)).$((RANDOM % 10))"
}

# What happens, and when.
note() {
	echo "$(date +%T.%6N) $1" >>run/harm
}

# Both replicas have all, so that the next harm finds what it needs.
mended() {
	until_true is UP replica1
	until_true is UP replica2
	until_true complete
}

# The Redis number $1: its port is free afterwards.
kill_node() {
	kill -9 "$(cat "node$1/pid")"
	loc_await_end "$(cat "node$1/pid")"
}

# Harm $1, and mend it after a while.
harm() {
	local n was

	case $1 in
	replica)
		one_of r1 r2
		was=$one
		kill_database "$d/$was"
		pause
		restart "$d/$was"
		;;
	replicas)
		kill_database "$d/r1"
		kill_database "$d/r2"
		pause
		restart "$d/r1"
		restart "$d/r2"
		;;
	stopped)
		one_of r1 r2
		sql_on "$d/$one" 'STOP SLAVE SQL_THREAD'
		pause
		sql_on "$d/$one" 'START SLAVE'
		;;
	primary)
		kill_database "$LOC_SERVERS"
		pause
		restart "$LOC_SERVERS"
		;;
	fenced)
		loc_sql 'SET GLOBAL read_only = ON'
		pause
		loc_sql 'SET GLOBAL read_only = OFF'
		;;
	sessions)
		loc_sql "SELECT CONCAT('KILL ', id, ';')
		    FROM information_schema.processlist
		    WHERE user = 'rw'" >run/kills
		loc_sql "$(cat run/kills)" 2>/dev/null || true
		;;
	redis)
		was=$(primary)
		n=$(node_of "$was")
		kill_node "$n"
		another() { [ "$(primary)" != "$was" ]; }
		until_true another
		node "$n"
		;;
	switch)
		was=$(primary)
		# A Sentinel gives up when the chosen one does not answer.
		another() {
			fail_over || true
			sleep 1
			[ "$(primary)" != "$was" ]
		}
		until_true another
		;;
	follower)
		was=$(primary)
		n=$(($(node_of "$was") % 3 + 1))
		kill_node "$n"
		pause
		node "$n"
		;;
	proxy) run_proxy ;;
	kill)
		one_of feed work1 work2 submit
		hit KILL "$one"
		;;
	hang)
		one_of feed work1 work2
		was=$one
		hit STOP "$was"
		pause
		hit CONT "$was"
		;;
	reload)
		one_of serve feed work1 work2
		hit HUP "$one"
		;;
	esac
}

@test "replicas, haproxy and Sentinels: nodes fail for a long time" {
	declare -a agent port
	local end
	old='' sentinels=''

	echo "# seed $seed" >&3
	three
	# One client brings more networks than one may.
	printf '[trust]\nnew_day = 1000000000\n' >>"$LOC_CONF"
	proxy 1s
	watched
	load_on 2 1
	end=$((SECONDS + $(times 180)))
	while [ "$SECONDS" -lt "$end" ]; do
		one_of replica replicas stopped primary fenced sessions redis \
		    switch follower proxy kill kill hang reload
		note "$one"
		harm "$one"
		note over
		mended
		note mended
		grows
	done
	awk '$2 != "over" && $2 != "mended" { print $2 }' run/harm |
	    sort | uniq -c | awk '{ s = s " " $2 " " $1 }
	    END { print "# harm:" s }' >&3
	asked
	kill "$(cat asker)"
	rm asker
	settle
	echo "# questions: $(wc -l <run/asked)" >&3
	if grep -vnx 200 run/asked; then
		cat run/harm run/serve.log
		return 1
	fi
	until_true both_caught_up
	for i in r1 r2; do
		[ "$(content "$d/$i")" = "$(content "$LOC_SERVERS")" ]
	done
}
