# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A Debian for a file of tests, in which systemd runs.

# The directory of changes of this file, ROOT, to what BASE is.  They can be
# made from outside until systemd is started.
root_setup() {
	[ -z "$NO_BASE" ] || skip "$NO_BASE"
	export ROOT=$BATS_FILE_TMPDIR/changes
	mkdir "$ROOT"
}

# Put the sources into $ROOT/usr/src/loc.
root_sources() {
	local top=$BATS_TEST_DIRNAME/../..

	mkdir -p "$ROOT/usr/src/loc"
	git -C "$top" ls-files -z -co --exclude-standard |
	    tar -C "$top" --null -T - -cf - | tar -C "$ROOT/usr/src/loc" -xf -
}

# Start systemd there, and wait until all runs that it starts.
root_boot() {
	local tries=100

	unshare -mnpuifC --propagation private --kill-child \
	    "$BATS_TEST_DIRNAME/boot" "$BASE" "$ROOT" \
	    </dev/null >"$ROOT.boot" 2>&1 3>&- &
	echo $! >"$ROOT.pid"
	disown $!	# nobody has to hear of its end
	until in_root systemctl is-system-running --wait >"$ROOT.state" 2>&1; do
		if grep -q degraded "$ROOT.state"; then
			in_root systemctl --failed
			return 1
		fi
		if ! [ $((tries -= 1)) -gt 0 ]; then
			cat "$ROOT.boot" "$ROOT.state"
			return 1
		fi
		sleep 0.1
	done
}

# Run a command there, as root.
in_root() {
	local pid

	pid=$(pgrep -P "$(cat "$ROOT.pid")") || return 1
	nsenter -t "$pid" -m -n -p -u -i -C --root --wdns=/ env -i HOME=/root \
	    PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    DEBIAN_FRONTEND=noninteractive "$@"
}

# Run the script $1 there with bash; what it says is in $ROOT.out.
root_script() {
	in_root sh -c 'cat >/script' <"$1"
	in_root bash /script >"$ROOT.out" 2>&1 </dev/null || {
		tail -n 60 "$ROOT.out"
		return 1
	}
	grep -qx 'all is well' "$ROOT.out"
}

# End all that runs there.
root_end() {
	[ ! -e "$ROOT.pid" ] || kill -KILL "$(cat "$ROOT.pid")" || true
}
