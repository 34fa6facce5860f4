/* SPDX-License-Identifier: ISC */
/*
 * location.ini, of any bytes.  What is read without a fault can be printed
 * and read again, and is then printed the same, but for where it is from.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/file.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Read DATA as a file; OUT gets what is printed then, or NULL. */
static void
read_and_print(const void *data, size_t len, char **out)
{
	struct conf_file cf;
	char path[64];
	size_t size;
	FILE *fp;
	int fd = memfd_create("ini", MFD_CLOEXEC);

	*out = NULL;
	if (fd == -1 || fchmod(fd, 0600) == -1 ||
	    write(fd, data, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_file_open(&cf, path) == 0) {
		if ((fp = open_memstream(out, &size)) == NULL)
			abort();
		conf_file_print(&cf, fp);
		fclose(fp);
		conf_file_warn(&cf, &cf.http_listen, cf.http_listen, "x");
		conf_file_end(&cf);
	}
	close(fd);
}

/* Cut off where the values of TEXT come from, behind a tab in each line. */
static void
forget_origins(char *text)
{
	char *line = text, *to = text, *end, *p;

	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		for (p = end; p > line && *p != '\t'; p--)
			;
		p = p > line && strncmp(p, "\t; ", 3) == 0 ? p : end;
		memmove(to, line, (size_t)(p - line));
		to += p - line;
		*to++ = '\n';
	}
	*to = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static FILE *nowhere;
	FILE *direct = stderr;
	char *again, *out;

	if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
		abort();
	stderr = nowhere;
	read_and_print(data, len, &out);
	if (out != NULL && strstr(out, "***") == NULL) {
		read_and_print(out, strlen(out), &again);
		assert(again != NULL);
		forget_origins(out);
		forget_origins(again);
		assert(strcmp(out, again) == 0);
		free(again);
	}
	free(out);
	stderr = direct;
	return 0;
}
