#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154,SC2094,SC2030,SC2031

bats_require_minimum_version 1.5.0

load work

stat() {	# KEY: today's total
	loc_sql "SELECT value FROM stat WHERE \`key\` = $1
	    AND time = CURRENT_DATE"
}

hold() {	# lock all networks of shard 0, until release
	mkfifo hold
	mariadb --no-defaults -n -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    "$LOC_DB" <hold >held 3>&- &
	exec 9>hold
	echo 'START TRANSACTION; SELECT COUNT(*) FROM wifi_shard_0 FOR UPDATE;
	    SELECT 1;' >&9
	until_true grep -q 1 held
}

release() {
	exec 9>&-
}

waiting() {	# COLUMN of the statements that want those
	loc_sql "SELECT $1 FROM information_schema.processlist
	    WHERE db = '$LOC_DB' AND info LIKE '%FOR UPDATE%'
	    AND id <> CONNECTION_ID()"
}

waits_for_lock() {
	[ -n "$(waiting id)" ]
}

@test "synopsis, version, usage, bad configuration" {
	run -0 loc-work -h
	[ "${lines[0]}" = 'usage: loc-work [-1hvV] [-c config]' ]
	run -0 loc-work -V
	run -64 loc-work operand
	run -64 loc-work -r
	run -64 loc-work -l operand
	run -64 loc-work -l -x operand
	run -78 loc-work -c /nonexistent
}

