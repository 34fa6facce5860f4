/* SPDX-License-Identifier: ISC */
#ifndef NET_SCRUB_H
#define NET_SCRUB_H

/*
 * Replace by "*" in TEXT, which only gets shorter, what may say where or who
 * somebody is or what opens a door: IP and MAC addresses, numbers with two
 * decimals or more, what follows "key=" or its like, user and password of an
 * URL, and words of 16 characters or more that mix letters and digits.
 */
void	net_scrub(char *text);

#endif
