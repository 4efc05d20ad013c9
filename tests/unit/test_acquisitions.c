/* SPDX-License-Identifier: MIT */
/*
 * test_acquisitions.c - what acquisitions of one row say of it: by hand, in
 * any order, block by block; and committees that disagree.
 */
#include "acquisition_fixture.h"

const struct mesa_plugin *breaking_ties_plugin(void);
const struct mesa_plugin *entropy_plugin(void);
const struct mesa_plugin *least_confidence_plugin(void);
const struct mesa_plugin *margin_plugin(void);
const struct mesa_plugin *qbc_plugin(void);
const struct mesa_plugin *random_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "acquisitions", "breaking_ties", breaking_ties_plugin },
    { "acquisitions", "entropy", entropy_plugin },
    { "acquisitions", "least_confidence", least_confidence_plugin },
    { "acquisitions", "margin", margin_plugin },
    { "acquisitions", "qbc", qbc_plugin },
    { "acquisitions", "random", random_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

/* Those that look at nothing but a row's probabilities. */
static const char *const simple[] = { "breaking_ties", "entropy",
                                      "least_confidence", "margin" };
enum { SIMPLE = sizeof simple / sizeof *simple };

#define LN2 0.69314718055994531
#define LN3 1.0986122886681098

/* A handful of roundings. */
#define ROUNDING 1e-15

static void
assert_utilities(const char *name, const double *proba, size_t n, size_t k,
                 const double *expected)
{
    struct mesa_pool pool = pool_of(proba, n, k);
    struct maker m = empty;
    double utility[8];

    assert_true(n <= MESA_COUNT(utility));
    make(&m, name, "");
    assert_ok(score(&m, &pool, utility, err));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(utility[i] - expected[i]) <= ROUNDING))
            fail_msg("%s, row %zu: %.17g, expected %.17g", name, i,
                     utility[i], expected[i]);
    maker_free(&m);
}

/* Each kind of row: certain, even, two alike, a class that cannot be. */
static void
test_three_classes(void **state)
{
    static const double proba[] = { 0.5, 0.3, 0.2, 1,   0,    0,
                                    1.0 / 3, 1.0 / 3, 1.0 / 3,
                                    0.5, 0.5, 0,   0,   0.25, 0.75 };
    static const double gap[] = { 0.8, 0, 1, 1, 0.5 };
    static const double doubt[] = { 0.5, 0, 2.0 / 3, 0.5, 0.25 };
    static const double entropy[] = { 1.0296530140645737, 0, LN3, LN2,
                                      0.56233514461880829 };

    (void)state;
    assert_utilities("breaking_ties", proba, 5, 3, gap);
    assert_utilities("margin", proba, 5, 3, gap);
    assert_utilities("least_confidence", proba, 5, 3, doubt);
    assert_utilities("entropy", proba, 5, 3, entropy);
}

static void
test_two_classes(void **state)
{
    static const double proba[] = { 0.5, 0.5, 0.25, 0.75, 1, 0, 0, 1 };
    static const double gap[] = { 1, 0.5, 0, 0 };
    static const double doubt[] = { 0.5, 0.25, 0, 0 };
    static const double entropy[] = { LN2, 0.56233514461880829, 0, 0 };

    (void)state;
    assert_utilities("breaking_ties", proba, 4, 2, gap);
    assert_utilities("margin", proba, 4, 2, gap);
    assert_utilities("least_confidence", proba, 4, 2, doubt);
    assert_utilities("entropy", proba, 4, 2, entropy);
}

/* Nothing is to be learnt of one class; nor is a utility below 0 where a mean
 * of ones is a little more than 1. */
static void
test_certain(void **state)
{
    static const double one[] = { 1, 1 + 0x1p-52, 1 };
    static const double two[] = { 1 + 0x1p-52, 0, 0, 1 + 0x1p-52 };
    double utility[3];

    (void)state;
    for (size_t a = 0; a < SIMPLE; a++) {
        struct mesa_pool pool = pool_of(one, 3, 1);
        struct maker m = empty;

        make(&m, simple[a], "");
        assert_ok(score(&m, &pool, utility, err));
        for (size_t i = 0; i < 3; i++)
            assert_bits_equal(utility[i], 0.0);
        pool = pool_of(two, 2, 2);
        assert_ok(score(&m, &pool, utility, err));
        for (size_t i = 0; i < 2; i++)
            assert_bits_equal(utility[i], 0.0);
        maker_free(&m);
    }
}

