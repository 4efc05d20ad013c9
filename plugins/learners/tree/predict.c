/* SPDX-License-Identifier: MIT */
/*
 * predict.c - class shares of the leaf that a row falls into.
 *
 * A tree of some hundred leaves is no walk but a set of tests, each of which,
 * when it says "right", rules out the leaves on its left; the first leaf not
 * ruled out is the row's (QuickScorer: Lucchese et al. 2015).  A block of rows
 * is tested at a time, one word of leaves after the other, without a branch.
 *
 * The tests are made in float, twice as many at a time as in double.  Rounding
 * never swaps two numbers, so that a row whose floats all differ from the
 * thresholds' they are compared to is tested as in double; the few other rows
 * are walked.  So are all rows of larger trees, several in step so that their
 * waits overlap; a leaf leads to itself, hence rows that arrive early do no
 * harm.
 */
#include <math.h>
#include <string.h>

#include "tree.h"

enum { BLOCK = 64, PART = 32, LANES = 8 };

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector) \
    && __has_builtin(__builtin_convertvector)
#define HAVE_SHUFFLE
#endif
#endif

#ifdef HAVE_SHUFFLE
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

typedef double four __attribute__((vector_size(4 * sizeof(double))));
typedef float  four_f __attribute__((vector_size(4 * sizeof(float))));

TREE_INLINE four_f
load_four(const double *x)
{
    four v;

    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, four_f);
}

/* TREE_UNIT columns of four rows, as floats, to out, out + BLOCK, ... */
TREE_INLINE void
gather_four(const double *const *row, size_t column, float *out)
{
    four_f a = load_four(row[0] + column), b = load_four(row[1] + column);
    four_f c = load_four(row[2] + column), d = load_four(row[3] + column);
    four_f ab = MIX(a, b, 0, 4, 1, 5), a_b = MIX(a, b, 2, 6, 3, 7);
    four_f cd = MIX(c, d, 0, 4, 1, 5), c_d = MIX(c, d, 2, 6, 3, 7);

    a = MIX(ab, cd, 0, 1, 4, 5);
    b = MIX(ab, cd, 2, 3, 6, 7);
    c = MIX(a_b, c_d, 0, 1, 4, 5);
    d = MIX(a_b, c_d, 2, 3, 6, 7);
    memcpy(out, &a, sizeof a);
    memcpy(out + BLOCK, &b, sizeof b);
    memcpy(out + 2 * BLOCK, &c, sizeof c);
    memcpy(out + 3 * BLOCK, &d, sizeof d);
}
#endif

/* Columns from first on of a block's rows, as floats, in columns. */
TREE_INLINE void
gather_columns(const double *const *row, size_t first, size_t n, float *block)
{
    for (size_t c = 0; c < n; c++)
        for (size_t r = 0; r < BLOCK; r++)
            block[c * BLOCK + r] = (float)row[r][first + c];
}

/* The columns that tests name, by unit. */
TREE_CLONES
static void
gather(const struct tree_model *m, const double *const *row, float *block)
{
    for (size_t u = 0; u < m->n_units; u++, block += TREE_UNIT * BLOCK) {
#ifdef HAVE_SHUFFLE
        if (m->n_columns >= TREE_UNIT) {
            for (size_t r = 0; r < BLOCK; r += 4)
                gather_four(row + r, m->unit[u], block + r);
            continue;
        }
#endif
        gather_columns(row, m->unit[u],
                       m->n_columns < TREE_UNIT ? m->n_columns : TREE_UNIT,
                       block);
    }
}

/* Where the lowest bit that is set is, for rows that have one alive, counted
 * from base: the exponent of its value as a float. */
TREE_INLINE void
find_lowest(const uint32_t *alive, uint32_t base, uint32_t *found)
{
    float value[PART];
    uint32_t bits[PART];

    for (size_t r = 0; r < PART; r++)
        value[r] = (float)(int32_t)(alive[r] & (0 - alive[r]));
    memcpy(bits, value, sizeof bits);
    for (size_t r = 0; r < PART; r++)
        bits[r] = (bits[r] >> 23 & 255) + base - 127;
    for (size_t r = 0; r < PART; r++)
        found[r] = alive[r] != 0 ? bits[r] : found[r];
}

/* The leaf of each row of a block, and whether a float was as large as a
 * threshold; returns whether any was.  NaN > t is false, so that missing goes
 * left; not (NaN <= t) is true. */
TREE_CLONES
static bool
run_tests(const struct tree_model *m, const float *block, uint32_t *leaf,
          uint32_t *doubt)
{
    uint32_t any = 0;

    for (size_t from = 0; from < BLOCK; from += PART, block += PART) {
        uint32_t found[PART] = { 0 }, equal[PART] = { 0 };

        for (size_t w = m->n_words; w-- > 0;) {
            const struct tree_test *test = m->test + m->first[2 * w];
            const struct tree_test *over = m->test + m->first[2 * w + 1];
            const struct tree_test *end = m->test + m->first[2 * w + 2];
            uint32_t alive[PART];

            for (size_t r = 0; r < PART; r++)
                alive[r] = UINT32_MAX;
            for (; test < over; test++) {
                const float *x = block + test->place * (size_t)BLOCK;
                float t = test->threshold;
                uint32_t keep = test->keep;

                for (size_t r = 0; r < PART; r++)
                    alive[r] &= x[r] > t ? keep : UINT32_MAX;
                for (size_t r = 0; r < PART; r++)
                    equal[r] = x[r] == t ? 1 : equal[r];
            }
            for (; test < end; test++) {
                const float *x = block + test->place * (size_t)BLOCK;
                float t = test->threshold;
                uint32_t keep = test->keep;

                for (size_t r = 0; r < PART; r++)
                    alive[r] &= x[r] <= t ? UINT32_MAX : keep;
                for (size_t r = 0; r < PART; r++)
                    equal[r] = x[r] == t ? 1 : equal[r];
            }
            find_lowest(alive, (uint32_t)w * TREE_WORD, found);
        }
        memcpy(leaf + from, found, sizeof found);
        memcpy(doubt + from, equal, sizeof equal);
        for (size_t r = 0; r < PART; r++)
            any |= equal[r];
    }
    return any != 0;
}

