#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=mariadb
#
# Three Redis servers of which one is the primary, and three Sentinels that
# agree on which.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load ../cmd/tls.bash
	load sentinels
	: >"$BATS_TEST_TMPDIR/pids.redis"
}

teardown() {
	sentinels_teardown
	fault_teardown
}

@test "reliability 2: Sentinel makes another Redis the primary, again and again" {
	declare -a port
	sentinels=
	fault_setup
	watched
	begin
	for _ in $(seq "$(times 1)"); do
		# It dies, and comes back as one that follows.
		was=$(primary)
		n=$(node_of "$was")
		kill -9 "$(cat "node$n/pid")"
		another() { [ "$(primary)" != "$was" ]; }
		until_true another
		grows
		counting
		node "$n"
		# One that lives has to go.
		was=$(primary)
		until_true fail_over
		until_true another
		grows
		counting
		[ "$(times 1)" -eq 1 ] || until_true complete
	done
	settle
}

# New reports get as far as the database.
counting() {
	local n

	n=$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')
	until_true counted_more "$n"
}

counted_more() {
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" -gt $(($1 + 10)) ]
}

@test "Sentinels that know nothing, or are none" {
	declare -a port
	sentinels=
	fault_setup
	new_node 1
	sentinel 1
	at() {
		sed -i "s|^cache_url = .*|cache_url = redis+sentinel://$1|" \
		    "$LOC_CONF"
		run -69 loc-ratelimit get
	}
	at ":geheim@$sentinels/other"
	[[ "$output" == *"cache_url other: Sentinel 127.0.0.1:"*": knows no primary other" ]]
	at ":geheim@127.0.0.1:${port[1]}/loc"
	[[ "$output" == *"cache_url loc: Sentinel 127.0.0.1:"*": ERR unknown command"* ]]
	at ":geheim@[::1]:1/loc"
	[[ "$output" == *"cache_url loc: Sentinel [::1]:1: "* ]]
	at ":geheim@127.0.0.1:1/loc"
	[[ "$output" == *"cache_url loc: "*"Connection refused" ]]
	sed -i "s|^cache_url = .*|cache_url = redis+sentinel://$sentinels/loc|" \
	    "$LOC_CONF"
	run -77 loc-ratelimit get
	[[ "$output" == *"cache_url loc: "*"NOAUTH Authentication required." ]]
	# An account is one of the Sentinels, too.
	sed -i "s|^cache_url = .*|cache_url = redis+sentinel://loc:secret@$sentinels/loc|" \
	    "$LOC_CONF"
	run -77 loc-ratelimit get
	[[ "$output" == *"cache_url loc: Sentinel "*": WRONGPASS "*" user is disabled." ]]
	# shellcheck disable=SC2154	# sentinel() has set it
	for p in "$last" "${port[1]}"; do
		redis "$p" acl setuser loc on '>secret'
	done
	redis "$last" acl setuser loc '+sentinel|get-master-addr-by-name'
	redis "${port[1]}" acl setuser loc '~*' +@all
	loc-ratelimit get
	# What it takes for the primary follows another.
	redis "${port[1]}" replicaof 127.0.0.1 1
	at ":geheim@$sentinels/loc"
	[[ "$output" == *"cache_url 127.0.0.1:${port[1]}: is no primary, as Sentinel says" ]]
}

@test "a Sentinel that is mistaken is not the last to be asked" {
	declare -a port
	sentinels=
	fault_setup
	new_node 1
	new_node 2
	sentinel 1 1
	sentinel 2 2
	sed -i "s|^cache_url = .*|cache_url = redis+sentinel://:geheim@$sentinels,127.0.0.1:1/loc|" \
	    "$LOC_CONF"
	# What the first names follows another.
	redis "${port[1]}" replicaof 127.0.0.1 1
	loc-ratelimit get
	# It is away, and so is what the second names then.
	kill -9 "$(cat node1/pid)"
	loc-ratelimit get
	kill -9 "$(cat node2/pid)"
	run -69 loc-ratelimit get
	[[ "$output" == *"cache_url 127.0.0.1:${port[2]}: Connection refused" ]]
}
