#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The Debian packages: built of the programs that are there, installed, upgraded,
# removed and purged with systemd running, in a Debian of their own.

bats_require_minimum_version 1.5.0

setup_file() {
	load lib
	root_setup
	export DEBS=$ROOT/debs TOP=$BATS_TEST_DIRNAME/../..
	mkdir "$DEBS"
	"$TOP/scripts/package" -b "$TOP/build" -v 1 -o "$DEBS" 3>&-
	# The same again, with another version.
	mkdir "$DEBS/2" "$ROOT.deb"
	dpkg-deb -R "$DEBS"/loc_1_*.deb "$ROOT.deb"
	sed -i 's/^Version: 1$/Version: 2/' "$ROOT.deb/DEBIAN/control"
	sed -i 's/^#BACKUP_TO=.*/#BACKUP_TO=s3:\/\/new/' \
	    "$ROOT.deb/etc/default/loc"
	dpkg-deb -Znone --root-owner-group -b "$ROOT.deb" "$DEBS/2" >/dev/null
	cp "$BATS_TEST_DIRNAME/supervised.sh" "$ROOT"
	root_boot
}

setup() {
	load lib
}

teardown_file() {
	load lib
	root_end
}

@test "lintian has nothing to say of them" {
	command -v lintian || skip "no lintian here"
	run -0 lintian --no-cfg --allow-root --fail-on error,warning,info \
	    "$DEBS"/loc_1_*.changes
	[ -z "$output" ]
}

@test "installed: a user, directories and settings, and nothing runs" {
	in_root sh -c 'apt-get -qqy install --no-install-recommends curl \
	    procps /debs/loc_1_*.deb /debs/loc-doc_1_*.deb' \
	    >"$ROOT.out" 2>&1 || { tail "$ROOT.out"; false; }
	run -0 in_root bash -e <<-'END'
	[ "$(stat -c '%a %U %G' /etc/location.ini)" = '640 root loc' ]
	[ "$(stat -c '%a %U %G' /var/spool/loc)" = '750 loc loc' ]
	[ "$(stat -c '%a %U %G' /var/lib/loc/jobs)" = '750 loc loc' ]
	systemctl list-units --no-legend 'loc-*' 'location-*'
	loc-serve -C >/dev/null 2>&1 || [ $? = 78 ]
	test -e /usr/share/doc/loc-doc/html/loc.7.html
	test -e /usr/share/man/man1/location-job.1.gz
	END
	[ ! -d "$TOP/build/web" ] ||
	    in_root test -e /usr/share/loc/site/libraries/leaflet/LICENSE
	[ -z "$output" ]
}

@test "upgraded: settings are kept, and what ran runs the new programs" {
	run -0 in_root bash -e <<-'END'
	. /supervised.sh
	right_settings
	sed -i 's/^#BACKUP_TO.*/BACKUP_TO=\/mine/' /etc/default/loc
	systemctl start loc-serve
	answers
	before=$(systemctl show -P MainPID loc-serve)
	dpkg --force-confdef --force-confold -i /debs/2/loc_2_*.deb
	answers
	[ "$before" != "$(systemctl show -P MainPID loc-serve)" ]
	[ "$(dpkg-query -Wf '${Version}' loc)" = 2 ]
	grep -q 'ro:secret' /etc/location.ini
	[ "$(stat -c '%a %U %G' /etc/location.ini)" = '640 root loc' ]
	grep -q '^BACKUP_TO=/mine' /etc/default/loc
	[ "$(systemctl is-active loc-feed)" = inactive ]
	END
}

@test "removed: what was accepted stays; purged: nothing is left" {
	run -0 in_root bash -e <<-'END'
	. /supervised.sh
	echo report >/var/spool/loc/waits
	dpkg -r loc >/dev/null
	no_process loc-serve
	test -e /var/spool/loc/waits
	test -e /etc/location.ini
	test -e /etc/default/loc
	dpkg -P loc loc-doc >/dev/null
	find / -xdev \( -path /debs -o -path /proc \) -prune -o \
	    \( -name 'loc-*' -o -name 'location*' \) -print |
	    grep -v /var/log/journal || true
	test ! -e /var/spool/loc
	test ! -e /var/lib/loc
	test ! -e /etc/default/loc
	END
	[ -z "$output" ]
}

# The lines of loc-deploy(7)'s section One machine.
deploy() {
	awk '/^\.Ss / { on = $0 == ".Ss One machine" } /^\.Ed/ { text = 0 }
	    on && text { gsub(/\\&/, ""); print }
	    /^\.Bd -literal/ { text = 1 }' "$TOP/man/loc-deploy.7"
}

@test "the lines of loc-deploy(7) make a service of it, which can be backed up" {
	# As from a terminal, where man(1) has put blanks before them.
	{
		cat <<-'END'
		set -eux
		. /supervised.sh
		apt-get -qqy install mariadb-server redis-server jq \
		    /debs/loc_1_*.deb >/dev/null 2>&1
		END
		deploy | sed 's/^/     /'
		cat <<-'END'
		answers
		# A dump without stations would prove nothing.
		loc-simulate -w 300 -n 100 reports | loc-submit
		loc-status -e
		# Nobody has said where to: that is told, and how.
		if systemctl start location-backup; then exit 1; fi
		journalctl -u location-backup | grep -q BACKUP_TO
		echo BACKUP_TO=/var/lib/loc/backups >>/etc/default/loc
		systemctl start location-backup
		systemctl start location-verify
		loc-status marks jobs
		echo 'all is well'
		END
	} >"$BATS_TEST_TMPDIR/script"
	[ "$(deploy | wc -l)" -gt 10 ]
	root_script "$BATS_TEST_TMPDIR/script"
}
