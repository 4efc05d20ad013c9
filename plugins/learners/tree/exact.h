/* SPDX-License-Identifier: MIT */
/*
 * exact.h - what searching and dividing sorted columns share.
 *
 * An entry of a sorted column is a row and its class, in few bits below the
 * row's; above them, where there is room, the rank of the row's value.
 */
#ifndef MESA_TREE_EXACT_H
#define MESA_TREE_EXACT_H

#include "tree.h"

/* The row of an entry, without class and rank. */
TREE_INLINE uint32_t
row_of(const struct tree_exact *e, uint32_t entry)
{
    return entry >> e->shift & e->rows;
}

/* Entries of class 1, where there are two classes. */
TREE_INLINE size_t
count_ones(const uint32_t *order, size_t from, size_t to)
{
    uint32_t sum = 0;

    for (size_t i = from; i < to; i++)
        sum += order[i] & 1;
    return sum;
}

/* Move rows from ... to - 1 to the left side (sign 1) or back (-1); sums on
 * the grid are exact, so back is back.  Returns the weight moved. */
TREE_INLINE double
move_rows(const struct tree_exact *e, const uint32_t *order, size_t from,
          size_t to, double sign, double *left)
{
    uint32_t mask = (1u << e->shift) - 1;
    double sum = 0;

    for (size_t i = from; i < to; i++) {
        double w = sign * (e->w ? e->w[row_of(e, order[i])] : 1);

        left[order[i] & mask] += w;
        sum += w;
    }
    return sum;
}

/* exact_divide.c: slots of the engine */
void tree_exact_count(const void *engine, const struct tree_grow *g,
                      size_t node, const struct tree_split *split,
                      double *left);
mesa_status tree_exact_divide(void *engine, struct tree_grow *g, size_t node,
                              const struct tree_split *split, bool open_left,
                              bool open_right, struct mesa_error *err);

#endif
