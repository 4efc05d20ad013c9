/* SPDX-License-Identifier: MIT */
/*
 * test_vmath.c - elementary functions: accuracy, limits, fixed bits.
 *
 * The reference is libm in long double, where that is wider than double.  The
 * checksums at the end are what every compiler, level of optimisation and
 * instruction set must arrive at.
 */
#include "test.h"

#include <float.h>
#include <math.h>

typedef double function(double x);
typedef void array_function(const double *x, double *out, size_t n);
typedef long double reference(long double x);

static long double
ref_sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}

static long double
ref_softplus(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

enum {
    F_EXP, F_LOG, F_LOG2, F_LOG1P, F_EXPM1, F_SIN, F_COS, F_TANH, F_SIGMOID,
    F_SOFTPLUS, N_FUNCTIONS
};

static const struct {
    const char     *name;
    function       *f;
    array_function *array;
    reference      *ref;
    double          ulp;  /* promised by mesa/vmath.h */
    double          low, high;
    uint64_t        checksum;
} functions[N_FUNCTIONS] = {
    { "exp", mesa_math_exp, mesa_vexp, expl, 1, -745, 709,
      0xdfdc0634846a0240 },
    { "log", mesa_math_log, mesa_vlog, logl, 1, 0, 10,
      0x69b264bb7ffca42f },
    { "log2", mesa_math_log2, NULL, log2l, 1, 0, 10,
      0xff6f9e663dab6d8a },
    { "log1p", mesa_math_log1p, NULL, log1pl, 2, -1, 10,
      0x55bc343d23070f27 },
    { "expm1", mesa_math_expm1, NULL, expm1l, 2, -40, 709,
      0xa5edd5770df34418 },
    { "sin", mesa_math_sin, mesa_vsin, sinl, 1, -100, 100,
      0xb0fc5cc8c216be21 },
    { "cos", mesa_math_cos, mesa_vcos, cosl, 1, -100, 100,
      0xbc0b7a014fb5bf15 },
    { "tanh", mesa_math_tanh, mesa_vtanh, tanhl, 2, -23, 23,
      0x081a85e70add2fe8 },
    { "sigmoid", mesa_math_sigmoid, NULL, ref_sigmoid, 2, -740, 40,
      0x420880cd3ee43c7e },
    { "softplus", mesa_math_softplus, NULL, ref_softplus, 2, -740, 40,
      0xbfc92777311317d6 },
};

/* Whether long double is wider, also at run time: valgrind narrows it. */
static bool
reference_is_wide(void)
{
    volatile long double one = 1, epsilon = DBL_EPSILON / 4;

    return one + epsilon != one;
}

/* Bits that owe nothing to the code under test (SplitMix64). */
static uint64_t
next(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double
of_bits(uint64_t u)
{
    double x;

    memcpy(&x, &u, sizeof x);
    return x;
}

static uint64_t
to_bits(double x)
{
    uint64_t u;

    memcpy(&u, &x, sizeof u);
    return u;
}

static double
uniform(uint64_t *s)
{
    return (double)(next(s) >> 11) * 0x1p-53;
}

/* Half of the arguments spread over the interesting range, a quarter around
 * 0 at all scales, a quarter any bits. */
static double
argument(int f, uint64_t *s)
{
    uint64_t kind = next(s) % 4;
    double u = uniform(s);

    if (kind == 0)
        return of_bits(next(s));
    if (kind == 1)
        return (u - 0.5) * of_bits((uint64_t)(1023 - next(s) % 64) << 52);
    return functions[f].low + u * (functions[f].high - functions[f].low);
}

/* The distance in units of the last place of the exact value. */
static double
ulps(double got, long double exact)
{
    double rounded = (double)exact;
    int exponent;

    if (isnan(got) || isnan(rounded))
        return isnan(got) && isnan(rounded) ? 0 : INFINITY;
    if (isinf(got) || isinf(rounded))
        return got == rounded ? 0 : INFINITY;
    frexp(rounded, &exponent);
    exponent = exponent < -1021 ? -1021 : exponent;
    return (double)(fabsl(got - exact) / ldexpl(1, exponent - 53));
}

static void
test_accuracy(void **state)
{
    (void)state;
    if (!reference_is_wide())
        return;
    for (int f = 0; f < N_FUNCTIONS; f++) {
        uint64_t s = 1;

        for (int i = 0; i < 50000; i++) {
            double x = argument(f, &s), y = functions[f].f(x);
            double error = ulps(y, functions[f].ref(x));

            if (!(error <= functions[f].ulp))
                fail_msg("%s(%a) = %a, off by %g ulp", functions[f].name, x,
                         y, error);
        }
    }
}

static void
check_near(int f, double x)
{
    double y = functions[f].f(x), error = ulps(y, functions[f].ref(x));

    if (!(error <= functions[f].ulp))
        fail_msg("%s(%a) = %a, off by %g ulp", functions[f].name, x, y,
                 error);
}

/* Next to multiples of pi/2 nearly all leading bits cancel. */
static void
test_angles_near_multiples(void **state)
{
    /* 6381956970095103 * 2^797 is 2^-61 from one: no double is nearer. */
    double worst = ldexp(6381956970095103.0, 797);
    uint64_t s = 2;

    (void)state;
    if (!reference_is_wide())
        return;
    assert_close(mesa_math_cos(worst), -4.68716592425462761112e-19, 4e-16);
    assert_true(mesa_math_sin(worst) == 1.0);
    for (int i = 0; i < 20000; i++) {
        long double k = (long double)(next(&s) >> (34 + i % 30));
        double x = (double)(k * 1.57079632679489661923132169163975144L);

        check_near(F_SIN, x);
        check_near(F_COS, x);
        check_near(F_SIN, -x);
        check_near(F_COS, nextafter(x, 0));
    }
}

/* Both reductions, each side of their border and at the end of the range. */
static void
test_large_angles(void **state)
{
    static const double angles[] = {
        0x1p30, 0x1.0000000000001p30, 0x1.fffffffffffffp29, 0x1p31, 0x1p52,
        0x1.921fb54442d18p53, 1e22, 0x1p100, 0x1p500, 0x1p1023, DBL_MAX
    };

    (void)state;
    assert_close(mesa_math_sin(1e22), -0.8522008497671888018, 2e-16);
    assert_close(mesa_math_cos(1e22), 0.5232147853951389455, 3e-16);
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        double x = angles[i], s = mesa_math_sin(x), c = mesa_math_cos(x);

        assert_close(s * s + c * c, 1.0, 1e-15);
        assert_bits_equal(mesa_math_sin(-x), -s);
        assert_bits_equal(mesa_math_cos(-x), c);
        if (reference_is_wide()) {
            check_near(F_SIN, x);
            check_near(F_COS, x);
        }
    }
}

/* Annex F, and the same sign of zero. */
static void
test_limits(void **state)
{
    const double inf = INFINITY;

    (void)state;
    assert_bits_equal(mesa_math_exp(-0.0), 1.0);
    assert_bits_equal(mesa_math_exp(inf), inf);
    assert_bits_equal(mesa_math_exp(-inf), 0.0);
    assert_bits_equal(mesa_math_exp(709.79), inf);
    assert_bits_equal(mesa_math_exp(-745.2), 0.0);
    assert_bits_equal(mesa_math_exp(-745.1), 0x1p-1074);
    assert_bits_equal(mesa_math_log(1.0), 0.0);
    assert_bits_equal(mesa_math_log(0.0), -inf);
    assert_bits_equal(mesa_math_log(-0.0), -inf);
    assert_bits_equal(mesa_math_log(inf), inf);
    assert_bits_equal(mesa_math_log2(0.0), -inf);
    assert_bits_equal(mesa_math_log2(inf), inf);
    assert_bits_equal(mesa_math_log1p(-0.0), -0.0);
    assert_bits_equal(mesa_math_log1p(0x1p-1074), 0x1p-1074);
    assert_bits_equal(mesa_math_log1p(-1.0), -inf);
    assert_bits_equal(mesa_math_log1p(inf), inf);
    assert_bits_equal(mesa_math_expm1(-0.0), -0.0);
    assert_bits_equal(mesa_math_expm1(-0x1p-1074), -0x1p-1074);
    assert_bits_equal(mesa_math_expm1(-inf), -1.0);
    assert_bits_equal(mesa_math_expm1(inf), inf);
    assert_bits_equal(mesa_math_sin(-0.0), -0.0);
    assert_bits_equal(mesa_math_sin(0x1p-1074), 0x1p-1074);
    assert_bits_equal(mesa_math_cos(-0.0), 1.0);
    assert_bits_equal(mesa_math_tanh(-0.0), -0.0);
    assert_bits_equal(mesa_math_tanh(-0x1p-1074), -0x1p-1074);
    assert_bits_equal(mesa_math_tanh(inf), 1.0);
    assert_bits_equal(mesa_math_tanh(-inf), -1.0);
    assert_bits_equal(mesa_math_sigmoid(0.0), 0.5);
    assert_bits_equal(mesa_math_sigmoid(inf), 1.0);
    assert_bits_equal(mesa_math_sigmoid(-inf), 0.0);
    assert_bits_equal(mesa_math_softplus(inf), inf);
    assert_bits_equal(mesa_math_softplus(-inf), 0.0);
    assert_bits_equal(mesa_math_softplus(1e300), 1e300);
}

/* One NaN, whatever came in; also out of a domain. */
static void
test_nan(void **state)
{
    const double nan_ = of_bits(0x7ff8000000000000);
    const double payload = of_bits(0xfff80000deadbeef);

    (void)state;
    for (int f = 0; f < N_FUNCTIONS; f++) {
        assert_bits_equal(functions[f].f(nan_), nan_);
        assert_bits_equal(functions[f].f(payload), nan_);
        assert_bits_equal(functions[f].f(of_bits(0x7ff0000000000001)), nan_);
    }
    assert_bits_equal(mesa_math_log(-1.0), nan_);
    assert_bits_equal(mesa_math_log(-INFINITY), nan_);
    assert_bits_equal(mesa_math_log2(-0x1p-1074), nan_);
    assert_bits_equal(mesa_math_log1p(-1.0000000000000002), nan_);
    assert_bits_equal(mesa_math_sin(INFINITY), nan_);
    assert_bits_equal(mesa_math_cos(-INFINITY), nan_);
    assert_bits_equal(mesa_math_pow(-1.0, 0.5), nan_);
    assert_bits_equal(mesa_math_pow(payload, 1.0), nan_);
    assert_bits_equal(mesa_math_pow(2.0, payload), nan_);
}

static void
test_exact_values(void **state)
{
    double power = 1;

    (void)state;
    for (int k = -1074; k < 1024; k++) {
        assert_bits_equal(mesa_math_log2(ldexp(1, k)), k);
        assert_bits_equal(mesa_math_pow(2.0, k), ldexp(1, k));
    }
    for (int k = 0; k <= 22; k++, power *= 10)
        assert_bits_equal(mesa_math_pow(10.0, k), power);
    for (int k = 1; k < 100; k++) {
        assert_true(mesa_math_pow(k, 2.0) == (double)k * k);
        assert_true(mesa_math_pow((double)k * k, 0.5) == k);
        assert_close(mesa_math_pow(k, -1.0), 1.0 / k, 2.3e-16);
    }
}

/* Between neighbours, functions that rise do not fall. */
static void
test_monotone(void **state)
{
    static const int rising[] = { F_EXP, F_LOG, F_LOG2, F_TANH, F_SIGMOID };

    (void)state;
    for (size_t r = 0; r < sizeof rising / sizeof *rising; r++) {
        int f = rising[r];
        double range = functions[f].high - functions[f].low, last = -INFINITY;

        for (int i = 0; i <= 100000; i++) {
            double y = functions[f].f(functions[f].low + range * i / 100000);

            assert_true(y >= last);
            last = y;
        }
    }
}

static void
test_odd_and_complementary(void **state)
{
    uint64_t s = 3;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        double x = argument(F_TANH, &s);

        if (isnan(x))
            continue;
        assert_bits_equal(mesa_math_tanh(-x), -mesa_math_tanh(x));
        assert_true(fabs(mesa_math_sigmoid(x) + mesa_math_sigmoid(-x) - 1)
                    < 3e-16);
        assert_bits_equal(mesa_math_cos(-x), mesa_math_cos(x));
    }
}

