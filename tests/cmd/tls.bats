#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2030,SC2031
# bats file_tags=plain,mariadb
#
# Servers that are talked to encrypted, and show who they are.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load tls
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$(dirname "$(command -v loc-db)")/tools:$PATH
	certificates
	tls=$PWD/tls
	port=$(free_port)
}

teardown() {
	loc_stop
}

# A MariaDB with the certificate $1, or without any.
server() {
	loc_own_servers -o "port=$port" -o 'bind-address=127.0.0.1,::1' \
	    ${1:+-o "ssl-cert=$tls/$1.pem" -o "ssl-key=$tls/$1.key"} \
	    -o "ssl-ca=$tls/ca.pem"
}

# The address of database and host $1 with the options $2 behind, as $3.
at() {
	sed -i "s|^${3-ro_url} = .*|${3-ro_url} = mysql://${4-ro:ro}@$1/$LOC_DB?$2|" \
	    "$LOC_CONF"
}

# loc-key, which uses rw_url, cannot connect, since $1.
refused() {
	run -69 loc-key list
	[[ "$output" == *"TLS/SSL error: $1"* ]]
}

@test "a database behind TLS, by name, IPv4 and IPv6, with certificates of clients" {
	server server
	loc_setup
	for user in rw x; do
		loc_sql "CREATE USER $user@'%' IDENTIFIED BY '$user'"
		loc_sql "GRANT ALL ON $LOC_DB.* TO $user@'%'"
	done
	loc_sql "ALTER USER rw@'%' REQUIRE SSL; ALTER USER x@'%' REQUIRE X509"
	# A bundle of many authorities, as hosting companies hand them out.
	cat /etc/ssl/certs/ca-certificates.crt tls/ca.pem >tls/bundle.pem ||
	    [ ! -e /etc/ssl/certs/ca-certificates.crt ]
	at "localhost:$port" "ssl_ca=$tls/bundle.pem" rw_url rw:rw
	at "[::1]:$port" "ssl_ca=$tls/ca.pem" ro_url rw:rw
	loc-key create test >/dev/null
	loc-simulate -n 100 -w 100 -t "$(date +%s)" reports |
	    put_reports "${LOC_CONF%/*}/spool" 50
	loc-feed -1
	run -0 loc-work -1
	[ -z "$output" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 2 ]
	loc-simulate -n 10 -w 100 queries | jq -c .query | loc-locate >answers
	grep -q '"location"' answers

	# Who has to show a certificate, and which.
	at "127.0.0.1:$port" "ssl_ca=$tls/ca.pem" rw_url x:x
	run -77 loc-key list
	[[ "$output" == *"Access denied"* ]]
	at "127.0.0.1:$port" "ssl_ca=$tls/ca.pem\\&ssl_cert=$tls/client.pem\\&ssl_key=$tls/client.key" \
	    rw_url x:x
	run -0 loc-key list

	# What does not fit.
	at "127.0.0.1:$port" "ssl_ca=$tls/ca.pem\\&ssl_cert=$tls/client.pem\\&ssl_key=$tls/other.key" \
	    rw_url x:x
	refused 'key values mismatch'
	at "127.0.0.1:$port" "ssl_ca=$tls/other.pem" rw_url rw:rw
	refused self-signed
	at "127.0.0.1:$port" "ssl_ca=$tls/none" rw_url rw:rw
	refused 'No such file'
	at "127.0.0.1:$port" "ssl_ca=tls/ca.pem" rw_url rw:rw
	run -78 loc-key list
	[[ "$output" == *"the path of a file, from / on, behind ssl_ca="* ]]
}

@test "what the host says of encryption holds for databases" {
	server server
	loc_setup
	at "localhost:$port" "ssl_ca=$tls/ca.pem" rw_url root
	run -0 loc-key list
	cat >openssl.cnf <<-END
	openssl_conf = all
	[all]
	ssl_conf = ssl
	[ssl]
	system_default = default
	[default]
	MinProtocol = TLSv1.3
	MaxProtocol = TLSv1.2
	END
	export OPENSSL_CONF=$PWD/openssl.cnf
	refused 'no protocols available'
}

@test "a database whose certificate is for another host, or that does not encrypt" {
	server other
	loc_setup
	at "127.0.0.1:$port" "ssl_ca=$tls/ca.pem" rw_url root
	refused 'Validation of SSL server certificate failed'
	at "127.0.0.1:$port" "ssl_ca=$tls/ca.pem\\&ssl_check_hostname=false" \
	    rw_url root
	run -0 loc-key list
	sed -i '/^ssl-/d' "$LOC_SERVERS/mariadb.cnf"
	loc_server_restart mariadb
	run -69 loc-key list
	[[ "$output" == *"the server does not encrypt"* ]]
	at "127.0.0.1:$port" "ssl_ca=$tls/ca.pem" rw_url root
	refused 'SSL is required, but the server does not support it'
}

