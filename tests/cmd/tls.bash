# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# Certificates for tests: "load tls".
#
#	certificates	in ./tls: ca.pem, and of each of server, other and
#			client NAME.pem and NAME.key, which it has signed;
#			server's is for localhost and its addresses
#	free_port	a port that nobody listens on, as far as one can know

certificates() {
	local name san

	mkdir tls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -keyout tls/ca.key -out tls/ca.pem -days 2 \
	    -subj '/CN=an authority'
	for name in server other client; do
		san=DNS:$name.example
		[ "$name" != server ] ||
		    san=DNS:localhost,IP:127.0.0.1,IP:::1
		openssl req -newkey ec -nodes -keyout "tls/$name.key" \
		    -pkeyopt ec_paramgen_curve:prime256v1 \
		    -out tls/csr -subj "/CN=$name"
		openssl x509 -req -in tls/csr -CA tls/ca.pem \
		    -CAkey tls/ca.key -CAcreateserial -days 2 \
		    -out "tls/$name.pem" \
		    -extfile <(echo "subjectAltName=$san")
	done
} 2>/dev/null

free_port() {
	local port

	while port=$((10000 + RANDOM % 20000)); do
		(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}
