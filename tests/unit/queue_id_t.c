/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "queue/id.h"
#include "tap.h"

static const struct {
	const char	*text;
	int		 good;
	uint64_t	 ms, seq;
} ids[] = {
	{ "1795976853152-0", 1, 1795976853152, 0 },
	{ "0-1", 1, 0, 1 },
	{ "5", 1, 5, 0 },
	{ "9223372036854775807-9223372036854775807", 1, INT64_MAX,
	    INT64_MAX },
	{ "", 0, 0, 0 }, { "-", 0, 0, 0 }, { "-1", 0, 0, 0 },
	{ "1-", 0, 0, 0 }, { "1-2-3", 0, 0, 0 }, { "1--2", 0, 0, 0 },
	{ "a-1", 0, 0, 0 }, { "1 -1", 0, 0, 0 }, { "$", 0, 0, 0 }
};

static void
order(void)
{
	static const struct queue_id sorted[] = {
		{ 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 9 }, { 2, 0 },
		{ UINT64_MAX, UINT64_MAX }
	};
	enum { N = sizeof(sorted) / sizeof(sorted[0]) };
	int bad = 0, i, j, c;

	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++) {
			c = queue_id_cmp(&sorted[i], &sorted[j]);
			bad += (c > 0) != (i > j) || (c < 0) != (i < j);
		}
	is_int(bad, 0, "ids are in the order of time, then of number");
}

int
main(void)
{
	const struct queue_id last = { UINT64_MAX, UINT64_MAX };
	char text[QUEUE_ID_TEXT];
	struct queue_id id;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		id = (struct queue_id){ 0, 0 };
		is_int(queue_id_parse(&id, ids[i].text, strlen(ids[i].text)),
		    ids[i].good, ids[i].text);
		ok(id.ms == ids[i].ms && id.seq == ids[i].seq, "its numbers");
		queue_id_format(text, &id);
		if (ids[i].good && strchr(ids[i].text, '-') != NULL)
			is_str(text, ids[i].text, "and back");
	}
	is_int(queue_id_parse(&id, NULL, 0), 0, "nothing");
	is_int(queue_id_parse(&id, "12-34", 4), 1, "a part of a text");
	ok(id.ms == 12 && id.seq == 3, "of which no more is read");
	queue_id_format(text, &last);
	is_str(text, "18446744073709551615-18446744073709551615",
	    "the last that there can be");
	order();
	return tap_done();
}
