/* SPDX-License-Identifier: MIT */
/*
 * ranking.c - average precision and ROC AUC without sorting all rows.
 *
 * Average precision changes only at the scores of positive rows, and the area
 * under the ROC curve is the Mann-Whitney count: sorting the positive scores
 * and finding the place of each negative one among them is enough.  That is
 * n log P steps, and P is small where a class is scarce.  When P is large the
 * negatives are radix sorted as well and merged, in O(n).  Where the positives
 * have few scores, as votes of a few trees do, all rows are compared with each
 * of these, in vectors.  All ways count in integers, so they agree exactly;
 * sums run from the highest threshold down.
 */
#include "ranking.h"

#include "total.h"
#include "vmath_kernel.h"

#include <string.h>

/* Positives up to this many are searched, more are merged.  Measured: a
 * search of 8 steps costs a little less than a radix sort. */
#define SEARCHED ((size_t)256)

/* Fewer keys than this are sorted by insertion. */
#define FEW ((size_t)48)

/* Up to so many scores are compared with all rows.  Measured: a search takes
 * as long as 100 comparisons in the widest vectors, and 16 in the narrowest. */
#define COMPARED ((size_t)32)

/* Rows at a time: they stay in the cache for all scores. */
#define BLOCK ((size_t)1024)

/* Labels at a time that are looked at for one of the positives. */
#define RUN ((size_t)16)

/* Integers in the order of the doubles; both zeros are one. */
static inline uint64_t
order_key(double x)
{
    uint64_t bits = to_bits(x + 0.0);

    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static void
sort_few(uint64_t *key, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t moving = key[i];
        size_t at = i;

        for (; at > 0 && key[at - 1] > moving; at--)
            key[at] = key[at - 1];
        key[at] = moving;
    }
}

/* One byte of a radix sort, lowest first; false if all keys share it. */
static bool
sort_byte(const uint64_t *key, uint64_t *out, size_t n, int shift,
          size_t start[256])
{
    size_t at = 0;

    if (start[key[0] >> shift & 255] == n)
        return false;
    for (int b = 0; b < 256; b++) {
        size_t size = start[b];

        start[b] = at;
        at += size;
    }
    for (size_t i = 0; i < n; i++)
        out[start[key[i] >> shift & 255]++] = key[i];
    return true;
}

/* Ascending, in place, if few keys differ. */
static bool
sort_repeated(uint64_t *key, size_t n)
{
    uint64_t score[COMPARED] = { 0 };
    size_t times[COMPARED], m = 0;

    for (size_t i = 0; i < n; i++) {
        size_t at = m;

        while (at > 0 && score[at - 1] > key[i])
            at--;
        if (at > 0 && score[at - 1] == key[i]) {
            times[at - 1]++;
            continue;
        }
        if (m == COMPARED)
            return false;
        memmove(score + at + 1, score + at, (m - at) * sizeof *score);
        memmove(times + at + 1, times + at, (m - at) * sizeof *times);
        score[at] = key[i];
        times[at] = 1;
        m++;
    }
    for (size_t j = 0; j < m; j++)
        while (times[j]-- > 0)
            *key++ = score[j];
    return true;
}

/* Ascending, in place; spare has room for n. */
static void
sort_keys(uint64_t *key, uint64_t *spare, size_t n)
{
    size_t count[8][256];
    uint64_t *from = key, *to = spare;

    if (n < FEW) {
        sort_few(key, n);
        return;
    }
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < n; i++)
        for (int b = 0; b < 8; b++)
            count[b][key[i] >> 8 * b & 255]++;
    for (int b = 0; b < 8; b++)
        if (sort_byte(from, to, n, 8 * b, count[b])) {
            uint64_t *swap = from;

            from = to;
            to = swap;
        }
    if (from != key)
        memcpy(key, from, n * sizeof *key);
}

mesa_status
mesa_ranking_init(struct mesa_ranking *k, const struct mesa_outcome *o,
                  struct mesa_error *err)
{
    memset(k, 0, sizeof *k);
    k->positive = mesa_alloc_raw(o->n + 1, 4 * sizeof *k->positive);
    if (!k->positive)
        return mesa_nomem(err, o->n, "scores");
    k->spare = k->found = k->positive + o->n;
    k->tied = k->found + o->n + 1;
    k->all = k->tied + o->n + 1;
    return MESA_OK;
}

