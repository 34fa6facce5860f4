/* SPDX-License-Identifier: ISC */
/*
 * The socket stays a blocking one with timeouts, so that a wait for the server
 * ends as without TLS; OpenSSL tells such an end as its wish to be called
 * again, which is not granted.  A host is a name or an address: certificates
 * say for which of both they are, and only names may be told to the server
 * beforehand.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/addr.h"
#include "conf/url.h"
#include "queue/tls.h"

struct queue_tls {
	SSL_CTX	*ctx;
	SSL	*ssl;
};

/* WHAT failed; the first reason that OpenSSL has kept is the root of it. */
static int
fail_tls(redisContext *c, const char *what)
{
	unsigned long error = ERR_peek_error();
	const char *why = ERR_SYSTEM_ERROR(error) ?
	    strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);

	c->err = REDIS_ERR_OTHER;
	snprintf(c->errstr, sizeof(c->errstr), "%s%s%s", what,
	    why != NULL ? ": " : "", why != NULL ? why : "");
	ERR_clear_error();
	return -1;
}

/*
 * Reading or writing has returned RC.  A connection that ended without a word
 * has the number 0 for an error of the system.
 */
static int
fail_transfer(struct queue_tls *t, redisContext *c, int rc)
{
	int error = errno, kind = SSL_get_error(t->ssl, rc);

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
		return fail_tls(c, "Resource temporarily unavailable");
	if (kind == SSL_ERROR_SYSCALL && ERR_peek_error() == 0 && error != 0)
		return fail_tls(c, strerror(error));
	if (kind == SSL_ERROR_ZERO_RETURN || kind == SSL_ERROR_SYSCALL)
		return fail_tls(c, "Server closed the connection");
	return fail_tls(c, "TLS");
}

/* Whom to believe, and what to show who asks. */
static int
load_certificates(struct queue_tls *t, redisContext *c,
    const struct conf_url *u)
{
	int ok = u->ca != NULL ? SSL_CTX_load_verify_file(t->ctx, u->ca) :
	    SSL_CTX_set_default_verify_paths(t->ctx);

	if (ok != 1)
		return fail_tls(c, "TLS: ssl_ca");
	if (u->cert == NULL)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(t->ctx, u->cert) != 1)
		return fail_tls(c, "TLS: ssl_cert");
	if (SSL_CTX_use_PrivateKey_file(t->ctx, u->cert_key,
	    SSL_FILETYPE_PEM) != 1)
		return fail_tls(c, "TLS: ssl_key");
	return 0;
}

/* The host that the certificate has to be for. */
static int
expect_host(struct queue_tls *t, const struct conf_url *u, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	struct base_addr addr;
	int is_address = base_addr_parse(&addr, host);

	if (!is_address && SSL_set_tlsext_host_name(t->ssl, host) != 1)
		return 0;
	if (u->any_name)
		return 1;
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host) :
	    X509_VERIFY_PARAM_set1_host(param, host, 0);
}

/* Why a certificate was refused is not among the errors, but kept apart. */
static int
fail_handshake(struct queue_tls *t, redisContext *c, int rc)
{
	long verdict = SSL_get_verify_result(t->ssl);
	char text[96];

	if (verdict == X509_V_OK)
		return fail_transfer(t, c, rc);
	snprintf(text, sizeof(text), "TLS: the server's certificate: %s",
	    X509_verify_cert_error_string(verdict));
	ERR_clear_error();
	return fail_tls(c, text);
}

static int
shake_hands(struct queue_tls *t, redisContext *c, const struct conf_url *u,
    const char *host)
{
	int rc;

	ERR_clear_error();
	if ((t->ctx = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1)
		return fail_tls(c, "TLS");
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	if (load_certificates(t, c, u) == -1)
		return -1;
	if ((t->ssl = SSL_new(t->ctx)) == NULL ||
	    expect_host(t, u, host) != 1 || SSL_set_fd(t->ssl, c->fd) != 1)
		return fail_tls(c, "TLS");
	errno = 0;
	if ((rc = SSL_connect(t->ssl)) != 1)
		return fail_handshake(t, c, rc);
	return 0;
}

struct queue_tls *
queue_tls_open(redisContext *c, const struct conf_url *u, const char *host)
{
	struct queue_tls *t = calloc(1, sizeof(*t));

	assert(u->secure && c->fd >= 0);
	if (t == NULL) {
		fail_tls(c, "out of memory");
		return NULL;
	}
	if (shake_hands(t, c, u, host) == 0)
		return t;
	queue_tls_end(t);
	return NULL;
}

/* The server is not told: the socket is about to be closed, or is broken. */
void
queue_tls_end(struct queue_tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	free(t);
}

/* The buffer of hiredis goes out as a whole: writes are never partial. */
static int
send_buffer(struct queue_tls *t, redisContext *c)
{
	size_t len = sdslen(c->obuf), n, done = 0;
	int rc;

	for (; done < len; done += n) {
		errno = 0;
		rc = SSL_write_ex(t->ssl, c->obuf + done, len - done, &n);
		if (rc != 1)
			return fail_transfer(t, c, rc);
	}
	sdsclear(c->obuf);
	return 0;
}

/*
 * Replies that have come already are taken first, as several may be in one
 * record.  hiredis says REDIS_OK without a reply when it needs more bytes.
 */
int
queue_tls_reply(struct queue_tls *t, redisContext *c, void **reply)
{
	char buf[16384];
	size_t n;
	int rc;

	*reply = NULL;
	ERR_clear_error();
	if (redisGetReplyFromReader(c, reply) != REDIS_OK)
		return -1;
	if (*reply == NULL && send_buffer(t, c) == -1)
		return -1;
	while (*reply == NULL) {
		errno = 0;
		rc = SSL_read_ex(t->ssl, buf, sizeof(buf), &n);
		if (rc != 1)
			return fail_transfer(t, c, rc);
		if (redisReaderFeed(c->reader, buf, n) != REDIS_OK ||
		    redisGetReplyFromReader(c, reply) != REDIS_OK)
			return fail_tls(c, c->reader->errstr);
	}
	return 0;
}
