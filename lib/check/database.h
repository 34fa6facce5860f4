/* SPDX-License-Identifier: ISC */
/* Whether a database could be used. */
#ifndef CHECK_DATABASE_H
#define CHECK_DATABASE_H

struct conf_file;

/*
 * Does the database that WHAT of check/cli.h names, one of three, let us in,
 * and has it our tables, unless these are to be made by it?  Returns EX_OK, or
 * 69, 77 or 78 after a warning.
 */
int	check_database(const struct conf_file *cf, unsigned what);

#endif
