/* SPDX-License-Identifier: MIT */
/*
 * test_active.c - the metalearner active from begin to report: what it asks
 * for, what it says, and that nothing depends on where it is interrupted.
 */
#include "active_fixture.h"

/* Four rows, then six at a time, until all forty are labelled. */
static void
test_all_rows(void **state)
{
    struct world w;
    const char *queries;

    (void)state;
    assert_ok(run(&w, DATA LEARNER REST LOOP, false, err));
    queries = queries_of(&w);
    expect_lines(queries, "row,iteration,utility,label\n");
    assert_int_equal(count_lines(queries, "\n"), 41);
    assert_int_equal(count_lines(queries, ",0,,"), 4);
    assert_int_equal(count_lines(queries, ",6,"), 6);
    assert_int_equal(count_lines(queries, ",yes\n"), 8);
    for (size_t r = 0; r < 40; r++)
        assert_true(w.self->rows.taken[r]);
    expect_lines(w.rows.at, "0,,labelled,4\n0,test,accuracy,0.");
    expect_lines(w.rows.at, "6,,labelled,40\n6,test,accuracy,0.");
    assert_int_equal(count_lines(w.rows.at, "\n"),
                     14 + count_lines(w.rows.at, "6,test,dur@"));
    assert_null(strstr(w.rows.at, "agreement"));
    expect_lines(w.summary.at, "  \"active\": {\n"
                               "    \"iterations\": 7,\n"
                               "    \"queries\": 6,\n"
                               "    \"begun_with\": 4,\n"
                               "    \"asked\": 40,\n"
                               "    \"labelled\": 40,\n"
                               "    \"not_resampled\": 0,\n"
                               "    \"stopped_by\": \"pool_empty\"\n  }\n");
    expect_lines(w.table.at, "asked for 40 of 40 labels, 4 to begin with and "
                             "36 in 6 queries; stopped by pool_empty; area "
                             "under the learning curve (accuracy): test 0.");
    assert_null(w.said.at);
    /* What [evaluate] fits on is what has been labelled. */
    assert_int_equal(w.train_on->x.rows, 40);
    assert_int_equal(w.train_on->flags, 0);
    world_close(&w);
}

/* The last query takes what is left; one may ask for all at once. */
static void
test_batches(void **state)
{
    static const struct {
        const char *lines;
        uint64_t    total;
        size_t      n_steps, last;
    } cases[] = {
        { "n_init = 4\nbudget = 6\nmax_iter = 3\n", 3, 3, 16 },
        { "n_init = 4\nbudget = 6\nmax_iter = 30\n", 7, 7, 40 },
        { "n_init = 3\nbudget = 40\n", 2, 2, 40 },
        { "n_init = 40\nbudget = 1\n", 1, 1, 40 },
        { "n_init = 0.1\nbudget = 0.25\n", 5, 5, 40 },
        { "n_init = 2\nbudget = 0.001\n", 39, 39, 40 },
        { "n_init = 30\nbudget = 3\nmax_iter = 1\n", 1, 1, 30 },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        char text[400];
        struct world w;

        snprintf(text, sizeof text,
                 DATA LEARNER REST "[metalearner]\ntype = active\n%s",
                 cases[i].lines);
        assert_ok(world_open(&w, text, err));
        assert_int_equal(w.class_->total(w.self, &w.host), cases[i].total);
        /* Also a checkpoint of the last step is as good as any. */
        assert_ok(steps(&w, true, err));
        assert_int_equal(w.self->n_steps, cases[i].n_steps);
        assert_int_equal(w.self->rows.n, cases[i].last);
        assert_int_equal(w.self->size[cases[i].n_steps - 1], cases[i].last);
        world_close(&w);
    }
}

/* The most doubtful rows first, ties to the lower one. */
static void
test_order(void **state)
{
    struct world w;
    bool done;

    (void)state;
    assert_ok(world_open(&w, DATA LEARNER REST LOOP, err));
    assert_ok(w.class_->step(w.self, &w.host, 0, &w.metrics, &done, err));
    assert_false(done);
    assert_int_equal(w.self->rows.n, 10);
    for (size_t i = 5; i < 10; i++) {
        const struct active_rows *r = &w.self->rows;

        assert_true(r->utility[i] < r->utility[i - 1] ||
                    (r->utility[i] == r->utility[i - 1] &&
                     r->row[i] > r->row[i - 1]));
        assert_int_equal(r->iteration[i], 1);
        assert_int_equal(r->label[i], r->row[i] % 5 == 0);
    }
    world_close(&w);
}

static void
assert_same(const struct world *a, const struct world *b)
{
    assert_string_equal(a->rows.at, b->rows.at);
    assert_string_equal(queries_of(a), queries_of(b));
    assert_string_equal(a->summary.at, b->summary.at);
    assert_string_equal(a->table.at, b->table.at);
}

