#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load ichnaea
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# Everything that makes a schema, but for retired tables.
shape() {
	local old="AND table_name NOT REGEXP 'ocid\$|^(score|user|loc_old.*)\$'"
	loc_sql "SELECT table_name, engine, table_collation
	    FROM information_schema.tables
	    WHERE table_schema = DATABASE() $old ORDER BY 1;
	    SELECT table_name, ordinal_position, column_name, column_type,
	    is_nullable, column_default, collation_name
	    FROM information_schema.columns
	    WHERE table_schema = DATABASE() $old ORDER BY 1, 2;
	    SELECT table_name, index_name, seq_in_index, column_name,
	    non_unique FROM information_schema.statistics
	    WHERE table_schema = DATABASE() $old ORDER BY 1, 2, 3"
}

# old REVISION: make the database, which is up to date, one that Ichnaea left at
# it, with rows.  A new one would take ten times as long.
old() {
	local r sql
	sql='DROP TABLE IF EXISTS cell_area_ocid, cell_gsm_ocid, cell_lte_ocid,
	    cell_ocid, cell_wcdma_ocid, score, user, loc_old_api_key;
	    DELETE FROM api_key; DELETE FROM wifi_shard_5; DELETE FROM stat;
	    DELETE FROM region_stat; DROP TABLE loc_version, loc_ledger, cell_area_dirty, cell_nr,
	    cell_area_nr, loc_optout, loc_mark; ALTER TABLE region_stat DROP nr;'
	# shellcheck disable=SC2154	# ichnaea.bash has them
	for r in $(printf '%s\n' "${revisions[@]}" | tac); do
		[ "$r" = "$1" ] && break
		sql="$sql $(down "$r")"
	done
	[[ $sql != *'CREATE TABLE cell_gsm_ocid'* ||
	    $sql = *'DROP TABLE cell_gsm_ocid'* ]] ||
		sql="$sql INSERT INTO cell_gsm_ocid (cellid, radio, mcc, mnc,
		    lac, cid) VALUES (x'00', 0, 1, 2, 3, 4);"
	loc_sql "$sql DELETE FROM alembic_version;
	    ALTER TABLE alembic_version DROP PRIMARY KEY;
	    INSERT INTO alembic_version VALUES ('$1');
	    INSERT INTO api_key (valid_key, maxreq, allow_locate)
	    VALUES ('one', 7, 1), ('two', NULL, NULL);
	    INSERT INTO wifi_shard_5 (mac, lat, samples)
	    VALUES (x'0123456789ab', 51.5, 3);
	    INSERT INTO region_stat (region, wifi) VALUES ('DE', 12);
	    INSERT INTO stat VALUES (7, '2016-01-01', 5)"
}

@test "init makes the schema, and again makes nothing" {
	loc_sql "DROP DATABASE $LOC_DB"
	run -1 loc-db status
	[[ $output = *"$LOC_DB (absent)"* ]]
	run -0 --separate-stderr loc-db -n init
	[ "${lines[0]%% CHAR*}" = \
	    "CREATE DATABASE IF NOT EXISTS \`$LOC_DB\`" ]
	run -1 loc-db status
	run -0 loc-db init
	[ -z "$output" ]
	run -0 loc-db -v init
	[ -z "$output" ]
	run -0 loc-db status
	[[ $output = *'revision  3be4004781bc'*'pending   no'* ]]
	[ "$(loc-db -j status | jq -c '[.pending, .missing, .differs,
	    (.rows | length)]')" = '[false,[],[],62]' ]
	[ "$(loc_sql 'SELECT * FROM export_config')" = \
	    "$(printf 'internal\t100\tinternal\tNULL\tNULL\tNULL')" ]
}

