/* SPDX-License-Identifier: ISC */
/*
 * The files of the website: what loc-site wrote into [web] dir, and the map of
 * [web] datamap below /static/datamap/, where Ichnaea had it.
 *
 * WHAT IS REACHED.  A path is walked part by part from the directory, which is
 * opened anew for each request, as loc-site puts another one in its place.  No
 * part may begin with a dot, and no symbolic link is followed, so nothing
 * outside is ever opened, whatever a path looks like or the directory holds.
 * A slash, a backslash or a NUL that a client writes as %HH is refused: proxies
 * in front may have understood it otherwise.  Only regular files are read.
 *
 * WHAT IS SENT.  A file is sent in pieces by the server and never held in
 * memory.  Beside it may be the same compressed, NAME.gz, for clients that take
 * that and want all of it.  Tags are made of size and time: loc-site keeps the
 * time of files that did not change, and whatever has a new one is another.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "http/accept.h"
#include "http/cond.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/type.h"

#include "reply.h"
#include "serve.h"
#include "web.h"

#define DATAMAP		"/static/datamap/"
#define INDEX		"index.html"
#define NAME_LEN	256
#define HOUR_S		3600
#define DAY_S		86400

/* A file that is open. */
struct found {
	int		 fd, gzip_fd;	/* -1: there is none */
	struct stat	 st, gzip_st;
	char		 name[NAME_LEN];
};

/* What headers point to, until the reply is sent. */
struct texts {
	struct http_reply_file file;
	char	etag[40], range[80], cache[40];
	char	modified[HTTP_REPLY_DATE_LEN], expires[HTTP_REPLY_DATE_LEN];
};

/*
 * Open NAME in the directory DIR to read it, if it is a regular file.  Devices
 * and pipes are not waited for.
 */
