/* SPDX-License-Identifier: MIT */
/*
 * test_tree_edge.c - limits, missing values, odd data, prediction, sorting.
 */
#include "tree_fixture.h"

/* One column and two classes, from lists of n. */
static void
column_rows(struct rows *r, size_t n, const double *x, const int32_t *y)
{
    new_rows(r, n, 1, 2);
    memcpy(r->x, x, n * sizeof *x);
    memcpy(r->y, y, n * sizeof *y);
}

static void
test_threshold(void **state)
{
    const double x[] = { 3, 1, 4, 2 };
    const int32_t y[] = { 1, 0, 1, 0 };
    struct instance s;
    struct rows r;

    (void)state;
    column_rows(&r, 4, x, y);
    make(&s, NULL);
    assert_ok(fit(&s, &r.data, 0, err));
    assert_int_equal(s.t.model.n_nodes, 3);
    assert_bits_equal(s.t.model.node[0].threshold, 2.5);
    assert_int_equal(s.t.model.node[0].missing_left, 1); /* a tie */
    assert_bits_equal(s.t.model.value[2], 1);
    assert_bits_equal(s.t.model.value[5], 1);
    drop(&s);
    free_rows(&r);
}

/* Neighbours whose middle rounds to the upper one: the lower is taken.  So
 * near, they are told apart only if they are large. */
static void
test_near_values(void **state)
{
    const double large = 9007199254740992.0; /* 2^53 */
    const double x[2][2] = { { 1, 1 + 5e-8 }, { large, large + 2 } };
    const double chain[] = { 0, 0.6e-7, 1.2e-7 };
    const int32_t y[] = { 0, 1, 1 };
    struct instance s;
    struct rows r;

    (void)state;
    make(&s, NULL);
    for (size_t i = 0; i < 2; i++) {
        column_rows(&r, 2, x[i], y);
        assert_ok(fit(&s, &r.data, 0, err));
        assert_int_equal(s.t.model.n_nodes, i == 0 ? 1 : 3);
        if (i == 1) {
            assert_true(s.t.model.node[0].threshold >= large);
            assert_true(s.t.model.node[0].threshold < large + 2);
        }
        free_rows(&r);
    }
    /* not constant, but no two neighbours differ */
    column_rows(&r, 3, chain, y);
    assert_ok(fit(&s, &r.data, 0, err));
    assert_int_equal(s.t.model.n_nodes, 1);
    drop(&s);
    free_rows(&r);
}

static void
test_nothing_to_cut(void **state)
{
    const double x[] = { 5, 5, 5 };
    const int32_t mixed[] = { 0, 1, 1 }, pure[] = { 1, 1, 1 };
    static const char *const methods[][2] = {
        { "method=exact", NULL }, { "method=hist", NULL }
    };
    double p[6];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct instance s;
        struct rows r;

        make(&s, methods[i]);
        column_rows(&r, 3, x, mixed);
        assert_ok(fit(&s, &r.data, 0, err));
        assert_int_equal(s.t.model.n_nodes, 1);
        assert_ok(tree_class()->predict_proba(&s.t, &r.data.x, p, err));
        assert_bits_equal(p[5], 2.0 / 3);
        assert_ok(tree_class()->importance(&s.t, p, err));
        assert_bits_equal(p[0], 0);
        memcpy(r.y, pure, sizeof pure);
        r.x[0] = 4;
        assert_ok(fit(&s, &r.data, 0, err));
        assert_int_equal(s.t.model.n_nodes, 1);
        r.data.x.rows = 1;
        assert_ok(fit(&s, &r.data, 0, err));
        assert_int_equal(s.t.model.node[0].n_rows, 1);
        drop(&s);
        free_rows(&r);
    }
}

/* Where missing rows go, as classes, the cut and the side that is best. */
static void
test_missing(void **state)
{
    static const struct {
        double   x[6];
        int32_t  y[6];
        double   threshold;
        uint32_t left;
    } cases[] = {
        /* with the low values, with the high ones, alone, and when all
         * sides score the same */
        { { 1, 2, 3, 4, NAN, NAN }, { 0, 0, 1, 1, 0, 0 }, 2.5, 1 },
        { { 1, 2, 3, 4, NAN, NAN }, { 0, 0, 1, 1, 1, 1 }, 2.5, 0 },
        { { 1, 2, 3, 4, NAN, NAN }, { 0, 0, 0, 0, 1, 1 }, DBL_MAX, 0 },
        { { 7, 7, 7, 7, NAN, NAN }, { 0, 0, 0, 1, 1, 1 }, DBL_MAX, 0 },
        /* none missing: the heavier side */
        { { 1, 2, 3, 4, 5, 6 }, { 0, 1, 1, 1, 1, 1 }, 1.5, 0 },
        { { 1, 2, 3, 4, 5, 6 }, { 0, 0, 0, 1, 1, 1 }, 3.5, 1 },
    };
    static const char *const methods[][3] = {
        { "method=exact", "max_depth=1", NULL },
        { "method=hist", "max_depth=1", NULL },
        { "criterion=entropy", "max_depth=1", NULL },
    };

    (void)state;
    for (size_t m = 0; m < 3; m++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct instance s;
            struct rows r;

            column_rows(&r, 6, cases[i].x, cases[i].y);
            make(&s, methods[m]);
            assert_ok(fit(&s, &r.data, 0, err));
            assert_int_equal(s.t.model.n_nodes, 3);
            assert_bits_equal(s.t.model.node[0].threshold,
                              cases[i].threshold);
            assert_int_equal(s.t.model.node[0].missing_left, cases[i].left);
            drop(&s);
            free_rows(&r);
        }
}

