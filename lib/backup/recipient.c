/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "backup/recipient.h"
#include "conf/file.h"
#include "seal/key.h"

/*
 * The message names file and line of the setting, and the place in the list of
 * keys.  No key is no fault; a wrong one is, as backups would otherwise go out
 * in the clear.
 */
int
backup_recipient_read(struct seal_key_list *l, const struct conf_file *cf)
{
	const char *at = NULL, *why;

	l->n = 0;
	if (cf->backup_recipient == NULL)
		return 0;
	why = seal_key_public(l, cf->backup_recipient, &at);
	if (why == NULL)
		return 0;
	conf_file_warn(cf, &cf->backup_recipient, at, "%s", why);
	return -1;
}
