#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2030,SC2031	# variables of each test

bats_require_minimum_version 1.5.0
load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	sed -i '/^\[locate\]/,$d' "$LOC_CONF"
}

teardown() {
	loc_stop
}

# A world that was heard, some of it by others, some of it long ago.
make_world() {
	loc-simulate -w 300 cells | loc-import -q >/dev/null
	loc-simulate -w 300 -n "$1" -t $(($(date +%s) - 7200)) reports |
	    loc-submit >/dev/null
	loc-feed -1
	loc-work -1 >/dev/null
	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		echo "UPDATE wifi_shard_$i SET peak_lat = NULL,
		    peak_lon = NULL, peak_weight = NULL, spread = NULL,
		    trust = NULL, marks = NULL WHERE RAND(1) < 0.1;
		    UPDATE wifi_shard_$i SET created = created -
		    INTERVAL 80 DAY, modified = modified - INTERVAL 70 DAY,
		    last_seen = last_seen - INTERVAL 60 DAY WHERE RAND(2) < 0.3;
		    UPDATE wifi_shard_$i SET block_last = UTC_DATE(),
		    block_count = 1 WHERE RAND(3) < 0.05;
		    UPDATE blue_shard_$i SET max_lat = 0, min_lat = 0
		    WHERE RAND(4) < 0.2;"
	done >changes.sql
	# Some are hidden, and some in doubt.
	last=$(printf '%04x' $(($(date +%s) / 86400)) | sed 's/\(..\)\(..\)/\2\1/')
	hidden=010200000900020000000000000000000000
	doubt=010000000300020000000000000000000000
	doubt=${doubt}000000800000008000090009$last$last${last}0000
	for table in wifi_shard_1 wifi_shard_2 wifi_shard_a blue_shard_3 \
	    cell_wcdma; do
		echo "UPDATE $table SET trust = x'$hidden' WHERE RAND(7) < 0.2;
		    UPDATE $table SET trust = x'$doubt' WHERE RAND(8) < 0.3;"
	done >>changes.sql
	echo "UPDATE cell_lte SET places = NULL WHERE RAND(5) < 0.3;
	    UPDATE cell_gsm SET block_last = UTC_DATE(), block_count = 9
	    WHERE RAND(6) < 0.2;
	    UPDATE cell_area SET lat = NULL, lon = NULL
	    WHERE RAND(9) < 0.2" >>changes.sql
	loc_sql "$(cat changes.sql)"
}

# What devices there ask, with all networks and with some; and of cells that
# are near known ones, and of areas.
make_queries() {
	loc-simulate -w 300 -n "$1" queries |
	    sed 's/^.*"query": *//; s/}$//' >whole
	cat whole
	sed 's/"wifiAccessPoints": *\[[^]]*\]/"wifiAccessPoints":[]/' whole
	sed 's/"cellTowers": *\[[^]]*\]/"cellTowers":[]/' whole
	sed 's/"wifiAccessPoints": *\[[^]]*\]/"wifiAccessPoints":[]/
	    s/"cellId": *\([0-9]*\)/"cellId": \11/g' whole
	sed 's/"wifiAccessPoints": *\[[^]]*\]/"wifiAccessPoints":[]/
	    s/"cellId": *\([0-9]*\)[0-9],/"cellId": \17,/g' whole
	sed 's/"wifiAccessPoints": *\[[^]]*\]/"wifiAccessPoints":[]/
	    s/"cellId": *[0-9]*, *//g' whole
}

# The answers to queries of the database, and of FILE, with OPTIONS.
same_answers() {
	loc-locate "${@:2}" queries >of-database || [ $? = 1 ]
	loc-locate -i "$1" "${@:2}" queries >of-index || [ $? = 1 ]
	cmp of-database of-index
}

