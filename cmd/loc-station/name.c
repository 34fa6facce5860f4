/* SPDX-License-Identifier: ISC */
/* Networks as people name them: a kind, and an address or numbers. */
#include <stdio.h>
#include <string.h>

#include "ichnaea/rules.h"
#include "io/cli.h"
#include "radio/mac.h"
#include "radio/name.h"
#include "store/row.h"

#include "station.h"

static const struct word {
	const char	*name;
	enum kind	 kind;
} words[] = {
	{ "wifi", WIFI }, { "blue", BLUE }, { "cell", CELL }, { "area", AREA }
};
#define WORDS	(sizeof(words) / sizeof(words[0]))

enum kind
kind_of(const char *word)
{
	const struct word *w = IO_CLI_FIND(word, words);

	return w->kind;
}

const char *
kind_name(enum kind kind)
{
	size_t i;

	for (i = 0; words[i].kind != kind; i++)
		;
	return words[i].name;
}

static int
parse_mac(struct network *n, const char *name)
{
	if (!radio_mac_parse(n->key, name, strlen(name), ichnaea_rules(1)))
		return -1;
	n->table = store_row_table(n->kind == BLUE ? OBS_BLUE : OBS_WIFI,
	    n->key);
	return 0;
}

static int
parse_cell(struct network *n, const char *name)
{
	struct radio_cell c;
	enum radio_name_of of = radio_name_parse(&c, name);

	if (of != (n->kind == CELL ? RADIO_NAME_CELL : RADIO_NAME_AREA))
		return -1;
	if (n->kind == CELL) {
		radio_cell_key(n->key, &c);
		n->table = store_row_table(OBS_CELL, n->key);
	} else {
		radio_cell_area_key(n->key, &c);
		n->table = store_row_area_table(n->key);
	}
	return 0;
}

int
network_parse(struct network *n, enum kind kind, const char *name,
    const char **expected)
{
	memset(n, 0, sizeof(*n));
	n->kind = kind;
	if ((kind == BLUE || kind == WIFI ? parse_mac(n, name) :
	    parse_cell(n, name)) == 0)
		return 0;
	if (expected != NULL)
		*expected = kind == CELL ?
		    "a cell: gsm, wcdma, lte or nr-MCC-MNC-LAC-CID" :
		    kind == AREA ? "an area: gsm, wcdma, lte or "
		    "nr-MCC-MNC-LAC" : "an address of 12 hex digits";
	return -1;
}

void
network_format(char out[NAME_LEN], const struct network *n)
{
	struct radio_cell c;
	size_t i;

	if (n->kind == BLUE || n->kind == WIFI) {
		for (i = 0; i < RADIO_MAC_LEN; i++)
			snprintf(out + 2 * i, 3, "%02x", n->key[i]);
		return;
	}
	if (n->kind == CELL)
		radio_cell_from_key(&c, n->key);
	else
		radio_cell_from_area_key(&c, n->key);
	radio_name_format(out, &c);
}
