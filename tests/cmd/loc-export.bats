#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

# Every test has its own $output; bats sets $stderr.
# shellcheck disable=SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	export TMPDIR=$PWD
	PATH=$(dirname "$(command -v loc-export)")/tools:$PATH
}

teardown() {
	loc_stop
}

head='radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal'

# cells TIME: one of each radio, changed then
cells() {
	local s

	s=$(date -ud "$1" +%s)
	cat >fixture <<-END
	$head
	GSM,234,30,1,2,,-0.1,51.5,0,1,1,$s,$s,
	UMTS,234,30,1,1,100,151.0000001,-33.5,0,1,1,,$s,
	LTE,208,1,5,77,5,2.25,48.8,1500,64,1,$s,$s,
	NR,208,1,70000,68719476735,900,2.5,48.9,0,0,1,$s,$s,
	END
	loc-import -q fixture >/dev/null
}

# many TABLE RADIO MCC N [FROM]: cells of 2023-06-14
many() {
	loc_sql "INSERT INTO cell_$1 (cellid, radio, mcc, mnc, lac, cid, lat,
	    lon, created, modified) SELECT UNHEX(CONCAT(LPAD(HEX($2), 2, 0),
	    LPAD(HEX($3), 4, 0), '00010005', LPAD(HEX(seq), 8, 0))), $2, $3, 1,
	    5, seq, 50, seq / 1000000, '2023-06-14 01:00', '2023-06-14 01:00'
	    FROM $(loc_numbers "${5-1}" $(($4 + ${5-1} - 1)))"
}

@test "lines are as specified, to the byte" {
	cells '2023-04-26 12:00:00Z'
	loc_sql "UPDATE cell_wcdma SET lon = 151.00000006"
	loc_sql "UPDATE cell_lte SET lat = -0.00000001, radius = NULL,
	    samples = NULL, modified = '2023-06-14'"
	loc-export full -t 2023-06-15 >out
	printf '%s\r\n' "$head" \
	    GSM,234,30,1,2,,-0.1000000,51.5000000,0,1,1,1682510400,1682510400, \
	    UMTS,234,30,1,1,100,151.0000001,-33.5000000,0,1,1,,1682510400, \
	    LTE,208,1,5,77,5,2.2500000,0.0000000,0,0,1,1682510400,1686700800, \
	    >want
	cmp want out
	printf 'NR,208,1,70000,68719476735,900,2.5000000,48.9000000,0,0,1,1682510400,1682510400,\r\n' >>want
	loc-export -N full -t 2023-06-15T12:03:04Z >out
	cmp want out
	loc-export full -Nt 2023-06-15 - | cmp want -
	loc-export dump cell - | cmp - <(loc-export dump cell)
	[ ! -e - ]
	loc-export full -Nt 2023-06-15 cells.csv.gz
	gzip -dc cells.csv.gz | cmp want -
	loc-export full -Nt 2023-06-15 cells.csv
	cmp want cells.csv
	# A row whose position is gone, or none, is in no file.
	loc_sql "UPDATE cell_gsm SET lat = NULL"
	loc_sql "UPDATE cell_wcdma SET lon = 1e9"
	run -0 --separate-stderr loc-export full -t 2023-06-15
	[ "${#lines[@]}" = 2 ]
	[ "$stderr" = 'loc-export: 1 cells with no possible position were left out' ]
}

@test "whoever is hidden or opted out is in no export" {
	many lte 3 208 6
	loc_sql "UPDATE cell_lte SET trust = CASE cid WHEN 1 THEN NULL
	    WHEN 2 THEN '' WHEN 3 THEN x'01' WHEN 4 THEN x'02f9'
	    WHEN 5 THEN x'0102' ELSE x'0104ff' END"
	loc-export full -t 2023-06-15 | tail -n +2 | cut -d, -f5 >out
	[ "$(tr '\n' ' ' <out)" = '1 2 3 4 ' ]
	loc-export diff -t 2023-06-14T02:00:00 | tail -n +2 | cut -d, -f5 |
	    cmp out -
}

