/* SPDX-License-Identifier: MIT */
/*
 * test_compare_run.c - the metalearner compare from begin to report, with
 * methods whose scores are known.
 */
#include "compare_fixture.h"

static const char two_methods[] =
    "[data]\ntype = grid\n"
    "[metalearner]\ntype = compare\n"
    "methods = guess(wrong=1), guess(wrong=0, fails_at=7)\n"
    "[evaluate]\nmetrics = accuracy, brier\n";

/* Everything there is of one data set in its parts. */
static void
test_one_data_set(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, two_methods, err));
    assert_string_equal(file_of(&w, "compare.csv"),
                        "data,method,repeat,fold,split,metric,value\n"
                        "data,guess(wrong=1),0,0,train,accuracy,0.875\n"
                        "data,guess(wrong=1),0,0,train,brier,0.125\n"
                        "data,guess(wrong=1),0,0,test,accuracy,0.875\n"
                        "data,guess(wrong=1),0,0,test,brier,0.125\n"
                        "data,guess(wrong=1),0,0,train,rows,33\n"
                        "data,\"guess(wrong=0, fails_at=7)\",0,0,train,"
                        "accuracy,1\n"
                        "data,\"guess(wrong=0, fails_at=7)\",0,0,train,"
                        "brier,0\n"
                        "data,\"guess(wrong=0, fails_at=7)\",0,0,test,"
                        "accuracy,1\n"
                        "data,\"guess(wrong=0, fails_at=7)\",0,0,test,"
                        "brier,0\n"
                        "data,\"guess(wrong=0, fails_at=7)\",0,0,train,"
                        "rows,32\n");
    assert_string_equal(w.rows.at,
                        "0,train,guess(wrong=1).accuracy,0.875\n"
                        "0,train,guess(wrong=1).brier,0.125\n"
                        "0,test,guess(wrong=1).accuracy,0.875\n"
                        "0,test,guess(wrong=1).brier,0.125\n"
                        "0,train,\"guess(wrong=0, fails_at=7).accuracy\",1\n"
                        "0,train,\"guess(wrong=0, fails_at=7).brier\",0\n"
                        "0,test,\"guess(wrong=0, fails_at=7).accuracy\",1\n"
                        "0,test,\"guess(wrong=0, fails_at=7).brier\",0\n");
    expect_lines(w.table.at, "ranked by accuracy of the test rows\n"
                             "rank  method                      train        "
                             "    test              rows used      fit ms\n"
                             "   1  guess(wrong=0, fails_at=7)  1.000        "
                             "    1.000                    32  ");
    expect_lines(w.table.at, "no test of differences: it takes two or more "
                             "data sets and methods, here are 1 and 2\n");
    assert_null(strstr(w.table.at, "mean +-"));
    expect_lines(w.summary.at, "        \"brier\": {\n"
                               "          \"mean\": 0.125,\n"
                               "          \"std\": 0,\n"
                               "          \"n\": 1\n        }\n");
    assert_null(strstr(w.summary.at, "friedman"));
    assert_int_equal(w.report.n_times, 2);
    assert_string_equal(w.report.time[0].key, "guess(wrong=1)");
    world_close(&w);
}

/* Smaller is better where the leading metric is a loss; ties in the order
 * the methods are listed. */
static void
test_ranking(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, "[data]\ntype = grid\n"
                      "[metalearner]\ntype = compare\n"
                      "methods = c, a, b, guess\n"
                      "[a]\ntype = guess\nwrong = 2\n"
                      "[b]\ntype = guess\nwrong = 1\n"
                      "[c]\ntype = guess\nwrong = 2\n"
                      "[evaluate]\nmetrics = brier\n", err));
    expect_lines(w.table.at, "ranked by brier of the test rows\n");
    expect_lines(w.table.at, "   1  guess   0.000");
    expect_lines(w.table.at, "   2  b       0.125");
    expect_lines(w.table.at, "   3  c       0.250");
    expect_lines(w.table.at, "   4  a       0.250");
    world_close(&w);
}

static const char three_sets[] =
    "[data]\ntype = grid\n"
    "[hard]\ntype = grid\nhard = 1\nrows = 16\n"
    "[harder]\ntype = grid\nhard = 2\n"
    "[metalearner]\ntype = compare\ndata = data, hard, harder\n"
    "methods = guess, one, two, same\n"
    "[one]\ntype = guess\nwrong = 1\n"
    "[two]\ntype = guess\nwrong = 2\n"
    "[same]\ntype = guess\nwrong = 2\n"
    "[evaluate]\nmetrics = accuracy\nrepeats = 2\n";

