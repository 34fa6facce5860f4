#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What all programs have in common: how they read location.ini, name servers
# in messages, and exit.

# Every test has its own $output.
# shellcheck disable=SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	LOC_CONF=$PWD/location.ini
	export LOC_CONF
	umask 077
}

teardown() {
	[ ! -e redis.pid ] || kill "$(cat redis.pid)"
}

# All that read location.ini, one a line.
readers='loc-db status
loc-export full
loc-feed -1
loc-forward -1
loc-geoip
loc-import
loc-key list
loc-locate
loc-monitor -j
loc-ratelimit get
loc-serve
loc-serve -C
loc-stats
loc-submit
loc-work -1'

# good: a configuration with nobody behind the addresses
good() {
	cat >"$LOC_CONF" <<-END
	[database]
	rw_url = mysql://rw@localhost/x?unix_socket=$PWD/nobody
	ro_url = mysql://ro@localhost/x?unix_socket=$PWD/nobody
	ddl_url = mysql://root@localhost/x?unix_socket=$PWD/nobody
	[cache]
	cache_url = unix://$PWD/nobody
	[spool]
	dir = $PWD/spool
	[sentry]
	dsn = http://key@127.0.0.1:9/1
	END
}

# each STATUS MESSAGE: every program ends so and says so, and nothing else
each() {
	local args

	while read -r args; do
		# shellcheck disable=SC2086 # words
		run "-$1" $args </dev/null
		[ "$output" = "${args%% *}: $2" ] || {
			printf '%s: %s\n' "$args" "$output"
			return 1
		}
	done <<<"$readers"
}

@test "a malformed address is 78, and told with its line, everywhere" {
	port='expected a port from 1 to 65535 behind the host'
	good
	for key in rw_url ro_url ddl_url; do
		cp "$LOC_CONF" good
		sed -i "s#^$key = .*#$key = mysql://u:ge/heim@h:x/d#" "$LOC_CONF"
		each 78 "$LOC_CONF:$(sed -n "/^$key/=" good): [database] $key: $port"
		mv good "$LOC_CONF"
	done
	sed -i 's#^rw_url = .*#rw_url = mariadb://rw:x@localhost/location#' \
	    "$LOC_CONF"
	each 78 "$LOC_CONF:2: [database] rw_url: expected mysql://USER:PASSWORD@HOST:PORT/NAME"
	good
	sed -i 's#^cache_url = .*#cache_url = redis://h:0#' "$LOC_CONF"
	each 78 "$LOC_CONF:6: [cache] cache_url: $port"
	good
	sed -i 's#^dsn = .*#dsn = http://h/1#' "$LOC_CONF"
	each 78 "$LOC_CONF:10: [sentry] dsn: expected a key before the host: https://KEY@HOST/PROJECT"
}

@test "faults of the file are 78 everywhere" {
	each 78 "$LOC_CONF: No such file or directory"
	mkdir dir
	LOC_CONF=$PWD/dir each 78 "$PWD/dir: Is a directory"
	good
	printf '[http]\nstrict = 1\nstrict = 1\n' >>"$LOC_CONF"
	each 78 "$LOC_CONF:13: [http] strict: is set in line 12 already"
	good
	echo '[htp]' >>"$LOC_CONF"
	each 78 "$LOC_CONF:11: [htp]: unknown section"
	good
	chmod o+r "$LOC_CONF"
	sed -i 's/rw@/rw:secret@/' "$LOC_CONF"
	each 78 "$LOC_CONF: holds passwords and can be read by others: chmod o-r"
}

# Programs that are asked with -t and -C, and what each of them needs.
checked='loc-backup
loc-db ddl_url
loc-export ro_url
loc-feed cache_url
loc-forward cache_url rw_url
loc-geoip db_path
loc-import rw_url
loc-index
loc-key rw_url
loc-locate ro_url
loc-mapgen
loc-monitor cache_url
loc-ratelimit cache_url
loc-serve ro_url
loc-site ro_url
loc-station rw_url ro_url
loc-stats rw_url
loc-status
loc-submit
loc-sync
loc-work cache_url rw_url'