void
mesa_ranking_fini(struct mesa_ranking *k)
{
    mesa_free(k->positive);
    k->positive = NULL;
}

/* One of two classes; both numbers are read, as gcc 12 does not vectorise
 * reading every other one. */
MESA_INLINE void
make_run(const double *restrict proba, size_t n, uint32_t c,
         uint64_t *restrict out)
{
    for (size_t r = 0; r < n; r++)
        out[r] = order_key(pick((int)c, proba[2 * r + 1], proba[2 * r]));
}

/* The scores of class c. */
MESA_CLONES static void
make_keys(const double *proba, size_t n, uint32_t n_classes, uint32_t c,
          uint64_t *out)
{
    size_t r = 0;

    for (; n_classes == 2 && r + MESA_LANES <= n; r += MESA_LANES)
        make_run(proba + 2 * r, MESA_LANES, c, out + r);
    for (; r < n; r++)
        out[r] = order_key(proba[r * n_classes + c]);
}

/* Every key is written, and the end moves: a branch would be guessed wrong
 * wherever classes are mixed. */
static size_t
select_run(const uint64_t *all, const int32_t *y, size_t n, uint32_t c,
           bool wanted, uint64_t *out)
{
    size_t count = 0;

    for (size_t r = 0; r < n; r++) {
        out[count] = all[r];
        count += ((uint32_t)y[r] == c) == wanted;
    }
    return count;
}

MESA_INLINE bool
any_is(const int32_t *y, size_t n, uint32_t c)
{
    uint32_t found = 0;

    for (size_t r = 0; r < n; r++)
        found |= (uint32_t)y[r] == c;
    return found;
}

/* Those of class c, or those that are not; where the former are scarce, most
 * runs of rows have none. */
static size_t
select_keys(const struct mesa_ranking *k, const struct mesa_outcome *o,
            uint32_t c, bool wanted, uint64_t *out)
{
    uint64_t *end = out;
    size_t r = 0;

    for (; r + RUN <= o->n; r += RUN)
        if (!wanted || any_is(o->y + r, RUN, c))
            end += select_run(k->all + r, o->y + r, RUN, c, wanted, end);
    end += select_run(k->all + r, o->y + r, o->n - r, c, wanted, end);
    return (size_t)(end - out);
}

/* How many of the ascending keys differ; more than COMPARED are many. */
static size_t
count_scores(const uint64_t *key, size_t n)
{
    size_t count = n > 0;

    for (size_t i = 1; i < n && count <= COMPARED; i++)
        count += key[i] != key[i - 1];
    return count;
}

void
mesa_ranking_fill(struct mesa_ranking *k, const struct mesa_outcome *o,
                  uint32_t c)
{
    make_keys(o->proba, o->n, o->n_classes, c, k->all);
    k->n_positive = select_keys(k, o, c, true, k->positive);
    k->n_negative = o->n - k->n_positive;
    if (k->n_positive > SEARCHED || !sort_repeated(k->positive, k->n_positive))
        sort_keys(k->positive, k->spare, k->n_positive);
    k->n_scores = count_scores(k->positive, k->n_positive);
    if (k->n_scores <= COMPARED)
        return;
    k->negative = k->positive + k->n_positive;
    select_keys(k, o, c, false, k->negative);
    if (k->n_positive > SEARCHED)
        sort_keys(k->negative, k->spare, k->n_negative);
}

/* How many of the n > 0 ascending keys are at most bound. */
static inline size_t
count_up_to(const uint64_t *key, size_t n, uint64_t bound)
{
    const uint64_t *low = key;

    while (n > 1) {
        size_t half = n / 2;

        /* Arithmetic, not a branch that is wrong half the time. */
        low += half & -(size_t)(low[half - 1] <= bound);
        n -= half;
    }
    return (size_t)(low - key) + (*low <= bound);
}

/* One negative, with u positives at or below it. */
static inline void
place(struct mesa_ranking *k, size_t u, uint64_t key)
{
    k->found[u]++;
    k->tied[u] += u > 0 && k->positive[u - 1] == key;
}