# modified TIME: of the LTE cell
modified() {
	loc_sql "UPDATE cell_lte SET modified = '$1'"
}

# written KIND TIME N: so many lines, with the header
written() {
	[ "$(loc-export "$1" -t "$2" | wc -l)" = "$3" ]
}

@test "windows: a year, and an hour" {
	cells '2020-01-01'
	modified '2022-06-15 00:00:00'
	written full 2023-06-15 2
	written full 2023-06-15T23:59:59 2
	modified '2022-06-14 23:59:59'
	written full 2023-06-15 1
	modified '2023-06-15 11:00:00'
	written full 2023-06-15 2
	written diff 2023-06-15T12:03:00 2
	written diff 2023-06-15T12:00:00 2
	written diff 2023-06-15T11:59:59 1
	modified '2023-06-15 12:00:00'
	written diff 2023-06-15T12:03:00 1
	written diff 2023-06-15T13:00:00 2
	modified '2023-06-15 10:59:59'
	written diff 2023-06-15T12:03:00 1
	# Without -t the server's clock says what is now.
	loc_sql 'UPDATE cell_lte SET modified = UTC_TIMESTAMP()'
	[ "$(loc-export full | wc -l)" = 2 ]
	loc_sql 'UPDATE cell_lte SET modified = FROM_UNIXTIME(
	    UNIX_TIMESTAMP() DIV 3600 * 3600 - 1)'
	hour=$(date +%H)
	n=$(loc-export diff | wc -l)
	[ "$n" = 2 ] || [ "$(date +%H)" != "$hour" ]
}

full=MLS-full-cell-export-2023-06-15T000000.csv.gz
manifest=MLS-cell-export-2023-06-15T000000.full.json

mark() {
	loc_sql "SELECT value FROM loc_mark WHERE name = 'export.$1'"
}

# What holds for places of any kind: $url, whose files are in directory $1.
publishes() {
	local files=$1

	cells '2023-06-14 10:30:00Z'
	loc-export full -t 2023-06-15T01:00:00 -o "$url"
	[ "$(find "$files" -type f ! -name '*.meta' ! -name '*.headers' \
	    -printf '%P\n' | sort | xargs)" = "$manifest $full" ]
	gzip -t "$files/$full"
	loc-export full -t 2023-06-15 | cmp - <(zcat "$files/$full")
	[ "$(jq -r '"\(.sha256)  -"' "$files/$manifest")" = \
	    "$(sha256sum <"$files/$full")" ]
	jq -e '.file == "'$full'" and .kind == "full" and .rows == 3 and
	    .time == "2023-06-15T00:00:00Z" and
	    .from == "2022-06-15T00:00:00Z" and (has("to") | not) and
	    .bytes == '"$(wc -c <"$files/$full")"' and
	    .radio == {GSM: 1, UMTS: 1, LTE: 1} and
	    .mcc == {"208": 1, "234": 2} and (has("previous") | not)' \
	    "$files/$manifest"
	[ "$(mark full)" = 2023-06-15T00:00:00 ]
	run -0 loc-export full -Nvt 2023-06-16 -o "$url"
	[[ "$output" =~ ^loc-export:\ "$url"/MLS-full-.*:\ 4\ cells,\ [0-9]+\ bytes$ ]]
	jq -e '.mcc == {"208": 2, "234": 2} and
	    .previous == {manifest: "'$manifest'", rows: 3,
	    radio: {GSM: 1, UMTS: 1, LTE: 1}, mcc: {"208": 1, "234": 2}}' \
	    "$files/${manifest/15T/16T}"
	[ "$(find . -name '.*' -type f)" = '' ]
}

