#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb
#
# A primary and its replica, by GTID: what is read while the replica is behind,
# and what is counted when it takes the primary's place.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load replicas
}

teardown() {
	LOC_SERVERS=$PRIMARY
	fault_teardown
	"$LOC_TOP/scripts/servers" stop -d "$BATS_TEST_TMPDIR/replica"
}

# A primary, at $PRIMARY, and a replica of it, at $REPLICA; $HOSTS is both.
pair() {
	local port=$((10000 + RANDOM % 20000))

	PRIMARY=$BATS_TEST_TMPDIR/servers
	REPLICA=$BATS_TEST_TMPDIR/replica
	LOC_SERVERS=$PRIMARY
	database "$PRIMARY" 1 "$port"
	database "$REPLICA" 2 $((port + 1)) read-only=ON
	sql_on "$PRIMARY" "CREATE USER copy@localhost IDENTIFIED BY 'copy';
	    GRANT REPLICATION SLAVE ON *.* TO copy@localhost"
	follow "$REPLICA" "$port"
	HOSTS=127.0.0.1:$port,127.0.0.1:$((port + 1))
}

pair_setup() {
	fault_begin
	loc-db users monitor
}

lag() {
	loc-monitor -j replica |
	    jq 'select(.name == "replica.lag_s") | .value'
}

# The time of the newest counter on the replica, in seconds before now: lag as
# it is, not as the server sees it.
true_lag() {
	sql_on "$REPLICA" "SELECT UNIX_TIMESTAMP() - MAX(s)
	    FROM $LOC_DB.beat"
}

rate() {
	loc_redis get global_locate_sample_rate
}

ask_status() {	# MAC
	ask -o /dev/null -w '%{http_code}' -d '{"wifiAccessPoints": [
	    {"macAddress": "'"$1"'"}, {"macAddress": "020000f00002"}]}' \
	    '/v1/geolocate?key=test'
}

hear() {	# MAC
	echo '{"position": {"latitude": 51.5, "longitude": -0.1},
	    "wifiAccessPoints": [{"macAddress": "'"$1"'"},
	    {"macAddress": "020000f00002"}]}' | tr -d '\n' | loc-submit
	loc-feed -1
	loc-work -1
}

@test "reliability 13: a replica that is far behind answers, and says how far" {
	pair
	pair_setup
	sed -i "s|^ro_url = .*|ro_url = mysql://ro:ro@localhost/$LOC_DB?unix_socket=$(
	    readlink -f "$REPLICA/run")/mariadb.sock|" "$LOC_CONF"
	loc_sql 'CREATE TABLE beat (s INT)'
	hear 020000f00001
	until_true caught_up "$REPLICA" "$PRIMARY"
	loc_serve_start
	[ "$(ask_status 020000f00001)" = 200 ]
	[ "$(lag)" = 0 ]
	# Behind from now on, while it has always something to do.
	sql_on "$REPLICA" 'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 6;
	    START SLAVE'
	while loc_sql 'INSERT INTO beat VALUES (UNIX_TIMESTAMP())'; do
		sleep 0.2
	done 3>&- &
	beat=$!
	hear 020000f00003
	loc-ratelimit set rate_controller_enabled=1 rate_controller_target=40
	loc-ratelimit run
	[ "$(rate)" = 100.0 ]
	far() { [ "$(true_lag)" -ge 5 ] 2>/dev/null; }
	until_true far
	for _ in 1 2 3 4 5; do
		[ "$(ask_status 020000f00001)" = 200 ]
		told=$(lag) is=$(true_lag)
		echo "lag $told, truly $is"
		[ $((told - is)) -ge -3 ] && [ $((told - is)) -le 3 ]
		sleep 0.3
	done
	# Workers do not keep up either: fewer queries are stored.
	for _ in $(seq 60); do
		echo '{"position": {"latitude": 51.5, "longitude": -0.1},
		    "wifiAccessPoints": [{"macAddress": "020000f00001"}]}' |
		    tr -d '\n'
		echo
	done | loc-submit -b 1
	loc-feed -1
	loc-ratelimit run
	[ "$(rate)" = 0.0 ]
	# And back.
	loc-work -1
	loc-ratelimit run
	[ "$(rate)" = 100.0 ]
	sql_on "$REPLICA" 'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 0;
	    START SLAVE'
	kill "$beat"
	wait "$beat" || true
	until_true caught_up "$REPLICA" "$PRIMARY"
	[ "$(lag)" = 0 ]
	[ "$(ask_status 020000f00003)" = 200 ]
}

