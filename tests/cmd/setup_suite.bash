# shellcheck shell=bash
# SPDX-License-Identifier: ISC

# Without PATH saying otherwise, the programs of build/ are tested.
setup_suite() {
	command -v loc-db >/dev/null ||
	    export PATH="${BASH_SOURCE[0]%/*}/../../build:$PATH"
}

# The servers that the first test in need of them started.
teardown_suite() {
	if [ -d "$BATS_RUN_TMPDIR/servers" ]; then
		"${BASH_SOURCE[0]%/*}/../../scripts/servers" stop \
		    -d "$BATS_RUN_TMPDIR/servers"
	fi
}
