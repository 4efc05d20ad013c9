/* SPDX-License-Identifier: MIT */
/*
 * test_active_stop.c - when the metalearner active stops asking, what it
 * refuses, and checkpoints that somebody else has made.
 */
#include "active_fixture.h"

static mesa_status
step(struct world *w, uint64_t i, bool *done, struct mesa_error *err)
{
    return w->class_->step(w->self, &w->host, i, &w->metrics, done, err);
}

/* kappa[i] is that of what was said of all rows of the pool, twice. */
static void
test_agreement(void **state)
{
    struct world w;
    bool done;
    int32_t before[40];

    (void)state;
    assert_ok(world_open(&w, DATA "classes = 3\n" LEARNER REST LOOP
                             "stop_agreement = 1\nstop_window = 9\n", err));
    assert_ok(step(&w, 0, &done, err));
    assert_true(isnan(w.self->kappa[0]));
    assert_null(strstr(w.rows.at, "agreement"));
    for (uint64_t i = 1; i < 6; i++) {
        double same = 0, chance = 0, kappa;

        memcpy(before, w.self->said, sizeof before);
        assert_ok(step(&w, i, &done, err));
        for (size_t r = 0; r < 40; r++)
            same += before[r] == w.self->said[r];
        for (int32_t c = 0; c < 3; c++) {
            double one = 0, other = 0;

            for (size_t r = 0; r < 40; r++) {
                one += before[r] == c;
                other += w.self->said[r] == c;
            }
            chance += one * other / 1600;
        }
        kappa = (same / 40 - chance) / (1 - chance);
        assert_close(w.self->kappa[i], kappa, 1e-12);
    }
    assert_int_equal(count_lines(w.rows.at, ",,agreement,"), 5);
    assert_true(w.self->n_steps == 6 && !done);
    world_close(&w);
}

/* After as many agreements as the window is wide, and not before. */
static void
test_stable(void **state)
{
    static const struct {
        const char *data, *lines;
        size_t      n_steps;
        const char *why;
    } cases[] = {
        /* Always the same class is complete agreement. */
        { "same = yes\n", "stop_agreement = 1\n", 4, "stop_agreement" },
        { "same = yes\n", "stop_agreement = 0.5\nstop_window = 1\n", 2,
          "stop_agreement" },
        { "same = yes\n", "stop_agreement = 1\nstop_window = 100\n", 7,
          "pool_empty" },
        { "same = yes\n", "stop_agreement = none\n", 7, "pool_empty" },
        { "same = yes\n", "stop_agreement = 1\nmax_iter = 3\n", 3,
          "max_iter" },
        { "", "stop_agreement = -1\nstop_window = 2\n", 3,
          "stop_agreement" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        char text[500], expected[100];
        struct world w;

        snprintf(text, sizeof text, DATA "%s" LEARNER REST LOOP "%s",
                 cases[i].data, cases[i].lines);
        assert_ok(run(&w, text, true, err));
        assert_int_equal(w.self->n_steps, cases[i].n_steps);
        snprintf(expected, sizeof expected, "stopped by %s;", cases[i].why);
        expect_lines(w.table.at, expected);
        snprintf(expected, sizeof expected, "\"stopped_by\": \"%s\"",
                 cases[i].why);
        expect_lines(w.summary.at, expected);
        world_close(&w);
    }
}

/* The score of validation rows counts, if there are any. */
static void
test_score(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, DATA LEARNER REST LOOP "stop_score = 0.1\n", true, err));
    assert_int_equal(w.self->n_steps, 1);
    assert_int_equal(w.self->rows.n, 4);
    expect_lines(w.table.at, "asked for 4 of 40 labels, 4 to begin with "
                             "and 0 in 0 queries; stopped by "
                             "stop_score;");
    world_close(&w);
    assert_ok(run(&w, DATA LEARNER REST LOOP "stop_score = 1.1\n", false,
                  err));
    assert_int_equal(w.self->n_steps, 7);
    world_close(&w);
    /* A loss is to come down to it. */
    assert_ok(run(&w, DATA "valid = yes\n" LEARNER LOOP "stop_score = 0.25\n"
                      "[acquisition]\ntype = doubt\n"
                      "[evaluate]\nmetrics = brier\n", false, err));
    assert_true(active_scores(w.self, w.self->n_steps - 1, 0)[0] <= 0.25);
    for (size_t i = 0; i + 1 < w.self->n_steps; i++)
        assert_true(active_scores(w.self, i, 0)[0] > 0.25);
    assert_int_equal(w.self->end, ACTIVE_SCORE);
    world_close(&w);
}