/* The leaf of a row, one step at a time. */
static size_t
leaf_of(const struct tree_model *m, const double *x)
{
    size_t i = 0;

    while (m->node[i].feature >= 0) {
        const struct tree_node *t = &m->node[i];
        double v = x[t->feature];
        bool left = isnan(v) ? t->missing_left != 0 : v <= t->threshold;

        i = (size_t)(left ? t->left : t->right);
    }
    return i;
}

/* Rows of small and large trees, of plain and indexed matrices, with values
 * missing: where one step after another leads. */
static void
test_predict(void **state)
{
    static const char *const sets[][2] = {
        { "max_leaf_nodes=64", NULL }, { "max_leaf_nodes=65", NULL },
        { "max_depth=2", NULL }, { NULL, NULL }
    };

    (void)state;
    for (size_t v = 0; v < 8; v++) {
        struct instance s;
        struct rows r;
        struct mesa_cmatrix some;
        size_t index[203], k = 2 + v % 2;
        double *p = mesa_alloc_array(1500 * k, sizeof *p);

        random_rows(&r, 1500, 5, (uint32_t)k, 400, v < 4 ? 0 : 8, 9);
        make(&s, sets[v % 4]);
        assert_ok(fit(&s, &r.data, 0, err));
        for (size_t i = 0; i < 1500; i += 7)
            r.x[i * 5 + i % 5] = NAN;
        for (size_t i = 0; i < 203; i++)
            index[i] = i * 211 % 1500;
        some = r.data.x;
        some.index = index;
        some.rows = 203;
        assert_ok(tree_class()->predict_proba(&s.t, &some, p, err));
        for (size_t i = 0; i < 203; i++) {
            size_t leaf = leaf_of(&s.t.model, r.x + 5 * index[i]);

            assert_memory_equal(p + i * k, s.t.model.value + leaf * k,
                                k * sizeof *p);
        }
        assert_ok(tree_class()->predict_proba(&s.t, &r.data.x, p, err));
        for (size_t i = 0; i < 1500; i++) {
            size_t leaf = leaf_of(&s.t.model, r.x + 5 * i);

            assert_memory_equal(p + i * k, s.t.model.value + leaf * k,
                                k * sizeof *p);
        }
        mesa_free(p);
        drop(&s);
        free_rows(&r);
    }
}

/* Values of one sign and exponent, of which some differ in their last bits
 * only; few and many; equal, missing and negative ones among them. */
static void
test_presort(void **state)
{
    static const size_t sizes[] = { 1,    2,    17,    300,
                                    2047, 2048, 32767, 40000 };

    (void)state;
    for (size_t v = 0; v < 5 * sizeof sizes / sizeof sizes[0]; v++) {
        size_t n = sizes[v / 5];
        double *x = mesa_alloc_array(n, sizeof *x);
        uint32_t *y = mesa_alloc_array(n, sizeof *y);
        uint32_t *order = mesa_alloc_array(n, sizeof *order);
        uint64_t *pairs = mesa_alloc_array(2 * n, sizeof *pairs);
        uint32_t mask = 2 * n <= TREE_RANKED ? TREE_RANKED - 1 : UINT32_MAX;
        uint32_t seed = 77;

        for (size_t i = 0; i < n; i++) {
            double u = draw(&seed);

            x[i] = v % 5 == 0   ? u / 1024 - 1e6
                   : v % 5 == 1 ? 1.5e9 + u / 4e9
                   : v % 5 == 2 ? (double)(draw(&seed) % 7) - 3
                   : v % 5 == 3 ? exp(u / 1e8) * (i % 2 ? -1 : 1)
                                : -0.0 * (double)(i % 2);
            if (v % 5 != 1 && draw(&seed) % 9 == 0)
                x[i] = NAN;
            y[i] = draw(&seed) % 2;
        }
        tree_presort(x, y, n, 1, 0, pairs, order);
        for (size_t i = 0; i < n; i++) {
            uint32_t row = (order[i] & mask) >> 1;

            assert_int_equal(order[i] & 1, y[row]);
            y[row] += 2; /* each row once */
            if (i > 0) {
                uint32_t before = (order[i - 1] & mask) >> 1;
                uint32_t up = (order[i] >> TREE_RANK)
                              - (order[i - 1] >> TREE_RANK);

                assert_true(x[before] <= x[row] || isnan(x[row]));
                if (mask != UINT32_MAX)
                    assert_int_equal(up, x[before] < x[row]);
            }
        }
        for (size_t i = 0; i < n; i++)
            assert_true(y[i] >= 2 && y[i] < 4);
        mesa_free(x);
        mesa_free(y);
        mesa_free(order);
        mesa_free(pairs);
    }
}

