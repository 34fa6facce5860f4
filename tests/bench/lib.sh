# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# What the benchmarks share: a private database and Redis under $dir, with
# $LOC_CONF for them, gone at the end.

top=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$top/build:$PATH
dir=$(mktemp -d /tmp/bench.XXXXXX)

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
	loc-db init
}

sql() {
	mariadb --no-defaults -NB --local-infile=1 -u root \
	    -S "$run/mariadb.sock" location "$@"
}

seconds() {
	date +%s.%N
}

# rate WHAT COUNT FROM TO: so many a second; leaves the rate in $rate
rate() {
	rate=$(awk -v n="$2" -v a="$3" -v b="$4" \
	    'BEGIN { printf "%.0f", n / (b - a) }')
	printf '%-44s %10s /s\n' "$1" "$rate"
}

ratio() {	# WHAT A B
	awk -v what="$1" -v a="$2" -v b="$3" \
	    'BEGIN { printf "%-44s %10.2f\n", what, a / b }'
}
