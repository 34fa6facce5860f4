/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <sysexits.h>

#include "check/redis.h"
#include "conf/file.h"
#include "queue/redis.h"

#define REDIS_MS	5000

int
check_redis(const struct conf_file *cf)
{
	struct queue_redis *r;
	int status = EX_OK;

	if ((r = queue_redis_new(cf->cache_url, REDIS_MS)) == NULL)
		return EX_CONFIG;
	switch (queue_redis_check(r, cf->queue_allow_eviction)) {
	case QUEUE_OK:
		break;
	case QUEUE_REFUSED:
		status = EX_CONFIG;
		break;
	default:
		status = queue_redis_status(r);
	}
	queue_redis_free(r);
	return status;
}
