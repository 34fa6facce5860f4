/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <stdint.h>

#include "conf/file.h"
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
	char text[512], *out;

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
	ok(strstr(out, "rw_url = mysql://u:***@h/db\n") != NULL,
	    "passwords are masked");
	ok(strstr(out, "[spool]\ndir = /var/spool/loc\n") != NULL, "printed");
	free(out);
	conf_file_end(&cf);

	ok(load(&cf, "[sentry]\ndsn = https://pub:sec@h/1\n") == 0, "a dsn");
	out = printed(&cf);
	ok(strstr(out, "dsn = https://pub:***@h/1\n") != NULL,
	    "its secret is masked");
	free(out);
	conf_file_end(&cf);

	ok(load(&cf, "[http]\nsecret_key = a:b@c\n") == 0, "a secret");
	out = printed(&cf);
	ok(strstr(out, "\nsecret_key = ***\n") != NULL, "is masked whole");
	free(out);
	conf_file_end(&cf);
	chmod("ini", 0644);
	ok(conf_file_open(&cf, "ini") == -1, "and not for everybody");

	ok(load(&cf, "[http]\nmax_body = 2x\n") == -1, "no number");
	ok(load(&cf, "[http]\nmax_body = 1\n") == -1, "out of range");
	ok(load(&cf, "[http]\nmax_body = 99999999999999999999g\n") == -1,
	    "far out of range");
	ok(load(&cf, "[http]\nstrict = maybe\n") == -1, "no switch");
	ok(load(&cf, "[http]\nbody = 1\n") == -1, "unknown key");
	ok(load(&cf, "[htp]\nmax_body = 2k\n") == -1, "unknown section");
	ok(load(&cf, "[http\n") == -1, "no section");
	ok(conf_file_open(&cf, "missing") == -1, "no file");
	snprintf(text, sizeof(text), "[spool]\ndir = /%0300d\n", 1);
	ok(load(&cf, text) == -1, "a line too long");

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
