/* SPDX-License-Identifier: MIT */
/*
 * test_acquisition_pools.c - coreset, badge, density_weighted and
 * rarity_weighted: what they must not depend on, and pools that are awkward.
 */
#include "pool_fixture.h"

struct kind {
    const char *name, *words;
    bool        draws;
};

static const struct kind kinds[] = {
    { "coreset", "", false },
    { "badge", "", true },
    { "density_weighted", "", false },
    { "density_weighted", "acquisition=margin similarity=cosine", false },
    { "density_weighted", "acquisition=coreset beta=0.5", false },
    { "rarity_weighted", "", false },
    { "rarity_weighted", "acquisition=badge prior=pool power=0.5", false },
};

/* All rows once, whatever they are; worth finite numbers from 0. */
static void
expect_all(const struct kind *kind, const struct mesa_pool *pool)
{
    bool seen[MOST] = { false };
    size_t pick[MOST];
    double utility[MOST];

    make(kind->name, kind->words);
    assert_ok(choose(pool, pool->n, pick, utility, 3, err));
    for (size_t i = 0; i < pool->n; i++) {
        if (pick[i] >= pool->n || seen[pick[i]] || !(utility[i] >= 0) ||
            !isfinite(utility[i]))
            fail_msg("%s %s: pick %zu is row %zu, worth %g", kind->name,
                     kind->words, i, pick[i], utility[i]);
        seen[pick[i]] = true;
    }
    assert_ok(score(pool, utility, err));
    for (size_t i = 0; i < pool->n; i++)
        assert_true(utility[i] >= 0 && isfinite(utility[i]));
}

/* Every row thrice, all rows the same one, rows of zeros, one row; and each
 * with probabilities of 0 and 1. */
static void
test_awkward_pools(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(kinds); i++) {
        struct rows r;

        make_mixed(&r, 30, 2);
        expect_all(&kinds[i], &r.pool);
        for (size_t j = 0; j < 60; j++)
            r.x[j] = r.x[j % 20];
        for (size_t j = 0; j < 30 * CLASSES; j++)
            r.proba[j] = r.proba[j % (10 * CLASSES)];
        expect_all(&kinds[i], &r.pool);
        r.pool.labelled.rows = 0;
        expect_all(&kinds[i], &r.pool);
        for (size_t j = 0; j < 30 * CLASSES; j++)
            r.proba[j] = j % CLASSES == 1;
        expect_all(&kinds[i], &r.pool);
        memset(r.x, 0, sizeof r.x);
        expect_all(&kinds[i], &r.pool);
        r.pool.labelled = matrix(r.x, 2, 2);
        expect_all(&kinds[i], &r.pool);
        make_mixed(&r, 1, 2);
        expect_all(&kinds[i], &r.pool);
    }
}

/* The same rows of a pool in another order. */
static void
test_permuted(void **state)
{
    enum { N = 50, K = 12 };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(kinds); i++) {
        size_t order[N], one[K], two[K];
        double worth[2][K];
        struct rows r, turned;
        struct mesa_rng rng;

        make_mixed(&r, N, 6);
        turned = r;
        mesa_rng_seed(&rng, 9);
        mesa_rng_permutation(&rng, N, order);
        for (size_t j = 0; j < N; j++) {
            memcpy(turned.proba + j * CLASSES, r.proba + order[j] * CLASSES,
                   CLASSES * sizeof *r.proba);
            memcpy(turned.x + 2 * j, r.x + 2 * order[j], 2 * sizeof *r.x);
        }
        turned.pool.proba = turned.proba;
        turned.pool.x.data = turned.x;
        make(kinds[i].name, kinds[i].words);
        assert_ok(choose(&r.pool, K, one, worth[0], 1, err));
        assert_ok(choose(&turned.pool, K, two, worth[1], 1, err));
        for (size_t k = 0; k < (kinds[i].draws ? 1 : K); k++) {
            assert_int_equal(one[k], order[two[k]]);
            assert_close(worth[1][k], worth[0][k], 1e-12);
        }
    }
}

/* More rows than a chunk has, of nine columns. */
struct crowd {
    double           x[9 * 1000], proba[2 * 1000];
    size_t           row[1000];
    int32_t          label[40];
    struct mesa_pool pool;
};

