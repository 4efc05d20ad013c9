/* SPDX-License-Identifier: MIT */
/* test_number.c - reading and writing numbers, against the C library. */
#include "test.h"

#include <mesa/number.h>

#include <locale.h>
#include <math.h>

static bool
parse(const char *text, double *out)
{
    return mesa_parse_double(text, text + strlen(text), out);
}

static void
same_as_strtod(const char *text)
{
    double v = -1.0;

    if (!parse(text, &v))
        fail_msg("'%s' was not read", text);
    assert_bits_equal(v, strtod(text, NULL));
}

static void
test_plain_numbers(void **state)
{
    static const char *const texts[] = {
        "0", "-0", "+1", "1.", ".5", "00012", "1e3", "1E-3", "1e+22", "1e23",
        "123456789012345678", "0.67160093", "-0.18589744",
        "0.1000000000000000055511151231257827", "9007199254740993",
        "9007199254740992.5", "4.9406564584124654e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324",
        "1.7976931348623157e308", "1.7976931348623159e308", "1e400", "1e-400",
        "2.2250738585072011e-308", "2.2250738585072014e-308",
        "8.988465674311579e307", "100000000000000016777215",
        "100000000000000016777216", "0.000000000000000000000000000000001",
        "6929495644600919.5", "3.518437208883201171875e13",
        "1e99999999999", "1e-99999999999", "0e99999"
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same_as_strtod(texts[i]);
}

static void
test_words(void **state)
{
    double v;

    (void)state;
    assert_true(parse("inf", &v) && isinf(v) && v > 0);
    assert_true(parse("-Infinity", &v) && isinf(v) && v < 0);
    assert_true(parse("NaN", &v) && isnan(v));
}

static void
test_garbage(void **state)
{
    static const char *const texts[] = {
        "", " ", "-", ".", "+.", "e5", "1e", "1e+", "1.2.3", "1 ", " 1",
        "0x10", "1,5", "1e5x", "infinit", "nano", "--1", "1-", "1d5"
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double v = 7.0;

        if (parse(texts[i], &v))
            fail_msg("'%s' was read as %g", texts[i], v);
        assert_bits_equal(v, 7.0);
    }
}

/* Random bit patterns and random magnitudes, in 15 to 19 digits. */
static void
test_random_numbers(void **state)
{
    struct mesa_rng rng;
    char text[64];

    (void)state;
    mesa_rng_seed(&rng, 1);
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = mesa_rng_bits(&rng);
        double v;

        if (i % 2)
            v = (mesa_rng_uniform(&rng) - 0.5) * 200.0;
        else
            memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        snprintf(text, sizeof text, "%.*g", 6 + i % 14, v);
        same_as_strtod(text);
        snprintf(text, sizeof text, "%.*f", i % 12, fmod(v, 1e9));
        same_as_strtod(text);
    }
}

/* Decimals half way between two doubles, and one digit beside. */
static void
test_halfway_cases(void **state)
{
    struct mesa_rng rng;
    char text[64];

    (void)state;
    mesa_rng_seed(&rng, 2);
    for (int i = 0; i < 100000; i++) {
        uint64_t odd = (UINT64_C(1) << 53) + (mesa_rng_bits(&rng) >> 11);

        snprintf(text, sizeof text, "%llu.5", (unsigned long long)odd);
        same_as_strtod(text);
        odd = (odd << 1 | 1) + (UINT64_C(1) << 54);
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)odd,
                 i % 40 - 20);
        same_as_strtod(text);
    }
}

static void
test_long_numbers(void **state)
{
    char text[2000];

    (void)state;
    memset(text, '3', sizeof text - 1);
    text[0] = '0';
    text[1] = '.';
    text[sizeof text - 1] = '\0';
    same_as_strtod(text);
}

static void
test_integers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-17", true, -17 },
        { "+5", true, 5 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "1.0", false, 0 },
        { "1e3", false, 0 },
        { " 1", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *t = cases[i].text;
        int64_t v = 0;

        assert_int_equal(mesa_parse_int64(t, t + strlen(t), &v), cases[i].ok);
        assert_true(v == cases[i].value);
    }
}

static void
test_formatting(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.0, "0" },         { -0.0, "-0" },     { 0.1, "0.1" },
        { 5.0, "5" },         { 1e22, "1e+22" },  { 1.0 / 3, "0.3333333333333333" },
        { 1e-5, "1e-05" },    { NAN, "nan" },     { INFINITY, "inf" },
        { -INFINITY, "-inf" }, { 0.1 + 0.2, "0.30000000000000004" },
    };
    char text[MESA_DOUBLE_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mesa_format_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void
test_round_trip(void **state)
{
    struct mesa_rng rng;
    char text[MESA_DOUBLE_TEXT];

    (void)state;
    mesa_rng_seed(&rng, 3);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = mesa_rng_bits(&rng);
        double v, back;

        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        mesa_format_double(v, text);
        assert_true(parse(text, &back));
        assert_bits_equal(back, v);
    }
}

/* A decimal comma in the locale changes nothing. */
static void
test_locale(void **state)
{
    char text[MESA_DOUBLE_TEXT];
    double v;

    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE"))
        return; /* that locale is not installed */
    mesa_format_double(0.5, text);
    assert_string_equal(text, "0.5");
    assert_true(parse("1.7976931348623157e308", &v));
    assert_bits_equal(v, 1.7976931348623157e308);
    assert_false(parse("0,5", &v));
    setlocale(LC_ALL, "C");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_numbers),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_halfway_cases),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_formatting),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
