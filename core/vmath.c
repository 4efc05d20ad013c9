/* SPDX-License-Identifier: MIT */
/*
 * vmath.c - elementary functions that give the same bits everywhere.
 *
 * The arithmetic is in vmath_kernel.h.  Here each function is compiled for
 * several instruction sets, as a scalar and as a loop over blocks of a fixed
 * length, which compilers vectorise without further ado; the last block is
 * filled up.  What does not fit that pattern is done one by one: angles
 * beyond 2^30 (reduced with the bits of 2/pi; Payne and Hanek, SIGNUM
 * Newsletter 18, 1983) and powers.
 */
#include "internal.h"
#include "vmath_kernel.h"
#include "wide.h"

enum { BLOCK = 16 };

/* 2/pi, after 64 zero bits. */
static const uint64_t two_over_pi[] = {
    0,
    UINT64_C(0xa2f9836e4e441529), UINT64_C(0xfc2757d1f534ddc0),
    UINT64_C(0xdb6295993c439041), UINT64_C(0xfe5163abdebbc561),
    UINT64_C(0xb7246e3a424dd2e0), UINT64_C(0x06492eea09d1921c),
    UINT64_C(0xfe1deb1cb129a73e), UINT64_C(0xe88235f52ebb4484),
    UINT64_C(0xe99c7026b45f7e41), UINT64_C(0x3991d639835339f4),
    UINT64_C(0x9c845f8bbdf9283b), UINT64_C(0x1ff897ffde05980f),
    UINT64_C(0xef2f118b5a0a6d1f), UINT64_C(0x6d367ecf27cb09b7),
    UINT64_C(0x4f463f669e5fea2d), UINT64_C(0x7527bac7ebe5f17b),
    UINT64_C(0x3d0739f78a5292ea), UINT64_C(0x6bfb5fb11f8d5d08),
    UINT64_C(0x56033046fc7b6bab)
};

/* 64 bits of 2/pi from the given one on. */
static uint64_t
window(unsigned bit)
{
    const uint64_t *w = &two_over_pi[bit / 64];
    unsigned shift = bit % 64;

    return shift ? w[0] << shift | w[1] >> (64 - shift) : w[0];
}

/* a * pi/2 for 0 <= a < 1, a = (f[0] + f[1] / 2^64 + f[2] / 2^128) / 2^64. */
static struct pair
half_pi_times(const uint64_t f[3])
{
    static const struct pair half_pi = { 0x1.921fb54442d18p+0,
                                         0x1.1a62633145c07p-54 };
    uint64_t a = f[0], b = f[1], c = f[2];
    double unit = 0x1p-53;
    struct pair r;

    /* No double comes so near to a multiple of pi/2 that more than 64 bits
     * would be zero. */
    while (a >> 63 == 0 && unit > 0x1p-120) {
        a = a << 1 | b >> 63;
        b = b << 1 | c >> 63;
        c <<= 1;
        unit *= 0.5;
    }
    r.hi = (double)(a >> 11) * unit;
    r.lo = (double)((a & 0x7ff) << 42 | b >> 22) * (unit * 0x1p-53);
    return multiply(fast_sum(r.hi, r.lo), half_pi);
}

/*
 * x = quadrant * pi/2 + r for finite |x| > LARGE_ANGLE.  With |x| = m 2^e,
 * the bits of 2/pi that m 2^e turns into multiples of 4 are left out; 192
 * further ones give the quadrant and r, to at least 2^-70 of it.
 */
static uint64_t
reduce_large_angle(double x, struct pair *r)
{
    const uint64_t one = UINT64_C(1) << 52;
    uint64_t u = to_bits(x), m = (u & (one - 1)) | one;
    unsigned start = (unsigned)(u >> 52 & 0x7ff) - 1075 + 62;
    uint64_t w0 = window(start), w1 = window(start + 64),
             w2 = window(start + 128), f[3], quadrant, minus;
    struct wide low = wide_multiply(m, w2), mid = wide_multiply(m, w1);

    f[2] = low.lo;
    f[1] = mid.lo + low.hi;
    f[0] = m * w0 + mid.hi + (f[1] < low.hi);
    quadrant = (f[0] + (UINT64_C(1) << 61)) >> 62;
    /* The fraction, from -1/2 to 1/2: its magnitude, and the sign apart. */
    f[0] = f[0] << 2 | f[1] >> 62;
    f[1] = f[1] << 2 | f[2] >> 62;
    f[2] <<= 2;
    minus = 0 - (f[0] >> 63);
    for (int i = 0; i < 3; i++)
        f[i] ^= minus;
    *r = half_pi_times(f);
    if ((minus & 1) != u >> 63) {
        r->hi = -r->hi;
        r->lo = -r->lo;
    }
    return u >> 63 ? 0 - quadrant : quadrant;
}

/* sin(x + shift * pi/2) for what sin_body and cos_body do not cover. */
static double
sin_rare(double x, uint64_t shift)
{
    struct pair r;
    uint64_t quadrant;

    if (!(magnitude(x) < __builtin_inf()))
        return __builtin_nan("");
    quadrant = reduce_large_angle(x, &r);
    return sin_reduced(r, quadrant + shift);
}

