/* SPDX-License-Identifier: MIT */
/* plain_kernels.c - kernels as plain loops, until the fast ones are here. */
#include "kernels.h"
#include <math.h>
static double one(const struct mesa_tile_op *o, double x, double y, double z)
{
    switch (o->op) {
    case MESA_TILE_ADD: return x + y; case MESA_TILE_SUB: return x - y;
    case MESA_TILE_MUL: return x * y; case MESA_TILE_DIV: return x / y;
    case MESA_TILE_MIN: return y < x ? y : x; case MESA_TILE_MAX: return x < y ? y : x;
    case MESA_TILE_NEG: return -x; case MESA_TILE_EXP: return mesa_math_exp(x);
    case MESA_TILE_LOG: return mesa_math_log(x); case MESA_TILE_SQRT: return sqrt(x);
    case MESA_TILE_SIN: return mesa_math_sin(x); case MESA_TILE_COS: return mesa_math_cos(x);
    case MESA_TILE_TANH: return mesa_math_tanh(x); case MESA_TILE_SIGMOID: return mesa_math_sigmoid(x);
    case MESA_TILE_SOFTPLUS: return mesa_math_softplus(x); case MESA_TILE_RELU: return x <= 0 ? 0 : x;
    case MESA_TILE_ELU: return x > 0 ? x : mesa_math_expm1(x); case MESA_TILE_ABS: return fabs(x);
    case MESA_TILE_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x; case MESA_TILE_POW: return mesa_math_pow(x, o->immediate[0]);
    case MESA_TILE_CLAMP: return x < o->immediate[0] ? o->immediate[0] : x > o->immediate[1] ? o->immediate[1] : x;
    case MESA_TILE_LESS: return x < y; case MESA_TILE_EQUAL: return x == y;
    case MESA_TILE_SELECT: return x != 0 ? y : z; case MESA_TILE_COPY: return x;
    default: return o->immediate[0];
    }
}
#define PLAIN(s, T, ZERO)                                                                       \
void mesa_tile_run_##s(const struct mesa_tile_op *ops, size_t n_ops, void *const *r, size_t n) \
{ for (size_t k = 0; k < n_ops; k++) for (size_t i = 0; i < n; i++) { const struct mesa_tile_op *o = &ops[k]; \
    bool f = o->op == MESA_TILE_FILL; \
    ((T *)r[o->out])[i] = (T)one(o, f ? 0 : ((T *)r[o->a])[i], f ? 0 : ((T *)r[o->b])[i], f ? 0 : ((T *)r[o->c])[i]); } } \
void mesa_reduce_sum_last_##s(const void *x, size_t rows, size_t n, size_t st, void *out) \
{ for (size_t i = 0; i < rows; i++) { double a = 0; for (size_t j = 0; j < n; j++) a += ((const T *)x)[i * st + j]; ((T *)out)[i] = (T)a; } } \
void mesa_reduce_max_last_##s(const void *x, size_t rows, size_t n, size_t st, void *out) \
{ for (size_t i = 0; i < rows; i++) { double a = -INFINITY; for (size_t j = 0; j < n; j++) a = fmax(a, ((const T *)x)[i * st + j]); ((T *)out)[i] = (T)a; } } \
void mesa_reduce_sum_first_##s(const void *x, size_t rows, size_t n, size_t st, void *out) \
{ for (size_t j = 0; j < n; j++) { double a = 0; for (size_t i = 0; i < rows; i++) a += ((const T *)x)[i * st + j]; ((T *)out)[j] = (T)a; } } \
void mesa_reduce_max_first_##s(const void *x, size_t rows, size_t n, size_t st, void *out) \
{ for (size_t j = 0; j < n; j++) { double a = -INFINITY; for (size_t i = 0; i < rows; i++) a = fmax(a, ((const T *)x)[i * st + j]); ((T *)out)[j] = (T)a; } }
PLAIN(f32, float, 0)
PLAIN(f64, double, 0)
