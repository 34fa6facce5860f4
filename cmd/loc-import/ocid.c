/* SPDX-License-Identifier: ISC */
/*
 * OpenCellID's files: one of all cells, and one for what changed in each
 * period.  The database has a mark, "ocid", which says up to when it
 * has everything: the end of the last period that was imported.  From there on
 * one file after another is fetched and imported.  Without a mark, or when it
 * is so old that files are gone by now, all cells are fetched first.  The mark
 * moves only when all rows of a file are committed.  Rows that come twice
 * change nothing, so whatever is killed, the next run goes on.
 *
 * A page of 2016 (its address ends with a slash) has a file for each hour,
 * called after its beginning; it keeps them for some days.  OpenCellID itself
 * has a file for each day, called after its end, and keeps them for about a
 * week.  Files of countries only come whole: each has a mark of its own, the
 * time when it was fetched.
 *
 * The service tells of errors in many ways, also with status 200 and a page.
 * So nothing of a file is imported before it has been fetched whole and
 * decompressed to its end.  It is in a file without a name meanwhile, which is
 * gone whatever happens.
 *
 * The key is part of the addresses, and so these are never shown: messages
 * have the name of the file, and of what the server says the key is cut out.
 */
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/scratch.h"
#include "json/write.h"
#include "net/client.h"
#include "store/db.h"
#include "store/lease.h"
#include "store/load.h"
#include "store/mark.h"
#include "import.h"

#define LEASE		"import.ocid"
#define MARK		"ocid"
#define MARK_DONE	"import.ocid"	/* for monitors: all was well */
#define FULL		"cell_towers.csv.gz"
#define KEY_MAX		128
#define URL_LEN		1024
#define HOUR_S		3600
#define CONNECT_S	30
#define STALL_S		120
#define SAID_MAX	200	/* bytes of what the server says */

/* A run.  The key is wiped at the end. */
struct ocid {
	struct import		*im;
	const struct conf_file	*cf;
	struct store_db		*db;
	struct net_client	*http;
	char			 key[KEY_MAX + 1];
	int			 is_page;	/* of 2016 */
	int64_t			 period_s;	/* of one file */
	int64_t			 kept_s;	/* so long files are there */
	int64_t			 now;
	int			 status;	/* the worst of what went on */
	/* of the file being fetched */
	int			 fd;
	int			 write_error;
	struct net_client_answer answer;
};

/* What became of a file. */
enum outcome {
	OCID_DONE,
	OCID_MISSING,		/* the server has none of that name */
	OCID_FAILED		/* warned; the status says how */
};

/* Note what the run is to exit with.  The caller has told why. */
static enum outcome
fail_fetching(struct ocid *o, int status)
{
	o->status = status;
	return OCID_FAILED;
}

/*
 * Make sure of the key: letters and digits, mostly.  It becomes a part of an
 * address as it is, so that what would have to be escaped there, or would end
 * the query, is refused.  Returns 0 or -1.
 */
