/* SPDX-License-Identifier: MIT */
/*
 * test_ml3_control.c - losses learnt through the dynamics of a car in a
 * valley: derivatives, draws, what a run promises, and what it refuses.
 */
#include "test.h"

#include "metalearners/ml3/control.h"

#include "host.h"
#include "instance.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *learned_plugin(void);
const struct mesa_plugin *mountain_car_plugin(void);

struct bare {
    double unused;
};

static void
bare_space(const void *self, struct mesa_space *out)
{
    static const char *const name[] = { "x" };
    static const double one = 1, low = -1;

    (void)self;
    out->n_states = out->n_actions = 1;
    out->horizon = 2;
    out->dt = 1;
    out->state = out->action = out->unit = name;
    out->scale = out->action_high = &one;
    out->action_low = &low;
}

static void
endless_space(const void *self, struct mesa_space *out)
{
    bare_space(self, out);
    out->horizon = 0;
}

static void
bare_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self, (void)rng;
    *state = 0;
}

static void
bare_step(const void *self, size_t n, const double *state,
          const double *action, double *next)
{
    (void)self;
    for (size_t r = 0; r < n; r++)
        next[r] = state[r] + action[r];
}

static void
line_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
          struct mesa_rng *rng)
{
    (void)self, (void)part, (void)i, (void)rng;
    *goal = 1;
}

static double
line_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return fabs(*state - *goal);
}

/* An environment that says no more than it has to; others say a bit more. */
#define BARE                                                                \
    MESA_ENVIRONMENT(struct bare), .head.title = "A line",                  \
        .space = bare_space, .reset = bare_reset, .step = bare_step

static const struct mesa_environment_class bare[] = {
    { BARE, .head.name = "bare" },
    { BARE, .head.name = "aimed", .goal = line_goal },
    { BARE, .head.name = "ruled", .goal = line_goal,
      .distance = line_distance },
    { MESA_ENVIRONMENT(struct bare), .head.title = "A line",
      .head.name = "endless", .space = endless_space, .reset = bare_reset,
      .step = bare_step },
};

static const struct mesa_plugin *
bare_plugin(void)
{
    static const struct mesa_class *const classes[] = {
        &bare[0].head, &bare[1].head, &bare[2].head, &bare[3].head, NULL
    };
    static const struct mesa_plugin plugin = {
        .magic = MESA_PLUGIN_MAGIC, .abi_major = MESA_ABI_MAJOR,
        .abi_minor = MESA_ABI_MINOR, .struct_size = sizeof plugin,
        .layout = MESA_LAYOUT, .name = "bare", .version = "1.0",
        .license = "MIT", .classes = classes,
    };

    return &plugin;
}

static const struct mesa_builtin linked[] = {
    { "metalearners", "ml3_control", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "losses", "learned", learned_plugin },
    { "environments", "mountain_car", mountain_car_plugin },
    { "environments", "bare", bare_plugin },
    { "environments", "aimed", bare_plugin },
    { "environments", "ruled", bare_plugin },
    { "environments", "endless", bare_plugin },
    { NULL, NULL, NULL },
};

static const char common[] =
    "[estimator]\ntype = mlp\nactivation = identity\nfit_intercept = no\n"
    "weight_init = fan_in\nhidden_layer_sizes = 6\n"
    "[loss]\ntype = learned\nuse_target = no\nuse_input = yes\n"
    "use_extra = yes\nactivation = elu\noutput = none\n"
    "hidden_layer_sizes = 7, 5\n"
    "[metalearner]\ntype = ml3_control\nlog_interval = 3\n";

#define CAR "[environment]\ntype = mountain_car\nhorizon = 20\n"

#include "ml3_control_fixture.h"

/* Steps of a run: its iterations in order, a test after each interval, one at
 * the end, never two in a row, and nothing after that. */
static void
stages(void **state)
{
    static const uint64_t run[][2] = {
        { 0, 0 }, { 0, 3 }, { 1, 0 }, { 1, 1 }, { 5, 0 },
        { 5, 1 }, { 6, 3 }, { 7, 3 }, { 7, 7 }, { 7, 100 },
    };

    (void)state;
    for (size_t r = 0; r < MESA_COUNT(run); r++) {
        const uint64_t n = run[r][0], interval = run[r][1];
        const uint64_t total = teacher_total(n, interval);
        uint64_t next = 0, at;

        for (uint64_t i = 0; i < total; i++) {
            bool due = next == n || (interval && next && next % interval == 0);
            enum teacher_stage before =
                i ? teacher_stage(i - 1, n, interval, &at)
                  : TEACHER_ITERATION;
            enum teacher_stage now = teacher_stage(i, n, interval, &at);

            if (before != TEACHER_ITERATION)
                due = false;
            assert_int_equal(at, next);
            assert_int_equal(now == TEACHER_ITERATION, !due);
            assert_int_equal(now == TEACHER_LAST_TEST, i + 1 == total);
            next += now == TEACHER_ITERATION;
        }
        assert_int_equal(next, n);
    }
    assert_int_equal(teacher_total(INT64_MAX / 2, 1), INT64_MAX - 1);
    assert_int_equal(teacher_total(INT64_MAX / 2, 0), INT64_MAX / 2 + 1);
}