static void
test_power_accuracy(void **state)
{
    uint64_t s = 4;

    (void)state;
    if (!reference_is_wide())
        return;
    for (int i = 0; i < 100000; i++) {
        double x, y, error;

        if (i % 2) { /* results all over the range */
            x = of_bits(next(&s) >> 1);
            y = (uniform(&s) - 0.5) * 2150 / fabs(log2(x));
        } else {
            x = 1 + (uniform(&s) - 0.5) * ldexp(1, -(int)(next(&s) % 50));
            y = (uniform(&s) - 0.5) * ldexp(1, (int)(next(&s) % 60));
        }
        if (isnan(x) || isnan(y))
            continue;
        error = ulps(mesa_math_pow(x, y), powl(x, y));
        if (!(error <= 2))
            fail_msg("pow(%a, %a) = %a, off by %g ulp", x, y,
                     mesa_math_pow(x, y),
                     error);
        assert_bits_equal(mesa_math_pow(x, 1.0), x);
    }
}

static void
test_power_limits(void **state)
{
    static const double v[] = {
        0.0, -0.0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 3, -3, 1e300, -1e300,
        9007199254740991.0, -9007199254740991.0, 9007199254740992.0,
        0x1p-1074, -0x1p-1074, DBL_MAX, -DBL_MAX, INFINITY, -INFINITY, NAN
    };
    enum { N = sizeof v / sizeof *v };

    (void)state;
    /* The C library follows Annex F to the letter; where both are finite
     * they may differ in the last place. */
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double got = mesa_math_pow(v[i], v[j]), c = pow(v[i], v[j]);

            if (isnan(c))
                assert_true(isnan(got));
            else if (c == 0 || isinf(c))
                assert_bits_equal(got, c);
            else
                assert_close(got, c, 1e-15);
        }
}

