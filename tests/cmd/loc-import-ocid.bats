#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-import -O against a server like OpenCellID's.

# shellcheck disable=SC2030,SC2031	# of each test
bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir srv
	"$LOC_TOP/tests/cmd/ocid-server.py" srv 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
	until_true test -s srv/port
	url=http://127.0.0.1:$(cat srv/port)
	key=pk.0123456789abcdef
}

teardown() {
	loc_stop
}

settings() {	# URL [LINE ...]
	sed -i '/^\[import:ocid\]/,$d' "$LOC_CONF"
	printf '[import:ocid]\nurl = %s\n' "$1" >>"$LOC_CONF"
	shift
	printf '%s\n' "$@" >>"$LOC_CONF"
	chmod 600 "$LOC_CONF"
}

# file NAME CELL: a file with one cell
file() {
	{
		echo 'radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal'
		echo "GSM,208,10,30014,$2,,2.5,46.5,0,78,1,1566307030,1570119413,"
	} | gzip >"srv/$1"
}

hour() {	# AGO: the name of the file of that many hours ago
	date -u -d "$1 hours ago" +cell_towers_diff-%Y%m%d%H.csv.gz
}

day() {		# AGO
	date -u -d "$1 days ago" +OCID-diff-cell-export-%Y-%m-%d-T000000.csv.gz
}

got() {		# NAME ...: these were asked for since last time
	printf '%s\n' "$@" | diff - srv/got
	rm srv/got
}

cells() {
	loc_sql 'SELECT cid FROM cell_gsm ORDER BY cid' | tr '\n' ' '
}

# Not within a minute before the hour, which the names are made of.
not_now() {
	while [ "$(date +%M%S)" -ge 5930 ]; do sleep 1; done
}

@test "a page of 2016: all cells, then hour by hour, and hours that were missed" {
	not_now
	settings "$url/page/" "apikey = $key"
	file cell_towers.csv.gz 1
	touch -d '2 hours ago' srv/cell_towers.csv.gz
	file "$(hour 2)" 2
	file "$(hour 1)" 3
	run -0 loc-import -n -O
	[ "${lines[0]}" = '{"fetch":"cell_towers.csv.gz"}' ]
	[ "$(cells)" = '' ]
	run -0 loc-import -O
	[ "${#lines[@]}" = 3 ]
	[ "${lines[0]}" = '{"file":"cell_towers.csv.gz","read":1,"inserted":1,"updated":0,"unchanged":0,"refused":{}}' ]
	[ "$(cells)" = '1 2 3 ' ]
	got cell_towers.csv.gz "$(hour 2)" "$(hour 1)"
	[ "$(loc_sql 'SELECT gsm FROM region_stat')" = 3 ]
	[ "$(loc_sql 'SELECT num_cells FROM cell_area')" = 3 ]
	[ "$(loc_sql 'SELECT value FROM loc_mark WHERE name = "ocid"')" = \
	    "$(date -u '+%Y-%m-%d %H:00:00')" ]
	# A file of theirs that is imported by hand is another matter.
	loc-import -s ocid "srv/$(hour 1)"
	run -0 loc-import -O
	[ -z "$output" ]
	[ ! -e srv/got ]
	# three hours later
	loc_sql 'UPDATE loc_mark SET value = value - INTERVAL 3 HOUR
	    WHERE name = "ocid"'
	file "$(hour 3)" 4
	rm "srv/$(hour 1)"
	run -0 loc-import -O
	got "$(hour 3)" "$(hour 2)" "$(hour 1)"
	[ "$(cells)" = '1 2 3 4 ' ]
	# what was not there yet is, now
	file "$(hour 1)" 5
	run -0 loc-import -O
	got "$(hour 1)"
	[ "$(cells)" = '1 2 3 4 5 ' ]
	# two days later
	loc_sql 'UPDATE loc_mark SET value = value - INTERVAL 2 DAY
	    WHERE name = "ocid"'
	touch srv/cell_towers.csv.gz
	run -0 loc-import -O
	got cell_towers.csv.gz
}

@test "OpenCellID: all cells, then day by day; the key in a file" {
	not_now
	echo "$key" >key; chmod 600 key
	settings "$url/ocid/downloads" "apikey_file = $PWD/key"
	file cell_towers.csv.gz 1
	touch -d '23 hours ago' srv/cell_towers.csv.gz
	file "$(day 0)" 2
	run -0 loc-import -O
	[ "$(cells)" = '1 2 ' ] || [ "$(date -u +%H)" = 23 ]
	loc_sql "UPDATE loc_mark SET value = '$(date -ud '2 days ago' +%F) 00:00:00'"
	rm srv/got
	file "$(day 1)" 3
	run -0 loc-import -O
	got "diff/$(day 1)" "diff/$(day 0)"
	[ "$(cells)" = '1 2 3 ' ]
	# an older one is gone: all cells, in which its are
	loc_sql "UPDATE loc_mark SET value = '$(date -ud '3 days ago' +%F) 00:00:00'"
	touch srv/cell_towers.csv.gz
	run -0 loc-import -O
	[[ "${lines[0]}" == "loc-import: $(day 2): the service has no such file (any more)" ]]
	got "diff/$(day 2)" full/cell_towers.csv.gz
}

