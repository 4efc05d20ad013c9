/* SPDX-License-Identifier: MIT */
/*
 * test_reptile.c - an iteration against one by hand in double precision, and
 * what a run of iterations promises.
 */
#include "test.h"

#include "reptile/reptile.h"

#include "host.h"
#include "instance.h"
#include "task.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *sinusoid_plugin(void);
const struct mesa_plugin *checkerboard_plugin(void);

static const struct mesa_builtin linked[] = {
    { "metalearners", "reptile", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "sources", "sinusoid", sinusoid_plugin },
    { "sources", "checkerboard", checkerboard_plugin },
    { NULL, NULL, NULL },
};

/* A run: its components, and what the core lends to its metalearner. */
struct world {
    struct mesa_registry   registry;
    struct mesa_recipe     recipe;
    struct mesa_component *metalearner;
    struct mesa_host       host;
    struct mesa_text       rows;
    struct mesa_metrics    metrics;
    struct mesa_instance  *made;
    struct reptile        *reptile;
};

static const struct mesa_metalearner_class *
class_of(void)
{
    return (const void *)mesa_plugin()->classes[0];
}

static void
world_close(struct world *w)
{
    mesa_instance_free(w->made);
    mesa_tasks_free(w->host.tasks);
    mesa_parts_free(&w->host.parts);
    mesa_free(w->rows.at);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    memset(w, 0, sizeof *w);
}

static mesa_status
open_source(struct world *w, struct mesa_error *err)
{
    const struct mesa_component *source = w->recipe.source;

    return ((const struct mesa_source_class *)source->class_)->tasks
               ? mesa_tasks_open(source, &w->host.root, &w->host.tasks, err)
               : mesa_parts_open(&w->host.parts, source, false, &w->host.root,
                                 err);
}

/* A metalearner before begin: lines of the INI, those of [metalearner] last. */
static mesa_status
world_open(struct world *w, const char *data, const char *lines,
           struct mesa_error *err)
{
    char text[1000];
    int n = snprintf(text, sizeof text,
                     "[data]\n%s\n[estimator]\ntype = mlp\nactivation = tanh\n"
                     "hidden_layer_sizes = 5\n[metalearner]\ntype = reptile\n"
                     "eval_tasks = 7\neval_steps = 0, 3\n%s",
                     data, lines);
    const struct {
        enum mesa_kind          kind;
        const char             *section;
        struct mesa_component **to;
    } bound[] = { { MESA_KIND_SOURCE, "data", &w->recipe.source },
                  { MESA_KIND_ESTIMATOR, "estimator", &w->recipe.estimator },
                  { MESA_KIND_METALEARNER, "metalearner", &w->metalearner } };
    mesa_status st;

    memset(w, 0, sizeof *w);
    assert_true(n > 0 && (size_t)n < sizeof text);
    w->registry.builtins = linked;
    w->recipe.registry = &w->registry;
    w->host.recipe = &w->recipe;
    w->metrics.rows = &w->rows;
    mesa_rng_seed(&w->host.root, 4);
    st = mesa_ini_parse(&w->recipe.ini, text, (size_t)n, "t.ini", "/tmp/",
                        err);
    for (size_t i = 0; i < MESA_COUNT(bound) && st == MESA_OK; i++)
        st = mesa_recipe_resolve(&w->recipe, bound[i].kind, bound[i].section,
                                 "t.ini", "/tmp/", bound[i].to, err);
    if (st == MESA_OK)
        st = mesa_instance_new(w->metalearner, &w->made, err);
    if (st == MESA_OK)
        st = open_source(w, err);
    if (st == MESA_OK)
        w->reptile = mesa_instance_self(w->made);
    return st;
}

#define SINES "type = sinusoid\npreset = maml\nshots = 4\n"

static void
world_begin(struct world *w, const char *data, const char *lines)
{
    assert_ok(world_open(w, data, lines, err));
    assert_ok(class_of()->begin(w->reptile, &w->host, err));
}

static mesa_status
steps(struct world *w, uint64_t from, uint64_t to, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool done = false;

    for (uint64_t i = from; i < to && st == MESA_OK; i++) {
        assert_false(done);
        w->metrics.step = i;
        st = class_of()->step(w->reptile, &w->host, i, &w->metrics, &done,
                              err);
    }
    return st;
}

