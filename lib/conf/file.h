/* SPDX-License-Identifier: ISC */
/*
 * The configuration: location.ini.  Section and key names that Ichnaea's
 * 2016 release had are the same.  conf/table.c lists every key with its
 * default and range, and says how to add one; location.ini(5) explains them.
 */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct conf_file {
	/* for messages: the file, and where in it or outside values stand */
	char	*path;
	struct conf_place *place;	/* see conf/place.h */
	size_t	 nplaces;
	/* [database]; URLs have been tried with conf_url_parse() */
	char	*rw_url;		/* workers, importer, admin tools */
	char	*ro_url;		/* loc-serve, loc-locate */
	char	*ddl_url;		/* loc-db */
	char	*rw_url_file;		/* which have these instead, or NULL */
	char	*ro_url_file;
	char	*ddl_url_file;
	/* [cache] */
	char	*cache_url;
	char	*cache_url_file;	/* which has it instead, or NULL */
	/* [geoip] */
	char	*geoip_path;		/* MaxMind City file, or NULL */
	/* [spool] */
	char	*spool_dir;
	int64_t	 spool_max_bytes;	/* high-water mark: 503 beyond */
	int64_t	 spool_segment_bytes;
	int64_t	 spool_keep_s;		/* age of processed segments */
	int64_t	 spool_keep_bad_s;	/* ... of damaged bytes */
	/* [queue] */
	char	*queue_stream;
	int64_t	 queue_max_backlog;	/* entries waiting to be counted */
	int64_t	 queue_max_backlog_bytes; /* in them */
	int64_t	 queue_max_lag;		/* entries in Redis, for others */
	int64_t	 queue_max_lag_bytes;	/* in them */
	int64_t	 queue_claim_idle_s;	/* a silent worker's are taken over */
	int64_t	 queue_max_deliveries;	/* then it is tried alone */
	int	 queue_allow_eviction;	/* a Redis that may drop reports */
	/* [work] */
	int64_t	 work_batch_reports;	/* reports per transaction */
	int64_t	 work_ledger_days;	/* how long ids are remembered */
	int64_t	 work_optout_reports;	/* to forget a network; 0: never */
	/* [trust]; unless strict */
	char	*trust_mode;		/* see station_trust_mode() */
	int64_t	 trust_network4;	/* bits of a client's network */
	int64_t	 trust_network6;
	int64_t	 trust_contradictions_day; /* of a witness */
	int64_t	 trust_new_day;		/* new stations of a witness */
	int	 trust_adopted;		/* rows of others answer at once */
	int64_t	 trust_optout_votes;	/* to opt a network out */
	int64_t	 trust_optout_days;	/* with such votes */
	int64_t	 trust_optout_keep_days; /* then its place is forgotten */
	int64_t	 trust_undo_days;	/* that changes can be taken back */
	/* [locate] */
	int	 locate_model;		/* positions are ours, unless strict */
	int64_t	 locate_confidence;	/* percent, of the model's radii */
	/* [forward] */
	int64_t	 forward_wait_s;	/* before a batch goes out smaller */
	int64_t	 forward_s3_wait_s;	/* ... to objects and files */
	/* [export] */
	int64_t	 export_max_fall;	/* percent */
	int64_t	 export_min_cells;	/* of a country that is looked at */
	int64_t	 export_catch_up_hours;
	/* [s3] */
	char	*s3_endpoint;		/* NULL: Amazon's */
	char	*s3_region;
	char	*s3_access_key;
	char	*s3_secret_key;
	char	*s3_secret_key_file;	/* which has it instead, or NULL */
	int	 s3_path_style;		/* the bucket in the path */
	char	*s3_storage_class;	/* of new objects, or NULL */
	char	*s3_encryption;		/* AES256, aws:kms, or NULL */
	char	*s3_kms_key;		/* for aws:kms, or NULL */
	/* [assets] */
	char	*assets_bucket;		/* where "assets:" is, or NULL */
	char	*assets_url;		/* where everybody finds that */
	/* [backup] */
	char	*backup_recipient;	/* public keys, see seal/key.h; or NULL */
	char	*index_sign_key;	/* a file, see seal/sign.h; or NULL */
	char	*index_verify_key;	/* public keys of that; or NULL */
	/* [import:ocid] */
	char	*ocid_url;		/* where OpenCellID has its files */
	char	*ocid_apikey;
	char	*ocid_apikey_file;	/* which has it instead, or NULL */
	char	*ocid_mcc;		/* only these countries, or NULL */
	/* [web] */
	char	*web_dir;		/* the site that is served, or NULL */
	char	*web_datamap;		/* its tiles, or NULL */
	char	*web_url;		/* where everybody finds the service */
	char	*web_key;		/* API key of the pages, or NULL */
	char	*web_title;
	char	*web_contact;		/* of the operator, or NULL */
	char	*web_templates;		/* a directory of others, or NULL */
	char	*web_language;
	char	*web_basemap;		/* z/x/y address, NULL: our own */
	char	*web_basemap_credit;
	/* [http] */
	char	*http_listen;		/* places, see http/listen.h */
	char	*http_user;		/* USER[:GROUP] to become, or NULL */
	char	*http_trusted_proxies;	/* networks, blank-separated */
	int64_t	 http_connections;	/* at once */
	int64_t	 http_db_connections;	/* to the read-only database */
	int64_t	 http_max_body;		/* bytes as sent */
	int64_t	 http_max_inflated;	/* bytes after gunzip */
	int64_t	 http_max_reports;	/* of a body; 0: no bound */
	int64_t	 http_max_networks;	/* of a report; 0: no bound */
	int64_t	 http_max_query;	/* the same, for a position or region */
	int64_t	 http_request_timeout_s; /* first byte to last */
	int64_t	 http_idle_timeout_s;
	int64_t	 http_key_cache_s;
	int64_t	 http_count_delay_ms;	/* of calls without limits; 0: none */
	int64_t	 http_client_limit;	/* calls of a network; 0: no limit */
	int64_t	 http_client_window_s;
	int64_t	 http_fallback_calls;	/* to one provider, at once */
	int	 http_strict;		/* refuse what Ichnaea refused */
	char	*http_default_key;	/* of who has no API key, or NULL */
	int	 http_v2016;		/* /v1/search and /v1/transfer */
	int	 http_transfer;		/* keys may use the latter */
	char	*http_secret_key;	/* NULL: answers are not signed */
	char	*http_secret_key_file;	/* which has it instead, or NULL */
	/* [log] */
	int	 log_requests;
	/* [statsd] */
	char	*statsd_host;		/* NULL: no metrics */
	int64_t	 statsd_port;
	char	*statsd_prefix;		/* of all names */
	int	 statsd_tags;		/* else within the name */
	/* [sentry] */
	char	*sentry_dsn;		/* NULL: no reports */
	char	*sentry_dsn_file;	/* which has it instead, or NULL */
	char	*sentry_environment;
};

