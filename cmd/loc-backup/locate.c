/* SPDX-License-Identifier: ISC */
/*
 * The real program is run, with a configuration of its own: what is tried is
 * not whether rows are there, which the checksums tell, but whether they are
 * of use.  Stations that were blocked lately are nowhere for it, so they are
 * not chosen.
 */
#include <sys/wait.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "conf/outside.h"
#include "dump/manifest.h"
#include "geo/dist.h"
#include "io/infile.h"
#include "json/doc.h"
#include "store/db.h"

#include "locate.h"

/*
 * A dozen questions is enough: the checksums have compared all rows already,
 * and this is about whether the tables fit the program.
 */
#define PAIRS		4
#define CELLS		2	/* of each radio */
#define QUESTIONS	(PAIRS + 4 * CELLS)
#define NEAR_M		1000.0

/* Rows of table T that programs may answer from. */
#define GOOD(t)		t "lat IS NOT NULL AND " t "lon IS NOT NULL AND " \
			t "created IS NOT NULL AND " t "samples > 0 AND " \
			t "block_last IS NULL"

/* What is asked, and where the answer has to be. */
struct questions {
	struct base_buf	text;		/* a line for each */
	double		lat[QUESTIONS], lon[QUESTIONS];
	size_t		n, max;
	const char	*radio;
	const struct dump_manifest *m;
};

/*
 * A number that cannot be read leaves the place at 0, 0, where no answer lies:
 * the drill fails then, and rightly.
 */
static void
take_expected_place(struct questions *q, char **field,
    const unsigned long *flen)
{
	assert(q->n < q->max && q->max <= QUESTIONS);
	base_num_f64(field[0], flen[0], &q->lat[q->n]);
	base_num_f64(field[1], flen[1], &q->lon[q->n]);
	q->n++;
}

/*
 * LAT, LON and the addresses of two that are near each other.
 *
 * A single network is never located, so that nobody can be found by the one
 * that is theirs: hence two.
 */
static int
on_pair(void *arg, char **field, const unsigned long *flen)
{
	struct questions *q = arg;

	if (q->n == q->max)
		return 0;
	base_buf_fmt(&q->text, "{\"wifiAccessPoints\": [{\"macAddress\": "
	    "\"%s\"}, {\"macAddress\": \"%s\"}]}\n", field[2], field[3]);
	take_expected_place(q, field, flen);
	return 0;
}

/*
 * Tables are named after the radios of Ichnaea's API, so that the name of the
 * one is asked for in the other.
 */
static int
on_chosen_cell(void *arg, char **field, const unsigned long *flen)
{
	struct questions *q = arg;

	if (q->n == q->max)
		return 0;
	base_buf_fmt(&q->text, "{\"cellTowers\": [{\"radioType\": \"%s\", "
	    "\"mobileCountryCode\": %s, \"mobileNetworkCode\": %s, "
	    "\"locationAreaCode\": %s, \"%s\": %s}]}\n", q->radio, field[2],
	    field[3], field[4], strcmp(q->radio, "nr") == 0 ?
	    "newRadioCellId" : "cellId", field[5]);
	take_expected_place(q, field, flen);
	return 0;
}

/*
 * The table PREFIX and LAST, if the dump has it.
 *
 * A dump of a database that lacks a kind of station is right, and has just
 * fewer questions.
 */
static const struct dump_manifest_table *
find_dumped_table(const struct questions *q, const char *prefix,
    const char *last)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, last);
	return dump_manifest_find(q->m, name);
}

/*
 * A pair for each of some shards: one network of the first rows, and another
 * of any shard within some tens of metres.
 *
 * The box is looked up in the index of latitudes and longitudes.  A large
 * database has a pair for the first shards at once; in a small one all 256
 * pairs of shards are tried, which is quick as they have few rows.
 */
static int
choose_pairs(struct store_db *db, struct questions *q)
{
	static const char digits[] = "0123456789abcdef";
	const char *a, *b;
	char sql[1024];

	if (find_dumped_table(q, "wifi_shard_", "0") == NULL)
		return 0;
	for (a = digits; *a != '\0' && q->n < PAIRS; a++)
		for (b = digits; *b != '\0' && q->n < PAIRS; b++) {
			q->max = q->n + 1;
			snprintf(sql, sizeof(sql), "SELECT a.lat, a.lon, "
			    "HEX(a.mac), HEX(b.mac) FROM (SELECT mac, lat, "
			    "lon FROM wifi_shard_%c WHERE " GOOD("") " LIMIT "
			    "200) a JOIN wifi_shard_%c b ON b.lat BETWEEN "
			    "a.lat - 0.0004 AND a.lat + 0.0004 AND b.lon "
			    "BETWEEN a.lon - 0.0004 AND a.lon + 0.0004 AND "
			    GOOD("b.") " AND b.mac <> a.mac LIMIT 1",
			    *a, *b);
			if (store_db_query(db, sql, strlen(sql), on_pair, q)
			    == -1)
				return -1;
			if (q->n == q->max)
				break;
		}
	return 0;
}

/* Areas and ids of 0 mean that it is not known, and no query can name them. */
static int
choose_cells(struct store_db *db, struct questions *q)
{
	static const char *const radios[] = { "gsm", "wcdma", "lte", "nr" };
	char sql[512];
	size_t i;

	for (i = 0; i < sizeof(radios) / sizeof(radios[0]); i++) {
		if (find_dumped_table(q, "cell_", radios[i]) == NULL)
			continue;
		q->radio = radios[i];
		q->max = q->n + CELLS;
		snprintf(sql, sizeof(sql), "SELECT lat, lon, mcc, mnc, lac, "
		    "cid FROM cell_%s WHERE " GOOD("") " AND lac > 0 AND "
		    "cid > 0 LIMIT %d", q->radio, CELLS);
		if (store_db_query(db, sql, strlen(sql), on_chosen_cell,
		    q) == -1)
			return -1;
	}
	return 0;
}

