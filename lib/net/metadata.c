/* SPDX-License-Identifier: ISC */
/*
 * After "Use the Instance Metadata Service" and "Container credential
 * provider" of AWS's guides.  A machine that is none of theirs has nobody at
 * the address, so what is waited for is short, and AWS_EC2_METADATA_DISABLED
 * says not to ask at all.
 *
 * No failure is told of here: a machine without a role is no fault, and
 * net/aws.h warns when it has found no keys anywhere.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "json/doc.h"
#include "net/aws.h"
#include "net/client.h"
#include "net/metadata.h"

#define CONNECT_S	1
#define TOTAL_S		2
#define INSTANCE	"http://169.254.169.254"
#define INSTANCE_IPV6	"http://[fd00:ec2::254]"
#define CONTAINER	"http://169.254.170.2"
#define ROLES		"/latest/meta-data/iam/security-credentials/"

/*
 * Ask for URL; the body, or NULL if there is no good answer.  The text belongs
 * to the client, until its next request.
 */
static const char *
ask_server(struct net_client *c, const char *method, const char *url)
{
	struct net_client_answer a;

	if (net_client_send(c, method, url, "", 0, &a) != 200)
		return NULL;
	return net_client_body(c)->data;
}

/* A copy of member NAME of the object in D, or NULL. */
static char *
copy_key_member(const struct json_doc *d, const char *name,
    struct base_arena *a)
{
	const char *text;
	int v = json_doc_get(d, 0, name);

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_STRING ||
	    (text = json_doc_string(d, v, a, NULL)) == NULL || *text == '\0')
		return NULL;
	return strdup(text);
}

/* The keys in a JSON object, and until when.  What is missing stays NULL. */
static void
read_role_keys(struct net_aws *aws, const char *text)
{
	struct base_arena a;
	struct json_doc d;
	char *until = NULL;

	base_arena_init(&a);
	if (json_doc_parse(&d, text, strlen(text), &a) == 0) {
		aws->id = copy_key_member(&d, "AccessKeyId", &a);
		aws->secret = copy_key_member(&d, "SecretAccessKey", &a);
		aws->token = copy_key_member(&d, "Token", &a);
		until = copy_key_member(&d, "Expiration", &a);
		if (until != NULL && !base_civil_parse(until, strlen(until),
		    &aws->expires_s))
			aws->expires_s = 0;
		free(until);
	}
	base_arena_done(&a);
}

/*
 * The token of a container, from the environment or a file named there.  A
 * file is preferred as its token is renewed in place, while an environment
 * never changes.
 */
static int
add_authorization(struct net_client *c)
{
	const char *token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	const char *path = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	char line[4096] = "Authorization: ";
	size_t at = strlen(line);
	FILE *fp;

	if (path != NULL && (fp = fopen(path, "r")) != NULL) {
		if (fgets(line + at, (int)(sizeof(line) - at), fp) == NULL)
			line[at] = '\0';
		line[strcspn(line, "\r\n")] = '\0';
		fclose(fp);
	} else if (token != NULL)
		strlcat(line, token, sizeof(line));
	assert(strlen(line) >= at && strlen(line) < sizeof(line));
	return line[at] == '\0' ? 0 : net_client_header(c, line);
}

/*
 * The keys of a container's role.  Returns 1 if this is a container.  If a
 * container says that it is one, the instance is not asked even after a
 * failure: its role has other rights.
 */
static int
ask_container(struct net_aws *aws, struct net_client *c)
{
	const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *part = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *text;
	struct base_buf url;

	if (full == NULL && part == NULL)
		return 0;
	base_buf_init(&url);
	base_buf_fmt(&url, "%s%s", part != NULL ? CONTAINER : "",
	    part != NULL ? part : full);
	if (base_buf_ok(&url) && add_authorization(c) == 0 &&
	    (text = ask_server(c, "GET", url.data)) != NULL)
		read_role_keys(aws, text);
	base_buf_done(&url);
	return 1;
}

/*
 * Get a token, then the name of the role, then its keys.  Version 1 of the
 * service, which needs no token, is not tried: instances can be told to refuse
 * it, and it can be reached by forged requests.
 */
static void
ask_instance(struct net_aws *aws, struct net_client *c)
{
	const char *host = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	const char *text;
	struct base_buf b;
	int len;

	base_buf_init(&b);
	if (host == NULL || *host == '\0')
		host = mode != NULL && strcasecmp(mode, "IPv6") == 0 ?
		    INSTANCE_IPV6 : INSTANCE;
	len = (int)strlen(host);
	while (len > 0 && host[len - 1] == '/')
		len--;
	base_buf_fmt(&b, "%.*s/latest/api/token", len, host);
	if (!base_buf_ok(&b) || net_client_header(c,
	    "X-aws-ec2-metadata-token-ttl-seconds: 300") == -1 ||
	    (text = ask_server(c, "PUT", b.data)) == NULL)
		goto out;
	base_buf_reset(&b);
	base_buf_fmt(&b, "X-aws-ec2-metadata-token: %.*s",
	    (int)strcspn(text, "\r\n"), text);
	net_client_no_headers(c);
	if (!base_buf_ok(&b) || net_client_header(c, b.data) == -1)
		goto out;
	base_buf_reset(&b);
	base_buf_fmt(&b, "%.*s" ROLES, len, host);
	if (!base_buf_ok(&b) ||
	    (text = ask_server(c, "GET", b.data)) == NULL)
		goto out;
	base_buf_fmt(&b, "%.*s", (int)strcspn(text, "\r\n"), text);
	if (base_buf_ok(&b) && (text = ask_server(c, "GET", b.data)) != NULL)
		read_role_keys(aws, text);
out:
	base_buf_done(&b);
}

/*
 * The client is made for this call alone, as keys are asked for once in hours.
 */
int
net_metadata_read(struct net_aws *a)
{
	const char *disabled = getenv("AWS_EC2_METADATA_DISABLED");
	struct net_client *c;

	if ((c = net_client_new()) == NULL)
		return -1;
	net_client_limits(c, CONNECT_S, TOTAL_S, 0);
	if (!ask_container(a, c) && (disabled == NULL ||
	    strcasecmp(disabled, "true") != 0))
		ask_instance(a, c);
	net_client_free(c);
	return 0;
}
