#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

# Every test has its own $output.
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone </dev/null
}

teardown() {
	loc_stop
}

# Objects of two days, at $1: a bucket's directory or any other.
old_objects() {
	mkdir -p "$1/gnss/test"
	echo '{"items": [{"n": 1}]}' | gzip >"$1/gnss/test/c232ab00941411ec9f6b0242ac120002.json.gz"
	echo '{"items": [{"n": 2}]}' | gzip >"$1/gnss/test/c232ab01941411ec9f6b0242ac120002.json.gz"
	echo '{"items": [{"n": 3}]}' | gzip >"$1/gnss/test/c232ab00951411ec9f6b0242ac120002.json.gz"
	echo other >"$1/other.txt"
}

@test "list: objects by day, in a directory and in a bucket" {
	old_objects dir
	run -0 loc-backup list -j "file://$PWD/dir/{source}/{api_key}"
	[ "$(jq -r '"\(.day) \(.objects)"' <<<"$output")" = '2022-02-22 2
2022-02-24 1' ]
	[ "$(loc-backup list "$PWD/dir" | wc -l)" = 2 ]
	[ -z "$(loc-backup list "$PWD/nothing")" ]
	loc_s3_start raw
	old_objects s3/raw/x
	run -0 loc-backup list -j 's3://raw/x/{source}/{year}' "$PWD/dir"
	[ "$(jq -r '"\(.place) \(.objects)"' <<<"$output")" = "s3://raw/x 2
s3://raw/x 1
$PWD/dir 2
$PWD/dir 1" ]
	echo 403 >s3/always
	run -69 loc-backup list s3://raw/x
	[[ "$output" == *'s3://raw/x: '*'answered 403'* ]]
	echo 503 >s3/always
	for command in list lifecycle 'verify -q' 'expire -d 9' 'restore -q'; do
		# shellcheck disable=SC2086 # words
		run -75 loc-backup $command s3://raw/x
		[[ "$output" == *'s3://raw/x: '*'answered 503'* ]]
	done
}

# A database, reports of two keys in it, and their backup in $1.
begin_backup() {
	LOC_CONF=''
	loc_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	export spool=${LOC_CONF%/*}/spool
	loc_export backup s3 "$1/{source}/{api_key}/{year}/{month}/{day}" \
	    batch=7
	printf '[trust]\noptout_votes = 1\n' >>"$LOC_CONF"
	loc-work -1
	loc-simulate -n 60 reports >made
	{
		cat made
		echo '{"position": {"latitude": 1, "longitude": 1}, "wifiAccessPoints": [{"macAddress": "04000000aaaa", "ssid": "x_nomap"}]}'
		echo '{"position": {"latitude": 1, "longitude": 1, "source": "fused"}, "wifiAccessPoints": [{"macAddress": "04000000aaab"}, {"macAddress": "04000000aaac"}]}'
	} >all
	head -40 all | loc-submit -b 5 -k test
	tail -n +41 all | loc-submit -b 9
	count
	loc-backup reports >out
}

# Count what is in the spool.
count() {
	loc-feed -1
	loc-work -1
}

# What the database knows, but for when and of whom it learned it, and in which
# order, which makes a difference in the last digits, too: the
# places of a cell stand in the order in which they were come to.
rows() {
	loc_sql "$(loc_sql "SELECT CONCAT('SELECT ', GROUP_CONCAT(IF(data_type
	    LIKE '%binary', CONCAT('HEX(', column_name, ')'), column_name)
	    ORDER BY ordinal_position), ' FROM ', table_name, ' ORDER BY 1;')
	    FROM information_schema.columns WHERE table_schema = DATABASE()
	    AND table_name REGEXP '^(cell_(gsm|wcdma|lte)|(wifi|blue)_shard_.)\$'
	    AND column_name NOT IN ('created', 'modified', 'trust',
	    'marks') AND NOT
	    (table_name LIKE 'cell%' AND column_name = 'places')
	    GROUP BY table_name ORDER BY table_name")" |
	    perl -pe 's/[\d-]{10} [\d:]{8}/T/g;
		s/(\d+\.\d{7,})/sprintf("%.6f", $1)/ge;
		s/\t(-?\d{7,10})\b/sprintf("\t%.0f", $1 \/ 100)/ge' | sort
	loc_sql 'SELECT HEX(mac), count FROM loc_optout'
	loc_sql "SELECT \`key\`, SUM(value) FROM stat GROUP BY \`key\`"
}

# broken PATTERN: verify finds that, and nothing else, at $url.
broken() {
	run -1 --separate-stderr loc-backup verify "${identity[@]}" "$url"
	# shellcheck disable=SC2154	# bats sets it
	[[ "$stderr" =~ $1 ]]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[ "$(jq .wrong <<<"$output")" = 1 ]
}

# damage DIR [full]: what verify has to find, in the files of objects there.
damage() {
	run -0 loc-backup verify "${identity[@]}" "$url"
	[ "$(jq -c '[.wrong, .failed, .not_decrypted]' <<<"$output")" = \
	    '[0,0,0]' ]
	[ "$(jq .reports <<<"$output")" = 62 ]
	mapfile -t object < <(find "$1" -name '*.json.gz*' ! -name '*.meta' \
	    ! -name '*.headers' ! -path '*/manifest/*' | sort)
	a=${object[0]} b=${object[1]}
	cp "$a" keep
	# A flipped bit, in the middle and at the end.
	python3 - "$a" <<-'END'
	import sys
	with open(sys.argv[1], "r+b") as f:
	    data = bytearray(f.read())
	    data[len(data) // 2] ^= 1
	    f.seek(0)
	    f.write(data)
	END
	broken "${a##*/}: is not what was stored"
	run -1 --separate-stderr loc-backup restore "${identity[@]}" "$url"
	[[ "$stderr" == *"${a##*/}: is not what was stored; left out"* ]]
	head -c -1 keep >"$a"
	broken "${a##*/}: is shorter than what was stored"
	{ cat keep; echo; } >"$a"
	broken "${a##*/}: is longer than what was stored"
	rm "$a"
	broken "${a##*/}: is missing"
	# One in the place of another.
	cp "$b" "$a"
	broken "${a##*/}: is "
	cp keep "$a"
	[ "${2-}" = full ] || return 0
	# A foreign one, also if it looks like ours.
	echo x >"${a%/*}/x.txt"
	broken 'x.txt: is no backup of reports'
	rm "${a%/*}/x.txt"
	cp "$b" "${a%/*}/c232ab00941411ec9f6b0242ac120002.json.gz${identity:+.age}"
	broken 'c232ab00941411ec9f6b0242ac120002.json.gz.*: is in no manifest'
	rm "${a%/*}"/c232ab00941411ec9f6b0242ac120002*
	# A manifest that was cut.
	manifest=$(find "$1" -path '*/manifest/*.json')
	cp "$manifest" keep
	head -c 100 keep >"$manifest"
	run -1 --separate-stderr loc-backup verify "${identity[@]}" "$url"
	[[ "$stderr" == *"${manifest##*/}: is not JSON"* ]]
	cp keep "$manifest"
	# All parts together are all objects.
	sum=0
	for part in 1/3 2/3 3/3; do
		run -0 loc-backup verify -s "$part" "${identity[@]}" "$url"
		sum=$((sum + $(jq .read <<<"$output")))
	done
	[ "$sum" = "$(jq .objects <<<"$output")" ]
	run -0 loc-backup verify -s 100% "${identity[@]}" "$url"
	run -64 loc-backup verify -s 0/3 "$url"
	run -64 loc-backup restore -f 2026-02-30 "$url"
	run -64 loc-backup restore -t 2026-11-30T12:00:00+02:00 "$url"
	[[ "$output" == *'-t 2026-11-30T12:00:00+02:00: expected YYYY-MM-DD or '* ]]
}

@test "what is brought back counts once, and all of it does" {
	begin_backup "$PWD/dir"
	[ "$(jq -c '[.target, .reports, .dead, .status]' out)" = \
	    '["backup",62,0,0]' ]
	rows >before
	[ "$(wc -l <before)" -gt 20 ]
	run -0 loc-backup list -j
	[ "$(jq -s 'map(.reports) | add' <<<"$output")" = 62 ]
	[ "$(jq -r '"\(.key) \(.source)"' <<<"$output" | sort -u)" = ' fused
 gnss
test gnss' ]
	run -0 loc-backup verify
	[ "$(loc_sql "SELECT GROUP_CONCAT(name ORDER BY name) FROM loc_mark
	    WHERE name LIKE 'backup.%'")" = backup.reports,backup.verify ]
	loc-backup restore backup >lines 2>err
	grep -q '62 reports of 11 submissions, 0 of them incomplete' err
	loc-submit lines
	count
	rows | diff before -
	# It goes nowhere else.
	loc-backup reports >out
	[ "$(jq .reports out)" = 0 ]
	# Only a part of it, or nothing, by mistake.
	run -64 loc-backup restore -f 2026-01-02 -t 2026-01-01
	[[ "$output" == *'-f 2026-01-02 -t 2026-01-01: expected'* ]]
	[ -z "$(loc-backup restore -q -f 2020-01-01 -t 2020-01-01Z)" ]
	mkdir nothing
	run -1 loc-backup restore -q nothing/
	[ "$output" = 'loc-backup: there is nothing to restore' ]
	[ "$(loc-backup restore -qk test | jq '.items[]' -c | wc -l)" = 40 ]
	[ -z "$(loc-backup restore -qt 2020-01-01)" ]
	[ "$(loc-backup restore -qf "$(date -ud yesterday +%F)" |
	    jq -s 'map(.items | length) | add')" = 62 ]
	# A service elsewhere would not know the ids.
	run -65 loc-submit -u http://127.0.0.1:1/ lines
	[[ "$output" == *"whose id -u cannot keep"* ]]

	# Everything is lost but the backup.
	loc_sql "DROP DATABASE $LOC_DB; CREATE DATABASE $LOC_DB"
	loc_redis flushdb
	rm -r "$spool"
	loc-db init
	loc-work -1
	# Also what is too old to know, in a database that forgot something.
	sed 's/"accepted_ms":17/"accepted_ms":16/' lines >old
	! cmp -s old lines || return 1
	# In any order, and in parts.
	tac old | head -4 | loc-submit
	loc-submit old
	count
	rows >after
	[ -z "$(loc-work -l)" ]
	diff before after
	loc_sql "INSERT INTO stat (\`key\`, \`time\`, value)
	    VALUES (1, '2020-01-01', 1)"
	head -1 old | sed 's/"submission":"..../"submission":"ffff/' | loc-submit
	loc-feed -1
	run -0 loc-work -1
	[[ "$output" == *'too old to know whether it was counted'* ]]
}

# bats test_tags=plain
@test "without a bucket, reports and verify say that there is nothing to do" {
	loc_setup
	for command in reports verify; do
		run -0 loc-backup "$command"
		[ "$output" = "loc-backup: export_config has no row of schema s3" ]
		run -78 loc-backup "$command" nosuch
	done
	run -78 loc-backup restore
	[ -z "$(loc_sql "SELECT * FROM loc_mark WHERE name LIKE 'backup%'")" ]
}

@test "verify finds what is wrong in a directory" {
	begin_backup "$PWD/dir"
	url=$PWD/dir identity=()
	damage dir full
	# Killed before the object was stored, or before that was noted.
	manifest=$(find dir/manifest -name '*.json')
	jq -c '.objects[-1].stored = false' "$manifest" >new
	cp new "$manifest"
	rm "dir/$(jq -r '.objects[-1].key' new)"
	run -0 loc-backup verify "$url"
	[ "$(jq .unfinished <<<"$output")" = 1 ]
	rm -r dir
	mkdir dir
	run -1 loc-backup verify "$url"
	[[ "$output" == *'there is nothing to verify'* ]]
}

@test "encrypted, in a bucket: only who has the key can read it" {
	command -v age >/dev/null || skip 'no age'
	(umask 077; loc-backup key key >public; loc-backup key other >/dev/null)
	[ "$(stat -c %a key)" = 600 ]
	run -73 loc-backup key key
	[ "$(age-keygen -y key)" = "$(cat public)" ]
	dir=$PWD
	begin_backup 's3://raw/x' 2>/dev/null || true
	cd "$dir"
	loc_s3_start raw
	printf '[backup]\nrecipient = %s\n' "$(cat public)" >>"$LOC_CONF"
	loc-backup reports >out
	[ "$(jq .reports out)" = 62 ]
	url=s3://raw/x identity=(-i key)
	[ "$(find s3/raw/x/gnss -name '*.gz')" = '' ]
	a=$(find s3/raw/x/gnss -name '*.age' | head -1)
	age -d -i key "$a" | zcat | jq -e '.items | length' >/dev/null
	[ "$(jq -c '[.objects[].api_key] | unique' s3/raw/x/manifest/*/*.json)" \
	    = '[null]' ]
	[ "$(loc-backup list -j "$url" | jq -sc '[(map(.key) | unique), (map(.reports) |
	    add)]')" = '[[null],62]' ]
	loc-backup restore -q -i key "$url" >lines
	[ "$(jq -s 'map(.items | length) | add' lines)" = 62 ]
	grep '"key":"test"' lines >want
	loc-backup restore -q -i key -k test "$url" | cmp - want
	run -0 loc-backup verify "$url"
	[ "$(jq '.not_decrypted == .objects' <<<"$output")" = true ]
	run -1 loc-backup verify -i other "$url"
	[[ "$output" == *'is encrypted to another key'* ]]
	run -1 loc-backup restore "$url"
	[[ "$output" == *'is encrypted: expected -i'* ]]
	damage s3/raw/x
	chmod 644 key
	run -66 loc-backup verify -i key "$url"
	[[ "$output" == *'others can use this secret key'* ]]
	# A bucket that fails costs time only, or is told.
	chmod 600 key
	printf '%s\n' 'GET .*age 503' 'GET .*age 500' 'GET .*age cut' >s3/faults
	run -0 loc-backup verify -q -i key "$url"
	echo 'GET .*age 403' >s3/faults
	run -75 loc-backup verify -q -i key "$url"
	[[ "$output" == *'answered 403'* ]]
	echo 403 >s3/always
	run -69 loc-backup restore -q -i key "$url"
	head -1 all | loc-submit
	loc-feed -1
	run -75 loc-backup reports
	[[ "$output" == *'answered 403'* ]]
	rm s3/always
	run -0 loc-backup reports
	[ "$(jq .reports <<<"$output")" = 1 ]
}

@test "restore: what is incomplete waits in a file when it is much" {
	mkdir dir
	python3 - <<-'END'
	import gzip, json, uuid
	def put(n, ids, line):
	    name = "dir/c232ab%02d941411ec9f6b0242ac120002.json.gz" % n
	    with gzip.open(name, "wt") as out:
	        json.dump({"items": [{"n": 10 * i + line} for i in ids],
	            "source": "gnss", "key": None, "submissions": [{"id":
	            uuid.UUID(int=i).hex, "accepted_ms": 1, "line": line,
	            "n": 1, "of": 3} for i in ids]}, out)
	put(0, [1, 2, 3], 2)
	put(1, [3, 2, 1], 3)
	put(2, [2, 1], 1)
	END
	loc-backup restore -oq "$PWD/dir" >out
	[ "$(jq -c '[.items[].n]' out)" = '[21,22,23]
[11,12,13]
[32,33]' ]
	loc-backup restore -oq -m 0 "$PWD/dir" | cmp - out
	TMPDIR=$PWD/none run -71 loc-backup restore -oq -m 0 "$PWD/dir"
	[ "$output" = "loc-backup: temporary file in $PWD/none: No such file or directory" ]
}

@test "objects without ids, as Ichnaea made them" {
	LOC_CONF=''
	loc_setup
	cd "$BATS_TEST_TMPDIR"
	loc-work -1
	loc-simulate -n 60 reports >made
	old_objects old
	rm old/other.txt
	sed 's/"n"/"x"/' made | jq -sc '{items: .}' | gzip \
	    >old/gnss/test/c232ab02941411ec9f6b0242ac120002.json.gz
	run -1 loc-backup verify "$PWD/old"
	[[ "$output" == *'is in no manifest'* ]]
	run -0 loc-backup verify -oq "$PWD/old"
	run -1 loc-backup restore -q "$PWD/old"
	[[ "$output" == *'is in no manifest; left out'* ]]
	loc-backup restore -oq "$PWD/old" >lines
	[ "$(jq '.items | length' lines | xargs)" = '1 1 60 1' ]
	sed -n 3p lines >line
	loc-submit line
	count
	rows >once
	[ "$(wc -l <once)" -gt 20 ]
	loc-submit line
	count
	rows | cmp once -
}

@test "expire: what is old goes, with its manifests, and nothing else" {
	begin_backup "$PWD/dir"
	old_objects dir
	uuid=c232ab00941411ec9f6b0242ac120002
	manifest=dir/manifest/2022-02-22/$uuid.json
	mkdir -p "${manifest%/*}"
	{
		printf '{"version":1,"target":"t","objects":[{"key":'
		printf '"gnss/test/%s.json.gz","source":"gnss",' $uuid
		printf '"api_key":"test","reports":1,"bytes":1,"first_ms":1,'
		printf '"last_ms":1,"sha256":"%064d","stored":true}]}' 0
	} >"$manifest"
	# A young object in the same manifest keeps an old one.
	kept=${manifest%/*}/c232ab09941411ec9f6b0242ac120002.json
	jq -c --slurpfile young "$(find dir/manifest -name '*.json' \
	    ! -path '*2022*')" '.objects[0].key |= sub("ab00"; "ab01") |
	    .objects += [$young[0].objects[0]]' "$manifest" >"$kept"
	find dir -type f | sort >all
	run -1 loc-backup expire -d 30 -D 5 dir/
	[[ "$output" == *'more than 5 percent; nothing was changed'* ]]
	loc-backup expire -nd 30 -D 50 dir/ >out
	find dir -type f | sort | diff all -
	[ "$(jq .deleted out)" = 3 ]
	loc-backup expire -d 30 -D 50 dir/ >out
	[ "$(jq .deleted out)" = 3 ]
	find dir -type f | sort | diff - all | sed 's/^> //' |
	    grep -o '[^/]*$' | sort >gone
	grep '^c232' gone | diff - <(printf '%s\n' "$uuid.json" \
	    "$uuid.json.gz" c232ab00951411ec9f6b0242ac120002.json.gz | sort)
	run -0 loc-backup expire -d 30 dir/
	[ "$(jq .deleted <<<"$output")" = 0 ]
	run -64 loc-backup expire dir/
}

@test "lifecycle: the rule of a place, beside those of others" {
	loc_s3_start raw
	run -0 loc-backup lifecycle s3://raw/x
	[ -z "$output" ]
	loc-backup lifecycle -d 365 s3://raw/x >out
	[ "$(jq -c '[.id, .prefix, .days, .enabled]' out)" = \
	    '["loc:x/","x/",365,true]' ]
	loc-backup lifecycle -d 3 s3://raw/export >out
	[ "$(jq -c '[.prefix, .days]' out)" = $'["x/",365]\n["export/",3]' ]
	# What others say is kept to the byte.
	rule='<Rule><ID>a&amp;b</ID><Prefix>y</Prefix><Status>Disabled</Status><Transition ><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>'
	sed -i "s|</LifecycleC|${rule//&/\\&}</LifecycleC|" s3/raw.lifecycle
	loc-backup lifecycle -d 30 s3://raw/x >out
	grep -qF "$rule" s3/raw.lifecycle
	[ "$(jq -c '[.id, .days]' out)" = '["loc:export/",3]
["a&b",0]
["loc:x/",30]' ]
	run -69 loc-backup lifecycle "$PWD"
	[[ "$output" == *'a directory has no rules'* ]]
	echo 'PUT .*lifecycle 403' >s3/faults
	run -69 loc-backup lifecycle -d 1 s3://raw/x
	[ "$(loc-backup lifecycle s3://raw/x | wc -l)" = 3 ]
	# A web page is no list without rules, to be replaced by ours.
	echo 'GET .*lifecycle page' >s3/faults
	run -69 loc-backup lifecycle -d 1 s3://raw/x
	[[ "$output" == *'rules of the bucket that cannot be read'* ]]
	[ "$(loc-backup lifecycle s3://raw/x | wc -l)" = 3 ]
}
