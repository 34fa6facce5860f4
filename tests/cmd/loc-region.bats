#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

TOP=$BATS_TEST_DIRNAME/../..

@test "positions in, JSON lines out" {
	run -0 loc-region <<-'E'
		51.5142,-0.0931
		0 0
		46.2130, 6.1290
		46.2130	6.1290	228
		{"lat":12.19,"lon":-69}
		{"longitude":-0.1,"x":[{"lat":1}],"latitude":51.5}
		{"lat":46.213,"lng":6.129,"mcc":228}
	E
	[ "${lines[0]}" = '{"lat":51.5142,"lon":-0.0931,"region":"GB","name":"United Kingdom"}' ]
	[ "${lines[1]}" = '{"lat":0.0,"lon":0.0}' ]
	[ "${lines[2]}" = '{"lat":46.213,"lon":6.129,"region":"FR","name":"France"}' ]
	[ "${lines[3]}" = '{"lat":46.213,"lon":6.129,"mcc":228,"region":"CH","name":"Switzerland"}' ]
	[ "$(jq -r .name <<<"${lines[4]}")" = Curaçao ]
	[ "$(jq -r .region <<<"${lines[5]}")" = GB ]
	[ "$(jq -r .region <<<"${lines[6]}")" = CH ]
	[ ${#lines[@]} = 7 ]
}

@test "a file, compressed or with CRLF, and an empty one" {
	printf '48.85,2.35\r\n48.85,2.35' | gzip >"$BATS_TEST_TMPDIR/in.gz"
	run -0 loc-region "$BATS_TEST_TMPDIR/in.gz"
	[ ${#lines[@]} = 2 ]
	[[ "$output" != *GB* && "${lines[1]}" == *'"FR"'* ]]
	run -0 loc-region /dev/null
	[ -z "$output" ]
	run -66 loc-region "$BATS_TEST_TMPDIR/none"
}

@test "a bad line is named and costs status 65, not the rest" {
	input=$'51.5,0\n51.5\n\n51.5,0,234,1\nx,0\nnan,0\n0x1,0\n90.1,0\n0,180.1'
	input+=$'\n1,2,1000\n1,2,2.5\n{"lat":1}\n{"lat":"1","lon":2}\n{"lat":1,'
	input+=$'\n["lat"]\n48.85,2.35'
	run -65 --separate-stderr loc-region <<<"$input"
	[ "$(jq -r .region <<<"$output" | paste -sd' ')" = "GB FR" ]
	[ "$(wc -l <<<"$stderr")" = 14 ]
	# shellcheck disable=SC2154
	[ "${stderr_lines[0]}" = 'loc-region: stdin:2: expected LAT,LON' ]
	[[ "${stderr_lines[6]}" == *"stdin:8: expected a latitude"* ]]
	[[ "${stderr_lines[13]}" == *"stdin:15: "* ]]
	run -65 --separate-stderr loc-region -q <<<"$input"
	[ -z "$stderr" ]
	head -c 2000000 /dev/zero | tr '\0' 5 >"$BATS_TEST_TMPDIR/long"
	run -65 loc-region "$BATS_TEST_TMPDIR/long"
	[[ "$output" == *"/long:1: expected a shorter line" ]]
}

@test "an answer does not wait for the next question" {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	loc-region <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 4>"$BATS_TEST_TMPDIR/in" 5<"$BATS_TEST_TMPDIR/out"
	for at in GB:51.5,0 FR:48.85,2.35; do
		echo "${at#*:}" >&4
		read -r -t 10 line <&5
		[[ "$line" == *"\"${at%:*}\""* ]]
	done
	exec 4>&- 5<&-
	wait
}

@test "-l lists the regions" {
	loc-region -l | jq -es 'length == 247 and
	    (map(.region) == (map(.region) | sort)) and
	    (map(.mccs[]) | unique | length == 234) and
	    (map(select(.region == "US"))[0] | .name == "United States" and
	    .radius_m == 2971000 and .mccs == [range(310; 317)])'
}

@test "wrong usage is 64, a full disk 74" {
	run -64 loc-region -x
	run -64 loc-region a b
	run -64 loc-region -l a
	run -74 bash -c 'loc-region -l >/dev/full'
	run -0 loc-region -h
	run -0 loc-region -V
}

# bats test_tags=plain
@test "GEOS agrees" {
	/usr/bin/python3 -c 'import shapely' 2>/dev/null ||
	    skip "python3-shapely is not installed"
	run -0 "$TOP/tests/tools/judge_region.py" "$TOP/lib/geo/regions.bin" 1000
	[[ "$output" == *", 0 wrong" ]]
}
