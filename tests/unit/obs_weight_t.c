/* SPDX-License-Identifier: ISC */
#include "obs/weight.h"

#include "tap.h"

#define U RADIO_CELL_UNKNOWN

int
main(void)
{
	static const struct {
		enum obs_kind kind;
		double accuracy, speed;
		int age, signal;
		double want;
	} t[] = {
		{ OBS_WIFI, NAN, NAN, U, U, 1 },
		{ OBS_WIFI, 0, 0, 0, U, 1 },
		{ OBS_WIFI, 10, NAN, U, U, 1 },
		{ OBS_WIFI, 20, NAN, U, U, .707107 },
		{ OBS_WIFI, 40, NAN, U, U, .5 },
		{ OBS_WIFI, -40, NAN, U, U, .5 },
		{ OBS_WIFI, 80, NAN, U, U, .353553 },
		{ OBS_WIFI, 160, NAN, U, U, .25 },
		{ OBS_BLUE, 100, NAN, U, U, .316228 },
		{ OBS_BLUE, 100.1, NAN, U, U, 0 },
		{ OBS_WIFI, 200, NAN, U, U, .223607 },
		{ OBS_WIFI, 200.1, NAN, U, U, 0 },
		{ OBS_CELL, 1000, NAN, U, U, .1 },
		{ OBS_CELL, 1000.1, NAN, U, U, 0 },
		{ OBS_WIFI, NAN, NAN, 1000, U, 1 },
		{ OBS_WIFI, NAN, NAN, -1000, U, 1 },
		{ OBS_WIFI, NAN, NAN, 2000, U, 1 },
		{ OBS_WIFI, NAN, NAN, -2000, U, 1 },
		{ OBS_WIFI, NAN, NAN, 4000, U, .707107 },
		{ OBS_WIFI, NAN, NAN, 5000, U, .632456 },
		{ OBS_WIFI, NAN, NAN, -8000, U, .5 },
		{ OBS_WIFI, NAN, NAN, 18000, U, .333333 },
		{ OBS_WIFI, NAN, NAN, 20000, U, .316228 },
		{ OBS_WIFI, NAN, NAN, 20001, U, 0 },
		{ OBS_WIFI, NAN, NAN, -20001, U, 0 },
		{ OBS_WIFI, NAN, 1, U, U, 1 },
		{ OBS_WIFI, NAN, 5, U, U, 1 },
		{ OBS_WIFI, NAN, 10, U, U, .707107 },
		{ OBS_WIFI, NAN, 20, U, U, .5 },
		{ OBS_WIFI, NAN, 50, U, U, .316228 },
		{ OBS_WIFI, NAN, 50.1, U, U, 0 },
		{ OBS_WIFI, NAN, NAN, U, -100, .482253 },
		{ OBS_WIFI, NAN, NAN, U, -90, .683013 },
		{ OBS_WIFI, NAN, NAN, U, -80, 1 },
		{ OBS_WIFI, NAN, NAN, U, -70, 1.524158 },
		{ OBS_WIFI, NAN, NAN, U, -60, 2.441406 },
		{ OBS_WIFI, NAN, NAN, U, -30, 16 },
		{ OBS_WIFI, NAN, NAN, U, -10, 123.456790 },
		{ OBS_WIFI, 40, 20, 8000, -60, .305176 },
		{ OBS_BLUE, NAN, NAN, U, -20, 1 },
	};
	static const struct {
		enum radio_cell_type type;
		int signal;
		double want;
	} cells[] = {
		{ RADIO_CELL_GSM, -113, .515789 }, { RADIO_CELL_GSM, -95, 1 },
		{ RADIO_CELL_GSM, -79, 2.008551 },
		{ RADIO_CELL_GSM, -51, 10.168289 }, { RADIO_CELL_GSM, U, 1 },
		{ RADIO_CELL_WCDMA, -121, .466507 },
		{ RADIO_CELL_WCDMA, -100, 1 },
		{ RADIO_CELL_WCDMA, -80, 2.441406 },
		{ RADIO_CELL_WCDMA, -50, 16 }, { RADIO_CELL_WCDMA, -25, 256 },
		{ RADIO_CELL_WCDMA, U, 1 },
		{ RADIO_CELL_LTE, -140, .301068 }, { RADIO_CELL_LTE, -105, 1 },
		{ RADIO_CELL_LTE, -89, 2.008551 }, { RADIO_CELL_LTE, -55, 16 },
		{ RADIO_CELL_LTE, -43, 47.958502 }, { RADIO_CELL_LTE, U, 1 },
		{ RADIO_CELL_NR, -156, .192350 }, { RADIO_CELL_NR, -105, 1 },
		{ RADIO_CELL_NR, -43, 47.958502 }, { RADIO_CELL_NR, U, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_near(obs_weight(t[i].kind, RADIO_CELL_GSM, t[i].accuracy,
		    t[i].speed, t[i].age, t[i].signal), t[i].want,
		    t[i].want == 0 ? 0 : 5e-7, "weight");
	for (i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		is_near(obs_weight(OBS_CELL, cells[i].type, NAN, NAN, U,
		    cells[i].signal), cells[i].want, 5e-7, "cell weight");
	return tap_done();
}
