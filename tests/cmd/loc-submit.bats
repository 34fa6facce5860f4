#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

A='{"timestamp":1460000000000,"cellTowers":[{"cellId":1}]}'
B='{"timestamp":1460000000000,"cellTowers":[{"cellId":2}],"position":{"latitude":1}}'
LINE_A='{"timestamp": 1460000000000, "cellTowers": [{"cellId": 1}]}'
LINE_B='{"timestamp": 1460000000000, "cellTowers": [{"cellId": 2}], "position": {"latitude": 1.0}}'

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$(dirname "$(command -v loc-submit)")/tools:$PATH
	export LOC_CONF=$PWD/location.ini
	printf '[spool]\ndir = %s\n' "$PWD/spool" >location.ini
}

teardown() {
	if [ -f pid ]; then
		kill "$(cat pid)"
	fi
}

# $URL: a server that answers with the words of the file answers.
server() {
	"${BATS_TEST_DIRNAME:-.}/post-server.py" . 3>&- &
	echo $! >pid
	for _ in $(seq 600); do
		[ ! -f port ] || break
		sleep 0.1
	done
	URL=http://127.0.0.1:$(cat port)/v2/geosubmit
}

@test "reports come into the spool in their regular form" {
	run -0 --separate-stderr loc-submit -k test <<<"$A"$'\n\n'"$B"
	[ -z "$output$stderr" ]
	run -0 spool_cat spool
	[ "$output" = "# test 2"$'\n'"$LINE_A"$'\n'"$LINE_B" ]
}

@test "a batch is one submission" {
	for _ in 1 2 3 4 5; do
		echo "$A"
	done >five
	cp five again
	run -0 loc-submit -b 2 five - <again
	run -0 spool_cat spool
	[ "$(grep '^#' <<<"$output" | tr '\n' ' ')" = \
	    '#  2 #  2 #  1 #  2 #  2 #  1 ' ]
}

@test "a bad line costs itself" {
	printf '%s\n' "$A" junk '[1]' '{"a":}' "$B" >mixed
	run -65 loc-submit -v mixed
	[ "${lines[0]}" = \
	    'loc-submit: mixed:2: not JSON: expected a value at byte 1' ]
	[ "${lines[1]}" = \
	    'loc-submit: mixed:3: not a report: expected an object' ]
	[ "${lines[2]}" = \
	    'loc-submit: mixed:4: not JSON: expected a value at byte 6' ]
	[ "${lines[3]}" = 'loc-submit: 2 reports handed in, 0 without'\
' networks, 3 refused' ]
	run -0 spool_cat spool
	[ "$output" = "#  2"$'\n'"$LINE_A"$'\n'"$LINE_B" ]
}

@test "a bad field costs itself, a report without networks is named" {
	run -65 loc-submit -v <<-END
	{"timestamp":1460000000000,"cellTowers":[7,{"cellId":1,"age":"x"}]}
	{"position":{"latitude":1}}
	END
	[ "${lines[0]}" = 'loc-submit: stdin:2: no networks' ]
	[ "${lines[1]}" = 'loc-submit: 1 reports handed in, 1 without'\
' networks, 0 refused; 2 values left out' ]
	run -0 spool_cat spool
	[ "$output" = "#  1"$'\n'"$LINE_A" ]
}

@test "lines of many networks are read, longer ones named" {
	{
		printf '{"cellTowers":[{"cellId":1}'
		seq -f ',{"cellId":%.0f}' 80000 | tr -d '\n'
		echo ']}'
		printf '%67108865s\n' '{}'
		echo "$A"
	} >long
	run -65 loc-submit long
	[ "$output" = 'loc-submit: long:2: longer than 67108864 bytes' ]
	spool_cat spool | sed 1d | head -n 1 |
	    jq -e '.cellTowers | length == 80001'
	[ "$(spool_cat spool | tail -n 1)" = "$LINE_A" ]
}

@test "bodies of all interfaces, mixed with single reports" {
	t='"timestamp":1460000000000'
	cat >mixed <<-END
	{"items":[$A,$B]}
	{"items":[{$t,"latitude":1,"cellTowers":[{"cellId":3}]}],"more":1}
	{"items":[{"time":"2016-04-07T03:33:20Z","lat":1,"cell":[{"cid":4}]}]}
	{"items":[]}
	{$t,"latitude":1,"cellTowers":[{"cellId":5}]}
	{"time":"2016-04-07T03:33:20Z","lat":1,"wifi":[{"key":"m"}]}
	END
	run -0 loc-submit -v mixed
	[ "$output" = 'loc-submit: 6 reports handed in, 0 without networks,'\
' 0 refused' ]
	run -0 spool_cat spool
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = "#  6 $LINE_A $LINE_B" ]
	[ "$(sed 1,3d <<<"$output" |
	    jq -c '[.cellTowers[]?.cellId, .wifiAccessPoints[]?.macAddress,
	    .position.latitude, .timestamp]')" = '[3,1,1460000000000]
