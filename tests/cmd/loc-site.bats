#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The website as files.  Libraries for browsers are made up here, so that the
# tests need no npm: what matters is that they come along.

# bats sets $stderr.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	loc_setup
	program=$(command -v loc-site)
	# As it is installed, and without npm.
	mkdir -p up/bin up/share/loc
	cp "$program" up/bin
	cp -r "$LOC_TOP/lib/site/web" up/share/loc/site
	for file in leaflet/dist/leaflet.js leaflet/dist/leaflet.css \
	    leaflet/LICENSE pmtiles/dist/pmtiles.js \
	    uplot/dist/uPlot.iife.min.js uplot/dist/uPlot.min.css \
	    uplot/LICENSE; do
		mkdir -p "up/share/loc/site/libraries/${file%/*}"
		echo "/* $file */" >"up/share/loc/site/libraries/$file"
	done
	PATH=$PWD/up/bin:$PATH
	share=$PWD/up/share/loc/site
	printf '[web]\ndatamap = %s\n' "$PWD/datamap" >>"$LOC_CONF"
}

teardown() {
	loc_stop
}

fill() {
	loc_sql "INSERT INTO stat VALUES (2, '2020-01-01', 5),
	    (2, UTC_DATE(), 3289900), (4, UTC_DATE() - INTERVAL 1 DAY, 6100000),
	    (9, UTC_DATE() - INTERVAL 40 DAY, 77);
	    INSERT INTO region_stat (region, gsm, wcdma, lte, blue, wifi)
	    VALUES ('GB', 1000, 20, 3, 40, 50000), ('CI', 1, NULL, 2, 3, 4),
	    ('DE', 9000, 20, 3, 40, 5), ('zz', 1, 1, 1, 1, 1)"
}

@test "a whole site, with what is in the database" {
	fill
	run -0 --separate-stderr loc-site site
	[ -z "$stderr" ]
	[ "$(jq -c 'keys' <<<"$output")" = '["bytes","changed","files"]' ]
	for page in . map stats stats/regions downloads api contribute optout \
	    privacy terms contact status; do
		[ -s "site/$page/index.html" ]
		[ -s "site/$page/index.html.gz" ]
	done
	run -1 grep -rl '{{' site --include='*.html'
	[[ $(file -b site/favicon.ico) = *48*48* ]] ||
	    ! command -v file >/dev/null
	[ "$(head -c 4 site/apple-touch-icon-precomposed.png | tail -c 3)" = PNG ]
	gzip -dc site/map/index.html.gz | cmp - site/map/index.html
	[ "$(find site -type d ! -perm 755)" = '' ]
	[ "$(find site -type f ! -perm 644)" = '' ]
	left=$(ls -A)
	[ "$(grep -v separate <<<"$left" | xargs)" = \
	    '.site.lock location.ini site up' ]
	# The tables, as Ichnaea had them.
	grep -q '>3.28 ' site/stats/index.html
	grep -q '>6.10 ' site/stats/index.html
	[ "$(jq -c '.series[0].title, (.series[0].data | length)' \
	    site/stats_cell.json | xargs)" = 'MLS Cells 1' ]
	jq -e '.series[0].data[0] | .[1] == 3289900 and
	    (.[0] / 1000 | strftime("%d%H%M") == "010000")' site/stats_cell.json
	[ "$(jq -c '.series[0].data[0][1]' site/stats_blue.json)" = 77 ]
	[ "$(cat site/map.json)" = \
	    '{"tiles_url": "/static/datamap/tiles/"}' ]
	[ "$(jq -r '.[].code' site/regions.json | xargs)" = 'DE GB CI' ]
	jq -e '.[1] == {code: "GB", name: "United Kingdom", wifi: 50000,
	    blue: 40, gsm: 1000, wcdma: 20, lte: 3, nr: 0, cell: 1023}' \
	    site/regions.json
	[ "$(sed -n '3s/\r$//p' site/regions.csv)" = \
	    'GB,"United Kingdom",50000,40,1000,20,3,0,1023' ]
	jq -e '.regions | length == 247' site/static/world.json
	# Nothing is asked of others, and nothing stands within pages.
	run -1 grep -rEi '<(script|link|img)[^>]*(src|href)="?(https?:)?//' \
	    site --include='*.html'
	run -1 grep -rEi '<script>|<style|style=|onclick=|javascript:' site \
	    --include='*.html'
}