# bats test_tags=plain
@test "-t: could it do its work? -C: with which settings?" {
	loc_setup
	cd "$BATS_TEST_TMPDIR"
	cp "$LOC_CONF" good
	chmod go= good
	while read -r program needs; do
		run -0 "$program" -t
		[ -z "$output" ] || [ "$program" = loc-geoip ]
		run -0 --separate-stderr "$program" -C -c good
		[ "${lines[0]}" = '; good' ]
		grep -q '^cache_url = unix://.*	; good:6$' <<<"$output"
		grep -q '^stream = loc:reports	; default$' <<<"$output"
		for key in $needs; do
			sed "/^$key = /d" good >lacking
			run -78 "$program" -tc lacking
			[[ "${lines[0]}" == "$program: lacking: ["*"] $key: is not set" ]]
		done
	done <<<"${checked/loc-geoip db_path/loc-status}"
	# What is no option or operand of theirs is none beside -t either.
	run -64 loc-key -t list
	[[ "$output" == 'loc-key: list: unexpected with -t'* ]]
	run -64 loc-feed -ty
	run -64 loc-feed -t more
	run -0 loc-feed -1t
	# All that is wrong is told, and the first decides.
	sed 's#//root@#//nobody-we-know:x@#
	    s#^cache_url.*#cache_url = redis://127.0.0.1:9#' good >bad
	run -77 loc-work -t -c bad
	[ "${#lines[@]}" = 2 ]
	[[ "$output" == *"[database] rw_url $LOC_SERVERS/run/mariadb.sock: Access denied"* ]]
	[[ "$output" == *'[cache] cache_url 127.0.0.1:9: Connection refused' ]]
	run -69 loc-feed -t -c bad
	sed '1s/.*/[geoip]\ndb_path = none.mmdb\n&/' good >bad
	run -66 loc-serve -t -c bad
	[[ "$output" == *'none.mmdb: No such file or directory' ]]
	loc_sql 'UPDATE loc_version SET number = number - 1 ORDER BY number'
	run -78 loc-work -t
	[[ "$output" == *'loc-db migrate'* ]]
	sed 's/^rw_url = .*/rw_url = mysql:\/\/u:hunter2@h\/n/' good >bad
	[ "$(loc-work -C -c bad | grep -c 'hunter2')" = 0 ]
	run -74 bash -c "loc-key -C >/dev/full"
	[ "$(id -u)" != 0 ] || return 0
	mkdir -m 700 spool
	chown 1 spool
	run -73 setpriv --reuid 2 --clear-groups --inh-caps=-all \
	    "$(command -v loc-feed)" -t -c /dev/stdin <good
	[[ "$output" == *'[spool] dir: '*': Permission denied'* ]]
	# Root looks as the user whom loc-serve would become, or the spool's owner.
	chmod go+rx .
	run -73 loc-serve -t -u nobody -c good
	run -0 loc-serve -t -u daemon -c good
	run -0 loc-serve -t -c good
}

# asks STATUS COMMAND...: with -t it says why not, or (0) says nothing
asks() {
	run "-$1" "${@:2}"
	[ "$1" = 0 ] || [ -n "$output" ]
	[ "$1" != 0 ] || [ -z "$output" ]
}

