/* SPDX-License-Identifier: MIT */
/*
 * test_mlp.c - perceptrons: scikit-learn's learning curves, losses, stopping,
 * further rows, targets, files, refusals.
 */
#include "maker.h"
#include "mlp.h"

#include <math.h>

#include "../golden/mlp.h"

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mse_plugin(void);
const struct mesa_plugin *focal_plugin(void);
const struct mesa_plugin *hinge_plugin(void);
const struct mesa_plugin *cross_entropy_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "learners", "mlp", mesa_plugin },
    { "losses", "cross_entropy", cross_entropy_plugin },
    { "losses", "focal", focal_plugin },
    { "losses", "hinge", hinge_plugin },
    { "losses", "mse", mse_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static struct mlp *
make(struct maker *m, const char *words)
{
    assert_ok(maker_make(m, MESA_KIND_ESTIMATOR, "mlp", words, err));
    return mesa_instance_self(m->made);
}

static const struct mesa_estimator_class *
mlp_class(void)
{
    return (const void *)mesa_plugin()->classes[0];
}

static struct mesa_rng
seeded(uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return rng;
}

/* The generator's formula: n numbers in [-1, 1] without a pattern. */
static double
wave(size_t i, double phase)
{
    double v = ((double)i + 1) * ((double)i + phase) * 0.6180339887498949;

    return 2 * (v - floor(v)) - 1;
}

/* The rows of the generator. */
struct rows {
    double              x[GOLDEN_ROWS * GOLDEN_COLUMNS];
    double              target[GOLDEN_ROWS * GOLDEN_TARGETS];
    int32_t             y[GOLDEN_ROWS];
    struct mesa_dataset classes, targets;
};

static void
make_rows(struct rows *r)
{
    for (size_t i = 0; i < GOLDEN_ROWS * GOLDEN_COLUMNS; i++)
        r->x[i] = wave(i, 3);
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        const double *x = r->x + i * GOLDEN_COLUMNS;

        r->y[i] = golden_labels[i];
        r->target[2 * i] = x[0] * x[1];
        r->target[2 * i + 1] = x[2] - x[3];
    }
    r->classes = (struct mesa_dataset){
        .struct_size = sizeof r->classes,
        .x = { r->x, GOLDEN_ROWS, GOLDEN_COLUMNS, GOLDEN_COLUMNS, NULL },
        .y = r->y,
        .n_classes = GOLDEN_CLASSES,
    };
    r->targets = r->classes;
    r->targets.y = NULL;
    r->targets.n_classes = 0;
    r->targets.target = (struct mesa_cmatrix){
        r->target, GOLDEN_ROWS, GOLDEN_TARGETS, GOLDEN_TARGETS, NULL
    };
}

/* Weights as the generator sets them. */
static void
set_weights(struct mlp *m)
{
    for (size_t i = 0; i < mesa_weights_count(m->weights); i++) {
        const struct mesa_weight *w = mesa_weights_get(m->weights, i);
        const struct mesa_weight *coef =
            mesa_weights_get(m->weights, i / 2 * 2);
        double scale = sqrt(6 / (double)(coef->shape[0] + coef->shape[1]));
        double phase = (i % 2 ? 20 : 10) + (double)(i / 2);
        size_t n = w->shape[0] * (w->rank == 2 ? w->shape[1] : 1);
        float *data = mesa_weights_data(m->weights, i);

        for (size_t k = 0; k < n; k++)
            data[k] = (float)(scale * wave(k, phase));
    }
}

static void
test_golden(void **state)
{
    struct maker maker = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    for (size_t i = 0; i < MESA_COUNT(golden_mlps); i++) {
        const struct golden_mlp *g = &golden_mlps[i];
        const struct mesa_dataset *d = g->classes ? &rows.classes
                                                  : &rows.targets;
        const struct mesa_cmatrix first = { rows.x, 1, GOLDEN_COLUMNS,
                                            GOLDEN_COLUMNS, NULL };
        struct mlp *m = make(&maker, g->params);
        struct mesa_rng rng = seeded(1);
        double curve[GOLDEN_EPOCHS], out[3];

        m->shuffle = false;
        assert_ok(mlp_begin(m, d, &rng, err));
        set_weights(m);
        assert_ok(mlp_train(m, d, NULL, GOLDEN_EPOCHS, &rng, curve, err));
        for (size_t k = 0; k < GOLDEN_EPOCHS; k++)
            assert_close(curve[k], g->curve[k], 1e-5);
        assert_ok(mlp_plan(m, err));
        if (g->classes)
            assert_ok(mlp_predict_proba(m, &first, out, err));
        else
            assert_ok(mlp_predict(m, &first, out, err));
        for (size_t k = 0; k < (g->classes ? 3 : 2); k++)
            assert_true(fabs(out[k] - g->first[k]) < 1e-5);
    }
    maker_free(&maker);
}

