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

/* Weight of rows from ... to - 1.  Sums on the grid are exact: four at a time
 * come to the same as one after the other, and wait less. */
TREE_INLINE double
sum_rows(const struct tree_exact *e, const uint32_t *order, size_t from,
         size_t to)
{
    double sum[4] = { 0, 0, 0, 0 };

    if (!e->w)
        return (double)(to - from);
    for (; from + 4 <= to; from += 4)
        for (size_t j = 0; j < 4; j++)
            sum[j] += e->w[row_of(e, order[from + j])];
    for (; from < to; from++)
        sum[0] += e->w[row_of(e, order[from])];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* The same of class 1 only, where there are two classes. */
TREE_INLINE double
sum_ones(const struct tree_exact *e, const uint32_t *order, size_t from,
         size_t to)
{
    double sum[4] = { 0, 0, 0, 0 };

    if (!e->w)
        return (double)count_ones(order, from, to);
    for (; from + 4 <= to; from += 4)
        for (size_t j = 0; j < 4; j++)
            sum[j] += e->w[row_of(e, order[from + j])]
                      * (double)(int32_t)(order[from + j] & 1);
    for (; from < to; from++)
        sum[0] += e->w[row_of(e, order[from])]
                  * (double)(int32_t)(order[from] & 1);
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* Move rows of one class to the left side.  Returns the weight moved. */
TREE_INLINE double
move_run(const struct tree_exact *e, const uint32_t *order, size_t from,
         size_t to, double *left)
{
    double sum = sum_rows(e, order, from, to);

    left[order[from] & ((1u << e->shift) - 1)] += sum;
    return sum;
}

/* Move rows from ... to - 1 to the left side (sign 1) or back (-1); back is
 * back, as sums are exact.  Returns the weight moved. */
TREE_INLINE double
move_rows(const struct tree_exact *e, const uint32_t *order, size_t from,
          size_t to, double sign, double *left)
{
    uint32_t mask = (1u << e->shift) - 1;
    double sum = 0;

    if (e->p->k == 2) {
        double ones = sum_ones(e, order, from, to);

        sum = sum_rows(e, order, from, to);
        left[0] += sign * (sum - ones);
        left[1] += sign * ones;
        return sign * sum;
    }
    for (size_t i = from; i < to; i++) {
        double w = sign * (e->w ? e->w[row_of(e, order[i])] : 1);

        left[order[i] & mask] += w;
        sum += w;
    }
    return sum;
}

/* A column's entries of a node that is being visited or divided. */
static inline const uint32_t *
tree_exact_entries(const struct tree_exact *e, size_t column, size_t start)
{
    return e->place ? e->spare + column * e->n
                    : e->order + column * e->n + start;
}

/* exact_classes.c */
bool tree_classes_serve(const struct tree_exact *e, size_t n);
bool tree_classes_search(const struct tree_exact *e, const uint32_t *entry,
                         size_t n, const double *total,
                         struct tree_split *best);

/* exact_few.c */
mesa_status tree_exact_few(struct tree_exact *e, struct mesa_error *err);
void tree_exact_gather(const struct tree_exact *e, size_t column,
                       size_t start, size_t n);
void tree_exact_part(struct tree_exact *e, const struct tree_span *span,
                     const struct tree_split *split);

/* exact_ranked.c */
mesa_status tree_exact_begin(void *engine, struct tree_grow *g, size_t node,
                             bool *done, struct mesa_error *err);
void tree_exact_ranked(const struct tree_exact *e, const uint32_t *order,
                       size_t n, double n1, struct tree_split *best);

/* exact_divide.c: slots of the engine */
void tree_exact_count(const void *engine, const struct tree_grow *g,
                      size_t node, const struct tree_split *split,
                      double *left);
mesa_status tree_exact_divide(void *engine, struct tree_grow *g, size_t node,
                              const struct tree_split *split, bool open_left,
                              bool open_right, struct mesa_error *err);

#endif
