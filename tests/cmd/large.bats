#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# Entries that are much larger than usual: whatever is in the stream, programs
# that read it take little memory.

bats_require_minimum_version 1.5.0

load work

# large N MIB FIRST: N reports of MIB mebibytes each, most of them nothing.
large() {
	python3 - "$@" <<-'END'
	import json, sys
	n, mib, first = map(int, sys.argv[1:])
	filler = ["x" * 1000] * (mib * 1024)
	for i in range(first, first + n):
	    print(json.dumps({"position": {"latitude": 51.5, "longitude": -0.1},
	        "wifiAccessPoints": [{"macAddress": "04%010x" % i}],
	        "filler": filler}))
	END
}

# peak LIMIT COMMAND...: fails if it needs more than LIMIT MiB at any moment.
peak() {
	ASAN_OPTIONS=quarantine_size_mb=1 python3 - "$@" <<-'END'
	import resource, subprocess, sys
	status = subprocess.call(sys.argv[2:])
	mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
	print("# %s: %d MiB" % (sys.argv[2], mib), file=sys.stderr)
	sys.exit(status or mib > int(sys.argv[1]))
	END
}

# fill N: 2 N reports of 4 MiB each, and small ones between them.
fill() {
	large "$1" 4 0 | put_reports spool
	hot 500 | put_reports spool 10
	large "$1" 4 100 | put_reports spool
	loc-feed -1
}

@test "loc-work takes little memory for large entries" {
	fill 10
	peak 60 loc-work -1
	[ "$(samples)" = $((20 + 500 * 11)) ]
	[ -z "$(loc-work -l)" ]
}

@test "loc-work takes over large entries one after the other" {
	fill 10
	loc_redis eval "redis.call('XREADGROUP', 'GROUP', 'internal', 'dead',
	    'COUNT', 1000, 'STREAMS', 'loc:reports', '>')" 0 >/dev/null
	sleep 1.1
	peak 60 loc-work -1
	[ "$(samples)" = $((20 + 500 * 11)) ]
	[ -z "$(loc-work -l)" ]
}

@test "loc-forward takes little memory for large entries" {
	loc_export nowhere dummy
	loc_export files s3 "$PWD/files" batch=10
	loc-work -1
	fill 20
	peak 160 loc-forward -1
	[ "$(find files -name '*.json.gz' -exec zcat {} + |
	    jq -s 'map(.items | length) | add')" = 540 ]
	[ "$(loc_redis xpending loc:reports nowhere | head -1)" = 0 ]
}

@test "a submission of nothing but nonsense is set aside as a whole" {
	seq -f 'nonsense %g' 5000 | put_reports spool 5000
	hot 10 | put_reports spool 10
	loc-feed -1
	peak 60 loc-work -1
	[ "$(samples)" = 110 ]
	[ "$(loc-work -l | jq -r '"\(.reports) \(.reason)"')" = \
	    '5000 many of its reports cannot be counted' ]
}