/* Rows longer than what is looked at at a time. */
static void
test_many_classes(void **state)
{
    enum { CLASSES = 2500 };
    static double proba[3 * CLASSES];
    struct mesa_pool pool = pool_of(proba, 3, CLASSES);
    struct maker m = empty;
    double utility[3];

    (void)state;
    for (size_t c = 0; c < CLASSES; c++)
        proba[c] = 1.0 / CLASSES;
    proba[CLASSES + 1100] = 0.5;
    proba[CLASSES + 2400] = 0.5;
    proba[2 * CLASSES + 2499] = 1;
    make(&m, "entropy", "");
    assert_ok(score(&m, &pool, utility, err));
    assert_close(utility[0], 7.8240460108562919, 1e-13);
    assert_close(utility[1], LN2, ROUNDING);
    assert_bits_equal(utility[2], 0.0);
    make(&m, "breaking_ties", "");
    assert_ok(score(&m, &pool, utility, err));
    assert_bits_equal(utility[0], 1.0);
    assert_bits_equal(utility[1], 1.0);
    assert_bits_equal(utility[2], 0.0);
    maker_free(&m);
}

/* A committee of which the members are like the pool, each shifted. */
struct drawn {
    double           proba[3000 * 3], committee[4 * 3000 * 3];
    struct mesa_pool pool;
};

enum { DRAWN = 3000 };

static void
draw_pool(struct drawn *d, size_t k)
{
    draw_proba(d->proba, DRAWN, k, 1);
    for (uint64_t m = 0; m < 4; m++)
        draw_proba(d->committee + m * DRAWN * k, DRAWN, k, 2 + m);
    d->pool = pool_of(d->proba, DRAWN, k);
    d->pool.committee = d->committee;
    d->pool.n_members = 4;
}

static const struct {
    const char *name, *words;
} all[] = {
    { "breaking_ties", "" },
    { "entropy", "" },
    { "least_confidence", "" },
    { "margin", "" },
    { "qbc", "" },
    { "qbc", "disagreement=consensus_kl" },
    { "random", "" },
};

/* Rows of a pool, with their numbers, as a pool of their own. */
static struct mesa_pool
part_of(const struct drawn *d, struct drawn *out, const size_t *row, size_t n)
{
    const size_t k = d->pool.n_classes;

    for (size_t i = 0; i < n; i++) {
        memcpy(out->proba + i * k, d->proba + row[i] * k,
               k * sizeof *out->proba);
        for (size_t m = 0; m < 4; m++)
            memcpy(out->committee + (m * n + i) * k,
                   d->committee + (m * DRAWN + row[i]) * k,
                   k * sizeof *out->committee);
    }
    out->pool = d->pool;
    out->pool.proba = out->proba;
    out->pool.committee = out->committee;
    out->pool.row = row;
    out->pool.n = n;
    return out->pool;
}

/* Rows here and there, blocks of odd lengths: the same bits of each row. */
static void
test_blocks(void **state)
{
    static struct drawn whole, some;
    static double expected[DRAWN], utility[DRAWN];
    static size_t row[DRAWN];
    static const size_t lengths[] = { 1, 7, 341, 1000, DRAWN };

    (void)state;
    for (size_t i = 0; i < DRAWN; i++)
        row[i] = i;
    for (size_t a = 0; a < MESA_COUNT(all); a++) {
        struct maker m = empty;

        make(&m, all[a].name, all[a].words);
        draw_pool(&whole, 3);
        assert_ok(score(&m, &whole.pool, expected, err));
        for (size_t l = 0; l < MESA_COUNT(lengths); l++) {
            size_t each = lengths[l];

            for (size_t at = 0; at < DRAWN; at += each) {
                struct mesa_pool p = part_of(&whole, &some, row + at,
                                             MESA_MIN(each, DRAWN - at));

                assert_ok(score(&m, &p, utility + at, err));
            }
            assert_memory_equal(utility, expected, sizeof expected);
        }
        maker_free(&m);
    }
}

/* What is said of a row goes with it wherever it lies. */
static void
test_permuted(void **state)
{
    static struct drawn whole, some;
    static double expected[DRAWN], utility[DRAWN];
    static size_t row[DRAWN];
    struct mesa_rng rng = seeded(11);

    (void)state;
    mesa_rng_permutation(&rng, DRAWN, row);
    for (size_t a = 0; a < MESA_COUNT(all); a++) {
        struct maker m = empty;
        struct mesa_pool p;

        make(&m, all[a].name, all[a].words);
        for (size_t k = 2; k <= 3; k++) {
            draw_pool(&whole, k);
            p = part_of(&whole, &some, row, DRAWN);
            assert_ok(score(&m, &whole.pool, expected, err));
            assert_ok(score(&m, &p, utility, err));
            for (size_t i = 0; i < DRAWN; i++)
                assert_bits_equal(utility[i], expected[row[i]]);
        }
        maker_free(&m);
    }
}

