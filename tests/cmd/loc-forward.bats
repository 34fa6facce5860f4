#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154,SC2030,SC2031
#
# Every target gets every report that it is to get, whatever happens to the
# targets, to loc-forward and to Redis.  Reports are numbered.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	PATH=$(dirname "$(command -v loc-forward)")/tools:$PATH
	begin
}

begin() {
	loc_setup
	spool=${LOC_CONF%/*}/spool
	cd "$BATS_TEST_TMPDIR" || return 1
	printf '[queue]\nclaim_idle_s = 1\n' >>"$LOC_CONF"
	loc-work -1
}

teardown() {
	jobs -p | xargs -r kill 2>/dev/null || true
	wait
	loc_stop
}

# server NAME [PORT]: a server that takes reports into NAME/taken, at $URL.
server() {
	mkdir -p "$1"
	rm -f "$1/port"
	"$LOC_TOP/tests/cmd/post-server.py" "$@" 3>&- &
	echo $! >"$1/pid"
	until_true test -e "$1/port"
	URL=http://127.0.0.1:$(cat "$1/port")/v2/geosubmit
}

# target NAME [COLUMN=VALUE ...]: a server, and a row of export_config for it.
target() {
	server "$1"
	loc_export "$1" geosubmit "$URL?key=$1" "${@:2}"
	loc-work -1
}

# numbered FIRST LAST: reports with these numbers.
numbered() {
	seq "$1" "$2" | sed 's/.*/{"position": {"latitude": 51.5, '\
'"longitude": -0.1}, "wifiAccessPoints": [{"macAddress": '\
'"04000000aaaa"}], "n": &}/'
}

# feed PER FIRST LAST: these reports, PER of them in a submission.
feed() {
	numbered "$2" "$3" | put_reports "$spool" "$1"
	loc-feed -1
}

taken() {	# NAME: numbers of the reports that came there
	jq .n "$1/taken" 2>/dev/null | sort -n
}

has_taken() {	# NAME LAST: those to LAST, each of them once
	[ "$(taken "$1")" = "$(seq "$2")" ]
}

pending() {	# NAME
	loc_redis xpending loc:reports "$1" | head -1
}

forward() {	# in the background
	loc-forward 2>>log 3>&- &
	forward_pid=$!
}

child_of() {
	[ -n "$(pgrep -P "$1")" ]
}

status() {	# of the running loc-forward, by row
	until_true child_of "$forward_pid"
	: >log
	kill -USR1 "$forward_pid"
	until_true grep -q 'in flight' log
	sed -n 's/^loc-forward: //p' log
}

says() {
	grep -q "$1" log
}

@test "synopsis, version, usage, bad configuration" {
	run -0 loc-forward -h
	[ "${lines[0]}" = 'usage: loc-forward [-1hjqvV] [-c config] [name ...]' ]
	run -0 loc-forward -V
	run -64 loc-forward -x
	run -78 loc-forward -c /nonexistent
	run -1 loc-forward -1 nobody
	[[ "$output" == 'loc-forward: nobody: no such row in export_config'* ]]
	run -0 loc-forward -1
}

@test "reports go out as they are, to the URL as it is" {
	server there
	loc_export there geosubmit "$URL?key=a%20b&x=%7E#"
	loc-work -1
	printf '%s\n' '{"timestamp": 1, "cellTowers": [{}], "position": null}' \
	    '{"optOut": ["a"], "position": {"source": "gnss"}, "ä": "\u00e4"}' |
	    put_reports "$spool" 2
	loc-feed -1
	run -0 loc-forward -1 -v
	[[ "${lines[0]}" == "loc-forward: $LOC_CONF, [database] ro_url "*": ready" ]]
	[ "${lines[1]}" = 'loc-forward: there: 2 reports delivered' ]
	[ "$(cat there/requests)" = "POST /v2/geosubmit?key=a%20b&x=%7E\
 application/json loc/$(loc-forward -V | cut -d' ' -f2) {\"items\": [\
{\"timestamp\": 1, \"cellTowers\": [{}]}, {\"optOut\": [\"a\"],\
 \"position\": {\"source\": \"gnss\"}, \"ä\": \"\\u00e4\"}]}" ]
	[ "$(pending there)" = 0 ]
	run -0 loc-forward -1
	[ "$(wc -l <there/requests)" = 1 ]
}

@test "a batch has as many reports as its row says" {
	target exact batch=3
	target any
	feed 4 1 8
	loc-forward -1
	has_taken exact 8
	has_taken any 8
	[ "$(sed 's/^[^{]*//' exact/requests | jq '.items | length' |
	    xargs)" = '3 3 2' ]
	[ "$(wc -l <any/requests)" = 1 ]
}

@test "keys and sources that a row skips do not go there" {
	printf '[forward]\nwait_s = 3600\n' >>"$LOC_CONF"
	loc_export test dummy '' batch=3 skip_keys=export_source
	loc_export everything dummy '' batch=5
	loc_export no_test dummy '' batch=2 skip_keys=test,test_1
	loc_export query dummy '' batch=2 skip_sources=gnss
	loc-work -1
	{
		for _ in 1 2 3 4; do echo '"apiKey": "test"'; done
		echo '"apiKey": "test2"'
		for _ in 1 2; do echo '"apiKey": null'; done
		echo '"apiKey": "test", "position": {"source": "query"}'
	} | sed 's/.*/{&}/' | put_reports "$spool"
	loc-feed -1
	loc-work -1
	forward
	counts() {
		status | sort | sed 's/ reports delivered in . batches, / /
		    s/ in flight.*//' | xargs
	}
	expected() {
		[ "$(counts)" = 'everything: 5 3 no_test: 2 1 query: 0 1'\
' test: 6 2' ]
	}
	until_true expected
	# The rest goes with the next ones, or when it is told to.
	kill "$forward_pid"
	wait "$forward_pid"
	loc-forward -1
	for name in everything no_test query test; do
		[ "$(pending $name)" = 0 ]
	done
}

@test "what waits long enough goes out by itself" {
	printf '[forward]\nwait_s = 1\n' >>"$LOC_CONF"
	target patient batch=100
	forward
	feed 2 1 3
	until_true has_taken patient 3
	feed 2 4 5
	until_true has_taken patient 5
}

@test "a failed attempt is repeated, a target that is down is waited for" {
	target there batch=4
	echo 'drop 503' >there/answers
	feed 1 1 6
	run -0 loc-forward -1
	[[ "$output" == *"there: http://127.0.0.1:"*"trying again in 1 s"* ]]
	[[ "$output" == *"answered 503: {}; trying again in 2 s"* ]]
	[[ "$output" != *key=there* ]]
	has_taken there 6
	# As often as it takes, without a dead letter, and when it likes.
	printf '[queue]\nmax_deliveries = 1\n' >>"$LOC_CONF"
	echo 503+3 >there/always
	feed 1 7 8
	for _ in 1 2 3; do
		run -75 loc-forward -1
		[[ "$output" == *'answered 503: {}; trying again in 3 s'* ]]
	done
	[ "$(pending there)" = 2 ]
	rm there/always
	loc-forward -1
	has_taken there 8
	[ -z "$(loc-work -l)" ]
}

@test "what is half delivered is not delivered again" {
	target there batch=20
	echo '"n": 27}' >there/refuse
	echo '200 400 200 503 503 503' >there/answers
	feed 30 1 40
	run -75 loc-forward -1
	[ "$(taken there)" = "$(seq 30)" ]
	run -0 loc-forward -1
	has_taken there 40
	# Of the first try only one was to blame, and keeps its number.
	echo '200 503 503 503' >there/answers
	echo '"n": 61}' >there/refuse
	feed 30 41 70
	run -75 loc-forward -1
	run -0 loc-forward -1
	[[ "$output" == *"report 21 of its submission set aside"* ]]
	[ "$(taken there)" = "$(seq 70 | grep -vx 61)" ]
}

@test "a wrong URL keeps its reports, and is left alone" {
	target there
	echo 404 >there/always
	feed 1 1 2
	run -75 loc-forward -1
	[[ "$output" == *"answered 404: {}" ]]
	[ "$(wc -l <there/requests)" = 1 ]
	forward
	until_true says 'answered 404: {}; trying again in 60 s'
	kill "$forward_pid"
	wait "$forward_pid"
	rm there/always
	loc-forward -1
	has_taken there 2
}

@test "a redirection does not make a GET of it" {
	target there
	echo '302' >there/answers
	feed 1 1 1
	loc-forward -1
	[ "$(cut -d' ' -f1,2 there/requests)" = \
	    $'POST /v2/geosubmit?key=there\nPOST /there' ]
	has_taken there 1
}

@test "a target that repeats what it was sent tells nothing of it" {
	target there
	touch there/echo
	echo 'a82066123456' >there/refuse
	printf '%s\n' '{"position": {"latitude": 51.50071, "longitude": -0.12},
	    "wifiAccessPoints": [{"macAddress": "a82066123456",
	    "ssid": "Miller House"}]}' | tr -d '\n' | put_reports spool
	loc-feed -1
	run -0 loc-forward -1
	loc-work -l >letters
	[ "$(jq .reports letters)" = 1 ]
	for text in "$output" "$(cat letters)"; do
		[[ "$text" == *'answered 400: '*'ssid'* ]]
		run ! grep -E 'a82066|Mill|House|51\.5' <<<"$text"
	done
}