/* Two classes are the usual case, and two moves. */
TREE_INLINE void
copy_leaf(const double *leaf, size_t k, double *proba)
{
    if (k == 2)
        memcpy(proba, leaf, 2 * sizeof *proba);
    else
        memcpy(proba, leaf, k * sizeof *proba);
}

/* One step of one row; a leaf steps to itself.  Which way is hard to guess:
 * no branch. */
TREE_INLINE uint32_t
next_step(const struct tree_step *step, uint32_t i, const double *row)
{
    const struct tree_step *s = &step[i];
    double x = row[s->feature];
    uint32_t missing = (uint32_t)(x != x) & s->missing_left;
    uint32_t right = (uint32_t)!(x <= s->threshold) & ~missing;

    return i + 1 + ((s->right - i - 1) & (0 - right));
}

/* Rows pick[0] ... pick[n - 1], n <= LANES, by walking them. */
static void
walk(const struct tree_model *m, const struct mesa_cmatrix *x,
     const size_t *pick, size_t n, double *proba)
{
    const struct tree_step *step = m->step;
    const double *row[LANES];
    uint32_t moved = 1, at[LANES] = { 0 };
    size_t k = m->n_classes;

    for (size_t r = 0; r < LANES; r++)
        row[r] = mesa_row(x, pick[r < n ? r : 0]);
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
    for (size_t r = 0; r < n; r++)
        copy_leaf(m->value + at[r] * k, k, proba + pick[r] * k);
}

/* A block of rows from row from on; beyond n they repeat the first. */
static void
find_rows(const struct mesa_cmatrix *x, size_t from, size_t n,
          const double **row)
{
    const double *at = x->data + from * x->stride;

    if (x->index || n < BLOCK) {
        for (size_t r = 0; r < BLOCK; r++)
            row[r] = mesa_row(x, from + (r < n ? r : 0));
        return;
    }
    for (size_t r = 0; r < BLOCK; r++, at += x->stride)
        row[r] = at;
}

/* By tests, a block of rows at a time.  Rows that floats cannot tell from a
 * threshold are kept and walked together. */
static void
predict_blocks(const struct tree_model *m, const struct mesa_cmatrix *x,
               double *proba)
{
    float block[TREE_UNITS * TREE_UNIT * BLOCK];
    const double *row[BLOCK];
    uint32_t leaf[BLOCK], doubt[BLOCK];
    size_t k = m->n_classes, kept[BLOCK + LANES], n_kept = 0;

    for (size_t from = 0; from < x->rows; from += BLOCK) {
        size_t n = x->rows - from < BLOCK ? x->rows - from : BLOCK;
        double *out = proba + from * k;
        bool any;

        find_rows(x, from, n, row);
        gather(m, row, block);
        any = run_tests(m, block, leaf, doubt);
        if (k == 2)
            for (size_t r = 0; r < n; r++)
                copy_leaf(m->leaf + (size_t)leaf[r] * 2, 2, out + r * 2);
        else
            for (size_t r = 0; r < n; r++)
                copy_leaf(m->leaf + (size_t)leaf[r] * k, k, out + r * k);
        for (size_t r = 0; r < n && any; r++) {
            kept[n_kept] = from + r;
            n_kept += doubt[r];
        }
        for (; n_kept >= LANES; n_kept -= LANES)
            walk(m, x, kept + n_kept - LANES, LANES, proba);
    }
    if (n_kept > 0)
        walk(m, x, kept, n_kept, proba);
}

/* Allocates nothing, writes only proba: any number of threads at once. */
mesa_status
tree_predict_proba(const void *self, const struct mesa_cmatrix *x,
                   double *proba, struct mesa_error *err)
{
    const struct tree_model *m = &((const struct tree *)self)->model;

    if (m->n_nodes == 0)
        return mesa_fail(err, MESA_ESTATE, "the tree has not been fitted");
    if (x->cols != m->n_columns)
        return mesa_fail(err, MESA_ESHAPE, "%zu columns, but the tree was "
                         "fitted on %zu", x->cols, m->n_columns);
    if (m->n_words > 0) {
        predict_blocks(m, x, proba);
        return MESA_OK;
    }
    for (size_t from = 0; from < x->rows; from += LANES) {
        size_t n = x->rows - from < LANES ? x->rows - from : LANES;
        size_t pick[LANES];

        for (size_t r = 0; r < n; r++)
            pick[r] = from + r;
        walk(m, x, pick, n, proba);
    }
    return MESA_OK;
}