/* All lengths around the blocks, in place and not, rare angles among the
 * common ones. */
static void
test_arrays_equal_scalars(void **state)
{
    enum { MOST = 100 };
    double x[MOST], out[MOST + 1];
    uint64_t s = 5;

    (void)state;
    for (int f = 0; f < N_FUNCTIONS; f++) {
        if (!functions[f].array)
            continue;
        for (size_t n = 0; n <= MOST; n++) {
            for (size_t i = 0; i < n; i++)
                x[i] = argument(f, &s);
            out[n] = 77;
            functions[f].array(x, out, n);
            assert_true(out[n] == 77);
            for (size_t i = 0; i < n; i++)
                assert_bits_equal(out[i], functions[f].f(x[i]));
            functions[f].array(x, x, n);
            assert_memory_equal(x, out, n * sizeof *x);
        }
    }
}

/* FNV-1a over the results' bits. */
static uint64_t
checksum(int f)
{
    uint64_t hash = 0xcbf29ce484222325, s = 6;

    for (int i = 0; i < 100000; i++) {
        uint64_t u = to_bits(functions[f].f(argument(f, &s)));

        for (int b = 0; b < 8; b++)
            hash = (hash ^ (u >> 8 * b & 0xff)) * 0x100000001b3;
    }
    return hash;
}

