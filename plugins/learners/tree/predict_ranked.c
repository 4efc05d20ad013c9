/* SPDX-License-Identifier: MIT */
/*
 * predict_ranked.c - class shares of rows whose values are known by rank.
 *
 * As predict.c does it by tests, but a test compares ranks of 16 bits, up to
 * 32 in one instruction, and they stand column by column already.  Only the
 * rank at each test's threshold has to be looked up, by halving the values of
 * its column.
 */
#include "predict.h"

#include <string.h>

#ifdef MESA_HAVE_TARGET_CLONES
#include <immintrin.h>
#endif

/* A test on ranks: what is below bound once skip is taken off goes left.  A
 * missing value has rank 0: without a skip it is below, with a skip of 1 it
 * becomes the largest rank there is. */
struct ranked_test {
    const uint16_t *rank; /* of the first row */
    uint16_t        skip, bound;
};

typedef uint16_t eight __attribute__((vector_size(16)));

/* Make all tests on a block of rows from row first on: a bit for each that
 * goes left.  STEP rows are tested by TEST, whose answers are of type word. */
#define RUN_TESTS(name, target, word, STEP, TEST)                         \
    target static void                                                    \
    name(const struct ranked_test *test, size_t n, size_t first,          \
         tree_words *left)                                                \
    {                                                                     \
        for (size_t i = 0; i < n; i++) {                                  \
            const struct ranked_test t = test[i];                         \
            const uint16_t *rank = t.rank + first;                        \
            char *out = (char *)&left[i];                                 \
                                                                          \
            TREE_UNROLL for (size_t r = 0; r < TREE_BLOCK; r += STEP) {   \
                word bits = TEST(rank + r, t.skip, t.bound);              \
                                                                          \
                memcpy(out + r / 8, &bits, sizeof bits);                  \
            }                                                             \
        }                                                                 \
    }

/* Eight rows at a time, as any processor with vectors can. */
TREE_INLINE uint8_t
test_any(const uint16_t *rank, uint16_t skip, uint16_t bound)
{
    eight all;
    uint64_t half[2];

    memcpy(&all, rank, sizeof all);
    all = (eight)(all - skip < bound) & (eight){ 1, 2, 4, 8, 16, 32, 64, 128 };
    memcpy(half, &all, sizeof half);
    half[0] |= half[1];
    half[0] |= half[0] >> 32;
    return (uint8_t)(half[0] | half[0] >> 16);
}

RUN_TESTS(run_any, , uint8_t, 8, test_any)

#ifdef MESA_HAVE_TARGET_CLONES
#define TARGET_256 __attribute__((target("avx2")))
#define TARGET_512 __attribute__((target("avx512f,avx512bw")))

/* Sixteen rows that are not below, as words of ones. */
TARGET_256 TREE_INLINE __m256i
above_256(const uint16_t *rank, __m256i skip, __m256i bound)
{
    __m256i all = _mm256_loadu_si256((const __m256i *)(const void *)rank);

    all = _mm256_sub_epi16(all, skip);
    return _mm256_cmpeq_epi16(_mm256_max_epu16(all, bound), all);
}

TARGET_256 TREE_INLINE uint32_t
test_256(const uint16_t *rank, uint16_t skip, uint16_t bound)
{
    __m256i skips = _mm256_set1_epi16((short)skip);
    __m256i bounds = _mm256_set1_epi16((short)bound);
    __m256i above = _mm256_packs_epi16(above_256(rank, skips, bounds),
                                       above_256(rank + 16, skips, bounds));

    above = _mm256_permute4x64_epi64(above, 0xd8);
    return ~(uint32_t)_mm256_movemask_epi8(above);
}

TARGET_512 TREE_INLINE uint32_t
test_512(const uint16_t *rank, uint16_t skip, uint16_t bound)
{
    __m512i all = _mm512_sub_epi16(_mm512_loadu_si512(rank),
                                   _mm512_set1_epi16((short)skip));

    return _mm512_cmplt_epu16_mask(all, _mm512_set1_epi16((short)bound));
}

RUN_TESTS(run_256, TARGET_256, uint32_t, 32, test_256)
RUN_TESTS(run_512, TARGET_512, uint32_t, 32, test_512)
#endif

static void
run_tests(const struct ranked_test *test, size_t n, size_t first,
          tree_words *left)
{
#ifdef MESA_HAVE_TARGET_CLONES
    if (__builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512bw")) {
        run_512(test, n, first, left);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        run_256(test, n, first, left);
        return;
    }
#endif
    run_any(test, n, first, left);
}

