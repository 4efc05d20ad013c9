/* SPDX-License-Identifier: MIT */
/*
 * test_acquisition_batches.c - coreset, badge, density_weighted and
 * rarity_weighted: what they choose of few rows, by hand.
 */
#include "pool_fixture.h"

/* Rows at 0, 1, 4, 9, 10, one labelled at 0.5; all of them in turn. */
static void
test_coreset(void **state)
{
    static const double x[] = { 0, 1, 4, 9, 10 }, labelled[] = { 0.5 };
    static const double worth[] = { 0.5, 0.5, 3.5, 8.5, 9.5 };
    struct rows r;

    (void)state;
    make_line(&r, x, 5, labelled, 1);
    make("coreset", "");
    expect_scores(&r.pool, worth);
    expect_picks(&r.pool, 5, (const size_t[]){ 4, 2, 3, 0, 1 },
                 (const double[]){ 9.5, 3.5, 1, 0.5, 0.5 });
}

/* Nothing labelled: the one nearest the mean, which is 4.8, comes first. */
static void
test_coreset_from_mean(void **state)
{
    static const double x[] = { 0, 1, 4, 9, 10 };
    static const double worth[] = { 1 / 5.8, 1 / 4.8, 1 / 1.8, 1 / 5.2,
                                    1 / 6.2 };
    struct rows r;

    (void)state;
    make_line(&r, x, 5, NULL, 0);
    make("coreset", "");
    expect_scores(&r.pool, worth);
    expect_picks(&r.pool, 4, (const size_t[]){ 2, 4, 0, 1 },
                 (const double[]){ 1 / 1.8, 6, 4, 1 });
}

/* The hidden layer, where there is one, and not the features. */
static void
test_coreset_embedding(void **state)
{
    static const double x[] = { 0, 1, 4, 9, 10 }, labelled[] = { 0.5 };
    static const double embedding[] = { 3, 0, 4, 0, 0, 6, 1, 1, 0, 0 };
    static const double known[] = { 0, 0 };
    struct rows r;

    (void)state;
    make_line(&r, x, 5, labelled, 1);
    r.pool.embedding = matrix(embedding, 5, 2);
    r.pool.labelled_embedding = matrix(known, 1, 2);
    make("coreset", "");
    expect_scores(&r.pool, (const double[]){ 3, 4, 6, sqrt(2), 0 });
    expect_picks(&r.pool, 3, (const size_t[]){ 2, 1, 3 },
                 (const double[]){ 6, 4, sqrt(2) });
}

/* The norm of a gradient: of one row, (0.3, -0.3) times (3, 4) and a 1. */
static void
test_badge_norms(void **state)
{
    static const double hidden[] = { 3, 4, 0, 2 };
    struct rows r;

    (void)state;
    make_mixed(&r, 2, 1);
    r.pool.n_classes = 2;
    memcpy(r.x, hidden, sizeof hidden);
    memcpy(r.proba, (const double[]){ 0.7, 0.3, 0, 1 }, 4 * sizeof *r.proba);
    make("badge", "");
    expect_scores(&r.pool, (const double[]){ 0.3 * sqrt(52), 0 });
    r.pool.embedding = matrix(hidden, 2, 2);
    expect_scores(&r.pool, (const double[]){ 0.3 * sqrt(50), 0 });
}

/* The gradients written out, classes by columns. */
static void
write_gradients(const struct mesa_pool *pool, double *out)
{
    const bool hidden = pool->embedding.rows > 0;
    const struct mesa_cmatrix *h = hidden ? &pool->embedding : &pool->x;

    for (size_t i = 0; i < pool->n; i++) {
        const double *p = pool->proba + i * CLASSES;
        size_t top = 0;

        for (size_t c = 1; c < CLASSES; c++)
            top = p[c] > p[top] ? c : top;
        for (size_t c = 0; c < CLASSES; c++)
            for (size_t j = 0; j < 3; j++)
                *out++ = ((c == top) - p[c]) *
                         (j < 2 ? mesa_row(h, i)[j] : hidden ? 0 : 1);
    }
}

enum { GRADIENT = CLASSES * 3 };

static double
squared(const double *g, size_t a, size_t b)
{
    double sum = 0;

    for (size_t j = 0; j < GRADIENT; j++) {
        double d = g[a * GRADIENT + j] - g[b * GRADIENT + j];

        sum += d * d;
    }
    return sum;
}

/* Of row i to the nearest of n picks. */
static double
nearest(const double *g, size_t i, const size_t *pick, size_t n)
{
    double least = INFINITY;

    for (size_t j = 0; j < n; j++)
        least = fmin(least, squared(g, i, pick[j]));
    return least;
}