enum { HIDDEN = 5, NUMBERS = 3 * HIDDEN + 1, MOST_ROWS = 40 };

/* The weights in one row, in double: those of the hidden layer, its
 * intercepts, those of the output, its intercept. */
static void
flatten(struct mesa_weights *w, double out[NUMBERS])
{
    static const size_t n[4] = { HIDDEN, HIDDEN, HIDDEN, 1 };

    assert_int_equal(mesa_weights_count(w), 4);
    for (size_t j = 0; j < 4; j++)
        for (size_t k = 0; k < n[j]; k++)
            *out++ = (double)((const float *)mesa_weights_data(w, j))[k];
}

/* The mean squared error of a row's prediction, and its gradient. */
static double
loss_of(const double w[NUMBERS], const float *x, const float *y, size_t n,
        double gradient[NUMBERS])
{
    double loss = 0;

    memset(gradient, 0, NUMBERS * sizeof *gradient);
    for (size_t r = 0; r < n; r++) {
        double h[HIDDEN], d = w[3 * HIDDEN] - (double)y[r];

        for (size_t k = 0; k < HIDDEN; k++) {
            h[k] = tanh((double)x[r] * w[k] + w[HIDDEN + k]);
            d += h[k] * w[2 * HIDDEN + k];
        }
        loss += d * d / (double)n;
        d *= 2 / (double)n;
        for (size_t k = 0; k < HIDDEN; k++) {
            double back = d * w[2 * HIDDEN + k] * (1 - h[k] * h[k]);

            gradient[k] += back * (double)x[r];
            gradient[HIDDEN + k] += back;
            gradient[2 * HIDDEN + k] += d * h[k];
        }
        gradient[3 * HIDDEN] += d;
    }
    return loss;
}

/* Adam without momentum after Kingma and Ba 2015, Algorithm 1. */
static void
update(const struct reptile *r, size_t t, double w[NUMBERS],
       const double g[NUMBERS], double v[NUMBERS])
{
    for (size_t k = 0; k < NUMBERS; k++) {
        v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
        if (r->inner_optimizer == MESA_ADAM)
            w[k] -= r->inner_lr * g[k] /
                    (sqrt(v[k] / (1 - pow(0.999, (double)t))) + 1e-8);
        else
            w[k] -= r->inner_lr * g[k];
    }
}

/* U of task t of the batch, from w on; returns the first loss. */
static double
adapt(const struct reptile *r, size_t t, double w[NUMBERS])
{
    const size_t n = r->shape.n_support;
    const float *x = (const float *)r->batch.support_x + t * n;
    const float *y = (const float *)r->batch.support_y + t * n;
    double g[NUMBERS], v[NUMBERS] = { 0 }, first = 0;

    for (size_t k = 0; k < r->steps; k++) {
        float px[MOST_ROWS], py[MOST_ROWS];
        double loss;

        for (size_t i = 0; i < r->rows; i++) {
            px[i] = x[(k * r->rows + i) % n];
            py[i] = y[(k * r->rows + i) % n];
        }
        loss = loss_of(w, px, py, r->rows, g);
        first = k == 0 ? loss : first;
        update(r, k + 1, w, g, v);
    }
    return first;
}

/* An iteration of the plugin against one by hand. */
static void
try_step(const char *lines, size_t rows, size_t n_steps)
{
    struct world w;
    struct reptile *r;
    double from[NUMBERS], to[NUMBERS], sum[NUMBERS] = { 0 }, g[NUMBERS];
    double before = 0, after = 0, moved = 0;
    size_t n;

    world_begin(&w, SINES "train_shots = 10\nquery = 3\n", lines);
    r = w.reptile;
    assert_int_equal(r->rows, rows);
    assert_int_equal(r->steps, n_steps);
    n = r->batch.n;
    flatten(r->model.weights, from);
    assert_ok(steps(&w, 0, 1, err));
    for (size_t t = 0; t < n; t++) {
        memcpy(to, from, sizeof to);
        before += adapt(r, t, to) / (double)n;
        after += loss_of(to, (const float *)r->batch.query_x + 3 * t,
                         (const float *)r->batch.query_y + 3 * t, 3, g) /
                 (double)n;
        for (size_t k = 0; k < NUMBERS; k++)
            sum[k] += to[k];
    }
    flatten(r->model.weights, to);
    for (size_t k = 0; k < NUMBERS; k++) {
        double expected = from[k] + r->outer_lr * (sum[k] / (double)n -
                                                   from[k]);

        moved = fmax(moved, fabs(expected - from[k]));
        if (fabs(to[k] - expected) > 2e-6)
            fail_msg("%s: number %zu is %.9g, by hand %.9g", lines, k, to[k],
                     expected);
    }
    assert_true(moved > 1e-3);
    assert_close((double)r->outcome[0], before, 1e-5);
    assert_close((double)r->outcome[1], after, 1e-5);
    world_close(&w);
}

