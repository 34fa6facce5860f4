/* SPDX-License-Identifier: ISC */
/*
 * Access keys that an instance or a container of AWS gets for its role, from
 * a server that only it can reach: the service of version 2 (IMDSv2), or the
 * address in AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI.  They change
 * every few hours.
 */
#ifndef NET_METADATA_H
#define NET_METADATA_H

struct net_aws;

/*
 * Read keys into A, which has none.  Returns 0, also when there is nobody to
 * ask, which takes a second at most; -1 when memory is short.
 */
int	net_metadata_read(struct net_aws *a);

#endif
