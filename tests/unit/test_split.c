/* SPDX-License-Identifier: MIT */
/* test_split.c - splits, folds, sampling strategies, hashes. */
#include "test.h"

#include "hash.h"
#include "split.h"

static int32_t labels[1000];
static const struct mesa_dataset thousand = {
    .struct_size = sizeof thousand,
    .x = { NULL, 1000, 0, 0, NULL },
    .y = labels,
    .n_classes = 3,
};

/* 700, 290 and 10 rows of three classes, mixed. */
static int
make_labels(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        labels[i * 7 % 1000] = i < 700 ? 0 : i < 990 ? 1 : 2;
    return 0;
}

static size_t
count(const uint32_t *part, uint32_t which, int32_t label)
{
    size_t n = 0;

    for (size_t i = 0; i < 1000; i++)
        n += part[i] == which && labels[i] == label;
    return n;
}

static void
test_shares(void **state)
{
    static const double share[] = { 0.6, 0.2, 0.2 };
    static const size_t expected[3][3] = { { 420, 174, 6 }, { 140, 58, 2 },
                                           { 140, 58, 2 } };
    uint32_t part[1000], again[1000];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_split_shares(&thousand, share, 3, &rng, part, err));
    for (uint32_t p = 0; p < 3; p++)
        for (int32_t c = 0; c < 3; c++)
            assert_int_equal(count(part, p, c), expected[p][c]);
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_split_shares(&thousand, share, 3, &rng, again, err));
    assert_memory_equal(part, again, sizeof part);
    mesa_rng_seed(&rng, 2);
    assert_ok(mesa_split_shares(&thousand, share, 3, &rng, again, err));
    assert_true(memcmp(part, again, sizeof part) != 0);
}

static void
test_shares_that_leave_rows_out(void **state)
{
    static const double share[] = { 0.3, 0.05 };
    uint32_t part[1000];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_split_shares(&thousand, share, 2, &rng, part, err));
    assert_int_equal(count(part, 0, 0), 210);
    assert_int_equal(count(part, 1, 0), 35);
    assert_int_equal(count(part, 2, 0), 455);
    assert_int_equal(count(part, 0, 2) + count(part, 1, 2), 4);
}

static void
test_share_refusals(void **state)
{
    static const double more[] = { 0.6, 0.5 }, none[] = { 0.6, 0.0 };
    uint32_t part[1000];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_error(mesa_split_shares(&thousand, more, 2, &rng, part, err),
                 MESA_EINVAL, "the shares add up to 1.1, more than 1");
    assert_error(mesa_split_shares(&thousand, none, 2, &rng, part, err),
                 MESA_EINVAL, "share 1 is 0");
}

static void
test_folds(void **state)
{
    uint32_t fold[1000];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_split_folds(&thousand, 4, &rng, fold, err));
    for (uint32_t f = 0; f < 4; f++) {
        assert_int_equal(count(fold, f, 0), 175);
        assert_in_range(count(fold, f, 1), 72, 73);
        assert_in_range(count(fold, f, 2), 2, 3);
    }
    assert_error(mesa_split_folds(&thousand, 11, &rng, fold, err), MESA_EDATA,
                 "class '2' has 10 rows but there are 11 folds");
}

/* scikit-learn 1.2.1: StratifiedKFold(3).split on these labels gives the
 * test folds below. */
static void
test_unshuffled_folds(void **state)
{
    static const int32_t y[] = { 1, 0, 1, 1, 0, 0, 1, 2, 1, 0, 2, 1, 2, 0, 1 };
    static const uint32_t expected[] = { 0, 0, 0, 0, 1, 1, 1, 0,
                                         1, 2, 1, 2, 2, 2, 2 };
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { NULL, 15, 0, 0, NULL },
                                    .y = y,
                                    .n_classes = 3 };
    uint32_t fold[15];

    (void)state;
    assert_ok(mesa_split_folds(&d, 3, NULL, fold, err));
    assert_memory_equal(fold, expected, sizeof fold);
}

/* Labels of tests/golden/gen/split.py; at most 1000 rows. */
static struct mesa_dataset
skewed(size_t n, uint32_t n_classes, uint64_t seed, int32_t *y)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t r = (seed = seed * 48271 % 2147483647) % 1000;

        y[i] = (int32_t)(n_classes - 1 - r * r * n_classes / 1000000);
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { NULL, n, 0, 0, NULL },
                                  .y = y,
                                  .n_classes = n_classes };
}

/* tests/golden/gen/split.py with scikit-learn 1.2.1: whichever class comes
 * first, rest or no rest. */
