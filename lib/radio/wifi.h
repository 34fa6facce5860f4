/* SPDX-License-Identifier: ISC */
/*
 * Channels and frequencies of IEEE 802.11, as Ichnaea relates them; and of
 * the 6 GHz band, where a channel has the number of another one elsewhere.
 */
#ifndef RADIO_WIFI_H
#define RADIO_WIFI_H

/* Centre frequency in MHz of CHANNEL below 6 GHz, or 0 if there is none. */
int	radio_wifi_frequency(int channel);

/* Channel of a frequency in MHz, of that band if SIX_GHZ; 0: none. */
int	radio_wifi_channel(int mhz, int six_ghz);

#endif
