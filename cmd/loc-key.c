/* SPDX-License-Identifier: ISC */
/*
 * loc-key - make, show and change API keys.
 *
 * Reads and writes the table api_key, one statement per run; servers notice
 * within the time they remember keys.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "store/db.h"
#include "store/key.h"

#define SYNOPSIS \
	"[-hjV] [-c config] create [key] [column=value ...]\n" \
	"[-hjV] [-c config] disable key\n" \
	"[-hjV] [-c config] list\n" \
	"[-hjV] [-c config] set key column=value ...\n" \
	"[-hjV] [-c config] show key"

static int64_t
num(const struct store_key_column *c, const struct store_key *k)
{
	return *(const int64_t *)(const void *)((const char *)k + c->offset);
}

static const char *
text(const struct store_key_column *c, const struct store_key *k)
{
	return (const char *)k + c->offset;
}

static int
is_null(const struct store_key_column *c, const struct store_key *k)
{
	return c->kind == STORE_KEY_TEXT_COLUMN ? *text(c, k) == '\0' :
	    num(c, k) == STORE_KEY_NULL;
}

static void
print_json(const struct store_key *k)
{
	const struct store_key_column *c;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < store_key_columns; i++) {
		c = &store_key_column[i];
		if (is_null(c, k))
			continue;
		base_buf_fmt(&b, "%c\"%s\":", i == 0 ? '{' : ',', c->name);
		if (c->kind == STORE_KEY_TEXT_COLUMN)
			json_write_cstr(&b, text(c, k));
		else if (c->kind == STORE_KEY_BOOL_COLUMN)
			base_buf_str(&b, num(c, k) > 0 ? "true" : "false");
		else
			base_buf_i64(&b, num(c, k));
	}
	base_buf_chr(&b, '}');
	if (!base_buf_ok(&b))
		errx(EX_OSERR, "out of memory");
	puts(b.data);
	base_buf_done(&b);
}

static void
print_value(const struct store_key_column *c, const struct store_key *k)
{
	if (is_null(c, k))
		putchar('-');
	else if (c->kind == STORE_KEY_TEXT_COLUMN)
		fputs(text(c, k), stdout);
	else
		printf("%lld", (long long)num(c, k));
}

static void
print_text(const struct store_key *k)
{
	size_t i;

	for (i = 0; i < store_key_columns; i++) {
		printf("%-27s ", store_key_column[i].name);
		print_value(&store_key_column[i], k);
		putchar('\n');
	}
}

static void
print_json_row(void *arg, const struct store_key *k)
{
	(void)arg;
	print_json(k);
}

static void
print_text_row(void *arg, const struct store_key *k)
{
	size_t i;

	(void)arg;
	printf("%-*s", STORE_KEY_MAX, k->valid_key);
	for (i = 1; i <= 4; i++)
		if (is_null(&store_key_column[i], k))
			printf(" %*s", (int)strlen(store_key_column[i].name),
			    "-");
		else
			printf(" %*lld",
			    (int)strlen(store_key_column[i].name),
			    (long long)num(&store_key_column[i], k));
	putchar('\n');
}

static int
failed(const struct store_db *db)
{
	if (store_db_retry(db) != STORE_ERROR_FATAL)
		warnx("%s: %s", store_db_where(db), store_db_error(db));
	return store_db_status(db);
}

static int
list(struct store_db *db, int json)
{
	size_t i;

	if (!json) {
		printf("%-*s", STORE_KEY_MAX, store_key_column[0].name);
		for (i = 1; i <= 4; i++)
			printf(" %s", store_key_column[i].name);
		putchar('\n');
	}
	if (store_key_list(db, json ? print_json_row : print_text_row,
	    NULL) == -1)
		return failed(db);
	return EX_OK;
}

/* Columns to set; ends the program if one is wrong. */
static unsigned
assign(struct store_key *k, char *const *arg)
{
	unsigned mask = 0;
	const char *why;
	int i;

	for (; *arg != NULL; arg++) {
		if ((i = store_key_assign(k, *arg, &why)) == -1)
			errx(EX_USAGE, "%s: expected %s", *arg, why);
		mask |= 1u << i;
	}
	return mask;
}

static const char *
checked(const char *key)
{
	if (!store_key_check(key))
		errx(EX_USAGE, "%s: expected " STORE_KEY_SYNTAX, key);
	return key;
}

static int
missing(const char *key)
{
	warnx("%s: no such key", key);
	return 1;
}

static int
create(struct store_db *db, const struct store_key *k, int json)
{
	int rc;

	if ((rc = store_key_insert(db, k)) == -1)
		return failed(db);
	if (rc == 0) {
		warnx("%s: exists, perhaps in another case", k->valid_key);
		return 1;
	}
	if (json)
		print_json(k);
	else
		puts(k->valid_key);
	return EX_OK;
}

static int
show(struct store_db *db, const char *key, int json)
{
	struct store_key k;
	int rc;

	if ((rc = store_key_get(db, key, &k)) == -1)
		return failed(db);
	if (rc == 0)
		return missing(key);
	if (json)
		print_json(&k);
	else
		print_text(&k);
	return EX_OK;
}

static int
change(struct store_db *db, const struct store_key *k, unsigned mask,
    int json)
{
	int rc;

	if ((rc = store_key_update(db, k, mask)) == -1)
		return failed(db);
	if (rc == 0)
		return missing(k->valid_key);
	return json ? show(db, k->valid_key, json) : EX_OK;
}

int
main(int argc, char *argv[])
{
	static char *const rights[] = { "allow_fallback=0",
	    "allow_locate=0", "allow_region=0", NULL };
	enum { CREATE, DISABLE, LIST, SET, SHOW } what;
	const char *conf = NULL;
	struct conf_file cf;
	struct store_db *db;
	struct store_key k;
	unsigned mask = 0;
	int ch, json = 0, rc;

	while ((ch = io_cli_next(argc, argv, "+c:j", SYNOPSIS)) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'j':
			json = 1;
			break;
		}
	argc -= optind;
	argv += optind;
	if (argc >= 1 && strcmp(argv[0], "create") == 0)
		what = CREATE;
	else if (argc == 2 && strcmp(argv[0], "disable") == 0)
		what = DISABLE;
	else if (argc == 1 && strcmp(argv[0], "list") == 0)
		what = LIST;
	else if (argc >= 3 && strcmp(argv[0], "set") == 0)
		what = SET;
	else if (argc == 2 && strcmp(argv[0], "show") == 0)
		what = SHOW;
	else
		io_cli_usage(SYNOPSIS, 0);
	argv++;
	if (what == CREATE && (*argv == NULL || strchr(*argv, '=') != NULL)) {
		store_key_init(&k, NULL);
		assign(&k, argv);
	} else if (what != LIST) {
		store_key_init(&k, checked(*argv));
		mask = assign(&k, what == DISABLE ? rights : argv + 1);
	}
	if (conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	if (conf_file_need(&cf, &cf.rw_url) == -1)
		return EX_CONFIG;
	if ((db = store_db_open("rw_url", cf.rw_url, &rc)) == NULL)
		;	/* RC tells */
	else if (what == CREATE)
		rc = create(db, &k, json);
	else if (what == LIST)
		rc = list(db, json);
	else if (what == SHOW)
		rc = show(db, k.valid_key, json);
	else
		rc = change(db, &k, mask, json);
	io_cli_flush();
	store_db_free(db);
	conf_file_end(&cf);
	return rc;
}
