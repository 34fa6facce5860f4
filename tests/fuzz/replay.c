/* SPDX-License-Identifier: ISC */
/*
 * Give the files named on the command line to a fuzz target, one after the
 * other: the corpus as a test that needs no fuzzer.  Each is a point of TAP.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The bytes of PATH in a block of their own, so that none beyond is read. */
static uint8_t *
read_file(const char *path, size_t *len)
{
	FILE *fp;
	long size;
	uint8_t *data;

	if ((fp = fopen(path, "r")) == NULL || fseek(fp, 0, SEEK_END) == -1 ||
	    (size = ftell(fp)) == -1)
		err(1, "%s", path);
	rewind(fp);
	*len = (size_t)size;
	if ((data = malloc(*len)) == NULL && *len > 0)
		err(1, "%s", path);
	if (fread(data, 1, *len, fp) != *len)
		err(1, "%s", path);
	fclose(fp);
	return data;
}

int
main(int argc, char *argv[])
{
	uint8_t *data;
	size_t len;
	int i;

	setlinebuf(stdout);
	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++) {
		data = read_file(argv[i], &len);
		LLVMFuzzerTestOneInput(data, len);
		free(data);
		printf("ok %d - %s\n", i, argv[i]);
	}
	return 0;
}
