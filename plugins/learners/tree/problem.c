/* SPDX-License-Identifier: MIT */
/*
 * problem.c - what growing works on: rows, weights and limits.
 *
 * Rows of weight 0 are left out, as scikit-learn does.  Weights are rounded
 * to a grid of 2^-52 of the power of two above their sum (whole numbers are on
 * it already), so that every sum of them is exact: then neither the order of
 * rows nor the column that they are sorted by can change a bit of a score, and
 * subtracting one part of a node leaves precisely the other.
 */
#include <math.h>

#include "criterion.h"
#include "tree.h"

/* Up to this many rows x log2 x comes from a table. */
#define TABLE_ROWS ((size_t)65536)

/* A count: whole, and exactly held by a double. */
static bool
is_whole(double x)
{
    return x >= 1 && x < 9e15 && floor(x) == x;
}

/* Rules that a range of a parameter cannot say. */
mesa_status
tree_check(const struct tree *t, struct mesa_error *err)
{
    double split = t->min_samples_split, leaf = t->min_samples_leaf;
    double features = t->max_features;

    if (split >= 1 && !(is_whole(split) && split >= 2))
        return mesa_fail(err, MESA_EINVAL, "min_samples_split is %g: neither "
                         "a count of at least 2 nor a share below 1", split);
    if (leaf > 0.5 && !is_whole(leaf))
        return mesa_fail(err, MESA_EINVAL, "min_samples_leaf is %g: neither "
                         "a count nor a share of at most 0.5", leaf);
    if (features > 1 && !is_whole(features))
        return mesa_fail(err, MESA_EINVAL, "max_features is %g: neither a "
                         "count nor a share below 1", features);
    if (t->method == TREE_HIST && t->splitter == TREE_RANDOM)
        return mesa_fail(err, MESA_EINVAL,
                         "splitter = random needs method = exact");
    return MESA_OK;
}

/* Words and shares as scikit-learn rounds them: down, but at least 1. */
static mesa_status
set_features(struct tree_problem *p, double wanted, struct mesa_error *err)
{
    size_t d = p->d, n = 0;

    if (wanted == (double)TREE_NONE)
        n = d;
    else if (wanted == (double)TREE_SQRT)
        n = (size_t)sqrt((double)d);
    else if (wanted == (double)TREE_LOG2)
        while ((size_t)2 << n <= d)
            n++;
    else if (wanted < 1)
        n = (size_t)(wanted * (double)d);
    else if (wanted > (double)d)
        return mesa_fail(err, MESA_EINVAL, "max_features is %g, but there "
                         "are %zu columns", wanted, d);
    else
        n = (size_t)wanted;
    p->max_features = n > 0 ? n : 1;
    return MESA_OK;
}

/* Shares become counts of all rows, rounded up, those of weight 0 included
 * (as scikit-learn does); a leaf's weight is a share of the total. */
static mesa_status
set_limits(struct tree_problem *p, const struct tree *t, size_t n_rows,
           struct mesa_error *err)
{
    double rows = (double)n_rows, split = t->min_samples_split;
    double leaf = t->min_samples_leaf;

    p->min_leaf = (size_t)(leaf < 1 ? ceil(leaf * rows) : leaf);
    p->min_split = (size_t)(split < 1 ? ceil(split * rows) : split);
    if (p->min_split < 2)
        p->min_split = 2;
    if (p->min_split / 2 < p->min_leaf)
        p->min_split = 2 * p->min_leaf;
    p->max_depth = t->max_depth == TREE_NONE ? SIZE_MAX
                                             : (size_t)t->max_depth;
    p->max_leaves = t->max_leaf_nodes == TREE_NONE
                  ? SIZE_MAX : (size_t)t->max_leaf_nodes;
    p->min_weight = t->min_weight_fraction_leaf * p->total;
    p->min_decrease = t->min_impurity_decrease;
    p->criterion = t->criterion;
    p->splitter = t->splitter;
    return set_features(p, t->max_features, err);
}