@test "values are escaped, whatever they are" {
	evil="\"><script>alert('x')</script>{{root}}&"
	cat >>"$LOC_CONF" <<-END
	title = $evil
	contact = javascript:$evil
	basemap = https://tiles.example/{z}/{x}/{y}.png$evil
	basemap_credit = $evil
	[assets]
	bucket = $PWD/assets
	url = https://assets.example/$evil
	END
	mkdir -p assets/export "datamap/tiles"
	stamp=2026-11-30T000000
	echo x >"assets/export/MLS-full-cell-export-$stamp.csv.gz"
	echo x >"assets/export/full-<script>.gz"
	jq -nc --arg x "$evil" '{sha256: $x, rows: $x}' \
	    >"assets/export/MLS-cell-export-$stamp.full.json"
	jq -nc --arg x "$evil" '{updated: $x}' >datamap/tiles/data.json
	jq -nc --arg x "$evil" '{name: "queue", value: 3, tags: {queue: $x}}' \
	    >status
	run -0 loc-site -s status site
	run -1 grep -rE "<script>|alert\('" site --include='*.html'
	grep -qF '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)' \
	    site/status/index.html
	grep -qF 'javascript:' site/contact/index.html
	run -1 grep -F 'href="javascript' site/contact/index.html
	run -1 grep -F 'full-&lt;' site/downloads/index.html
	grep -q "MLS-full-cell-export-$stamp" site/downloads/index.html
	run -1 grep -q SHA-256 site/downloads/index.html
	sed -i 's/^\[assets\]/[web]\nkey = it'"'"'s\n&/' "$LOC_CONF"
	run -78 loc-site site
	# What is no origin gets into no policy.
	run -1 grep -E 'Policy" content="[^"]*script&gt;' site/map/index.html
}

@test "downloads have sizes, dates and hashes of their manifests" {
	printf '[assets]\nbucket = %s\nurl = https://a.example/x\n' \
	    "$PWD/assets" >>"$LOC_CONF"
	mkdir -p assets/export
	cd assets/export
	hash=$(printf x | sha256sum | cut -d' ' -f1)
	for n in 1 2 3; do
		head -c $((n * 1024 + 512)) /dev/zero \
		    >MLS-diff-cell-export-2026-11-30T0${n}0000.csv.gz
	done
	head -c 1000 /dev/zero >MLS-full-cell-export-2026-11-30T000000.csv.gz
	echo "{\"sha256\":\"$hash\",\"rows\":1234}" \
	    >MLS-cell-export-2026-11-30T000000.full.json
	echo '{"sha256":' >MLS-cell-export-2026-11-30T010000.diff.json
	cd ../..
	run -0 loc-site site
	page=site/downloads/index.html
	[ "$(grep -o 'T0.0000.csv.gz</a> ([^)]*)' $page | xargs)" = "T000000.csv.gz</a> (1kB) T030000.csv.gz</a> (4kB) T020000.csv.gz</a> (2kB) T010000.csv.gz</a> (2kB)" ]
	grep -q 'href="https://a.example/x/export/MLS-full' $page
	[ "$(grep -o "<code class=.hash.>[^<]*" $page)" = \
	    "<code class=\"hash\">$hash" ]
	grep -q "1.*234 cells" $page
	# A bucket that is away leaves the old site.
	sed -i 's|^bucket = .*|bucket = s3://none/x|' "$LOC_CONF"
	printf '[s3]\nendpoint = http://127.0.0.1:1\naccess_key = a\nsecret_key = b\nregion = x\n' \
	    >>"$LOC_CONF"
	cp -r site before
	run -75 timeout 100 loc-site site
	diff -r before site
}

@test "the operator's templates, texts and files stand in for ours" {
	mkdir -p own/templates own/static
	echo 'templates = own' >>"$LOC_CONF"
	echo '<p>{{title}} {{#contact}}x{{/contact}}{{t.skip}}' \
	    >own/templates/privacy.html
	echo 'body { color: red }' >own/static/site.css
	echo hello >own/static/more.txt
	run -0 loc-site site
	[ "$(cat site/privacy/index.html)" = \
	    '<p>Location Service Skip to the content' ]
	[ "$(cat site/static/site.css)" = 'body { color: red }' ]
	[ "$(cat site/static/more.txt)" = hello ]
	grep -q 'Terms of Service' site/terms/index.html
	# Another language.
	echo 'language = xx' >>"$LOC_CONF"
	sed 's/^skip = .*/skip = Weiter/; s/^map.title = .*/map.title = Karte/' \
	    "$share/en.txt" >own/xx.txt
	run -0 loc-site site
	grep -q '<html lang="xx">' site/map/index.html
	grep -q '>Karte<' site/map/index.html
	# What is wrong is told with its place, and the old site stays.
	cp -r site before
	printf 'a\n{{what}}\n' >own/templates/privacy.html
	run -65 loc-site site
	[ "$output" = \
	    'loc-site: template privacy:2: what: there is no such value' ]
	printf 'no text\n' >own/xx.txt
	run -65 loc-site site
	[ "$output" = 'loc-site: xx.txt:1: expected NAME = TEXT' ]
	diff -r before site
	[ ! -e .site.new ]
}

