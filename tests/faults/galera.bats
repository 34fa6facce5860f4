#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb,full
# shellcheck disable=SC2030,SC2031
#
# A cluster of three, where each may be written to.  Locks are of one node; what
# two have changed shows at the commit of one of them, which is done over.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load replicas
	load ../cmd/tls.bash
	d=$BATS_TEST_TMPDIR
	library=/usr/lib/galera/libgalera_smm.so
	export LOC_SERVERS=$d/n1
	[ -e "$library" ] || skip 'no Galera: see scripts/packages test'
}

teardown() {
	local i

	fault_teardown
	for i in 2 3; do
		timeout 60 "$LOC_TOP/scripts/servers" stop -d "$d/n$i"
		rm -rf "$d/n$i/mariadb" "$d/n$i/redis"
	done
}

# What node $1 tells its provider, when all ports are known.
provider() {
	echo "wsrep-provider-options=\"gmcast.listen_addr=tcp://127.0.0.1:${group[$1]};\
ist.recv_addr=127.0.0.1:${transfer[$1]};gcache.size=64M;\
evs.suspect_timeout=PT3S;evs.inactive_timeout=PT6S\""
}

# What node $1, which was killed, knows of how far it had got.
position() {
	timeout 60 mariadbd --defaults-file="$d/n$1/mariadb.cnf" \
	    --datadir="$d/n$1/mariadb" --user="$(id -un)" \
	    --socket="$d/n$1/recover" --tmpdir="$d" --skip-networking \
	    --pid-file="$d/n$1/recover.pid" --wsrep-recover 2>&1 |
	    sed -n 's/.*Recovered position: //p'
}

# Start node $1.  One that was killed tells first how far it had got, so that
# the others hand over what it lacks: for all of it there is no program here.
# One that finds no others in time gives up, and is started again; it may have
# got further by then, or have forgotten whose member it was.
node() {
	local at

	cp "$d/n$1/mariadb/grastate.dat" "$d/n$1" 2>/dev/null || true
	for _ in 1 2 3; do
		! grep -qs 'uuid: *00000000' "$d/n$1/mariadb/grastate.dat" ||
		    cp "$d/n$1/grastate.dat" "$d/n$1/mariadb"
		sed -i '/^wsrep-start-position/d' "$d/n$1/mariadb.cnf"
		if grep -qs '^seqno: *-1' "$d/n$1/mariadb/grastate.dat"; then
			at=$(position "$1")
			echo "wsrep-start-position=$at" \
			    >>"$d/n$1/mariadb.cnf"
		fi
		! timeout 60 "$LOC_TOP/scripts/servers" start -d "$d/n$1" ||
		    return 0
	done
	return 1
}

# Rows from the first node, as loc_sql, but not before it has what others have.
loc_sql() {
	mariadb --no-defaults -NB -u root -S "$d/n1/run/mariadb.sock" \
	    --init-command='SET SESSION wsrep_sync_wait = 15' "$LOC_DB" \
	    -e "$1"
}

# Three nodes that were all copied from the first, and know of each other.
cluster() {
	local all i

	PATH=$BATS_TEST_DIRNAME:$PATH:/usr/sbin
	for i in 1 2 3; do
		group[i]=$(free_port) transfer[i]=$(free_port)
		port[i]=$(free_port)
		all=${all:+$all,}127.0.0.1:${group[i]}
	done
	"$LOC_TOP/scripts/servers" start -f -d "$d/n1" \
	    -t "$BATS_RUN_TMPDIR/template" -o "port=${port[1]}" \
	    -o binlog-format=ROW -o innodb-autoinc-lock-mode=2 \
	    -o wsrep-on=ON -o "wsrep-provider=$library" \
	    -o wsrep-cluster-address=gcomm:// -o wsrep-sst-method=catch_up \
	    -o wsrep-node-address=127.0.0.1 -o "$(provider 1)"
	"$LOC_TOP/scripts/servers" stop -d "$d/n1"
	for i in 2 3; do
		mkdir "$d/n$i"
		cp -a "$d/n1/mariadb" "$d/n1/redis.conf" "$d/n$i"
		sed "s/^port *=.*/port = ${port[i]}/
		    s|^wsrep-cluster-address.*|wsrep-cluster-address=gcomm://$all|
		    s|^wsrep-provider-options.*|$(provider "$i")|" \
		    "$d/n1/mariadb.cnf" >"$d/n$i/mariadb.cnf"
	done
	node 1
	node 2
	node 3
	sed -i "s|gcomm://|gcomm://$all|" "$d/n1/mariadb.cnf"
	until_true size 3
}

# Do all that live know of $1?
size() {
	local i

	for i in 1 2 3; do
		! alive "$i" || [ "$(wsrep "$i" cluster_size)" = "$1" ] ||
		    return 1
	done
}

alive() {
	kill -0 "$(cat "$d/n$1/run/mariadb.pid")" 2>/dev/null
}

wsrep() {
	sql_on "$d/n$1" "SHOW STATUS LIKE 'wsrep_$2'" | cut -f 2
}

