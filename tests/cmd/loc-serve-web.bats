#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve with [web] dir: files, and nothing but these.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone <<-END
	[web]
	dir = $BATS_TEST_TMPDIR/site
	datamap = $BATS_TEST_TMPDIR/datamap
	END
	mkdir -p site/map site/static site/stats/regions datamap/tiles/0/0
	echo home >site/index.html
	echo '<p>map' >site/map/index.html
	echo regions >site/stats/regions/index.html
	echo none >site/404.html
	echo 'not ours' >site/robots.txt
	echo '{}' >site/map.json
	echo secret >site/.hidden
	echo secret >secret
	ln -s ../secret site/link
	ln -s .. site/up
	mkfifo site/pipe
	seq 100000 >site/static/long.js
	gzip -9k site/static/long.js
	printf tile >datamap/tiles/0/0/0.png
	seq 20000 >datamap/all.pmtiles
	touch -d '2026-01-02 03:04:05 UTC' site/map/index.html
	loc_serve_start
}

teardown() {
	loc_stop
}

# get [CURL-OPTION ...] PATH: status and type; the body is in body, the head
# in head
get() {
	curl -s -m 30 --path-as-is -o body -D head \
	    -w '%{http_code} %{content_type}' "${@:1:$#-1}" "$URL${!#}"
}

# head_of NAME: that field of the last reply
head_of() {
	sed -n "s/^$1: \(.*\)\r$/\1/p" head
}

@test "pages are at the addresses that Ichnaea had" {
	[ "$(get /)" = '200 text/html; charset=UTF-8' ]
	[ "$(cat body)" = home ]
	[ "$(get /map)" = '200 text/html; charset=UTF-8' ]
	[ "$(cat body)" = '<p>map' ]
	[ "$(get '/stats/regions?a=b')" = '200 text/html; charset=UTF-8' ]
	[ "$(cat body)" = regions ]
	[ "$(get /map.json)" = '200 application/json' ]
	[ "$(head_of Cache-Control)" = 'max-age=3600, public' ]
	[ "$(date -d "$(head_of Expires)" +%s)" -ge "$(date +%s)" ]
	[ "$(get /static/long.js)" = '200 text/javascript; charset=utf-8' ]
	[ "$(head_of Cache-Control)" = 'max-age=86400, public' ]
	cmp body site/static/long.js
	[ "$(get /static/datamap/tiles/0/0/0.png)" = '200 image/png' ]
	[ "$(head_of Access-Control-Allow-Origin)" = '*' ]
	[ "$(cat body)" = tile ]
	# There is one address of each page.
	get /map/ >status
	[ "$(head_of Location)" = /map ]
	[ "$(cat status)" = '301 ' ]
	get '/map/?a=%20b?c' >status
	[ "$(head_of Location)" = '/map?a=%20b?c' ]
	# The API and what else was there comes first.
	get /robots.txt >status
	grep -q '^User-agent' body
	[ "$(get /__lbheartbeat__)" = '200 application/json' ]
	[[ $(get -d '{}' /v1/geolocate) = [45]*json ]]
}

@test "every file has headers that keep pages from others" {
	get /map >status
	csp=$(head_of Content-Security-Policy)
	[[ $csp == "default-src 'none'; script-src 'self'; style-src 'self';"* ]]
	[[ $csp == *"frame-ancestors 'none'" ]]
	[[ $csp != *unsafe* ]]
	[ "$(head_of X-Content-Type-Options)" = nosniff ]
	[ "$(head_of X-Frame-Options)" = DENY ]
	[ "$(head_of Referrer-Policy)" = no-referrer ]
	get /none >status
	[ "$(head_of X-Content-Type-Options)" = nosniff ]
	[ "$(head_of Content-Security-Policy)" = "$csp" ]
}

@test "what is no file of the site is not there" {
	for path in /none /map/none /map.json/ /static /static/ /link /up/secret \
	    /pipe /.hidden /../secret /static/../../secret /./map //map \
	    /static//long.js /..%2fsecret /%2e%2e/secret /static%2flong.js \
	    /static/..%5c..%5csecret /map%00 /%00 /index.html/x \
	    /static/datamap/../../secret /static/datamap/tiles/0/0 \
	    /static/datamap/ /static/datamap "/$(printf 'a%.0s' {1..300})"; do
		[ "$(get "$path")" = '404 text/html; charset=UTF-8' ] || {
			echo "$path" >&2
			return 1
		}
		[ "$(cat body)" = none ]
	done
	# A tile of nothing is no error.
	[ "$(get /static/datamap/tiles/3/1/2.png)" = '204 ' ]
	[[ $(get /static/datamap/tiles/3/1/x.png) = 404* ]]
	rm site/404.html
	[[ $(get /none) = 404* ]]
	grep -q 404 body
	[[ $(get -X POST /map) = 405* ]]
	[ "$(head_of Allow)" = 'GET, HEAD' ]
	[[ $(get -X POST /none) = 404* ]]
}

