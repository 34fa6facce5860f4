/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "conf/file.h"
#include "site/csp.h"

/*
 * Append the origin of URL, "https://HOST:PORT", with a blank before it.  The
 * place of a subdomain, "{s}", may be any.  Nothing is added of what could end
 * the directive, or is no address of the web.
 */
static void
add_origin(struct base_buf *b, const char *url)
{
	const char *host, *p;
	size_t len;

	if (url == NULL || (strncmp(url, "https://", 8) != 0 &&
	    strncmp(url, "http://", 7) != 0))
		return;
	host = strstr(url, "://") + 3;
	len = strcspn(host, "/?#");
	for (p = host; p < host + len; p++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789.-:[]{}", *p) == NULL)
			return;
	base_buf_chr(b, ' ');
	base_buf_add(b, url, (size_t)(host - url));
	if (strncmp(host, "{s}.", 4) == 0) {
		base_buf_chr(b, '*');
		host += 3;
		len -= 3;
	}
	base_buf_add(b, host, len);
}

/*
 * Pictures of the map have the forms data: and blob:, which are made by scripts
 * that come with the page: of archives, every tile is.
 */
void
site_csp(struct base_buf *b, const struct conf_file *cf, int header)
{
	base_buf_str(b, "default-src 'none'; script-src 'self'; "
	    "style-src 'self'; img-src 'self' data: blob:");
	add_origin(b, cf->assets_url);
	add_origin(b, cf->web_basemap);
	base_buf_str(b, "; connect-src 'self'");
	add_origin(b, cf->assets_url);
	add_origin(b, cf->web_url);
	base_buf_str(b, "; form-action 'self'; base-uri 'none'");
	if (header)
		base_buf_str(b, "; frame-ancestors 'none'");
}
