/* SPDX-License-Identifier: MIT */
/*
 * elementwise.c - chains of operations on single elements, tile by tile.
 *
 * A chain is interpreted: each operation runs over a tile that stays in the
 * first-level cache before the next one does, so that what lies between them
 * never goes to memory.
 */
#include "graph/kernels.h"
#include "graph/vmathf_kernel.h"

#include <mesa/vmath.h>

enum { CHUNK = MESA_TILE_STEP };

/* No element of out is read as another of the operands. */
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

/* Sine and cosine: those of vmath.h, for floats rounded once. */
#define ANGLE(name)                                                       \
    static void                                                           \
    tile_##name##_f64(const struct mesa_tile_op *op, const double *a,     \
                      const double *b, const double *c, double *out,      \
                      size_t n)                                           \
    {                                                                     \
        (void)op, (void)b, (void)c;                                       \
        mesa_v##name(a, out, n);                                          \
    }                                                                     \
                                                                          \
    static void                                                           \
    tile_##name##_f32(const struct mesa_tile_op *op, const float *a,      \
                      const float *b, const float *c, float *out,         \
                      size_t n)                                           \
    {                                                                     \
        double wide[CHUNK];                                               \
                                                                          \
        (void)op, (void)b, (void)c;                                       \
        for (size_t at = 0; at < n; at += CHUNK) {                        \
            for (size_t i = 0; i < CHUNK; i++)                            \
                wide[i] = a[at + i];                                      \
            mesa_v##name(wide, wide, CHUNK);                              \
            for (size_t i = 0; i < CHUNK; i++)                            \
                out[at + i] = (float)wide[i];                             \
        }                                                                 \
    }
ANGLE(sin)
ANGLE(cos)

/* x^y, without the exponents that are simpler. */
static void
tile_any_pow_f64(const double *x, double y, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = mesa_math_pow(x[i], y);
}

/* Where pow_f32 cannot tell, by the power of doubles. */
MESA_CLONES static void
tile_any_pow_f32(const float *x, double y, float *out, size_t n)
{
    const bool finite = magnitude(y) < __builtin_inf();
    float in[CHUNK], result[CHUNK];

    for (size_t at = 0; at < n; at += CHUNK) {
        memcpy(in, x + at, sizeof in);
        for (int i = 0; i < CHUNK; i++)
            result[i] = pow_f32(in[i], y);
        for (int i = 0; i < CHUNK; i++)
            if (!(in[i] > 0 && in[i] < __builtin_inff() && finite))
                result[i] = (float)mesa_math_pow((double)in[i], y);
        memcpy(out + at, result, sizeof result);
    }
}

#define ELEMENT float
#define NAME(x) tile_##x##_f32
#define BODY(f) f##_f32
#define PICK pick_f32
#define MAGNITUDE magnitude_f32
#define SQRT __builtin_sqrtf
#define NOT_A_NUMBER __builtin_nanf("")
#include "graph/elementwise_loops.h"

#define ELEMENT double
#define NAME(x) tile_##x##_f64
#define BODY(f) f##_body
#define PICK pick
#define MAGNITUDE magnitude
#define SQRT __builtin_sqrt
#define NOT_A_NUMBER __builtin_nan("")
#include "graph/elementwise_loops.h"

void
mesa_tile_run_f32(const struct mesa_tile_op *ops, size_t n_ops,
                  void *const *registers, size_t count)
{
    tile_run_f32(ops, n_ops, registers, count);
}

void
mesa_tile_run_f64(const struct mesa_tile_op *ops, size_t n_ops,
                  void *const *registers, size_t count)
{
    tile_run_f64(ops, n_ops, registers, count);
}
