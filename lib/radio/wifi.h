/* SPDX-License-Identifier: ISC */
/* Channels and frequencies of IEEE 802.11, as Ichnaea relates them. */
#ifndef RADIO_WIFI_H
#define RADIO_WIFI_H

/* Centre frequency in MHz of CHANNEL, or 0 if there is none. */
int	radio_wifi_frequency(int channel);

/* Channel of a frequency in MHz, or 0 if there is none. */
int	radio_wifi_channel(int mhz);

#endif
