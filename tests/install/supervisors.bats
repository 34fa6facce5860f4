#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve under each supervisor that it comes with something for: runs,
# answers, is stopped without a word, and is not started again and again with
# wrong settings.  All of them run for real, in one Debian of their own.

bats_require_minimum_version 1.5.0

setup_file() {
	load lib
	root_setup
	make -s -C "$BATS_TEST_DIRNAME/../.." install DESTDIR="$ROOT" 3>&-
	cp "$BATS_TEST_DIRNAME/supervised.sh" "$ROOT"
	root_boot
	in_root bash -euc '. /supervised.sh
	    apt-get -qqy install libbsd0 libmariadb3 libhiredis0.14 \
	    libmaxminddb0 libcurl4 libdeflate0 libexpat1 libcminpack1 \
	    libseccomp2 libsodium23 libsqlite3-0 libzip4 curl procps runit s6 \
	    openbsd-inetd logrotate
	    systemd-sysusers loc.conf
	    systemd-tmpfiles --create loc.conf
	    mkdir -p /etc/credstore
	    wrong_settings' >"$ROOT.out" 2>&1 || { tail "$ROOT.out"; false; }
}

setup() {
	load lib
}

teardown_file() {
	load lib
	root_end
}

@test "all units are valid, and systemd finds them hardly exposed" {
	# shellcheck disable=SC2016	# expanded there
	run -0 in_root sh -c 'cd /usr/local/lib/systemd/system &&
	    systemd-analyze verify --man=no loc* 2>&1 &&
	    for unit in loc*.service; do
		systemd-analyze security --offline=yes --threshold=19 \
		    --no-pager "$unit" >/dev/null || echo "$unit"
	    done'
	[ -z "$output" ]
}

@test "systemd hands over a socket and a secret, and ends it" {
	run -0 in_root bash -e <<-'END'
	. /supervised.sh
	echo 'mysql://ro:secret@127.0.0.1:9/location' \
	    >/etc/credstore/loc.database.ro_url
	systemctl start loc-serve.socket
	[ "$(systemctl is-active loc-serve)" = inactive ]
	answers
	systemctl is-active loc-serve
	tr '\0' '\n' </proc/"$(systemctl show -P MainPID loc-serve)"/environ |
	    grep -q ^CREDENTIALS_DIRECTORY=
	[ -z "$(journalctl -u loc-serve --no-pager | grep secret)" ]
	systemctl stop loc-serve.socket loc-serve
	[ "$(systemctl show -P Result loc-serve)" = success ]
	rm /etc/credstore/loc.database.ro_url
	[ -z "$(systemctl start loc-serve && echo started)" ]
	journalctl -u loc-serve --no-pager | grep 'ro_url: is not set'
	[ "$(systemctl show -P NRestarts loc-serve)" = 0 ]
	END
}

@test "runit" {
	run -0 in_root bash -e <<-'END'
	. /supervised.sh
	/usr/local/share/loc/service-dirs runit /run/runit loc-serve
	wrong_settings
	runsvdir /run/runit >/dev/null 2>&1 &
	until_true grep 'is not set' /run/runit/loc-serve/log/main/current
	# before "finish" has run, runit wants it up
	until_true says sv status /run/runit/loc-serve '^down: [^;,]*, normally up;'
	right_settings
	sv -w 30 start /run/runit/loc-serve
	answers
	[ "$(stat -c %U "/proc/$(pidof loc-serve)")" = loc ]
	sv -w 30 stop /run/runit/loc-serve
	no_process loc-serve
	kill -HUP %1
	wait
	END
}

@test "s6" {
	run -0 in_root bash -e <<-'END'
	. /supervised.sh
	/usr/local/share/loc/service-dirs s6 /run/s6 loc-serve
	wrong_settings
	s6-svscan /run/s6 >/dev/null 2>&1 &
	until_true grep 'is not set' /run/s6/loc-serve/log/main/current
	until_true says s6-svstat /run/s6/loc-serve ^down
	right_settings
	s6-svc -wU -T 30000 -u /run/s6/loc-serve
	answers
	[ "$(stat -c %U "/proc/$(pidof loc-serve)")" = loc ]
	s6-svc -wD -T 30000 -d /run/s6/loc-serve
	s6-svstat /run/s6/loc-serve | grep 'down (exitcode 0)'
	s6-svscanctl -t /run/s6
	wait
	END
}

@test "inetd" {
	run -0 in_root bash -e <<-'END'
	. /supervised.sh
	right_settings
	grep -v '^#' /usr/local/share/loc/inetd.conf >>/etc/inetd.conf
	systemctl restart inetd
	answers
	answers
	until_true no_process loc-serve
	systemctl stop inetd
	END
}

@test "logrotate cuts what a supervisor appends to" {
	run -0 in_root bash -e <<-'END'
	install -d -o loc -g loc -m 750 /var/log/loc
	cp /usr/local/share/loc/logrotate /etc/logrotate.d/loc
	exec 3>>/var/log/loc/serve.log
	chown loc:loc /var/log/loc/serve.log
	echo before >&3
	logrotate -f /etc/logrotate.d/loc 2>&1
	echo after >&3
	[ "$(cat /var/log/loc/serve.log)" = after ]
	[ "$(cat /var/log/loc/serve.log.1)" = before ]
	END
	[ -z "$output" ]
}
