/* SPDX-License-Identifier: MIT */
/*
 * test_gradient_boosting.c - scikit-learn's probabilities, when to stop,
 * threads, files, refusals.
 */
#include "maker.h"

#include "gradient_boosting.h"

#include <math.h>

#include "../golden/gradient_boosting.h"

const struct mesa_plugin *mesa_plugin(void);

/* Rounding of our derivatives against that of scikit-learn's, to floats. */
#define CLOSE 1e-6

static const struct mesa_builtin plugins[] = {
    { "learners", "gradient_boosting", mesa_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

enum { ROWS = GOLDEN_ROWS, COLUMNS = GOLDEN_COLUMNS };

struct rows {
    double              x[ROWS * COLUMNS], holes[ROWS * COLUMNS];
    double              weight[ROWS];
    int32_t             two[ROWS], three[ROWS];
    struct mesa_dataset data;
};

/* The generator's formula: n numbers in [-1, 1] without a pattern. */
static double
wave(size_t i, double phase)
{
    double v = ((double)i + 1) * ((double)i + phase) * 0.6180339887498949;

    return 2 * (v - floor(v)) - 1;
}

static void
make_rows(struct rows *s)
{
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        s->x[i] = wave(i, 3);
        s->holes[i] = i % 7 == 0 ? NAN : s->x[i];
    }
    for (size_t r = 0; r < ROWS; r++) {
        const double *x = s->x + r * COLUMNS;
        double noise = wave(r, 11);

        s->two[r] = x[0] + x[1] * x[2] + 0.4 * noise > 0.8;
        s->three[r] = s->two[r] + (x[3] + 0.3 * noise > 0.5);
        s->weight[r] = 1 + (double)(r % 3) * 0.5;
    }
    s->data = (struct mesa_dataset){
        .struct_size = sizeof s->data, .flags = MESA_DATA_MISSING,
        .x = { s->x, ROWS, COLUMNS, COLUMNS, NULL }, .y = s->two,
        .n_classes = 2
    };
}

static mesa_status
fit(struct maker *m, const struct mesa_dataset *train,
    const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    return mesa_estimator_fit(m->made, train, valid, &rng, err);
}

static void
make(struct maker *m, const char *words)
{
    assert_ok(maker_make(m, MESA_KIND_ESTIMATOR, "gradient_boosting", words,
                         err));
}

static size_t
n_trees(const struct maker *m)
{
    return ((struct gb *)mesa_instance_self(m->made))->model.n_trees;
}

/* Fit, predict all rows, and compare those shown. */
static void
compare(const struct mesa_dataset *data, const char *words,
        const double *golden)
{
    struct maker maker = empty;
    double proba[3 * ROWS];
    size_t k = data->n_classes;

    make(&maker, words);
    assert_ok(fit(&maker, data, NULL, err));
    assert_ok(mesa_estimator_predict_proba(maker.made, &data->x, proba, err));
    for (size_t i = 0; i < GOLDEN_SHOWN; i++)
        for (size_t c = 0; c < k; c++)
            assert_float_equal(proba[i * (ROWS / GOLDEN_SHOWN) * k + c],
                               golden[i * k + c], CLOSE);
    maker_free(&maker);
}

static void
test_golden(void **state)
{
    struct rows s;

    (void)state;
    make_rows(&s);
    compare(&s.data, "", golden_plain);
    compare(&s.data, "max_leaf_nodes=40 min_samples_leaf=5 max_iter=20",
            golden_large);
    s.data.weight = s.weight;
    compare(&s.data, "class_weight=balanced max_iter=30", golden_weights);
    s.data.weight = NULL;
    s.data.x.data = s.holes;
    compare(&s.data, "max_depth=4 l2_regularization=1.5", golden_holes);
    s.data.y = s.three;
    s.data.n_classes = 3;
    compare(&s.data, "max_bins=16 max_iter=40 learning_rate=0.2",
            golden_three);
}

/* The same bytes with any number of threads, whatever is drawn. */
static void
test_threads(void **state)
{
    static double proba[2][3 * ROWS];
    struct maker maker = empty;
    struct rows s;

    (void)state;
    make_rows(&s);
    s.data.x.data = s.holes;
    s.data.y = s.three;
    s.data.n_classes = 3;
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mesa_parallel_set_threads(1 + 3 * i, err));
        make(&maker, "subsample=0.7 colsample=0.5 early_stopping=true "
                     "max_leaf_nodes=none min_samples_leaf=1");
        assert_ok(fit(&maker, &s.data, NULL, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &s.data.x,
                                               proba[i], err));
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_memory_equal(proba[0], proba[1], sizeof proba[0]);
    maker_free(&maker);
}

/* With the rows that are learnt from, the loss goes on falling; with rows
 * whose classes are noise it does not fall at all. */