@test "a report that is refused is set aside alone" {
	loc_statsd_start
	target there batch=50
	target other batch=50
	echo '"n": 13}' >there/refuse
	feed 7 1 40
	run -0 loc-forward -1
	[[ "$output" == *": report 6 of its submission set aside: "*\
"http://127.0.0.1:"*"/v2/geosubmit: answered 400: {}"* ]]
	# The same letter is listed.
	grep -qF "there: dead letter $(loc-work -l | jq -r .id): " \
	    <<<"$output"
	[ "$(taken there)" = "$(seq 40 | grep -vx 13)" ]
	has_taken other 40
	run -0 loc-work -l -v
	[ "$(jq -r '[.group, .key, .reports, .line] | join(" ")' \
	    <<<"$output")" = 'there test 1 6' ]
	[ "$(jq -r '.lines[0]' <<<"$output" | jq .n)" = 13 ]
	loc_metrics >metrics
	grep -q 'data.deadletter:1|c|#key:there' metrics
	# Replayed, it goes there and nowhere else.
	loc-work -1
	rm there/refuse
	loc-work -r all
	loc-work -1
	loc-forward -1
	has_taken there 40
	has_taken other 40
	[ "$(loc_sql 'SELECT samples FROM wifi_shard_0')" = 40 ]
}

