/* SPDX-License-Identifier: MIT */
/*
 * test_onnx.c - the bytes of ONNX graphs: fields as protocol buffers have
 * them, thresholds that change no decision, trees that become one node, and
 * memory that runs out.  That runtimes understand them: tests/cli/export.sh.
 */
#include "test.h"

#include "onnx.h"

#include <math.h>
#include <string.h>

static const char *const class_name[] = { "no", "yes" };
static const struct mesa_schema schema = {
    .struct_size = sizeof schema,
    .n_classes   = 2,
    .n_columns   = 3,
    .class_name  = class_name,
};

/* x[1] <= 0.1, where missing goes too, is class 0. */
static const struct mesa_onnx_branch stump[] = {
    { 0.1, 1, 1, 2, true }, { 0, -1, 0, 0, false }, { 0, -1, 0, 0, false }
};
static const double share[] = { 0.5, 0.5, 1, 0, 0.25, 0.75 };

static size_t
count(const struct mesa_bytes *in, const void *what, size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i + n <= in->n; i++)
        found += memcmp(in->at + i, what, n) == 0;
    return found;
}

static size_t
count_text(const struct mesa_bytes *in, const char *text)
{
    return count(in, text, strlen(text));
}

static void
assert_bytes(struct mesa_bytes *b, const void *expected, size_t n)
{
    assert_false(b->failed);
    assert_int_equal(b->n, n);
    assert_memory_equal(b->at, expected, n);
    mesa_free(b->at);
    *b = (struct mesa_bytes){ 0 };
}

/* The examples of protobuf.dev's description of the encoding. */
static void
test_fields(void **state)
{
    struct mesa_bytes b = { 0 }, inner = { 0 };

    (void)state;
    mesa_pb_int(&b, 1, 150);
    assert_bytes(&b, "\x08\x96\x01", 3);
    mesa_pb_int(&b, 1, -2);
    assert_bytes(&b, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
    mesa_pb_int(&b, 20, 0);
    assert_bytes(&b, "\xa0\x01\x00", 3);
    mesa_pb_text(&b, 2, "testing");
    assert_bytes(&b, "\x12\x07testing", 9);
    mesa_pb_int(&inner, 1, 150);
    mesa_pb_message(&b, 3, &inner);
    assert_null(inner.at);
    assert_bytes(&b, "\x1a\x03\x08\x96\x01", 5);
    for (int i = 3; i < 271; i += 267)
        mesa_pb_packed_int(&b, i);
    mesa_pb_packed_int(&b, 86942);
    assert_bytes(&b, "\x03\x8e\x02\x9e\xa7\x05", 6);
}

static mesa_status
finish(struct mesa_onnx *g, uint32_t proba, struct mesa_bytes *out,
       struct mesa_error *err)
{
    mesa_status st = mesa_onnx_finish(g, proba, &schema, out, err);

    mesa_onnx_free(g);
    return st;
}

/* Of float rows: 0.1 is no float, and the nearest one is above it. */
static void
test_float_threshold(void **state)
{
    uint32_t x, proba;
    struct mesa_onnx *g = mesa_onnx_new(3, &x);
    struct mesa_bytes out;
    float near = 0.1f, below = nextafterf(near, 0);

    (void)state;
    assert_true((double)near > 0.1);
    proba = mesa_onnx_tree(g, x, 3, stump, 2, share);
    assert_ok(finish(g, proba, &out, err));
    assert_int_equal(count(&out, &below, sizeof below), 1);
    assert_int_equal(count(&out, &near, sizeof near), 0);
    assert_int_equal(count_text(&out, "TreeEnsembleClassifier"), 1);
    assert_int_equal(count_text(&out, "BRANCH_LEQ"), 1);
    assert_int_equal(count_text(&out, "LEAF"), 2);
    assert_int_equal(count_text(&out, "nodes_missing_value_tracks_true"), 1);
    assert_int_equal(count_text(&out, "LabelEncoder"), 1);
    assert_int_equal(count_text(&out, "yes"), 1);
    assert_int_equal(count_text(&out, "mesa-core"), 1);
    mesa_free(out.at);
}

/* Infinite and huge thresholds have a float that decides alike, too. */
static void
test_huge_thresholds(void **state)
{
    static const struct {
        double t;
        float  expected;
    } of[] = { { 1e300, 3.40282347e+38f }, { -1e300, -INFINITY },
               { 1e-300, 0.0f }, { 0.5, 0.5f } };

    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        struct mesa_onnx_branch node[3];
        struct mesa_bytes out;
        uint32_t x, proba;
        struct mesa_onnx *g = mesa_onnx_new(3, &x);
        float three[3] = { of[i].expected, 0, 0 };

        memcpy(node, stump, sizeof node);
        node[0].threshold = of[i].t;
        proba = mesa_onnx_tree(g, x, 3, node, 2, share);
        assert_ok(finish(g, proba, &out, err));
        assert_true(count(&out, three, sizeof three) >= 1);
        mesa_free(out.at);
    }
}

