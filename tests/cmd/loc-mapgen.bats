#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

# bats sets $stderr.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone </dev/null
}

teardown() {
	loc_stop
}

# field NAME: of the results that the last run printed
field() {
	jq ".$1" out
}

# files DIR: the tiles there
files() {
	(cd "$1" && find . -name '*.png' | sort | xargs)
}

@test "a point becomes tiles of all zooms, and an overview" {
	echo 51.500327,-0.099933 | loc-mapgen -o map -z 2 - >out
	[ "$(files map)" = './0/0/0.png ./0/0/0@2x.png ./1/0/0.png ./2/1/1.png' ]
	[ "$(field tile_count)" = 4 ]
	[ "$(field row_count)" = 1 ]
	cmp out map/data.json
	jq -e '.updated | test("^20..-..-..T..:..:..[+]00:00$")' out
	file=$(head -c 8 map/0/0/0.png | od -An -tx1 | tr -d ' \n')
	[ "$file" = 89504e470d0a1a0a ]
	[ "$(stat -c %a map/0/0/0.png map/data.json map/0 | xargs)" = \
	    '644 644 755' ]
	[ "$(find map -name '.*')" = '' ]
	echo 51.5,0 | loc-mapgen -o deep/er/map - >out
	[ "$(find deep/er/map -name '*.png' | wc -l)" = 13 ]
}

# bats test_tags=plain
@test "pictures look like the reference's" {
	require_shared reference/tiles/tiles.tar.xz
	reference=$LOC_SHARED/reference/tiles
	loc-mapgen -o map "$reference/points.csv.gz" >out
	[ "$(field row_count)" = 100000 ]
	[ "$(field tile_count)" = 8011 ]
	run -0 python3 "$reference/compare_tiles.py" --max-bytes 1.01 \
	    --max-mean 4 map "$reference/tiles.tar.xz"
	# In little memory it is the same map.
	gzip -dc "$reference/points.csv.gz" |
	    loc-mapgen -u -m 1 -P 3 -o map - >out
	[ "$(field intermediate_quadtree_count)" = 2 ]
	[ "$(field tiles_unchanged)" = 8011 ]
	[ "$(field tile_changed)" = 0 ]
}

