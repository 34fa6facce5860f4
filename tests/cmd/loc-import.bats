#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2016,SC2030,SC2031,SC2154	# MariaDB's quotes; of each test, of run

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

# bats test_tags=mysql
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

# bats test_tags=mysql
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
		echo 'GSM,"208"x,1,1,1,,2.5,46.5,0,1,1,1,2,'
		head -c 100000 /dev/zero | tr '\0' 7
		echo
		echo 'GSM,208,1,1,77,,2.5,46.5,0,1,1,1,2,'
	} >mixed
	run -65 loc-import -r refused mixed
	[ "$output" = '{"file":"mixed","read":13,"inserted":1,"updated":0,"unchanged":3,"refused":{"fields":2,"quoted":1,"unknown":1,"number":1,"mcc":1,"area":1,"cell":1,"position":1}}' ]
	[ "$(wc -l <refused)" = 9 ]
	run -65 loc-import -m 69.2 mixed
	run -0 loc-import -m 69.3% mixed
	[ "$(head -1 refused)" = 'GSM,208,1,65534,1,,2.5,46.5,0,1,1,1,2,' ]
	run -65 --separate-stderr loc-import -v mixed
	# shellcheck disable=SC2154	# set by run
	[ "${stderr_lines[0]}" = 'loc-import: mixed:4: expected area from 1 to 65533, of NR to 16777213' ]
	[ "${stderr_lines[3]}" = 'loc-import: mixed:7: expected mcc to be a whole number' ]
	for f in 1,1x 1.5,1; do
		echo "GSM,208,1,${f%,*},1,,2.5,46.5,0,${f#*,},1,1,2,"
	done >numbers
	echo 'GSM,208,1,1,1,,2.5,,0,1,1,1,2,' >>numbers
	run -65 --separate-stderr loc-import -nv numbers
	[ "${stderr_lines[*]}" = 'loc-import: numbers:1: expected samples to be a whole number loc-import: numbers:2: expected area to be a whole number loc-import: numbers:3: expected lat to be a number' ]
	# The disk is full when the file of refused rows ends, or long before.
	seq 20000 | sed 's/.*/GSM,208,x,1,1,,2.5,46.5,0,1,1,1,2,/' >many
	for f in mixed many; do
		run -74 loc-import -m 100 -r /dev/full "$f"
		[[ "$output" == *'loc-import: /dev/full: No space left on device'* ]]
	done
}

@test "what is not cell CSV is refused whole" {
	echo region,name >other.csv
	echo '<html>no such file</html>' >page.html
	head -c 1000 /dev/urandom >noise
	for f in other.csv page.html noise; do
		run -65 loc-import $f
		[[ "$output" == *"$f: not cell CSV, nothing imported"* ]]
	done
	run -66 loc-import missing
	: >empty
	run -0 loc-import empty
	[[ "$output" == *'"read":0,'* ]]
}

