/* SPDX-License-Identifier: MIT */
/*
 * predict.c - class shares of the leaf that a row falls into.
 *
 * A tree of up to 64 leaves is no walk but a set of tests, each of which, when
 * it says "right", rules out the leaves on its left; the first leaf not ruled
 * out is the row's (QuickScorer: Lucchese et al. 2015).  Sixty-four rows are
 * tested at a time, column by column, without a branch.  Larger trees are
 * walked, several rows in step so that their waits overlap; a leaf leads to
 * itself, hence rows that arrive early do no harm.
 */
#include <math.h>
#include <string.h>

#include "tree.h"

enum { BLOCK = 64, PART = 16, LANES = 8 };

/* The columns that tests name, by column; row[BLOCK] are the rows. */
TREE_CLONES
static void
gather(const double *const *row, const size_t *column, size_t n_columns,
       double *block)
{
    for (size_t c = 0; c < n_columns; c++)
        for (size_t r = 0; r < BLOCK; r++)
            block[c * BLOCK + r] = row[r][column[c]];
}

/* Leaves not ruled out, for each row of a block.  NaN > t is false, so that
 * missing goes left; not (NaN <= t) is true. */
TREE_CLONES
static void
run_tests(const struct tree_test *test, size_t n_under, size_t n_tests,
          const double *block, uint64_t *alive)
{
    for (size_t from = 0; from < BLOCK; from += PART, block += PART) {
        uint64_t a[PART];

        for (size_t r = 0; r < PART; r++)
            a[r] = UINT64_MAX;
        for (size_t i = 0; i < n_under; i++) {
            const double *x = block + test[i].feature * BLOCK;
            double t = test[i].threshold;
            uint64_t keep = test[i].keep;

            for (size_t r = 0; r < PART; r++)
                a[r] &= x[r] > t ? keep : UINT64_MAX;
        }
        for (size_t i = n_under; i < n_tests; i++) {
            const double *x = block + test[i].feature * BLOCK;
            double t = test[i].threshold;
            uint64_t keep = test[i].keep;

            for (size_t r = 0; r < PART; r++)
                a[r] &= x[r] <= t ? UINT64_MAX : keep;
        }
        for (size_t r = 0; r < PART; r++)
            alive[from + r] = a[r];
    }
}

/* Where the lowest set bit is; there is one, the row's own leaf. */
TREE_INLINE size_t
lowest_bit(uint64_t x)
{
#ifdef __GNUC__
    return (size_t)__builtin_ctzll(x);
#else
    size_t n = 0;

    for (; (x & 1) == 0; x >>= 1)
        n++;
    return n;
#endif
}

/* Two classes are the usual case, and two moves. */
TREE_INLINE void
copy_leaf(const double *leaf, size_t k, double *proba)
{
    if (k == 2) {
        proba[0] = leaf[0];
        proba[1] = leaf[1];
    } else {
        memcpy(proba, leaf, k * sizeof *proba);
    }
}

/* Up to 64 leaves, a block of rows at a time.  Tests name columns by their
 * place in the block; rows beyond the last repeat the block's first. */
static void
predict_small(const struct tree_model *m, const struct mesa_cmatrix *x,
              double *proba)
{
    struct tree_test test[64];
    size_t column[64], n_columns = 0, k = m->n_classes;
    double block[64 * BLOCK];
    const double *row[BLOCK];
    uint64_t alive[BLOCK];

    for (size_t i = 0; i < m->n_tests; i++) {
        size_t c = 0;

        while (c < n_columns && column[c] != m->test[i].feature)
            c++;
        if (c == n_columns)
            column[n_columns++] = m->test[i].feature;
        test[i] = m->test[i];
        test[i].feature = c;
    }
    for (size_t from = 0; from < x->rows; from += BLOCK) {
        size_t n = x->rows - from < BLOCK ? x->rows - from : BLOCK;

        for (size_t r = 0; r < BLOCK; r++)
            row[r] = mesa_row(x, from + (r < n ? r : 0));
        gather(row, column, n_columns, block);
        run_tests(test, m->n_under, m->n_tests, block, alive);
        for (size_t r = 0; r < n; r++)
            copy_leaf(m->leaf + lowest_bit(alive[r]) * k, k,
                      proba + (from + r) * k);
    }
}

/* One step of one row; a leaf steps to itself. */
TREE_INLINE uint32_t
next_step(const struct tree_step *step, uint32_t i, const double *row)
{
    const struct tree_step *s = &step[i];
    double x = row[s->feature];
    bool right = s->missing_left ? x > s->threshold : !(x <= s->threshold);

    return right ? s->right : i + 1;
}

/* Rows from ... from + n - 1, n <= LANES, to their leaves. */
static void
walk(const struct tree_step *step, const struct mesa_cmatrix *x, size_t from,
     size_t n, uint32_t *at)
{
    const double *row[LANES];
    uint32_t moved = 1;

    for (size_t r = 0; r < LANES; r++) {
        row[r] = mesa_row(x, from + (r < n ? r : 0));
        at[r] = 0;
    }
    while (moved != 0) {
        for (int again = 0; again < 3; again++)
            for (size_t r = 0; r < LANES; r++)
                at[r] = next_step(step, at[r], row[r]);
        moved = 0;
        for (size_t r = 0; r < LANES; r++) {
            uint32_t to = next_step(step, at[r], row[r]);

            moved |= to ^ at[r];
            at[r] = to;
        }
    }
}

/* Allocates nothing, writes only proba: any number of threads at once. */
mesa_status
tree_predict_proba(const void *self, const struct mesa_cmatrix *x,
                   double *proba, struct mesa_error *err)
{
    const struct tree_model *m = &((const struct tree *)self)->model;
    size_t k = m->n_classes;

    if (m->n_nodes == 0)
        return mesa_fail(err, MESA_ESTATE, "the tree has not been fitted");
    if (x->cols != m->n_columns)
        return mesa_fail(err, MESA_ESHAPE, "%zu columns, but the tree was "
                         "fitted on %zu", x->cols, m->n_columns);
    if (m->n_leaves <= 64) {
        predict_small(m, x, proba);
        return MESA_OK;
    }
    for (size_t from = 0; from < x->rows; from += LANES) {
        size_t n = x->rows - from < LANES ? x->rows - from : LANES;
        uint32_t at[LANES];

        walk(m->step, x, from, n, at);
        for (size_t r = 0; r < n; r++)
            copy_leaf(m->value + at[r] * k, k, proba + (from + r) * k);
    }
    return MESA_OK;
}
