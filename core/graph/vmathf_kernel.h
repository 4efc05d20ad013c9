/* SPDX-License-Identifier: MIT */
/*
 * vmathf_kernel.h - the bodies of elementary functions of floats.
 *
 * In double arithmetic, as in vmath_kernel.h, but with shorter polynomials
 * and nothing carried along: they are right to some 2^-31, so that the float
 * they are rounded to, once, is within 0.52 ulp, subnormal ones included.
 */
#ifndef MESA_GRAPH_VMATHF_KERNEL_H
#define MESA_GRAPH_VMATHF_KERNEL_H

#include "vmath_kernel.h"

/* Beyond this, e^x is 0 or infinite as a float. */
#define EXP_LIMIT 110.0f

KERNEL uint32_t
to_bits_f32(float x)
{
    uint32_t u;

    memcpy(&u, &x, sizeof u);
    return u;
}

KERNEL float
of_bits_f32(uint32_t u)
{
    float x;

    memcpy(&x, &u, sizeof x);
    return x;
}

KERNEL float
pick_f32(int condition, float a, float b)
{
    uint32_t mask = 0 - (uint32_t)condition;

    return of_bits_f32((to_bits_f32(a) & mask) | (to_bits_f32(b) & ~mask));
}

KERNEL float
magnitude_f32(float x)
{
    return of_bits_f32(to_bits_f32(x) & INT32_MAX);
}

KERNEL float
with_sign_f32(float x, float s)
{
    return of_bits_f32((to_bits_f32(x) & INT32_MAX)
                       | (to_bits_f32(s) & (uint32_t)1 << 31));
}

KERNEL float
clamp_f32(float x, float low, float high)
{
    x = pick_f32(x < low, low, x);
    return pick_f32(x > high, high, x);
}

KERNEL float
nan_if_f32(int condition, double x)
{
    return pick_f32(condition, __builtin_nanf(""), (float)x);
}

/* e^r - 1 for |r| <= ln(2)/2; 2^-30.9. */
KERNEL double
short_expm1(double r)
{
    double p = 0x1.a124f19fe89acp-13;

    p = fma_(p, r, 0x1.6d43246b523b4p-10);
    p = fma_(p, r, 0x1.1110e0f238322p-7);
    p = fma_(p, r, 0x1.5554e9063586ep-5);
    p = fma_(p, r, 0x1.5555555a78ed4p-3);
    p = fma_(p, r, 0x1.0000000b9129bp-1);
    return fma_(r * r, p, r);
}

/* x = k ln 2 + r for |x| <= 2 EXP_LIMIT; gives 2^k. */
KERNEL double
short_reduce(double x, double *r)
{
    double shifted = fma_(x, LOG2E, ROUNDER), k = shifted - ROUNDER;

    *r = fma_(-k, LN2, x);
    return power_of_2(to_bits(shifted) - to_bits(ROUNDER));
}

KERNEL double
short_exp(double x)
{
    double r, t = short_reduce(x, &r);

    return fma_(t, short_expm1(r), t);
}

/* log(1 + e) for 0 <= e <= 1, through s = e / (2 + e); 2^-36.6. */
KERNEL double
short_log1p(double e)
{
    double s = e / (2.0 + e), z = s * s, p = 0x1.a9bafb0c93ac9p-3;

    p = fma_(p, z, 0x1.65ad56d9e0064p-3);
    p = fma_(p, z, 0x1.c7fb3587cdba6p-3);
    p = fma_(p, z, 0x1.248f579c7d0d0p-2);
    p = fma_(p, z, 0x1.9999a0d3dcfedp-2);
    p = fma_(p, z, 0x1.55555553e7594p-1);
    return fma_(s * z, p, 2.0 * s);
}

KERNEL float
exp_f32(float x)
{
    return nan_if_f32(x != x, short_exp(clamp_f32(x, -EXP_LIMIT, EXP_LIMIT)));
}

/* e^x - 1 = 2^k (e^r - 1) + (2^k - 1). */
KERNEL double
long_expm1(double x)
{
    double r, t = short_reduce(x, &r);

    return fma_(t, short_expm1(r), t - 1.0);
}

/* -0 keeps its sign. */
KERNEL float
expm1_f32(float x)
{
    double e = long_expm1(clamp_f32(x, -EXP_LIMIT, EXP_LIMIT));

    return nan_if_f32(x != x, with_sign_f32((float)e, x));
}

/* log x for floats x > 0, which are normal as doubles; 2^-35.8. */
KERNEL double
short_log(float x)
{
    double k, f = split(x, &k) - 1.0;
    double s = f / (2.0 + f), z = s * s, p = 0x1.ddcf7101b6371p-3;

    p = fma_(p, z, 0x1.245c40aecb50cp-2);
    p = fma_(p, z, 0x1.9999eb63e783dp-2);
    p = fma_(p, z, 0x1.5555554bb1b2fp-1);
    return fma_(k, LN2, fma_(s * z, p, 2.0 * s));
}

KERNEL float
log_f32(float x)
{
    float y = (float)short_log(x);

    y = pick_f32(x == 0, -__builtin_inff(), y);
    y = pick_f32(x == __builtin_inff(), x, y);
    return nan_if_f32(!(x >= 0), y);
}

/* x^y for finite x > 0 and finite y.  What matters of y log x is below 104,
 * so that its error is below 2^-29: the result is within 0.54 ulp. */
KERNEL float
pow_f32(float x, double y)
{
    return (float)short_exp(clamp(y * short_log(x), -EXP_LIMIT, EXP_LIMIT));
}

/* tanh = e / (e + 2) with e = expm1(2 |x|); from 10 on it is 1. */
KERNEL float
tanh_f32(float x)
{
    float a = magnitude_f32(x);
    double e = long_expm1(2.0 * pick_f32(a > 10.0f, 10.0f, a));

    return nan_if_f32(x != x, with_sign_f32((float)(e / (e + 2.0)), x));
}

KERNEL float
sigmoid_f32(float x)
{
    double e = short_exp(-clamp_f32(x, -EXP_LIMIT, EXP_LIMIT));

    return nan_if_f32(x != x, 1.0 / (1.0 + e));
}

/* max(x, 0) + log(1 + e^-|x|). */
KERNEL float
softplus_f32(float x)
{
    float a = magnitude_f32(x);
    double e = short_exp(-pick_f32(a > EXP_LIMIT, EXP_LIMIT, a));

    return nan_if_f32(x != x, short_log1p(e) + pick_f32(x > 0, x, 0.0f));
}

#endif