/* As deep as there are rows: no recursion, and limits that hold. */
static void
test_depth(void **state)
{
    const char *const limited[] = { "max_depth=9", NULL };
    enum { N = 5000 };
    struct instance s;
    struct rows r;

    (void)state;
    new_rows(&r, N, 1, 2);
    for (size_t i = 0; i < N; i++) {
        r.x[i] = (double)i;
        r.y[i] = i % 2;
    }
    make(&s, NULL);
    assert_ok(fit(&s, &r.data, 0, err));
    assert_int_equal(s.t.model.n_nodes, 2 * N - 1);
    drop(&s);
    make(&s, limited);
    assert_ok(fit(&s, &r.data, 0, err));
    assert_true(s.t.model.n_nodes < 1024);
    drop(&s);
    free_rows(&r);
}

/* A drawn cut lies between the least and the largest value of its node. */
static void
test_random_splitter(void **state)
{
    const char *const set[] = { "splitter=random", NULL };
    struct instance s;
    struct rows r;

    (void)state;
    random_rows(&r, 400, 3, 2, 50, 10, 31);
    make(&s, set);
    assert_ok(fit(&s, &r.data, 6, err));
    for (size_t i = 0; i < s.t.model.n_nodes; i++) {
        const struct tree_node *t = &s.t.model.node[i];

        if (t->feature < 0)
            continue;
        assert_true((t->threshold >= 0 && t->threshold < 49)
                    || t->threshold == DBL_MAX);
        assert_true(s.t.model.node[t->left].n_rows > 0);
        assert_int_equal(s.t.model.node[t->left].n_rows
                         + s.t.model.node[t->right].n_rows, t->n_rows);
    }
    drop(&s);
    free_rows(&r);
}

/* Weights as large or as small as they come make the same tree. */
static void
test_extreme_weights(void **state)
{
    static const double factors[] = { 1, 0x1p900, 0x1p-1000 };
    struct instance first, s;
    struct rows r;

    (void)state;
    random_rows(&r, 300, 4, 2, 60, 0, 8);
    r.data.weight = r.w;
    make(&first, NULL);
    make(&s, NULL);
    assert_ok(fit(&first, &r.data, 0, err));
    for (size_t f = 0; f < 3; f++) {
        for (size_t i = 0; i < 300; i++)
            r.w[i] *= factors[f];
        assert_ok(fit(&s, &r.data, 0, err));
        assert_int_equal(s.t.model.n_nodes, first.t.model.n_nodes);
        for (size_t i = 0; i < s.t.model.n_nodes; i++) {
            assert_bits_equal(s.t.model.node[i].threshold,
                              first.t.model.node[i].threshold);
            assert_bits_equal(s.t.model.node[i].weight,
                              first.t.model.node[i].weight * factors[f]);
        }
        for (size_t i = 0; i < 300; i++)
            r.w[i] /= factors[f];
    }
    drop(&first);
    drop(&s);
    free_rows(&r);
}

static void
test_class_names(void **state)
{
    const char *const names[] = { "benign", "calc:2" };
    const char *const set[] = { "class_weight=benign:2,calc:2:0.25", NULL };
    const char *const numbers[] = { "class_weight=1:25e-2,0:2.0", NULL };
    struct mesa_schema schema = { .struct_size = sizeof schema,
                                  .n_classes = 2, .class_name = names };
    struct instance a, b;
    struct rows r;

    (void)state;
    random_rows(&r, 100, 3, 2, 40, 0, 5);
    r.data.schema = &schema;
    make(&a, set);
    make(&b, numbers);
    assert_ok(fit(&a, &r.data, 0, err));
    assert_ok(fit(&b, &r.data, 0, err));
    assert_true(same_model(&a.t.model, &b.t.model));
    drop(&a);
    drop(&b);
    free_rows(&r);
}

