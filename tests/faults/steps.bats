#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Programs are killed at every step that others could see: before each write
# to a file or socket, each sync, each rename.  Of the many steps of loc-work
# some are tried, all of them with scripts/check -f.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

# Which steps of "$@" to try; the last one is never reached.
steps() {
	LD_PRELOAD=$LOC_SHIM FAULT_STEPS=$PWD/steps "$@" >/dev/null
	some "$(wc -l <steps)"
}

some() {
	if [ "$(times 1)" -gt 1 ] || [ "$1" -lt 40 ]; then
		seq "$1"
	else
		seq "$1" | shuf -n 6
	fi
	echo $(($1 + 1))
}

# Run "$@" and kill it before step K; $rc says whether that was too late.
kill_at() {
	local k=$1

	shift
	rc=0
	{
		LD_PRELOAD=$LOC_SHIM FAULT_KILL_AT=$k "$@" 2>>errors || rc=$?
	} 2>/dev/null		# what the shell has to say
	[ "$rc" = 137 ] || [ "$rc" = 0 ]
}

# Five reports, about a network of its own each and some that K has not.  With
# all zeros behind 02 an address would be a placeholder, and no network.
five() {
	local i

	for i in 1 2 3 4 5; do
		printf '{"position": {"latitude": 51.5, "longitude": -0.1}, '
		printf '"wifiAccessPoints": [{"macAddress": "02%08x%02x"}, ' \
		    "$1" "$i"
		printf '{"macAddress": "06000000000%x"}]}\n' $((i % 2))
	done
}

# Of FIVE the networks.
own() {
	printf "02%08x%02x\n" "$1" 1 "$1" 2 "$1" 3 "$1" 4 "$1" 5
}

# What dead workers have in flight may be taken over at once.
let_go() {
	local ids

	mapfile -t ids < <(loc_redis xpending loc:reports internal - + 1000 |
	    grep -xE '[0-9]+-[0-9]+')
	[ ${#ids[@]} -eq 0 ] || loc_redis xclaim loc:reports internal nobody \
	    0 "${ids[@]}" idle 3600000 justid >/dev/null
}

# Hand in the files piece.*, each a batch and of another witness, and count it;
# "$@" is done before that, with one of the steps.
pieces() {
	local file k n=0

	rm -rf spool
	fault_database
	# What is random in a database is here the same in each.
	for k in -1 0 1; do
		loc_sql "INSERT INTO loc_trust_day SELECT DATEDIFF(UTC_DATE(),
		    '1970-01-01') + $k, '0123456789abcdef'"
	done
	while read -r k && read -r file <&5; do
		n=$((n + 1))
		put_reports spool 100 0 "0:$n:$n" <"$file"
		loc-feed -1
		"$@" "$k"
		let_go
		loc-work -1
	done <which 5< <(ls piece.*)
	tables
}

die_over() {
	kill_at "$1" loc-work -1
}

@test "reliability 9: loc-work: the database is as if it had never been killed" {
	loc-simulate -w 300 -n 10 reports | loc-submit -b 100
	loc-feed -1
	steps loc-work -1 >which
	printf '%s\n' TRANSACTION loc_ledger UPDATE.stat COMMIT XACK \
	    cell_area_dirty DELETE DELCONSUMER >>which
	# The same few towns, so that rows are made and changed.
	loc-simulate -w 300 -n $((10 * $(wc -l <which))) reports |
	    split -a 4 -l 10 - piece.
	pieces true >undisturbed
	pieces die_over >disturbed
	diff undisturbed disturbed
	[ "$(wc -l <disturbed)" -gt 100 ]
}

@test "loc-feed: everything is counted once" {
	five 0 | loc-submit
	for k in $(steps loc-feed -1); do
		five "$k" | loc-submit
		own "$k" >>run/acked
		kill_at "$k" loc-feed -1
	done
	counted_once
}

# What was acknowledged is counted, once.
counted_once() {
	loc-feed -1
	loc-work -1
	none_lost
	[ -z "$(awk '/^02/ && $2 != 1' run/found)" ]
}

@test "loc-submit: what it has handed in is counted once" {
	five 0 >reports
	for k in $(steps loc-submit -b 2 reports); do
		five "$k" >reports
		kill_at "$k" loc-submit -b 2 reports
		[ "$rc" != 0 ] || own "$k" >>run/acked
	done
	counted_once
}

# Killed before one of its steps and run again, "$@" leaves the same of the
# tables $1 as if undisturbed; empty is called before that.
again() {
	local k table=$1

	shift
	empty
	steps "$@" >which
	tables | grep "^$table" >undisturbed
	while read -r k; do
		empty
		kill_at "$k" "$@"
		"$@"
		tables | grep "^$table" | diff undisturbed -
	done <which
}

@test "loc-import: run again, it imports what is missing" {
	empty() {
		fault_database
	}
	loc-simulate -w 500 cells >cells.csv
	again cell loc-import -q cells.csv
	[ "$(wc -l <undisturbed)" -gt 200 ]
}

@test "loc-stats: run again, it counts what is missing" {
	empty() {
		loc_sql "DELETE FROM region_stat; DELETE FROM stat;
		    DELETE FROM datamap_ne; INSERT INTO datamap_ne
		    SELECT x'0000000000000001', '2001-01-01', '2001-01-01'"
	}
	loc-simulate -w 300 -n 100 reports | loc-submit
	loc-feed -1
	loc-work -1
	again '' loc-stats
	grep -q ^region_stat undisturbed
	run ! grep -q ^datamap_ne undisturbed
}

# loc-serve answers one submission, and may be killed before step K.
serve() {
	local body pid

	rm -f run/port
	# It inherits a socket that clients can connect to already.
	python3 - run/port env LD_PRELOAD="$LOC_SHIM" FAULT_KILL_AT="$1" \
	    FAULT_STEPS="$PWD/steps" loc-serve 2>>errors 3>&- <<-'END' &
	import os, socket, sys
	s = socket.socket()
	s.bind(("127.0.0.1", 0))
	s.listen()
	with open(sys.argv[1], "w") as f:
	    print(s.getsockname()[1], file=f)
	os.dup2(s.fileno(), 0)
	os.execvp(sys.argv[2], sys.argv[2:])
	END
	pid=$!
	until_true test -s run/port
	body="{\"items\": [$(five "$1" | paste -sd ,)]}"
	if [ "$(curl -s -m 10 -d "$body" \
	    "http://127.0.0.1:$(cat run/port)/v2/geosubmit?key=test")" = \
	    '{}' ]; then
		own "$1" >>run/acked
	fi
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

@test "loc-serve: what it has acknowledged is counted once" {
	serve 0
	for k in $(some "$(wc -l <steps)"); do
		serve "$k"
	done
	counted_once
}
