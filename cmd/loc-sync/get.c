/* SPDX-License-Identifier: ISC */
/*
 * -g: one object into a file, from wherever loc-sync can store one.  The file
 * appears whole or not at all.
 */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "io/outfile.h"
#include "io/signals.h"

#include "sync.h"

/* Others may not read it: an index may have API keys. */
#define MODE	0640

/* Where the bytes go, and what went wrong there. */
struct sink {
	struct io_outfile	of;
	int			error;		/* an errno, or 0 */
};

static int
on_piece(void *arg, const char *data, size_t len)
{
	struct sink *s = arg;

	if (io_signals_stop)
		return -1;
	if (io_outfile_add(&s->of, data, len) == 0)
		return 0;
	s->error = errno;
	return -1;
}

/* What to exit with, after a warning, if V came of it. */
static int
tell_verdict(enum object_verdict v, struct object_store *store,
    const char *url, const struct sink *s)
{
	switch (v) {
	case OBJECT_OK:
		return EX_OK;
	case OBJECT_NONE:
		warnx("%s: no such object", url);
		return EX_NOINPUT;
	case OBJECT_STOPPED:
		if (s->error != 0)
			warnc(s->error, "%s", s->of.path);
		return s->error != 0 ? EX_IOERR : EX_TEMPFAIL;
	default:
		warnx("%s: %s", url, object_store_why(store));
		return object_store_status(v);
	}
}

static int
get_object(struct object_store *store, const char *key, const char *url,
    const char *path)
{
	struct sink s = { .error = 0 };
	int rc;

	if (io_outfile_begin(&s.of, path, MODE) == -1) {
		warn("%s", path);
		return EX_CANTCREAT;
	}
	rc = tell_verdict(object_store_get(store, key, 0, -1, on_piece, &s),
	    store, url, &s);
	if (io_outfile_end(&s.of, rc == EX_OK) == -1 && rc == EX_OK) {
		warn("%s", path);
		rc = EX_IOERR;
	}
	return rc;
}

/* All before the last slash is the place, all behind it the key. */
int
sync_get(const struct conf_file *cf, const char *url, const char *path)
{
	const char *key = strrchr(url, '/');
	struct object_store *store;
	struct base_buf place;
	int rc = EX_CONFIG;

	if (key == NULL || key[1] == '\0') {
		warnx("%s: expected the URL of an object", url);
		return EX_USAGE;
	}
	base_buf_init(&place);
	base_buf_add(&place, url, (size_t)(key - url));
	if (!base_buf_ok(&place)) {
		warnx("out of memory");
		rc = EX_OSERR;
	} else if ((store = object_store_open(cf, place.data)) != NULL) {
		rc = get_object(store, key + 1, url, path);
		object_store_end(store);
	}
	base_buf_done(&place);
	return rc;
}
