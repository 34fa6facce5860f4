# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A fresh Debian, over which each file of tests lays its changes: BASE, a root
# directory.  What tests install there is fetched now, as there is no network
# later.  NO_BASE says why there is none.  To try a test again and again, LOC_BASE
# may name one that was made so.

setup_suite() {
	export BASE=${LOC_BASE:-$BATS_SUITE_TMPDIR/base} NO_BASE=
	local log=$BATS_SUITE_TMPDIR/log packages
	local top=$BATS_TEST_DIRNAME/../..

	if [ "$(id -u)" -ne 0 ]; then
		NO_BASE="only root can make a Debian"
		return 0
	fi
	unshare -mnpuifC true 2>"$log" || {
		NO_BASE="no namespaces here: $(cat "$log")"
		return 0
	}
	[ -z "${LOC_BASE:-}" ] || return 0
	debootstrap --variant=minbase --include=systemd-sysv,iproute2 \
	    bookworm "$BASE" >"$log" 2>&1 || { tail "$log"; return 1; }
	# Nothing of it has to outlive a crash of the machine.
	echo force-unsafe-io >"$BASE/etc/dpkg/dpkg.cfg.d/unsafe"
	packages=$(chroot "$BASE" sh -s -- -n build run \
	    <"$top/scripts/packages")
	# shellcheck disable=SC2086	# a list
	env -i PATH="$PATH" HOME=/root DEBIAN_FRONTEND=noninteractive \
	    chroot "$BASE" apt-get -qqy install --download-only man-db \
	    $packages mariadb-server redis-server runit s6 openbsd-inetd adduser \
	    logrotate >"$log" 2>&1 || { tail "$log"; return 1; }
}
