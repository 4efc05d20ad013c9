/* SPDX-License-Identifier: MIT */
/*
 * vmath_kernel.h - the bodies of the elementary functions, free of branches.
 *
 * Everything here is inlined into vmath.c, into scalar functions and into
 * loops that compilers turn into vector code; both must round alike.  Hence
 * only additions, multiplications, divisions, fused multiply-adds where
 * written, and integer operations on the representation.  Choices are made
 * by masks (pick), which every compiler vectorises, and rounding to an
 * integer by adding 1.5 * 2^52, which leaves the integer in the low bits.
 *
 * Argument reductions are the classical ones (Cody and Waite 1980; the
 * logarithm through s = f / (2 + f) as in Tang 1990 and fdlibm).  Polynomials
 * interpolate the functions at Chebyshev nodes, computed with 300 bits; the
 * comment beside each gives its relative error.  A value followed by its
 * rounding error is a pair (hi, lo) with |lo| <= ulp(hi).
 */
#ifndef MESA_VMATH_KERNEL_H
#define MESA_VMATH_KERNEL_H

#include "internal.h"

#include <string.h>

#define KERNEL static inline __attribute__((always_inline))

#define ROUNDER 0x1.8p52
#define LOG2E 0x1.71547652b82fep+0
#define LOG2E_LO 0x1.777d0ffda0d24p-56
#define LN2 0x1.62e42fefa39efp-1
#define LN2_LO 0x1.abc9e3b39803fp-56
#define LN2_42 0x1.62e42fefa3800p-1 /* 42 bits: exact times an exponent */
#define LN2_42_LO 0x1.ef35793c76730p-45

struct pair {
    double hi, lo;
};

KERNEL uint64_t
to_bits(double x)
{
    uint64_t u;

    memcpy(&u, &x, sizeof u);
    return u;
}

KERNEL double
of_bits(uint64_t u)
{
    double x;

    memcpy(&x, &u, sizeof x);
    return x;
}

KERNEL double
pick(int condition, double a, double b)
{
    uint64_t mask = 0 - (uint64_t)condition;

    return of_bits((to_bits(a) & mask) | (to_bits(b) & ~mask));
}

KERNEL double
magnitude(double x)
{
    return of_bits(to_bits(x) & INT64_MAX);
}

/* |x| with the sign of s. */
KERNEL double
with_sign(double x, double s)
{
    return of_bits((to_bits(x) & INT64_MAX)
                   | (to_bits(s) & ((uint64_t)1 << 63)));
}

/* One NaN for all, so that its bits do not depend on the operand order. */
KERNEL double
nan_if(int condition, double x)
{
    return pick(condition, __builtin_nan(""), x);
}

KERNEL double
fma_(double a, double b, double c)
{
    return __builtin_fma(a, b, c);
}

/* a + b exactly, for |a| >= |b| or a = 0. */
KERNEL struct pair
fast_sum(double a, double b)
{
    struct pair s = { a + b, 0 };

    s.lo = b - (s.hi - a);
    return s;
}

/* a + b exactly. */
KERNEL struct pair
exact_sum(double a, double b)
{
    struct pair s = { a + b, 0 };
    double t = s.hi - a;

    s.lo = (a - (s.hi - t)) + (b - t);
    return s;
}

/* a * b to about 2^-102. */
KERNEL struct pair
multiply(struct pair a, struct pair b)
{
    struct pair p = { a.hi * b.hi, 0 };

    p.lo = fma_(a.hi, b.hi, -p.hi) + fma_(a.hi, b.lo, a.lo * b.hi);
    return fast_sum(p.hi, p.lo);
}

/* a / b, rounded nearly always correctly. */
KERNEL double
quotient(struct pair a, struct pair b)
{
    double q = a.hi / b.hi;
    double rest = fma_(-q, b.hi, a.hi) + fma_(-q, b.lo, a.lo);

    return q + rest / b.hi;
}

/* 2^k for k in -1022 ... 1023, k as the low bits of a rounded number. */
KERNEL double
power_of_2(uint64_t k)
{
    return of_bits((k + 1023) << 52);
}

/* x * 2^k for k in -2044 ... 2046, rounded once. */
KERNEL double
scale(double x, uint64_t k)
{
    uint64_t half = ((k + 4096) >> 1) - 2048;

    return x * power_of_2(half) * power_of_2(k - half);
}

/* x between lo and hi; NaN stays. */
KERNEL double
clamp(double x, double lo, double hi)
{
    x = pick(x < lo, lo, x);
    return pick(x > hi, hi, x);
}