@test "who has a file is not sent it again" {
	get /map >status
	etag=$(head_of ETag)
	[ "$(head_of Last-Modified)" = 'Fri, 02 Jan 2026 03:04:05 GMT' ]
	[[ $(get -H "If-None-Match: $etag" /map) = 304* ]]
	[ "$(head_of ETag)" = "$etag" ]
	[ "$(head_of Content-Length)" = '' ]
	[[ $(get -H "If-None-Match: \"x\", W/$etag" /map) = 304* ]]
	[[ $(get -H "If-None-Match: *" /map) = 304* ]]
	[[ $(get -H 'If-None-Match: "x"' /map) = 200* ]]
	[[ $(get -H 'If-None-Match: "x"' -H "If-None-Match: $etag" \
	    /map) = 304* ]]
	[[ $(get -H 'If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT' \
	    /map) = 304* ]]
	[[ $(get -H 'If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT' \
	    -H 'If-None-Match: "x"' /map) = 200* ]]
	# A new site is seen at once, and another tag with it.
	cp -r site new
	echo '<p>new' >new/map/index.html
	mv site old
	mv new site
	[[ $(get -H "If-None-Match: $etag" /map) = 200* ]]
	[ "$(cat body)" = '<p>new' ]
}

@test "compressed files go to who takes them" {
	get -H 'Accept-Encoding: br, gzip' /static/long.js >status
	[ "$(head_of Content-Encoding)" = gzip ]
	[ "$(head_of Vary)" = Accept-Encoding ]
	[ "$(head_of Content-Type)" = 'text/javascript; charset=utf-8' ]
	cmp body site/static/long.js.gz
	tag=$(head_of ETag)
	get /static/long.js >status
	[ "$(head_of Content-Encoding)" = '' ]
	[ "$(head_of Vary)" = Accept-Encoding ]
	[ "$(head_of ETag)" != "$tag" ]
	for none in 'gzip;q=0' 'gzip; q=0' 'gzip ; Q=0.00, br;q=1' \
	    'gzip;q=0, *' xgzip; do
		get -H "Accept-Encoding: $none" /static/long.js >status
		[ "$(head_of Content-Encoding)" = '' ]
	done
	for some in 'gzip; q=0.5, x' 'br;q=0, gzip;q=0.010' 'gzip;q=1.0' '*' \
	    'identity;q=0, *;q=0.5'; do
		get -H "Accept-Encoding: $some" /static/long.js >status
		[ "$(head_of Content-Encoding)" = gzip ]
	done
	get -H 'Accept-Encoding: br' -H 'Accept-Encoding: gzip' \
	    /static/long.js >status
	[ "$(head_of Content-Encoding)" = gzip ]
	get -H 'Accept-Encoding: gzip' /map >status
	[ "$(head_of Vary)" = '' ]
	cmp body site/map/index.html
}

@test "parts of an archive" {
	file=datamap/all.pmtiles
	path=/static/datamap/all.pmtiles
	size=$(stat -c %s $file)
	[ "$(get -r 0-126 $path)" = '206 application/vnd.pmtiles' ]
	[ "$(head_of Content-Range)" = "bytes 0-126/$size" ]
	[ "$(head_of Content-Length)" = 127 ]
	head -c 127 $file | cmp - body
	get -r 70000-99999 $path >status
	tail -c +70001 $file | head -c 30000 | cmp - body
	get -r -5 $path >status
	tail -c 5 $file | cmp - body
	[ "$(get -r 999999999- $path)" = '416 application/vnd.pmtiles' ]
	[ "$(head_of Content-Range)" = "bytes */$size" ]
	[ ! -s body ]
	get -r 0-1,4-5 $path >status
	cmp body $file
	get $path >status
	etag=$(head_of ETag)
	[ "$(head_of Accept-Ranges)" = bytes ]
	[[ $(get -r 0-9 -H "If-Range: $etag" $path) = 206* ]]
	[[ $(get -r 0-9 -H 'If-Range: "old"' $path) = 200* ]]
	[[ $(get -r 0-9 -H "If-Match: \"old\", $etag" $path) = 206* ]]
	[[ $(get -r 0-9 -H "If-Match: *" $path) = 206* ]]
	[ "$(head_of Cache-Control)" = 'max-age=3600, public' ]
	for other in '"old"' "W/$etag"; do
		[[ $(get -r 0-9 -H "If-Match: $other" $path) = 412* ]]
		[ ! -s body ]
	done
	# What is wrong with one request is not kept for others.
	[ "$(head_of Cache-Control)" = '' ]
	get -r 999999999- $path >status
	[ "$(head_of Cache-Control)$(head_of Expires)" = '' ]
	# A part is of the plain file, whatever else there is.
	get -r 0-9 -H 'Accept-Encoding: gzip' /static/long.js >status
	[ "$(head_of Content-Encoding)" = '' ]
	head -c 10 site/static/long.js | cmp - body
}

