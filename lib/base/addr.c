/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include <assert.h>
#include <string.h>

#include "base/addr.h"
#include "base/num.h"

static_assert(BASE_ADDR_LEN >= INET6_ADDRSTRLEN, "addresses fit");

static const uint8_t mapped[BASE_ADDR_V4] = { [10] = 0xff, [11] = 0xff };

void
base_addr_set_v4(struct base_addr *a, const void *v4)
{
	memcpy(a->byte, mapped, sizeof(mapped));
	memcpy(a->byte + BASE_ADDR_V4, v4, 4);
	a->is_known = 1;
}

int
base_addr_is_v4(const struct base_addr *a)
{
	return memcmp(a->byte, mapped, sizeof(mapped)) == 0;
}

int
base_addr_parse(struct base_addr *a, const char *text)
{
	uint8_t v4[4];

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, v4) == 1)
		base_addr_set_v4(a, v4);
	else
		a->is_known = inet_pton(AF_INET6, text, a->byte) == 1;
	return a->is_known;
}

/* Those of IPv4 as inet_ntop() does, which takes a hundred times as long. */
void
base_addr_format(char out[BASE_ADDR_LEN], const struct base_addr *a)
{
	const uint8_t *v4 = a->byte + BASE_ADDR_V4;
	char *p = out;
	int i;

	if (a->is_known && !base_addr_is_v4(a)) {
		inet_ntop(AF_INET6, a->byte, out, BASE_ADDR_LEN);
		return;
	}
	for (i = 0; a->is_known && i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = base_num_digits(p, v4[i], v4[i] > 99 ? 3 :
		    v4[i] > 9 ? 2 : 1);
	}
	*p = '\0';
}
