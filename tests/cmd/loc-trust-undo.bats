#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
# shellcheck disable=SC2154
#
# A database that was poisoned, by who moves, hides, invents and opts out, and an
# operator who takes that back: afterwards it is one that never saw the poison.

bats_require_minimum_version 1.5.0

load work

# say WITNESS DAY LAT MAC...: a report, by a witness (a number) in DAY days, put
# into the spool
say() {
	report "$3" -0.1 "${@:4}" |
	    put_reports "$spool" 1 $((-86400 * $2)) "0:$1:$1"
}

# All that is known, but for when that was written.
rows() {
	wifis 'HEX(mac), lat, lon, max_lat, min_lat, max_lon, min_lon, radius,
	    region, samples, source, weight, last_seen, block_first,
	    block_last, block_count, peak_lat, peak_lon, peak_weight, spread,
	    HEX(trust), HEX(marks)'
}

# The Ith of the networks of the town, and of those that are invented.
real() {
	printf 'a8206%x0000%02x' $(($1 % 16)) "$1"
}

false() {
	printf '02006%x0000%02x' $(($1 % 16)) "$1"
}

@test "a poisoned database: undone, it is as if it had never been" {
	town=$(for i in $(seq 40); do real "$i"; echo; done)
	mapfile -t town <<<"$town"
	for day in 0 1 2; do
		say $((day + 1)) $day 51.5 "${town[@]}"
	done
	work
	rows >clean

	# Four networks, for four days: some stations move, some are hidden,
	# some are opted out, others are invented, and some only contradicted.
	names=$(printf '"%s",' "${town[@]:30:3}")
	for day in 10 11 12 13; do
		for who in 100 101 102 103; do
			say $who $day 51.7 "${town[@]:0:2}"
			say $who $day "51.$((who - 96))$((day - 9))" \
			    "${town[@]:10:2}"
			echo '{"position": {"latitude": 51.5, "longitude": -0.1},
			    "optOutName": {"wifi": ['"${names%,}"']}}' |
			    tr -d '\n' | sed 's/$/\n/' |
			    put_reports "$spool" 1 $((-86400 * day)) "0:$who:$who"
		done
		say 100 $day 51.5 "$(false "$day")" "$(false $((day + 5)))"
	done
	say 104 13 51.7 "${town[@]:20:4}"
	work
	[ "$(loc_sql 'SELECT what, COUNT(*) > 0 FROM loc_undo GROUP BY what')" \
	    = $'1\t1\n2\t1\n3\t1' ]
	[ "$(wifis mac | wc -l)" = 48 ]
	[ "$(rows | diff clean - | grep -c '^<')" -ge 8 ]
	rows >poisoned
	[[ "$(loc-station -j show wifi "${town[20]}" | jq -r .why)" = \
	    *'1 on 1 days against it'* ]]

	# A dry run changes nothing; what was done is undone by what it says.
	run -0 loc-station -n undo since=2000-01-01
	[ "${#lines[@]}" -ge 7 ]
	rows | diff poisoned -
	[ "$(loc-station -n undo since=2000-01-01 | jq -r .undone | sort -u |
	    xargs)" = 'hide move optout' ]
	witness=$(loc-station -n undo since=2000-01-01 | jq -r .witness | tail -1)
	[ "$(loc-station -n undo witness="$witness" | wc -l)" -gt 0 ]
	loc-station undo since="$(date -u +%F)" >undone
	jq -e 'select(.row)' undone >/dev/null
	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		# They were counted when they came.
		loc_sql "UPDATE wifi_shard_$i SET created = '1970-01-01' +
		    INTERVAL ORD(SUBSTR(trust, 9)) + 256 *
		    ORD(SUBSTR(trust, 10)) DAY WHERE mac < x'03'"
	done
	for day in 10 11 12 13; do
		run -0 loc-station undo born="$(date -u -d "$day days" +%F):100"
		[ "${#lines[@]}" = 2 ]
	done
	run -0 loc-station undo contests since="$(date -u +%F)" \
	    until="$(date -u -d '20 days' +%F)"
	rows | diff clean -
	[ -z "$(loc_sql 'SELECT * FROM loc_undo')" ]
	run -1 loc-station undo since=2000-01-01
	[ -z "$output" ]
}

@test "what somebody invented, and spoke for on other days" {
	for day in 0 1 2; do
		say $((70 + day)) $day 51.5 a82066000001 a82066000002
	done
	say 90 0 51.5 a82066000003
	for day in 1 2 3 4; do
		say $((90 + day)) $day 51.5 a82066000003
	done
	work
	day=$(date -u +%F)
	run -64 loc-station undo votes=3
	run -64 loc-station undo "born=$day:70" votes=0
	run -1 loc-station undo "born=$day:70"
	run -0 loc-station -n undo "born=$day:70" votes=3
	[ "${#lines[@]}" = 2 ]
	[ "$(jq -r '.undone + " " + .witness' <<<"${lines[0]}")" = "born $day:70" ]
	loc-station undo "born=$day:70" votes=3 >undone
	run -1 loc-station undo "born=$day:90" votes=4
	[ "$(wifis 'HEX(mac)')" = A82066000003 ]
	loc-station restore undone >/dev/null
	[ "$(wifis 'HEX(mac)' | wc -l)" = 3 ]
}

