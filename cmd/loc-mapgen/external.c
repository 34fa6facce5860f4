/* SPDX-License-Identifier: ISC */
/*
 * The same map by the programs that Ichnaea's was made with: encode, merge,
 * enumerate and render of datamaps, and pngquant, found in the path and called
 * as Ichnaea called them.  For those who compare, or trust what they know.
 *
 * Points go to a CSV file for each table, or the table that they would be in,
 * in a working directory; very long files are parted.  Each is encoded, all
 * are merged, and every tile in the list of tiles is rendered and shrunk by a
 * pair of processes, as many pairs at once as there are threads.  Processes
 * pass pictures on by files in memory, so that none waits for another and the
 * status of each is known.
 *
 * pngquant says 99 when it could keep no good quality; then the picture stays
 * as render made it.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parallel.h"
#include "io/signals.h"
#include "map/key.h"
#include "map/walk.h"

#include "mapgen.h"

#define SHARDS		4
#define PART_LINES	10000000	/* of a CSV file */
#define ARGS_MAX	32
#define NO_QUALITY	99		/* a status of pngquant */

static const char *const shard_name[SHARDS] = { "ne", "nw", "se", "sw" };

struct shard {
	FILE		*fp;
	uint64_t	 lines;		/* of this part */
	unsigned	 part;		/* from 1 */
};

struct mapgen_external {
	const struct mapgen	*m;
	char			 dir[PATH_MAX];
	pthread_mutex_t		 lock;
	struct shard		 shard[SHARDS];
	int			 null;		/* /dev/null, or -1 */
};

extern char **environ;

/*
 * The directory's name is short enough that all names within it fit PATH_MAX +
 * 64, which is not checked again.
 */
struct mapgen_external *
mapgen_external_open(const struct mapgen *m)
{
	struct mapgen_external *x = calloc(1, sizeof(*x));

	if (x == NULL || snprintf(x->dir, sizeof(x->dir),
	    "%s/loc-mapgen.XXXXXX", m->tmp) >= (int)sizeof(x->dir) - 64 ||
	    mkdtemp(x->dir) == NULL) {
		warn("%s", m->tmp);
		free(x);
		return NULL;
	}
	x->m = m;
	x->null = m->verbose ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
	pthread_mutex_init(&x->lock, NULL);
	return x;
}

/*
 * The kind of an entry does not matter: remove() takes files and empty
 * directories, and nftw() comes to a directory after what is in it.
 */
