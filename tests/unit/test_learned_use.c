/* SPDX-License-Identifier: MIT */
/*
 * test_learned_use.c - perceptrons trained with a loss that was learnt: what
 * it taught them, what it does not fit, what its file says for the rest.
 */
#include "mlp_fixture.h"

#include "state.h"

#include <unistd.h>

const struct mesa_plugin *learned_plugin(void);
const struct mesa_plugin *mae_plugin(void);

static const struct mesa_builtin more_plugins[] = {
    { "learners", "mlp", mesa_plugin },
    { "losses", "learned", learned_plugin },
    { "losses", "mae", mae_plugin },
    { NULL, NULL, NULL },
};

static const struct maker fresh = { .registry.builtins = more_plugins };

/* As many hidden units as that takes: |a - b| = relu(a - b) + relu(b - a). */
#define AS_MAE                                                              \
    "loss=learned learned.hidden_layer_sizes=4 learned.fit_intercept=no "   \
    "learned.output=none"
#define QUICK "solver=sgd hidden_layer_sizes=8 max_iter=30 "

static struct mesa_component *
loss_of(const struct maker *m)
{
    struct mesa_component *c = m->recipe.components;

    while (c && c->class_->kind != MESA_KIND_LOSS)
        c = c->next;
    assert_non_null(c);
    return c;
}

/* From now on the loss is what another run has taught; the perceptron is made
 * anew, with that. */
static void
take(struct maker *m, struct mesa_instance *loss)
{
    const struct mesa_component *mlp = mesa_instance_component(m->made);

    assert_ok(mesa_state_take(&m->recipe, loss, err));
    mesa_instance_free(loss);
    mesa_instance_free(m->made);
    assert_ok(mesa_instance_new(mlp, &m->made, err));
}

/* Of two outputs: the mean absolute error, as its weights can be written down.
 * Inputs, if it looks at them, count for nothing. */
static void
teach_mae(struct maker *m, size_t n_inputs)
{
    const struct mesa_loss_shape shape = { sizeof shape, 2, 2, n_inputs, 0 };
    const struct mesa_rng rng = seeded(1);
    struct mesa_instance *loss;
    struct mesa_weights *w;
    float *coef, *last;

    assert_ok(mesa_instance_new(loss_of(m), &loss, err));
    assert_ok(mesa_loss_weights(loss, &shape, MESA_F32, &rng, &w, err));
    coef = mesa_weights_data(w, 0);
    last = mesa_weights_data(w, 1);
    memset(coef, 0, (4 + n_inputs) * 4 * sizeof *coef);
    for (size_t k = 0; k < 2; k++) {
        coef[4 * k + 2 * k] = 1;
        coef[4 * k + 2 * k + 1] = -1;
        coef[4 * (2 + k) + 2 * k] = -1;
        coef[4 * (2 + k) + 2 * k + 1] = 1;
    }
    for (size_t i = 0; i < 4; i++)
        last[i] = 0.5F;
    assert_ok(mesa_loss_learn(loss, &shape, w, err));
    mesa_weights_free(w);
    take(m, loss);
}

static void
fit_targets(struct maker *m, double out[GOLDEN_ROWS * GOLDEN_TARGETS])
{
    struct rows rows;

    make_rows(&rows);
    assert_ok(fit(m, &rows.targets, NULL, err));
    assert_ok(mlp_predict(mesa_instance_self(m->made), &rows.targets.x, out,
                          err));
}

/* A network that is the mean absolute error teaches what that teaches. */
static void
test_targets(void **state)
{
    double expected[GOLDEN_ROWS * GOLDEN_TARGETS];
    double found[GOLDEN_ROWS * GOLDEN_TARGETS];
    struct maker m = fresh;

    (void)state;
    make(&m, QUICK "loss=mae");
    fit_targets(&m, expected);
    maker_free(&m);
    for (size_t inputs = 0; inputs <= GOLDEN_COLUMNS;
         inputs += GOLDEN_COLUMNS) {
        m = fresh;
        make(&m, inputs ? QUICK AS_MAE " learned.use_input=yes"
                        : QUICK AS_MAE);
        teach_mae(&m, inputs);
        fit_targets(&m, found);
        for (size_t i = 0; i < MESA_COUNT(found); i++)
            assert_true(fabs(found[i] - expected[i]) < 1e-4);
        maker_free(&m);
    }
}