static void
make_crowd(struct crowd *c)
{
    struct mesa_rng rng;

    memset(c, 0, sizeof *c);
    mesa_rng_seed(&rng, 12);
    for (size_t i = 0; i < MESA_COUNT(c->x); i++)
        c->x[i] = mesa_rng_normal(&rng);
    for (size_t i = 0; i < 1000; i++) {
        c->proba[2 * i] = mesa_rng_uniform(&rng);
        c->proba[2 * i + 1] = 1 - c->proba[2 * i];
        c->row[i] = i;
    }
    c->pool = (struct mesa_pool){ .struct_size = sizeof c->pool,
                                  .n = 960, .n_classes = 2,
                                  .proba = c->proba,
                                  .x = matrix(c->x, 960, 9),
                                  .labelled = matrix(c->x + 9 * 960, 40, 9),
                                  .row = c->row,
                                  .label = c->label,
                                  .n_labelled = 40 };
}

/* Bits of what is chosen and of what is said of all, for so many threads. */
static void
answer(const struct mesa_pool *pool, size_t threads, size_t *pick,
       double *utility, double *all)
{
    assert_ok(mesa_parallel_set_threads(threads, err));
    assert_ok(choose(pool, 50, pick, utility, 5, err));
    assert_ok(score(pool, all, err));
    assert_ok(mesa_parallel_set_threads(1, err));
}

static void
test_threads(void **state)
{
    static struct crowd c;
    static double utility[3][50], all[3][1000];
    size_t pick[3][50];

    (void)state;
    make_crowd(&c);
    for (size_t i = 0; i < MESA_COUNT(kinds); i++) {
        make(kinds[i].name, kinds[i].words);
        answer(&c.pool, 1, pick[0], utility[0], all[0]);
        answer(&c.pool, 2, pick[1], utility[1], all[1]);
        answer(&c.pool, 5, pick[2], utility[2], all[2]);
        for (size_t t = 1; t < 3; t++) {
            assert_memory_equal(pick[t], pick[0], sizeof pick[0]);
            assert_memory_equal(utility[t], utility[0], sizeof utility[0]);
            assert_memory_equal(all[t], all[0], 960 * sizeof(double));
        }
    }
}

/* An index and a wider stride are the same rows. */
static void
test_layout(void **state)
{
    static struct crowd c;
    double worth[2][20];
    size_t pick[2][20], index[480];

    (void)state;
    make_crowd(&c);
    for (size_t i = 0; i < MESA_COUNT(kinds); i++) {
        static double dense[480 * 4];
        struct mesa_pool pool = c.pool, plain;

        pool.n = 480;
        pool.x = (struct mesa_cmatrix){ c.x, 480, 4, 9, index };
        pool.labelled = (struct mesa_cmatrix){ c.x + 3, 5, 4, 9, NULL };
        for (size_t j = 0; j < 480; j++) {
            index[j] = 959 - 2 * j;
            memcpy(dense + 4 * j, c.x + 9 * index[j], 4 * sizeof *dense);
        }
        plain = pool;
        plain.x = matrix(dense, 480, 4);
        make(kinds[i].name, kinds[i].words);
        assert_ok(choose(&pool, 20, pick[0], worth[0], 5, err));
        assert_ok(choose(&plain, 20, pick[1], worth[1], 5, err));
        assert_memory_equal(pick[0], pick[1], sizeof pick[0]);
        assert_memory_equal(worth[0], worth[1], sizeof worth[0]);
    }
}

/* Each allocation in turn: it says so, and loses nothing. */
static void
run_out(const struct kind *kind, const struct mesa_pool *pool, bool whole)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    mesa_status st = MESA_ENOMEM;
    uint64_t live;

    make(kind->name, kind->words);
    live = mesa_memory_live();
    for (uint64_t k = 0; st == MESA_ENOMEM && k < 1000; k++) {
        size_t pick[MOST];
        double utility[MOST];

        mesa_memory_fail_at(k);
        st = whole ? score(pool, utility, &e)
                   : choose(pool, 7, pick, utility, 1, &e);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK && st != MESA_ENOMEM)
            fail_msg("%s %s, allocation %llu: %s", kind->name, kind->words,
                     (unsigned long long)k, e.message);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
}