static void
test_same_bits_everywhere(void **state)
{
    (void)state;
    for (int f = 0; f < N_FUNCTIONS; f++)
        if (checksum(f) != functions[f].checksum)
            print_error("%s: 0x%016llx\n", functions[f].name,
                        (unsigned long long)checksum(f));
    for (int f = 0; f < N_FUNCTIONS; f++)
        assert_true(checksum(f) == functions[f].checksum);
}

static void
test_same_powers_everywhere(void **state)
{
    uint64_t hash = 0xcbf29ce484222325, s = 7;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        double x = 50 * uniform(&s), y = 400 * (uniform(&s) - 0.5);
        uint64_t u = to_bits(mesa_math_pow(x, y));

        for (int b = 0; b < 8; b++)
            hash = (hash ^ (u >> 8 * b & 0xff)) * 0x100000001b3;
    }
    if (hash != 0xa7690a95c0453c62)
        fail_msg("pow: 0x%016llx", (unsigned long long)hash);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_angles_near_multiples),
        cmocka_unit_test(test_large_angles),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_exact_values),
        cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_odd_and_complementary),
        cmocka_unit_test(test_power_accuracy),
        cmocka_unit_test(test_power_limits),
        cmocka_unit_test(test_arrays_equal_scalars),
        cmocka_unit_test(test_same_bits_everywhere),
        cmocka_unit_test(test_same_powers_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