/* One task or several, all rows or some at a time, the last step's beginning
 * again with the first rows; both optimizers. */
static void
test_iteration(void **state)
{
    (void)state;
    try_step("outer_lr = 0.5\n", 10, 1);
    try_step("outer_lr = 0.5\ninner_steps = 6\nmeta_batch_size = 1\n", 10, 6);
    try_step("inner_batch = 5\nmeta_batch_size = 3\n", 5, 2);
    try_step("inner_batch = 4\nmeta_batch_size = 1\nouter_lr = 0.1\n", 4, 3);
    try_step("inner_batch = 7\ninner_steps = 5\nmeta_batch_size = 2\n", 7, 5);
    try_step("inner_batch = 1\nouter_schedule = constant\n", 1, 10);
    try_step("inner_optimizer = adam\nmeta_batch_size = 1\n", 10, 1);
    try_step("inner_optimizer = adam\ninner_steps = 7\ninner_batch = 3\n"
             "outer_lr = 0.7\n", 3, 7);
}

/* A batch goes to the mean of where its tasks lead one by one. */
static void
test_batch(void **state)
{
    static const char lines[] = "outer_lr = 0.5\ninner_steps = 4\n";
    double all[NUMBERS], one[NUMBERS], sum[NUMBERS] = { 0 };
    char text[200];
    struct world w;

    (void)state;
    snprintf(text, sizeof text, "%smeta_batch_size = 3\n", lines);
    world_begin(&w, SINES, text);
    assert_ok(steps(&w, 0, 1, err));
    flatten(w.reptile->model.weights, all);
    world_close(&w);
    snprintf(text, sizeof text, "%smeta_batch_size = 1\n"
             "outer_schedule = constant\n", lines);
    for (uint64_t i = 0; i < 3; i++) {
        world_begin(&w, SINES, text);
        assert_ok(steps(&w, i, i + 1, err));
        flatten(w.reptile->model.weights, one);
        for (size_t k = 0; k < NUMBERS; k++)
            sum[k] += one[k] / 3;
        world_close(&w);
    }
    for (size_t k = 0; k < NUMBERS; k++)
        assert_true(fabs(all[k] - sum[k]) < 1e-6);
}

/* Held-out tasks adapt as those of training do. */
static void
test_adaptation(void **state)
{
    static const char *const solver[2] = { "sgd", "adam" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        char lines[200];
        struct few_adapter a;
        struct world w;
        float *taken;

        snprintf(lines, sizeof lines, "inner_optimizer = %s\nouter_lr = 1\n"
                 "inner_steps = 5\nmeta_batch_size = 1\n", solver[i]);
        world_begin(&w, SINES, lines);
        assert_ok(mesa_tasks_draw(w.host.tasks, MESA_PART_TRAIN, 0,
                                  &w.reptile->batch, err));
        assert_ok(few_adapter_new(&w.reptile->model, &w.reptile->rule,
                                  &w.reptile->shape, &w.reptile->batch, &a,
                                  err));
        for (int again = 0; again < 2; again++) {
            few_adapter_reset(&a);
            for (size_t k = 0; k < 5; k++)
                assert_ok(few_adapter_step(&a, k, err));
        }
        assert_ok(steps(&w, 0, 1, err));
        for (size_t j = 0; j < 4; j++) {
            taken = mesa_weights_data(w.reptile->model.weights, j);
            for (size_t k = 0; k < (j < 3 ? HIDDEN : 1); k++)
                assert_true(fabsf(((float *)a.weight[j])[k] - taken[k]) <
                            2e-6f);
        }
        few_adapter_free(&a);
        world_close(&w);
    }
}

