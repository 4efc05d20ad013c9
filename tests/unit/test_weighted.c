/* SPDX-License-Identifier: MIT */
/*
 * test_weighted.c - weighted sampling: probabilities, definition, extremes.
 *
 * Statistical bounds are five standard deviations wide, and all seeds fixed.
 */
#include "test.h"

#include <float.h>
#include <math.h>

static struct mesa_rng
seeded(uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return rng;
}

/* The probabilities of ordered pairs, w_i / W * w_j / (W - w_i), exactly. */
static void
test_weighted_probabilities(void **state)
{
    static const double weight[4] = { 1, 2, 0, 5 };
    struct mesa_rng rng = seeded(37);
    int count[4][4] = { { 0 } }, n = 100000;
    size_t out[2];

    (void)state;
    for (int i = 0; i < n; i++) {
        assert_ok(mesa_rng_weighted(&rng, 4, weight, 2, out, err));
        count[out[0]][out[1]]++;
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            double p = i == j ? 0 : weight[i] / 8 * weight[j]
                                    / (8 - weight[i]);

            assert_true(fabs(count[i][j] - n * p)
                        <= 5 * sqrt(n * p * (1 - p)));
        }
}

/* Against the definition: sort all keys. */
static void
test_weighted_by_definition(void **state)
{
    enum { N = 20000 };
    static double weight[N], key[N];
    static size_t out[N], head[N];
    static bool taken[N];
    struct mesa_rng rng = seeded(41), copy, keys = { 0 };

    (void)state;
    for (size_t i = 0; i < N; i++)
        weight[i] = i % 7 ? mesa_rng_uniform(&rng) : 0;
    copy = rng;
    keys.key = mesa_rng_bits(&copy);
    keys.stream = mesa_rng_bits(&copy);
    for (size_t i = 0; i < N; i++)
        key[i] = -mesa_math_log(mesa_rng_uniform_at(&keys, i)) / weight[i];
    copy = rng;
    assert_ok(mesa_rng_weighted(&rng, N, weight, 17000, out, err));
    for (size_t i = 0; i < 17000; i++) {
        assert_false(taken[out[i]]);
        taken[out[i]] = true;
        assert_true(weight[out[i]] > 0);
        if (i > 0)
            assert_true(key[out[i - 1]] <= key[out[i]]);
    }
    for (size_t i = 0; i < N; i++)
        assert_true(taken[i] || key[i] >= key[out[16999]]);
    for (size_t k = N / 16; k < 17000; k = k * 3 + 1) {
        rng = copy;
        assert_ok(mesa_rng_weighted(&rng, N, weight, k, head, err));
        assert_memory_equal(head, out, k * sizeof *head);
    }
}

/* Ordered pairs out of so many rows that they are drawn one by one; beyond
 * the first few weights all are equal. */
static void
check_pairs(double first, double second, uint64_t seed)
{
    enum { N = 80, DRAWN = 4, TIMES = 60000 };
    double weight[N], total = 0, others[N];
    struct mesa_rng rng = seeded(seed);
    static int count[N][N], left[N];
    size_t out[DRAWN];

    memset(count, 0, sizeof count);
    memset(left, 0, sizeof left);
    for (size_t i = 0; i < N; i++) {
        weight[i] = i == 17 ? first : i == 40 ? second : i % 5 ? 0.0 : 1.0;
        total += weight[i];
    }
    for (size_t i = 0; i < N; i++) {
        others[i] = 0;
        for (size_t j = 0; j < N; j++)
            others[i] += j == i ? 0 : weight[j];
    }
    for (int t = 0; t < TIMES; t++) {
        assert_ok(mesa_rng_weighted(&rng, N, weight, DRAWN, out, err));
        count[out[0]][out[1]]++;
        for (int i = 0; i < DRAWN; i++) {
            assert_true(weight[out[i]] > 0);
            for (int j = 0; j < i; j++)
                assert_int_not_equal(out[i], out[j]);
        }
        left[out[3]]++;
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double p = i == j ? 0 : weight[i] / total * weight[j]
                                    / others[i];

            assert_true(fabs(count[i][j] - TIMES * p)
                        <= 5 * sqrt(TIMES * p * fabs(1 - p)) + 1);
        }
    /* Rows of one weight are as likely as each other in the last place. */
    for (size_t i = 5; i < N; i += 5)
        if (i != 40 && left[0] > 1000)
            assert_true(abs(left[i] - left[0]) <= 7 * sqrt(left[0]));
}

