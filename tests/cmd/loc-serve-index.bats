#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2030,SC2031	# variables of each test
#
# loc-serve -i: one process and one file, without a database and without Redis.

bats_require_minimum_version 1.5.0
load lib

WIFIS='{"wifiAccessPoints":[{"macAddress":"a82067000001"},{"macAddress":"b00061000002"}]}'

setup() {
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, region, radius,
	    samples, created, modified, last_seen, weight, peak_lat, peak_lon,
	    peak_weight, spread) SELECT UNHEX(m), 51.5, -0.1, 'GB', 10, 10,
	    UTC_TIMESTAMP() - INTERVAL 30 DAY, UTC_TIMESTAMP(),
	    UTC_DATE() - INTERVAL 3 DAY, 2, 515000000, -1000000, 2, 100
	    FROM (SELECT 'a82067000001' m UNION SELECT 'b00061000002') AS t"
	printf '[spool]\ndir = %s/spool\n[http]\n' "$PWD" >alone.ini
	chmod 600 alone.ini
}

teardown() {
	loc_stop
}

# The question above at PATH: status and what it says.
question() {
	local status

	status=$(ask -d "$WIFIS" "$1")
	printf '%s %s' "$status" "$(<body)"
}

# Is $1 the latitude of the answer now?
is_answered() {
	[[ "$(question '/v1/geolocate?key=some')" == *"\"lat\": $1,"* ]]
}

@test "keys, limits and reports, with nothing but an index" {
	loc-key create visitor maxreq=2 >/dev/null
	loc-key create guest maxreq=0 >/dev/null
	loc-index -k build world
	printf 'client_limit = 5\ndefault_key = guest\n' >>alone.ini
	loc_serve_start -c alone.ini -i world
	[[ "$(question '/v1/geolocate?key=visitor')" == '200 {"location": {"lat": 51.5, "lng": -0.1}, '* ]]
	[[ "$(question '/v1/country?key=visitor')" == 200*'"GB"'* ]]
	# A HUP changes nothing of what was counted.
	kill -HUP "$LOC_SERVE_PID"
	until_true grep -q reloaded serve.log
	[[ "$(question '/v1/geolocate?key=visitor')" == 200* ]]
	[[ "$(question '/v1/geolocate?key=visitor')" == 403*dailyLimit* ]]
	for _ in 1 2 3 4 5; do
		[[ "$(question /v1/geolocate)" == 200* ]]
	done
	[[ "$(question '/v1/geolocate?key=unknown')" == 429* ]]
	[ "$(curl -s -o heart -w '%{http_code}' "$URL/__heartbeat__")" = 200 ]
	grep -q '"database": {"up": null, "configured": false}, "index": {"up": true, "time": 0, "version": "20' heart

	# Reports go to the spool as always.
	[ "$(ask -d '{"items":[{"position":{"latitude":51.5,"longitude":-0.1},"wifiAccessPoints":[{"macAddress":"01:23:45:67:89:ab"}]}]}' /v2/geosubmit)" = 200 ]
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	run -0 loc-feed -c alone.ini -l
	[[ "$output" == *'"submissions":'[1-9]* ]]
	! grep -v 'running as root\|reloaded' serve.log || false
}

