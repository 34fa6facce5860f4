# shellcheck shell=bash
# SPDX-License-Identifier: ISC

# The folders of tests for bats have links to this file, which bats wants to
# find beside them.
#
# Without PATH saying otherwise, the programs of build/ are tested.  Without
# Debian's redis-server package (see scripts/packages) there is that name too.
setup_suite() {
	# Tests preload shims, which then come before the sanitizer.
	export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
	command -v loc-db >/dev/null ||
	    export PATH="${BASH_SOURCE[0]%/*}/../../build:$PATH"
	command -v redis-server >/dev/null || {
		mkdir "$BATS_RUN_TMPDIR/bin"
		ln -s "$(command -v redis-check-rdb)" \
		    "$BATS_RUN_TMPDIR/bin/redis-server"
		export PATH="$BATS_RUN_TMPDIR/bin:$PATH"
	}
}

# The servers that the first test in need of them started.
teardown_suite() {
	if [ -d "$BATS_RUN_TMPDIR/servers" ]; then
		"${BASH_SOURCE[0]%/*}/../../scripts/servers" stop \
		    -d "$BATS_RUN_TMPDIR/servers"
	fi
}
