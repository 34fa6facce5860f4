/* SPDX-License-Identifier: ISC */
/* Reading of settings, for conf/file.h. */
#ifndef CONF_READ_H
#define CONF_READ_H

struct conf_file;

/*
 * Read the file whose name CF has, and what stands outside of it, over the
 * defaults that CF has.  MAY_MISS: the file need not be there if something
 * outside of it is set.  Returns 0, or -1 after a warning for each fault.
 */
int	conf_read_settings(struct conf_file *cf, int may_miss);

#endif
