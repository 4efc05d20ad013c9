/* SPDX-License-Identifier: MIT */
/* matmul.h - the inner loops of matrix products, by instruction set. */
#ifndef MESA_GRAPH_MATMUL_H
#define MESA_GRAPH_MATMUL_H

#include "graph/kernels.h"

/*
 * A block of c, some rows high and some half vectors wide, to which a run of
 * k products is added: a's elements are broadcast, rows of b and c lie in
 * memory.  The last vector, or half of one if the width is odd, is at column
 * `last`: before its place if it would stick out, so that it overlaps its
 * neighbour, and both compute the same numbers.
 */
struct mesa_block {
    const void *a, *b;
    void       *c;
    size_t      a_row, a_step; /* elements to the next row, next product */
    size_t      ldb, ldc, k, last;
    bool        resume;        /* go on from what c holds, not from 0 */
    size_t      row, column;   /* in c, for what comes after: now, or never */
    size_t      n_after;
    const struct mesa_after *after;
};

enum {
    MESA_BLOCK_WIDTH = 6,  /* at most so many half vectors */
    MESA_BLOCK_HEIGHTS = 5 /* 1, 2, 4, 5, 8 rows */
};

typedef void mesa_block_function(const struct mesa_block *t);

/* A product with a column: m rows of a, k long and a_row apart, by b, whose
 * elements are b_step apart.  out is dense. */
struct mesa_dots {
    const void *a, *b;
    void       *out;
    size_t      a_row, b_step, m, k;
    bool        resume;
};

/* For one type of element and one instruction set. */
struct mesa_matmul_set {
    size_t half; /* elements of half a vector */
    /* By width - 1 and the number of the height; NULL for what would not fit
     * the registers. */
    mesa_block_function *block[MESA_BLOCK_WIDTH][MESA_BLOCK_HEIGHTS];
    void (*dots)(const struct mesa_dots *t); /* or NULL */
};

/* The i-th set that this processor can run, from the fastest (0) to the one
 * that all can; NULL beyond.  size: of an element, 4 or 8. */
const struct mesa_matmul_set *mesa_matmul_set(size_t i, size_t size);

/* Rows first ... end - 1 of the product with a given set. */
void mesa_matmul_with(const struct mesa_matmul_set *set,
                      const struct mesa_product *p, size_t size, size_t first,
                      size_t end);

#endif
