/* SPDX-License-Identifier: ISC */
/*
 * One line for each key.  To add one: a member of struct conf_file, of the type
 * that conf/table.h names for its kind (another does not compile); a line here,
 * beside the keys of its section, with the default in the spelling of the file;
 * one in location.ini.sample; and an entry in location.ini(5).  A unit test
 * compares them.
 *
 * The rest follows: what -C prints, the variable LOC_SECTION_KEY, credentials
 * for what may be secret, and whether a HUP finds another value.  What is wrong
 * about a value in itself is said by its kind and range; what only its user can
 * know, such as a list of addresses, that one tells by conf_file_warn().
 */
#include "conf/file.h"
#include "conf/table.h"

/* The value is in FIELD; there is no such thing if that is not of TYPE. */
#define KEY(section, name, kind, type, field, ...)	\
	{ section, name, CONF_TABLE_ ## kind, \
	_Generic(((struct conf_file *)NULL)->field, \
	type: offsetof(struct conf_file, field)), __VA_ARGS__ }
#define TEXT(section, name, field, def)	\
	KEY(section, name, TEXT, char *, field, def, 0, 0, NULL, 0)
#define LIST(section, name, field, def)	\
	KEY(section, name, LIST, char *, field, def, 0, 0, NULL, 0)
#define URL(section, name, field, kind)	\
	KEY(section, name, kind, char *, field, NULL, 0, 0, NULL, 0)
#define SECRET(section, name, field)	\
	KEY(section, name, SECRET, char *, field, NULL, 0, 0, NULL, 0)
#define FILE_OF(section, name, field, lazy)	\
	KEY(section, name, FILE, char *, field, NULL, 0, 0, NULL, lazy)
#define WORD(section, name, field, def, words)	\
	KEY(section, name, WORD, char *, field, def, 0, 0, words, 0)
#define NUM(section, name, field, def, min, max)	\
	KEY(section, name, NUM, int64_t, field, def, min, max, NULL, 0)
#define BOOL(section, name, field, def)	\
	KEY(section, name, BOOL, int, field, def, 0, 1, NULL, 0)

