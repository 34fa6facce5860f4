/* SPDX-License-Identifier: ISC */
/* The media types of files, by their names. */
#ifndef HTTP_TYPE_H
#define HTTP_TYPE_H

/*
 * The type of what is published under PATH, by the end of its name; of one
 * that nobody knows "application/octet-stream".
 */
const char *http_type_of(const char *path);

#endif
