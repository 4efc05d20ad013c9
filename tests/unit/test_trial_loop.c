/* SPDX-License-Identifier: MIT */
/* test_trial_loop.c - metalearners that others make to their end. */
#include "compare_fixture.h"

/* What a loop has reported, as text. */
struct heard {
    struct mesa_text text;
    int64_t          lasts; /* rows; then memory is out */
};

static mesa_status
keep(void *context, uint64_t step, const char *split, const char *name,
     double value)
{
    struct heard *h = context;

    if (h->lasts-- == 0)
        return MESA_ENOMEM;
    mesa_text_printf(&h->text, "%d,%s,%s,%.17g\n", (int)step, split, name,
                     value);
    return MESA_OK;
}

static struct heard
loop(struct world *w, const struct mesa_trials *t, const char *who,
     size_t repeat, size_t fold, struct mesa_trial_loop *out)
{
    struct heard h = { .lasts = INT64_MAX };
    struct mesa_component *c;

    assert_ok(bind(w, MESA_KIND_METALEARNER, who, &c, err));
    *out = (struct mesa_trial_loop){ .struct_size = sizeof *out,
                                     .metalearner = c,
                                     .repeat = repeat,
                                     .fold = fold,
                                     .keep = keep,
                                     .context = &h };
    assert_ok(mesa_trials_loop(t, out, err));
    return h;
}

static void
forget(struct heard *h)
{
    mesa_free(h->text.at);
}

static const char folds[] = "[data]\ntype = grid\nwhole = true\n"
                            "[metalearner]\ntype = compare\nruns = climb\n"
                            "[evaluate]\nmetrics = accuracy\nfolds = 5\n"
                            "repeats = 2\n";

/* The rows of the fold, every step, the end. */
static void
test_loop(void **state)
{
    struct mesa_trial_loop out;
    struct mesa_trials *t;
    struct heard h;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, folds, err));
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    h = loop(&w, t, "climb(steps=3, slope=2)", 1, 4, &out);
    assert_int_equal(out.steps, 3);
    assert_false(out.stopped);
    assert_true(out.seconds >= 0);
    expect_lines(h.text.at, "0,test,accuracy,28\n");
    expect_lines(h.text.at, "2,test,accuracy,32\n");
    assert_int_equal(w.rows.n, 0); /* nothing for metrics.csv */
    forget(&h);
    mesa_trials_free(t);
    world_close(&w);
}

/* Repeat and fold decide the streams, whoever is looped. */
static void
test_streams(void **state)
{
    static const size_t of[4][2] = { { 0, 0 }, { 0, 0 }, { 0, 1 }, { 1, 0 } };
    static const char *const who[4] = { "climb(steps=1, mute=yes)",
                                        "climb(steps=1, mute=1)",
                                        "climb(steps=1, mute=1)",
                                        "climb(steps=1, mute=1)" };
    struct mesa_trial_loop out;
    struct mesa_trials *t;
    struct heard h[4];
    struct world w;

    (void)state;
    assert_ok(world_open(&w, folds, err));
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    for (size_t i = 0; i < 4; i++)
        h[i] = loop(&w, t, who[i], of[i][0], of[i][1], &out);
    assert_string_equal(h[0].text.at, h[1].text.at);
    assert_string_not_equal(h[0].text.at, h[2].text.at);
    assert_string_not_equal(h[0].text.at, h[3].text.at);
    assert_string_not_equal(h[2].text.at, h[3].text.at);
    for (size_t i = 0; i < 4; i++)
        forget(&h[i]);
    mesa_trials_free(t);
    world_close(&w);
}

/* A loop sees itself in the recipe, plain parts, and trials of one fold. */
struct look {
    struct mesa_trials *trials;
};

static mesa_status
look_begin(void *self, const struct mesa_host *host,
           struct mesa_error *ignored)
{
    struct look *l = self;

    assert_null(mesa_host_data(host, MESA_PART_ALL));
    assert_non_null(mesa_host_data(host, MESA_PART_TEST));
    assert_null(mesa_host_tasks(host));
    assert_string_equal(mesa_component_name(mesa_host_component(
                            host, MESA_KIND_METALEARNER)), "look");
    assert_string_equal(mesa_component_name(mesa_host_component(
                            host, MESA_KIND_SOURCE)), "other");
    assert_ok(mesa_trials_new(host, NULL, &l->trials, err));
    assert_int_equal(mesa_trials_repeats(l->trials), 1);
    assert_int_equal(mesa_trials_folds(l->trials), 1);
    assert_string_equal(mesa_trials_positive(l->trials), "yes");
    (void)ignored;
    return MESA_OK;
}

