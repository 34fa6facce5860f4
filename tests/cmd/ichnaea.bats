#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain,mariadb
#
# loc-ichnaea(7), word for word: its commands are taken from the manual, and run
# in a world where an Ichnaea is at work on a database with a replica.  What
# stands for that world is in the functions of "world".

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load tls
	load ichnaea
	load ../faults/replicas.bash
	cd "$BATS_TEST_TMPDIR" || return 1
	export COPY=$PWD/copy.d LOC_SERVERS=$PWD/servers LOC_TOP
	touch pids
}

teardown() {
	# The manual's, of a subshell that has ended.
	pgrep -f 'loc-serve -c copy.ini' >>pids || true
	loc_stop
	timeout 60 "$LOC_TOP/scripts/servers" stop -d "$COPY"
	rm -rf "$COPY"
}

# The commands of the manual's section $1.
commands() {
	sed -n "/^\.Ss $1\$/,/^\.Ss/p" "$LOC_TOP/man/loc-ichnaea.7" |
	    sed -n '/^\.Bd -literal/,/^\.Ed/{ /^\.[BE]d/!p; }'
}

world() {
	cat <<-'END'
	mariadb() {
		command mariadb --no-defaults -NB -u root \
		    -S "$COPY/run/mariadb.sock" "${@:3}"
	}
	mariadb-dump() {
		! command -v mariadb-dump >/dev/null ||
		    command mariadb-dump --no-defaults -u root \
		    -S "$LOC_SERVERS/run/mariadb.sock" "${@:1:$#-1}" "$LOC_DB"
	}
	redis-cli() {
		command redis-cli -s "$LOC_SERVERS/run/redis.sock" \
		    -n "$LOC_REDIS_DB" "$@"
	}
	curl() {
		set -- "${@//7099/$PORT}"
		command curl --retry 20 --retry-delay 1 --retry-connrefused \
		    "${@//http:\/\/ichnaea/$ICHNAEA}"
	}
	sleep() { command sleep 0.2; }
	loc-serve() { command loc-serve "${@//7099/$PORT}"; }
	systemctl() {
		local unit
		for unit in "${@:2}"; do
			case "$1 $unit" in
			stop*) touch "$unit.stop" ;;
			*serve) command loc-serve -l "127.0.0.1:7099" & ;;
			*) "${unit%@*}" & ;;
			esac
			[ "$1" = stop ] || echo $! >>pids
		done
	}
	END
}

# Do what the manual's section $1 says, with $PORT for its ports.
follow_manual() {
	(
		world | sed "s/127.0.0.1:7099/127.0.0.1:$PORT/"
		commands "$1" | sed "s/7001/7099/"
	) >"do"
	bash -e "do" 3>&- >said 2>&1 || {
		tail -n 20 said
		return 1
	}
}

# An Ichnaea that counts networks, one after the other, and what it has taken
# but not counted.  Of an export that has less than a batch it takes nothing
# before an hour has passed, which it knows by the 86400 seconds that a list
# lives.
ichnaea_works() {
	local left n=0

	loc_redis rpush update_wifi_0 a b c >/dev/null
	loc_redis rpush queue_export_internal d e >/dev/null
	loc_redis expire queue_export_internal 86400 >/dev/null
	until [ -e ichnaea-worker.stop ]; do
		n=$((n + 1))
		loc_sql "INSERT INTO wifi_shard_0 (mac, lat, lon, radius,
		    samples, created, modified) VALUES (UNHEX(LPAD(HEX($n), 12,
		    'ac0000000000')), 51.5, -0.1, 50, 2, NOW(), NOW())"
		echo "$n" >written
		[ ! -e ichnaea-web.stop ] ||
		    loc_redis lpop update_wifi_0 >/dev/null
		left=$(loc_redis ttl queue_export_internal)
		[ "$left" -lt 0 ] || [ "$left" -gt 82800 ] ||
		    loc_redis rpoplpush queue_export_internal \
		        update_wifi_0 >/dev/null
		sleep 0.1
	done
}

# The web server of Ichnaea, for the one question that is asked.
ichnaea_answers() {
	python3 - "$1" 3>&- <<-'END' &
	import http.server, sys
	class H(http.server.BaseHTTPRequestHandler):
	    def do_POST(self):
	        self.rfile.read(int(self.headers["Content-Length"]))
	        body = (b"{\"location\": {\"lat\": 51.5, \"lng\": -0.1}, "
	                b"\"accuracy\": 2000.0}")
	        self.send_response(200)
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def log_message(self, *args): pass
	http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
	END
	echo $! >>pids
}

