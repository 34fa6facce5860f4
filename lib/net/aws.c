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
#include <strings.h>

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
 * Does the section NAME, whose ']' is cut off, describe PROFILE?  In the file
 * of settings, but not in that of credentials, the word "profile" is before all
 * names but "default".
 */
static int
is_profile(char *name, const char *profile)
{
	name = trim_blanks(name);
	if (strncmp(name, "profile", 7) == 0 &&
	    (name[7] == ' ' || name[7] == '\t'))
		name = trim_blanks(name + 7);
	return strcmp(name, profile) == 0;
}

/*
 * Read what PROFILE says into A: 1, 0 if there is no such profile, -1 when
 * memory is short.  The file is in AWS's format: sections are profiles, and
 * lines that are neither a section nor a key that we want are passed over.
 * Indented lines behind a key without a value are settings of something else
 * ("s3 =").
 */
static int
read_section(struct net_aws *a, FILE *fp, const char *profile)
{
	const struct {
		const char	*name;
		char		**to;
	} keys[] = {
		{ "aws_access_key_id", &a->id },
		{ "aws_secret_access_key", &a->secret },
		{ "aws_session_token", &a->token },
		{ "region", &a->region },
		{ "endpoint_url", &a->endpoint }
	};
	char *eq, *line = NULL, *name, *value;
	size_t cap = 0, i;
	int found = 0, ours = 0, rc = 0, within = 0;

	while (rc == 0 && getline(&line, &cap, fp) != -1) {
		within = within && isspace((unsigned char)*line);
		name = trim_blanks(line);
		if (*name == '[') {
			name[strcspn(name, "]")] = '\0';
			ours = is_profile(name + 1, profile);
			found |= ours;
		}
		if (!ours || within || *name == '#' ||
		    (eq = strchr(name, '=')) == NULL)
			continue;
		*eq = '\0';
		name = trim_blanks(name);
		value = trim_blanks(eq + 1);
		within = *value == '\0';
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strcmp(name, keys[i].name) == 0) {
				rc = set_text(keys[i].to, unless_empty(value));
				within = 0;
			}
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	free(line);
	return rc == -1 ? -1 : found;
}

/*
 * Read PROFILE of the file that the variable ENV names, or of NAME in
 * $HOME/.aws.  1, 0: it is not there, -1: memory is short.
 */
static int
read_profile_file(struct net_aws *a, const char *env, const char *name,
    const char *profile)
{
	const char *path = from_env(env), *home;
	char text[PATH_MAX];
	FILE *fp;
	int rc;

	if (path == NULL && (home = from_env("HOME")) != NULL) {
		snprintf(text, sizeof(text), "%s/.aws/%s", home, name);
		path = text;
	}
	if (path == NULL || (fp = fopen(path, "r")) == NULL)
		return 0;
	rc = read_section(a, fp, profile);
	fclose(fp);
	return rc;
}

/* Let TO have what FROM has. */
static void
move_text(char **to, char **from)
{
	wipe_text(to);
	*to = *from;
	*from = NULL;
}

/*
 * What the profile says in both files, into A, which is empty.  Keys in the
 * file of credentials go before those in the other.  1, 0: it is in neither,
 * -1: memory is short.
 */
static int
read_profile(struct net_aws *a, const char *profile)
{
	struct net_aws other = { .id = NULL };
	int one, two;

	one = read_profile_file(a, "AWS_SHARED_CREDENTIALS_FILE", "credentials",
	    profile);
	two = read_profile_file(&other, "AWS_CONFIG_FILE", "config", profile);
	if (a->id == NULL) {
		move_text(&a->id, &other.id);
		move_text(&a->secret, &other.secret);
		move_text(&a->token, &other.token);
	}
	if (other.region != NULL)
		move_text(&a->region, &other.region);
	if (other.endpoint != NULL)
		move_text(&a->endpoint, &other.endpoint);
	net_aws_end(&other);
	return one == -1 || two == -1 ? -1 : one || two;
}

/* Keys of the environment take the place of others.  0, or -1. */
static int
take_env_keys(struct net_aws *a)
{
	return set_text(&a->id, from_env("AWS_ACCESS_KEY_ID")) == -1 ||
	    set_text(&a->secret, from_env("AWS_SECRET_ACCESS_KEY")) == -1 ||
	    set_text(&a->token, from_env("AWS_SESSION_TOKEN")) == -1 ? -1 : 0;
}

/*
 * The first place that knows a key knows all that belongs to it.  A profile
 * that is asked for by name and is in no file is a mistake, which nobody would
 * notice if keys of another account were used instead.
 */
static int
find_key(struct net_aws *a, const struct conf_file *cf)
{
	const char *profile = from_env("AWS_PROFILE");
	int found;

	if (cf->s3_access_key != NULL)
		return set_text(&a->id, cf->s3_access_key) == -1 ||
		    set_text(&a->secret, cf->s3_secret_key) == -1 ? -1 : 0;
	found = read_profile(a, profile == NULL ? "default" : profile);
	if (found == -1)
		return -1;
	if (from_env("AWS_ACCESS_KEY_ID") != NULL)
		return take_env_keys(a);
	if (!found && profile != NULL) {
		warnx("AWS_PROFILE: there is no profile %s", profile);
		return 0;
	}
	return a->id != NULL ? 0 : net_metadata_read(a);
}

/* The settings that the environment has go before those of a profile. */
static int
find_rest(struct net_aws *a, const struct conf_file *cf)
{
	const char *ignore = from_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	const char *endpoint = from_env("AWS_ENDPOINT_URL_S3");
	const char *region = cf->s3_region;

	if (region == NULL && (region = from_env("AWS_REGION")) == NULL &&
	    (region = from_env("AWS_DEFAULT_REGION")) == NULL &&
	    a->region == NULL)
		region = REGION;
	if (region != NULL && set_text(&a->region, region) == -1)
		return -1;
	if (endpoint == NULL)
		endpoint = from_env("AWS_ENDPOINT_URL");
	if (ignore != NULL && strcasecmp(ignore, "true") == 0)
		wipe_text(&a->endpoint);
	else if (endpoint != NULL)
		return set_text(&a->endpoint, endpoint);
	return 0;
}

/*
 * The region has a default, as servers that are not Amazon's care little for
 * it; a key has none.
 */
int
net_aws_open(struct net_aws *a, const struct conf_file *cf)
{
	memset(a, 0, sizeof(*a));
	if (find_key(a, cf) == -1 || find_rest(a, cf) == -1)
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
	wipe_text(&a->endpoint);
}