/* Ranks 1, 2, 3.5, 3.5 on each of three sets; the statistic is what
 * friedmanchisquare of SciPy 1.15 gives. */
static void
test_several_data_sets(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, three_sets, err));
    expect_lines(w.table.at, "data harder, ranked by accuracy of the test "
                             "rows\n");
    expect_lines(w.table.at, "   1  guess   0.750 +- 0.000   0.750 +- 0.000  "
                             "         32  ");
    expect_lines(w.table.at,
                 "mean ranks over 3 data sets\n"
                 "rank  method  mean rank\n"
                 "   1  guess        1.00\n"
                 "   2  one          2.00\n"
                 "   3  two          3.50\n"
                 "   4  same         3.50\n"
                 "Friedman: chi-square 9.000, 3 degrees of freedom, p = "
                 "0.0293\n"
                 "no pair differs at 0.05 (Holm)\n");
    expect_lines(w.table.at, "mean +- standard deviation of 2 fits; ");
    expect_lines(w.summary.at, "      \"guess - two\": {\n");
    expect_lines(w.summary.at, "    \"chi_square\": 9.0000000000000");
    expect_lines(w.summary.at, "    \"degrees\": 3,\n    \"p\": 0.029290");
    expect_lines(file_of(&w, "compare.csv"),
                 "hard,two,1,0,test,accuracy,0.625\n"
                 "hard,two,1,0,train,rows,18\n"
                 "hard,same,0,0,train,accuracy,0.625\n");
    expect_lines(w.rows.at, "1,test,harder.same.accuracy,0.5\n");
    assert_int_equal(w.report.n_times, 12);
    assert_string_equal(w.report.time[5].key, "hard.one");
    world_close(&w);
}

