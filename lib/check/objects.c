/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <sysexits.h>

#include "check/cli.h"
#include "check/objects.h"
#include "object/store.h"

/* One name is enough to know that the account may look. */
static int
stop_at_first(void *arg, const char *key, const struct object_info *info)
{
	(void)arg;
	(void)key;
	(void)info;
	return -1;
}

int
check_objects(const struct check_cli_asked *a, const char *url)
{
	const struct object_tuning once = { .once = 1 };
	struct object_store *o;
	enum object_verdict v;

	if ((o = object_store_open(a->cf, url)) == NULL)
		return EX_CONFIG;	/* it has warned */
	object_store_tune(o, &once);
	v = a->only_files ? OBJECT_OK :
	    object_store_list(o, "", stop_at_first, NULL);
	/* A directory is made when it is needed, and a bucket never is. */
	if (v == OBJECT_NONE && object_store_dir(o) == NULL)
		v = OBJECT_WRONG;
	if (v == OBJECT_WRONG || v == OBJECT_LATER)
		warnx("%s: %s", object_store_name(o), object_store_why(o));
	object_store_end(o);
	return v == OBJECT_WRONG ? EX_CONFIG : v == OBJECT_LATER ?
	    EX_UNAVAILABLE : EX_OK;
}