# bats test_tags=plain
@test "thousands of answers are those of the database, byte for byte" {
	make_world 1500
	make_queries 600 >queries
	[ "$(wc -l <queries)" = 3600 ]
	run -0 loc-index build world
	[ -z "$output" ]
	loc-index verify world
	same_answers world
	[ "$(grep -c '"location"' of-index)" -gt 2500 ]
	[ "$(grep -c lacf of-index)" -gt 300 ]
	same_answers world -r
	[ "$(grep -c country_code of-index)" -gt 2500 ]
	# As Ichnaea's answers are; which needs more of each row.
	{ cat "$LOC_CONF"; printf '[locate]\nmodel = false\n'; } >ichnaea.ini; chmod 600 ichnaea.ini
	run -78 loc-locate -c ichnaea.ini -i world queries
	[[ "$output" == *"world: was built without -s"* ]]
	loc-index -s build strict
	same_answers strict -c "$PWD/ichnaea.ini"
	same_answers strict

	# An older one and what has changed since is the same as a new one.
	loc-simulate -w 300 -n 300 -s 2 -t $(($(date +%s) - 3600)) reports |
	    loc-submit >/dev/null
	loc-feed -1
	loc-work -1 >/dev/null
	loc_sql "UPDATE wifi_shard_4 SET trust = x'$hidden',
	    block_last = UTC_DATE(), block_count = 1 WHERE RAND(1) < 0.3;
	    UPDATE wifi_shard_5 SET trust = x'$doubt' WHERE RAND(1) < 0.3"
	loc-index -i world build since
	same_answers since
	loc-index build again
	loc-index diff again since
	run -1 loc-index -v diff world again
	[[ "$output" == *"+ wifi "*"wifi: "*" added, 0 removed"* ]]
	same_answers again

	# What changed is enough to make the one of the other, to the byte.
	loc-index delta world again forth
	loc-index delta again world back
	loc-index apply world forth applied
	cmp applied again
	loc-index apply again back applied
	cmp applied world
	run -65 loc-index apply again forth other
	[[ "$output" == *"forth: of another index"* ]]
	run -66 loc-locate -i forth queries
	[[ "$output" == *"forth: a delta, not an index"* ]]
	run -66 loc-index apply world again other
	[ ! -e other ]

	# What others have left, rounded: the same but for the last digits.
	loc-index -a build rounded
	[ "$(stat -c %s rounded)" -lt "$(stat -c %s again)" ]
	loc-locate queries >of-database || [ $? = 1 ]
	loc-locate -i rounded queries >of-index || [ $? = 1 ]
	paste of-database of-index | tr -c '0-9.\n\t-' ' ' | awk -F '\t' '{
		n = split($1, a, " +")
		m = split($2, b, " +")
		bad += n != m
		for (i = 1; i <= n; i++)
			bad += (a[i] - b[i]) ^ 2 > (i == n - 1 ? 0.1 : 1e-6) ^ 2
	}
	END { exit bad > 0 || NR != 3600 }'

	# A part of it, of the database and of an index.
	loc-index -r gb build gb
	loc-index -r GB cut again gb2
	loc-index diff gb gb2
	run -0 loc-index stat gb
	[[ "$output" == *"only of GB"* ]]
	loc-index -b "51,-1,52,1" build box
	loc-index -b "51,-1,52,1" cut again box2
	loc-index diff box box2
	[ "$(stat -c %s box)" -lt "$(stat -c %s again)" ]
	run -1 loc-index diff again gb
	[[ "$output" == *"wifi: 0 added, "[1-9]*" removed, 0 changed"* ]]
	run -65 loc-index -i gb build other
	[[ "$output" == *"gb: of another place"* ]]
}