#define GAPS "[data]\ntype = pool\ngaps = yes\nvalid = yes\nclasses = 3\n"
#define IMPUTE "[transform]\ntype = impute\n"
#define SMOTE "[sampler]\ntype = smote\nk_neighbors = 2\n"

/* Saved and loaded after every step, with everything there is to save. */
static void
test_resume(void **state)
{
    static const char *const cases[] = {
        DATA LEARNER REST LOOP,
        GAPS IMPUTE LEARNER SMOTE REST LOOP "stop_agreement = 1\n",
        DATA NET REST LOOP "continue_training = yes\nmax_iter = 5\n",
        GAPS IMPUTE NET SMOTE REST LOOP "continue_training = yes\n"
            "stop_agreement = 1\nstop_window = 1\nmax_iter = 4\n",
        DATA NET REST LOOP "initial = kmeans\nstop_score = 0.9\n",
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct world a, b;

        assert_ok(run(&a, cases[i], false, err));
        assert_ok(run(&b, cases[i], true, err));
        assert_same(&a, &b);
        assert_int_equal(a.self->rows.n, b.self->rows.n);
        world_close(&b);
        world_close(&a);
    }
}

/* Answers that come late change nothing, in this process or in another. */
static void
test_late(void **state)
{
    static const char *const cases[] = {
        DATA "known = 0\n" LEARNER REST LOOP,
        DATA "known = 0\n" LEARNER SMOTE REST LOOP "stop_agreement = 1\n",
        DATA "known = 0\n" NET REST LOOP
            "continue_training = yes\nmax_iter = 5\n",
        DATA "known = 7\n" NET REST LOOP "stop_agreement = 1\n",
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct world at_once, late, later;

        assert_ok(world_open(&at_once, cases[i], err));
        ask_people(&at_once);
        assert_ok(steps(&at_once, false, err));
        assert_ok(world_open(&late, cases[i], err));
        ask_people(&late);
        late.late = true;
        assert_ok(steps(&late, false, err));
        assert_same(&at_once, &late);
        assert_int_equal(late.asked, 2 * at_once.asked);
        assert_ok(world_open(&later, cases[i], err));
        ask_people(&later);
        later.late = true;
        assert_ok(steps(&later, true, err));
        assert_same(&at_once, &later);
        world_close(&later);
        world_close(&late);
        world_close(&at_once);
    }
}

/* What the data know is not asked for, and counts. */
static void
test_known(void **state)
{
    struct world w;

    (void)state;
    assert_ok(world_open(&w, DATA "known = 10\n" LEARNER REST LOOP, err));
    assert_int_equal(w.class_->total(w.self, &w.host), 6);
    ask_people(&w);
    assert_ok(steps(&w, true, err));
    assert_int_equal(w.asked, 5);
    assert_int_equal(w.first_rows, 6);
    expect_lines(queries_of(&w), "label\n0,0,,yes\n1,0,,no\n");
    expect_lines(w.rows.at, "0,,labelled,10\n");
    expect_lines(w.table.at, "asked for 30 of 30 labels in 5 queries;");
    expect_lines(w.summary.at, "\"queries\": 5,\n    \"begun_with\": 0,\n"
                               "    \"asked\": 30,\n"
                               "    \"labelled\": 40,\n");
    assert_int_equal(w.train_on->flags, 0);
    world_close(&w);
    assert_ok(world_open(&w, DATA "known = 0\n" LEARNER REST LOOP, err));
    ask_people(&w);
    assert_ok(steps(&w, false, err));
    assert_int_equal(w.first_rows, 4);
    world_close(&w);
}

/* Somebody has had enough, before or after the first answer. */
static void
test_told(void **state)
{
    struct world w;

    (void)state;
    for (int resumed = 0; resumed < 2; resumed++) {
        assert_ok(world_open(&w, DATA "known = 0\n" LEARNER REST LOOP, err));
        ask_people(&w);
        w.never_after = 3;
        assert_ok(steps(&w, resumed, err));
        assert_int_equal(w.self->rows.n, 16);
        expect_lines(w.table.at, "asked for 16 of 40 labels, 4 to begin with "
                                 "and 12 in 2 queries; stopped by told;");
        expect_lines(w.summary.at, "\"stopped_by\": \"told\"");
        world_close(&w);
    }
    assert_ok(world_open(&w, DATA "known = 0\n" LEARNER REST LOOP, err));
    ask_people(&w);
    w.never_after = 1;
    w.asked = 1;
    assert_error(steps(&w, false, err), MESA_EDATA,
                 "no row has a label, nothing can be learnt");
    world_close(&w);
}

/* Rows that the sampler refuses are learnt from as they are, and that is said
 * once. */