@test "files that did not change keep their time" {
	run -0 loc-site site
	touch -d 2001-01-01 site/static/site.css site/index.html
	run -0 loc-site site
	[ "$(stat -c %y site/static/site.css | cut -c1-10)" = 2001-01-01 ]
	[ "$(stat -c %y site/static/site.css.gz | cut -c1-10)" = 2001-01-01 ]
	echo '/* new */' >>"$share/static/site.css"
	run -0 loc-site site
	[ "$(stat -c %y site/static/site.css | cut -c1-4)" != 2001 ]
	[ "$(jq .changed <<<"$output")" -gt 0 ]
}

@test "only a site of ours is replaced, and one run at a time writes it" {
	mkdir home empty
	echo precious >home/file
	run -73 loc-site home
	[[ $output == *'no site of loc-site'* ]]
	[ "$(cat home/file)" = precious ]
	run -0 loc-site empty/
	[ -s empty/index.html ]
	ln -s home link
	run -73 loc-site link
	exec 8>.site.lock
	flock 8
	run -75 loc-site site
	[[ $output == *'another loc-site'* ]]
	exec 8>&-
	run -64 loc-site
	run -64 loc-site ''
}

# Each write, and each step of the end, is where it is killed once.
@test "killed at any moment, there is the old site or the new one" {
	command -v strace >/dev/null || skip "no strace"
	run -0 loc-site site
	cp -r site before
	echo '/* new */' >>"$share/static/site.css"
	for at in openat:200 write:30 futimens:5 syncfs:1 rename:1 \
	    renameat2:1 unlink:1 unlink:40; do
		run strace -f -qq -o trace -e trace="${at%:*}" \
		    -e inject="${at%:*}:signal=KILL:when=${at#*:}" \
		    loc-site site
		diff -r before site >/dev/null || grep -q new \
		    site/static/site.css
		[ -s site/404.html ]
	done
	run -0 loc-site site
	grep -q new site/static/site.css
	left=$(ls -A)
	[ "${left//$'\n'/ }" = \
	    '.site.lock before location.ini site trace up' ]
}

@test "a full disk leaves the old site" {
	run -0 loc-site site
	cp -r site before
	(
		ulimit -f 40
		trap '' XFSZ
		run -73 loc-site site
		[[ $output == *'too large'* ]]
	)
	diff -r before site
	[ ! -e .site.new ]
}

@test "what is missing is told" {
	rm "$share/libraries/leaflet/dist/leaflet.js"
	run -69 loc-site site
	[[ $output == *'scripts/packages web'* ]]
	[ ! -e site ]
	echo 'templates = /none' >>"$LOC_CONF"
	run -78 loc-site site
	[[ $output == *'[web] templates: /none: No such file'* ]]
	sed -i '/^templates/d' "$LOC_CONF"
	run -66 loc-site -s none site
	echo '{"name":"queue"}' >status
	run -65 loc-site -s status site
	[ "$output" = \
	    'loc-site: status:1: expected a gauge of loc-monitor -j' ]
	rm -r "$share"
	run -69 loc-site site
	[[ $output == *'templates are missing'* ]]
	sed -i 's/^ro_url.*/ro_url = mysql:\/\/a@127.0.0.1:1\/b/' "$LOC_CONF"
	cp -r "$LOC_TOP/lib/site/web" "$share"
	run -69 loc-site site
}

@test "months and tables of which there is nothing are not shown as 0" {
	run -0 loc-site site
	run -1 grep -E '<tr><th scope="row">' site/stats/index.html
	for page in stats stats/regions status; do
		grep -q '<p class="note none">' "site/$page/index.html"
	done
	loc_sql "INSERT INTO stat VALUES (2, UTC_DATE() - INTERVAL 70 DAY, 5),
	    (4, UTC_DATE() - INTERVAL 70 DAY, 0)"
	run -0 loc-site site
	[ "$(grep -c '<tr><th scope="row">' site/stats/index.html)" = 1 ]
	grep -q "$(date -ud '70 days ago' +%Y-%m)</th>$(printf \
	    '<td class="n">%s</td>' 0 '' 5 '' '' '')" site/stats/index.html
	run -1 grep 'note none' site/stats/index.html
}

