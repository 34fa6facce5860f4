/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <sys/stat.h>

#include <stdint.h>

#include "conf/file.h"
#include "conf/outside.h"
#include "conf/table.h"

#include "tap.h"

static int
load(struct conf_file *cf, const char *text)
{
	FILE *fp = fopen("ini", "w");

	fputs(text, fp);
	fclose(fp);
	chmod("ini", 0600);
	return conf_file_open(cf, "ini");
}

/* What was warned of while TEXT was read, after "conf_file_t: ". */
static const char *
warned(const char *text)
{
	static char out[2048];
	FILE *direct = stderr;
	struct conf_file cf;
	char *all = NULL, *p;
	size_t len;

	stderr = open_memstream(&all, &len);
	if (load(&cf, text) == 0)
		conf_file_end(&cf);
	fclose(stderr);
	stderr = direct;
	out[0] = '\0';
	for (p = strtok(all, "\n"); p != NULL; p = strtok(NULL, "\n")) {
		strlcat(out, out[0] == '\0' ? "" : "|", sizeof(out));
		strlcat(out, strstr(p, ": ") + 2, sizeof(out));
	}
	free(all);
	return out;
}

static const struct {
	const char	*text, *want;
} faults[] = {
	{ "[http]\nmax_body = 2k\n", "" },
	{ "[http]\n\nmax_body = 2x\n", "ini:3: [http] max_body: expected a "
	    "number from 1024 to 1073741824" },
	{ "[http]\nstrict = maybe # perhaps\n",
	    "ini:2: [http] strict: expected true or false" },
	{ "[http]\nbody = 1\n", "ini:2: [http] body: unknown key" },
	{ "[htp]\nmax_body = 2k\nlisten = a\n b\n[wob]\n",
	    "ini:1: [htp]: unknown section|ini:5: [wob]: unknown section" },
	{ "max_body = 2k\n",
	    "ini:1: expected a [section] before the first key" },
	{ "[http]\nstrict = 1\nv2016 = 1\n[http]\nstrict = 0\n",
	    "ini:5: [http] strict: is set in line 2 already" },
	{ "[http]\nstrict = 1\n  v2016 = 1\n",
	    "ini:3: [http] strict: expected a value of one line; a key of "
	    "its own must not be indented more" },
	{ "[http]\nnothing\nstrict = x\n",
	    "ini:2: expected [section] or key = value|"
	    "ini:3: [http] strict: expected true or false" },
	{ "[database]\nrw_url = mysql://rw:geheim@h:x/d\n",
	    "ini:2: [database] rw_url: expected a port from 1 to 65535 behind "
	    "the host" },
	{ "[cache]\ncache_url = h:6379\n", "ini:2: [cache] cache_url: "
	    "expected redis://USER:PASSWORD@HOST:PORT/DB, or an address with "
	    "rediss, redis+sentinel or unix before the ://" },
	{ "[sentry]\ndsn = h/1\n",
	    "ini:2: [sentry] dsn: expected https://KEY@HOST/PROJECT" },
	{ "[s3]\nendpoint = h\n",
	    "ini:2: [s3] endpoint: expected https://HOST:PORT/PATH" }
};

