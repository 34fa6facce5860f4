/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "http/type.h"

/* The media types that IANA lists, of what we and websites publish. */
static const struct {
	const char	*end, *type;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".csv", "text/csv; charset=utf-8" },
	{ ".geojson", "application/geo+json" },
	{ ".gif", "image/gif" },
	{ ".gz", "application/gzip" },
	{ ".htm", "text/html; charset=utf-8" },
	{ ".html", "text/html; charset=utf-8" },
	{ ".ico", "image/vnd.microsoft.icon" },
	{ ".jpeg", "image/jpeg" },
	{ ".jpg", "image/jpeg" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".pdf", "application/pdf" },
	{ ".pmtiles", "application/vnd.pmtiles" },
	{ ".png", "image/png" },
	{ ".svg", "image/svg+xml" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".wasm", "application/wasm" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".webp", "image/webp" },
	{ ".woff", "font/woff" },
	{ ".woff2", "font/woff2" },
	{ ".xml", "application/xml" },
	{ ".zst", "application/zstd" },
};

/*
 * The end of the name behind its last point decides, in any case.  What is not
 * known is sent as bytes, which browsers save and never run.
 */
const char *
http_type_of(const char *key)
{
	const char *name = strrchr(key, '/'), *end;
	size_t i;

	name = name == NULL ? key : name + 1;
	if ((end = strrchr(name, '.')) != NULL)
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (strcasecmp(end, types[i].end) == 0)
				return types[i].type;
	return "application/octet-stream";
}
