#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Programs of the release before and of this tree beside each other, on one
# database and one stream, while reports come in: the order of an upgrade that
# nobody notices.  To build the old ones takes longer than other tests, so this
# is for "check -f", or for whoever names a directory of old programs by
# LOC_OLD.  Where there is no release yet, the old ones are those from before
# the schema last changed.

bats_require_minimum_version 1.5.0

# The commit of the old programs.
old_commit() {
	git describe --tags --abbrev=0 --match 'v*' HEAD^ 2>/dev/null ||
	    git log -n 1 --format=%h^ -- lib/store/plan.c
}

setup() {
	load lib
	new=$(dirname "$(command -v loc-work)")
	if [ -n "${LOC_OLD:-}" ]; then
		old=$LOC_OLD
	else
		[ "${LOC_KILLS:-60}" -gt 60 ] || skip "only with check -f"
		cd "$BATS_TEST_DIRNAME/../.." || return 1
		commit=$(git rev-parse -q --verify "$(old_commit)") ||
		    skip "no older commit here"
		mkdir "$BATS_TEST_TMPDIR/old"
		git archive "$commit" | tar -C "$BATS_TEST_TMPDIR/old" -xf -
		old=$BATS_TEST_TMPDIR/old/build
		make -s -C "${old%/build}" CFLAGS=-O0 HARDEN= \
		    build/loc-{db,feed,key,serve,submit,work} 3>&-
	fi
	PATH=$old:$new/tools:$PATH
	fault_setup
}

teardown() {
	fault_teardown
}

# NAME is from now on what $2... runs.
replace() {
	leave "$1"
	keep "$@"
	grows
}

@test "an upgrade while reports come in: schema, workers, feed, front ends" {
	[ "$(loc-db -V)" != "$("$new/loc-db" -V)" ]
	begin
	"$new/loc-db" migrate
	grows
	# Old and new workers take over what others leave.
	keep new "$new/loc-work"
	grows
	hit KILL new
	grows
	# An old one that ends does not start again: the schema is too new.
	hit KILL work2
	grows
	replace work1 "$new/loc-work"
	replace work2 "$new/loc-work"
	leave new
	replace feed "$new/loc-feed"
	replace serve "$new/loc-serve" -l "127.0.0.1:$(cat run/port)"
	PATH=$new:$PATH
	hash -r
	settle 78
}