@test "lines that are no points are named and counted" {
	cat >points <<-END
	lat,lon
	# a note

	51.5,-0.1
	 10 ; 20
	10 20
	1,2,3
	lat,lon
	85.0511,179.999999
	85.0512,0
	0,180
	0,-180
	nan,nan
	1e400,0
	END
	printf '1,\xff\n5.5,6.5' >>points
	run -65 --separate-stderr loc-mapgen -z 0 -o map points
	echo "$output" >out
	[ "$(field row_count)" = 4 ]
	[ "$stderr" = 'loc-mapgen: points:5: expected LAT,LON
loc-mapgen: points:7: expected LAT,LON
loc-mapgen: points:8: expected LAT,LON
loc-mapgen: points:10: not on the map: 85.0512,0
loc-mapgen: points:11: not on the map: 0,180
loc-mapgen: points:12: not on the map: 0,-180
loc-mapgen: points:13: expected LAT,LON
loc-mapgen: points:14: not on the map: 1e400,0
loc-mapgen: points:15: expected LAT,LON
loc-mapgen: points: 5 bad lines left out
loc-mapgen: points: 4 points left out that are not on the map: beyond latitude 85.0511 or longitude 180' ]
	# Points that are not on the map are no error.
	printf '0,180\n1,1\n' | loc-mapgen -z 0 -o other - >out
	# Only some are named, or all.
	seq -f bad%g 50 >many
	echo 1,1 >>many
	run -65 --separate-stderr loc-mapgen -z 0 -o a many
	[ "${#stderr_lines[@]}" = 11 ]
	run -65 --separate-stderr loc-mapgen -v -z 0 -o b many
	[ "${#stderr_lines[@]}" = 51 ]
}

@test "without points nothing is written, and the old map stays" {
	echo 1,1 | loc-mapgen -z 1 -o map - >out
	cp -r map old
	: >none
	for args in '' -u; do
		run -0 --separate-stderr loc-mapgen $args -o empty \
		    -p x.pmtiles none
		[ "$output" = '' ]
		[ "$stderr" = 'loc-mapgen: there are no points, and nothing was written' ]
	done
	[ "$(files empty)" = '' ]
	[ ! -e x.pmtiles ]
	echo 0,180 | loc-mapgen -u -o map -
	diff -r old map
	# Nor from a file that is damaged, missing or none.
	seq -f '1.%g,1' 100000 | gzip | head -c 1000 >cut.gz
	run -65 loc-mapgen -u -o map cut.gz
	[[ "$output" == *cut.gz* ]]
	run -66 loc-mapgen -u -o map missing
	printf 'PK\3\4' >zip
	run -65 loc-mapgen -u -o map zip
	diff -r old map
}

@test "-u writes what changed and removes what is gone" {
	seq 1 40 | awk '{ print $1 "," $1 }' >points
	loc-mapgen -o map points >out
	[ "$(field tile_new)" = "$(field tile_count)" ]
	run -73 loc-mapgen -o map points
	[[ "$output" == *'-u brings them up to date' ]]
	find map -name '*.png' -exec touch -d 2020-01-01 {} +
	loc-mapgen -u -o map points >out
	[ "$(field tiles_unchanged)" = "$(field tile_count)" ]
	[ "$(field tile_new), $(field tile_changed), $(field tile_deleted)" = '0, 0, 0' ]
	[ "$(find map -name '*.png' -newermt 2021-01-01)" = '' ]

	# What others put there, what was killed, and what is damaged.
	echo mine >map/index.html
	echo mine >map/3/notes.png
	mkdir -p map/5/31 map/12/0 map/legend
	echo mine >map/legend/0.png
	echo x >map/5/31/31.png
	echo x >map/12/0/0.png
	echo x >map/0/0/.0.png
	echo x >map/0/0/0.png
	: >map/0/0/0@2x.png
	head -n 39 points >fewer
	echo -50,-50 >>fewer
	cp -r map before
	loc-mapgen -u -o map fewer >out
	loc-mapgen -o fresh fewer >fresh.out
	[ "$(field tile_count)" = "$(jq .tile_count fresh.out)" ]
	[ "$(field tiles_unchanged)" -gt 0 ]
	[ "$(field tile_changed)" -ge 2 ]
	[ "$(field tile_new)" -gt 5 ]
	[ "$(field tile_deleted)" -gt 5 ]
	[ "$(cat map/index.html map/3/notes.png map/legend/0.png)" = \
	    $'mine\nmine\nmine' ]
	rm -r map/index.html map/3/notes.png map/legend map/data.json \
	    fresh/data.json
	diff -r map fresh
	# A lower zoom has fewer tiles.
	loc-mapgen -u -z 3 -o map fewer >out
	[ "$(echo map/*)" = 'map/0 map/1 map/2 map/3 map/data.json' ]
}

@test "an archive that an independent reader reads" {
	seq 1 400 | awk '{ print ($1 * 7) % 80 "." $1 "," ($1 * 31) % 180 }' \
	    >points
	loc-mapgen -o map -p map.pmtiles points >out
	run -0 python3 "$LOC_TOP/tests/cmd/pmtiles-read.py" map.pmtiles map
	[ "$output" = "$(($(field tile_count) - 1)) tiles" ]
	jq -e '.tilejson == "3.0.0" and .minzoom == 0 and .maxzoom == 11 and
	    .tiles == ["pmtiles://map.pmtiles/{z}/{x}/{y}"] and
	    (.bounds | length) == 4' map.json
	[ "$(stat -c %a map.pmtiles map.json map@2x.png | xargs)" = \
	    '644 644 644' ]
	cmp map@2x.png map/0/0/0@2x.png
	# The number of threads makes no difference, nor a second run.
	cp map.pmtiles first
	loc-mapgen -P 1 -p map.pmtiles points >out
	cmp first map.pmtiles
	rm map@2x.png
	loc-mapgen -P 5 -p map.pmtiles points >out
	cmp first map.pmtiles
	cmp map@2x.png map/0/0/0@2x.png
	# One point, and a map of one tile.
	echo 1,1 | loc-mapgen -z 0 -p one.pmtiles -o one - >out
	run -0 python3 "$LOC_TOP/tests/cmd/pmtiles-read.py" one.pmtiles one
	[ "$output" = '1 tiles' ]
	# What cannot be written leaves what was there.
	run -73 loc-mapgen -p points/no.pmtiles points
	[ "$(find . -name '.*.pmtiles*')" = '' ]
}

@test "the archive is the map of many tiles, with leaf directories" {
	awk 'BEGIN { srand(1); for (i = 0; i < 20000; i++)
	    printf "%.6f,%.6f\n", rand() * 150 - 75, rand() * 360 - 180 }' \
	    </dev/null >points
	loc-mapgen -z 8 -o map -p map.pmtiles points >out
	run -0 python3 "$LOC_TOP/tests/cmd/pmtiles-read.py" map.pmtiles map
	[ "$output" = "$(($(field tile_count) - 1)) tiles" ]
}

