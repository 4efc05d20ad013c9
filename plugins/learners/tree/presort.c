/* SPDX-License-Identifier: MIT */
/*
 * presort.c - the rows of a column in order of their values.
 *
 * The bits of a double, sign folded in, compare as an unsigned number.  A
 * stable radix sort (least significant digit first) orders (upper half of the
 * key, row) pairs in three passes; what the digits left undecided, an insertion
 * pass decides on the values.  Should that pass find too much to do, as in
 * columns whose values share their upper half, the lower half is radix-sorted
 * first.  O(n) in time; rows of equal value stay in order of row, NaN last.
 */
#include <math.h>
#include <string.h>

#include "tree.h"

enum { SMALL_BITS = 8, LARGE_BITS = 11, PASSES = 3 };

/* Below this many rows the counters of an 11-bit digit cost more than they
 * save. */
#define SMALL_ROWS ((size_t)2048)

/* Fewer rows than this are mostly told apart by 16 bits; 65535 at most. */
#define FEW_ROWS ((size_t)32768)

/* A number that rises with the value; NaN has the largest. */
static inline uint64_t
key_of(double x)
{
    uint64_t bits;

    if (isnan(x))
        return UINT64_MAX;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ ((bits >> 63) != 0 ? UINT64_MAX : UINT64_C(1) << 63);
}

/* Sort pairs by the three digits from bit first on; scratch is as long.
 * Returns which of the two holds the result. */
static uint64_t *
sort_pairs(uint64_t *pairs, uint64_t *scratch, size_t n, unsigned first,
           unsigned bits)
{
    uint32_t count[PASSES][1 << LARGE_BITS];
    uint32_t mask = (1u << bits) - 1;

    for (int d = 0; d < PASSES; d++)
        memset(count[d], 0, ((size_t)mask + 1) * sizeof count[d][0]);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = pairs[i] >> first;

        count[0][key & mask]++;
        count[1][key >> bits & mask]++;
        count[2][key >> 2 * bits & mask]++;
    }
    for (int d = 0; d < PASSES; d++) {
        unsigned shift = first + (unsigned)d * bits;
        uint32_t sum = 0;
        uint64_t *swap = pairs;

        if (count[d][pairs[0] >> shift & mask] == n)
            continue; /* all have the same digit */
        for (uint32_t j = 0; j <= mask; j++) {
            uint32_t c = count[d][j];

            count[d][j] = sum;
            sum += c;
        }
        for (size_t i = 0; i < n; i++)
            scratch[count[d][pairs[i] >> shift & mask]++] = pairs[i];
        pairs = scratch;
        scratch = swap;
    }
    return pairs;
}

/* Order by value within stretches of equal keys.  False once that has taken
 * more moves than a radix sort would. */
static bool
sort_rest(const double *value, uint64_t *pairs, size_t n, unsigned first)
{
    size_t moves = 0;

    for (size_t i = 1; i < n; i++) {
        uint64_t pair = pairs[i];
        size_t j = i;
        double x;

        if (pair >> first != pairs[i - 1] >> first)
            continue;
        x = value[(uint32_t)pair];
        for (; j > 0 && pairs[j - 1] >> first == pair >> first
               && value[(uint32_t)pairs[j - 1]] > x; j--)
            pairs[j] = pairs[j - 1];
        pairs[j] = pair;
        moves += i - j;
        if (moves > 8 * n)
            return false;
    }
    return true;
}

/* All 64 bits of the keys: the lower half, then, stably, the upper. */
static uint64_t *
sort_whole(const double *value, uint64_t *pairs, uint64_t *scratch, size_t n)
{
    uint64_t *sorted;

    for (size_t i = 0; i < n; i++)
        pairs[i] = key_of(value[i]) << 32 | i;
    sorted = sort_pairs(pairs, scratch, n, 32, LARGE_BITS);
    for (size_t i = 0; i < n; i++) {
        uint64_t row = (uint32_t)sorted[i];

        sorted[i] = (key_of(value[row]) >> 32) << 32 | row;
    }
    return sort_pairs(sorted, sorted == pairs ? scratch : pairs, n, 32,
                      LARGE_BITS);
}

