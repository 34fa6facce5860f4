/* SPDX-License-Identifier: ISC */
/* For whom backups are encrypted, as [backup] of location.ini says. */
#ifndef BACKUP_RECIPIENT_H
#define BACKUP_RECIPIENT_H

struct conf_file;
struct seal_key_list;

/*
 * Read the public keys into L, which has none if backups are not encrypted.
 * Returns 0, or -1 after a warning.
 */
int	backup_recipient_read(struct seal_key_list *l,
	    const struct conf_file *cf);

#endif
