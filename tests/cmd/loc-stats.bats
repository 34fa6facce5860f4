#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2016,SC2154 # columns in backquotes; set by bats, lib

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	loc_stop
}

# area RADIO LAC REGION CELLS
area() {
	loc_sql "INSERT INTO cell_area (areaid, radio, mcc, mnc, lac, region,
	    num_cells) VALUES (CONCAT(CHAR($1), x'00010001',
	    CHAR($2 DIV 256), CHAR($2 MOD 256)), $1, 1, 1, $2, $3, $4)"
}

stations() {
	loc_sql "INSERT INTO blue_shard_1 (mac, region) VALUES
	    (x'000010000001', 'CA'), (x'000010000002', 'CA')"
	loc_sql "INSERT INTO blue_shard_0 (mac, region) VALUES
	    (x'000000000001', 'GB'), (x'000000000002', 'GB')"
	loc_sql "INSERT INTO blue_shard_f (mac, region) VALUES
	    (x'0000f0000001', 'GB'), (x'0000f0000002', NULL)"
	loc_sql "INSERT INTO wifi_shard_5 (mac, region) VALUES
	    (x'000050000001', 'DE'), (x'000050000002', 'DE'),
	    (x'000050000003', 'DE'), (x'000050000004', 'US'),
	    (x'000050000005', 'US'), (x'000050000006', 'US')"
	loc_sql "INSERT INTO wifi_shard_f (mac, region) VALUES
	    (x'0000f0000001', 'DE'), (x'0000f0000002', 'DE'),
	    (x'0000f0000003', NULL), (x'0000f0000004', 'US'),
	    (x'0000f0000005', 'US'), (x'0000f0000006', 'US')"
	area 0 1 "'DE'" 1
	area 0 2 "'DE'" 2
	area 0 3 "'CA'" 2
	area 2 1 "'DE'" 3
	area 3 1 "'CA'" 4
	area 3 2 NULL 9
	loc_sql "INSERT INTO cell_area_nr (areaid, radio, mcc, mnc, lac,
	    region, num_cells) VALUES
	    (x'0400010001000001', 4, 1, 1, 1, 'DE', 6),
	    (x'0400010001000002', 4, 1, 1, 2, 'FI', 7),
	    (x'0400010001000003', 4, 1, 1, 3, NULL, 8)"
}

regions() {
	loc_sql 'SELECT * FROM region_stat ORDER BY region' | tr '\t' ,
}

expected=$'CA,2,0,4,2,0,0\nDE,3,3,0,0,5,6\nFI,0,0,0,0,0,7\nGB,0,0,0,3,0,0\nUS,0,0,0,0,6,0'

@test "region: stations and cells of each region" {
	stations
	loc_sql "INSERT INTO region_stat VALUES ('DE', 9, 9, 9, 9, 9, 9),
	    ('FR', 1, 1, 1, 1, 1, 1),
	    ('GB', NULL, NULL, NULL, NULL, NULL, NULL)"
	run -0 loc-stats -j region
	[ "$output" = '{"job":"region","state":"done","regions":5,"removed":1}' ]
	[ "$(regions)" = "$expected" ]
	run -0 loc-stats region
	[ -z "$output" ]
	[ "$(regions)" = "$expected" ]
}

@test "region: more than a column holds, cells nobody counted" {
	area 0 1 "'DE'" 4294967295
	area 0 2 "'DE'" 5
	area 2 1 "'DE'" NULL
	loc-stats region
	[ "$(regions)" = DE,4294967295,0,0,0,0,0 ]
}

@test "region: without stations the old rows stay, and the page" {
	loc_sql "INSERT INTO region_stat VALUES ('FR', 1, 1, 1, 1, 1, 1);
	    INSERT INTO wifi_shard_0 (mac) VALUES (x'000000000001')"
	loc_redis set cache:stats_regions:4 page
	run -0 loc-stats -j region
	[ "$output" = '{"job":"region","state":"empty","regions":0,"removed":0}' ]
	[ "$(regions)" = FR,1,1,1,1,1,1 ]
	[ "$(loc_redis get cache:stats_regions:4)" = page ]
}