# bats test_tags=plain
@test "-t looks at what other options name, and not at what they replace" {
	loc_setup
	cd "$BATS_TEST_TMPDIR"
	sed -i '/^model = false/d' "$LOC_CONF"
	loc-simulate -n 50 -t "$(date +%s)" reports | loc-submit
	loc-feed -1 && loc-work -1
	loc-index build small
	loc-index -s build whole
	head -c 100 whole >"cut"
	sed '/^ro_url/d' "$LOC_CONF" >none
	sed 's#^ro_url.*#ro_url = mysql://u@127.0.0.1:9/n#' "$LOC_CONF" >away
	sed 's/^\[locate\]/[http]\nstrict = true\n&/' none >strict
	chmod go= none away strict

	# An index instead of the database, which keys are asked from if it is named.
	for program in loc-serve loc-locate loc-station; do
		asks 0 $program -t -i whole
		asks 0 $program -i small -t
		asks 66 $program -t -i nosuch
		asks 66 $program -t -i cut
		[[ "$output" == "$program: cut: "* ]]
		asks 78 $program -t -c none
		asks 0 $program -t -c none -i small
	done
	asks 69 loc-serve -t -c away -i small
	asks 0 loc-locate -t -c away -i small
	asks 78 loc-locate -t -s -i small
	asks 0 loc-locate -t -s -i whole
	asks 78 loc-locate -t -a 192.0.2.1
	asks 78 loc-serve -t -c strict -i small
	asks 0 loc-serve -t -c strict -i whole
	# -C warns of it and prints.
	run -0 --separate-stderr loc-serve -C -i nosuch
	[[ "$stderr" == *'nosuch: No such file or directory'* ]]
	[[ "$output" == *'ro_url = '* ]]

	# Addresses, users, keys, words.
	asks 64 loc-serve -t -l nonsense
	asks 64 loc-serve -t -u nobody-we-know
	asks 0 loc-serve -t -l 127.0.0.1:8080 -r 3
	asks 64 loc-monitor -t -p -l nonsense
	asks 64 loc-monitor -t nosuch
	asks 0 loc-monitor -t queues
	asks 64 loc-status -t nosuch
	asks 64 loc-submit -t -k 'not a key'

	# Files and places.
	asks 66 loc-geoip -t -d none.mmdb
	asks 73 loc-monitor -t -p -o no/where
	asks 0 loc-monitor -t -p -o here
	asks 66 loc-import -t nosuch.csv
	asks 73 loc-import -t -r no/where
	asks 0 loc-import -t -r refused whole
	asks 78 loc-mapgen -t -o tiles -c none
	asks 0 loc-mapgen -t -o tiles -c none whole
	asks 73 loc-mapgen -t -p no/where
	asks 66 loc-submit -t nosuch
	asks 69 loc-submit -t -u http://127.0.0.1:9/v2/geosubmit
	asks 66 loc-site -t -s nosuch
	asks 73 loc-site -t no/where/site
	asks 0 loc-index -t -c none stat small
	asks 66 loc-index -t diff small nosuch
	asks 73 loc-index -t build no/where
	asks 78 loc-index -t -c none build new
	asks 66 loc-stats -t calibrate nosuch
	asks 66 loc-sync -t nosuch file:///
	asks 78 loc-sync -t . s3://nowhere
	asks 0 loc-sync -t . "file://$PWD"
	asks 78 loc-export -t -o s3://nowhere
	asks 0 loc-export -t -o "file://$PWD"
	asks 66 loc-backup -t -i identity
	asks 78 loc-backup -t s3://nowhere
	# These two have a -t with a time behind it, which is as it was.
	run -64 loc-export -t full
	[[ "$output" == *'-t full: expected YYYY'* ]]
	# Where no settings are needed, none are.
	LOC_CONF=nosuch asks 69 loc-submit -t -u http://127.0.0.1:9/
}

# lacks KEY COMMAND...: without KEY that is 78
lacks() {
	good
	sed -i "/^$1 = /d" "$LOC_CONF"
	run -78 "${@:2}" </dev/null
	[[ "$output" == "$2: $LOC_CONF: ["*"] $1: is not set" ]]
}

@test "an address that is not set is 78" {
	lacks rw_url loc-import
	lacks rw_url loc-key list
	lacks rw_url loc-stats
	lacks rw_url loc-work -1
	lacks ro_url loc-export full
	lacks ro_url loc-locate
	lacks ro_url loc-serve
	lacks ddl_url loc-db init
	lacks cache_url loc-feed -1
	lacks cache_url loc-forward -1
	lacks cache_url loc-monitor -j
	lacks cache_url loc-ratelimit get
	lacks cache_url loc-work -l
	lacks host loc-monitor
	lacks db_path loc-geoip
	lacks db_path loc-locate -a 127.0.0.1
}

