#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Places for objects: the same for a directory and for a bucket of a server
# that is strict about signatures.

# bats sets $stderr.
# shellcheck disable=SC2154

# shellcheck disable=SC2030,SC2031,SC2094	# of each test; objects, not files
bats_require_minimum_version 1.5.0

setup() {
	load lib
	export LC_ALL=C.UTF-8
	loc_setup_alone </dev/null
}

teardown() {
	loc_stop
}

bucket() {
	loc_s3_start things
	url="s3://things/a b"
}

try() {
	object_try "$url" "$@"
}

# What every store promises.
promises() {
	[ "$(try list)" = '' ]
	run -1 try get none
	run -1 try head none

	printf one | try put one
	printf 'two two' | try put 'dir/zwei +=&<ü>' 3
	printf '' | try put dir/empty
	printf 'to be replaced' | try put dir.txt
	printf three | try put dir.txt
	[ "$(try get one)" = one ]
	[ "$(try get 'dir/zwei +=&<ü>')" = 'two two' ]
	[ "$(try get 'dir/zwei +=&<ü>' 4)" = two ]
	[ "$(try get 'dir/zwei +=&<ü>' 2 3)" = 'o t' ]
	[ "$(try get dir/empty)" = '' ]
	[ "$(try get dir.txt)" = three ]
	[ "$(try head one | cut -f 1,2)" = $'one\t3' ]
	[ "$(try list | cut -f 1,2 | sort)" = "$(printf '%s\t%s\n' dir.txt 5 \
	    dir/empty 0 'dir/zwei +=&<ü>' 7 one 3)" ]
	[ "$(try list dir/ | cut -f 1 | sort)" = $'dir/empty\ndir/zwei +=&<ü>' ]
	[ "$(try list di | wc -l)" = 3 ]
	[ "$(try list none)" = '' ]

	printf 'given up' | run -4 try broken one
	[ "$(try get one)" = one ]
	try copy dir.txt copies/two
	[ "$(try get copies/two)" = three ]
	run -1 try copy none copies/none
	try delete one none 'dir/zwei +=&<ü>'
	[ "$(try list | cut -f 1 | sort)" = $'copies/two\ndir.txt\ndir/empty' ]

	local key
	for key in '' / /a a/ a//b . .. a/../b a/./b ../up $'new\nline'; do
		run -3 try put "$key" </dev/null
		[[ "$output" == *'not the key of an object'* ]]
	done
}

@test "objects in a directory" {
	url=$PWD/store
	promises
	[ "$(stat -c %a store/dir.txt)" = 644 ]
	# Nothing is left of what was given up.
	[ "$(find store -name '.*')" = '' ]
	url=file://$PWD/store
	[ "$(try get dir.txt)" = three ]
	try delete dir.txt dir/empty copies/two
	[ "$(find store -mindepth 1)" = '' ]
}

@test "a file that changes while it is read" {
	url=$PWD/store
	head -c 1000000 /dev/zero | try put big
	try get big | cmp - store/big
	# It waits for the pipe when the file changes.
	run -2 --separate-stderr bash -c 'set -o pipefail
	    object_try store get big |
	    { head -c 1; echo >>store/big; cat; } >got'
	[[ "$stderr" == *'changed while it was read' ]]
}

@test "names in a directory that are no keys" {
	mkdir -p store/sub
	echo one >store/one
	echo two >store/sub/two
	ln -s one store/link
	ln -s .. store/sub/up
	ln -s nowhere store/dangling
	mkfifo store/pipe
	touch store/.hidden store/$'new\nline' store/$'\xe9'
	url=$PWD/store
	[ "$(try list | cut -f 1,2)" = "$(printf '%s\t%s\n' dangling 0 link 4 \
	    one 4 sub/two 4)" ]
	run -1 try get dangling
}

@test "a full disk leaves the old object" {
	mkdir small
	mount -t tmpfs -o size=1m none small || skip 'cannot mount'
	url=$PWD/small
	echo old | try put object
	run -2 bash -c "head -c 3000000 /dev/zero | object_try $url put object"
	[[ "$output" == *'No space left'* ]]
	[ "$(try get object)" = old ]
	[ "$(find small -type f | wc -l)" = 1 ]
	umount small
}

