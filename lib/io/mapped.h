/* SPDX-License-Identifier: ISC */
/* Files that are mapped, though others may cut them at any time. */
#ifndef IO_MAPPED_H
#define IO_MAPPED_H

/*
 * Call WORK(ARG), which reads a file that is mapped.  Returns 0; or -1 if
 * WORK came to no end, because the file was cut: what it had begun to do is
 * left as it is.  WORK must not call this itself.
 */
int	io_mapped_guard(void (*work)(void *arg), void *arg);

#endif
