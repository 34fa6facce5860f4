/* SPDX-License-Identifier: ISC */
/* seal_try seal KEY | open FILE: encrypt or decrypt stdin to stdout. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "seal/key.h"
#include "seal/reader.h"
#include "seal/writer.h"

static int
put(void *arg, const void *data, size_t len)
{
	return fwrite(data, 1, len, arg) == len ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	static char buf[100000];
	struct seal_writer *w = NULL;
	struct seal_reader *r = NULL;
	struct seal_key_list keys;
	enum seal_reader_verdict v;
	const char *why;
	size_t n;

	if (argc != 3)
		errx(64, "expected seal KEY or open FILE");
	if (strcmp(argv[1], "seal") == 0) {
		if ((why = seal_key_public(&keys, argv[2], NULL)) != NULL)
			errx(64, "%s", why);
		w = seal_writer_new(&keys, put, stdout);
	} else if (seal_key_open(&keys, argv[2]) == 0)
		r = seal_reader_new(&keys, put, stdout);
	else
		return 66;
	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0) {
		if (w != NULL)
			seal_writer_add(w, buf, n);
		else
			seal_reader_add(r, buf, n);
	}
	if (w != NULL)
		return seal_writer_end(w, 1) == 0 ? 0 : 74;
	if ((v = seal_reader_end(r)) != SEAL_READER_OK)
		errx(65, "stdin %s", seal_reader_why(v));
	return fflush(stdout) == 0 ? 0 : 74;
}