@test "objects in a bucket" {
	S3_PAGE=2 bucket
	promises
	[ "$(cat 's3/things/a b/dir.txt.meta')" = 'text/plain None None' ]
	grep -qx 'cache-control: max-age=60' 's3/things/a b/dir.txt.headers'
	try copy 'dir.txt' 'two +=&<ü>'
	try copy 'two +=&<ü>' three
	[ "$(try get three)" = three ]
	try delete 'two +=&<ü>' three
	# Others' objects are none of ours.
	echo other >s3/things/other
	[ "$(try list | wc -l)" = 3 ]
	# Deleting many at once, of which one may not be.
	touch 's3/things/a b/locked'
	run -3 try delete dir.txt locked
	[[ "$output" == *'failed 1'* && "$output" == *AccessDenied* ]]
	printf '[s3]\nstorage_class = STANDARD_IA\nencryption = AES256\n' \
	    >>"$LOC_CONF"
	printf 5 | try put five
	[ "$(tail -n 2 's3/things/a b/five.headers')" = \
	    $'x-amz-server-side-encryption: AES256\nx-amz-storage-class: STANDARD_IA' ]
}

@test "passing faults of a bucket cost nothing but time" {
	bucket
	printf 'PUT 503\nPUT 500\nPUT cut\nPUT 429\n' >s3/faults
	printf one | try put one
	[ "$(try get one)" = one ]
	[ ! -s s3/faults ]
	# A transfer that breaks off goes on where it was.
	head -c 3000000 /dev/urandom >random
	try put random <"$PWD"/random
	printf 'GET .*random cut\nGET .*random cut\nGET .*random cut\n' \
	    >s3/faults
	try get random | cmp - random
	[ ! -s s3/faults ]
	[ "$(try get random 1000 2000000 | md5sum)" = \
	    "$(tail -c +1001 random | head -c 2000000 | md5sum)" ]
	printf 'GET .*list-type cut\nGET .*list-type 500\n' >s3/faults
	[ "$(try list | cut -f 1)" = $'one\nrandom' ]
}

@test "what a bucket gets wrong is told" {
	bucket
	echo 'PUT flip' >s3/faults
	run -2 try put one <<<one
	[[ "$output" == *'other bytes were stored than were sent'* ]]
	printf one | try put one
	echo 'PUT error' >s3/faults
	run -2 try copy one two
	[[ "$output" == *'could not be copied'* ]]
	echo 'POST .*delete error' >s3/faults
	run -2 try delete one
	[[ "$output" == *'failed 1'* ]]
	printf one | try put one
	# Whoever answers there, it is no server of S3.
	for request in 'put one' 'copy one two' 'delete one' list; do
		yes '. page' | head -6 >s3/faults
		# shellcheck disable=SC2086	# words
		run -2 try $request <<<one
		[[ "$output" == *'without an ETag'* ||
		    "$output" == *'could not be copied'* ||
		    "$output" == *'cannot be read'* ]]
	done
	: >s3/faults
	[ "$(try get one)" = one ]
	echo 403 >s3/always
	run -3 try get one
	[[ "$output" == *'answered 403: Always'* ]]
	echo 301 >s3/always
	run -3 try get one
}

@test "more than one part" {
	bucket
	head -c 30000000 /dev/urandom >long
	printf 'partNumber=2 503\npartNumber=3 cut\npartNumber=1 500\n' \
	    >s3/faults
	try put long <"$PWD"/long
	cmp long 's3/things/a b/long'
	[ "$(grep -c 'partNumber=' s3/log)" = 7 ]
	[ "$(find s3/uploads -mindepth 1)" = '' ]
	# One that fails leaves no part behind.
	echo old | try put long2
	for fault in 'partNumber=2 flip' 'partNumber=4 403' \
	    'partNumber=3 page' 'POST .*uploadId error' \
	    'POST .*uploadId 403' 'POST .*uploadId page'; do
		echo "$fault" >s3/faults
		run ! try put long2 <long
		[ "$(find s3/uploads -mindepth 1)" = '' ]
		[ "$(try get long2)" = old ]
	done
	run -4 try broken long2 <long
	[ "$(find s3/uploads -mindepth 1)" = '' ]
	# Exactly one part is no upload in parts.
	: >s3/log
	head -c 8388608 long | try put part
	run ! grep -q uploads s3/log
	cmp <(head -c 8388608 long) <(try get part)
}