static void
test_bad_parameters(void **state)
{
    static const struct {
        const char *set[3], *message;
    } cases[] = {
        { { "min_samples_split=1.5" },
          "min_samples_split is 1.5: neither a count of at least 2 nor a "
          "share below 1" },
        { { "min_samples_split=1" },
          "min_samples_split is 1: neither a count of at least 2 nor a share "
          "below 1" },
        { { "min_samples_leaf=0.6" },
          "min_samples_leaf is 0.6: neither a count nor a share of at most "
          "0.5" },
        { { "max_features=2.5" },
          "max_features is 2.5: neither a count nor a share below 1" },
        { { "method=hist", "splitter=random" },
          "splitter = random needs method = exact" },
    };
    struct instance s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_error(try_make(&s, cases[i].set, err), MESA_EINVAL,
                     cases[i].message);
        drop(&s);
    }
}

static void
test_bad_fits(void **state)
{
    static const struct {
        const char *set[2];
        mesa_status status;
        const char *message;
        double      weight;
    } cases[] = {
        { { "max_features=5" }, MESA_EINVAL,
          "max_features is 5, but there are 4 columns", 1 },
        { { "class_weight=0" }, MESA_EINVAL,
          "class_weight: \"0\" is not none, balanced or class:weight", 1 },
        { { "class_weight=0:-1" }, MESA_EINVAL,
          "class_weight: \"0:-1\" is not none, balanced or class:weight", 1 },
        { { "class_weight=0:nan" }, MESA_EINVAL,
          "class_weight: \"0:nan\" is not none, balanced or class:weight",
          1 },
        { { "class_weight=2:1" }, MESA_EINVAL,
          "class_weight: \"2:1\" names none of 2 classes", 1 },
        { { NULL }, MESA_EDATA, "none of 20 rows has a weight above 0", 0 },
        { { NULL }, MESA_EDATA,
          "the weights of 20 rows add up to more than a number can hold",
          1e308 },
    };
    struct rows r;

    (void)state;
    random_rows(&r, 20, 4, 2, 40, 0, 5);
    r.data.weight = r.w;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct instance s;

        for (size_t j = 0; j < 20; j++)
            r.w[j] = cases[i].weight;
        make(&s, cases[i].set);
        assert_error(fit(&s, &r.data, 0, err), cases[i].status,
                     cases[i].message);
        assert_int_equal(s.t.model.n_nodes, 0);
        drop(&s);
    }
    free_rows(&r);
}

static void
test_before_fit(void **state)
{
    struct instance s;
    struct rows r;
    double p[8];

    (void)state;
    random_rows(&r, 4, 2, 2, 40, 0, 5);
    make(&s, NULL);
    assert_error(tree_class()->predict_proba(&s.t, &r.data.x, p, err),
                 MESA_ESTATE, "the tree has not been fitted");
    assert_error(tree_class()->importance(&s.t, p, err), MESA_ESTATE,
                 "the tree has not been fitted");
    assert_ok(fit(&s, &r.data, 0, err));
    r.data.x.cols = 1;
    assert_error(tree_class()->predict_proba(&s.t, &r.data.x, p, err),
                 MESA_ESHAPE, "1 columns, but the tree was fitted on 2");
    drop(&s);
    free_rows(&r);
}

/* Every allocation of a fit fails once, and nothing is left behind. */
static void
test_out_of_memory(void **state)
{
    static const char *const sets[][3] = {
        { "method=exact", NULL }, { "method=hist", NULL },
        { "max_leaf_nodes=200", "criterion=entropy", NULL },
        { "class_weight=balanced", "ccp_alpha=0.001", NULL },
    };
    struct rows r;

    (void)state;
    random_rows(&r, 3000, 3, 3, 90, 5, 5);
    for (size_t v = 0; v < 4; v++) {
        uint64_t live = mesa_memory_live(), k = 0;
        mesa_status st = MESA_ENOMEM;
        struct instance s;
        struct mesa_error e;

        for (; st != MESA_OK && k < 5000; k++) {
            make(&s, sets[v]);
            mesa_memory_fail_at(k);
            st = fit(&s, &r.data, 0, &e);
            mesa_memory_fail_at(UINT64_MAX);
            if (st != MESA_OK) {
                assert_int_equal(st, MESA_ENOMEM);
                assert_memory_equal(e.message, "out of memory: ", 15);
            }
            drop(&s);
            assert_int_equal(mesa_memory_live(), live);
        }
        assert_true(k > 10);
        assert_int_equal(st, MESA_OK);
    }
    free_rows(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_near_values),
        cmocka_unit_test(test_nothing_to_cut),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_presort),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_random_splitter),
        cmocka_unit_test(test_extreme_weights),
        cmocka_unit_test(test_class_names),
        cmocka_unit_test(test_bad_parameters),
        cmocka_unit_test(test_bad_fits),
        cmocka_unit_test(test_before_fit),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("tree_edge", tests, NULL, NULL);
}