static void
test_stopping(void **state)
{
    struct maker maker = empty;
    struct mesa_dataset noise;
    int32_t y[ROWS];
    struct rows s;

    (void)state;
    make_rows(&s);
    noise = s.data;
    for (size_t r = 0; r < ROWS; r++)
        y[r] = wave(r, 5) > 0;
    noise.y = y;
    make(&maker, "max_iter=30 early_stopping=true validation_fraction=none");
    assert_ok(fit(&maker, &s.data, NULL, err));
    assert_int_equal(n_trees(&maker), 30);
    make(&maker, "early_stopping=true n_iter_no_change=4");
    assert_ok(fit(&maker, &s.data, &noise, err));
    assert_int_equal(n_trees(&maker), 4);
    make(&maker, "early_stopping=auto validation_fraction=0.1 max_iter=25");
    assert_ok(fit(&maker, &s.data, &noise, err));
    assert_int_equal(n_trees(&maker), 25); /* few rows: no stopping */
    maker_free(&maker);
}

/* Column 4 says nothing, column 0 the most. */
static void
test_importance(void **state)
{
    struct maker maker = empty;
    double share[COLUMNS], sum = 0;
    struct rows s;

    (void)state;
    make_rows(&s);
    make(&maker, "max_iter=10");
    assert_ok(fit(&maker, &s.data, NULL, err));
    assert_ok(mesa_estimator_importance(maker.made, share, err));
    for (size_t c = 0; c < COLUMNS; c++)
        sum += share[c];
    assert_float_equal(sum, 1, 1e-12);
    assert_true(share[0] > 0.4 && share[4] < 0.1);
    maker_free(&maker);
}

static void
test_refusals(void **state)
{
    struct maker maker = empty;
    static double weight[ROWS];
    struct mesa_dataset narrow;
    struct rows s;

    (void)state;
    make_rows(&s);
    make(&maker, "validation_fraction=0.0001 early_stopping=true");
    assert_error(fit(&maker, &s.data, NULL, err), MESA_EDATA,
                 "[estimator] gradient_boosting: validation_fraction 0.0001 "
                 "of 1200 rows leaves 1200 to learn from and 0 to stop by");
    narrow = s.data;
    narrow.n_classes = 3;
    make(&maker, "early_stopping=true");
    assert_error(gb_fit(mesa_instance_self(maker.made), &s.data, &narrow,
                        &(struct mesa_rng){ 0 }, err), MESA_ESHAPE,
                 "the validation rows have 5 columns and 3 classes, expected "
                 "5 and 2");
    make(&maker, "");
    s.data.weight = weight;
    assert_error(fit(&maker, &s.data, NULL, err), MESA_EDATA,
                 "[estimator] gradient_boosting: none of 1200 rows has a "
                 "weight above 0");
    for (size_t r = 0; r < ROWS; r++)
        weight[r] = 1e308;
    assert_error(fit(&maker, &s.data, NULL, err), MESA_EDATA,
                 "the weights of the 1200 rows add up to inf");
    /* A sum that only the weights of the classes make too large. */
    make(&maker, "class_weight=0:1e10,1:1");
    for (size_t r = 0; r < ROWS; r++)
        weight[r] = 1e300;
    assert_error(fit(&maker, &s.data, NULL, err), MESA_EDATA,
                 "[estimator] gradient_boosting: the weights of 1200 rows add "
                 "up to more than a number can hold");
    maker_free(&maker);
}

/* Before fit the class itself says no, not only the core. */
static void
test_unfitted(void **state)
{
    struct maker maker = empty;
    struct mesa_archive *a = mesa_archive_new();
    struct rows s;
    double out[COLUMNS];
    struct gb *b;

    (void)state;
    make_rows(&s);
    make(&maker, "max_iter=2");
    b = mesa_instance_self(maker.made);
    assert_error(gb_predict_proba(b, &s.data.x, out, err), MESA_ESTATE,
                 "the trees have not been fitted");
    assert_error(gb_save(b, a, err), MESA_ESTATE,
                 "the trees have not been fitted");
    assert_error(((const struct mesa_estimator_class *)(const void *)
                  mesa_plugin()->classes[0])->importance(b, out, err),
                 MESA_ESTATE, "the trees have not been fitted");
    assert_ok(fit(&maker, &s.data, NULL, err));
    s.data.x.cols = 2;
    assert_error(gb_predict_proba(b, &s.data.x, out, err), MESA_ESHAPE,
                 "2 columns, but the trees were fitted on 5");
    mesa_archive_free(a);
    maker_free(&maker);
}

/* A file of one column, one edge and one tree of three nodes; then lies. */
struct stored {
    int64_t n_classes, n_nodes[2];
    int32_t n_edges, column[3], right[3];
    double  edge[2], base, value[3], gain[3];
    uint8_t bin[3], missing_left[3];
    size_t  n_trees, n_edge;
};

static const struct stored honest = {
    .n_classes = 2, .n_nodes = { 3, 1 }, .n_edges = 1, .right = { 2, 0, 0 },
    .edge = { 0.5, 0.25 }, .base = -1, .value = { 0, -1, 1 },
    .gain = { 4, 0, 0 }, .n_trees = 1, .n_edge = 1
};

