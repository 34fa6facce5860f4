#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain

bats_require_minimum_version 1.5.0

setup() {
	load lib
	LOC_TOP=$BATS_TEST_DIRNAME/../..
	dir="$BATS_TEST_TMPDIR/an admin's folder"
	port=$((10000 + RANDOM % 20000))
	quickstart=$LOC_TOP/scripts/quickstart
}

teardown() {
	"$quickstart" -s -d "$dir" || true
}

# The curl command number $1 of what quickstart has printed into "out".
printed() {
	bash -c "$(grep '^curl' "$BATS_TEST_TMPDIR/out" | sed -n "$1p")"
}

# The report of the first command is counted, once.
counted() {
	[ "$(mariadb --no-defaults -NB -u root -S "$dir/run/mariadb.sock" \
	    location -e "SELECT samples FROM wifi_shard_4
	    WHERE mac = x'0123456789ab'")" = 1 ]
}

# A proxy that is set must not come between.
proxied() {
	export http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9
	export HTTP_PROXY=$http_proxy all_proxy=$http_proxy
}

@test "what it prints works, and a second run starts with what is there" {
	proxied
	"$quickstart" -b -d "$dir" -p "$port" 3>&- >"$BATS_TEST_TMPDIR/out"
	[ "$(printed 1)" = '{}' ]
	printed 2 | jq -e '.location.lat and .location.lng and .accuracy'
	until_true counted
	[ "$(stat -c %a "$dir/location.ini")" = 600 ]
	# how to stop it, and where its settings are, can be pasted
	eval "$(grep ^export "$BATS_TEST_TMPDIR/out")"
	[ "$LOC_CONF" -ef "$dir/location.ini" ]
	stop=$(sed -n 's/ stops it\.$//p' "$BATS_TEST_TMPDIR/out")

	eval "$stop"
	run printed 2
	[ "$status" -eq 7 ]
	cp "$dir/location.ini" "$BATS_TEST_TMPDIR/before"
	"$quickstart" -b -d "$dir" -p "$port" 3>&- >"$BATS_TEST_TMPDIR/out"
	cmp "$dir/location.ini" "$BATS_TEST_TMPDIR/before"
	run ! grep -q inserted "$BATS_TEST_TMPDIR/out"
	counted
	printed 2 | jq -e .location
}

@test "the files given are imported, once" {
	csv="$BATS_TEST_TMPDIR/some cells.csv"
	loc-simulate cells >"$csv"
	"$quickstart" -b -d "$dir" -p "$port" "$csv" 3>&- \
	    >"$BATS_TEST_TMPDIR/out"
	grep -q "\"inserted\":$(grep -c '^[A-Z]' "$csv")," \
	    "$BATS_TEST_TMPDIR/out"
	printed 2 | jq -e .location
	"$quickstart" -b -d "$dir" -p "$port" "$csv" 3>&- \
	    >"$BATS_TEST_TMPDIR/out"
	run ! grep -q '"inserted"' "$BATS_TEST_TMPDIR/out"
	printed 2 | jq -e .location
}

@test "one process and one file, which is built if it is not there" {
	csv="$BATS_TEST_TMPDIR/cells.csv"
	index="$BATS_TEST_TMPDIR/my world"
	loc-simulate cells >"$csv"
	for _ in built again; do
		"$quickstart" -b -d "$dir" -i "$index" -p "$port" "$csv" 3>&- \
		    >"$BATS_TEST_TMPDIR/out"
		run -1 "$LOC_TOP/scripts/servers" status -d "$dir"
		[ "$(printed 1)" = '{}' ]
		printed 2 | jq -e .location
		"$quickstart" -s -d "$dir"
		rm "$dir/example.json"
	done
	run ! grep -q '"inserted"' "$BATS_TEST_TMPDIR/out"
}

