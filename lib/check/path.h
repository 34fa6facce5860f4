/* SPDX-License-Identifier: ISC */
/* Whether files that a command line names could be used. */
#ifndef CHECK_PATH_H
#define CHECK_PATH_H

/*
 * Could PATH be read, or be made or written, by this user?  NULL and "-" are
 * fine.  Returns EX_OK, or 66 or 73 after a warning.
 */
int	check_path_input(const char *path);
int	check_path_inputs(char *const *path);	/* all, up to a NULL */
int	check_path_output(const char *path);
int	check_path_directory(const char *path);	/* one to put files into */

#endif