@test "a target that refuses everything keeps what is left" {
	target there
	echo 400 >there/always
	feed 30 1 120
	run -75 loc-forward -1
	[ "$(loc-work -l | wc -l)" = 100 ]
	rm there/always
	loc-work -r all
	loc-forward -1
	has_taken there 120
}

@test "one that hangs or is down delays nobody" {
	printf '[forward]\nwait_s = 0\n' >>"$LOC_CONF"
	target quick
	target hung
	target down
	echo hang >hung/answers
	kill "$(cat down/pid)"
	forward
	feed 3 1 30
	until_true has_taken quick 30
	feed 3 31 60
	until_true has_taken quick 60
	[ ! -e hung/taken ]
	# Both come back.
	touch hung/go
	server down "$(cat down/port)"
	until_true has_taken hung 60
	until_true has_taken down 60
	kill "$forward_pid"
	wait "$forward_pid"
}

@test "stopped while it waits for an answer, it delivers nothing twice" {
	target there batch=2
	echo 'hang 200' >there/answers
	feed 1 1 5
	forward
	until_true test -s there/requests
	kill "$forward_pid"
	touch there/go
	wait "$forward_pid"
	loc-forward -1
	has_taken there 5
}

# As systemd does it by default, and a terminal.
@test "a whole group that is told to stop ends its requests first" {
	target there
	for sig in TERM INT HUP USR1; do
		echo 'hang' >there/answers
		: >there/requests
		n=$((${n-0} + 1))
		feed 1 "$n" "$n"
		setsid loc-forward 3>&- 2>>log &
		until_true [ -s there/requests ]
		child=$(pgrep -P $!)
		[ "$(ps -o args= -p "$child")" = 'loc-forward: there' ]
		kill "-$sig" -- "-$!"
		sleep 0.2
		kill -0 "$child"
		# The server hears its client out, and answers.
		echo 200 >there/answers
		touch there/go
		kill -TERM -- "-$!"
		wait $!
		rm there/go
	done
	run ! says 'ended by signal'
	loc-forward -1
	[ "$(taken there | uniq)" = "$(seq 4)" ]
	# A second signal does not wait.
	echo 'hang' >there/answers
	: >there/requests
	feed 1 5 5
	setsid loc-forward 3>&- 2>>log &
	until_true [ -s there/requests ]
	kill -TERM -- "-$!"
	sleep 0.3
	kill -TERM -- "-$!"
	timeout 5 tail --pid="$!" -f /dev/null
	run ! says 'ended by signal'
}

ready_again() {
	[ "$(grep -c ready log)" -ge 3 ]
}

