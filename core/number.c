/* SPDX-License-Identifier: MIT */
/*
 * number.c - numbers from text, exact and free of the locale.
 *
 * Reading takes one of three roads.  Up to 2^53 in digits and 22 in powers of
 * ten, one exact multiplication or division is correctly rounded (Clinger,
 * How to Read Floating Point Numbers Accurately, 1990).  Up to 19 digits, a
 * 64-bit significand times a 128-bit power of ten decides nearly all of the
 * rest (after Lemire, Number Parsing at a Gigabyte per Second, 2021); here the
 * power carries an explicit error bound, and whatever lies so near the middle
 * of two doubles that the bound reaches it is left undecided.  That, and what
 * is subnormal or infinite, goes to strtod, as an integer with an exponent:
 * a form that no locale changes.
 */
#include "internal.h"

#include <mesa/number.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is read of a number: (-1)^negative * w * 10^q, if more is false. */
struct decimal {
    uint64_t    w;      /* the first 19 significant digits          */
    int64_t     q;      /* power of ten of the last digit in w      */
    const char *digits; /* first digit or point                     */
    const char *stop;   /* behind the last digit or point           */
    int64_t     scale;  /* power of ten of the last digit of all    */
    bool        more;   /* w leaves digits out: it stands for [w, w + 1) */
    bool        negative;
};

#define MAX_DIGITS   19              /* that fit 64 bits, whatever they are */
#define EXPONENT_CAP INT64_C(1000000000000000)