static void
test_memory(void **state)
{
    struct rows r;

    (void)state;
    make_mixed(&r, 30, 2);
    for (size_t i = 0; i < MESA_COUNT(kinds); i++) {
        run_out(&kinds[i], &r.pool, false);
        run_out(&kinds[i], &r.pool, true);
    }
    r.pool.labelled.rows = 0;
    run_out(&kinds[0], &r.pool, false);
}

/* What the n-th allocation is for. */
static void
expect_out_of(const char *name, const char *words, bool all, uint64_t k,
              const char *message)
{
    double utility[MOST];
    size_t pick[MOST];
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct rows r;

    make_mixed(&r, 30, 2);
    r.pool.labelled.rows = 0;
    make(name, words);
    mesa_memory_fail_at(k);
    if (all)
        score(&r.pool, utility, &e);
    else
        choose(&r.pool, 7, pick, utility, 1, &e);
    mesa_memory_fail_at(UINT64_MAX);
    assert_string_equal(e.message, message);
}

static void
test_out_of_what(void **state)
{
    (void)state;
    expect_out_of("coreset", "", false, 0,
                  "[acquisition] coreset: out of memory: 30 distances");
    expect_out_of("coreset", "", true, 0,
                  "[acquisition] coreset: out of memory: 2 means");
    expect_out_of("badge", "", false, 0,
                  "[acquisition] badge: out of memory: 30 gradients");
    expect_out_of("badge", "", true, 0,
                  "[acquisition] badge: out of memory: 120 gradients");
    expect_out_of("rarity_weighted", "", true, 0,
                  "[acquisition] rarity_weighted: out of memory: 3 weights");
    expect_out_of("density_weighted", "similarity=cosine", true, 0,
                  "[acquisition] density_weighted: out of memory: 30 "
                  "densities");
    expect_out_of("density_weighted", "similarity=cosine", true, 1,
                  "[acquisition] density_weighted: out of memory: 2 means");
    expect_out_of("density_weighted", "", true, 1,
                  "[acquisition] density_weighted: out of memory: 150 "
                  "neighbours");
}

/* Numbers whose squares are none, or add up to none. */
static void
test_too_far(void **state)
{
    static const double x[] = { 1e154, -1e154, 1.5e154, 0 };
    static const double further[] = { 1e200, 0 }, labelled[] = { 0 };
    size_t pick[4];
    double utility[4];
    struct rows r;

    (void)state;
    make_line(&r, x, 4, NULL, 0);
    make("badge", "");
    assert_error(choose(&r.pool, 2, pick, utility, 1, err), MESA_ENUMERIC,
                 "[acquisition] badge: squared distances between gradients "
                 "of 4 rows add up to inf");
    make_line(&r, further, 2, labelled, 1);
    make("coreset", "");
    assert_error(choose(&r.pool, 1, pick, utility, 1, err), MESA_ENUMERIC,
                 "[acquisition] coreset: the utility of row 10 is inf, "
                 "expected a number from 0");
}

/* What is inside is to blame for what it cannot do. */
static void
test_inside(void **state)
{
    static const double x[] = { 1e200, 0 }, labelled[] = { 0 };
    double utility[2];
    struct rows r;

    (void)state;
    make_line(&r, x, 2, labelled, 1);
    make("rarity_weighted", "acquisition=coreset");
    assert_error(score(&r.pool, utility, err), MESA_ENUMERIC,
                 "[acquisition] rarity_weighted: [acquisition] coreset: the "
                 "utility of row 10 is inf, expected a number from 0");
    assert_error(maker_make(&maker, MESA_KIND_ACQUISITION, "density_weighted",
                            "acquisition=nowhere", err),
                 MESA_ENOTFOUND,
                 "--set: there is no acquisition 'nowhere' (mesa-core --list "
                 "acquisition shows what there is)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_awkward_pools),
        cmocka_unit_test(test_permuted),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_out_of_what),
        cmocka_unit_test(test_too_far),
        cmocka_unit_test(test_inside),
    };

    return cmocka_run_group_tests_name("acquisition_pools", tests, open_all,
                                       close_all);
}