@test "a directory gets a file with its manifest" {
	url=$PWD/pub/export
	publishes pub/export
	# An empty database has a file, too.
	loc_sql 'DELETE FROM cell_gsm'
	loc_sql 'DELETE FROM cell_wcdma'
	loc_sql 'DELETE FROM cell_lte'
	loc-export full -t 2023-06-17 -o "$url"
	[ "$(zcat pub/export/MLS-full*17T*)" = "$head"$'\r' ]
}

@test "a bucket gets a file with its manifest" {
	loc_s3_start assets
	url=s3://assets/export
	publishes s3/assets/export
	[ "$(cat s3/assets/export/$full.meta)" = 'application/gzip None None' ]
	[ "$(cat s3/assets/export/$manifest.meta)" = \
	    'application/json None None' ]
}

@test "assets: is the place that the settings name" {
	cells '2023-06-14 10:30:00Z'
	run -78 loc-export full -t 2023-06-15 -o assets:export
	run -0 loc-export full -pt 2023-06-15
	[ -z "$output" ]
	[ -z "$(mark full)" ]
	printf '[assets]\nbucket = %s\n' "$PWD/assets" >>"$LOC_CONF"
	loc-export full -t 2023-06-15 -o assets:export
	[ -e assets/export/$full ]
	rm -r assets
	loc-export full -pqt 2023-06-15
	[ -e assets/export/$full ]
}

