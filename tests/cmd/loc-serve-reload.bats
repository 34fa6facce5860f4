#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve and HUP: a new configuration, or the old one, and no request
# dropped.  None of this needs a database.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[cache]
	cache_url = unix://$BATS_TEST_TMPDIR/none
	[http]
	max_body = 2k
	END
}

teardown() {
	loc_stop
}

raw() {
	timeout 60 "$BATS_TEST_DIRNAME/raw-client.py" "${URL##*:}" "$@"
}

# reload [WORD]: HUP, until it is done: "reloaded", or else WORD is said
reload() {
	local word=${1:-reloaded} n

	n=$(grep -c "$word" serve.log || true)
	kill -HUP "$LOC_SERVE_PID"
	for _ in $(seq 6000); do
		[ "$(grep -c "$word" serve.log)" = "$n" ] || return 0
		sleep 0.01
	done
	cat serve.log
	return 1
}

# set KEY VALUE: in the section [http], which is the last
set_http() {
	sed -i "/^$1 =/d" location.ini
	echo "$1 = $2" >>location.ini
}

# body SIZE: the status for a body of SIZE bytes
body() {
	printf '{"items":[]%*s}' $(($1 - 12)) '' |
	    curl -s -o reply -w '%{http_code}' --data-binary @- \
	    "$URL/v2/geosubmit"
}

descriptors() {
	find "/proc/$LOC_SERVE_PID/fd" -mindepth 1 | wc -l
}

threads() {
	find "/proc/$LOC_SERVE_PID/task" -mindepth 1 -maxdepth 1 | wc -l
}

# At rest there is nothing left of what was before.
at_rest() {
	for _ in $(seq 600); do
		[ "$(descriptors) $(threads)" != "$1" ] || return 0
		sleep 0.1
	done
	echo "$(descriptors) descriptors, $(threads) threads, not $1"
	return 1
}

@test "a new configuration holds at once" {
	loc_serve_start
	[ "$(body 3000)" = 413 ]
	set_http max_body 4k
	reload
	[ "$(body 3000)" = 200 ]
	[ "$(body 5000)" = 413 ]
	[ "$(curl -s -o reply -w '%{http_code}' "$URL/v1/search")" = 400 ]
	set_http v2016 false
	reload
	[ "$(curl -s -o reply -w '%{http_code}' "$URL/v1/search")" = 404 ]
	sed -i "s,^dir = .*,dir = $PWD/other," location.ini
	reload
	curl -s -d '{"items":[{"cellTowers":[{}]}]}' "$URL/v2/geosubmit"
	[ "$(spool_cat other | grep -vc '^#')" = 1 ]
	# the number of connections, too
	set_http connections 3
	reload
	run -0 raw busy 5 /__lbheartbeat__
	[ "${lines[0]}" = 'HTTP/1.1 503 Service Unavailable' ]
}

@test "reliability 26: a bad configuration changes nothing, whatever is bad" {
	loc_serve_start
	cp location.ini good.ini
	while read -r line; do
		cp good.ini location.ini
		set_http max_body 4k
		echo "$line" >>location.ini
		reload 'going on with the old configuration'
		[ "$(body 3000)" = 413 ]
	done <<-END
	nonsense
	nonsense = 1
	strict = maybe
	trusted_proxies = somebody
	listen = nowhere
	user = nobody-of-that-name
	user = nobody:no-such-group
	[spool
	END
	cp good.ini location.ini
	sed -i 's,^dir = .*,dir = /dev/null/spool,; s/2k/4k/' location.ini
	reload 'going on with the old configuration'
	[ "$(body 3000)" = 413 ]
	sed 's,^cache_url = .*,cache_url = nonsense,; s/2k/4k/' good.ini \
	    >location.ini
	reload 'going on with the old configuration'
	[ "$(body 3000)" = 413 ]
	rm location.ini
	reload 'going on with the old configuration'
	[ "$(body 3000)" = 413 ]
	sed 's/2k/4k/' good.ini >location.ini
	chmod 600 location.ini
	reload
	[ "$(body 3000)" = 200 ]
}

@test "what cannot change is said" {
	loc_serve_start
	set_http listen 127.0.0.1:1
	set_http user nobody
	reload
	grep -qx 'loc-serve: .*:[0-9]*: \[http\] listen: changes with a restart only' \
	    serve.log
	grep -qx 'loc-serve: .*:[0-9]*: \[http\] user: changes with a restart only' \
	    serve.log
	[ "$(body 100)" = 200 ]
}

@test "a request goes on with the configuration it began with" {
	set_http max_body 4k
	loc_serve_start
	mkfifo in
	rest="$(descriptors) $(threads)"
	curl -s -o slow -T - -H 'Expect:' -X POST "$URL/v2/geosubmit" <in 3>&- &
	curl=$!
	exec 7>in
	printf '{"items":[%*s' 1000 '' >&7
	for _ in $(seq 1200); do
		[ "$(descriptors)" = "${rest% *}" ] || break
		sleep 0.05
	done
	set_http max_body 1k
	reload
	[ "$(body 3000)" = 413 ]
	printf '%*s]}' 2000 '' >&7
	exec 7>&-
	wait $curl
	[ "$(cat slow)" = '{}' ]
	at_rest "$rest"
}

# bats test_tags=plain
@test "reliability 26: a hundred HUPs under load: no request is dropped, nothing leaks" {
	loc_serve_start
	for _ in 1 2 3; do reload; done
	sleep 1
	rest="$(descriptors) $(threads)"
	raw load 4 "$PWD/enough" >counts 3>&- &
	client=$!
	for _ in $(seq 100); do reload; done
	touch enough
	wait $client
	cat counts
	[[ "$(cat counts)" == *', 0 failed' ]]
	reload
	at_rest "$rest"
	# what was accepted is in the spool, and that in few files
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID"
	[ "$(spool_cat spool | grep -vc '^#') accepted, 0 failed" = \
	    "$(cat counts)" ]
	[ "$(find spool -name '*.seg' | wc -l)" -le 5 ]
}
