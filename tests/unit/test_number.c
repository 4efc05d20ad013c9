/* SPDX-License-Identifier: MIT */
/* test_number.c - reading and writing numbers, held against strtod. */
#include "test.h"

#include <mesa/number.h>

#include <float.h>
#include <locale.h>
#include <math.h>

static uint64_t
next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double
from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static bool
parse(const char *text, double *out)
{
    return mesa_parse_double(text, text + strlen(text), out);
}

/* Reads as strtod reads it, to the last bit. */
static void
check_like_strtod(const char *text)
{
    double expected = strtod(text, NULL), x = 0.0;

    if (!parse(text, &x))
        fail_msg("'%s' is refused", text);
    if (memcmp(&x, &expected, sizeof x) != 0)
        fail_msg("'%s' gives %a, strtod %a", text, x, expected);
}

static void
check_format(double x, const char *expected)
{
    char text[MESA_DOUBLE_TEXT];

    mesa_format_double(x, text);
    assert_string_equal(text, expected);
}

static void
check_formatted_reads_back(double x)
{
    char text[MESA_DOUBLE_TEXT];
    double y = 0.0;

    mesa_format_double(x, text);
    assert_true(parse(text, &y));
    assert_bits_equal(y, x);
    assert_bits_equal(strtod(text, NULL), x);
}

static void
test_random_doubles_in_15_to_17_digits(void **state)
{
    uint64_t seed = 1;
    char text[64];

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        double x = from_bits(next_random(&seed));

        if (!isfinite(x))
            continue;
        snprintf(text, sizeof text, "%.*e", 14 + i % 3, x);
        check_like_strtod(text);
    }
}

static void
test_random_numbers_as_data_files_have_them(void **state)
{
    uint64_t seed = 2;
    char text[400];

    (void)state;
    for (int i = 0; i < 300000; i++) {
        double x = ((double)next_random(&seed) / 0x1p64 - 0.5)
                   * (i % 2 ? 1 : 20000);

        snprintf(text, sizeof text, "%.*f", i % 20, x);
        check_like_strtod(text);
        snprintf(text, sizeof text, "%.*g", 1 + i % 40, x);
        check_like_strtod(text);
    }
}

/* Every power of ten of the table, with few and with many digits. */
static void
test_every_power_of_ten(void **state)
{
    static const char *const heads[] = {
        "1", "9", "9007199254740993", "1234567890123456789",
        "18446744073709551615", "9999999999999999999", "18014398509481985",
        "4.9406564584124654", "1.7976931348623157", "2.2250738585072011",
        "12345678901234567890123456789", "0.00000000000000000000000000012345"
    };
    char text[80];

    (void)state;
    for (int q = -400; q <= 400; q++)
        for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
            snprintf(text, sizeof text, "%s%s%d", heads[k], q % 2 ? "e" : "E",
                     q);
            check_like_strtod(text);
        }
}

/* The exact decimal of the middle between two doubles, and a hair beside. */
static void
test_exact_middles(void **state)
{
    uint64_t seed = 3;
    char text[1300];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t m = next_random(&seed) >> 11;
        int e = (int)(next_random(&seed) % (i % 4 ? 12 : 150)) - 8;
        size_t n;

        /* a 54-bit odd number needs the long double's 64 bits */
        n = (size_t)snprintf(text, sizeof text, "%.*Lf", e < 0 ? 12 : 0,
                             ldexpl((long double)m * 2 + 1, e));
        check_like_strtod(text);
        if (!strchr(text, '.'))
            text[n++] = '.';
        memcpy(text + n, "0000000000000000000000000001", 29);
        check_like_strtod(text);
    }
}