static void
test_schedule(void **state)
{
    struct world w;

    (void)state;
    assert_ok(world_open(&w, SINES, "outer_lr = 0.8\niterations = 10\n"
                         "outer_lr_end = 0.2\n", err));
    assert_close(reptile_outer_rate(w.reptile, 0), 0.8, 1e-15);
    assert_close(reptile_outer_rate(w.reptile, 5), 0.5, 1e-15);
    assert_close(reptile_outer_rate(w.reptile, 9), 0.26, 1e-15);
    assert_close(reptile_outer_rate(w.reptile, 10), 0.2, 1e-15);
    world_close(&w);
    assert_ok(world_open(&w, SINES, "outer_schedule = constant\n"
                         "outer_lr = 0.1\nouter_lr_end = 0.2\n", err));
    assert_close(reptile_outer_rate(w.reptile, 29999), 0.1, 1e-15);
    world_close(&w);
}

static void
load_before_begin(const struct mesa_archive *a)
{
    struct world w;

    assert_ok(world_open(&w, SINES, "", err));
    assert_error(class_of()->head.load(w.reptile, a, err), MESA_ESTATE,
                 "load comes after begin");
    world_close(&w);
}

/* Saved in the middle of an interval and loaded into another instance, it
 * goes on to the same rows and the same weights. */
static void
test_resume(void **state)
{
    static const char lines[] = "iterations = 12\nlog_interval = 5\n"
                                "eval_interval = 4\ninner_steps = 2\n";
    struct world whole, part, rest;
    struct mesa_archive *a = mesa_archive_new();
    double x[NUMBERS], y[NUMBERS];
    char *rows, *first, *second;

    (void)state;
    world_begin(&whole, SINES, lines);
    world_begin(&part, SINES, lines);
    world_begin(&rest, SINES, lines);
    assert_int_equal(class_of()->total(whole.reptile, &whole.host), 13);
    assert_ok(steps(&whole, 0, 13, err));
    assert_ok(steps(&part, 0, 7, err));
    assert_ok(class_of()->head.save(part.reptile, a, err));
    load_before_begin(a);
    assert_ok(class_of()->head.load(rest.reptile, a, err));
    assert_ok(steps(&rest, 7, 13, err));
    flatten(whole.reptile->model.weights, x);
    flatten(rest.reptile->model.weights, y);
    assert_memory_equal(x, y, sizeof x);
    rows = mesa_text_take(&whole.rows);
    first = mesa_text_take(&part.rows);
    second = mesa_text_take(&rest.rows);
    assert_non_null(strstr(rows, "support_loss"));
    assert_non_null(strstr(rows, "valid,mse@3"));
    assert_non_null(strstr(rows, "test,mse@3"));
    assert_memory_equal(rows, first, strlen(first));
    assert_string_equal(rows + strlen(first), second);
    mesa_free(rows);
    mesa_free(first);
    mesa_free(second);
    mesa_archive_free(a);
    world_close(&whole);
    world_close(&part);
    world_close(&rest);
}

static bool
has_a_message(const struct mesa_error *err, uint64_t iteration)
{
    char text[60];

    snprintf(text, sizeof text, "iteration %u diverged: its loss is ",
             (unsigned)iteration);
    return strncmp(err->message, text, strlen(text)) == 0 &&
           strstr(err->message, "; a smaller inner_lr or outer_lr may help");
}

/* The state before the iteration that failed is there to keep. */
static void
test_divergence(void **state)
{
    double older[NUMBERS], before[NUMBERS], after[NUMBERS];
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct world w;
    uint64_t i = 0;

    (void)state;
    world_begin(&w, SINES, "inner_lr = 300\ninner_steps = 3\n"
                "meta_batch_size = 1\n");
    flatten(w.reptile->model.weights, before);
    do {
        memcpy(older, before, sizeof before);
        flatten(w.reptile->model.weights, before);
    } while (i < 50 && steps(&w, i, i + 1, &e) == MESA_OK && ++i);
    assert_int_equal(e.status, MESA_ENUMERIC);
    assert_true(has_a_message(&e, i));
    flatten(w.reptile->model.weights, after);
    /* Weights whose loss was no number are as bad as what came of them. */
    assert_memory_equal(isfinite(w.reptile->outcome[1]) ? before : older,
                        after, sizeof after);
    for (size_t k = 0; k < NUMBERS; k++)
        assert_true(isfinite(after[k]));
    world_close(&w);
}