@test "the keys of an instance or a container" {
	bucket
	sed -i '/^access_key/d; /^secret_key/d' "$LOC_CONF"
	export AWS_SHARED_CREDENTIALS_FILE=none
	export AWS_EC2_METADATA_DISABLED=true
	run -78 try list
	[[ "$output" == *'no access key for S3'* ]]
	AWS_PROFILE=none run -78 try list
	[[ "$output" == *'AWS_PROFILE: there is no profile none'* ]]
	mkdir -p web/latest/meta-data/iam/security-credentials
	local role=latest/meta-data/iam/security-credentials
	echo '{"Code": "Success", "AccessKeyId": "test id",
	    "SecretAccessKey": "test+secret/", "Token": "a+token"}' \
	    >"web/$role/reader"
	"$LOC_TOP/tests/cmd/metadata-server.py" web 3>&- &
	metadata=$!
	until_true test -s web/port
	export AWS_EC2_METADATA_SERVICE_ENDPOINT
	AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:$(cat web/port)
	unset AWS_EC2_METADATA_DISABLED
	printf one | try put one
	[ "$(cat 's3/things/a b/one.meta')" = 'text/plain None a+token' ]
	# Keys that soon expire are asked for again.
	[ "$(grep -c reader web/log)" = 1 ]
	sed -i 's/"Token"/"Expiration": "2099-01-02T03:04:05Z", &/' \
	    "web/$role/reader"
	try list >list
	[ "$(grep -c reader web/log)" = 2 ]
	sed -i "s/2099-01-02T03:04:05/$(date -u -d '4 minutes' +%FT%T)/" \
	    "web/$role/reader"
	try list >list
	[ "$(grep -c reader web/log)" = 4 ]
	# A container asks elsewhere, with a token of its own.
	export AWS_CONTAINER_CREDENTIALS_FULL_URI
	AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:$(cat web/port)/task
	export AWS_CONTAINER_AUTHORIZATION_TOKEN='a token'
	AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1
	[ "$(try get one)" = one ]
	AWS_CONTAINER_AUTHORIZATION_TOKEN=another
	run -78 try get one
	kill "$metadata"
}

@test "the server and the region of a profile" {
	bucket
	port=$(cat s3/port)
	printf '[profile x]\nregion = mars-1\nendpoint_url = %s\n%s\n%s\n' \
	    "http://127.0.0.1:$port" 'aws_access_key_id = test id' \
	    'aws_secret_access_key = test+secret/' >config
	sed -i '/^endpoint/d; /^region/d; /^access_key/d; /^secret_key/d' \
	    "$LOC_CONF"
	export AWS_CONFIG_FILE=config AWS_PROFILE=x
	export AWS_SHARED_CREDENTIALS_FILE=none
	printf one | try put one
	[ "$(cat 's3/things/a b/one')" = one ]
	sed -i '/^endpoint_url/d' config
	AWS_ENDPOINT_URL=http://127.0.0.1:$port run -0 try get one
	AWS_ENDPOINT_URL=ftp://x run -78 try get one
	[[ "$output" == *'AWS_ENDPOINT_URL ftp://x: expected http'* ]]
}

