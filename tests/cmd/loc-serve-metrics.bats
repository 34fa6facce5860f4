#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-serve tells statsd (metrics.md 2.1, 2.2) and Sentry.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	# Datagrams, a line each, into the file metrics.
	python3 - 3>&- <<-'END' &
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(("127.0.0.1", 0))
	open("port.new", "w").write(str(s.getsockname()[1]))
	import os
	os.rename("port.new", "port")
	with open("metrics", "wb", buffering=0) as f:
	    while True:
	        f.write(s.recv(65536) + b"\n")
	END
	receiver=$!
	until [ -e port ]; do sleep 0.02; done
	printf '[statsd]\nhost = 127.0.0.1\nport = %s\ntag_support = true\n' \
	    "$(cat port)" >>"$LOC_CONF"
}

teardown() {
	loc_stop
	kill "$receiver"
}

@test "requests and calls are counted with their tags" {
	loc-key create test
	loc_serve_start
	curl -s -d '{}' "$URL/v1/geolocate?key=test" >one
	curl -s -d '{}' "$URL/v1/geolocate" >two
	curl -s -d '{}' "$URL/v1/country?key=abcdefg" >three
	curl -s -d '{"items":[]}' "$URL/v2/geosubmit" >four
	curl -s "$URL/nobody-is-home" >five
	kill -TERM "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID" || true
	for want in 'locate.request:1|c|#path:v1.geolocate,key:test' \
	    'locate.request:1|c|#path:v1.geolocate,key:none' \
	    'region.request:1|c|#path:v1.country,key:invalid' \
	    'submit.request:1|c|#path:v2.geosubmit,key:none' \
	    'data.batch.upload:1|c' \
	    'request:1|c|#path:v1.geolocate,method:post,status:404' \
	    'request:1|c|#path:v1.geolocate,method:post,status:400' \
	    'request:1|c|#path:v2.geosubmit,method:post,status:200'; do
		for _ in {1..100}; do
			! grep -qxF "location.$want" metrics || break
			sleep 0.05
		done
		grep -xF "location.$want" metrics
	done
	grep -q '^location.request.timing:[0-9.]*|ms|#path:v1.geolocate,method:post$' metrics
	run ! grep nobody metrics
}
