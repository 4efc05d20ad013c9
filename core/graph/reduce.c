/* SPDX-License-Identifier: MIT */
/*
 * reduce.c - sums and maxima along the last axis or the first.
 *
 * Along the last, elements go to LANES chains in turn, CHUNK at a time; along
 * the first, all columns of a strip are reduced side by side, RUN rows at a
 * time.  The results of these are combined by a balanced tree, so that
 * rounding errors grow with the logarithm of the length.
 */
#include "graph/kernels.h"
#include "vmath_kernel.h"

enum {
    CHUNK = 256,
    LANES = 32,
    FEW = 16, /* so many are combined in order */
    RUN = 64,
    WIDE = 32,
    NARROW = 8
};

/* b if it is larger or NaN, a at a tie. */
KERNEL float
larger_f32(float a, float b)
{
    uint32_t ua, ub, mask = 0 - (uint32_t)((b > a) | (b != b));

    memcpy(&ua, &a, sizeof a);
    memcpy(&ub, &b, sizeof b);
    ua = (ub & mask) | (ua & ~mask);
    memcpy(&a, &ua, sizeof a);
    return a;
}

KERNEL double
larger_f64(double a, double b)
{
    return pick((b > a) | (b != b), b, a);
}

#define SUM(a, b) ((a) + (b))
#define LARGER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))

#define ELEMENT float
#define NAME(x) sum_##x##_f32
#define COMBINE SUM
#define CHOOSE SUM
#define NEUTRAL 0
#include "graph/reduce_loops.h"

#define ELEMENT double
#define NAME(x) sum_##x##_f64
#define COMBINE SUM
#define CHOOSE SUM
#define NEUTRAL 0
#include "graph/reduce_loops.h"

#define ELEMENT float
#define NAME(x) max_##x##_f32
#define COMBINE larger_f32
#define CHOOSE LARGER
#define NEUTRAL -__builtin_inff()
#include "graph/reduce_loops.h"

#define ELEMENT double
#define NAME(x) max_##x##_f64
#define COMBINE larger_f64
#define CHOOSE LARGER
#define NEUTRAL -__builtin_inf()
#include "graph/reduce_loops.h"

#define REDUCE(loop)                                                      \
    void                                                                  \
    mesa_reduce_##loop(const void *x, size_t rows, size_t n,              \
                       size_t stride, void *out)                          \
    {                                                                     \
        loop(x, rows, n, stride, out);                                    \
    }
REDUCE(sum_last_f32)
REDUCE(sum_last_f64)
REDUCE(max_last_f32)
REDUCE(max_last_f64)
REDUCE(sum_first_f32)
REDUCE(sum_first_f64)
REDUCE(max_first_f32)
REDUCE(max_first_f64)

/* A strip of columns stays in registers for all rows. */
#define ADD_ROWS(type, name)                                              \
    MESA_CLONES static void                                               \
    name##_strip(const type *x, size_t rows, size_t n, type *out)         \
    {                                                                     \
        type sum[WIDE];                                                   \
                                                                          \
        memcpy(sum, out, sizeof sum);                                     \
        for (; rows > 0; rows--, x += n)                                  \
            for (int j = 0; j < WIDE; j++)                                \
                sum[j] += x[j];                                           \
        memcpy(out, sum, sizeof sum);                                     \
    }                                                                     \
                                                                          \
    void                                                                  \
    mesa_##name(const void *x, size_t rows, size_t n, bool resume,        \
                void *out)                                                \
    {                                                                     \
        const type *from = x;                                             \
        type *to = out;                                                   \
        size_t j = 0;                                                     \
                                                                          \
        if (!resume)                                                      \
            memset(to, 0, n * sizeof *to);                                \
        for (; j + WIDE <= n; j += WIDE)                                  \
            name##_strip(from + j, rows, n, to + j);                      \
        for (; j < n; j++)                                                \
            for (size_t i = 0; i < rows; i++)                             \
                to[j] += from[i * n + j];                                 \
    }
ADD_ROWS(float, add_rows_f32)
ADD_ROWS(double, add_rows_f64)