/* The tests of a model, on ranks. */
static void
rank_tests(const struct tree_model *m, const struct mesa_ranks *x,
           struct ranked_test *out)
{
    double threshold[TREE_LEAVES];
    size_t column[TREE_LEAVES];
    uint16_t below[TREE_LEAVES];

    for (size_t i = 0; i < m->n_tests; i++) {
        const struct tree_test *t = &m->test[i];

        column[i] = m->unit[t->place / TREE_UNIT] + t->place % TREE_UNIT;
        threshold[i] = t->threshold;
    }
    mesa_ranks_below(x, m->n_tests, column, threshold, below);
    for (size_t i = 0; i < m->n_tests; i++) {
        bool left = m->test[i].missing_left;

        out[i].rank = mesa_ranks_column(x, column[i]);
        out[i].skip = !left;
        out[i].bound = (uint16_t)(below[i] + left);
    }
}

/* Two rows of two classes. */
typedef double two_pairs __attribute__((vector_size(4 * sizeof(double))));

/* The value of a row of which bits has bit 0 of its number at bit `at`, and
 * bit 1 two further; where leaves have fewer values, no row has the number. */
static const double *
share_of(const struct tree_model *m, size_t bits, size_t at)
{
    size_t number = (bits >> at & 1) | (bits >> (at + 1) & 2);

    return m->share + (number < m->n_shares ? number : 0) * 2;
}

/* Up to four values of two classes, hence two planes: what two rows add is
 * one of 16. */
MESA_CLONES
static void
add_pairs(const struct tree_model *m, const tree_words *plane, size_t n,
          double *sum)
{
    const uint8_t *low = (const uint8_t *)&plane[0];
    const uint8_t *high = (const uint8_t *)&plane[1];
    two_pairs two[16];
    size_t r = 0;

    for (size_t bits = 0; bits < 16; bits++) {
        const double *a = share_of(m, bits, 0), *b = share_of(m, bits, 1);

        two[bits] = (two_pairs){ a[0], a[1], b[0], b[1] };
    }
    for (; r + 8 <= n; r += 8)
        TREE_UNROLL for (size_t i = 0; i < 8; i += 2) {
            two_pairs all;

            memcpy(&all, sum + 2 * (r + i), sizeof all);
            all += two[(low[r / 8] >> i & 3) | (high[r / 8] >> i & 3) << 2];
            memcpy(sum + 2 * (r + i), &all, sizeof all);
        }
    for (; r < n; r++) {
        const double *a = share_of(m, (low[r / 8] >> r % 8 & 1)
                                      | (high[r / 8] >> r % 8 & 1) << 2, 0);

        sum[2 * r] += a[0];
        sum[2 * r + 1] += a[1];
    }
}

/* The shares of n rows whose values' numbers are in planes. */
static void
add_values(const struct tree_model *m, const tree_words *plane, size_t n,
           double *sum)
{
    size_t k = m->n_classes;

    if (m->n_shares <= 4 && k == 2) {
        add_pairs(m, plane, n, sum);
        return;
    }
    for (size_t from = 0; from < n; from += 8) {
        uint64_t numbers = tree_numbers(m, plane, from);

        for (size_t r = from; r < from + 8 && r < n; r++, numbers >>= 8)
            for (size_t c = 0; c < k; c++)
                sum[r * k + c] += m->share[(numbers & 255) * k + c];
    }
}

/* Allocates nothing, writes only sum: any number of threads at once. */
mesa_status
tree_add_ranked(const void *self, const struct mesa_ranks *x, size_t first,
                size_t n, double *sum, struct mesa_error *err)
{
    const struct tree_model *m = &((const struct tree *)self)->model;
    struct ranked_test test[TREE_LEAVES];
    tree_words left[TREE_LEAVES], plane[TREE_PLANES];

    if (m->n_tests == 0)
        return mesa_fail(err, MESA_ENOTSUP, "a tree of %zu nodes is not made "
                         "of tests", m->n_nodes);
    memset(plane, 0, sizeof plane);
    rank_tests(m, x, test);
    for (size_t at = 0; at < n; at += TREE_BLOCK) {
        size_t rows = n - at < TREE_BLOCK ? n - at : TREE_BLOCK;

        run_tests(test, m->n_tests, first + at, left);
        tree_find_values(m, left, plane);
        add_values(m, plane, rows, sum + at * m->n_classes);
    }
    return MESA_OK;
}