@test "HUP: a new configuration is taken, a bad one is not" {
	cp "$LOC_CONF" good
	loc-forward -v 3>&- 2>>log &
	forward_pid=$!
	target there
	kill -HUP "$forward_pid"
	feed 1 1 2
	until_true has_taken there 2
	echo nonsense >>"$LOC_CONF"
	kill -HUP "$forward_pid"
	until_true says 'going on with the old configuration'
	{ cat good; printf '[forward]\nwait_s = 0\n'; } >"$LOC_CONF"
	child=$(pgrep -P "$forward_pid")
	kill -HUP "$forward_pid"
	tail --pid="$child" -f /dev/null
	feed 1 3 4
	until_true has_taken there 4
	# The same once more: nobody has to start anew.
	child=$(pgrep -P "$forward_pid")
	kill -HUP "$forward_pid"
	until_true ready_again
	loc_sql 'UPDATE loc_version SET number = 999 WHERE number = 1'
	echo >>"$LOC_CONF"
	kill -HUP "$forward_pid"
	until_true says 'is newer than this program'
	feed 1 5 6
	until_true has_taken there 6
	[ "$(pgrep -P "$forward_pid")" = "$child" ]
	kill "$forward_pid"
	wait "$forward_pid"
	run -78 loc-forward -1
}

@test "rows that come, change and go while it runs" {
	printf '[forward]\nwait_s = 0\n' >>"$LOC_CONF"
	forward
	target one
	kill -HUP "$forward_pid"
	feed 1 1 5
	until_true has_taken one 5
	server two
	loc_export one geosubmit "$URL"
	kill -HUP "$forward_pid"
	feed 1 6 9
	arrived() {
		[ "$(taken one; taken two)" = "$(seq "$1")" ]
	}
	until_true arrived 9
	loc_export one geosubmit ftp://nowhere
	kill -HUP "$forward_pid"
	until_true says 'row one: url: expected http://HOST/PATH'
	feed 1 10 11
	loc_export one geosubmit "$URL"
	kill -HUP "$forward_pid"
	until_true arrived 11
	loc_sql "DELETE FROM export_config WHERE name = 'one'"
	loc-work -1
	kill -HUP "$forward_pid"
	feed 1 12 13
	kill "$forward_pid"
	wait "$forward_pid"
	arrived 11
}

@test "only the targets that are named" {
	target one
	target two
	feed 1 1 3
	loc-forward -1 two
	has_taken two 3
	[ ! -e one/taken ]
}

@test "a child that dies is started again, and dies with its parent" {
	printf '[forward]\nwait_s = 0\n' >>"$LOC_CONF"
	target there
	forward
	until_true child_of "$forward_pid"
	kill -9 "$(pgrep -P "$forward_pid")"
	feed 1 1 3
	until_true has_taken there 3
	says 'there: its process was ended by signal 9'
	child=$(pgrep -P "$forward_pid")
	kill -9 "$forward_pid"
	wait "$forward_pid" || true
	tail --pid="$child" -f /dev/null
	feed 1 4 6
	loc-forward -1
	has_taken there 6
}

@test "kill -9 at any moment loses nothing" {
	target there batch=7
	loc_export files s3 "$PWD/files" batch=9
	loc-work -1
	feed 3 1 600
	for _ in $(seq 12); do
		setsid loc-forward 3>&- 2>>log &
		sleep "0.$((RANDOM % 25 + 5))"
		kill -9 -- "-$!"
		wait $! || true
	done
	loc-forward -1
	[ "$(taken there | uniq)" = "$(seq 600)" ]
	[ "$(find files -name '[!.]*.json.gz' -exec zcat {} + |
	    jq '.items[].n' | sort -n | uniq)" = "$(seq 600)" ]
	# Each object is in a manifest, and as it says.
	loc-backup verify "$PWD/files"
	[ "$(pending there)" = 0 ]
	[ -z "$(loc-work -l)" ]
}

@test "Redis restarted empty: everybody still gets everything" {
	loc_own_servers
	begin
	target there
	feed 2 1 100
	loc-work -1
	loc_redis flushall
	feed 2 101 120
	loc-forward -1
	has_taken there 120
	loc_redis save
	feed 2 121 140
	loc_server_restart redis
	loc-feed -1
	loc-forward -1
	[ "$(taken there | uniq)" = "$(seq 140)" ]
	loc-work -1
	[ "$(loc_sql 'SELECT samples FROM wifi_shard_0')" = 140 ]
}