@test "the page of the API says what a radius is, if it is the model's" {
	run -0 loc-site site
	run -1 grep -q '<code>confidence' site/api/index.html
	sed -i 's/^model = .*/model = true\nconfidence = 68/' "$LOC_CONF"
	run -0 loc-site site
	grep -q 'holds in 68 of 100' site/api/index.html
	printf '[http]\nstrict = true\n' >>"$LOC_CONF"
	run -0 loc-site site
	run -1 grep -q '<code>confidence' site/api/index.html
}

# -t finds what a run would stop at.
@test "settings of which no page can be made" {
	touch file
	line=$(($(wc -l <"$LOC_CONF") + 1))
	while IFS='|' read -r setting why; do
		echo "$setting" >>"$LOC_CONF"
		for word in -t site; do
			run -78 loc-site "$word"
			[ "$output" = "loc-site: $LOC_CONF:$line: [web] $why" ]
		done
		sed -i '$d' "$LOC_CONF"
	done <<-'END'
	url = https://a.example/?x=y|url: expected https://HOST:PORT/PATH
	url = https://a.example/#x|url: expected https://HOST:PORT/PATH
	url = https://me:word@a.example/|url: expected https://HOST:PORT/PATH
	key = it's|key: expected a key of 4 to 40 letters, digits and '-'
	basemap = https://a.example/{z}/{x}.png|basemap: expected an address with {z}, {x} and {y}
	templates = file|templates: file: Not a directory
	language = xx|language: xx.txt: No such file or directory
	language = ../en|language: expected one as en or pt-BR
	END
	[ ! -e site ]
	echo 'basemap = /own/{z}/{x}/{-y}.png' >>"$LOC_CONF"
	echo 'url = https://a.example/@x/' >>"$LOC_CONF"
	run -0 loc-site -t
	run -0 loc-site site
	grep -q 'href="/@x/map"' site/index.html
}

@test "of a tree and an archive of one layer the newer one is shown" {
	mkdir -p datamap/tiles
	echo '{"updated": "2026-01-02T03:04:05+00:00"}' >datamap/tiles/data.json
	touch -d 2026-01-02T03:04:05Z datamap/tiles/data.json
	TZ=UTC touch -d '2026-02-03 04:05:06' datamap/tiles.pmtiles
	run -0 loc-site site
	grep -q 'data-archive="/static/datamap/tiles.pmtiles"' site/map/index.html
	grep -q '>2026-02-03 04:05<' site/map/index.html
	# The home page shows what there is of it.
	run ! grep -q 'class="dots"' site/index.html
	touch datamap/tiles@2x.png
	run -0 loc-site site
	grep -q 'class="dots" src="/static/datamap/tiles@2x.png"' site/index.html
	touch -d 2026-03-04T00:00:00Z datamap/tiles/data.json
	run -0 loc-site site
	grep -q 'data-tiles="/static/datamap/tiles/{z}' site/map/index.html
	grep -q '>2026-01-02 03:04<' site/map/index.html
}

@test "only gauges for everybody get onto the status page" {
	cat >status <<-'END'
	{"name":"queue","value":1200,"tags":{"queue":"internal"}}
	{"name":"queue.age_s","value":7200,"tags":{"queue":"internal"}}
	{"name":"api.limit","value":5,"tags":{"key":"secret-key","path":"x"}}
	{"name":"job.status","value":1,"tags":{"job":"backup"}}
	{"name":"data.spool.waiting_bytes","value":5000000,"tags":{"host":"h"}}
	END
	run -0 loc-site -s - site <status
	run -1 grep -r 'secret-key' site
	[ "$(jq -c '[.gauges[].name]' site/status.json)" = '["queue","queue.age_s","job.status","data.spool.waiting_bytes"]' ]
	grep -q 'failed (1)' site/status/index.html
	run -0 loc-site site
	grep -q 'Nothing was measured' site/status/index.html
}

# What browsers of the map page have to load before there are tiles.
@test "the first view of the map is below 300 KB" {
	libraries=$LOC_TOP/build/web/node_modules
	[ -d "$libraries" ] || skip "no libraries: see scripts/packages web"
	rm -r "$share/libraries"
	cp -r "$libraries" "$share/libraries"
	run -0 loc-site site
	names=$(grep -oE '(src|href|data-world)="/static[^"?]*' \
	    site/map/index.html | sed 's/.*"//')
	[ "$(wc -w <<<"$names")" -ge 7 ]
	size=$(cd site && for name in /map/index.html $names; do
		wc -c <".$name.gz" 2>/dev/null || wc -c <".$name"
	done | awk '{ n += $1 } END { print n }')
	echo "# $size bytes" >&3
	[ "$size" -lt 300000 ]
}
