#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2154 # set by bats and lib

bats_require_minimum_version 1.5.0

setup() {
	load lib
	PATH=$(dirname "$(command -v loc-monitor)")/tools:$PATH
	loc_setup
	spool=${LOC_CONF%/*}/spool
	cd "$BATS_TEST_TMPDIR" || return 1
	today=$(date -u +%Y%m%d)
	export LOC_JOBS=$PWD/jobs
}

teardown() {
	loc_stop
}

# users TYPE KEY DAYS ADDRESS...: which came so many days ago
users() {
	loc_redis pfadd "apiuser:$1:$2:$(date -u -d "-$3 days" +%F)" \
	    "${@:4}" >/dev/null
}

# What it tells of: name, value, and the values of its tags.
gauges() {
	loc-monitor -j "$@" |
	    jq -r '[.name, .value, (.tags | to_entries[] | .value)] | @tsv' |
	    tr '\t' ' '
}

# report [SUBMISSIONS]: each of one report, into the spool
report() {
	for ((i = 0; i < ${1:-1}; i++)); do
		echo '{"position": {"latitude": 51.5, "longitude": -0.1},' \
		    '"wifiAccessPoints": [{"macAddress": "a82066123456"}]}'
	done | put_reports "$spool" 1 "${2:-0}"
}

@test "limits: calls of today by key and path, to statsd" {
	loc_statsd_start
	loc_redis mset "apilimit:no_key_1:v1.geolocate:$today" 13 \
	    "apilimit:test:v2.geosubmit:$today" 7 \
	    "apilimit:test:v1.search:$(date -u -d yesterday +%Y%m%d)" 5 \
	    "apilimit:a:b:c:$today" 9 other 1
	run -0 loc-monitor limits
	[ -z "$output" ]
	[ "$(loc_metrics | sed 's/:[0-9.]*|ms/:N|ms/')" = \
	    'location.api.limit:13|g|#key:no_key_1,path:v1.geolocate
location.api.limit:7|g|#key:test,path:v2.geosubmit
location.task:N|ms|#task:data.monitor_api_key_limits' ]
}

@test "users: of a day and of seven, older ones go" {
	loc_statsd_start
	users submit test 0 127.0.0.1 1.1.1.1
	users submit test 6 127.0.0.1 1.1.1.1 2.2.2.2
	users submit test 7 3.3.3.3
	users locate test 3 1.1.1.1
	users locate test -1 1.1.1.1
	users locate gone 40 1.1.1.1
	users other test 0 1.1.1.1
	loc_redis set apiuser:submit:test:never 1
	run -0 loc-monitor -v users
	[ "$output" = 'loc-monitor: 2 old counters removed
loc-monitor: 3 gauges' ]
	[ "$(loc_metrics | grep -v task)" = \
	    'location.locate.user:1|g|#key:test,interval:7d
location.submit.user:2|g|#key:test,interval:1d
location.submit.user:3|g|#key:test,interval:7d' ]
	[ "$(loc_redis keys 'apiuser:*' | wc -l)" = 6 ]
	run -0 loc-monitor -v users
	[ "$output" = 'loc-monitor: 3 gauges' ]
}

@test "limits, users: very many" {
	seq 1500 | awk -v today="$today" -v day="$(date -u +%F)" '{
		printf "set apilimit:key-%d:v1.geolocate:%s %d\r\n", $1, today, $1
		printf "pfadd apiuser:locate:key-%d:%s x\r\n", $1, day
		printf "pfadd apiuser:locate:key-%d:2020-01-01 x\r\n", $1
	    }' | loc_redis --pipe
	loc-monitor -j limits users >out
	[ "$(jq -s 'map(select(.name == "api.limit").value) | add' out)" = \
	    1125750 ]
	[ "$(grep -c '"locate.user".*"1d"' out)" = 1500 ]
	[ "$(grep -c '"locate.user".*"7d"' out)" = 1500 ]
	[ "$(loc_redis dbsize)" = 3000 ]
}

@test "queues: nothing waits" {
	[ "$(gauges queues)" = 'queue 0 internal data report
queue.age_s 0 internal
queue 0 dead data dead
queue 0 update_cellarea data cellarea' ]
}

@test "queues: what each group has still to do, and for how long" {
	loc_redis xgroup create loc:reports partner '$' mkstream
	report 1 7200
	report 4 3600
	loc-feed -1
	loc_redis xgroup create loc:reports late '$'
	[ "$(gauges queues | sed 's/ 720[0-9] / 720N /')" = \
	    'queue 5 internal data report
queue.age_s 720N internal
queue 0 late data export
queue.age_s 0 late
queue 5 partner data export
queue.age_s 720N partner
queue 0 dead data dead
queue 0 update_cellarea data cellarea' ]
	# In somebody's hands is not done, acknowledged is.
	loc_redis xreadgroup group partner me count 3 streams loc:reports \
	    '>' >given
	grep -aE '^[0-9]+-[0-9]+$' given >ids
	loc_redis xack loc:reports partner "$(sed -n 1p ids)" \
	    "$(sed -n 3p ids)"
	loc-work -1
	[ "$(gauges queues | sed 's/ 360[0-9] / 360N /')" = \
	    'queue 0 internal data report
queue.age_s 0 internal
queue 0 late data export
queue.age_s 0 late
queue 3 partner data export
queue.age_s 360N partner
queue 0 dead data dead
queue 0 update_cellarea data cellarea' ]
}

@test "queues: dead letters and dirty areas" {
	echo nonsense | put_reports "$spool"
	loc-feed -1
	loc-work -1 2>/dev/null
	loc_sql "INSERT INTO cell_area_dirty (areaid) VALUES (x'0000EA001E0001'),
	    (x'0000EA001E0002')"
	[ "$(gauges queues)" = 'queue 0 internal data report
queue.age_s 0 internal
queue 1 dead data dead
queue 2 update_cellarea data cellarea' ]
}

@test "queues: tags as Ichnaea has them" {
	loc_statsd_start
	loc-monitor queues
	loc_metrics | grep -Fx 'location.queue:0|g|#queue:internal,queue_type:data,data_type:report'
}

@test "spool: of this host, with and without a feed" {
	host=$(uname -n)
	[ -z "$(gauges spool)" ]
	report 3
	size=$(stat -c %s "$spool"/*.seg)
	[ "$(gauges spool)" = "data.spool.bytes $size $host
data.spool.waiting_bytes $size $host
data.spool.bad_bytes 0 $host
data.spool.max_bytes 10737418240 $host" ]
	mkdir "$spool/bad"
	echo 'bad record' >"$spool/bad/x.seg.0"
	loc-feed -1
	[ "$(gauges spool)" = "data.spool.bytes $size $host
data.spool.waiting_bytes 0 $host
data.spool.bad_bytes 11 $host
data.spool.max_bytes 10737418240 $host" ]
}

@test "replica: the database is none" {
	run -0 loc-monitor -j replica
	[ -z "$output" ]
	run -0 --separate-stderr loc-monitor -jv replica spool
	[[ "${stderr_lines[0]}" == "loc-monitor: replica: skipped: [database] ro_url "*" is none" ]]
	[[ "${stderr_lines[1]}" == "loc-monitor: spool: skipped: there is no "* ]]
	# What haproxy is told, and the journal.
	agent=$LOC_TOP/scripts/replica-agent
	run -0 --separate-stderr "$agent" -l 5
	[ "$output" = 'up 100%' ] && [ -z "$stderr" ]
	run -0 --separate-stderr "$agent" -c "$PWD/none"
	[ "$output" = 'down #cannot be asked' ]
	[ "$stderr" = "loc-monitor: $PWD/none: No such file or directory" ]
	run -64 "$agent" -l soon
}

# A server that copies itself: $sock.
self_replica() {
	local pid port _

	sock=$(readlink -f "$LOC_SERVERS/run")/$LOC_DB.sock
	cp -a "$BATS_RUN_TMPDIR/template" replica
	for _ in {1..9}; do
		port=$((10000 + RANDOM % 20000))
		PATH=$PATH:/usr/sbin mariadbd --no-defaults \
		    --user="$(id -un)" --datadir="$PWD/replica" \
		    --socket="$sock" --pid-file="$PWD/pid" --port="$port" \
		    --tmpdir="$PWD" \
		    --bind-address=127.0.0.1 --skip-name-resolve \
		    --innodb-buffer-pool-size=16M --log-bin --server-id=1 \
		    --replicate-same-server-id >replica.log 2>&1 3>&- &
		pid=$!
		while kill -0 "$pid" && ! replica_sql 'SELECT 1'; do
			sleep 0.1
		done >/dev/null 2>&1
		! kill -0 "$pid" 2>/dev/null || break
	done
	echo "$pid" >>"${LOC_CONF%/*}/pids"
	replica_sql "CREATE USER copy@127.0.0.1 IDENTIFIED BY 'copy';
	    GRANT REPLICATION SLAVE ON *.* TO copy@127.0.0.1;
	    CREATE USER plain@localhost;
	    GRANT SELECT ON mysql.* TO plain@localhost;
	    CREATE DATABASE d; CREATE TABLE d.done (n INT);
	    CREATE TABLE d.stuck (n INT);
	    CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = $port,
	    MASTER_USER = 'copy', MASTER_PASSWORD = 'copy',
	    MASTER_LOG_FILE = '$(replica_sql 'SHOW MASTER STATUS' |
	    cut -f 1)', MASTER_LOG_POS = 4"
	sed -i "s,^ro_url = .*,ro_url = mysql://root@localhost/mysql?unix_socket=$sock," \
	    "$LOC_CONF"
}

replica_sql() {
	mariadb --no-defaults -NB -u root -S "$sock" -e "$1"
}

# bats test_tags=mariadb
@test "replica: how far behind, and whether it runs" {
	self_replica
	host=$(replica_sql "SELECT CONCAT(@@hostname, ':', @@port)")
	[ "$(gauges replica)" = "replica.running 0 $host
replica.waiting 0 $host" ]
	# Of two changes the second waits for a lock.
	replica_sql 'RESET MASTER; DELETE FROM d.done; DELETE FROM d.stuck'
	mkfifo hold
	mariadb --no-defaults -n -u root -S "$sock" <hold >held 3>&- &
	exec 9>hold
	echo "LOCK TABLES d.stuck WRITE; SELECT 'held';" >&9
	until grep -q held held; do sleep 0.05; done
	replica_sql 'START SLAVE'
	for _ in {1..600}; do
		run -0 gauges replica
		[[ $output != *"replica.lag_s "[1-9]* ]] || break
		sleep 0.1
	done
	[[ $output = "replica.running 1 $host
replica.lag_s "[1-9]*" $host" ]]
	exec 9>&-
	sed -i 's,root@localhost/mysql,plain@localhost/mysql,' "$LOC_CONF"
	run -0 loc-monitor -j replica
	[ -z "$output" ]
	run -0 --separate-stderr loc-monitor -jv replica
	[[ "${stderr_lines[0]}" == "loc-monitor: replica: skipped: [database] ro_url "*": the account lacks REPLICA MONITOR (loc-db users monitor grants it)" ]]
}

@test "marks: when something was last done" {
	[ -z "$(gauges marks)" ]
	loc_sql "INSERT INTO loc_mark SET name = 'export.full',
	    value = '2026-11-30', time = NOW() - INTERVAL 90 SECOND"
	age='^mark\.age_s 9[0-9] export\.full$'
	[[ "$(gauges marks)" =~ $age ]]
}

@test "trust: what is contested, and today's witnesses" {
	[ "$(gauges trust)" = $'trust.witnesses 0\ntrust.contra 0\ntrust.born 0' ]
	state=0100341203000200325100000000000000
	contest=0000008000000080000401053851385101000000
	loc_sql "INSERT INTO wifi_shard_6 (mac, lat, lon, trust) VALUES
	    (x'a82067000001', 51, 1, x'${state}00'),
	    (x'a82067000002', 51, 1, x'${state}00$contest'),
	    (x'a82067000003', 51, 1, x'0102${state:4}00$contest'),
	    (x'a82067000004', 51, 1, x'0104${state:4}00'),
	    (x'a82067000005', NULL, NULL, x'0104${state:4}00'),
	    (x'a82067000006', 51, 1, NULL);
	    INSERT INTO cell_lte (cellid, radio, mcc, mnc, lac, cid, lat, lon,
	    trust) VALUES (x'0300010001000100000001', 3, 1, 1, 1, 1, 51, 1,
	    x'${state}00$contest');
	    INSERT INTO loc_witness (day, tag, agree, contra, born, optout)
	    VALUES (DATEDIFF(UTC_DATE(), '1970-01-01'), 7, 0, 4, 2, 0),
	    (DATEDIFF(UTC_DATE(), '1970-01-01'), 8, 100, 3, 500, 0),
	    (DATEDIFF(UTC_DATE(), '1970-01-01') - 1, 9, 0, 50, 20000, 0);
	    INSERT INTO loc_optout (kind, mac, \`count\`, \`first\`, \`last\`,
	    votes, days) VALUES (1, x'a82067000001', 2, NOW(), NOW(), 2, 2),
	    (1, x'a82067000002', 9, NOW(), NOW(), 9, 1),
	    (1, x'a82067000004', 3, NOW(), NOW(), 3, 2),
	    (1, x'a82067000007', 2, NOW(), NOW(), 0, 0)"
	run -0 loc-stats -j contests
	[ "$output" = '{"job":"contests","state":"done","removed":0,"contested":3,"hidden":1}' ]
	[ "$(gauges trust | paste -sd ' ')" = 'trust.contested 3 trust.hidden 1 trust.opted_out 1 trust.optouts_pending 2 trust.witnesses 2 trust.contra 4 trust.born 500' ]
}

@test "jobs: what came of the last run of each" {
	[ -z "$(gauges jobs)" ]
	mkdir jobs
	now=$(date +%s)
	echo '{"job":"a-b","start_s":100,"end_s":107,"status":1,"ok_s":'$((now -
	    50))',"result":{"bytes":3,"url":"x","rows":-2}}' >jobs/a-b.json
	echo '{"job":"c","start_s":1,"end_s":2,"status":75}' >jobs/c.json
	touch jobs/c.out jobs/.d.json jobs/c.lock
	[ "$(gauges jobs | sed 's/ 5[0-9] / 5N /')" = 'job.status 1 a-b
job.duration_s 7 a-b
job.age_s 5N a-b
job.result 3 a-b bytes
job.result -2 a-b rows
job.status 75 c
job.duration_s 1 c' ]
	echo nonsense >jobs/b.json
	echo '[]' >jobs/d.json
	ln -s nowhere jobs/e.json
	run -69 --separate-stderr loc-monitor -j jobs
	[ "$(wc -l <<<"$output")" = 7 ]
	[ "$(wc -l <<<"$stderr")" = 3 ]
}

@test "Redis away costs its own gauges only" {
	sed -i 's,^cache_url = .*,cache_url = unix:///nonexistent,' "$LOC_CONF"
	report
	run -69 --separate-stderr loc-monitor -j limits users queues spool
	[ "$(jq -r .name <<<"$output" | sort | uniq -c | tr -s ' ')" = \
	    ' 1 data.spool.bad_bytes
 1 data.spool.bytes
 1 data.spool.max_bytes
 1 data.spool.waiting_bytes
 1 queue' ]
	[ "$stderr" = 'loc-monitor: [cache] cache_url /nonexistent: No such file or directory' ]
}

@test "the database away costs its own gauges only" {
	sed -i 's/unix_socket=.*/unix_socket=nobody/' "$LOC_CONF"
	run -69 --separate-stderr loc-monitor -j
	[ "$(jq -r .tags.queue <<<"$output" | xargs)" = \
	    'internal internal dead' ]
	[[ $stderr = 'loc-monitor: [database] rw_url nobody: '* ]]
}

@test "a key of another type costs its own gauges only" {
	loc_redis set loc:reports text
	loc_redis lpush "apilimit:also:v1.geolocate:$today" x
	loc_redis set "apilimit:test:v1.geolocate:$today" 1
	users locate test 0 1.1.1.1
	run -69 --separate-stderr loc-monitor -j limits users queues
	[ "$(jq -r '.name, .value' <<<"$output" | xargs)" = \
	    'locate.user 1 locate.user 1 queue 0' ]
	[ "$(grep -c WRONGTYPE <<<"$stderr")" = 2 ]
}

@test "nobody to tell, wrong usage, bad settings" {
	run -78 loc-monitor
	[ "$output" = "loc-monitor: $LOC_CONF: [statsd] host: is not set" ]
	run -64 loc-monitor bogus
	[ "$output" = 'loc-monitor: bogus: expected limits, users, queues, replica, spool, marks, trust or jobs' ]
	run -64 loc-monitor -x
	sed 's/^host = .*/host = nobody.invalid/' "$LOC_CONF" >other.ini
	chmod 600 other.ini
	grep -q nobody.invalid other.ini ||
	    printf '[statsd]\nhost = nobody.invalid\n' >>other.ini
	run -69 loc-monitor -c other.ini limits
	[[ "$output" == "loc-monitor: [statsd] host nobody.invalid: "* ]]
	run -78 loc-monitor -c /nonexistent
	sed -i '/^cache_url/d' "$LOC_CONF"
	run -78 loc-monitor -j
}

@test "reliability 16: many at once do no harm" {
	users submit test 0 1.1.1.1
	for i in {7..40}; do
		users submit test "$i" 1.1.1.1
	done
	for _ in {1..8}; do
		loc-monitor -j 3>&- >>all &
	done
	wait
	[ "$(grep -c '"submit.user".*"7d"' all)" = 8 ]
	[ "$(loc_redis dbsize)" = 1 ]
}

@test "-p: for Prometheus, as a file and to be scraped" {
	loc_redis set "apilimit:te\\st:v1.geolocate:$today" 13 >/dev/null
	report 2
	run -0 loc-monitor -p limits spool
	[ "${lines[0]}" = '# TYPE loc_api_limit gauge' ]
	[ "${lines[1]}" = 'loc_api_limit{key="te\\st",path="v1.geolocate"} 13' ]
	[ "${lines[2]}" = '# TYPE loc_data_spool_bad_bytes gauge' ]
	[[ "$output" == *$'\nloc_monitor_failed{what="limits"} 0\nloc_monitor_failed{what="spool"} 0' ]]
	# A gauge that is there twice spoils all of them.
	[ "$(loc-monitor -p limits spool limits spool)" = "$output" ]
	loc-monitor -p -o dir/loc.prom limits
	[ "$(sed -n 2p dir/loc.prom)" = "${lines[1]}" ]
	run -73 loc-monitor -p -o /proc/none limits
	# A server that is away is told of, and costs no other gauges.
	sed -i 's#^ro_url = .*#ro_url = mysql://x@127.0.0.1:9/x#' "$LOC_CONF"
	run -69 --separate-stderr loc-monitor -p limits replica
	[[ "$output" == *'loc_monitor_failed{what="replica"} 1' ]]
	[ "${#lines[@]}" = 5 ]
	for _ in 1 2 3 4 5; do
		port=$((10000 + RANDOM % 20000))
		loc-monitor -p -l "127.0.0.1:$port" limits 3>&- 2>log &
		pid=$!
		echo $pid >>"${LOC_CONF%/*}/pids"
		until curl -sf -o body "http://127.0.0.1:$port/metrics"; do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.05
		done
		[ ! -s body ] || break
	done
	[ "$(sed -n 2p body)" = "${lines[1]}" ]
	status() {	# PATH [CURL-OPTION ...]
		curl -s -o /dev/null -w '%{http_code}' "${@:2}" \
		    "http://127.0.0.1:$port$1"
	}
	[ "$(status /)$(status /metrics -I)" = 404200 ]
	[ "$(status /metrics -d x)" = 405 ]
	[ "$(status /metrics -d "$(printf %02000d 0)")" = 413 ]
	loc_redis set "apilimit:te\\st:v1.geolocate:$today" 14 >/dev/null
	kill -HUP "$pid"
	until grep -q reloaded log; do sleep 0.05; done
	curl -sf "http://127.0.0.1:$port/metrics" | grep -q '} 14$'
	kill "$pid"
	wait "$pid"
	run -64 loc-monitor -pj
	run -64 loc-monitor -l 127.0.0.1:1
	run -64 loc-monitor -p -l x
}

# bats test_tags=plain
@test "the dashboard and the rules ask for gauges that there are" {
	cd "$BATS_TEST_DIRNAME/../.."
	sed -n 's/^\.It Li \([a-z_.]*\) Ta g.*loc-monitor$/loc_\1/p' \
	    man/loc-metrics.7 | tr . _ | sort -u >"$BATS_TEST_TMPDIR/gauges"
	grep -oh 'loc_[a-z_]*' scripts/monitoring/* | sort -u \
	    >"$BATS_TEST_TMPDIR/asked"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/asked")" -gt 15 ]
	run comm -13 "$BATS_TEST_TMPDIR/gauges" "$BATS_TEST_TMPDIR/asked"
	[ -z "$output" ]
	jq -e '.panels | length > 5' scripts/monitoring/grafana.json
	python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' \
	    scripts/monitoring/alerts.yml 2>"$BATS_TEST_TMPDIR/err" ||
	    grep -q "No module named 'yaml'" "$BATS_TEST_TMPDIR/err"
}
