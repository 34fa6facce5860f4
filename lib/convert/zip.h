/* SPDX-License-Identifier: ISC */
/* Archives of files, read one file at a time, or several side by side. */
#ifndef CONVERT_ZIP_H
#define CONVERT_ZIP_H

#include <stddef.h>

struct convert_sink;
struct convert_zip;
struct convert_zip_file;
struct io_infile;

/* Open the archive PATH.  Returns NULL after telling S. */
struct convert_zip *convert_zip_open(struct convert_sink *s,
	    const char *path);
void	convert_zip_end(struct convert_zip *z);

/* How many entries there are, and the name of one; directories end in '/'. */
size_t	convert_zip_count(const struct convert_zip *z);
const char *convert_zip_name(const struct convert_zip *z, size_t i);

/*
 * Open entry I, to be called NAME in warnings.  Returns NULL after telling;
 * the infile is borrowed, and ends with the file.
 */
struct convert_zip_file *convert_zip_file_open(struct convert_zip *z,
	    size_t i, const char *name);
struct io_infile *convert_zip_infile(struct convert_zip_file *f);
void	convert_zip_file_end(struct convert_zip_file *f);

#endif
