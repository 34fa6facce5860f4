/* SPDX-License-Identifier: ISC */
/*
 * Templates and values of a page: what stands before the first NUL is the
 * template, then come texts, then the values.  Whatever they are, a value
 * leaves nothing on a page that begins a tag.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"
#include "site/template.h"
#include "site/texts.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const char		*template;
	struct site_texts	 texts;
};

static const char *
template_of(void *arg, const char *name, size_t *len)
{
	struct input *in = arg;

	if (strcmp(name, "page") != 0 && strcmp(name, "again") != 0)
		return NULL;
	*len = strlen(in->template);
	return in->template;
}

static const char *
text_of(void *arg, const char *name, size_t *len)
{
	struct input *in = arg;
	const char *s = site_texts_get(&in->texts, name);

	*len = s == NULL ? 0 : strlen(s);
	return s;
}

static void
write_page(struct input *in, const char *values)
{
	struct site_template_view v = { NULL, template_of, text_of, in };
	struct site_template_fault fault;
	struct base_arena a;
	struct base_buf b;
	struct json_doc d;
	int rc;

	base_arena_init(&a);
	base_buf_init(&b);
	if (json_doc_parse(&d, values, strlen(values), &a) == 0 &&
	    json_doc_kind(&d, 0) == JSON_DOC_OBJECT) {
		v.d = &d;
		rc = site_template_write(&b, &v, "page", &fault);
		assert(rc == 0 || fault.why != NULL);
	}
	base_buf_reset(&b);
	site_template_escape(&b, values, strlen(values));
	assert(b.len == 0 || strpbrk(b.data, "<>\"'") == NULL);
	base_buf_done(&b);
	base_arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy, *texts, *values;
	struct input in;
	unsigned line;

	if (len > 4096 || (copy = calloc(1, len + 3)) == NULL)
		return 0;
	if (len > 0)
		memcpy(copy, data, len);
	texts = copy + strlen(copy) + 1;
	values = texts < copy + len ? texts + strlen(texts) + 1 : texts;
	in.template = copy;
	if (site_texts_open(&in.texts, texts, strlen(texts), &line) == 0) {
		write_page(&in, values);
		site_texts_end(&in.texts);
	}
	free(copy);
	return 0;
}
