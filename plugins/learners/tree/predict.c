/* SPDX-License-Identifier: MIT */
/*
 * predict.c - class shares of the leaf that a row falls into.
 *
 * A tree of some hundred leaves is no walk but a set of tests.  Each is made
 * on 64 rows, whose answers fill a word, whether they get there or not: then
 * which of 512 rows reach a node is known from its parent's reach and answers
 * in a few operations on words, without a branch.  The leaves' values are
 * numbered, and the numbers are put together bit by bit from the reach of the
 * leaves that have the bit: where trees are fully grown on two classes there
 * are two values, and one bit.
 *
 * Larger trees are walked, several rows in step so that their waits overlap; a
 * leaf leads to itself, hence rows that arrive early do no harm.
 */
#include "predict.h"

#include <string.h>

#ifdef MESA_HAVE_TARGET_CLONES
#include <immintrin.h>
#endif

/* Rows that are tested at a time, that go in step. */
enum { CHUNK = 64, LANES = 8 };

typedef int64_t  two_bits __attribute__((vector_size(2 * sizeof(int64_t))));
typedef double   two __attribute__((vector_size(2 * sizeof(double))));
typedef int64_t  eight_bits
    __attribute__((vector_size(LANES * sizeof(int64_t))));
typedef double   eight __attribute__((vector_size(LANES * sizeof(double))));

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define HAVE_SHUFFLE
#endif
#endif

#ifdef HAVE_SHUFFLE
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

typedef double four __attribute__((vector_size(4 * sizeof(double))));

/* TREE_UNIT columns of four rows to out, out + CHUNK, ... */
TREE_INLINE void
gather_four(const double *const *row, size_t column, double *out)
{
    four a, b, c, d, ab, a_b, cd, c_d;

    memcpy(&a, row[0] + column, sizeof a);
    memcpy(&b, row[1] + column, sizeof b);
    memcpy(&c, row[2] + column, sizeof c);
    memcpy(&d, row[3] + column, sizeof d);
    ab = MIX(a, b, 0, 4, 2, 6);
    a_b = MIX(a, b, 1, 5, 3, 7);
    cd = MIX(c, d, 0, 4, 2, 6);
    c_d = MIX(c, d, 1, 5, 3, 7);
    a = MIX(ab, cd, 0, 1, 4, 5);
    b = MIX(a_b, c_d, 0, 1, 4, 5);
    c = MIX(ab, cd, 2, 3, 6, 7);
    d = MIX(a_b, c_d, 2, 3, 6, 7);
    memcpy(out, &a, sizeof a);
    memcpy(out + CHUNK, &b, sizeof b);
    memcpy(out + 2 * CHUNK, &c, sizeof c);
    memcpy(out + 3 * CHUNK, &d, sizeof d);
}
#endif

/* Columns from first on of a chunk's rows, in columns. */
TREE_INLINE void
gather_columns(const double *const *row, size_t first, size_t n,
               double *column)
{
    for (size_t c = 0; c < n; c++)
        for (size_t r = 0; r < CHUNK; r++)
            column[c * CHUNK + r] = row[r][first + c];
}

/* The columns that tests name, by unit. */
MESA_CLONES
static void
gather(const struct tree_model *m, const double *const *row, double *column)
{
    for (size_t u = 0; u < m->n_units; u++, column += TREE_UNIT * CHUNK) {
#ifdef HAVE_SHUFFLE
        if (m->n_columns >= TREE_UNIT) {
            for (size_t r = 0; r < CHUNK; r += 4)
                gather_four(row + r, m->unit[u], column + r);
            continue;
        }
#endif
        gather_columns(row, m->unit[u],
                       m->n_columns < TREE_UNIT ? m->n_columns : TREE_UNIT,
                       column);
    }
}

/*
 * Make all tests on a chunk: a bit for each row that goes left, TREE_BYTES
 * from one test to the next.  NaN > t is false, so that missing goes left by
 * "not x > t" and right by "x <= t".  EIGHT makes a test on eight rows.
 */
#define RUN_TESTS(name, target, EIGHT)                                    \
    target static void                                                    \
    name(const struct tree_model *m, const double *column, uint8_t *left) \
    {                                                                     \
        for (size_t i = 0; i < m->n_tests; i++, left += TREE_BYTES) {     \
            const struct tree_test *test = &m->test[i];                   \
            const double *x = column + test->place * (size_t)CHUNK;       \
            double t = test->threshold;                                   \
                                                                          \
            if (test->missing_left)                                       \
                TREE_UNROLL for (size_t r = 0; r < CHUNK; r += 8)         \
                    left[r / 8] = EIGHT(x + r, t, true);                  \
            else                                                          \
                TREE_UNROLL for (size_t r = 0; r < CHUNK; r += 8)         \
                    left[r / 8] = EIGHT(x + r, t, false);                 \
        }                                                                 \
    }

