/* SPDX-License-Identifier: ISC */
/* libmariadb, begun without what it would look for in vain. */
#ifndef STORE_CLIENT_H
#define STORE_CLIENT_H

/* To be called, by any thread, before anything else of libmariadb. */
void	store_client_init(void);

#endif
