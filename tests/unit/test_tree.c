/* SPDX-License-Identifier: MIT */
/*
 * test_tree.c - trees against scikit-learn, brute force, and themselves.
 */
#include "tree_fixture.h"

#include "../golden/tree.h"

/* The data of gen/tree.py. */
static void
golden_rows(struct rows *r, const struct golden_tree *g)
{
    uint32_t state = g->seed;

    new_rows(r, g->n, 4, g->k);
    for (size_t i = 0; i < g->n; i++) {
        double *x = r->x + 4 * i;
        uint32_t noise, label;

        for (size_t j = 0; j < 4; j++)
            x[j] = draw(&state) % 65536 / 1024.0;
        noise = draw(&state);
        label = draw(&state);
        r->y[i] = ((int)(x[0] + x[1] / 2) + (x[2] > 40 ? 32 : 0))
                  / (128 / (int)g->k + 1);
        if (noise % 8 == 0)
            r->y[i] = (int32_t)(label % g->k);
        r->w[i] = (1 + draw(&state) % 31) / 16.0;
    }
    if (g->weighted)
        r->data.weight = r->w;
}

static void
check_golden(const struct golden_tree *g, const struct tree_model *m)
{
    assert_int_equal(m->n_nodes, g->n_nodes);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const struct golden_node *e = &g->node[i];
        const struct tree_node *t = &m->node[i];

        assert_int_equal(t->feature, e->feature);
        assert_bits_equal(t->threshold, e->threshold);
        assert_int_equal(t->n_rows, e->n_rows);
        assert_true(fabs(t->impurity - e->impurity) < 1e-12);
        for (size_t c = 0; c < g->k; c++)
            assert_true(fabs(m->value[i * g->k + c] - e->share[c]) < 1e-12);
    }
}

static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_trees / sizeof golden_trees[0]; i++) {
        const struct golden_tree *g = &golden_trees[i];
        struct instance s;
        struct rows r;
        double importance[4];

        golden_rows(&r, g);
        make(&s, g->set);
        assert_ok(fit(&s, &r.data, 0, err));
        check_golden(g, &s.t.model);
        assert_ok(tree_class()->importance(&s.t, importance, err));
        for (size_t j = 0; j < 4; j++)
            assert_true(fabs(importance[j] - g->importance[j]) < 1e-12);
        drop(&s);
        free_rows(&r);
    }
}

/* Fit with two sets of parameters; the same bytes must come of it. */
static void
assert_same(const struct mesa_dataset *a, const char *const *set_a,
            const struct mesa_dataset *b, const char *const *set_b)
{
    struct instance s, t;

    make(&s, set_a);
    make(&t, set_b);
    assert_ok(fit(&s, a, 7, err));
    assert_ok(fit(&t, b, 7, err));
    assert_true(same_model(&s.t.model, &t.t.model));
    drop(&s);
    drop(&t);
}

static const char *const *const variants[] = {
    (const char *const[]){ NULL, NULL },
    (const char *const[]){ "criterion=entropy", NULL, NULL },
    (const char *const[]){ "min_samples_leaf=7", NULL, NULL },
    (const char *const[]){ "max_features=sqrt", NULL, NULL },
    (const char *const[]){ "min_weight_fraction_leaf=0.01", NULL, NULL },
    (const char *const[]){ "max_leaf_nodes=300", NULL, NULL },
    (const char *const[]){ "class_weight=balanced", NULL, NULL },
};
#define N_VARIANTS (sizeof variants / sizeof variants[0])

/* The variant with one parameter more; good for one call at a time. */
static const char *const *
with(const char *const *variant, const char *more, const char **set)
{
    size_t n = 0;

    for (; variant[n]; n++)
        set[n] = variant[n];
    set[n] = more;
    set[n + 1] = NULL;
    return set;
}

/* A bin for each value: histograms find what looking at all values finds.
 * 6,000 rows are enough for both ways below the root. */
static void
test_hist_is_exact(void **state)
{
    const char *set[8];

    (void)state;
    for (uint32_t k = 2; k <= 3; k++)
        for (uint32_t missing = 0; missing <= 10; missing += 10) {
            struct rows r;

            random_rows(&r, 6000, 5, k, 100, missing, 11 + k);
            for (size_t i = 0; i < N_VARIANTS; i++) {
                r.data.weight = i % 2 ? r.w : NULL;
                assert_same(&r.data, variants[i], &r.data,
                            with(variants[i], "method=hist", set));
            }
            free_rows(&r);
        }
}