static mesa_status
load(const struct stored *v, struct mesa_error *error)
{
    struct mesa_archive *a = mesa_archive_new();
    struct maker maker = empty;
    const struct {
        const char     *name;
        enum mesa_dtype type;
        size_t          n;
        const void     *data;
    } part[] = {
        { "n_classes", MESA_I64, 1, &v->n_classes },
        { "base", MESA_F64, 1, &v->base },
        { "n_edges", MESA_I32, 1, &v->n_edges },
        { "edge", MESA_F64, v->n_edge, v->edge },
        { "n_nodes", MESA_I64, v->n_trees, v->n_nodes },
        { "value", MESA_F64, 3, v->value },
        { "gain", MESA_F64, 3, v->gain },
        { "column", MESA_I32, 3, v->column },
        { "right", MESA_I32, 3, v->right },
        { "bin", MESA_U8, 3, v->bin },
        { "missing_left", MESA_U8, 3, v->missing_left },
    };
    double x[2] = { 0.5, 0.6 }, proba[4];
    struct mesa_cmatrix rows = { x, 2, 1, 1, NULL };
    mesa_status st;

    for (size_t i = 0; i < MESA_COUNT(part); i++)
        assert_ok(mesa_archive_put_vector(a, part[i].name, part[i].type,
                                          part[i].n, part[i].data, err));
    make(&maker, "");
    st = gb_load(mesa_instance_self(maker.made), a, error);
    if (st == MESA_OK) {
        assert_ok(gb_predict_proba(mesa_instance_self(maker.made), &rows,
                                   proba, err));
        assert_float_equal(proba[1], 1 / (1 + exp(2)), 1e-15);
        assert_float_equal(proba[3], 0.5, 1e-15);
    }
    mesa_archive_free(a);
    maker_free(&maker);
    return st;
}

#define LIE(change, message)                                              \
    do {                                                                  \
        v = honest;                                                       \
        change;                                                           \
        assert_error(load(&v, err), MESA_EPARSE, message);                \
    } while (0)

static void
test_lies(void **state)
{
    struct stored v = honest;

    (void)state;
    assert_ok(load(&v, err));
    LIE(v.n_classes = 0, "n_classes is 0");
    LIE(v.base = NAN, "the first score of class 0 is nan");
    LIE(v.n_edges = 2, "column 0 has 2 edges of 1");
    LIE(v.edge[0] = INFINITY, "edge 0 of column 0 is inf");
    LIE((v.n_edge = 2, v.n_edges = 2), "edge 1 of column 0 is 0.25");
    LIE(v.n_edge = 2, "1 edges of no column");
    LIE(v.n_nodes[0] = 4, "tree 0 has 4 nodes of 3");
    LIE(v.n_trees = 0, "3 nodes of no tree");
    LIE(v.n_nodes[0] = 2, "the 2 nodes of tree 0 are no tree");
    LIE(v.right[0] = 1, "the 3 nodes of tree 0 are no tree");
    LIE(v.right[0] = 0, "the 3 nodes of tree 0 are no tree");
    LIE(v.value[1] = NAN, "node 1 has value nan");
    LIE(v.gain[0] = -1, "node 0 has gain -1");
    LIE(v.column[0] = 1, "node 0 cuts column 1 of 1");
    LIE(v.missing_left[0] = 2, "node 0 has bin 0 and missing_left 2");
}

/* No column, and a number of trees that is not a whole number of rounds. */
static void
test_sizes(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct maker maker = empty;
    int64_t three = 3, one = 1;
    int32_t zero = 0;
    uint8_t byte = 0;
    double x[3] = { 0 };

    (void)state;
    make(&maker, "");
    assert_ok(mesa_archive_put_vector(a, "n_edges", MESA_I32, 0, &zero, err));
    assert_ok(mesa_archive_put_vector(a, "edge", MESA_F64, 0, x, err));
    assert_error(gb_load(mesa_instance_self(maker.made), a, err),
                 MESA_EPARSE, "0 columns");
    mesa_archive_free(a);
    a = mesa_archive_new();
    assert_ok(mesa_archive_put_vector(a, "n_edges", MESA_I32, 1, &zero, err));
    assert_ok(mesa_archive_put_vector(a, "edge", MESA_F64, 0, x, err));
    assert_ok(mesa_archive_put_vector(a, "n_classes", MESA_I64, 1, &three,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "base", MESA_F64, 3, x, err));
    assert_ok(mesa_archive_put_vector(a, "n_nodes", MESA_I64, 1, &one, err));
    assert_ok(mesa_archive_put_vector(a, "value", MESA_F64, 1, x, err));
    assert_ok(mesa_archive_put_vector(a, "gain", MESA_F64, 1, x, err));
    assert_ok(mesa_archive_put_vector(a, "column", MESA_I32, 1, &zero, err));
    assert_ok(mesa_archive_put_vector(a, "right", MESA_I32, 1, &zero, err));
    assert_ok(mesa_archive_put_vector(a, "bin", MESA_U8, 1, &byte, err));
    assert_ok(mesa_archive_put_vector(a, "missing_left", MESA_U8, 1, &byte,
                                      err));
    assert_error(gb_load(mesa_instance_self(maker.made), a, err),
                 MESA_EPARSE, "1 trees of 3 outputs");
    mesa_archive_free(a);
    maker_free(&maker);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_unfitted),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