/* Of the rows of the first fit, only those drawn last have it. */
static void
expect_second_class(const struct world *w)
{
    const struct active_rows *r = &w->self->rows;
    const size_t n = w->self->size[0];
    size_t others = 0;

    assert_true(n > 1 && n % 3 == 1);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(r->iteration[i], 0);
        others += r->label[i] != r->label[0];
        assert_true(i + 3 >= n || others == 0);
    }
    assert_true(others > 0);
}

/* Who has had enough while there is one class only is told so; what was
 * learnt before stays as it is. */
static void
test_no_second_class(void **state)
{
    struct world w;
    bool done;

    (void)state;
    assert_ok(world_open(&w, DATA "known = 0\n" LEARNER REST
                             "[metalearner]\ntype = active\nn_init = 1\n"
                             "budget = 1\n", err));
    ask_people(&w);
    w.never_after = 1;
    assert_error(w.class_->step(w.self, &w.host, 0, &w.metrics, &done, err),
                 MESA_EDATA,
                 "iteration 0, 1 labelled rows: all 1 labelled rows are of "
                 "class 'yes', nothing can be learnt");
    world_close(&w);
}

/* Seeds of one class, with a sampler and without, by a learner that goes on
 * or starts anew. */
static void
test_one_class(void **state)
{
    static const char *const learners[] = {
        LEARNER, NET, LEARNER "[sampler]\ntype = smote\nk_neighbors = 1\n",
        NET "[sampler]\ntype = smote\nk_neighbors = 1\n"
    };
    static const char *const more[] = { "", "continue_training = yes\n" };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(learners); i++) {
        for (size_t j = 0; j <= i % 2; j++) {
            char text[600];
            struct world w;

            snprintf(text, sizeof text,
                     DATA "classes = 3\n%s" REST "[metalearner]\n"
                     "type = active\nn_init = 1\nbudget = 3\n"
                     "every_class = no\nmax_iter = 6\n%s",
                     learners[i], more[j]);
            assert_ok(run(&w, text, true, err));
            /* More are drawn until there is a second class. */
            expect_second_class(&w);
            assert_int_equal(w.self->rows.n, w.self->size[0] + 15);
            assert_int_equal(w.self->n_plain > 0, i >= 2);
            world_close(&w);
        }
    }
}

/* What cannot be begun. */
static void
test_refused(void **state)
{
    static const struct {
        const char *text, *message;
        mesa_status status;
    } cases[] = {
        { DATA REST LOOP, "there is no [estimator]: what is to learn?",
          MESA_EINVAL },
        { DATA LEARNER REST LOOP "continue_training = yes\n",
          "continue_training = yes, but tree cannot go on from what it has "
          "learnt",
          MESA_EINVAL },
        { DATA LEARNER LOOP "[acquisition]\ntype = doubt\n"
          "committee = yes\n[evaluate]\nmetrics = accuracy\n",
          "acquisition doubt asks the members of an ensemble, but tree has "
          "none: forest, bagging and others have",
          MESA_EINVAL },
        { DATA "whole = yes\n" LEARNER LOOP "[acquisition]\ntype = doubt\n"
          "[evaluate]\nmetrics = accuracy\nfolds = 4\n",
          "there is no training part: folds are for compare", MESA_EDATA },
        { DATA LEARNER REST LOOP "thresholds = 0.7, 0.5, 5e-1\n",
          "[metalearner] active: thresholds: 0.5 and 5e-1 are the same",
          MESA_EINVAL },
        { DATA LEARNER REST LOOP "initial = file\n",
          "initial = file needs initial_rows", MESA_EINVAL },
        { DATA LEARNER REST LOOP "initial_rows = rows.csv\n",
          "initial_rows is for initial = file", MESA_EINVAL },
        { DATA LEARNER REST LOOP "initial = file\ninitial_rows = /no/such\n",
          "cannot open /no/such: No such file or directory",
          MESA_ENOTFOUND },
        { DATA LEARNER REST "[metalearner]\ntype = active\nn_init = 1.5\n",
          "n_init is 1.5, expected a share below 1 or a number of rows",
          MESA_EINVAL },
        { DATA LEARNER REST "[metalearner]\ntype = active\nbudget = 2.25\n",
          "budget is 2.25, expected a share below 1 or a number of rows",
          MESA_EINVAL },
        { DATA LEARNER REST "[metalearner]\ntype = active\nn_init = 41\n",
          "n_init is 41, but there are 40 training rows", MESA_EDATA },
        { DATA LEARNER REST "[metalearner]\ntype = active\nbudget = 1e15\n",
          "budget is 1000000000000000, but there are 40 training rows",
          MESA_EDATA },
        { DATA "test = no\n" LEARNER REST LOOP "stop_score = 0.5\n",
          "stop_score is 0.5, but there are no validation or test rows to "
          "score",
          MESA_EDATA },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct world w;

        assert_error(world_open(&w, cases[i].text, err), cases[i].status,
                     cases[i].message);
        world_close(&w);
    }
}