# Let the replica take over: the primary refuses writes first.  Leaves in
# run/stop what the old one had written, and in run/taken what the new one has.
fail_over() {
	sql_on "$PRIMARY" 'SET GLOBAL read_only = ON'
	until_true idle
	value "$PRIMARY" gtid_binlog_pos >run/stop
	sql_on "$REPLICA" 'STOP SLAVE IO_THREAD'
	until_true applied
	sql_on "$REPLICA" 'STOP SLAVE; RESET SLAVE ALL'
	value "$REPLICA" gtid_slave_pos >run/taken
	sql_on "$REPLICA" 'SET GLOBAL read_only = OFF'
	export LOC_SERVERS=$REPLICA
}

# What was under way when writes were refused has ended.
idle() {
	[ "$(sql_on "$PRIMARY" "SELECT COUNT(*)
	    FROM information_schema.innodb_trx")" = 0 ]
}

# The replica has done all that it had read.
applied() {
	[ "$(value "$REPLICA" gtid_slave_pos)" = "$(mariadb --no-defaults \
	    -u root -S "$REPLICA/run/mariadb.sock" \
	    -e 'SHOW SLAVE STATUS\G' | sed -n 's/^ *Gtid_IO_Pos: //p')" ]
}

two_hosts() {
	sed -i "s|^rw_url = .*|rw_url = mysql://rw:rw@$HOSTS/$LOC_DB|
	    s|^ro_url = .*|ro_url = mysql://ro:ro@$HOSTS/$LOC_DB|" "$LOC_CONF"
}

# The old one has written nothing more, and the new one goes on alone.
none_twice() {
	until_true took_over
	[ "$(value "$PRIMARY" gtid_binlog_pos)" = "$(cat run/stop)" ]
}

took_over() {
	[[ "$(value "$REPLICA" gtid_binlog_pos)" == 0-2-* ]]
}

@test "reliability 14: failover, semi-synchronous: nothing that counted is lost" {
	pair
	pair_setup
	until_true caught_up "$REPLICA" "$PRIMARY"
	sql_on "$REPLICA" 'SET GLOBAL rpl_semi_sync_slave_enabled = ON;
	    STOP SLAVE IO_THREAD; START SLAVE IO_THREAD'
	until_true caught_up "$REPLICA" "$PRIMARY"
	sql_on "$PRIMARY" "SET GLOBAL rpl_semi_sync_master_timeout = 600000,
	    rpl_semi_sync_master_wait_point = 'AFTER_SYNC',
	    rpl_semi_sync_master_enabled = ON"
	two_hosts
	begin
	fail_over
	[ "$(cat run/stop)" = "$(cat run/taken)" ]
	grows
	grows
	none_twice
	settle
	none_twice
}

@test "reliability 14: failover, asynchronous: what is lost the spool still has" {
	pair
	pair_setup
	until_true caught_up "$REPLICA" "$PRIMARY"
	two_hosts
	begin
	# The replica hears no more; what is counted now it will lack.
	sql_on "$REPLICA" 'STOP SLAVE IO_THREAD'
	until_true applied
	behind() { ! caught_up "$REPLICA" "$PRIMARY"; }
	until_true behind
	grows
	fail_over
	[ "$(cat run/stop)" != "$(cat run/taken)" ]
	grows
	hush
	leave feed
	none_lost && return 1
	echo "# of $(wc -l <run/acked) acknowledged, the replica lacked $(
	    wc -l <run/lost)" >&3
	# The feed goes back to what it still has; the ledger knows the rest.
	rm spool/feed.state
	keep feed loc-feed
	settle
	none_twice
}