@test "reports become rows, counters and a map" {
	{
		report 51.5 -0.1 a82066123456 a82066123457
		report 51.5002 -0.1 a82066123456
	} | put_reports "$spool" 1
	run --separate-stderr -0 work -v
	[ -z "$output" ]
	[[ "$stderr" == "loc-work: $LOC_CONF, [database] rw_url "*", [cache] \
cache_url "*", stream loc:reports, group internal: ready
loc-work: 2 submissions, 2 reports, 3 observations, 2 rows, "* ]]
	[ "$(loc_sql 'SELECT LOWER(HEX(mac)), lat, lon, max_lat, min_lat,
	    max_lon, min_lon, radius, region, samples, source, weight,
	    last_seen = UTC_DATE(), block_first, block_count,
	    created = modified FROM wifi_shard_6 ORDER BY mac')" = "\
a82066123456	51.5001	-0.1	51.5002	51.5	-0.1	-0.1	11	GB	2	3	2	1	NULL	NULL	1
a82066123457	51.5	-0.1	51.5	51.5	-0.1	-0.1	0	GB	1	3	1	1	NULL	NULL	1" ]
	[ "$(stat 3) $(stat 4) $(stat 1)" = '3 2 0' ]
	[ "$(loc_sql 'SELECT LOWER(HEX(grid)) FROM datamap_nw')" = \
	    000228bc0002bebc ]
	[ "$(loc_redis xpending loc:reports internal | head -1)" = 0 ]
}

@test "cells change their area, and a marked area is done by whoever comes" {
	for cid in 1 2; do
		echo '{"position": {"latitude": 51.5, "longitude": -0.1},
		    "cellTowers": [{"radioType": "gsm",
		    "mobileCountryCode": 234, "mobileNetworkCode": 30,
		    "locationAreaCode": 1, "cellId": '$cid'}]}' | tr -d '\n'
		echo
	done | put_reports "$spool" 2
	work
	[ "$(loc_sql 'SELECT HEX(areaid), lat, lon, radius, num_cells,
	    avg_cell_radius, region, radio, mcc, mnc, lac
	    FROM cell_area')" = \
	    $'0000EA001E0001\t51.5\t-0.1\t0\t2\t0\tGB\t0\t234\t30\t1' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = 0 ]
	# All cells are gone: so is the area.
	loc_sql "UPDATE cell_gsm SET lat = NULL;
	    INSERT INTO cell_area_dirty (areaid) VALUES (x'0000EA001E0001'),
	    (x'01000000000000'), (x'0300EA001E0001')"
	loc-work -1
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area')" = 0 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = 0 ]
}

@test "what was counted is skipped when it comes again" {
	hot 20 | put_reports "$spool" 3
	work
	rm "$spool/feed.state"
	hot 5 20 | put_reports "$spool" 3
	work -v
	[ "$(samples)" = $((25 * 11)) ]
	[ "$(stat 3)" = $((25 * 11)) ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 9 ]
}

@test "both ways of writing give the same tables" {
	loc-simulate -n 300 reports >reports
	columns="HEX(mac), lat, lon, max_lat, min_lat, max_lon, min_lon,
	    radius, region, samples, source, weight, last_seen, block_first,
	    block_last, block_count, created IS NULL, modified IS NULL"
	cells="${columns/mac/cellid}, radio, mcc, mnc, lac, cid, psc"
	dump() {
		wifis "$columns"
		for radio in gsm wcdma lte nr; do
			loc_sql "SELECT $cells FROM cell_$radio" >"$radio"
			[ -s "$radio" ]
			cat "$radio"
		done
		for table in cell_area cell_area_nr; do
			loc_sql "SELECT HEX(areaid), lat, lon, radius, region,
			    avg_cell_radius, num_cells FROM $table"
		done
	}
	# In two halves: rows are inserted and updated.
	head -150 reports | put_reports "$spool" 10
	work
	tail -150 reports | put_reports "$spool" 10
	work
	dump >arrays
	rm -r "$spool"
	loc_setup
	mkdir text
	spool=$BATS_TEST_TMPDIR/text
	sed -i "s|^rw_url.*|&\&arrays=no|; s|^dir = .*|dir = $spool|" \
	    "$LOC_CONF"
	head -150 reports | put_reports "$spool" 10
	work
	tail -150 reports | put_reports "$spool" 10
	work
	dump >text.rows
	[ "$(wc -l <arrays)" -gt 1000 ]
	cmp arrays text.rows
}

@test "reliability 12: several workers on the same networks lose and double nothing" {
	hot 600 | put_reports "$spool" 2
	printf '[work]\nbatch_reports = 20\n' >>"$LOC_CONF"
	for _ in 1 2 3; do
		loc-work 3>&- 2>>log &
	done
	loc-feed -1
	loc-work -1
	jobs -p | xargs kill -TERM
	for job in $(jobs -p); do
		wait "$job"
	done
	cat log
	[ "$(samples)" = 6600 ]
	[ "$(wifis samples 'WHERE mac < 0x040000000000' | uniq -c |
	    tr -s ' ')" = ' 10 600' ]
	[ "$(stat 3)" = 6600 ]
	[ "$(stat 4)" = 610 ]
	[ ! -s log ]
}

@test "kill -9 at any moment loses and doubles nothing" {
	hot 3000 | put_reports "$spool" 2
	printf '[work]\nbatch_reports = 50\n' >>"$LOC_CONF"
	loc-feed -1
	for _ in $(seq 25); do
		loc-work 3>&- &
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -9 $!
		wait $! || true
	done
	loc-work -1
	[ "$(samples)" = 33000 ]
	[ "$(stat 3)" = 33000 ]
	[ "$(loc_redis exists loc:reports:dead)" = 0 ]
}

@test "reliability 9: killed between commit and acknowledgement: known the next time" {
	hot 2 | put_reports "$spool" 1
	work
	hot 2 2 | put_reports "$spool" 1
	loc-feed -1
	hold
	loc-work 3>&- 9>&- &
	worker=$!
	until_true waits_for_lock
	loc_redis client pause 20000 write >/dev/null
	release
	until_true has_samples 44
	kill -9 "$worker"
	wait "$worker" || true
	loc_redis client unpause >/dev/null
	[ "$(loc_redis xpending loc:reports internal | head -1)" = 2 ]
	loc-work -1
	[ "$(samples)" = 44 ]
	[ "$(loc_redis xpending loc:reports internal | head -1)" = 0 ]
}

shards_0_to_2() {	# 600 networks of shard 0, one of the next two each
	local i
	for i in $(seq 0 20 580); do
		# shellcheck disable=SC2046	# one by one
		report 51.5 -0.1 $(printf '02000%07x ' $(seq "$i" $((i + 19))))
	done
	report 51.5 -0.1 020010000001 020020000001
}

# bats test_tags=mariadb
@test "where reading is slow a table is written before the next is read" {
	shards_0_to_2 | put_reports "$spool" 31
	work
	shards_0_to_2 | put_reports "$spool" 31
	loc-feed -1
	hold
	loc-work -1 3>&- 9>&- &
	worker=$!
	until_true waits_for_lock
	id=$(waiting id)
	loc_sql "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1"
	sleep 0.2
	release
	wait "$worker"
	loc_sql 'SET GLOBAL general_log = 0'
	[ "$(loc_sql "SELECT LEFT(argument, 6),
	    REGEXP_SUBSTR(argument, 'shard_.') FROM mysql.general_log
	    WHERE thread_id = $id AND argument REGEXP 'wifi_shard_[12]'
	    AND command_type <> 'Prepare' ORDER BY event_time")" = "\
SELECT	shard_1
INSERT	shard_1
SELECT	shard_2
INSERT	shard_2" ]
	[ "$(samples)" = "$((2 * $(wifis mac | wc -l)))" ]
}

@test "batches grow while more is waiting, to four times as many" {
	yes "$(report 51.5 -0.1 020010000001)" | head -1200 |
	    put_reports "$spool" 1
	printf '[work]\nbatch_reports = 10\n' >>"$LOC_CONF"
	run --separate-stderr -0 work -v
	sizes=$(sed -n 's/.*: \([0-9]*\) submissions, .*/\1/p' <<<"$stderr")
	[ "$(head -1 <<<"$sizes")" = 10 ]
	[ "$(sort -n <<<"$sizes" | tail -1)" = 40 ]
	[ "$(awk '{ n += $1 } END { print n }' <<<"$sizes")" = 1200 ]
	[ "$(samples)" = 1200 ]
}

pending() {	# entries of the group internal
	loc_redis xpending loc:reports internal | head -1
}

is_pending() {
	[ "$(pending)" = "$1" ]
}

# A worker, $worker, that waits for a lock in the second of five batches, while
# the next two have been read.
start_ahead() {
	printf '[work]\nbatch_reports = 20\n' >>"$LOC_CONF"
	sed -i 's/^claim_idle_s.*/claim_idle_s = 600/' "$LOC_CONF"
	report 51.5 -0.1 020000000001 | put_reports "$spool" 1
	work
	{
		yes "$(report 51.5 -0.1 020010000001)" | head -20
		yes "$(report 51.5 -0.1 020000000001)" | head -20
		yes "$(report 51.5 -0.1 020010000001)" | head -60
	} | put_reports "$spool" 1
	loc-feed -1
	hold
	loc-work 3>&- 9>&- 2>log &
	worker=$!
	until_true waits_for_lock
	until_true is_pending 60
}

@test "what was read for the next turn is given back by who stops" {
	start_ahead
	kill -TERM "$worker"
	release
	wait "$worker"
	is_pending 40
	[ "$(stat 3)" = 41 ]
	timeout 60 loc-work -1
	is_pending 0
	[ "$(stat 3)" = 101 ]
}

@test "what was read for the next turn is counted after a reload" {
	start_ahead
	sed -i 's/^claim_idle_s.*/claim_idle_s = 700/' "$LOC_CONF"
	kill -HUP "$worker"
	release
	until_true is_pending 0
	[ "$(stat 3)" = 101 ]
	kill -TERM "$worker"
	wait "$worker"
}

gives_up() {	# an attempt after the other is ended from outside
	grep -q 'rw_url .*: [A-Z]* .*: ' log || {
		loc_sql "$(waiting "CONCAT('KILL ', id)")" || true
		false
	}
}

deliveries() {	# of entries that are pending
	loc_redis xpending loc:reports internal - + 10 | sed -n '4~4p' | xargs
}

@test "what is given back was delivered as often as before" {
	report 51.5 -0.1 020000000001 | put_reports "$spool" 1
	work
	yes "$(report 51.5 -0.1 020000000001)" | head -2 |
	    put_reports "$spool" 1
	loc-feed -1
	loc_redis xreadgroup group internal ghost streams loc:reports '>' \
	    >/dev/null
	times=1
	for id in $(loc_redis xpending loc:reports internal - + 10 |
	    sed -n '1~4p'); do
		loc_redis xclaim loc:reports internal ghost 0 "$id" idle 5000 \
		    retrycount $times >/dev/null
		times=3
	done
	[ "$(deliveries)" = '1 3' ]
	hold
	loc-work -1 3>&- 9>&- 2>log &
	worker=$!
	until_true waits_for_lock
	[ "$(deliveries)" = '2 4' ]
	until_true gives_up
	run -75 wait "$worker"
	[ "$(deliveries)" = '1 3' ]
	release
}

none_is_old() {
	[ -z "$(loc_redis xpending loc:reports internal idle 2000 - + 1)" ]
}

@test "claims on what was read for the next turn are renewed, too" {
	start_ahead
	sleep 2
	run -1 none_is_old
	until_true gives_up
	until_true none_is_old
	is_pending 60
	release
	until_true is_pending 0
	[ "$(stat 3)" = 101 ]
	kill -TERM "$worker"
	wait "$worker"
}

@test "claims are renewed between batches, before others may have them" {
	printf '[work]\nbatch_reports = 20\n' >>"$LOC_CONF"
	sed -i 's/^claim_idle_s.*/claim_idle_s = 5/' "$LOC_CONF"
	report 51.5 -0.1 020000000001 | put_reports "$spool" 1
	work
	# Each batch takes two seconds, and what is read then waits for others.
	loc_sql 'CREATE TRIGGER slow BEFORE UPDATE ON wifi_shard_0
	    FOR EACH ROW DO SLEEP(2)'
	yes "$(report 51.5 -0.1 020000000001)" | head -120 |
	    put_reports "$spool" 1
	loc-feed -1
	loc-work -1 -v 2>log 3>&- & worker=$!
	until_true is_pending 60
	until is_pending 0; do
		[ -z "$(loc_redis xpending loc:reports internal \
		    idle 4500 - + 1)" ]
		sleep 0.1
	done
	wait "$worker"
	[ "$(grep -c ' 20 submissions, ' log)" = 6 ]
	[ "$(stat 3)" = 121 ]
}

@test "a dead worker's submissions are taken over" {
	hot 10 | put_reports "$spool" 1
	loc-feed -1
	loc_redis xgroup create loc:reports internal 0 >/dev/null || true
	loc_redis xreadgroup group internal ghost streams loc:reports '>' \
	    >/dev/null
	loc-work -1
	[ "$(samples)" = 110 ]
}

@test "what cannot be counted is set aside alone, with its reason" {
	# The database has counted for long, so that it would know old ones.
	loc_sql "INSERT INTO stat (\`key\`, time, value)
	    VALUES (1, '2020-01-01', 0)"
	hot 3 | put_reports "$spool" 1
	echo '{"position": ' | put_reports "$spool" 1
	hot 1 3 | put_reports "$spool" 1 $((40 * 86400))
	loc-feed -1
	loc_redis xadd loc:reports '*' what ever >/dev/null
	run --separate-stderr -0 loc-work -1
	[[ "$stderr" == *"1 reports set aside: not JSON"* ]]
	[[ "$stderr" == *"set aside: too old to know"* ]]
	[[ "$stderr" == *"set aside: fields are missing"* ]]
	[ "$(samples)" = 33 ]
	[ "$(loc_redis zcard loc:reports:dead)" = 3 ]
	[ "$(loc_redis xpending loc:reports internal | head -1)" = 0 ]
}

@test "reliability 11: a submission over which workers die is tried alone, then set aside" {
	hot 3 | put_reports "$spool" 1
	loc-feed -1
	loc_redis xgroup create loc:reports internal 0 >/dev/null || true
	loc_redis xreadgroup group internal ghost streams loc:reports '>' \
	    >/dev/null
	id=$(loc_redis xrange loc:reports - + count 2 | grep -aE '^[0-9]+-' |
	    tail -1)
	loc_redis xclaim loc:reports internal ghost 0 "$id" \
	    retrycount 10 >/dev/null
	run --separate-stderr -0 loc-work -1
	[[ "$stderr" == *"set aside: failed too often" ]]
	[ "$(samples)" = 22 ]
}

@test "locks in the way are waited for" {
	hot 2 | put_reports "$spool" 1
	work
	hot 2 2 | put_reports "$spool" 1
	loc-feed -1
	hold
	loc-work -1 3>&- 9>&- &
	worker=$!
	until_true waits_for_lock
	# End the worker's transaction from outside, in the middle of it.
	loc_sql "$(waiting "CONCAT('KILL ', id)")"
	until_true waits_for_lock
	release
	wait "$worker"
	[ "$(samples)" = 44 ]
}

@test "without MySQL or Redis: 75 with -1, else patience" {
	hot 2 | put_reports "$spool" 1
	loc-feed -1
	cp "$LOC_CONF" good
	sed -i 's|unix_socket=|&/nowhere|' "$LOC_CONF"
	run -75 loc-work -1
	[[ "$output" == *"loc-work: [database] rw_url "* ]]
	loc-work 3>&- 2>log &
	until_true [ -s log ]
	kill $!
	wait $!
	sed 's|unix://|&/nowhere|' good >"$LOC_CONF"
	run -75 loc-work -1
	cp good "$LOC_CONF"
	loc-work -1
	[ "$(samples)" = 22 ]
}

was_refused() {	# EVAL, at least so often
	loc_redis info commandstats | awk -F '[,=]' -v n="$1" \
	    '/^cmdstat_eval:/ { refused = $8 } END { exit refused + 0 < n }'
}

@test "what Redis refuses is told once, and that it works again" {
	loc_own_servers		# rights and counts are those of a server
	loc_setup
	hot 2 | put_reports "$spool" 1
	loc-feed -1
	loc_redis config resetstat
	loc_redis acl setuser default -eval
	loc-work 3>&- 2>log &
	until_true was_refused 4
	loc_redis acl setuser default +@all
	until_true grep 'redis: XPENDING: works again after [0-9]* s$' log
	kill $!
	wait $!
	[ "$(grep -c 'redis: XPENDING: NOPERM' log)" = 1 ]
	[ "$(samples)" = 22 ]
}

@test "accounts that may not log in are 77, not for later" {
	cp "$LOC_CONF" good
	sed -i 's|^rw_url = mysql://root@|rw_url = mysql://no:body@|' \
	    "$LOC_CONF"
	run -77 loc-work -1
	[[ "$output" == *"Access denied"* ]]
	loc_sql "CREATE USER locked@localhost ACCOUNT LOCK"
	sed 's|^rw_url = mysql://no:body@|rw_url = mysql://locked@|' \
	    "$LOC_CONF" >locked
	chmod 600 locked
	run -77 loc-work -1 -c locked
	loc_sql "DROP USER locked@localhost"
	[[ "$output" == *"account is locked"* ]]
}

@test "a database of another version is named, with what to do" {
	latest=$(loc_sql 'SELECT MAX(number) FROM loc_version')
	loc_sql "UPDATE loc_version SET number = 999 WHERE number = $latest"
	run -78 loc-work -1
	[[ "$output" == *"database $LOC_DB is newer than this program: "* ]]
	loc_sql "UPDATE loc_version SET number = $latest WHERE number = 999"
	loc-work -1
	loc_sql "DELETE FROM loc_version WHERE number = $latest"
	run -78 loc-work
	[[ "$output" == *"is older than this program: run loc-db migrate" ]]
	loc_sql 'DROP TABLE loc_version'
	run -78 loc-work -1
	[[ "$output" == *"database $LOC_DB is not one of loc: "* ]]
}

@test "HUP: a new configuration is taken, a bad one is not" {
	loc-work -v 3>&- 2>log &
	worker=$!
	until_true grep -q ready log
	cp "$LOC_CONF" good
	echo nonsense >>"$LOC_CONF"
	kill -HUP "$worker"
	until_true grep -q 'going on with the old configuration' log
	cp good "$LOC_CONF"
	hot 2 | put_reports "$spool" 1
	loc-feed -1
	until_true has_samples 22
	# Another Redis database, of which the first worker knows nothing.
	sed -i "s|redis.sock?db=.*|redis.sock?db=0|
	    \$a [queue]\nstream = other" good
	cp good "$LOC_CONF"
	kill -HUP "$worker"
	until_true grep -q 'stream other, group internal: ready' log
	hot 2 2 | put_reports "$spool" 1
	loc-feed -1
	until_true has_samples 44
	# One that could not be used: the worker stays where it is.
	sed -i "s|/$LOC_DB?|/nowhere$LOC_DB?|" "$LOC_CONF"
	loc_sql "CREATE DATABASE nowhere$LOC_DB"
	kill -HUP "$worker"
	until_true grep -q 'is not one of loc' log
	cp good "$LOC_CONF"
	hot 2 4 | put_reports "$spool" 1
	loc-feed -1
	until_true has_samples 66
	kill "$worker"
	wait "$worker"
	[ -z "$(loc_redis xinfo consumers loc:reports internal)" ]
}

@test "HUP gets through while servers are away" {
	cp "$LOC_CONF" good
	hot 2 | put_reports "$spool" 1
	loc-feed -1
	sed -i 's|unix_socket=|&/nowhere|' "$LOC_CONF"
	loc-work -v 3>&- 2>log &
	until_true grep -q nowhere log
	cp good "$LOC_CONF"
	kill -HUP $!
	until_true has_samples 22
	grep -c 'nowhere' log >n
	[ "$(cat n)" -le 2 ]
	kill $!
	wait $!
}

# They are blocked until the program is ready for them.
@test "signals do not kill a program that has just started" {
	for _ in 1 2 3; do
		python3 - loc-work 3>&- 2>>log <<-'END' &
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP,
		    signal.SIGUSR1, signal.SIGTERM})
		open("ready", "w").close()
		os.execvp(sys.argv[1], sys.argv[1:])
		END
		until_true [ -e ready ]
		rm ready
		kill -HUP $!
		kill -USR1 $!
		kill $!
		wait $!
	done
}

@test "old ids are forgotten, the others kept" {
	loc_sql "INSERT INTO loc_ledger VALUES
	    (x'01', NOW() - INTERVAL 32 DAY), (x'02', NOW() - INTERVAL 29 DAY)"
	loc-work -1
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 1 ]
}

@test "a running worker takes what comes, does areas, tells, stops" {
	loc-work 3>&- 2>log &
	worker=$!
	loc-simulate -n 50 reports | put_reports "$spool" 5
	loc-feed -1
	for _ in $(seq 600); do
		[ "$(loc_sql 'SELECT COUNT(*) > 0 FROM cell_area')" = 1 ] &&
		    [ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = \
		    0 ] && break
		sleep 0.1
	done
	[ "$(loc_sql 'SELECT COUNT(*) > 0 FROM cell_area')" = 1 ]
	kill -USR1 "$worker"
	until_true grep -q '10 submissions, 50 reports, ' log
	kill "$worker"
	wait "$worker"
	# Nothing is left of it in Redis.
	[ -z "$(loc_redis xinfo consumers loc:reports internal)" ]
}

groups() {	# names and whether they are at the end
	loc_redis --raw xinfo groups loc:reports |
	    awk '$0 == "name" { getline name }
	    $0 == "last-delivered-id" { getline id; print name, id }' | sort
}

has_groups() {
	[ "$(groups | cut -d' ' -f1 | xargs)" = "$1" ]
}

@test "every target has a group, as long as its row is there" {
	hot 3 | put_reports "$spool" 1
	work
	has_groups internal
	loc_redis xgroup create loc:reports mine 0
	loc_export a s3 /tmp/a
	loc_export 'b c' geosubmit https://h/p
	loc_export d dummy
	hot 2 | put_reports "$spool" 1
	loc-feed -1
	end=$(loc_redis xinfo stream loc:reports |
	    grep -aA1 last-generated-id | tail -1)
	run -0 loc-work -1
	[ -z "$output" ]
	# New ones begin at the end.
	[ "$(groups | grep -v mine)" = "a $end
b c $end
d $end
internal $end" ]
	[ "$(loc_redis smembers loc:reports:groups | sort | xargs)" = \
	    'a b c d internal' ]
	loc_sql "DELETE FROM export_config WHERE name IN ('a', 'd')"
	run -0 loc-work -1
	[[ "$output" == *"group a is no longer in export_config: forgotten"* ]]
	has_groups 'b internal mine'
	# A group that was lost has lost nothing: it begins with the oldest.
	loc_redis xgroup destroy loc:reports 'b c'
	loc-work -1
	groups | grep -qx 'b c 0-0'
}

@test "rows that cannot be used are named, and get no group" {
	loc_export a geosubmit https://h/p
	loc-work -1
	loc_export a geosubmit ftp://h/p
	loc_export b geosubmit
	loc_export c s4 /tmp
	loc_export d s3 '/tmp/{hour}'
	loc_export e s3 bucket/path
	loc_export f S3 /tmp
	loc_export g internal
	run -0 loc-work -1
	[ "${output//loc-work: export_config: row /}" = "\
a: url: expected http://HOST/PATH or https://HOST/PATH
b: url: expected http://HOST/PATH or https://HOST/PATH
c: schema: expected internal, geosubmit, s3 or dummy
d: url: expected no placeholders but {source}, {api_key}, {year}, {month}\
 and {day}
e: url: expected s3://BUCKET/PATH, file:///PATH or /PATH
f: schema: expected internal, geosubmit, s3 or dummy
g: schema: expected only one row that is internal" ]
	# What had a group keeps it: nothing is lost by a slip of the pen.
	has_groups 'a internal'
	loc_export internal dummy
	run -0 loc-work -1
	[[ "$output" == *"row internal: schema: expected internal, which is"* ]]
}

@test "rows are read again while it runs, by any number of workers" {
	for _ in 1 2 3; do
		loc-work 3>&- 2>>log &
	done
	until_true has_groups internal
	for i in 1 2 3 4 5; do
		loc_export "t$i" dummy
		jobs -p | xargs kill -HUP
		until_true has_groups "internal t$i"
		loc_sql "DELETE FROM export_config WHERE name = 't$i'"
		jobs -p | xargs kill -HUP
		until_true has_groups internal
	done
}

@test "the internal row says what is not counted" {
	loc_export internal internal '' skip_keys=x,Test \
	    skip_sources=fused,query
	report 51.5 -0.1 a82066123456 | put_reports "$spool"	# key: test
	for source in query gnss fused; do
		report 51.5 -0.1 a8206612345"${#source}" |
		    sed 's/"longitude"/"source": "'$source'", &/'
	done | put_reports "$spool" 3
	work
	[ "$(wifis 'LOWER(HEX(mac))')" = $'a82066123454\na82066123456' ]
	loc_export internal internal '' skip_keys=test
	report 51.5 -0.1 a82066123457 | put_reports "$spool"
	work
	[ "$(samples)" = 2 ]
	# Without a row everything counts.
	loc_sql 'DELETE FROM export_config'
	report 51.5 -0.1 a82066123457 | put_reports "$spool"
	run -0 work
	[[ "$output" == *'no row of the schema internal: counting all'* ]]
	[ "$(samples)" = 3 ]
}
