#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# The recorded answers of the reference service, request by request.

# LOC_DB and LOC_SERVERS are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	ref=$LOC_SHARED/reference
	mmdb=$LOC_SHARED/data/geo/maxmind-test/test-data/GeoIP2-City-Test.mmdb
	require_shared reference/locate_vectors.jsonl.gz
	require_shared "${mmdb#"$LOC_SHARED/"}"
	loc_setup
	printf '[geoip]\ndb_path = %s\n[http]\nstrict = true\ncount_delay_ms = 0\n' \
	    "$(readlink -f "$mmdb")" >>"$LOC_CONF"
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

@test "reliability 36: answers are those of the reference" {
	python3 "$ref/load_stations.py" --print --truncate \
	    --keys "$ref/locate_keys.json" "$ref/locate_stations.jsonl.gz" >all.sql
	loc_sql "source all.sql"
	loc_serve_start
	run python3 "$ref/compare_locate.py" "$URL" --headers --save out.jsonl
	echo "$output"
	# Of the headers only the website's addresses are others, and the
	# length of nothing, which HTTP wants told.
	sed -n '/^header differences:/,/^accidents/p' <<<"$output" >headers
	[ -s headers ]
	run ! grep -v -e '^[a-z]' -e ' content-security-policy:' \
	    -e " content-length: None -> '0'" headers
	# Positions within clusters come from another solver: all but a few
	# are near.  Everything else is the same to the byte, except for the
	# wording of what is wrong with a body.
	python3 - <<-'END'
	import collections, json
	rows = [json.loads(line) for line in open("out.jsonl")]
	rows = [r for r in rows if not r["accident"]]
	levels = collections.Counter(r["level"] for r in rows)
	assert len(rows) > 600, len(rows)
	assert levels["differ"] == 0, levels
	assert levels["status"] <= len(rows) // 100, levels
	for r in rows:
	    if r["level"] in ("numeric", "near", "status"):
	        assert "location" in json.loads(r["body"]), r
	        assert r["cat"].split("_")[0] not in ("cell", "geoip", "key",
	            "path", "fallbacks"), r
	    elif r["level"] == "lenient":
	        assert "details" in json.loads(r["body"]), r
	END
}