@test "region: the page made from the rows is dropped" {
	stations
	loc_redis set cache:stats_regions:4 page
	loc-stats -n region
	[ "$(loc_redis exists cache:stats_regions:4)" = 1 ]
	[ -z "$(regions)" ]
	loc-stats region
	[ "$(loc_redis exists cache:stats_regions:4)" = 0 ]
}

@test "region: a dry run counts" {
	stations
	loc_sql "INSERT INTO region_stat (region) VALUES ('FR'), ('DE')"
	run -0 loc-stats -n region
	[ "$output" = 'region: dry, 5 regions, 1 rows removed' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM region_stat')" = 2 ]
}

@test "region: Redis may be away" {
	stations
	sed -i 's,^cache_url = .*,cache_url = unix:///nonexistent,' "$LOC_CONF"
	run -0 loc-stats region
	[[ $output = 'loc-stats: [cache] cache_url /nonexistent: '* ]]
	[ "$(regions)" = "$expected" ]
}

@test "stat: rows for today and yesterday, with the total so far" {
	loc-stats stat
	[ "$(loc_sql 'SELECT `key`, DATEDIFF(UTC_DATE, time), value
	    FROM stat' | tr '\t\n' ', ')" = \
	    '1,1,0 1,0,0 2,1,0 2,0,0 3,1,0 3,0,0 4,1,0 4,0,0 8,1,0 8,0,0 9,1,0 9,0,0 ' ]
	loc_sql 'DELETE FROM stat;
	    INSERT INTO stat VALUES (3, UTC_DATE - INTERVAL 7 DAY, 7)'
	loc-stats stat
	[ "$(loc_sql 'SELECT DATEDIFF(UTC_DATE, time), value FROM stat
	    WHERE `key` = 3' | tr '\t\n' ', ')" = '7,7 1,7 0,7 ' ]
}

@test "stat: what is older than 730 days goes, the total stays" {
	loc_sql 'INSERT INTO stat VALUES
	    (0, UTC_DATE - INTERVAL 731 DAY, 1),
	    (1, UTC_DATE - INTERVAL 731 DAY, 10),
	    (1, UTC_DATE - INTERVAL 730 DAY, 11),
	    (2, UTC_DATE - INTERVAL 900 DAY, 20)'
	run -0 loc-stats -n stat
	[ "$output" = 'stat: dry, 3 rows removed' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM stat')" = 4 ]
	run -0 loc-stats -j stat
	[ "$output" = '{"job":"stat","state":"done","removed":3}' ]
	[ "$(loc_sql 'SELECT `key`, DATEDIFF(UTC_DATE, time), value FROM stat
	    WHERE `key` IN (0, 1, 2)' | tr '\t\n' ', ')" = \
	    '1,730,11 1,1,11 1,0,11 2,1,20 2,0,20 ' ]
}

@test "datamap: what was not heard for 365 days goes, piece by piece" {
	for t in ne nw se sw; do
		loc_sql "INSERT INTO datamap_$t SELECT UNHEX(LPAD(HEX(seq),
		    16, 0)), UTC_DATE - INTERVAL 500 DAY,
		    UTC_DATE - INTERVAL 366 DAY FROM $(loc_numbers 1 1500);
		    INSERT INTO datamap_$t VALUES
		    (x'1000000000000000', UTC_DATE - INTERVAL 500 DAY,
		    UTC_DATE - INTERVAL 365 DAY),
		    (x'1000000000000001', UTC_DATE, UTC_DATE)"
	done
	run -0 loc-stats -jn datamap
	[ "$output" = '{"job":"datamap","state":"dry","removed":6000}' ]
	run -0 loc-stats -v datamap
	[ "$output" = 'datamap: done, 6000 rows removed' ]
	for t in ne nw se sw; do
		[ "$(loc_sql "SELECT COUNT(*), MIN(HEX(grid))
		    FROM datamap_$t")" = $'2\t1000000000000000' ]
	done
}

@test "ledger: ids older than what could come again go" {
	printf '[work]\nledger_days = 3\n' >>"$LOC_CONF"
	loc_sql "INSERT INTO loc_ledger (id, time) VALUES
	    (x'01', UTC_TIMESTAMP - INTERVAL 97 HOUR),
	    (x'02', UTC_TIMESTAMP - INTERVAL 95 HOUR)"
	run -0 loc-stats -j ledger
	[ "$output" = '{"job":"ledger","state":"done","removed":1}' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 1 ]
}

@test "trust: salts, witnesses and what could be undone go, each in time" {
	today=$(($(date +%s) / 86400))
	old() {	# DAYS KIND SID WHAT
		loc_sql "INSERT INTO loc_undo (time, kind, sid, what, tag, first,
		    last, old) VALUES (UTC_TIMESTAMP() - INTERVAL $1 DAY, $2,
		    x'$3', $4, 7, 1, 2, '{}')"
	}
	loc_sql "INSERT INTO loc_trust_day VALUES ($today - 3, '0123456789abcdef'),
	    ($today - 2, '0123456789abcdef');
	    INSERT INTO loc_witness VALUES ($today - 31, 1, 1, 1, 1, 1),
	    ($today - 30, 1, 1, 1, 1, 1);
	    INSERT INTO wifi_shard_6 (mac, lat, lon, trust, block_last,
	    block_count) VALUES
	    (x'a82066000001', 51.5, -0.1, x'010401000100010033510000000000000000', '9999-12-31', 255),
	    (x'a82066000002', 51.5, -0.1, x'010001000100010033510000000000000000', NULL, NULL)"
	old 91 1 a82066000003 1
	old 89 1 a82066000003 2
	old 31 1 a82066000001 3
	old 40 1 a82066000001 1
	old 31 1 a82066000002 3
	old 29 1 a82066000004 3
	run -0 loc-stats -jn trust
	[ "$output" = '{"job":"trust","state":"dry","removed":5}' ]
	run -0 loc-stats -j trust
	[ "$output" = '{"job":"trust","state":"done","removed":5}' ]
	[ "$(loc_sql "SELECT $today - day FROM loc_trust_day UNION ALL
	    SELECT $today - day FROM loc_witness")" = $'2\n30' ]
	[ "$(loc_sql 'SELECT HEX(sid), what FROM loc_undo ORDER BY 1')" = \
	    $'A82066000003\t2\nA82066000004\t3' ]
	# One that was brought back stays what it is.
	[ "$(loc_sql 'SELECT HEX(mac), lat, trust IS NULL FROM wifi_shard_6
	    ORDER BY mac')" = \
	    $'A82066000001\tNULL\t1\nA82066000002\t51.5\t0' ]
}

@test "all jobs, in order" {
	stations
	run -0 loc-stats -j
	[ "$(jq -r '.job + " " + .state' <<<"$output" | tr '\n' ' ')" = \
	    'region done stat done datamap done ledger done trust done contests done keys done ' ]
	[ "$(regions)" = "$expected" ]
}

# Somebody elsewhere has the lease $1 for $2 seconds more.
lease() {
	loc_sql "REPLACE INTO loc_lease VALUES ('$1', REPEAT('x', 16),
	    REPEAT('n', 16), 1, UTC_TIMESTAMP() + INTERVAL $2 SECOND)"
}

@test "a job somebody else is at is left to them" {
	stations
	lease stats.region 60
	run -0 loc-stats -j region stat
	[ "${lines[0]}" = '{"job":"region","state":"busy"}' ]
	[ "${lines[1]}" = '{"job":"stat","state":"done","removed":0}' ]
	[ -z "$(regions)" ]
	lease stats.region -1
	loc-stats region
	[ "$(regions)" = "$expected" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_lease')" = 0 ]
}

@test "whoever has lost the lease stops" {
	stations
	loc_sql "INSERT INTO region_stat (region) VALUES ('XX')"
	mkfifo hold
	mariadb --no-defaults -NB -u root \
	    -S "$LOC_SERVERS/run/mariadb.sock" "$LOC_DB" -n <hold >held 3>&- &
	exec 9>hold
	echo "START TRANSACTION; SELECT 'held' FROM region_stat FOR UPDATE;" >&9
	until_true grep -q held held
	loc-stats region 2>err 3>&- & pid=$!
	has_lease() {
		[ "$(loc_sql 'SELECT COUNT(*) FROM loc_lease')" = 1 ]
	}
	until_true has_lease
	run -0 loc-stats -j region
	[ "$output" = '{"job":"region","state":"busy"}' ]
	lease stats.region 60
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 143 ]
	[[ $(cat err) = *'the lease "stats.region" is lost'* ]]
	exec 9>&-
	wait
	# One that was killed has lost it by that.
	loc_sql "UPDATE loc_lease SET until = UTC_TIMESTAMP()"
	run -0 loc-stats -j region
	[[ $output = *'"state":"done"'* ]]
}

@test "reliability 16: many at once, killed at will" {
	stations
	loc_sql "INSERT INTO datamap_ne SELECT UNHEX(LPAD(HEX(seq), 16, 0)),
	    '2000-01-01', '2000-01-01' FROM $(loc_numbers 1 20000)"
	for _ in {1..20}; do
		loc-stats 3>&- &
		loc-stats 3>&- &
		pid=$!
		sleep "0.0$((RANDOM % 10))"
		kill -9 $pid 2>/dev/null || true
	done
	wait
	# the server may not have noticed the last of the killed yet
	until [ "$(loc-stats -j | grep -c '"done"')" = 7 ]; do sleep 0.1; done
	[ "$(regions)" = "$expected" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM datamap_ne')" = 0 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM stat')" = 12 ]
}

@test "a job that fails does not cost the others" {
	loc_sql 'RENAME TABLE region_stat TO gone'
	stations
	run -75 --separate-stderr loc-stats -j region ledger
	[ "${lines[0]}" = '{"job":"region","state":"failed"}' ]
	[ "${lines[1]}" = '{"job":"ledger","state":"done","removed":0}' ]
	[[ $stderr = "loc-stats: [database] rw_url "*region_stat* ]]
}

@test "the time of each job is a metric" {
	loc_statsd_start
	loc-stats stat
	[ "$(loc_metrics | sed 's/:[0-9.]*|/:N|/')" = 'location.task:N|ms|#task:data.cleanup_stat' ]
}

@test "wrong usage, no server" {
	run -64 loc-stats bogus
	[ "$output" = 'loc-stats: bogus: expected region, stat, datamap, ledger, trust, contests or keys' ]
	run -64 loc-stats -x
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	run -69 loc-stats
	run -78 loc-stats -c /nonexistent
}

# known MAC LAT LON MODIFIED: a wifi that was heard last then
known() {
	loc_sql "INSERT INTO wifi_shard_${1:4:1} (mac, lat, lon, radius,
	    samples, weight, created, modified, last_seen) VALUES (x'$1', $2,
	    $3, 30, 9, 5, '2026-01-01', '$4', '$4')"
}

# report LAT LON DAY [MEMBERS]: one of two wifis
report() {
	printf '{"timestamp": %d000, "position": {"latitude": %s, ' \
	    "$(date -ud "$3" +%s)" "$1"
	printf '"longitude": %s%s}, "wifiAccessPoints": [{"macAddress": ' \
	    "$2" "${4-}"
	printf '"a82067000001"}, {"macAddress": "a82067000102"}]}\n'
}

@test "calibrate: reports against what was known days before" {
	known a82067000001 51.5 -0.1 2026-03-01
	known a82067000102 51.501 -0.1 2026-03-02
	{
		report 51.5005 -0.1 2026-03-10
		report 51.5007 -0.1 2026-03-20
		report 51.54 -0.1 2026-03-20	# not where they were
		report 48.85 2.35 2026-03-20	# nor here
		report 51.5005 -0.1 2026-03-08	# one is too fresh
		report 51.5005 -0.1 2026-02-08	# heard later
		report 51.5005 -0.1 2026-03-20 ', "accuracy": 500'
		report 51.5005 -0.1 2026-03-20 ', "source": "query"'
	} >reports
	run -0 --separate-stderr loc-stats calibrate reports
	[ -z "$stderr" ]
	[ "$output" = 'kind  region   reports   inside
wifi  FR             1    0.0 %
wifi  GB             3   66.7 %
wifi  all            4   50.0 %' ]
	[ "$(loc-stats -jd 5 calibrate <reports | jq -c \
	    'select(.region == "GB")')" = \
	    '{"job":"calibrate","kind":"wifi","region":"GB","confidence":95,"reports":4,"inside":3}' ]
	# submissions of a backup; their rows stay as they are
	run -0 loc-stats -j calibrate < <(jq -cs '{submission: "x", key: "test",
	    items: .}' reports)
	[ "$(jq -c 'select(.region == "all") | [.reports, .inside]' \
	    <<<"$output")" = '[4,2]' ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM wifi_shard_0
	    WHERE modified > "2026-03-03"')" = 0 ]
	# a wider promise holds more often
	sed -i 's/^model = .*/&\nconfidence = 50/' "$LOC_CONF"
	[ "$(loc-stats -j calibrate reports | jq -c 'select(.region == "all") |
	    [.confidence, .reports]')" = '[50,4]' ]
}

@test "calibrate: cells by themselves, by their site, and fresh ones not" {
	cell() {
		loc_sql "INSERT INTO cell_lte (cellid, radio, mcc, mnc, lac,
		    cid, lat, lon, radius, samples, created, modified,
		    last_seen) VALUES (UNHEX(CONCAT('03', LPAD(HEX(234), 4, 0),
		    LPAD(HEX(30), 4, 0), LPAD(HEX(100), 4, 0), LPAD(HEX($1), 8,
		    0))), 3, 234, 30, 100, $1, 51.5, -0.1, 500, 9,
		    '2026-01-01', '$2', '$2')"
	}
	heard() {
		printf '{"timestamp": 1774000000000, "position": {"latitude": '
		printf '51.501, "longitude": -0.1}, "cellTowers": [{'
		printf '"radioType": "lte", "mobileCountryCode": 234, '
		printf '"mobileNetworkCode": 30, "locationAreaCode": 100, '
		printf '"cellId": %d}]}\n' "$@"
	}
	cell 1000 2026-02-01
	cell 1001 2026-03-19
	heard 1000 >reports	# known
	heard 1003 >>reports	# its site is
	heard 1001 >>reports	# heard the day before
	run -0 loc-stats -j calibrate reports
	[ "$(jq -rc '[.kind, .region, .reports, .inside] | @tsv' \
	    <<<"$output")" = $'cell\tGB\t1\t1\ncell\tall\t1\t1\nsite\tGB\t1\t1\nsite\tall\t1\t1' ]
}

@test "calibrate: what is no report, wrong usage" {
	run -65 loc-stats -v calibrate <<<$'{"position": {}}\njunk\n[]'
	[ "${lines[0]}" = 'loc-stats: stdin:2: expected a report' ]
	[ "${lines[1]}" = 'loc-stats: stdin:3: expected a report' ]
	why='0 without a good position; 0 answers by what was not heard for 7 days'
	[ "${lines[2]}" = "loc-stats: 0 reports, $why" ]
	why=${why/0/1}
	report 51.5005 -0.1 2026-03-20 ', "accuracy": 500' >one
	run -65 loc-stats calibrate one - <<<junk
	[ "${lines[0]}" = 'loc-stats: 1 bad lines left out: -v names them' ]
	[ "${lines[1]}" = "loc-stats: 1 reports, $why" ]
	run -0 loc-stats -j calibrate </dev/null
	[ -z "$output" ]
	run -66 loc-stats calibrate nowhere
	run -64 loc-stats -n calibrate
	run -64 loc-stats -d 5 region
	run -64 loc-stats -d 0 calibrate
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	run -69 loc-stats calibrate </dev/null
}
