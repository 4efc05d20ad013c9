/* SPDX-License-Identifier: MIT */
/*
 * test_tree_few.c - nodes that look at few columns, and cuts of several
 * classes: the same trees, by whatever way they are found.
 */
#include "tree_fixture.h"

/* Beside `set`, which names the ways; the trees must not differ. */
static void
expect_same_tree(const struct rows *r, const char *const *set,
                 const char *const *other, uint64_t seed)
{
    struct instance a, b;
    double *p = mesa_alloc_array(r->data.x.rows, 2 * 8 * sizeof *p);
    double *q = p + r->data.x.rows * 8;

    make(&a, set);
    make(&b, other);
    assert_ok(fit(&a, &r->data, seed, err));
    assert_ok(fit(&b, &r->data, seed, err));
    assert_int_equal(a.t.model.n_nodes, b.t.model.n_nodes);
    assert_ok(tree_class()->predict_proba(&a.t, &r->data.x, p, err));
    assert_ok(tree_class()->predict_proba(&b.t, &r->data.x, q, err));
    assert_memory_equal(p, q, r->data.x.rows * r->data.n_classes * sizeof *p);
    for (size_t i = 0; i < a.t.model.n_nodes; i++) {
        const struct tree_node *x = &a.t.model.node[i];
        const struct tree_node *y = &b.t.model.node[i];

        assert_int_equal(x->feature, y->feature);
        assert_int_equal(x->n_rows, y->n_rows);
        assert_int_equal(x->missing_left, y->missing_left);
        assert_bits_equal(x->threshold, y->threshold);
    }
    mesa_free(p);
    drop(&a);
    drop(&b);
}

/* Values that are mostly different, often the same, and missing. */
static const uint32_t levels[] = { 1000000, 40, 3 };

/* A limit on leaves that none reaches divides all columns, best first; nodes
 * have their own streams, so that the order in which they are made is all
 * that changes. */
static void
test_few_columns(void **state)
{
    static const size_t sizes[] = { 2, 17, 64, 65, 300, 3000, 20000 };

    (void)state;
    for (size_t v = 0; v < 42; v++) {
        static const char *const few[] = { "max_features=2", NULL };
        static const char *const all[] = { "max_features=2",
                                           "max_leaf_nodes=1000000", NULL };
        struct rows r;

        random_rows(&r, sizes[v % 7], 5, 2 + (uint32_t)v % 4,
                    levels[v / 7 % 3], v < 21 ? 0 : 9, (uint32_t)v + 1);
        expect_same_tree(&r, few, all, v);
        if (v % 2)
            r.data.weight = r.w;
        if (sizes[v % 7] > 2)
            expect_same_tree(&r, few, all, v + 100);
        free_rows(&r);
    }
}

/* A least weight that every leaf has looks at each cut by itself. */
static void
test_classes(void **state)
{
    static const size_t sizes[] = { 5, 8, 9, 255, 256, 257, 700, 9000 };

    (void)state;
    for (size_t v = 0; v < 48; v++) {
        static const char *const at_once[] = { NULL };
        static const char *const each[] = {
            "min_weight_fraction_leaf=1e-9", NULL
        };
        struct rows r;

        random_rows(&r, sizes[v % 8], 3, 3 + (uint32_t)v % 5,
                    levels[v / 8 % 3], v < 24 ? 0 : 5, (uint32_t)v + 7);
        expect_same_tree(&r, at_once, each, v);
        free_rows(&r);
    }
}

/* Where a class is alone on a side, the cut there is exact. */
static void
test_by_hand(void **state)
{
    static const double values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    static const int32_t classes[] = { 2, 0, 0, 0, 1, 1, 1, 3, 3, 3 };
    struct instance s;
    struct rows r;

    (void)state;
    new_rows(&r, 10, 1, 4);
    memcpy(r.x, values, sizeof values);
    memcpy(r.y, classes, sizeof classes);
    make(&s, NULL);
    assert_ok(fit(&s, &r.data, 0, err));
    assert_int_equal(s.t.model.n_nodes, 7);
    /* sum l_c^2 / l + sum r_c^2 / r: 19/7 + 3 with 7 rows on the left, 10/4 + 3
     * with 4, 1 + 27/9 with 1. */
    assert_bits_equal(s.t.model.node[0].threshold, 7.5);
    drop(&s);
    free_rows(&r);
}

/* Rows with a missing value and rows without, together and apart, through a
 * tree that is walked. */
static void
test_walk(void **state)
{
    enum { ROWS = 4000, COLUMNS = 11 };
    double *p = mesa_alloc_array(ROWS, 3 * sizeof *p);
    struct instance s;
    struct rows r;

    (void)state;
    random_rows(&r, ROWS, COLUMNS, 3, 1000000, 1, 5);
    make(&s, NULL);
    assert_ok(fit(&s, &r.data, 0, err));
    assert_int_equal(s.t.model.n_tests, 0);
    assert_ok(tree_class()->predict_proba(&s.t, &r.data.x, p, err));
    for (size_t i = 0; i < ROWS; i++)
        assert_bits_equal(p[i * 3 + (size_t)r.y[i]], 1);
    mesa_free(p);
    drop(&s);
    free_rows(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_columns),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_walk),
    };

    return cmocka_run_group_tests_name("tree_few", tests, NULL, NULL);
}
