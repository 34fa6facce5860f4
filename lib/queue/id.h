/* SPDX-License-Identifier: ISC */
/* The place of an entry in a stream. */
#ifndef QUEUE_ID_H
#define QUEUE_ID_H

#include <stddef.h>
#include <stdint.h>

struct queue_reply;

struct queue_id {
	uint64_t	ms, seq;	/* when it was added, then a number */
};
#define QUEUE_ID_TEXT		44

/* Returns 1, or 0 if TEXT (or NULL) is no id. */
int	queue_id_parse(struct queue_id *id, const char *text, size_t len);
int	queue_id_read(struct queue_id *id, const struct queue_reply *reply);

void	queue_id_format(char text[QUEUE_ID_TEXT], const struct queue_id *id);
int	queue_id_cmp(const struct queue_id *a, const struct queue_id *b);

#endif