static int
remove_entry(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/*
 * What is in the working directory may be very large, so it goes whatever has
 * happened.  Links are not followed.
 */
void
mapgen_external_end(struct mapgen_external *x)
{
	unsigned i;

	if (x == NULL)
		return;
	for (i = 0; i < SHARDS; i++)
		if (x->shard[i].fp != NULL)
			fclose(x->shard[i].fp);
	if (nftw(x->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == -1)
		warn("%s", x->dir);
	if (x->null != -1)
		close(x->null);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

/* The name of part PART of shard S, within the working directory. */
static void
format_csv(char out[PATH_MAX + 64], const struct mapgen_external *x,
    unsigned s, unsigned part)
{
	assert(s < SHARDS && part > 0);
	snprintf(out, PATH_MAX + 64, "%s/csv_%s_%04u", x->dir, shard_name[s],
	    part);
}

/*
 * Begin a part of shard S.  The last one is closed here, and closing is where a
 * full disk may show.  0, or -1 after a warning.
 */
static int
begin_part(struct mapgen_external *x, unsigned s)
{
	struct shard *to = &x->shard[s];
	char path[PATH_MAX + 64];

	if (to->fp != NULL && fclose(to->fp) != 0) {
		to->fp = NULL;
		warn("%s", x->dir);
		return -1;
	}
	to->lines = 0;
	format_csv(path, x, s, ++to->part);
	if ((to->fp = fopen(path, "we")) == NULL)
		warn("%s", path);
	return to->fp == NULL ? -1 : 0;
}

/*
 * The cut is that of the tables, so points of a file are parted as those of the
 * database are.  Threads add at the same time, and a line has to stay whole.
 */
int
mapgen_external_add(struct mapgen_external *x, double lat, double lon,
    const char *text, size_t len)
{
	unsigned s = (lat < 36 ? 2U : 0U) + (lon < 5 ? 1U : 0U);
	struct shard *to = &x->shard[s];
	int rc = -1;

	pthread_mutex_lock(&x->lock);
	if ((to->fp != NULL && to->lines < PART_LINES) ||
	    begin_part(x, s) == 0) {
		to->lines++;
		rc = fprintf(to->fp, "%.*s\n", (int)len, text) < 0 ? -1 : 0;
		if (rc == -1)
			warn("%s", x->dir);
	}
	pthread_mutex_unlock(&x->lock);
	return rc;
}

/*
 * Run ARGV within the working directory, IN and OUT being its standard input
 * and output unless -1.  Signals mean to it what they mean to any program.
 * Returns its status, or -1 after a warning that it did not run to its end.
 */
static int
run_program(const struct mapgen_external *x, const char *const *argv, int in,
    int out)
{
	posix_spawn_file_actions_t act;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&act);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_addchdir_np(&act, x->dir);
	if (in != -1)
		posix_spawn_file_actions_adddup2(&act, in, STDIN_FILENO);
	/* What they say of their work is no result of ours. */
	posix_spawn_file_actions_adddup2(&act, out != -1 ? out :
	    x->null != -1 ? x->null : STDERR_FILENO, STDOUT_FILENO);
	if (x->null != -1)
		posix_spawn_file_actions_adddup2(&act, x->null,
		    STDERR_FILENO);
	errno = posix_spawnp(&pid, argv[0], &act, &attr, (char **)(uintptr_t)
	    argv, environ);
	posix_spawn_file_actions_destroy(&act);
	posix_spawnattr_destroy(&attr);
	if (errno != 0) {
		warn("%s", argv[0]);
		return -1;
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR) {
			warn("%s", argv[0]);
			return -1;
		}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (!io_signals_stop)
		warnx("%s: ended by signal %d", argv[0], WTERMSIG(status));
	return -1;
}

/*
 * The same for what is to succeed: 0, or -1 after a warning.  What the program
 * itself says of its failure goes nowhere unless -v is given.
 */
static int
must_run(const struct mapgen_external *x, const char *const *argv, int in,
    int out)
{
	int status = run_program(x, argv, in, out);

	if (status > 0)
		warnx("%s: failed with status %d%s", argv[0], status,
		    x->m->verbose ? "" : "; -v shows what it says");
	return status == 0 ? 0 : -1;
}

/*
 * encode one part of shard S to NAME.  The part goes at once, so that the disk
 * never has to hold all points as text and all of them encoded.
 */
static int
encode_part(const struct mapgen_external *x, unsigned s, unsigned part,
    const char *name)
{
	const char *const argv[] = { "encode", "-z13", "-o", name, NULL };
	char path[PATH_MAX + 64];
	int fd, rc = -1;

	format_csv(path, x, s, part);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		warn("%s", path);
	else {
		rc = must_run(x, argv, fd, -1);
		close(fd);
		unlink(path);
	}
	return rc;
}

/*
 * merge into TO, with -u if UNIQUE, what matches PATTERN as a shell does.
 * There is no shell, as names of directories may have any characters; programs
 * run in the working directory, so what is before that is cut off.
 */
static int
merge_quadtrees(const struct mapgen_external *x, const char *to,
    const char *pattern, int unique)
{
	const char **argv;
	char path[PATH_MAX + 64];
	size_t i, n = 0, cut = strlen(x->dir) + 1;
	glob_t g;
	int rc = -1;

	snprintf(path, sizeof(path), "%s/%s", x->dir, pattern);
	if (glob(path, 0, NULL, &g) != 0) {
		warnx("%s: nothing was encoded", path);
		return -1;
	}
	if ((argv = calloc(g.gl_pathc + 5, sizeof(*argv))) == NULL)
		warn(NULL);
	else {
		argv[n++] = "merge";
		if (unique)
			argv[n++] = "-u";
		argv[n++] = "-o";
		argv[n++] = to;
		for (i = 0; i < g.gl_pathc; i++)
			argv[n++] = g.gl_pathv[i] + cut;
		rc = must_run(x, argv, -1, -1);
	}
	free(argv);
	globfree(&g);
	return rc;
}

/*
 * Make a directory of the working directory; like that one, for nobody else to
 * look into.
 */
static int
make_work_dir(const struct mapgen_external *x, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", x->dir, name);
	if (mkdir(path, 0700) == 0)
		return 0;
	warn("%s", path);
	return -1;
}

/*
 * Shard S becomes quadtrees/map_S, by way of others if it is in parts.  The
 * file is taken out of the shard before anything can fail, so that it is closed
 * once.
 */
static int
encode_shard(struct mapgen_external *x, struct mapgen *m, unsigned s)
{
	struct shard *from = &x->shard[s];
	char name[64], to[64];
	unsigned part;
	FILE *fp = from->fp;

	snprintf(to, sizeof(to), "quadtrees/map_%s", shard_name[s]);
	from->fp = NULL;
	if (fp == NULL)
		return 0;
	if (fclose(fp) != 0) {
		warn("%s", x->dir);
		return -1;
	}
	if (from->part == 1)
		return encode_part(x, s, 1, to);
	snprintf(name, sizeof(name), "quadtrees/submap_%s", shard_name[s]);
	if (make_work_dir(x, name) == -1)
		return -1;
	for (part = 1; part <= from->part; part++) {
		snprintf(name, sizeof(name), "quadtrees/submap_%s/submap_%s_"
		    "%04u", shard_name[s], shard_name[s], part);
		if (encode_part(x, s, part, name) == -1)
			return -1;
		m->intermediate++;
	}
	snprintf(name, sizeof(name), "quadtrees/submap_%s/submap*",
	    shard_name[s]);
	return merge_quadtrees(x, to, name, 0);
}

/* What enumerate lists, to be rendered by several threads. */
struct listing {
	struct mapgen_external	*x;
	struct mapgen		*m;
	struct map_walk_tile	*tile;
	size_t			 n, cap;
	int			 doubled;
	struct mapgen_tree	*tree;		/* m->threads */
};

/*
 * A line of the list is "shapes Z X Y".  Numbers are checked, as names of files
 * are made of them and tiles beyond the map would be nobody's to remove.
 */
static int
read_tile_list(struct listing *l, FILE *fp)
{
	struct map_walk_tile t = { 0 }, *grown;
	char line[256];
	size_t cap;

	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "%*s %u %u %u", &t.z, &t.x, &t.y) != 3 ||
		    t.z > MAP_KEY_ZOOM_MAX || t.x >> t.z != 0 ||
		    t.y >> t.z != 0) {
			warnx("enumerate: expected a tile");
			return -1;
		}
		if (l->n == l->cap) {
			cap = 2 * l->cap + 1024;
			grown = reallocarray(l->tile, cap, sizeof(*grown));
			if (grown == NULL) {
				warn(NULL);
				return -1;
			}
			l->tile = grown;
			l->cap = cap;
		}
		l->tile[l->n++] = t;
	}
	return 0;
}