/*
 * Write LEN bytes of TEXT to DIR/NAME, for us alone.
 *
 * A short write counts as a failure: files are small, and the disk is full
 * then.
 */
static int
write_drill_file(const char *dir, const char *name, const char *text,
    size_t len)
{
	char path[PATH_MAX];
	int fd, rc = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd != -1 && write(fd, text, len) == (ssize_t)len)
		rc = 0;
	if (rc == -1)
		warn("%s", path);
	if (fd != -1)
		close(fd);
	return rc;
}

/*
 * Become loc-locate, the one that was installed with us if there is one.
 *
 * Standard output becomes the file of answers; what the program has to say goes
 * where our messages go.  All other descriptors are closed, above all the one
 * by whose end the server's keeper knows that we are gone.
 */
static void __attribute__((noreturn))
exec_locate(const char *dir)
{
	char conf[PATH_MAX], out[PATH_MAX], path[PATH_MAX], query[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 16);
	char *slash;
	int fd;

	snprintf(conf, sizeof(conf), "%s/location.ini", dir);
	snprintf(out, sizeof(out), "%s/answers", dir);
	snprintf(query, sizeof(query), "%s/queries", dir);
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || dup2(fd, STDOUT_FILENO) == -1)
		err(EX_CANTCREAT, "%s", out);
	closefrom(STDERR_FILENO + 1);
	conf_outside_forget();	/* or it asks the database of the service */
	if (len > 0) {
		path[len] = '\0';
		if ((slash = strrchr(path, '/')) != NULL) {
			strlcpy(slash + 1, "loc-locate", 16);
			execl(path, "loc-locate", "-c", conf, query,
			    (char *)NULL);
		}
	}
	execlp("loc-locate", "loc-locate", "-c", conf, query, (char *)NULL);
	warn("loc-locate");
	_exit(EX_UNAVAILABLE);
}

/*
 * Have the queries in DIR answered.
 *
 * What is buffered is written before the fork, as the child would write it a
 * second time.
 */
static int
run_locate(const char *dir)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0)
		exec_locate(dir);
	if (pid == -1) {
		warn("fork");
		return EX_OSERR;
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	/* 1 is that a network was not found, which the answers show. */
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return EX_OK;
	warnx("loc-locate has failed");
	return EX_UNAVAILABLE;
}

/*
 * Does the answer in LINE lie where question I has it?
 *
 * A kilometre is far more than a located pair is off, and far less than a wrong
 * place: what is tried is that the right rows were found, not how exact they
 * are.
 */
static int
is_right(const struct questions *q, size_t i,
    const struct io_infile_line *line)
{
	struct base_arena arena;
	struct json_doc d;
	double lat, lon;
	int place, rc = 0;

	base_arena_init(&arena);
	if (json_doc_parse(&d, line->text, line->len, &arena) == 0 &&
	    (place = json_doc_get(&d, 0, "location")) != -1 &&
	    json_doc_get(&d, place, "lat") != -1 &&
	    json_doc_get(&d, place, "lng") != -1 &&
	    json_doc_f64(&d, json_doc_get(&d, place, "lat"), &lat) &&
	    json_doc_f64(&d, json_doc_get(&d, place, "lng"), &lon))
		rc = geo_dist_m(q->lat[i], q->lon[i], lat, lon) <= NEAR_M;
	base_arena_done(&arena);
	return rc;
}

/*
 * Answers come in the order of the questions.  Lines that are missing count as
 * wrong, since they do not count as right.
 */
static int
read_answers(const char *dir, const struct questions *q, size_t *right)
{
	struct io_infile_line line;
	struct io_infile *f;
	char path[PATH_MAX];
	size_t i;

	snprintf(path, sizeof(path), "%s/answers", dir);
	if ((f = io_infile_open(path)) == NULL)
		return EX_NOINPUT;
	for (i = 0; i < q->n && io_infile_next(f, &line) == 1; i++)
		*right += (size_t)is_right(q, i, &line);
	io_infile_end(f);
	return EX_OK;
}

/* The configuration names the one server, and nothing else. */
static int
prepare(const char *url, const char *dir, const struct questions *q)
{
	char conf[PATH_MAX + 256];

	snprintf(conf, sizeof(conf), "[database]\nro_url = %s\n", url);
	return write_drill_file(dir, "location.ini", conf,
	    strlen(conf)) == -1 || write_drill_file(dir, "queries",
	    q->text.data, q->text.len) == -1 ?
	    EX_CANTCREAT : EX_OK;
}

/*
 * The connection is closed before the program is run.  Without stations nothing
 * is run, and that nothing was asked is for the caller to judge.
 */
int
locate_stations(const struct dump_manifest *m, const char *url,
    const char *dir, size_t *asked, size_t *right)
{
	struct questions q = { .m = m };
	struct store_db *db;
	int rc;

	*asked = *right = 0;
	if ((db = store_db_open("drill", url, STORE_DB_CAUSAL, &rc)) == NULL)
		return rc;
	base_buf_init(&q.text);
	rc = choose_pairs(db, &q) == -1 || choose_cells(db, &q) == -1 ||
	    !base_buf_ok(&q.text) ? EX_UNAVAILABLE : EX_OK;
	store_db_free(db);
	*asked = q.n;
	if (rc == EX_OK && q.n > 0 &&
	    (rc = prepare(url, dir, &q)) == EX_OK &&
	    (rc = run_locate(dir)) == EX_OK)
		rc = read_answers(dir, &q, right);
	base_buf_done(&q.text);
	return rc;
}
