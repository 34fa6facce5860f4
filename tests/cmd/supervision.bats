#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What supervisors are given, as far as it goes without them; tests/install has
# them run it.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "service-dirs: a name that may end in a number, and nothing else" {
	"$LOC_TOP/scripts/service-dirs" s6 dir
	[ "$(ls dir)" = $'loc-feed\nloc-serve\nloc-work' ]
	"$LOC_TOP/scripts/service-dirs" runit more loc-work-12 loc-forward
	grep -q '/loc-work$' more/loc-work-12/run
	grep -q '/loc-forward$' more/loc-forward/run
	for name in loc-work-1-2 loc-work-1/../../else loc-work-1x loc-work- \
	    loc-serve-2 loc ''; do
		run -64 "$LOC_TOP/scripts/service-dirs" runit other "$name"
		[[ "$output" == "service-dirs: $name: expected "* ]]
	done
	[ "$(ls)" = $'dir\nmore' ]
}

@test "a package that is upgraded starts what reads the spool before what writes" {
	{
		echo "mount -t tmpfs none /run && mkdir -p /run/systemd/system"
		sed -n '/^restart_running()/,/^}/p' \
		    "$LOC_TOP/scripts/debian/loc.postinst"
		cat <<-'END'
		systemctl() {
			for unit in loc-{feed,forward,serve,work@1,work@2}; do
				[[ $unit.service != ${*: -1} ]] ||
				    echo "$unit.service loaded active"
			done
		}
		deb-systemd-invoke() {
			echo "$*"
		}
		restart_running
		END
	} >script
	unshare -m mount -t tmpfs none /run 2>/dev/null || skip "cannot mount"
	run -0 unshare -m bash -e script
	[ "$output" = 'restart loc-work@1.service loc-work@2.service
restart loc-forward.service
restart loc-feed.service
restart loc-serve.service' ]
}
