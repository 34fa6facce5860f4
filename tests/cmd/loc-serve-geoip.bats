#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve and a GeoIP file that is replaced, overwritten or broken under it.
# There is no database, so that any API key may ask.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[geoip]
	db_path = $BATS_TEST_TMPDIR/city.mmdb
	END
	mmdb_make one DE 10 10
	mmdb_make two FR 20 20
	mmdb_make three IT 30 30 flat
	head -c 1000 one >broken
	cp one city.mmdb
}

teardown() {
	loc_stop
}

# The latitude for an address, or "none".
latitude() {
	curl -s -H 'X-Forwarded-For: 1.2.3.4' \
	    "$URL/v1/geolocate?key=test" | jq -r '.location.lat // "none"'
}

# becomes LATITUDE: within some seconds that is the answer
becomes() {
	for _ in $(seq 600); do
		[ "$(latitude)" != "$1" ] || return 0
		sleep 0.1
	done
	cat serve.log
	return 1
}

# said N TEXT: the log says TEXT N times, within some seconds
said() {
	for _ in $(seq 600); do
		[ "$(grep -c "$2" serve.log)" != "$1" ] || return 0
		sleep 0.1
	done
	cat serve.log
	return 1
}

@test "reliability 26: connections outlive good and bad files and settings" {
	printf '[http]\nidle_timeout_s = 60\n' >>location.ini
	cp location.ini good
	loc_serve_start
	ulimit -n "$(ulimit -H -n)"
	"$BATS_TEST_DIRNAME/raw-client.py" "${URL##*:}" kept 500 "$PWD/enough" \
	    >answers 3>&- &
	client=$!
	for _ in 1 2 3; do
		echo 'connections = none' >>location.ini
		kill -HUP "$LOC_SERVE_PID"
		sleep 0.3
		cp good location.ini
		cat broken >city.mmdb
		kill -HUP "$LOC_SERVE_PID"
		sleep 0.3
		[ "$(latitude)" = 10 ] || [ "$(latitude)" = 20 ]
		cp two new
		mv new city.mmdb
		kill -HUP "$LOC_SERVE_PID"
		becomes 20
	done
	touch enough
	wait "$client"
	[ "$(cat answers)" = '500 lasted, 0 lost' ]
	until_true grep -q 'going on with the old configuration' serve.log
	until_true grep -q 'going on with the old GeoIP data' serve.log
}

@test "a new file is used, by itself" {
	loc_serve_start
	[ "$(latitude)" = 10 ]
	cp two new
	mv new city.mmdb
	becomes 20
	cat three >city.mmdb
	becomes 30
	[ "$(grep -c 'city.mmdb: read anew' serve.log)" = 2 ]
	# the same again is no news
	kill -HUP "$LOC_SERVE_PID"
	said 1 reloaded
	becomes 30
}

@test "reliability 26: a broken file is refused once, and the old data kept" {
	loc_serve_start
	cat broken >city.mmdb
	said 1 'going on with the old GeoIP data'
	[ "$(latitude)" = 10 ]
	# asked to, it tries again
	kill -HUP "$LOC_SERVE_PID"
	said 2 'going on with the old GeoIP data'
	[ "$(latitude)" = 10 ]
	: >city.mmdb
	said 3 'going on with the old GeoIP data'
	rm city.mmdb
	kill -HUP "$LOC_SERVE_PID"
	said 1 'No such file'
	[ "$(latitude)" = 10 ]
	cp two city.mmdb
	becomes 20
}

geoip_is_up() {
	[ "$(curl -s "$URL/__heartbeat__" | jq .geoip.up)" = true ]
}

@test "a file that comes later, and another path" {
	rm city.mmdb
	loc_serve_start
	[ "$(latitude)" = none ]
	[ "$(curl -s "$URL/__heartbeat__" | jq .geoip.up)" = false ]
	cp one city.mmdb
	becomes 10
	until_true geoip_is_up
	sed -i "s,^db_path.*,db_path = $PWD/two," location.ini
	kill -HUP "$LOC_SERVE_PID"
	becomes 20
	sed -i "/^db_path/d" location.ini
	kill -HUP "$LOC_SERVE_PID"
	becomes none
}

@test "reliability 26: whatever is done to the file, there are no other answers" {
	loc_serve_start
	for _ in {1..10}; do
		cat broken >city.mmdb
		latitude >>got
		cat two >city.mmdb
		: >city.mmdb
		kill -HUP "$LOC_SERVE_PID"
		dd if=two of=city.mmdb bs=1 count=700 status=none
		latitude >>got
		cat one >city.mmdb
		head -c 5000 /dev/urandom >city.mmdb
	done
	kill -0 "$LOC_SERVE_PID"
	[ "$(grep -vc -e '^10$' -e '^20$' got)" = 0 ]
	cp three city.mmdb
	becomes 30
}

@test "an address believed of whoever connects to a local socket" {
	echo "[http]
trusted_proxies =
listen = $PWD/sock" >>location.ini
	loc-serve 3>&- 2>serve.log &
	echo $! >>pids
	until [ -S sock ]; do sleep 0.05; done
	here=$(curl -s --retry 5 --retry-connrefused --unix-socket sock \
	    -H 'X-Forwarded-For: 1.2.3.4' 'http://x/v1/geolocate?key=test')
	[ "$(jq -r .location.lat <<<"$here")" = 10 ]
}