/* Lists have several lines; messages are about the one that is meant. */
static void
lists(void)
{
	struct conf_file cf;
	char text[4096], *all = NULL, *p;
	FILE *direct = stderr;
	size_t i, len;

	ok(load(&cf, "[http]\ntrusted_proxies = 10.0.0.0/8 # ours\n"
	    "   173.245.48.0/20 103.21.244.0/22\n\n   # theirs\n"
	    "   131.0.72.0/22\nlisten = :1\nlisten =\nlisten = :2 ; more\n"
	    ) == 0, "lists of several lines");
	is_str(cf.http_trusted_proxies, "10.0.0.0/8 173.245.48.0/20 "
	    "103.21.244.0/22 131.0.72.0/22", "wrapped");
	is_str(cf.http_listen, ":1 :2", "repeated");
	stderr = open_memstream(&all, &len);
	p = cf.http_trusted_proxies;
	conf_file_warn(&cf, &cf.http_trusted_proxies, NULL, "%d", 1);
	conf_file_warn(&cf, &cf.http_trusted_proxies, strstr(p, "103"), "x");
	conf_file_warn(&cf, &cf.http_trusted_proxies, strstr(p, "131"), "x");
	conf_file_warn(&cf, &cf.http_listen, cf.http_listen + 3, "x");
	conf_file_need(&cf, &cf.http_listen);
	conf_file_need(&cf, &cf.ro_url);
	fclose(stderr);
	stderr = direct;
	is_str(all, "conf_file_t: ini:2: [http] trusted_proxies: 1\n"
	    "conf_file_t: ini:3: [http] trusted_proxies: x\n"
	    "conf_file_t: ini:6: [http] trusted_proxies: x\n"
	    "conf_file_t: ini:9: [http] listen: x\n"
	    "conf_file_t: ini: [database] ro_url: is not set\n", "places");
	free(all);
	conf_file_end(&cf);

	p = text + sprintf(text, "[http]\ntrusted_proxies =");
	for (i = 0; i < 200; i++)
		p += sprintf(p, " 10.0.%zu.0/24", i);
	ok(load(&cf, text) == 0 &&
	    strlen(cf.http_trusted_proxies) == strlen(text) - 25,
	    "a line of any length");
	conf_file_end(&cf);
}

/* Keys of a section stand together, as what is printed is read again. */
static void
together(void)
{
	size_t i, k, parted = 0;

	for (i = 1; i < conf_table_len; i++)
		if (strcmp(conf_table[i].section,
		    conf_table[i - 1].section) != 0)
			for (k = 0; k < i; k++)
				parted += strcmp(conf_table[k].section,
				    conf_table[i].section) == 0;
	is_int((long long)parted, 0, "sections are in one piece");
}

/* Every key of the table stands in the sample, and nothing else does. */
static void
sample(const char *path)
{
	char *line = NULL, name[80], section[80] = "", *p;
	size_t cap = 0, found = 0, i, keys = 0;
	FILE *fp = fopen(path, "r");

	ok(fp != NULL, "the sample is there");
	while (fp != NULL && getline(&line, &cap, fp) != -1) {
		if (sscanf(line, "[%79[^]]]", section) == 1)
			continue;
		p = line + (line[0] == '#');
		if (sscanf(p, "%79[a-z0-9_] =", name) != 1 ||
		    strchr(p, '=') != p + strlen(name) + 1)
			continue;
		keys++;
		for (i = 0; i < conf_table_len; i++)
			if (strcmp(conf_table[i].section, section) == 0 &&
			    strcmp(conf_table[i].name, name) == 0)
				found++;
	}
	is_int((long long)keys, (long long)conf_table_len, "keys in sample");
	is_int((long long)found, (long long)conf_table_len, "all known");
	free(line);
	if (fp != NULL)
		fclose(fp);
}

/* Every key of the table has its place in the manual page. */
static void
manual(const char *path)
{
	char *line = NULL, section[80] = "", *p;
	size_t cap = 0, found = 0, i;
	FILE *fp = fopen(path, "r");

	ok(fp != NULL, "the manual page is there");
	while (fp != NULL && getline(&line, &cap, fp) != -1) {
		if (sscanf(line, ".Ss [%79[^]]]", section) == 1 ||
		    strncmp(line, ".It Cm ", 7) != 0)
			continue;
		for (p = strtok(line + 7, " ,\n"); p != NULL;
		    p = strtok(NULL, " ,\n"))
			for (i = 0; i < conf_table_len; i++)
				if (strcmp(conf_table[i].section, section) ==
				    0 && strcmp(conf_table[i].name, p) == 0)
					found++;
	}
	is_int((long long)found, (long long)conf_table_len,
	    "keys in the manual page");
	free(line);
	if (fp != NULL)
		fclose(fp);
}