# bats test_tags=mysql
@test "of compressed data that are damaged nothing is imported" {
	rows | gzip >whole.gz
	head -c -4 whole.gz >cut.gz
	# A figure is another one, and only the checksum says so.
	python3 - <<-END
	import zlib
	z = zlib.compressobj(0, 8, 31)
	data = z.compress(b"""$(rows)\n""") + z.flush()
	open("figure.gz", "wb").write(data.replace(b"12842,,23.4", b"12842,,33.4"))
	END
	run -65 --separate-stderr loc-import cut.gz figure.gz whole.gz
	[ "$stderr" = "loc-import: cut.gz: compressed data ends early
loc-import: cut.gz: nothing of it was imported
loc-import: figure.gz: expected gzip behind byte $(($(stat -c %s \
	    figure.gz) - 4)): incorrect data check
loc-import: figure.gz: nothing of it was imported" ]
	[[ "${lines[0]}" == *'"read":0,'* ]]
	[[ "${lines[2]}" == *'"inserted":3,'* ]]
	# A pipe cannot be looked at before.
	run -65 --separate-stderr loc-import < <(cat cut.gz)
	[[ "$output" == *'"read":3,'* ]]
	[ "$stderr" = 'loc-import: stdin: compressed data ends early
loc-import: stdin:3: what is behind this line was not imported' ]
}

# Each FILE must give the three good rows, whoever wrote it.
good() {
	local f

	for f; do
		echo "$f"
		loc-import -n "$f" >said 2>&1
		cat said
		[ "$(wc -l <said)" = 1 ]
		grep -q '"read":3,"accepted":3,"refused":{}}$' said
	done
}

@test "headers as people have them" {
	h13=${head%,averageSignal}
	(echo "$h13"; rows) >thirteen
	(echo "$h13"; rows | sed 's/,$//') >thirteen.both
	(echo "$head" | tr '[:lower:]' '[:upper:]'; rows) >capitals
	(echo "${head/net,area,cell,unit/mnc,lac,cid,psc}"; rows) >mls2014
	(printf '\357\273\277%s\n' "$head"; rows) >bom
	(printf %s "$head"; rows) >glued
	(printf '%s ' "$head"; rows) >glued.blank
	(printf %s "$h13"; rows) >glued.thirteen
	(printf '# %s\n' "$head"; rows) >hashed
	(echo "# of 2019"; echo; echo "$head"; rows) >comment
	(echo; echo "$head"; echo; rows; echo; echo ,,,,,,; printf '\032') >empty
	(echo "$head"; rows | head -1; echo "$head"; rows | tail -2) >twice
	(rows | head -1; printf '\357\273\277%s\r\n' "$head"; rows | tail -2) >joined
	rows | awk -F, -v OFS=, 'BEGIN { print "lat,lon,note,CELL_ID,Area,net,mcc,radio type,updated" }
	    { print $8, $7, "x", $5, $4, $3, $2, $1, $13 }' >order
	(echo ",$head"; rows | sed 's/^/7,/') >index
	(echo "$head$(printf ',c%d' $(seq 3000))"; rows | sed "s/$/$(printf ',%3000s' '')/") >columns
	good thirteen thirteen.both capitals mls2014 bom glued glued.blank \
	    glued.thirteen hashed comment empty twice joined order index columns
	run -0 loc-import order
	[ "$(loc_sql 'SELECT lat, lon, cid, lac, psc, samples FROM cell_lte')" = \
	    "$(printf '38.8500000\t23.4100000\t12842\t2120\tNULL\t0')" ] ||
	[ "$(loc_sql 'SELECT lat, lon, cid, lac, psc, samples FROM cell_lte')" = \
	    "$(printf '38.85\t23.41\t12842\t2120\tNULL\t0')" ]
}

@test "lines, fields and numbers as people have them" {
	(echo "$head"; rows) >lf
	tr '\n' '\r' <lf >cr
	rows | tr '\n' '\r' >cr.nohead
	sed 's/$/\r/' lf >crlf
	sed 's/$/\r\r/' lf >crcrlf
	sed 's/[^,]*/"&"/g' lf >quoted
	sed 's/[^,]*/"&"/g' lf | tr '\n' '\r' >quoted.cr
	(printf %s "$head" | sed 's/[^,]*/"&"/g'; tail -3 quoted) >quoted.glued
	(printf %s "$head" | sed 's/[^,]*/"&"/g'; rows) >quoted.glued.rows
	sed 's/,/ ,\t/g' lf >blanks
	sed 's/,/;/g' lf >semicolons
	rows | sed 's/,/;/g; s/\./,/g' >comma.nohead
	(echo 'sep=;'; sed 's/,/;/g; s/\./,/g' lf) >excel
	tr , '\t' <lf >tabulators
	sed 's/$/,,,/' lf >trailing
	rows | awk -F, -v OFS=, '{ $9 = 1500.0; $4 = $4 ".0"; $6 = "nan"
	    $12 = "1.5e+09"; $13 = $13 ".0"; print }' >pandas
	rows | sed '1s/,$/,-70,"a note, of ""two""\nlines"/' >lines
	(echo "note,$head"; rows | sed 's/^/"a\nb\n\nc",/') >lines.first
	rows | sed 's/,$/,-70,"a stray one/' >stray
	good cr cr.nohead crlf crcrlf quoted quoted.cr blanks semicolons \
	    comma.nohead excel tabulators trailing pandas lines \
	    lines.first stray quoted.glued quoted.glued.rows
}

@test "an odd first line, a bad first row, a stray quotation mark" {
	(echo 'Cells of Greece, 2019'; echo "$head"; rows) >title
	(echo 'GSM,208,1,65534,1,,2.5,46.5,0,1,1,1,2,'; rows) >first
	(echo 'GSM,208'; rows) >short
	(rows | head -1; echo 'GSM,208,"1,1,1,,2.5,46.5,0,1,1,1,2,'; rows | tail -2) >stray
	(rows; echo 'GSM,208,"1,1,1,,2.5') >open
	(rows | head -1; head -c 3000000 /dev/zero; echo; rows | tail -2) >nul
	for f in title first short stray open nul; do
		run -65 loc-import -r refused "$f"
		[[ "$output" == *'"read":4,'*'"unchanged":'[0-3]*',"refused":{"'*'":1}}' ]]
		[ -s refused ]
		run -65 loc-import $f
		[[ "$output" == *'"read":4,"inserted":0,"updated":0,"unchanged":3,'* ]]
	done
	run -65 loc-import -v title
	[[ "${lines[0]}" == "loc-import: title:1: expected 13 fields or more"* ]]
	printf '%s\n' "$head" 'LTE,202,1,3120,12843,0,0,0,1500,64,1,1562876640,1570119414,0' >zero
	run -65 loc-import zero
	[[ "$output" == *'"refused":{"position":1}}' ]]
}

@test "what cannot be read is told by its name" {
	rows >a
	zip -q a.zip a 2>/dev/null || printf 'PK\3\4' >a.zip
	xz -k a
	iconv -t UTF-16 a >wide
	(printf 'radio,mcc,net,area,cell\n'; cut -d, -f1-5 a) >lacking
	for i in $(seq 150); do echo "$i,nothing"; done >long
	run -65 loc-import a.zip
	[[ "$output" == *"a.zip: expected text, gzip or zstd, but it is a zip archive"* ]]
	run -65 loc-import a.xz
	[[ "$output" == *"it is compressed by xz"* ]]
	run -65 loc-import wide
	[[ "$output" == *"wide: expected UTF-8, but it is UTF-16: iconv -f UTF-16 -t UTF-8"* ]]
	run -65 loc-import lacking
	[[ "$output" == *"lacking:1: the header lacks lon: nothing imported"* ]]
	run -65 loc-import long
	[[ "$output" == *"long: not cell CSV, nothing imported"* ]]
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_gsm')" = 0 ]
}

has_cells() {
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_lte')" -gt 0 ]
}

@test "stopped it says the line that it reached" {
	loc-simulate -w 20000 cells >world
	mkfifo fifo
	for sig in HUP INT TERM; do
		loc_sql 'TRUNCATE cell_lte'
		(cat world; exec sleep 60) >fifo 3>&- &
		writer=$!
		loc-import <fifo >out 2>err 3>&- &
		pid=$!
		until_true has_cells
		kill -$sig $pid
		rc=0
		wait $pid || rc=$?
		kill $writer || true
		[ "$rc" = 75 ]
		[ "$(cat err)" = "loc-import: stdin:$(wc -l <world): stopped after this line; run again to go on" ] ||
		    grep -q '^loc-import: stdin:[0-9]*: stopped after' err
	done
}

@test "to look first needs no database, and changes nothing" {
	rows >a
	LOC_CONF=/nonexistent run -0 loc-import -n a
	[ "$output" = '{"file":"a","read":3,"accepted":3,"refused":{}}' ]
	(rows; echo 'GSM,208,1') >b
	LOC_CONF=/nonexistent run -65 loc-import -n -r refused b
	[ "$(cat refused)" = 'GSM,208,1' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_gsm')" = 0 ]
	run -64 loc-import -m 101 a
	[[ "$output" == *"-m 101: expected 0 to 100"* ]]
}

@test "to look says what would change, by radio, and changes nothing" {
	rows >a
	(rows | head -1; rows | tail -2 | sed 's/15701/15702/'
	    echo 'GSM,208,10,30014,1,,2.5,46.5,0,1,1,1,2,') >b
	loc-import a
	loc_sql 'SELECT * FROM cell_gsm' >before
	run -0 loc-import -n b
	[ "$output" = '{"file":"b","inserted":1,"updated":2,"unchanged":1,"radio":{"gsm":{"inserted":1,"updated":1,"unchanged":0},"wcdma":{"inserted":0,"updated":0,"unchanged":1},"lte":{"inserted":0,"updated":1,"unchanged":0}},"read":4,"accepted":4,"refused":{}}' ]
	loc_sql 'SELECT * FROM cell_gsm' | diff before -
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = 0 ]
	[ "$(loc_sql 'SELECT name, value FROM loc_mark')" = $'import\ta' ]
}

@test "where cells are from: a kind of reports in their rows, or a name" {
	rows >a
	run -0 loc-import -s query a
	[ "$(loc_sql 'SELECT source FROM cell_lte')" = 9 ]
	rows | sed 's/15701/15702/' >b
	run -0 loc-import -s mls b
	[ "$(loc_sql 'SELECT source FROM cell_lte')" = 9 ]
	[ "$(loc_sql 'SELECT name, value FROM loc_mark ORDER BY name')" = \
	    $'import\ta\nimport.mls\tb' ]
	rows | sed 's/15701/15703/' | loc-import -s gnss
	[ "$(loc_sql 'SELECT source FROM cell_lte')" = 3 ]
	for s in '' 'a b' 'A' "$(printf %041d 0)"; do
		run -64 loc-import -s "$s" a
		[[ "$output" == *"expected fixed, gnss, fused, query, or a name"* ]]
	done
}

@test "statistics: new cells today, and cells by region, also after a kill" {
	rows | loc-import
	[ "$(loc_sql 'SELECT value FROM stat WHERE `key` = 2 AND
	    `time` = UTC_DATE()')" = 3 ]
	rows | sed 's/15701/15702/' | loc-import
	[ "$(loc_sql 'SELECT value FROM stat WHERE `key` = 2 AND
	    `time` = UTC_DATE()')" = 3 ]
	[ "$(loc_sql 'SELECT region, gsm, wcdma, lte FROM region_stat
	    ORDER BY region')" = $'FR\t1\t0\t0\nGR\t0\t1\t1' ]
	loc_sql 'DELETE FROM region_stat'
	rows | loc-import
	[ "$(loc_sql 'SELECT COUNT(*) FROM region_stat')" = 2 ]
}

@test "a database of an earlier version is named" {
	loc_sql 'DELETE FROM loc_version WHERE number > 4'
	run -78 loc-import </dev/null
	[[ "$output" == *'is older than this program: run loc-db migrate' ]]
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

cells() {
	loc_sql 'SELECT (SELECT COUNT(*) FROM cell_gsm) + (SELECT COUNT(*)
	    FROM cell_wcdma) + (SELECT COUNT(*) FROM cell_lte) +
	    (SELECT COUNT(*) FROM cell_nr)'
}

more_cells_than() {	# or there will be none
	[ "$(cells)" -gt "$1" ] || ! kill -0 "$pid"
}

# What is made of the cells, without times of when that was.
made() {
	loc_sql 'SELECT areaid, lat, lon, radius, region, num_cells,
	    avg_cell_radius FROM cell_area ORDER BY areaid;
	    SELECT areaid, lat, lon, radius, region, num_cells,
	    avg_cell_radius FROM cell_area_nr ORDER BY areaid;
	    SELECT * FROM region_stat ORDER BY region;
	    SELECT value FROM stat WHERE `key` = 2 AND `time` = UTC_DATE();
	    SELECT COUNT(*) FROM cell_area_dirty'
}

@test "killed at any row it goes on, and areas and statistics are right" {
	loc-simulate -w 16000 cells >world
	loc-import world
	made >want
	loc_sql 'TRUNCATE cell_gsm; TRUNCATE cell_wcdma; TRUNCATE cell_lte;
	    TRUNCATE cell_nr; TRUNCATE cell_area; TRUNCATE cell_area_nr;
	    TRUNCATE stat; TRUNCATE region_stat'
	for i in 1 2 3; do
		was=$(cells)
		loc-import world >out 3>&- &
		pid=$!
		until_true more_cells_than "$was"
		kill -9 $pid || true
		wait $pid || true
	done
	run -0 loc-import world
	jq -e '.unchanged > 0' <<<"$output"
	made | diff want -
	# killed when all rows are in: only what is made of them is left to do
	loc_sql 'INSERT INTO cell_area_dirty (areaid) SELECT areaid FROM cell_area;
	    DELETE FROM region_stat; DELETE FROM cell_area LIMIT 9'
	run -0 loc-import world
	jq -e '.inserted == 0 and .updated == 0' <<<"$output"
	made | diff want -
}

# bats test_tags=plain
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
	[[ "$output" == *"[database] rw_url "*"/nothing.sock: "* ]]
}

@test "a database that is only read, also for a file in which nothing is new" {
	loc_own_servers
	loc_setup
	(echo "$head"; rows) >a.csv
	loc-import a.csv
	loc_sql 'CREATE USER app@localhost; GRANT SELECT, INSERT, UPDATE,
	    DELETE ON *.* TO app@localhost; SET GLOBAL read_only = 1'
	sed -i 's|mysql://root@|mysql://app@|' "$LOC_CONF"
	run -69 loc-import a.csv
	[[ "$output" == *'--read-only option'* ]]
}
