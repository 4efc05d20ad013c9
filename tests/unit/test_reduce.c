/* SPDX-License-Identifier: MIT */
/*
 * test_reduce.c - sums and maxima along an axis: accuracy, shape, limits.
 */
#include "test.h"

#include "graph/kernels.h"

#include <math.h>

typedef void reduction(const void *x, size_t rows, size_t n, size_t stride,
                       void *out);

/* Numbers in (-1, 1) with all bits in use. */
static double
number(uint64_t i)
{
    uint64_t z = i * 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (double)(int64_t)(z ^ z >> 31) * 0x1p-63;
}

static double *
doubles(size_t n)
{
    double *x = malloc(n * sizeof *x + 1);

    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = number(i + 1);
    return x;
}

static float *
floats(size_t n)
{
    float *x = malloc(n * sizeof *x + 1);

    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)number(i + 1);
    return x;
}

static const size_t lengths[] = { 0,   1,   2,   3,   7,    16,   17,  31, 32,
                                  33,  48,  63,  64,  65,   100,  255, 256,
                                  257, 511, 512, 513, 1000, 5000 };

enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

/* As if no element had gone through more than 16 roundings: most have gone
 * through far fewer than the 64 of a run and those of the tree. */
static void
check_sum(double got, const double *x, size_t n, double epsilon)
{
    double sum = 0, size = 0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i]; /* its own error is that of doubles */
        size += fabs(x[i]);
    }
    if (!(fabs(got - sum) <= 16 * epsilon * size))
        fail_msg("sum of %zu: %a, not %a", n, got, sum);
}

static void
test_sums(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_LENGTHS; t++) {
        size_t n = lengths[t];
        float *x = floats(n);
        double *d = doubles(n), got_d;
        float got;

        mesa_reduce_sum_last_f64(d, 1, n, n, &got_d);
        check_sum(got_d, d, n, 0x1p-52);
        mesa_reduce_sum_first_f64(d, n, 1, 1, &got_d);
        check_sum(got_d, d, n, 0x1p-52);
        for (size_t i = 0; i < n; i++)
            d[i] = x[i];
        mesa_reduce_sum_last_f32(x, 1, n, n, &got);
        check_sum(got, d, n, 0x1p-24);
        mesa_reduce_sum_first_f32(x, n, 1, 1, &got);
        check_sum(got, d, n, 0x1p-24);
        free(x);
        free(d);
    }
}

static double
largest_of(const double *x, size_t n)
{
    double m = -INFINITY;

    for (size_t i = 0; i < n; i++)
        m = fmax(m, x[i]);
    return m;
}

static void
test_largest(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_LENGTHS; t++) {
        size_t n = lengths[t];
        float *x = floats(n), got;
        double *d = doubles(n), got_d;

        mesa_reduce_max_last_f64(d, 1, n, n, &got_d);
        assert_bits_equal(got_d, largest_of(d, n));
        mesa_reduce_max_first_f64(d, n, 1, 1, &got_d);
        assert_bits_equal(got_d, largest_of(d, n));
        mesa_reduce_max_last_f32(x, 1, n, n, &got);
        assert_bits_equal(got, (float)largest_of(d, n));
        mesa_reduce_max_first_f32(x, n, 1, 1, &got);
        assert_bits_equal(got, (float)largest_of(d, n));
        free(x);
        free(d);
    }
}

/* A million tenths: added in order, floats would be 1 % off. */
static void
test_long_sums(void **state)
{
    enum { LONG = 1000000 };
    float *x = floats(LONG), last, first[3];

    (void)state;
    for (size_t i = 0; i < LONG; i++)
        x[i] = 0.1f;
    mesa_reduce_sum_last_f32(x, 1, LONG, LONG, &last);
    assert_close(last, LONG * (double)0.1f, 5e-7);
    mesa_reduce_sum_first_f32(x, LONG / 3, 3, 3, first);
    for (int j = 0; j < 3; j++)
        assert_close(first[j], LONG / 3 * (double)0.1f, 1e-6);
    free(x);
}

static const struct {
    const char *name;
    reduction  *f32, *f64;
    bool        last;
} reductions[] = {
    { "sum_last", mesa_reduce_sum_last_f32, mesa_reduce_sum_last_f64, true },
    { "max_last", mesa_reduce_max_last_f32, mesa_reduce_max_last_f64, true },
    { "sum_first", mesa_reduce_sum_first_f32, mesa_reduce_sum_first_f64,
      false },
    { "max_first", mesa_reduce_max_first_f32, mesa_reduce_max_first_f64,
      false },
};

/* Each row or column as if it were alone, with a gap between rows that is
 * not read, and nothing written behind the results. */