@test "by witness, by network, and only what nothing else has come of" {
	run -0 loc-station tag 203.0.113.9 2026-11-30
	[[ "$output" =~ ^2026-11-30:[0-9]+$ ]]
	[ "$(loc-station tag 203.0.113.77 2026-11-30)" = "$output" ]
	[ "$(loc-station tag alice 2026-11-30)" != "$output" ]
	run -64 loc-station tag alice yesterday
	run -64 loc-station tag alice 2026-02-30
	run -64 loc-station tag 203.0.113.256 2026-11-30
	run -64 loc-station tag bob 2026-11-30
	run -64 loc-station undo
	run -64 loc-station undo everything
	run -64 loc-station undo witness=2026-11-30
	run -64 loc-station undo network=area:lte-1-2-3
	run -64 loc-station undo since=2026-02-30
	run -64 loc-station undo 'since=2026-11-30 12:00:00+02:00'
	run -64 loc-station undo since=2026-11-30 until=2026-11-29
	run -64 loc-station undo contests witness=2026-11-30:7
	run -64 loc-station undo born=2026-11-30:7 since=2026-11-30
	run -64 loc-station undo born=2026-11-30:7 contests

	list=(a82066000001 a82066000002 a82066000003)
	say 1 0 51.5 "${list[@]}"
	work
	rows >clean
	for who in 7 8; do
		say $who 1 51.6 "${list[@]}"
	done
	work
	[ "$(wifis lat | uniq)" = 51.6 ]
	# One has moved again since, by others.
	for day in 2 3; do
		say 9 $day 51.8 "${list[2]}"
		say 10 $day 51.8 "${list[2]}"
	done
	work
	day=$(date -u -d tomorrow +%F)
	run -1 loc-station undo witness="$day:99"
	run -0 loc-station undo network=wifi:"${list[0]}"
	[ "$(wifis lat | sort | uniq -c | tr -s ' \n' ' ')" = \
	    ' 1 51.5 1 51.6 1 51.8 ' ]
	run -1 --separate-stderr loc-station undo witness="$day:8"
	[ "$stderr" = "loc-station: wifi ${list[2]}: something else has become of it since" ]
	[ "$(wifis lat | sort | uniq -c | tr -s ' \n' ' ')" = ' 2 51.5 1 51.8 ' ]
	# The newest first: all that is left, of this day.
	rows >moved
	run -1 loc-station undo since=2000-01-01 until=2000-12-31
	run -0 --separate-stderr loc-station -n undo since=2000-01-01 \
	    until="$(date -u +%F)"
	[ -z "$stderr" ]
	run -0 loc-station undo since=2000-01-01 until="$(date -u +%F)"
	[ "${#lines[@]}" = 2 ]
	rows | diff clean -
	# Of a network that changed twice the first line is what it was.
	printf '%s\n' "${lines[@]}" >undone
	run -0 loc-station restore undone
	[ "${#lines[@]}" = 1 ]
	rows | diff moved -
}

@test "what is said against one network" {
	say 1 0 51.5 a82066000001 a82066000002
	say 9 1 51.7 a82066000001 a82066000002
	work
	day=$(date -u -d tomorrow +%F)
	run -1 loc-station undo contests network=wifi:a82066000003
	run -1 loc-station undo contests until="$(date -u +%F)T23:59:59Z"
	run -0 loc-station undo contests network=wifi:a82066000002
	[ "$(jq -r .network <<<"$output")" = a82066000002 ]
	run -0 loc-station undo contests since="$day" until="$day"
	[ "$(jq -r .network <<<"$output")" = a82066000001 ]
	run -1 loc-station undo born="$(date -u +%F):1" \
	    network=wifi:a82066000003
	run -0 loc-station undo born="$(date -u +%F):1" \
	    network=wifi:a82066000002
	[ "$(wifis 'HEX(mac)')" = A82066000001 ]
}

@test "what was opted out comes back with its position, for a month" {
	say 1 0 51.5 a82066000001 a82066000002
	work
	rows >clean
	for who in 8 7 9; do
		echo '{"position": {"latitude": 51.5, "longitude": -0.1}, "optOutName": {"wifi": ["a82066000001", "a82066000002"]}}' |
		    put_reports "$spool" 1 $((-86400 * (who % 2))) "0:$who:$who"
	done
	work
	[ "$(loc-station -j show wifi a82066000001 | jq -r '.state + " " + .why')" \
	    = 'blocked its owner wants it forgotten; its position is kept for some days' ]
	run -0 loc-station unforget wifi a82066000001
	run -0 loc-station undo network=wifi:a82066000002
	rows | diff clean -
	[ -z "$(loc_sql 'SELECT * FROM loc_optout')" ]
	# Who asks the operator to forget it leaves nothing.
	say 9 1 51.9 a82066000001
	say 8 1 51.9 a82066000001
	work
	[ "$(loc_sql "SELECT COUNT(*) FROM loc_undo WHERE
	    sid = x'a82066000001'")" = 2 ]
	run -0 loc-station forget wifi a82066000001
	[ "$(loc_sql "SELECT COUNT(*) FROM loc_undo WHERE
	    sid = x'a82066000001'")" = 0 ]
}
