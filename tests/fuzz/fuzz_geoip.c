/* SPDX-License-Identifier: ISC */
/*
 * Address texts, and databases: input with the metadata's marker is one.
 * The library needs a file, so there is one in memory.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "geo/ip.h"
#include "geoip/db.h"
#include "locate/query.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const char	*__lsan_default_suppressions(void);

/*
 * Ten seconds late: files made here are old enough to be mapped, in which
 * way they are checked less.
 */
int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	ts->tv_sec += 10;
	return rc;
}

/* The library loses memory when the metadata of a file is broken. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libmaxminddb\n";
}

static void
check(const struct geoip_db *db, const char *text)
{
	struct base_addr a;
	struct geo_ip ip;

	if (base_addr_parse(&a, text) && db != NULL &&
	    geoip_db_find(db, &a, &ip) &&
	    (!(fabs(ip.lat) <= 90) || !(fabs(ip.lon) <= 180) ||
	    !(ip.radius_m > 0) || strlen(ip.code) != 2))
		abort();
}

static void
check_db(struct geoip_db *db)
{
	static const char *const addresses[] = { "1.1.1.1", "81.2.69.192",
		"89.160.20.113", "255.255.255.255", "::1", "2001:db8::1",
		"2a02:ffc0::1" };
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		check(db, addresses[i]);
	geoip_db_free(db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[64], text[64];
	int fd;

	if (memmem(data, len, "MaxMind.com", 11) == NULL) {
		if (len < sizeof(text)) {
			memcpy(text, data, len);
			text[len] = '\0';
			check(NULL, text);
		}
		return 0;
	}
	if ((fd = memfd_create("fuzz", 0)) == -1)
		err(1, "memfd_create");
	if (write(fd, data, len) != (ssize_t)len)
		err(1, "write");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_db(geoip_db_new(path));
	check_db(geoip_db_map(path));
	close(fd);
	return 0;
}
