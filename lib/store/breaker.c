/* SPDX-License-Identifier: ISC */
/*
 * A circuit breaker for each server that was ever connected to.  There are few,
 * so that they are searched one by one; when there are more than fit, such as
 * addresses that came and went, the oldest is forgotten.
 *
 * That a server answers again nobody has to tell: it is taken for granted when
 * the one who was let through has not tripped it in the time that an answer
 * may take.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "store/breaker.h"

#define SERVERS		16
#define OPEN_MS		(60 * 1000)
#define TRIAL_MS	5000		/* more than a wait for an answer */

enum state {
	CLOSED,				/* it answers, for all we know */
	OPEN,				/* until until_ms */
	TRIAL				/* one asks it, until until_ms */
};

struct breaker {
	char		 server[STORE_BREAKER_NAME];
	enum state	 state;
	int64_t		 until_ms;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct breaker breakers[SERVERS];	/* under the lock, as: */
static size_t used, next;
static atomic_uint trips;

static struct breaker *
find_breaker(const char *server)
{
	size_t i;

	for (i = 0; i < used; i++)
		if (strcmp(breakers[i].server, server) == 0)
			return &breakers[i];
	return NULL;
}

void
store_breaker_note(const char *server)
{
	struct breaker *b;

	pthread_mutex_lock(&lock);
	if (find_breaker(server) == NULL) {
		b = &breakers[next];
		next = (next + 1) % SERVERS;
		if (used < SERVERS)
			used++;
		*b = (struct breaker){ .state = CLOSED };
		strlcpy(b->server, server, sizeof(b->server));
	}
	pthread_mutex_unlock(&lock);
}

void
store_breaker_trip(const char *server, int64_t now_ms)
{
	struct breaker *b;

	pthread_mutex_lock(&lock);
	if ((b = find_breaker(server)) != NULL) {
		b->state = OPEN;
		b->until_ms = now_ms + OPEN_MS;
		atomic_fetch_add(&trips, 1);
	}
	pthread_mutex_unlock(&lock);
}

int
store_breaker_is_open(const char *server, int64_t now_ms)
{
	struct breaker *b;
	int is_open;

	pthread_mutex_lock(&lock);
	b = find_breaker(server);
	is_open = b != NULL && b->state != CLOSED && now_ms < b->until_ms;
	if (b != NULL && b->state != CLOSED && !is_open) {
		b->state = b->state == OPEN ? TRIAL : CLOSED;
		b->until_ms = now_ms + TRIAL_MS;
	}
	pthread_mutex_unlock(&lock);
	return is_open;
}

int
store_breaker_has_other(const char *server, int64_t now_ms)
{
	int found = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < used; i++)
		found |= strcmp(breakers[i].server, server) != 0 &&
		    (breakers[i].state == CLOSED ||
		    now_ms >= breakers[i].until_ms);
	pthread_mutex_unlock(&lock);
	return found;
}

unsigned
store_breaker_trips(void)
{
	return atomic_load(&trips);
}
