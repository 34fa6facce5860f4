/* SPDX-License-Identifier: ISC */
/*
 * Report lines from a queue of unknown age: each network at most once in a
 * report, and nothing that the station tables could not hold.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "obs/batch.h"
#include "obs/source.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_obs(const struct obs_obs *o)
{
	assert(o->weight > 0 && isfinite(o->weight));
	assert(fabs(o->lat) <= 85.051 && fabs(o->lon) <= 180);
	assert(o->kind < OBS_KINDS && o->psc >= -1 && o->psc <= 1007);
}

/* The input is one submission. */
static void
check_optout(const struct obs_optout *o)
{
	assert(o->n == 1 && (o->kind == OBS_BLUE || o->kind == OBS_WIFI));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct obs_witness who = { OBS_WITNESS_PUBLIC, 7, 9 };
	struct obs_batch b;
	const struct obs_counts *c = &b.counts;
	int many = memchr(data, '\n', len) != NULL;
	const char *source;
	size_t i, n;

	obs_batch_init(&b);
	source = obs_source_get((const char *)data, len, &b.line, &n);
	assert(source != NULL && strlen(source) <= n && source[n] == '\0');
	obs_batch_begin(&b, &who, 20000);
	obs_batch_add(&b, "", 0, (const char *)data, len);
	assert(b.n <= c->upload[OBS_BLUE] + c->upload[OBS_WIFI] +
	    c->upload[OBS_CELL]);
	assert((many || c->report_upload <= 1) &&
	    b.ngrid + c->report_drop == c->report_upload);
	obs_batch_sort(&b);
	for (i = 0; i < b.n; i++) {
		check_obs(&b.obs[i]);
		assert(many || i == 0 || b.obs[i - 1].kind != b.obs[i].kind ||
		    memcmp(b.obs[i - 1].key, b.obs[i].key,
		    sizeof(b.obs[i].key)) != 0);
	}
	for (i = 0; i < b.optouts.n; i++)
		check_optout(&b.optouts.at[i]);
	obs_batch_done(&b);
	return 0;
}