/* Write TEXT to the file NAME, of a mode. */
static void
put(const char *name, const char *text, mode_t mode)
{
	FILE *fp = fopen(name, "w");

	fputs(text, fp);
	fclose(fp);
	chmod(name, mode);
}

static const struct {
	const char	*name, *value, *ini, *want;
} variables[] = {
	{ "REDIS_URI", "h:6379", "", "$REDIS_URI: [cache] cache_url: expected "
	    "redis://USER:PASSWORD@HOST:PORT/DB, or an address with rediss, "
	    "redis+sentinel or unix before the ://" },
	{ "REDIS_URI", "", "", "" },
	{ "REDIS_URI", " redis://h/1\n", "", "" },
	{ "STATSD_PORT", "70000", "", "$STATSD_PORT: [statsd] port: expected "
	    "a number from 1 to 65535" },
	{ "LOC_HTTP_LISTEN", "a\nb", "", "$LOC_HTTP_LISTEN: [http] listen: "
	    "expected one line of text" },
	{ "LOC_HTTP_LISTN", "a", "", "$LOC_HTTP_LISTN: no key of location.ini "
	    "is called so" },
	{ "LOC_HTTP", "a", "", "" },
	{ "LOC_IMPORT_OCID_MCC", "262", "", "" },
	{ "LOC_NAME", "a", "[cache]\ncache_url_file = nothing\n",
	    "nothing: [cache] cache_url: No such file or directory" },
	{ "LOC_NAME", "a", "[cache]\ncache_url_file = .\n",
	    ".: [cache] cache_url: Is a directory" },
	{ "LOC_NAME", "a", "[cache]\ncache_url_file = /dev/zero\n",
	    "/dev/zero: [cache] cache_url: expected one line of at most 4096 "
	    "bytes" },
	{ "LOC_NAME", "a", "[cache]\ncache_url_file = /dev/null\n",
	    "/dev/null: [cache] cache_url: expected a value, but it is empty" },
	{ "LOC_NAME", "a", "[cache]\ncache_url = redis://h\n"
	    "cache_url_file = cache\n", "ini:3: [cache] cache_url_file: "
	    "cache_url is set in line 2 already" },
	{ "LOC_NAME", "a", "[http]\nsecret_key_file = open\n", "open: [http] "
	    "secret_key: expected a file that others cannot read: chmod o-r" },
	{ "LOC_NAME", "a", "[sentry]\ndsn_file = two\n",
	    "two: [sentry] dsn: expected one line of text" },
	{ "SENTRY_DSN", "https://k@h/1", "[sentry]\ndsn_file = two\n", "" }
};

/* Where CF says that the first setting called NAME is from. */
static const char *
origin(const struct conf_file *cf, const char *name)
{
	static char from[256];
	char line[32], *all, *p;
	size_t len;
	FILE *fp;

	if ((fp = open_memstream(&all, &len)) == NULL)
		err(1, NULL);
	conf_file_print(cf, fp);
	fclose(fp);
	snprintf(line, sizeof(line), "\n%s = ", name);
	from[0] = '\0';
	if ((p = strstr(all, line)) != NULL && (p = strstr(p, "\t; ")) != NULL)
		snprintf(from, sizeof(from), "%.*s",
		    (int)strcspn(p + 3, "\n"), p + 3);
	free(all);
	return from;
}

