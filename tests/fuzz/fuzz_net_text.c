/* SPDX-License-Identifier: ISC */
/*
 * Foreign text: DSNs and limits of Sentry, paths as tags, what is scrubbed.
 * The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/scrub.h"
#include "net/sentry.h"
#include "net/statsd.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_dsn(const char *text)
{
	struct net_sentry_dsn d;

	if (net_sentry_dsn_parse(&d, text) == 0 &&
	    (strncmp(d.url, "http", 4) != 0 ||
	    strpbrk(d.url, " \r\n@") != NULL ||
	    strpbrk(d.public, ", \r\n") != NULL ||
	    strpbrk(d.secret, ", \r\n") != NULL))
		abort();
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
