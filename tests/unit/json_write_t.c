/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "json/write.h"

#include "tap.h"

/* One document with everything in it. */
static const char *
document(struct base_buf *b, enum json_write_style style)
{
	struct json_write w;

	base_buf_reset(b);
	json_write_init(&w, b, style);
	json_write_object(&w, NULL);
	json_write_text(&w, "text", "a\"b");
	json_write_i64(&w, "i64", INT64_MIN);
	json_write_bool(&w, "yes", 7);
	json_write_bool(&w, "no", 0);
	json_write_f7(&w, "f7", 51.12345678);
	json_write_f64(&w, "f64", 0.1);
	json_write_hex(&w, "hex", "\x01\xab", 2);
	json_write_object(&w, "empty");
	json_write_end(&w);
	json_write_array(&w, "list");
	json_write_i64(&w, NULL, 1);
	json_write_array(&w, NULL);
	json_write_end(&w);
	json_write_object(&w, NULL);
	json_write_text(&w, "a", "");
	json_write_end(&w);
	json_write_value(&w, NULL);
	base_buf_str(b, "7e1");
	json_write_text(&w, NULL, NULL);
	json_write_end(&w);
	json_write_i64(&w, "last", 2);
	json_write_end(&w);
	return b->data;
}

static const struct {
	const char	*text, *want;
} quoted[] = {
	{ "", "\"\"" },
	{ "a b", "\"a b\"" },
	{ "\"\\/", "\"\\\"\\\\/\"" },
	{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
	{ "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
	{ "\xc3\xa4", "\"\\u00e4\"" },
	{ "\xe2\x82\xac", "\"\\u20ac\"" },
	{ "\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"" },
	{ "\xff", "\"\\ufffd\"" },
	{ "\xc3", "\"\\ufffd\"" },
	{ "\xc0\x80", "\"\\ufffd\\ufffd\"" }
};

int
main(void)
{
	struct base_buf b;
	struct json_write w;
	char want[2 * JSON_WRITE_DEPTH + 1];
	size_t i;

	base_buf_init(&b);
	is_str(document(&b, JSON_WRITE_COMPACT), "{\"text\":\"a\\\"b\","
	    "\"i64\":-9223372036854775808,\"yes\":true,\"no\":false,"
	    "\"f7\":51.1234568,\"f64\":0.1,\"hex\":\"01ab\",\"empty\":{},"
	    "\"list\":[1,[],{\"a\":\"\"},7e1,null],\"last\":2}", "compact");
	is_str(document(&b, JSON_WRITE_SPACED), "{\"text\": \"a\\\"b\", "
	    "\"i64\": -9223372036854775808, \"yes\": true, \"no\": false, "
	    "\"f7\": 51.1234568, \"f64\": 0.1, \"hex\": \"01ab\", "
	    "\"empty\": {}, \"list\": [1, [], {\"a\": \"\"}, 7e1, null], "
	    "\"last\": 2}", "spaced");

	base_buf_reset(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	for (i = 0; i < JSON_WRITE_DEPTH; i++) {
		json_write_array(&w, NULL);
		want[i] = '[';
		want[2 * JSON_WRITE_DEPTH - 1 - i] = ']';
	}
	for (i = 0; i < JSON_WRITE_DEPTH; i++)
		json_write_end(&w);
	want[2 * JSON_WRITE_DEPTH] = '\0';
	is_str(b.data, want, "as deep as may be");

	base_buf_reset(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	json_write_text(&w, NULL, "alone");
	is_str(b.data, "\"alone\"", "a value at the top");

	for (i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++) {
		base_buf_reset(&b);
		json_write_cstr(&b, quoted[i].text);
		is_str(b.data, quoted[i].want, "a string");
	}
	base_buf_reset(&b);
	json_write_str(&b, "a\0b", 3);
	is_str(b.data, "\"a\\u0000b\"", "a NUL in it");
	base_buf_done(&b);
	return tap_done();
}
