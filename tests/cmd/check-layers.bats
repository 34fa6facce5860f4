#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain

bats_require_minimum_version 1.5.0

# FILE is found fault with for including WHAT, or, with "fine", it is not.
verdict() {
	local file=$1 what=$2 want=$3 dir=$BATS_TEST_TMPDIR/tree

	rm -rf "$dir"
	mkdir -p "$dir/lib" "$dir/cmd" "$dir/tests" "$dir/${file%/*}"
	printf '/* x */\n#include %s\n' "$what" >"$dir/$file"
	run "$BATS_TEST_DIRNAME/../../scripts/check-layers" "$dir"
	if [ "$want" = fine ]; then
		[ "$status" -eq 0 ] && [ -z "$output" ]
	else
		[ "$status" -ne 0 ] && [ "$output" = "$file:2: $what: $want" ]
	fi
}

@test "the order of the layers is kept" {
	verdict lib/geo/a.c '"geo/a.h"' fine
	verdict lib/store/a.c '"station/row.h"' fine
	verdict lib/station/a.c '"store/db.h"' 'stands below lib/station'
	verdict lib/geo/a.c '"io/cli.h"' 'lib/geo is pure'
	verdict lib/store/a.c '"queue/a.h"' 'lib/store must not know it'
	verdict lib/net/a.c '"http/server.h"' 'lib/net must not know it'
	verdict lib/geo/a.c '"a.h"' 'write it as folder/file.h'
	verdict lib/new/a.c '"base/num.h"' 'lib/new has no place among the layers'
}

@test "a library is included in its folder only" {
	verdict lib/store/a.c '<mysql.h>' fine
	verdict lib/net/a.c '<zlib.h>' fine
	verdict lib/http/a.c '<curl/curl.h>' 'only for net'
	verdict lib/locate/a.c '<mysqld_error.h>' 'only for store'
	verdict cmd/loc-a.c '<hiredis/hiredis.h>' 'only for queue'
}

@test "programs include nothing of programs but their own files" {
	verdict cmd/loc-a/main.c '"a.h"' fine
	verdict cmd/loc-a.c '"store/db.h"' fine
	verdict cmd/loc-a.c '"loc-b/b.h"' 'no folder of lib'
	verdict cmd/loc-a.c '"../lib/geo/a.h"' 'no folder of lib'
}

@test "what is offered is called by others" {
	local dir=$BATS_TEST_TMPDIR/tree check=$BATS_TEST_DIRNAME/../../scripts

	mkdir -p "$dir/lib/geo" "$dir/cmd" "$dir/tests"
	printf 'int\tgeo_a_one(void);\nvoid\t*geo_a_two(int x);\n' \
	    >"$dir/lib/geo/a.h"
	echo 'void *geo_a_two(int x) { return geo_a_one(); }' >"$dir/lib/geo/a.c"
	echo 'void f(void) { geo_a_two(1); }' >"$dir/cmd/loc-a.c"
	run -1 "$check/check-layers" "$dir"
	[ "$output" = 'lib/geo/a.h:1: geo_a_one: nobody else calls it' ]
	echo 'int x = geo_a_one();' >"$dir/tests/a_t.c"
	run -0 "$check/check-layers" "$dir"
	[ -z "$output" ]
}
