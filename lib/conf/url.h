/* SPDX-License-Identifier: ISC */
/*
 * The address of a server, as location.ini and its users write it.  This is
 * the only place that takes such texts apart; it does no I/O.
 *
 *	mysql://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME?unix_socket=PATH
 *	mysql://USER:PASSWORD@HOST/NAME?ssl_ca=PATH&ssl_cert=PATH&ssl_key=PATH
 *	redis://USER:PASSWORD@HOST:PORT/DB, rediss://...?ssl_ca=PATH
 *	redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/SERVICE/DB
 *	unix://USER:PASSWORD@/PATH?db=DB
 *	https://USER:PASSWORD@HOST:PORT/PATH
 *	https://KEY:SECRET@HOST:PORT/PATH/PROJECT
 *
 * What stands before the last '@' that leaves a good address is the user and,
 * behind its first ':', the password.  So a password may contain '/', '@',
 * '?' and ':' as they are; %HH stands for a byte anywhere in it, and a '%'
 * that no two hexadecimal digits follow for itself.  An IPv6 address stands
 * in brackets.
 */
#ifndef CONF_URL_H
#define CONF_URL_H

#include <stddef.h>

#define CONF_URL_HOSTS	16

enum conf_url_kind {
	CONF_URL_DATABASE,	/* mysql or mysql+pymysql */
	CONF_URL_REDIS,		/* redis, rediss, redis+sentinel or unix */
	CONF_URL_WEB,		/* http or https */
	CONF_URL_DSN		/* the same, of a project of Sentry's */
};

struct conf_url {
	int		 secure;	/* https, rediss, ssl_ca: encrypted */
	const char	*user;		/* NULL: none was given */
	const char	*password;	/* the same */
	struct conf_url_host {
		const char	*name;	/* IPv6 without its brackets */
		unsigned	 port;	/* 0: not given */
	}		 host[CONF_URL_HOSTS];
	size_t		 nhosts;	/* several of databases, Sentinels */
	const char	*socket;	/* a path, used instead of hosts */
	const char	*name;		/* of the database; DSN: PATH's last */
	const char	*service;	/* of Sentinels, whom the hosts are */
	const char	*ca;		/* who signs servers, a path, or NULL */
	const char	*cert, *cert_key; /* to show to them: paths, or NULL */
	int		 any_name;	/* ?ssl_check_hostname=false */
	unsigned	 db;		/* the number of Redis' database */
	int		 no_arrays;	/* ?arrays=no */
	const char	*path;		/* of the web, without its first '/' */
	/* private: what all the texts above point into */
	char		*text;
	size_t		 size;
};

/*
 * Take TEXT apart.  Returns NULL, and the caller owes a conf_url_done(); or
 * what was expected instead, a literal that shows nothing of TEXT.
 */
const char *conf_url_parse(struct conf_url *u, enum conf_url_kind kind,
	    const char *text);

/* Wipe and release the texts; also of a U that is all zeros. */
void	conf_url_done(struct conf_url *u);

/*
 * Where the part of TEXT that nobody else may see is, whatever TEXT looks
 * like: from "://" to the last '@'.  NULL if it has none.
 */
const char *conf_url_hidden(const char *text, size_t *len);

#endif