# hours: those of which there are files, and what each has
hours() {
	for f in pub/MLS-diff*; do
		f=${f#*T}
		printf '%s:%s ' "${f:0:2}" \
		    "$(zcat "pub/MLS-diff-cell-export-2023-06-15T$f" | wc -l)"
	done
}

@test "missed hours are caught up, each in a file of its own" {
	cells '2023-06-15 08:30:00Z'
	loc-export diff -t 2023-06-15T09:03:00 -o pub
	[ "$(hours)" = '09:4 ' ]
	[ "$(mark diff)" = 2023-06-15T09:00:00 ]
	modified '2023-06-15 10:30'
	loc_sql "UPDATE cell_gsm SET modified = '2023-06-15 12:59:59'"
	loc-export diff -t 2023-06-15T13:03:00 -o pub
	[ "$(hours)" = '09:4 10:1 11:2 12:1 13:2 ' ]
	jq -e '.kind == "diff" and .from == "2023-06-15T12:00:00Z" and
	    .to == "2023-06-15T13:00:00Z" and .previous.rows == 0' \
	    pub/MLS-cell-export-2023-06-15T130000.diff.json
	# An hour that was asked for is made again; the mark stays.
	rm pub/MLS-diff*T11* pub/MLS-diff*T12*
	loc-export diff -t 2023-06-15T11:03:00 -o pub
	[ "$(hours)" = '09:4 10:1 11:2 13:2 ' ]
	[ "$(mark diff)" = 2023-06-15T13:00:00 ]
	# Beyond the bound hours are given up.
	printf '[export]\ncatch_up_hours = 2\n' >>"$LOC_CONF"
	run -0 loc-export diff -t 2023-06-15T18:03:00 -o pub
	[ "$output" = 'loc-export: 3 hours are too long ago and left to the full export' ]
	[ "$(hours)" = '09:4 10:1 11:2 13:2 17:1 18:1 ' ]
}

@test "the last hour is exported once" {
	loc-export diff -o pub
	[ "$(find pub -name '*.csv.gz' | wc -l)" = 1 ]
	mark=$(loc_sql "SELECT value FROM loc_mark WHERE name = 'export.diff'")
	rm pub/*
	loc-export diff -o pub
	# Unless an hour has ended meanwhile.
	[ "$(find pub -type f)" = '' ] || [ "$mark" != "$(loc_sql "SELECT value
	    FROM loc_mark WHERE name = 'export.diff'")" ]
	run -64 loc-export diff -o pub -t 2100-01-01
	[ "$output" = 'loc-export: -t: that time has not come' ]
	loc_sql "UPDATE loc_mark SET value = 'soon' WHERE name = 'export.diff'"
	run -0 loc-export diff -o pub
	[ "$output" = 'loc-export: mark export.diff: expected a time, not "soon"' ]
	[ -n "$(find pub -name '*.csv.gz')" ]
	# The clock of the server was wrong: no hour may be lost for that.
	for kind in diff full; do
		rm pub/*
		loc_sql "REPLACE INTO loc_mark VALUES ('export.$kind',
		    '2100-01-01T00:00:00', UTC_TIMESTAMP())"
		run -0 loc-export $kind -o pub
		[ "$output" = "loc-export: mark export.$kind: 2100-01-01T00:00:00 has not come" ]
		[ -n "$(find pub -name '*.csv.gz')" ]
		run -0 loc-export $kind -o pub
		[ -z "$output" ]
	done
}

@test "a file with far fewer cells is kept aside" {
	printf '[export]\nmax_fall = 20\nmin_cells = 50\n' >>"$LOC_CONF"
	many gsm 0 262 100
	many gsm 0 208 10
	many lte 3 262 60
	loc-export full -t 2023-06-15 -o pub
	loc_sql 'DELETE FROM cell_gsm WHERE mcc = 208 OR cid <= 10'
	run -0 loc-export full -t 2023-06-16 -o pub
	[ -z "$output" ]
	loc_sql 'DELETE FROM cell_gsm WHERE cid <= 26'
	loc_sql 'DELETE FROM cell_lte WHERE cid <= 20'
	cp -a pub before
	run -1 loc-export full -t 2023-06-17 -o pub
	name=MLS-full-cell-export-2023-06-17T000000.csv.gz
	[ "$output" = "loc-export: $name: all cells fell from 150 to 114
loc-export: $name: cells of LTE fell from 60 to 40
loc-export: $name: MCC 262 (DE) fell from 150 to 114
loc-export: $name is not published; it is kept as pub/held/MLS-cell-export-2023-06-17T000000.full.csv.gz, and -F would publish it" ]
	diff -r -x held before pub
	[ "$(zcat pub/held/MLS-cell*17T*.csv.gz | wc -l)" = 115 ]
	jq -e '.held == [{before: 150, now: 114}, {radio: "LTE", before: 60,
	    now: 40}, {mcc: 262, before: 150, now: 114}] and
	    .previous.manifest == "MLS-cell-export-2023-06-16T000000.full.json"' \
	    pub/held/MLS-cell-export-2023-06-17T000000.full.json
	[ "$(mark full)" = 2023-06-16T00:00:00 ]
	run -0 loc-export full -Ft 2023-06-17 -o pub
	[ -z "$output" ]
	[ "$(zcat pub/$name | wc -l)" = 115 ]
	[ "$(find pub/held -type f)" = '' ]
	# What changes within an hour is not compared.
	loc-export diff -t 2023-06-14T02:00:00 -o pub
	loc-export diff -t 2023-06-14T03:00:00 -o pub
}

@test "a manifest that is none is told, and not compared with" {
	many gsm 0 262 3000
	loc-export full -t 2023-06-15 -o pub
	loc_sql 'DELETE FROM cell_gsm WHERE cid > 10'
	for text in '' '[]' '{"rows":-1,"radio":{},"mcc":{}}' \
	    '{"rows":1,"radio":{},"mcc":{"262":"many"}}' \
	    '{"rows":1,"radio":[],"mcc":{}}'; do
		echo "$text" >pub/$manifest
		run -0 loc-export full -t 2023-06-16 -o pub
		[ "$output" = "loc-export: pub/$manifest: no manifest; nothing is compared with it" ]
		rm pub/*16T*
	done
	head -c 2000000 /dev/zero >pub/$manifest
	run -0 loc-export full -t 2023-06-16 -o pub
}

# bats test_tags=mysql
@test "importing an export gives the same cells, and these the same file" {
	cells '2023-06-14 10:30:00Z'
	{
		cat fixture
		echo 'LTE,724,1,5,268435454,503,-180,-85.05,100000,4294967295,1,0,1686700800,'
		echo 'LTE,505,1,65533,1,0,180,85.0510000,0,0,1,,1686700801,'
		echo 'UMTS,310,999,1,65536,511,-0.0000001,0.0000001,1,1,1,1,1686700802,'
		echo 'GSM,208,0,1,65534,,0.0000001,-0.0000001,1,1,1,1,1686700803,'
		echo 'NR,310,1,16777213,1,1007,-1,-1,1,1,1,1,1686700804,'
	} >all
	loc-import -q all >/dev/null
	loc-export full -Nt 2023-06-15 >one
	[ "$(wc -l <one)" = 10 ]
	sed -i "s#/$LOC_DB?#/${LOC_DB}_again?#" "$LOC_CONF"
	loc-db init
	loc-import -q one >/dev/null
	loc-export full -Nt 2023-06-15 >two
	cmp one two
	for t in gsm wcdma lte nr; do
		from="FROM cell_$t c JOIN ${LOC_DB}_again.cell_$t d
		    USING (cellid)"
		[ "$(loc_sql "SELECT COUNT(*) $from WHERE c.lat = d.lat AND
		    c.lon = d.lon AND c.psc <=> d.psc AND c.radius = d.radius
		    AND c.samples = d.samples AND c.created <=> d.created AND
		    c.modified = d.modified AND c.mcc = d.mcc AND
		    c.cid = d.cid")" = \
		    "$(loc_sql "SELECT COUNT(*) FROM cell_$t")" ]
	done
	loc_sql "DROP DATABASE ${LOC_DB}_again"
}

@test "all tables are of the same moment" {
	many gsm 0 262 50000
	many lte 3 262 10
	loc-export full -t 2023-06-15 | {
		read -r line
		echo "$line"
		many lte 3 262 10 11
		many gsm 0 262 10 50001
		cat
	} >out
	[ "$(wc -l <out)" = 50011 ]
	[ "$(loc-export full -t 2023-06-15 | wc -l)" = 50031 ]
}

@test "formats for who draws" {
	cells '2023-06-14 10:30:00Z'
	loc-export full -Nt 2023-06-15 -f jsonl >out
	[ "$(sed -n '1p;2p' out)" = '{"lat":51.5,"lon":-0.1,"radio":"gsm","mcc":234,"mnc":30,"lac":1,"cid":2,"radius":0,"samples":1,"created":1686738600000,"updated":1686738600000}
{"lat":-33.5,"lon":151.0000001,"radio":"wcdma","mcc":234,"mnc":30,"lac":1,"cid":1,"psc":100,"radius":0,"samples":1,"updated":1686738600000}' ]
	[ "$(wc -l <out)" = 4 ]
	loc-export full -Nt 2023-06-15 -f geojson cells.geojson
	jq -e '.type == "FeatureCollection" and (.features | length) == 4 and
	    .features[3] == {type: "Feature", geometry: {type: "Point",
	    coordinates: [2.5, 48.9]}, properties: {radio: "nr", mcc: 208,
	    mnc: 1, lac: 70000, cid: 68719476735, psc: 900, radius: 0,
	    samples: 0, created: 1686738600000, updated: 1686738600000}}' \
	    cells.geojson
	loc-export full -t 2090-01-01 -f geojson | jq -e '.features == []'
	[ "$(loc-export full -t 2090-01-01 -f jsonl | wc -c)" = 0 ]
	loc-export full -Nt 2023-06-15 -f sqlite cells.db
	loc-export full -Nt 2023-06-15 -f sqlite >piped.db
	cmp cells.db piped.db
	loc-export diff -t 2023-06-14T11:00:00 -f sqlite cells.db.gz
	gzip -dc cells.db.gz >few.db
	python3 - <<-END
	import sqlite3
	db = sqlite3.connect("cells.db")
	assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
	assert db.execute("SELECT * FROM cell ORDER BY cid").fetchall()[0] == (
	    "wcdma", 234, 30, 1, 1, 100, -33.5, 151.0000001, 0, 1, None,
	    1686738600)
	assert db.execute("SELECT COUNT(*) FROM cell").fetchone() == (4,)
	assert "cell_position" in str(db.execute("EXPLAIN QUERY PLAN SELECT *"
	    " FROM cell WHERE lat BETWEEN 1 AND 2").fetchall())
	assert sqlite3.connect("few.db").execute("SELECT COUNT(*) FROM cell"
	    ).fetchone() == (3,)
	END
	[ "$(find . -name 'loc-export.*')" = '' ]
	# A file that is there is replaced as a whole, or stays.
	run -74 bash -c "trap '' XFSZ; ulimit -f 8
	    loc-export full -Nt 2023-06-15 -f sqlite cells.db"
	cmp cells.db piped.db
}

wifi='mac,lat,lon,max_lat,min_lat,max_lon,min_lon,radius,region,samples,source,weight,created,modified,last_seen,block_first,block_last,block_count'

@test "dumps: all columns of all shards" {
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    source, weight, created, modified, last_seen, block_count) VALUES
	    (x'a82066123456', 51.5, -0.1, 10, 1, 9, 1.25, '2023-06-14 12:00',
	    '2023-06-14 12:00', '2023-06-14', 0)"
	loc_sql "INSERT INTO wifi_shard_0 (mac, block_first, region) VALUES
	    (x'0000000000ff', '2023-06-14', 'GB')"
	line=a82066123456,51.5000000,-0.1000000,,,,,10,,1,9,1.25,1686744000,1686744000,1686700800,,,0
	run -0 loc-export dump wifi
	[ "$output" = "$wifi
0000000000ff,,,,,,,0,GB,0,,0,,,,1686700800,,0
$line" ]
	loc-export dump wifi out
	[ "$(stat -c %a out)" = 640 ]
	[ "$(gzip -dc out)" = "$output" ]
	run -1 loc-export dump wifi out
	[ "$output" = 'loc-export: out: exists already' ]
	[ "$(loc-export dump blue)" = "$wifi" ]
	# The box of (51.5, -0.1, 25000) has 51.27529 to 51.7247 and
	# -0.46002 to 0.26002, which belong to it.
	for at in '51.27529,-0.1 3' '51.27528,-0.1 2' '51.7247,-0.1 3' \
	    '51.72471,-0.1 2' '51.5,-0.46002 3' '51.5,-0.46003 2' \
	    '51.5,0.26002 3' '51.5,0.26003 2'; do
		loc_sql "REPLACE INTO wifi_shard_1 (mac, lat, lon) VALUES
		    (x'000010000001', ${at% *})"
		[ "$(loc-export dump wifi -a 51.5,-0.1,25000 | wc -l)" = \
		    "${at#* }" ]
	done
	[ "$(loc-export dump -a 51.5,-0.1,0 wifi)" = "$wifi
$line" ]
}

@test "dumps of cells" {
	cells '2023-06-14 10:30:00Z'
	run -0 loc-export dump cell
	[ "$output" = "radio,mcc,mnc,lac,cid,psc,${wifi#*,}
GSM,234,30,1,2,,51.5000000,-0.1000000,51.5000000,51.5000000,-0.1000000,-0.1000000,0,GB,1,,0,1686738600,1686738600,,,,0
WCDMA,234,30,1,1,100,-33.5000000,151.0000001,-33.5000000,-33.5000000,151.0000001,151.0000001,0,,1,,0,,1686738600,,,,0
LTE,208,1,5,77,5,48.8000000,2.2500000,48.8000000,48.8000000,2.2500000,2.2500000,1500,FR,64,,0,1686738600,1686738600,,,,0" ]
	[ "$(loc-export dump cell -N | tail -1 | cut -d, -f1-6)" = \
	    NR,208,1,70000,68719476735,900 ]
}

@test "killed at any step: the old or the new, and the next run finishes" {
	shim=$(dirname "$(command -v loc-export)")/shims/fault.so
	loc-export full -t 2023-06-14 -o pub
	many lte 3 262 3
	loc-export full -t 2023-06-15 | gzip -dcf >want
	cp -a pub old
	for ((n = 1; n < 200; n += 2)); do
		rm -rf pub
		cp -a old pub
		rc=0
		LD_PRELOAD=$shim FAULT_KILL_AT=$n loc-export full \
		    -t 2023-06-15 -o pub 2>/dev/null || rc=$?
		[ "$rc" != 0 ] || break
		[ "$rc" = 137 ]
		[ ! -e pub/$full ] || zcat pub/$full | cmp want -
		[ ! -e pub/$manifest ] || [ -e pub/$full ]
	done
	[ "$n" -gt 10 ]
	[ "$n" -lt 200 ]
	for n in 1 5 "$((n - 2))"; do
		loc_sql "DELETE FROM loc_mark"
		LD_PRELOAD=$shim FAULT_KILL_AT=$n loc-export full \
		    -t 2023-06-15 -o pub 2>/dev/null || true
		loc-export full -t 2023-06-15 -o pub
		zcat pub/$full | cmp want -
		[ "$(mark full)" = 2023-06-15T00:00:00 ]
		[ "$(find . -name 'loc-export.*' -o -name '.MLS*')" = '' ]
	done
}

@test "buckets that fail" {
	loc_s3_start assets
	cells '2023-06-14 10:30:00Z'
	printf '%s\n' 'PUT .*full-cell 503' 'PUT .*full-cell cut' \
	    'GET .*prefix 500' 'PUT .*full.json error' >s3/faults
	loc-export full -t 2023-06-15 -o s3://assets/export
	zcat s3/assets/export/$full | cmp - <(loc-export full -t 2023-06-15)
	[ ! -s s3/faults ]
	loc_sql 'DELETE FROM loc_mark'
	echo 403 >s3/always
	run -73 loc-export full -t 2023-06-15 -o s3://assets/export
	[[ "$output" == 'loc-export: '*403* ]]
	rm s3/always
	echo 'PUT .*16T.*full.json 403' >s3/faults
	run -73 loc-export full -t 2023-06-16 -o s3://assets/export
	[ -z "$(mark full)" ]
	loc-export full -t 2023-06-16 -o s3://assets/export
	[ -n "$(mark full)" ]
	kill "$S3_PID"
	sed -i 's|^endpoint = .*|endpoint = http://127.0.0.1:1|' "$LOC_CONF"
	run -75 loc-export full -t 2023-06-16 -o s3://assets/export
	run -78 loc-export full -o ftp://host
}

@test "a signal stops it, and nothing is stored" {
	loc_s3_start assets
	cells '2023-06-14 10:30:00Z'
	echo 'GET .*prefix hang' >s3/faults
	loc-export full -t 2023-06-15 -o s3://assets/export 2>err 3>&- &
	pid=$!
	until_true grep -q prefix s3/log
	kill $pid
	rc=0
	wait $pid || rc=$?
	[ "$rc" = 75 ]
	grep -q stopped err
	[ "$(find s3/assets -type f)" = '' ]
	loc-export full -t 2023-06-15 -o s3://assets/export
}

@test "full disks" {
	many gsm 0 262 5000
	run -74 bash -c 'loc-export full -t 2023-06-15 >/dev/full'
	[ "$output" = 'loc-export: stdout: No space left on device' ]
	loc-export full -t 2023-06-14 cells.csv
	cp cells.csv before
	for args in "cells.csv" "-o pub"; do
		run -74 bash -c "trap '' XFSZ; ulimit -f 8
		    loc-export full -t 2023-06-15 $args"
		[[ "$output" == *'File too large' ]]
	done
	cmp before cells.csv
	[ "$(find pub -type f)" = '' ]
	run -73 loc-export full -t 2023-06-15 /dev/null/cells
	mkfifo pipe
	run -73 loc-export full -t 2023-06-15 pipe
	[ "$output" = 'loc-export: pipe: Operation not supported' ]
	[ -p pipe ]
	TMPDIR=$PWD/none run -73 loc-export full -t 2023-06-15 -o pub
}

@test "one at a time" {
	loc_sql "INSERT INTO loc_lease VALUES ('export.full', REPEAT('x', 16),
	    REPEAT('n', 16), 1, UTC_TIMESTAMP() + INTERVAL 60 SECOND)"
	run -75 loc-export full -o pub
	[ "$output" = 'loc-export: another one is at it' ]
	loc-export diff -o pub
	loc_sql 'UPDATE loc_lease SET until = UTC_TIMESTAMP()'
	loc-export full -o pub
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_lease')" = 0 ]
}

# $1 was stopped for so long that another has the lease, and goes on.
overtaken() {
	until_true stopped "$1"
	sleep 15
	loc_sql "UPDATE loc_lease SET holder = REPEAT('x', 16)"
	kill -CONT "$1"
}

stopped() {
	[ "$(ps -o stat= -p "$1" | cut -c 1)" = T ]
}

@test "who was stopped publishes nothing when another is at it" {
	cells '2023-06-14 10:30:00Z'
	LD_PRELOAD=$(dirname "$(command -v loc-export)")/shims/fault.so \
	    FAULT_STOP_AT=mkdir loc-export full -o pub 2>err 3>&- &
	overtaken "$!"
	rc=0
	wait "$!" || rc=$?
	[ "$rc" = 75 ]
	grep -q 'the lease "export.full" is lost' err
	[ -z "$(find pub -type f)" ]
	[ "$(loc_sql "SELECT COUNT(*) FROM loc_mark
	    WHERE name = 'export.full'")" = 0 ]
}

@test "a replica that lags is waited for" {
	cells '2023-06-14 10:30:00Z'
	loc_sql "CREATE DATABASE ${LOC_DB}_replica"
	sed -i "/^ro_url/s#/$LOC_DB?#/${LOC_DB}_replica?#" "$LOC_CONF"
	loc_sql "CREATE TABLE ${LOC_DB}_replica.loc_mark LIKE loc_mark"
	loc-export diff -t 2023-06-14T11:00:00 -o pub 2>err 3>&- &
	pid=$!
	has_begun() { [ -n "$(mark begun)" ]; }
	until_true has_begun
	kill $pid
	rc=0
	wait $pid || rc=$?
	[ "$rc" = 75 ]
	grep -q 'its replication may lag' err
	loc_sql "DROP DATABASE ${LOC_DB}_replica"
}

@test "usage" {
	for args in '' 'full a b' 'dump' 'dump wifi a b' 'dump wifi -o pub' \
	    'dump wifi -t 2023-06-15' 'full -o pub file' 'full -o pub -p' \
	    'full -o pub -f jsonl' 'full -F' 'full -a 1,2,3' 'foo' \
	    'full -f xml' 'dump foo' 'full -t yesterday' 'full -t 2023-13-01' \
	    'dump -a 1,2 wifi' 'dump -a 1,2,3,4 wifi' 'dump -a 1,2,x wifi' \
	    'dump -a 91,0,1 wifi' 'dump -a 0,0,1e9 wifi' 'dump -a ,, wifi'; do
		# shellcheck disable=SC2086 # words
		run -64 loc-export $args
	done
	[ "$output" = 'loc-export: -a ,,: expected latitude,longitude,metres' ]
}
