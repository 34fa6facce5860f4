#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154
#
# Access points that move, or are where maps end: from reports to answers.

bats_require_minimum_version 1.5.0

load work

# macs FIRST LAST: addresses of access points.
macs() {
	local i

	for i in $(seq "$1" "$2"); do
		printf '04000000%04x ' "$i"
	done
}

# heard LAT LON FIRST LAST [N [WITNESS [DAY]]]: N (3) reports from around there,
# one a submission, by a witness (a number) in DAY days, counted at once.
heard() {
	local i list

	read -ra list <<<"$(macs "$3" "$4")"
	for i in $(seq "${5:-3}"); do
		report "$(printf '%s%d' "$1" "$i")" "$2" "${list[@]}"
	done | put_reports "$spool" 1 $((-86400 * ${7:-0})) "0:${6:-0}:${6:-0}"
	work
}

# located FIRST LAST: what hears them is there, "LAT LON"; or "nowhere".
located() {
	local list

	list=$(macs "$1" "$2" | sed 's/\([0-9a-f]*\) /{"macAddress": "\1"},/g')
	echo "{\"considerIp\": false, \"wifiAccessPoints\": [${list%,}]}" |
	    loc-locate | jq -r 'if .location then
		"\(.location.lat) \(.location.lng)" else "nowhere" end' ||
	    true
}

# near LAT LON METRES PLACE: is PLACE as near as that?
near() {
	awk -v lat="$1" -v lon="$2" -v max="$3" -v place="$4" 'BEGIN {
		if (split(place, p, " ") != 2)
			exit 1
		r = atan2(0, -1) / 180
		dx = (p[2] - lon) * r * cos(lat * r)
		if (dx > 3.1)
			dx -= 2 * 3.14159265358979 * cos(lat * r)
		dy = (p[1] - lat) * r
		exit 6371000 * sqrt(dx * dx + dy * dy) > max
	}'
}

# days N: all that was counted is N days older.
days() {
	local i

	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		loc_sql "UPDATE wifi_shard_$i SET
		    created = created - INTERVAL $1 DAY,
		    modified = modified - INTERVAL $1 DAY,
		    last_seen = last_seen - INTERVAL $1 DAY,
		    block_first = block_first - INTERVAL $1 DAY,
		    block_last = block_last - INTERVAL $1 DAY"
	done
}

@test "reliability 33: one of ten has moved: the answer is less than 50 m off" {
	heard 51.500 -0.1 1 9
	heard 51.600 -0.1 10 10
	near 51.5002 -0.1 50 "$(located 1 10)"
	# Wherever the one has moved to.
	heard -33.860 151.2 11 11
	near 51.5002 -0.1 50 "$(located 2 11)"
}

@test "reliability 33: all ten have moved: a few reports take them along" {
	heard 51.500 -0.1 1 10
	near 51.5002 -0.1 50 "$(located 1 10)"
	days 100
	# One witness who says otherwise may be a liar, and is heard of four only,
	heard 51.600 -0.1 1 10 1 1 20
	[ "$(wifis 'SUBSTR(HEX(trust), 55, 2)' | sort | uniq -c |
	    tr -s ' \n' ' ')" = ' 6 00 4 01 ' ]
	near 51.5002 -0.1 50 "$(located 1 10)"
	# others have them moved.
	heard 51.600 -0.1 5 8 1 2 20
	heard 51.600 -0.1 9 10 1 3 20
	heard 51.600 -0.1 1 4 1 4 21
	heard 51.600 -0.1 5 8 1 5 21
	heard 51.600 -0.1 9 10 1 6 21
	[ "$(wifis 'lat, marks' | sort -u)" = $'51.6001\tNULL' ]
	heard 51.600 -0.1 1 10 1 7 22
	near 51.6002 -0.1 50 "$(located 1 10)"
}

@test "reliability 33: on both sides of the date line" {
	heard -16.800 179.9999 1 5
	heard -16.800 -179.9999 1 5
	near -16.8002 180 100 "$(located 1 5)" ||
	    near -16.8002 -180 100 "$(located 1 5)"
	[ "$(wifis 'max(radius)' | sort -n | tail -1)" -lt 200 ]
}

@test "reliability 33: as near to the poles as positions go" {
	# Further north there is only water.
	heard 83.500 -33 1 3
	heard -85.050 10 4 6
	near 83.5002 -33 50 "$(located 1 3)"
	near -85.0502 10 50 "$(located 4 6)"
	heard 90.000 10 7 9 1
	heard 89.990 10 7 9
	heard -89.999 10 7 9
	[ "$(located 7 9)" = nowhere ]
	[ "$(wifis mac | wc -l)" = 6 ]
	[ -z "$(loc-work -l)" ]
}

@test "reliability 33: on a bus: nowhere from the second day on" {
	heard 51.500 -0.1 1 2
	near 51.5002 -0.1 50 "$(located 1 2)"
	for day in 1 2 3; do
		heard "51.6$day" -0.1 1 2 1 $((2 * day)) $day
		heard "51.7$day" -0.1 1 2 1 $((2 * day + 1)) $day
		[ "$(located 1 2)" = nowhere ]
	done
	heard 51.500 -0.1 1 2 1 9 4
	[ "$(located 1 2)" = nowhere ]
	[ "$(wifis block_count | sort -u)" = 1 ]
}