/* Classes, of as many outputs; a model is used without what taught it. */
static void
test_classes(void **state)
{
    struct maker m = fresh, without = fresh;
    struct mesa_archive *a = mesa_archive_new();
    double before[2 * XOR_ROWS], after[2 * XOR_ROWS];
    struct crossed c;

    (void)state;
    make_crossed(&c, 1);
    make(&m, "learning_rate_init=0.01 max_iter=60 " AS_MAE);
    teach_mae(&m, 0);
    assert_ok(fit(&m, &c.data, NULL, err));
    assert_true(accuracy(&m, &c) > 0.95);
    assert_ok(mesa_estimator_predict_proba(m.made, &c.data.x, before, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    make(&without, "loss=learned");
    assert_ok(mesa_instance_load(without.made, a, "it", 0, err));
    assert_ok(mesa_estimator_predict_proba(without.made, &c.data.x, after,
                                           err));
    assert_memory_equal(before, after, sizeof before);
    mesa_archive_free(a);
    maker_free(&m);
    maker_free(&without);
}

static void
test_refused(void **state)
{
    struct maker m = fresh;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    make(&m, QUICK AS_MAE);
    assert_error(fit(&m, &rows.targets, NULL, err), MESA_EINVAL,
                 "[estimator] mlp: loss learned has learnt nothing: give it "
                 "a state, the loss.safetensors of the run that taught it");
    teach_mae(&m, 0);
    assert_error(fit(&m, &rows.classes, NULL, err), MESA_ESHAPE,
                 "[estimator] mlp: loss learned has learnt for 2 outputs, 2 "
                 "targets, 0 inputs and 0 extra columns, but here are 3, 3, "
                 "4 and 0");
    maker_free(&m);
    m = fresh;
    make(&m, QUICK AS_MAE " learned.use_input=yes");
    teach_mae(&m, 3);
    assert_error(fit(&m, &rows.targets, NULL, err), MESA_ESHAPE,
                 "[estimator] mlp: loss learned has learnt for 2 outputs, 2 "
                 "targets, 3 inputs and 0 extra columns, but here are 2, 2, "
                 "4 and 0");
    maker_free(&m);
}

/* The value of a key and where it is from. */
static void
assert_setting(const struct mesa_component *c, const char *key,
               const char *expected, const char *origin)
{
    for (size_t i = 0; i < c->settings.n; i++) {
        char *value;

        if (strcmp(c->settings.params[i].name, key) != 0)
            continue;
        value = mesa_settings_text(&c->settings, i);
        assert_string_equal(value, expected);
        assert_string_equal(c->settings.bound[i].origin, origin);
        mesa_free(value);
        return;
    }
    fail_msg("no key %s", key);
}

/* A section that says no more than type and state is that of the network
 * which learnt; what it says itself counts. */
static void
test_settings(void **state)
{
    char folder[] = "/tmp/mesa-learned-XXXXXX", path[60], words[200];
    struct maker m = fresh, n = fresh;
    uint64_t live;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/loss.safetensors", folder);
    make(&m, QUICK AS_MAE);
    teach_mae(&m, 0);
    assert_ok(mesa_states_write(&m.recipe, folder, err));
    maker_free(&m);
    snprintf(words, sizeof words, "loss=learned learned.state=%s "
                                  "learned.activation=tanh", path);
    make(&n, words);
    assert_setting(loss_of(&n), "hidden_layer_sizes", "4", path);
    assert_setting(loss_of(&n), "output", "none", path);
    assert_setting(loss_of(&n), "fit_intercept", "false", path);
    assert_setting(loss_of(&n), "activation", "tanh", "--set");
    assert_ok(mesa_states_read(&n.recipe, err));
    maker_free(&n);
    live = mesa_memory_live();
    for (uint64_t k = 0; k < 200; k += 7) {
        struct mesa_error err;
        mesa_status st;

        n = fresh;
        mesa_memory_fail_at(k);
        st = maker_make(&n, MESA_KIND_ESTIMATOR, "mlp", words, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        maker_free(&n);
        assert_int_equal(mesa_memory_live(), live);
    }
    unlink(path);
    rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests_name("learned_use", tests, NULL, NULL);
}
