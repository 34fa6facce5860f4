# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# What the fault tests share: "load lib" in setup.  A test begins, does harm
# while reports come in, mends it, and settles: then everything that was
# acknowledged must have been counted, and nothing twice.
#
#	fault_setup [SECTION.KEY=VALUE ...]
#			servers of the test's own and a database, whose
#			accounts have only the rights they need
#	fault_begin [...]	the same with the servers that there are
#	fault_database [...]	another database and settings
#	fault_teardown
#	begin [WORKERS [CLIENTS]]	reports through loc-serve, from three
#			clients, and loc-submit, for loc-feed and two loc-work
#	grows		waits until more of them are accepted
#	hush		no more reports
#	settle [STATUS]	ends all this and compares; programs may have exited
#			with 0, or STATUS, or been killed
#	keep NAME COMMAND...	run it again whenever it ends
#	leave [NAME...]	end these, or all, as a supervisor does
#	hit SIGNAL NAME	NAME is kept, or submit, redis, mariadb
#	times N		N, or more if LOC_KILLS says more than 60
#	copies		lets loc-forward write what comes to files in copy/
#	copied		whether all that was acknowledged is there
#	small DIR SIZE	DIR on a disk of its own, if we may mount one
#	tables		the database, without what no two runs share
#	LD_PRELOAD=$LOC_SHIM FAULT_...=... COMMAND...	see shims/fault.c

load ../cmd/lib.bash

fault_setup() {
	loc_own_servers		# if the test has not
	fault_begin "$@"
}

fault_begin() {
	local bin

	bin=$(dirname "$(command -v loc-work)")
	PATH=$bin/tools:$PATH
	export LOC_SHIM=$bin/shims/fault.so
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir run
	touch run/acked
	fault_database "$@"
}

fault_database() {
	local set

	loc_setup
	sed -i 's|^rw_url = mysql://root@|rw_url = mysql://rw:rw@|
	    s|^ro_url = mysql://root@|ro_url = mysql://ro:ro@|' "$LOC_CONF"
	for set in queue.claim_idle_s=1 "$@"; do
		printf '[%s]\n%s\n' "${set%%.*}" "${set#*.}" >>"$LOC_CONF"
	done
	loc-db users
	loc-key create test maxreq=1000000000 >/dev/null
}

