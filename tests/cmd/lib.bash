# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# What the command tests share: "load lib" in setup.
#
#	loc_setup	$LOC_CONF: a location.ini of the test's own, with
#			Ichnaea's positions (the model has tests of its own), a
#			new database, a Redis database and a spool directory
#	loc_setup_alone	the same without servers; stdin has more settings.
#			Also goes to the test's directory, where tools are found
#	loc_geoip [NETWORK ...]	a small GeoIP file for it: see
#			tools/make_mmdb.py
#	loc_sql QUERY	rows, fields separated by tabs
#	loc_numbers FIRST LAST	a table for FROM, whose column seq has them all
#	loc_redis ...	redis-cli on the test's database
#	loc_export NAME SCHEMA [URL [COLUMN=VALUE ...]]	a row of export_config
#	loc_serve_start [ARGS]	loc-serve on a free port; sets $URL and
#			$LOC_SERVE_PID
#	ask [CURL-OPTION...] PATH	asks it: prints the status, and puts
#			what it says into the file body
#	provider_key NAME URL [COLUMN=VALUE ...]	the API key "key-NAME"
#			with a provider of that name
#	loc_statsd_start	a statsd server that understands tags, and the
#			settings for it
#	loc_metrics	what has come there since the last time
#	loc_sentry_start	a Sentry server, see sentry_server.py, and the
#			settings for it; sets $SENTRY, its directory
#	loc_s3_start BUCKET	an S3 server with that bucket in ./s3, see
#			s3-server.py, and the settings for it; sets $S3_PID
#	loc_swift_start BUCKET	OpenStack Swift with that bucket in ./swift,
#			see swift-server.py, and the settings for it.  Skips
#			the test where the packages are missing
#	loc_s3cmd ...	s3cmd on that server
#	until_true COMMAND ...	wait for it to be true, a minute at most
#	is_ours PID	is it a process of this file's tests?
#	loc_stop	for teardown: ends what the above started
#	require_shared FILE	skip the test unless $LOC_SHARED/FILE is there
#
# All tests of a bats run share one MariaDB and one Redis, started by the
# first that needs them and stopped by setup_suite.bash.  A test that kills
# servers, or needs other ones (scripts/servers -m and -o), calls
# loc_own_servers [OPTION ...] before loc_setup, and has
#
#	loc_server_pid mariadb|redis
#	loc_server_restart mariadb|redis	kill -9 (if it lives), start
#
# $LOC_SERVERS_WITH has options of scripts/servers, to try a file of tests on
# others: LOC_SERVERS_WITH="-m DIR" bats FILE.  So scripts/check tries those
# with the tag "mysql", and with -f all but those with the tag "mariadb".
#
# A program started in the background must not keep bats waiting: close its
# descriptor 3 ("3>&-").

LOC_TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
export PYTHONDONTWRITEBYTECODE=1
export LOC_SHARED=${LOC_SHARED:-$LOC_TOP/../shared}
LOC_SERVERS=$BATS_RUN_TMPDIR/servers

loc_own_servers() {
	local template=$BATS_RUN_TMPDIR/template

	# shellcheck disable=SC2086	# words
	[ "${1-}" = -m ] || set -- ${LOC_SERVERS_WITH-} "$@"
	[ "${1-}" != -m ] || template=$template.mysql
	LOC_SERVERS=$BATS_TEST_TMPDIR/servers
	"$LOC_TOP/scripts/servers" start -f -d "$LOC_SERVERS" -t "$template" "$@"
}