/*
 * The list goes by a file in memory: a pipe would have to be read while
 * enumerate runs, and its status would be known too late.
 */
static int
list_tiles(struct listing *l, unsigned zoom)
{
	char z[16];
	const char *const argv[] = { "enumerate", "-z", z, "shapes", NULL };
	FILE *fp = NULL;
	int fd, rc = -1;

	snprintf(z, sizeof(z), "%u", zoom);
	if ((fd = memfd_create("list", MFD_CLOEXEC)) == -1 ||
	    must_run(l->x, argv, -1, fd) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1 || (fp = fdopen(fd, "r")) == NULL)
		warnx("enumerate: no list of tiles");
	else
		rc = read_tile_list(l, fp);
	if (fp != NULL)
		fclose(fp);
	else if (fd != -1)
		close(fd);
	return rc;
}

/*
 * What is in FD goes to tile T.  A picture that is empty means that render did
 * not say that it failed; publishing that would show as a hole in the map.
 */
static int
keep_tile(struct listing *l, struct mapgen_tree *tree, int fd,
    const struct map_walk_tile *t)
{
	struct stat st;
	void *data;
	int rc;

	if (fstat(fd, &st) == -1 || st.st_size == 0) {
		warnx("render: no picture of %u/%u/%u", t->z, t->x, t->y);
		return -1;
	}
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED) {
		warn(NULL);
		return -1;
	}
	rc = mapgen_tree_put(tree, l->m, t, l->doubled, data,
	    (size_t)st.st_size);
	munmap(data, (size_t)st.st_size);
	return rc;
}

/*
 * Pictures are passed by FD[0], from render, and FD[1], from pngquant.  The
 * arguments of both are those that Ichnaea gave them, as else the map would be
 * another one; the overview alone has a size.
 */
