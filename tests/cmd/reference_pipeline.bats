#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Rows recorded from the reference service, batch by batch.  Not compared: the
# scrambling codes of two cells that were reported with different ones in one
# batch; the reference service sorts a batch by API key, which the recording
# does not pass on.

# LOC_DB and LOC_SERVERS are set by lib.bash.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	require_shared reference/run_pipeline.py
	PATH=$(dirname "$(command -v loc-work)")/tools:$PATH
	loc_setup
	spool=${LOC_CONF%/*}/spool
}

teardown() {
	loc_stop
}

@test "all batches end in the rows of the reference service" {
	loc_sql "CREATE USER IF NOT EXISTS reference@localhost
	    IDENTIFIED BY 'location';
	    GRANT ALL ON *.* TO reference@localhost"
	run python3 "$LOC_SHARED/reference/run_pipeline.py" \
	    --dir "$LOC_SHARED/reference/pipeline" --db "$LOC_DB" \
	    --socket "$(readlink -f "$LOC_SERVERS/run")/mariadb.sock" \
	    --user reference --submit "put_reports $spool 1" \
	    --drain 'loc-feed -1 && loc-work -1 && loc-stats' --compare --isolated \
	    --show 1000
	grep -c '^batch ' <<<"$output" | grep -qx 8
	differ=$(grep '^  ' <<<"$output" |
	    grep -Ev '^  cell (gsm-234-30-21876-20308|lte-604-1-8604-90255104) differs psc:[^ ]*$') || true
	echo "$differ"
	[ -z "$differ" ]
}