static void
check_alone(size_t which, size_t rows, size_t n)
{
    const bool last = reductions[which].last;
    const size_t stride = n + 3, count = last ? rows : n;
    double *d = doubles(rows * stride), *out = doubles(count + 1), alone;
    float *x = floats(rows * stride), *out_f = floats(count + 1), alone_f;

    for (size_t i = 0; i < rows; i++)
        for (size_t j = n; j < stride; j++)
            d[i * stride + j] = x[i * stride + j] = NAN;
    out[count] = out_f[count] = 42;
    reductions[which].f64(d, rows, n, stride, out);
    reductions[which].f32(x, rows, n, stride, out_f);
    for (size_t i = 0; i < count; i++) {
        size_t at = last ? i * stride : i;

        reductions[which].f64(d + at, last ? 1 : rows, last ? n : 1, stride,
                              &alone);
        reductions[which].f32(x + at, last ? 1 : rows, last ? n : 1, stride,
                              &alone_f);
        assert_bits_equal(out[i], alone);
        assert_bits_equal(out_f[i], alone_f);
    }
    assert_true(out[count] == 42 && out_f[count] == 42);
    free(d);
    free(x);
    free(out);
    free(out_f);
}

static void
test_rows_and_columns(void **state)
{
    (void)state;
    for (size_t which = 0; which < 4; which++) {
        for (size_t n = 1; n <= 75; n++)
            check_alone(which, n % 7 + 1, n);
        check_alone(which, 200, 50);
        check_alone(which, 64, 10);
        check_alone(which, 3, 700);
    }
}

static void
test_nothing(void **state)
{
    double out[2];
    float out_f[2];

    (void)state;
    mesa_reduce_sum_last_f64(NULL, 2, 0, 0, out);
    mesa_reduce_sum_last_f32(NULL, 2, 0, 0, out_f);
    assert_true(out[1] == 0 && out_f[1] == 0);
    mesa_reduce_max_last_f64(NULL, 2, 0, 0, out);
    mesa_reduce_max_last_f32(NULL, 2, 0, 0, out_f);
    assert_true(out[0] == -INFINITY && out_f[0] == -INFINITY);
    mesa_reduce_sum_first_f64(NULL, 0, 2, 2, out);
    mesa_reduce_max_first_f32(NULL, 0, 2, 2, out_f);
    assert_true(out[1] == 0 && out_f[1] == -INFINITY);
    out[0] = 42;
    mesa_reduce_sum_last_f64(NULL, 0, 5, 5, out);
    mesa_reduce_max_first_f64(NULL, 5, 0, 0, out);
    assert_bits_equal(out[0], 42);
}

/* One NaN, wherever it is, is the result; infinities stay. */
static void
test_special_values(void **state)
{
    static const size_t length[] = { 1, 5, 16, 17, 40, 256, 300, 700 };

    (void)state;
    for (size_t which = 0; which < 4; which++)
        for (size_t t = 0; t < sizeof length / sizeof *length; t++)
            for (size_t at = 0; at < length[t]; at += at % 5 + 1) {
                size_t n = length[t];
                size_t rows = reductions[which].last ? 1 : n;
                double *x = doubles(n), out;
                float *y = floats(n), out_f;

                x[at] = NAN;
                y[at] = INFINITY;
                reductions[which].f64(x, rows, n / rows, n / rows, &out);
                reductions[which].f32(y, rows, n / rows, n / rows, &out_f);
                if (!isnan(out) || out_f != INFINITY)
                    fail_msg("%s: %zu of %zu", reductions[which].name, at, n);
                free(x);
                free(y);
            }
}

static uint64_t
hash(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3;
    return h;
}

/* The shape of sums is fixed: what every compiler must arrive at. */
static void
test_same_bits_everywhere(void **state)
{
    static const uint64_t expected[] = {
        0x5ea9541a0113cafc, 0x328973dc5f63cf2d, 0xbf56f0330128f848,
        0xe547f24a41d1f1d6
    };
    double *d = doubles(5000 * 3), out[5000];
    float *x = floats(5000 * 3), out_f[5000];
    bool same = true;

    (void)state;
    for (size_t which = 0; which < 4; which++) {
        uint64_t h = 0xcbf29ce484222325;

        for (size_t t = 1; t < N_LENGTHS; t++) {
            size_t n = reductions[which].last ? lengths[t] : 3;
            size_t rows = reductions[which].last ? 3 : lengths[t];
            size_t count = reductions[which].last ? rows : n;

            reductions[which].f64(d, rows, n, n, out);
            reductions[which].f32(x, rows, n, n, out_f);
            h = hash(hash(h, out, count * sizeof *out), out_f,
                     count * sizeof *out_f);
        }
        if (h != expected[which])
            print_error("%s: 0x%016llx\n", reductions[which].name,
                        (unsigned long long)h);
        same = same && h == expected[which];
    }
    free(d);
    free(x);
    assert_true(same);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_long_sums),
        cmocka_unit_test(test_rows_and_columns),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_same_bits_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
