/* SPDX-License-Identifier: MIT */
/* counts.h - what estimators say that they are made of. */
#ifndef MESA_CORE_COUNTS_H
#define MESA_CORE_COUNTS_H

#include "internal.h"

/* Names beyond these are not kept. */
#define MESA_MAX_COUNTS 16

struct mesa_counted {
    char     name[24];
    uint64_t n, least, largest, total; /* of n estimators */
};

struct mesa_counts {
    size_t              n;
    struct mesa_counted at[MESA_MAX_COUNTS];
};

#endif
