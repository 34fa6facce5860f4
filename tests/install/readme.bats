#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The lines of README's Installation, run by root in a Debian of its own, where
# systemd runs: a fresh root directory, with its own processes, network and host
# name.

bats_require_minimum_version 1.5.0

setup_file() {
	load lib
	root_setup
	root_sources
}

setup() {
	load lib
}

teardown_file() {
	load lib
	root_end
}

# The commands of README's section Installation.
commands() {
	awk '/^## / { on = $2 == "Installation" } on && /^    / {
		print substr($0, 5) }' "$BATS_TEST_DIRNAME/../../README.md"
}

@test "the lines of the section Installation end in a service that runs" {
	root_boot
	{
		echo 'set -eux'
		echo 'apt-get -qqy install man-db'
		echo 'cd /usr/src/loc'
		commands | sed 's/^apt-get install/apt-get -qqy install/'
		cat "$BATS_TEST_DIRNAME/service.sh"
	} >"$BATS_TEST_TMPDIR/script"
	root_script "$BATS_TEST_TMPDIR/script"
}
