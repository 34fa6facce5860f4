/* SPDX-License-Identifier: ISC */
#include "conf/file.h"
#include "net/aws.h"
#include "tap.h"

static const char credentials[] =
	"# a comment\n"
	"aws_access_key_id = nobody\n"
	"[other]\n"
	"aws_access_key_id=other id\n"
	"aws_secret_access_key=other secret\n"
	"[ default ]\r\n"
	"  aws_access_key_id  =  file-id \r\n"
	"aws_secret_access_key = sec=ret/+\n"
	"region = moon\n"
	"aws_session_token = \n"
	"#aws_session_token = old\n"
	"[last]\n"
	"aws_session_token = last token";

static void
write_file(const char *path)
{
	FILE *fp = fopen(path, "w");

	fputs(credentials, fp);
	fclose(fp);
}

static void
is_key(const struct conf_file *cf, const char *id, const char *secret,
    const char *token, const char *name)
{
	struct net_aws a;

	if (!ok(net_aws_open(&a, cf) == 0, "%s", name))
		return;
	is_str(a.id, id, "its id");
	is_str(a.secret, secret, "its secret");
	is_str(a.token == NULL ? "none" : a.token, token, "its token");
	net_aws_end(&a);
}

int
main(void)
{
	static char id[] = "conf-id", region[] = "eu-x-1", secret[] = "conf";
	struct conf_file cf = { 0 };
	struct net_aws a;

	tap_scratch();
	setenv("HOME", ".", 1);
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	unsetenv("AWS_PROFILE");
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	unsetenv("AWS_REGION");
	unsetenv("AWS_DEFAULT_REGION");
	ok(net_aws_open(&a, &cf) == -1, "nobody knows who we are");
	write_file("credentials");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials", 1);
	is_key(&cf, "file-id", "sec=ret/+", "none", "the default profile");
	setenv("AWS_PROFILE", "other", 1);
	is_key(&cf, "other id", "other secret", "none", "another profile");
	setenv("AWS_PROFILE", "last", 1);
	ok(net_aws_open(&a, &cf) == -1, "one without keys");
	setenv("AWS_ACCESS_KEY_ID", "env-id", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "env-secret", 1);
	setenv("AWS_SESSION_TOKEN", "env-token", 1);
	is_key(&cf, "env-id", "env-secret", "env-token", "the environment");
	cf.s3_access_key = id;
	cf.s3_secret_key = secret;
	is_key(&cf, "conf-id", "conf", "none", "location.ini");
	cf.s3_secret_key = NULL;
	ok(net_aws_open(&a, &cf) == -1, "half a key is none");
	cf.s3_secret_key = secret;
	net_aws_open(&a, &cf);
	is_str(a.region, "us-east-1", "the usual region");
	net_aws_end(&a);
	setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
	net_aws_open(&a, &cf);
	is_str(a.region, "eu-west-1", "the default region");
	net_aws_end(&a);
	setenv("AWS_REGION", "eu-west-2", 1);
	net_aws_open(&a, &cf);
	is_str(a.region, "eu-west-2", "the region of the environment");
	net_aws_end(&a);
	cf.s3_region = region;
	net_aws_open(&a, &cf);
	is_str(a.region, "eu-x-1", "that of location.ini");
	net_aws_end(&a);
	return tap_done();
}