/* Each pick is where the sum of squared distances passes what was drawn. */
static void
expect_draws(const struct mesa_pool *pool, uint64_t seed)
{
    double g[MOST * GRADIENT], utility[MOST];
    size_t pick[MOST];
    struct mesa_rng rng;

    write_gradients(pool, g);
    mesa_rng_seed(&rng, seed);
    assert_ok(choose(pool, pool->n, pick, utility, seed, err));
    for (size_t k = 1; k < pool->n; k++) {
        const double u = mesa_rng_uniform(&rng);
        double all = 0, before = 0, own = nearest(g, pick[k], pick, k);

        for (size_t i = 0; i < pool->n; i++) {
            double d = nearest(g, i, pick, k);

            all += d;
            before += i < pick[k] ? d : 0;
        }
        assert_true(before <= u * all + 1e-9);
        assert_true(before + own >= u * all - 1e-9);
        assert_true(fabs(utility[k] - sqrt(own)) < 1e-7);
    }
}

static void
test_badge_draws(void **state)
{
    struct rows r;

    (void)state;
    make("badge", "");
    for (uint64_t seed = 0; seed < 20; seed++) {
        make_mixed(&r, 40, seed);
        expect_draws(&r.pool, seed);
        r.pool.embedding = matrix(r.embedding, 40, 2);
        expect_draws(&r.pool, seed);
    }
}

/* The first pick has the largest norm; how often the second is which. */
static void
test_badge_shares(void **state)
{
    enum { DRAWS = 4000, N = 6 };
    double g[N * GRADIENT], utility[N], norm[N], all = 0;
    size_t pick[2], count[N] = { 0 }, first = 0;
    struct rows r;

    (void)state;
    make("badge", "");
    make_mixed(&r, N, 4);
    write_gradients(&r.pool, g);
    assert_ok(score(&r.pool, norm, err));
    for (size_t i = 1; i < N; i++)
        first = norm[i] > norm[first] ? i : first;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        assert_ok(choose(&r.pool, 2, pick, utility, seed, err));
        assert_int_equal(pick[0], first);
        assert_bits_equal(utility[0], norm[first]);
        count[pick[1]]++;
    }
    for (size_t i = 0; i < N; i++)
        all += squared(g, i, first);
    for (size_t i = 0; i < N; i++) {
        double share = squared(g, i, first) / all;

        /* Four standard deviations. */
        assert_true(fabs((double)count[i] - DRAWS * share) <=
                    4 * sqrt(DRAWS * share * (1 - share)));
    }
}

#define COSINE "acquisition=breaking_ties similarity=cosine"

/* Unit rows (1, 0), (0, 1) and the one between: r = 1 / sqrt(2). */
static void
test_cosine_density(void **state)
{
    const double h = sqrt(0.5), side = (1 + h) / 3;
    const double expected[] = { side, side, 2 * h * side };
    struct rows r;

    (void)state;
    make_mixed(&r, 3, 1);
    memcpy(r.x, (const double[]){ 1, 0, 0, 2, 3, 3 }, 6 * sizeof *r.x);
    for (size_t i = 0; i < 3; i++)
        memcpy(r.proba + i * CLASSES, (const double[]){ 0.5, 0.5, 0 },
               CLASSES * sizeof *r.proba);
    make("density_weighted", COSINE);
    expect_scores(&r.pool, expected);
    make("density_weighted", COSINE " beta=2");
    expect_scores(&r.pool, (const double[]){ side * side, side * side,
                                             4 * h * h * side * side });
    make("density_weighted", COSINE " beta=0");
    expect_scores(&r.pool, (const double[]){ 1, 1, 1 });
    /* Half as much where the other acquisition says half. */
    memcpy(r.proba, (const double[]){ 0.75, 0.25, 0 }, 3 * sizeof *r.proba);
    make("density_weighted", COSINE);
    expect_scores(&r.pool,
                  (const double[]){ side / 2, side, 2 * h * side });
}

/* Against the rest: 0.  Nowhere: 0.  Of any length. */
static void
test_cosine_limits(void **state)
{
    static const double opposite[] = { 5, -1, -1 };
    static const double lengths[] = { 1e300, 1e-300, 0, 3 };
    struct rows r;

    (void)state;
    make_line(&r, opposite, 3, NULL, 0);
    make("density_weighted", COSINE);
    expect_scores(&r.pool, (const double[]){ 0, 1.0 / 3, 1.0 / 3 });
    make_line(&r, lengths, 4, NULL, 0);
    expect_scores(&r.pool, (const double[]){ 0.75, 0.75, 0, 0.75 });
}

/* Rows at 0, 1, 3: the nearest, then both others. */
static void
test_neighbor_density(void **state)
{
    static const double x[] = { 0, 1, 3 };
    static const char words[] = "acquisition=breaking_ties "
                                "similarity=neighbors n_neighbors=1";
    static const char all[] = "acquisition=breaking_ties "
                              "similarity=neighbors n_neighbors=7";
    struct rows r;

    (void)state;
    make_line(&r, x, 3, NULL, 0);
    make("density_weighted", words);
    expect_scores(&r.pool, (const double[]){ 0.5, 0.5, 1.0 / 3 });
    make("density_weighted", all);
    expect_scores(&r.pool, (const double[]){ 1.0 / 3, 0.4, 2.0 / 7 });
    make_line(&r, x, 1, NULL, 0);
    expect_scores(&r.pool, (const double[]){ 1 });
}

