/* SPDX-License-Identifier: ISC */
/*
 * What the three forms of submission are made of: for each a table of its
 * members, in the order in which they are checked and written.
 */
#ifndef OBS_SCHEMA_H
#define OBS_SCHEMA_H

#include <stdint.h>

enum obs_schema_type {
	OBS_SCHEMA_INT,
	OBS_SCHEMA_FLOAT,
	OBS_SCHEMA_TEXT,
	OBS_SCHEMA_NAME,	/* a text that may ask to be left out */
	OBS_SCHEMA_RADIO,	/* a word: a cell's radio */
	OBS_SCHEMA_ALIAS,	/* a number that the field before lacks */
	OBS_SCHEMA_NCI,		/* the same, of cells of NR only */
	OBS_SCHEMA_SOURCE,	/* a word: where a position is from */
	/* these are members of reports only */
	OBS_SCHEMA_REPORT_RADIO, /* of cells that name none */
	OBS_SCHEMA_STAMP,	/* milliseconds, always written */
	OBS_SCHEMA_TIME,	/* ISO 8601, written like STAMP */
	OBS_SCHEMA_BLUES,	/* a list; entries need their first field */
	OBS_SCHEMA_WIFIS,	/* the same */
	OBS_SCHEMA_CELLS,	/* a list; its first field is the radio */
	OBS_SCHEMA_OPTOUT,	/* see obs/optout.h */
	OBS_SCHEMA_OPTOUT_NAME,	/* the same; behind the lists */
	OBS_SCHEMA_OBJECT,	/* null is written if it is missing */
	OBS_SCHEMA_FLAT		/* members of the report made an object */
};

#define OBS_SCHEMA_MAX_FIELDS	16	/* of a table */
#define OBS_SCHEMA_OUT		34	/* the longest, and COMMA */
#define OBS_SCHEMA_COMMA	2	/* bytes of it before the name */

struct obs_schema_field {
	const char		*in;	/* NULL: end of the table */
	enum obs_schema_type	 type;
	uint8_t			 inlen, outlen;	/* bytes of these two */
	uint8_t			 name;	/* of BLUES and WIFIS: where SUB has it */
	char			 out[OBS_SCHEMA_OUT]; /* , "name": as written */
	const struct obs_schema_field *sub; /* of lists and objects */
};

/* By enum obs_report_api. */
extern const struct obs_schema_field *const obs_schema_report[];

struct obs_schema_word {
	const char	*in, *out;	/* NULL: end of the table */
	int		 is_new;	/* Ichnaea did not know it */
};

extern const struct obs_schema_word obs_schema_sources[];

#endif
