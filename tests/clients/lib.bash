# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# For tests of real clients, beside ../cmd/lib.bash:
#
#	keep LOG COMMAND ...	run it until the test ends
#	until_ok COMMAND ...	try until it succeeds, for a minute
#	need FILE ...		skip the test unless these are installed

load ../cmd/lib

keep() {
	local log=$1

	shift
	"$@" >"$log" 2>&1 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
}

until_ok() {
	local _

	for _ in $(seq 600); do
		! "$@" || return 0
		sleep 0.1
	done
	echo "never: $*"
	tail -n 20 ./*.log
	return 1
}

need() {
	local file

	for file; do
		[ -x "$file" ] || skip "no $file: scripts/packages clients"
	done
}
