#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Attackers who take their time, on a real database: days are those on which
# submissions were accepted.  What one station loses to more of them is in
# tests/unit/trust_patience_t.c.
#
# What came of one report of this kind when everybody was believed is in
# poison.bats: all 300 stations were gone.

# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../cmd/work

TOWN=300

# As that of work.bash, which looks for lib.bash beside us.
setup() {
	load ../cmd/lib
	PATH=$(dirname "$(command -v loc-work)")/tools:$PATH
	loc_setup
	spool=${LOC_CONF%/*}/spool
	cd "$BATS_TEST_TMPDIR" || return 1
}

# said DAY TAG [CLASS]: the report lines of stdin, as one submission in DAY days
said() {
	put_reports "$spool" 1000 $((-86400 * $1)) "${3:-0}:$2:$2"
}

# drive LAT FIRST LAST [MEMBERS]: what a drive hears, ten networks at a time; the
# networks are of FIRST to LAST, and "a" or what $of says
drive() {
	awk -v lat="$1" -v from="$2" -v to="$3" -v more="${4-}" \
	    -v of="${of-a}" 'BEGIN {
		for (i = from; i <= to; i += 10) {
			printf "{%s\"position\": {\"latitude\": %.5f, " \
			    "\"longitude\": -0.1, \"accuracy\": 9}, " \
			    "\"wifiAccessPoints\": [", more, lat + i / 1e5
			for (k = i; k < i + 10 && k <= to; k++)
				printf "%s{\"macAddress\": \"%s8206%x%02x%02x01\"}",
				    (k > i ? ", " : ""), of, k % 16, k % 251,
				    k / 251
			print "]}"
		}
	}'
}

# A town that three witnesses know, on three days.
town() {
	for day in 0 1 2; do
		drive 51.5 1 $TOWN | said "$day" $((day + 1))
	done
	work
	[ "$(lost)" = 0 ]
}

# lost: stations of the town that are hidden or elsewhere
lost() {
	wifis 'COUNT(*)' "WHERE HEX(mac) LIKE 'A%' AND (lat > 51.51 OR
	    ORD(SUBSTR(trust, 2)) & 2)" | awk '{ n += $1 } END { print n }'
}

@test "an honest drive replayed elsewhere, by ten networks for a week: 93 at most" {
	town
	for day in 10 11 12 13 14 15 16; do
		for net in 0 1 2 3 4 5 6 7 8 9; do
			# first the four that are his, then all others
			at=$(((40 * (day - 10) + 4 * net) % 92 + 1))
			drive 52.5 "$at" $((at + 3)) |
			    said "$day" $((1000 + 32 * day + net))
		done
		work
		for net in 0 1 2 3 4 5 6 7 8 9; do
			drive 52.5 1 $TOWN |
			    said "$day" $((1000 + 32 * day + net))
		done
		work
	done
	n=$(lost)
	echo "$n of $TOWN lost"
	# four contradictions a day and network, and three for each station
	[ "$n" -ge 80 ] && [ "$n" -le 93 ]
}

@test "who behaves for a month and then lies, or both in one submission" {
	town
	# 16000 votes in good standing buy nothing for a later day
	for day in $(seq 5 20); do
		drive 51.5 1 $TOWN | said "$day" 77
	done
	work
	drive 52.5 1 $TOWN | said 21 77
	work
	[ "$(loc_sql "SELECT SUM(contra) FROM loc_witness WHERE tag = 77")" = 4 ]
	# on one day, 200 that are true buy as many as 4 + 200/8 that are not
	{
		drive 51.5 1 200
		drive 52.5 201 $TOWN
	} | said 22 78
	work
	drive 52.5 201 $TOWN | said 22 78
	work
	[ "$(loc_sql "SELECT SUM(contra), SUM(agree) FROM loc_witness
	    WHERE tag = 78")" = $'29\t200' ]
	[ "$(lost)" = 0 ]
}

@test "invented networks buy 50 a day, and take four days" {
	town
	for day in 5 6 7 8; do
		of=c drive 40 1 2000 | said "$day" $((200 + day))
	done
	work
	[ "$(loc_sql 'SELECT SUM(born) FROM loc_witness WHERE tag = 205')" = 2000 ]
	# for three days they are not known well enough to earn anything
	[ "$(loc_sql 'SELECT COALESCE(SUM(agree), 0), MAX(agree) FROM loc_witness
	    WHERE tag IN (205, 206, 207)')" = $'0\t0' ]
	[ "$(loc_sql 'SELECT agree FROM loc_witness WHERE tag = 208')" = 2000 ]
	drive 52.5 1 $TOWN | said 8 208
	work
	[ "$(loc_sql 'SELECT contra FROM loc_witness WHERE tag = 208')" = 50 ]
	[ "$(lost)" = 0 ]
}

@test "times in reports are nobody's days" {
	town
	for t in 0 1000000000000 1700000000000 4000000000000; do
		drive 52.5 1 40 "\"timestamp\": $t, "
	done | said 10 99
	for t in 0 4000000000000; do
		drive 52.5 1 40 "\"timestamp\": $t, " | said 10 99
	done
	work
	[ "$(lost)" = 0 ]
	# one vote of one day, against four of the forty
	[ "$(loc_sql 'SELECT COUNT(*), SUM(contra) FROM loc_witness
	    WHERE contra > 0')" = $'1\t4' ]
	[ "$(wifis 'MAX(ORD(SUBSTR(trust, 30)))' "WHERE LENGTH(trust) = 38" |
	    sort -n | tail -1)" = 1 ]
}