kill_node() {
	kill -9 "$(cat "$d/n$1/run/mariadb.pid")"
	loc_await_end "$(cat "$d/n$1/run/mariadb.pid")"
}

# Settings $1.ini of a program that asks the nodes $2, $3 and $4 in this order.
settings_of() {
	local hosts=127.0.0.1:${port[$2]},127.0.0.1:${port[$3]},127.0.0.1:${port[$4]}

	sed "s|^rw_url = .*|rw_url = mysql://rw:rw@$hosts/$LOC_DB|
	    s|^ro_url = .*|ro_url = mysql://ro:ro@$hosts/$LOC_DB|" \
	    "$LOC_CONF" >"$1.ini"
	chmod 600 "$1.ini"
}

# What is in node $1.
content() {
	sql_on "$d/n$1" "SET SESSION wsrep_sync_wait = 1;
	    SELECT COUNT(*) FROM $LOC_DB.loc_ledger;
	    CHECKSUM TABLE $LOC_DB.stat, $LOC_DB.cell_gsm,
	    $LOC_DB.cell_area, $LOC_DB.wifi_shard_0, $LOC_DB.loc_ledger"
}

# Programs of which one waits for the other elsewhere, or finds nothing to do,
# run on two nodes at once.
twice_at_once() {
	local i

	for i in a b; do
		sed "s|^ddl_url = .*|ddl_url = mysql://root@127.0.0.1:${port[1]}/twice|
		    s|$LOC_DB|twice|" "$i.ini" >"$i$i.ini"
		chmod 600 "$i$i.ini"
	done
	sed -i "s|^ddl_url.*:${port[1]}/|ddl_url = mysql://root@127.0.0.1:${port[2]}/|" bb.ini
	# A statement that both have sent is one's, and the other finds it done.
	loc-db -c aa.ini init & first=$!
	loc-db -c bb.ini init
	wait "$first"
	loc-db -c aa.ini status >/dev/null
	loc-db -c bb.ini status >/dev/null
	loc-stats -c a.ini & first=$!
	loc-stats -c b.ini
	wait "$first"
}

# A cluster, with programs' settings a.ini, b.ini and c.ini: each asks another
# node first.
begin_cluster() {
	cluster
	fault_begin
	settings_of a 1 2 3
	settings_of b 2 3 1
	settings_of c 3 1 2
	LOC_CONF=$PWD/a.ini
}

# Report the cells $* of one area.
report_cells() {
	local cell

	for cell; do
		echo '{"position":{"latitude":51.5,"longitude":-0.1},
		    "cellTowers":[{"radioType":"gsm","mobileCountryCode":234,
		    "mobileNetworkCode":30,"locationAreaCode":9,
		    "cellId":'"$cell"'}]}' | tr -d '\n'
		echo
	done | loc-submit
	loc-feed -1
}

stopped() {
	[ "$(ps -o stat= -p "$1" | cut -c 1)" = T ]
}

has_row() {
	[ -n "$(loc_sql "$1")" ]
}