/* Search among the scores that differ: votes of a few trees are few. */
static void
search_negatives(struct mesa_ranking *k)
{
    uint64_t score[SEARCHED];
    size_t up_to[SEARCHED + 1], n = 0; /* [u]: positives in the first u */

    up_to[0] = 0;
    for (size_t i = 0; i < k->n_positive; i++) {
        if (n == 0 || k->positive[i] != score[n - 1])
            score[n++] = k->positive[i];
        up_to[n] = i + 1;
    }
    for (size_t i = 0; i < k->n_negative; i++)
        place(k, up_to[count_up_to(score, n, k->negative[i])],
              k->negative[i]);
}

MESA_INLINE uint64_t
above_in_run(const uint64_t *key, size_t n, uint64_t score)
{
    uint64_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += key[i] >= score;
    return count;
}

/* How many keys are at least a score. */
MESA_CLONES static uint64_t
count_at_least(const uint64_t *key, size_t n, uint64_t score)
{
    uint64_t count = 0;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK)
        count += above_in_run(key + i, BLOCK, score);
    for (; i + MESA_LANES <= n; i += MESA_LANES)
        count += above_in_run(key + i, MESA_LANES, score);
    return count + above_in_run(key + i, n - i, score);
}

/* Each of the few scores with all rows; the positives among them are known
 * and taken off.  Ties are what is not at least the next larger key too. */
static void
compare_negatives(struct mesa_ranking *k, bool ties)
{
    uint64_t bound[2 * COMPARED] = { 0 }, at_least[2 * COMPARED] = { 0 };
    const size_t n = k->n_positive, rows = n + k->n_negative;
    size_t above = k->n_negative, m = 0;

    for (size_t i = 0; i < n; i++)
        if (i == 0 || k->positive[i] != k->positive[i - 1])
            bound[m++] = k->positive[i];
    for (size_t j = 0; j < m && ties; j++)
        bound[m + j] = bound[j] + 1;
    for (size_t at = 0; at < rows; at += BLOCK)
        for (size_t j = 0; j < (ties ? 2 * m : m); j++)
            at_least[j] += count_at_least(k->all + at,
                                          MESA_MIN(BLOCK, rows - at),
                                          bound[j]);
    for (size_t j = 0, start = 0, end = 0; j < m; j++, start = end) {
        size_t found = at_least[j] - (n - start);

        k->found[start] = above - found;
        while (end < n && k->positive[end] == bound[j])
            end++;
        k->found[end] = found;
        if (ties)
            k->tied[end] = at_least[j] - at_least[m + j] - (end - start);
        above = found;
    }
}

/* Ties are counted if they are wanted, or cost nothing. */
static void
place_negatives(struct mesa_ranking *k, bool ties)
{
    const size_t n = k->n_positive;
    size_t u = 0;

    memset(k->found, 0, (n + 1) * sizeof *k->found);
    memset(k->tied, 0, (n + 1) * sizeof *k->tied);
    if (k->n_scores <= COMPARED) {
        compare_negatives(k, ties);
        return;
    }
    if (n <= SEARCHED) {
        search_negatives(k);
        return;
    }
    for (size_t i = 0; i < k->n_negative; i++) {
        while (u < n && k->positive[u] <= k->negative[i])
            u++;
        place(k, u, k->negative[i]);
    }
}

/* Where the group of equal positives that ends at end starts. */
static size_t
group_start(const struct mesa_ranking *k, size_t end)
{
    size_t at = end - 1;

    while (at > 0 && k->positive[at - 1] == k->positive[at])
        at--;
    return at;
}

double
mesa_ranking_precision(struct mesa_ranking *k)
{
    struct mesa_total sum = { 0, 0 };
    size_t n_true = 0, n_false = 0;

    place_negatives(k, false);
    for (size_t end = k->n_positive, at; end > 0; end = at) {
        at = group_start(k, end);
        n_true += end - at;
        n_false += k->found[end];
        mesa_total_add(&sum, (double)(end - at) *
                             ((double)n_true / (double)(n_true + n_false)));
    }
    return mesa_total_value(&sum) / (double)k->n_positive;
}

double
mesa_ranking_roc(struct mesa_ranking *k)
{
    const uint64_t n = k->n_positive;
    uint64_t halves = 0;

    place_negatives(k, true);
    halves = 2 * n * k->found[0];
    for (size_t end = n, at; end > 0; end = at) {
        at = group_start(k, end);
        halves += 2 * (n - end) * k->found[end] + (end - at) * k->tied[end];
    }
    return (double)halves / (2.0 * (double)n * (double)k->n_negative);
}