# grid LAT LON DAYS: a cell of the data map, last heard of so long ago
grid() {
	local key table=s

	[ "$1" -lt 36000 ] || table=n
	[ "$2" -lt 5000 ] && table=${table}w || table=${table}e
	printf -v key %08x%08x $(($1 + 90000)) $(($2 + 180000))
	loc_sql "INSERT INTO datamap_$table VALUES (x'$key', CURDATE(),
	    CURDATE() - INTERVAL $3 DAY)"
}

@test "the data map of the database" {
	loc_setup
	run -0 --separate-stderr loc-mapgen -o map
	[[ "$stderr" == *'there are no points'* ]]
	grid 12345 12345 0
	grid 0 12345 -1
	grid -10000 -11000 14
	loc-mapgen -z 2 -o map >out
	[ "$(field row_count)" = 18 ]
	[ "$(field csv_count)" = 2 ]
	[ "$(field quadtree_count)" = 2 ]
	[ "$(field intermediate_quadtree_count)" = 0 ]
	[ "$(field tile_count)" = 6 ]
	grid 51500 -100 100
	grid 51501 -100 340
	grid 51502 -100 360
	loc-mapgen -u -o map >out
	[ "$(field row_count)" = 24 ]
	loc-mapgen -a 100 -z 0 -p x.pmtiles >out
	[ "$(field row_count)" = 23 ]
	loc-mapgen -a 50 -z 0 -p x.pmtiles >out
	[ "$(field row_count)" = 18 ]
}

@test "tables are read in pages, and by an account that may only read" {
	loc_setup
	loc_sql "INSERT INTO datamap_ne SELECT UNHEX(CONCAT(LPAD(HEX(126000 +
	    seq DIV 700), 8, '0'), LPAD(HEX(190000 + seq MOD 700), 8, '0'))),
	    CURDATE(), CURDATE() FROM $(loc_numbers 1 250000)"
	loc-mapgen -z 3 -o map >out
	[ "$(field row_count)" = 1500000 ]
	[ "$(field csv_count)" = 1 ]
	loc_sql "CREATE USER '$LOC_DB'@localhost; GRANT SELECT ON $LOC_DB.*
	    TO '$LOC_DB'@localhost"
	sed -i "/^ro_url/s/root@/$LOC_DB@/" "$LOC_CONF"
	loc-mapgen -u -z 3 -o map >out
	[ "$(field tiles_unchanged)" = "$(field tile_count)" ]
	loc_sql "REVOKE SELECT ON $LOC_DB.* FROM '$LOC_DB'@localhost"
	run -77 loc-mapgen -u -z 3 -o map
	loc_sql "DROP USER '$LOC_DB'@localhost"
}

# station TABLE KEY LAT LON DAYS
station() {
	loc_sql "INSERT INTO $1 SET $2, lat = $3, lon = $4,
	    modified = UTC_TIMESTAMP() - INTERVAL $5 DAY,
	    last_seen = CURDATE() - INTERVAL $5 DAY"
}

@test "layers of one kind show cells, not stations" {
	loc_setup
	station wifi_shard_1 "mac = x'000000100001'" 10.00049 20.00051 0
	station wifi_shard_2 "mac = x'000000200001'" 10.00001 20.00099 70
	station wifi_shard_2 "mac = x'000000200002'" 30.5 30.5 0
	loc_sql "INSERT INTO wifi_shard_2 SET mac = x'000000200003',
	    last_seen = CURDATE()"
	station blue_shard_0 "mac = x'000000000001'" 50.0001 8.0001 0
	station blue_shard_f "mac = x'000000f00001'" 50.0002 8.0002 0
	cell="mcc = 262, mnc = 1, lac = 1, cid = 1"
	station cell_gsm "cellid = 'aaaaaaaaaaa', radio = 0, $cell" -1 -1 0
	station cell_lte "cellid = 'bbbbbbbbbbb', radio = 3, $cell" -2 -2 200
	station cell_nr "cellid = 'ccccccccccccc', radio = 4, $cell" -3 -3 0
	# Two networks in a cell are as one that was heard when the last was.
	loc-mapgen -l wifi -z 9 -o wifi >out
	[ "$(field row_count)" = 6 ]
	[ "$(field csv_count)" = 2 ]
	grid 10000 20000 0
	loc-mapgen -z 9 -o same >out
	rm wifi/data.json same/data.json
	diff -r wifi same
	loc-mapgen -l wifi -a 60 -z 9 -o none >out
	[ ! -s out ]
	loc-mapgen -l bluetooth -p x.pmtiles >out
	[ "$(field row_count)" = 6 ]
	for layer in 'gsm 6' 'wcdma ' 'lte 3' 'nr 6' 'cell 15'; do
		loc-mapgen -l "${layer% *}" -p x.pmtiles >out
		[ "$(field row_count)" = "${layer#* }" ]
	done
}

