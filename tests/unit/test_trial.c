/* SPDX-License-Identifier: MIT */
/* test_trial.c - fits and scores that the core lends to metalearners. */
#include "test.h"

#include "host.h"

#include <math.h>

enum { ROWS = 40, FOLDS = 4, METRICS = 2 };

/* Remembers the first value of each row it learnt from, as a sum of powers of
 * two, and how often it was fitted; predicts what is right for odd rows. */
struct witness {
    double   sum, draw;
    uint64_t doubled; /* rows that it says it has learnt from */
};

static mesa_status
witness_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct witness *w = self;

    (void)valid;
    w->sum = 0;
    for (size_t r = 0; r < train->x.rows; r++) {
        if (mesa_row(&train->x, r)[0] < 0)
            return mesa_fail(err, MESA_EDATA, "row %zu is negative", r);
        w->sum += mesa_row(&train->x, r)[0];
    }
    w->draw = mesa_rng_uniform(rng);
    w->doubled = 2 * train->x.rows;
    return MESA_OK;
}

static mesa_status
witness_predict_proba(const void *self, const struct mesa_cmatrix *x,
                      double *proba, struct mesa_error *err)
{
    const struct witness *w = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r + 1] = mesa_row(x, r)[0] / (w->sum + 100 * w->draw + ROWS);
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return MESA_OK;
}

static uint64_t
witness_rows(const void *self)
{
    return ((const struct witness *)self)->doubled;
}

static const struct mesa_estimator_class witness = {
    MESA_ESTIMATOR(struct witness),
    .head.name     = "witness",
    .head.title    = "Sees what it is shown",
    .fit           = witness_fit,
    .predict_proba = witness_predict_proba,
    .rows          = witness_rows,
};

static const struct mesa_estimator_class silent = {
    MESA_ESTIMATOR(struct witness),
    .head.name     = "silent",
    .head.title    = "The same, without saying how many rows",
    .fit           = witness_fit,
    .predict_proba = witness_predict_proba,
};

static struct mesa_component
component(const struct mesa_class *c, char *name)
{
    return (struct mesa_component){ .class_ = c,
                                    .section = name,
                                    .complete = true };
}

struct world {
    struct mesa_recipe recipe;
    struct mesa_host   host;
    double             x[ROWS];
    int32_t            y[ROWS];
    struct mesa_dataset data;
    struct mesa_schema schema;
    struct mesa_trials *list;
    double             value[MESA_TRIAL_PARTS * METRICS];
};

static const char *const class_names[] = { "common", "rare" };

/* A pool of rows, cut into folds as the [evaluate] section says. */
static void
open_world(struct world *w, const char *evaluate)
{
    char text[200];
    int n = snprintf(text, sizeof text,
                     "[evaluate]\nmetrics = logloss, accuracy\n%s", evaluate);

    memset(w, 0, sizeof *w);
    assert_ok(mesa_ini_parse(&w->recipe.ini, text, (size_t)n, "t.ini", ".",
                             err));
    assert_ok(mesa_recipe_bind_class(&w->recipe, &mesa_evaluate_class.head,
                                     "evaluate", &w->recipe.evaluate, err));
    for (int r = 0; r < ROWS; r++) {
        w->x[r] = r;
        w->y[r] = r % 5 == 0;
    }
    w->schema = (struct mesa_schema){ .struct_size = sizeof w->schema,
                                      .n_classes = 2,
                                      .n_columns = 1,
                                      .class_name = class_names };
    w->data = (struct mesa_dataset){ .struct_size = sizeof w->data,
                                     .x = { w->x, ROWS, 1, 1, NULL },
                                     .y = w->y,
                                     .n_classes = 2,
                                     .schema = &w->schema };
    w->host.recipe = &w->recipe;
    w->host.trials = &w->list;
    w->host.parts.data[MESA_PART_ALL] = &w->data;
    mesa_rng_seed(&w->host.root, 3);
}

static void
close_world(struct world *w)
{
    mesa_recipe_free(&w->recipe);
}

static struct mesa_trial
run(struct world *w, const struct mesa_trials *t,
    const struct mesa_component *c, size_t repeat, size_t fold)
{
    struct mesa_trial out = { .struct_size = sizeof out, .value = w->value };

    assert_ok(mesa_trials_run(t, c, repeat, fold, &out, err));
    return out;
}