/* With two classes all of them want the same rows, but for ties. */
static void
test_two_classes_agree(void **state)
{
    static double proba[2 * 1000];
    struct mesa_pool pool = pool_of(proba, 1000, 2);
    double utility[SIMPLE][1000];

    (void)state;
    draw_proba(proba, 1000, 2, 3);
    for (size_t a = 0; a < SIMPLE; a++) {
        struct maker m = empty;

        make(&m, simple[a], "");
        assert_ok(score(&m, &pool, utility[a], err));
        maker_free(&m);
    }
    for (size_t i = 1; i < 1000; i++)
        for (size_t a = 1; a < SIMPLE; a++)
            if (fabs(utility[0][i] - utility[0][i - 1]) > 1e-9)
                assert_int_equal(utility[0][i] > utility[0][i - 1],
                                 utility[a][i] > utility[a][i - 1]);
}

/* Uniform, another one for each seed, and a row's for good. */
static void
test_random(void **state)
{
    enum { N = MOST_ROWS, BINS = 10 };
    static double utility[N], again[N];
    struct mesa_pool pool = pool_of(NULL, N, 2), few;
    struct mesa_rng rng = seeded(5), other = seeded(6);
    const size_t row[] = { 3, 17, 400, N - 1 };
    size_t count[BINS] = { 0 }, same = 0;
    struct maker m = empty;

    (void)state;
    make(&m, "random", "");
    assert_ok(score(&m, &pool, utility, err));
    for (size_t i = 0; i < N; i++)
        count[(size_t)(utility[i] * BINS)]++;
    for (size_t b = 0; b < BINS; b++) /* 5 standard deviations */
        assert_true(fabs((double)count[b] - N / BINS) < 5 * 42.5);
    few = pool_of(NULL, 4, 2);
    few.row = row;
    assert_ok(mesa_acquisition_score(m.made, &few, again, &rng, err));
    for (size_t i = 0; i < 4; i++)
        assert_bits_equal(again[i], utility[row[i]]);
    assert_ok(mesa_acquisition_score(m.made, &pool, again, &other, err));
    for (size_t i = 0; i < N; i++)
        same += again[i] == utility[i];
    assert_int_equal(same, 0);
    maker_free(&m);
}

/* Three members on four rows: all agree, none does, two of three do, and one
 * that cannot decide votes for the lower class. */
static const double three[] = {
    0.6, 0.3, 0.1, 0.6, 0.3, 0.1, 1,   0,   0,   0.4, 0.2, 0.4,
    0.6, 0.3, 0.1, 0.2, 0.2, 0.6, 1,   0,   0,   0.9, 0.1, 0,
    0.6, 0.3, 0.1, 0,   1,   0,   0,   1,   0,   0,   0.5, 0.5,
};

static struct mesa_pool
committee_of(const double *committee, size_t n_members, size_t n, size_t k)
{
    struct mesa_pool pool = pool_of(NULL, n, k);

    pool.committee = committee;
    pool.n_members = n_members;
    return pool;
}

static void
test_vote_entropy(void **state)
{
    const double two_of_three = 0.63651416829481278;
    struct mesa_pool pool = committee_of(three, 3, 4, 3);
    struct maker m = empty;
    double utility[4];

    (void)state;
    make(&m, "qbc", "");
    assert_int_equal(mesa_acquisition_needs(m.made), MESA_POOL_COMMITTEE);
    assert_ok(score(&m, &pool, utility, err));
    assert_bits_equal(utility[0], 0.0);
    assert_close(utility[1], LN3, ROUNDING);
    assert_close(utility[2], two_of_three, ROUNDING);
    assert_bits_equal(utility[3], utility[2]);
    /* One member never disagrees with itself. */
    pool.n_members = 1;
    assert_ok(score(&m, &pool, utility, err));
    for (size_t i = 0; i < 4; i++)
        assert_bits_equal(utility[i], 0.0);
    maker_free(&m);
}

