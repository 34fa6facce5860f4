# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: ISC
#
# What the tests of loc-work share: "load work" at the top.

setup() {
	load lib
	PATH=$(dirname "$(command -v loc-work)")/tools:$PATH
	loc_setup
	spool=${LOC_CONF%/*}/spool
	cd "$BATS_TEST_TMPDIR" || return 1
	printf '[queue]\nclaim_idle_s = 1\n' >>"$LOC_CONF"
}

teardown() {
	jobs -p | xargs -r kill 2>/dev/null || true
	wait
	loc_stop
}

# report LAT LON MAC...: a report line of these wifi networks.
report() {
	local list='' mac
	for mac in "${@:3}"; do
		list="$list${list:+, }{\"macAddress\": \"$mac\"}"
	done
	echo "{\"position\": {\"latitude\": $1, \"longitude\": $2}," \
	    "\"wifiAccessPoints\": [$list]}"
}

# hot N: N reports of the same ten networks, and one of their own each.
hot() {
	awk -v n="$1" -v first="${2:-0}" 'BEGIN {
		for (i = first; i < first + n; i++) {
			printf "{\"position\": {\"latitude\": %.5f," \
			    "\"longitude\": -0.1}, \"wifiAccessPoints\": [",
			    51.5 + i % 100 / 1e5
			for (k = 0; k < 10; k++)
				printf "{\"macAddress\": \"02%x00%x000001\"},",
				    k, k
			printf "{\"macAddress\": \"04%010x\"}]}\n", i
		}
	}'
}

work() {	# all that was put into the spool, in one go
	loc-feed -1
	loc-work -1 "$@"
}

wifis() {	# COLUMNS [WHERE]
	local i q=
	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		q="$q${q:+ UNION ALL }SELECT $1 FROM wifi_shard_$i ${2-}"
	done
	loc_sql "$q" | sort
}

samples() {
	wifis 'COALESCE(SUM(samples), 0)' | awk '{ n += $1 } END { print n }'
}

has_samples() {
	[ "$(samples)" = "$1" ]
}