static void
test_unshuffled_folds_of_many_kinds(void **state)
{
    static const struct {
        size_t n;
        uint32_t n_classes;
        size_t n_folds;
        uint64_t seed, hash;
    } cases[] = {
        { 40, 2, 5, 1, UINT64_C(0x965dd54a61600304) },
        { 97, 3, 4, 2, UINT64_C(0xb9c25df34731c4c1) },
        { 500, 4, 10, 3, UINT64_C(0x2be1319460f2b0fa) },
        { 23, 2, 2, 4, UINT64_C(0x7473a517061e3020) },
        { 1000, 6, 7, 5, UINT64_C(0x8979ef7d27535d61) },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        int32_t y[1000];
        uint32_t fold[1000];
        struct mesa_dataset d = skewed(cases[i].n, cases[i].n_classes,
                                       cases[i].seed, y);
        uint64_t hash = 0;

        assert_ok(mesa_split_folds(&d, cases[i].n_folds, NULL, fold, err));
        for (size_t r = 0; r < d.x.rows; r++)
            hash = hash * 31 + fold[r] + 1;
        assert_true(hash == cases[i].hash);
    }
}

static size_t
count_in(const struct mesa_dataset *d, const uint32_t *part, uint32_t which,
         int32_t label)
{
    size_t n = 0;

    for (size_t r = 0; r < d->x.rows; r++)
        n += part[r] == which && (label < 0 || d->y[r] == label);
    return n;
}

/* Classes and whole folds differ by at most one row, shuffled or not. */
static void
test_folds_are_even(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 40; seed++) {
        int32_t y[1000];
        uint32_t fold[1000], plain[1000];
        const size_t n_folds = 2 + seed % 6;
        struct mesa_dataset d = skewed(200 + 13 * (size_t)seed, 4, seed, y);
        struct mesa_rng rng;

        mesa_rng_seed(&rng, seed);
        assert_ok(mesa_split_folds(&d, n_folds, &rng, fold, err));
        assert_ok(mesa_split_folds(&d, n_folds, NULL, plain, err));
        assert_true(memcmp(fold, plain, d.x.rows * sizeof *fold) != 0);
        for (int32_t c = -1; c < 4; c++) {
            size_t least = SIZE_MAX, most = 0;

            for (uint32_t f = 0; f < n_folds; f++) {
                size_t n = count_in(&d, fold, f, c);

                least = MESA_MIN(least, n);
                most = MESA_MAX(most, n);
                assert_int_equal(n, count_in(&d, plain, f, c));
            }
            assert_true(most - least <= 1);
        }
    }
}

/* Every class within a row of its share, every row in one part. */
static void
test_shares_are_right_within_a_row(void **state)
{
    static const double share[][3] = { { 0.6, 0.2, 0.2 },
                                       { 1.0 / 3, 1.0 / 3, 1.0 / 3 },
                                       { 0.05, 0.9, 0.05 },
                                       { 0.7, 0.1, 0.2 } };

    (void)state;
    for (uint64_t seed = 1; seed < 40; seed++) {
        int32_t y[1000];
        uint32_t part[1000];
        const double *s = share[seed % MESA_COUNT(share)];
        struct mesa_dataset d = skewed(50 + 17 * (size_t)seed, 5, seed, y);
        size_t of_class[5], all = 0;
        struct mesa_rng rng;

        mesa_rng_seed(&rng, seed);
        assert_ok(mesa_split_shares(&d, s, 3, &rng, part, err));
        mesa_class_counts(&d, of_class);
        for (uint32_t p = 0; p < 3; p++)
            for (int32_t c = 0; c < 5; c++) {
                double n = (double)count_in(&d, part, p, c);
                double wanted = s[p] * (double)of_class[c];

                assert_true(n > wanted - 1 && n < wanted + 1);
                all += (size_t)n;
            }
        assert_int_equal(all, d.x.rows);
    }
}

static void
test_data_without_classes(void **state)
{
    static const double share[] = { 0.5, 0.5 };
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { NULL, 11, 0, 0, NULL } };
    uint32_t part[11];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_split_shares(&d, share, 2, &rng, part, err));
    assert_int_equal(count_in(&d, part, 0, -1), 6);
    assert_int_equal(count_in(&d, part, 1, -1), 5);
    assert_ok(mesa_split_folds(&d, 3, NULL, part, err));
    assert_int_equal(part[0], 0);
    assert_int_equal(part[4], 1);
    assert_int_equal(part[10], 2);
    assert_error(mesa_split_folds(&d, 12, NULL, part, err), MESA_EDATA,
                 "there are 11 rows but 12 folds");
}

