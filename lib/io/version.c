/* SPDX-License-Identifier: ISC */
#include "io/version.h"

const char io_version_commit[] = LOC_COMMIT;