# fake NAME: a program of that name, which notes its arguments; standard input
# has what else it does
fake() {
	{
		echo '#!/bin/sh'
		echo "echo \"$1 \$*\" >>\"\$LOG\""
		cat
	} >"fake/$1"
	chmod +x "fake/$1"
}

# fakes: all programs of datamaps, and pngquant; tiles 0/0/0 and 1/1/0
fakes() {
	export LOG=$PWD/log
	: >log
	mkdir -p fake
	fake encode <<-'END'
	[ "$1 $2" = '-z13 -o' ] && mkdir "$3" && cat >"$3/1,0"
	cat "$3/1,0" >>"$LOG.points"
	END
	fake merge <<-'END'
	while [ "$1" != -o ]; do shift; done
	mkdir "$2"
	echo merging
	END
	fake enumerate <<-'END'
	echo "shapes 0 0 0"
	[ "$2" = 0 ] || echo "shapes 1 1 0"
	END
	fake render <<-'END'
	echo "rendered $*"
	END
	fake pngquant <<-'END'
	sed 's/rendered.*shapes/shrunk/'
	END
	PATH=$PWD/fake:$PATH
}

@test "-x calls the programs of datamaps as Ichnaea did" {
	fakes
	printf '60,10\n60.5,-10\n-1,1.25\nbad\n' >points
	TMPDIR=$PWD run -65 --separate-stderr loc-mapgen -P 1 -x -z 3 -o map \
	    points
	echo "$output" >out
	[ "$stderr" = $'loc-mapgen: points:4: expected LAT,LON\nloc-mapgen: points: 1 bad lines left out' ]
	cat >want <<-'END'
	encode -z13 -o quadtrees/map_ne
	encode -z13 -o quadtrees/map_nw
	encode -z13 -o quadtrees/map_sw
	merge -u -o shapes quadtrees/map_ne quadtrees/map_nw quadtrees/map_sw
	enumerate -z 3 shapes
	render -B 12:0.0379:0.874 -c0088FF -t0 -O 16:1600:1.5 -G 0.5 shapes 0 0 0
	pngquant --speed 3 --quality 65-95 32
	render -B 12:0.0379:0.874 -c0088FF -t0 -O 16:1600:1.5 -G 0.5 shapes 1 1 0
	pngquant --speed 3 --quality 65-95 32
	enumerate -z 0 shapes
	render -B 12:0.0379:0.874 -c0088FF -t0 -O 16:1600:1.5 -G 0.5 -T 512 shapes 0 0 0
	pngquant --speed 3 --quality 65-95 32
	END
	diff want log
	[ "$(xargs <log.points)" = '60,10 60.5,-10 -1,1.25' ]
	[ "$(cat map/0/0/0.png map/1/1/0.png map/0/0/0@2x.png)" = \
	    $'shrunk 0 0 0\nshrunk 1 1 0\nshrunk 0 0 0' ]
	[ "$(field csv_count) $(field quadtree_count)" = '3 3' ]
	[ "$(field tile_count) $(field tile_new)" = '3 3' ]
	[ "$(echo loc-mapgen.*)" = 'loc-mapgen.*' ]
}

@test "-x: points of the database have six decimals" {
	loc_setup
	cd "$BATS_TEST_TMPDIR"
	fakes
	grid 51500 -100 110
	grid 0 0 285
	loc-mapgen -x -q -o map >out
	[ "$(sort log.points | xargs)" = '0.000822,0.000337 51.500152,-0.099486 51.500327,-0.099933 51.500408,-0.099909 51.500973,-0.099549' ]
	[ "$(field row_count)" = 5 ]
}

