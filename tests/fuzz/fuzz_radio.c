/* SPDX-License-Identifier: ISC */
/*
 * Addresses, names of networks, and lines of cell files, all of which are
 * text from elsewhere: what is accepted is what the tables can hold, and an
 * address written in any usual way is the same one.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ichnaea/rules.h"
#include "radio/cell.h"
#include "radio/csv.h"
#include "radio/mac.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_mac(const char *text, size_t len)
{
	static const char *const forms[] = {
		"%02x%02x%02x%02x%02x%02x", "%02X:%02X:%02X:%02X:%02X:%02X",
		"%02x-%02x-%02x-%02x-%02x-%02x", "%02x%02x.%02x%02x.%02x%02x"
	};
	uint8_t again[RADIO_MAC_LEN], mac[RADIO_MAC_LEN];
	char out[32];
	size_t i;

	radio_mac_opts_out(text, len);
	if (!radio_mac_parse(mac, text, len, ichnaea_rules(0)))
		return;
	assert(radio_mac_shard(mac) < RADIO_MAC_SHARDS);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(out, sizeof(out), forms[i], mac[0], mac[1], mac[2],
		    mac[3], mac[4], mac[5]);
		assert(radio_mac_parse(again, out, strlen(out),
		    ichnaea_rules(0)) &&
		    memcmp(again, mac, sizeof(mac)) == 0);
	}
}

static int
any_mcc(int mcc)
{
	return mcc > 0;
}

static void
check_row(const struct radio_csv_form *form, const char *line, size_t len)
{
	struct radio_csv_row row;
	enum radio_csv_verdict v = radio_csv_parse(form, &row, line, len,
	    any_mcc);

	assert(v < RADIO_CSV_VERDICTS && radio_csv_name(v) != NULL);
	if (v != RADIO_CSV_OK)
		return;
	assert(radio_cell_is_stored(row.cell.type));
	assert(row.lat >= -90 && row.lat <= 90);
	assert(row.lon >= -180 && row.lon <= 180);
	assert(row.lat != 0 || row.lon != 0);
	assert(row.range_m >= 0 && row.range_m <= RADIO_CSV_RANGE_MAX_M);
	assert(row.samples >= 0);
}

/* A first line may be a header for what follows it. */
static void
check_lines(const char *line, size_t len)
{
	struct radio_csv_form form, guess;
	const char *lf = memchr(line, '\n', len), *missing = NULL;
	enum radio_csv_kind kind;
	size_t first = lf == NULL ? len : (size_t)(lf - line), rest = 0;

	radio_csv_form_init(&form);
	check_row(&form, line, first);
	assert(radio_csv_quotes(&form, line, len) <= RADIO_CSV_QUOTED);
	radio_csv_guess(&guess, line, first);
	kind = radio_csv_look(&form, line, first, &rest, &missing);
	assert(form.width > 0 && form.width <= RADIO_CSV_COLUMNS_MAX);
	if (kind == RADIO_CSV_LACKING)
		assert(missing != NULL);
	if (kind == RADIO_CSV_HEAD) {
		assert(rest > 0 && rest <= first);
		check_row(&form, line + rest, first - rest);
	}
	check_row(&form, line + first, len - first);
	if (lf != NULL)
		check_row(&form, lf + 1, len - first - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_mac((const char *)data, len);
	check_lines((const char *)data, len);
	return 0;
}
