/* SPDX-License-Identifier: ISC */
/*
 * When libmariadb begins it makes OpenSSL read its configuration and texts, in
 * case that a connection will be encrypted, and has the port of "mysql" looked
 * up among the services of the host, in case that none is named.  That takes
 * longer than to connect and to look up an API key.  OpenSSL does its part by
 * itself when the first connection is to be encrypted (see OPENSSL_init_ssl(3):
 * no version since 1.1.0 needs to be told), and a port is always named here.
 *
 * So this file defines the two functions under their own names, which come
 * before those of any library.  They do nothing while libmariadb begins, and
 * otherwise pass on what they are asked.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>

#include <mysql.h>

#include "store/client.h"

/* The header of OpenSSL is not for this folder. */
struct ossl_init_settings_st;
int	OPENSSL_init_ssl(uint64_t, const struct ossl_init_settings_st *);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local int begins;	/* libmariadb, in this thread */

int
OPENSSL_init_ssl(uint64_t opts, const struct ossl_init_settings_st *settings)
{
	int (*f)(uint64_t, const struct ossl_init_settings_st *);

	if (begins)
		return 1;
	f = (int (*)(uint64_t, const struct ossl_init_settings_st *))
	    dlsym(RTLD_NEXT, "OPENSSL_init_ssl");
	return f == NULL ? 0 : f(opts, settings);
}

struct servent *
getservbyname(const char *name, const char *proto)
{
	struct servent *(*f)(const char *, const char *);

	if (begins)
		return NULL;
	f = (struct servent *(*)(const char *, const char *))
	    dlsym(RTLD_NEXT, "getservbyname");
	return f == NULL ? NULL : f(name, proto);
}

static void
init_library(void)
{
	begins = 1;
	mysql_library_init(0, NULL, NULL);
	begins = 0;
}

void
store_client_init(void)
{
	pthread_once(&once, init_library);
}