/* Behind double columns thresholds and weights stay as they are. */
static void
test_double_rows(void **state)
{
    static const double mean[] = { 0.3, 0.7, 1.1 };
    uint32_t in[2], proba;
    struct mesa_onnx *g = mesa_onnx_new(3, &in[0]);
    struct mesa_bytes out;
    double t = 0.1;

    (void)state;
    in[0] = mesa_onnx_to_double(g, in[0]);
    assert_int_equal(mesa_onnx_to_double(g, in[0]), in[0]);
    in[1] = mesa_onnx_doubles(g, 3, mean);
    in[0] = mesa_onnx_node(g, "", "Sub", in, 2);
    proba = mesa_onnx_tree(g, in[0], 3, stump, 2, share);
    assert_ok(finish(g, proba, &out, err));
    assert_int_equal(count(&out, mean, sizeof mean), 1);
    assert_int_equal(count(&out, &t, sizeof t), 1);
    assert_int_equal(count_text(&out, "nodes_values_as_tensor"), 1);
    assert_int_equal(count_text(&out, "class_weights_as_tensor"), 1);
    assert_int_equal(count_text(&out, "Cast"), 1);
    mesa_free(out.at);
}

static uint32_t
forest(struct mesa_onnx *g, uint32_t x, size_t n)
{
    uint32_t tree[4];

    for (size_t i = 0; i < n; i++)
        tree[i] = mesa_onnx_tree(g, x, 3, stump, 2, share);
    return mesa_onnx_mean(g, tree, n);
}

/* Two forests of two: four trees in one node, a quarter of each share. */
static void
test_forests(void **state)
{
    static const float quarter[] = { 0.25f, 0.0f, 0.0625f, 0.1875f };
    uint32_t x, half[2], proba;
    struct mesa_onnx *g = mesa_onnx_new(3, &x);
    struct mesa_bytes out;

    (void)state;
    half[0] = forest(g, x, 2);
    half[1] = forest(g, x, 2);
    proba = mesa_onnx_mean(g, half, 2);
    assert_ok(finish(g, proba, &out, err));
    assert_int_equal(count_text(&out, "TreeEnsembleClassifier"), 1);
    assert_int_equal(count_text(&out, "BRANCH_LEQ"), 4);
    assert_int_equal(count(&out, quarter, sizeof quarter), 4);
    assert_int_equal(count_text(&out, "Mean"), 0);
    mesa_free(out.at);
}

/* Sums are one node of all trees, whose leaves name the outputs they add to;
 * and not part of a mean. */
static void
test_sums(void **state)
{
    static const double add[] = { 0, 0, 0, 2.5, -1.5, 0 };
    uint32_t x, tree[2], in[2], proba;
    struct mesa_onnx *g = mesa_onnx_new(3, &x);
    struct mesa_bytes out;

    (void)state;
    x = mesa_onnx_to_double(g, x);
    for (size_t i = 0; i < 2; i++)
        tree[i] = mesa_onnx_tree(g, x, 3, stump, 2, add);
    in[0] = mesa_onnx_sum(g, tree, 2);
    in[1] = forest(g, x, 1);
    proba = mesa_onnx_mean(g, in, 2);
    assert_ok(finish(g, proba, &out, err));
    assert_int_equal(count_text(&out, "TreeEnsembleRegressor"), 1);
    assert_int_equal(count_text(&out, "TreeEnsembleClassifier"), 1);
    assert_int_equal(count_text(&out, "target_weights_as_tensor"), 1);
    /* Of each tree one leaf adds to the second output alone. */
    assert_int_equal(count(&out, &add[3], sizeof *add), 2);
    assert_int_equal(count(&out, &add[4], sizeof *add), 2);
    assert_int_equal(count_text(&out, "n_targets"), 1);
    assert_int_equal(count_text(&out, "Mean"), 1);
    mesa_free(out.at);
}