@test "countries, each from its own file, once a day" {
	settings "$url/ocid/downloads" "apikey = $key" 'mcc = 208 262 202'
	file 208.csv.gz 1
	file 202.csv.gz 2
	run -66 loc-import -O
	[[ "$output" == *'262.csv.gz: the service has no such file'* ]]
	got mcc/208.csv.gz mcc/262.csv.gz mcc/202.csv.gz
	[ "$(cells)" = '1 2 ' ]
	file 262.csv.gz 3
	run -0 loc-import -O
	got mcc/262.csv.gz
	settings "$url/ocid/downloads" "apikey = $key" 'mcc = FR'
	run -78 loc-import -O
	[[ "$output" == *'[import:ocid] mcc: expected mobile country codes'* ]]
}

# refused STATUS TEXT: it fails like that, and nothing is imported or lost
refused() {
	run "-$1" loc-import -O
	[[ "$output" == *"loc-import: cell_towers.csv.gz: "*"$2"* ]]
	[[ "$output" != *"${key#pk.}"* ]]
	[ "$(cells)" = '' ]
	[ -z "$(loc_sql 'SELECT name FROM loc_mark')" ]
	[ -z "$(ls -A tmp)" ]
}

@test "what is no file of cells is an error in words, and nothing is imported" {
	mkdir tmp
	export TMPDIR=$PWD/tmp
	settings "$url/ocid/downloads" "apikey = $key"
	full=srv/cell_towers.csv.gz
	refused 66 'the service has no such file'
	printf '200\n{"error":"RATE_LIMITED","key":"%s"}' "$key" >$full.answer
	refused 75 'lets this key fetch no more for now: {"error":"RATE_LIMITED","key":"*"}'
	printf '429\nslow down' >$full.answer
	refused 75 'no more for now: answered 429: slow down'
	printf '200\n<html><body>Maintenance</body></html>' >$full.answer
	refused 65 'expected a gzip file: <html><body>Maintenance'
	printf '503\nsorry' >$full.answer
	refused 75 'answered 503: sorry'
	printf '403\n' >$full.answer
	refused 77 'the service refuses the key: answered 403'
	file cell_towers.csv.gz 1
	(echo 200; head -c 60 $full) >$full.answer
	refused 65 'compressed data ends early'
	(echo cut; cat $full) >$full.answer
	refused 75 ''
	(echo 200; echo '<html>' | gzip) >$full.answer
	refused 65 'not cell CSV, nothing imported'
	rm $full.answer
	settings "$url/ocid/downloads" 'apikey = pk.wrong'
	refused 77 'the service refuses the key: {"error":"INVALID_TOKEN *"}'
	settings http://127.0.0.1:1/ "apikey = $key"
	refused 75 ''
	# and once all is well
	settings "$url/ocid/downloads" "apikey = $key"
	run -0 loc-import -qO
	[ "$(cells)" = '1 ' ]
}

@test "wrong settings" {
	run -78 loc-import -O
	[[ "$output" == *'[import:ocid] url'* ]]
	settings "$url/page/"
	run -78 loc-import -O
	[[ "$output" == *'[import:ocid] apikey'* ]]
	settings "$url/page/" 'apikey = a b&c'
	run -78 loc-import -O
	[[ "$output" == *'expected a key of letters'* && "$output" != *'b&c'* ]]
	settings "$url/page/" 'apikey_file = /nonexistent'
	run -78 loc-import -O
	[[ "$output" == *'/nonexistent: '* ]]
	run -64 loc-import -O file
}

@test "one at a time, and what was killed is fetched again" {
	settings "$url/ocid/downloads" "apikey = $key"
	file cell_towers.csv.gz 1
	touch srv/cell_towers.csv.gz
	printf 'hang\n' >srv/cell_towers.csv.gz.answer
	loc-import -O 3>&- &
	pid=$!
	until_true test -e srv/got
	run -0 loc-import -vO
	[ "$output" = 'loc-import: another one is fetching OpenCellID'"'"'s files' ]
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = 'loc-import -O ' ]
	kill -9 $pid
	wait $pid || true
	rm srv/cell_towers.csv.gz.answer
	[ "$(cells)" = '' ]
	until_true not_locked
	run -0 loc-import -O
	[ "$(cells)" = '1 ' ]
}

# The server has noticed that the connection is gone.
not_locked() {
	[ "$(loc_sql "SELECT IS_FREE_LOCK(CONCAT('loc-stats.import-ocid.',
	    MD5(DATABASE())))")" = 1 ]
}
