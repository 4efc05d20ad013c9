/* SPDX-License-Identifier: MIT */
/*
 * test_tree_store.c - a tree into an archive and back, and files that lie.
 */
#include "tree_fixture.h"

static void
fitted(struct instance *s, struct rows *r, uint32_t k)
{
    random_rows(r, 400, 4, k, 60, 5, 13);
    make(s, NULL);
    assert_ok(fit(s, &r->data, 0, err));
}

static void
test_round_trip(void **state)
{
    (void)state;
    for (uint32_t k = 2; k <= 3; k++) {
        struct mesa_archive *a = mesa_archive_new();
        struct instance s, t;
        struct rows r;
        double p[1200], q[1200];

        fitted(&s, &r, k);
        make(&t, NULL);
        assert_ok(tree_class()->head.save(&s.t, a, err));
        assert_ok(tree_class()->head.load(&t.t, a, err));
        assert_true(same_model(&s.t.model, &t.t.model));
        assert_ok(tree_class()->head.load(&t.t, a, err)); /* over itself */
        assert_ok(tree_class()->predict_proba(&s.t, &r.data.x, p, err));
        assert_ok(tree_class()->predict_proba(&t.t, &r.data.x, q, err));
        assert_memory_equal(p, q, 400 * k * sizeof *p);
        mesa_archive_free(a);
        drop(&s);
        drop(&t);
        free_rows(&r);
    }
}

static void
test_not_fitted(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct instance s;

    (void)state;
    make(&s, NULL);
    assert_error(tree_class()->head.save(&s.t, a, err), MESA_ESTATE,
                 "the tree has not been fitted");
    assert_true(tree_class()->head.load(&s.t, a, NULL) != MESA_OK);
    mesa_archive_free(a);
    drop(&s);
}

/* A small tree by hand: column 1 at 2.5, then column 0 at -1 on the left. */
enum { N = 5 };

struct stored {
    int64_t columns, rows[N];
    int32_t feature[N], left[N], right[N];
    double  threshold[N], impurity[N], weight[N], value[2 * N];
    uint8_t missing_left[N];
    size_t  n, k;
};

static const struct stored good = {
    .columns = 2,
    .rows = { 9, 5, 2, 3, 4 },
    .feature = { 1, 0, -1, -1, -1 },
    .left = { 1, 2, -1, -1, -1 },
    .right = { 4, 3, -1, -1, -1 },
    .threshold = { 2.5, -1, 0, 0, 0 },
    .impurity = { 0.4, 0.3, 0, 0, 0.1 },
    .weight = { 9, 5, 2, 3, 4 },
    .value = { 0.5, 0.5, 0.75, 0.25, 1, 0, 0, 1, 0.5, 0.5 },
    .missing_left = { 1, 0, 0, 0, 0 },
    .n = N,
    .k = 2,
};

static mesa_status
load(const struct stored *v, struct mesa_error *error)
{
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_tensor value = { MESA_F64, 2, { v->n, v->k }, v->value };
    struct instance s;
    mesa_status st;
    size_t n = v->n;

    make(&s, NULL);
    assert_ok(mesa_archive_put_vector(a, "n_columns", MESA_I64, 1,
                                      &v->columns, err));
    assert_ok(mesa_archive_put(a, "value", &value, err));
    assert_ok(mesa_archive_put_vector(a, "feature", MESA_I32, n, v->feature,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "threshold", MESA_F64, n,
                                      v->threshold, err));
    assert_ok(mesa_archive_put_vector(a, "left", MESA_I32, n, v->left, err));
    assert_ok(mesa_archive_put_vector(a, "right", MESA_I32, n, v->right,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "missing_left", MESA_U8, n,
                                      v->missing_left, err));
    assert_ok(mesa_archive_put_vector(a, "n_rows", MESA_I64, n, v->rows,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "impurity", MESA_F64, n,
                                      v->impurity, err));
    assert_ok(mesa_archive_put_vector(a, "weight", MESA_F64, n, v->weight,
                                      err));
    st = tree_class()->head.load(&s.t, a, error);
    if (st == MESA_OK) {
        const double x[] = { -2, 2.5, 0, 2.5, 0, 3, NAN, NAN };
        const struct mesa_cmatrix m = { x, 4, 2, 2, NULL };
        double p[8];

        assert_ok(tree_class()->predict_proba(&s.t, &m, p, err));
        assert_bits_equal(p[0], 1);
        assert_bits_equal(p[2], 0);
        assert_bits_equal(p[4], 0.5);
        assert_bits_equal(p[6], 0);
    } else {
        assert_int_equal(s.t.model.n_nodes, 0);
    }
    mesa_archive_free(a);
    drop(&s);
    return st;
}