/* The least and the largest value that is not NaN; none: +inf, -inf. */
TREE_INLINE void
find_range(const double *value, size_t n, double *low, double *high)
{
    double least[8], most[8];
    size_t i = 0;

    for (size_t j = 0; j < 8; j++) {
        least[j] = INFINITY;
        most[j] = -INFINITY;
    }
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++) {
            least[j] = value[i + j] < least[j] ? value[i + j] : least[j];
            most[j] = value[i + j] > most[j] ? value[i + j] : most[j];
        }
    for (; i < n; i++) {
        least[0] = value[i] < least[0] ? value[i] : least[0];
        most[0] = value[i] > most[0] ? value[i] : most[0];
    }
    *low = least[0];
    *high = most[0];
    for (size_t j = 1; j < 8; j++) {
        *low = least[j] < *low ? least[j] : *low;
        *high = most[j] > *high ? most[j] : *high;
    }
}

/* Where a value lies between low and low + 65534 / scale; at most 65534,
 * even if rounding says otherwise, and 65535 for NaN. */
TREE_INLINE uint32_t
place_of(double x, double low, double scale)
{
    double at = (x - low) * scale;

    at = at < 65534 ? at : 65534;
    at = x == x ? at : 65535;
    return (uint32_t)(int32_t)at;
}

TREE_INLINE void
number_values(const double *value, size_t n, double low, double scale,
              uint32_t *number)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            number[i + j] = place_of(value[i + j], low, scale);
    for (; i < n; i++)
        number[i] = place_of(value[i], low, scale);
}

/* Few rows: two passes over a 16-bit number that rises with the value, from
 * where it lies between the least and the largest; NaN is the largest number.
 * Then an insertion pass, as above.  False if there is no such number or it
 * says too little. */
MESA_CLONES
static bool
sort_few(const double *value, size_t n, uint32_t *pairs, uint32_t *scratch)
{
    uint32_t count[2][256] = { { 0 } }, sum[2] = { 0, 0 };
    double low, high, scale, most = -INFINITY;
    size_t moves = 0;

    find_range(value, n, &low, &high);
    scale = 65534 / (high - low);
    if (!(scale > 0 && scale < 1e300))
        return false;
    number_values(value, n, low, scale, scratch);
    for (size_t i = 0; i < n; i++) {
        count[0][scratch[i] & 255]++;
        count[1][scratch[i] >> 8]++;
        scratch[i] = scratch[i] << 16 | (uint32_t)i;
    }
    for (size_t j = 0; j < 256; j++)
        for (size_t p = 0; p < 2; p++) {
            uint32_t c = count[p][j];

            count[p][j] = sum[p];
            sum[p] += c;
        }
    for (size_t i = 0; i < n; i++)
        pairs[count[0][scratch[i] >> 16 & 255]++] = scratch[i];
    for (size_t i = 0; i < n; i++)
        scratch[count[1][pairs[i] >> 24]++] = pairs[i] & 65535;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = scratch[i];
        double x = value[row];
        size_t j = i;

        if (!(x < most)) {
            most = x;
            pairs[i] = row;
            continue;
        }
        for (; j > 0 && value[pairs[j - 1]] > x; j--)
            pairs[j] = pairs[j - 1];
        pairs[j] = row;
        moves += i - j;
        if (moves > 8 * n)
            return false;
    }
    return true;
}

/* Entries of sorted rows, with ranks if there is room for them. */
static bool
make_entries(const double *value, const uint32_t *y, size_t n, unsigned shift,
             double same, uint32_t *order)
{
    uint32_t rank = 0;
    bool near = false;
    double before = value[order[0]];

    if (n << shift > TREE_RANKED) {
        for (size_t i = 0; i < n; i++)
            order[i] = order[i] << shift | y[order[i]];
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t row = order[i];
        double x = value[row];

        rank += x > before;
        near |= (x > before) & (x <= before + same); /* no branch to guess */
        before = x;
        order[i] = rank << TREE_RANK | row << shift | y[row];
    }
    return near;
}

/* The short way if rows are few and it serves, else by the keys. */
bool
tree_presort(const double *value, const uint32_t *y, size_t n, unsigned shift,
             double same, uint64_t *pairs, uint32_t *order)
{
    unsigned bits = n < SMALL_ROWS ? SMALL_BITS : LARGE_BITS;
    unsigned first = n < SMALL_ROWS ? 64 - PASSES * SMALL_BITS : 32;
    uint64_t *sorted;

    if (n < FEW_ROWS && sort_few(value, n, order, (uint32_t *)pairs))
        return make_entries(value, y, n, shift, same, order);
    for (size_t i = 0; i < n; i++)
        pairs[i] = (key_of(value[i]) >> 32) << 32 | i;
    sorted = sort_pairs(pairs, pairs + n, n, first, bits);
    if (!sort_rest(value, sorted, n, first))
        sorted = sort_whole(value, pairs, pairs + n, n);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)sorted[i];
    return make_entries(value, y, n, shift, same, order);
}