revision() {
	sql_on "$1" "SELECT version_num FROM $LOC_DB.alembic_version"
}

move_from() {
	local at port question

	port=$(free_port)
	database "$LOC_SERVERS" 1 "$port"
	database "$COPY" 2 "$(free_port)" read-only=ON
	loc_sql() {
		mariadb --no-defaults -NB -u root \
		    -S "$LOC_SERVERS/run/mariadb.sock" "${LOC_DB-}" -e "$1"
	}
	LOC_DB='' loc_sql "CREATE USER copy@localhost IDENTIFIED BY 'copy';
	    GRANT REPLICATION SLAVE ON *.* TO copy@localhost"
	follow "$COPY" "$port"
	loc_setup
	ichnaea_left "$1" >left
	loc_sql "$(cat left)
	    INSERT INTO cell_wcdma (cellid, radio, mcc, mnc, lac, cid, lat, lon,
	    max_lat, min_lat, max_lon, min_lon, radius, samples, created,
	    modified, last_seen) VALUES (x'0200ea00010001000003e9', 2, 234, 1,
	    1, 1001, 51.5, -0.1, 51.5, 51.5, -0.1, -0.1, 2000, 20, NOW(), NOW(),
	    CURDATE());
	    INSERT INTO api_key (valid_key, maxreq, allow_locate)
	    VALUES ('geheim', 100, 1)"
	# The column is newer than 2016, when all keys might hand in reports.
	[ "$1" = 385f842b2526 ] ||
	    loc_sql 'UPDATE api_key SET store_sample_submit = 100'
	sed -i "s|^rw_url = mysql://root@|rw_url = mysql://rw:rw@|
	    s|^ro_url = mysql://root@|ro_url = mysql://ro:ro@|" "$LOC_CONF"
	loc_geoip
	at=$(readlink -f "$COPY/run")
	sed "s|$(readlink -f "$LOC_SERVERS/run")|$at|
	    s|^\[locate\]|[http]\nstrict = true\n&|" "$LOC_CONF" >copy.ini
	chmod 600 copy.ini
	export LOC_DB LOC_REDIS_DB KEY=geheim
	export PORT ICHNAEA
	PORT=$(free_port)
	ICHNAEA=http://127.0.0.1:$(free_port)
	ichnaea_answers "${ICHNAEA##*:}"
	ichnaea_works 3>&- &
	echo $! >>pids
	until_true caught_up_once
	question='{"considerIp": false, "cellTowers": [{"radioType": "wcdma",
	    "mobileCountryCode": 234, "mobileNetworkCode": 1,
	    "locationAreaCode": 1, "cellId": 1001}]}'
	echo "$question" >question.json

	follow_manual 'Rehearsal on a copy'
	[ "$(revision "$LOC_SERVERS")" = "$1" ]
	[ "$(revision "$COPY")" = 3be4004781bc ]
	grep -q '"lat": 51.5' new

	PORT=$(free_port)
	follow_manual 'Switching over'
	[ "$(revision "$LOC_SERVERS")" = 3be4004781bc ]
	[ -z "$(loc_redis lrange queue_export_internal 0 -1)" ]
	[ -z "$(loc_redis lrange update_wifi_0 0 -1)" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM wifi_shard_0')" = \
	    "$(cat written)" ]
	[ "$(curl -s -d @question.json \
	    "http://127.0.0.1:$PORT/v1/geolocate?key=geheim" |
	    jq .location.lat)" = 51.5 ]
	echo '{"items": [{"timestamp": '"$(date +%s)"'000, "position":
	    {"latitude": 51.6, "longitude": -0.1}, "wifiAccessPoints":
	    [{"macAddress": "ac0000000001"},
	    {"macAddress": "ac0000f00002"}]}]}' |
	    curl -sf -d @- "http://127.0.0.1:$PORT/v2/geosubmit?key=geheim"
	until_true counted_here
}

# Rows of Ichnaea's have come to the copy.
caught_up_once() {
	[ "$(sql_on "$COPY" "SELECT COUNT(*) FROM $LOC_DB.wifi_shard_0")" -gt 2 ]
} 2>/dev/null

counted_here() {
	[ "$(loc_sql "SELECT COUNT(*) FROM wifi_shard_0
	    WHERE mac = x'ac0000f00002'")" = 1 ]
}

@test "the manual takes an Ichnaea of 2016 over, which is at work meanwhile" {
	move_from 385f842b2526
}

@test "the manual takes an Ichnaea of 2023 over, which is at work meanwhile" {
	move_from 3be4004781bc
}