/* Initial values: scikit-learn's bounds, for each kind of activation. */
static void
test_initial(void **state)
{
    struct maker maker = empty;
    struct mesa_weight list[6];
    struct mlp *m = make(&maker, "hidden_layer_sizes=7,5");

    (void)state;
    assert_int_equal(mlp_parameters(m, 4, 3, NULL, 0), 6);
    assert_int_equal(mlp_parameters(m, 4, 3, list, 6), 6);
    assert_string_equal(list[0].name, "coef.0");
    assert_string_equal(list[5].name, "intercept.2");
    assert_int_equal(list[2].shape[0], 7);
    assert_int_equal(list[2].shape[1], 5);
    assert_int_equal(list[3].rank, 1);
    assert_int_equal(list[3].shape[0], 5);
    assert_close(list[2].scale, sqrt(6. / 12), 1e-15);
    assert_close(list[3].scale, sqrt(6. / 12), 1e-15);
    m = make(&maker, "activation=logistic");
    assert_int_equal(mlp_parameters(m, 4, 3, list, 2), 4);
    assert_close(list[0].scale, sqrt(2. / 104), 1e-15);
    maker_free(&maker);
}

/* Four clouds, of which opposite ones are of one class. */
enum { XOR_ROWS = 200 };

struct crossed {
    double              x[2 * XOR_ROWS];
    int32_t             y[XOR_ROWS];
    struct mesa_dataset data;
};

static void
make_crossed(struct crossed *c, uint64_t seed)
{
    struct mesa_rng rng = seeded(seed);

    for (size_t r = 0; r < XOR_ROWS; r++) {
        int a = r % 2, b = r / 2 % 2;

        c->x[2 * r] = 2 * a - 1 + 0.4 * mesa_rng_normal(&rng);
        c->x[2 * r + 1] = 2 * b - 1 + 0.4 * mesa_rng_normal(&rng);
        c->y[r] = a != b;
    }
    c->data = (struct mesa_dataset){
        .struct_size = sizeof c->data,
        .x = { c->x, XOR_ROWS, 2, 2, NULL },
        .y = c->y,
        .n_classes = 2,
    };
}

static mesa_status
fit(struct maker *maker, const struct mesa_dataset *train,
    const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct mesa_rng rng = seeded(5);

    return mesa_estimator_fit(maker->made, train, valid, &rng, err);
}

static double
accuracy(const struct maker *maker, const struct crossed *c)
{
    double proba[2 * XOR_ROWS];
    size_t right = 0;

    assert_ok(mesa_estimator_predict_proba(maker->made, &c->data.x, proba,
                                           err));
    for (size_t r = 0; r < XOR_ROWS; r++) {
        assert_true(fabs(proba[2 * r] + proba[2 * r + 1] - 1) < 1e-12);
        right += (proba[2 * r + 1] > 0.5) == (c->y[r] == 1);
    }
    return (double)right / XOR_ROWS;
}

/* No straight line does this; with any loss, activation and rate. */
static void
test_learns(void **state)
{
    static const char *const words[] = {
        "",
        "loss=cross_entropy",
        "loss=focal focal.gamma=1.5 focal.alpha=0.5",
        "loss=mse",
        "loss=hinge",
        "activation=tanh",
        "activation=elu",
        "activation=logistic learning_rate_init=0.05 batch_size=20",
        "solver=sgd learning_rate_init=0.3 learning_rate=adaptive",
        "solver=sgd learning_rate_init=0.3 momentum=0 batch_size=20",
        "learning_rate=cosine",
        "learning_rate=linear",
        "learning_rate=step step_size=60 step_gamma=0.5",
        "hidden_layer_sizes=20,20 early_stopping=true n_iter_no_change=30",
    };
    struct maker maker = empty;
    struct crossed train, fresh;

    (void)state;
    make_crossed(&train, 1);
    make_crossed(&fresh, 2);
    for (size_t i = 0; i < MESA_COUNT(words); i++) {
        char all[200];

        snprintf(all, sizeof all, "%s%slearning_rate_init=0.01", words[i],
                 *words[i] ? " " : "");
        make(&maker, strstr(words[i], "rate_init") ? words[i] : all);
        assert_ok(fit(&maker, &train.data, NULL, err));
        if (!(accuracy(&maker, &fresh) > 0.95))
            fail_msg("%s: accuracy %g", words[i], accuracy(&maker, &fresh));
    }
    make(&maker, "activation=identity learning_rate_init=0.01");
    assert_ok(fit(&maker, &train.data, NULL, err));
    assert_true(accuracy(&maker, &fresh) < 0.8);
    maker_free(&maker);
}

