#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Debian's GeoClue on a bus of its own, with a wifi card and a modem that are
# made up, and with the key that Debian gives it, which is none.

bats_require_minimum_version 1.5.0

geoclue=/usr/libexec/geoclue
demos=/usr/libexec/geoclue-2.0/demos

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$(dirname "$(command -v loc-serve)")/tools:$PATH
	need_geoclue
	loc_setup
	loc_geoip 127.0.0.1/32
	loc-key create test maxreq=0 >/dev/null
	loc_sql "$("$BATS_TEST_DIRNAME/../api/stations.py")"
	printf '[http]\ndefault_key = test\n' >>"$LOC_CONF"
	loc_serve_start
	start_bus
}

teardown() {
	loc_stop
}

need_geoclue() {
	need "$geoclue" "$demos"/{agent,where-am-i} /usr/bin/dbus-daemon
	/usr/bin/python3 -c 'import dbus, gi' ||
	    skip 'no python3-dbus, python3-gi: scripts/packages clients'
	# its settings are in one place only: it gets file systems of its own
	apart=(unshare --mount)
	[ "$(id -u)" -eq 0 ] || apart=(unshare --map-root-user --mount)
	touch try
	"${apart[@]}" mount --bind try /etc/geoclue/geoclue.conf ||
	    skip 'file systems cannot be mounted here'
}

start_bus() {
	cat >bus.conf <<-END
	<!DOCTYPE busconfig PUBLIC
	 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig>
	  <type>system</type>
	  <listen>unix:tmpdir=/tmp</listen>
	  <auth>EXTERNAL</auth>
	  <policy context="default">
	    <allow user="*"/>
	    <allow own="*"/>
	    <allow send_type="*"/>
	    <allow send_destination="*"/>
	    <allow receive_sender="*"/>
	  </policy>
	</busconfig>
	END
	keep bus.log dbus-daemon --config-file=bus.conf --nofork \
	    --nopidfile --print-address
	until_ok grep -q '^unix:' bus.log
	DBUS_SYSTEM_BUS_ADDRESS=$(grep '^unix:' bus.log)
	export DBUS_SYSTEM_BUS_ADDRESS
}

has_name() {
	dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
	    org.freedesktop.DBus.NameHasOwner "string:$1" |
	    grep -q 'boolean true'
}

# locate HARDWARE-OPTION ...: have the demonstration program print places
locate() {
	cat >geoclue.conf <<-END
	[agent]
	whitelist=geoclue-demo-agent
	[network-nmea]
	enable=false
	[compass]
	enable=false
	[cdma]
	enable=false
	[3g]
	enable=true
	[modem-gps]
	enable=true
	[wifi]
	enable=true
	url=$URL/v1/geolocate?key=geoclue_debian
	submit-data=true
	submission-url=$URL/v1/submit?key=geoclue_debian
	submission-nick=geoclue
	[geoclue-where-am-i]
	allowed=true
	system=false
	users=
	END
	keep hardware.log "$BATS_TEST_DIRNAME/hardware.py" "$@"
	until_ok grep -q here hardware.log
	# shellcheck disable=SC2016 # for the other shell
	G_MESSAGES_DEBUG=Geoclue GIO_USE_NETWORK_MONITOR=base \
	    keep geoclue.log "${apart[@]}" sh -c '
	    mount --bind geoclue.conf /etc/geoclue/geoclue.conf &&
	    exec "$1" -t 0' sh "$geoclue"
	until_ok has_name org.freedesktop.GeoClue2
	keep agent.log "$demos/agent"
	keep where.log "$demos/where-am-i" -t 60
}

# is_at LATITUDE LONGITUDE ACCURACY
is_at() {
	until_ok grep -q "Accuracy: *$3" where.log
	grep -q "Latitude: *$1" where.log
	grep -q "Longitude: *$2" where.log
}

@test "wifis that are known" {
	locate -w a8:20:67:00:00:01,one,-60,2412 \
	    -w a8:20:67:00:00:02,two,-80,5220 \
	    -w 02:00:00:00:00:01,x_nomap,-50,2437
	is_at 51.500036 -0.100000 10
	grep wifiAccessPoints geoclue.log >asked
	grep -q a8:20:67:00:00:01 asked
	run ! grep 02:00:00:00:00:01 asked
}

@test "nothing heard: the address tells" {
	locate
	is_at 51.514200 -0.093100 40000
}

@test "a cell that is known" {
	locate -m 234,30,FFFE,3E9,64
	is_at 51.500000 -0.100000 1000
	grep -q cellTowers geoclue.log
}

@test "a fix is reported with the wifis" {
	locate -m 234,30,FFFE,3E9,64 -g 51.5,-0.1 \
	    -w a8:20:67:00:00:01,one,-60,2412 \
	    -w a8:20:67:00:00:02,two,-80,5220
	until_ok eval 'spool_cat spool | grep -q macAddress'
	run -0 spool_cat spool
	[[ "$output" == *'"wifiAccessPoints": [{"macAddress": "a8:20:67:00:00:01", "frequency": 2412, "signalStrength": -60, "ssid": "one"}, {"macAddress": "a8:20:67:00:00:02", "frequency": 5220, "signalStrength": -80, "ssid": "two"}], "position": {"latitude": 51.5, "longitude": -0.1, "accuracy": 0.0, "altitude": 62.3}}'* ]]
	[[ "$output" == *'"cellTowers": [{"radioType": "gsm", "mobileCountryCode": 234, "mobileNetworkCode": 30, "locationAreaCode": 100, "cellId": 1001}]'* ]]
}
