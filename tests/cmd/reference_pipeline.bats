#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# Rows recorded from the reference service, batch by batch, as strict has them.

# LOC_DB and LOC_SERVERS are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	require_shared reference/run_pipeline.py
	PATH=$(dirname "$(command -v loc-work)")/tools:$PATH
	loc_setup
	spool=${LOC_CONF%/*}/spool
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# The recording, with the API key of each report in the report: put_reports
# takes it from there.
with_keys() {
	mkdir pipeline
	ln -s "$LOC_SHARED"/reference/pipeline/* pipeline
	rm pipeline/batches.jsonl.gz
	python3 - "$LOC_SHARED/reference/pipeline/batches.jsonl.gz" <<-'END'
	import gzip, json, sys
	with gzip.open("pipeline/batches.jsonl.gz", "wt") as out:
	    for line in gzip.open(sys.argv[1], "rt"):
	        x = json.loads(line)
	        x["item"]["report"]["apiKey"] = x["item"]["api_key"]
	        out.write(json.dumps(x) + "\n")
	END
}

all_batches() {
	loc_sql "GRANT ALL ON *.* TO reference@localhost
	    IDENTIFIED BY 'location'"
	with_keys
	run python3 "$LOC_SHARED/reference/run_pipeline.py" \
	    --dir pipeline --db "$LOC_DB" \
	    --socket "$(readlink -f "$LOC_SERVERS/run")/mariadb.sock" \
	    --user reference --submit "put_reports $spool 1" \
	    --drain 'loc-feed -1 && loc-work -1 && loc-stats' --compare --isolated \
	    --show 1000
	grep -c '^batch ' <<<"$output" | grep -qx 8
	differ=$(grep '^  ' <<<"$output") || true
	echo "$differ"
	[ -z "$differ" ]
}

# bats test_tags=mysql
@test "reliability 36: all batches end in the rows of the reference service" {
	all_batches
}