/* What an episode costs after a step, differentiated by the loss: through the
 * step and all of the episode.  (With two steps this is no derivative: the
 * states that the second one looks at are data.) */
static void
outer_derivative(void **state)
{
    static const char *const lines[] = {
        "shaping = yes\n",
        "inner_gradient = episode\nshaping = yes\n",
        "goal_input = yes\nextra = difference\n",
        "extra = gains\n",
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(lines); i++) {
        char all[300];
        struct precise x;
        struct world w;

        /* A rate at which the step matters. */
        snprintf(all, sizeof all,
                 "%sinner_lr = 0.1\nmeta_batch_size = 1\ndetach = no\n"
                 "pass_bounds = no\n" CAR,
                 lines[i]);
        assert_ok(world_open(&w, all, err));
        assert_ok(begin(&w, err));
        assert_ok(steps(&w, 0, 1, err));
        precise_open(&x, w.control, NULL);
        check_derivative(&x, 1e-5, 1e-7);
        assert_true(fabs(x.gradient[0][0]) > 1e-9);
        precise_close(&x);
        world_close(&w);
    }
}

/* The sum of the weights of one of the crew. */
static double
sum_of(const struct world *w, size_t at)
{
    double sum = 0;

    for (size_t k = 0; k < 12; k++)
        sum += (double)w->control->crew.weight[0][12 * at + k];
    return sum;
}

/* fixed: the same policy each time and everywhere; resample: never. */
static void
policies(void **state)
{
    for (int fixed = 0; fixed < 2; fixed++) {
        struct world w;
        double first;

        (void)state;
        assert_ok(world_open(&w,
                             fixed ? "policy_init = fixed\n" CAR
                                   : "policy_init = resample\n" CAR,
                             err));
        assert_ok(begin(&w, err));
        assert_ok(steps(&w, 0, 1, err));
        first = sum_of(&w, 0);
        assert_int_equal(memcmp(&first, &(double){ sum_of(&w, 1) },
                                sizeof first) == 0, fixed);
        assert_ok(steps(&w, 1, 2, err));
        assert_int_equal(memcmp(&first, &(double){ sum_of(&w, 0) },
                                sizeof first) == 0, fixed);
        /* train and test; and, with one policy, new goals for it. */
        assert_int_equal(w.control->n_trials, 2 + fixed);
        world_close(&w);
    }
}

/* Down the task's own cost through the dynamics: each step makes it less. */
static void
baseline(void **state)
{
    struct world w;

    (void)state;
    assert_ok(world_open(&w, "iterations = 0\neval_steps = 0, 5\n"
                             "inner_lr = 0.01\n" CAR, err));
    assert_ok(begin(&w, err));
    assert_ok(steps(&w, 0, 1, err));
    assert_true(last_value(&w, "test,baseline_cost@5") <
                last_value(&w, "test,baseline_cost@0"));
    assert_true(last_value(&w, "test,baseline_cost@0") ==
                last_value(&w, "test,cost@0"));
    assert_true(last_value(&w, "test,reached@0") == 0);
    world_close(&w);
}

#define SHORT "iterations = 8\neval_policies = 2\n"

/* Stopped before step `at`, and gone on from what was saved; with tests after
 * each fourth iteration there are ten. */
static void
run(size_t threads, uint64_t at, const char *lines, struct mesa_text *out)
{
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_text rows;
    struct world w;
    uint64_t n;

    assert_ok(mesa_parallel_set_threads(threads, err));
    assert_ok(world_open(&w, lines, err));
    assert_ok(begin(&w, err));
    n = class_of()->total(w.control, &w.host);
    if (at > n)
        at = n;
    assert_ok(steps(&w, 0, at, err));
    if (at < n) {
        assert_ok(class_of()->head.save(w.control, a, err));
        rows = w.rows;
        memset(&w.rows, 0, sizeof w.rows);
        world_close(&w);
        assert_ok(world_open(&w, lines, err));
        w.rows = rows;
        assert_ok(begin(&w, err));
        assert_ok(class_of()->head.load(w.control, a, err));
        assert_ok(steps(&w, at, n, err));
    }
    *out = w.rows;
    memset(&w.rows, 0, sizeof w.rows);
    world_close(&w);
    mesa_archive_free(a);
    assert_ok(mesa_parallel_set_threads(1, err));
}