@test "the schema is Ichnaea's, column by column" {
	[ "$(loc_sql "SELECT table_name FROM information_schema.tables
	    WHERE table_schema = DATABASE() AND
	    table_collation NOT IN ('utf8mb3_general_ci', 'utf8_general_ci')
	    ")" = '' ]
	run -0 loc_sql "SELECT column_name, column_type, is_nullable
	    FROM information_schema.columns WHERE table_schema = DATABASE()
	    AND table_name = 'cell_lte' ORDER BY ordinal_position"
	diff -u - <(echo "${output//$'\t'/ }") <<-END
	max_lat double YES
	min_lat double YES
	max_lon double YES
	min_lon double YES
	lat double YES
	lon double YES
	created datetime YES
	modified datetime YES
	radius int(10) unsigned YES
	region varchar(2) YES
	samples int(10) unsigned YES
	source tinyint(4) YES
	weight double YES
	last_seen date YES
	block_first date YES
	block_last date YES
	block_count tinyint(3) unsigned YES
	cellid binary(11) NO
	radio tinyint(4) NO
	mcc smallint(6) NO
	mnc smallint(6) NO
	lac smallint(5) unsigned NO
	cid int(10) unsigned NO
	psc smallint(6) YES
	places varbinary(118) YES
	trust varbinary(38) YES
	END
	[ "$(loc_sql "SELECT index_name, non_unique,
	    GROUP_CONCAT(column_name ORDER BY seq_in_index)
	    FROM information_schema.statistics WHERE table_schema = DATABASE()
	    AND table_name = 'cell_area' GROUP BY 1, 2 ORDER BY 1")" = \
	    "$(printf '%s\t%s\t%s\n' cell_area_areaid_unique 0 \
	    radio,mcc,mnc,lac cell_area_created_idx 1 created \
	    cell_area_latlon_idx 1 lat,lon cell_area_modified_idx 1 modified \
	    cell_area_region_radio_idx 1 region,radio PRIMARY 0 areaid)" ]
}

@test "init refuses tables that are not its own, and names them" {
	loc_sql 'CREATE TABLE strange (a int)'
	run -78 loc-db init
	[[ $output = *'did not make'*strange* ]]
	[[ $output != *api_key* ]]
	loc_sql 'DROP TABLE loc_version'
	run -78 loc-db init
	[[ $output = *'loc-db migrate would adopt'*api_key*strange* ]]
	loc_sql "UPDATE alembic_version SET version_num = 'fffffffffff0'"
	run -78 loc-db init
	[[ $output != *migrate* ]]
	run -78 loc-db migrate
	[[ $output = *'unknown revision fffffffffff0' ]]
	loc_sql "DROP DATABASE $LOC_DB; CREATE DATABASE $LOC_DB"
	run -78 loc-db migrate
	[[ $output = *'use loc-db init' ]]
}

@test "a database of a later loc is left alone" {
	loc_sql "INSERT INTO loc_version VALUES (99, 'later', NOW())"
	run -78 loc-db init
	run -78 loc-db migrate
	[[ $output = *'version 99, made by a later loc'* ]]
}