@test "a key that is void, and no key at all, let nobody in" {
	PATH=$(dirname "$(command -v loc-serve)")/tools:$PATH
	loc-index -k build none
	run -0 loc-index -j stat none
	[[ "$output" == *'"keys":true,'* ]]
	loc-key create over maxreq=0 expires=2026-01-01 >/dev/null
	loc-key create open maxreq=0 >/dev/null
	loc-key create valid maxreq=0 expires=2999-01-01 \
	    trust=trusted note=secret >/dev/null
	loc-index -k build world
	! grep -q secret world || false
	loc_serve_start -c alone.ini -i world
	[[ "$(question '/v1/geolocate?key=valid')" == 200* ]]
	[[ "$(question '/v1/geolocate?key=over')" == 400*keyInvalid* ]]
	# Whom it trusts may say that a network has opted out.
	for key in valid open; do
		[ "$(ask -d '{"items":[{"position":{"latitude":51.5,"longitude":-0.1},"optOut":{"wifi":["01:23:45:67:89:ab"]}}]}' \
		    "/v2/geosubmit?key=$key")" = 200 ]
	done
	[ "$(spool_cat spool | grep -c optOut)" = 1 ]

	loc-index delta world none delta
	loc-index apply world delta applied
	cmp applied none
	mv applied world
	until_true grep -q 'world: read anew' serve.log
	[[ "$(question '/v1/geolocate?key=valid')" == 400*keyInvalid* ]]
	loc-index build open
	run -65 loc-index -k -b 51,-1,52,1 cut open part
	[[ "$output" == *"open: has no API keys"* ]]
	[ ! -e part ]
	loc-index -k -b 51,-1,52,1 cut none part
	run -0 loc-index -j stat part
	[[ "$output" == *'"keys":true,'* ]]
}

@test "a new file is taken up, and no request is dropped" {
	loc-index build world
	loc_serve_start -c alone.ini -i world
	# Without keys, and without a database, any key is good.
	[[ "$(question '/v1/geolocate?key=some')" == 200*51.5,* ]]
	loc_sql "UPDATE wifi_shard_6 SET peak_lat = 525000000, lat = 52.5"
	for ((i = 0; i < 60; i++)); do
		[ "$i" != 3 ] || loc-index -i world build world
		question '/v1/geolocate?key=some'
		echo
		sleep 0.05
	done >answers
	[ "$(grep -c '^200 .*"lat": 5[12].5,' answers)" = 60 ]
	until_true grep -q 'world: read anew' serve.log
	[[ "$(question '/v1/geolocate?key=some')" == 200*52.5,* ]]

	# What is no index does not take its place.
	echo nothing >other
	mv other world
	until_true grep -q 'going on with the old index' serve.log
	[[ "$(question '/v1/geolocate?key=some')" == 200*52.5,* ]]
	[ "$(grep -c 'not an index' serve.log)" = 1 ]
	kill -HUP "$LOC_SERVE_PID"
	until_true grep -q reloaded serve.log
	[[ "$(question '/v1/geolocate?key=some')" == 200*52.5,* ]]

	run -66 loc-serve -c alone.ini -l 127.0.0.1:0 -i world
	run -66 loc-serve -c alone.ini -l 127.0.0.1:0 -i missing

	# A good one in the place of a bad one may have its inode.
	loc_sql "UPDATE wifi_shard_6 SET peak_lat = 535000000, lat = 53.5"
	loc-index build next
	cat next >world
	until_true is_answered 53.5
	loc_sql "UPDATE wifi_shard_6 SET peak_lat = 525000000, lat = 52.5"
	loc-index build world
	printf 'POST /v1/geolocate?key=some HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' \
	    "${#WIFIS}" "$WIFIS" | loc-serve -1 -c alone.ini -i world >once
	grep -q '"lat": 52.5,' once
	# Ichnaea's answers need more.
	printf '[locate]\nmodel = false\n' >>alone.ini
	run -78 loc-serve -c alone.ini -l 127.0.0.1:0 -i world
	[[ "$output" == *"was built without -s"* ]]
	loc-index -s build world
	loc_serve_start -c alone.ini -i world
	[ "$(question '/v1/geolocate?key=some')" = '200 {"location": {"lat": 52.5, "lng": -0.1}, "accuracy": 10.0}' ]
}