static void
look_fini(void *self)
{
    mesa_trials_free(((struct look *)self)->trials);
}

static mesa_status
look_step(void *self, const struct mesa_host *host, uint64_t i,
          struct mesa_metrics *metrics, bool *done,
          struct mesa_error *ignored)
{
    const size_t row = 3;
    const struct mesa_question q = { .struct_size = sizeof q,
                                     .n = 1,
                                     .row = &row };
    enum mesa_answer answer;
    int32_t label;

    (void)self;
    (void)i;
    (void)ignored;
    mesa_host_say(host, "nobody hears that");
    assert_ok(mesa_host_ask(host, &q, &label, &answer, err));
    assert_int_equal(answer, MESA_ANSWER_GIVEN);
    assert_int_equal(label,
                     mesa_host_data(host, MESA_PART_TRAIN)->y[row]);
    *done = true;
    return mesa_metrics_add(metrics, "", "positives", label);
}

static const struct mesa_metalearner_class look = {
    MESA_METALEARNER(struct look),
    .head.name = "look",
    .head.title = "Looks around",
    .head.fini = look_fini,
    .begin = look_begin,
    .step = look_step,
};

static void
test_what_a_loop_sees(void **state)
{
    struct heard h = { .lasts = INT64_MAX };
    struct mesa_trial_loop out = { .struct_size = sizeof out,
                                   .keep = keep,
                                   .context = &h };
    struct mesa_component *c, *source;
    struct mesa_trials *t;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, "[data]\ntype = grid\nwhole = true\n"
                             "[other]\ntype = grid\nwhole = true\n"
                             "[metalearner]\ntype = compare\nruns = climb\n"
                             "[evaluate]\nmetrics = accuracy\nfolds = 4\n"
                             "repeats = 3\n",
                         err));
    assert_ok(mesa_recipe_bind_class(&w.recipe, &look.head, "look", &c, err));
    assert_ok(bind(&w, MESA_KIND_SOURCE, "other", &source, err));
    assert_ok(mesa_trials_new(&w.host, source, &t, err));
    out.metalearner = c;
    assert_ok(mesa_trials_loop(t, &out, err));
    assert_int_equal(out.steps, 1);
    assert_non_null(h.text.at);
    forget(&h);
    mesa_trials_free(t);
    world_close(&w);
}

/* Asked to stop, it ends after the step in hand. */
static void
test_stop(void **state)
{
    atomic_bool heard = false;
    struct mesa_trial_loop out;
    struct mesa_trials *t;
    struct heard h;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, folds, err));
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    w.host.stop = &stop;
    w.host.heard = &heard;
    stop = 0;
    h = loop(&w, t, "climb(steps=9, stops=yes)", 0, 0, &out);
    assert_true(out.stopped);
    assert_int_equal(out.steps, 1);
    assert_true(atomic_load(&heard));
    stop = 0;
    forget(&h);
    mesa_trials_free(t);
    world_close(&w);
}

static void
test_failures(void **state)
{
    struct heard h = { .lasts = 1 };
    struct mesa_trial_loop out = { .struct_size = sizeof out,
                                   .keep = keep,
                                   .context = &h };
    struct mesa_component *c;
    struct mesa_trials *t;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, folds, err));
    assert_ok(mesa_trials_new(&w.host, NULL, &t, err));
    assert_ok(bind(&w, MESA_KIND_ESTIMATOR, "guess", &c, err));
    out.metalearner = c;
    assert_error(mesa_trials_loop(t, &out, err), MESA_EINVAL,
                 "guess is no metalearner");
    assert_ok(bind(&w, MESA_KIND_METALEARNER, "climb(fails_at=0)", &c, err));
    out.metalearner = c;
    assert_error(mesa_trials_loop(t, &out, err), MESA_EDATA,
                 "[climb] step 0");
    assert_ok(bind(&w, MESA_KIND_METALEARNER, "climb", &c, err));
    out.metalearner = c;
    h.lasts = 1;
    assert_int_equal(mesa_trials_loop(t, &out, NULL), MESA_ENOMEM);
    forget(&h);
    mesa_trials_free(t);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_what_a_loop_sees),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_failures),
    };

    assert_ok(mesa_parallel_set_threads(1, err));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