fault_teardown() {
	local file

	for file in run/*.pid "$LOC_SERVERS"/run/*.pid; do
		kill -CONT "$(cat "$file")" || true
	done 2>/dev/null
	hush
	leave
	loc_stop
	grep -o "$BATS_TEST_TMPDIR/[^ ]*" /proc/mounts | xargs -r umount
}

small() {
	mkdir "$1"
	mount -t tmpfs -o "size=$2" none "$1" 2>/dev/null ||
	    skip 'cannot mount'
}

times() {
	echo $(($1 * ${LOC_KILLS:-60} / 60))
}

keep() {
	local name=$1

	shift
	(
		while [ ! -e "run/$name.stop" ]; do
			"$@" >>"run/$name.log" 2>&1 &
			echo $! >"run/$name.pid"
			wait $! && echo 0 || echo $?
			sleep 0.05
		done >>run/exits
	) 3>&- 2>/dev/null &
	echo $! >"run/$name.keeper"
}

leave() {
	local file keeper name

	if [ $# -eq 0 ]; then
		for file in run/*.keeper; do
			[ ! -e "$file" ] ||
			    set -- "$@" "$(basename "$file" .keeper)"
		done
	fi
	for name; do
		touch "run/$name.stop"
		hit TERM "$name"
	done
	for name; do
		keeper=$(cat "run/$name.keeper")
		until_true gone "$keeper" "$name" || {
			echo "$name does not end" >>run/exits
			kill -9 "$keeper"
			hit KILL "$name"
		}
		rm "run/$name.keeper" "run/$name.stop"
	done
}

# Has the process $1 ended, now that $2 is told to?  A keeper may be just about
# to start another.
gone() {
	hit TERM "$2"
	! kill -0 "$1" 2>/dev/null
}

hit() {
	local pid

	case $2 in
	redis|mariadb) pid=$(loc_server_pid "$2") ;;
	*) pid=$(cat "run/$2.pid") ;;
	esac
	kill "-$1" "$pid" 2>/dev/null || true
}

begin() {
	local i

	python3 "$BATS_TEST_DIRNAME/load.py" run "${2-3}" >run/load.json 3>&- &
	echo $! >run/load.pid
	until_true test -s run/port
	keep serve loc-serve -l "127.0.0.1:$(cat run/port)"
	keep feed loc-feed
	for i in $(seq "${1:-2}"); do
		keep "work$i" loc-work
	done
	grows
}

grows() {
	local n

	n=$(wc -l <run/acked)
	until_true more_than "$((n + 100))"
}

more_than() {
	[ "$(wc -l <run/acked)" -ge "$1" ]
}

# What every wifi network was counted: address and samples.
counted() {
	local i q=

	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		q="$q${q:+ UNION ALL }SELECT LOWER(HEX(mac)), samples
		    FROM wifi_shard_$i"
	done
	loc_sql "$q" | sort
}

none_lost() {
	counted >run/found
	sort run/acked >run/want
	cut -f 1 run/found | comm -23 run/want - >run/lost
	[ ! -s run/lost ]
}

hush() {
	if [ -e run/load.pid ]; then
		until_true gone "$(cat run/load.pid)" load
		rm run/load.pid
	fi
}

settle() {
	hush
	# By themselves, not because they are started anew.
	until_true none_lost || true
	leave
	# Also what nobody was told of.
	until_true timeout 60 loc-feed -1
	until_true timeout 60 loc-work -1
	compare
	exits "$@"
}

# Everything once, and all sums agree with that.
compare() {
	local cells n

	none_lost || true
	grep '^02' run/found >run/own
	awk '$2 != 1' run/own >run/twice
	sort run/acked run/doubt | comm -13 - <(cut -f 1 run/own) >run/alien
	n=$(wc -l <run/own)
	cells=$(loc_sql 'SELECT COUNT(*) FROM cell_gsm')
	echo "# $(cat run/load.json), reports: acknowledged" \
	    "$(wc -l <run/acked), counted $n, lost $(wc -l <run/lost)," \
	    "twice $(wc -l <run/twice), alien $(wc -l <run/alien)" >&3
	grep -q '"hung": 0' run/load.json &&
	    [ "$(wc -l <run/acked)" -gt 100 ] && [ ! -s run/lost ] &&
	    [ ! -s run/twice ] && [ ! -s run/alien ] &&
	    [ "$(totals)" = "$n $n $n $cells $((2 * n)) $((n + 8)) $((n / 5)) \
$cells 0" ]
}

# Samples of common networks, of cells; counters; submissions; cells of areas.
# shellcheck disable=SC2016 # columns in backquotes
totals() {
	awk '/^06/ { n += $2 } END { printf "%d ", n }' run/found
	loc_sql 'SELECT CONCAT_WS(" ", (SELECT SUM(samples) FROM cell_gsm),
	    (SELECT GROUP_CONCAT(value ORDER BY `key` SEPARATOR " ") FROM stat
	    WHERE `key` <= 4 AND time = (SELECT MAX(time) FROM stat)),
	    (SELECT COUNT(*) FROM loc_ledger),
	    (SELECT SUM(num_cells) FROM cell_area),
	    (SELECT COUNT(*) FROM cell_area_dirty))'
}

# Nothing ended in a way it should not.
exits() {
	local bad

	if bad=$(sort -u run/exits | grep -vxE "0|137|143${1:+|$1}"); then
		echo "exit status $bad" >&2
		return 1
	fi
}

copies() {
	loc_export copy s3 "$PWD/copy"
	printf '[forward]\ns3_wait_s = 0\n' >>"$LOC_CONF"
}

copied() {
	loc-forward -1
	zcat copy/*.json.gz | grep -o '"02[0-9a-f]\{10\}"' | tr -d '"' | sort -u |
	    comm -13 - <(sort run/acked) >run/uncopied
	[ ! -s run/uncopied ]
}

# Who said it is random in each run of loc-submit, and so are marks.
forget_witnesses() {
	loc_sql "$(loc_sql "SELECT CONCAT('UPDATE ', table_name, ' SET ',
	    column_name, ' = NULL;') FROM information_schema.columns
	    WHERE table_schema = DATABASE()
	    AND table_name REGEXP '^(wifi|blue|cell)'
	    AND column_name IN ('trust', 'marks')")
	    DELETE FROM loc_witness; DELETE FROM loc_trust_day"
}

tables() {
	local query

	query=$(loc_sql "SET group_concat_max_len = 100000;
	    SELECT CONCAT('SELECT \"', table_name, '\", ', GROUP_CONCAT(
	    IF(data_type LIKE '%binary', CONCAT('HEX(\`', column_name, '\`)'),
	    CONCAT('\`', column_name, '\`')) ORDER BY ordinal_position),
	    ' FROM \`', table_name, '\`;') FROM information_schema.columns
	    WHERE table_schema = '$LOC_DB'
	    AND table_name NOT IN ('loc_ledger', 'loc_version', 'loc_meta')
	    AND column_name NOT IN ('created', 'modified')
	    GROUP BY table_name")
	loc_sql "$query SELECT 'loc_ledger', COUNT(*) FROM loc_ledger" |
	    sed '/^loc_mark/s/....-..-.. ..:..:..$//' | sort
}