/* Round w[n], which sums to about total, to the grid.  The unit is a power of
 * two that keeps extreme weights from over- and underflowing when they are
 * multiplied. */
static void
put_on_grid(struct tree_problem *p, double total)
{
    int exponent;

    frexp(total, &exponent);
    p->unit = exponent > 200 || exponent < -200 ? ldexp(1, -exponent) : 1;
    p->total = 0;
    for (size_t r = 0; r < p->n; r++) {
        double steps = rint(ldexp(p->w[r], 52 - exponent));

        p->w[r] = ldexp(steps < 1 ? 1 : steps, exponent - 52) * p->unit;
        p->total += p->w[r];
    }
}

/* Weights of rows times those of classes; rows of weight 0 drop out. */
static mesa_status
set_weights(struct tree_problem *p, const struct mesa_dataset *data,
            const double *factor, struct mesa_error *err)
{
    size_t n = 0;
    double total = 0;

    p->w = mesa_alloc_raw(p->n, sizeof *p->w);
    p->row = mesa_alloc_raw(p->n, sizeof *p->row);
    if (!p->w || !p->row)
        return mesa_nomem(err, p->n, "rows");
    for (size_t r = 0; r < p->n; r++) {
        double w = (data->weight ? data->weight[r] : 1) * factor[data->y[r]];

        if (!(w > 0))
            continue;
        total += w;
        p->w[n] = w;
        p->y[n] = (uint32_t)data->y[r];
        p->row[n++] = r;
    }
    p->n = n;
    if (n == 0)
        return mesa_fail(err, MESA_EDATA, "none of %zu rows has a weight "
                         "above 0", data->x.rows);
    if (!isfinite(total))
        return mesa_fail(err, MESA_EDATA, "the weights of %zu rows add up to "
                         "more than a number can hold", n);
    put_on_grid(p, total);
    return MESA_OK;
}

/* The logarithms of whole numbers, which unweighted entropy asks for over
 * and over. */
static mesa_status
set_table(struct tree_problem *p, struct mesa_error *err)
{
    size_t n = p->n < TABLE_ROWS ? p->n : TABLE_ROWS;

    if (p->w || p->criterion != TREE_ENTROPY)
        return MESA_OK;
    p->table = mesa_alloc_raw(n + 1, sizeof *p->table);
    if (!p->table)
        return mesa_nomem(err, n + 1, "logarithms");
    p->table[0] = 0;
    for (size_t i = 1; i <= n; i++)
        p->table[i] = (double)i * mesa_math_log2((double)i);
    p->table_max = (double)n;
    return MESA_OK;
}

/* Labels, weights, limits; on failure too, to be freed. */
mesa_status
tree_problem_init(struct tree_problem *p, const struct tree *t,
                  const struct mesa_dataset *data, struct mesa_error *err)
{
    bool plain = t->class_weight.n == 0
                 || tree_word_is(&t->class_weight, "none");
    double *factor;
    mesa_status st;

    *p = (struct tree_problem){ .x = &data->x, .n = data->x.rows,
                                .d = data->x.cols, .k = data->n_classes,
                                .total = (double)data->x.rows, .unit = 1 };
    p->y = mesa_alloc_raw(p->n, sizeof *p->y);
    if (!p->y)
        return mesa_nomem(err, p->n, "rows");
    for (size_t r = 0; r < p->n; r++)
        p->y[r] = (uint32_t)data->y[r];
    if (data->weight || !plain) {
        factor = mesa_alloc_raw(p->k, sizeof *factor);
        if (!factor)
            return mesa_nomem(err, p->k, "classes");
        st = tree_class_weights(&t->class_weight, data, factor, err);
        if (st == MESA_OK)
            st = set_weights(p, data, factor, err);
        mesa_free(factor);
        if (st != MESA_OK)
            return st;
    }
    st = set_limits(p, t, data->x.rows, err);
    return st == MESA_OK ? set_table(p, err) : st;
}

void
tree_problem_free(struct tree_problem *p)
{
    mesa_free(p->y);
    mesa_free(p->w);
    mesa_free(p->row);
    mesa_free(p->table);
}