@test "maps of other sites may use the tiles and parts of the archive" {
	path=/static/datamap/all.pmtiles
	for try in "$path" "-r 0-9 $path" /static/datamap/tiles/0/0/0.png \
	    /static/datamap/tiles/3/1/2.png /static/datamap/none; do
		# shellcheck disable=SC2086	# words
		get $try >status
		[ "$(head_of Access-Control-Allow-Origin)" = '*' ]
		[ "$(head_of Access-Control-Expose-Headers)" = \
		    'Content-Range, ETag' ]
	done
	for try in $path /static/datamap/tiles/3/1/2.png; do
		[ "$(get -X OPTIONS -H 'Access-Control-Request-Headers: range' \
		    "$try")" = '200 ' ]
		[ "$(head_of Access-Control-Allow-Origin)" = '*' ]
		[ "$(head_of Access-Control-Allow-Methods)" = 'GET, HEAD' ]
		[[ $(head_of Access-Control-Allow-Headers) = *Range ]]
	done
	# No tile is no reason to say that one was put there.
	[[ $(get -X PUT /static/datamap/tiles/3/1/2.png) = 405* ]]
	[ "$(head_of Allow)" = 'GET, HEAD, OPTIONS' ]
	get /map >status
	[ "$(head_of Access-Control-Allow-Origin)" = '' ]
	[[ $(get -X OPTIONS /map) = 405* ]]
}

@test "HEAD has the head only, and a connection goes on" {
	run -0 curl -s -I "$URL/static/long.js" "$URL/map"
	[ "$(grep -c '^HTTP/1.1 200' <<<"$output")" = 2 ]
	grep -q "^Content-Length: $(stat -c %s site/static/long.js)" \
	    <<<"$output"
	run -0 curl -s -w '%{num_connects} ' -o a "$URL/static/long.js" \
	    -o b "$URL/map" -o c "$URL/none" -o d "$URL/"
	[ "$output" = '1 0 0 0 ' ]
	cmp a site/static/long.js
	[ "$(cat b c d)" = "$(printf '<p>map\nnone\nhome')" ]
}

@test "a large file needs no memory, and is sent to the end" {
	truncate -s 3g datamap/large.pmtiles
	printf end >>datamap/large.pmtiles
	[ "$(curl -s -r $((3 << 30))- "$URL/static/datamap/large.pmtiles")" = end ]
	# Eight who take nothing: each holds a piece.
	for _ in 1 2 3 4 5 6 7 8; do
		curl -s --limit-rate 1 "$URL/static/datamap/large.pmtiles" \
		    >/dev/null 2>&1 3>&- &
		echo $! >>pids
	done
	sent=$(curl -s -r 0-99999999 "$URL/static/datamap/large.pmtiles" |
	    wc -c)
	[ "$sent" = 100000000 ]
	rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
	    "/proc/$LOC_SERVE_PID/status")
	echo "# $rss kB" >&3
	# Sanitizers have memory of their own.
	[[ $PATH == *build/san* ]] || [ "$rss" -lt 60000 ]
	# A file that becomes shorter ends the connection, and not the server.
	curl -s --limit-rate 30m "$URL/static/datamap/large.pmtiles" \
	    -o part 3>&- &
	curl=$!
	until_true test -s part
	truncate -s 1m datamap/large.pmtiles
	wait "$curl" && status=0 || status=$?
	[ "$status" = 18 ]
	[[ $(get /map) = 200* ]]
}

@test "without [web] dir there is no site" {
	sed -i '/^dir = .*site/d' location.ini
	kill -HUP "$LOC_SERVE_PID"
	until_true grep -q reloaded serve.log
	[[ $(get /map) = 404* ]]
	grep -q '404 Not Found' body
}
