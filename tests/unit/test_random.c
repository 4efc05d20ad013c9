/* SPDX-License-Identifier: MIT */
/*
 * test_random.c - random streams: known answers, distributions, invariances.
 *
 * Known answers of Philox4x32-10 are those of Random123's kat_vectors; those
 * of derived streams and of choices come from tests/golden/gen/random.py.
 * Statistical bounds are five standard deviations wide, and all seeds fixed.
 */
#include "test.h"

#include <math.h>

static struct mesa_rng
seeded(uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return rng;
}

static void
check_block(uint64_t key, uint64_t hi, uint64_t lo, uint64_t first,
            uint64_t second)
{
    struct mesa_rng rng = { .key = key, .stream = hi, .index = lo };

    assert_int_equal(mesa_rng_bits(&rng), first);
    assert_int_equal(mesa_rng_bits(&rng), second);
}

static void
test_philox_known_answers(void **state)
{
    (void)state;
    check_block(0, 0, 0, 0xe169c58d6627e8d5, 0x9b00dbd8bc57ac4c);
    check_block(UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x41c83b0e408f276d,
                0x6d5451fda20bc7c6);
    check_block(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88,
                0x94fdccebd16cfe09, 0x24126ea15001e420);
}

static void
test_golden_streams(void **state)
{
    struct mesa_rng rng = seeded(42), child;
    static const struct {
        const char *name;
        uint64_t    i, key, stream;
    } golden[] = {
        { "", 0, 0x365a8f6b11194f8c, 0x1469440059379a66 },
        { "fold", 0, 0xc9e6d373c67b253a, 0xdfde71de25b64664 },
        { "fold", 1, 0x83f6754703e63151, 0xb52d1e76b4332704 },
        { "repetition", 7, 0xf399936b71b984fd, 0xb2cd3d583862defb },
    };

    (void)state;
    assert_int_equal(mesa_rng_bits(&rng), 0x77f5493b9ceaf053);
    assert_int_equal(mesa_rng_bits(&rng), 0x5742b3d712bf50ad);
    assert_int_equal(mesa_rng_bits(&rng), 0x53ba6cfdfcdb2127);
    for (size_t g = 0; g < sizeof golden / sizeof *golden; g++) {
        child = mesa_rng_derive(&rng, golden[g].name, golden[g].i);
        assert_int_equal(child.key, golden[g].key);
        assert_int_equal(child.stream, golden[g].stream);
        assert_int_equal(child.left, 0);
        assert_int_equal(child.index, 0);
    }
}

/* Deriving neither depends on what was drawn nor moves the parent. */
static void
test_derive_ignores_position(void **state)
{
    struct mesa_rng fresh = seeded(7), used = seeded(7), a, b, before;

    (void)state;
    for (int i = 0; i < 5; i++)
        mesa_rng_bits(&used);
    before = used;
    a = mesa_rng_derive(&fresh, "sampler", 3);
    b = mesa_rng_derive(&used, "sampler", 3);
    for (int i = 0; i < 9; i++)
        assert_int_equal(mesa_rng_bits(&a), mesa_rng_bits(&b));
    assert_int_equal(mesa_rng_bits(&before), mesa_rng_bits(&used));
}

static int
compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Names that a careless encoding would confuse, many numbers, two levels. */
static void
test_derived_streams_differ(void **state)
{
    static const char *const names[] = {
        "", "\1", "a", "b", "ab", "ba", "abcdefgh", "abcdefgh\1", "abcdefghi",
        "abcdefghabcdefgh", "fold", "folds"
    };
    enum { NAMES = sizeof names / sizeof *names, EACH = 2000 };
    static uint64_t first[NAMES * EACH * 2];
    struct mesa_rng root = seeded(1), child, grandchild;
    size_t n = 0;

    (void)state;
    for (int m = 0; m < NAMES; m++)
        for (uint64_t i = 0; i < EACH; i++) {
            child = mesa_rng_derive(&root, names[m], i);
            grandchild = mesa_rng_derive(&child, names[m], i);
            first[n++] = mesa_rng_bits(&child);
            first[n++] = mesa_rng_bits(&grandchild);
        }
    qsort(first, n, sizeof *first, compare_words);
    for (size_t i = 1; i < n; i++)
        assert_true(first[i] != first[i - 1]);
}