static void
test_fold_refusals(void **state)
{
    static const char *const class_names[] = { "no", "yes" };
    static const struct mesa_schema two = {
        .struct_size = sizeof two, .n_classes = 2, .class_name = class_names
    };
    static const int32_t y[] = { 0, 0, 1, 0, 0, 1, 0, 1 };
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { NULL, 8, 0, 0, NULL },
                                    .y = y,
                                    .n_classes = 2,
                                    .schema = &two };
    uint32_t fold[8];

    (void)state;
    assert_error(mesa_split_folds(&d, 5, NULL, fold, err), MESA_EDATA,
                 "class 'yes' has 3 rows but there are 5 folds");
    assert_error(mesa_split_folds(&d, 1, NULL, fold, err), MESA_EINVAL,
                 "1 folds, expected 2 or more");
    assert_error(mesa_split_folds(&d, 0, NULL, fold, err), MESA_EINVAL,
                 "0 folds, expected 2 or more");
}

static void
test_memory_running_out(void **state)
{
    static const double share[] = { 0.5, 0.5 };
    uint64_t live = mesa_memory_live();
    uint32_t part[1000];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    for (uint64_t k = 0; k < 3; k++) {
        mesa_status a, b;

        mesa_memory_fail_at(k);
        a = mesa_split_folds(&thousand, 4, &rng, part, NULL);
        mesa_memory_fail_at(k);
        b = mesa_split_shares(&thousand, share, 2, &rng, part, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(a, MESA_ENOMEM);
        assert_int_equal(b, MESA_ENOMEM);
        assert_int_equal(mesa_memory_live(), live);
    }
}

/* 100 rows of class "a", 20 of "b", 5 of "c". */
static int32_t mixed[125];
static const char *const names[] = { "a", "b", "c", "d" };
static const struct mesa_schema schema = { sizeof schema, 4, 0, NULL, names,
                                           "y", 0, NULL };
static struct mesa_dataset abc = { .struct_size = sizeof abc,
                                   .x = { NULL, 125, 0, 0, NULL },
                                   .y = mixed,
                                   .n_classes = 4,
                                   .schema = &schema };

static void
expect_targets(const char *text, enum mesa_strategy_use use, size_t a,
               size_t b, size_t c)
{
    size_t target[4];

    assert_ok(mesa_strategy_resolve(text, use, &abc, target, err));
    assert_int_equal(target[0], a);
    assert_int_equal(target[1], b);
    assert_int_equal(target[2], c);
    assert_int_equal(target[3], 0);
}

static void
test_strategy_words(void **state)
{
    (void)state;
    expect_targets("auto", MESA_STRATEGY_UNDER, 5, 5, 5);
    expect_targets("majority", MESA_STRATEGY_UNDER, 5, 20, 5);
    expect_targets("not majority", MESA_STRATEGY_UNDER, 100, 5, 5);
    expect_targets("all", MESA_STRATEGY_UNDER, 5, 5, 5);
    expect_targets("auto", MESA_STRATEGY_OVER, 100, 100, 100);
    expect_targets("minority", MESA_STRATEGY_OVER, 100, 20, 100);
    expect_targets("not minority", MESA_STRATEGY_OVER, 100, 100, 5);
    expect_targets("auto", MESA_STRATEGY_CLEAN, 1, 1, 0);
    expect_targets("all", MESA_STRATEGY_CLEAN, 1, 1, 1);
    expect_targets("majority", MESA_STRATEGY_CLEAN, 1, 0, 0);
}

static void
test_strategy_lists(void **state)
{
    (void)state;
    expect_targets("a:50, b:10", MESA_STRATEGY_UNDER, 50, 10, 5);
    expect_targets("0:50 2:4", MESA_STRATEGY_UNDER, 50, 20, 4);
    expect_targets("c:7", MESA_STRATEGY_OVER, 100, 20, 7);
    expect_targets("a,c", MESA_STRATEGY_CLEAN, 1, 0, 1);
}

static void
test_strategy_ratios(void **state)
{
    static int32_t y[120];
    const struct mesa_dataset two = { .struct_size = sizeof two,
                                      .x = { NULL, 120, 0, 0, NULL },
                                      .y = y,
                                      .n_classes = 2,
                                      .schema = &schema };
    size_t target[2];

    (void)state;
    for (size_t i = 100; i < 120; i++)
        y[i] = 1;
    assert_ok(mesa_strategy_resolve("0.5", MESA_STRATEGY_UNDER, &two, target,
                                    err));
    assert_int_equal(target[0], 40);
    assert_int_equal(target[1], 20);
    assert_ok(mesa_strategy_resolve("0.75", MESA_STRATEGY_OVER, &two, target,
                                    err));
    assert_int_equal(target[0], 100);
    assert_int_equal(target[1], 75);
    assert_error(mesa_strategy_resolve("0.1", MESA_STRATEGY_UNDER, &two,
                                       target, err),
                 MESA_EINVAL,
                 "sampling_strategy 0.1 would keep 200 rows of class 'a' but "
                 "there are 100");
    assert_error(mesa_strategy_resolve("0.1", MESA_STRATEGY_OVER, &two,
                                       target, err),
                 MESA_EINVAL,
                 "sampling_strategy 0.1 would have 10 rows of class 'b' but "
                 "there are already 20");
}

static void
test_strategy_refusals(void **state)
{
    static const struct {
        const char *text;
        enum mesa_strategy_use use;
        const char *message;
    } cases[] = {
        { "majority", MESA_STRATEGY_OVER,
          "sampling_strategy majority cannot be used for over-sampling" },
        { "minority", MESA_STRATEGY_UNDER,
          "sampling_strategy minority cannot be used for under-sampling" },
        { "0.5", MESA_STRATEGY_CLEAN,
          "sampling_strategy 0.5: cleaning takes no ratio" },
        { "1.5", MESA_STRATEGY_OVER,
          "sampling_strategy is 1.5, expected a ratio > 0 and <= 1" },
        { "0.5", MESA_STRATEGY_OVER,
          "sampling_strategy 0.5 is a ratio, which needs two classes, but "
          "there are 3" },
        { "a:101", MESA_STRATEGY_UNDER,
          "sampling_strategy a:101 would keep 101 rows of class 'a' but "
          "there are 100" },
        { "b:7", MESA_STRATEGY_OVER,
          "sampling_strategy b:7 would have 7 rows of class 'b' but there "
          "are already 20" },
        { "d:7", MESA_STRATEGY_OVER,
          "sampling_strategy d:7: there are no rows of class 'd'" },
        { "x:7", MESA_STRATEGY_OVER,
          "sampling_strategy x:7: there are no rows of class 'x'" },
        { "a:many", MESA_STRATEGY_UNDER,
          "sampling_strategy a:many: 'many' is no count" },
        { "most", MESA_STRATEGY_UNDER,
          "sampling_strategy is 'most', expected a ratio, a word, or "
          "class:count pairs" },
        { "a:1", MESA_STRATEGY_CLEAN,
          "sampling_strategy a:1: cleaning takes classes without counts" },
    };
    size_t target[4];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++)
        assert_error(mesa_strategy_resolve(cases[i].text, cases[i].use, &abc,
                                           target, err),
                     MESA_EINVAL, cases[i].message);
}

