# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2034,SC2119,SC2120,SC2154	# what the tests share
#
# Databases that follow each other, by GTID: "load replicas" after lib.
#
#	database DIR ID PORT OPTION...	a server in DIR, at 127.0.0.1:PORT
#	follow DIR PORT		what is in DIR follows the one at PORT
#	sql_on DIR SQL		rows, as loc_sql
#	value DIR VARIABLE
#	caught_up DIR PRIMARY	has the replica done all?
#
# And the layout of loc-deploy(7), with $d for its directories:
#
#	three			a primary in $LOC_SERVERS, replicas in r1 and r2
#	proxy [INTERVAL]	haproxy before them, which checks so often (300ms)
#	run_proxy		haproxy again, in place of the one that runs
#	is STATE SERVER		does haproxy say so of a server for reading?
#	load_on [WORKERS [CLIENTS]]	reports, see begin, and questions
#	asked			waits for answers to questions from now on
#	answered		and all until now were answered
#	restart DIR		a database again
#	kill_database DIR
#	content DIR		sums of some tables
#	layout_teardown

sql_on() {
	mariadb --no-defaults -NB -u root -S "$1/run/mariadb.sock" -e "$2"
}

database() {
	local set settings=()

	for set in server-id="$2" port="$3" log-bin log-slave-updates \
	    gtid-strict-mode=ON slave-net-timeout=4 "${@:4}"; do
		settings+=(-o "$set")
	done
	"$LOC_TOP/scripts/servers" start -f -d "$1" \
	    -t "$BATS_RUN_TMPDIR/template" "${settings[@]}"
}

follow() {
	sql_on "$1" "CHANGE MASTER TO MASTER_HOST = '127.0.0.1',
	    MASTER_PORT = $2, MASTER_USER = 'copy',
	    MASTER_PASSWORD = 'copy', MASTER_CONNECT_RETRY = 1,
	    MASTER_USE_GTID = slave_pos; START SLAVE"
}

value() {
	sql_on "$1" "SELECT @@$2"
}

caught_up() {
	[ "$(value "$1" gtid_slave_pos)" = "$(value "$2" gtid_binlog_pos)" ]
}

layout_teardown() {
	local pid

	if [ -e "$d/asker" ] && is_ours "$(cat "$d/asker")"; then
		kill "$(cat "$d/asker")" || true
	fi
	while read -r pid; do
		! is_ours "$pid" || kill "$pid" || true
	done <"$d/pids"
	fault_teardown
	for i in 1 2; do
		timeout 60 "$LOC_TOP/scripts/servers" stop -d "$d/r$i"
		rm -rf "$d/r$i/mariadb" "$d/r$i/redis"
	done
}

# A primary in $LOC_SERVERS and replicas in r1 and r2, with a network known.
three() {
	primary=$(free_port) port1=$(free_port) port2=$(free_port)
	database "$LOC_SERVERS" 1 "$primary" &
	database "$d/r1" 2 "$port1" read-only=ON &
	database "$d/r2" 3 "$port2" read-only=ON &
	wait
	sql_on "$LOC_SERVERS" "CREATE USER copy@localhost IDENTIFIED BY 'copy';
	    GRANT REPLICATION SLAVE ON *.* TO copy@localhost"
	follow "$d/r1" "$primary"
	follow "$d/r2" "$primary"
	fault_begin
	loc-db users monitor lbcheck
	loc_sql "INSERT INTO wifi_shard_0 (mac, lat, lon, max_lat, min_lat,
	    max_lon, min_lon, radius, region, samples, weight, source,
	    created, modified, last_seen, block_count)
	    SELECT mac, 51.5, -0.1, 51.5, 51.5, -0.1, -0.1, 0, 'GB', 20, 20, 3,
	    NOW(), NOW(), CURDATE(), 0 FROM (SELECT x'ac0000f00001' AS mac
	    UNION SELECT x'ac0000f00002') macs"
	until_true both_caught_up
}

both_caught_up() {
	caught_up "$d/r1" "$LOC_SERVERS" && caught_up "$d/r2" "$LOC_SERVERS"
}

# Reports and questions without an end.
load_on() {
	begin "$@"
	touch run/asked
	"$BATS_TEST_DIRNAME/asker.py" "$(cat run/port)" run/asked \
	    ac0000f00001 ac0000f00002 3>&- &
	echo $! >asker
	asked
}

# Wait for answers to questions that are asked from now on.
asked() {
	local n

	n=$(wc -l <run/asked)
	until_true answers $((n + 60))
}

answers() {
	[ "$(wc -l <run/asked)" -ge "$1" ]
}

# All questions until now have had the answer.
answered() {
	asked
	run ! grep -vnx 200 run/asked
	echo "$output"
}

# haproxy as it is handed out, but for addresses and its patience.
proxy() {
	local i

	ro=$(free_port) rw=$(free_port) stats=$(free_port)
	for i in 1 2; do
		agent[i]=$(free_port)
		sed "s|^ro_url = .*|ro_url = mysql://ro:ro@127.0.0.1:$(
		    eval "echo \$port$i")/$LOC_DB|" "$LOC_CONF" >"r$i.ini"
		chmod 600 "r$i.ini"
		socat "TCP-LISTEN:${agent[i]},fork,reuseaddr,bind=127.0.0.1" \
		    "EXEC:$LOC_TOP/scripts/replica-agent -l 3 -c $PWD/r$i.ini" \
		    3>&- 2>/dev/null &
		echo $! >>"$d/pids"
	done
	sed "s|:33306|:$ro|; s|:33307|:$rw|; s|:8888|:$stats|
	    s|primary.example.org:3306|127.0.0.1:$primary|
	    s|replica1.example.org:3306\(.*\) 3309|127.0.0.1:$port1\1 ${agent[1]}|
	    s|replica2.example.org:3306\(.*\) 3309|127.0.0.1:$port2\1 ${agent[2]}|
	    s|inter 2s|inter ${1:-300ms}|g; s|hard-stop-after 30s|hard-stop-after 1s|" \
	    "$LOC_TOP/scripts/haproxy.cfg" >haproxy.cfg
	run_proxy
	sed -i "s|^rw_url = .*|rw_url = mysql://rw:rw@127.0.0.1:$rw/$LOC_DB|
	    s|^ro_url = .*|ro_url = mysql://ro:ro@127.0.0.1:$ro/$LOC_DB|" \
	    "$LOC_CONF"
}

# As a reload does it: the new one takes the place of the one that runs.
run_proxy() {
	haproxy -f haproxy.cfg ${old:+-sf "$old"} 3>&- 2>>haproxy.log &
	old=$!
	echo $! >>"$d/pids"
	until_true is UP replica1
	until_true is UP replica2
}

# Is server $2 for reading in the state $1, as haproxy sees it?
is() {
	curl -s "http://127.0.0.1:$stats/;csv" |
	    awk -F , -v server="$2" -v state="$1" '
	    $1 == "mysql-ro" && $2 == server && index($18, state) == 1 {
		found = 1
	    }
	    END { exit !found }'
}

# restart DIR: the database in there.
restart() {
	"$LOC_TOP/scripts/servers" start -d "$1"
}

kill_database() {
	kill -9 "$(cat "$1/run/mariadb.pid")"
	loc_await_end "$(cat "$1/run/mariadb.pid")"
}

content() {
	sql_on "$1" "CHECKSUM TABLE $LOC_DB.stat, $LOC_DB.cell_gsm,
	    $LOC_DB.cell_area, $LOC_DB.wifi_shard_0, $LOC_DB.loc_ledger"
}