static void
test_weighted_few(void **state)
{
    (void)state;
    check_pairs(1, 1, 53);
    check_pairs(7, 3, 59);
    /* Nearly all attempts find the same row: the rest is drawn by keys. */
    check_pairs(1e6, 1, 61);
    check_pairs(0x1p900, 0x1p-900, 67);
}

/* The row at `at`, one group of 16 after the other: the definition. */
static size_t
plain_row(const double *weight, size_t n, double at)
{
    double below = 0;

    for (size_t g = 0; g < n; g += 16) {
        size_t end = g + 16 < n ? g + 16 : n;
        double sum = 0;

        for (size_t i = g; i < end; i++)
            sum += weight[i];
        if (at >= below + sum && end < n) {
            below += sum;
            continue;
        }
        at -= below;
        for (size_t i = g; i < end; at -= weight[i++])
            if (weight[i] > at)
                return i;
    }
    fail_msg("nothing lies at %g", at);
    return n;
}

static double
plain_total(const double *weight, size_t n)
{
    double total = 0;

    for (size_t g = 0; g < n; g += 16) {
        double sum = 0;

        for (size_t i = g; i < n && i < g + 16; i++)
            sum += weight[i];
        total += sum;
    }
    return total;
}

/* Few of n against the definition; weights are multiples of 2^-53. */
static void
expect_few(size_t n, size_t k)
{
    enum { MOST = 3000 };
    static double weight[MOST];
    static bool taken[MOST];
    struct mesa_rng rng = seeded(n), copy, places = { 0 };
    size_t out[MOST / 16];
    double total;

    for (size_t i = 0; i < n; i++)
        weight[i] = i % 3 ? mesa_rng_uniform(&rng) : 0;
    memset(taken, 0, sizeof taken);
    total = plain_total(weight, n);
    copy = rng;
    places.key = mesa_rng_bits(&copy);
    places.stream = mesa_rng_bits(&copy);
    assert_ok(mesa_rng_weighted(&rng, n, weight, k, out, err));
    for (size_t i = 0; i < k;) {
        size_t row = plain_row(weight, n, mesa_rng_uniform(&places) * total);

        if (!taken[row])
            assert_int_equal(out[i++], row);
        taken[row] = true;
    }
}

/* Around whole groups, and searches of one and of many steps. */
static void
test_weighted_few_by_definition(void **state)
{
    static const size_t n[] = { 40, 63, 64, 65, 127, 128, 130, 1000, 3000 };

    (void)state;
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        expect_few(n[i], 1);
        expect_few(n[i], n[i] / 16 - 1);
    }
}

/* A weight that is wrong is named wherever it is. */
static void
test_weighted_any_place(void **state)
{
    enum { N = 300 };
    static double weight[N];
    struct mesa_rng rng = seeded(5);
    size_t out[1];
    char said[40];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        snprintf(said, sizeof said, "weight %zu is -1", i);
        weight[i] = -1;
        assert_error(mesa_rng_weighted(&rng, N, weight, 1, out, err),
                     MESA_EINVAL, said);
        weight[i] = 3;
        assert_ok(mesa_rng_weighted(&rng, N, weight, 1, out, err));
        assert_int_equal(out[0], i);
        weight[i] = i % 2 ? 0.0 : -0.0;
    }
}

/* More rows than have a weight worth drawing. */
static void
test_weighted_exhausts(void **state)
{
    enum { N = 1000 };
    static double weight[N];
    struct mesa_rng rng = seeded(71);
    size_t out[20];

    (void)state;
    for (size_t i = 0; i < N; i++)
        weight[i] = i % 50 == 7 ? (i < 500 ? 1.0 : 0x1p-1074) : 0.0;
    assert_ok(mesa_rng_weighted(&rng, N, weight, 20, out, err));
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(out[i] % 50, 7);
        assert_true((out[i] < 500) == (i < 10));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(out[i], out[j]);
    }
    assert_error(mesa_rng_weighted(&rng, N, weight, 21, out, err),
                 MESA_EINVAL, "cannot draw 21 of 20 with a positive weight");
}