loc_numbers() {
	local i n=0 sum=0 tables=

	for ((i = 0; i < ${#2}; i++)); do
		sum="($sum) * 10 + t$i.d"
		tables="$tables${tables:+, }(SELECT 0 d"
		for n in 1 2 3 4 5 6 7 8 9; do
			tables="$tables UNION ALL SELECT $n"
		done
		tables="$tables) t$i"
	done
	echo "(SELECT $sum AS seq FROM $tables
	    HAVING seq BETWEEN $1 AND $2) numbers"
}

loc_setup() {
	local n=${BATS_SUITE_TEST_NUMBER:-1} run

	if [ "$LOC_SERVERS" = "$BATS_RUN_TMPDIR/servers" ] &&
	    [ ! -e "$LOC_SERVERS/up" ]; then
		# shellcheck disable=SC2086	# words
		"$LOC_TOP/scripts/servers" start -f -d "$LOC_SERVERS" \
		    -t "$BATS_RUN_TMPDIR/template${LOC_SERVERS_WITH:+.mysql}" \
		    ${LOC_SERVERS_WITH-}
		: >"$LOC_SERVERS/up"
	fi
	until (set -C && : >"$LOC_SERVERS/db.$n") 2>/dev/null; do
		n=$((n % 999 + 1))
	done
	LOC_DB=location_$n
	LOC_REDIS_DB=$n
	run=$(readlink -f "$LOC_SERVERS/run")
	export LOC_CONF=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/location.ini
	(
		umask 077
		url="mysql://root@localhost/$LOC_DB"
		url="$url?unix_socket=$run/mariadb.sock"
		cat >"$LOC_CONF" <<-END
		[database]
		rw_url = $url
		ro_url = $url
		ddl_url = $url
		[cache]
		cache_url = unix://$run/redis.sock?db=$n
		[spool]
		dir = ${LOC_CONF%/*}/spool
		[locate]
		model = false
		END
	)
	loc-db init
}

loc_setup_alone() {
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$(dirname "$(command -v loc-serve)")/tools:$PATH
	export LOC_CONF=$PWD/location.ini
	(
		umask 077
		cat - /dev/fd/4 >"$LOC_CONF" <<-END
		[database]
		ro_url = mysql://nobody@localhost/none?unix_socket=$PWD/none
		[spool]
		dir = $PWD/spool
		[locate]
		model = false
		END
	) 4<&0
}

loc_geoip() {
	local file=${LOC_CONF%/*}/geoip.mmdb

	"$LOC_TOP/tests/tools/make_mmdb.py" "$file" "$@"
	printf '[geoip]\ndb_path = %s\n' "$file" >>"$LOC_CONF"
}

loc_sql() {
	mariadb --no-defaults -NB -u root \
	    -S "$LOC_SERVERS/run/mariadb.sock" "$LOC_DB" -e "$1"
}

loc_redis() {
	redis-cli -s "$LOC_SERVERS/run/redis.sock" -n "$LOC_REDIS_DB" "$@"
}

loc_export() {
	local column row="name = '$1', \`schema\` = '$2', url = '${3-}'"

	for column in "${@:4}"; do
		row="$row, ${column%%=*} = '${column#*=}'"
	done
	loc_sql "REPLACE INTO export_config SET $row"
}

# Another test may take the port between our choice and the bind: try again.
loc_serve_start() {
	local dir=${LOC_CONF%/*} port _

	for _ in 1 2 3 4 5 6 7 8 9; do
		port=$((10000 + RANDOM % 20000))
		rm -f "$dir/ready"
		mkfifo "$dir/ready"
		ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=1 \
		    loc-serve -l "127.0.0.1:$port" -r 5 "$@" 3>&- \
		    5>"$dir/ready" >>"$dir/serve.log" 2>&1 &
		export LOC_SERVE_PID=$! URL=http://127.0.0.1:$port
		if read -r _ <"$dir/ready"; then
			echo $! >>"$dir/pids"
			return
		fi
		grep -q 'in use' "$dir/serve.log" || break
	done
	cat "$dir/serve.log" >&2
	return 1
}

ask() {
	curl -s -m 30 -o body -w '%{http_code}' "${@:1:$#-1}" "$URL${!#}"
}

provider_key() {
	loc-key create "key-$1" allow_fallback=1 "fallback_name=$1" \
	    fallback_ratelimit=1000 fallback_ratelimit_interval=60 \
	    "fallback_url=$2" "${@:3}" >/dev/null
}

loc_statsd_start() {
	local dir=${LOC_CONF%/*}

	python3 "$LOC_TOP/tests/cmd/statsd-server.py" "$dir/statsd" 3>&- &
	echo $! >>"$dir/pids"
	until [ -e "$dir/statsd.port" ]; do sleep 0.02; done
	printf '[statsd]\nhost = 127.0.0.1\nport = %s\ntag_support = true\n' \
	    "$(cat "$dir/statsd.port")" >>"$LOC_CONF"
}

# Datagrams of this host come in the order in which they are sent.
loc_metrics() {
	local file=${LOC_CONF%/*}/statsd

	printf end >"/dev/udp/127.0.0.1/$(cat "$file.port")"
	until grep -qx end "$file"; do sleep 0.02; done
	grep -vx end "$file" || true
	: >"$file"
}

loc_sentry_start() {
	export SENTRY=${LOC_CONF%/*}/sentry
	mkdir "$SENTRY"
	"$LOC_TOP/tests/cmd/sentry_server.py" "$SENTRY" 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
	until [ -e "$SENTRY/port" ]; do sleep 0.02; done
	printf '[sentry]\ndsn = http://public@127.0.0.1:%d/7\n' \
	    "$(cat "$SENTRY/port")" >>"$LOC_CONF"
}

loc_s3_start() {
	mkdir -p "s3/$1"
	python3 "$LOC_TOP/tests/cmd/s3-server.py" s3 3>&- &
	export S3_PID=$!
	echo $! >>"${LOC_CONF%/*}/pids"
	until_true test -s s3/port
	cat >>"$LOC_CONF" <<-END
	[s3]
	endpoint = http://127.0.0.1:$(cat s3/port)
	region = mars-1
	access_key = test id
	secret_key = test+secret/
	path_style = true
	END
}

loc_swift_start() {
	/usr/bin/python3 -c 'import swift' 2>/dev/null ||
	    skip 'no Swift here: see scripts/packages test'
	mkdir swift
	"$LOC_TOP/tests/cmd/swift-server.py" swift "$1" 3>&- \
	    >swift/log 2>&1 &
	echo $! >>"${LOC_CONF%/*}/pids"
	until_true test -s swift/port
	cat >>"$LOC_CONF" <<-END
	[s3]
	endpoint = http://127.0.0.1:$(cat swift/port)
	region = us-east-1
	access_key = test:tester
	secret_key = testing
	path_style = true
	END
}

loc_s3cmd() {
	local host

	command -v s3cmd >/dev/null ||
	    skip 'no s3cmd here: see scripts/packages test'
	host=127.0.0.1:$(cat swift/port)
	cat >s3cfg <<-END
	[default]
	access_key = test:tester
	secret_key = testing
	host_base = $host
	host_bucket = $host
	use_https = False
	bucket_location = us-east-1
	signature_v2 = False
	END
	LC_ALL=C.UTF-8 s3cmd -c s3cfg --no-progress "$@"
}

# With -e jq 1.6 is content with no input at all, which no test means.
jq() {
	local out

	[[ ${1-} == -e* ]] || {
		command jq "$@"
		return
	}
	out=$(command jq "$@") && [ -n "$out" ] && printf '%s\n' "$out"
}

until_true() {
	local end=$((SECONDS + 60))

	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "still not: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# A process that has ended leaves its number to others: is $1 one of this file's?
is_ours() {
	grep -Eqs "^PPid:[[:space:]]+($$|$BASHPID)$" "/proc/$1/status" ||
	    grep -qszFx "BATS_FILE_TMPDIR=$BATS_FILE_TMPDIR" "/proc/$1/environ"
}

loc_stop() {
	local pid

	# What a server said is wanted when a test has failed.
	if [ -z "$BATS_TEST_COMPLETED" ] && [ -e "${LOC_CONF%/*}/serve.log" ]; then
		tail -n 20 "${LOC_CONF%/*}/serve.log"
	fi
	while read -r pid; do
		is_ours "$pid" && kill "$pid" || continue
		wait "$pid" || loc_await_end "$pid"
	done 2>/dev/null <"${LOC_CONF%/*}/pids" || true
	if [ "$LOC_SERVERS" != "$BATS_RUN_TMPDIR/servers" ]; then
		timeout 60 "$LOC_TOP/scripts/servers" stop -d "$LOC_SERVERS"
		rm -rf "$LOC_SERVERS/mariadb" "$LOC_SERVERS/redis"
	fi
}

loc_server_pid() {
	cat "$LOC_SERVERS/run/$1.pid"
}

loc_server_restart() {
	local pid

	pid=$(loc_server_pid "$1")
	kill -9 "$pid" 2>/dev/null || true
	loc_await_end "$pid"
	timeout 60 "$LOC_TOP/scripts/servers" start -d "$LOC_SERVERS"
}

# A zombie has ended, if its threads have: nobody may be there to bury it soon.
loc_await_end() {
	while grep -qs '^State:.[^ZX]' "/proc/$1"/task/*/status; do
		sleep 0.02
	done
}

require_shared() {
	[ -e "$LOC_SHARED/$1" ] || skip "no $LOC_SHARED/$1"
}
