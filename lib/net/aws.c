/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <err.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"
#include "net/aws.h"

#define REGION	"us-east-1"

/* TEXT, or NULL if there is none. */
static const char *
some(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static const char *
from_env(const char *name)
{
	return some(getenv(name));
}

/* TEXT without blanks around it, which are cut off. */
static char *
trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	for (n = strlen(text); n > 0 && isspace((unsigned char)text[n - 1]);)
		text[--n] = '\0';
	return text;
}

static void
forget(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

/* Set *TO to a copy of TEXT, if there is one.  0, -1: memory is short. */
static int
set(char **to, const char *text)
{
	forget(to);
	return text == NULL || (*to = strdup(text)) != NULL ? 0 : -1;
}

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
		name = trim(line);
		if (*name == '[') {
			name[strcspn(name, "]")] = '\0';
			ours = strcmp(trim(name + 1), profile) == 0;
		}
		if (!ours || *name == '#' ||
		    (eq = strchr(name, '=')) == NULL)
			continue;
		*eq = '\0';
		name = trim(name);
		value = trim(eq + 1);
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strcmp(name, keys[i].name) == 0)
				rc = set(keys[i].to, some(value));
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	free(line);
	return rc;
}

/* What the file of credentials says, if there is one. */
static int
read_file(struct net_aws *a)
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
		return set(&a->id, cf->s3_access_key) == -1 ||
		    set(&a->secret, cf->s3_secret_key) == -1 ? -1 : 0;
	if (id != NULL)
		return set(&a->id, id) == -1 ||
		    set(&a->secret, from_env("AWS_SECRET_ACCESS_KEY")) ==
		    -1 || set(&a->token, from_env("AWS_SESSION_TOKEN")) ==
		    -1 ? -1 : 0;
	return read_file(a);
}

int
net_aws_open(struct net_aws *a, const struct conf_file *cf)
{
	const char *region = cf->s3_region;

	memset(a, 0, sizeof(*a));
	if (region == NULL && (region = from_env("AWS_REGION")) == NULL &&
	    (region = from_env("AWS_DEFAULT_REGION")) == NULL)
		region = REGION;
	if (set(&a->region, region) == -1 || find_key(a, cf) == -1)
		warnx("out of memory");
	else if (a->id == NULL || a->secret == NULL)
		warnx("no access key for S3: expected access_key and "
		    "secret_key in [s3], or AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY");
	else
		return 0;
	net_aws_end(a);
	return -1;
}

void
net_aws_end(struct net_aws *a)
{
	forget(&a->id);
	forget(&a->secret);
	forget(&a->token);
	forget(&a->region);
}