/* Folds of one table; what is reported does not depend on threads. */
static void
test_threads(void **state)
{
    static const char text[] = "[data]\ntype = grid\nwhole = true\n"
                               "[metalearner]\ntype = compare\n"
                               "methods = guess, b\n[b]\ntype = guess\n"
                               "wrong = 3\n[evaluate]\nfolds = 5\n"
                               "repeats = 3\nmetrics = accuracy\n";
    struct world one, five;

    (void)state;
    assert_ok(run(&one, text, err));
    assert_ok(mesa_parallel_set_threads(5, err));
    assert_ok(run(&five, text, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_string_equal(one.rows.at, five.rows.at);
    assert_string_equal(one.summary.at, five.summary.at);
    assert_string_equal(file_of(&one, "compare.csv"),
                        file_of(&five, "compare.csv"));
    /* 32 rows: folds of 6 and 7, four fifths of them to learn from. */
    expect_lines(one.summary.at, "\"rows\": {\n        \"mean\": 25.6,\n");
    expect_lines(one.table.at, "mean +- standard deviation of 15 fits; ");
    world_close(&one);
    world_close(&five);
}

/* Means of whole numbers: 15 times 30 rows are 30 on average. */
static void
test_mean_rows_are_whole(void **state)
{
    struct world w;

    (void)state;
    for (int rows = 8; rows <= 120; rows += 8) {
        char text[300], expected[80];

        snprintf(text, sizeof text,
                 "[data]\ntype = grid\nrows = %d\n"
                 "[metalearner]\ntype = compare\nmethods = guess\n"
                 "[evaluate]\nrepeats = 49\nmetrics = accuracy\n", rows);
        assert_ok(run(&w, text, err));
        snprintf(expected, sizeof expected,
                 "\"rows\": {\n        \"mean\": %d,\n        \"std\": 0,\n",
                 rows);
        expect_lines(w.summary.at, expected);
        world_close(&w);
    }
}

/* Saved after any step and loaded by another: the same report, but for the
 * times. */
static void
test_resume(void **state)
{
    struct world whole;

    (void)state;
    assert_ok(run(&whole, three_sets, err));
    for (uint64_t cut = 0; cut < 2; cut++) {
        struct mesa_archive *a = mesa_archive_new();
        struct world before, after;
        bool done = false;

        assert_ok(world_open(&before, three_sets, err));
        assert_int_equal(before.class_->total(mesa_instance_view(before.it),
                                              &before.host), 2);
        for (uint64_t i = 0; i < cut; i++)
            assert_ok(step(&before, i, &done, err));
        assert_false(done);
        assert_ok(mesa_instance_save(before.it, a, "loop", 0, err));
        assert_ok(world_open(&after, three_sets, err));
        assert_ok(mesa_instance_load(after.it, a, "loop", 0, err));
        for (uint64_t i = cut; i < 2; i++)
            assert_ok(step(&after, i, &done, err));
        assert_true(done);
        mesa_json_open(&after.json, '{');
        assert_ok(after.class_->report(mesa_instance_view(after.it),
                                       &after.host, &after.report, err));
        mesa_json_close(&after.json, '}');
        assert_string_equal(after.summary.at, whole.summary.at);
        assert_string_equal(file_of(&after, "compare.csv"),
                            file_of(&whole, "compare.csv"));
        mesa_archive_free(a);
        world_close(&before);
        world_close(&after);
    }
    world_close(&whole);
}

/* Asked to stop in the middle of a step: its fits are kept, none is made
 * again, and it all ends as if nobody had asked. */
static void
test_stop(void **state)
{
    static const char text[] =
        "[data]\ntype = grid\n"
        "[metalearner]\ntype = compare\n"
        "methods = guess(wrong=1), guess(stops=yes), guess(wrong=2)\n"
        "[evaluate]\nmetrics = accuracy\nrepeats = 2\n";
    struct mesa_archive *a = mesa_archive_new();
    struct world whole, before, after;
    atomic_bool heard = false;
    bool done = false;

    (void)state;
    fits = 0;
    assert_ok(run(&whole, text, err));
    assert_int_equal(fits, 6);
    stop = false; /* whichever was fitted last: that depends on times */
    assert_ok(world_open(&before, text, err));
    before.host.stop = &stop;
    before.host.heard = &heard;
    assert_ok(step(&before, 0, &done, err));
    assert_true(atomic_load(&heard));
    assert_int_equal(fits, 8);
    assert_int_equal(before.rows.n, 0);
    assert_ok(mesa_instance_save(before.it, a, "loop", 0, err));
    assert_ok(world_open(&after, text, err));
    assert_ok(mesa_instance_load(after.it, a, "loop", 0, err));
    assert_ok(step(&after, 0, &done, err));
    assert_int_equal(fits, 9);
    assert_ok(step(&after, 1, &done, err));
    assert_true(done);
    assert_string_equal(after.rows.at, whole.rows.at);
    assert_ok(after.class_->report(mesa_instance_view(after.it), &after.host,
                                   &after.report, err));
    assert_string_equal(file_of(&after, "compare.csv"),
                        file_of(&whole, "compare.csv"));
    mesa_archive_free(a);
    world_close(&whole);
    world_close(&before);
    world_close(&after);
}

/* All fits done elsewhere: no times at all, and a step too many is none. */
static void
test_after_the_end(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct world w, after;
    bool done = false;

    (void)state;
    assert_ok(run(&w, three_sets, err));
    assert_ok(mesa_instance_save(w.it, a, "loop", 0, err));
    assert_ok(world_open(&after, three_sets, err));
    assert_ok(mesa_instance_load(after.it, a, "loop", 0, err));
    assert_ok(step(&after, 2, &done, err));
    assert_true(done);
    assert_int_equal(after.rows.n, 0);
    mesa_json_open(&after.json, '{');
    assert_ok(after.class_->report(mesa_instance_view(after.it), &after.host,
                                   &after.report, err));
    mesa_json_close(&after.json, '}');
    assert_int_equal(after.report.n_times, 0);
    assert_string_equal(file_of(&after, "compare_times.csv"),
                        "data,method,repeat,fold,seconds\n");
    expect_lines(after.table.at, "        32           -\n");
    assert_string_equal(after.summary.at, w.summary.at);
    mesa_archive_free(a);
    world_close(&after);
    world_close(&w);
}

/* Archives of another comparison, and broken ones. */
static void
test_hostile_archives(void **state)
{
    const size_t values = 12, few = 11, places = 2;
    double score[12] = { 0 };
    uint64_t rows[2] = { 0 };
    struct mesa_archive *a;
    struct world w, other;

    (void)state;
    assert_ok(world_open(&w, two_methods, err));
    a = mesa_archive_new();
    assert_ok(mesa_archive_put_vector(a, "scores", MESA_F64, few, score,
                                      err));
    assert_int_equal(w.class_->head.load(mesa_instance_self(w.it), a, NULL),
                     MESA_EPARSE);
    mesa_archive_free(a);
    a = mesa_archive_new();
    assert_error(w.class_->head.load(mesa_instance_self(w.it), a, err),
                 MESA_EPARSE, "there is no tensor 'scores'");
    assert_ok(mesa_archive_put_vector(a, "scores", MESA_F64, values, score,
                                      err));
    assert_error(w.class_->head.load(mesa_instance_self(w.it), a, err),
                 MESA_EPARSE, "there is no tensor 'rows'");
    assert_ok(mesa_archive_put_vector(a, "rows", MESA_U64, places, rows,
                                      err));
    assert_ok(w.class_->head.load(mesa_instance_self(w.it), a, err));
    mesa_archive_free(a);
    assert_ok(world_open(&other, three_sets, err));
    a = mesa_archive_new();
    assert_ok(mesa_instance_save(other.it, a, "loop", 0, err));
    assert_int_equal(mesa_instance_load(w.it, a, "loop", 0, NULL),
                     MESA_EPARSE);
    mesa_archive_free(a);
    world_close(&other);
    mesa_instance_free(w.it);
    assert_ok(mesa_instance_new(w.recipe.metalearner, &w.it, err));
    a = mesa_archive_new();
    assert_error(w.class_->head.load(mesa_instance_self(w.it), a, err),
                 MESA_ESTATE, "load comes after begin");
    mesa_archive_free(a);
    world_close(&w);
}

/* Whoever fails is named, with data set, repeat and fold as far as there
 * are several. */
static void
test_failures(void **state)
{
    static const struct {
        const char *evaluate, *message;
    } cases[] = {
        { "methods = guess, b\n",
          "method b, repeat 0: [b] guess: 32 rows" },
        { "methods = guess, b\ndata = data\n",
          "data data, method b, repeat 0: [b] guess: 32 rows" },
        { "methods = guess, b\ndata = small, data\n[small]\ntype = grid\n"
          "rows = 8\n",
          "data data, method b, repeat 0: [b] guess: 32 rows" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        struct world w;

        snprintf(text, sizeof text,
                 "[data]\ntype = grid\n[b]\ntype = guess\nfails_at = 32\n"
                 "[evaluate]\nmetrics = accuracy\n"
                 "[metalearner]\ntype = compare\n%s", cases[i].evaluate);
        assert_error(run(&w, text, err), MESA_EDATA, cases[i].message);
        world_close(&w);
    }
}

/* The second repeat begins with what took longest in the first; whoever is
 * first in the list is to blame all the same. */
static void
test_order_of_failures(void **state)
{
    struct world w;

    (void)state;
    fits = 0;
    assert_error(run(&w, "[data]\ntype = grid\n[metalearner]\n"
                         "type = compare\nmethods = b, a\n"
                         "[a]\ntype = guess\nlasts = 2\nslow = yes\n"
                         "[b]\ntype = guess\nlasts = 2\n"
                         "[evaluate]\nmetrics = accuracy\nrepeats = 2\n",
                     err),
                 MESA_EDATA, "method b, repeat 1: [b] guess: 2 fits");
    world_close(&w);
}

static void
test_failing_fold(void **state)
{
    struct mesa_error err;
    struct world w;

    (void)state;
    assert_int_equal(run(&w, "[data]\ntype = grid\nwhole = true\n"
                             "rows = 40\n[metalearner]\ntype = compare\n"
                             "methods = b\n[b]\ntype = guess\n"
                             "fails_at = 32\n[evaluate]\nfolds = 5\n"
                             "metrics = accuracy\n", &err), MESA_EDATA);
    assert_string_equal(err.message,
                        "method b, repeat 0, fold 0: [b] guess: 32 rows");
    world_close(&w);
    assert_int_equal(run(&w, "[data]\ntype = grid\n[small]\ntype = grid\n"
                             "whole = true\nrows = 8\n[metalearner]\n"
                             "type = compare\nmethods = guess\n"
                             "data = data, small\n[evaluate]\nfolds = 4\n"
                             "metrics = accuracy\n", &err), MESA_EDATA);
    assert_string_equal(err.message,
                        "data small, method guess, repeat 0, fold 0: class "
                        "'yes' has 2 rows but there are 4 folds");
    world_close(&w);
}

static void
test_memory(void **state)
{
    (void)state;
    run_without_memory(three_sets);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_data_set),
        cmocka_unit_test(test_ranking),
        cmocka_unit_test(test_several_data_sets),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_mean_rows_are_whole),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_hostile_archives),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_order_of_failures),
        cmocka_unit_test(test_failing_fold),
        cmocka_unit_test(test_memory),
    };

    assert_ok(mesa_parallel_set_threads(1, err));
    return cmocka_run_group_tests_name("compare_run", tests, NULL, NULL);
}
