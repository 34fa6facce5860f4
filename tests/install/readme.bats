#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The lines of README's Installation, run by root in a Debian of its own: a
# fresh root directory, with its own processes, network and host name.  No
# service manager runs there, so the test starts what systemctl was told to
# enable, as the units say.

bats_require_minimum_version 1.5.0

setup_file() {
	export ROOT=$BATS_FILE_TMPDIR/root
	local top=$BATS_TEST_DIRNAME/../.. packages

	[ "$(id -u)" -eq 0 ] || skip "only root can make a Debian"
	unshare -mnpf true 2>"$BATS_FILE_TMPDIR/why" ||
	    skip "no namespaces here: $(cat "$BATS_FILE_TMPDIR/why")"
	debootstrap --variant=minbase bookworm "$ROOT" >"$ROOT.log" 2>&1 ||
	    { tail "$ROOT.log"; false; }
	# Nothing of it has to outlive a crash of the machine.
	echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/unsafe"
	mkdir "$ROOT/usr/src/loc"
	git -C "$top" ls-files -z -co --exclude-standard |
	    tar -C "$top" --null -T - -cf - | tar -C "$ROOT/usr/src/loc" -xf -
	# Fetch now what the lines install, as there is no network later.
	packages=$(in_root /usr/src/loc/scripts/packages -n build run)
	# shellcheck disable=SC2086	# a list
	in_root apt-get -qqy install --download-only systemd man-db \
	    iproute2 $packages mariadb-server redis-server cron \
	    >"$ROOT.log" 2>&1 || { tail "$ROOT.log"; false; }
}

in_root() {
	env -i PATH="$PATH" HOME=/root DEBIAN_FRONTEND=noninteractive \
	    chroot "$ROOT" "$@"
}

# The commands of README's section Installation.
commands() {
	awk '/^## / { on = $2 == "Installation" } on && /^    / {
		print substr($0, 5) }' "$BATS_TEST_DIRNAME/../../README.md"
}

@test "the lines of the section Installation end in a service that runs" {
	{
		echo 'set -eux'
		echo 'export DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1'
		echo 'mount -t proc proc /proc'
		echo 'apt-get -qqy install systemd man-db iproute2'
		echo 'ip link set lo up'
		echo 'cd /usr/src/loc'
		# Where a service manager runs, the packages start servers.
		commands | sed 's/^apt-get install .*/&\
service mariadb start\
service redis-server start/; s/^apt-get install/apt-get -qqy install/'
		cat "$BATS_TEST_DIRNAME/service.sh"
	} >"$ROOT/install.sh"
	env -i PATH="$PATH" HOME=/root unshare -mnpf --kill-child \
	    chroot "$ROOT" bash /install.sh \
	    >"$ROOT.out" 2>&1 </dev/null || { tail -40 "$ROOT.out"; false; }
	grep -qx 'all is well' "$ROOT.out"
}
