/* SPDX-License-Identifier: ISC */
/*
 * Rows are written into a buffer, which goes through the compression, if there
 * is any, to the sink.  What fails is told once and remembered; the caller asks
 * now and then, and at the end.
 *
 * An export that is to be published goes to a temporary file first: the
 * database is read as fast as it can be, however slow the bucket is, and
 * nobody sees a file before it has been counted.  The file has no name, so that
 * nothing is left behind whatever happens to the program.
 */
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

#include "io/cli.h"
#include "io/gzout.h"
#include "io/scratch.h"

#include "export.h"

#define BUF_SIZE	(256 * 1024)

/*
 * The caller removes the name as soon as whoever needs it has the file open; a
 * crash before that leaves a small file, which the system's cleaning of
 * temporary files removes.
 */
int
export_out_mktemp(char path[PATH_MAX])
{
	int fd;

	snprintf(path, PATH_MAX, "%s/loc-export.XXXXXX", io_scratch_dir());
	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		warn("%s", path);
	return fd;
}

/*
 * io/cli ends the program itself when standard output fails, as for all
 * filters; so nothing is to be told here.
 */
static int
sink_to_stdout(void *out, const void *data, size_t len)
{
	(void)out;
	io_cli_put(data, len);
	return 0;
}

/*
 * The bytes of a file are counted where they are written, after the
 * compression, as those of a spool.
 */
static int
sink_to_file(void *out, const void *data, size_t len)
{
	struct export_out *o = out;

	assert(o->has_file);
	o->bytes += (int64_t)len;
	if (io_outfile_add(&o->file, data, len) == 0)
		return 0;
	warn("%s", o->file.path);
	return -1;
}

/*
 * The hash is that of what is stored, so that whoever downloads can check the
 * file as it is.  It is computed on the way, since reading some gigabytes once
 * more would take as long as sending them.
 */
static int
sink_to_spool(void *out, const void *data, size_t len)
{
	struct export_out *o = out;

	assert(o->fd != -1);
	base_sha256_add(&o->sum, data, len);
	o->bytes += (int64_t)len;
	return io_scratch_add(o->fd, NULL, data, len);
}

/*
 * What is common to all; EX_OK, or an exit status after a warning.  Compression
 * runs in threads beside the one that reads the database, which is what bounds
 * an export otherwise.
 */
static int
begin_out(struct export_out *o, int (*sink)(void *, const void *, size_t),
    int packed)
{
	memset(o, 0, sizeof(*o));
	o->fd = -1;
	o->sink = sink;
	base_sha256_init(&o->sum);
	if ((o->buf = malloc(BUF_SIZE)) == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	if (packed && (o->gz = io_gzout_open(0, IO_GZOUT_LEVEL, sink, o)) ==
	    NULL) {
		export_out_done(o);
		return EX_OSERR;
	}
	return EX_OK;
}

int
export_out_stdout(struct export_out *o)
{
	return begin_out(o, sink_to_stdout, 0);
}

/*
 * The compression comes before the file here and in export_out_file(): nothing
 * reaches the sink until rows are written, and without a file there are none.
 */
int
export_out_spool(struct export_out *o)
{
	int status;

	if ((status = begin_out(o, sink_to_spool, 1)) != EX_OK)
		return status;
	if ((o->fd = io_scratch_open(NULL)) != -1)
		return EX_OK;
	export_out_end(o, 0);
	export_out_done(o);
	return EX_CANTCREAT;
}

/*
 * The name decides about compression, as people expect of a name that ends in
 * ".gz"; PACKED is for names that say nothing.
 */
int
export_out_file(struct export_out *o, const char *path, int packed,
    mode_t mode)
{
	size_t len = strlen(path);
	int status;

	if (len > 3 && strcmp(path + len - 3, ".gz") == 0)
		packed = 1;
	if ((status = begin_out(o, sink_to_file, packed)) != EX_OK)
		return status;
	if (io_outfile_begin(&o->file, path, mode) == 0) {
		o->has_file = 1;
		return EX_OK;
	}
	warn("%s", path);
	export_out_end(o, 0);
	export_out_done(o);
	return EX_CANTCREAT;
}

/*
 * Empty the buffer.  After a failure it is emptied for nothing, so that callers
 * may go on writing until they next ask.
 */
static void
pass_buffer(struct export_out *o)
{
	int rc = 0;

	if (!o->failed && o->len > 0)
		rc = o->gz != NULL ? io_gzout_write(o->gz, o->buf, o->len) :
		    o->sink(o, o->buf, o->len);
	if (rc != 0)
		o->failed = 1;
	o->len = 0;
}

/*
 * Callers write lines straight into this room and say afterwards how long they
 * became, so that no line is copied.  A line never straddles two buffers.
 */
char *
export_out_room(struct export_out *o)
{
	if (o->len + EXPORT_OUT_ROOM > BUF_SIZE)
		pass_buffer(o);
	assert(o->len + EXPORT_OUT_ROOM <= BUF_SIZE);
	return o->buf + o->len;
}

void
export_out_took(struct export_out *o, size_t len)
{
	assert(len <= EXPORT_OUT_ROOM);
	o->len += len;
}

/*
 * Longer texts, and whole files, go in pieces of what there is room for at any
 * time.
 */
void
export_out_put(struct export_out *o, const void *data, size_t len)
{
	const char *p = data;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = len < EXPORT_OUT_ROOM ? len : EXPORT_OUT_ROOM;
		memcpy(export_out_room(o), p, n);
		export_out_took(o, n);
	}
}

int
export_out_failed(const struct export_out *o)
{
	return o->failed;
}

/*
 * The file gets its name now, if everything is in it.  To throw it away counts
 * as a failure, too: the caller asked for no file, and must not be told that
 * there is one.
 */
static int
end_file(struct export_out *o, int keep)
{
	o->has_file = 0;
	if (io_outfile_end(&o->file, keep) == 0)
		return keep ? 0 : -1;
	if (keep)
		warn("%s", o->file.path);
	return -1;
}

/*
 * The order matters: the buffer into the compression, its end into the file,
 * and only then the name.  What failed anywhere before keeps the name from
 * being given.  A spool has no name to give; its descriptor stays for the
 * caller to read.
 */
int
export_out_end(struct export_out *o, int keep)
{
	unsigned char hash[BASE_SHA256_BYTES];

	if (keep)
		pass_buffer(o);
	if (o->gz != NULL && io_gzout_end(o->gz, keep) == -1)
		o->failed = 1;
	o->gz = NULL;
	if (o->has_file && end_file(o, keep && !o->failed) == -1)
		o->failed = 1;
	if (keep && o->sink == sink_to_stdout)
		io_cli_flush();
	base_sha256_end(&o->sum, hash);
	base_sha256_format(o->sha256, hash);
	return keep && !o->failed ? EX_OK : EX_IOERR;
}

/* This may be called twice, and after a beginning that failed. */
void
export_out_done(struct export_out *o)
{
	if (o->fd != -1)
		close(o->fd);
	free(o->buf);
	o->fd = -1;
	o->buf = NULL;
}