/* A schedule changes what the first pass alone cannot show. */
static void
test_schedules(void **state)
{
    static const char *const rates[] = {
        "learning_rate=constant", "learning_rate=invscaling",
        "learning_rate=step step_size=3", "learning_rate=cosine",
        "learning_rate=linear"
    };
    struct maker maker = empty;
    struct rows rows;
    double curve[5][8];

    (void)state;
    make_rows(&rows);
    for (size_t i = 0; i < 5; i++) {
        struct mlp *m = make(&maker, rates[i]);
        struct mesa_rng rng = seeded(1);

        m->batch_size = 60; /* more than there are rows */
        assert_ok(mlp_begin(m, &rows.classes, &rng, err));
        assert_ok(mlp_train(m, &rows.classes, NULL, 8, &rng, curve[i], err));
        assert_bits_equal(curve[i][0], curve[0][0]);
        if (i == 2) {
            for (size_t k = 0; k < 4; k++) /* the loss before step k + 1 */
                assert_bits_equal(curve[i][k], curve[0][k]);
            assert_true(curve[i][4] != curve[0][4]);
        }
        for (size_t j = 0; j < i; j++)
            assert_true(curve[i][7] != curve[j][7]);
    }
    maker_free(&maker);
}

/* Passes until the curve ends: what was not reached stays -1. */
static size_t
passes(struct mlp *m, const struct mesa_dataset *train,
       const struct mesa_dataset *valid)
{
    struct mesa_rng rng = seeded(3);
    double curve[400];
    size_t n = 0;

    for (size_t i = 0; i < 400; i++)
        curve[i] = -1;
    assert_ok(mlp_begin(m, train, &rng, err));
    assert_ok(mlp_train(m, train, valid, 400, &rng, curve, err));
    while (n < 400 && curve[n] >= 0)
        n++;
    return n;
}

static void
test_stopping(void **state)
{
    struct maker maker = empty;
    struct crossed train, valid;

    (void)state;
    make_crossed(&train, 1);
    make_crossed(&valid, 2);
    /* nothing counts as progress but the first pass, whose loss falls from
     * infinity: n_iter_no_change further ones, and one more */
    assert_int_equal(passes(make(&maker, "tol=1000 n_iter_no_change=7"),
                            &train.data, NULL), 9);
    assert_int_equal(passes(make(&maker, "tol=0 n_iter_no_change=1000"),
                            &train.data, NULL), 400);
    /* 0.001 / 5^5 is below 1e-6: five changes of the rate, then the end */
    assert_int_equal(passes(make(&maker, "tol=1000 n_iter_no_change=7 "
                                 "learning_rate=adaptive"),
                            &train.data, NULL), 9 + 5 * 8);
    assert_in_range(passes(make(&maker, "early_stopping=true "
                                "learning_rate_init=0.03"),
                           &train.data, &valid.data), 12, 399);
    maker_free(&maker);
}

/* The weights that were best for the rows held out are those of the end. */
static void
test_best_weights(void **state)
{
    struct maker maker = empty;
    struct crossed train, valid;
    struct mlp *m;
    struct mesa_rng rng = seeded(3);
    float kept;

    (void)state;
    make_crossed(&train, 1);
    make_crossed(&valid, 2);
    for (size_t r = 0; r < XOR_ROWS; r++)
        valid.y[r] = 1 - valid.y[r]; /* learning makes it worse at once */
    m = make(&maker, "early_stopping=true tol=0");
    assert_ok(mlp_begin(m, &train.data, &rng, err));
    assert_ok(mlp_train(m, &train.data, &valid.data, 30, &rng, NULL, err));
    kept = *(float *)mesa_weights_data(m->weights, 0);
    m = make(&maker, "");
    assert_ok(mlp_begin(m, &train.data, &rng, err));
    assert_ok(mlp_train(m, &train.data, NULL, 1, &rng, NULL, err));
    assert_true(kept == *(float *)mesa_weights_data(m->weights, 0));
    maker_free(&maker);
}