const struct conf_table_key conf_table[] = {
	URL("database", "rw_url", rw_url, DATABASE),
	FILE_OF("database", "rw_url_file", rw_url_file, 1),
	URL("database", "ro_url", ro_url, DATABASE),
	FILE_OF("database", "ro_url_file", ro_url_file, 1),
	URL("database", "ddl_url", ddl_url, DATABASE),
	FILE_OF("database", "ddl_url_file", ddl_url_file, 1),
	URL("cache", "cache_url", cache_url, REDIS),
	FILE_OF("cache", "cache_url_file", cache_url_file, 0),
	TEXT("geoip", "db_path", geoip_path, NULL),
	TEXT("spool", "dir", spool_dir, "/var/spool/loc"),
	NUM("spool", "max_bytes", spool_max_bytes, "10g", 1 << 16, 1LL << 50),
	NUM("spool", "segment_bytes", spool_segment_bytes, "64m", 1 << 12,
	    1 << 30),
	NUM("spool", "keep_s", spool_keep_s, "3600", 0, 366 * 86400),
	NUM("spool", "keep_bad_s", spool_keep_bad_s, "604800", 0,
	    366 * 86400),
	TEXT("queue", "stream", queue_stream, "loc:reports"),
	NUM("queue", "max_backlog", queue_max_backlog, "100000", 1, 1 << 30),
	NUM("queue", "max_backlog_bytes", queue_max_backlog_bytes, "256m",
	    1 << 20, 1LL << 50),
	NUM("queue", "max_lag", queue_max_lag, "1000000", 1, 1 << 30),
	NUM("queue", "max_lag_bytes", queue_max_lag_bytes, "1g", 1 << 20,
	    1LL << 50),
	NUM("queue", "claim_idle_s", queue_claim_idle_s, "60", 1, 86400),
	NUM("queue", "max_deliveries", queue_max_deliveries, "5", 1, 1000),
	BOOL("queue", "allow_eviction", queue_allow_eviction, "false"),
	NUM("work", "batch_reports", work_batch_reports, "2000", 1, 100000),
	NUM("work", "ledger_days", work_ledger_days, "30", 1, 3650),
	NUM("work", "optout_reports", work_optout_reports, "2", 0, 1000000),
	WORD("trust", "mode", trust_mode, "open", "open, keyed, closed"),
	NUM("trust", "network4", trust_network4, "24", 1, 32),
	NUM("trust", "network6", trust_network6, "40", 1, 128),
	NUM("trust", "contradictions_day", trust_contradictions_day, "50", 0,
	    1000000),
	NUM("trust", "new_day", trust_new_day, "20000", 0, 1 << 30),
	BOOL("trust", "adopted", trust_adopted, "true"),
	NUM("trust", "optout_votes", trust_optout_votes, "3", 1, 1000),
	NUM("trust", "optout_days", trust_optout_days, "2", 1, 255),
	NUM("trust", "optout_keep_days", trust_optout_keep_days, "30", 0,
	    3650),
	NUM("trust", "undo_days", trust_undo_days, "90", 1, 3650),
	BOOL("locate", "model", locate_model, "true"),
	NUM("locate", "confidence", locate_confidence, "95", 50, 99),
	NUM("forward", "wait_s", forward_wait_s, "60", 0, 86400),
	NUM("forward", "s3_wait_s", forward_s3_wait_s, "300", 0, 86400),
	NUM("export", "max_fall", export_max_fall, "10", 0, 100),
	NUM("export", "min_cells", export_min_cells, "1000", 1, 1 << 30),
	NUM("export", "catch_up_hours", export_catch_up_hours, "48", 1, 8784),
	URL("s3", "endpoint", s3_endpoint, WEB),
	TEXT("s3", "region", s3_region, NULL),
	TEXT("s3", "access_key", s3_access_key, NULL),
	SECRET("s3", "secret_key", s3_secret_key),
	FILE_OF("s3", "secret_key_file", s3_secret_key_file, 0),
	BOOL("s3", "path_style", s3_path_style, "false"),
	TEXT("s3", "storage_class", s3_storage_class, NULL),
	TEXT("s3", "encryption", s3_encryption, NULL),
	TEXT("s3", "kms_key", s3_kms_key, NULL),
	TEXT("assets", "bucket", assets_bucket, NULL),
	URL("assets", "url", assets_url, WEB),
	LIST("backup", "recipient", backup_recipient, NULL),
	TEXT("index", "sign_key", index_sign_key, NULL),
	LIST("index", "verify_key", index_verify_key, NULL),
	URL("import:ocid", "url", ocid_url, WEB),
	SECRET("import:ocid", "apikey", ocid_apikey),
	FILE_OF("import:ocid", "apikey_file", ocid_apikey_file, 1),
	LIST("import:ocid", "mcc", ocid_mcc, NULL),
	TEXT("web", "dir", web_dir, NULL),
	TEXT("web", "datamap", web_datamap, NULL),
	URL("web", "url", web_url, WEB),
	TEXT("web", "key", web_key, NULL),
	TEXT("web", "title", web_title, "Location Service"),
	TEXT("web", "contact", web_contact, NULL),
	TEXT("web", "templates", web_templates, NULL),
	TEXT("web", "language", web_language, "en"),
	TEXT("web", "basemap", web_basemap, NULL),
	TEXT("web", "basemap_credit", web_basemap_credit, NULL),
	LIST("http", "listen", http_listen, "127.0.0.1:7001"),
	TEXT("http", "user", http_user, NULL),
	LIST("http", "trusted_proxies", http_trusted_proxies,
	    "127.0.0.0/8 ::1/128"),
	NUM("http", "connections", http_connections, "1000", 1, 30000),
	NUM("http", "db_connections", http_db_connections, "16", 1, 1000),
	NUM("http", "max_body", http_max_body, "10m", 1 << 10, 1 << 30),
	NUM("http", "max_inflated", http_max_inflated, "10m", 1 << 10,
	    1 << 30),
	NUM("http", "max_reports", http_max_reports, "10000", 0, 1 << 30),
	NUM("http", "max_networks", http_max_networks, "1000", 0, 1 << 30),
	NUM("http", "max_query", http_max_query, "1m", 1 << 10, 1 << 30),
	NUM("http", "request_timeout_s", http_request_timeout_s, "60", 1,
	    3600),
	NUM("http", "idle_timeout_s", http_idle_timeout_s, "30", 1, 3600),
	NUM("http", "key_cache_s", http_key_cache_s, "300", 0, 86400),
	NUM("http", "count_delay_ms", http_count_delay_ms, "200", 0, 1000),
	NUM("http", "client_limit", http_client_limit, "0", 0, 1000000),
	NUM("http", "client_window_s", http_client_window_s, "60", 1, 86400),
	NUM("http", "fallback_calls", http_fallback_calls, "20", 1, 1000),
	BOOL("http", "strict", http_strict, "false"),
	TEXT("http", "default_key", http_default_key, NULL),
	BOOL("http", "v2016", http_v2016, "true"),
	BOOL("http", "transfer", http_transfer, "false"),
	SECRET("http", "secret_key", http_secret_key),
	FILE_OF("http", "secret_key_file", http_secret_key_file, 0),
	BOOL("log", "requests", log_requests, "false"),
	TEXT("statsd", "host", statsd_host, NULL),
	NUM("statsd", "port", statsd_port, "8125", 1, 65535),
	TEXT("statsd", "metric_prefix", statsd_prefix, "location"),
	BOOL("statsd", "tag_support", statsd_tags, "false"),
	URL("sentry", "dsn", sentry_dsn, DSN),
	FILE_OF("sentry", "dsn_file", sentry_dsn_file, 0),
	TEXT("sentry", "environment", sentry_environment, NULL),
};
const size_t conf_table_len = sizeof(conf_table) / sizeof(conf_table[0]);