@test "a cluster: what two nodes decide by one row shows at the commit" {
	declare -a group port transfer
	begin_cluster
	# Rows are told apart by their primary keys.
	[ -z "$(loc_sql "SELECT table_name FROM information_schema.tables t
	    WHERE table_schema = DATABASE() AND NOT EXISTS (SELECT 1 FROM
	    information_schema.statistics s WHERE index_name = 'PRIMARY'
	    AND s.table_schema = t.table_schema
	    AND s.table_name = t.table_name)")" ]
	# A worker that has computed an area, and is about to take the mark off,
	# when another node counts a cell of it.
	report_cells 1
	LD_PRELOAD=$LOC_SHIM FAULT_STOP_AT=DELETE.FROM.cell_area_dirty \
	    loc-work -1 -c a.ini 3>&- & first=$!
	until_true stopped "$first"
	report_cells 2
	run -137 env LD_PRELOAD="$LOC_SHIM" \
	    FAULT_KILL_AT=FROM.cell_area_dirty.WHERE loc-work -1 -c b.ini
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_gsm')" = 2 ]
	kill -CONT "$first"
	wait "$first"
	sleep 1.1		# claim_idle_s
	loc-work -1 -c a.ini
	[ "$(loc_sql 'SELECT num_cells FROM cell_area')" = 2 ]

	# A day begins on one node while another still counts for the last.
	loc_sql 'DELETE FROM stat WHERE time = UTC_DATE()'
	before=$(loc_sql 'SELECT MAX(time) FROM stat')
	mkfifo late
	mariadb --no-defaults -NB -f -u root -S "$d/n2/run/mariadb.sock" -n \
	    "$LOC_DB" <late >told 2>&1 3>&- & second=$!
	exec 9>late
	echo "SET SESSION tx_isolation = 'READ-COMMITTED';
	    START TRANSACTION; UPDATE stat SET value = value + 7
	    WHERE \`key\` = 2 AND time >= '$before'; SELECT 'added';" >&9
	until_true grep -q added told
	report_cells 3
	loc-work -1 -c a.ini
	echo 'COMMIT;' >&9
	exec 9>&-
	wait "$second"
	grep -q 1213 told
	[ "$(loc_sql "SELECT value FROM stat WHERE \`key\` = 2
	    AND time = UTC_DATE()")" = 1 ]

	# A batch that is too large for a transaction is divided.
	sql_on "$d/n1" 'SET GLOBAL wsrep_max_ws_rows = 20'
	for i in $(seq 101 2 121); do
		report_cells "$i" "$((i + 1))"
	done
	loc-work -1 -c a.ini
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_gsm')" = 25 ]
	[ "$(loc_redis XLEN loc:dead)" = 0 ]
}

@test "a cluster: one job at a time, whichever node it asks" {
	declare -a group port transfer
	local name="name = 'stats.region'"

	begin_cluster
	loc_sql "INSERT INTO region_stat (region) VALUES ('XX')"
	mkfifo hold
	mariadb --no-defaults -NB -u root -S "$d/n1/run/mariadb.sock" -n \
	    "$LOC_DB" <hold >held 3>&- & holder=$!
	exec 9>hold
	echo "START TRANSACTION; SELECT 'held' FROM region_stat FOR UPDATE;" >&9
	until_true grep -q held held
	loc_sql 'INSERT INTO cell_area (areaid) VALUES (0)' || true
	report_cells 1
	loc-work -1 -c a.ini
	loc-stats -c a.ini region 2>err 3>&- & first=$!
	until_true has_row "SELECT 1 FROM loc_lease WHERE $name"
	[ "$(loc-stats -c b.ini -j region)" = '{"job":"region","state":"busy"}' ]
	[ "$(loc-stats -c a.ini -j region)" = '{"job":"region","state":"busy"}' ]
	# It has run out, and another has taken it.
	loc_sql "UPDATE loc_lease SET holder = REPEAT('x', 16) WHERE $name"
	rc=0
	wait "$first" || rc=$?
	[ "$rc" = 143 ]
	grep -q 'the lease "stats.region" is lost' err
	# One whose holder is gone ends at once where that shows, and elsewhere
	# when its time has come.
	loc_sql "DELETE FROM loc_lease WHERE $name"
	loc-stats -c a.ini region 2>err 3>&- & first=$!
	until_true has_row "SELECT 1 FROM loc_lease WHERE $name"
	kill -9 "$first"
	[ "$(loc-stats -c b.ini -j region)" = '{"job":"region","state":"busy"}' ]
	loc_sql "UPDATE loc_lease SET until = UTC_TIMESTAMP() WHERE $name"
	exec 9>&-
	wait "$holder"
	[[ $(loc-stats -c b.ini -j region) = *'"state":"done"'* ]]
	run ! has_row "SELECT 1 FROM loc_lease"
}

# Rows for a table that takes a while to be copied; as many again.
more_rows() {
	loc_sql "INSERT INTO large SELECT seq + $rows, MD5(seq), SHA1(seq),
	    MD5(-seq) FROM $(loc_numbers 1 100000)"
	rows=$((rows + 100000))
}

# Copy it: for longer than a node lets others wait, and a lease be late; while
# one who has a lease is about to add a number.
change_tables() {
	lease_try -p 60000 x >told 2>err 3>&- & first=$!
	until_true has_row 'SELECT 1 FROM loc_lease'
	SECONDS=0
	loc_sql 'ALTER TABLE large FORCE, ALGORITHM = COPY'
	echo "# $rows rows, $SECONDS s" >&3
	[ "$SECONDS" -gt 45 ] || {
		kill -9 "$first"
		loc_sql 'DELETE FROM loc_lease'
		return 1
	}
}

@test "a cluster: a job that has a lease outlives a long change of tables" {
	declare -a group port transfer
	local first rows=0

	begin_cluster
	loc_sql 'CREATE TABLE race (id INT AUTO_INCREMENT PRIMARY KEY, n INT,
	    pid INT)'
	loc_sql 'CREATE TABLE large (id INT PRIMARY KEY, a VARCHAR(80),
	    b VARCHAR(80), c VARCHAR(80), KEY (a), KEY (b), KEY (c),
	    KEY (a, b), KEY (b, c), KEY (c, a))'
	for _ in 1 2 3; do
		more_rows
	done
	until change_tables; do
		more_rows
		more_rows
	done
	wait "$first"
	grep -q 'could not be renewed' err
	[ "$(cat told)" = 1 ]
	[ "$(loc_sql 'SELECT n FROM race')" = 1 ]
	[ "$(lease_try x)" = 2 ]
}

@test "reliability 14: three nodes that are all written to, killed in turn" {
	declare -a group port transfer
	begin_cluster
	twice_at_once
	begin 0 1
	keep work1 loc-work -c a.ini
	keep work2 loc-work -c b.ini
	keep work3 loc-work -c c.ini
	for i in $(seq "$(times 3)"); do
		i=$((i % 3 + 1))
		grows
		kill_node "$i"
		grows
		grows
		node "$i"
		until_true size 3
	done
	grows
	settle
	for i in 2 3; do
		[ "$(content "$i")" = "$(content 1)" ]
	done
}
