/* SPDX-License-Identifier: ISC */
/*
 * Who we are for S3 and its likes: what location.ini says, or else the
 * environment variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN, AWS_REGION and AWS_DEFAULT_REGION, or else the profile
 * $AWS_PROFILE ("default") of the file $AWS_SHARED_CREDENTIALS_FILE
 * (~/.aws/credentials), or else the role of this instance or container
 * (net/metadata.h).
 */
#ifndef NET_AWS_H
#define NET_AWS_H

#include <stdio.h>

struct conf_file;

struct net_aws {
	char	*id, *secret;
	char	*token;			/* or NULL */
	char	*region;
};

/* Returns 0, or -1 after a warning. */
int	net_aws_open(struct net_aws *a, const struct conf_file *cf);
void	net_aws_end(struct net_aws *a);

/*
 * Read the keys of PROFILE in a file of credentials into A, which has none.
 * Returns 0, or -1 when memory is short.
 */
int	net_aws_read(struct net_aws *a, FILE *fp, const char *profile);

#endif
