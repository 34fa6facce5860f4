/* SPDX-License-Identifier: ISC */
/*
 * object_try URL COMMAND ...: use a place for objects, for the tests.
 *
 *	put KEY [PIECE]		what is on stdin, PIECE bytes at a time
 *	broken KEY		the same, but give up at the end
 *	get KEY [FROM [LEN]]
 *	head KEY, list [PREFIX], delete KEY ..., copy FROM TO
 *
 * Exits with 0, or the number of the verdict.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/file.h"
#include "object/store.h"

static int
on_piece(void *arg, const char *data, size_t len)
{
	(void)arg;
	return fwrite(data, 1, len, stdout) == len ? 0 : -1;
}

static int
on_object(void *arg, const char *key, const struct object_info *info)
{
	(void)arg;
	printf("%s\t%lld\t%s\n", key, (long long)info->size, info->etag);
	return 0;
}

static enum object_verdict
put(struct object_store *s, const char *key, size_t piece, int keep)
{
	const struct object_type type = { "text/plain", NULL, "max-age=60" };
	struct object_store_put *p;
	char *buf = malloc(piece);
	enum object_verdict v = OBJECT_OK;
	ssize_t n;

	if (buf == NULL ||
	    (p = object_store_put_begin(s, key, &type)) == NULL) {
		free(buf);
		return OBJECT_WRONG;
	}
	while (v == OBJECT_OK && (n = read(STDIN_FILENO, buf, piece)) > 0)
		v = object_store_put_write(p, buf, (size_t)n);
	free(buf);
	return object_store_put_end(p, keep);
}

static enum object_verdict
run_command(struct object_store *s, int argc, char *argv[])
{
	const char *what = argv[0], *key = argc > 1 ? argv[1] : "";
	struct object_info info;
	enum object_verdict v;
	size_t failed = 0;

	if (strcmp(what, "put") == 0)
		return put(s, key, argc > 2 ? (size_t)atol(argv[2]) : 65536,
		    1);
	if (strcmp(what, "broken") == 0)
		return put(s, key, 65536, 0);
	if (strcmp(what, "get") == 0)
		return object_store_get(s, key, argc > 2 ? atol(argv[2]) : 0,
		    argc > 3 ? atol(argv[3]) : -1, on_piece, NULL);
	if (strcmp(what, "list") == 0)
		return object_store_list(s, key, on_object, NULL);
	if (strcmp(what, "copy") == 0)
		return object_store_copy(s, key, argv[2]);
	if (strcmp(what, "head") == 0) {
		v = object_store_head(s, key, &info);
		if (v == OBJECT_OK)
			on_object(NULL, key, &info);
		return v;
	}
	v = object_store_delete(s, (const char *const *)argv + 1,
	    (size_t)argc - 1, &failed);
	if (failed > 0)
		printf("failed %zu\n", failed);
	return v;
}

int
main(int argc, char *argv[])
{
	struct object_store *s;
	struct conf_file cf;
	enum object_verdict v;

	if (argc < 3)
		errx(64, "usage: object_try URL COMMAND ...");
	if (conf_file_open(&cf, NULL) == -1)
		return 78;
	if ((s = object_store_open(&cf, argv[1])) == NULL) {
		conf_file_end(&cf);
		return 78;
	}
	v = run_command(s, argc - 2, argv + 2);
	if (v != OBJECT_OK)
		warnx("%s", object_store_why(s));
	object_store_end(s);
	conf_file_end(&cf);
	return (int)v;
}