/* PATH, or if that is NULL $LOC_CONF, or else SYSCONFDIR/location.ini. */
const char *conf_file_path(const char *path);

/*
 * Read the file that conf_file_path() says, and what stands outside of it: see
 * conf/outside.h.  Of several values of a key that in the environment counts,
 * then that of the file which KEY_file names, then a credential.  Returns
 * 0, or -1 after a warning for each bad line; then nothing is held.  Every
 * value is checked as far as that needs nothing but the value, whichever
 * program reads the file.  A key that stands twice is an error, or adds to
 * the value if that is a list.  A file that holds passwords and can be read
 * by others is refused.  If nobody named a file, the usual one may be absent
 * where something outside of it is set.
 */
int	conf_file_open(struct conf_file *cf, const char *path);
void	conf_file_end(struct conf_file *cf);

/*
 * Warn of a value as conf_file_open() does, "FILE:LINE: [section] key: ...".
 * FIELD is the address of a member of CF.  AT, unless NULL, is the place in
 * the value that the warning is about; a list may have several lines.
 */
void	conf_file_warn(const struct conf_file *cf, const void *field,
	    const char *at, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/*
 * See that FIELD, the address of a member of CF that is a text, has a value.
 * Returns 0, or -1 after a warning that it is not set, or that the file which
 * has it may not be read.
 */
int	conf_file_need(const struct conf_file *cf, const void *field);

/* 1 if A and B have the same values. */
int	conf_file_same(const struct conf_file *a, const struct conf_file *b);

/*
 * Print the effective settings as an ini file, secrets masked.  A comment
 * behind each says where it comes from: "FILE:LINE", of a list the last line;
 * "$NAME"; the path of a file of its own; or "default".
 */
void	conf_file_print(const struct conf_file *cf, FILE *out);

#endif