static void
test_threads(void **state)
{
    const char *set[8];
    const char *const hist[] = { "method=hist", "max_bins=64", NULL };
    const char *const exact[] = { NULL };
    const char *const *method[] = { hist, exact };
    struct rows r;

    (void)state;
    random_rows(&r, 30000, 12, 3, 1000, 3, 5);
    r.data.weight = r.w;
    for (size_t i = 0; i < 2; i++) {
        struct instance first;

        make(&first, with(method[i], "max_features=7", set));
        assert_ok(fit(&first, &r.data, 3, err));
        for (size_t threads = 2; threads <= 5; threads += 3) {
            struct instance s;

            assert_ok(mesa_parallel_set_threads(threads, err));
            make(&s, with(method[i], "max_features=7", set));
            assert_ok(fit(&s, &r.data, 3, err));
            assert_true(same_model(&first.t.model, &s.t.model));
            drop(&s);
        }
        assert_ok(mesa_parallel_set_threads(1, err));
        drop(&first);
    }
    free_rows(&r);
}

/* What a node draws depends on its place, not on when its turn comes. */
static void
test_order_of_growth(void **state)
{
    const char *const deep[] = { "max_features=log2", NULL };
    const char *const best[] = { "max_features=log2",
                                 "max_leaf_nodes=100000", NULL };
    const char *const random_deep[] = { "splitter=random", NULL };
    const char *const random_best[] = { "splitter=random",
                                        "max_leaf_nodes=100000", NULL };
    struct rows r;

    (void)state;
    random_rows(&r, 900, 9, 2, 5000, 5, 3);
    assert_same(&r.data, deep, &r.data, best);
    assert_same(&r.data, random_deep, &r.data, random_best);
    free_rows(&r);
}

static void
test_seeds(void **state)
{
    const char *const set[] = { "max_features=2", NULL };
    struct instance a, b;
    struct rows r;

    (void)state;
    random_rows(&r, 300, 9, 2, 5000, 0, 3);
    make(&a, set);
    make(&b, set);
    assert_ok(fit(&a, &r.data, 1, err));
    assert_ok(fit(&b, &r.data, 2, err));
    assert_false(same_model(&a.t.model, &b.t.model));
    assert_ok(fit(&b, &r.data, 1, err));
    assert_true(same_model(&a.t.model, &b.t.model));
    drop(&a);
    drop(&b);
    free_rows(&r);
}

/* A weight of 3 is a row that is there three times, one of 0 is none.  Only
 * the numbers of rows differ, so trees are compared by what they predict. */
static void
test_weights_are_repeats(void **state)
{
    (void)state;
    for (uint32_t k = 2; k <= 3; k++) {
        struct mesa_subset repeated;
        struct rows r;
        size_t *pick = mesa_alloc_array(3 * 800, sizeof *pick), n = 0;

        random_rows(&r, 800, 4, k, 30, 5, 21);
        for (size_t i = 0; i < 800; i++)
            for (double w = r.w[i]; w > 0; w--)
                pick[n++] = i;
        assert_ok(mesa_subset_init(&repeated, &r.data, pick, n, err));
        r.data.weight = r.w;
        for (size_t v = 0; v < N_VARIANTS; v++) {
            struct instance a, b;

            if (v == 2 || v == 6)
                continue; /* these count rows */
            make(&a, variants[v]);
            make(&b, variants[v]);
            assert_ok(fit(&a, &r.data, 4, err));
            assert_ok(fit(&b, &repeated.data, 4, err));
            assert_int_equal(a.t.model.n_nodes, b.t.model.n_nodes);
            for (size_t i = 0; i < a.t.model.n_nodes; i++) {
                b.t.model.node[i].n_rows = a.t.model.node[i].n_rows;
            }
            assert_true(same_model(&a.t.model, &b.t.model));
            drop(&a);
            drop(&b);
        }
        mesa_subset_free(&repeated);
        mesa_free(pick);
        free_rows(&r);
    }
}

