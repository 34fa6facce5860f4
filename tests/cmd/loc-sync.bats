#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

# bats sets $stderr.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone </dev/null
	mkdir site
	printf index >site/index.html
	mkdir -p site/tiles/0/0 site/.hidden
	printf png >site/tiles/0/0/0.png
	printf x >'site/a b+c.json'
	printf no >site/.hidden/file
}

teardown() {
	loc_stop
}

bucket() {
	loc_s3_start assets
}

# counts UNCHANGED NEW CHANGED DELETED FAILED: what the last run printed.
counts() {
	[ "$(jq -c '[.unchanged, .new, .changed, .deleted, .failed]' \
	    out)" = "[$1,$2,$3,$4,$5]" ]
}

# What holds for targets of any kind, at $url.
equal() {
	loc-sync -n site "$url" >out
	counts 0 3 0 0 0
	loc-sync site "$url" >out
	counts 0 3 0 0 0
	[ "$(jq .bytes out)" = 9 ]
	loc-sync -v site "$url" >out 2>err
	counts 3 0 0 0 0
	[ ! -s err ]

	printf INDEX >site/index.html
	printf longer >'site/a b+c.json'
	printf new >site/new.txt
	rm -r site/tiles
	loc-sync -v -D 50 site "$url" >out 2>err
	counts 0 1 2 1 0
	[ "$(sort err)" = 'loc-sync: changed a b+c.json
loc-sync: changed index.html
loc-sync: deleted tiles/0/0/0.png
loc-sync: new new.txt' ]
	loc-sync site "$url" >out
	counts 3 0 0 0 0

	# An empty directory is rather a mistake.
	mkdir empty
	run -1 loc-sync empty "$url"
	[[ "$output" == *"3 of 3 objects would be deleted"* ]]
	loc-sync site "$url" >out
	counts 3 0 0 0 0
	run -66 loc-sync missing "$url"
	run -66 loc-sync out "$url"
	[ "$output" = 'loc-sync: out: Not a directory' ]
	loc-sync -n -D 100 empty "$url" >out
	counts 0 0 0 3 0
	loc-sync -D 100 empty "$url" >out
	counts 0 0 0 3 0
	loc-sync site "$url" >out
	counts 0 3 0 0 0
}

@test "a directory becomes equal to a directory" {
	url=$PWD/copy
	equal
	diff -r -x .hidden site copy
	[ "$(find copy -name '.*')" = '' ]
}

@test "a bucket becomes equal to a directory" {
	bucket
	url=s3://assets/site
	equal
	[ "$(cat s3/assets/site/index.html.meta)" = \
	    'text/html; charset=utf-8 None None' ]
	[ "$(cat s3/assets/site/index.html.headers)" = \
	    'cache-control: max-age=3600, public' ]
	loc-sync -a 60 site s3://assets/other >out
	[ "$(cat s3/assets/other/index.html.headers)" = \
	    'cache-control: max-age=60, public' ]
}

@test "large files, which are stored in parts, are recognised" {
	bucket
	head -c 20000000 /dev/urandom >site/large.bin
	loc-sync site s3://assets >out
	counts 0 4 0 0 0
	cmp site/large.bin s3/assets/large.bin
	[ "$(grep -c partNumber s3/log)" = 3 ]
	loc-sync site s3://assets >out
	counts 4 0 0 0 0
}

@test "many files, by several threads" {
	bucket
	mkdir site/many
	for i in {1..300}; do
		echo "$i" >"site/many/$i.txt"
	done
	loc-sync -P 4 site s3://assets/x >out
	counts 0 303 0 0 0
	rm site/many/1*.txt
	run -1 loc-sync site s3://assets/x
	loc-sync -D 50 site s3://assets/x >out
	counts 192 0 0 111 0
	[ "$(find s3/assets/x -name '*.txt' | wc -l)" = 189 ]
}

@test "what fails is told, and nothing is deleted then" {
	bucket
	loc-sync site s3://assets >out
	rm site/tiles/0/0/0.png
	printf other >site/index.html
	echo 'PUT .*index 403' >s3/faults
	run -75 --separate-stderr loc-sync -D 50 site s3://assets
	echo "$output" >out
	counts 1 0 0 0 1
	[[ "$stderr" == *'answered 403'*'nothing is deleted now'* ]]
	[ -e s3/assets/tiles/0/0/0.png ]
	loc-sync -D 50 site s3://assets >out
	counts 1 0 1 1 0
	# Objects that may not be deleted.
	echo x >s3/assets/locked
	run -75 --separate-stderr loc-sync -D 50 site s3://assets
	echo "$output" >out
	counts 2 0 0 0 1
	[[ "$stderr" == *AccessDenied* ]]
	# A bucket that is away, or closed.
	echo 403 >s3/always
	run -69 loc-sync site s3://assets
	echo 503 >s3/always
	run -75 loc-sync site s3://assets
	run -75 loc-sync -g s3://assets/index.html got
	kill "$S3_PID"
	sed -i 's|^endpoint = .*|endpoint = http://127.0.0.1:1|' "$LOC_CONF"
	run -75 loc-sync site s3://assets
}

@test "a signal stops it between two files, and the next run goes on" {
	bucket
	mkdir site/many
	for i in {1..400}; do
		echo "$i" >"site/many/$i.txt"
	done
	echo 'PUT .*many.1.txt hang' >s3/faults
	loc-sync -P 2 site s3://assets >out 2>err 3>&- &
	pid=$!
	until_true test -e s3/assets/many/10.txt
	kill "$pid"
	local rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 75 ]
	grep -q stopped err
	[ "$(jq .new out)" -lt 403 ]
	loc-sync site s3://assets >out
	[ "$(jq '.new + .unchanged' out)" = 403 ]
}

