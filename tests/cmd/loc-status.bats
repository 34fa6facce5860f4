#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# One service for all tests, with accounts as loc-db users makes them.

# Set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup_file() {
	local kind url

	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
	load lib
	loc_setup
	export LOC_DB LOC_REDIS_DB
	for kind in rw ro; do
		url="mysql://$kind$LOC_REDIS_DB:x@localhost/$LOC_DB"
		sed -i "s#^${kind}_url = [^?]*#${kind}_url = $url#" "$LOC_CONF"
	done
	loc-db users monitor
	loc-feed 3>&- 2>"$BATS_FILE_TMPDIR/feed.log" &
	echo $! >>"$BATS_FILE_TMPDIR/pids"
	loc-work 3>&- 2>"$BATS_FILE_TMPDIR/work.log" &
	echo $! >"$BATS_FILE_TMPDIR/work.pid"
	echo $! >>"$BATS_FILE_TMPDIR/pids"
	loc_serve_start
	printf '[http]\nlisten = %s\n' "${URL#http://}" >>"$LOC_CONF"
	until_true loc-status -j workers
}

teardown_file() {
	load lib
	loc_stop
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$BATS_FILE_TMPDIR/location.ini" .
	umask 077
	LOC_CONF=$PWD/location.ini
	export LOC_JOBS=$PWD/none
}

# odd [-wWe ...] [CHECK ...]: what is not fine, as state, check and remedy
odd() {
	loc-status -j "$@" | jq -r 'select(.state != "fine") |
	    "\(.state) \(.check): \(.remedy)"'
}