# The address $1 of Redis, with its number of a database.
redis_at() {
	sed -i "s|^cache_url = .*|cache_url = $1|" "$LOC_CONF"
}

# loc-ratelimit, which uses Redis, ends with $1 and says $2.
redis_refuses() {
	run "-$1" loc-ratelimit get
	echo "$output"
	[[ "$output" == *"$2"* ]]
}

@test "a Redis behind TLS, with users, by name, IPv4 and IPv6; no Redis Cluster" {
	loc_own_servers -r "tls-port $port" -r 'port 0' \
	    -r 'bind 127.0.0.1 ::1' -r "tls-cert-file $tls/server.pem" \
	    -r "tls-key-file $tls/server.key" -r "tls-ca-cert-file $tls/ca.pem" \
	    -r 'tls-auth-clients optional'
	loc_setup
	# Only what loc needs, as loc-deploy(7) has it: no CONFIG.
	read -ra acl < <(sed -n 's/^user loc on >secret //p' \
	    "$LOC_TOP/man/loc-deploy.7")
	[ "${#acl[@]}" -gt 3 ]
	loc_redis acl setuser loc on '>p@ss/w:rd%' "${acl[@]}"
	n=$LOC_REDIS_DB
	password=p%40ss%2Fw%3Ard%25
	redis_at "rediss://loc:$password@[::1]:$port/$n?ssl_ca=$tls/ca.pem"
	loc-simulate -n 100 -w 100 -t "$(date +%s)" reports |
	    put_reports "${LOC_CONF%/*}/spool" 50
	run -0 loc-feed -1
	[ -z "$output" ]
	run -0 loc-work -1
	[ -z "$output" ]
	[ "$(loc_sql 'SELECT COUNT(*) FROM loc_ledger')" = 2 ]
	run loc-status redis groups workers dead
	[[ "$output" == *' workers '* && "$output" != *NOPERM* ]]
	# More than one record of TLS at a time.
	loc_serve_start
	loc-key create test >/dev/null
	head -c 100000 /dev/zero | tr '\0' x | loc_redis -x set big >/dev/null
	for _ in 1 2 3; do
		[ "$(ask -d '{"considerIp": false}' \
		    '/v1/geolocate?key=test')" = 404 ]
	done
	[ "$(loc_redis --scan --pattern 'apilimit:test:*' | wc -l)" = 1 ]
	redis_at "rediss://localhost:$port/$n?ssl_ca=$tls/ca.pem"
	run -0 loc-ratelimit get
	redis_at "rediss://127.0.0.1:$port?db=$n\\&ssl_cert=$tls/client.pem\\&ssl_key=$tls/client.key\\&ssl_ca=$tls/ca.pem"
	run -0 loc-ratelimit get

	redis_at "rediss://loc:wrong@localhost:$port/$n?ssl_ca=$tls/ca.pem"
	redis_refuses 77 WRONGPASS
	redis_at "rediss://localhost:$port/$n?ssl_ca=$tls/other.pem"
	redis_refuses 69 "the server's certificate: self-signed"
	redis_at "rediss://localhost:$port/$n"
	redis_refuses 69 "the server's certificate: self-signed"
	redis_at "rediss://localhost:$port/$n?ssl_ca=$tls/none"
	redis_refuses 69 'ssl_ca: No such file'
	redis_at "redis://localhost:$port/$n"
	redis_refuses 69 onnection
	loc_redis config set tls-cert-file "$tls/other.pem" tls-key-file \
	    "$tls/other.key"
	redis_at "rediss://localhost:$port/$n?ssl_ca=$tls/ca.pem"
	redis_refuses 69 "the server's certificate: hostname mismatch"
	redis_at "rediss://127.0.0.1:$port/$n?ssl_ca=$tls/ca.pem"
	redis_refuses 69 "the server's certificate: IP address mismatch"
	redis_at "rediss://127.0.0.1:$port/$n?ssl_ca=$tls/ca.pem\\&ssl_check_hostname=false"
	run -0 loc-ratelimit get
	loc_redis config set tls-auth-clients yes
	redis_refuses 69 "127.0.0.1:$port: "
	printf 'cluster-enabled yes\n' >>"$LOC_SERVERS/redis.conf"
	loc_server_restart redis
	redis_at "unix://$(readlink -f "$LOC_SERVERS/run")/redis.sock"
	redis_refuses 69 'is a node of a Redis Cluster, which cannot be used'
}