# bats test_tags=plain
@test "indexes are published and fetched, by what has changed" {
	export PATH=$LOC_TOP/scripts/cron:$PATH LOC_JOBS=$PWD/jobs
	export http_proxy='' https_proxy=''
	public=$(loc-index keygen secret)
	printf '[index]\nsign_key = %s\n' "$PWD/secret" >>"$LOC_CONF"
	printf '[spool]\ndir = %s/spool\n[index]\nverify_key = %s\n' "$PWD" \
	    "$public" >edge.ini
	chmod 600 edge.ini
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified) VALUES (x'a82067000001', 51.5, -0.1, 10, 10,
	    '2026-01-01', UTC_TIMESTAMP())"
	mkdir pub bucket
	run -0 location-index pub "$PWD/bucket"
	[ -z "$output" ]
	[ "$(ls bucket)" = $'index\nlatest.json' ]
	LOC_CONF=$PWD/edge.ini location-index-fetch "file://$PWD/bucket" edge
	cmp edge pub/index
	grep -q '"deltas":0,"whole":true' jobs/index-fetch.json

	loc_sql "UPDATE wifi_shard_6 SET lat = 51.6"
	location-index pub "$PWD/bucket"
	loc_sql "UPDATE wifi_shard_6 SET lat = 51.7"
	location-index -f pub "$PWD/bucket"
	[ "$(find bucket -name '*.delta' | wc -l)" = 2 ]
	cp edge other
	LOC_CONF=$PWD/edge.ini location-index-fetch "$PWD/bucket" other
	cmp other pub/index
	grep -q '"deltas":2,"whole":false' jobs/index-fetch.json
	LOC_CONF=$PWD/edge.ini location-index-fetch "file://$PWD/bucket" edge
	cmp edge pub/index
	grep -q '"deltas":2,"whole":false' jobs/index-fetch.json
	run -0 loc-index get edge a82067000001
	[[ "$output" == *'"lat":51.7,'* ]]
	LOC_CONF=$PWD/edge.ini location-index-fetch "file://$PWD/bucket" edge
	grep -q '"deltas":0,"whole":false' jobs/index-fetch.json

	# Whoever can write to the bucket cannot speak for its owner.
	cp edge before
	sed -i '/^sign_key/d' "$LOC_CONF"
	loc_sql "UPDATE wifi_shard_6 SET lat = 51.8"
	location-index pub "$PWD/bucket"
	LOC_CONF=$PWD/edge.ini run -65 location-index-fetch \
	    "file://$PWD/bucket" edge
	[[ "$output" == *"not signed"* ]]
	rm bucket/*.delta
	LOC_CONF=$PWD/edge.ini run -65 location-index-fetch \
	    "file://$PWD/bucket" edge
	[[ "$output" == *"not signed"* ]]
	cmp edge before
	[ -z "$(find . -maxdepth 1 -name '.edge*')" ]
	run -64 location-index
	run -64 location-index -d x pub
	run -66 location-index missing
	run -64 location-index-fetch "file://$PWD/bucket"
	LOC_CONF=$PWD/edge.ini run -37 location-index-fetch "file:///missing" edge
	LOC_CONF=$PWD/edge.ini run -66 location-index-fetch /missing edge
}

# fetch_as_edge [STATUS]: bring ./edge up to date from $from.
fetch_as_edge() {
	LOC_CONF=$PWD/edge.ini run "-${1:-0}" location-index-fetch "$from" edge
}

# An index that changes from one to the next, published below $to.
publish() {
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified) VALUES (x'a82067000001', $1, -0.1, 10, 10,
	    '2026-01-01', UTC_TIMESTAMP()) ON DUPLICATE KEY UPDATE
	    lat = VALUES(lat), modified = UTC_TIMESTAMP()"
	location-index -f pub "$to"
}

# keyed: who publishes has a key, and who fetches knows it.
keyed() {
	export PATH=$LOC_TOP/scripts/cron:$PATH LOC_JOBS=$PWD/jobs
	export http_proxy='' https_proxy=''
	public=$(loc-index keygen secret)
	printf '[index]\nsign_key = %s\n' "$PWD/secret" >>"$LOC_CONF"
	mkdir pub
}

# What any place has to do: whole, by deltas, and after transfers that broke.
bucket_brings_indexes() {
	cp "$LOC_CONF" edge.ini
	printf 'verify_key = %s\n' "$public" >settings
	sed '/^sign_key/d; /^\[index\]/r settings' "$LOC_CONF" >edge.ini
	publish 51.5
	fetch_as_edge
	cmp edge pub/index
	grep -q '"deltas":0,"whole":true' jobs/index-fetch.json
	publish 51.6
	publish 51.7
	fetch_as_edge
	cmp edge pub/index
	grep -q '"deltas":2,"whole":false' jobs/index-fetch.json
	from=$from/nothing
	fetch_as_edge 66
	[[ "$output" == *"no such object"* ]]
	cmp edge pub/index
	[ -z "$(find . -maxdepth 1 -name '.edge*')" ]
}

# bats test_tags=plain
@test "indexes by way of a bucket that is closed to others" {
	keyed
	loc_s3_start packs
	to=s3://packs/world
	from=$to
	bucket_brings_indexes

	# Answers that break off are taken up; what was changed is not taken.
	from=$to
	publish 51.8
	rm s3/packs/world/*.delta
	echo 'GET .*/index cut' >s3/faults
	fetch_as_edge
	cmp edge pub/index
	grep -q '"whole":true' jobs/index-fetch.json
	[ ! -s s3/faults ]
	publish 51.9
	printf x | dd of=s3/packs/world/index bs=1 seek=1290 conv=notrunc \
	    status=none
	cp edge before
	rm s3/packs/world/*.delta
	fetch_as_edge 65
	[[ "$output" == *"is damaged"* ]]
	cmp edge before
	[ -z "$(find . -maxdepth 1 -name '.edge*')" ]
}

# bats test_tags=plain
@test "indexes by way of Swift" {
	keyed
	loc_swift_start packs
	to=s3://packs/world
	from=$to
	bucket_brings_indexes
}

# One byte of FILE is another now, at OFFSET.
damage() {
	printf '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# The access point MAC, in the database.
add_wifi() {
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified) VALUES (x'$1', 51.5, -0.1, 10, 10, '2026-01-01',
	    UTC_TIMESTAMP())"
}

# One byte in the record of each wifi of the index FILE.
damage_wifis() {
	local i n size

	read -r n size < <(loc-index -j stat "$1" |
	    sed 's/.*"wifi":{"records":\([0-9]*\),"record_bytes":\([0-9]*\).*/\1 \2/')
	for ((i = 0; i < n; i++)); do
		damage "$1" $((1286 + i * size))
	done
}