static unsigned
digit(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

static const char *
skip_digits(const char *p, const char *end, uint64_t *w)
{
    uint64_t sum = *w;

    for (; p < end && digit(*p) < 10; p++)
        sum = sum * 10 + digit(*p);
    *w = sum;
    return p;
}

/* "e", a sign, digits.  NULL if it is something else. */
static const char *
scan_exponent(const char *p, const char *end, int64_t *exponent)
{
    int64_t e = 0;
    const char *first;
    bool negative;

    p++;
    negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (first = p; p < end && digit(*p) < 10; p++)
        if (e < EXPONENT_CAP)
            e = e * 10 + digit(*p);
    if (p == first)
        return NULL;
    *exponent += negative ? -e : e;
    return p;
}

/* w has overflowed: start again and keep the leading significant digits. */
static void
keep_leading(struct decimal *d)
{
    const char *p = d->digits;
    int64_t n = 0, behind = 0;

    while (*p == '0' || *p == '.') /* a digit is known to follow */
        if (++p == d->stop)
            break;
    d->w = 0;
    for (; p < d->stop; p++) {
        if (*p == '.')
            continue;
        if (n < MAX_DIGITS) {
            d->w = d->w * 10 + digit(*p);
            n++;
        } else {
            d->more = d->more || *p != '0';
            behind++;
        }
    }
    d->q = d->scale + behind;
}

/* False if [p, end) is not one number in digits. */
static bool
scan(const char *p, const char *end, struct decimal *d)
{
    const char *point;
    size_t n;

    d->w = 0;
    d->scale = 0;
    d->more = false;
    d->digits = p;
    p = skip_digits(p, end, &d->w);
    n = (size_t)(p - d->digits);
    if (p < end && *p == '.') {
        point = ++p;
        p = skip_digits(p, end, &d->w);
        n += (size_t)(p - point);
        d->scale = point - p;
    }
    d->stop = p;
    if (n == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = scan_exponent(p, end, &d->scale);
    if (p != end)
        return false;
    d->q = d->scale;
    if (n > MAX_DIGITS)
        keep_leading(d);
    return true;
}

static const double exact_tens[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 uint128;

#define FINE_STEPS 27
#define MIN_TEN    (-342) /* below, w * 10^q < 2^64 * 10^q is subnormal */
#define MAX_TEN    308    /* above, infinite unless w is 0              */

/* 5^(27 k) for k = -13 .. 11, scaled to [2^127, 2^128), rounded down. */
static const struct {
    uint64_t high, low;
} coarse[] = {
    { UINT64_C(0x8049a4ac0c5811ae), UINT64_C(0x205b896d777d6278) },
    { UINT64_C(0xcf42894a5dce35ea), UINT64_C(0x52064cac828675b9) },
    { UINT64_C(0xa76c582338ed2621), UINT64_C(0xaf2af2b80af6f24e) },
    { UINT64_C(0x873e4f75e2224e68), UINT64_C(0x5a7744a6e804a291) },
    { UINT64_C(0xda7f5bf590966848), UINT64_C(0xaf39a475506a899e) },
    { UINT64_C(0xb080392cc4349dec), UINT64_C(0xbd8d794d96aacfb3) },
    { UINT64_C(0x8e938662882af53e), UINT64_C(0x547eb47b7282ee9c) },
    { UINT64_C(0xe65829b3046b0afa), UINT64_C(0x0cb4a5a3112a5112) },
    { UINT64_C(0xba121a4650e4ddeb), UINT64_C(0x92f34d62616ce413) },
    { UINT64_C(0x964e858c91ba2655), UINT64_C(0x3a6a07f8d510f86f) },
    { UINT64_C(0xf2d56790ab41c2a2), UINT64_C(0xfae27299423fb9c3) },
    { UINT64_C(0xc428d05aa4751e4c), UINT64_C(0xaa97e14c3c26b886) },
    { UINT64_C(0x9e74d1b791e07e48), UINT64_C(0x775ea264cf55347d) },
    { UINT64_C(0x8000000000000000), UINT64_C(0x0000000000000000) },
    { UINT64_C(0xcecb8f27f4200f3a), UINT64_C(0x0000000000000000) },
    { UINT64_C(0xa70c3c40a64e6c51), UINT64_C(0x999090b65f67d924) },
    { UINT64_C(0x86f0ac99b4e8dafd), UINT64_C(0x69a028bb3ded71a3) },
    { UINT64_C(0xda01ee641a708de9), UINT64_C(0xe80e6f4820cc9495) },
    { UINT64_C(0xb01ae745b101e9e4), UINT64_C(0x5ec05dcff72e7f8f) },
    { UINT64_C(0x8e41ade9fbebc27d), UINT64_C(0x14588f13be847307) },
    { UINT64_C(0xe5d3ef282a242e81), UINT64_C(0x8f1668c8a86da5fa) },
    { UINT64_C(0xb9a74a0637ce2ee1), UINT64_C(0x6d953e2bd7173692) },
    { UINT64_C(0x95f83d0a1fb69cd9), UINT64_C(0x4abdaf101564f98e) },
    { UINT64_C(0xf24a01a73cf2dccf), UINT64_C(0xbc633b39673c8cec) },
    { UINT64_C(0xc3b8358109e84f07), UINT64_C(0x0a862f80ec4700c8) }
};

/* 5^k for k = 0 .. 26, scaled to [2^63, 2^64), exact. */
static const uint64_t fine[FINE_STEPS] = {
    UINT64_C(0x8000000000000000), UINT64_C(0xa000000000000000),
    UINT64_C(0xc800000000000000), UINT64_C(0xfa00000000000000),
    UINT64_C(0x9c40000000000000), UINT64_C(0xc350000000000000),
    UINT64_C(0xf424000000000000), UINT64_C(0x9896800000000000),
    UINT64_C(0xbebc200000000000), UINT64_C(0xee6b280000000000),
    UINT64_C(0x9502f90000000000), UINT64_C(0xba43b74000000000),
    UINT64_C(0xe8d4a51000000000), UINT64_C(0x9184e72a00000000),
    UINT64_C(0xb5e620f480000000), UINT64_C(0xe35fa931a0000000),
    UINT64_C(0x8e1bc9bf04000000), UINT64_C(0xb1a2bc2ec5000000),
    UINT64_C(0xde0b6b3a76400000), UINT64_C(0x8ac7230489e80000),
    UINT64_C(0xad78ebc5ac620000), UINT64_C(0xd8d726b7177a8000),
    UINT64_C(0x878678326eac9000), UINT64_C(0xa968163f0a57b400),
    UINT64_C(0xd3c21bcecceda100), UINT64_C(0x84595161401484a0),
    UINT64_C(0xa56fa5b99019a5c8)
};

/* The top 128 of the 192 bits of a * b, and the other 64 in *rest. */
static uint128
multiply(uint128 a, uint64_t b, uint64_t *rest)
{
    uint128 low = (uint128)(uint64_t)a * b;
    uint128 high = (uint128)(uint64_t)(a >> 64) * b + (uint64_t)(low >> 64);

    *rest = (uint64_t)low;
    return high;
}

/*
 * 10^q as g * 2^(floor(log2 10^q) - 127) with g in [2^127, 2^128).  The true
 * factor lies in [g, g + 3): one unit from the rounding of coarse[], doubled
 * by the shift, and less than one from the cut.  For 0 <= q <= 55 it is g.
 */
static uint128
power_of_ten(int q)
{
    unsigned k = (unsigned)(q + 13 * FINE_STEPS);
    uint64_t rest;
    uint128 g = (uint128)coarse[k / FINE_STEPS].high << 64
                | coarse[k / FINE_STEPS].low;

    g = multiply(g, fine[k % FINE_STEPS], &rest);
    return g >> 127 ? g : g << 1 | rest >> 63;
}

/*
 * w * 10^q correctly rounded, or false if that cannot be told.  With w scaled
 * to 64 bits the product lies in [h, h + 4) units of its top 128 bits, or is
 * exactly (h, rest) when the power is exact; only a middle between two doubles
 * inside that interval leaves the rounding open.
 */
static bool
round_product(uint64_t w, int64_t q, double *out)
{
    int zeros, drop, exponent;
    uint64_t m, rest, bits;
    uint128 h, half, tail;
    bool exact = q >= 0 && q <= 55, up;

    if (w == 0 || q < MIN_TEN || q > MAX_TEN)
        return false;
    zeros = __builtin_clzll(w);
    h = multiply(power_of_ten((int)q), w << zeros, &rest);
    drop = h >> 127 ? 75 : 74;
    /* 217706 / 2^16 is log2 10, near enough for every q in range */
    exponent = (int)((q * 217706) >> 16) - zeros + drop - 11 + 1023;
    if (exponent <= 0)
        return false;
    half = (uint128)1 << (drop - 1);
    tail = h & (2 * half - 1);
    m = (uint64_t)(h >> drop);
    if (exact)
        up = tail > half || (tail == half && (rest || m & 1));
    else if (tail <= half && tail + 4 > half)
        return false;
    else
        up = tail > half;
    m += up;
    if (m >> 53) {
        m >>= 1;
        exponent++;
    }
    if (exponent >= 2047)
        return false;
    bits = (uint64_t)exponent << 52 | (m & (UINT64_MAX >> 12));
    memcpy(out, &bits, sizeof bits);
    return true;
}

#else

static bool
round_product(uint64_t w, int64_t q, double *out)
{
    (void)w, (void)q, (void)out;
    return false;
}

#endif

/* No double or middle of two doubles has more than 767 significant digits, so
 * all that follows the first 800 only matters as "more than that". */
#define SLOW_DIGITS 800

static double
slow(const struct decimal *d)
{
    char text[SLOW_DIGITS + 32];
    const char *p = d->digits;
    int64_t scale = d->scale;
    bool more = false;
    size_t n = 0;

    for (; p < d->stop; p++) {
        if (*p == '.' || (n == 0 && *p == '0'))
            continue;
        if (n < SLOW_DIGITS) {
            text[n++] = *p;
        } else {
            more = more || *p != '0';
            scale++;
        }
    }
    if (n == 0)
        return 0.0;
    if (more) {
        text[n++] = '1';
        scale--;
    }
    snprintf(text + n, sizeof text - n, "e%lld", (long long)scale);
    return strtod(text, NULL);
}

static double
to_double(const struct decimal *d)
{
    double x, above;

    if (!d->more && d->w <= UINT64_C(1) << DBL_MANT_DIG) {
        if (d->w == 0)
            return 0.0;
        if (d->q >= 0 && d->q <= 22)
            return (double)d->w * exact_tens[d->q];
        if (d->q < 0 && d->q >= -22)
            return (double)d->w / exact_tens[-d->q];
    }
    if (!round_product(d->w, d->q, &x))
        return slow(d);
    if (d->more && (!round_product(d->w + 1, d->q, &above) || x != above))
        return slow(d);
    return x;
}

/* Does [p, end) spell the lower-case word, in any case? */
static bool
spells(const char *p, const char *end, const char *word)
{
    for (; p < end && *word; p++, word++)
        if ((*p | 0x20) != *word)
            return false;
    return p == end && !*word;
}

static bool
parse_word(const char *p, const char *end, bool negative, double *out)
{
    if (spells(p, end, "nan"))
        *out = NAN;
    else if (spells(p, end, "inf") || spells(p, end, "infinity"))
        *out = negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

bool
mesa_parse_double(const char *begin, const char *end, double *out)
{
    struct decimal d;
    double x;

    d.negative = begin < end && *begin == '-';
    if (begin < end && (*begin == '-' || *begin == '+'))
        begin++;
    if (!scan(begin, end, &d))
        return parse_word(begin, end, d.negative, out);
    x = to_double(&d);
    *out = d.negative ? -x : x;
    return true;
}

static bool
parse_uint64(const char *begin, const char *end, uint64_t *out)
{
    uint64_t sum = 0;

    if (begin < end && *begin == '+')
        begin++;
    if (begin == end)
        return false;
    for (; begin < end; begin++) {
        unsigned d = digit(*begin);

        if (d > 9 || sum > (UINT64_MAX - d) / 10)
            return false;
        sum = sum * 10 + d;
    }
    *out = sum;
    return true;
}

bool
mesa_parse_int64(const char *begin, const char *end, int64_t *out)
{
    bool negative = begin < end && *begin == '-';
    uint64_t u;

    if (negative && ++begin < end && *begin == '+')
        return false;
    if (!parse_uint64(begin, end, &u)
        || u > (uint64_t)INT64_MAX + negative)
        return false;
    /* -u without leaving the range of either type */
    *out = negative && u ? -(int64_t)(u - 1) - 1 : (int64_t)u;
    return true;
}