@test "a service that works is fine, from end to end" {
	run -0 --separate-stderr loc-status -e
	printf '%s\n' "$output"
	[ -z "$stderr" ]
	for check in version conf serve geoip spool.files feed spool.disk \
	    redis redis.memory queue.age workers queue.dead rw rw.rights \
	    database.clock ro ro.rights schema database.counted end; do
		[[ $'\n'"$output" == *$'\nfine     '"$check "* ]]
	done
	[[ "$output" == *'a report was handed in, counted after '*' ms, found, and taken out' ]]
	# Of it nothing is left, nor went it anywhere else.
	[ -z "$(loc_sql 'SELECT mac FROM wifi_shard_5 UNION
	    SELECT mac FROM wifi_shard_6 UNION SELECT grid FROM datamap_se')" ]
	run -0 loc-status -N
	[[ "$output" =~ ^LOC\ OK:\ [0-9]+\ checks\ \|\ \'spool.bad\'=0B\;1\;\ \'spool.full\'=0%\;50\;90 ]]
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == *" 'queue.age:internal'="*" 'database.clock:rw'="*" 'database.clock:ro'="* ]]
	run -0 loc-status schema
	[ "${#lines[@]}" = 3 ]
}

# bats test_tags=plain
@test "limits: of both kinds, as text, JSON and for Nagios" {
	loc_sql "REPLACE INTO loc_mark VALUES
	    ('backup.drill', '', UTC_TIMESTAMP() - INTERVAL 50 DAY),
	    ('export.full', '', UTC_TIMESTAMP())"
	run -1 loc-status marks
	[ "${lines[2]}" = 'fine     export.full      done 0 h ago' ]
	[ "${lines[3]}" = 'degraded backup.drill     done 1200 h ago -- see loc-backup(1): drill' ]
	run -2 loc-status -N -W backup.drill=100 -w export.full=0 marks
	[[ "$output" =~ ^LOC\ CRITICAL:\ backup.drill:\ done\ 1200\ h\ ago\;\ export.full:\ done\ 0\ h\ ago\ \|\ \'export.full\'=[0-9]+s\;0\;\ \'backup.drill\'=43200[0-9]+s\;3456000\;100$ ]]
	run -0 loc-status -w backup.drill=-1 marks
	[ "$(loc-status -j marks | jq -c 'select(.check == "backup.drill") |
	    [.state,.value >= 4320000,.unit,.degraded,.broken]')" = \
	    '["degraded",true,"s",3456000,null]' ]
	loc_sql 'DELETE FROM loc_mark'
	run -64 loc-status -w nothing=1
	[ "$output" = 'loc-status: -w nothing=1: no number of that name, see -j' ]
	for bad in spool.age spool.age= spool.age=x spool.age=-2; do
		run -64 loc-status -W $bad
	done
	run -64 loc-status nothing
}

# bats test_tags=plain
@test "what is wrong is told with its remedy; the rest is asked all the same" {
	kill -STOP "$(cat "$BATS_FILE_TMPDIR/work.pid")"
	# files and rights
	chmod g+w location.ini
	chmod o+x "$BATS_FILE_TMPDIR/spool"
	[ "$(odd files)" = 'degraded conf: chmod go-w
degraded spool.files: chmod o-rwx' ]
	chmod g-w location.ini
	chmod o-x "$BATS_FILE_TMPDIR/spool"
	# a segment that nobody can read, and a job that failed
	mkdir jobs
	echo '{"status":0,"ok_s":1}' >jobs/good.json
	echo '{"status":75}' >jobs/map.json
	[ "$(LOC_JOBS="$PWD/jobs" odd jobs)" = 'degraded job: see the mail of cron, or the log' ]
	mkdir "$BATS_FILE_TMPDIR/spool/20991231T235959-1.seg"
	[[ "$(odd spool)" == *'broken spool: look at the disk, and at owners and rights'* ]]
	rmdir "$BATS_FILE_TMPDIR/spool/20991231T235959-1.seg"
	# accounts that may too little, and too much
	loc_sql "REVOKE DELETE ON \`${LOC_DB/_/\\_}\`.* FROM rw$LOC_REDIS_DB@localhost;
	    GRANT INSERT ON \`${LOC_DB/_/\\_}\`.* TO ro$LOC_REDIS_DB@localhost"
	[ "$(odd rw ro)" = 'broken rw.rights: loc-db users
degraded ro.rights: give it an account of its own: loc-db users' ]
	loc_sql "REVOKE INSERT ON \`${LOC_DB/_/\\_}\`.* FROM ro$LOC_REDIS_DB@localhost"
	loc-db users
	# a schema that is older, or newer
	loc_sql 'UPDATE loc_version SET number = number + 1 ORDER BY number DESC'
	[ "$(odd schema)" = 'broken schema: install the later loc here, too' ]
	loc_sql 'UPDATE loc_version SET number = number - 2 ORDER BY number'
	[ "$(odd schema)" = 'broken schema: loc-db migrate' ]
	loc_sql 'UPDATE loc_version SET number = number + 1 ORDER BY number DESC'
	# dead letters, and what waits
	loc_redis zadd loc:reports:dead 1 x >/dev/null
	[ "$(odd dead)" = 'degraded queue.dead: loc-work -l shows why they were set aside' ]
	loc_redis del loc:reports:dead >/dev/null
	# what else is configured, and not there
	cat >>location.ini <<-END
	[geoip]
	db_path = $PWD/nothing.mmdb
	[web]
	dir = $PWD/site
	[statsd]
	host = 127.0.0.1
	port = 9
	[sentry]
	dsn = http://key@127.0.0.1:9/1
	[assets]
	bucket = $PWD/assets
	END
	[ "$(odd geoip web statsd sentry s3)" = 'broken geoip: see [geoip] db_path
degraded web: run loc-site, or location-site by cron
degraded statsd: is the statsd server up?
degraded sentry: see [sentry] dsn' ]
	# servers that are away, one after the other
	sed -i 's#^cache_url = .*#cache_url = redis://127.0.0.1:9#' location.ini
	[ "$(odd redis groups workers)" = "broken redis: is it up, and does it know the account? See location.ini(5)
broken queue: see redis" ]
	sed -i "s#^r\\(.\\)_url = .*#r\\1_url = mysql://x@127.0.0.1:9/x#" location.ini
	run -2 loc-status rw ro schema counted
	[[ "$output" == *$'\n'"broken   rw               [database] rw_url 127.0.0.1:9: Can't connect"* ]]
	kill -CONT "$(cat "$BATS_FILE_TMPDIR/work.pid")"
	sed -i 's/^dir/dirt/' location.ini
	run -2 --separate-stderr loc-status
	[[ "${lines[1]}" == "broken   conf             $LOC_CONF:"*': unknown key -- see location.ini(5)' ]]
	[ -z "$stderr" ]
}

# is_odd LINES CHECK...: is that what odd says?
is_odd() {
	[ "$(odd "${@:2}" | sort -u)" = "$1" ]
}

# bats test_tags=plain
@test "without its programs a service is broken" {
	kill "$(cat "$BATS_FILE_TMPDIR/work.pid")"
	until_true is_odd 'broken workers: start loc-work' workers
	loc-simulate -n 1 reports | loc-submit
	until_true is_odd 'degraded queue.waiting: start more of loc-work' \
	    -w queue.waiting=1 groups
	kill "$LOC_SERVE_PID" "$(head -1 "$BATS_FILE_TMPDIR/pids")"
	until_true is_odd 'broken feed: start loc-feed
broken serve: start loc-serve' serve spool
	loc-simulate -n 1 reports | loc-submit
	is_odd 'broken feed: start loc-feed
degraded spool.age: is loc-feed alive, and Redis?' -w spool.age=0 spool
}