static void
same_bits(void **state)
{
    static const char *const lines[] = {
        SHORT "shaping = yes\neval_interval = 4\n" CAR,
        SHORT "policy_init = fixed\ninner_gradient = episode\n" CAR,
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(lines); i++) {
        struct mesa_text whole, other;

        run(1, 10, lines[i], &whole);
        for (uint64_t at = 3; at < 12; at += 3) {
            run(at == 9 ? 3 : 1, at == 9 ? 10 : at, lines[i], &other);
            assert_string_equal(whole.at, other.at);
            mesa_free(other.at);
        }
        mesa_free(whole.at);
    }
}

/* What the run would keep of its loss, and the weights as they are. */
static bool
is_kept(const struct world *w)
{
    return w->recipe.loss->learnt != NULL;
}

static float *
first_weights(struct world *w)
{
    return mesa_weights_data(w->control->teacher.weights, 0);
}

/* Weights that are no numbers any more: the last good ones come back, and are
 * kept, unless nothing was learnt yet. */
static void
diverges(void **state)
{
    struct teacher *t;
    struct world w;
    float good;

    (void)state;
    assert_ok(world_open(&w, SHORT CAR, err));
    assert_ok(begin(&w, err));
    first_weights(&w)[3] = NAN;
    assert_error(steps(&w, 0, 1, err), MESA_ENUMERIC,
                 "iteration 0 diverged: the task loss after a step with the "
                 "learned loss is nan; a smaller inner_lr or meta_lr may "
                 "help");
    assert_true(mesa_weights_finite(w.control->teacher.weights));
    assert_false(is_kept(&w));
    world_close(&w);

    assert_ok(world_open(&w, SHORT CAR, err));
    assert_ok(begin(&w, err));
    t = &w.control->teacher;
    assert_ok(steps(&w, 0, 1, err));
    good = first_weights(&w)[3];
    first_weights(&w)[3] = NAN;
    assert_int_equal(steps(&w, 1, 2, NULL), MESA_ENUMERIC);
    assert_true(first_weights(&w)[3] >= good && first_weights(&w)[3] <= good);
    assert_true(is_kept(&w));
    first_weights(&w)[3] = INFINITY;
    assert_error(teacher_check(t, &w.host, 7, 0.5, err), MESA_ENUMERIC,
                 "iteration 7 diverged: the task loss after a step with the "
                 "learned loss is 0.5, but its derivatives are not finite; a "
                 "smaller inner_lr or meta_lr may help");
    world_close(&w);
}

/* A loss that makes policies diverge: they have no scores, the others do. */
static void
lost_policies(void **state)
{
    struct world w;
    struct control *c;
    size_t n;

    (void)state;
    assert_ok(world_open(&w, "iterations = 0\neval_steps = 0, 1\n"
                             "eval_policies = 2\n" CAR, err));
    assert_ok(begin(&w, err));
    c = w.control;
    for (size_t j = 0; j < c->teacher.n; j++) {
        n = numbers(mesa_weights_get(c->teacher.weights, j), 0);
        for (size_t k = 0; k < n; k++)
            ((float *)mesa_weights_data(c->teacher.weights, j))[k] = 3e38F;
    }
    assert_ok(steps(&w, 0, 1, err));
    assert_true(isfinite(last_value(&w, "test,cost@0")));
    assert_true(isnan(last_value(&w, "test,cost@1")));
    assert_true(isnan(last_value(&w, "test,distance@1")));
    assert_true(isnan(last_value(&w, "test,reached@1")));
    assert_true(isfinite(last_value(&w, "test,baseline_cost@1")));
    world_close(&w);

    /* One of two: the mean is the other's. */
    assert_ok(world_open(&w, SHORT CAR, err));
    assert_ok(begin(&w, err));
    c = w.control;
    assert_ok(steps(&w, 0, 1, err)); /* draws them */
    c->crew.weight[0][1] = INFINITY;
    assert_ok(control_crew_programs(c, &c->crew, err));
    assert_ok(control_crew_run(c, &c->crew, err));
    for (size_t e = 0; e < c->crew.n; e++) {
        assert_int_equal(c->crew.lost[e], e == 0);
        assert_int_equal(isnan(c->crew.cost[e]) != 0, e == 0);
        assert_int_equal(isnan(c->crew.actions[e * 20 + 19]) != 0, e == 0);
    }
    world_close(&w);
}