/* Trees that are searched by ranks and in float first are those that the
 * search by weights finds: nodes of many stretches, lanes at any distance from
 * their end, ties, limits and unbalanced classes. */
static void
test_ranked(void **state)
{
    static const char *const sets[][2] = {
        { NULL, NULL }, { "min_samples_leaf=5", NULL },
        { "max_leaf_nodes=40", NULL }, { "method=hist", NULL },
    };

    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++)
        for (size_t v = 0; v < sizeof sets / sizeof sets[0]; v++) {
            struct instance a, b;
            struct rows r;

            if (seed < 60)
                random_rows(&r, 2 + seed * seed, 4, 2, 2 + seed * 17 % 900,
                            seed % 4 == 0, seed);
            else /* no more have ranks */
                random_rows(&r, TREE_RANKED / 2, 4, 2, 1000000, 0, seed);
            for (size_t i = 0; i < r.data.x.rows; i++) {
                r.w[i] = 1;
                if (i % 16 < seed % 5 * 4)
                    r.y[i] = 0;
            }
            make(&a, sets[v]);
            make(&b, sets[v]);
            assert_ok(fit(&a, &r.data, 0, err));
            r.data.weight = r.w;
            assert_ok(fit(&b, &r.data, 0, err));
            assert_true(same_model(&a.t.model, &b.t.model));
            drop(&a);
            drop(&b);
            free_rows(&r);
        }
}

/* Gini impurity times weight of one side of a cut. */
static double
spread(const double *count, uint32_t k)
{
    double n = 0, sum = 0;

    for (uint32_t c = 0; c < k; c++) {
        n += count[c];
        sum += count[c] * count[c];
    }
    return n > 0 ? n - sum / n : 0;
}

/* The least spread that one cut of one column can leave, rows without a
 * value on either side, each side of at least min_leaf rows. */
static double
brute_force(const struct rows *r, size_t min_leaf, double whole)
{
    size_t n = r->data.x.rows, d = r->data.x.cols;
    uint32_t k = r->data.n_classes;
    double best = whole;

    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < 2 * n; i++) {
            double at = r->x[i / 2 * d + j], side[2][3] = { { 0 } };
            size_t rows[2] = { 0, 0 };
            double left;

            for (size_t q = 0; q < n; q++) {
                double x = r->x[q * d + j];
                size_t s = isnan(x) ? i % 2 : !(x <= at);

                side[s][r->y[q]]++;
                rows[s]++;
            }
            left = spread(side[0], k) + spread(side[1], k);
            if (!isnan(at) && rows[0] >= min_leaf && rows[1] >= min_leaf
                && rows[0] > 0 && rows[1] > 0 && left < best)
                best = left;
        }
    return best;
}

static void
test_brute_force(void **state)
{
    static const char *const sets[][3] = {
        { "max_depth=1", NULL, NULL },
        { "max_depth=1", "min_samples_leaf=9", NULL },
        { "max_depth=1", "method=hist", NULL },
    };

    (void)state;
    for (uint32_t seed = 1; seed <= 120; seed++)
        for (size_t v = 0; v < 3; v++) {
            struct instance s;
            struct rows r;
            double whole[3] = { 0 }, least;
            const struct tree_node *t;

            random_rows(&r, 20 + seed % 50, 3, 2 + seed % 2, 3 + seed % 17,
                        seed % 3 * 15, seed);
            for (size_t i = 0; i < r.data.x.rows; i++)
                whole[r.y[i]]++;
            make(&s, sets[v]);
            assert_ok(fit(&s, &r.data, 0, err));
            least = brute_force(&r, v == 1 ? 9 : 1,
                                spread(whole, r.data.n_classes));
            t = s.t.model.node;
            if (s.t.model.n_nodes == 3)
                assert_true(fabs(t[1].impurity * t[1].weight
                                 + t[2].impurity * t[2].weight - least)
                            < 1e-9);
            else
                assert_true(fabs(t[0].impurity * t[0].weight - least) < 1e-9);
            drop(&s);
            free_rows(&r);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_hist_is_exact),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_order_of_growth),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_weights_are_repeats),
        cmocka_unit_test(test_ranked),
        cmocka_unit_test(test_brute_force),
    };

    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