static void
test_consensus(void **state)
{
    static const double two[] = { 1, 0, 0.9, 0.1, 0.3, 0.7, 0, 1,
                                  0, 1, 0.5, 0.5, 0.3, 0.7, 0, 1 };
    struct mesa_pool pool = committee_of(three, 3, 4, 3);
    struct maker m = empty;
    double utility[4];

    (void)state;
    make(&m, "qbc", "disagreement=consensus_kl");
    assert_ok(score(&m, &pool, utility, err));
    assert_true(utility[0] < ROUNDING);
    assert_close(utility[1], 0.4225367471868495, 1e-14);
    assert_close(utility[2], 0.63651416829481278, 1e-14);
    pool = committee_of(two, 2, 4, 2);
    assert_ok(score(&m, &pool, utility, err));
    assert_close(utility[0], LN2, ROUNDING);
    assert_close(utility[1], 0.10174922507919676, 1e-14);
    assert_true(utility[2] < ROUNDING);
    assert_bits_equal(utility[3], 0.0);
    maker_free(&m);
}

/* Members who agree to the last bit, in numbers that no mean keeps: what is
 * left is rounding, and never below 0. */
static void
test_agreeing(void **state)
{
    enum { N = 500, MEMBERS = 7 };
    static double committee[MEMBERS * N * 3], utility[N];
    struct mesa_pool pool = committee_of(committee, MEMBERS, N, 3);
    struct maker m = empty;

    (void)state;
    for (size_t i = 0; i < MEMBERS; i++)
        draw_proba(committee + i * N * 3, N, 3, 9);
    make(&m, "qbc", "disagreement=consensus_kl");
    assert_ok(score(&m, &pool, utility, err));
    for (size_t i = 0; i < N; i++)
        assert_true(utility[i] >= 0 && utility[i] < ROUNDING);
    maker_free(&m);
}

/* What is so unlikely that the mean of it is 0. */
static void
test_tiny(void **state)
{
    static const double committee[] = { 1, 0x1p-1074, 1, 0, 1, 0, 1, 0 };
    struct mesa_pool pool = committee_of(committee, 4, 1, 2);
    struct maker m = empty;
    double utility;

    (void)state;
    make(&m, "qbc", "disagreement=consensus_kl");
    assert_ok(score(&m, &pool, &utility, err));
    assert_true(utility < 1e-300);
    pool = pool_of(committee, 1, 2);
    make(&m, "entropy", "");
    assert_ok(score(&m, &pool, &utility, err));
    assert_true(utility < 1e-300);
    maker_free(&m);
}

static void
test_no_committee(void **state)
{
    static const char text[] =
        "[acquisition] qbc: the estimator has no members that could disagree; "
        "use an ensemble such as forest or bagging";
    struct mesa_pool pool = pool_of(three, 4, 3);
    struct maker m = empty;
    double utility[4];

    (void)state;
    make(&m, "qbc", "");
    assert_error(score(&m, &pool, utility, err), MESA_ENOTSUP, text);
    pool.committee = three;
    assert_error(score(&m, &pool, utility, err), MESA_ENOTSUP, text);
    make(&m, "qbc", "disagreement=consensus_kl");
    assert_error(score(&m, &pool, utility, err), MESA_ENOTSUP, text);
    assert_error(maker_make(&m, MESA_KIND_ACQUISITION, "qbc",
                            "disagreement=loud", err),
                 MESA_EINVAL,
                 "--set: [acquisition] disagreement is 'loud', expected one "
                 "of vote_entropy, consensus_kl");
    maker_free(&m);
}

static void
test_memory(void **state)
{
    static const char *const text[] = {
        "[acquisition] qbc: out of memory: 3 numbers of votes",
        "[acquisition] qbc: out of memory: 3 classes"
    };
    struct mesa_pool pool = committee_of(three, 3, 4, 3);
    struct maker m = empty;
    double utility[4];
    uint64_t live;

    (void)state;
    make(&m, "qbc", "");
    live = mesa_memory_live();
    for (uint64_t k = 0; k < 2; k++) {
        struct mesa_error err;
        mesa_status st;

        mesa_memory_fail_at(k);
        st = score(&m, &pool, utility, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(st, MESA_ENOMEM);
        assert_string_equal(err.message, text[k]);
        assert_int_equal(mesa_memory_live(), live);
    }
    mesa_memory_fail_at(2);
    assert_ok(score(&m, &pool, utility, err));
    mesa_memory_fail_at(UINT64_MAX);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_classes),
        cmocka_unit_test(test_two_classes),
        cmocka_unit_test(test_certain),
        cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_permuted),
        cmocka_unit_test(test_two_classes_agree),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_vote_entropy),
        cmocka_unit_test(test_consensus),
        cmocka_unit_test(test_agreeing),
        cmocka_unit_test(test_tiny),
        cmocka_unit_test(test_no_committee),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("acquisitions", tests, NULL, NULL);
}
