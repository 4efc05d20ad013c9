/* SPDX-License-Identifier: MIT */
/* test_compare_pictures.c - pictures of the metalearner compare. */
#include "compare_fixture.h"

static void
expect_picture(const struct world *w, const char *name, const char *lines)
{
    char *table = table_of(w, name);

    expect_lines(table, lines);
    mesa_free(table);
}

static bool
has_picture(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->report.n_plots; i++)
        if (strcmp(w->report.plot[i]->name, name) == 0)
            return true;
    return false;
}

static const struct mesa_plot *
picture(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->report.n_plots; i++)
        if (strcmp(w->report.plot[i]->name, name) == 0)
            return w->report.plot[i];
    fail_msg("there is no picture %s", name);
    return NULL;
}

/* A panel for each metric, methods in order of the first. */
static void
test_one_data_set(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, "[data]\ntype = grid\n"
                      "[metalearner]\ntype = compare\n"
                      "methods = bad, guess\n"
                      "[bad]\ntype = guess\nwrong = 2\n"
                      "[evaluate]\nmetrics = accuracy, brier\nrepeats = 2\n",
                  err));
    expect_picture(&w, "methods",
                   "panel,series,x,y\n"
                   "\"accuracy, test rows\",guess,0,1\n"
                   "\"accuracy, test rows\",guess,0,1\n\n\n"
                   "\"accuracy, test rows\",bad,1,0.75\n"
                   "\"accuracy, test rows\",bad,1,0.75\n\n\n"
                   "\"brier, test rows\",guess,0,0\n");
    assert_non_null(strstr(picture(&w, "methods")->caption,
                           "2 scores of each method, one for each fit "
                           "(repeats: 2, folds: 1): boxes"));
    assert_string_equal(picture(&w, "methods")->x_label, "method");
    assert_non_null(strstr(picture(&w, "methods")->caption,
                           "In order of mean accuracy."));
    /* Over the fits, and so without bars. */
    assert_non_null(strstr(picture(&w, "ranks")->caption,
                           "over the 2 fits on one data set"));
    assert_true(picture(&w, "ranks")->series[0].mark != MESA_MARK_SEGMENT);
    expect_picture(&w, "ranks", "\n\n\n,1,0\n,2,0\n\n\n,1,0\n,1,0.5\n");
    assert_false(has_picture(&w, "runs"));
    world_close(&w);
    /* Of one fit there are no ranks. */
    assert_ok(run(&w, "[data]\ntype = grid\n[metalearner]\ntype = compare\n"
                      "methods = guess, other\n[other]\ntype = guess\n"
                      "[evaluate]\nmetrics = accuracy\n", err));
    assert_false(has_picture(&w, "ranks"));
    world_close(&w);
}

static const char many_sets[] =
    "[data]\ntype = grid\n[b]\ntype = grid\n[c]\ntype = grid\n"
    "[d]\ntype = grid\n[e]\ntype = grid\nrows = 64\n"
    "[metalearner]\ntype = compare\ndata = data, b, c, d, e\n"
    "methods = two, guess, one, four, three\n"
    "[one]\ntype = guess\nwrong = 1\n"
    "[two]\ntype = guess\nwrong = 2\n"
    "[three]\ntype = guess\nwrong = 3\n"
    "[four]\ntype = guess\nwrong = 4\n"
    "[evaluate]\nmetrics = accuracy\n";

/* Ranks 1 ... 5 everywhere: what is three apart differs, by z = 3, p = 0.0027
 * times 8, and what is four; what is two apart does not. */
