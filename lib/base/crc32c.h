/* SPDX-License-Identifier: ISC */
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4), as iSCSI and ext4 use it. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of LEN bytes; start with CRC 0, continue with the result. */
uint32_t	base_crc32c(uint32_t crc, const void *data, size_t len);

#endif