static int
open_regular(int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

/* The file NAME in DIR, and what is beside it. */
static int
open_both(int dir, const char *name, struct found *f)
{
	char packed[NAME_LEN + 3];

	if ((f->fd = open_regular(dir, name, &f->st)) == -1)
		return -1;
	strlcpy(f->name, name, sizeof(f->name));
	snprintf(packed, sizeof(packed), "%s.gz", name);
	f->gzip_fd = open_regular(dir, packed, &f->gzip_st);
	return 0;
}

/*
 * Walk PATH, without its first slash, below the directory ROOT.  A path that
 * ends in a directory means the page in that.  Returns 0 with F open, or -1.
 */
static int
walk(const char *root, const char *path, struct found *f)
{
	int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	char part[NAME_LEN];
	size_t len;

	while (dir != -1 && *path != '\0') {
		len = strcspn(path, "/");
		if (len == 0 || len >= sizeof(part) || *path == '.')
			break;
		memcpy(part, path, len);
		part[len] = '\0';
		if (path[len] == '\0' && open_both(dir, part, f) == 0) {
			close(dir);
			return 0;
		}
		next = openat(dir, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		close(dir);
		dir = next;
		path += len + (path[len] == '/' && path[len + 1] != '\0');
	}
	if (dir == -1)
		return -1;
	next = *path == '\0' || strcmp(path, "/") == 0 ?
	    open_both(dir, INDEX, f) : -1;
	close(dir);
	return next;
}

/* Does the address, as it was sent, hide what separates or ends names? */
static int
is_hidden(const char *target)
{
	const char *p = target;

	for (; *p != '\0' && *p != '?'; p++)
		if (strncasecmp(p, "%2f", 3) == 0 ||
		    strncasecmp(p, "%5c", 3) == 0 ||
		    strncmp(p, "%00", 3) == 0)
			return 1;
	return 0;
}

/* Is PATH that of the map, which pages of other sites may show? */
static int
is_shared(const struct serve *s, const char *path)
{
	return s->conf->web_datamap != NULL &&
	    strncmp(path, DATAMAP, strlen(DATAMAP)) == 0;
}

/* Find the file for RQ.  Returns 0 with F open, or -1. */
static int
find_file(const struct serve *s, const struct http_request *rq,
    struct found *f)
{
	const char *path = rq->path;

	if (*path != '/' || is_hidden(rq->target))
		return -1;
	if (is_shared(s, path))
		return walk(s->conf->web_datamap, path + strlen(DATAMAP), f);
	return walk(s->conf->web_dir, path + 1, f);
}

/*
 * Is PATH that of a tile, LAYER/Z/X/Y.png of the map?  Most of the world has
 * none, and to say so is no error: browsers would tell of thousands.
 */
static int
is_tile(const struct serve *s, const char *path)
{
	unsigned z, x, y;
	int end = 0;

	if (!is_shared(s, path))
		return 0;
	path += strlen(DATAMAP);
	path += strcspn(path, "/");
	return sscanf(path, "/%2u/%5u/%5u.png%n", &z, &x, &y, &end) == 3 &&
	    end > 0 && path[end] == '\0';
}

/* "gzip;q=0" says that the client does not. */
static int
takes_gzip(const struct http_request *rq)
{
	return http_accept_weight(http_request_list(rq, "Accept-Encoding"),
	    "gzip") > 0;
}

static int
is_icon(const char *path)
{
	return strcmp(path, "/favicon.ico") == 0 ||
	    strcmp(path, "/apple-touch-icon-precomposed.png") == 0;
}

/*
 * How long the file may be kept.  Pages live an hour, as Ichnaea's, and so do
 * tiles; what pages are made of lives a day, as its address changes with it.
 */
static void
add_age(const struct serve *s, const struct http_request *rq,
    struct http_reply *rp, struct texts *t)
{
	int age_s = is_shared(s, rq->path) ||
	    (strncmp(rq->path, "/static/", 8) != 0 && !is_icon(rq->path)) ?
	    HOUR_S : DAY_S;

	snprintf(t->cache, sizeof(t->cache), "max-age=%d, public", age_s);
	http_reply_date(t->expires, base_clock_now_s() + age_s);
	http_reply_header(rp, "Cache-Control", t->cache);
	http_reply_header(rp, "Expires", t->expires);
}

/* The headers that all files have. */
static void
add_headers(const struct serve *s, struct http_reply *rp,
    const struct found *f, const struct texts *t)
{
	const char *type = http_type_of(f->name);

	if (strcmp(type, "text/html; charset=utf-8") == 0)
		type = "text/html; charset=UTF-8";
	http_reply_header(rp, "Content-Type", type);
	http_reply_header(rp, "Last-Modified", t->modified);
	http_reply_header(rp, "ETag", t->etag);
	if (f->gzip_fd != -1)
		http_reply_header(rp, "Vary", "Accept-Encoding");
	http_reply_header(rp, "Content-Security-Policy", s->csp);
	http_reply_header(rp, "X-Frame-Options", "DENY");
	http_reply_header(rp, "Referrer-Policy", "no-referrer");
	http_reply_header(rp, "Permissions-Policy",
	    "camera=(), geolocation=(), microphone=()");
	http_reply_header(rp, "Cross-Origin-Opener-Policy", "same-origin");
}

/* Does the client want another version, of which it has a part? */
static int
is_other(const struct http_request *rq, const struct texts *t)
{
	const char *tags = http_request_list(rq, "If-Match");

	return tags != NULL && !http_cond_match(tags, t->etag, 0);
}

/*
 * Has the client the file already?  A tag counts more than a time, which is
 * compared as text: it is ours.
 */
static int
is_known(const struct http_request *rq, const struct texts *t)
{
	const char *tags = http_request_list(rq, "If-None-Match");
	const char *since = http_request_field(rq, "If-Modified-Since");

	if (tags != NULL)
		return http_cond_match(tags, t->etag, 1);
	return since != NULL && strcmp(since, t->modified) == 0;
}

/* The range that is wanted, unless it is one of another version. */
static const char *
wanted_range(const struct http_request *rq, const struct texts *t)
{
	const char *of = http_request_field(rq, "If-Range");

	if (strcmp(rq->method, "GET") != 0 || (of != NULL &&
	    strcmp(of, t->etag) != 0 && strcmp(of, t->modified) != 0))
		return NULL;
	return http_request_field(rq, "Range");
}

/* Send the part P of FD, or say that there is none. */
static void
send_part(struct http_reply *rp, struct texts *t, int fd,
    const struct http_cond_part *p, enum http_cond_verdict v)
{
	static const int status[] = { [HTTP_COND_ALL] = 200,
	    [HTTP_COND_PART] = 206, [HTTP_COND_NONE] = 416 };

	rp->status = status[v];
	if (v == HTTP_COND_PART)
		snprintf(t->range, sizeof(t->range),
		    "bytes %" PRId64 "-%" PRId64 "/%" PRId64, p->at,
		    p->at + p->len - 1, p->size);
	else
		snprintf(t->range, sizeof(t->range), "bytes */%" PRId64,
		    p->size);
	if (v != HTTP_COND_ALL)
		http_reply_header(rp, "Content-Range", t->range);
	if (v == HTTP_COND_NONE)
		return;
	t->file = (struct http_reply_file){ fd, p->at, p->len };
	rp->file = &t->file;
}

/*
 * Answer with F.  What is not sent is closed.  A compressed file is another
 * one, with a tag of its own; parts are always those of the plain one.
 */
static void
reply_file(const struct serve *s, const struct http_request *rq,
    struct http_reply *rp, struct found *f, struct texts *t)
{
	int packed = f->gzip_fd != -1 &&
	    http_request_field(rq, "Range") == NULL && takes_gzip(rq);
	const struct stat *st = packed ? &f->gzip_st : &f->st;
	struct http_cond_part part = { .size = st->st_size };
	enum http_cond_verdict v;
	int fd = packed ? f->gzip_fd : f->fd;

	snprintf(t->etag, sizeof(t->etag), "\"%jx-%jx%s\"",
	    (uintmax_t)st->st_size, (uintmax_t)st->st_mtim.tv_sec *
	    1000000000 + (uintmax_t)st->st_mtim.tv_nsec, packed ? "z" : "");
	http_reply_date(t->modified, f->st.st_mtim.tv_sec);
	add_headers(s, rp, f, t);
	if (is_other(rq, t))
		rp->status = 412;
	else if (is_known(rq, t))
		rp->status = 304;
	else {
		http_reply_header(rp, "Accept-Ranges", "bytes");
		if (packed)
			http_reply_header(rp, "Content-Encoding", "gzip");
		v = http_cond_range(&part, packed ? NULL :
		    wanted_range(rq, t));
		send_part(rp, t, fd, &part, v);
	}
	if (rp->status < 400)	/* faults are of one request */
		add_age(s, rq, rp, t);
	if (f->fd != -1 && (rp->file == NULL || rp->file->fd != f->fd))
		close(f->fd);
	if (f->gzip_fd != -1 && (rp->file == NULL ||
	    rp->file->fd != f->gzip_fd))
		close(f->gzip_fd);
}

static void
reply_no_tile(struct http_reply *rp)
{
	rp->status = 204;
	http_reply_header(rp, "Cache-Control", "max-age=3600, public");
}

/*
 * Maps of other pages read tiles and parts of archives, whose tags they compare
 * to see that all are of one version.
 */
static void
share_reply(struct http_reply *rp)
{
	http_reply_header(rp, "Access-Control-Allow-Origin", "*");
	http_reply_header(rp, "Access-Control-Expose-Headers",
	    "Content-Range, ETag");
}

/* Some browsers ask before they send Range. */
static void
reply_options(struct http_reply *rp)
{
	rp->status = 200;
	http_reply_header(rp, "Access-Control-Max-Age", "2592000");
	http_reply_header(rp, "Access-Control-Allow-Methods", "GET, HEAD");
	http_reply_header(rp, "Access-Control-Allow-Headers",
	    "If-Match, If-None-Match, If-Range, Range");
}

/* The page that there is none; it comes with the site. */
static void
reply_none(const struct serve *s, struct http_reply *rp, struct texts *t)
{
	struct found f = { .fd = -1, .gzip_fd = -1 };
	struct http_cond_part part = { 0 };

	if (walk(s->conf->web_dir, "404.html", &f) == -1) {
		serve_reply_not_found(rp);
		return;
	}
	if (f.gzip_fd != -1)
		close(f.gzip_fd);
	part.size = part.len = f.st.st_size;
	http_reply_header(rp, "Content-Type", "text/html; charset=UTF-8");
	http_reply_header(rp, "Content-Security-Policy", s->csp);
	http_reply_header(rp, "X-Frame-Options", "DENY");
	http_reply_header(rp, "Referrer-Policy", "no-referrer");
	send_part(rp, t, f.fd, &part, HTTP_COND_ALL);
	rp->status = 404;
}

/*
 * "/map/" is "/map", which is the only address of the page: relative ones in
 * it are to mean the same.  Returns 1 if that was the answer.  The path has
 * been walked, so it has no two slashes that would name another host.  A query
 * is kept as it was sent.
 */
static int
redirect_slash(const struct http_request *rq, struct http_reply *rp)
{
	const char *query = rq->target + strcspn(rq->target, "?"), *p;
	size_t len = strlen(rq->path), size = len + strlen(query);
	char *to;

	if (len < 2 || rq->path[len - 1] != '/' ||
	    (to = base_arena_alloc(rq->arena, size)) == NULL)
		return 0;
	snprintf(to, size, "%.*s%s", (int)len - 1, rq->path, query);
	for (p = to; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return 0;
	rp->status = 301;
	http_reply_header(rp, "Location", to);
	return 1;
}

void
serve_web(struct serve *s, const struct http_request *rq,
    struct http_reply *rp)
{
	struct texts *t = base_arena_calloc(rq->arena, 1, sizeof(*t));
	struct found f = { .fd = -1, .gzip_fd = -1 };
	int shared = is_shared(s, rq->path);

	if (shared)
		share_reply(rp);
	if (shared && strcmp(rq->method, "OPTIONS") == 0)
		reply_options(rp);
	else if (t == NULL)
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	else if (find_file(s, rq, &f) == -1 && !is_tile(s, rq->path))
		reply_none(s, rp, t);
	else if (strcmp(rq->method, "GET") != 0 &&
	    strcmp(rq->method, "HEAD") != 0)
		serve_reply_not_allowed(rp, rq, shared ?
		    "GET, HEAD, OPTIONS" : "GET, HEAD");
	else if (f.fd == -1)
		reply_no_tile(rp);
	else if (!redirect_slash(rq, rp)) {
		reply_file(s, rq, rp, &f, t);
		return;
	}
	if (f.fd != -1)
		close(f.fd);
	if (f.gzip_fd != -1)
		close(f.gzip_fd);
}
