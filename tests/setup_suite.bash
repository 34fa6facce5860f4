# shellcheck shell=bash
# SPDX-License-Identifier: ISC

# The folders of tests for bats have links to this file, which bats wants to
# find beside them.
#
# Without PATH saying otherwise, the programs of build/ are tested.  Python is
# Debian's, whose modules scripts/packages installs, and redis-server is a name
# even where Debian's package of that name is missing (see there, too).
setup_suite() {
	# Tests preload shims, which then come before the sanitizer.
	export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
	command -v loc-db >/dev/null ||
	    export PATH="${BASH_SOURCE[0]%/*}/../../build:$PATH"
	mkdir "$BATS_RUN_TMPDIR/bin"
	command -v redis-server >/dev/null ||
	    ln -s "$(command -v redis-check-rdb)" \
		"$BATS_RUN_TMPDIR/bin/redis-server"
	[ ! -x /usr/bin/python3 ] ||
	    ln -s /usr/bin/python3 "$BATS_RUN_TMPDIR/bin/python3"
	export PATH="$BATS_RUN_TMPDIR/bin:$PATH"
}

# The servers that the first test in need of them started.
teardown_suite() {
	if [ -d "$BATS_RUN_TMPDIR/servers" ]; then
		"${BASH_SOURCE[0]%/*}/../../scripts/servers" stop \
		    -d "$BATS_RUN_TMPDIR/servers"
	fi
}