static double
correlation(struct mesa_rng a, struct mesa_rng b, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += (mesa_rng_uniform(&a) - 0.5) * (mesa_rng_uniform(&b) - 0.5);
    return sum / n * 12 * sqrt(n); /* standard normal */
}

static void
test_derived_streams_are_uncorrelated(void **state)
{
    struct mesa_rng root = seeded(5);

    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        struct mesa_rng a = mesa_rng_derive(&root, "row", i),
                        b = mesa_rng_derive(&root, "row", i + 1),
                        c = mesa_rng_derive(&a, "row", i);

        assert_true(fabs(correlation(a, b, 4000)) < 5);
        assert_true(fabs(correlation(a, c, 4000)) < 5);
        assert_true(fabs(correlation(root, a, 4000)) < 5);
    }
}

static void
test_uniform_at_any_place(void **state)
{
    struct mesa_rng rng = seeded(3), ordered = rng;
    const struct mesa_rng copy = rng;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        double u = mesa_rng_uniform_at(&rng, i), v = mesa_rng_uniform(&ordered);

        assert_true(u > 0 && u < 1);
        assert_true(fabs(u - v) <= 0x1p-52);
    }
    assert_memory_equal(&rng, &copy, sizeof rng);
    assert_bits_equal(mesa_rng_uniform_at(&rng, UINT64_MAX),
                      mesa_rng_uniform_at(&copy, UINT64_MAX));
}

/* A stream whose next element is these bits. */
static struct mesa_rng
loaded(uint64_t bits)
{
    struct mesa_rng rng = { .left = 2 };

    rng.block[2] = (uint32_t)bits;
    rng.block[3] = (uint32_t)(bits >> 32);
    return rng;
}

static void
test_uniform_ends(void **state)
{
    struct mesa_rng least = loaded(0), most = loaded(UINT64_MAX);

    (void)state;
    assert_true(mesa_rng_uniform(&least) == 0.0);
    assert_true(mesa_rng_uniform(&most) == 1.0 - 0x1p-53);
}

/* Chi-square with n - 1 degrees of freedom, as a standard normal. */
static double
chi_square(const int *count, int n, double expected)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return (sum - (n - 1)) / sqrt(2.0 * (n - 1));
}

static void
test_uniform_is_uniform(void **state)
{
    static int one[256], two[256];
    struct mesa_rng rng = seeded(11);
    double mean = 0, square = 0;
    int n = 256000;

    (void)state;
    for (int i = 0; i < n; i++) {
        double u = mesa_rng_uniform(&rng), v = mesa_rng_uniform(&rng);

        one[(int)(u * 256)]++;
        two[(int)(u * 16) * 16 + (int)(v * 16)]++;
        mean += u / n;
        square += u * u / n;
    }
    assert_true(fabs(chi_square(one, 256, n / 256.0)) < 5);
    assert_true(fabs(chi_square(two, 256, n / 256.0)) < 5);
    assert_true(fabs(mean - 0.5) < 5 * sqrt(1.0 / 12 / n));
    assert_true(fabs(square - 1.0 / 3) < 5 * sqrt(4.0 / 45 / n));
}

static void
test_bits_are_balanced(void **state)
{
    struct mesa_rng rng = seeded(13);
    int count[64] = { 0 }, n = 40000;

    (void)state;
    for (int i = 0; i < n; i++) {
        uint64_t bits = mesa_rng_bits(&rng);

        for (int b = 0; b < 64; b++)
            count[b] += bits >> b & 1;
    }
    for (int b = 0; b < 64; b++)
        assert_true(abs(count[b] - n / 2) < 5 * sqrt(n / 4.0));
}

static void
test_below(void **state)
{
    static const size_t golden[] = {
        0x20b90370a707be40, 0x1f65e8df3ed22c6e, 0x2b9d429e5155c1e9,
        0x3f32c32c6f4880cd, 0x4a439e0199dd0919, 0x4061a520660aa1ab
    };
    struct mesa_rng rng = seeded(42);
    int count[10] = { 0 };

    (void)state;
    /* A quarter of all draws is rejected here. */
    for (int i = 0; i < 6; i++)
        assert_int_equal(mesa_rng_below(&rng, (size_t)3 << 61), golden[i]);
    assert_int_equal(mesa_rng_below(&rng, 0), 0);
    assert_int_equal(mesa_rng_below(&rng, 1), 0);
    for (int i = 0; i < 100000; i++) {
        size_t draw = mesa_rng_below(&rng, 10);

        assert_in_range(draw, 0, 9);
        count[draw]++;
    }
    assert_true(fabs(chi_square(count, 10, 10000)) < 5);
}

