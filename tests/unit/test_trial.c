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
    open_world(&w, "folds = 4\n");
    w.data.y = NULL;
    assert_error(mesa_trials_new(&w.host, NULL, &t, err), MESA_EDATA,
                 "the data have targets, not classes: [evaluate] scores "
                 "classes");
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

/* Rows come in parts: one fold, whatever the repeat, and scores of each part
 * that has rows. */
static void
test_parts(void **state)
{
    char name[] = "a";
    struct mesa_component a = component(&witness.head, name);
    struct mesa_dataset none;
    struct mesa_trials *t;
    struct world w;

    (void)state;
    open_world(&w, "repeats = 2\n");
    none = w.data;
    none.x.rows = 0;
    w.host.parts.data[MESA_PART_ALL] = NULL;
    w.host.parts.data[MESA_PART_TRAIN] = &w.data;
    w.host.parts.data[MESA_PART_VALID] = &none;
    w.host.parts.data[MESA_PART_TEST] = &w.data;
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    assert_int_equal(mesa_trials_folds(t), 1);
    for (size_t repeat = 0; repeat < 2; repeat++) {
        struct mesa_trial got = run(&w, t, &a, repeat, 0);

        assert_int_equal(got.rows, 2 * ROWS);
        for (size_t m = 0; m < METRICS; m++) {
            assert_bits_equal(w.value[m], w.value[2 * METRICS + m]);
            assert_true(isnan(w.value[METRICS + m]));
        }
    }
    w.host.parts.data[MESA_PART_TEST] = NULL;
    run(&w, t, &a, 0, 0);
    assert_false(isnan(w.value[0]));
    assert_true(isnan(w.value[2 * METRICS]));
    mesa_trials_free(t);
    close_world(&w);
}

/* Adds the number of rows that it has seen to their values. */
struct shift {
    double by;
};

static mesa_status
shift_fit(void *self, const struct mesa_dataset *train,
          struct mesa_error *err)
{
    (void)err;
    ((struct shift *)self)->by = (double)train->x.rows;
    return MESA_OK;
}

static mesa_status
shift_apply(const void *self, const struct mesa_cmatrix *in, double *out,
            struct mesa_error *err)
{
    (void)err;
    for (size_t r = 0; r < in->rows; r++)
        out[r] = mesa_row(in, r)[0] + ((const struct shift *)self)->by;
    return MESA_OK;
}

static const struct mesa_transform_class shift = {
    MESA_TRANSFORM(struct shift),
    .head.name  = "shift",
    .head.title = "Adds how many rows there are",
    .fit        = shift_fit,
    .apply      = shift_apply,
};

/* The first ten rows of either class. */
static mesa_status
ten_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    size_t seen[2] = { 0, 0 };
    mesa_status st = MESA_OK;

    (void)self;
    (void)feedback;
    (void)rng;
    (void)err;
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        if (seen[data->y[r]]++ < 10) {
            assert_true(mesa_row(&data->x, r)[0] >= 30); /* was shifted */
            st = mesa_sample_keep(out, r);
        }
    return st;
}

static const struct mesa_sampler_class ten = {
    MESA_SAMPLER(struct shift),
    .head.name  = "ten",
    .head.title = "Ten rows of a class",
    .resample   = ten_resample,
};

/* [transform] is fitted on the training rows of the fold, and before
 * [sampler], which the scores of the training rows do not see. */
static void
test_transform_and_sampler(void **state)
{
    char a_name[] = "a", b_name[] = "b", c_name[] = "c";
    struct mesa_component a = component(&witness.head, a_name);
    struct mesa_component by = component(&shift.head, b_name);
    struct mesa_component some = component(&ten.head, c_name);
    struct mesa_trials *t;
    struct world w;
    double plain;

    (void)state;
    open_world(&w, "folds = 4\n");
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    run(&w, t, &a, 0, 0);
    plain = w.value[0];
    w.recipe.transform = &by;
    assert_int_equal(run(&w, t, &a, 0, 0).rows, 60);
    assert_true(w.value[0] < plain || w.value[0] > plain);
    w.recipe.sampler = &some;
    assert_int_equal(run(&w, t, &a, 0, 0).rows, 2 * (10 + 6));
    w.recipe.transform = w.recipe.sampler = NULL;
    run(&w, t, &a, 0, 0);
    assert_bits_equal(w.value[0], plain);
    mesa_trials_free(t);
    close_world(&w);
}

