/* SPDX-License-Identifier: MIT */
/*
 * test_compare_runs.c - the metalearner compare with runs of metalearners
 * whose figures are known.
 */
#include "compare_fixture.h"

static const char two_runs[] =
    "[data]\ntype = grid\n"
    "[metalearner]\ntype = compare\nruns = slow, fast\n"
    "[slow]\ntype = climb\nsteps = 2\n"
    "[fast]\ntype = climb\nsteps = 3\nslope = 2\n"
    "[evaluate]\nmetrics = accuracy\nrepeats = 2\n";

/* Lines of a file of the report that have this in them, and no others. */
static char *
lines_with(const char *text, const char *what)
{
    struct mesa_text out = { .failed = false };

    while (*text) {
        const size_t n = strcspn(text, "\n") + 1;
        char line[200];

        snprintf(line, sizeof line, "%.*s", (int)n, text);
        if (strstr(line, what))
            mesa_text_add(&out, line);
        text += n;
    }
    return mesa_text_take(&out);
}

static void
expect_only(const struct world *w, const char *file, const char *what,
            const char *lines)
{
    char *got = lines_with(file_of(w, file), what);

    assert_string_equal(got, lines);
    mesa_free(got);
}

/* 32 rows, repeats that are alike but for what is drawn. */
static void
test_one_data_set(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, two_runs, err));
    expect_lines(file_of(&w, "curves.csv"),
                 "run,split,metric,step,mean,low,high,n\nslow,,draw,0,");
    expect_only(&w, "curves.csv", ",accuracy,",
                "slow,test,accuracy,0,33,33,33,2\n"
                "slow,test,accuracy,1,34,34,34,2\n"
                "fast,test,accuracy,0,34,34,34,2\n"
                "fast,test,accuracy,1,36,36,36,2\n"
                "fast,test,accuracy,2,38,38,38,2\n");
    expect_only(&w, "compare.csv", ",test,",
                "data,slow,0,0,test,accuracy,34\n"
                "data,slow,0,0,test,aulc,33.5\n"
                "data,slow,1,0,test,accuracy,34\n"
                "data,slow,1,0,test,aulc,33.5\n"
                "data,fast,0,0,test,accuracy,38\n"
                "data,fast,0,0,test,aulc,36\n"
                "data,fast,1,0,test,accuracy,38\n"
                "data,fast,1,0,test,aulc,36\n");
    expect_lines(file_of(&w, "compare.csv"), "data,fast,1,0,,steps,3\n");
    expect_lines(w.rows.at, "0,test,slow.accuracy,34\n"
                            "0,test,slow.aulc,33.5\n"
                            "0,,fast.draw,");
    expect_lines(w.table.at,
                 "ranked by aulc, the mean over steps of accuracy of the test "
                 "rows\n"
                 "rank  run   aulc                     at the end            "
                 "      steps      run ms\n"
                 "   1  fast  36.000 [36.000, 36.000]  38.000 [38.000, "
                 "38.000]       3.0  ");
    expect_lines(w.table.at, "no test of differences: it takes two or more "
                             "data sets and runs, here are 1 and 2\n"
                             "mean of 2 runs [95 % interval]; ");
    expect_lines(w.summary.at, "      \"test\": {\n"
                               "        \"accuracy\": {\n"
                               "          \"mean\": 34,\n"
                               "          \"std\": 0,\n"
                               "          \"n\": 2\n        },\n"
                               "        \"aulc\": {\n"
                               "          \"mean\": 33.5,\n");
    expect_lines(w.summary.at, "      \"steps\": {\n        \"mean\": 3,\n");
    assert_int_equal(w.report.n_times, 2);
    world_close(&w);
}

/* What repeat of which run has drawn last. */
static double
draw_of(const struct world *w, const char *where)
{
    char *line = lines_with(file_of(w, "compare.csv"), where);
    double draw;

    assert_int_equal(sscanf(strrchr(line, ',') + 1, "%lf", &draw), 1);
    mesa_free(line);
    return draw;
}

/* The same streams for all runs of a repeat, others in the next. */
static void
test_common_numbers(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, "[data]\ntype = grid\n[metalearner]\ntype = compare\n"
                      "runs = climb, b\n[b]\ntype = climb\nslope = 2\n"
                      "[evaluate]\nmetrics = accuracy\nrepeats = 2\n", err));
    assert_bits_equal(draw_of(&w, "climb,0,0,,draw"),
                      draw_of(&w, "b,0,0,,draw"));
    assert_bits_equal(draw_of(&w, "climb,1,0,,draw"),
                      draw_of(&w, "b,1,0,,draw"));
    assert_true(draw_of(&w, "b,0,0,,draw") != draw_of(&w, "b,1,0,,draw"));
    world_close(&w);
}

