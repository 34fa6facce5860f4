#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# loc-metrics(7) lists what the sources send: lines "name program".

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# The rows of its tables, metrics and tasks.
listed() {
	sed -n 's/^\.It Li \([a-z_.]*\) Ta \(.* Ta \)*\(loc-.*\)$/\1 \3/p' \
	    "$top/man/loc-metrics.7" |
	    awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | sort -u
}

# In programs that speak to statsd, text with a dot in it is a metric or a
# task; and so is what goes straight to lib/net/statsd.
sent() {
	local file program

	for file in "$top"/cmd/loc-*.c "$top"/cmd/loc-*/*.c; do
		program=${file#"$top/cmd/"}
		program=${program%%[./]*}
		# It sends nothing: such words of its are names of checks.
		[ "$program" != loc-status ] || continue
		grep -qs statsd "$top/cmd/$program.c" \
		    "$top/cmd/$program"/*.[ch] || continue
		perl -0 -ne '
			s,/\*.*?\*/,,gs;
			s,^\s*#.*,,gm;
			print "$1\n" while /"([a-z_]+(?:\.[a-z_]+)+)"/g;
			print "$1\n" while /net_statsd_(?:count|gauge|time)
			    \([^",()]*,\s*"([a-z_.]+)"/gx;
			print "$1\n" while /\(struct\ gauge\)\{\s*"([a-z_.]+)"/gx;
		    ' "$file" | sed "s/$/ $program/"
	done | sort -u
}

@test "every metric that is sent is listed, and no other" {
	sent | grep -v '^task ' >"$BATS_TEST_TMPDIR/sent"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/sent")" -gt 40 ]
	run diff <(listed) "$BATS_TEST_TMPDIR/sent"
	echo "$output"
	[ "$status" = 0 ]
}

@test "no name is listed twice for a program" {
	run uniq -d <(sed -n 's/^\.It Li \([a-z_.]*\) Ta .*/\1/p' \
	    "$top/man/loc-metrics.7" | sort)
	[ -z "$output" ]
}