static void
test_hard_cases(void **state)
{
    static const char *const cases[] = {
        "0", "-0", "+0", "0.0", "-0.0e999999999999999999999", ".5", "5.", "-.5",
        "00000000000000000000000000001", "0.1", "1e22", "1e23", "1e-22",
        "9007199254740992", "9007199254740993", "9007199254740991e22",
        "9007199254740993.0", "9007199254740993.00000000000000000000000001",
        "8.5e-1", "1e308", "1.7976931348623157e308", "1.7976931348623158e308",
        "1.7976931348623159e308", "1e309", "-1e400", "1e99999999999999999999",
        "2.2250738585072014e-308", "2.2250738585072011e-308",
        "2.2250738585072012e-308", "4.9e-324", "5e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1e-324",
        "1e-400", "-1e-99999999999999999999", "6.631236846766476e-316",
        "3.237883913302901289588352412501532174863e-319",
        "6954857777571.5361e-2", "1090544144181609348835077142190",
        "104308485241983990666713401708072175773165034278682682111762292409e-2",
        "7.04205570775945886694687843575612079620984434831879407927296000e+59",
        "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13", "62.5364939768271845828",
        "8.10109172351e-10", "1.50000000000000011102230246251565", "2e308",
        "0.000000000000000000000000000000000000000000000000000000001e57"
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_like_strtod(cases[i]);
}

/* More digits than the slow road keeps: the last one still decides. */
static void
test_thousands_of_digits(void **state)
{
    static char text[6000];
    size_t n;

    (void)state;
    n = (size_t)snprintf(text, sizeof text, "9007199254740993.");
    memset(text + n, '0', 4000);
    text[n + 4000] = '\0';
    check_like_strtod(text);
    text[n + 3999] = '1';
    check_like_strtod(text);
    memset(text, '0', 5000);
    text[1] = '.';
    strcpy(text + 5000, "123456789123456789123e5000");
    check_like_strtod(text);
    memset(text, '7', 5000);
    strcpy(text + 5000, "e-5000");
    check_like_strtod(text);
    strcpy(text + 400, "e-600");
    check_like_strtod(text);
}

static void
test_garbage_is_refused(void **state)
{
    static const char *const cases[] = {
        "", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e-", "1.2.3",
        "1..", " 1", "1 ", "\t1", "0x10", "0x1p3", "1,5", "--1", "+-1", "1e5.0",
        "1e5e5", "in", "infi", "infinityy", "nanx", "nan(", "nan()", "nan(1)",
        "-", "1d5", "\xff", "1\xc2\xa0", "na", "i", "1f", "e", "E+1", "1_000",
        "\xb1"
    };
    static const char with_nul[] = "1\0002";
    double x = 42.0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (parse(cases[i], &x))
            fail_msg("'%s' is read as %g", cases[i], x);
    assert_false(mesa_parse_double(with_nul, with_nul + 3, &x));
    assert_bits_equal(x, 42.0);
}

/* What stands behind end is not looked at. */
static void
test_bounds(void **state)
{
    static const char text[] = "12.5e3";
    static const double prefix[] = { 1, 12, 12, 12.5 };
    double x;

    (void)state;
    for (size_t n = 1; n <= 4; n++) {
        char *exact = malloc(n); /* so that sanitizers see an overrun */

        memcpy(exact, text, n);
        assert_true(mesa_parse_double(exact, exact + n, &x));
        assert_bits_equal(x, prefix[n - 1]);
        free(exact);
    }
    assert_false(mesa_parse_double(text, text + 5, &x));
    assert_true(mesa_parse_double(text, text + 6, &x));
    assert_bits_equal(x, 12500.0);
}

static void
test_words(void **state)
{
    static const char *const nans[] = { "nan", "NaN", "-nan", "+NAN", "nAn" };
    double x;

    (void)state;
    for (size_t i = 0; i < sizeof nans / sizeof *nans; i++) {
        x = 0.0;
        assert_true(parse(nans[i], &x));
        assert_bits_equal(x, (double)NAN);
    }
    assert_true(parse("inf", &x) && x == INFINITY);
    assert_true(parse("-INF", &x) && x == -INFINITY);
    assert_true(parse("+Infinity", &x) && x == INFINITY);
}

static void
test_format_known_values(void **state)
{
    (void)state;
    check_format(0.0, "0");
    check_format(-0.0, "-0");
    check_format(5, "5");
    check_format(-12, "-12");
    check_format(0.1, "0.1");
    check_format(0.1 + 0.2, "0.30000000000000004");
    check_format(1e22, "1e+22");
    check_format(1e15, "1000000000000000");
    check_format(1e16, "1e+16");
    check_format(9007199254740992, "9007199254740992");
    check_format(123456.789, "123456.789");
    check_format(0.0001, "0.0001");
    check_format(0.00012345, "0.00012345");
    check_format(1e-5, "1e-05");
    check_format(1.5e-7, "1.5e-07");
    check_format(1.25e100, "1.25e+100");
    check_format(DBL_MAX, "1.7976931348623157e+308");
    check_format(-DBL_MIN, "-2.2250738585072014e-308");
    check_format(5e-324, "5e-324");
    check_format(1.5e-320, "1.5e-320");
    check_format(0x1p-44, "5.684341886080802e-14"); /* the middle is uneven */
    check_format(NAN, "nan");
    check_format(-NAN, "nan");
    check_format(INFINITY, "inf");
    check_format(-INFINITY, "-inf");
}

static void
test_format_reads_back(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        double x = from_bits(next_random(&seed));

        if (isfinite(x))
            check_formatted_reads_back(x);
        check_formatted_reads_back((double)next_random(&seed) / 0x1p64);
    }
    for (int e = -1074; e < 1024; e++) {
        check_formatted_reads_back(ldexp(1.0, e));
        check_formatted_reads_back(nextafter(ldexp(1.0, e), 0.0));
    }
}

/* Thousandths are written without printf, as it would; their neighbours,
 * which look the same in 15 digits, are not. */
static void
test_format_thousandths(void **state)
{
    (void)state;
    for (int k = 0; k <= 1001000; k += k < 2000 ? 1 : 37) {
        double x = k / 1000.0;
        char text[32];

        snprintf(text, sizeof text, "%.15g", x);
        check_format(x, text);
        check_formatted_reads_back(-x);
        check_formatted_reads_back(nextafter(x, 2000));
    }
}