/* Five folds of 32 rows: three have 26 to learn from, two have 25, and one
 * step more.  The interval is what SciPy's t distribution gives. */
static void
test_uneven_runs(void **state)
{
    struct world w;
    char *line;
    double mean, low, high;
    int n;

    (void)state;
    assert_ok(run(&w, "[data]\ntype = grid\nwhole = true\n[metalearner]\n"
                      "type = compare\nruns = a\n"
                      "[a]\ntype = climb\nuneven = yes\nsteps = 1\n"
                      "[evaluate]\nmetrics = accuracy\nfolds = 5\n", err));
    line = lines_with(file_of(&w, "curves.csv"), ",accuracy,0,");
    assert_int_equal(sscanf(line, "a,test,accuracy,0,%lf,%lf,%lf,%d", &mean,
                            &low, &high, &n), 4);
    mesa_free(line);
    assert_int_equal(n, 5);
    assert_close(mean, 26.6, 1e-12);
    assert_close(high - mean, 0.68008738, 1e-7);
    assert_close(mean - low, 0.68008738, 1e-7);
    expect_only(&w, "curves.csv", ",accuracy,1,",
                "a,test,accuracy,1,27,27,27,2\n");
    expect_lines(w.table.at, "   1  a    26.800 [26.460, 27.140]  27.000 ");
    world_close(&w);
}

/* What is said where steps are not the same number of labels. */
static void
test_budgets(void **state)
{
    static const struct {
        const char *runs;
        bool        differ;
    } cases[] = {
        { "climb(budget=2), climb(budget=3)", true },
        { "climb(budget=2), climb(budget=2,slope=2)", false },
        { "climb(budget=2), climb(budget=2,steps=5), climb(budget=3)", true },
        { "climb(budget=2), climb(budget=3,steps=1)", false },
        { "climb(budget=2), climb", false },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        char text[300];
        struct world w;

        snprintf(text, sizeof text,
                 "[data]\ntype = grid\n[metalearner]\ntype = compare\n"
                 "runs = %s\n[evaluate]\nmetrics = accuracy\n",
                 cases[i].runs);
        assert_ok(run(&w, text, err));
        assert_int_equal(
            strstr(w.table.at, "\nruns have labelled different numbers of "
                               "rows at a step: aulc is over steps, not over "
                               "labels\n") != NULL,
            cases[i].differ);
        world_close(&w);
    }
}

static const char three_sets[] =
    "[data]\ntype = grid\n"
    "[small]\ntype = grid\nrows = 16\n"
    "[large]\ntype = grid\nrows = 64\n"
    "[metalearner]\ntype = compare\ndata = data, small, large\n"
    "runs = one, two, half\n"
    "[one]\ntype = climb\n[two]\ntype = climb\nslope = 2\nsteps = 3\n"
    "[half]\ntype = climb\nslope = 0.5\n"
    "[evaluate]\nmetrics = accuracy\nrepeats = 3\n";

/* One repeat is no interval; several sets are tested as methods are. */
static void
test_several_data_sets(void **state)
{
    struct world w;

    (void)state;
    assert_ok(run(&w, three_sets, err));
    expect_lines(w.table.at,
                 "data small, ranked by aulc, the mean over steps of accuracy "
                 "of the test rows\n");
    expect_lines(w.table.at, "mean ranks over 3 data sets\n"
                             "rank  run   mean rank\n"
                             "   1  two        1.00\n"
                             "   2  one        2.00\n"
                             "   3  half       3.00\n"
                             "Friedman: chi-square 6.000, 2 degrees of "
                             "freedom, p = 0.0498\n");
    expect_only(&w, "curves.csv", "small.two,test,",
                "small.two,test,accuracy,0,18,18,18,3\n"
                "small.two,test,accuracy,1,20,20,20,3\n"
                "small.two,test,accuracy,2,22,22,22,3\n");
    expect_lines(w.rows.at, "2,test,large.half.aulc,64.75\n");
    expect_lines(w.summary.at, "\n    \"small\": {\n      \"one\": {\n");
    world_close(&w);
    assert_ok(run(&w, "[data]\ntype = grid\n[metalearner]\ntype = compare\n"
                      "runs = climb(steps=1)\n"
                      "[evaluate]\nmetrics = accuracy\n", err));
    expect_only(&w, "curves.csv", ",accuracy,",
                "climb(steps=1),test,accuracy,0,33,,,1\n");
    expect_lines(w.table.at, "   1  climb(steps=1)  33.000                "
                             "33.000   ");
    assert_null(strstr(w.table.at, "interval"));
    world_close(&w);
}