# A server of files below ./bucket that ends the first $1 answers with a body of
# more than 500 bytes in the middle.  It knows ranges unless $2 is "none".
breaking_server() {
	cat >breaking.py <<-'END'
	import http.server, os, sys
	left, ranges = int(sys.argv[1]), sys.argv[2] != "none"
	class Handler(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        global left
	        try:
	            body = open("bucket" + self.path, "rb").read()
	        except OSError:
	            return self.send_error(404)
	        first = 0
	        if ranges and "Range" in self.headers:
	            first = int(self.headers["Range"][6:].split("-")[0])
	        self.send_response(206 if first else 200)
	        if first:
	            self.send_header("Content-Range", "bytes %d-%d/%d" %
	                (first, len(body) - 1, len(body)))
	        self.send_header("Content-Length", str(len(body) - first))
	        self.end_headers()
	        body = body[first:]
	        if len(body) > 500 and left > 0:
	            left -= 1
	            body = body[:len(body) // 2]
	            self.close_connection = True
	        self.wfile.write(body)
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	open("port.new", "w").write(str(server.server_port))
	os.rename("port.new", "port")
	server.serve_forever()
	END
	rm -f port
	python3 breaking.py "$1" "${2-}" 2>requests 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
	until_true test -s port
	from=http://127.0.0.1:$(cat port)
}

# bats test_tags=plain
@test "indexes by way of a web server, however bad" {
	keyed
	printf '[spool]\ndir = %s/spool\n[index]\nverify_key = %s\n' "$PWD" \
	    "$public" >edge.ini
	chmod 600 edge.ini
	mkdir bucket
	to=$PWD/bucket
	publish 51.5
	breaking_server 3
	fetch_as_edge
	cmp edge pub/index
	grep -q '"whole":true' jobs/index-fetch.json
	publish 51.6
	breaking_server 2 none
	fetch_as_edge
	cmp edge pub/index
	publish 51.7
	breaking_server 1000 none
	fetch_as_edge 18
	breaking_server 0
	fetch_as_edge
	cmp edge pub/index
	cp edge before

	# A delta that is damaged, or of another index, costs its own use only.
	publish 51.8
	delta=$(find bucket -name '*.delta' -newer before)
	printf x | dd of="$delta" bs=1 seek=1290 conv=notrunc status=none
	fetch_as_edge
	cmp edge pub/index
	grep -q '"deltas":0,"whole":true' jobs/index-fetch.json
	publish 51.9
	for delta in bucket/*.delta; do
		cp "$(find bucket -name '*.delta' | sort | head -n 1)" x
		mv x "$delta"
	done
	fetch_as_edge
	cmp edge pub/index

	# One that is damaged here, in its rows or its header, is fetched anew;
	# what is none is left alone.
	add_wifi a82067000002
	publish 51.91
	fetch_as_edge
	publish 51.92
	damage_wifis edge
	fetch_as_edge
	grep -q '"deltas":0,"whole":true' jobs/index-fetch.json
	cmp edge pub/index
	damage edge 20
	fetch_as_edge
	cmp edge pub/index
	: >edge
	fetch_as_edge
	cmp edge pub/index
	echo mine >edge
	fetch_as_edge 65
	[[ "$output" == *"edge: not an index"* ]]
	[ "$(cat edge)" = mine ]
	rm edge
	fetch_as_edge

	# So it is with one that is damaged where it is made.
	damage pub/index 1290
	loc_sql "UPDATE wifi_shard_6 SET lat = 51.93"
	run -0 location-index pub "$to"
	[[ "$output" == *"pub/index: section "*" is damaged" ]]
	loc-index verify pub/index
	fetch_as_edge
	cmp edge pub/index
	run -0 loc-index get edge a82067000001
	[[ "$output" == *'"lat":51.93,'* ]]

	# What was signed once may not come back: nor what is of another place.
	cp -r bucket old
	sleep 1
	publish 52
	fetch_as_edge
	cmp edge pub/index
	cp edge before
	mv bucket new
	mv old bucket
	fetch_as_edge 65
	[[ "$output" == *"older than edge" ]]
	cmp edge before
	rm -r bucket
	mkdir bucket part
	location-index -r gb part "$to"
	fetch_as_edge 65
	[[ "$output" == *"of another place than edge" ]]
	cmp edge before
	echo '<html>Welcome!</html>' | tee bucket/latest.json >bucket/index
	rm -f bucket/*.delta
	fetch_as_edge 66
	[[ "$output" == *"not an index"* ]]
	cmp edge before
	rm -r bucket
	mv new bucket
	fetch_as_edge
	cmp edge before
	[ -z "$(find . -maxdepth 1 -name '.edge*')" ]
}

@test "what an index says of itself and of single networks" {
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified, region, weight, peak_lat, peak_lon, peak_weight,
	    spread) VALUES (x'a82067000001', 51.5, -0.1, 10, 10,
	    '2026-01-01', '2026-02-01', 'GB', 2, 515000001, -1000000, 5, 100);
	    INSERT INTO cell_lte (cellid, radio, mcc, mnc, lac, cid, lat,
	    lon, radius, samples, created, modified) VALUES
	    (x'0300ea001e0064000003e9', 3, 234, 30, 100, 1001, 52.0,
	    -0.1, 800, 10, '2026-01-01', '2026-02-01');
	    INSERT INTO cell_area (areaid, radio, mcc, mnc, lac, lat, lon,
	    radius, num_cells) VALUES (x'0300ea001e0064', 3, 234, 30, 100, 52,
	    -0.1, 9000, 1)"
	loc-key create visitor maxreq=7 >/dev/null
	loc-index -k build new
	[ "$(stat -c %a new)" = 640 ]
	run -0 loc-index -j stat new
	[[ "$output" == *'"keys":true,'*'"wifi":{"records":1,'*'"cell":{"records":1,"record_bytes":64,'*'"key":{"records":1,'* ]]
	run -0 loc-index stat new
	[[ "${lines[0]}" == "version 1, as of 20"* ]]
	run -0 --separate-stderr loc-index get new a8:20:67:00:00:01 lte-234-30-100-1001 \
	    lte-234-30-100
	[[ "${lines[0]}" == '{"kind":"wifi","network":"a8:20:67:00:00:01",'*'"region":"GB",'*'"peak_lat":51.5000001,'* ]]
	[[ "${lines[1]}" == '{"kind":"cell",'*'"radius":800,"samples":10,'* ]]
	[[ "${lines[2]}" == '{"kind":"area",'*'"num_cells":1}' ]]
	run -0 loc-index list new cell area
	[ ${#lines[@]} = 2 ]
	[[ "${lines[0]}" == '{"kind":"cell","network":"lte-234-30-100-1001",'* ]]
	loc-index list new | head -n 1 | grep -q '"kind":"wifi","network":"a82067000001"'
	run -64 loc-index list new cells
	# Not all of the world instead.
	run -64 loc-index -r GB list new
	[ "$output" = 'loc-index: -b and -r go with build and cut only' ]
	run -64 loc-index -b 0,0,1,1 diff new new
	run -1 loc-index get new a82067000002
	run -64 loc-index get new 12
	loc-index verify new

	# Who has made it can be told.
	public=$(loc-index keygen secret)
	run -73 loc-index keygen secret
	cp new unsigned
	printf '[index]\nsign_key = %s\nverify_key = %s\n' "$PWD/secret" \
	    "ed25519-$(printf '%064d' 5) $public" >>"$LOC_CONF"
	run -65 loc-index verify unsigned
	[[ "$output" == *"unsigned: not signed" ]]
	loc_sql "UPDATE wifi_shard_6 SET peak_lat = 515000002;
	    DELETE FROM cell_lte"
	loc-index -k -i new build newer
	loc-index -k build newer
	loc-index verify newer
	run -0 loc-index stat newer
	[[ "$output" == *"signed by $public"* ]]
	loc-index delta new newer delta
	loc-index apply new delta applied
	cmp applied newer
	[ "$(stat -c %a delta) $(stat -c %a applied)" = "640 640" ]
	cp delta other.delta
	printf 'x' | dd of=other.delta bs=1 seek=1290 conv=notrunc status=none
	run -65 loc-index apply new other.delta applied
	[[ "$output" == *"other.delta: not what was written"* ]]
	sed -i "s/ $public//" "$LOC_CONF"
	run -65 loc-index apply new delta applied
	[[ "$output" == *"delta: not signed by one of the keys"* ]]
	sed -i '/^verify_key/s/=.*/= ed25519-12/' "$LOC_CONF"
	run -78 loc-index apply new delta applied
	[[ "$output" == *"expected a public key, ed25519-"* ]]
	cmp applied newer
	sed -i '/^verify_key/d' "$LOC_CONF"
	loc-index apply new delta applied
	chmod 644 secret
	run -78 loc-index build new
	[ "$output" = "loc-index: $PWD/secret: others may read it" ]
	run -78 loc-index -t cut new other
	[ "$output" = "loc-index: $PWD/secret: others may read it" ]
	loc-index apply new delta applied
	sed -i '/^sign_key/d' "$LOC_CONF"

	# 180 degrees east are as many west.
	add_wifi a82067000004
	loc_sql "UPDATE wifi_shard_6 SET lat = 10, lon = -180
	    WHERE mac = x'a82067000004'"
	loc-index build all
	for box in 0,170,20,180 0,-180,20,-170 0,170,20,-170; do
		loc-index -b "$box" build box
		loc-index get box a82067000004
		loc-index -b "$box" cut all box2
		loc-index diff box box2
	done

	# What is damaged is not made into something that looks whole.
	cp new old
	damage old 1290
	run -65 loc-index -i old build other
	[[ "$output" == *"old: section "*" is damaged" ]]
	run -65 loc-index -b 51,-1,52,1 cut old other
	run -65 loc-index delta old newer other
	run -65 loc-index delta newer old other
	add_wifi a82067000002
	loc-index build old
	loc_sql "UPDATE wifi_shard_6 SET peak_lat = 515000003
	    WHERE mac = x'a82067000001'"
	loc-index build newer
	loc-index delta old newer delta
	damage_wifis old
	run -65 loc-index apply old delta other
	[[ "$output" == *"other: something else than was said"*"old: section "* ]]
	[ ! -e other ]
	run -66 loc-index -i missing build other

	# Nothing takes the place of a whole file.
	run -66 loc-index verify missing
	head -c 1000 new >short
	run -66 loc-index stat short
	[[ "$output" == *"short: not an index" ]]
	printf 'x' | dd of=new bs=1 seek=1290 conv=notrunc status=none
	run -65 loc-index verify new
	[[ "$output" == *"section "*" is damaged" ]]
	run -64 loc-index -b 1,2,3 build new
	run -64 loc-index -r XX build new
	run -64 loc-index build
	sed -i 's/^ro_url.*/ro_url = mysql:\/\/a@127.0.0.1:1\/b/' "$LOC_CONF"
	run -69 loc-index build new
	[ "$(ls)" != "${PWD#*.new}" ]
	run -65 loc-index verify new
}

# Run the words $4..., which map "old", and at their step $1 the command $2; they
# say $3 of it, the status is 74, and no file was made.
fails_after() {
	cp whole old
	touch -d '1 hour ago' old
	run -74 --separate-stderr env FAULT_STOP_AT="$1" FAULT_DO="$2" \
	    LD_PRELOAD="$(dirname "$(command -v loc-index)")/shims/fault.so" "${@:4}"
	# shellcheck disable=SC2154	# bats sets it
	[[ "$stderr" == *": old: $3" ]]
	[ ! -e out ]
}

@test "a file that is cut or written to while it is read is told of" {
	rows=$(printf ", (x'a8206700%s', 51.5, -0.1, 10, 10, '2026-01-01',
	    '2026-02-01')" {1001..1999})
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, radius, samples,
	    created, modified) VALUES ${rows#, }"
	loc-index build whole
	loc_sql 'UPDATE wifi_shard_6 SET samples = 20'
	loc-index build new
	loc-index delta whole new delta
	while read -ra command; do
		fails_after mmap 'truncate -s 4096 old' \
		    'it was cut while it was read, or its disk fails' \
		    "${command[@]}"
	done <<-END
	loc-index -b 51,-1,52,1 cut old out
	loc-index apply old delta out
	loc-index delta old new out
	loc-index -v diff old new
	loc-index get old a82067001001 a82067001999
	loc-index list old
	loc-index verify old
	loc-index -i old build out
	loc-station -i old show wifi a82067001001 a82067001999
	END
	while read -r step command; do
		# shellcheck disable=SC2086	# words
		fails_after "$step" 'cat new >old' \
		    'it was written to while it was read' $command
	done <<-END
	mmap loc-index stat old
	mmap loc-index list old
	mmap loc-station -i old show wifi a82067001001
	ftruncate loc-index -b 51,-1,52,1 cut old out
	ftruncate loc-index -i old build out
	END
}
