/* SPDX-License-Identifier: MIT */
/*
 * test_mlp_use.c - what fitted perceptrons do: targets, further rows, threads,
 * files, refusals.
 */
#include "mlp_fixture.h"

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
                 "[estimator] mlp: loss focal: alpha has 1 values but there "
                 "are 3 classes");
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

/* Nothing in, nothing out: of zeros come equal scores.  To a file and back. */
static void
test_no_intercepts(void **state)
{
    const double zeros[GOLDEN_COLUMNS] = { 0 };
    const struct mesa_cmatrix nowhere = { zeros, 1, GOLDEN_COLUMNS,
                                          GOLDEN_COLUMNS, NULL };
    double before[GOLDEN_CLASSES * GOLDEN_ROWS];
    double after[GOLDEN_CLASSES * GOLDEN_ROWS];
    struct maker from = empty, to = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    make(&from, "max_iter=20 fit_intercept=no hidden_layer_sizes=6,5");
    assert_int_equal(mlp_parameters(mesa_instance_self(from.made), 4, 3, NULL,
                                    0),
                     3);
    assert_ok(fit(&from, &rows.classes, NULL, err));
    assert_ok(mesa_estimator_predict_proba(from.made, &nowhere, before, err));
    for (size_t c = 0; c < GOLDEN_CLASSES; c++)
        assert_close(before[c], 1.0 / GOLDEN_CLASSES, 1e-6);
    assert_ok(mesa_estimator_predict_proba(from.made, &rows.classes.x, before,
                                           err));
    make(&to, "fit_intercept=no hidden_layer_sizes=6,5");
    assert_ok(transfer(&from, &to, err));
    assert_ok(mesa_estimator_predict_proba(to.made, &rows.classes.x, after,
                                           err));
    assert_memory_equal(before, after, sizeof before);
    make(&to, "hidden_layer_sizes=6,5");
    assert_error(transfer(&from, &to, err), MESA_EPARSE,
                 "[estimator] mlp: there is no tensor 'it.0.intercept.2'");
    maker_free(&from);
    maker_free(&to);
}

/* One layer after the other in double precision, of units to units. */
static void
layer_by_hand(const double *x, size_t from, const float *coef,
              const float *intercept, size_t to, double *out)
{
    for (size_t k = 0; k < to; k++) {
        double sum = intercept[k];

        for (size_t j = 0; j < from; j++)
            sum += x[j] * coef[j * to + k];
        out[k] = tanh(sum);
    }
}

enum { FIRST = 6, LAST = 5 };

static void
expect_embedding(struct mlp *m, const struct mesa_cmatrix *x,
                 const double *out)
{
    const float *w[4];

    for (size_t i = 0; i < 4; i++)
        w[i] = mesa_weights_data(m->weights, i);
    for (size_t r = 0; r < x->rows; r++) {
        double first[FIRST], last[LAST];

        layer_by_hand(mesa_row(x, r), GOLDEN_COLUMNS, w[0], w[1], FIRST,
                      first);
        layer_by_hand(first, FIRST, w[2], w[3], LAST, last);
        for (size_t k = 0; k < LAST; k++)
            assert_true(fabs(out[r * LAST + k] - last[k]) < 1e-5);
    }
}

/* The last hidden layer, also of a network of targets and of one from a file;
 * no network without layers has one. */
static void
test_embed(void **state)
{
    struct maker maker = empty, other = empty;
    struct rows rows;
    double out[GOLDEN_ROWS * LAST], again[GOLDEN_ROWS * LAST];
    size_t width;

    (void)state;
    make_rows(&rows);
    for (size_t targets = 0; targets < 2; targets++) {
        struct mlp *m = make(&maker, "hidden_layer_sizes=6,5 max_iter=20 "
                                     "activation=tanh");

        assert_ok(fit(&maker, targets ? &rows.targets : &rows.classes, NULL,
                      err));
        assert_ok(mesa_estimator_embed(maker.made, &rows.classes.x, NULL,
                                       &width, err));
        assert_int_equal(width, LAST);
        assert_ok(mesa_estimator_embed(maker.made, &rows.classes.x, out,
                                       &width, err));
        expect_embedding(m, &rows.classes.x, out);
    }
    make(&other, "hidden_layer_sizes=6,5 activation=tanh");
    assert_ok(transfer(&maker, &other, err));
    assert_ok(mesa_estimator_embed(other.made, &rows.classes.x, again, &width,
                                   err));
    assert_memory_equal(out, again, sizeof out);
    make(&maker, "hidden_layer_sizes= max_iter=2");
    assert_ok(fit(&maker, &rows.classes, NULL, err));
    assert_ok(mesa_estimator_embed(maker.made, &rows.classes.x, out, &width,
                                   err));
    assert_int_equal(width, 0);
    maker_free(&maker);
    maker_free(&other);
}

/* It says so, loses nothing, and can be asked again. */
static void
test_embed_memory(void **state)
{
    struct maker maker = empty;
    struct rows rows;
    double out[GOLDEN_ROWS * LAST];
    struct mesa_error e;
    mesa_status st = MESA_ENOMEM;
    size_t width;
    uint64_t live;

    (void)state;
    make_rows(&rows);
    make(&maker, "hidden_layer_sizes=6,5 max_iter=2");
    assert_ok(fit(&maker, &rows.classes, NULL, err));
    live = mesa_memory_live();
    for (uint64_t k = 0; st != MESA_OK && k < 1000; k++) {
        mesa_memory_fail_at(k);
        st = mesa_estimator_embed(maker.made, &rows.classes.x, out, &width,
                                  &e);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_int_equal(mesa_memory_live(), live);
        if (k == 0)
            assert_string_equal(e.message, "out of memory: 6 weights of a "
                                           "graph");
    }
    assert_int_equal(st, MESA_OK);
    maker_free(&maker);
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
                 "[estimator] mlp: tensor 'it.0.coef.0' is F32 of 4 by 6, "
                 "expected F32 of 4 by 7");
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
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_partial_fit),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_embed),
        cmocka_unit_test(test_embed_memory),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_no_intercepts),
        cmocka_unit_test(test_other_classes),
    };

    return cmocka_run_group_tests_name("mlp_use", tests, NULL, NULL);
}
