# shellcheck shell=bash
# SPDX-License-Identifier: ISC

setup_suite() {
	:
}

# The servers that the first test in need of them started.
teardown_suite() {
	if [ -d "$BATS_RUN_TMPDIR/servers" ]; then
		"${BASH_SOURCE[0]%/*}/../../scripts/servers" stop \
		    -d "$BATS_RUN_TMPDIR/servers"
	fi
}
