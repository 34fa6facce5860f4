/* SPDX-License-Identifier: ISC */
/*
 * Answers of providers, and what Redis keeps of them: whatever they are, only
 * places on earth come out, and what is kept of these reads back.  The first
 * byte chooses the provider, or lines that are kept values.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "locate/query.h"
#include "provider/cached.h"
#include "provider/service.h"

/* Questions that are answered as Ichnaea would: one value is enough. */
static const struct locate_query as_ichnaea = { .as_ichnaea = 1 };

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must_read_back(const struct provider_service_position *pos,
    struct base_arena *a)
{
	struct provider_service_position again;
	struct provider_cached c;
	struct base_buf b;

	base_buf_init(&b);
	provider_cached_write(&b, pos);
	provider_cached_init(&c, &as_ichnaea);
	provider_cached_add(&c, 0, b.data, b.len, a);
	if (c.n != 1 || c.at[0].lat != pos->lat || c.at[0].lon != pos->lon ||
	    c.at[0].accuracy_m != pos->accuracy_m ||
	    c.at[0].lacf != pos->lacf ||
	    provider_cached_judge(&c, &again) != PROVIDER_CACHED_FOUND)
		abort();
	base_buf_done(&b);
}

static void
kept(const char *text, size_t len, struct base_arena *a)
{
	struct provider_service_position pos;
	struct provider_cached c;
	const char *lf;
	int n;

	provider_cached_init(&c, &as_ichnaea);
	for (n = 0; n <= PROVIDER_CACHED_KEYS; n++) {
		if ((lf = memchr(text, '\n', len)) == NULL)
			lf = text + len;
		provider_cached_add(&c, (size_t)n, text, (size_t)(lf - text), a);
		if (lf == text + len)
			break;
		len -= (size_t)(lf + 1 - text);
		text = lf + 1;
	}
	if (provider_cached_judge(&c, &pos) == PROVIDER_CACHED_FOUND &&
	    !provider_service_check(&pos))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct provider_service p = { .url = "" };
	struct provider_service_position pos;
	struct base_arena a;
	const char *why;

	if (len == 0)
		return 0;
	base_arena_init(&a);
	if (data[0] % 5 == 4)
		kept((const char *)data + 1, len - 1, &a);
	else {
		p.schema = data[0] % 5;
		if (provider_service_answer(&p, 200, (const char *)data + 1,
		    len - 1, &pos, &why, &a) == PROVIDER_SERVICE_FOUND) {
			if (!provider_service_check(&pos))
				abort();
			must_read_back(&pos, &a);
		}
	}
	base_arena_done(&a);
	return 0;
}
