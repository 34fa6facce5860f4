/* SPDX-License-Identifier: ISC */
/* Servers that say what they were sent. */
#ifndef NET_ECHO_H
#define NET_ECHO_H

#include <stddef.h>

/*
 * Replace by "*" in WHY, words that a server answered with, what may tell of
 * a person: whatever net_scrub() takes for that, and every value of the LEN
 * bytes of JSON in SENT, what it was sent, names of networks among them.
 * WHY only gets shorter.
 */
void	net_echo_hide(char *why, const char *sent, size_t len);

#endif