static void
test_sampler(void **state)
{
    struct world w, more;

    (void)state;
    for (int resumed = 0; resumed < 2; resumed++) {
        assert_ok(run(&w, DATA LEARNER "[sampler]\ntype = smote\n" REST LOOP,
                      resumed, err));
        assert_string_equal(w.said.at,
                            "4 labelled rows are learnt from as they are: "
                            "[sampler] smote: class yes has 1 row, which "
                            "leaves no neighbour\n");
        assert_true(w.self->n_plain > 0 && w.self->n_plain < 7);
        expect_lines(w.rows.at, "0,,labelled,4\n0,,resampled,0\n");
        expect_lines(w.rows.at, "6,,labelled,40\n6,,resampled,1\n");
        assert_int_equal(count_lines(w.rows.at, ",,resampled,0\n"),
                         w.self->n_plain);
        assert_ok(run(&more, DATA LEARNER REST LOOP, false, err));
        assert_string_not_equal(w.rows.at, more.rows.at);
        assert_null(strstr(more.rows.at, "resampled"));
        world_close(&more);
        world_close(&w);
    }
}

/* It is said where it has refused them to the end; missing values, which more
 * rows do not mend, are no reason to go on. */
static void
test_sampler_that_refuses(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, DATA LEARNER "[sampler]\ntype = smote\n" REST LOOP
                      "max_iter = 1\n", false, err));
    expect_lines(w.said.at, "leaves no neighbour\n[sampler] has refused the "
                            "labelled rows each time: no model was made of "
                            "resampled rows\n");
    world_close(&w);
    assert_error(run(&w, GAPS LEARNER "[sampler]\ntype = smote\n" REST
                         "[metalearner]\ntype = active\nn_init = 20\n",
                     false, err),
                 MESA_EDATA,
                 "iteration 0, 20 labelled rows: smote takes no missing "
                 "values, but column 'x1' has some");
    world_close(&w);
}

/* [evaluate]'s scores of both parts in each step, the leading one added up. */
static void
test_scores(void **state)
{
    struct world w;
    double sum[2] = { 0, 0 }, least = 1;

    (void)state;
    assert_ok(run(&w, DATA "valid = yes\n" LEARNER LOOP
                      "thresholds = 0.5, 0.85, 1.5\n"
                      "[acquisition]\ntype = doubt\n"
                      "[evaluate]\nmetrics = fscore, brier\n", false, err));
    for (size_t i = 0; i < 7; i++)
        for (size_t part = 0; part < 2; part++)
            sum[part] += active_scores(w.self, i, part)[0];
    assert_bits_equal(score_of(&w, "valid", "aulc"), sum[0] / 7);
    assert_bits_equal(score_of(&w, "test", "aulc"), sum[1] / 7);
    for (size_t i = 7; i-- > 0;)
        if (active_scores(w.self, i, 1)[0] >= 0.5)
            least = (double)w.self->size[i] / 40;
    assert_bits_equal(score_of(&w, "test", "dur@0.5"), least);
    assert_true(isnan(score_of(&w, "test", "dur@1.5")));
    /* The last step has those, too, but for what has not been reached. */
    expect_lines(w.rows.at, "\n6,test,dur@0.5,");
    assert_int_equal(count_lines(w.rows.at, ",test,dur@0.5,"), 1);
    assert_int_equal(count_lines(w.rows.at, "dur@1.5"), 0);
    assert_int_equal(w.report.n_scores, 8);
    assert_int_equal(count_lines(w.rows.at, "valid,brier,"), 7);
    assert_int_equal(count_lines(w.rows.at, "test,fscore,"), 7);
    expect_lines(w.table.at, " curve (fscore): valid 0.");
    expect_lines(w.table.at, ", test 0.");
    world_close(&w);
    /* Where less is better, a score is reached from above. */
    assert_ok(run(&w, DATA LEARNER LOOP "thresholds = 0.9\n"
                      "[acquisition]\ntype = doubt\n"
                      "[evaluate]\nmetrics = brier\n", false, err));
    assert_bits_equal(score_of(&w, "test", "dur@0.9"), 0.1);
    world_close(&w);
    /* Nothing to score on: the loop does without. */
    assert_ok(run(&w, DATA "test = no\n" LEARNER REST LOOP, true, err));
    assert_int_equal(w.report.n_scores, 0);
    assert_string_equal(w.table.at, "asked for 40 of 40 labels, 4 to begin "
                                    "with and 36 in 6 queries; stopped by "
                                    "pool_empty\n");
    assert_int_equal(count_lines(w.rows.at, "\n"), 7);
    world_close(&w);
}

/* A label with a comma, in quotes. */
static void
test_labels(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, DATA "classes = 4\n" LEARNER REST LOOP, false, err));
    assert_int_equal(count_lines(queries_of(&w), ",\"a,b\"\n"), 3);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_rows),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_sampler),
        cmocka_unit_test(test_sampler_that_refuses),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_labels),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