@test "files and objects: by source, key and day" {
	loc_export backup s3 "$PWD/dir/{source}/{api_key}/{year}-{month}/x{day}"
	loc-work -1
	{
		echo '{"apiKey": "test", "n": 1}'
		echo '{"position": {"source": "query"}, "n": 2}'
		echo '{"apiKey": null, "position": null, "n": 3}'
		echo '{"apiKey": "test", "n": 4}'
	} | put_reports "$spool" 2
	echo '{"apiKey": "../x", "position": {"source": "a/b"}, "n": 5}' |
	    put_reports "$spool"
	loc-feed -1
	loc-forward -1
	day=$(date -u +%Y-%-m/x%-d)
	[ "$(find dir -type f ! -path 'dir/manifest/*' | sed 's/[0-9a-f]\{12\}1[0-9a-f]\{19\}\.json/U&/
	    s/U.*\.json/U.json/' | sort)" = "\
dir/a_b/_._x/$day/U.json.gz
dir/gnss/no_key/$day/U.json.gz
dir/gnss/test/$day/U.json.gz
dir/query/test/$day/U.json.gz" ]
	[ "$(zcat dir/gnss/test/*/*/* | sed 's/[0-9a-f]\{32\}/ID/
	    s/\(accepted_ms": \)[0-9]*/\1T/')" = '{"items": [{"apiKey":'\
' "test", "n": 1}], "source": "gnss", "key": "test", "submissions":'\
' [{"id": "ID", "accepted_ms": T, "line": 1, "n": 1, "of": 2}]}' ]
	# The other of its submission came from elsewhere.
	[ "$(zcat dir/query/test/*/*/* | jq -c '.submissions[] |
	    [.line, .n, .of]')" = '[2,1,2]' ]
	[ "$(zcat dir/gnss/no_key/*/*/* | jq -c .key)" = null ]
	# One manifest for all of them.
	[ "$(cat dir/manifest/*/*.json | jq -c '[.target, (.objects | length),
	    ([.objects[].stored] | all), ([.objects[].reports] | add)]')" = \
	    '["backup",4,true,5]' ]
	while read -r sum bytes key; do
		[ "$(sha256sum <"dir/$key")" = "$sum  -" ]
		[ "$(stat -c '%s %a' "dir/$key")" = "$bytes 640" ]
	done < <(jq -r '.objects[] | "\(.sha256) \(.bytes) \(.key)"' \
	    dir/manifest/*/*.json)
	[ "$(zcat dir/gnss/no_key/*/*/* | jq -c '.items[]')" = \
	    $'{"apiKey":null,"position":null,"n":3}
{"apiKey":"test","n":4}' ]
	# As much packed as it was.
	[ "$(zcat dir/gnss/test/*/*/* | gzip -7 -n | wc -c)" -ge \
	    "$(cat dir/gnss/test/*/*/* | wc -c)" ]
	loc_export backup s3 "file://$PWD/plain"
	feed 1 6 6
	loc-forward -1
	[ "$(zcat plain/*.json.gz | jq '.items[].n')" = 6 ]
	loc_export backup s3 /dev/null/x
	feed 1 7 7
	run -75 loc-forward -1
	[[ "$output" == *'/dev/null/x/'*': Not a directory'* ]]
	[ "$(pending backup)" = 1 ]
}

# s3_server: one that checks signatures, $S3.
s3_server() {
	mkdir bucket
	"$LOC_TOP/tests/cmd/s3-server.py" bucket 3>&- &
	until_true test -e bucket/port
	S3=http://127.0.0.1:$(cat bucket/port)
}

@test "objects in a bucket, each signed" {
	loc_statsd_start
	s3_server
	cat >>"$LOC_CONF" <<-END
	[s3]
	endpoint = $S3
	region = mars-1
	access_key = test id
	secret_key = test+secret/
	path_style = yes
	END
	loc_export backup s3 's3://raw/ä b+(1)/{source}/{api_key}/' batch=2
	run -0 loc-work -1
	[[ "$output" == *'backup: url: expected no blanks'* ]]
	loc_export backup s3 's3://raw/ä+(1)~*/{source}/{api_key}/' batch=2
	loc-work -1
	feed 1 1 3
	loc-forward -1
	[ "$(find bucket/raw -name '*.gz' -exec zcat {} + | jq '.items[].n' |
	    sort | xargs)" = '1 2 3' ]
	[ "$(cat bucket/raw/ä+*/gnss/test/*.meta | uniq)" = \
	    'application/json gzip None' ]
	[ "$(find bucket/raw -name '*.gz' | wc -l)" = 2 ]
	# One that is not able to has the same object the next time.
	loc_metrics >metrics
	[ "$(grep -c 'data.export.upload:2|c|#key:backup,status:success' \
	    metrics)" = 1 ]
	echo 503 >bucket/always
	feed 1 4 4
	run -75 loc-forward -1
	[[ "$output" == *'answered 503: Always: Said the test.; trying again'* ]]
	rm bucket/always
	sed -i 's|^secret_key.*|secret_key = wrong|' "$LOC_CONF"
	run -75 loc-forward -1
	[[ "$output" == *': answered 403: SignatureDoesNotMatch: Said'* ]]
	loc_metrics | grep -q 'upload:[0-9]*|c|#key:backup,status:failure'
	# Keys of the environment, with a token, and the bucket in the host.
	sed -i '/^access_key\|^secret_key\|^region/d
	    s|^endpoint.*|endpoint = '"${S3/127.0.0.1/localhost}"'|
	    s/^path_style.*/path_style = no/' "$LOC_CONF"
	run -75 loc-forward -1
	[[ "$output" == *'no access key for S3'* ]]
	export AWS_ACCESS_KEY_ID='test id' AWS_SECRET_ACCESS_KEY='test+secret/'
	export AWS_REGION=mars-1 AWS_SESSION_TOKEN=token==
	loc-forward -1
	[ "$(find bucket/raw -name '*.gz' -newer metrics -exec zcat {} + |
	    jq '.items[].n')" = 4 ]
	[ "$(find bucket/raw/ä*/gnss -name '*.meta' -newer metrics -exec cat {} +)" = \
	    'application/json gzip token==' ]
}

@test "objects in s3rver" {
	s3rver=$LOC_TOP/build/npm/node_modules/.bin/s3rver
	[ -x "$s3rver" ] || skip 'no s3rver: see scripts/packages npm'
	port=$(python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	mkdir store
	"$s3rver" -a 127.0.0.1 -p "$port" -d store --no-vhost-buckets \
	    --configure-bucket raw 3>&- >/dev/null 2>&1 &
	until_true curl -so /dev/null "http://127.0.0.1:$port/"
	printf '[s3]\nendpoint = %s\naccess_key = S3RVER\n' \
	    "http://127.0.0.1:$port" >>"$LOC_CONF"
	printf 'secret_key = S3RVER\npath_style = yes\n' >>"$LOC_CONF"
	loc_export backup s3 's3://raw/{source}/ä'
	loc-work -1
	feed 1 1 3
	loc-forward -1
	object=$(find store/raw/gnss/ä -name '*.json.gz*_object')
	object=${object##*/}
	run -0 curl -fs --compressed \
	    "http://127.0.0.1:$port/raw/gnss/%C3%A4/${object%%.*}.json.gz"
	[ "$(jq '.items[].n' <<<"$output" | xargs)" = '1 2 3' ]
}

@test "metrics of every attempt and batch" {
	loc_statsd_start
	target there batch=2
	loc_export nobody dummy
	loc-work -1
	echo '500 200 404' >there/answers
	feed 1 1 4
	run -75 loc-forward -1
	loc_metrics | sed 's/timing:[0-9.]*/timing:T/' | tr ' ' '\n' | sort |
	    grep data.export >got
	[ "$(sort got)" = "\
location.data.export.batch:1|c|#key:nobody
location.data.export.batch:1|c|#key:there
location.data.export.upload.timing:T|ms|#key:nobody
location.data.export.upload.timing:T|ms|#key:there
location.data.export.upload:1|c|#key:there,status:200
location.data.export.upload:1|c|#key:there,status:404
location.data.export.upload:1|c|#key:there,status:500" ]
}

@test "without Redis or MySQL: 75 with -1, else patience" {
	printf '[forward]\nwait_s = 0\n' >>"$LOC_CONF"
	target there
	feed 1 1 2
	cp "$LOC_CONF" good
	sed -i 's|unix://|&/nowhere|' "$LOC_CONF"
	run -75 loc-forward -1
	sed 's|unix_socket=|&/nowhere|' good >"$LOC_CONF"
	run -75 loc-forward -1
	forward
	until_true says "\[database\] ro_url"
	kill "$forward_pid"
	wait "$forward_pid"
	cp good "$LOC_CONF"
	loc-forward -1
	has_taken there 2
}

@test "a target whose group is not there yet" {
	server there
	loc_export there geosubmit "$URL"
	run -75 loc-forward -1
	[[ "$output" == *'there: its group is not there, see loc-work(1)' ]]
}