@test "objects in s3rver" {
	local s3rver=$LOC_TOP/build/npm/node_modules/.bin/s3rver

	[ -x "$s3rver" ] || skip "no s3rver: see scripts/packages npm"
	command -v node >/dev/null || skip "no node here"
	port=$((10000 + RANDOM % 20000))
	"$s3rver" -s -a 127.0.0.1 -p $port -d "$PWD/s3" \
	    --no-vhost-buckets --configure-bucket things 3>&- &
	echo $! >>pids
	cat >>"$LOC_CONF" <<-END
	[s3]
	endpoint = http://127.0.0.1:$port
	access_key = S3RVER
	secret_key = S3RVER
	path_style = true
	END
	url="s3://things/a b"
	until_true object_try "$url" list
	promises
	head -c 20000000 /dev/urandom >long
	try put long <"$PWD"/long
	try get long | cmp - long
}

# bats test_tags=plain
@test "objects in Swift, which verifies signatures" {
	S3_PAGE=7 loc_swift_start things
	url="s3://things/a b"
	promises
	# In parts, and ranges within one part and across two.
	head -c 20000000 /dev/urandom >long
	try put long <"$PWD"/long
	[[ "$(try head long)" == *-3 ]]
	try get long | cmp - long
	[ "$(try get long 8388600 20 | md5sum)" = \
	    "$(tail -c +8388601 long | head -c 20 | md5sum)" ]
	[ "$(try get long 19999990 100 | md5sum)" = \
	    "$(tail -c 10 long | md5sum)" ]
	printf short | run -4 try broken long
	try get long | cmp - long
	# By pages: the listing does not end with the first.
	url=s3://things/many
	for i in {10..29}; do
		printf %s "$i" | try put "$i"
	done
	[ "$(try list | cut -f 1 | xargs)" = "$(echo {10..29})" ]
	try delete {10..28}
	[ "$(try list | cut -f 1)" = 29 ]
	# A wrong secret, another bucket.
	sed 's/^secret_key = .*/secret_key = other/' "$LOC_CONF" >other.ini
	chmod 600 other.ini
	LOC_CONF=other.ini run -3 try get 29
	[[ "$output" == *'answered 403: SignatureDoesNotMatch'* ]]
	url=s3://nothing run -1 try list
	[[ "$output" == *'NoSuchBucket'* ]]
}

# bats test_tags=plain
@test "what we write s3cmd reads, and the other way round" {
	loc_swift_start things
	url=s3://things/a
	head -c 20000000 /dev/urandom >long
	try put long <"$PWD"/long
	printf two | try put 'b/zwei +=&<ü>%41'
	loc_s3cmd -q get s3://things/a/long got
	cmp long got
	loc_s3cmd -q get 's3://things/a/b/zwei +=&<ü>%41' - >two
	[ "$(cat two)" = two ]
	[ "$(loc_s3cmd ls -r s3://things | tr -s ' ' | cut -d ' ' -f 3- |
	    sort -n)" = "3 s3://things/a/b/zwei +=&<ü>%41
20000000 s3://things/a/long" ]
	[[ "$(loc_s3cmd info s3://things/a/long)" == *'MIME type: text/plain'* ]]

	loc_s3cmd -q put --multipart-chunk-size-mb=5 long s3://things/a/long2
	[[ "$(try head long2)" == *-4 ]]
	try get long2 | cmp - long
	loc_s3cmd -q put two 's3://things/a/c/drei +=&<ö>%42'
	[ "$(try get 'c/drei +=&<ö>%42')" = two ]
	try delete long long2
	[ "$(loc_s3cmd ls -r s3://things | wc -l)" = 2 ]
}

@test "places that are none" {
	run -78 object_try s3:// list
	run -78 object_try ftp://host/dir list
	run -78 object_try s3://b/../c list
	run -78 object_try '' list
	run -78 --separate-stderr object_try assets:x list
	[[ "$stderr" == *'[assets] bucket: is not set' ]]
	printf '[assets]\nbucket = %s/web\n' "$PWD" >>"$LOC_CONF"
	echo one | object_try assets:/x put one
	[ "$(cat web/x/one)" = one ]
	[ "$(object_try assets: list | cut -f 1)" = x/one ]
	sed -i 's/^bucket = .*/bucket = things/' "$LOC_CONF"
	bucket
	echo two | object_try assets:x put two
	[ "$(cat s3/things/x/two)" = two ]
}