/* Whatever allocation fails, nothing is left behind. */
static void
test_weighted_memory(void **state)
{
    enum { N = 1000 };
    static double weight[N];
    uint64_t live = mesa_memory_live();
    size_t out[20], failures = 0;
    struct mesa_error err;
    mesa_status st;

    (void)state;
    for (size_t i = 0; i < N; i++)
        weight[i] = i == 3 ? 1.0 : 0x1p-900;
    do {
        struct mesa_rng rng = seeded(73);

        mesa_memory_fail_at(failures++);
        st = mesa_rng_weighted(&rng, N, weight, 20, out, &err);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK)
            assert_non_null(strstr(err.message, "out of memory: 1000 "));
        assert_int_equal(mesa_memory_live(), live);
    } while (st == MESA_ENOMEM);
    assert_int_equal(st, MESA_OK);
    assert_int_equal(failures, 5);
}

static void
test_weighted_ignores_threads(void **state)
{
    enum { N = 50000, K = 9000 };
    static double weight[N];
    static size_t one[K], many[K];
    struct mesa_rng rng = seeded(43), copy;

    (void)state;
    for (size_t i = 0; i < N; i++)
        weight[i] = (double)(i % 13);
    copy = rng;
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_ok(mesa_rng_weighted(&rng, N, weight, K, one, err));
    for (size_t t = 2; t <= 16; t += 7) {
        rng = copy;
        assert_ok(mesa_parallel_set_threads(t, err));
        assert_ok(mesa_rng_weighted(&rng, N, weight, K, many, err));
        assert_memory_equal(one, many, sizeof one);
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    /* The next draw is another one. */
    assert_ok(mesa_rng_weighted(&rng, N, weight, K, many, err));
    assert_memory_not_equal(one, many, sizeof one);
}

/* Only ratios count, from the least to the largest doubles; a weight that
 * is hardly there still comes before none at all. */
static void
test_weighted_extremes(void **state)
{
    static const double scales[] = { 0x1p-1074, 0x1p-1000, 0x1p1020 };
    static const double mixed[5] = { 0, DBL_MAX, 0x1p-1074, 0, 1 };
    static const size_t expected[3] = { 1, 4, 2 };
    double weight[4];
    size_t base[4], out[4];

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct mesa_rng rng = seeded(seed);

        for (int i = 0; i < 4; i++)
            weight[i] = i + 1;
        assert_ok(mesa_rng_weighted(&rng, 4, weight, 4, base, err));
        for (int s = 0; s < 3; s++) {
            for (int i = 0; i < 4; i++)
                weight[i] = (i + 1) * scales[s];
            rng = seeded(seed);
            assert_ok(mesa_rng_weighted(&rng, 4, weight, 4, out, err));
            assert_memory_equal(out, base, sizeof base);
        }
        assert_ok(mesa_rng_weighted(&rng, 5, mixed, 3, out, err));
        assert_memory_equal(out, expected, sizeof expected);
    }
}

static void
test_weighted_errors(void **state)
{
    double weight[4] = { 1, 0, 2, 0 };
    struct mesa_rng rng = seeded(1), copy = rng;
    uint64_t live = mesa_memory_live();
    size_t out[4];

    (void)state;
    assert_error(mesa_rng_weighted(&rng, 4, weight, 3, out, err), MESA_EINVAL,
                 "cannot draw 3 of 2 with a positive weight");
    weight[3] = -0.5;
    assert_error(mesa_rng_weighted(&rng, 4, weight, 1, out, err), MESA_EINVAL,
                 "weight 3 is -0.5");
    weight[1] = INFINITY;
    assert_error(mesa_rng_weighted(&rng, 4, weight, 1, out, err), MESA_EINVAL,
                 "weight 1 is inf");
    weight[1] = NAN;
    assert_error(mesa_rng_weighted(&rng, 4, weight, 0, out, err), MESA_EINVAL,
                 "weight 1 is nan");
    assert_ok(mesa_rng_weighted(&rng, 0, weight, 0, out, err));
    assert_memory_equal(&rng, &copy, sizeof rng);
    mesa_memory_fail_at(0);
    assert_error(mesa_rng_weighted(&rng, 1, weight, 1, out, err), MESA_ENOMEM,
                 "out of memory: 1 sampling keys");
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_live(), live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weighted_probabilities),
        cmocka_unit_test(test_weighted_by_definition),
        cmocka_unit_test(test_weighted_few),
        cmocka_unit_test(test_weighted_few_by_definition),
        cmocka_unit_test(test_weighted_any_place),
        cmocka_unit_test(test_weighted_exhausts),
        cmocka_unit_test(test_weighted_memory),
        cmocka_unit_test(test_weighted_ignores_threads),
        cmocka_unit_test(test_weighted_extremes),
        cmocka_unit_test(test_weighted_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