static void
test_bars(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, many_sets, err));
    expect_picture(&w, "ranks",
                   "series,x,y,to_x,to_y\n"
                   "\"no difference (Holm, 5 %)\",0.95,0.5,3.05,0.5\n"
                   "\"no difference (Holm, 5 %)\",1.95,1,4.05,1\n"
                   "\"no difference (Holm, 5 %)\",2.95,1.5,5.05,1.5"
                   "\n\n\n,");
    assert_non_null(strstr(picture(&w, "ranks")->caption,
                           "by accuracy over 5 data sets, 1 being the best. "
                           "Bars join methods of which no two differ"));
    expect_picture(&w, "methods", "panel,series,x,y\ndata,guess,0,1\n\n\n"
                                 "data,one,1,0.875\n");
    assert_non_null(strstr(picture(&w, "methods")->caption,
                           "In order of mean rank by accuracy over data "
                           "sets."));
    expect_picture(&w, "methods", "e,three,3,0.625\n\n\ne,four,4,0.5\n");
    world_close(&w);
    run_without_memory(many_sets);
}

static const char two_runs[] =
    "[data]\ntype = grid\n"
    "[metalearner]\ntype = compare\nruns = slow, fast\n"
    "[slow]\ntype = climb\nsteps = 2\nbudget = 3\n"
    "[fast]\ntype = climb\nslope = 2\nsteps = 3\nbudget = 4\n"
    "[evaluate]\nmetrics = accuracy, mcc\nrepeats = 2\n";

/* Over the labels, where all runs have them; what they do not report is left
 * out. */
static void
test_runs(void **state)
{
    char *text, *budget;
    struct world w;

    (void)state;
    assert_ok(run(&w, two_runs, err));
    assert_string_equal(picture(&w, "runs")->x_label, "labelled rows");
    assert_string_equal(picture(&w, "methods")->x_label, "run");
    assert_non_null(strstr(picture(&w, "methods")->caption,
                           "In order of mean accuracy over steps."));
    expect_picture(&w, "runs",
                   "panel,series,x,y,low,high\n"
                   "\"accuracy, test rows\",slow,9,,33,33\n"
                   "\"accuracy, test rows\",slow,12,,34,34\n\n\n"
                   "\"accuracy, test rows\",slow,9,33,,\n"
                   "\"accuracy, test rows\",slow,12,34,,\n\n\n"
                   "\"accuracy, test rows\",fast,9,,34,34\n"
                   "\"accuracy, test rows\",fast,13,,36,36\n");
    expect_picture(&w, "methods",
                   "\"accuracy, mean over steps, test rows\",fast,0,36\n"
                   "\"accuracy, mean over steps, test rows\",fast,0,36\n");
    expect_picture(&w, "methods",
                   "\"accuracy at the end, test rows\",slow,1,34\n");
    world_close(&w);
    run_without_memory(two_runs);
    text = mesa_strdup(two_runs);
    budget = strstr(text, "budget = 3");
    memcpy(budget, "budget = 0", 10);
    assert_ok(run(&w, text, err));
    assert_string_equal(picture(&w, "runs")->x_label, "step");
    expect_picture(&w, "runs", "\"accuracy, test rows\",slow,0,33,,\n");
    world_close(&w);
    mesa_free(text);
}

/* Of 22 rows and of 21, in turns: two folds of three make one step more, on
 * other rows, and are drawn as far as all went. */
static void
test_uneven_runs(void **state)
{
    static const char text[] =
        "[data]\ntype = grid\nwhole = yes\n"
        "[metalearner]\ntype = compare\nruns = climb, even\n"
        "[climb]\ntype = climb\nslope = 0.01\nuneven = yes\n"
        "[even]\ntype = climb\nslope = -7\nsteps = 3\n"
        "[evaluate]\nmetrics = accuracy\nfolds = 3\n";
    struct world w;
    char *table;

    (void)state;
    assert_ok(run(&w, text, err));
    table = table_of(&w, "runs");
    assert_non_null(strstr(table, "\nclimb,1,"));
    assert_null(strstr(table, "\nclimb,2,"));
    /* 0, 0, and 1 in the last step: 0.33 and 1.43 to either side. */
    assert_non_null(strstr(table, "\neven,2,,0,1\n"));
    assert_non_null(strstr(picture(&w, "runs")->caption,
                           "up to the last step that all of them reached"));
    mesa_free(table);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_data_set),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_uneven_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
