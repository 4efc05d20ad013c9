/* SPDX-License-Identifier: MIT */
/*
 * mesa/vmath.h - elementary functions with the same bits everywhere.
 *
 * Results that a run writes come from these, never from libm: they are built
 * from IEEE 754 additions, multiplications and fused multiply-adds in a fixed
 * order, so that every compiler, instruction set and vector width agrees.
 * Within 1 ulp of the exact value (pow, tanh, log1p, expm1, sigmoid and
 * softplus: 2 ulp), NaN for NaN, and the limits of C99 Annex F at infinities,
 * zeros and poles.
 */
#ifndef MESA_VMATH_H
#define MESA_VMATH_H

#include <mesa/base.h>

MESA_BEGIN

MESA_API double mesa_math_exp(double x);
MESA_API double mesa_math_log(double x);
MESA_API double mesa_math_log2(double x);
MESA_API double mesa_math_log1p(double x);
MESA_API double mesa_math_expm1(double x);
MESA_API double mesa_math_sin(double x);
MESA_API double mesa_math_cos(double x);
MESA_API double mesa_math_tanh(double x);
MESA_API double mesa_math_pow(double x, double y);
MESA_API double mesa_math_sigmoid(double x);  /* 1 / (1 + exp(-x)) */
MESA_API double mesa_math_softplus(double x); /* log(1 + exp(x))   */

/* The same, element by element: out[i] = f(x[i]).  out may be x.  Bit for
 * bit what the scalar functions give. */
MESA_API void mesa_vexp(const double *x, double *out, size_t n);
MESA_API void mesa_vlog(const double *x, double *out, size_t n);
MESA_API void mesa_vsin(const double *x, double *out, size_t n);
MESA_API void mesa_vcos(const double *x, double *out, size_t n);
MESA_API void mesa_vtanh(const double *x, double *out, size_t n);

/* The quantile 0.975 of Student's t, for intervals of 95 %: not as exact as
 * the others, and NaN of no degrees of freedom. */
MESA_API double mesa_student_975(size_t degrees);

MESA_END

#endif