/* With 3 * 2^62 possible results a biased draw would hit the lowest third
 * with probability 1/2. */
static void
test_below_has_no_bias(void **state)
{
    struct mesa_rng rng = seeded(17);
    int low = 0, n = 30000;

    (void)state;
    for (int i = 0; i < n; i++)
        low += mesa_rng_below(&rng, (size_t)3 << 62) % 3 == 0;
    assert_true(fabs(low - n / 3.0) < 5 * sqrt(n * 2.0 / 9));
}

static void
test_normal_moments_and_tails(void **state)
{
    static const double edge[] = { 0.0, 0.5, 1.0, 2.0, 3.0, 4.0 };
    struct mesa_rng rng = seeded(19);
    double moment[5] = { 0 };
    int above[6] = { 0 }, beneath[6] = { 0 }, n = 400000;

    (void)state;
    for (int i = 0; i < n; i++) {
        double x = mesa_rng_normal(&rng);

        for (int m = 1; m <= 4; m++)
            moment[m] += pow(x, m) / n;
        for (int e = 0; e < 6; e++) {
            above[e] += x > edge[e];
            beneath[e] += x < -edge[e];
        }
    }
    assert_true(fabs(moment[1]) < 5 / sqrt(n));
    assert_true(fabs(moment[2] - 1) < 5 * sqrt(2.0 / n));
    assert_true(fabs(moment[3]) < 5 * sqrt(15.0 / n));
    assert_true(fabs(moment[4] - 3) < 5 * sqrt(96.0 / n));
    for (int e = 0; e < 6; e++) {
        double p = erfc(edge[e] / sqrt(2)) / 2, sd = sqrt(n * p * (1 - p));

        assert_true(fabs(above[e] - n * p) < 5 * sd);
        assert_true(fabs(beneath[e] - n * p) < 5 * sd);
    }
}

/* Each normal is the quantile of its element; an error of x shows x^2-fold in
 * the tail's probability. */
static void
test_normal_is_the_quantile(void **state)
{
    struct mesa_rng rng = seeded(23);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = mesa_rng_bits(&rng) >> (i % 60), side = bits & 1;
        struct mesa_rng right = loaded(bits), other = loaded(bits ^ 1);
        double x = mesa_rng_normal(&right), p;

        p = ldexp((double)(bits >> 1) + 0.5, -64);
        assert_bits_equal(mesa_rng_normal(&other), -x);
        assert_true(side ? x <= 0 : x >= 0);
        assert_close(erfc(fabs(x) / sqrt(2)) / 2, p, 1e-15 * (1 + x * x));
    }
    rng = loaded(0); /* norm.isf(2**-65) of scipy 1.15 */
    assert_close(mesa_rng_normal(&rng), 9.155293772686072, 1e-15);
}

/* FNV-1a over the bits: any compiler and instruction set gets there. */
static void
test_normal_has_fixed_bits(void **state)
{
    struct mesa_rng rng = seeded(25);
    uint64_t hash = 0xcbf29ce484222325, u;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        double x = mesa_rng_normal(&rng);

        memcpy(&u, &x, sizeof u);
        for (int b = 0; b < 8; b++)
            hash = (hash ^ (u >> 8 * b & 0xff)) * 0x100000001b3;
    }
    assert_int_equal(hash, 0x45f33fd3b5642899);
}

static void
test_permutation(void **state)
{
    struct mesa_rng rng = seeded(29);
    int count[5][5] = { { 0 } };
    size_t out[100], guard = 77;

    (void)state;
    mesa_rng_permutation(&rng, 0, &guard);
    assert_int_equal(guard, 77);
    mesa_rng_permutation(&rng, 1, &guard);
    assert_int_equal(guard, 0);
    for (int i = 0; i < 20000; i++) {
        mesa_rng_permutation(&rng, 5, out);
        for (int p = 0; p < 5; p++)
            count[p][out[p]]++;
    }
    for (int p = 0; p < 5; p++)
        assert_true(fabs(chi_square(count[p], 5, 4000)) < 5);
    mesa_rng_permutation(&rng, 100, out);
    for (size_t v = 0; v < 100; v++) {
        int found = 0;

        for (int p = 0; p < 100; p++)
            found += out[p] == v;
        assert_int_equal(found, 1);
    }
}

