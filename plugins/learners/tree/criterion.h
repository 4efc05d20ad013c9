/* SPDX-License-Identifier: MIT */
/*
 * criterion.h - how good a cut is, in one fixed order of operations.
 *
 * For class weights l (left), r (right), t = l + r and their sums L, R, W, the
 * fall of the Gini impurity is
 *
 *     sum_c (l_c W - t_c L)^2 / (L R W^2):
 *
 * one division, no cancellation.  W is the same for all cuts of a node, so
 * that the score leaves it out; with two classes both terms are equal and one
 * is enough.  Weights lie on a grid (problem.c) that keeps every sum exact;
 * hence a score depends on which rows are left, not on the order in which they
 * were added up.  Entropy is scored by the sum of x log2 x.
 */
#ifndef MESA_TREE_CRITERION_H
#define MESA_TREE_CRITERION_H

#include <math.h>

#include "tree.h"

/* a b - c d within 1.5 ulp (Kahan; Jeannerod, Louvet and Muller 2013), and
 * exactly where the products are. */
TREE_INLINE double
tree_difference(double a, double b, double c, double d)
{
    double cd = c * d;

    return fma(a, b, -cd) + fma(-c, d, cd);
}

/* x log2 x, and 0 for 0. */
TREE_INLINE double
tree_xlogx(const struct tree_problem *p, double x)
{
    if (x <= 0)
        return 0;
    if (x <= p->table_max)
        return p->table[(size_t)x];
    return x * mesa_math_log2(x);
}

/* Two classes and whole numbers: n rows, n1 of class 1; l and l1 left. */
TREE_INLINE double
tree_score_counts(const struct tree_problem *p, double l, double l1, double n,
                  double n1)
{
    double r = n - l, r1 = n1 - l1;

    if (p->criterion == TREE_GINI) {
        double t = l1 * n - n1 * l;

        return t * t / (l * r);
    }
    return tree_xlogx(p, l - l1) + tree_xlogx(p, l1) - tree_xlogx(p, l)
           + (tree_xlogx(p, r - r1) + tree_xlogx(p, r1) - tree_xlogx(p, r));
}

/* The sum in the score of a cut for any classes and weights. */
TREE_INLINE double
tree_gini(const struct tree_problem *p, const double *left, double l,
          const double *total, double w)
{
    double sum = 0;

    for (size_t c = p->k == 2; c < p->k; c++) {
        double t = tree_difference(left[c], w, total[c], l);

        sum += t * t;
    }
    return sum;
}

/* False only if the cut's score does not exceed the other one: without a
 * division, and with a margin wider than all that is rounded here. */
TREE_INLINE bool
tree_may_exceed(const struct tree_problem *p, const double *left, double l,
                const double *total, double w, double score)
{
    return !(tree_gini(p, left, l, total, w)
             < score * (l * (w - l)) * (1 - 0x1p-50));
}

/* The same for any classes and weights. */
TREE_INLINE double
tree_score(const struct tree_problem *p, const double *left, double l,
           const double *total, double w)
{
    double r = w - l, a = 0, b = 0;

    if (p->criterion == TREE_GINI)
        return tree_gini(p, left, l, total, w) / (l * r);
    for (size_t c = 0; c < p->k; c++) {
        a += tree_xlogx(p, left[c]);
        b += tree_xlogx(p, total[c] - left[c]);
    }
    return a - tree_xlogx(p, l) + (b - tree_xlogx(p, r));
}

/* Impurity of a node: Gini's 1 - sum p^2 as sum p (1 - p), or bits. */
TREE_INLINE double
tree_impurity(const struct tree_problem *p, const double *total, double w)
{
    double sum = 0;

    for (size_t c = 0; c < p->k; c++) {
        double q = total[c] / w;

        if (total[c] <= 0)
            continue;
        sum += p->criterion == TREE_GINI ? q * ((w - total[c]) / w)
                                         : -q * mesa_math_log2(q);
    }
    return sum;
}

#endif
