/* SPDX-License-Identifier: ISC */
/*
 * Who we are for S3 and its likes: what location.ini says, or else the
 * environment variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
 * AWS_SESSION_TOKEN, or else the profile $AWS_PROFILE ("default") of the files
 * $AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and $AWS_CONFIG_FILE
 * (~/.aws/config), or else the role of this instance or container
 * (net/metadata.h).
 *
 * In the same way the region is found ($AWS_REGION, $AWS_DEFAULT_REGION, the
 * profile's) and the server ($AWS_ENDPOINT_URL_S3, $AWS_ENDPOINT_URL, the
 * profile's, unless $AWS_IGNORE_CONFIGURED_ENDPOINT_URLS).  When the keys are
 * those of location.ini no profile is looked at: it is somebody else's.
 *
 * What has to run programs or to ask further servers for keys is left out
 * (credential_process, role_arn, single sign-on, web identities): whoever needs
 * it has a program that writes the file of credentials, which is read again
 * when a server refuses the keys.
 */
#ifndef NET_AWS_H
#define NET_AWS_H

#include <stdint.h>
#include <stdio.h>

struct conf_file;

struct net_aws {
	char	*id, *secret;
	char	*token;			/* or NULL */
	char	*region;
	char	*endpoint;		/* or NULL: Amazon's */
	int64_t	 expires_s;		/* of the keys; 0: not known */
};

/* Returns 0, or -1 after a warning. */
int	net_aws_open(struct net_aws *a, const struct conf_file *cf);
void	net_aws_end(struct net_aws *a);

#endif
