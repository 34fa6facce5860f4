#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb
#
# Every line of loc-status is seen to be bad, for real: what it is about is
# broken as it breaks in use, and the line, its remedy, the exit status, JSON and
# the form of Nagios say so.  The last test compares what was seen with what the
# sources have, so that no line comes without such a test.

# Set by lib.bash.
# shellcheck disable=SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

setup_file() {
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
}

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	umask 077
	export LOC_JOBS=$PWD/none LOC_SHIM
	LOC_SHIM=$(dirname "$(command -v loc-work)")/shims/fault.so
}

teardown() {
	local pid

	while read -r pid; do
		kill -9 "$pid"
	done 2>/dev/null <"$BATS_TEST_TMPDIR/others" || true
	[ -z "${LOC_CONF-}" ] || loc_stop
	grep -o "$BATS_TEST_TMPDIR/[^ ]*" /proc/mounts | xargs -r umount
}

# service [OPTION of scripts/servers ...]: servers of the test's own, and
# accounts as loc-db users makes them
service() {
	local kind url

	[ $# -eq 0 ] || loc_own_servers "$@"
	loc_setup
	for kind in rw ro; do
		url="mysql://$kind$LOC_REDIS_DB:x@localhost/$LOC_DB"
		sed -i "s#^${kind}_url = [^?]*#${kind}_url = $url#" "$LOC_CONF"
	done
	loc-db users monitor
}

# bad STATE CHECK REMEDY [ARGUMENT ...]: loc-status ARGUMENT... says it, in all
# forms.  What else it says may be worse, and decides the exit status.
bad() {
	local code worst

	printf '%s %s: %s\n' "$1" "$2" "$3" >>"$BATS_FILE_TMPDIR/seen"
	worst=$(loc-status -j "${@:4}" | jq -s --arg state "$1" \
	    --arg check "$2" --arg remedy "$3" '
	    if any(.[]; .state == $state and .check == $check and
	    .remedy == $remedy and .text != "") then map({fine: 0, degraded: 1,
	    broken: 2}[.state]) | max else halt_error end')
	code=1
	[ "$1" != broken ] || code=2
	[ "$worst" -ge "$code" ]
	run --separate-stderr "-$worst" loc-status "${@:4}"
	[ -z "$stderr" ]
	grep "^$(printf '%-8s %-16s ' "$1" "$2")." <<<"$output" |
	    grep -qF -- " -- $3"
	run --separate-stderr "-$worst" loc-status -N "${@:4}"
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == "LOC $([ "$worst" = 2 ] && echo CRITICAL ||
	    echo WARNING): "* ]]
	[[ "$output" == *[:\;]" $2: "* ]]
}

# fine CHECK [ARGUMENT ...]: there is such a line, and all of them are
fine() {
	run --separate-stderr loc-status -j "${@:2}"
	jq -se --arg check "$1" 'map(select(.check == $check)) |
	    length > 0 and all(.[]; .state == "fine")' <<<"$output"
}

# at SECONDS COMMAND ...: as if it were so much later
at() {
	echo "$1" >clock
	LD_PRELOAD=$LOC_SHIM FAULT_CLOCK=$PWD/clock "${@:2}"
}

background() {
	"$@" 3>&- >>background.log 2>&1 &
	echo $! >>"$BATS_TEST_TMPDIR/others"
}

# settings SECTION KEY VALUE
settings() {
	printf '[%s]\n%s = %s\n' "$@" >>"$LOC_CONF"
}

@test "settings, site, map, GeoIP, jobs" {
	service
	fine conf conf
	chmod g+w "$LOC_CONF"
	bad degraded conf 'chmod go-w' conf
	chmod g-w "$LOC_CONF"
	cp "$LOC_CONF" good
	settings spool dirt x
	bad broken conf 'see location.ini(5)'
	cp good "$LOC_CONF"
	printf '[web]\ndir = %s\ndatamap = %s\n' "$PWD/site" "$PWD/map" \
	    >>"$LOC_CONF"
	bad degraded web 'run loc-site, or location-site by cron' web
	bad degraded map 'run loc-mapgen, or location-map by cron' web
	mkdir site map
	touch -d '9 days ago' map
	bad degraded map.age 'see loc-cron(7): location-map' web
	touch map
	fine map.age web
	cp good "$LOC_CONF"
	printf '[geoip]\ndb_path = %s\n' "$PWD/none.mmdb" >>"$LOC_CONF"
	bad broken geoip 'see [geoip] db_path' geoip
	cp good "$LOC_CONF"
	loc_geoip
	fine geoip.age geoip
	at $((41 * 86400)) \
	    bad degraded geoip.age 'fetch a new file for [geoip] db_path' geoip
	at $((401 * 86400)) \
	    bad broken geoip.age 'fetch a new file for [geoip] db_path' geoip
	mkdir jobs
	echo '{"status":75}' >jobs/map.json
	LOC_JOBS=$PWD/jobs \
	    bad degraded job 'see the mail of cron, or the log' jobs
	echo '{"status":' >jobs/map.json
	LOC_JOBS=$PWD/jobs \
	    bad degraded job "run it as the service's user" jobs
}

@test "owners and rights of the spool" {
	service
	mkdir spool
	fine spool.files files
	chmod o+x spool
	bad degraded spool.files 'chmod o-rwx' files
	chmod o-x spool
	mv spool was
	touch spool
	bad broken spool.files 'see [spool] dir' files
	rm spool
	mv was spool
	[ "$(id -u)" = 0 ] || return 0
	settings http user nobody
	bad broken spool.files 'chown it to [http] user' files
	sed -i '/^user = nobody/d' "$LOC_CONF"
	loc-simulate -n 1 reports | loc-submit
	chown nobody spool/*.seg
	bad broken spool.files 'chown them to the owner of the spool' files
	# Whoever may not look is told to be somebody else.
	chmod go+x .
	sed 's/:x@/@/' "$LOC_CONF" >open
	chmod go+r open
	mkdir bin
	cat >bin/loc-status <<-'END'
	#!/bin/bash
	exec setpriv --reuid 65534 --clear-groups --inh-caps=-all \
	    "$LOC_STATUS" "$@" -c /dev/stdin <"$LOC_CONF"
	END
	chmod +x bin/loc-status
	LOC_STATUS=$(command -v loc-status)
	export LOC_STATUS
	PATH=$PWD/bin:$PATH LOC_CONF=$PWD/open \
	    bad degraded spool.files "run it as the service's user" files
	PATH=$PWD/bin:$PATH LOC_CONF=$PWD/open \
	    bad degraded spool "run it as the service's user" spool
}

@test "what waits in the spool, damage, and a full disk" {
	service
	mkdir spool
	bad broken feed 'start loc-feed' spool
	at -600 loc-simulate -n 1 reports | at -600 loc-submit
	bad degraded spool.age 'is loc-feed alive, and Redis?' spool
	at 3000 bad broken spool.age 'is loc-feed alive, and Redis?' spool
	mkdir spool/20991231T235959-1.seg
	bad broken spool 'look at the disk, and at owners and rights' spool
	rmdir spool/20991231T235959-1.seg
	# Bytes that somebody else wrote.
	segment=$(ls spool/*.seg)
	printf 'XXXXXXXX' |
	    dd of="$segment" conv=notrunc bs=1 seek=200 status=none
	loc-simulate -n 1 reports | loc-submit
	loc-feed -1
	bad degraded spool.bad "look at the disk; the spool's bad/ has what was damaged" spool
	# Room that the settings give.
	rm -r spool
	sed -i '/^dir = /a max_bytes = 1048576\nsegment_bytes = 65536' "$LOC_CONF"
	loc-simulate -n 1500 reports >lines
	until [ "$(du -sb spool 2>/dev/null | cut -f1)" -ge 560000 ] 2>/dev/null
	do
		head -40 lines | loc-submit
	done
	bad degraded spool.full 'is loc-feed alive? see max_bytes' spool
	while head -20 lines | loc-submit; do
		:
	done 2>/dev/null
	bad broken spool.full 'is loc-feed alive? see max_bytes' spool
	# Room that there is.
	rm -r spool
	mkdir spool
	mount -t tmpfs -o size=1m,mode=700 none spool 2>/dev/null ||
	    skip 'cannot mount'
	head -c 960000 /dev/zero >spool/other
	bad degraded spool.disk "make room on the spool's disk" spool
	cat /dev/zero >spool/more 2>/dev/null || true
	bad broken spool.disk "make room on the spool's disk" spool
	umount spool
}

# redis_at PORT [OPTION ...]: another Redis, which cache_url is to name
redis_at() {
	mkdir "redis$1"
	background redis-server --port "$1" --bind 127.0.0.1 --save '' \
	    --dir "$PWD/redis$1" "${@:2}"
	sed -i "s#^cache_url = .*#cache_url = redis://127.0.0.1:$1#" \
	    "$LOC_CONF"
	until_true redis-cli -p "$1" get x >/dev/null
}

free_port() {
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

@test "Redis: away, a replica, loading, forgetful, short of memory or disk" {
	service
	up='is it up, and does it know the account? See location.ini(5)'
	policy='CONFIG SET maxmemory-policy noeviction, and in its file'
	cp "$LOC_CONF" good
	sed -i 's#^cache_url = .*#cache_url = redis://127.0.0.1:9#' "$LOC_CONF"
	bad broken redis "$up" redis
	bad broken queue 'see redis' groups
	bad broken queue.dead 'see redis' dead
	first=$(free_port)
	redis_at "$first" --enable-debug-command local \
	    --enable-protected-configs local
	fine redis redis
	redis() { redis-cli -p "$first" "$@" >/dev/null; }
	redis config set maxmemory-policy allkeys-lru
	bad broken redis.policy "$policy" redis
	settings queue allow_eviction true
	bad degraded redis.policy "$policy" redis
	redis config set maxmemory-policy noeviction
	redis debug populate 20000 k 100
	used=$(redis-cli -p "$first" info memory |
	    sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
	redis config set maxmemory $((used * 5 / 4))
	bad degraded redis.memory 'give Redis more maxmemory' redis
	redis config set maxmemory $((used * 102 / 100))
	bad broken redis.memory 'give Redis more maxmemory' redis
	redis config set maxmemory 0
	# An account that may not look who is there.
	redis acl setuser low on '>x' '~*' '+@all' '-client|list'
	sed -i "s#^cache_url = .*#cache_url = redis://low:x@127.0.0.1:$first#" \
	    "$LOC_CONF"
	bad degraded workers 'let the account of cache_url use CLIENT LIST' \
	    workers
	second=$(free_port)
	redis_at "$second" --replicaof 127.0.0.1 "$first"
	bad broken redis 'cache_url has to name the primary' redis
	# It reads its data, slowly, when it starts.
	redis config set key-load-delay 200
	redis config set loading-process-events-interval-bytes 1024
	sed -i "s#^cache_url = .*#cache_url = redis://127.0.0.1:$first#" \
	    "$LOC_CONF"
	background redis-cli -p "$first" debug reload
	loading() { redis-cli -p "$first" info | grep -q '^loading:1'; }
	until_true loading
	bad degraded redis wait redis
	# A disk without room.
	redis config set key-load-delay 0 || true
	until_true redis config set key-load-delay 0
	! loading || until_true eval '! loading'
	mkdir full
	mount -t tmpfs -o size=64k none full 2>/dev/null || skip 'cannot mount'
	redis config set dir "$PWD/full"
	redis config set stop-writes-on-bgsave-error no
	redis bgsave
	failed() { redis-cli -p "$first" info | grep -q bgsave_status:err; }
	until_true failed
	bad broken redis.disk 'look at its disk and log' redis
	redis config set dir "$PWD"
	redis-cli -p "$first" shutdown nosave || true
}

@test "Redis through Sentinel: the primary is away, and no Sentinel is left" {
	service
	up='is it up, and does it know the account? See location.ini(5)'
	first=$(free_port)
	redis_at "$first"
	for i in 1 2; do
		port=$(free_port)
		mkdir "sentinel$i"
		printf '%s\n' "port $port" 'bind 127.0.0.1' \
		    "sentinel monitor loc 127.0.0.1 $first 2" \
		    'sentinel down-after-milliseconds loc 300' \
		    >"sentinel$i/conf"
		background redis-server "$PWD/sentinel$i/conf" --sentinel \
		    --dir "$PWD/sentinel$i"
		echo $! >"sentinel$i/pid"
		until_true redis-cli -p "$port" ping >/dev/null
		sentinels=${sentinels:+$sentinels,}127.0.0.1:$port
	done
	sed -i "s#^cache_url = .*#cache_url = redis+sentinel://$sentinels/loc/0#" \
	    "$LOC_CONF"
	fine redis redis
	# One of two is no majority: the primary stays, and is used.
	kill -9 "$(cat sentinel1/pid)"
	fine redis redis
	# The primary dies, and nobody takes its place.
	redis-cli -p "$first" shutdown nosave || true
	bad broken redis "$up" redis
	[[ "$(loc-status redis)" == *"127.0.0.1:$first"*refused* ]]
	kill -9 "$(cat sentinel2/pid)"
	bad broken redis "$up" redis
	[[ "$(loc-status redis)" == *" Sentinel 127.0.0.1:$port: Connection refused -- "* ]]
	bad broken queue 'see redis' groups
}

@test "groups, workers and dead letters" {
	service
	bad degraded queue 'start loc-work' groups
	bad broken workers 'start loc-work' workers
	at -900 loc-simulate -n 1 reports | at -900 loc-submit
	# Its feed lives, and no worker ever did.
	background loc-feed
	waits() { [ "$(loc_redis xlen loc:reports)" = 1 ]; }
	until_true waits
	# Redis forgets even that there was a group.
	loc_redis xgroup destroy loc:reports internal >/dev/null
	loc_redis del loc:reports:groups >/dev/null
	bad broken queue 'start loc-work' groups
	kill -9 "$(tail -1 others)"
	loc-feed -1
	loc-work -1
	fine queue.age groups
	at -900 loc-simulate -n 1 reports | at -900 loc-submit
	background loc-feed
	behind() { loc-status -j groups | jq -se >/dev/null \
	    'any(.[]; .check == "queue.age" and .value > 0)'; }
	until_true behind
	bad degraded queue.age 'are enough of loc-work, or loc-forward, alive?' \
	    groups
	bad degraded queue.waiting 'start more of loc-work' \
	    -w queue.waiting=1 groups
	at 4000 bad broken queue.age \
	    'are enough of loc-work, or loc-forward, alive?' groups
	loc_redis zadd loc:reports:dead 1 x >/dev/null
	bad degraded queue.dead 'loc-work -l shows why they were set aside' dead
	# Nobody is there to make it anew meanwhile.
	kill -9 "$(tail -1 others)"
	loc_redis xgroup destroy loc:reports internal >/dev/null
	bad degraded queue 'start loc-work and loc-forward' groups
}

@test "databases: away, only read, set up badly, with rights too few or many" {
	port=$((10000 + RANDOM % 20000))
	service -o log-bin -o log-bin-trust-function-creators=1 \
	    -o "port = $port" -o 'bind-address = 127.0.0.1'
	proxy='does a proxy before the server change what sessions set?'
	up='is the server up, and does it know the account? See location.ini(5)'
	for check in rw ro rw.rights ro.rights database.clock; do
		fine "$check" rw ro
	done
	loc_sql 'SET GLOBAL read_only = 1'
	bad broken rw 'rw_url has to name the primary' rw
	loc_sql 'SET GLOBAL read_only = 0;
	    SET GLOBAL innodb_flush_log_at_trx_commit = 2'
	bad degraded rw 'set innodb_flush_log_at_trx_commit to 1' rw
	loc_sql 'SET GLOBAL innodb_flush_log_at_trx_commit = 1;
	    SET GLOBAL binlog_format = STATEMENT'
	bad degraded rw 'set binlog_format to ROW or MIXED' rw
	loc_sql 'SET GLOBAL binlog_format = MIXED;
	    SET GLOBAL max_allowed_packet = 65536'
	bad degraded database.packet 'raise max_allowed_packet to 16M' rw
	loc_sql "SET GLOBAL max_allowed_packet = 16777216;
	    ALTER DATABASE $LOC_DB CHARACTER SET latin1"
	bad degraded rw 'ALTER DATABASE ... CHARACTER SET utf8mb4' rw
	bad degraded ro 'ALTER DATABASE ... CHARACTER SET utf8mb4' ro
	loc_sql "ALTER DATABASE $LOC_DB CHARACTER SET utf8mb4"
	fine rw rw
	# Clocks apart.
	at 60 bad degraded database.clock 'set the clocks by NTP' rw
	at -600 bad broken database.clock 'set the clocks by NTP' ro
	# Rights.
	db=${LOC_DB/_/\\_}
	loc_sql "REVOKE DELETE ON \`$db\`.* FROM rw$LOC_REDIS_DB@localhost;
	    GRANT INSERT ON \`$db\`.* TO ro$LOC_REDIS_DB@localhost"
	bad broken rw.rights 'loc-db users' rw
	bad degraded ro.rights 'give it an account of its own: loc-db users' ro
	loc_sql "GRANT ALL ON *.* TO rw$LOC_REDIS_DB@localhost;
	    REVOKE ALL ON \`$db\`.* FROM ro$LOC_REDIS_DB@localhost;
	    GRANT DELETE ON \`$db\`.* TO ro$LOC_REDIS_DB@localhost"
	bad degraded rw.rights 'give it an account of its own: loc-db users' rw
	bad broken ro.rights 'loc-db users' ro
	loc_sql "DROP USER rw$LOC_REDIS_DB@localhost, ro$LOC_REDIS_DB@localhost"
	bad broken rw "$up" rw
	loc-db users monitor
	cp "$LOC_CONF" good
	# A host of several, of which nobody notices otherwise, and all of them.
	others='is it up, and does it know the account? Others of the address are used meanwhile'
	sed "s#@localhost\(/$LOC_DB\)?.*#@127.0.0.1:$port,127.0.0.1:9,localhost:$port\1#" \
	    good >"$LOC_CONF"
	loc-db -c good -H % users
	bad degraded rw.hosts "$others" rw
	bad degraded ro.hosts "$others" ro
	[ "$(loc-status rw | grep -c '^degraded rw.hosts')" = 1 ]
	run -0 loc-work -t
	[ -z "$output" ]
	sed -i "s#:$port,#:1,#; s#localhost:$port#localhost:2#" "$LOC_CONF"
	[ "$(loc-status ro | grep -c '^broken   ro ')" = 3 ]
	run -69 loc-serve -t
	[ "${#lines[@]}" = 3 ]
	[[ "${lines[2]}" == *'[database] ro_url localhost:2: '* ]]
	# A pooler between.
	run=$(readlink -f "$LOC_SERVERS/run")
	while IFS='|' read -r old new; do
		rm -f "$run/p.sock"
		background python3 "$LOC_TOP/tests/cmd/session-proxy.py" \
		    "$run/p.sock" "$run/mariadb.sock" "$old" "$new"
		until_true test -S "$run/p.sock"
		sed "s#$run/mariadb.sock#$run/p.sock#" good >"$LOC_CONF"
		bad degraded rw "$proxy" rw
		kill -9 "$(tail -1 others)"
	done <<-'END'
	STRICT_TRANS_TABLES|NO_AUTO_CREATE_USER
	= 'READ-COMMITTED'|= 'SERIALIZABLE'  
	time_zone = '+00:00'|time_zone = '+01:00'
	END
	cp good "$LOC_CONF"
	sed -i 's#^r\(.\)_url = .*#r\1_url = mysql://x@127.0.0.1:9/x#' \
	    "$LOC_CONF"
	bad broken rw "$up" rw
	bad broken ro "$up" ro
}

@test "the schema, what waits there, and what was last done when" {
	service
	fine schema schema
	loc_sql 'UPDATE loc_version SET number = number + 1
	    ORDER BY number DESC'
	bad broken schema 'install the later loc here, too' schema
	loc_sql 'UPDATE loc_version SET number = number - 2 ORDER BY number'
	bad broken schema 'loc-db migrate' schema
	loc_sql 'UPDATE loc_version SET number = number + 1
	    ORDER BY number DESC;
	    ALTER TABLE wifi_shard_3 ENGINE = MyISAM'
	bad degraded schema 'loc-db status names all that differs' schema
	[[ "$output" == *'wifi_shard_3: engine MyISAM has no transactions'* ]]
	loc_sql 'ALTER TABLE wifi_shard_3 ENGINE = InnoDB;
	    DROP TABLE loc_mark'
	bad broken schema 'loc-db migrate' schema
	[[ "$output" == *'something is missing: loc_mark'* ]]
	loc-db migrate
	fine schema schema
	loc_sql "DROP DATABASE $LOC_DB"
	mariadb --no-defaults -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    -e "CREATE DATABASE $LOC_DB"
	bad broken schema 'loc-db init, or loc-db migrate' schema
	loc-db init
	loc_sql "INSERT INTO cell_area_dirty (areaid) SELECT
	    CONCAT(x'01', CHAR(seq DIV 65536), CHAR(seq DIV 256 % 256),
	    CHAR(seq % 256), x'000000') FROM $(loc_numbers 1 100000)"
	bad degraded database.areas 'start more of loc-work' counted
	loc_sql "INSERT INTO loc_ledger VALUES (x'01',
	    UTC_TIMESTAMP() - INTERVAL 1 HOUR)"
	bad degraded database.counted 'see spool and queue' \
	    -w database.counted=3000 counted
	bad broken database.counted 'see spool and queue' \
	    -W database.counted=3000 counted
	while IFS=/ read -r name days state remedy; do
		loc_sql "REPLACE INTO loc_mark VALUES ('$name', '',
		    UTC_TIMESTAMP() - INTERVAL ROUND($days * 24) HOUR)"
		bad "$state" "$name" "$remedy" marks
		loc_sql "UPDATE loc_mark SET time = UTC_TIMESTAMP()"
		fine "$name" marks
	done <<-'END'
	backup.database/3/degraded/see loc-backup(1): database
	backup.database/9/broken/see loc-backup(1): database
	backup.drill/41/degraded/see loc-backup(1): drill
	backup.reports/2/degraded/see loc-backup(1): reports
	backup.reports/9/broken/see loc-backup(1): reports
	backup.verify/41/degraded/see loc-backup(1): verify
	export.diff/0.21/degraded/see loc-cron(7): location-export
	export.full/3/degraded/see loc-cron(7): location-export
	import.ocid/4/degraded/see loc-cron(7): location-import
	END
}

@test "a replica lags, and stops" {
	load ../faults/replicas
	port=$(free_port)
	replica=$BATS_TEST_TMPDIR/replica
	LOC_SERVERS=$BATS_TEST_TMPDIR/servers
	database "$LOC_SERVERS" 1 "$port"
	database "$replica" 2 "$(free_port)" read-only=ON
	sql_on "$LOC_SERVERS" "CREATE USER copy@localhost IDENTIFIED BY 'copy';
	    GRANT REPLICATION SLAVE ON *.* TO copy@localhost"
	follow "$replica" "$port"
	service
	loc_sql 'CREATE TABLE beat (n INT)'
	until_true caught_up "$replica" "$LOC_SERVERS"
	sed -i "s#^ro_url = .*#ro_url = mysql://ro$LOC_REDIS_DB:x@localhost/$LOC_DB?unix_socket=$(
	    readlink -f "$replica/run")/mariadb.sock#" "$LOC_CONF"
	fine database.lag ro
	# Somebody holds a table there, and what is written waits.
	background mariadb --no-defaults -u root \
	    -S "$replica/run/mariadb.sock" "$LOC_DB" \
	    -e 'LOCK TABLES beat READ; SELECT SLEEP(1000)'
	held() { [ "$(sql_on "$replica" 'SELECT COUNT(*) FROM
	    information_schema.processlist WHERE info LIKE "SELECT SLEEP%"')" = 1 ]; }
	until_true held
	lags() { loc-status -j ro | jq -se >/dev/null \
	    'any(.[]; .check == "database.lag" and .value >= '"$1"')'; }
	loc_sql 'INSERT INTO beat VALUES (1)'
	until_true lags 2
	bad degraded database.lag 'look at the replica' -w database.lag=2 ro
	bad broken database.lag 'look at the replica' -W database.lag=2 ro
	kill -9 "$(tail -1 others)"
	sql_on "$replica" 'STOP SLAVE' &
	sql_on "$replica" "KILL $(sql_on "$replica" 'SELECT id FROM
	    information_schema.processlist WHERE info LIKE "SELECT SLEEP%"')" ||
	    true
	wait
	bad broken database.lag 'SHOW REPLICA STATUS there says why' ro
	# An account that may not ask is told how it may.
	sql_on "$replica" "REVOKE REPLICA MONITOR ON *.*
	    FROM ro$LOC_REDIS_DB@localhost"
	run loc-status ro
	[[ "$output" == *"whether it is a replica is not told to ro$LOC_REDIS_DB (loc-db users monitor)"* ]]
	timeout 60 "$LOC_TOP/scripts/servers" stop -d "$replica"
}

@test "a node of Galera hands its data over, and is alone" {
	load ../faults/replicas
	library=/usr/lib/galera/libgalera_smm.so
	[ -e "$library" ] || skip 'no Galera: see scripts/packages test'
	PATH=$LOC_TOP/tests/faults:$PATH:/usr/sbin
	d=$BATS_TEST_TMPDIR
	LOC_SERVERS=$d/servers
	for i in 1 2; do
		group[i]=$(free_port)
		transfer[i]=$(free_port)
	done
	provider() {
		echo "wsrep-provider-options=\"gmcast.listen_addr=tcp://127.0.0.1:${group[$1]};\
ist.recv_addr=127.0.0.1:${transfer[$1]};gcache.size=64M;\
evs.suspect_timeout=PT3S;evs.inactive_timeout=PT6S\""
	}
	node() {
		# The provider is unlucky at times.
		for _ in 1 2 3; do
			! timeout 60 "$LOC_TOP/scripts/servers" start -f \
			    -d "$d/$1" "${@:2}" || return 0
		done
		return 1
	}
	node servers \
	    -t "$BATS_RUN_TMPDIR/template" -o port="$(free_port)" \
	    -o binlog-format=ROW -o innodb-autoinc-lock-mode=2 \
	    -o wsrep-on=ON -o "wsrep-provider=$library" \
	    -o wsrep-cluster-address=gcomm:// -o wsrep-sst-method=catch_up \
	    -o wsrep-node-address=127.0.0.1 -o "$(provider 1)"
	service
	fine database.galera rw
	wsrep() { sql_on "$LOC_SERVERS" "SHOW STATUS LIKE 'wsrep_$1'" | cut -f2; }
	is() { [ "$(wsrep "$1")" = "$2" ]; }
	sql_on "$LOC_SERVERS" 'SET GLOBAL wsrep_desync = ON'
	until_true is local_state_comment Donor/Desynced
	bad degraded database.galera 'wait until it has caught up; if it does not, see its log, and wsrep_desync' rw
	sql_on "$LOC_SERVERS" 'SET GLOBAL wsrep_desync = OFF'
	until_true is local_state_comment Synced
	fine database.galera rw
	# A second node is there, and dies: what is left is no majority.
	timeout 60 "$LOC_TOP/scripts/servers" stop -d "$d/servers"
	mkdir "$d/second"
	cp -a "$d/servers/mariadb" "$d/servers/redis.conf" "$d/second"
	sed "s/^port *=.*/port = $(free_port)/
	    s|gcomm://|gcomm://127.0.0.1:${group[1]}|
	    s|^wsrep-provider-options.*|$(provider 2)|" \
	    "$d/servers/mariadb.cnf" >"$d/second/mariadb.cnf"
	sed -i 's/^safe_to_bootstrap.*/safe_to_bootstrap: 1/' \
	    "$d/servers/mariadb/grastate.dat"
	node servers
	node second
	until_true is cluster_size 2
	kill -9 "$(cat "$d/second/run/mariadb.pid")"
	until_true is cluster_status non-Primary
	bad broken database.galera 'how many nodes are up? Without most of them none answers: see the server'"'"'s log' rw
	timeout 60 "$LOC_TOP/scripts/servers" stop -d "$d/second" || true
}

@test "loc-serve, statsd, Sentry and buckets" {
	service
	loc_serve_start
	settings http listen "${URL#http://}"
	fine serve serve
	# Its database goes away.
	loc_sql "RENAME USER ro$LOC_REDIS_DB@localhost TO gone$LOC_REDIS_DB@localhost"
	unhealthy() {
		[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL/__heartbeat__")" = 503 ]
	}
	loc_sql "KILL USER ro$LOC_REDIS_DB@localhost" || true
	until_true unhealthy
	bad degraded serve 'see what it says' serve
	kill "$LOC_SERVE_PID"
	wait "$LOC_SERVE_PID" || true
	bad broken serve 'start loc-serve' serve
	cp "$LOC_CONF" good
	printf '[statsd]\nhost = nosuch.invalid\n' >>"$LOC_CONF"
	bad degraded statsd 'see [statsd] host' statsd
	cp good "$LOC_CONF"
	printf '[statsd]\nhost = 127.0.0.1\nport = 9\n[sentry]\ndsn = %s\n' \
	    http://key@127.0.0.1:9/1 >>"$LOC_CONF"
	bad degraded statsd 'is the statsd server up?' statsd
	bad degraded sentry 'see [sentry] dsn' sentry
	# Buckets: of the settings and of a target, beside one that is wrong.
	cp good "$LOC_CONF"
	loc_export a kinto
	loc_export archive s3 's3://archive/{source}/{year}'
	bad broken objects 'see [s3]' s3
	[[ "$(loc-status s3)" == *'no access key'* ]]
	loc_sql "DELETE FROM export_config WHERE name IN ('a', 'archive')"
	settings assets bucket assets
	bad broken objects 'see [s3]' s3
	loc_s3_start assets
	loc_export archive s3 's3://archive/{source}/{year}' skip_keys=
	bad broken objects 'see [s3]' s3
	[[ "$(loc-status s3)" == *NoSuchBucket* ]]
	mkdir s3/archive
	fine objects s3
	sed -i 's#^secret_key = .*#secret_key = wrong#' "$LOC_CONF"
	bad broken objects 'see [s3]' s3
	sed -i 's#^secret_key = .*#secret_key = test+secret/#' "$LOC_CONF"
	echo 503 >s3/always
	bad degraded objects 'is its server up? See [s3]' s3
	rm s3/always
	fine objects s3
	kill -9 "$S3_PID"
	bad degraded objects 'is its server up? See [s3]' s3
}

@test "-e: a report does not come through" {
	service
	mkdir spool
	cp "$LOC_CONF" good
	sed -i '/^rw_url/d' "$LOC_CONF"
	bad broken end 'see location.ini(5)' -e schema
	cp good "$LOC_CONF"
	touch file
	sed -i "s#^dir = .*#dir = $PWD/file/spool#" "$LOC_CONF"
	bad broken end 'see spool' -e schema
	cp good "$LOC_CONF"
	background loc-feed
	background loc-work
	until_true loc-status workers
	fine end -e schema
	# Where questions are asked it is not known.
	mariadb --no-defaults -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    -e "CREATE DATABASE ${LOC_DB}0"
	sed "s#/$LOC_DB?#/${LOC_DB}0?#; s#//r[wo][0-9]*:x@#//root@#" good \
	    >elsewhere
	loc-db -c elsewhere init
	sed -i "s#^ro_url.*#$(grep ^ro_url elsewhere)#" "$LOC_CONF"
	bad broken end 'see ro' -e schema
	cp good "$LOC_CONF"
	# What it left stays.
	loc_sql "CREATE USER keep$LOC_REDIS_DB@localhost IDENTIFIED BY 'x';
	    GRANT SELECT, INSERT, UPDATE ON \`${LOC_DB/_/\\_}\`.*
	    TO keep$LOC_REDIS_DB@localhost"
	sed -i "s#//rw#//keep#" "$LOC_CONF"
	bad degraded end 'see rw' -e schema
	cp good "$LOC_CONF"
	kill -9 "$(tail -1 others)"
	run -2 loc-status -e schema
	[[ "${lines[-1]}" == 'broken   end '*', and not counted within 30 s -- see feed, redis, workers and rw' ]]
	echo 'broken end: see feed, redis, workers and rw' \
	    >>"$BATS_FILE_TMPDIR/seen"
}

# These need a disk or a server that fails between two calls.
excused='broken conf: look at its disk
broken spool.files: look at its disk
broken queue.age: see redis'

@test "no line of the sources is left" {
	[ "$BATS_TEST_NUMBER" = "${#BATS_TEST_NAMES[@]}" ] ||
	    skip 'only some tests were run'
	[ -e /usr/lib/galera/libgalera_smm.so ] && [ "$(id -u)" = 0 ] ||
	    skip 'some tests were skipped'
	while read -r line; do
		# shellcheck disable=SC2053 # a pattern
		while read -r seen; do
			[[ "$seen" != ${line//[()\[\]\?]/?} ]] || continue 2
		done < <(cat "$BATS_FILE_TMPDIR/seen"; echo "$excused")
		echo "never seen: $line"
		left=1
	done < <("$LOC_TOP/tests/cmd/status-lines.py" "$LOC_TOP/cmd/loc-status")
	[ -z "${left-}" ]
}
