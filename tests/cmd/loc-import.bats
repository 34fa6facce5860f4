#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

head='radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal'

rows() {	# three good ones
	printf '%s\n' \
	    'UMTS,202,1,2120,12842,,23.4123167,38.8574351,0,6,1,1568220564,1570120316,' \
	    'GSM,208,10,30014,20669,,2.5112670,46.5992450,0,78,1,1566307030,1570119413,' \
	    'LTE,202,1,2120,12842,7,23.41,38.85,1500,64,1,1562876640,1570119414,'
}

areas() {
	loc_sql 'SELECT radio, mcc, mnc, lac, num_cells, region FROM cell_area
	    ORDER BY areaid'
}

@test "rows become cells, and cells areas" {
	(echo "$head"; rows) >a.csv
	run -0 loc-import a.csv
	[ "$output" = '{"file":"a.csv","read":3,"inserted":3,"updated":0,"unchanged":0,"refused":{}}' ]
	[ "$(loc_sql 'SELECT radio, mcc, mnc, lac, cid, psc, region, radius,
	    samples, created, modified, weight, source, max_lat, min_lon
	    FROM cell_wcdma')" = "$(printf '%s\t' 2 202 1 2120 12842 NULL GR 0 6 \
	    '2019-09-11 16:49:24' '2019-10-03 16:31:56' NULL NULL 38.8574351
	    )23.4123167" ]
	[ "$(loc_sql 'SELECT psc FROM cell_lte')" = 7 ]
	[ "$(areas)" = "$(printf '%s\t%s\t%s\t%s\t%s\t%s\n' \
	    0 208 10 30014 1 FR 2 202 1 2120 1 GR 3 202 1 2120 1 GR)" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = 0 ]
}

@test "plain, gzip, zstd, CRLF, no header, short and long rows, stdin" {
	rows >plain
	rows | sed 's/,$//' | gzip >short.gz
	rows | sed 's/$/,,,/' | zstd -q >long
	(echo "$head"; rows) | sed 's/$/\r/' >crlf
	run -0 loc-import plain short.gz long crlf - < <(rows)
	[ "${#lines[@]}" = 5 ]
	[[ "${lines[0]}" == *'"inserted":3,'* ]]
	for i in 1 2 3 4; do
		[[ "${lines[$i]}" == *'"read":3,"inserted":0,"updated":0,"unchanged":3,"refused":{}}' ]]
	done
	[[ "${lines[4]}" == '{"file":"stdin"'* ]]
}

@test "a newer row renews a cell and widens its box, an older one does not" {
	rows | loc-import
	rows | sed 's/15701/15700/; s/,38.8/,39.8/' >older
	rows | sed 's/15701/15702/; s/,38.8/,39.8/' >newer
	run -0 loc-import older newer
	[[ "${lines[0]}" == *'"updated":0,"unchanged":3,'* ]]
	[[ "${lines[1]}" == *'"updated":3,"unchanged":0,'* ]]
	[ "$(loc_sql 'SELECT lat, min_lat, max_lat FROM cell_wcdma')" = \
	    "$(printf '39.8574351\t38.8574351\t39.8574351')" ]
	[ "$(loc_sql 'SELECT lat FROM cell_area WHERE radio = 2')" = \
	    39.8574351 ]
}

