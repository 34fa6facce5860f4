# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# Redis with Sentinel: "load sentinels" after lib and tls.bash, "declare -a
# port" and "sentinels=" in the test, and an empty file pids.redis in its
# directory.
#
#	watched			three Redis and three Sentinels, for the programs
#	new_node N [PORT]	Redis number N, which follows the one at PORT
#	node N			it, again
#	node_of PORT		its number
#	sentinel N [M]	Sentinel number N, which takes Redis number M (1)
#			for the primary
#	redis PORT COMMAND...
#	primary			the port of the primary, as Sentinel says
#	complete		does all know of each other?
#	fail_over		Sentinel is told to make another the primary
#	sentinels_teardown

sentinels_teardown() {
	local pid

	while read -r pid; do
		! is_ours "$pid" || kill -9 "$pid" || true
	done <"$BATS_TEST_TMPDIR/pids.redis"
}

# Start Redis number $1, or again what it was: its settings are its own.
node() {
	redis-server "node$1/redis.conf" 3>&- >>"node$1/log" 2>&1 &
	echo $! >"node$1/pid"
	echo $! >>pids.redis
	until_true redis "${port[$1]}" ping
}

redis() {
	redis-cli -p "$1" -a geheim --no-auth-warning "${@:2}" 2>/dev/null |
	    grep .
}

# Redis number $1; $2 is the port of the primary, if it is to follow.
new_node() {
	port[$1]=$(free_port)
	mkdir "node$1"
	cat >"node$1/redis.conf" <<-END
	port ${port[$1]}
	bind 127.0.0.1
	dir $PWD/node$1
	save ""
	appendonly yes
	appendfsync everysec
	requirepass geheim
	masterauth geheim
	repl-diskless-sync-delay 0
	${2:+replicaof 127.0.0.1 $2}
	END
	node "$1"
}

sentinel() {
	local p

	p=$(free_port)
	mkdir "sentinel$1"
	cat >"sentinel$1/conf" <<-END
	port $p
	bind 127.0.0.1
	requirepass geheim
	sentinel sentinel-pass geheim
	sentinel monitor loc 127.0.0.1 ${port[${2-1}]} 2
	sentinel auth-pass loc geheim
	sentinel down-after-milliseconds loc 500
	sentinel failover-timeout loc 2000
	END
	redis-server "sentinel$1/conf" --sentinel 3>&- >"sentinel$1/log" 2>&1 &
	echo $! >>pids.redis
	sentinels=${sentinels:+$sentinels,}127.0.0.1:$p
	last=$p
	until_true redis "$p" ping
}

primary() {
	redis "$last" sentinel get-master-addr-by-name loc | tail -1
}

# Of three nodes two follow, and all Sentinels know of each other.
complete() {
	redis "$(primary)" info replication | grep -c state=online | grep -qx 2 &&
	    redis "$last" sentinel ckquorum loc | grep -q '^OK 3'
}

fail_over() {
	redis "$last" sentinel failover loc | grep -qx OK
}

# Three of each, which the settings lead to.
watched() {
	local i

	new_node 1
	new_node 2 "${port[1]}"
	new_node 3 "${port[1]}"
	for i in 1 2 3; do
		sentinel "$i"
	done
	until_true complete
	sed -i "s|^cache_url = .*|cache_url = redis+sentinel://:geheim@127.0.0.1:1,$sentinels/loc/0|" \
	    "$LOC_CONF"
}

# The number of the Redis at port $1.
node_of() {
	local i

	for i in 1 2 3; do
		[ "${port[i]}" != "$1" ] || echo "$i"
	done
}
