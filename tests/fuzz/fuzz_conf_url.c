/* SPDX-License-Identifier: ISC */
/*
 * Addresses of servers.  The first byte chooses the kind.  The parts of one
 * that is taken are what users rely on.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/url.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum conf_url_kind kind;
	struct conf_url u;
	const char *hidden;
	size_t i, n;
	char *text;

	if (len == 0 || (text = strndup((const char *)data + 1, len - 1)) ==
	    NULL)
		return 0;
	kind = (enum conf_url_kind)(data[0] % (CONF_URL_DSN + 1));
	hidden = conf_url_hidden(text, &n);
	assert(hidden == NULL || hidden[n] == '@');
	if (conf_url_parse(&u, kind, text) == NULL) {
		assert(u.socket != NULL || u.nhosts > 0);
		assert(u.nhosts <= CONF_URL_HOSTS);
		for (i = 0; i < u.nhosts; i++)
			assert(*u.host[i].name != '\0' &&
			    u.host[i].port <= 65535);
		assert(kind != CONF_URL_DATABASE || *u.name != '\0');
		assert(kind != CONF_URL_WEB || u.path != NULL);
		assert(kind != CONF_URL_DSN || (u.name >= u.path &&
		    u.name <= u.path + strlen(u.path)));
		/* A password is part of what is masked. */
		assert(u.password == NULL || *u.password == '\0' ||
		    hidden != NULL);
		conf_url_done(&u);
	}
	assert(u.text == NULL);
	free(text);
	return 0;
}
