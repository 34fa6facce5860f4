#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb
#
# Rules and dashboard of scripts/monitoring in a real Prometheus (Grafana itself
# is no package of Debian's, but publishes its types), which scrapes a
# loc-monitor that has something to tell of everything: what they ask for is
# there, under the labels that they name.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v promtool >/dev/null ||
	    skip 'no Prometheus here: see scripts/packages test'
	export MONITORING=$LOC_TOP/scripts/monitoring
}

teardown() {
	local pid

	while read -r pid; do
		! is_ours "$pid" || kill -9 "$pid"
	done 2>/dev/null <others || true
	[ -z "${LOC_CONF-}" ] || loc_stop
	[ ! -d replica ] ||
	    timeout 60 "$LOC_TOP/scripts/servers" stop -d "$PWD/replica"
}

free_port() {
	python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

background() {
	"$@" 3>&- >>background.log 2>&1 &
	echo $! >>others
}

@test "each rule fires when it is to, and only then" {
	cp "$MONITORING/alerts.yml" "$LOC_TOP/tests/cmd/alerts_test.yml" .
	run -0 promtool check rules alerts.yml
	run promtool test rules alerts_test.yml
	echo "$output"
	[ "$status" = 0 ]
	# All of them are there, and a rule that is changed is noticed.
	[ "$(sed -n 's/.*alertname: \(Loc[A-Za-z]*\).*/\1/p' alerts_test.yml |
	    sort -u)" = "$(sed -n 's/.*- alert: //p' alerts.yml | sort)" ]
	sed -i 's/0.5 \*/0.9 */' alerts.yml
	run -1 promtool test rules alerts_test.yml
}

@test "the dashboard is one by the types that Grafana publishes" {
	npm=$LOC_TOP/build/npm/node_modules
	[ -e "$npm/@grafana/schema" ] && [ -e "$npm/typescript/bin/tsc" ] ||
	    skip 'no @grafana/schema here: see scripts/packages npm'
	types=$npm/@grafana/schema/dist/types/raw/dashboard/x/types.gen
	check() {
		{
			echo "import type { Dashboard } from '$types';"
			printf 'const d: Dashboard = '
			cat
			printf ';\nexport default d;\n'
		} >dashboard.ts
		node "$npm/typescript/bin/tsc" --noEmit --skipLibCheck \
		    --strict dashboard.ts
	}
	check <"$MONITORING/grafana.json"
	sed 's/"gridPos"/"grid"/' "$MONITORING/grafana.json" >bad
	run ! check <bad
}

# A service with a replica, two groups, and something of everything.
whole_service() {
	local port today now

	load ../faults/replicas
	port=$(free_port)
	LOC_SERVERS=$PWD/servers
	database "$LOC_SERVERS" 1 "$port"
	database "$PWD/replica" 2 "$(free_port)" read-only=ON
	sql_on "$LOC_SERVERS" "CREATE USER copy@localhost IDENTIFIED BY 'copy';
	    GRANT REPLICATION SLAVE ON *.* TO copy@localhost"
	follow "$PWD/replica" "$port"
	loc_setup
	sed -i "s#^ro_url = .*#ro_url = mysql://root@localhost/$LOC_DB?unix_socket=$(
	    readlink -f replica/run)/mariadb.sock#" "$LOC_CONF"
	until_true caught_up "$PWD/replica" "$LOC_SERVERS"
	loc-key create test maxreq=9 >/dev/null
	loc_export archive geosubmit http://127.0.0.1:9/ skip_keys=
	loc-simulate -n 5 reports | loc-submit
	loc-feed -1
	loc-work -1
	until_true caught_up "$PWD/replica" "$LOC_SERVERS"
	loc_serve_start
	ask -d '{"wifiAccessPoints": []}' '/v1/geolocate?key=test'
	today=$(date -u +%F)
	loc_redis pfadd "apiuser:submit:test:$today" x >/dev/null
	loc_redis pfadd "apiuser:locate:test:$today" x >/dev/null
	loc_redis zadd loc:reports:dead 1 x >/dev/null
	loc_sql "INSERT INTO loc_mark VALUES
	    ('backup.database', '', UTC_TIMESTAMP()),
	    ('backup.drill', '', UTC_TIMESTAMP())"
	loc-stats contests
	now=$(date +%s)
	mkdir jobs
	echo '{"job":"map","start_s":1,"end_s":2,"status":75,"ok_s":'"$now"'}' \
	    >jobs/map.json
	export LOC_JOBS=$PWD/jobs
}