/* What fails on the way. */
static void
test_failures(void **state)
{
    static const struct {
        const char *text, *message;
        mesa_status status;
    } cases[] = {
        { DATA "classes = 4\n" LEARNER REST
          "[metalearner]\ntype = active\nn_init = 3\n",
          "n_init is 3, too few for a row of each of 4 classes; every_class = "
          "no does without",
          MESA_EINVAL },
        { DATA "gaps = yes\n" LEARNER REST LOOP "initial = kmeans\n",
          "initial = kmeans takes no missing values: [transform] impute fills "
          "them in",
          MESA_EDATA },
        { DATA "known = 5\n" LEARNER REST LOOP,
          "iteration 0, 5 labelled rows: training row 5 has no label: to be "
          "asked for it, use mesa-core query",
          MESA_EDATA },
        { DATA LEARNER "[evaluate]\nmetrics = accuracy\n" LOOP
          "[acquisition]\ntype = doubt\nbroken = yes\n",
          "iteration 0, 4 labelled rows: [acquisition] doubt: the utility of "
          "row 1 is -1, expected a number from 0",
          MESA_ENUMERIC },
        { DATA "one_class_test = yes\n" LEARNER LOOP
          "[acquisition]\ntype = doubt\n"
          "[evaluate]\nmetrics = accuracy, rocauc\n",
          "iteration 0, 4 labelled rows: test rows: rocauc needs rows of class "
          "1, there are none",
          MESA_EDATA },
        { DATA "gaps = yes\n" NET REST LOOP,
          "iteration 0, 10 labelled rows: mlp takes no missing values, but "
          "column 'x1' has some",
          MESA_EDATA },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct world w;

        assert_error(run(&w, cases[i].text, false, err), cases[i].status,
                     cases[i].message);
        world_close(&w);
    }
}

/* Distances beyond what a double holds. */
static void
test_too_far(void **state)
{
    static const double value[4] = { 1e200, -1e200, 3, 4 };
    const struct mesa_cmatrix x = { value, 4, 1, 1, NULL };
    struct mesa_rng rng;
    size_t pick[4];

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_error(active_kmeans(&x, 4, pick, &rng, err), MESA_ENUMERIC,
                 "initial = kmeans: squared distances add up to inf; "
                 "[transform] standard makes columns comparable");
}

/* A checkpoint, number by number. */
struct checkpoint {
    uint64_t state[3], row[10], iteration[10], size[20];
    double   utility[10], scores[40], kappa[20];
    int32_t  label[10], said[40];
    size_t   n_state, n_rows, n_sizes, n_scores, n_kappa, n_said;
};

/* One that loads: two steps of a run with stop_agreement. */
static const struct checkpoint good = {
    .state = { 0, 0, 0 }, .n_state = 3,
    .row = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 },
    .label = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0 },
    .n_rows = 10,
    .size = { 4 }, .n_sizes = 1,
    .n_scores = 2, .n_kappa = 1, .n_said = 40
};