static void
test_by_hand(void **state)
{
    (void)state;
    assert_ok(load(&good, err));
}

/* One lie at a time: the value at offset at of the struct. */
struct lie {
    size_t      at;
    char        type; /* i: int32, l: int64, d: double, b: byte, z: size_t */
    double      value;
    const char *message;
};

#define AT(member, i) \
    (offsetof(struct stored, member) + (i) * sizeof good.member[0])

static const struct lie lies[] = {
    { offsetof(struct stored, columns), 'l', 0, "n_columns is 0" },
    { offsetof(struct stored, columns), 'l', -7, "n_columns is -7" },
    { offsetof(struct stored, columns), 'l', 1,
      "node 0 cuts column 1 of 1" },
    { AT(feature, 1), 'i', 2, "node 1 cuts column 2 of 2" },
    { AT(feature, 1), 'i', -1,
      "node 1 is a leaf of column -1 with children 2 and 3" },
    { AT(feature, 2), 'i', -2,
      "node 2 is a leaf of column -2 with children -1 and -1" },
    { AT(left, 0), 'i', 0, "node 0 of 5 has the children 0 and 4" },
    { AT(left, 1), 'i', 3, "node 1 of 5 has the children 3 and 3" },
    { AT(left, 3), 'i', 4,
      "node 3 is a leaf of column -1 with children 4 and -1" },
    { AT(right, 0), 'i', 1, "node 0 of 5 has the children 1 and 1" },
    { AT(right, 0), 'i', 5, "node 0 of 5 has the children 1 and 5" },
    { AT(right, 0), 'i', -1, "node 0 of 5 has the children 1 and -1" },
    { AT(right, 0), 'i', 3,
      "node 4 follows leaf 3 but is not the right child next in turn" },
    { AT(right, 1), 'i', 4,
      "node 3 follows leaf 2 but is not the right child next in turn" },
    { AT(feature, 4), 'i', 0, "node 4 of 5 has the children -1 and -1" },
    { AT(threshold, 1), 'd', INFINITY, "node 1 has threshold inf" },
    { AT(threshold, 1), 'd', -INFINITY, "node 1 has threshold -inf" },
    { AT(impurity, 4), 'd', -1, "node 4 has impurity -1" },
    { AT(weight, 3), 'd', 0, "node 3 has weight 0" },
    { AT(weight, 3), 'd', INFINITY, "node 3 has weight inf" },
    { AT(rows, 2), 'l', 0, "node 2 has 0 rows" },
    { AT(missing_left, 0), 'b', 2, "node 0 has missing_left 2" },
    { AT(value, 3), 'd', -0.25, "node 1 gives class 1 the share -0.25" },
    { AT(value, 4), 'd', 1.5, "node 2 gives class 0 the share 1.5" },
    { AT(value, 8), 'd', 0.25, "the shares of node 4 sum to 0.75" },
    { offsetof(struct stored, n), 'z', 4,
      "node 0 of 4 has the children 1 and 4" },
    { offsetof(struct stored, k), 'z', 0, "5 nodes of 0 classes" },
};

static void
test_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        const struct lie *lie = &lies[i];
        struct stored v = good;
        char *at = (char *)&v + lie->at;
        int32_t i32 = (int32_t)lie->value;
        int64_t i64 = (int64_t)lie->value;
        size_t size = (size_t)(lie->value > 0 ? lie->value : 0);

        if (lie->type == 'i')
            memcpy(at, &i32, sizeof i32);
        if (lie->type == 'l')
            memcpy(at, &i64, sizeof i64);
        if (lie->type == 'd')
            memcpy(at, &lie->value, sizeof lie->value);
        if (lie->type == 'b')
            *at = (char)lie->value;
        if (lie->type == 'z')
            memcpy(at, &size, sizeof size);
        assert_error(load(&v, err), MESA_EPARSE, lie->message);
    }
}

/* Numbers that no number is less or greater than. */
static void
test_not_a_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct stored v = good;

        if (i == 0)
            v.threshold[0] = NAN;
        if (i == 1)
            v.impurity[0] = NAN;
        if (i == 2)
            v.weight[0] = NAN;
        if (i == 3)
            v.value[0] = NAN;
        assert_int_equal(load(&v, NULL), MESA_EPARSE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_not_fitted),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_not_a_number),
    };

    return cmocka_run_group_tests_name("tree_store", tests, NULL, NULL);
}