# has EXPRESSION [LABEL]: are there series now, all of them with that label?
has() {
	curl -sf "http://127.0.0.1:$PROMETHEUS/api/v1/query" \
	    --data-urlencode "query=$1" | jq -e --arg name "${2-}" '
	    .status == "success" and (.data.result | length > 0 and
	    all(.[]; $name == "" or .metric[$name] != null))' >/dev/null
}

scraped() {
	has 'up{job="loc"} == 1' 2>/dev/null && has 'loc_queue'
}

# selectors: what an expression of PromQL on standard input asks for
selectors() {
	grep -oE 'loc_[a-z0-9_]+(\{[^}]*\})?' | sort -u
}

@test "what the dashboard and the rules ask for, a real Prometheus has" {
	whole_service
	scrape=$(free_port)
	PROMETHEUS=$(free_port)
	background loc-monitor -p -l "127.0.0.1:$scrape"
	until_true curl -sf -o page "http://127.0.0.1:$scrape/metrics"
	# It would have other names, as of seconds, and help; all else is good.
	run -3 promtool check metrics <page
	! grep -v 'no help text$\|abbreviated units$' <<<"$output" || false
	cat >prometheus.yml <<-END
	global: {scrape_interval: 5s, evaluation_interval: 1s}
	rule_files: [$MONITORING/alerts.yml]
	scrape_configs:
	- job_name: loc
	  static_configs: [{targets: ["127.0.0.1:$scrape"]}]
	END
	run -0 promtool check config prometheus.yml
	background prometheus --config.file=prometheus.yml \
	    --storage.tsdb.path=tsdb \
	    --web.listen-address="127.0.0.1:$PROMETHEUS"
	until_true scraped
	# No label of ours has a name that is Prometheus's own.
	! has '{__name__=~"loc_.*", exported_job!=""}' || false
	! has '{__name__=~"loc_.*", exported_instance!=""}' || false
	# Every panel has series, and its legend labels that these have.
	jq -r '.. | objects | select(has("expr")) |
	    [.expr, .legendFormat // ""] | @tsv' "$MONITORING/grafana.json" \
	    >panels
	[ "$(wc -l <panels)" -gt 15 ]
	while IFS=$'\t' read -r expr legend; do
		# A scrape that is late makes all of them stale for a while.
		until_true has "$expr" || { echo "no series: $expr"; bad=1; }
		while read -r label; do
			until_true has "$expr" "$label" || {
				echo "no label $label: $expr"
				bad=1
			}
		done < <(grep -oE '\{\{[a-z_]+\}\}' <<<"$legend" | tr -d '{}')
	done <panels
	# Every rule was taken, and evaluates; what it looks at is there.
	rules=$(curl -sf "http://127.0.0.1:$PROMETHEUS/api/v1/rules")
	jq -r '.data.groups[].rules[].query' <<<"$rules" >exprs
	[ "$(wc -l <exprs)" = "$(grep -c -- '- alert:' "$MONITORING/alerts.yml")" ]
	healthy() {
		curl -sf "http://127.0.0.1:$PROMETHEUS/api/v1/rules" | jq -e \
		    '[.data.groups[].rules[].health == "ok"] | all' >/dev/null
	}
	until_true healthy
	while read -r selector; do
		until_true has "$selector" || { echo "no series: $selector"; bad=1; }
	done < <(selectors <exprs)
	[ -z "${bad-}" ]
	# What is wrong here is pending, and nothing else.
	pending() {
		[ "$(curl -sf "http://127.0.0.1:$PROMETHEUS/api/v1/alerts" |
		    jq -r '.data.alerts[].labels | .alertname + " " +
		    (.name // .queue // "")' | sort | paste -sd ,)" = \
		    'LocDeadLetters dead,LocJobFailed map' ]
	}
	until_true pending
}
