# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Goes on where the lines of README end, and uses the service as its first admin
# would.

set +x
trap 'journalctl --no-pager -n 60' ERR
set -E
key=$(loc-key -j list | jq -r .valid_key | head -n 1)
[ -n "$key" ]

# A tenth of a second later up to three hundred times: "$@" succeeds.
until_true() {
	local tries=300

	until "$@" >/dev/null; do
		[ $((tries -= 1)) -gt 0 ]
		sleep 0.1
	done
}

services=(loc-serve loc-feed loc-work@1)
systemctl is-active "${services[@]}"
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
    "wifiAccessPoints": [{"macAddress": "00:50:5a:1c:04:7e"},
    {"macAddress": "00:50:5a:93:b2:15"}]}'
ask v2/geosubmit "{\"items\": [$report]}"
ask v2/geosubmit "{\"items\": [$report]}"
loc-simulate -w 100 -n 30 reports | loc-submit
positions() {
	ask v1/geolocate '{"wifiAccessPoints": [
	    {"macAddress": "00:50:5a:1c:04:7e"},
	    {"macAddress": "00:50:5a:93:b2:15"}]}' | jq -e .location |
	    grep -q lat
}
until_true positions
everything_counted() {
	[ "$(mariadb -NB location -e \
	    'SELECT COUNT(*) FROM loc_ledger')" -ge 3 ]
}
until_true everything_counted

# What cron would run says nothing and succeeds; so do the timers' services.
grep -E '^[0-9*]' /usr/local/share/loc/cron |
while read -r _ _ _ _ _ user command; do
	path=$(sed -n 's/^PATH=//p' /usr/local/share/loc/cron)
	said=$(setpriv --reuid="$user" --regid="$user" --init-groups \
	    env -i "PATH=$path" HOME=/ SHELL=/bin/sh sh -c "$command" 2>&1)
	[ -z "$said" ] || { echo "cron: $command: $said"; exit 1; }
done
for timer in /etc/systemd/system/timers.target.wants/loc*.timer; do
	timer=${timer##*/}
	systemctl is-active "$timer"
	systemctl start "${timer%.timer}.service"
done

# A reload ends none of them, and a stop ends all, without a word.
pids=$(systemctl show -P MainPID "${services[@]}")
systemctl reload "${services[@]}"
until_true curl -sf "$url/__heartbeat__"
[ "$(systemctl show -P MainPID "${services[@]}")" = "$pids" ]
systemctl stop "${services[@]}"
for unit in "${services[@]}"; do
	[ "$(systemctl show -P Result -P NRestarts "$unit" | xargs)" = \
	    'success 0' ] || { systemctl status "$unit"; exit 1; }
done
echo 'all is well'
