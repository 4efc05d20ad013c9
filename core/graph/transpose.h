/* SPDX-License-Identifier: MIT */
/*
 * transpose.h - small blocks of a matrix turned, in vector registers.
 *
 * transpose_4 turns 4 rows of 4, transpose_8 8 rows of 4, both from memory to
 * memory; columns_8_f32 and columns_4_f64 leave the result in registers.
 */
#ifndef MESA_GRAPH_TRANSPOSE_H
#define MESA_GRAPH_TRANSPOSE_H

#include "graph/kernels.h"

#include <string.h>

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define HAVE_SHUFFLE
#endif
#endif

#ifdef HAVE_SHUFFLE
#define LOAD(row, x) memcpy(&(row), x, sizeof(row))
#define STORE(x, row) memcpy(x, &(row), sizeof(row))
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

/* out[j][i] = x[i][j], 4 by 4. */
#define TRANSPOSE_4(type, name)                                           \
    MESA_INLINE void                                                      \
    name(const type *x, size_t ldx, type *out, size_t ldout)              \
    {                                                                     \
        type __attribute__((vector_size(4 * sizeof(type)))) a, b, c, d, e, \
            f, g, h;                                                      \
                                                                          \
        LOAD(a, x);                                                       \
        LOAD(b, x + ldx);                                                 \
        LOAD(c, x + 2 * ldx);                                             \
        LOAD(d, x + 3 * ldx);                                             \
        e = MIX(a, b, 0, 4, 1, 5);                                        \
        f = MIX(a, b, 2, 6, 3, 7);                                        \
        g = MIX(c, d, 0, 4, 1, 5);                                        \
        h = MIX(c, d, 2, 6, 3, 7);                                        \
        a = MIX(e, g, 0, 1, 4, 5);                                        \
        b = MIX(e, g, 2, 3, 6, 7);                                        \
        c = MIX(f, h, 0, 1, 4, 5);                                        \
        d = MIX(f, h, 2, 3, 6, 7);                                        \
        STORE(out, a);                                                    \
        STORE(out + ldout, b);                                            \
        STORE(out + 2 * ldout, c);                                        \
        STORE(out + 3 * ldout, d);                                        \
    }

typedef float  mesa_8_f32 __attribute__((vector_size(32)));
typedef double mesa_4_f64 __attribute__((vector_size(32)));

/* Four numbers each of two rows. */
#define LOAD_ROWS(both, low, high)                                        \
    do {                                                                  \
        float __attribute__((vector_size(16))) low_, high_;               \
                                                                          \
        LOAD(low_, low);                                                  \
        LOAD(high_, high);                                                \
        (both) = MIX(low_, high_, 0, 1, 2, 3, 4, 5, 6, 7);                \
    } while (0)

/* The columns of 8 rows of 4, the rows being row[...] + at. */
MESA_INLINE void
columns_8_f32(const float *const *row, size_t at, mesa_8_f32 *column)
{
    mesa_8_f32 a, b, c, d, e, f, g, h;

    LOAD_ROWS(a, row[0] + at, row[4] + at);
    LOAD_ROWS(b, row[1] + at, row[5] + at);
    LOAD_ROWS(c, row[2] + at, row[6] + at);
    LOAD_ROWS(d, row[3] + at, row[7] + at);
    e = MIX(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    f = MIX(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
    g = MIX(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
    h = MIX(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
    column[0] = MIX(e, g, 0, 1, 8, 9, 4, 5, 12, 13);
    column[1] = MIX(e, g, 2, 3, 10, 11, 6, 7, 14, 15);
    column[2] = MIX(f, h, 0, 1, 8, 9, 4, 5, 12, 13);
    column[3] = MIX(f, h, 2, 3, 10, 11, 6, 7, 14, 15);
}

/* The same of 4 rows of 4. */
MESA_INLINE void
columns_4_f64(const double *const *row, size_t at, mesa_4_f64 *column)
{
    mesa_4_f64 a, b, c, d, e, f, g, h;

    LOAD(a, row[0] + at);
    LOAD(b, row[1] + at);
    LOAD(c, row[2] + at);
    LOAD(d, row[3] + at);
    e = MIX(a, b, 0, 4, 1, 5);
    f = MIX(a, b, 2, 6, 3, 7);
    g = MIX(c, d, 0, 4, 1, 5);
    h = MIX(c, d, 2, 6, 3, 7);
    column[0] = MIX(e, g, 0, 1, 4, 5);
    column[1] = MIX(e, g, 2, 3, 6, 7);
    column[2] = MIX(f, h, 0, 1, 4, 5);
    column[3] = MIX(f, h, 2, 3, 6, 7);
}

/* 8 by 4: with vectors of 8, for half the work. */
MESA_INLINE void
transpose_8_f32(const float *x, size_t ldx, float *out, size_t ldout)
{
    const float *const row[8] = { x,           x + ldx,     x + 2 * ldx,
                                  x + 3 * ldx, x + 4 * ldx, x + 5 * ldx,
                                  x + 6 * ldx, x + 7 * ldx };
    mesa_8_f32 column[4];

    columns_8_f32(row, 0, column);
    STORE(out, column[0]);
    STORE(out + ldout, column[1]);
    STORE(out + 2 * ldout, column[2]);
    STORE(out + 3 * ldout, column[3]);
}
#else
#define TRANSPOSE_4(type, name)                                           \
    MESA_INLINE void                                                      \
    name(const type *x, size_t ldx, type *out, size_t ldout)              \
    {                                                                     \
        for (size_t i = 0; i < 4; i++)                                    \
            for (size_t j = 0; j < 4; j++)                                \
                out[j * ldout + i] = x[i * ldx + j];                      \
    }
#endif
TRANSPOSE_4(float, transpose_4_f32)
TRANSPOSE_4(double, transpose_4_f64)

#define TRANSPOSE_8(type, name, by_4)                                     \
    MESA_INLINE void                                                      \
    name(const type *x, size_t ldx, type *out, size_t ldout)              \
    {                                                                     \
        by_4(x, ldx, out, ldout);                                         \
        by_4(x + 4 * ldx, ldx, out + 4, ldout);                           \
    }
#ifndef HAVE_SHUFFLE
TRANSPOSE_8(float, transpose_8_f32, transpose_4_f32)
#endif
TRANSPOSE_8(double, transpose_8_f64, transpose_4_f64)

#endif