# askers N: that many ask, over one connection and over new ones in turn, until
# ./enough is there; answers go to ./answers, what is none to ./failures.
askers() {
	cat >askers.py <<-'END'
	import http.client, os, sys, threading
	url, body = sys.argv[2].split("//")[1], sys.argv[3]
	answers, failures = [], []
	def ask():
	    c, n = None, 0
	    while not os.path.exists("enough"):
	        try:
	            c = c or http.client.HTTPConnection(url, timeout=10)
	            c.request("POST", "/v1/geolocate?key=some", body)
	            r = c.getresponse()
	            text = r.read().decode()
	            (answers if r.status == 200 else failures).append(text)
	        except Exception as e:
	            failures.append(repr(e))
	            c = None
	        n += 1
	        if n % 5 == 0 and c:
	            c.close()
	            c = None
	threads = [threading.Thread(target=ask) for i in range(int(sys.argv[1]))]
	[t.start() for t in threads]
	[t.join() for t in threads]
	open("answers", "w").write("\n".join(answers) + "\n")
	open("failures", "w").write("".join(f + "\n" for f in failures))
	END
	python3 askers.py "$1" "$URL" "$WIFIS" 3>&- &
	ASKERS=$!
}

@test "a file that somebody cuts while it is used does not end the server" {
	loc-key create some maxreq=0 >/dev/null
	loc-key create more maxreq=0 >/dev/null
	loc-index -k build world
	loc_serve_start -c alone.ini -i world
	is_answered 51.5
	cp world saved
	: >world
	for key in some more; do
		[[ "$(question "/v1/geolocate?key=$key")" == 503* ]]
	done
	until_true grep -q 'going on with the old index' serve.log
	[ "$(grep -c 'world: it was cut while it is in use' serve.log)" = 1 ]
	cat saved >world
	until_true grep -q 'world: read anew' serve.log
	is_answered 51.5
	[[ "$(question '/v1/geolocate?key=more')" == 200* ]]
	[[ "$(question '/v1/geolocate?key=none')" == 400*keyInvalid* ]]
	: >world
	[[ "$(question '/v1/geolocate?key=some')" == 503* ]]
	[ "$(grep -c 'world: it was cut while it is in use' serve.log)" = 2 ]
	mv saved world
	until_true is_answered 51.5
	kill -0 "$LOC_SERVE_PID"

	# Nor does it end loc-locate.
	mkfifo questions
	loc-locate -c alone.ini -i world questions >answers 2>err 3>&- &
	asker=$!
	exec 4>questions
	echo "$WIFIS" >&4
	until_true test -s answers
	: >world
	for i in 1 2; do
		echo "$WIFIS" >&4
	done
	exec 4>&-
	wait "$asker" || status=$?
	[ "$status" = 74 ]
	[ "$(grep -c 51.5 answers) $(wc -l <answers)" = '1 3' ]
	[ "$(cat err)" = 'loc-locate: world: it was cut while it was read,'\
' or its disk fails' ]
}

@test "what is fetched is served at once, and no request is dropped" {
	export PATH=$LOC_TOP/scripts/cron:$PATH LOC_JOBS=$PWD/jobs
	export http_proxy=''
	mkdir pub bucket
	location-index pub "$PWD/bucket"
	LOC_CONF=$PWD/alone.ini location-index-fetch "file://$PWD/bucket" edge
	loc_serve_start -c alone.ini -i edge
	askers 6
	for lat in 52 53 54; do
		loc_sql "UPDATE wifi_shard_6 SET lat = $lat,
		    peak_lat = ${lat}0000000, modified = UTC_TIMESTAMP()"
		location-index -f pub "$PWD/bucket"
		[ "$lat" != 54 ] || rm bucket/*.delta
		LOC_CONF=$PWD/alone.ini location-index-fetch \
		    "file://$PWD/bucket" edge
		until_true is_answered "$lat.0"
	done
	: >enough
	wait "$ASKERS"
	[ ! -s failures ]
	[ "$(grep -c -v '"lat": \(51.5\|52.0\|53.0\|54.0\),' answers)" = 0 ]
	for lat in 51.5 52.0 53.0 54.0; do
		grep -q "\"lat\": $lat," answers
	done
}