static void
test_held_out(void **state)
{
    struct maker maker = empty;
    struct crossed train;
    struct rows rows;
    struct mesa_dataset few;

    (void)state;
    make_crossed(&train, 1);
    make_rows(&rows);
    few = train.data;
    few.x.rows = 4;
    make(&maker, "early_stopping=true");
    assert_error(fit(&maker, &few, NULL, err), MESA_EDATA,
                 "[estimator] mlp: validation_fraction 0.1 of 4 rows leaves "
                 "4 to learn from");
    make(&maker, "early_stopping=true validation_fraction=0.99");
    assert_error(fit(&maker, &few, NULL, err), MESA_EDATA,
                 "[estimator] mlp: validation_fraction 0.99 of 4 rows leaves "
                 "0 to learn from");
    few = rows.classes;
    few.n_classes = 2;
    make(&maker, "early_stopping=true");
    assert_error(fit(&maker, &rows.classes, &few, err), MESA_ESHAPE,
                 "[estimator] mlp: the validation rows have 2 outputs, "
                 "expected 3");
    assert_error(fit(&maker, &rows.targets, &rows.classes, err), MESA_ESHAPE,
                 "[estimator] mlp: the validation rows have 0 outputs, "
                 "expected 2");
    assert_ok(fit(&maker, &rows.targets, &rows.targets, err));
    assert_ok(fit(&maker, &rows.targets, NULL, err));
    maker_free(&maker);
}

static void
test_targets(void **state)
{
    struct maker maker = empty;
    struct rows rows;
    struct mlp *m;
    double out[GOLDEN_ROWS * GOLDEN_TARGETS], error = 0;

    (void)state;
    make_rows(&rows);
    m = make(&maker, "learning_rate_init=0.01 max_iter=600 loss=mse");
    assert_ok(fit(&maker, &rows.targets, NULL, err));
    assert_ok(mlp_predict(m, &rows.targets.x, out, err));
    for (size_t i = 0; i < MESA_COUNT(out); i++)
        error += (out[i] - rows.target[i]) * (out[i] - rows.target[i]);
    assert_true(error / MESA_COUNT(out) < 0.01);
    assert_error(mlp_predict_proba(m, &rows.targets.x, out, err),
                 MESA_ENOTSUP,
                 "fitted on targets, it gives no probabilities");
    assert_ok(fit(&maker, &rows.classes, NULL, err));
    assert_error(mlp_predict(m, &rows.targets.x, out, err), MESA_ENOTSUP,
                 "fitted on classes, it gives probabilities only");
    rows.targets.target = (struct mesa_cmatrix){ 0 };
    assert_error(fit(&maker, &rows.targets, NULL, err), MESA_EDATA,
                 "[estimator] mlp: the rows have neither classes nor "
                 "targets");
    maker_free(&maker);
}

/* One pass at a time, as good as many; with early_stopping as without. */
static void
test_partial_fit(void **state)
{
    struct maker maker = empty;
    struct crossed train;
    struct rows rows;
    struct mesa_rng rng = seeded(9);
    double proba[2 * XOR_ROWS];
    size_t right = 0;
    struct mlp *m;

    (void)state;
    make_crossed(&train, 1);
    make_rows(&rows);
    m = make(&maker, "batch_size=10 learning_rate_init=0.01 "
                     "early_stopping=true");
    for (size_t i = 0; i < 40; i++) {
        struct mesa_rng pass = mesa_rng_derive(&rng, "pass", i);

        assert_ok(mlp_class()->partial_fit(m, &train.data, &pass, err));
    }
    assert_ok(mlp_predict_proba(m, &train.data.x, proba, err));
    for (size_t r = 0; r < XOR_ROWS; r++)
        right += (proba[2 * r + 1] > 0.5) == (train.y[r] == 1);
    assert_true(right > 0.95 * XOR_ROWS);
    assert_error(mlp_class()->partial_fit(m, &rows.classes, &rng, err),
                 MESA_ESHAPE,
                 "4 columns and 3 classes, but it was fitted on 2 and 2 "
                 "classes");
    assert_error(mlp_class()->partial_fit(m, &rows.targets, &rng, err),
                 MESA_ESHAPE,
                 "4 columns and 2 targets, but it was fitted on 2 and 2 "
                 "classes");
    maker_free(&maker);
}