/* Two rows at a time, as any processor with vectors can. */
TREE_INLINE uint8_t
test_any(const double *x, double t, bool missing_left)
{
    two_bits bits = { 0, 0 };

    TREE_UNROLL for (unsigned r = 0; r < 8; r += 2) {
        two pair;

        memcpy(&pair, x + r, sizeof pair);
        bits |= (missing_left ? ~(pair > t) : pair <= t)
                & (two_bits){ INT64_C(1) << r, INT64_C(2) << r };
    }
    return (uint8_t)(bits[0] | bits[1]);
}

RUN_TESTS(run_any, , test_any)

#ifdef MESA_HAVE_TARGET_CLONES
#define TARGET_256 __attribute__((target("avx2")))
#define TARGET_512 __attribute__((target("avx512f,avx512dq")))

TARGET_256 TREE_INLINE uint8_t
test_256(const double *x, double t, bool missing_left)
{
    __m256d low = _mm256_loadu_pd(x), high = _mm256_loadu_pd(x + 4);
    __m256d all = _mm256_set1_pd(t);

    if (missing_left) {
        low = _mm256_cmp_pd(low, all, _CMP_NGT_UQ);
        high = _mm256_cmp_pd(high, all, _CMP_NGT_UQ);
    } else {
        low = _mm256_cmp_pd(low, all, _CMP_LE_OQ);
        high = _mm256_cmp_pd(high, all, _CMP_LE_OQ);
    }
    return (uint8_t)(_mm256_movemask_pd(low) | _mm256_movemask_pd(high) << 4);
}

TARGET_512 TREE_INLINE uint8_t
test_512(const double *x, double t, bool missing_left)
{
    __m512d x8 = _mm512_loadu_pd(x), all = _mm512_set1_pd(t);

    if (missing_left)
        return _mm512_cmp_pd_mask(x8, all, _CMP_NGT_UQ);
    return _mm512_cmp_pd_mask(x8, all, _CMP_LE_OQ);
}

RUN_TESTS(run_256, TARGET_256, test_256)
RUN_TESTS(run_512, TARGET_512, test_512)
#endif

static void
run_tests(const struct tree_model *m, const double *column, uint8_t *left)
{
#ifdef MESA_HAVE_TARGET_CLONES
    if (__builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512dq")) {
        run_512(m, column, left);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        run_256(m, column, left);
        return;
    }
#endif
    run_any(m, column, left);
}

MESA_CLONES
static void
find_values(const struct tree_model *m, const tree_words *left,
            tree_words *plane)
{
    tree_words reach[2 * TREE_LEAVES];

    memset(&reach[0], 255, sizeof reach[0]);
    for (size_t i = 0; i < m->n_tests; i++) {
        const struct tree_test *t = &m->test[i];
        tree_words all = reach[t->node];

        reach[t->node + 1] = all & left[i];
        reach[t->right] = all & ~left[i];
    }
    for (size_t p = 0; (m->n_shares - 1) >> p != 0; p++) {
        tree_words sum = { 0 };

        for (size_t i = 0; i <= m->n_tests; i++)
            sum |= reach[m->leaf[i].node]
                   & (0 - ((uint64_t)m->leaf[i].number >> p & 1));
        plane[p] = sum;
    }
}

/* Clang 14 finds clones from their own file only. */
void
tree_find_values(const struct tree_model *m, const tree_words *left,
                 tree_words *plane)
{
    find_values(m, left, plane);
}

/* Two classes are the usual case, and a move; of some more, a move for each
 * takes less time than to call a function. */
TREE_INLINE void
copy_shares(const double *share, size_t k, double *proba)
{
    if (k == 2) {
        memcpy(proba, share, 2 * sizeof *proba);
    } else if (k > 8) {
        memcpy(proba, share, k * sizeof *proba);
    } else {
        memcpy(proba, share, sizeof *proba);
        for (size_t c = 1; c < k; c++)
            memcpy(proba + c, share + c, sizeof *proba);
    }
}

/* The shares of n rows whose values' numbers are in planes. */
static void
copy_values(const struct tree_model *m, const tree_words *plane, size_t n,
            double *proba)
{
    size_t k = m->n_classes;

    for (size_t from = 0; from < n; from += 8) {
        size_t rows = n - from < 8 ? n - from : 8;
        uint64_t numbers = tree_numbers(m, plane, from);

        if (rows == 8 && k == 2)
            TREE_UNROLL for (size_t r = 0; r < 8; r++)
                copy_shares(m->share + (numbers >> 8 * r & 255) * 2, 2,
                            proba + (from + r) * 2);
        else
            for (size_t r = 0; r < rows; r++)
                copy_shares(m->share + (numbers >> 8 * r & 255) * k, k,
                            proba + (from + r) * k);
    }
}