@test "a server that is away is 69, and named" {
	good
	while read -r key args; do
		# shellcheck disable=SC2086 # words
		run -69 $args </dev/null
		[[ "$output" == "${args%% *}: "*"] $key $PWD/nobody: "* ]]
	done <<-END
	ddl_url loc-db status
	ddl_url loc-db init
	ro_url loc-export full
	rw_url loc-import
	rw_url loc-key list
	rw_url loc-stats
	cache_url loc-ratelimit get
	END
	sed -i 's#^rw_url = .*#rw_url = mysql://rw@127.0.0.1:1/x#' "$LOC_CONF"
	run -69 loc-key list
	[[ "$output" == 'loc-key: [database] rw_url 127.0.0.1:1: '* ]]
	sed -i 's#^rw_url = .*#rw_url = mysql://rw@[::1]:1/x#' "$LOC_CONF"
	run -69 loc-key list
	[[ "$output" == 'loc-key: [database] rw_url [::1]:1: '* ]]
	sed -i 's#^cache_url = .*#cache_url = redis://127.0.0.1:1#' "$LOC_CONF"
	run -69 loc-ratelimit get
	[ "$output" = 'loc-ratelimit: [cache] cache_url 127.0.0.1:1: Connection refused' ]
}

@test "a database that refuses the account is 77" {
	loc_setup
	sed -i 's#//root@#//nobody-we-know:x@#' "$LOC_CONF"
	for args in 'loc-db status' 'loc-db init' 'loc-key list' loc-stats \
	    'loc-export full' loc-import; do
		# shellcheck disable=SC2086 # words
		run -77 $args </dev/null
		[[ "$output" == *"_url $LOC_SERVERS/run/mariadb.sock: Access denied "* ]]
	done
	# It may log in, but not do that.
	loc_sql "CREATE USER reader_$LOC_DB@localhost"
	loc_sql "GRANT SELECT ON $LOC_DB.* TO reader_$LOC_DB@localhost"
	sed -i "s#//nobody-we-know:x@#//reader_$LOC_DB@#" "$LOC_CONF"
	for args in 'loc-key create' 'loc-station block wifi a82067000001' \
	    'loc-import /dev/null' loc-stats 'loc-work -1'; do
		# shellcheck disable=SC2086 # words
		run -77 $args </dev/null
		[[ "$output" == *"_url $LOC_SERVERS/run/mariadb.sock: "*denied* ]]
	done
	loc_sql "DROP USER reader_$LOC_DB@localhost"
}

@test "Redis: passwords, users, and who is refused" {
	good
	redis-server --port 0 --unixsocket "$PWD/redis.sock" --dir "$PWD" \
	    --save '' --requirepass 'p@ss/w:rd%' 3>&- >redis.log &
	echo $! >redis.pid
	until redis-cli -s redis.sock ping 2>&1 | grep -q NOAUTH; do
		sleep 0.05
	done
	redis-cli -s redis.sock --no-auth-warning -a 'p@ss/w:rd%' \
	    ACL SETUSER locuser on '>secret' '~*' '&*' +@all
	for user in ':p@ss/w:rd%' ':p%40ss%2Fw%3Ard%25' 'locuser:secret' \
	    'default:p@ss/w:rd%'; do
		sed -i "s#^cache_url.*#cache_url = unix://$user@$PWD/redis.sock#" \
		    "$LOC_CONF"
		run -0 loc-ratelimit get
	done
	for user in ':wrong' 'locuser:wrong' 'nobody:secret'; do
		sed -i "s#^cache_url.*#cache_url = unix://$user@$PWD/redis.sock#" \
		    "$LOC_CONF"
		run -77 loc-ratelimit get
		[[ "$output" == "loc-ratelimit: [cache] cache_url $PWD/redis.sock: WRONGPASS "* ]]
	done
	sed -i "s#^cache_url.*#cache_url = unix://$PWD/redis.sock#" "$LOC_CONF"
	run -77 loc-ratelimit get
	[[ "$output" == "loc-ratelimit: [cache] cache_url $PWD/redis.sock: NOAUTH "* ]]
}

