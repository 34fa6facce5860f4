# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# What the benchmarks share: a private database and Redis under $dir, with
# $LOC_CONF for them, gone at the end; what something takes, and how that grows.
# With LOC_BENCH_PART=100 a hundredth of the usual is measured, to see whether a
# script runs rather than how fast anything is.

top=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$top/build:$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")

bench_end() {
	"$top/scripts/servers" stop -d "$dir" >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap bench_end EXIT
trap 'exit 130' INT TERM

bench_servers() {
	"$top/scripts/servers" start -d "$dir"
	run=$(readlink -f "$dir/run")
	url="mysql://root@localhost/location?unix_socket=$run/mariadb.sock"
	export LOC_CONF="$dir/location.ini"
	cat >"$LOC_CONF" <<-END
	[database]
	rw_url = $url
	ro_url = $url
	ddl_url = $url
	[cache]
	cache_url = unix://$run/redis.sock
	[spool]
	dir = $dir/spool
	END
	mariadbd=$(cat "$run/mariadb.pid")
	loc-db init
}

sql() {
	mariadb --no-defaults -NB --local-infile=1 -u root \
	    -S "$run/mariadb.sock" location "$@"
}

seconds() {
	date +%s.%N
}

# size N: the part of N that is to be measured
size() {
	echo $(($1 / ${LOC_BENCH_PART:-1}))
}

# rate WHAT COUNT FROM TO: so many a second; leaves the rate in $rate
rate() {
	rate=$(awk -v n="$2" -v a="$3" -v b="$4" \
	    'BEGIN { printf "%.0f", n / (b - a) }')
	printf '%-58s %10s /s\n' "$1" "$rate"
}

# ticks [PID]: of the processor, that a process has taken; none if there is none
ticks() {
	if [ -n "${1-}" ]; then
		awk '{ print $14 + $15 }' "/proc/$1/stat"
	else
		echo 0
	fi
}

# timed WHAT COUNT COMMAND...: leaves in $rate how many of COUNT there are a
# second, in $took the seconds on the clock, and in $cost the microseconds that
# processors take for one, with those of MariaDB if it runs, which other work on
# the machine changes less.  COMMAND may end with status 65.
timed() {
	local what=$1 count=$2 db rc=0 TIMEFORMAT='%3R %3U %3S'
	shift 2
	db=$(ticks "${mariadbd-}")
	{ time "$@" >/dev/null 2>&3; } 3>&2 2>"$dir/took" || rc=$?
	[ $rc = 0 ] || [ $rc = 65 ] || return $rc
	db=$(($(ticks "${mariadbd-}") - db))
	awk -v n="$count" -v db=$db -v hz="$(getconf CLK_TCK)" '{
		s = $1 > 0 ? $1 : 5e-4
		print s, n / s, ($2 + $3 + db / hz + 5e-4) / n * 1e6
	}' "$dir/took" >"$dir/times"
	# shellcheck disable=SC2034	# for the scripts
	read -r took rate cost <"$dir/times"
	printf '%-48s %9.0f /s %9.3f us of processors each\n' "$what" "$rate" \
	    "$cost"
}

# thrice WHAT THINGS MOST PREPARE COMMAND...: COMMAND timed for a hundredth and
# a tenth of MOST things, and for MOST, each of which PREPARE is told before:
# how the processors' time of a thing, which is WHAT, grows
thrice() {
	local what=$1 things=$2 most=$3 prepare=$4 n
	shift 4
	for n in $((most / 100)) $((most / 10)) "$most"; do
		"$prepare" "$n"
		timed "$what, $n $things" "$n" "$@"
		growth "$what" "$things" "$cost"
	done
}

# growth WHAT THINGS COST: what WHAT costs, when there are ten times as many
# things as the last time that this was called; the ratio to the first cost
declare -A grow_first grow_times
growth() {
	if [ -z "${grow_first[$1, $2]-}" ]; then
		grow_first[$1, $2]=$3
		grow_times[$1, $2]=1
		return
	fi
	grow_times[$1, $2]+=0
	ratio "$1, ${grow_times[$1, $2]} times the $2" "$3" \
	    "${grow_first[$1, $2]}"
}

# ratio WHAT A B: also to $LOC_RATIOS, for tests/bench/all
ratio() {
	awk -v what="$1" -v a="$2" -v b="$3" \
	    'BEGIN { printf "%-58s %10.2f\n", what, a / b }' |
	    tee -a "${LOC_RATIOS:-/dev/null}"
}