/* One step of one row; a leaf steps to itself.  Which way is hard to guess:
 * no branch. */
TREE_INLINE uint32_t
next_step(const struct tree_step *step, uint32_t i, const double *row,
          bool missing)
{
    const struct tree_step *s = &step[i];
    double x = row[s->feature];
    uint32_t right = 0 - (uint32_t)!(x <= s->threshold);

    if (missing)
        right &= 0 - (uint32_t)!((x != x) & s->missing_left);
    return i + 1 + ((s->right - i - 1) & right);
}

/* The leaves of rows that may have missing values, or have none. */
TREE_INLINE void
walk_rows(const struct tree_step *step, const double *const *row,
          uint32_t *leaf, bool missing)
{
    uint32_t moved = 1, at[LANES] = { 0 };

    while (moved != 0) {
        for (int again = 0; again < 3; again++)
            TREE_UNROLL for (size_t r = 0; r < LANES; r++)
                at[r] = next_step(step, at[r], row[r], missing);
        moved = 0;
        TREE_UNROLL for (size_t r = 0; r < LANES; r++) {
            uint32_t to = next_step(step, at[r], row[r], missing);

            moved |= to ^ at[r];
            at[r] = to;
        }
    }
    memcpy(leaf, at, sizeof at);
}

/* Whether any of LANES rows of d columns has a missing value; the last columns
 * are looked at twice. */
MESA_CLONES
static bool
any_missing(const double *const *row, size_t d)
{
    eight_bits missing = { 0 };

    for (size_t r = 0; r < LANES; r++) {
        for (size_t c = 0; c < d; c += LANES) {
            size_t from = c + LANES <= d ? c : d - LANES;
            eight x = { 0 };

            if (d < LANES)
                memcpy(&x, row[r], d * sizeof *row[r]);
            else
                memcpy(&x, row[r] + from, sizeof x);
            missing |= x != x;
        }
    }
    for (size_t r = 1; r < LANES; r++)
        missing[0] |= missing[r];
    return missing[0] != 0;
}

/* Rows pick[0] ... pick[n - 1], n <= LANES, by walking them. */
static void
walk(const struct tree_model *m, const struct mesa_cmatrix *x,
     const size_t *pick, size_t n, double *proba)
{
    const double *row[LANES];
    uint32_t leaf[LANES];
    size_t k = m->n_classes;

    for (size_t r = 0; r < LANES; r++)
        row[r] = mesa_row(x, pick[r < n ? r : 0]);
    if (any_missing(row, m->n_columns))
        walk_rows(m->step, row, leaf, true);
    else
        walk_rows(m->step, row, leaf, false);
    for (size_t r = 0; r < n; r++)
        copy_shares(m->value + tree_leaf_value(&m->step[leaf[r]]) * k, k,
                    proba + pick[r] * k);
}

/* A chunk of rows from row from on; beyond n they repeat the first. */
static void
find_rows(const struct mesa_cmatrix *x, size_t from, size_t n,
          const double **row)
{
    const double *at = x->data + from * x->stride;

    if (x->index || n < CHUNK) {
        for (size_t r = 0; r < CHUNK; r++)
            row[r] = mesa_row(x, from + (r < n ? r : 0));
        return;
    }
    for (size_t r = 0; r < CHUNK; r++, at += x->stride)
        row[r] = at;
}

/* By tests, a block of rows at a time.  Words of the last block that no row is
 * in hold what was there: nobody reads what becomes of them. */
static void
predict_blocks(const struct tree_model *m, const struct mesa_cmatrix *x,
               double *proba)
{
    double column[TREE_UNITS * TREE_UNIT * CHUNK];
    tree_words left[TREE_LEAVES], plane[TREE_PLANES];
    const double *row[CHUNK];

    if (x->rows < TREE_BLOCK)
        memset(left, 0, m->n_tests * sizeof *left);
    for (size_t from = 0; from < x->rows; from += TREE_BLOCK) {
        size_t n = x->rows - from < TREE_BLOCK ? x->rows - from : TREE_BLOCK;

        for (size_t r = 0; r < n; r += CHUNK) {
            find_rows(x, from + r, n - r, row);
            gather(m, row, column);
            run_tests(m, column, (uint8_t *)left + r / 8);
        }
        tree_find_values(m, left, plane);
        copy_values(m, plane, n, proba + from * m->n_classes);
    }
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
    if (m->n_tests > 0) {
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
