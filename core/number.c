/* SPDX-License-Identifier: MIT */
/*
 * number.c - numbers and text, exact and free of the locale.
 *
 * A decimal w * 10^q is read in three ways, cheapest first.  If w < 2^53 and
 * |q| <= 22, both are doubles and one rounding does it (Clinger 1990).  If w
 * has at most 19 digits and |q| <= 27, both are exact in a 64-bit significand:
 * one rounding there, and if the neighbours within the error agree on the
 * double, that is it.  Anything else goes to strtod in the C locale.
 */
#include "internal.h"

#include <mesa/number.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const double ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void
make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

__attribute__((destructor)) static void
free_c_locale(void)
{
    if (c_locale)
        freelocale(c_locale);
}

/* The last resort, for numbers already known to be well formed. */
static bool
parse_slowly(const char *begin, size_t n, double *out)
{
    char buffer[128], *text = n < sizeof buffer ? buffer
                                                : mesa_alloc_raw(n + 1, 1);

    pthread_once(&c_locale_once, make_c_locale);
    if (!text || !c_locale)
        return false;
    memcpy(text, begin, n);
    text[n] = '\0';
    *out = strtod_l(text, NULL, c_locale);
    if (text != buffer)
        mesa_free(text);
    return true;
}

/* A number taken apart: digits w (cut after 19), exponent q. */
struct decimal {
    uint64_t w;
    int      q;
    bool     negative, exact; /* exact: w holds all digits */
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits and at most one point; *at moves behind them. */
static bool
scan_digits(const char **at, const char *end, struct decimal *d)
{
    const char *p = *at, *point = NULL;
    size_t digits = 0, kept = 0;

    for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = p;
            continue;
        }
        digits++;
        if (kept < 19) {
            d->w = d->w * 10 + (uint64_t)(*p - '0');
            kept += d->w != 0;
            d->q -= point != NULL;
        } else {
            d->exact = false;
            d->q += point == NULL;
        }
    }
    *at = p;
    return digits > 0;
}

static bool
scan_exponent(const char **at, const char *end, struct decimal *d)
{
    const char *p = *at + 1;
    bool negative = p < end && *p == '-';
    int e = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return false;
    for (; p < end && is_digit(*p); p++)
        if (e < 100000)
            e = e * 10 + (*p - '0');
    d->q += negative ? -e : e;
    *at = p;
    return true;
}

/* "inf", "infinity", "nan", in any case. */
static bool
parse_word(const char *begin, size_t n, bool negative, double *out)
{
    if ((n == 3 && strncasecmp(begin, "inf", 3) == 0) ||
        (n == 8 && strncasecmp(begin, "infinity", 8) == 0)) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (n == 3 && strncasecmp(begin, "nan", 3) == 0) {
        *out = NAN;
        return true;
    }
    return false;
}

/* One rounding to 64 bits; false if that does not decide the double.  The
 * power is a product of exact doubles that fits 64 bits (5^27 < 2^63). */
static bool
parse_extended(const struct decimal *d, double *out)
{
#if LDBL_MANT_DIG >= 64
    const long double step = 0x1p-62L;
    int n = d->q < 0 ? -d->q : d->q;
    long double power, v;

    if (n > 27)
        return false;
    power = n > 22 ? (long double)ten[22] * ten[n - 22] : ten[n];
    v = d->q < 0 ? (long double)d->w / power : (long double)d->w * power;
    *out = (double)(v * (1 - step));
    return *out == (double)(v * (1 + step));
#else
    (void)d;
    (void)out;
    return false;
#endif
}

bool
mesa_parse_double(const char *begin, const char *end, double *out)
{
    struct decimal d = { 0, 0, false, true };
    const char *p = begin;
    double v;

    if (p < end && (*p == '-' || *p == '+'))
        d.negative = *p++ == '-';
    if (!scan_digits(&p, end, &d))
        return parse_word(p, (size_t)(end - p), d.negative, out);
    if (p < end && (*p == 'e' || *p == 'E') && !scan_exponent(&p, end, &d))
        return false;
    if (p != end)
        return false;
    if (d.exact && d.w <= UINT64_C(1) << 53 && d.q >= -22 && d.q <= 22)
        v = d.q < 0 ? (double)d.w / ten[-d.q] : (double)d.w * ten[d.q];
    else if (!d.exact || d.w == 0 || !parse_extended(&d, &v))
        return parse_slowly(begin, (size_t)(end - begin), out);
    *out = d.negative ? -v : v;
    return true;
}

bool
mesa_parse_int64(const char *begin, const char *end, int64_t *out)
{
    bool negative = begin < end && *begin == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative, v = 0;
    const char *p = begin + (begin < end && (*begin == '-' || *begin == '+'));

    if (p == end)
        return false;
    for (; p < end; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (!is_digit(*p) || v > (limit - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

/* printf's decimal point is the locale's; ours is a point. */
static void
normalise_point(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (strchr("0123456789+-einfa", *from))
            *to++ = *from;
        else if (to == text || to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
}

void
mesa_format_double(double value, char out[MESA_DOUBLE_TEXT])
{
    double back;

    if (isnan(value)) {
        strcpy(out, "nan");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, MESA_DOUBLE_TEXT, "%.*g", digits, value);
        normalise_point(out);
        if (mesa_parse_double(out, out + strlen(out), &back) &&
            back == value)
            return;
    }
}