/* Values of two precisions are added in the wider, and come out as float. */
static void
test_mixed_sum(void **state)
{
    static const int64_t number[] = { 3, 5 };
    static const double half = 0.5;
    static const float quarter[] = { 0.25f, 0.75f };
    static const size_t two = 2;
    const struct mesa_tensor t = { MESA_I64, 1, { 2 }, number };
    uint32_t x, in[2], sum, none = 0;
    struct mesa_onnx *g = mesa_onnx_new(2, &x);
    struct mesa_bytes out;

    (void)state;
    mesa_onnx_constant(g, &t);
    in[0] = mesa_onnx_floats(g, 1, &two, quarter);
    in[1] = mesa_onnx_doubles(g, 1, &half);
    sum = mesa_onnx_sum(g, in, 2);
    assert_ok(finish(g, sum, &out, err));
    assert_int_equal(count(&out, number, sizeof number), 1);
    assert_int_equal(count_text(&out, "Sum"), 1);
    assert_int_equal(count_text(&out, "Cast"), 2);
    mesa_free(out.at);
    g = mesa_onnx_new(2, &x);
    sum = mesa_onnx_sum(g, &none, 1);
    assert_int_equal(sum, 0);
    assert_int_equal(finish(g, sum, &out, NULL), MESA_ENOMEM);
    mesa_free(out.at);
}

/* A tree and something else are averaged by a node. */
static void
test_mixed_mean(void **state)
{
    static const float w[] = { 1, 2, 3, 4, 5, 6 };
    static const size_t shape[] = { 3, 2 };
    uint32_t x, in[2], value[2], proba;
    struct mesa_onnx *g = mesa_onnx_new(3, &x);
    struct mesa_bytes out;

    (void)state;
    in[0] = mesa_onnx_to_float(g, x);
    assert_int_equal(in[0], x);
    in[1] = mesa_onnx_floats(g, 2, shape, w);
    value[0] = mesa_onnx_node(g, "", "Gemm", in, 2);
    value[0] = mesa_onnx_node(g, "", "Softmax", value, 1);
    mesa_onnx_int(g, "axis", -1);
    value[1] = mesa_onnx_tree(g, x, 3, stump, 2, share);
    proba = mesa_onnx_mean(g, value, 2);
    assert_ok(finish(g, proba, &out, err));
    assert_int_equal(count(&out, w, sizeof w), 1);
    assert_int_equal(count_text(&out, "Mean"), 1);
    assert_int_equal(count_text(&out, "TreeEnsembleClassifier"), 1);
    mesa_free(out.at);
}

/* Each allocation in turn fails: it is said at the end, and nothing leaks. */
static void
test_lost_memory(void **state)
{
    uint64_t before = mesa_memory_live(), k;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (k = 0; st != MESA_OK; k++) {
        struct mesa_error why;
        struct mesa_bytes out = { 0 };
        struct mesa_onnx *g;
        uint32_t x, half[2];

        mesa_memory_fail_at(k);
        g = mesa_onnx_new(3, &x);
        if (g) {
            half[0] = forest(g, x, 2);
            half[1] = mesa_onnx_to_double(g, x);
            half[1] = mesa_onnx_node(g, "", "Identity", &half[1], 1);
            half[0] = mesa_onnx_mean(g, half, 2);
            half[1] = mesa_onnx_tree(g, x, 3, stump, 2, share);
            half[1] = mesa_onnx_sum(g, &half[1], 1);
            half[0] = mesa_onnx_sum(g, half, 2);
            st = finish(g, half[0], &out, &why);
        }
        mesa_memory_fail_at(UINT64_MAX);
        if (g && st != MESA_OK) {
            assert_int_equal(st, MESA_ENOMEM);
            assert_non_null(strstr(why.message, "nodes of an ONNX graph"));
        }
        mesa_free(out.at);
        assert_int_equal(mesa_memory_live(), before);
        assert_true(k < 10000);
    }
    assert_true(k > 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_float_threshold),
        cmocka_unit_test(test_huge_thresholds),
        cmocka_unit_test(test_double_rows),
        cmocka_unit_test(test_forests),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_mixed_sum),
        cmocka_unit_test(test_mixed_mean),
        cmocka_unit_test(test_lost_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