@test "a bad row is counted by its reason and costs only itself" {
	{
		echo "$head"
		rows
		echo 'CDMA,208,1,1,1,,2.5,46.5,0,1,1,1,2,'
		echo 'CDMA,734,1,1,1,,2.5,46.5,0,1,1,1,2,'
	} >skipped
	run -0 loc-import skipped
	[[ "$output" == *'"refused":{"radio":2}}' ]]
	{
		rows
		echo 'GSM,208,1,65534,1,,2.5,46.5,0,1,1,1,2,'
		echo 'GSM,208,1,1,0,,2.5,46.5,0,1,1,1,2,'
		echo 'GSM,208,1,1,1,,202.5,46.5,0,1,1,1,2,'
		echo 'GSM,MCC,1,1,1,,2.5,46.5,0,1,1,1,2,'
		echo 'GSM,208,1'
		echo ',208,1,1,1,,2.5,46.5,0,1,1,1,2,'
		echo 'GSM,901,1,1,1,,2.5,46.5,0,1,1,1,2,'
		echo 'GSM,"208",1,1,1,,2.5,46.5,0,1,1,1,2,'
		head -c 100000 /dev/zero | tr '\0' 7
		echo
		echo 'GSM,208,1,1,77,,2.5,46.5,0,1,1,1,2,'
	} >mixed
	run -65 loc-import -r refused mixed
	[ "$output" = '{"file":"mixed","read":13,"inserted":1,"updated":0,"unchanged":3,"refused":{"fields":2,"quoted":1,"unknown":1,"number":1,"mcc":1,"area":1,"cell":1,"position":1}}' ]
	[ "$(wc -l <refused)" = 9 ]
	[ "$(head -1 refused)" = 'GSM,208,1,65534,1,,2.5,46.5,0,1,1,1,2,' ]
	run -65 --separate-stderr loc-import -v mixed
	# shellcheck disable=SC2154	# set by run
	[ "${stderr_lines[0]}" = 'loc-import: mixed:4: expected area from 1 to 65533, of NR to 16777213' ]
}

@test "what is not cell CSV is refused whole" {
	echo region,name >other.csv
	echo '<html>no such file</html>' >page.html
	head -c 1000 /dev/urandom >noise
	for f in other.csv page.html noise; do
		run -65 loc-import $f
		[[ "$output" == *"$f: not cell CSV, nothing imported"* ]]
	done
	rows | gzip | head -c 60 >cut.gz
	run -65 loc-import cut.gz
	[[ "$output" == *"compressed data ends early"* ]]
	run -66 loc-import missing
	: >empty
	run -0 loc-import empty
	[[ "$output" == *'"read":0,'* ]]
}

@test "repeated rows of one file count, the newest wins" {
	{
		rows | sed 's/15701/15703/; s/,38.8/,39.8/'
		rows
		rows | sed 's/15701/15702/'
	} >a
	run -0 loc-import a
	[[ "$output" == *'"read":9,"inserted":3,"updated":0,"unchanged":6,'* ]]
	[ "$(loc_sql 'SELECT lat FROM cell_wcdma')" = 39.8574351 ]
}

@test "killed in the middle it goes on, and no area stays stale" {
	loc-simulate -w 20000 cells >world
	loc-import world >/dev/null &
	pid=$!
	for _ in $(seq 200); do
		[ "$(loc_sql 'SELECT COUNT(*) FROM cell_lte')" -gt 0 ] && break
		sleep 0.02
	done
	kill -9 $pid 2>/dev/null || true
	wait $pid || true
	run -0 loc-import world
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = 0 ]
	[ "$(loc_sql 'SELECT SUM(num_cells) FROM (SELECT num_cells
	    FROM cell_area UNION ALL SELECT num_cells FROM cell_area_nr) a')" = \
	    $(($(wc -l <world) - 1)) ]
}

@test "real files: the counts add up and a second import changes nothing" {
	require_shared data/cells
	for f in "$LOC_SHARED"/data/cells/*.gz; do
		rows=$(($(zcat "$f" | wc -l) - 1))
		loc-import "$f" >one || [ $? = 65 ]
		loc-import "$f" >two || [ $? = 65 ]
		jq -e --argjson n "$rows" '.read == $n and .read == .inserted +
		    .updated + .unchanged + ([.refused[]] | add // 0)' one
		jq -e '.inserted == 0 and .updated == 0' two
	done
	zcat "$LOC_SHARED"/data/cells/ocid2017* | loc-import |
	    jq -e '.read == ([.refused[]] | add)'
}

@test "without its database it says so" {
	sed -i 's/mariadb.sock/nothing.sock/' "$LOC_CONF"
	run -69 loc-import </dev/null
	[[ "$output" == *"database: "* ]]
}