static void
test_threads(void **state)
{
    struct world one, five;

    (void)state;
    assert_ok(run(&one, three_sets, err));
    assert_ok(mesa_parallel_set_threads(5, err));
    assert_ok(run(&five, three_sets, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_string_equal(one.rows.at, five.rows.at);
    assert_string_equal(one.summary.at, five.summary.at);
    assert_string_equal(file_of(&one, "compare.csv"),
                        file_of(&five, "compare.csv"));
    assert_string_equal(file_of(&one, "curves.csv"),
                        file_of(&five, "curves.csv"));
    world_close(&one);
    world_close(&five);
}

static void
expect_same_end(struct world *after, const struct world *whole)
{
    mesa_json_open(&after->json, '{');
    assert_ok(after->class_->report(mesa_instance_view(after->it),
                                    &after->host, &after->report, err));
    mesa_json_close(&after->json, '}');
    assert_string_equal(after->summary.at, whole->summary.at);
    assert_string_equal(file_of(after, "compare.csv"),
                        file_of(whole, "compare.csv"));
    assert_string_equal(file_of(after, "curves.csv"),
                        file_of(whole, "curves.csv"));
}

/* Saved after any step and loaded by another. */
static void
test_resume(void **state)
{
    struct world whole;

    (void)state;
    assert_ok(run(&whole, three_sets, err));
    for (uint64_t cut = 0; cut < 3; cut++) {
        struct mesa_archive *a = mesa_archive_new();
        struct world before, after;
        bool done = false;

        assert_ok(world_open(&before, three_sets, err));
        for (uint64_t i = 0; i < cut; i++)
            assert_ok(step(&before, i, &done, err));
        assert_ok(mesa_instance_save(before.it, a, "loop", 0, err));
        assert_ok(world_open(&after, three_sets, err));
        assert_ok(mesa_instance_load(after.it, a, "loop", 0, err));
        for (uint64_t i = cut; i < 3; i++)
            assert_ok(step(&after, i, &done, err));
        assert_true(done);
        expect_same_end(&after, &whole);
        mesa_archive_free(a);
        world_close(&before);
        world_close(&after);
    }
    world_close(&whole);
}

/* Asked to stop within a run: that one is forgotten, those before are not. */
static void
test_stop(void **state)
{
    static const char text[] =
        "[data]\ntype = grid\n[metalearner]\ntype = compare\n"
        "runs = climb, climb(stops=yes, steps=4), climb(slope=2)\n"
        "[evaluate]\nmetrics = accuracy\nrepeats = 2\n";
    struct mesa_archive *a = mesa_archive_new();
    struct world whole, before, after;
    atomic_bool heard = false;
    struct mesa_tensor points;
    struct mesa_archive child;
    bool done = false;

    (void)state;
    assert_ok(run(&whole, text, err));
    stop = 0;
    assert_ok(world_open(&before, text, err));
    before.host.stop = &stop;
    before.host.heard = &heard;
    assert_ok(step(&before, 0, &done, err));
    assert_true(atomic_load(&heard));
    assert_int_equal(before.rows.n, 0);
    assert_ok(mesa_instance_save(before.it, a, "loop", 0, err));
    assert_ok(mesa_archive_child(a, "loop", 0, &child, err));
    assert_ok(mesa_archive_get(&child, "points", &points, err));
    assert_int_equal(points.shape[0], 6);
    assert_int_equal(((const uint64_t *)points.data)[0], 4);
    assert_int_equal(((const uint64_t *)points.data)[2], 0);
    stop = 0;
    assert_ok(world_open(&after, text, err));
    assert_ok(mesa_instance_load(after.it, a, "loop", 0, err));
    for (uint64_t i = 0; i < 2; i++)
        assert_ok(step(&after, i, &done, err));
    assert_true(done);
    assert_string_equal(after.rows.at, whole.rows.at);
    expect_same_end(&after, &whole);
    mesa_archive_free(a);
    world_close(&whole);
    world_close(&before);
    world_close(&after);
}

/* What a checkpoint of two_runs holds, some of it wrong. */
struct hostile {
    size_t      n_points, n_names;
    uint64_t    count[4], key[3];
    const char *names;
    const char *message;
};

static struct mesa_archive *
archive_of(const struct hostile *h)
{
    const uint64_t rows[4] = { 1, 1, 1, 1 }, steps[3] = { 0, 1, 2 };
    const double value[3] = { 0.5, 0.5, 0.5 };
    struct mesa_archive *a = mesa_archive_new();

    assert_ok(mesa_archive_put_vector(a, "scores", MESA_F64, 0, value, err));
    assert_ok(mesa_archive_put_vector(a, "rows", MESA_U64, 4, rows, err));
    assert_ok(mesa_archive_put_vector(a, "points", MESA_U64, 4, h->count,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "step", MESA_U64, h->n_points, steps,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "key", MESA_U64, h->n_points, h->key,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "value", MESA_F64, h->n_points,
                                      value, err));
    if (h->names)
        assert_ok(mesa_archive_put_vector(a, "names", MESA_U8, h->n_names,
                                          h->names, err));
    return a;
}

static void
test_hostile_archives(void **state)
{
    static const struct hostile cases[] = {
        { 3, 6, { 1, 0, 2, 0 }, { 0, 0, 0 }, "test\0a", "tensor 'names' is "
          "no text" },
        { 3, 5, { 1, 0, 2, 0 }, { 0, 0, 0 }, "test", "tensor 'names' has a "
          "split without a name" },
        { 3, 7, { 1, 0, 2, 0 }, { 0, 0, 1 }, "test\0a", "key[2] is 1" },
        { 2, 7, { 1, 0, 2, 0 }, { 0, 0, 0 }, "test\0a", "there are 2 points, "
          "fewer than curves have" },
        { 3, 7, { 1, 0, UINT64_MAX, 3 }, { 0, 0, 0 }, "test\0a",
          "there are 3 points, fewer than curves have" },
        { 3, 7, { 1, 0, 1, 0 }, { 0, 0, 0 }, "test\0a", "there are 3 points, "
          "curves have 2" },
        { 3, 0, { 1, 0, 2, 0 }, { 0, 0, 0 }, NULL, "there is no vector "
          "'names'" },
    };
    struct world w;

    (void)state;
    assert_ok(world_open(&w, two_runs, err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_archive *a = archive_of(&cases[i]);

        assert_error(w.class_->head.load(mesa_instance_self(w.it), a, err),
                     MESA_EPARSE, cases[i].message);
        mesa_archive_free(a);
    }
    world_close(&w);
}

/* Configurations that cannot be compared, and what fails on the way. */
static void
test_refusals(void **state)
{
    static const struct {
        const char *runs, *message;
        mesa_status status;
    } cases[] = {
        { "runs = climb\nmethods = guess\n",
          "[metalearner] compare: methods and runs are both given, expected "
          "one of them", MESA_EINVAL },
        { "", "[metalearner] needs methods, the estimators to compare, or "
          "runs, the metalearners", MESA_EINVAL },
        { "runs = climb, tasker\n",
          "[metalearner] compare: run tasker is of type tasker, which takes "
          "tasks: runs are compared on rows", MESA_EINVAL },
        { "runs = actor\n",
          "[metalearner] compare: run actor is of type actor, which acts in "
          "[environment]: runs are compared on rows", MESA_EINVAL },
        { "runs = climb, climb(fails_at=1)\n",
          "run climb(fails_at=1), repeat 0: [climb] step 1", MESA_EDATA },
        { "data = data\nruns = climb(fails_at=0)\n",
          "data data, run climb(fails_at=0), repeat 0: [climb] step 0",
          MESA_EDATA },
        { "runs = climb, climb(area=yes)\n",
          "run climb(area=yes), repeat 0: a metric aulc is reported, but that "
          "is what compare calls the mean over steps", MESA_EINVAL },
        { "runs = climb, climb(mute=yes)\n",
          "runs are compared by accuracy, the first of [evaluate] metrics, "
          "and run climb(mute=yes) reports none of test rows", MESA_EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct world w;

        snprintf(text, sizeof text,
                 "[data]\ntype = grid\n[evaluate]\nmetrics = accuracy\n"
                 "[metalearner]\ntype = compare\n%s", cases[i].runs);
        assert_error(run(&w, text, err), cases[i].status, cases[i].message);
        world_close(&w);
    }
}

static void
test_memory(void **state)
{
    (void)state;
    run_without_memory(two_runs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_data_set),
        cmocka_unit_test(test_common_numbers),
        cmocka_unit_test(test_uneven_runs),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_several_data_sets),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_hostile_archives),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_memory),
    };

    assert_ok(mesa_parallel_set_threads(1, err));
    return cmocka_run_group_tests_name("compare_runs", tests, NULL, NULL);
}