static int
check_ocid_key(struct ocid *o)
{
	const char *p;

	for (p = o->key; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._~-", *p) == NULL)
			break;
	if (*p == '\0')
		return 0;
	conf_file_warn(o->cf, &o->cf->ocid_apikey, NULL, "expected a key of "
	    "letters, digits, '.', '_', '~' and '-'");
	return -1;
}

/* The key, from the settings.  0 or -1. */
static int
take_ocid_key(struct ocid *o)
{
	if (conf_file_need(o->cf, &o->cf->ocid_apikey) == -1)
		return -1;
	if (strlcpy(o->key, o->cf->ocid_apikey, sizeof(o->key)) >=
	    sizeof(o->key)) {
		conf_file_warn(o->cf, &o->cf->ocid_apikey, NULL, "too long");
		return -1;
	}
	return check_ocid_key(o);
}

/*
 * Make what a server said fit to be shown: without control characters, and
 * without the key, which some repeat.
 */
static void
clean_text(const struct ocid *o, char *text)
{
	size_t len = strlen(o->key);
	char *p;

	net_client_printable(text);
	while ((p = strstr(text, o->key)) != NULL) {
		memmove(p + 1, p + len, strlen(p + len) + 1);
		*p = '*';
	}
}

static int
has_word(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

/*
 * The server says TEXT in place of the file NAME: what does that mean?  Words
 * are looked for, since statuses are not to be relied on: errors come with 200,
 * too.  That a file is missing is asked first, and is no error yet, because the
 * caller knows whether it should be there.
 */
static enum outcome
refusal(struct ocid *o, const char *name, char *text)
{
	clean_text(o, text);
	if (o->answer.status == 404 || has_word(text, "not found") ||
	    has_word(text, "NOT_FOUND") || has_word(text, "no such file") ||
	    has_word(text, "does not exist"))
		return OCID_MISSING;
	if (o->answer.status == 429 || has_word(text, "RATE_LIMIT") ||
	    has_word(text, "rate limit") || has_word(text, "too many")) {
		warnx("%s: the service lets this key fetch no more for now: "
		    "%s", name, text);
		return fail_fetching(o, EX_TEMPFAIL);
	}
	if (o->answer.status == 401 || o->answer.status == 403 ||
	    has_word(text, "INVALID_TOKEN") || has_word(text, "api key") ||
	    has_word(text, "apikey") || has_word(text, "invalid token")) {
		warnx("%s: the service refuses the key: %s", name, text);
		return fail_fetching(o, EX_NOPERM);
	}
	warnx("%s: expected a gzip file: %s", name, text);
	return fail_fetching(o, o->answer.status >= 500 ||
	    o->answer.status == 0 ? EX_TEMPFAIL : EX_DATAERR);
}

/*
 * A piece of the body.  What cannot be written ends the transfer; the reason is
 * kept, for the client would only tell that it was ended.
 */
static int
on_fetched_piece(void *arg, const char *data, size_t len)
{
	struct ocid *o = arg;
	ssize_t n;

	while (len > 0) {
		n = write(o->fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			o->write_error = errno;
			return -1;
		}
		data += n;
		len -= (size_t)n;
	}
	return import_stopping ? -1 : 0;
}

/* Progress is shown by what is in the file: pieces are counted nowhere else. */
static void
on_fetch_tick(void *arg)
{
	struct ocid *o = arg;
	off_t at = lseek(o->fd, 0, SEEK_CUR);

	io_progress_show(&o->im->progress, at > 0 ? (uint64_t)at : 0, -1);
}

/*
 * The address of file NAME, which is of TYPE where that is asked for.  Nothing
 * is escaped: the key was checked, and names are made here.  It fits, as
 * import_ocid() has looked at the length of what it begins with.
 */
static void
make_url(const struct ocid *o, char *url, const char *type, const char *name)
{
	int n;

	assert(*o->key != '\0');
	if (o->is_page)
		n = snprintf(url, URL_LEN, "%s?apiKey=%s&filename=%s",
		    o->cf->ocid_url, o->key, name);
	else
		n = snprintf(url, URL_LEN, "%s?token=%s&type=%s&file=%s",
		    o->cf->ocid_url, o->key, type, name);
	assert(n > 0 && n < URL_LEN);
}

/* Is what was fetched compressed?  Else TEXT says how it begins. */
static int
looks_compressed(const struct ocid *o, char text[SAID_MAX])
{
	ssize_t n = pread(o->fd, text, SAID_MAX - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return n > 2 && (unsigned char)text[0] == 0x1f &&
	    (unsigned char)text[1] == 0x8b;
}

/*
 * The file that was fetched, from its beginning, to be read as NAME.  Whoever
 * reads closes its descriptor; so it gets one of its own, with which it shares
 * the place.
 */
static struct io_infile *
reopen_fetched(const struct ocid *o, const char *name)
{
	int fd;

	if (lseek(o->fd, 0, SEEK_SET) == -1 ||
	    (fd = fcntl(o->fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		warn("%s", name);
		return NULL;
	}
	return io_infile_take(fd, name);
}

/*
 * Fetch URL, the file NAME, into the nameless file.  The order of questions is
 * that of causes: a full disk and a signal end the transfer, too, and would be
 * taken for the network's fault.
 */
static enum outcome
fetch(struct ocid *o, const char *url, const char *name)
{
	char text[SAID_MAX];
	long status;

	assert(o->fd != -1 && !o->im->dry);
	o->write_error = 0;
	io_progress_init(&o->im->progress, "bytes", o->im->quiet);
	status = net_client_send(o->http, "GET", url, NULL, 0, &o->answer);
	io_progress_done(&o->im->progress);
	if (o->write_error != 0) {
		errno = o->write_error;
		warn("%s: temporary file", name);
		return fail_fetching(o, EX_IOERR);
	}
	if (import_stopping)
		return fail_fetching(o, EX_TEMPFAIL);
	if (status == 0) {
		clean_text(o, o->answer.why);
		warnx("%s: %s", name, o->answer.why);
		return fail_fetching(o, EX_TEMPFAIL);
	}
	if (status != 200)
		return refusal(o, name, o->answer.why);
	if (!looks_compressed(o, text))
		return refusal(o, name, text);
	return OCID_DONE;
}

/*
 * With -n that is all: names are told without a request, as some keys are good
 * for a few files a day only.
 */
static enum outcome
tell_name(const char *name)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "fetch", name);
	json_write_end(&w);
	io_cli_last(&b);
	return OCID_DONE;
}

/*
 * Fetch the file NAME and import it.  A file that has too many bad rows sets
 * the status, but counts as done: its good rows are in, and to fetch it again
 * would bring the same.  The address has the key and is wiped.
 */
static enum outcome
fetch_and_import(struct ocid *o, const char *type, const char *name)
{
	enum outcome out = OCID_FAILED;
	struct io_infile *f;
	char url[URL_LEN];
	int status;

	if (o->im->dry)
		return tell_name(name);
	if ((o->fd = io_scratch_open(NULL)) == -1)
		return fail_fetching(o, EX_CANTCREAT);
	make_url(o, url, type, name);
	out = fetch(o, url, name);
	explicit_bzero(url, sizeof(url));
	if (out == OCID_DONE && (f = reopen_fetched(o, name)) == NULL)
		out = fail_fetching(o, EX_OSERR);
	if (out == OCID_DONE && (status = import_take(o->im, f)) != EX_OK) {
		o->status = status;
		if (!o->im->good)
			out = OCID_FAILED;
	}
	close(o->fd);
	return out;
}

/*
 * Everything up to second T is in.  Returns 0, or -1 after a warning.  Rows are
 * committed by then: a crash before this costs a file that is imported twice,
 * which changes nothing.
 */
static int
set_ocid_mark(struct ocid *o, const char *name, int64_t t)
{
	char value[BASE_CIVIL_TIME_LEN];

	if (o->im->dry)
		return 0;
	base_civil_format_time(value, t, ' ');
	if (store_mark_set(o->db, name, value) == 0)
		return 0;
	o->status = EX_UNAVAILABLE;
	return -1;
}

/*
 * Returns 1 and up to when everything is in, 0 if nothing is, or -1.  A mark
 * that is no time counts as none, so that all cells are fetched and it is set
 * right.
 */
static int
get_ocid_mark(struct ocid *o, const char *name, int64_t *t)
{
	char value[STORE_MARK_MAX + 1];
	int rc;

	if ((rc = store_mark_get(o->db, name, value, sizeof(value))) == -1)
		o->status = EX_UNAVAILABLE;
	return rc == 1 ? base_civil_parse(value, strlen(value), t) : rc;
}

/*
 * Fetch all cells.  *MARK is set to when the service had made the file, for
 * what has changed since comes in others; if that is not told it was within
 * the last day.
 */
static enum outcome
fetch_full(struct ocid *o, int64_t *mark)
{
	int64_t t = o->now - BASE_CIVIL_DAY_S;
	enum outcome out;

	out = fetch_and_import(o, "full", FULL);
	if (out == OCID_MISSING) {
		warnx(FULL ": the service has no such file");
		return fail_fetching(o, EX_NOINPUT);
	}
	if (out == OCID_FAILED)
		return out;
	if (!o->im->dry && o->answer.modified_s > t &&
	    o->answer.modified_s <= o->now)
		t = o->answer.modified_s;
	assert(o->period_s > 0);
	*mark = t - t % o->period_s;
	return set_ocid_mark(o, MARK, *mark) == -1 ? OCID_FAILED : OCID_DONE;
}

/*
 * The name of the file of what changed from FROM on.  The two services call
 * their files by different ends of the period.
 */
static void
name_diff(const struct ocid *o, char name[64], int64_t from)
{
	struct base_civil c;

	base_civil_split(&c, o->is_page ? from : from + o->period_s);
	if (o->is_page)
		snprintf(name, 64, "cell_towers_diff-%04d%02d%02d%02d.csv.gz",
		    c.year, c.month, c.day, c.hour);
	else
		snprintf(name, 64, "OCID-diff-cell-export-%04d-%02d-%02d-"
		    "T000000.csv.gz", c.year, c.month, c.day);
}

/*
 * Fetch what has changed since *MARK, period by period.  A file that is
 * missing is not there yet if it is the newest; of any other it is told, and
 * if there was no full file in this run *MARK stays for one to be fetched.
 */
static enum outcome
fetch_diffs(struct ocid *o, int64_t *mark, int had_full)
{
	enum outcome out;
	char name[64];

	while (*mark + o->period_s <= o->now && !import_stopping) {
		name_diff(o, name, *mark);
		out = fetch_and_import(o, "diff", name);
		if (out == OCID_FAILED)
			return out;
		if (out == OCID_MISSING) {
			if (*mark + 2 * o->period_s > o->now) {
				if (o->im->verbose)
					warnx("%s: it is not there yet",
					    name);
				return OCID_DONE;
			}
			warnx("%s: the service has no such file%s", name,
			    had_full ? "" : " (any more)");
			if (!had_full)
				return OCID_MISSING;
			o->status = EX_DATAERR;
		}
		*mark += o->period_s;
		if (set_ocid_mark(o, MARK, *mark) == -1)
			return OCID_FAILED;
	}
	return import_stopping ? fail_fetching(o, EX_TEMPFAIL) : OCID_DONE;
}

/*
 * A mark in the future is not believed: a clock was wrong once, and nothing
 * would be fetched until then.  If a file between is gone after all the whole
 * is fetched once, and what is missing after that is passed over: else a file
 * that the service never made would bring the whole again at each run.
 */
static void
fetch_world(struct ocid *o)
{
	int64_t mark = 0;
	int had_full, rc;

	if ((rc = get_ocid_mark(o, MARK, &mark)) == -1)
		return;
	had_full = rc == 0 || mark > o->now || o->now - mark > o->kept_s;
	if (had_full && fetch_full(o, &mark) == OCID_FAILED)
		return;
	if (fetch_diffs(o, &mark, had_full) == OCID_MISSING &&
	    fetch_full(o, &mark) == OCID_DONE)
		fetch_diffs(o, &mark, 1);
}

/*
 * Fetch the files of the countries that are wanted and were not fetched today.
 * One that fails does not keep the others back.
 */
static void
fetch_countries(struct ocid *o)
{
	char file[32], mark[32];
	const char *p = o->cf->ocid_mcc;
	enum outcome out;
	int64_t at;
	int mcc, n, rc;

	for (; !import_stopping && sscanf(p, "%d%n", &mcc, &n) == 1; p += n) {
		snprintf(file, sizeof(file), "%d.csv.gz", mcc);
		snprintf(mark, sizeof(mark), MARK ".%d", mcc);
		if ((rc = get_ocid_mark(o, mark, &at)) == -1)
			return;
		if (rc == 1 && at <= o->now &&
		    base_civil_day_of(at) == base_civil_day_of(o->now))
			continue;
		out = fetch_and_import(o, "mcc", file);
		if (out == OCID_MISSING) {
			warnx("%s: the service has no such file", file);
			o->status = EX_NOINPUT;
		}
		if (o->status == EX_UNAVAILABLE)
			return;
		if (out == OCID_DONE && set_ocid_mark(o, mark, o->now) == -1)
			return;
	}
}

/* Are the countries numbers?  Returns 0, or -1 after a warning. */
static int
check_countries(const struct conf_file *cf)
{
	if (cf->ocid_mcc == NULL ||
	    cf->ocid_mcc[strspn(cf->ocid_mcc, "0123456789 \t\r\n")] == '\0')
		return 0;
	conf_file_warn(cf, &cf->ocid_mcc, NULL,
	    "expected mobile country codes, separated by blanks");
	return -1;
}

/* Whoever has the lease does the work, so that cron may overlap. */
static void
fetch_alone(struct ocid *o)
{
	const struct store_lease_wish wish = { "rw_url", o->cf->rw_url, LEASE,
	    0, &import_stopping };
	enum store_lease_verdict verdict;
	struct store_lease *lease;
	int status;

	lease = store_lease_take(&wish, &verdict, &status);
	if (verdict == STORE_LEASE_BUSY) {
		if (o->im->verbose)
			warnx("another one is fetching OpenCellID's files");
	} else if (lease == NULL || store_db_now(o->db, &o->now) == -1)
		o->status = EX_UNAVAILABLE;
	else {
		store_load_set_guard(o->im->load, store_lease_guard(lease));
		if (o->cf->ocid_mcc != NULL)
			fetch_countries(o);
		else
			fetch_world(o);
		if (o->status == EX_OK && !o->im->dry && !import_stopping &&
		    store_mark_set(o->db, MARK_DONE, "") == -1)
			o->status = EX_UNAVAILABLE;
		store_load_set_guard(o->im->load, NULL);
	}
	store_lease_end(lease);
}

int
import_ocid(struct import *im, const struct conf_file *cf)
{
	struct ocid o = { .im = im, .cf = cf, .status = EX_OK };
	size_t len;

	o.db = store_load_db(im->load);
	if (conf_file_need(cf, &cf->ocid_url) == -1 ||
	    check_countries(cf) == -1 || take_ocid_key(&o) == -1)
		return EX_CONFIG;
	len = strlen(cf->ocid_url);
	if (len > URL_LEN - KEY_MAX - 128) {
		conf_file_warn(cf, &cf->ocid_url, NULL, "too long");
		return EX_CONFIG;
	}
	o.is_page = cf->ocid_url[len - 1] == '/';
	o.period_s = o.is_page ? HOUR_S : BASE_CIVIL_DAY_S;
	o.kept_s = o.is_page ? BASE_CIVIL_DAY_S : 7 * BASE_CIVIL_DAY_S;
	if ((o.http = net_client_new()) == NULL)
		return EX_OSERR;
	net_client_careful(o.http);
	net_client_limits(o.http, CONNECT_S, 0, STALL_S);
	net_client_sink(o.http, on_fetched_piece, &o);
	net_client_tick(o.http, on_fetch_tick, &o);
	fetch_alone(&o);
	net_client_free(o.http);
	explicit_bzero(o.key, sizeof(o.key));
	return o.status;
}
