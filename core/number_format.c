/* SPDX-License-Identifier: MIT */
/*
 * number_format.c - numbers to text, exact and free of the locale.
 *
 * What is sought are the fewest digits that read back as the same double, 15,
 * 16 or 17 of them before zeros are cut off.  For most numbers whole numbers
 * of 128 bits give them; for the others printf is asked until what it says
 * reads back.
 */
#include "internal.h"

#include <mesa/number.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

enum { FIVES = 28 };

/* All powers of 5 that 64 bits hold. */
static const uint64_t five[FIVES] = {
    UINT64_C(1), UINT64_C(5), UINT64_C(25), UINT64_C(125), UINT64_C(625),
    UINT64_C(3125), UINT64_C(15625), UINT64_C(78125), UINT64_C(390625),
    UINT64_C(1953125), UINT64_C(9765625), UINT64_C(48828125),
    UINT64_C(244140625), UINT64_C(1220703125), UINT64_C(6103515625),
    UINT64_C(30517578125), UINT64_C(152587890625), UINT64_C(762939453125),
    UINT64_C(3814697265625), UINT64_C(19073486328125),
    UINT64_C(95367431640625), UINT64_C(476837158203125),
    UINT64_C(2384185791015625), UINT64_C(11920928955078125),
    UINT64_C(59604644775390625), UINT64_C(298023223876953125),
    UINT64_C(1490116119384765625), UINT64_C(7450580596923828125)
};

/* The powers of ten from 1e-10 on, as doubles. */
static const double ten[] = {
    1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1,
    1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
    1e15
};

static unsigned
digit(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

/*
 * n significant digits of x > 0, correctly rounded, and the power of ten of
 * the first.  Only the digits of what printf writes are used: the point may
 * be any bytes in this locale.
 */
static int
print_digits(double x, int n, char *digits)
{
    char text[64];
    const char *p = text;
    int64_t power = 0;

    snprintf(text, sizeof text, "%.*e", n - 1, x);
    for (; *p != 'e'; p++)
        if (digit(*p) < 10)
            *digits++ = *p;
    *digits = '\0';
    mesa_parse_int64(p + 1, p + strlen(p), &power);
    return (int)power;
}

static bool
reads_back(const char *digits, int power, double x)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%se%d", digits,
                     power - (int)strlen(digits) + 1);
    double y;

    return mesa_parse_double(text, text + n, &y) && y == x;
}

/* The next larger number of as many digits; false when it needs one more. */
static bool
increment(char *digits)
{
    size_t i = strlen(digits);

    while (i-- > 0) {
        if (digits[i] != '9') {
            digits[i]++;
            return true;
        }
        digits[i] = '0';
    }
    return false;
}

/* The n last digits of a number. */
static void
write_digits(uint64_t number, int n, char *digits)
{
    digits[n] = '\0';
    while (n-- > 0) {
        digits[n] = (char)('0' + number % 10);
        number /= 10;
    }
}

/*
 * n digits of m 2^e, correctly rounded, whose first one stands for 10^power:
 * with k places behind the point that is m 5^k / 2^s, where s = -(e + k), and
 * exact in 128 bits.  Doubles lie 5^k / 2^s apart there: it reads back, and
 * the result is true, if it is off by less than half of that.  From 1e-10 up
 * to 1e15 k is less than FIVES and s less than 64.
 */
static bool
quick_digits(uint64_t m, int e, int power, int n, char *digits)
{
    int k = n - 1 - power, s = -(e + k);
    uint128 scaled = (uint128)m * five[k];
    uint64_t number = (uint64_t)(scaled >> s);
    uint64_t half = UINT64_C(1) << (s - 1);
    uint64_t off = (uint64_t)scaled & (2 * half - 1);

    if (off > half || (off == half && number % 2 == 1)) {
        number++;
        off = 2 * half - off;
    }
    if (off > five[k] / 2)
        return false;
    write_digits(number, n, digits);
    return true;
}

/* The fewest digits by that road; false if it does not lead there.  What lies
 * near a power of ten or two is left to the other. */