/* (e^r - 1 - r - r^2/2) / r^3 for |r| <= ln(2)/2; 2^-59.8 of e^r. */
KERNEL double
exp_tail(double r)
{
    double p = 0x1.1f6717774d5e0p-29;

    p = fma_(p, r, 0x1.af390ba7e6f47p-26);
    p = fma_(p, r, 0x1.27e4e1dcf773bp-22);
    p = fma_(p, r, 0x1.71de0d85293b8p-19);
    p = fma_(p, r, 0x1.a01a01a48116fp-16);
    p = fma_(p, r, 0x1.a01a01a7cebcdp-13);
    p = fma_(p, r, 0x1.6c16c16c167dap-10);
    p = fma_(p, r, 0x1.11111111109a6p-7);
    p = fma_(p, r, 0x1.5555555555555p-5);
    return fma_(p, r, 0x1.5555555555556p-3);
}

/* e^(r.hi + r.lo) - 1 for |r.hi| <= ln(2)/2. */
KERNEL struct pair
expm1_reduced(struct pair r)
{
    double square = r.hi * r.hi;
    double t = fma_(square * r.hi, exp_tail(r.hi), 0.5 * square);

    return fast_sum(r.hi, t + fma_(r.hi, r.lo, r.lo));
}

/* x = k ln 2 + r; k is in the low bits of the result. */
KERNEL uint64_t
reduce_exp(double x, struct pair *r)
{
    double shifted = fma_(x, LOG2E, ROUNDER), k = shifted - ROUNDER;
    double hi = fma_(-k, LN2_42, x), lo = k * LN2_42_LO;

    *r = exact_sum(hi, -lo);
    return to_bits(shifted) - to_bits(ROUNDER);
}

/* e^x as (hi, lo) * 2^k, for x within the range of exponents. */
KERNEL struct pair
exp_pair(double x, uint64_t *k)
{
    struct pair r, e, sum;

    *k = reduce_exp(x, &r);
    e = expm1_reduced(r);
    sum = fast_sum(1.0, e.hi);
    sum.lo += e.lo;
    return sum;
}

/* Beyond these bounds the result is 0 or infinite. */
KERNEL double
exp_body(double x)
{
    uint64_t k;
    struct pair e = exp_pair(clamp(x, -746.0, 710.0), &k);

    return nan_if(x != x, scale(e.hi + e.lo, k));
}

/* e^x - 1 = 2^k (e^r - 1) + (2^k - 1). */
KERNEL double
expm1_body(double x)
{
    double a = clamp(x, -40.0, 710.0), half;
    struct pair r, e, sum;
    uint64_t k = reduce_exp(a, &r);

    /* 2 (2^(k-1) e + 2^(k-1) - 1/2): half, because 2^1024 is too large. */
    e = expm1_reduced(r);
    half = power_of_2(k - 1);
    sum = exact_sum(half - 0.5, half * e.hi);
    a = 2.0 * (sum.hi + (sum.lo + half * e.lo));
    a = pick(magnitude(x) < 0x1p-54, x, a);
    return nan_if(x != x, a);
}

/* (2 atanh(s) / s - 2) / s^2 as a function of z = s^2, for m between
 * sqrt(1/2) and sqrt(2); 2^-60.7 of the logarithm. */
KERNEL double
log_tail(double z)
{
    double p = 0x1.0c1261fd9bdd6p-3;

    p = fma_(p, z, 0x1.0fbd2bde02b13p-3);
    p = fma_(p, z, 0x1.3b1c42e222badp-3);
    p = fma_(p, z, 0x1.745cf8c4cfebep-3);
    p = fma_(p, z, 0x1.c71c7201f1f41p-3);
    p = fma_(p, z, 0x1.2492492476765p-2);
    p = fma_(p, z, 0x1.9999999999a3ap-2);
    return fma_(p, z, 0x1.5555555555555p-1);
}

/* k ln 2 + log(1 + f + c), c being a correction to f. */
KERNEL double
log_reduced(double k, double f, double c)
{
    double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    double t = s * fma_(z, log_tail(z), half);

    /* The derivative of the logarithm is 1 / (1 + f) = 1 - f / (1 + f). */
    t += fma_(k, LN2_42_LO, c - c * f / (1.0 + f));
    return fma_(k, LN2_42, f - (half - t));
}

/* x = 2^k m for positive normal x, m between sqrt(1/2) and sqrt(2). */
KERNEL double
split(double x, double *k)
{
    const uint64_t root = UINT64_C(0x3fe6a09e667f3bcd);
    uint64_t u = to_bits(x) + (to_bits(1.0) - root);

    *k = of_bits((u >> 52) | to_bits(0x1p52)) - (0x1p52 + 1023.0);
    return of_bits((u & ((UINT64_C(1) << 52) - 1)) + root);
}