/* With one significant digit less, neither the decimal below nor the one
 * above reads back. */
static void
test_format_is_shortest(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        uint64_t fraction = i % 2 ? 0 : next_random(&seed) >> 12;
        uint64_t exponent = 1 + next_random(&seed) % 2045;
        double x = from_bits(exponent << 52 | fraction);
        char text[MESA_DOUBLE_TEXT], shorter[64];
        int n = 0;
        bool exponent_form;

        mesa_format_double(x, text);
        for (const char *p = text; *p && *p != 'e'; p++)
            n += *p != '.';
        exponent_form = strchr(text, 'e') != NULL;
        if (!exponent_form || n < 2)
            continue;
        for (double y = nextafter(x, 0), k = 0; k < 3; k++) {
            snprintf(shorter, sizeof shorter, "%.*e", n - 2, y);
            assert_true(strtod(shorter, NULL) != x);
            y = nextafter(y, INFINITY);
        }
    }
}

/* The digits of a number's text, without zeros before and behind. */
static void
only_digits(const char *text, char *digits)
{
    size_t n = 0;

    for (; *text && *text != 'e'; text++)
        if (*text != '.' && (n > 0 || *text != '0'))
            digits[n++] = *text;
    while (n > 0 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
}

/* Most numbers are written without printf, and with the digits that it finds;
 * those about powers of ten are the ones that could go astray. */
static void
test_format_like_printf(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        double x = (double)(next_random(&seed) >> 11)
                   * ldexp(1, -53 - (int)(next_random(&seed) % 34));
        char text[64], found[64], expected[64];

        if (i % 4 == 0) {
            snprintf(text, sizeof text, "1e%d", i / 4 % 24 - 9);
            x = strtod(text, NULL);
            for (int k = i / 96 % 9; k > 0; k--)
                x = nextafter(x, i % 8 ? 0 : INFINITY);
        } else if (i % 4 == 1) {
            x = (double)(next_random(&seed) % 1000000) / 997;
        }
        for (int n = 15; n <= 17; n++) {
            snprintf(text, sizeof text, "%.*e", n - 1, x);
            if (strtod(text, NULL) == x)
                break;
        }
        only_digits(text, expected);
        mesa_format_double(x, text);
        only_digits(text, found);
        assert_string_equal(found, expected);
    }
}

static bool
parse_int64(const char *text, int64_t *out)
{
    return mesa_parse_int64(text, text + strlen(text), out);
}

static void
test_integers(void **state)
{
    int64_t i = 7;
#define I64(s) parse_int64(s, &i)

    (void)state;
    assert_true(I64("0") && i == 0);
    assert_true(I64("-0") && i == 0);
    assert_true(I64("+12") && i == 12);
    assert_true(I64("-12") && i == -12);
    assert_true(I64("0000000000000000000000012") && i == 12);
    assert_true(I64("9223372036854775807") && i == INT64_MAX);
    assert_true(I64("-9223372036854775808") && i == INT64_MIN);
    i = 7;
    assert_false(I64("9223372036854775808") || I64("-9223372036854775809"));
    assert_false(I64("") || I64("-") || I64("+") || I64("-+1") || I64("+-1"));
    assert_false(I64("1.0") || I64("1e3") || I64(" 1") || I64("1 "));
    assert_false(I64("0x1") || I64("99999999999999999999999999"));
    assert_int_equal(i, 7);
#undef I64
}

/* A comma or a multi-byte point in the locale changes nothing. */
static void
test_locale(void **state)
{
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8",
                                         "ps_AF.UTF-8", "de_DE.utf8" };
    bool found = false;
    double x;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!setlocale(LC_ALL, names[i]))
            continue;
        found = true;
        check_format(0.1 + 0.2, "0.30000000000000004");
        check_format(1.25e-300, "1.25e-300");
        assert_true(parse("9007199254740993.5", &x));
        assert_bits_equal(x, 9007199254740994.0);
        assert_true(parse("2.5e-320", &x) && x == 5060 * 0x1p-1074);
        assert_false(parse("0,5", &x));
        setlocale(LC_ALL, "C");
    }
    if (!found)
        return; /* that locale is not installed */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_doubles_in_15_to_17_digits),
        cmocka_unit_test(test_random_numbers_as_data_files_have_them),
        cmocka_unit_test(test_every_power_of_ten),
        cmocka_unit_test(test_exact_middles),
        cmocka_unit_test(test_hard_cases),
        cmocka_unit_test(test_thousands_of_digits),
        cmocka_unit_test(test_garbage_is_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_format_known_values),
        cmocka_unit_test(test_format_reads_back),
        cmocka_unit_test(test_format_is_shortest),
        cmocka_unit_test(test_format_like_printf),
        cmocka_unit_test(test_format_thousandths),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
