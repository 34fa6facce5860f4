/* SPDX-License-Identifier: ISC */
/*
 * Foreign text: DSNs and limits of Sentry, paths as tags, what is scrubbed.
 * The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/url.h"
#include "net/scrub.h"
#include "net/sentry.h"
#include "net/statsd.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_dsn(const char *text)
{
	struct conf_url u;
	struct base_buf b;

	if (conf_url_parse(&u, CONF_URL_DSN, text) != NULL)
		return;
	base_buf_init(&b);
	net_sentry_endpoint(&b, &u);
	if (!base_buf_ok(&b) || strncmp(b.data, "http", 4) != 0 ||
	    strpbrk(b.data, " \r\n@") != NULL ||
	    strpbrk(u.user, ", \r\n") != NULL || (u.password != NULL &&
	    strpbrk(u.password, ", \r\n") != NULL))
		abort();
	base_buf_done(&b);
	conf_url_done(&u);
}

static void
check_path(const char *path)
{
	char out[NET_STATSD_PATH_LEN];

	net_statsd_path(out, path);
	if (out[0] == '\0' || out[strspn(out, "abcdefghijklmnopqrstuvwxyz"
	    "0123456789._-")] != '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;
	long s;

	if (len == 0 || (text = strndup((const char *)data + 1,
	    len - 1)) == NULL)
		return 0;
	switch (data[0] & 3) {
	case 0:
		check_dsn(text);
		break;
	case 1:
		s = net_sentry_limits((const char *)data + 1, len - 1);
		if (s < 0 || s > 86400)
			abort();
		break;
	case 2:
		check_path(text);
		break;
	default:
		len = strlen(text);
		net_scrub(text);
		if (strlen(text) > len)
			abort();
	}
	free(text);
	return 0;
}
