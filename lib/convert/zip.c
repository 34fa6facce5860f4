/* SPDX-License-Identifier: ISC */
/*
 * libzip reads the archive; an entry becomes a file of io/infile.h, so that
 * what is compressed again within it, line ends and byte order marks are no
 * matter of those who read it.  Entries are read as a stream and never
 * unpacked to a disk.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "convert/sink.h"
#include "convert/zip.h"
#include "io/infile.h"

struct convert_zip {
	zip_t			*zip;
	struct convert_sink	*sink;
};

struct convert_zip_file {
	zip_file_t		*file;
	struct io_infile	*in;
	char			*name;
};

struct convert_zip *
convert_zip_open(struct convert_sink *s, const char *path)
{
	struct convert_zip *z;
	zip_error_t e;
	int code = 0;

	if ((z = calloc(1, sizeof(*z))) == NULL) {
		s->nomem = 1;
		return NULL;
	}
	z->sink = s;
	if ((z->zip = zip_open(path, ZIP_RDONLY, &code)) != NULL)
		return z;
	zip_error_init_with_code(&e, code);
	s->bad++;
	convert_sink_warn(s, 0, "the archive is damaged: %s",
	    zip_error_strerror(&e));
	zip_error_fini(&e);
	free(z);
	return NULL;
}

void
convert_zip_end(struct convert_zip *z)
{
	if (z == NULL)
		return;
	zip_discard(z->zip);
	free(z);
}

size_t
convert_zip_count(const struct convert_zip *z)
{
	zip_int64_t n = zip_get_num_entries(z->zip, 0);

	return n < 0 ? 0 : (size_t)n;
}

const char *
convert_zip_name(const struct convert_zip *z, size_t i)
{
	const char *name = zip_get_name(z->zip, i, ZIP_FL_ENC_GUESS);

	return name == NULL ? "" : name;
}

/*
 * For io/infile.h, which wants to be called as read(2) is, with a warning for
 * what it cannot say itself.
 */
static ssize_t
read_zip_entry(void *arg, void *buf, size_t len)
{
	struct convert_zip_file *f = arg;
	zip_int64_t n = zip_fread(f->file, buf, len);

	if (n < 0) {
		warnx("%s: %s", f->name, zip_file_strerror(f->file));
		errno = EIO;
	}
	return (ssize_t)n;
}

struct convert_zip_file *
convert_zip_file_open(struct convert_zip *z, size_t i, const char *name)
{
	struct convert_zip_file *f;

	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    (f->name = strdup(name)) == NULL) {
		free(f);
		z->sink->nomem = 1;
		return NULL;
	}
	if ((f->file = zip_fopen_index(z->zip, i, 0)) == NULL) {
		z->sink->bad++;
		convert_sink_warn(z->sink, 0, "%s: %s",
		    convert_zip_name(z, i), zip_strerror(z->zip));
	} else if ((f->in = io_infile_from(read_zip_entry, f, f->name)) != NULL)
		return f;
	convert_zip_file_end(f);
	return NULL;
}

struct io_infile *
convert_zip_infile(struct convert_zip_file *f)
{
	return f->in;
}

void
convert_zip_file_end(struct convert_zip_file *f)
{
	if (f == NULL)
		return;
	io_infile_end(f->in);
	if (f->file != NULL)
		zip_fclose(f->file);
	free(f->name);
	free(f);
}