static void
test_golden_choices(void **state)
{
    static const size_t all[] = { 4, 0, 1, 6, 7, 8, 5, 3, 9, 2 };
    static const size_t few[] = { 468586518, 340861550, 327063382, 454315603,
                                  658315528 };
    struct mesa_rng rng = seeded(42);
    size_t out[10];

    (void)state;
    assert_ok(mesa_rng_choice(&rng, 10, 10, false, out, err));
    assert_memory_equal(out, all, sizeof all);
    rng = seeded(42);
    assert_ok(mesa_rng_choice(&rng, 1000000000, 5, false, out, err));
    assert_memory_equal(out, few, sizeof few);
}

/* However few are drawn, they are the head of the permutation: neither the
 * dense nor the sparse way of keeping the rest shows. */
static void
test_choices_are_heads_of_permutations(void **state)
{
    static const size_t lengths[] = { 1, 2, 10, 97, 1000, 40000 };
    static size_t all[40000], out[40000];

    (void)state;
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        size_t n = lengths[l];
        struct mesa_rng rng = seeded(n);

        mesa_rng_permutation(&rng, n, all);
        for (size_t k = 0; k <= n; k += k / 3 + 1) {
            rng = seeded(n);
            assert_ok(mesa_rng_choice(&rng, n, k, false, out, err));
            assert_memory_equal(out, all, k * sizeof *out);
        }
    }
}

static void
test_choice_covers_evenly(void **state)
{
    struct mesa_rng rng = seeded(31);
    int with[12] = { 0 }, without[12] = { 0 };
    size_t out[4];

    (void)state;
    for (int i = 0; i < 30000; i++) {
        assert_ok(mesa_rng_choice(&rng, 12, 4, true, out, err));
        for (int j = 0; j < 4; j++)
            with[out[j]]++;
        assert_ok(mesa_rng_choice(&rng, 12, 4, false, out, err));
        for (int j = 0; j < 4; j++) {
            without[out[j]]++;
            for (int other = 0; other < j; other++)
                assert_true(out[other] != out[j]);
        }
    }
    assert_true(fabs(chi_square(with, 12, 10000)) < 5);
    assert_true(fabs(chi_square(without, 12, 10000)) < 5);
}

static void
test_choice_errors(void **state)
{
    struct mesa_rng rng = seeded(1);
    size_t out[20];
    uint64_t live = mesa_memory_live();

    (void)state;
    assert_error(mesa_rng_choice(&rng, 9, 10, false, out, err), MESA_EINVAL,
                 "cannot draw 10 of 9 without replacement");
    assert_error(mesa_rng_choice(&rng, 0, 1, true, out, err), MESA_EINVAL,
                 "cannot draw 1 of 0");
    assert_ok(mesa_rng_choice(&rng, 9, 10, true, out, err));
    assert_ok(mesa_rng_choice(&rng, 0, 0, false, out, err));
    for (uint64_t k = 0; k < 2; k++) {
        mesa_memory_fail_at(k);
        assert_error(mesa_rng_choice(&rng, 1000000, 10, false, out, err),
                     MESA_ENOMEM, "out of memory: 32 positions to draw from");
        mesa_memory_fail_at(UINT64_MAX);
    }
    mesa_memory_fail_at(0);
    assert_error(mesa_rng_choice(&rng, 40, 10, false, out, err), MESA_ENOMEM,
                 "out of memory: 30 positions to draw from");
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_live(), live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_known_answers),
        cmocka_unit_test(test_golden_streams),
        cmocka_unit_test(test_derive_ignores_position),
        cmocka_unit_test(test_derived_streams_differ),
        cmocka_unit_test(test_derived_streams_are_uncorrelated),
        cmocka_unit_test(test_uniform_at_any_place),
        cmocka_unit_test(test_uniform_ends),
        cmocka_unit_test(test_uniform_is_uniform),
        cmocka_unit_test(test_bits_are_balanced),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_below_has_no_bias),
        cmocka_unit_test(test_normal_moments_and_tails),
        cmocka_unit_test(test_normal_is_the_quantile),
        cmocka_unit_test(test_normal_has_fixed_bits),
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_golden_choices),
        cmocka_unit_test(test_choices_are_heads_of_permutations),
        cmocka_unit_test(test_choice_covers_evenly),
        cmocka_unit_test(test_choice_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
