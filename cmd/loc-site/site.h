/* SPDX-License-Identifier: ISC */
/* What the files of loc-site share. */
#ifndef LOC_SITE_H
#define LOC_SITE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/file.h"
#include "json/write.h"
#include "site/texts.h"

struct store_db;

/* Where templates, styles, scripts and libraries are; see share.c. */
struct site_share {
	char			 dir[PATH_MAX];		/* ours */
	char			 libraries[PATH_MAX];
	const char		*override;		/* [web] templates */
	struct base_buf		 language;		/* what TEXTS points to */
	struct site_texts	 texts;
	struct base_buf		 text[64];		/* of templates read */
	char			*name[64];
	size_t			 n;
	int			 failed;		/* told already */
};

/* A directory that appears whole; see out.c. */
struct site_out {
	const char	*dir;			/* where it is going to be */
	char		 tmp[PATH_MAX];		/* where it is */
	int		 lock;
	unsigned	 files, changed;
	int64_t		 bytes;
};

/* One run. */
struct site {
	struct conf_file	 cf;
	const char		*status;	/* -s, or NULL */
	int64_t			 now_s;		/* by the database's clock */
	struct site_share	 share;
	struct site_out		 out;
	struct base_buf		 values;	/* members of an object */
	struct json_write	 w;		/* them */
	const char		*root;		/* "/", or "/PATH/" */
};

/*
 * Find all of it.  Returns an exit status, after a warning if that is not 0.
 */
int	site_share_open(struct site_share *sh, const struct conf_file *cf);
void	site_share_end(struct site_share *sh);

/* For struct site_template_view; ARG is the share. */
const char *site_share_template(void *arg, const char *name, size_t *len);
const char *site_share_text(void *arg, const char *name, size_t *len);

/*
 * Append the file NAME, of the operator if there is one of his, else ours.
 * Returns 0, or -1 with errno set.
 */
int	site_share_read(const struct site_share *sh, const char *name,
	    struct base_buf *b);

/*
 * Call EACH for all files of the folder "static", and for all libraries, with
 * the name that it has on the site.  Returns an exit status.
 */
int	site_share_each(struct site_share *sh,
	    int (*each)(void *arg, const char *name, const struct base_buf *b),
	    void *arg);

/* Begin to write DIR.  Returns an exit status; 0 owes a site_out_end(). */
int	site_out_begin(struct site_out *o, const char *dir);

/* The file PATH in it.  Returns 0, or -1 after a warning. */
int	site_out_put(struct site_out *o, const char *path, const void *data,
	    size_t len);

/*
 * If KEEP it takes the place of the old directory.  Returns an exit status.
 */
int	site_out_end(struct site_out *o, int keep);

/*
 * The members of S->values, each an object or array of its own, and the files
 * of the same data.  They return an exit status.
 */
int	site_facts(struct site *s);
int	site_totals(struct site *s, struct store_db *db);
int	site_downloads(struct site *s);
int	site_status(struct site *s);

/* The icons that have names of old.  Returns an exit status. */
int	site_icons(struct site *s);

/* Write all pages.  Returns an exit status. */
int	site_pages(struct site *s);

/* 12345678 as "12 345 678", with blanks that do not break. */
#define SITE_COUNT_LEN	64
void	site_format_count(char out[SITE_COUNT_LEN], int64_t n);

#endif