[4,1,1460000000000]
[5,1,1460000000000]
["m",1,1460000000000]' ]
}

@test "what of a body is no report is named, the rest is handed in" {
	cat >bodies <<-END
	{"items":[$A,7,{"position":{}},$B]}
	{"items":{}}
	$A
	END
	run -65 loc-submit -v bodies
	[ "$output" = 'loc-submit: bodies:1: item 2: not a report: expected an object
loc-submit: bodies:1: item 3: no networks
loc-submit: bodies:2: expected a list at items
loc-submit: 3 reports handed in, 1 without networks, 2 refused' ]
	[ "$(spool_cat spool | grep -c cellId)" -eq 3 ]
}

@test "what loc-forward wrote is taken, and what has byte order marks" {
	printf '{"items": [%s, %s]}' "$LINE_A" "$LINE_B" | gzip >object.gz
	printf '\357\273\277%s\r\n\357\273\277{"items":[%s]}' "$A" "$B" >bom
	run -0 loc-submit object.gz bom
	run -0 spool_cat spool
	[ "$output" = "#  2
$LINE_A
$LINE_B
#  2
$LINE_A
$LINE_B" ]
}

@test "a large body is more submissions than one, and told by items" {
	echo 'max_bytes = 1m' >>location.ini
	{
		echo "$A"
		printf '{"items":['
		yes "$A," | head -n 19999 | tr -d '\n'
		echo "$A]}"
	} >large
	run -75 loc-submit -b 50 large
	[[ "${lines[-1]}" =~ 'large: stopped; line 2 from item '([0-9]+)\
' on, and what follows, was not handed in' ]]
	item=${BASH_REMATCH[1]}
	run -0 spool_cat spool
	[ "$(grep -c cellId <<<"$output")" -eq "$item" ]
	[ "$(grep '^#' <<<"$output" | sort -u)" = '#  50' ]
}

@test "compressed files, and a missing one among them" {
	echo "$A" | gzip >a.gz
	echo "$B" | zstd -q >b.zst
	run -66 loc-submit a.gz missing b.zst
	[ "$output" = 'loc-submit: missing: No such file or directory' ]
	run -0 spool_cat spool
	[ "$output" = "#  1"$'\n'"$LINE_A"$'\n'"#  1"$'\n'"$LINE_B" ]
}

@test "of compressed data that are damaged nothing is handed in" {
	printf '%s\n' "$A" "$B" | gzip >whole.gz
	head -c -4 whole.gz >cut.gz
	run -65 loc-submit cut.gz
	[ "$output" = 'loc-submit: cut.gz: compressed data ends early
loc-submit: cut.gz: nothing of it was handed in' ]
	[ "$(spool_cat spool | grep -c cellId)" -eq 0 ]
	# Of a pipe it is told where to go on.
	run -65 loc-submit < <(cat cut.gz)
	[ "$output" = 'loc-submit: stdin: compressed data ends early
loc-submit: stdin: stopped; line 3 and what follows was not handed in' ]
	run -0 loc-submit - <whole.gz
	[ "$(spool_cat spool | grep -c cellId)" -eq 4 ]
}

@test "a full spool is 75 and says where it stopped" {
	echo 'max_bytes = 1m' >>location.ini
	yes "$A" | head -n 20000 >many
	run -75 loc-submit many
	[[ ${lines[-1]} =~ 'many: stopped; line '([0-9]+)' and what follows' ]]
	spooled=$(spool_cat spool | grep -vc '^#')
	[ "$spooled" -gt 1000 ]
	[ "$spooled" -eq $((BASH_REMATCH[1] - 1)) ]
}

@test "a spool that cannot be made is 73" {
	echo >spool
	run -73 loc-submit <<<"$A"
}

@test "a signal ends the waiting for a pipe; what was read is handed in" {
	mkfifo pipe
	loc-submit pipe 2>log 3>&- &
	pid=$!
	exec 4>pipe
	echo "$A" >&4
	sleep 0.3
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec 4>&-
	[ $status -eq 75 ]
	[ "$(cat log)" = 'loc-submit: pipe: stopped after line 1' ]
	run -0 spool_cat spool
	[ "$output" = "#  1"$'\n'"$LINE_A" ]
}

@test "a hang-up is told like other signals, unless it is ignored" {
	mkfifo pipe
	echo "$B" >later
	loc-submit pipe later 2>log 3>&- &
	pid=$!
	exec 4>pipe
	printf '%s\n' "$A" "$A" >&4
	sleep 0.3
	kill -HUP $pid
	status=0
	wait $pid || status=$?
	[ $status -eq 75 ]
	exec 4>&-
	[ "$(cat log)" = 'loc-submit: pipe: stopped after line 2' ]
	(
		trap '' HUP
		exec loc-submit pipe 2>log 3>&-
	) &
	pid=$!
	exec 4>pipe
	kill -HUP $pid
	echo "$A" >&4
	exec 4>&-
	wait $pid
	[ ! -s log ]
}

@test "a hang-up before it has read anything" {
	echo "$A" >later
	LD_PRELOAD=$(dirname "$(command -v loc-submit)")/shims/fault.so \
	    FAULT_HUP=1 run -75 loc-submit later
	[ "$output" = 'loc-submit: later: stopped before it' ]
}

@test "root becomes who owns the spool" {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	dir=$(mktemp -d "${TMPDIR:-/tmp}/spool.XXXXXX")
	chmod 755 "$dir"
	install -d -o nobody -m 700 "$dir/spool"
	printf '[spool]\ndir = %s\n' "$dir/spool" >location.ini
	echo "$A" >secret
	chmod 600 secret
	run -66 loc-submit secret missing - < <(cat secret)
	[ "$output" = 'loc-submit: missing: No such file or directory' ]
	[ "$(stat -c %U "$dir"/spool/*.seg)" = nobody ]
	[ "$(spool_cat "$dir/spool" | grep -c cellId)" -eq 2 ]
	# One that is missing is made for the user of the service.
	rm -r "$dir/spool"
	printf '[http]\nuser = nobody\n' >>location.ini
	run -0 loc-submit secret
	[ "$(stat -c '%U %a' "$dir/spool" "$dir"/spool/*.seg)" = \
	    $'nobody 750\nnobody 1640' ]
	rm -r "$dir"
}

@test "-u posts items, and leaves out positions that are null" {
	server
	run -0 loc-submit -b 1 -k test -u "$URL?a=b" <<<"$A"$'\n'"$B"
	[ "$(cat requests)" = "POST /v2/geosubmit?a=b&key=test\
 application/json loc/$(loc-submit -V | cut -d' ' -f2)\
 {\"items\": [$LINE_A]}
POST /v2/geosubmit?a=b&key=test\
 application/json loc/$(loc-submit -V | cut -d' ' -f2)\
 {\"items\": [$LINE_B]}" ]
	[ ! -e spool ]
}

@test "-u: what the server refuses is named, the rest goes on" {
	server
	echo '200 400 200' >answers
	run -65 loc-submit -v -b 2 -u "$URL?key=secret" <<<"$A
$A
$A

$A
$A"
	[ "${lines[0]}" = "loc-submit: $URL: answered 400: {}" ]
	[ "${lines[1]}" = 'loc-submit: stdin:3: the reports of lines 3 to 5'\
' were refused' ]
	[ "${lines[2]}" = 'loc-submit: 3 reports handed in, 0 without'\
' networks, 2 refused' ]
	[ "$(wc -l <requests)" -eq 3 ]
}

@test "-u: a server that is not able to is 75, a wrong address 69" {
	server
	for answer in 500 503 429 403 drop; do
		echo "200 $answer" >answers
		run -75 loc-submit -b 1 -u "$URL" <<<"$A"$'\n'"$A"$'\n'"$A"
		[ "${lines[1]}" = 'loc-submit: stdin: stopped; line 2 and'\
' what follows was not handed in' ]
	done
	for answer in 404 405 410; do
		echo "$answer" >answers
		run -69 loc-submit -u "$URL" <<<"$A"
	done
	[ "$(wc -l <requests)" -eq 13 ]
	kill "$(cat pid)"
	rm pid
	run -75 loc-submit -u "$URL" <<<"$A"
	[[ ${lines[0]} = *"Failed to connect"* ]]
}

@test "-u follows one redirection, by POST" {
	server
	for answer in 302 307; do
		echo "$answer 200" >answers
		run -0 loc-submit -u "$URL" <<<"$A"
	done
	[ "$(grep -c '^POST /there .*cellId' requests)" -eq 2 ]
	echo '302 302' >answers
	run -69 loc-submit -u "$URL" <<<"$A"
	rm requests
	echo 308 >answers
	run -69 loc-submit -u "$URL" <<<"$A"
	[[ $output = *"redirected to another host"* ]]
	[ "$(wc -l <requests)" -eq 1 ]
}

@test "wrong usage is 64" {
	run -64 loc-submit -b 0 /dev/null
	run -64 loc-submit -k 'a b' /dev/null
	run -64 loc-submit -u ftp://127.0.0.1/ /dev/null
	run -64 loc-submit -x
	run -78 loc-submit -c missing.ini /dev/null
}