/* The same for any positive x. */
KERNEL double
split_any(double x, double *k)
{
    int small = x < 0x1p-1022;
    double m = split(pick(small, x * 0x1p54, x), k);

    *k -= pick(small, 54.0, 0.0);
    return m;
}

/* The limits that all logarithms share. */
KERNEL double
log_limits(double x, double result)
{
    result = pick(x == 0, -__builtin_inf(), result);
    result = pick(x == __builtin_inf(), x, result);
    return nan_if(!(x >= 0), result);
}

KERNEL double
log_body(double x)
{
    double k, m = split_any(x, &k);

    return log_limits(x, log_reduced(k, m - 1.0, 0.0));
}

/* log(u.hi + u.lo) for u.hi in the normal range. */
KERNEL double
log_pair(struct pair u)
{
    double k, m = split(u.hi, &k);
    /* 2^-k by the exponents of m and u; lo shares them. */
    double shrink = of_bits(to_bits(m) - to_bits(u.hi) + to_bits(1.0));
    struct pair f = exact_sum(m - 1.0, u.lo * shrink);

    return log_reduced(k, f.hi, f.lo);
}

/* The rounding error of 1 + x is carried along. */
KERNEL double
log1p_body(double x)
{
    double a = clamp(x, -1.0, 0x1p1000);
    struct pair u = exact_sum(1.0, a);
    double result = log_pair(u);

    result = pick(x > 0x1p60, log_body(x), result);
    result = pick(magnitude(x) < 0x1p-54, x, result);
    result = pick(x == -1.0, -__builtin_inf(), result);
    return nan_if(!(x >= -1.0), result);
}

/* (log((1 + s) / (1 - s)) - 2 s - 2/3 s^3 - 2/5 s^5) / s^7, z = s^2. */
KERNEL double
log_far_tail(double z)
{
    double p = 0x1.b2f8104c029cap-4;

    p = fma_(p, z, 0x1.acf60b2b52397p-4);
    p = fma_(p, z, 0x1.e1f01004cd4fdp-4);
    p = fma_(p, z, 0x1.1110f7d32410fp-3);
    p = fma_(p, z, 0x1.3b13b16bc3c10p-3);
    p = fma_(p, z, 0x1.745d1745a3671p-3);
    p = fma_(p, z, 0x1.c71c71c71c826p-3);
    return fma_(p, z, 0x1.2492492492492p-2);
}

/* log2(x) of positive x to some 2^-70, for powers. */
KERNEL struct pair
log2_pair(double x)
{
    static const struct pair log2e = { LOG2E, LOG2E_LO };
    double k, f = split_any(x, &k) - 1.0;
    struct pair d = fast_sum(2.0, f), s, z, p, sum;

    s.hi = f / d.hi;
    s.lo = (fma_(-s.hi, d.hi, f) - s.hi * d.lo) / d.hi;
    z = multiply(s, s);
    p = fast_sum(0x1.999999999999ap-2,
                 fma_(z.hi, log_far_tail(z.hi), -0x1.999999999999ap-56));
    p = multiply(p, z);
    sum = fast_sum(0x1.5555555555555p-1, p.hi);
    sum.lo += p.lo + 0x1.5555555555555p-55;
    p = multiply(sum, z);
    sum = fast_sum(2.0, p.hi);
    sum.lo += p.lo;
    p = multiply(multiply(sum, s), log2e);
    sum = fast_sum(k, p.hi);
    sum.lo += p.lo;
    return fast_sum(sum.hi, sum.lo);
}

KERNEL double
log2_body(double x)
{
    return log_limits(x, log2_pair(x).hi);
}

/* (sin(r) / r - 1) / r^2 and (cos(r) - 1 + r^2/2) / r^4 as functions of
 * z = r^2, |r| <= pi/4; 2^-57.1 and 2^-59.5. */
KERNEL double
sin_tail(double z)
{
    double p = -0x1.ab17a79237a19p-41;

    p = fma_(p, z, 0x1.61217ec01749dp-33);
    p = fma_(p, z, -0x1.ae64541266378p-26);
    p = fma_(p, z, 0x1.71de3a54605eep-19);
    p = fma_(p, z, -0x1.a01a01a019936p-13);
    p = fma_(p, z, 0x1.1111111111110p-7);
    return fma_(p, z, -0x1.5555555555555p-3);
}

