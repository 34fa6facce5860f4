/* SPDX-License-Identifier: ISC */
/* Whether Redis could be used. */
#ifndef CHECK_REDIS_H
#define CHECK_REDIS_H

struct conf_file;

/* Returns EX_OK, or 69, 77 or 78 after a warning. */
int	check_redis(const struct conf_file *cf);

#endif