# bats test_tags=plain
@test "s3cmd sync finds nothing to do after us, and we after s3cmd" {
	loc_swift_start assets
	head -c 20000000 /dev/urandom >site/large.bin
	printf u >'site/ünï ☃+&=%41.txt'
	loc-sync site s3://assets/a >out
	counts 0 5 0 0 0
	loc_s3cmd sync --delete-removed --dry-run --exclude '.hidden/*' site/ \
	    s3://assets/a/ >said 2>&1
	[ "$(grep -v ^exclude: said)" = 'WARNING: Exiting now because of --dry-run' ]
	# Parts of another length than ours.
	loc_s3cmd sync -q --exclude '.hidden/*' --multipart-chunk-size-mb=15 site/ \
	    s3://assets/b/
	loc-sync site s3://assets/b >out
	counts 5 0 0 0 0
	rm site/index.html
	printf other >'site/ünï ☃+&=%41.txt'
	loc-sync -D 50 site s3://assets/b >out
	counts 3 0 1 1 0
	loc_s3cmd sync --delete-removed --dry-run --exclude '.hidden/*' site/ \
	    s3://assets/b/ >said 2>&1
	[ "$(grep -v ^exclude: said)" = 'WARNING: Exiting now because of --dry-run' ]
}

@test "names that cannot be those of objects are told" {
	touch site/$'new\nline' site/$'\xe9'
	ln -s . site/loop
	run -65 --separate-stderr loc-sync site copy
	echo "$output" >out
	counts 0 3 0 0 0
	[ "$(jq .left_out out)" = 3 ]
	[[ "$stderr" == 'loc-sync: site: left out are 3 that cannot be objects, as '* ]]
	# What leads nowhere may be a disk that is away.
	rm site/$'new\nline' site/$'\xe9' site/loop site/index.html
	ln -s nowhere site/index.html
	rm site/tiles/0/0/0.png
	run -75 --separate-stderr loc-sync -D 50 site copy
	[[ "$stderr" == *'index.html: No such file'*'nothing is deleted now'* ]]
	[ -e copy/tiles/0/0/0.png ] && [ -e copy/index.html ]
}

@test "a directory is not copied into itself" {
	run -64 loc-sync site site/copy
	[[ "$output" == *'one of the two directories is in the other' ]]
	run -64 loc-sync site/tiles site
	ln -s site/tiles link
	run -64 loc-sync site link/x/y
	[ ! -e site/tiles/x ]
	loc-sync site site >out
	counts 3 0 0 0 0
	loc-sync site site2 >out
	counts 0 3 0 0 0
}

@test "assets, and where everybody finds them" {
	printf '[assets]\nbucket = %s/web\nurl = https://a.example\n' "$PWD" \
	    >>"$LOC_CONF"
	loc-sync site assets:x/y >out
	counts 0 3 0 0 0
	[ "$(jq -r .public out)" = https://a.example/x/y ]
	[ "$(cat web/x/y/index.html)" = index ]
}

@test "usage" {
	run -64 loc-sync site
	run -64 loc-sync -P 0 site s3://assets
	bucket
	run -64 loc-sync s3://assets site
	run -78 loc-sync site ftp://x
}

@test "one object is brought back" {
	bucket
	loc-sync -q site s3://assets/site >out
	loc-sync -g s3://assets/site/tiles/0/0/0.png got
	[ "$(<got)" = png ]
	[ "$(stat -c %a got)" = 640 ]
	loc-sync -g "$PWD/site/a b+c.json" got
	[ "$(<got)" = x ]
	run -66 loc-sync -g s3://assets/site/none got
	[[ "$output" == *"s3://assets/site/none: no such object" ]]
	echo 'GET .*index.html cut' >s3/faults
	loc-sync -g s3://assets/site/index.html got
	[ "$(<got)" = index ]
	echo 500 >s3/always
	run -75 timeout --preserve-status -s INT 1 loc-sync -g s3://assets/site/index.html got
	rm s3/always
	[ "$(<got)" = index ]
	run -64 loc-sync -g s3://assets/site/ got
	run -64 loc-sync -g s3://assets/site/index.html
	run -73 loc-sync -g s3://assets/site/index.html got/got
	[ -z "$(find . -maxdepth 1 -name '.got*')" ]
}