/* Environment, files of secrets, credentials, and which of them counts. */
static void
outside(void)
{
	struct conf_file cf;
	size_t i;

	put("cache", "  redis://:pw@file:1/2 \n\n", 0600);
	put("open", "x\n", 0644);
	put("two", "x\ny\n", 0600);
	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		setenv(variables[i].name, variables[i].value, 1);
		is_str(warned(variables[i].ini), variables[i].want,
		    variables[i].name);
		unsetenv(variables[i].name);
	}

	mkdir("creds", 0700);
	put("creds/loc.cache.cache_url", "redis://credential", 0444);
	put("creds/loc.database.ro_url", "mysql://r:o@credential/d\n", 0400);
	put("creds/loc.import_ocid.apikey", "pk", 0400);
	put("creds/loc.http.listen", "nobody looks here\n", 0400);
	setenv("CREDENTIALS_DIRECTORY", "creds", 1);
	ok(load(&cf, "[cache]\ncache_url = redis://ini\n[http]\n"
	    "listen = :1\n") == 0, "credentials");
	is_str(cf.cache_url, "redis://credential", "before location.ini");
	is_str(origin(&cf, "cache_url"), "creds/loc.cache.cache_url",
	    "where from");
	is_str(cf.ro_url, "mysql://r:o@credential/d", "without its end");
	is_str(cf.ocid_apikey, "pk", "a section with a colon");
	is_str(cf.http_listen, ":1", "only secrets");
	is_str(origin(&cf, "listen"), "ini:4", "a line");
	is_str(origin(&cf, "max_body"), "default", "a default");
	conf_file_end(&cf);

	ok(load(&cf, "[cache]\ncache_url =\ncache_url_file = cache\n") == 0,
	    "a file");
	is_str(cf.cache_url, "redis://:pw@file:1/2", "before credentials");
	is_str(origin(&cf, "cache_url"), "cache", "where from");
	conf_file_end(&cf);

	setenv("REDIS_URI", "redis://env", 1);
	setenv("LOC_HTTP_LISTEN", ":7 :8", 1);
	setenv("LOC_DATABASE_RW_URL_FILE", "rw", 1);
	put("rw", "mysql://r:w@file/d", 0600);
	ok(load(&cf, "[cache]\ncache_url_file = cache\n[http]\nlisten = :1\n"
	    "\t:2\n[database]\nrw_url = mysql://r:w@ini/d") == 0, "environment");
	is_str(cf.cache_url, "redis://env", "before files");
	is_str(origin(&cf, "cache_url"), "$REDIS_URI", "where from");
	is_str(cf.http_listen, ":7 :8", "lists are replaced");
	is_str(cf.rw_url, "mysql://r:w@file/d", "a file before location.ini");
	conf_file_end(&cf);
	setenv("LOC_CACHE_CACHE_URL", "redis://own", 1);
	ok(load(&cf, "") == 0, "two names");
	is_str(cf.cache_url, "redis://own", "ours comes first");
	conf_file_end(&cf);
	unsetenv("LOC_CONF");
	ok(conf_file_open(&cf, "missing") == -1, "a named file must be there");

	conf_outside_forget();
	ok(getenv("REDIS_URI") == NULL && getenv("LOC_HTTP_LISTEN") == NULL &&
	    getenv("LOC_CACHE_CACHE_URL") == NULL && getenv("PATH") != NULL &&
	    getenv("LOC_DATABASE_RW_URL_FILE") == NULL &&
	    getenv("CREDENTIALS_DIRECTORY") == NULL, "forgotten");
	ok(!conf_outside_any(), "nothing is left");
	setenv("STATSD_HOST", "h", 1);
	ok(conf_outside_any(), "but then");
	unsetenv("STATSD_HOST");
}

/* Who needs a file that may not be read is told of it, and nobody else. */
static void
unreadable(void)
{
	struct conf_file cf;
	FILE *direct = stderr;
	char *all = NULL;
	size_t len;

	put("lazy", "[database]\nrw_url_file = rw\n", 0644);
	put("eager", "[http]\nsecret_key_file = rw\n", 0644);
	if (geteuid() == 0) {
		chmod(".", 0711);
		ok(seteuid(65534) == 0, "as somebody else");
	} else
		chmod("rw", 0);
	stderr = open_memstream(&all, &len);
	ok(conf_file_open(&cf, "lazy") == 0 && cf.rw_url == NULL,
	    "not needed");
	conf_file_need(&cf, &cf.rw_url);
	fclose(stderr);
	stderr = direct;
	is_str(all, "conf_file_t: lazy:2: [database] rw_url_file: rw: "
	    "Permission denied\n", "needed");
	conf_file_end(&cf);
	free(all);
	ok(conf_file_open(&cf, "eager") == -1, "always needed");
	ok(seteuid(getuid()) == 0, "as before");
}

