/* SPDX-License-Identifier: ISC */
/* Whether a place for objects could be used. */
#ifndef CHECK_OBJECTS_H
#define CHECK_OBJECTS_H

struct check_cli_asked;

/*
 * Does the bucket or directory URL, see object_store_open(), let its objects
 * be listed?  If A says to ask no servers, only whether it is configured is
 * looked at.  Returns EX_OK, or 69 or 78 after a warning.
 */
int	check_objects(const struct check_cli_asked *a, const char *url);

#endif