@test "-x looks at the status of each program" {
	fakes
	echo 1,1 >points
	# Too little quality: the picture stays as it is.
	echo 'exit 99' | fake pngquant
	loc-mapgen -x -z 1 -o map points >out
	[ "$(cat map/1/1/0.png)" = 'rendered -B 12:0.0379:0.874 -c0088FF -t0 -O 16:1600:1.5 -G 0.5 shapes 1 1 0' ]
	cp -r map old
	for program in encode merge enumerate render pngquant; do
		fakes
		echo 'exit 3' | fake "$program"
		run -69 loc-mapgen -x -u -z 1 -o map points
		[[ "$output" == *"loc-mapgen: $program: failed with status 3"* ]]
	done
	fakes
	echo 'kill -9 $$' | fake render
	run -69 loc-mapgen -x -u -z 1 -o map points
	[[ "$output" == *'render: ended by signal 9'* ]]
	fakes
	: | fake render
	run -69 loc-mapgen -x -u -z 1 -o map points
	rm fake/render
	PATH=$PWD/fake:${PATH#*:} run -69 loc-mapgen -x -u -z 1 -o map points
	diff -r old map
	run -64 loc-mapgen -x -p x.pmtiles points
}

@test "a signal stops it, and the next run completes the map" {
	mkfifo fifo
	echo 1,1 | loc-mapgen -z 1 -o map - >out
	cp -r map old
	loc-mapgen -u -o map fifo >out 2>err 3>&- &
	pid=$!
	exec 4>fifo
	echo 2,2 >&4
	kill "$pid"
	local rc=0
	wait "$pid" || rc=$?
	exec 4>&-
	[ "$rc" = 75 ]
	[ "$(cat err)" = 'loc-mapgen: stopped' ]
	diff -r old map
	echo 2,2 | loc-mapgen -u -o map - >out
	[ "$(field tile_count)" = 13 ]
}

@test "what is killed leaves whole tiles, and runs to its end the next time" {
	awk 'BEGIN { srand(2); for (i = 0; i < 30000; i++)
	    printf "%.6f,%.6f\n", rand() * 20, rand() * 20 }' </dev/null >points
	loc-mapgen -o map points >out 2>err 3>&- &
	pid=$!
	until_true test -e map/8
	kill -9 "$pid"
	wait "$pid" || true
	find map -name '[0-9]*.png' -exec tail -qc 8 {} + | od -An -v -tx1 -w8 |
	    sort -u >ends
	[ "$(cat ends)" = ' 49 45 4e 44 ae 42 60 82' ]
	loc-mapgen -u -o map points >out
	loc-mapgen -o fresh points >out
	rm map/data.json fresh/data.json
	diff -r map fresh
}

@test "a full disk is told of, and leaves the old archive" {
	[ -w /dev/full ] || skip "no /dev/full"
	echo 1,1 >points
	run -74 --separate-stderr sh -c 'loc-mapgen -z 0 -p x.pmtiles points \
	    >/dev/full'
	cp x.pmtiles old
	awk 'BEGIN { srand(3); for (i = 0; i < 100000; i++)
	    printf "%.6f,%.6f\n", rand(), rand() }' </dev/null >many
	run -74 env TMPDIR=/dev/null loc-mapgen -m 1 -p x.pmtiles many
	cmp old x.pmtiles
	run -73 bash -c 'ulimit -f 20; trap "" XFSZ
	    loc-mapgen -p x.pmtiles many'
	[[ "$output" == *x.pmtiles* ]]
	cmp old x.pmtiles
	[ "$(find . -name '.x*')" = '' ]
}

@test "usage" {
	run -64 loc-mapgen
	run -64 loc-mapgen points
	run -64 loc-mapgen -o map -z 15 points
	run -64 loc-mapgen -o map -l wifi points
	run -64 loc-mapgen -o map -a 7 points
	run -64 loc-mapgen -o map a b
	run -64 loc-mapgen -o map -e -x points
	run -64 loc-mapgen -o map -l lora
	[[ "$output" == *'expected wifi, bluetooth, cell, gsm, wcdma, lte or nr' ]]
	echo 1,1 >points
	run -73 loc-mapgen -o points/map points
	sed -i '/^ro_url/d' "$LOC_CONF"
	run -78 loc-mapgen -o map
}
