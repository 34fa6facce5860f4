/* SPDX-License-Identifier: ISC */
#include <hiredis/hiredis.h>

#include "queue/reply.h"
#include "tap.h"

/* The reply that TEXT is in Redis's protocol, with "|" for the ends of lines. */
static struct queue_reply *
parse(const char *text)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;

	for (; *text != '\0'; text++)
		redisReaderFeed(reader, *text == '|' ? "\r\n" : text,
		    *text == '|' ? 2 : 1);
	redisReaderGetReply(reader, &reply);
	redisReaderFree(reader);
	return reply;
}

static const struct {
	const char	*reply, *shape;
	int		 has;
} cases[] = {
	{ ":5|", "i", 1 }, { "+OK|", "i", 0 }, { "$1|5|", "i", 0 },
	{ "$2|ab|", "s", 1 }, { "+OK|", "s", 1 }, { "$-1|", "s", 0 },
	{ ":5|", "s", 0 }, { "*0|", "s", 0 },
	{ "$-1|", "n", 1 }, { "$2|ab|", "n", 1 }, { ":1|", "n", 0 },
	{ "-ERR|", ".", 1 }, { "-ERR|", "s", 0 }, { "*0|", ".", 1 },
	{ "*0|", "[]", 1 }, { "*1|:1|", "[]", 0 },
	{ "*2|:1|:2|", "[ii]", 1 }, { "*2|:1|$1|2|", "[ii]", 0 },
	{ "*1|:1|", "[ii]", 0 }, { "*3|:1|:2|:3|", "[ii]", 0 },
	{ ":1|", "[i]", 0 }, { "*-1|", "[]", 0 },
	{ "*0|", "*i", 1 }, { "*3|:1|:2|:3|", "*i", 1 },
	{ "*3|:1|+a|:3|", "*i", 0 }, { ":1|", "*i", 0 },
	{ "*2|$1|0|*2|+a|+b|", "[s*s]", 1 },
	{ "*2|$1|0|*2|+a|:1|", "[s*s]", 0 },
	{ "*2|*2|$3|1-0|*0|*2|$3|2-0|*2|+a|+b|", "*[s*s]", 1 },
	{ "*2|*2|$3|1-0|*0|*1|$3|2-0|", "*[s*s]", 0 },
	{ "*2|*1|:1|:2|", "[[i]i]", 1 }, { "*2|*1|:1|:2|", "[*ii]", 1 },
	{ "*0|", "{i}", 1 }, { "*2|+a|:1|", "{i}", 1 },
	{ "*4|+a|:1|+b|:2|", "{i}", 1 }, { "*3|+a|:1|+b|", "{i}", 0 },
	{ "*2|:1|:1|", "{i}", 0 }, { "*2|+a|+b|", "{i}", 0 },
	{ "*1|*2|+a|*1|:1|", "*{.}", 1 }, { "*1|*1|+a|", "*{.}", 0 },
	{ "*2|*2|+a|:1|:7|", "[{i}i]", 1 }
};

static void
parts(void)
{
	struct queue_reply *r = parse("*4|$1|a|:7|$1|b|$2|12|");
	size_t len = 0;

	is_int((long long)queue_reply_count(r), 4, "a count");
	is_int(queue_reply_num(queue_reply_member(r, "a")), 7, "a number");
	is_int(queue_reply_num(queue_reply_member(r, "b")), 12,
	    "a number as text");
	ok(queue_reply_member(r, "c") == NULL, "no such member");
	is_str(queue_reply_text(queue_reply_at(r, 2), &len), "b", "a text");
	ok(queue_reply_text(queue_reply_at(r, 1), &len) == NULL,
	    "no text");
	ok(queue_reply_at(r, 4) == NULL && queue_reply_at(NULL, 0) == NULL,
	    "no such element");
	ok(queue_reply_is_nil(NULL) && !queue_reply_is_nil(r), "nil");
	queue_reply_free(r);
}

static void
verdicts(void)
{
	struct queue_reply *r = parse("-ERR no|"), *s = parse(":1|");

	is_int(queue_reply_check(NULL, "i", "X"), QUEUE_LOST, "lost");
	is_int(queue_reply_check(r, "i", "X"), QUEUE_REFUSED, "refused");
	is_int(queue_reply_check(s, "s", "X"), QUEUE_REFUSED, "odd");
	is_int(queue_reply_check(s, "i", "X"), QUEUE_OK, "good");
	is_str(queue_reply_error(r), "ERR no", "why");
	queue_reply_free(r);
	queue_reply_free(s);
}

int
main(void)
{
	struct queue_reply *r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = parse(cases[i].reply);
		ok(r != NULL && queue_reply_has_shape(r, cases[i].shape) ==
		    cases[i].has, "%s %s %s", cases[i].reply,
		    cases[i].has ? "is" : "is not", cases[i].shape);
		queue_reply_free(r);
	}
	ok(!queue_reply_has_shape(NULL, "."), "nothing has no shape");
	parts();
	verdicts();
	return tap_done();
}