@test "an index that others have made: of wifis, with keys, with nothing" {
	cd "$BATS_TEST_TMPDIR"
	loc_setup
	loc-index -k build nothing
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified) SELECT UNHEX(m), 51.5, -0.1, 10, 10,
	    UTC_TIMESTAMP() - INTERVAL 30 DAY, UTC_TIMESTAMP()
	    FROM (SELECT 'a82067000001' m UNION SELECT 'b00061000002'
	    UNION SELECT 'a82068000003') AS t"
	loc-index build wifis
	loc-key create visitor >/dev/null
	loc-index -k build keyed
	for index in wifis keyed nothing; do
		"$quickstart" -b -d "$dir" -i $index -p "$port" 3>&- >out
		[ "$(printed 1)" = '{}' ]
		if [ $index = wifis ]; then
			printed 2 | jq -e .location
			eval "$(grep ^export out)"
			[ "$LOC_CONF" -ef "$dir/index.ini" ]
		else
			[ "$(grep -c ^curl out)" = 1 ]
		fi
		"$quickstart" -s -d "$dir"
	done
	loc_stop
}

@test "a file that is not cell CSV stops it, and then nothing runs" {
	echo "no cells" >"$BATS_TEST_TMPDIR/text"
	run -69 "$quickstart" -b -d "$dir" -p "$port" "$BATS_TEST_TMPDIR/text"
	echo "$output"
	[[ "$output" == *"text: not cell CSV"* ]]
	[ "${lines[-1]}" = \
	    "quickstart: importing failed: $BATS_TEST_TMPDIR/text" ]
	run -1 "$LOC_TOP/scripts/servers" status -d "$dir"
	[ "$(grep -c stopped <<<"$output")" = 2 ]
}

@test "in the foreground, TERM stops everything" {
	local pid

	"$quickstart" -d "$dir" -p "$port" 3>&- >"$BATS_TEST_TMPDIR/out" &
	pid=$!
	until_true grep -q ^curl "$BATS_TEST_TMPDIR/out"
	run -69 "$quickstart" -d "$dir" -p "$port"
	[[ "$output" == *"already at work in $dir"* ]]
	run -69 "$quickstart" -d "$dir.2" -p "$port"
	[[ "$output" == *"port $port is in use"* ]]
	run -1 "$LOC_TOP/scripts/servers" status -d "$dir.2"
	kill "$pid"
	wait "$pid"
	run -1 "$LOC_TOP/scripts/servers" status -d "$dir"
	[ "$(grep -c stopped <<<"$output")" = 2 ]
	run ! kill -0 "$(cat "$dir/run/loc-serve.pid")"
}

@test "a program that ends stops everything, and is named" {
	local pid

	"$quickstart" -d "$dir" -p "$port" 3>&- >"$BATS_TEST_TMPDIR/out" \
	    2>"$BATS_TEST_TMPDIR/err" &
	pid=$!
	until_true grep -q ^curl "$BATS_TEST_TMPDIR/out"
	kill -9 "$(cat "$dir/run/loc-feed.pid")"
	ended=0
	wait "$pid" || ended=$?
	[ "$ended" -eq 137 ]
	grep -qF "loc-feed ended with status 137; see $dir/log/loc-feed" \
	    "$BATS_TEST_TMPDIR/err"
	run -1 "$LOC_TOP/scripts/servers" status -d "$dir"
	[ "$(grep -c stopped <<<"$output")" = 2 ]
}

@test "what cannot work is refused before anything is made" {
	run -69 "$quickstart" -d "$dir" "$BATS_TEST_TMPDIR/nothing"
	[[ "$output" == *"nothing: "* ]]
	for bad in http 0 65536 99999 ''; do
		run -64 "$quickstart" -d "$dir" -p "$bad"
		[ "$output" = "quickstart: -p $bad: expected a port from 1 to 65535" ]
	done
	[ ! -e "$dir" ]
	run -0 "$quickstart" -h
	[[ "${lines[0]}" == "quickstart [-b] [-d dir] [-p port] [file ...]: "* ]]
	run -64 "$quickstart" -x
	run -69 "$quickstart" -s -d "$BATS_TEST_TMPDIR/nothing"
}

@test "somebody else's directory is named, and left alone" {
	[ "$(id -u)" = 0 ] || skip "this needs root"
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
	setpriv --reuid 65534 --clear-groups test -x "$quickstart" ||
	    skip "nobody may come here"
	mkdir "$dir"
	for option in -s -b; do
		run -69 setpriv --reuid 65534 --clear-groups \
		    "$quickstart" $option -d "$dir"
		[ "$output" = "quickstart: $dir: belongs to root" ]
	done
	[ -z "$(ls "$dir")" ]
}
