/* SPDX-License-Identifier: ISC */
/* What a server of S3 answers, in two pieces: the first byte says where. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "object/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
on_element(void *arg, const char *path, const char *text)
{
	size_t *n = arg;

	assert(path != NULL && strlen(path) < 256);
	*n += text == NULL ? 1 : strlen(text);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct object_xml *x;
	size_t cut, n = 0;

	if (len == 0 || (x = object_xml_new(on_element, &n)) == NULL)
		return 0;
	cut = 1 + data[0] % len;
	if (object_xml_feed(x, (const char *)data + 1, cut - 1) == 0 &&
	    object_xml_feed(x, (const char *)data + cut, len - cut) == 0)
		object_xml_end(x);
	object_xml_free(x);
	return 0;
}
