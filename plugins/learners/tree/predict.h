/* SPDX-License-Identifier: MIT */
/* predict.h - answers of many rows to a tree's tests, a bit for each. */
#ifndef MESA_TREE_PREDICT_H
#define MESA_TREE_PREDICT_H

#include <string.h>

#include "tree.h"

/* Rows whose way is found at a time, and the bytes of their answers. */
enum { TREE_BLOCK = 512, TREE_BYTES = TREE_BLOCK / 8 };

/* Bits of a value's number. */
enum { TREE_PLANES = 8 };

typedef uint64_t tree_words __attribute__((vector_size(TREE_BYTES)));

#ifdef __GNUC__
#define TREE_UNROLL _Pragma("GCC unroll 8")
#else
#define TREE_UNROLL
#endif

/* The node that has the value of a leaf: see struct tree_step. */
static inline uint32_t
tree_leaf_value(const struct tree_step *leaf)
{
    uint64_t bits;

    memcpy(&bits, &leaf->threshold, sizeof bits);
    return (uint32_t)bits;
}

static inline double
tree_leaf_mark(uint32_t node)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000000) | node;
    double mark;

    memcpy(&mark, &bits, sizeof mark);
    return mark;
}

/* Bit p of the number of each row's value to plane[p], from whether rows go
 * left at each test. */
void tree_find_values(const struct tree_model *m, const tree_words *left,
                      tree_words *plane);

/* The numbers of eight rows' values, a byte each, from row `from` on (a
 * multiple of 8).  Eight bits become eight bytes at a time: each copy of them
 * keeps another one, and all that is above 0 carries into the top bit of its
 * byte. */
static inline uint64_t
tree_numbers(const struct tree_model *m, const tree_words *plane, size_t from)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t numbers = 0;

    for (size_t p = 0; (m->n_shares - 1) >> p != 0; p++) {
        uint64_t bits = ((const uint8_t *)&plane[p])[from / 8];

        bits = (bits * ones & UINT64_C(0x8040201008040201)) + 127 * ones;
        numbers |= (bits >> 7 & ones) << p;
    }
    return numbers;
}

#endif
