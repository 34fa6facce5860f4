/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "base/civil.h"
#include "station/score.h"
#include "store/tally.h"

const char *
store_tally_class_name(enum obs_witness_class class)
{
	static const char *const names[STORE_TALLY_CLASSES] = { "public",
	    "keyed", "trusted", "restored", "asked" };

	assert(class < STORE_TALLY_CLASSES);
	return names[class];
}

void
store_tally_add(struct store_tally *t, enum obs_witness_class class,
    enum station_update_outcome out, const struct station_believe_told *told,
    const struct station_row *row, int64_t today)
{
	uint64_t *n = t->n[class];

	if (out == STATION_UPDATE_NONE && row != NULL &&
	    station_score_blocked(row, today))
		n[row->block_last == base_civil_days(9999, 12, 31) ?
		    STORE_TALLY_FORGOTTEN : STORE_TALLY_BLOCKED]++;

	n[STORE_TALLY_VOTE] += told->vote != 0;
	n[STORE_TALLY_DOUBT] += out == STATION_UPDATE_DOUBT;
	n[STORE_TALLY_REFUSED] += told->refused != 0;
	n[STORE_TALLY_MOVE] += out == STATION_UPDATE_MOVE;
	n[STORE_TALLY_HIDE] += out == STATION_UPDATE_HIDE;
	n[STORE_TALLY_RETURN] += out == STATION_UPDATE_RETURN;
	n[STORE_TALLY_CAPPED] += told->capped != 0;
	n[STORE_TALLY_BORN_OVER] += told->born_over != 0;
}

void
store_tally_optout(struct store_tally *t, enum obs_witness_class class)
{
	t->n[class][STORE_TALLY_OPTOUT]++;
}
