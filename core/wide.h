/* SPDX-License-Identifier: MIT */
/* wide.h - products of 64-bit words in full, without a 128-bit type. */
#ifndef MESA_CORE_WIDE_H
#define MESA_CORE_WIDE_H

#include <stdint.h>

/* hi * 2^64 + lo. */
struct wide {
    uint64_t hi, lo;
};

static inline struct wide
wide_multiply(uint64_t a, uint64_t b)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32);
    uint64_t cross = a0 * b1 + (uint32_t)mid;
    struct wide product = { a1 * b1 + (mid >> 32) + (cross >> 32),
                            cross << 32 | (uint32_t)low };

    return product;
}

#endif