/* What conf_file_print() prints, to be freed. */
static char *
printed(const struct conf_file *cf)
{
	char *out = NULL;
	size_t len;
	FILE *fp = open_memstream(&out, &len);

	conf_file_print(cf, fp);
	fclose(fp);
	return out;
}

int
main(void)
{
	struct conf_file cf;
	char *out;
	size_t i;

	sample("location.ini.sample");	/* tests run from the top */
	manual("man/location.ini.5");
	ok(conf_file_open(&cf, "location.ini.sample") == 0,
	    "the sample loads");
	conf_file_end(&cf);
	tap_scratch();

	ok(load(&cf, "") == 0, "an empty file");
	is_int(cf.spool_segment_bytes, 64 << 20, "default with a suffix");
	is_str(cf.http_listen, "127.0.0.1:7001", "default text");
	ok(cf.rw_url == NULL && cf.http_strict == 0, "no default");
	conf_file_end(&cf);

	ok(load(&cf, "[http]\nmax_body = 2k\nstrict = Yes\n[database]\n"
	    "rw_url = mysql://u:p:w@h/db\n") == 0, "values");
	ok(cf.http_max_body == 2048 && cf.http_strict == 1, "number, switch");
	is_str(cf.rw_url, "mysql://u:p:w@h/db", "url");
	out = printed(&cf);
	ok(strstr(out, "rw_url = mysql://***@h/db\t; ini:5\n") != NULL,
	    "passwords are masked");
	ok(strstr(out, "[spool]\ndir = /var/spool/loc\t; default\n") != NULL, "printed");
	free(out);
	conf_file_end(&cf);

	ok(load(&cf, "[sentry]\ndsn = https://pub:sec@h/1\n") == 0, "a dsn");
	out = printed(&cf);
	ok(strstr(out, "dsn = https://***@h/1\t; ini:2\n") != NULL,
	    "its secret is masked");
	free(out);
	conf_file_end(&cf);

	ok(load(&cf, "[http]\nsecret_key = a:b@c\n") == 0, "a secret");
	out = printed(&cf);
	ok(strstr(out, "\nsecret_key = ***\t; ini:2\n") != NULL, "is masked whole");
	free(out);
	conf_file_end(&cf);
	chmod("ini", 0644);
	ok(conf_file_open(&cf, "ini") == -1, "and not for everybody");

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		is_str(warned(faults[i].text), faults[i].want, "a fault");
	ok(load(&cf, "[http]\nmax_body = 1\n") == -1, "out of range");
	ok(load(&cf, "[http]\nmax_body = 99999999999999999999g\n") == -1,
	    "far out of range");
	ok(load(&cf, "[http\n") == -1, "no section");
	ok(conf_file_open(&cf, "missing") == -1, "no file");
	ok(conf_file_open(&cf, ".") == -1, "a directory is no file");
	ok(conf_file_open(&cf, "/dev/zero") == -1, "nor is what has no end");
	lists();
	together();
	outside();
	unreadable();

	ok(load(&cf, "[database]\nrw_url = mysql://u:p/w@h/db\n") == 0,
	    "a slash in a password");
	out = printed(&cf);
	ok(strstr(out, "p/w") == NULL, "is masked, too");
	free(out);
	conf_file_end(&cf);

	load(&cf, "[database]\nrw_url = mysql://u:p@h/db\n");
	conf_file_end(&cf);
	chmod("ini", 0644);
	ok(conf_file_open(&cf, "ini") == -1, "a secret for everybody");
	load(&cf, "[database]\nrw_url = mysql://u@h/db\n");
	conf_file_end(&cf);
	chmod("ini", 0644);
	ok(conf_file_open(&cf, "ini") == 0, "no secret in it");
	conf_file_end(&cf);
	return tap_done();
}
