#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What loc-work tells statsd.
# shellcheck disable=SC2154 # set by bats and work

bats_require_minimum_version 1.5.0

load work

# Adds cell $1 to the report of stdin.
with_cell() {
	local cell="\"radioType\": \"gsm\", \"cellId\": $1"

	cell="$cell, \"mobileCountryCode\": 234, \"mobileNetworkCode\": 30"
	cell="$cell, \"locationAreaCode\": 1"
	sed "s/}\$/, \"cellTowers\": [{$cell}]}/"
}

# What came of loc-work, without the prefix: counts added up, times as N; not
# when ids were forgotten, nor who was believed.
metrics() {
	loc_metrics | sed 's/^location\.//; /cleanup_ledger/d; /data\.spool/d
	    /data\.trust/d' |
	    awk -F '|' '{
		at = index($1, ":")
		rest = substr($0, length($1) + 1)
		sum[substr($1, 1, at) SUBSEP rest] += substr($1, at + 1)
	    }
	    END {
		for (i in sum) {
			split(i, part, SUBSEP)
			print part[1] (part[2] ~ /^.ms/ ? "N" : sum[i]) part[2]
		}
	    }' | LC_ALL=C sort
}

@test "a batch: uploaded, dropped, inserted, new; the example of Ichnaea" {
	loc_statsd_start
	loc-key create test
	{
		report 51.5 -0.1 a82066123456 a82066123457 | with_cell 1
		echo '{"wifiAccessPoints": [{"macAddress": "a82066123456"}]}'
		echo '{}'
	} | put_reports "$spool" 3
	work
	run -0 metrics
	[ "$output" = 'data.export.batch:1|c|#key:internal
data.export.upload.timing:N|ms|#key:internal
data.observation.insert:1|c|#type:cell
data.observation.insert:2|c|#type:wifi
data.observation.upload:1|c|#type:cell,key:test
data.observation.upload:2|c|#type:wifi,key:test
data.report.drop:1|c|#key:test
data.report.upload:2|c|#key:test
data.station.new:1|c|#type:cell
data.station.new:2|c|#type:wifi
task:N|ms|#task:data.export_reports
task:N|ms|#task:data.update_cellarea' ]
}

@test "keys that are not in the table are no tags, nor is one with other case" {
	loc_statsd_start
	loc-key create test
	loc-key create Mixed
	report 51.5 -0.1 a82066123456 nonsense >one
	for key in test mixed other t-e-s-t test; do
		loc-submit -k "$key" one
	done
	loc-submit one
	work
	run -0 metrics
	[ "$output" = 'data.export.batch:1|c|#key:internal
data.export.upload.timing:N|ms|#key:internal
data.observation.drop:2|c|#type:wifi,key:test
data.observation.drop:4|c|#type:wifi
data.observation.insert:6|c|#type:wifi
data.observation.upload:2|c|#type:wifi,key:test
data.observation.upload:4|c|#type:wifi
data.report.upload:2|c|#key:test
data.report.upload:4|c
data.station.new:1|c|#type:wifi
task:N|ms|#task:data.export_reports' ]
}

@test "networks that asked not to be known" {
	loc_statsd_start
	loc-key create test
	echo '{"optOut": {"wifi": ["a82066123456"], "blue": ["a82066123457"]}}' |
	    put_reports "$spool"
	work
	metrics | grep -qxF 'data.observation.optout:2|c|#key:test'
}

@test "stations found again are confirmed, others blocked" {
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	loc_statsd_start
	report 51.5 -0.1 a82066123456 a82066123457 | put_reports "$spool"
	work
	loc_sql 'UPDATE wifi_shard_6 SET last_seen = CURDATE() - INTERVAL 9 DAY,
	    created = NOW() - INTERVAL 9 DAY'
	loc_metrics >/dev/null
	{
		report 51.5 -0.1 a82066123456
		report 53.5 -0.1 a82066123457
	} | put_reports "$spool"
	work
	run -0 metrics
	grep '^data.station' <<<"$output" >stations
	[ "$(cat stations)" = 'data.station.blocklist:1|c|#type:wifi
data.station.confirm:1|c|#type:wifi' ]
}

# What loc-work tells of whom it believed: "metric:count class [key] ...".
told() {
	work
	loc_metrics | sed -n 's/^location\.data\.trust\.//p' | LC_ALL=C sort |
	    sed 's/|c|#type:wifi,class:/ /; s/,key:/ /' | tr '\n' ' ' |
	    tee /dev/stderr	# to be seen when it is not what it should be
}

@test "who was believed, and what came of it" {
	loc_statsd_start
	printf '[trust]\nnew_day = 5\n' >>"$LOC_CONF"
	list=(a82066000001 a82066000002 a82066000003 a82066000004 a82066000005
	    a82066000006)
	say() {	# WITNESS LAT MAC...
		report "$2" -0.1 "${@:3}" | put_reports "$spool" 1 0 "$1"
	}
	say 0:1:1 51.5 "${list[@]}"
	[ "$(told)" = 'born_over:1 public vote:5 public ' ]
	# A second witness agrees, too loud, and one contradicts too many.
	say 0:2:2 51.502 a82066000001
	[ "$(told)" = 'capped:1 public vote:1 public ' ]
	say 0:3:3 51.6 "${list[@]:0:5}"
	[ "$(told)" = 'doubt:5 public refused:1 public ' ]
	# Somebody with a key is the second one.
	say 1:4:4 51.6 a82066000002 a82066000003
	[ "$(told)" = 'move:2 keyed ' ]
	say 1:4:4 51.8 a82066000004
	[ "$(told)" = 'hide:1 keyed ' ]
	say 2:9:9 51.5 a82066000004
	[ "$(told)" = 'vote:1 trusted ' ]
	# Of a new network: the votes of a day are told apart by 32 bits, and the
	# operator's, which another salt gives each database, may be one of them.
	report 51.5 -0.1 a82066000007 | loc-submit
	[ "$(told)" = 'vote:1 trusted ' ]
	echo '{"optOut": {"wifi": ["a82066000005"]}}' | loc-submit
	[ "$(told)" = 'optout:1 trusted ' ]
}

@test "what came of whose reports, by the API key" {
	loc_statsd_start
	printf '[trust]\nnew_day = 5\n' >>"$LOC_CONF"
	loc-key create alice
	loc-key create boris trust=keyed
	loc-key create mine trust=trusted
	list=(a82066000001 a82066000002 a82066000003 a82066000004 a82066000005
	    a82066000006)
	say() {	# KEY WITNESS LAT MAC...; no key: "null"
		report "$3" -0.1 "${@:4}" | sed 's/^{/{"apiKey": '"$1"', /' |
		    put_reports "$spool" 1 0 "$2"
	}
	# One batch, three who have a key, one without, one with an invented one.
	say '"alice"' 0:1:1 51.5 "${list[@]}"
	say '"boris"' 1:2:2 51.5 "${list[@]:0:2}"
	say null 0:3:3 51.506 "${list[0]}"
	say '"mallory"' 0:5:5 51.6 "${list[@]:0:5}"
	say '"mine"' 2:4:4 51.5 "${list[4]}"
	[ "$(told)" = "born_over:1 public alice capped:1 public doubt:5 public \
refused:1 public vote:1 public vote:1 trusted mine vote:2 keyed boris \
vote:5 public alice " ]
	say '"alice"' 0:1:1 51.8 "${list[@]:0:4}"
	say '"boris"' 1:2:2 51.6 "${list[@]:2:3}"
	[ "$(told)" = 'doubt:2 public alice doubt:3 keyed boris hide:2 public alice ' ]
	echo '{"apiKey": "mine", "optOut": {"wifi": ["a82066000005"]}}' |
	    put_reports "$spool" 1 0 2:4:4
	[ "$(told)" = 'optout:1 trusted mine ' ]
	# A batch that comes again counts nothing again, whoever sent it.
	rm "$spool/feed.state"
	[ -z "$(told)" ]
}

@test "what comes again or is set aside counts nothing" {
	loc_statsd_start
	report 51.5 -0.1 a82066123456 | put_reports "$spool"
	work
	loc_metrics >/dev/null
	rm "$spool/feed.state"
	echo nonsense | put_reports "$spool"
	work
	run -0 metrics
	[ "$output" = 'data.deadletter:1|c|#key:internal
task:N|ms|#task:data.export_reports' ]
}

@test "a bad report costs only its own counts" {
	loc_statsd_start
	{
		report 51.5 -0.1 a82066123456
		echo nonsense
		report 51.5 -0.1 a82066123456
	} | put_reports "$spool" 3
	work
	run -0 metrics
	grep -Fx 'data.report.upload:2|c' <<<"$output"
	grep -Fx 'data.observation.insert:2|c|#type:wifi' <<<"$output"
	grep -Fx 'data.deadletter:1|c|#key:internal' <<<"$output"
}

# conflict TABLE TIMES CODE: the next TIMES inserts of a session fail.
conflict() {
	loc_sql "DELIMITER //
	    CREATE TRIGGER conflict_$1 BEFORE INSERT ON $1 FOR EACH ROW
	    IF COALESCE(@$1, 0) < $2 THEN
	        SET @$1 = COALESCE(@$1, 0) + 1;
	        SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = $3;
	    END IF //"
}

@test "conflicts in the database are counted by error and table" {
	loc_statsd_start
	report 51.5 -0.1 a82066123456 | with_cell 1 | put_reports "$spool"
	conflict wifi_shard_6 2 1213
	conflict cell_gsm 1 1062
	conflict datamap_nw 1 1205
	work
	run -0 metrics
	grep -F dberror <<<"$output" >errors
	[ "$(cat errors)" = 'data.station.dberror:1|c|#errno:1062,type:cell
data.station.dberror:2|c|#errno:1213,type:wifi
datamaps.dberror:1|c|#errno:1205' ]
	[ "$(grep -c '^data.report.upload:1|c$' <<<"$output")" = 1 ]
}

@test "the last attempt before giving up is counted, too; areas as well" {
	loc_statsd_start
	report 51.5 -0.1 a82066123456 | put_reports "$spool"
	conflict stat 100 1213
	loc-feed -1
	run -75 loc-work -1
	[ "$(metrics)" = 'data.station.dberror:6|c|#errno:1213,type:stat' ]
	loc_sql "DROP TRIGGER conflict_stat"
	conflict cell_area 1 1213
	report 51.5 -0.1 a82066123456 | with_cell 1 | put_reports "$spool"
	work
	metrics | grep -Fx 'data.station.dberror:1|c|#errno:1213,type:cellarea'
}

@test "without a server to tell nothing changes" {
	loc_statsd_start
	sed -i 's/^port = .*/port = 1/' "$LOC_CONF"
	report 51.5 -0.1 a82066123456 | put_reports "$spool"
	loc-feed -1
	run -0 loc-work -1
	[ -z "$output" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM wifi_shard_6')" = 1 ]
}