/* Known answers of XXH64, and one for each length up to a block and more
 * that must all differ. */
static void
test_hash(void **state)
{
    uint64_t seen[100];
    unsigned char data[100];

    (void)state;
    assert_true(mesa_hash("", 0, 0) == UINT64_C(0xef46db3751d8e999));
    assert_true(mesa_hash("a", 1, 0) == UINT64_C(0xd24ec4f1a98c6e5b));
    assert_true(mesa_hash("abc", 3, 0) == UINT64_C(0x44bc2cf5ad770999));
    assert_true(mesa_hash("xxhash, a fast non-cryptographic hash", 37, 0) !=
                mesa_hash("xxhash, a fast non-cryptographic hash", 37, 1));
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 37);
    for (size_t n = 0; n < 100; n++) {
        seen[n] = mesa_hash(data, n, 0);
        for (size_t i = 0; i < n; i++)
            assert_true(seen[i] != seen[n]);
    }
}

/* The layout does not matter, the contents do. */
static void
test_hash_dataset(void **state)
{
    static const double wide[] = { 1, 2, -1, 3, 4, -1 };
    static const double dense[] = { 3, 4, 1, 2 };
    static const int32_t y[] = { 0, 1 };
    static const size_t swap[] = { 1, 0 };
    struct mesa_dataset a = { .x = { wide, 2, 2, 3, NULL }, .y = y };
    struct mesa_dataset b = { .x = { dense, 2, 2, 2, swap }, .y = y };
    uint64_t h = mesa_hash_dataset(&a, 0);

    (void)state;
    assert_true(h == mesa_hash_dataset(&b, 0));
    b.x.index = NULL;
    assert_true(h != mesa_hash_dataset(&b, 0));
    a.schema = &schema;
    assert_true(h != mesa_hash_dataset(&a, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_shares_that_leave_rows_out),
        cmocka_unit_test(test_share_refusals),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_unshuffled_folds),
        cmocka_unit_test(test_unshuffled_folds_of_many_kinds),
        cmocka_unit_test(test_folds_are_even),
        cmocka_unit_test(test_shares_are_right_within_a_row),
        cmocka_unit_test(test_data_without_classes),
        cmocka_unit_test(test_fold_refusals),
        cmocka_unit_test(test_memory_running_out),
        cmocka_unit_test(test_strategy_words),
        cmocka_unit_test(test_strategy_lists),
        cmocka_unit_test(test_strategy_ratios),
        cmocka_unit_test(test_strategy_refusals),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_hash_dataset),
    };

    for (size_t i = 0; i < 125; i++)
        mixed[i] = i < 100 ? 0 : i < 120 ? 1 : 2;
    return cmocka_run_group_tests(tests, make_labels, NULL);
}
