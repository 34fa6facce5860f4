#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain,mariadb
#
# How accounts of MySQL 8 log in.  There is no such server here: sha2-server.py
# is one until the client is in.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load tls
	loc_setup
	cd "${LOC_CONF%/*}" || return 1
	PATH=$BATS_TEST_DIRNAME:$(dirname "$(command -v loc-db)")/tools:$PATH
	compgen -G '/usr/lib/*/libmariadb3/plugin/caching_sha2_password.so' \
	    >/dev/null || skip "libmariadb has no such plugin"
	openssl genrsa -out key.pem 2048 2>/dev/null
	port=$(free_port)
}

teardown() {
	loc_stop
}

# The server with PLUGIN [CERT KEY], and settings that lead to it with $options.
mysql8() {
	sha2-server.py "$port" "$(readlink -f "$LOC_SERVERS/run")/mariadb.sock" \
	    "$1" geheim key.pem "${@:2}" >how 2>log 3>&- &
	echo $! >>pids
	until_true listens
	: >how
	sed -i "s|^rw_url = .*|rw_url = mysql://rw:geheim@127.0.0.1:$port/$LOC_DB${options-}|" \
	    "$LOC_CONF"
}

listens() {
	(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

@test "caching_sha2_password: the whole password once, then what proves it" {
	mysql8 caching_sha2_password
	loc-key create first >/dev/null
	loc-key list
	[[ $(loc-key list) = *first* ]]
	[ "$(cat how)" = $'rsa\nfast\nfast' ]
	sed -i 's/:geheim@/:wrong@/' "$LOC_CONF"
	run -77 loc-key list
	[[ "$output" = *'Access denied'* ]]
	[ "$(tail -1 how)" = denied ]
}

@test "caching_sha2_password behind TLS: nothing is asked for the key" {
	certificates
	options="?ssl_ca=$PWD/tls/ca.pem"
	mysql8 caching_sha2_password tls/server.pem tls/server.key
	loc-key create first >/dev/null
	loc-key list
	[ "$(cat how)" = $'tls\nfast' ]
}

@test "sha256_password" {
	mysql8 sha256_password
	loc-key create first >/dev/null
	[ "$(cat how)" = rsa ]
}

@test "a worker counts through such an account" {
	mysql8 caching_sha2_password
	loc-simulate -n 200 -w 100 -t "$(date +%s)" reports |
	    put_reports "${LOC_CONF%/*}/spool" 50
	loc-feed -1
	loc-work -1
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 4 ]
}