/* All trials of a world, as the pieces of a parallel loop. */
struct crowd {
    const struct mesa_trials    *trials;
    const struct mesa_component *who;
    double value[12][MESA_TRIAL_PARTS * METRICS];
};

static mesa_status
run_piece(void *context, size_t i, struct mesa_error *err)
{
    struct crowd *c = context;
    struct mesa_trial out = { .struct_size = sizeof out,
                              .value = c->value[i] };

    return mesa_trials_run(c->trials, c->who, i / FOLDS, i % FOLDS, &out,
                           err);
}

static void
test_threads(void **state)
{
    char name[] = "a";
    struct mesa_component a = component(&witness.head, name);
    struct mesa_trials *t;
    struct crowd one, many;
    struct world w;

    (void)state;
    open_world(&w, "folds = 4\nrepeats = 3\n");
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    one.trials = many.trials = t;
    one.who = many.who = &a;
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_ok(mesa_parallel_for(12, run_piece, &one, err));
    assert_ok(mesa_parallel_set_threads(5, err));
    assert_ok(mesa_parallel_for(12, run_piece, &many, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < MESA_TRIAL_PARTS * METRICS; j++)
            if (isnan(one.value[i][j]))
                assert_true(isnan(many.value[i][j]));
            else
                assert_bits_equal(one.value[i][j], many.value[i][j]);
    mesa_trials_free(t);
    close_world(&w);
}

/* The run knows of all trials, in order, until they are freed. */
static void
test_list(void **state)
{
    struct mesa_trials *t[3];
    struct world w;

    (void)state;
    open_world(&w, "folds = 4\n");
    for (size_t i = 0; i < 3; i++)
        assert_ok(mesa_trials_new(&w.host, NULL, &t[i], err));
    assert_ptr_equal(w.list, t[0]);
    assert_ptr_equal(mesa_trials_next(t[0]), t[1]);
    assert_ptr_equal(mesa_trials_next(t[1]), t[2]);
    assert_null(mesa_trials_next(t[2]));
    mesa_trials_free(t[1]);
    assert_ptr_equal(mesa_trials_next(t[0]), t[2]);
    mesa_trials_free(t[0]);
    assert_ptr_equal(w.list, t[2]);
    mesa_trials_free(t[2]);
    assert_null(w.list);
    w.host.trials = NULL; /* a host that keeps no list */
    assert_ok(mesa_trials_new(&w.host, NULL, &t[0], err));
    mesa_trials_free(t[0]);
    close_world(&w);
}

/* A score that some part does not define names the part. */
static void
test_undefined_scores(void **state)
{
    char name[] = "a";
    struct mesa_component a = component(&witness.head, name);
    static int32_t zeros[ROWS];
    struct mesa_trials *t;
    struct mesa_dataset test;
    struct world w;
    struct mesa_trial out = { .struct_size = sizeof out, .value = w.value };

    (void)state;
    open_world(&w, "");
    w.host.parts.data[MESA_PART_ALL] = NULL;
    w.host.parts.data[MESA_PART_TRAIN] = &w.data;
    assert_ok(mesa_ini_set(&w.recipe.ini, "late.metrics=rocauc", err));
    assert_ok(mesa_recipe_bind_class(&w.recipe, &mesa_evaluate_class.head,
                                     "late", &w.recipe.evaluate, err));
    test = w.data;
    test.y = zeros;
    w.host.parts.data[MESA_PART_TEST] = &test;
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    assert_error(mesa_trials_run(t, &a, 0, 0, &out, err), MESA_EDATA,
                 "test rows: rocauc needs rows of class 1, there are none");
    mesa_trials_free(t);
    w.data.y = zeros;
    assert_int_equal(mesa_trials_new(&w.host, NULL, &t, NULL), MESA_EDATA);
    assert_null(t);
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
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_transform_and_sampler),
        cmocka_unit_test(test_threads), cmocka_unit_test(test_list),
        cmocka_unit_test(test_undefined_scores),
        cmocka_unit_test(test_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
