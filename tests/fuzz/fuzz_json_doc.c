/* SPDX-License-Identifier: ISC */
/*
 * JSON from anywhere: whatever is accepted can be walked from the top to
 * every token, and read as every type.
 */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ichnaea/python.h"
#include "json/coerce.h"
#include "json/doc.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct walk {
	const struct json_doc	*d;
	struct base_arena	*a;
	struct base_buf		 out;
	int			 seen;
};

static void
visit(struct walk *w, int v)
{
	const char *s = NULL;
	int64_t i;
	double f;
	size_t n;
	int b, k, same = json_doc_name(v);

	w->seen++;
	json_coerce_int(w->d, v, &i);
	json_coerce_f64(w->d, v, &f);
	json_coerce_bool(w->d, v, &b);
	json_coerce_str(w->d, v, w->a, &s, &n);
	base_buf_reset(&w->out);
	ichnaea_python_fault(&w->out, w->d, v, ICHNAEA_PYTHON_STRING, "name");
	for (k = json_doc_first(w->d, v); k != -1; k = json_doc_next(w->d, k))
		if (json_doc_kind(w->d, v) == JSON_DOC_OBJECT) {
			assert(k == same);
			same = json_doc_next_name(w->d, same);
			assert(json_doc_string(w->d, k, w->a, &n) != NULL);
			visit(w, json_doc_value(k));
		} else
			visit(w, k);
	assert(json_doc_kind(w->d, v) != JSON_DOC_OBJECT ||
	    same == json_doc_no_name(w->d, v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct base_arena a;
	struct json_doc d;
	struct walk w = { .d = &d, .a = &a };

	base_arena_init(&a);
	base_buf_init(&w.out);
	if (json_doc_parse(&d, (const char *)data, len, &a) == 0) {
		visit(&w, 0);
		assert(w.seen == d.ntok);
	} else
		assert(d.why != NULL && d.where <= len);
	base_buf_done(&w.out);
	base_arena_done(&a);
	return 0;
}
