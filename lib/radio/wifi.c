/* SPDX-License-Identifier: ISC */
#include "radio/wifi.h"

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