static void
test_what_is_asked(void **state)
{
    struct world w;
    struct mesa_trials *t;

    (void)state;
    open_world(&w, "folds = 4\nrepeats = 3\n");
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    assert_string_equal(mesa_trials_name(t), "data");
    assert_int_equal(mesa_trials_repeats(t), 3);
    assert_int_equal(mesa_trials_folds(t), FOLDS);
    assert_int_equal(mesa_trials_n_metrics(t), METRICS);
    assert_string_equal(mesa_metric_name(mesa_trials_metric(t, 0)),
                        "logloss");
    assert_null(mesa_trials_metric(t, METRICS));
    assert_string_equal(mesa_trials_positive(t), "rare");
    assert_ptr_equal(w.list, t);
    mesa_trials_free(t);
    assert_null(w.list);
    mesa_trials_free(NULL);
    close_world(&w);
}

/* Every row is tested once in each repeat, whoever is fitted, and scores are
 * those of the fold. */
static void
test_folds(void **state)
{
    char a_name[] = "a", b_name[] = "b";
    struct mesa_component a = component(&witness.head, a_name);
    struct mesa_component b = component(&silent.head, b_name);
    struct mesa_trials *t;
    struct world w;

    (void)state;
    open_world(&w, "folds = 4\nrepeats = 2\n");
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    for (size_t f = 0; f < FOLDS; f++) {
        struct mesa_trial got = run(&w, t, &a, 1, f);

        assert_int_equal(got.rows, 2 * (ROWS - ROWS / FOLDS));
        assert_true(got.seconds >= 0);
        assert_false(isnan(w.value[0]));
        assert_true(isnan(w.value[METRICS])); /* no validation rows */
        assert_close(w.value[2 * METRICS + 1], 0.8, 1e-12);
        got = run(&w, t, &b, 1, f);
        assert_int_equal(got.rows, ROWS - ROWS / FOLDS);
    }
    mesa_trials_free(t);
    close_world(&w);
}

/* Names, repeat and fold decide the stream; who ran before does not. */
static void
test_streams(void **state)
{
    char a_name[] = "a", b_name[] = "b";
    struct mesa_component a = component(&witness.head, a_name);
    struct mesa_component b = component(&witness.head, b_name);
    struct mesa_trials *t;
    struct world w;
    double first, other, later;

    (void)state;
    open_world(&w, "folds = 4\nrepeats = 2\nshuffle = false\n");
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    run(&w, t, &a, 0, 1);
    first = w.value[0];
    run(&w, t, &b, 0, 1);
    other = w.value[0];
    run(&w, t, &a, 1, 1); /* the same fold, as rows are not shuffled */
    later = w.value[0];
    run(&w, t, &a, 0, 1);
    assert_bits_equal(w.value[0], first);
    assert_true(first != other && first != later);
    mesa_trials_free(t);
    close_world(&w);
}

static void
test_refusals(void **state)
{
    char name[] = "a";
    struct mesa_component a = component(&witness.head, name);
    struct mesa_trials *t;
    struct world w;
    struct mesa_trial out = { .struct_size = sizeof out, .value = w.value };

    (void)state;
    open_world(&w, "folds = 4\npositive = x\n");
    assert_error(mesa_trials_new(&w.host, NULL, &t, err), MESA_EINVAL,
                 "[evaluate] positive is 'x', which is no class of the data");
    assert_null(t);
    close_world(&w);
    open_world(&w, "folds = 9\n");
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    assert_error(mesa_trials_run(t, &a, 0, 0, &out, err), MESA_EDATA,
                 "class 'rare' has 8 rows but there are 9 folds");
    mesa_trials_free(t);
    close_world(&w);
    open_world(&w, "folds = 2\n");
    w.x[7] = -1;
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    assert_int_equal(mesa_trials_run(t, &a, 0, 0, &out, NULL) == MESA_EDATA,
                     mesa_trials_run(t, &a, 0, 1, &out, NULL) != MESA_EDATA);
    mesa_trials_free(t);
    close_world(&w);
}

/* Memory may run out anywhere. */
static void
test_memory(void **state)
{
    char name[] = "a";
    struct mesa_component a = component(&witness.head, name);
    mesa_status st = MESA_ENOMEM;
    struct world w;

    (void)state;
    open_world(&w, "folds = 4\n");
    for (uint64_t k = 0; st != MESA_OK; k++) {
        struct mesa_trial out = { .struct_size = sizeof out,
                                  .value = w.value };
        uint64_t live = mesa_memory_live();
        struct mesa_trials *t;

        mesa_memory_fail_at(k);
        st = mesa_trials_new(&w.host, NULL, &t, NULL);
        if (st == MESA_OK)
            st = mesa_trials_run(t, &a, 0, 0, &out, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_trials_free(t);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_int_equal(mesa_memory_live(), live);
    }
    close_world(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked), cmocka_unit_test(test_folds),
        cmocka_unit_test(test_streams), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