/* Whether that is so. */
KERNEL int
is_rare(double x)
{
    return !(magnitude(x) <= LARGE_ANGLE);
}

#define NEVER(x) 0
#define NOTHING(x) (x)
#define SIN_RARE(x) sin_rare(x, 0)
#define COS_RARE(x) sin_rare(x, 1)

/* mesa_NAME, through clones of its own: a clone of a public function would
 * be exported too. */
#define SCALAR(name, is_other, other)                                    \
    MESA_CLONES static double                                            \
    scalar_##name(double x)                                              \
    {                                                                    \
        return is_other(x) ? other(x) : name##_body(x);                  \
    }                                                                    \
                                                                         \
    double                                                               \
    mesa_math_##name(double x)                                           \
    {                                                                    \
        return scalar_##name(x);                                         \
    }

/* Up to a block; its usual length is a number that compilers know, so that
 * no call and no string instruction is made of the copy. */
KERNEL void
copy(double *to, const double *from, size_t n)
{
    if (n == BLOCK)
        memcpy(to, from, BLOCK * sizeof *to);
    else
        memcpy(to, from, n * sizeof *to);
}

#define VECTOR(name, is_other, other)                                    \
    MESA_CLONES static void                                              \
    vector_##name(const double *x, double *out, size_t n)                \
    {                                                                    \
        double in[BLOCK], result[BLOCK];                                 \
                                                                         \
        memset(in, 0, sizeof in);                                        \
        for (size_t at = 0; at < n; at += BLOCK) {                       \
            size_t m = MESA_MIN(n - at, (size_t)BLOCK);                  \
                                                                         \
            copy(in, x + at, m);                                         \
            for (int i = 0; i < BLOCK; i++)                              \
                result[i] = name##_body(in[i]);                          \
            for (int i = 0; i < BLOCK; i++)                              \
                if (is_other(in[i]))                                     \
                    result[i] = other(in[i]);                            \
            copy(out + at, result, m);                                   \
        }                                                                \
    }                                                                    \
                                                                         \
    void                                                                 \
    mesa_v##name(const double *x, double *out, size_t n)                 \
    {                                                                    \
        vector_##name(x, out, n);                                        \
    }

SCALAR(exp, NEVER, NOTHING)
SCALAR(log, NEVER, NOTHING)
SCALAR(log2, NEVER, NOTHING)
SCALAR(log1p, NEVER, NOTHING)
SCALAR(expm1, NEVER, NOTHING)
SCALAR(tanh, NEVER, NOTHING)
SCALAR(sigmoid, NEVER, NOTHING)
SCALAR(softplus, NEVER, NOTHING)
SCALAR(sin, is_rare, SIN_RARE)
SCALAR(cos, is_rare, COS_RARE)
VECTOR(exp, NEVER, NOTHING)
VECTOR(log, NEVER, NOTHING)
VECTOR(tanh, NEVER, NOTHING)
VECTOR(sin, is_rare, SIN_RARE)
VECTOR(cos, is_rare, COS_RARE)

/* x^y for finite x > 0, x != 1 and finite y. */
KERNEL double
pow_body(double x, double y)
{
    static const struct pair ln2 = { LN2, LN2_LO };
    struct pair l = log2_pair(x), p, e, sum;
    double shifted, k;

    p.hi = clamp(y * l.hi, -1100.0, 1100.0);
    p.lo = fma_(y, l.hi, -p.hi) + y * l.lo;
    p.lo = pick(magnitude(p.hi) < 1100.0, p.lo, 0.0);
    shifted = p.hi + ROUNDER;
    k = shifted - ROUNDER;
    p = fast_sum(p.hi - k, p.lo);
    e = expm1_reduced(multiply(p, ln2));
    sum = fast_sum(1.0, e.hi);
    return scale(sum.hi + (sum.lo + e.lo), to_bits(shifted) - to_bits(ROUNDER));
}

MESA_CLONES static double
scalar_pow(double x, double y)
{
    return pow_body(x, y);
}

/* 0: y is no integer; 1: odd; 2: even. */
static int
parity(double y)
{
    double a = magnitude(y), rounded;

    if (a >= 0x1p53)
        return 2;
    rounded = (double)(int64_t)a;
    if (rounded != a)
        return 0;
    return (int64_t)a & 1 ? 1 : 2;
}

double
mesa_math_pow(double x, double y)
{
    const double infinity = __builtin_inf();
    double a = magnitude(x), result;
    int integer;

    if (y == 0 || x == 1.0)
        return 1.0;
    if (x != x || y != y)
        return __builtin_nan("");
    if (magnitude(y) == infinity)
        return a == 1.0 ? 1.0 : (a > 1.0) == (y > 0) ? infinity : 0.0;
    integer = parity(y);
    if (a == 0 || a == infinity)
        result = (a == 0) == (y > 0) ? 0.0 : infinity;
    else if (x < 0 && !integer)
        return __builtin_nan("");
    else
        result = scalar_pow(a, y);
    return integer == 1 ? with_sign(result, x) : result;
}
