#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The website in Debian's Chromium, as people see it: site.js looks at every
# page.  $LOC_SHOTS, a directory, gets the pictures.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	need /usr/bin/chromium
	command -v node >/dev/null || skip "no node"
	export LOC_NPM=$LOC_TOP/build/npm/node_modules
	[ -d "$LOC_NPM/playwright-core" ] ||
	    skip "no playwright-core: scripts/packages npm"
	[ -d "$LOC_NPM/axe-core" ] || skip "no axe-core: scripts/packages npm"
	[ -d "$LOC_TOP/build/web/node_modules/leaflet" ] ||
	    skip "no libraries: scripts/packages web"
	loc_setup
	loc_geoip 127.0.0.1/32
	loc-key create test maxreq=0 >/dev/null
}

teardown() {
	loc_stop
}

# Points around towns, on both sides of the date line, and where the map ends.
points() {
	awk 'BEGIN {
		srand(1)
		n = split("51.5 -0.1 52.5 13.4 40.7 -74 -33.9 151.2 35.7 139.7 " \
		    "52 179.9 52 -179.9 84.2 0.5 -84.2 20", at, " ")
		for (i = 1; i < n; i += 2)
			for (k = 0; k < 400; k++)
				printf "%.6f,%.6f\n", at[i] + (rand() - .5) / 5,
				    at[i + 1] + (rand() - .5) / 5
	}'
}

# Counters of two years, and all that pages may show.
fill() {
	{
		awk 'BEGIN {
			split("1 2 3 4 8 9", key, " ")
			print "INSERT INTO stat VALUES"
			for (k = 1; k <= 6; k++)
				for (d = 0; d < 700; d += 7)
					printf "%s(%d, UTC_DATE() - INTERVAL %d DAY, %d)\n",
					    (k + d > 1) ? "," : "", key[k], d, k * 1e6 - d * 999
			print ";"
		}'
		echo "INSERT INTO region_stat (region, gsm, wcdma, lte, nr, blue,
		    wifi) VALUES ('DE', 9000, 20, 30, 4, 5, 60000), ('CI', 1, 2,
		    3, 4, 5, 6), ('GB', 1000, 20, 3, 40, 50, 50000),
		    ('US', 11000, 20, 3, 40, 50, 70000)"
	} >fill.sql
	loc_sql "$(cat fill.sql)"
	mkdir -p datamap/export
	for name in full-cell-export-2026-11-30T000000 \
	    diff-cell-export-2026-11-30T010000 \
	    diff-cell-export-2026-11-30T020000; do
		head -c 20000 /dev/zero >"datamap/export/MLS-$name.csv.gz"
	done
	jq -nc --arg h "$(printf 'f%.0s' {1..64})" '{sha256: $h, rows: 7}' \
	    >datamap/export/MLS-cell-export-2026-11-30T000000.full.json
	cat >status <<-'END'
	{"name":"queue","value":1200,"tags":{"queue":"internal"}}
	{"name":"mark.age_s","value":7200,"tags":{"mark":"export.full"}}
	{"name":"job.status","value":1,"tags":{"job":"backup"}}
	{"name":"job.age_s","value":7200,"tags":{"job":"location-backup"}}
	END
}

@test "every page, wide and narrow, light and dark; map, plots, tables, forms" {
	cat >>"$LOC_CONF" <<-END
	[web]
	dir = $PWD/site
	datamap = $PWD/datamap
	key = test
	contact = mailto:location@example.com
	END
	fill
	points | loc-mapgen -q -z 12 -o datamap/tiles - >/dev/null
	points | loc-mapgen -q -p datamap/wifi.pmtiles - >/dev/null
	cp datamap/wifi.pmtiles datamap/cell.pmtiles
	cp datamap/wifi.pmtiles datamap/lte.pmtiles
	TZ=UTC touch -d '2001-02-03 04:05' datamap/wifi.pmtiles
	loc_serve_start
	# The exports are where the map is.
	printf '[assets]\nbucket = %s\nurl = %s/static/datamap/\n' \
	    "$PWD/datamap" "$URL" >>"$LOC_CONF"
	loc-site -s status site
	[ -z "${LOC_SHOTS-}" ] || mkdir -p "$LOC_SHOTS"
	LC_ALL=C.UTF-8 node "$BATS_TEST_DIRNAME/site.js" "$URL" \
	    ${LOC_SHOTS:+"$LOC_SHOTS"} >log 2>&1 || {
		grep -v '^ok' log
		return 1
	}
	grep -q '^1\.\.' log
}
