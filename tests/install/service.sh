# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Goes on where the lines of README end: starts what systemctl enabled as the
# units say, and uses the service as its first admin would.

set +x
trap 'tail -n 20 /var/log/loc-*' ERR
set -E
key=$(loc-key -j list | jq -r .valid_key | head -n 1)
[ -n "$key" ]

# A tenth of a second later up to three hundred times: "$@" succeeds.
until_true() {
	local tries=300

	until "$@"; do
		[ $((tries -= 1)) -gt 0 ]
		sleep 0.1
	done
}

# Start unit $1 in the background; sets PID.
start_unit() {
	local file=/usr/local/lib/systemd/system/$1 user exec

	user=$(sed -n 's/^User=//p' "$file")
	exec=$(sed -n 's/^ExecStart=//p' "$file")
	setpriv --reuid="$user" --regid="$user" --init-groups \
	    "$exec" 2>>"/var/log/${1%.service}" &
	PID=$!
}

pids=()
for link in /etc/systemd/system/multi-user.target.wants/loc-*; do
	unit=$(readlink "$link")
	start_unit "${unit##*/}"
	pids+=("$PID")
done
[ ${#pids[@]} -eq 3 ]

url=http://127.0.0.1:7001
ask() {
	curl -sf "$url/$1?key=$key" -d "$2"
}

until_true curl -sf "$url/__heartbeat__"
[ "$(stat -c '%a %U %G' /etc/location.ini)" = '640 root loc' ]
[ "$(stat -c '%a %U %G' /var/spool/loc)" = '750 loc loc' ]

# Reports by HTTP and by root's hand; each is counted.
report='{"position": {"latitude": 51.5, "longitude": -0.1, "accuracy": 10},
    "timestamp": '$(date +%s)000',
    "wifiAccessPoints": [{"macAddress": "00:50:5a:00:00:01"},
    {"macAddress": "00:50:5a:00:00:02"}]}'
ask v2/geosubmit "{\"items\": [$report]}"
ask v2/geosubmit "{\"items\": [$report]}"
loc-simulate -w 100 -n 30 reports | loc-submit
positions() {
	ask v1/geolocate '{"wifiAccessPoints": [
	    {"macAddress": "00:50:5a:00:00:01"},
	    {"macAddress": "00:50:5a:00:00:02"}]}' | jq -e .location
}
until_true positions
everything_counted() {
	[ "$(mariadb -NB location -e \
	    'SELECT COUNT(*) FROM loc_ledger')" -ge 3 ]
}
until_true everything_counted

# What cron runs says nothing and succeeds.
grep -E '^[0-9*]' /etc/cron.d/loc | while read -r _ _ _ _ _ user command; do
	path=$(sed -n 's/^PATH=//p' /etc/cron.d/loc)
	said=$(setpriv --reuid="$user" --regid="$user" --init-groups \
	    env -i "PATH=$path" HOME=/ SHELL=/bin/sh sh -c "$command" 2>&1)
	[ -z "$said" ] || { echo "cron: $command: $said"; exit 1; }
done

# A reload ends none of them, and a stop ends all.
kill -HUP "${pids[@]}"
sleep 1
until_true curl -sf "$url/__heartbeat__"
kill -0 "${pids[@]}"
kill "${pids[@]}"
for pid in "${pids[@]}"; do
	wait "$pid"
done
cat /var/log/loc-*
echo 'all is well'
