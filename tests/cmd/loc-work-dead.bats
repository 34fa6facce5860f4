#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154,SC2030,SC2031
#
# What cannot be counted is set aside alone, and counts once when it can.

bats_require_minimum_version 1.5.0

load work

# The database takes offence at the own network of report $1.
offend() {
	loc_sql "CREATE TRIGGER offence BEFORE INSERT ON wifi_shard_0
	    FOR EACH ROW SET NEW.region = IF(NEW.mac = x'04$1',
	    'too long', NEW.region)"
}

forgive() {
	loc_sql 'DROP TRIGGER offence'
}

dead() {	# FIELD: of every dead letter
	loc-work -l -v | jq -r "$1"
}

has_dead() {
	[ "$(dead .id | wc -l)" = "$1" ]
}

@test "reliability 11: a line that is not JSON is set aside, the others count" {
	loc_statsd_start
	{
		hot 2
		echo '{"position": '
		hot 1 2
	} | put_reports "$spool" 4
	loc-feed -1
	run --separate-stderr -0 loc-work -1
	[[ "$stderr" == *": report 3 of 4 set aside: not JSON" ]]
	[ "$(samples)" = 33 ]
	[ "$(dead '[.group, .reason, .key, .reports, .line, .lines[0]] |
	    join(" ")')" = 'internal not JSON test 1 3 {"position": ' ]
	[ "$(dead '.accepted_ms <= .time_ms and .time_ms / 1000 <= now')" = \
	    true ]
	run -0 loc-work -l
	[[ "$output" != *lines* ]]
	loc_metrics | grep -q 'data.deadletter:1|c|#key:internal'
	# It is not better the next time, and stays the same letter.
	id=$(dead .id)
	loc-work -r "$id"
	has_dead 0
	run -0 loc-work -1
	[[ "$output" == *"of 1 reports set aside: not JSON" ]]
	[ "$(dead '.id, .line')" = "$id"$'\n3' ]
	loc-work -x "$id"
	has_dead 0
	run -1 loc-work -x "$id"
	[[ "$output" == *"$id: no such dead letter" ]]
	[ -z "$(loc_redis --scan --pattern 'loc:reports:dead*')" ]
}

@test "lines that are not JSON are set aside, too, where batches are read ahead" {
	printf '[work]\nbatch_reports = 20\n' >>"$LOC_CONF"
	hot 300 | sed '0~7s/.*/{"position": /' | put_reports "$spool" 5
	loc-feed -1
	run --separate-stderr -0 loc-work -1 -v
	[ "$(grep -c ' submissions, ' <<<"$stderr")" -gt 3 ]
	has_dead 42
	[ "$(dead .reason | uniq)" = 'not JSON' ]
	[ "$(samples)" = $((258 * 11)) ]
	# The rest of each submission is known, and so is what it lacks.
	loc-feed -1a
	run -0 loc-work -1
	[ "$(samples)" = $((258 * 11)) ]
	has_dead 42
}

# bats test_tags=mariadb
@test "reliability 11: what the database refuses is set aside, the others count" {
	hot 60 | put_reports "$spool" 20
	offend 000000000c
	loc-feed -1
	run --separate-stderr -0 loc-work -1
	[[ "$stderr" == *": report 13 of 20 set aside: "*"too long"* ]]
	[ "$(samples)" = $((59 * 11)) ]
	[ "$(dead .line)" = 13 ]
	# Until the database takes it nothing changes; then it counts, once.
	loc-work -r all
	loc-work -1
	has_dead 1
	[ "$(samples)" = $((59 * 11)) ]
	forgive
	loc-work -r all
	run -0 loc-work -1
	[ -z "$output" ]
	[ "$(samples)" = 660 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 3 ]
	has_dead 0
}

# bats test_tags=mariadb
@test "several bad ones are found, and one that is alone" {
	hot 9 | put_reports "$spool" 9
	hot 1 9 | put_reports "$spool" 1
	loc_sql "CREATE TRIGGER offence BEFORE INSERT ON wifi_shard_0
	    FOR EACH ROW SET NEW.region = IF(NEW.mac IN (x'040000000001',
	    x'040000000005', x'040000000009'), 'too long', NEW.region)"
	loc-feed -1
	loc-work -1
	[ "$(samples)" = 77 ]
	[ "$(dead '.line // "all"' | sort | xargs)" = '2 6 all' ]
	forgive
	loc-work -r all
	loc-work -1
	[ "$(samples)" = 110 ]
}

others_may_claim() {
	[ -n "$(loc_redis xpending loc:reports internal idle 4000 - + 1)" ]
}

# bats test_tags=mariadb
@test "claims are renewed while the lines to blame are searched for" {
	sed -i 's/^claim_idle_s.*/claim_idle_s = 4/' "$LOC_CONF"
	hot 16 | put_reports "$spool" 16
	# A row takes a tenth of a second, and the last line is to blame.
	loc_sql "CREATE TRIGGER offence BEFORE INSERT ON wifi_shard_0
	    FOR EACH ROW SET NEW.region = IF(SLEEP(0.1) OR
	    NEW.mac = x'04000000000f', 'too long', NEW.region)"
	loc-feed -1
	loc-work -1 3>&- &
	until has_dead 1; do
		run -1 others_may_claim
		sleep 0.1
	done
	wait $!
	[ "$(dead .line)" = 16 ]
	[ "$(samples)" = 165 ]
}

# In the middle of $1 reports, of which the second is set aside, a worker dies
# before it has counted the others.
die_between() {
	hot "$1" | put_reports "$spool" "$1"
	offend 0000000001
	loc_sql "CREATE TRIGGER slow BEFORE INSERT ON loc_ledger FOR EACH ROW
	    SET NEW.id = IF(EXISTS (SELECT 1 FROM loc_ledger) AND SLEEP(60),
	    NEW.id, NEW.id)"
	loc-feed -1
	loc-work 3>&- &
	until_true has_dead 1
	kill -9 $!
	wait $! || true
	# Its transaction does not end with it.
	loc_sql "$(loc_sql "SELECT CONCAT('KILL ', id, ';')
	    FROM information_schema.processlist WHERE db = '$LOC_DB'
	    AND id <> CONNECTION_ID()")"
	loc_sql 'DROP TRIGGER slow'
	forgive
	[ "$(samples)" = 0 ]
}

# bats test_tags=mariadb
@test "reliability 11: killed between setting aside and counting: nothing is doubled" {
	die_between 5
	loc-work -1
	# The submission counted with all its reports.
	[ "$(samples)" = 55 ]
	has_dead 1
	loc-work -r all
	loc-work -1
	[ "$(samples)" = 55 ]
	has_dead 0
}

# bats test_tags=mariadb
@test "a report is not forgotten when it comes before its submission" {
	die_between 5
	loc-work -r all
	sed -i 's|^claim_idle_s = .*|claim_idle_s = 5|' "$LOC_CONF"
	loc-work 3>&- &
	until_true has_dead 1
	[ "$(samples)" = 0 ]
	[ "$(dead .reason)" = 'the submission it is of was not counted yet' ]
	[ "$(loc_redis hgetall "loc:keyday:$(date -u +%Y%m%d)" |
	    grep -c ' report:out_of_order$')" = 1 ]
	until_true has_samples 55
	loc-work -r all
	loc-work -1
	[ "$(samples)" = 55 ]
	has_dead 0
}

@test "what is for another group is none of our business" {
	hot 1 | put_reports "$spool" 1
	work
	loc_redis xadd loc:reports '*' i 0123456789abcdef t 1 n 1 k '' \
	    r '{}' g other >/dev/null
	loc-work -1
	has_dead 0
	[ "$(loc_redis xpending loc:reports internal | head -1)" = 0 ]
	# Nor is anything put back that nobody would take.
	loc_redis hset loc:reports:dead:00:other i 0123456789abcdef t 1 n 1 \
	    k '' r '{}' g other reason none time 1
	loc_redis zadd loc:reports:dead 1 00:other
	run -1 loc-work -r all
	[[ "$output" == *'00:other: there is no group other to replay it for' ]]
	has_dead 1
	loc-work -x all
	has_dead 0
}

@test "Redis that has no memory left does not keep what is bad" {
	loc_own_servers
	loc_setup
	spool=${LOC_CONF%/*}/spool
	printf 'junk\n' | put_reports "$spool" 1
	loc-feed -1
	loc_redis config set maxmemory 1
	run -0 loc-work -1
	[[ "$output" == *'set aside: not JSON' ]]
	has_dead 1
	loc-work -r all
	has_dead 0
	[ "$(loc_redis xlen loc:reports)" = 2 ]
}

@test "without Redis nothing is said to be done" {
	sed -i 's|unix://|&/nowhere|' "$LOC_CONF"
	run -75 loc-work -l
	run -75 loc-work -r all
}