static mesa_status
load(struct world *w, const struct checkpoint *c, struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    const struct {
        const char     *name;
        enum mesa_dtype dtype;
        size_t          n;
        const void     *data;
    } tensors[] = {
        { "state", MESA_U64, c->n_state, c->state },
        { "row", MESA_U64, c->n_rows, c->row },
        { "iteration", MESA_U64, 10, c->iteration },
        { "utility", MESA_F64, 10, c->utility },
        { "label", MESA_I32, 10, c->label },
        { "size", MESA_U64, c->n_sizes, c->size },
        { "scores", MESA_F64, c->n_scores, c->scores },
        { "kappa", MESA_F64, c->n_kappa, c->kappa },
        { "said", MESA_I32, c->n_said, c->said },
    };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < MESA_COUNT(tensors) && st == MESA_OK; i++)
        st = mesa_archive_put_vector(a, tensors[i].name, tensors[i].dtype,
                                     tensors[i].n, tensors[i].data, err);
    if (st == MESA_OK)
        st = w->class_->head.load(w->self, a, err);
    mesa_archive_free(a);
    return st;
}

static void
test_hostile(void **state)
{
    struct checkpoint c;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, DATA LEARNER REST LOOP "stop_agreement = 1\n",
                         err));
#define REFUSES(change, text)                                             \
    do {                                                                  \
        c = good;                                                         \
        change;                                                           \
        assert_error(load(&w, &c, err), MESA_EPARSE, text);               \
    } while (0)

    assert_ok(load(&w, &good, err));
    REFUSES(c.state[0] = 6, "state[0] is 6");
    REFUSES(c.row[3] = 40, "row[3] is 40");
    REFUSES(c.row[3] = 2, "row[3] is 2");
    REFUSES(c.label[9] = 2, "label[9] is 2");
    REFUSES(c.label[9] = -1, "label[9] is -1");
    REFUSES(c.said[39] = 2, "said[39] is 2");
    REFUSES(c.said[39] = -1, "said[39] is -1");
    REFUSES(c.size[0] = 3, "tensor 'size' does not lead to 10 labelled rows");
    REFUSES(c.size[0] = 0, "tensor 'size' does not lead to 10 labelled rows");
    REFUSES(c.size[0] = UINT64_MAX,
            "tensor 'size' does not lead to 10 labelled rows");
    REFUSES((c.n_sizes = 2, c.n_scores = 4, c.size[1] = 9),
            "tensor 'size' does not lead to 10 labelled rows");
    REFUSES(c.n_sizes = 9, "tensor 'size' is no list of at most 8 numbers");
    /* Sizes that have stopped growing. */
    REFUSES((c.n_sizes = 3, c.size[0] = 34, c.size[1] = c.size[2] = 40),
            "tensor 'size' does not lead to 10 labelled rows");
#undef REFUSES
    /* A question that is still open, and none yet. */
    c = good;
    c.n_sizes = c.n_kappa = 2;
    c.n_scores = 4;
    c.size[1] = 10;
    assert_ok(load(&w, &c, err));
    assert_int_equal(w.self->n_steps, 2);
    c = good;
    c.n_sizes = c.n_scores = 0;
    assert_ok(load(&w, &c, err));
    assert_int_equal(w.self->n_steps, 0);
    world_close(&w);
}

/* Tensors of another shape, or none; and before begin. */
static void
test_lacking(void **state)
{
    struct checkpoint c;
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_error e;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, DATA NET REST LOOP "stop_agreement = 1\n"
                             "continue_training = yes\n", err));
    assert_error(w.class_->head.load(w.self, a, err), MESA_EPARSE,
                 "there is no tensor 'state'");
    for (size_t i = 0; i < 5; i++) {
        c = good;
        *(size_t *[]){ &c.n_state, &c.n_rows, &c.n_scores, &c.n_kappa,
                       &c.n_said }[i] -= 1;
        assert_int_equal(load(&w, &c, &e), MESA_EPARSE);
        assert_non_null(strstr(e.message, "tensor '"));
    }
    /* The model to go on from is part of it. */
    assert_int_equal(load(&w, &good, &e), MESA_EPARSE);
    mesa_instance_free(w.it);
    assert_ok(mesa_instance_new(w.recipe.metalearner, &w.it, err));
    assert_error(w.class_->head.load(mesa_instance_self(w.it), a, err),
                 MESA_ESTATE, "load comes after begin");
    mesa_archive_free(a);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_stable),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_no_second_class),
        cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_too_far),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_lacking),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
