#!/usr/bin/env bats
# bats file_tags=plain
# SPDX-License-Identifier: ISC
#
# scripts/release, in a copy of the repository.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	git -C "$BATS_TEST_DIRNAME" rev-parse 2>/dev/null || skip "no git here"
	git clone -q --depth 1 "file://$(cd "$BATS_TEST_DIRNAME/../.." && pwd)" \
	    copy
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
	export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
	export HOME=$PWD
	version=$(sed -n 's/^VERSION	= //p' copy/Makefile)
}

@test "a tag and a tarball, the same whoever makes it; a second one is refused" {
	[ -n "$version" ]
	run -0 copy/scripts/release -n -o one
	[ -z "$(git -C copy tag)" ]
	git config --global tar.umask 0077
	(umask 077 && TZ=Asia/Tokyo copy/scripts/release -o two)
	[ "$(git -C copy tag)" = "v$version" ]
	cmp one/*.tar.gz two/*.tar.gz
	(cd two && sha256sum -c --quiet -- *.sha256)
	tar xzf "two/loc-$version.tar.gz"
	[ "$(cat "loc-$version/.commit")" = \
	    "$(git -C copy rev-parse --short=12 HEAD)" ]
	diff -r -x .git -x .commit copy "loc-$version"
	run -0 copy/scripts/release -o two

	git -C copy commit -q --allow-empty -m more
	run -65 copy/scripts/release -o two
	[[ "$output" == *"v$version is another commit"* ]]
	sed -i 's/^VERSION	= .*/VERSION	= 77.7/' copy/Makefile
	run -65 copy/scripts/release
	[[ "$output" == *'not committed'* ]]
	git -C copy commit -qam version
	run -65 copy/scripts/release
	[[ "$output" == *'not with 77.7 and a day'* ]]
}