static bool
shortest_quickly(double x, char *digits, int *power)
{
    uint64_t bits, m;
    int e;

    if (!(x >= 1e-10 && x < 1e15))
        return false;
    memcpy(&bits, &x, sizeof bits);
    m = bits & ((UINT64_C(1) << 52) - 1);
    if (m == 0)
        return false;
    m |= UINT64_C(1) << 52;
    e = (int)(bits >> 52) - 1075;
    for (*power = -10; *power < 14 && x >= ten[*power + 11];)
        ++*power;
    if (x > ten[*power + 11] * (1 - 1e-14))
        return false;
    for (int n = 15; n <= 17; n++)
        if (quick_digits(m, e, *power, n, digits))
            return true;
    return false;
}

/*
 * The fewest digits that read back.  15 digits always survive the way through
 * a normal double, so that a shorter number appears there with zeros behind;
 * subnormals have fewer.  Below a power of two doubles lie twice as dense as
 * above, so there the closest n digits may miss where the next ones hit.
 */
static int
shortest_digits(double x, char *digits)
{
    int power = 0, fraction;
    bool is_power = frexp(x, &fraction) == 0.5;
    bool done = shortest_quickly(x, digits, &power);
    size_t length;

    for (int n = x < DBL_MIN ? 1 : 15; n <= 17 && !done; n++) {
        power = print_digits(x, n, digits);
        if (reads_back(digits, power, x))
            break;
        if (is_power && increment(digits) && reads_back(digits, power, x))
            break;
    }
    length = strlen(digits);
    while (length > 1 && digits[length - 1] == '0')
        digits[--length] = '\0';
    return power;
}

/* Lay out digits and the power of ten of the first. */
static char *
lay_out(char *to, const char *digits, int power)
{
    int n = (int)strlen(digits);

    if (power < -4 || power >= 16) {
        *to++ = *digits++;
        if (n > 1)
            *to++ = '.';
        while (*digits)
            *to++ = *digits++;
        return to + snprintf(to, 8, "e%+03d", power);
    }
    if (power < 0) {
        *to++ = '0';
        *to++ = '.';
        for (int i = -1; i > power; i--)
            *to++ = '0';
    }
    for (int i = 0; i < n || i <= power; i++) {
        if (i == power + 1 && power >= 0)
            *to++ = '.';
        *to++ = i < n ? digits[i] : '0';
    }
    return to;
}

/* Scores and shares often have few digits: whether value < 1000 is k / 1000.
 * Such a decimal, of 6 digits at most, is the shortest that reads back. */
static bool
is_short(double value, unsigned *k)
{
    *k = value < 1000 ? (unsigned)(value * 1000 + 0.5) : 0;
    return value < 1000 && value == (double)*k / 1000;
}

static char *
lay_out_short(char *to, unsigned k)
{
    for (unsigned unit = 100; unit > 0; unit /= 10)
        if (k >= 1000 * unit || unit == 1)
            *to++ = (char)('0' + k / (1000 * unit) % 10);
    k %= 1000;
    if (k > 0)
        *to++ = '.';
    for (unsigned unit = 100; k > 0; k %= unit, unit /= 10)
        *to++ = (char)('0' + k / unit);
    return to;
}

void
mesa_format_double(double value, char out[MESA_DOUBLE_TEXT])
{
    char digits[24];
    char *to = out;
    unsigned k;
    int power;

    if (isnan(value)) {
        memcpy(out, "nan", 4);
        return;
    }
    if (signbit(value)) {
        *to++ = '-';
        value = -value;
    }
    if (isinf(value)) {
        memcpy(to, "inf", 3);
        to += 3;
    } else if (is_short(value, &k)) {
        to = lay_out_short(to, k);
    } else if (value < 1e15 && value == floor(value)) {
        to += snprintf(to, 20, "%llu", (unsigned long long)value);
    } else {
        power = shortest_digits(value, digits);
        to = lay_out(to, digits, power);
    }
    *to = '\0';
}