# The next file or connection would take the place of what is closed.
@test "what a program prints is in no file and no connection of its own" {
	loc_setup
	while read -r args; do
		run -74 bash -c "exec $args >&-"
		[ "$output" = "${args%% *}: stdout: Bad file descriptor" ]
	done <<-END
	loc-key create
	loc-key list
	loc-db status
	loc-export full
	loc-monitor -j
	loc-ratelimit get
	loc-station forget wifi a82067000001
	loc-stats -l
	END
	[ "$(loc_sql 'SELECT COUNT(*) FROM api_key')" = 0 ]
	run -1 loc-station show wifi a82067000001
	for args in loc-import loc-locate loc-region loc-submit; do
		run -66 bash -c "exec $args <&-"
		[ "$output" = "$args: stdin: Bad file descriptor" ]
	done
	# A warning for each line, and none in the spool.
	printf 'no report\n%.0s' {1..9} |
	    bash -c 'exec loc-submit - 2>&-' || [ $? = 65 ]
	run ! grep -ar loc-submit spool
}

# statuses FILE...: those that sources end with, but for 0, 1 and 71
statuses() {
	{
		cat "$@" | grep -ow 'EX_[A-Z]*' | sort -u |
		    awk 'NR == FNR { number[$2] = $3; next }
			$1 != "EX_OK" && $1 != "EX_OSERR" { print number[$1] }
		    ' "$BATS_TEST_TMPDIR/sysexits" -
		! grep -q 'io_cli_next\|io_cli_read\|check_cli' "$@" || echo 64
		! grep -q 'io_cli_flush\|check_cli' "$@" || echo 74
		! grep 'store_db_open\|store_db_status\|queue_redis_status' \
		    "$@" | grep -qv '== EX_' || printf '69\n77\n'
		! grep -q object_store_status "$@" || printf '69\n75\n'
		! grep -q conf_file_open "$@" || echo 78
	} | sort -un | xargs
}

# bats test_tags=plain
@test "messages of programs with the same log are lines each" {
	seq 500 | sed 's/.*/LTE,x,1,1,1,1,1,1/' >bad
	for _ in 1 2 3 4 5 6 7 8; do
		LOC_CONF=none loc-import -nv bad >counts 2>>log 3>&- &
	done
	wait
	[ "$(grep -c 'not cell CSV' log)" = 8 ]
	# Each line is there eight times, as all have said the same.
	[ -z "$(sort log | uniq -c | awk '$1 != 8')" ]
}

