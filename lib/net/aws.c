/* SPDX-License-Identifier: ISC */
/*
 * The first place that knows an access key knows everything that belongs to
 * it; nothing is put together from several places, since a secret of one
 * account with a token of another only leads to answers that nobody
 * understands.  Secrets are wiped before their memory is given back.
 */
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"
#include "net/aws.h"
#include "net/metadata.h"

#define REGION	"us-east-1"

/* TEXT, or NULL if it is empty. */
static const char *
unless_empty(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

/* A variable that is empty counts as one that is not set. */
static const char *
from_env(const char *name)
{
	return unless_empty(getenv(name));
}

/* TEXT without blanks around it, which are cut off. */
static char *
trim_blanks(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	for (n = strlen(text); n > 0 && isspace((unsigned char)text[n - 1]);)
		text[--n] = '\0';
	return text;
}

/* Wipe and release a text. */
static void
wipe_text(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

/* Set *TO to a copy of TEXT, if there is one.  0, -1: memory is short. */
static int
set_text(char **to, const char *text)
{
	wipe_text(to);
	return text == NULL || (*to = strdup(text)) != NULL ? 0 : -1;
}

/*
 * The file is in AWS's format: sections are profiles, and lines that are
 * neither a section nor a key that we want are passed over.
 */
int
net_aws_read(struct net_aws *a, FILE *fp, const char *profile)
{
	const struct {
		const char	*name;
		char		**to;
	} keys[] = {
		{ "aws_access_key_id", &a->id },
		{ "aws_secret_access_key", &a->secret },
		{ "aws_session_token", &a->token }
	};
	char *eq, *line = NULL, *name, *value;
	size_t cap = 0, i;
	int ours = 0, rc = 0;

	while (rc == 0 && getline(&line, &cap, fp) != -1) {
		name = trim_blanks(line);
		if (*name == '[') {
			name[strcspn(name, "]")] = '\0';
			ours = strcmp(trim_blanks(name + 1), profile) == 0;
		}
		if (!ours || *name == '#' ||
		    (eq = strchr(name, '=')) == NULL)
			continue;
		*eq = '\0';
		name = trim_blanks(name);
		value = trim_blanks(eq + 1);
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strcmp(name, keys[i].name) == 0)
				rc = set_text(keys[i].to, unless_empty(value));
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	free(line);
	return rc;
}

/* What the file of credentials says, if there is one. */
static int
read_credentials(struct net_aws *a)
{
	const char *path = from_env("AWS_SHARED_CREDENTIALS_FILE");
	const char *profile = from_env("AWS_PROFILE"), *home;
	char text[PATH_MAX];
	FILE *fp;
	int rc;

	if (path == NULL && (home = from_env("HOME")) != NULL) {
		snprintf(text, sizeof(text), "%s/.aws/credentials", home);
		path = text;
	}
	if (path == NULL || (fp = fopen(path, "r")) == NULL)
		return 0;
	rc = net_aws_read(a, fp, profile == NULL ? "default" : profile);
	fclose(fp);
	return rc;
}

/* The first place that knows a key knows all that belongs to it. */
static int
find_key(struct net_aws *a, const struct conf_file *cf)
{
	const char *id = from_env("AWS_ACCESS_KEY_ID");

	if (cf->s3_access_key != NULL)
		return set_text(&a->id, cf->s3_access_key) == -1 ||
		    set_text(&a->secret, cf->s3_secret_key) == -1 ? -1 : 0;
	if (id != NULL)
		return set_text(&a->id, id) == -1 ||
		    set_text(&a->secret, from_env("AWS_SECRET_ACCESS_KEY")) ==
		    -1 || set_text(&a->token, from_env("AWS_SESSION_TOKEN")) ==
		    -1 ? -1 : 0;
	if (read_credentials(a) == -1)
		return -1;
	return a->id != NULL ? 0 : net_metadata_read(a);
}

/*
 * The region has a default, as servers that are not Amazon's care little for
 * it; a key has none.
 */
int
net_aws_open(struct net_aws *a, const struct conf_file *cf)
{
	const char *region = cf->s3_region;

	memset(a, 0, sizeof(*a));
	if (region == NULL && (region = from_env("AWS_REGION")) == NULL &&
	    (region = from_env("AWS_DEFAULT_REGION")) == NULL)
		region = REGION;
	if (set_text(&a->region, region) == -1 || find_key(a, cf) == -1)
		warnx("out of memory");
	else if (a->id == NULL || a->secret == NULL)
		warnx("no access key for S3: expected access_key and "
		    "secret_key in [s3], AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY, a file of credentials, or a "
		    "role of this machine");
	else
		return 0;
	net_aws_end(a);
	return -1;
}

/* Also of one that was opened in part, or not at all. */
void
net_aws_end(struct net_aws *a)
{
	wipe_text(&a->id);
	wipe_text(&a->secret);
	wipe_text(&a->token);
	wipe_text(&a->region);
}