/* What one run keeps, another starts from. */
static void
test_start(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    double x[NUMBERS], y[NUMBERS];
    struct world w;

    (void)state;
    world_begin(&w, SINES, "inner_steps = 3\n");
    assert_ok(steps(&w, 0, 2, err));
    assert_ok(class_of()->keep(w.reptile, a, err));
    assert_string_equal(mesa_archive_get_note(a, "inner_steps"), "3");
    flatten(w.reptile->model.weights, x);
    world_close(&w);
    assert_ok(world_open(&w, SINES, "inner_steps = 1\n", err));
    assert_ok(class_of()->start(w.reptile, a, err));
    assert_ok(class_of()->begin(w.reptile, &w.host, err));
    flatten(w.reptile->model.weights, y);
    assert_memory_equal(x, y, sizeof x);
    world_close(&w);
    mesa_archive_free(a);
}

/* mode = adapt, up to where rows are needed: what it refuses, and how many
 * steps it is going to make. */
static void
test_own_rows(void **state)
{
    static const struct {
        const char *lines, *note;
        size_t      steps; /* 0: refused */
    } asked[] = {
        { "", NULL, 0 },
        { "", "1000001", 0 },
        { "", "many", 0 },
        { "", "8", 8 },
        { "inner_steps = 3\n", "8", 3 },
        { "inner_steps = 3\nadapt_steps = 5\n", NULL, 5 },
    };
    struct world w;

    (void)state;
    assert_ok(world_open(&w, SINES, "mode = adapt\n", err));
    assert_int_equal(class_of()->total(w.reptile, &w.host), 1);
    assert_error(class_of()->begin(w.reptile, &w.host, err), MESA_EINVAL,
                 "mode = adapt needs a state: the init.safetensors that "
                 "training has left");
    world_close(&w);
    for (size_t i = 0; i < MESA_COUNT(asked); i++) {
        struct mesa_archive *a = mesa_archive_new();
        char lines[100];

        snprintf(lines, sizeof lines, "mode = adapt\n%s", asked[i].lines);
        assert_ok(world_open(&w, SINES, lines, err));
        if (asked[i].note)
            assert_ok(mesa_archive_note(a, "inner_steps", asked[i].note,
                                        err));
        assert_ok(class_of()->start(w.reptile, a, err));
        if (asked[i].steps) {
            assert_error(class_of()->begin(w.reptile, &w.host, err),
                         MESA_EDATA, "mode = adapt takes rows of your own: "
                         "[data] with a training part");
            assert_int_equal(w.reptile->steps, asked[i].steps);
        } else {
            assert_error(class_of()->begin(w.reptile, &w.host, err),
                         MESA_EINVAL, "state does not say how many steps it "
                         "was trained with: set adapt_steps");
        }
        world_close(&w);
        mesa_archive_free(a);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *data, *lines, *message;
    } begun[] = {
        { SINES, "inner_batch = 5\n",
          "inner_batch is 5 but a training task has 4 rows to adapt to" },
        { "type = checkerboard\n", "",
          "[data] checkerboard gives rows, not tasks; few_shot_classes and "
          "tabular_tasks make tasks of them" },
    };
    struct world w;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(begun); i++) {
        assert_ok(world_open(&w, begun[i].data, begun[i].lines, err));
        assert_error(class_of()->begin(w.reptile, &w.host, err), MESA_EINVAL,
                     begun[i].message);
        world_close(&w);
    }
    assert_error(world_open(&w, SINES, "outer_lr = 0.1\nouter_lr_end = 0.2\n",
                            err), MESA_EINVAL,
                 "[metalearner] reptile: outer_lr_end is 0.2 but outer_lr is "
                 "0.1");
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iteration),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_adaptation),
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_own_rows),
        cmocka_unit_test(test_refused),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