@test "manual pages tell what programs exit with" {
	cd "$LOC_TOP"
	echo '#include <sysexits.h>' | cc -E -dM - | grep ' EX_' \
	    >"$BATS_TEST_TMPDIR/sysexits"
	sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It //p' man/loc.7 \
	    >"$BATS_TEST_TMPDIR/meanings"
	for page in man/loc-*.1; do
		name=$(basename "$page" .1)
		if [ -e "cmd/$name.c" ]; then
			code=$(statuses "cmd/$name.c")
		else
			# Its dumps end with statuses that are the library's.
			lib=()
			[ "$name" != loc-backup ] || lib=(lib/dump/*.c)
			code=$(statuses "cmd/$name/"*.c "${lib[@]}")
		fi
		# Settings with a fault are what it is there to tell.
		[ "$name" != loc-status ] || code=${code% 78}
		told=$(sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It //p' "$page" |
		    grep -vx '[012]\|71' | xargs)
		printf '%s: %s\n' "$name" "$code"
		[ "$told" = "$code" ]
		# Each means something, and the same everywhere.
		run ! grep -vxFf "$BATS_TEST_TMPDIR/meanings" \
		    <<<"${told// /$'\n'}"
	done
}

@test "what asks no server loads no library for that" {
	for program in geoip region simulate submit; do
		run ldd "$(command -v "loc-$program")"
		[[ "$output" == *libc.so* ]]
		[[ "$output" != *@(libcrypto|libcurl|libhiredis|libmariadb)* ]]
	done
}

@test "help and version, by letter and by name" {
	cd "$LOC_TOP"
	for page in man/loc-*.1; do
		name=$(basename "$page" .1)
		run -0 "$name" -h
		[[ "$output" == "usage: $name "* ]]
		[ "$("$name" --help)" = "$output" ]
		run -0 "$name" --version
		[[ "$output" =~ ^$name\ [0-9.]+(\ \([0-9a-f]{12}\+?\))?$ ]]
		[ "$("$name" -V)" = "$output" ]
		run -64 "$name" --nonsense
		[ "${lines[0]}" = "$name: unrecognized option '--nonsense'" ]
		run -74 bash -c "$name -V >/dev/full"
		[ "$output" = "$name: stdout: No space left on device" ]
	done
}

# bats test_tags=plain
@test "whoever stops reading ends a program without a word" {
	loc_setup
	echo '{"cellTowers":[]}' >query
	for args in 'loc-db status' 'loc-db -j status' 'loc-db -n init' \
	    'loc-export full' 'loc-export dump cell' \
	    'loc-geoip -h' 'loc-key list' 'loc-locate query' \
	    'loc-monitor -j limits' 'loc-ratelimit -j show' 'loc-region -l' \
	    'loc-serve -C' 'loc-simulate reports' 'loc-stats -nj' \
	    'loc-work -l'; do
		# A pipe whose reader has gone before anything is written.
		run bash -c "set -o pipefail; { sleep 0.2; exec $args; } |
		    :; exit \${PIPESTATUS[0]}"
		printf '%s: %s %s\n' "$args" "$status" "$output"
		[ -z "$output" ]
		[[ "$status" = 141 || "$status" = 0 || "$status" = 1 ]]
	done
	# Also while libraries have SIGPIPE ignored: an endless answer
	run bash -c "yes '{\"cellTowers\":[]}' | loc-locate | head -1"
	[ "${#lines[@]}" = 1 ]
}

@test "a word that a program does not know is told with those it knows" {
	run -64 loc-simulate foo
	[ "$output" = 'loc-simulate: foo: expected reports, queries or cells' ]
	run -64 loc-key foo
	[ "$output" = 'loc-key: foo: expected copy, create, delete, disable, expire, list, note, set or show' ]
	run -64 loc-ratelimit foo
	[ "$output" = 'loc-ratelimit: foo: expected check, get, past, reset, run, set or show' ]
	run -64 loc-db foo
	[ "$output" = 'loc-db: foo: expected init, migrate, status or users' ]
	run -64 loc-stats foo
	[ "$output" = 'loc-stats: foo: expected region, stat, datamap, ledger, trust, contests or keys' ]
	run -64 loc-monitor foo
	[ "$output" = 'loc-monitor: foo: expected limits, users, queues, replica, spool, marks, trust or jobs' ]
}

# bats test_tags=plain
@test "every page names the settings and how to choose them" {
	cd "$LOC_TOP"
	for page in man/loc-*.1; do
		grep -q 'Fl c Ar config' "$page" || continue
		grep -qx '\.It Ev LOC_CONF' "$page"
		grep -qx '\.It Pa /etc/location.ini' "$page"
	done
}

# bats test_tags=plain
@test "what make install puts somewhere make uninstall removes" {
	cd "$LOC_TOP"
	make -s install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/opt/loc \
	    SYSCONFDIR=/opt/etc >/dev/null
	cd "$BATS_TEST_TMPDIR/root"
	[ -x opt/loc/bin/loc-serve ]
	[ "$(cd opt/loc/share/doc/loc && echo *)" = \
	    'ARCHITECTURE.md LICENSE README.md location.ini.sample' ]
	grep -q '/opt/etc/location.ini' opt/loc/share/man/man1/loc-key.1
	run ! grep -rq '[^t]/etc/location.ini' opt/loc/share/man
	cd "$LOC_TOP"
	make -s uninstall DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/opt/loc
	[ -z "$(find "$BATS_TEST_TMPDIR/root" -type f)" ]
}

# bats test_tags=plain
@test "loc-ichnaea(7) has a row for each rule that strict changes" {
	cd "$LOC_TOP"
	rules=$(($(grep -c '^	\.' lib/ichnaea/rules.c) / 2))	# two sets
	rows=$(sed -n '/^\.Ss What strict changes/,/^\.El/p' \
	    man/loc-ichnaea.7 | grep -c '^\.It [^E]')
	[ "$rules" -eq "$rows" ]
}