/* Labels 0, 0, 0, 1: weights 3/4 and 3/2, scaled to 2/3 and 4/3. */
static void
test_rarity(void **state)
{
    static const double x[] = { 0, 1, 2 }, labelled[] = { 0, 0, 0, 0 };
    static const double p[] = { 0.5, 0.5, 0.2, 0.8, 0.8, 0.2 };
    struct rows r;

    (void)state;
    make_line(&r, x, 3, labelled, 4);
    memcpy(r.proba, p, sizeof p);
    r.label[3] = 1;
    make("rarity_weighted", "power=1");
    expect_scores(&r.pool, (const double[]){ 1, 0.48, 0.32 });
    make("rarity_weighted", "power=0");
    expect_scores(&r.pool, (const double[]){ 1, 0.4, 0.4 });
    /* 9/16 and 9/4, scaled to 2/5 and 8/5. */
    make("rarity_weighted", "power=2");
    expect_scores(&r.pool, (const double[]){ 1, 0.544, 0.256 });
    make("rarity_weighted", "power=1");
    r.pool.n_labelled = 0;
    expect_scores(&r.pool, (const double[]){ 1, 0.4, 0.4 });
}

/* Sums of probabilities 3/2 and 1/2: weights 4/5 and 4/3, then 3/4, 5/4. */
static void
test_rarity_of_pool(void **state)
{
    static const double x[] = { 0, 1 };
    struct rows r;

    (void)state;
    make_line(&r, x, 2, NULL, 0);
    memcpy(r.proba, (const double[]){ 0.9, 0.1, 0.6, 0.4 },
           4 * sizeof *r.proba);
    make("rarity_weighted", "power=1 prior=pool");
    expect_scores(&r.pool, (const double[]){ 0.16, 0.76 });
}

/* A wrapper needs what is inside, and wants no batches of its own. */
static void
test_needs(void **state)
{
    enum { BATCH = MESA_POOL_WHOLE | MESA_POOL_EMBEDDING };

    (void)state;
    make("coreset", "");
    assert_int_equal(mesa_acquisition_needs(maker.made),
                     BATCH | MESA_POOL_LABELLED);
    make("badge", "");
    assert_int_equal(mesa_acquisition_needs(maker.made), BATCH);
    make("density_weighted", "acquisition=breaking_ties");
    assert_int_equal(mesa_acquisition_needs(maker.made), MESA_POOL_WHOLE);
    make("rarity_weighted", "");
    assert_int_equal(mesa_acquisition_needs(maker.made), 0);
    make("rarity_weighted", "prior=pool");
    assert_int_equal(mesa_acquisition_needs(maker.made), MESA_POOL_WHOLE);
    make("rarity_weighted", "acquisition=density_weighted "
                            "density_weighted.acquisition=coreset");
    assert_int_equal(mesa_acquisition_needs(maker.made),
                     BATCH | MESA_POOL_LABELLED);
}

/* Duplicates of a pick are worth nothing and come last, the lowest first. */
static void
test_duplicates(void **state)
{
    static const double x[] = { 2, 2, 7, 2, 7 };
    size_t pick[5];
    double utility[5];
    struct rows r;

    (void)state;
    make_line(&r, x, 5, NULL, 0);
    r.proba[4] = r.proba[8] = 0.25;
    r.proba[5] = r.proba[9] = 0.75;
    make("coreset", "");
    expect_picks(&r.pool, 5, (const size_t[]){ 0, 2, 1, 3, 4 },
                 (const double[]){ 1 / 3.0, 5, 0, 0, 0 });
    /* Gradients are (1, -1) (x) (2, 1) / 2 and (-1, 1) (x) (7, 1) / 4; which
     * of the former comes second is drawn. */
    make("badge", "");
    assert_ok(choose(&r.pool, 5, pick, utility, 1, err));
    assert_int_equal(pick[0], 2);
    assert_close(utility[0], 2.5, 1e-12);
    assert_int_equal(r.pool.x.data[pick[1]], 2);
    assert_close(utility[1], sqrt(16.25), 1e-12);
    for (size_t i = 2; i < 5; i++)
        assert_bits_equal(utility[i], 0.0);
    assert_true(pick[2] < pick[3] && pick[3] < pick[4]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coreset),
        cmocka_unit_test(test_coreset_from_mean),
        cmocka_unit_test(test_coreset_embedding),
        cmocka_unit_test(test_badge_norms),
        cmocka_unit_test(test_badge_draws),
        cmocka_unit_test(test_badge_shares),
        cmocka_unit_test(test_cosine_density),
        cmocka_unit_test(test_cosine_limits),
        cmocka_unit_test(test_neighbor_density),
        cmocka_unit_test(test_rarity),
        cmocka_unit_test(test_rarity_of_pool),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_duplicates),
    };

    return cmocka_run_group_tests_name("acquisition_batches", tests, open_all,
                                       close_all);
}
