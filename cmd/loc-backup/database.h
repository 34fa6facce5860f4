/* SPDX-License-Identifier: ISC */
/* What the files of loc-backup that work on dumps share. */
#ifndef DATABASE_H
#define DATABASE_H

#define DATABASE_THREADS	4

/* "loc-backup database restore" */
int	database_restore_main(int argc, char *argv[]);

#endif
