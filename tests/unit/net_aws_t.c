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
write_text(const char *path, const char *text)
{
	FILE *fp = fopen(path, "w");

	fputs(text, fp);
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

/* The profile is in the file of settings, or in both. */
static void
other_file(const struct conf_file *cf)
{
	struct net_aws a;

	write_text("config", "[default]\nregion = wrong\n"
	    "[profile  work]\nregion = eu-north-1\n"
	    "endpoint_url = https://s3.example.com\n"
	    "aws_access_key_id = config-id\n"
	    "aws_secret_access_key = config-secret\n"
	    "s3 =\n  region = wrong2\n[profile other]\nregion = sun\n"
	    "aws_access_key_id = not this\n");
	setenv("AWS_CONFIG_FILE", "config", 1);
	setenv("AWS_PROFILE", "work", 1);
	is_key(cf, "config-id", "config-secret", "none", "of the other file");
	if (net_aws_open(&a, cf) == 0) {
		is_str(a.region, "eu-north-1", "its region");
		is_str(a.endpoint, "https://s3.example.com", "its server");
		net_aws_end(&a);
	}
	setenv("AWS_ENDPOINT_URL", "http://all", 1);
	net_aws_open(&a, cf);
	is_str(a.endpoint, "http://all", "the server of the environment");
	net_aws_end(&a);
	setenv("AWS_ENDPOINT_URL_S3", "http://s3", 1);
	net_aws_open(&a, cf);
	is_str(a.endpoint, "http://s3", "that of S3");
	net_aws_end(&a);
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True", 1);
	net_aws_open(&a, cf);
	ok(a.endpoint == NULL, "none of them");
	net_aws_end(&a);
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_S3");
	unsetenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	setenv("AWS_PROFILE", "other", 1);
	is_key(cf, "other id", "other secret", "none", "of both files");
	unsetenv("AWS_CONFIG_FILE");
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
	unsetenv("AWS_CONFIG_FILE");
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_S3");
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	unsetenv("AWS_REGION");
	unsetenv("AWS_DEFAULT_REGION");
	ok(net_aws_open(&a, &cf) == -1, "nobody knows who we are");
	write_text("credentials", credentials);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials", 1);
	is_key(&cf, "file-id", "sec=ret/+", "none", "the default profile");
	setenv("AWS_PROFILE", "other", 1);
	is_key(&cf, "other id", "other secret", "none", "another profile");
	setenv("AWS_PROFILE", "last", 1);
	ok(net_aws_open(&a, &cf) == -1, "one without keys");
	setenv("AWS_PROFILE", "none", 1);
	ok(net_aws_open(&a, &cf) == -1, "one that is not there");
	other_file(&cf);
	setenv("AWS_PROFILE", "last", 1);
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