/* A test that hears of a stop has done nothing, and is made again. */
static void
stopped_tests(void **state)
{
    static const char lines[] = SHORT "eval_interval = 4\n" CAR;
    volatile sig_atomic_t stop = 0;
    atomic_bool heard = false;
    struct mesa_text whole;
    struct world w;

    (void)state;
    run(1, 10, lines, &whole);
    assert_ok(world_open(&w, lines, err));
    w.host.stop = &stop;
    w.host.heard = &heard;
    assert_ok(begin(&w, err));
    assert_int_equal(class_of()->total(w.control, &w.host), 10);
    for (uint64_t i = 0; i < 10; i++) {
        const bool is_test = i == 4 || i == 9;
        const size_t n = w.rows.n;

        stop = is_test;
        assert_ok(steps(&w, i, i + 1, err));
        assert_int_equal(atomic_exchange(&heard, false), is_test);
        if (!is_test)
            continue;
        assert_int_equal(w.rows.n, n);
        stop = 0;
        assert_ok(steps(&w, i, i + 1, err));
    }
    assert_string_equal(whole.at, w.rows.at);
    mesa_free(whole.at);
    world_close(&w);
}

static void
refuses(const char *lines, const char *message)
{
    struct world w;

    assert_ok(world_open(&w, lines, err));
    assert_error(begin(&w, err), MESA_EINVAL, message);
    world_close(&w);
}

static void
errors(void **state)
{
    struct world w;

    (void)state;
    refuses("[environment]\ntype = endless\n",
            "environment endless: an episode has no steps");
    refuses("[environment]\ntype = bare\n",
            "environment bare has no `goal`, which ml3_control needs");
    refuses("[environment]\ntype = aimed\n",
            "environment aimed has no `distance`, which ml3_control needs");
    refuses("[environment]\ntype = ruled\n",
            "environment ruled has no `build_cost`, which ml3_control needs");
    refuses("shaping = yes\n" CAR "extra_goal =\n",
            "shaping = yes, but environment mountain_car knows no more than "
            "the goal");
    assert_error(world_open(&w, "eval_steps =\n" CAR, err), MESA_EINVAL,
                 "[metalearner] ml3_control: eval_steps has 0 numbers, "
                 "expected 1 to 64");
    world_close(&w);
    assert_error(world_open(&w, "eval_steps = 0, 2.5\n" CAR, err),
                 MESA_EINVAL,
                 "[metalearner] ml3_control: eval_steps has 2.5, expected "
                 "whole numbers, each larger than the one before");
    world_close(&w);
}

/* Sections that are not there; load without begin. */
static void
nothing_there(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct world w;

    (void)state;
    assert_ok(world_open(&w, CAR, err));
    w.recipe.loss = NULL;
    assert_error(begin(&w, err), MESA_EINVAL,
                 "there is no [loss] section: which loss is to learn?  (type "
                 "= learned)");
    world_close(&w);
    assert_ok(world_open(&w, CAR, err));
    w.recipe.estimator = NULL;
    assert_error(begin(&w, err), MESA_EINVAL,
                 "there is no [estimator] section: which model is the "
                 "policy?");
    world_close(&w);
    assert_ok(world_open(&w, CAR, err));
    w.recipe.environment = NULL;
    assert_error(begin(&w, err), MESA_EINVAL,
                 "there is no [environment] section: where are policies to "
                 "act?");
    world_close(&w);
    assert_ok(world_open(&w, CAR, err));
    assert_error(class_of()->head.load(w.control, a, err), MESA_ESTATE,
                 "load comes after begin");
    world_close(&w);
    mesa_archive_free(a);
}

static void
out_of_memory(void **state)
{
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK; k += 1 + k / 20) {
        const uint64_t live = mesa_memory_live();
        struct world w;

        assert_true(k < 1000000);
        assert_ok(world_open(&w, "iterations = 1\ninner_gradient = episode\n"
                                 CAR, err));
        mesa_memory_fail_at(k);
        st = begin(&w, NULL);
        if (st == MESA_OK)
            st = steps(&w, 0, 2, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        world_close(&w);
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outer_derivative), cmocka_unit_test(policies),
        cmocka_unit_test(baseline),         cmocka_unit_test(same_bits),
        cmocka_unit_test(diverges),         cmocka_unit_test(errors),
        cmocka_unit_test(nothing_there),    cmocka_unit_test(out_of_memory),
        cmocka_unit_test(stages),           cmocka_unit_test(lost_policies),
        cmocka_unit_test(stopped_tests),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
