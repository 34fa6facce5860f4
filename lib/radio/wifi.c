/* SPDX-License-Identifier: ISC */
/*
 * Channels of the 2.4 and 5 GHz bands are 5 MHz apart, counted from 2407 and
 * 5000 MHz; those of Japan's 4.9 GHz band are counted from 4000 MHz and have
 * the numbers 183 to 199, of which the first three are taken for 5 GHz, as in
 * Ichnaea.  The 6 GHz band counts from 5950 MHz with numbers that others have,
 * so a channel tells its frequency below 6 GHz only.
 */
#include "radio/wifi.h"

/*
 * Channels of the 6 GHz band have numbers of other channels, so that none of
 * them is meant here.  Those above 185 count from 4 GHz.
 */
int
radio_wifi_frequency(int channel)
{
	if (channel < 1 || channel > 199)
		return 0;
	if (channel <= 13)
		return 5 * channel + 2407;
	if (channel == 14)
		return 2484;
	return 5 * channel + (channel <= 185 ? 5000 : 4000);
}

/*
 * The way back.  Channel 2 of the 6 GHz band lies beside the raster of the
 * others.
 */
int
radio_wifi_channel(int mhz, int six_ghz)
{
	if (mhz >= 2412 && mhz <= 2472)
		return (mhz - 2407) / 5;
	if (mhz == 2484)
		return 14;
	if (mhz >= 4915 && mhz <= 4995)
		return (mhz - 4000) / 5;
	if (mhz >= 5075 && mhz <= 5925)
		return (mhz - 5000) / 5;
	if (!six_ghz)
		return 0;
	if (mhz == 5935)
		return 2;
	return mhz >= 5955 && mhz <= 7115 ? (mhz - 5950) / 5 : 0;
}