static int
render_tile(struct listing *l, struct mapgen_tree *tree,
    const struct map_walk_tile *t, const int fd[2])
{
	static const char *const shrink[] = { "pngquant", "--speed", "3",
	    "--quality", "65-95", "32", NULL };
	char z[16], x[16], y[16];
	const char *argv[ARGS_MAX] = { "render", "-B", "12:0.0379:0.874",
	    "-c0088FF", "-t0", "-O", "16:1600:1.5", "-G", "0.5" };
	size_t n = 9;
	int status;

	snprintf(z, sizeof(z), "%u", t->z);
	snprintf(x, sizeof(x), "%u", t->x);
	snprintf(y, sizeof(y), "%u", t->y);
	if (l->doubled) {
		argv[n++] = "-T";
		argv[n++] = "512";
	}
	argv[n++] = "shapes";
	argv[n++] = z;
	argv[n++] = x;
	argv[n++] = y;
	if (must_run(l->x, argv, -1, fd[0]) == -1 ||
	    lseek(fd[0], 0, SEEK_SET) == -1)
		return -1;
	status = run_program(l->x, shrink, fd[0], fd[1]);
	if (status > 0 && status != NO_QUALITY)
		warnx("pngquant: failed with status %d", status);
	if (status != 0 && status != NO_QUALITY)
		return -1;
	return keep_tile(l, tree, fd[status == 0], t);
}

/*
 * Both files are made anew for each tile, since the programs write from where
 * the last one has stopped.
 */
static int
render_job(void *arg, unsigned thread, size_t job)
{
	struct listing *l = arg;
	int fd[2], rc = -1;

	if (io_signals_stop)
		return -1;
	fd[0] = memfd_create("render", MFD_CLOEXEC);
	fd[1] = memfd_create("pngquant", MFD_CLOEXEC);
	if (fd[0] == -1 || fd[1] == -1)
		warn(NULL);
	else
		rc = render_tile(l, &l->tree[thread], &l->tile[job], fd);
	if (fd[0] != -1)
		close(fd[0]);
	if (fd[1] != -1)
		close(fd[1]);
	atomic_fetch_add(&l->m->tiles, 1);
	if (thread == 0)
		io_progress_show(&l->m->progress, l->m->tiles, -1);
	return rc;
}

/*
 * All tiles up to ZOOM; or the overview.  Each thread has its view of the
 * directory, which is open before any tile is made.  0, or -1 after a warning.
 */
static int
render_list(struct mapgen_external *x, struct mapgen *m, unsigned zoom,
    int doubled)
{
	struct listing l = { .x = x, .m = m, .doubled = doubled };
	unsigned i;
	int rc = 0;

	if ((l.tree = calloc(m->threads, sizeof(*l.tree))) == NULL) {
		warn(NULL);
		return -1;
	}
	for (i = 0; i < m->threads; i++)
		if (mapgen_tree_open(&l.tree[i], m) == -1)
			rc = -1;
	if (rc == 0)
		rc = list_tiles(&l, zoom);
	if (rc == 0)
		rc = base_parallel_run(m->threads, l.n, render_job, &l);
	for (i = 0; i < m->threads; i++)
		mapgen_tree_end(&l.tree[i]);
	free(l.tree);
	free(l.tile);
	return rc;
}

/*
 * Times are told under the names they have in the report, where encoding is a
 * part of making quadtrees.  That a program failed or is not installed is
 * EX_UNAVAILABLE, after a warning that names it.
 */
int
mapgen_external_render(struct mapgen_external *x, struct mapgen *m)
{
	int64_t start_us = base_clock_mono_us();
	unsigned s;
	int rc;

	rc = make_work_dir(x, "quadtrees");
	for (s = m->sources = 0; rc == 0 && s < SHARDS; s++) {
		m->sources += x->shard[s].fp != NULL;
		rc = encode_shard(x, m, s);
	}
	m->sort_s += (double)(base_clock_mono_us() - start_us) / 1e6;
	start_us = base_clock_mono_us();
	if (rc == 0)
		rc = merge_quadtrees(x, "shapes", "quadtrees/map*", 1);
	m->merge_s = (double)(base_clock_mono_us() - start_us) / 1e6;
	io_progress_init(&m->progress, "tiles", m->quiet);
	if (rc == 0)
		rc = render_list(x, m, m->zoom, 0);
	if (rc == 0)
		rc = render_list(x, m, 0, 1);
	io_progress_done(&m->progress);
	if (rc == 0)
		return mapgen_tree_finish(m) == 0 ? EX_OK : EX_CANTCREAT;
	return io_signals_stop ? EX_TEMPFAIL : EX_UNAVAILABLE;
}