KERNEL double
cos_tail(double z)
{
    double p = -0x1.907d7aebd5e3dp-37;

    p = fma_(p, z, 0x1.1eeb68b109173p-29);
    p = fma_(p, z, -0x1.27e4fa17a41b4p-22);
    p = fma_(p, z, 0x1.a01a019f4e867p-16);
    p = fma_(p, z, -0x1.6c16c16c16966p-10);
    return fma_(p, z, 0x1.5555555555555p-5);
}

/* sin(quadrant * pi/2 + r). */
KERNEL double
sin_reduced(struct pair r, uint64_t quadrant)
{
    double z = r.hi * r.hi, half = 0.5 * z, w = 1.0 - half;
    double sine = fma_(z * r.hi, sin_tail(z), fma_(-half, r.lo, r.lo));
    double cosine = fma_(z * z, cos_tail(z), -r.hi * r.lo);

    sine = r.hi + sine;
    cosine = w + (((1.0 - w) - half) + cosine);
    sine = pick((int)(quadrant & 1), cosine, sine);
    return of_bits(to_bits(sine) ^ (quadrant & 2) << 62);
}

/* Beyond this the quadrant must be found with the bits of 2/pi. */
#define LARGE_ANGLE 0x1p30

/*
 * x = quadrant * pi/2 + r for |x| <= LARGE_ANGLE.  The first product cancels
 * exactly; the other two carry pi/2 to 160 bits, so that r is right even next
 * to a multiple of pi/2.
 */
KERNEL uint64_t
reduce_angle(double x, struct pair *r)
{
    const double p1 = 0x1.921fb54442d18p+0, p2 = 0x1.1a62633145c07p-54,
                 p3 = -0x1.f1976b7ed8fbcp-110;
    double shifted = fma_(x, 0x1.45f306dc9c883p-1, ROUNDER);
    double k = shifted - ROUNDER, product = k * p2;
    struct pair s = exact_sum(fma_(-k, p1, x), -product);

    s.lo -= fma_(k, p3, fma_(k, p2, -product));
    *r = fast_sum(s.hi, s.lo);
    return to_bits(shifted);
}

/* Tiny x is its own sine, and -0 keeps its sign. */
KERNEL double
sin_body(double x)
{
    struct pair r;
    uint64_t quadrant = reduce_angle(x, &r);

    return pick(magnitude(x) < 0x1p-27, x, sin_reduced(r, quadrant));
}

KERNEL double
cos_body(double x)
{
    struct pair r;
    uint64_t quadrant = reduce_angle(x, &r);

    return sin_reduced(r, quadrant + 1);
}

/* tanh = e / (e + 2) with e = expm1(2 |x|). */
KERNEL double
tanh_body(double x)
{
    double a = magnitude(x), t;
    struct pair r, e, sum, d;
    uint64_t k = reduce_exp(clamp(2.0 * a, 0.0, 44.0), &r);

    e = expm1_reduced(r);
    t = power_of_2(k);
    sum = exact_sum(t - 1.0, t * e.hi);
    sum.lo += t * e.lo;
    sum = fast_sum(sum.hi, sum.lo);
    d = exact_sum(2.0, sum.hi);
    d.lo += sum.lo;
    t = pick(a < 0x1p-28, a, quotient(sum, d));
    return nan_if(x != x, with_sign(t, x));
}

/* Of the e^-|x| that sigmoid and softplus need, below this 1 + e = 1. */
#define NEGLIGIBLE 40.0

/* 1 / (1 + e) on the right, e / (1 + e) on the left: nothing cancels. */
KERNEL double
sigmoid_body(double x)
{
    double a = magnitude(x), t;
    static const struct pair one = { 1.0, 0.0 };
    struct pair e, d;
    uint64_t k;

    e = exp_pair(-clamp(a, 0.0, NEGLIGIBLE), &k);
    t = power_of_2(k);
    d = fast_sum(1.0, e.hi * t);
    d.lo += e.lo * t;
    e.hi *= t;
    e.lo *= t;
    t = quotient(x < 0 ? e : one, d);
    t = pick(a >= NEGLIGIBLE, pick(x < 0, exp_body(x), 1.0), t);
    return nan_if(x != x, t);
}

/* max(x, 0) + log(1 + e^-|x|). */
KERNEL double
softplus_body(double x)
{
    double a = magnitude(x), t;
    struct pair e, u;
    uint64_t k;

    e = exp_pair(-clamp(a, 0.0, NEGLIGIBLE), &k);
    t = power_of_2(k);
    u = fast_sum(1.0, e.hi * t);
    u.lo += e.lo * t;
    t = log_pair(u) + pick(x > 0, x, 0.0);
    t = pick(a >= NEGLIGIBLE, pick(x < 0, exp_body(x), x), t);
    return nan_if(x != x, t);
}

#endif