# bats test_tags=plain
@test "migrate adopts every revision, and rows stay" {
	local rows=$'3be4004781bc\n0123456789AB\t51.5\t3\nDE\t12
7\t2016-01-01\t5\none\t7\t1\ntwo\tNULL\tNULL\ninternal'

	shape >want
	# The oldest has all that was changed since; others what has come and
	# gone between.
	for r in 2016aaaaaaaa 88d1704f1aef 1bdf1028a085 73c5f5ae5b23 \
	    138cb0d71dfb; do
		old "$r"
		# A dry run changes nothing, which the next finds pending.
		[ "$r" != 2016aaaaaaaa ] || run -0 loc-db -n migrate
		run -1 loc-db status
		run loc-db migrate
		echo "revision $r: $output"
		[ "$status" = 0 ]
		[ -z "$output" ]
		shape | diff -u want -
		[ "$(loc_sql 'SELECT version_num FROM alembic_version;
		    SELECT hex(mac), lat, samples FROM wifi_shard_5;
		    SELECT region, wifi FROM region_stat; SELECT * FROM stat;
		    SELECT valid_key, maxreq, allow_locate FROM api_key;
		    SELECT name FROM export_config')" = "$rows" ]
	done
	run -0 loc-db status
	for r in "${revisions[@]::17}"; do
		loc_sql "UPDATE alembic_version SET version_num = '$r'"
		[[ "$(loc-db -n migrate)" = "UPDATE alembic_version SET"* ]]
	done
}

@test "migrate takes our earlier versions along, and rows stay" {
	shape >want
	# Keys may end in zero bytes.
	loc_sql "DROP TABLE cell_nr, cell_area_nr, loc_optout, loc_mark;
	    ALTER TABLE region_stat DROP nr;
	    ALTER TABLE cell_area_dirty MODIFY areaid binary(7) NOT NULL;
	    DELETE FROM loc_version WHERE number > 2;
	    INSERT INTO cell_area_dirty (areaid) VALUES (x'0300ea001e0100'),
	    (x'0300ea001e0101');
	    INSERT INTO region_stat (region, lte) VALUES ('DE', 12)"
	run -1 loc-db status
	run -0 loc-db -n migrate
	[[ $output = *"MODIFY COLUMN \`areaid\` varbinary(8) NOT NULL"* ]]
	run -0 loc-db migrate
	[ -z "$output" ]
	shape | diff -u want -
	run -0 loc-db status
	[[ $output = *'pending   no'* ]]
	[ "$(loc_sql 'SELECT hex(areaid) FROM cell_area_dirty')" = \
	    "$(printf '0300EA001E0100\n0300EA001E0101')" ]
	[ "$(loc_sql 'SELECT * FROM region_stat')" = \
	    "$(printf 'DE\tNULL\tNULL\t12\tNULL\tNULL\tNULL')" ]
	# from the version before this one
	loc_sql 'DROP TABLE loc_mark;
	    DELETE FROM loc_version WHERE number > 4'
	run -1 loc-db status
	run -0 loc-db migrate
	shape | diff -u want -
}

@test "a migration that was killed goes on, and nobody stops for it" {
	shape >want
	loc_sql "ALTER TABLE wifi_shard_0 DROP peak_lat, DROP peak_lon,
	    DROP peak_weight, DROP spread;
	    ALTER TABLE cell_lte DROP places;
	    DELETE FROM loc_version WHERE number > 5;
	    INSERT INTO wifi_shard_0 (mac, lat, lon, radius, samples)
	    SELECT UNHEX(LPAD(HEX(seq), 12, 0)), 51.5, seq / 1e4, 50, 9
	    FROM $(loc_numbers 1 1000)"
	altering() {
		[ "$(loc_sql "SELECT COUNT(*) FROM information_schema.processlist
		    WHERE info LIKE 'ALTER%wifi_shard_0%' AND
		    state LIKE '%metadata lock%'")" = "$1" ]
	}
	# A transaction on the table keeps the first from going on.
	mkfifo hold
	mariadb --no-defaults -NB -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    "$LOC_DB" <hold >/dev/null 3>&- &
	exec 4>hold
	echo 'BEGIN; UPDATE wifi_shard_0 SET samples = 8 WHERE lon > 0.0999;' >&4
	holding() {
		[ "$(loc_sql "SELECT COUNT(*) FROM
		    information_schema.innodb_trx")" != 0 ]
	}
	until_true holding
	loc-db migrate 3>&- 4>&- &
	until_true altering 1
	kill -9 $!
	wait $! || true
	# What it had begun is still there, and the next one waits for it.
	loc-db migrate 3>&- 4>&- 2>errors &
	until_true altering 2
	# The one who was in the way goes on writing before both.
	echo 'UPDATE wifi_shard_0 SET samples = 10 WHERE lon < 0.05; COMMIT;' >&4
	exec 4>&-
	wait $!
	[ ! -s errors ]
	shape | diff -u want -
	run -0 loc-db status
	[ "$(loc_sql 'SELECT COUNT(*), COUNT(spread), SUM(samples = 10)
	    FROM wifi_shard_0')" = "$(printf '1000\t0\t499')" ]
}

@test "what old keys could do they can" {
	old 1bdf1028a085
	loc_sql "UPDATE api_key SET shortname = 'first' WHERE maxreq = 7"
	loc-db migrate
	[ "$(loc_sql 'SELECT allow_region, store_sample_locate,
	    store_sample_submit FROM api_key')" = \
	    "$(printf '1\t100\t100\n1\t100\t100')" ]
	# What was dropped can be looked up.
	[ "$(loc_sql 'SELECT valid_key, shortname FROM loc_old_api_key')" = \
	    "$(printf 'one\tfirst\ntwo\tNULL')" ]
}

@test "retired tables go when they are empty, and stay when not" {
	old 385f842b2526
	loc-db migrate
	run -0 loc_sql 'SHOW TABLES'
	[[ $output = *cell_gsm_ocid* ]]
	[[ $output != *cell_lte_ocid* ]]
	[ "$(loc_sql 'SELECT cid FROM cell_gsm_ocid')" = 4 ]
	run -0 loc-db status
	[[ $output = *cell_gsm_ocid*retired* ]]
	run -0 loc-db init
}

# bats test_tags=plain
@test "a migration interrupted anywhere is finished by the next" {
	shape >want
	old 2016aaaaaaaa
	loc-db -n migrate >steps
	n=$(wc -l <steps)
	[ "$n" -gt 10 ]
	# The first and the last, and some between them.
	for i in 1 $((n / 3)) $((n / 2)) $((n - 1)); do
		[ "$i" = 1 ] || old 2016aaaaaaaa
		loc_sql "$(head -n "$i" steps)"
		run -0 loc-db migrate
		echo "after step $i: $output"
		shape | diff -u want -
		[ "$(loc_sql 'SELECT SUM(store_sample_submit), COUNT(*),
		    SUM(allow_region) FROM api_key')" = \
		    "$(printf '200\t2\t2')" ]
	done
	run -0 loc-db status
}

@test "columns of another type are named and left alone" {
	loc_sql 'ALTER TABLE stat MODIFY value double'
	run -0 --separate-stderr loc-db status
	[[ $output = *'differs   stat.value: double, not bigint(20) unsigned'* ]]
	run -0 loc-db migrate
	[[ $output = *'left alone: stat.value'* ]]
}

@test "what would count reports twice or never is named and left alone" {
	loc_sql 'ALTER TABLE wifi_shard_2 ENGINE = MyISAM;
	    ALTER TABLE wifi_shard_5 ADD city varchar(9) NOT NULL,
	    ADD n int NOT NULL AUTO_INCREMENT, ADD KEY (n),
	    ADD town varchar(9) NOT NULL DEFAULT "x", ADD note varchar(9)'
	run -0 --separate-stderr loc-db status
	[ "$(grep ^differs <<<"$output")" = "$(
	    echo 'differs   wifi_shard_2: engine MyISAM has no' \
	        'transactions, so that reports may count twice'
	    echo 'differs   wifi_shard_5.city: NOT NULL without a default, so' \
	        'that no row can be added')" ]
	run -0 loc-db migrate
	[[ $output = *'left alone: wifi_shard_2: '*'left alone: wifi_shard_5.city: '* ]]
}

@test "users makes accounts that can do what they must, and no more" {
	sock=$(sed -n 's/.*unix_socket=//p' "$LOC_CONF" | head -1)
	as() {
		mariadb --no-defaults -NB -S "$sock" -u "$1" -p"$2" "$LOC_DB" \
		    -e "$3"
	}
	conf() {
		cat >users.ini <<-END
		[database]
		rw_url = mysql://rw_$LOC_DB:$1@x/$LOC_DB?unix_socket=$sock
		ro_url = mysql://ro_$LOC_DB:s%27%5ccret@x/$LOC_DB?unix_socket=$sock
		ddl_url = mysql://root@x/$LOC_DB?unix_socket=$sock
		END
		chmod 600 users.ini
	}
	conf first-one
	run -0 loc-db -c users.ini -n users
	[[ $output = *"CREATE USER 'rw_$LOC_DB'@'localhost' IDENTIFIED BY '***'"* ]]
	[[ $output != *first-one* ]]
	run -1 as "rw_$LOC_DB" first-one 'SELECT 1'
	run -0 loc-db -c users.ini users
	[ -z "$output" ]
	run -0 loc-db -c users.ini users
	run -0 loc-db -c users.ini -v users
	[[ $output != *CREATE* ]]
	[[ $output != *ALTER* ]]
	as "rw_$LOC_DB" first-one "INSERT INTO stat VALUES (1, '2020-01-01', 1);
	    UPDATE stat SET value = 2; SELECT * FROM stat; DELETE FROM stat"
	run -1 as "rw_$LOC_DB" first-one 'DROP TABLE stat'
	as "ro_$LOC_DB" "s'\\cret" 'SELECT * FROM stat'
	run -1 as "ro_$LOC_DB" "s'\\cret" 'DELETE FROM stat'
	run -1 as "ro_$LOC_DB" "s'\\cret" 'SELECT * FROM mysql.user'
	[ "$(loc_sql "SHOW GRANTS FOR 'rw_$LOC_DB'@localhost" | tail -1 |
	    tr "'" '`')" = "GRANT SELECT, INSERT, UPDATE, DELETE ON \`${LOC_DB/_/\\\\_}\`.* TO \`rw_$LOC_DB\`@\`localhost\`" ]
	# what was not asked for is not there
	lbcheck() {
		loc_sql "SELECT COUNT(*) FROM mysql.user
		    WHERE user = 'lbcheck' AND host = '10.9.8.7'"
	}
	run -0 loc-db -c users.ini -H 10.9.8.7 users
	[ "$(lbcheck)" = 0 ]
	run -0 loc-db -c users.ini -H 10.9.8.7 users lbcheck
	[ "$(lbcheck)" = 1 ]
	[[ "$(loc_sql 'SHOW GRANTS FOR lbcheck@10.9.8.7')" == \
	    'GRANT USAGE ON *.*'* ]]
	loc_sql 'DROP USER lbcheck@10.9.8.7'
	run -0 loc-db -c users.ini users monitor
	[[ "$(loc_sql "SHOW GRANTS FOR 'rw_$LOC_DB'@localhost")" == \
	    'GRANT PROCESS ON *.*'* ]]
	[[ "$(loc_sql "SHOW GRANTS FOR 'ro_$LOC_DB'@localhost")" =~ \
	    ^GRANT' '('SLAVE MONITOR'|'REPLICA MONITOR'|'REPLICATION CLIENT')' ON *.*' ]]
	run -64 loc-db -c users.ini users lbchek
	# another password
	conf second-one
	run -0 loc-db -c users.ini -v users
	[[ $output = *"ALTER USER 'rw_$LOC_DB'@'localhost' IDENTIFIED BY '***'"* ||
	    $output = *"PASSWORD FOR 'rw_$LOC_DB'@'localhost' = PASSWORD('***')"* ]]
	as "rw_$LOC_DB" second-one 'SELECT 1'
	run -1 as "rw_$LOC_DB" first-one 'SELECT 1'
	# elsewhere
	run -0 loc-db -c users.ini -H 10.1.2.% users
	loc_sql "SHOW GRANTS FOR 'ro_$LOC_DB'@'10.1.2.%'"
	# no address is an error, as is one of another database
	sed -i 's|/location_[0-9]*?unix|/other?unix|; /^rw_url/d' users.ini
	sed -i "s|^ddl_url.*|ddl_url = mysql://root@x/$LOC_DB?unix_socket=$sock|" \
	    users.ini
	run -78 loc-db -c users.ini users
	[[ $output = *"[database] ro_url: expected an account for $LOC_DB, not for other"* ]]
}

@test "users: accounts of this host alone, and no two passwords for one" {
	sock=$(sed -n 's/.*unix_socket=//p' "$LOC_CONF" | head -1)
	conf() {
		printf '%s\n' '[database]' "rw_url = mysql://$1/$LOC_DB" \
		    "ro_url = mysql://$2/$LOC_DB" \
		    "ddl_url = mysql://root@x/$LOC_DB?unix_socket=$sock" \
		    >users.ini
		chmod 600 users.ini
	}
	for host in localhost localhost:3307 127.0.0.1:3306 '[::1]'; do
		conf "rw1:a@$host" "ro1:b@$host,127.0.0.1"
		run -0 loc-db -c users.ini -n users
		[ "$(grep -c "'@'localhost'" <<<"$output")" = 4 ]
	done
	conf "rw1:a@db.example.com" "ro1:b@127.0.0.1,db.example.com"
	run -0 loc-db -c users.ini -n users
	[ "$(grep -c "'@'%'" <<<"$output")" = 4 ]
	conf one:a@localhost one:b@localhost
	run -78 loc-db -c users.ini users
	[ "$output" = "loc-db: [database] rw_url, ro_url: two passwords for one account, one" ]
	[ "$(loc_sql "SELECT COUNT(*) FROM mysql.user WHERE user = 'one'")" = 0 ]
	conf one:a@localhost one:a@localhost
	run -0 loc-db -c users.ini -n users
}

@test "status: exact counts of few rows, sums of shards, 78 for others' tables" {
	loc-key create a-key
	loc_sql "INSERT INTO wifi_shard_0 (mac) VALUES (x'010000000000');
	    INSERT INTO wifi_shard_f (mac) VALUES (x'0100f0000000')"
	run -0 loc-db status
	grep -qE '^api_key +1$' <<<"$output"
	grep -qE '^wifi +2$' <<<"$output"
	grep -qE '^cell +0$' <<<"$output"
	[ "${#lines[@]}" -le 34 ]
	run -0 loc-db -v status
	grep -qE '^wifi_shard_f +1$' <<<"$output"
	[ "$(loc-db -j status | jq '.rows.wifi_shard_f, .rows.api_key')" = \
	    $'1\n1' ]
	loc_sql "INSERT INTO loc_version VALUES (999, 'x', NOW())"
	run -78 loc-db status
	[[ $output == *'made by a later loc'* ]]
	loc_sql 'DROP TABLE loc_version; DELETE FROM alembic_version'
	run -78 loc-db status
	[[ $output == *'not a database of Ichnaea or loc'* ]]
}

@test "wrong usage, no settings, no server" {
	run -64 loc-db
	run -64 loc-db destroy
	run -64 loc-db init status
	run -0 loc-db -h
	run -78 loc-db -c /nonexistent status
	echo '[database]' >empty.ini
	run -78 loc-db -c empty.ini init
	[ "$output" = 'loc-db: empty.ini: [database] ddl_url: is not set' ]
	cat >away.ini <<-END
	[database]
	ddl_url = mysql://root@x/y?unix_socket=$PWD/nobody
	END
	run -69 loc-db -c away.ini status
	run -69 loc-db -c away.ini init
}