static void
test_refused(void **state)
{
    struct maker maker = empty;
    struct rows rows;
    double proba[3];
    const double far[GOLDEN_COLUMNS] = { 1e300, -1e300, 1e300, 1e300 };
    const struct mesa_cmatrix x = { far, 1, GOLDEN_COLUMNS, GOLDEN_COLUMNS,
                                    NULL };

    (void)state;
    make_rows(&rows);
    assert_error(maker_make(&maker, MESA_KIND_ESTIMATOR, "mlp",
                            "hidden_layer_sizes=10,2.5", err),
                 MESA_EINVAL,
                 "[estimator] mlp: hidden_layer_sizes has 2.5, expected "
                 "whole numbers");
    make(&maker, "solver=sgd learning_rate_init=1e5 loss=mse");
    assert_error(fit(&maker, &rows.classes, NULL, err), MESA_ENUMERIC,
                 "[estimator] mlp: the loss is not finite in iteration 3: "
                 "learning_rate_init 100000 may be too large, or the columns "
                 "need a transform");
    make(&maker, "max_iter=2");
    assert_ok(fit(&maker, &rows.classes, NULL, err));
    assert_error(mesa_estimator_predict_proba(maker.made, &x, proba, err),
                 MESA_ENUMERIC,
                 "[estimator] mlp: the outputs for row 0 are not finite");
    make(&maker, "loss=focal focal.alpha=0.25");
    assert_error(fit(&maker, &rows.classes, NULL, err), MESA_EINVAL,
                 "[estimator] mlp: alpha has 1 values but there are 3 "
                 "classes");
    maker_free(&maker);
}

/* Bits do not depend on the threads, with layers that are worth sharing. */
static void
test_threads(void **state)
{
    struct maker maker = empty;
    struct crossed train;
    double proba[2][2 * XOR_ROWS];

    (void)state;
    make_crossed(&train, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mesa_parallel_set_threads(i ? 4 : 1, err));
        make(&maker, "hidden_layer_sizes=300,300 max_iter=4");
        assert_ok(fit(&maker, &train.data, NULL, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &train.data.x,
                                               proba[i], err));
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_memory_equal(proba[0], proba[1], sizeof proba[0]);
    maker_free(&maker);
}

/* The archive of a fitted instance, into another one with these words. */
static mesa_status
transfer(struct maker *from, struct maker *to, struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    mesa_status st = mesa_instance_save(from->made, a, "it", 0, err);

    assert_int_equal(st, MESA_OK);
    st = mesa_instance_load(to->made, a, "it", 0, err);
    mesa_archive_free(a);
    return st;
}

static void
test_files(void **state)
{
    struct maker from = empty, to = empty;
    double before[2 * GOLDEN_ROWS], after[2 * GOLDEN_ROWS];
    struct rows rows;
    struct mlp *a, *b;

    (void)state;
    make_rows(&rows);
    a = make(&from, "hidden_layer_sizes=6 max_iter=3");
    b = make(&to, "hidden_layer_sizes=6");
    assert_ok(fit(&from, &rows.targets, NULL, err));
    assert_ok(transfer(&from, &to, err));
    assert_ok(mlp_predict(a, &rows.targets.x, before, err));
    assert_ok(mlp_predict(b, &rows.targets.x, after, err));
    assert_memory_equal(before, after, sizeof before);
    make(&to, "hidden_layer_sizes=7");
    assert_error(transfer(&from, &to, err), MESA_EPARSE,
                 "[estimator] mlp: tensor 'it.0.coef.0' has extent 6, "
                 "expected 7");
    maker_free(&from);
    maker_free(&to);
}

/* A model that says it has other classes than outputs. */
static void
test_other_classes(void **state)
{
    const uint64_t shape[3] = { 1, GOLDEN_COLUMNS, 5 };
    struct mesa_archive *a = mesa_archive_new();
    struct maker maker = empty;
    struct rows rows;
    struct mlp *m = make(&maker, "max_iter=1");

    (void)state;
    make_rows(&rows);
    assert_ok(fit(&maker, &rows.classes, NULL, err));
    assert_ok(mesa_archive_put_vector(a, "mesa.shape", MESA_U64, 3, shape,
                                      err));
    assert_ok(mlp_save(m, a, err));
    assert_error(mlp_load(m, a, err), MESA_EPARSE,
                 "a network of 3 outputs for 5 classes");
    mesa_archive_free(a);
    maker_free(&maker);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_initial),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_best_weights),
        cmocka_unit_test(test_held_out),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_partial_fit),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_other_classes),
    };

    return cmocka_run_group_tests_name("mlp", tests, NULL, NULL);
}
