#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-serve started by root becomes somebody else.  None of this needs a
# database.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	[ "$(id -u)" = 0 ] || skip 'needs root'
	cd "$BATS_TEST_TMPDIR" || return 1
	# somewhere that nobody can go to
	dir=$(mktemp -d "${TMPDIR:-/tmp}/user.XXXXXX")
	chmod 755 "$dir"
	mkdir -m 700 "$dir/spool"
	export LOC_CONF=$dir/location.ini
	cat >"$LOC_CONF" <<-END
	[database]
	ro_url = mysql://nobody:secret@localhost/none?unix_socket=$dir/none
	[spool]
	dir = $dir/spool
	[http]
	END
	chmod 640 "$LOC_CONF"
	group=$(id -gn nobody)
	chgrp "$group" "$LOC_CONF"
	chown nobody "$dir/spool"
}

teardown() {
	[ -z "$dir" ] || {
		loc_stop
		rm -rf "$dir"
	}
}

# ids FIELD: what /proc says of the server
ids() {
	awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' \
	    "/proc/$LOC_SERVE_PID/status"
}

spooled() {
	curl -sf -d '{"items":[{"cellTowers":[{}]}]}' "$URL/v2/geosubmit"
	[ "$(stat -c %U:%G "$dir"/spool/*.seg)" = "nobody:${1:-$group}" ]
}

@test "a user of the configuration, with the groups of that user" {
	echo 'user = nobody' >>"$LOC_CONF"
	loc_serve_start
	uid=$(id -u nobody) gid=$(id -g nobody)
	[ "$(ids Uid)" = "$uid $uid $uid $uid" ]
	[ "$(ids Gid)" = "$gid $gid $gid $gid" ]
	[ "$(ids Groups | xargs)" = "$(id -G nobody)" ]
	[ "$(ids NoNewPrivs)" = 1 ]
	[ "$(ids CapEff)$(ids CapPrm)" = 00000000000000000000000000000000 ]
	spooled
	# it may be told again
	kill -HUP "$LOC_SERVE_PID"
	for _ in $(seq 1200); do
		! grep -q reloaded "$dir/serve.log" || break
		sleep 0.05
	done
	# There is no database here.
	[ "$(grep -v 'going on without' "$dir/serve.log")" = \
	    'loc-serve: reloaded' ]
}

@test "another user and group by -u" {
	echo 'user = root' >>"$LOC_CONF"
	loc_serve_start -u nobody:daemon
	gid=$(id -g daemon)
	[ "$(ids Gid)" = "$gid $gid $gid $gid" ]
	spooled daemon
	grep -q 'cannot be read again as user nobody' "$dir/serve.log"
}

@test "a local socket belongs to the user" {
	mkdir "$dir/run"
	echo 'user = nobody' >>"$LOC_CONF"
	loc-serve -l "$dir/run/sock" 3>&- 2>"$dir/serve.log" &
	echo $! >>"$dir/pids"
	for _ in $(seq 1200); do
		[ ! -S "$dir/run/sock" ] || break
		sleep 0.05
	done
	for _ in $(seq 1200); do
		[ "$(stat -c %U "$dir/run/sock")" != nobody ] || break
		sleep 0.05
	done
	[ "$(stat -c %U:%G:%a "$dir/run/sock")" = "nobody:$group:660" ]
}

@test "root stays root in a spool of its own, but says so" {
	chown root "$dir/spool"
	loc_serve_start
	[ "$(ids Uid)" = '0 0 0 0' ]
	[ "$(cat "$dir/serve.log")" = \
	    'loc-serve: running as root: set [http] user' ]
}

@test "root becomes who owns the spool" {
	loc_serve_start
	uid=$(id -u nobody)
	[ "$(ids Uid)" = "$uid $uid $uid $uid" ]
	[ ! -s "$dir/serve.log" ]
	spooled
}

@test "so it does with -1" {
	body='{"items":[{"cellTowers":[{}]}]}'
	printf 'POST /v2/geosubmit HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' \
	    ${#body} "$body" | timeout 20 loc-serve -1 | head -n 1 |
	    grep -F ' 200 '
	[ "$(stat -c %U:%G "$dir"/spool/*.seg)" = "nobody:$group" ]
}

@test "a missing spool is made for the user" {
	rmdir "$dir/spool"
	echo 'user = nobody' >>"$LOC_CONF"
	loc_serve_start
	[ "$(stat -c %U:%G:%a "$dir/spool")" = "nobody:$group:750" ]
	spooled
}

@test "who is not there, and who may not" {
	run -64 loc-serve -l 127.0.0.1:0 -u nobody-of-that-name
	[ "$output" = 'loc-serve: -u nobody-of-that-name: no such user' ]
	run -64 loc-serve -l 127.0.0.1:0 -u nobody:no-such-group
	[ "$output" = 'loc-serve: -u nobody:no-such-group: no such group' ]
	echo 'user = nobody-of-that-name' >>"$LOC_CONF"
	run -78 loc-serve -l 127.0.0.1:0
	[[ "$output" == "loc-serve: $LOC_CONF:"*': [http] user: nobody-of-that-name: no such user' ]]
	sed -i '/^user/d' "$LOC_CONF"
	# one that may not write to the spool
	chown daemon "$dir/spool"
	run -73 loc-serve -l 127.0.0.1:0 -u nobody
	[ "$output" = "loc-serve: $dir/spool: Permission denied" ]
}

@test "who is not root stays who he is" {
	path=$(dirname "$(command -v loc-serve)")
	as_nobody=(setpriv --reuid nobody --regid "$group" --clear-groups)
	"${as_nobody[@]}" test -x "$path/loc-serve" ||
	    skip 'nobody cannot run the program'
	"${as_nobody[@]}" "$path/loc-serve" -l 127.0.0.1:0 -u daemon 3>&- \
	    2>"$dir/serve.log" &
	echo $! >>"$dir/pids"
	for _ in $(seq 1200); do
		! grep -q become "$dir/serve.log" || break
		sleep 0.05
	done
	grep -qx 'loc-serve: not root: cannot become user daemon' \
	    "$dir/serve.log"
}
