#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Everything goes wrong at once: connections are cut at random bytes, programs
# and servers are killed and stopped, Redis is emptied, sessions are ended,
# configurations read anew, all while reports come in.  What happens follows
# from a number that is printed; LOC_SEED sets it.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
	seed=${LOC_SEED:-$((SRANDOM % 1000000))}
	RANDOM=$seed
}

teardown() {
	touch run/calm
	fault_teardown
	jobs -p | xargs -r kill 2>/dev/null || true
}

# The programs reach SOCKET of a server through a proxy only.
between() {
	local name=${1%.sock} socket=$LOC_SERVERS/run/$1

	"$BATS_TEST_DIRNAME/proxy.py" "$seed" "run/$name.cut" "$socket" \
	    run/calm 3>&- 2>run/proxy.log &
	until_true test -S "run/$name.cut"
	sed -i "s|$(readlink -f "$socket")|$PWD/run/$name.cut|" "$LOC_CONF"
	grep -q "$name.cut" "$LOC_CONF"
}

# One of "$@".
one_of() {
	shift "$((RANDOM % $#))"
	one=$1
}

pause() {
	sleep "$((RANDOM % 2)).$((RANDOM % 10))"
}

# Do harm.
harm() {
	one_of serve submit feed work1 work2 forward
	local what=$one who=$one

	one_of kill kill kill stop reload reload sessions empty server hang
	what=$one
	echo "$what $who" >>run/harm
	case $what in
	kill) hit KILL "$who" ;;
	stop)
		hit STOP "$who"
		pause
		hit CONT "$who"
		;;
	reload)
		[ "$who" = submit ] || hit HUP "$who"
		;;
	sessions)
		loc_sql "SELECT CONCAT('KILL ', id, ';')
		    FROM information_schema.processlist
		    WHERE user IN ('rw', 'ro')" >run/kills
		loc_sql "$(cat run/kills)" 2>/dev/null || true
		;;
	empty) loc_redis flushall >/dev/null || true ;;
	server)
		one_of redis mariadb
		loc_server_restart "$one"
		;;
	hang)
		one_of redis mariadb
		who=$one
		hit STOP "$who"
		pause
		hit CONT "$who"
		;;
	esac
}

@test "reliability 1, 2, 9, 10: all faults at once" {
	echo "# seed $seed" >&3
	between mariadb.sock
	between redis.sock
	copies
	begin
	keep forward loc-forward
	for _ in $(seq "$(times 40)"); do
		harm
		sleep "0.$((RANDOM % 4))"
	done
	# Now everything may come to its end.
	touch run/calm
	settle
	copied
}
