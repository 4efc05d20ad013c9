/* SPDX-License-Identifier: MIT */
/*
 * test_mlp.c - how perceptrons learn: scikit-learn's learning curves, losses,
 * schedules, stopping.
 */
#include "mlp_fixture.h"

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
    m = make(&maker, "hidden_layer_sizes=9,16 weight_init=fan_in");
    assert_int_equal(mlp_parameters(m, 4, 3, list, 6), 6);
    for (size_t i = 0; i < 6; i++)
        assert_close(list[i].scale, 1 / (i < 2 ? 2. : i < 4 ? 3. : 4.),
                     1e-15);
    maker_free(&maker);
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
                 "4 to learn from and 0 to judge by");
    make(&maker, "early_stopping=true validation_fraction=0.99");
    assert_error(fit(&maker, &few, NULL, err), MESA_EDATA,
                 "[estimator] mlp: validation_fraction 0.99 of 4 rows leaves "
                 "0 to learn from and 4 to judge by");
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
    };

    return cmocka_run_group_tests_name("mlp", tests, NULL, NULL);
}
