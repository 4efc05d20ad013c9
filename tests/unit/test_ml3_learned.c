/* SPDX-License-Identifier: MIT */
/*
 * test_ml3_learned.c - ml3_control where nothing can be differentiated: a
 * trolley on a rail whose dynamics are learnt from its episodes.
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

enum { STATES = 2, STEPS = 8 };

struct trolley {
    double unused;
};

static void
trolley_space(const void *self, struct mesa_space *out)
{
    static const char *const state[] = { "place", "speed" };
    static const char *const unit[] = { "m", "m/s" };
    static const char *const action[] = { "push" };
    static const double scale[] = { 1, 1 }, low = -2, high = 2;

    (void)self;
    out->n_states = STATES;
    out->n_actions = 1;
    out->horizon = STEPS;
    out->dt = 0.25;
    out->state = state;
    out->action = action;
    out->unit = unit;
    out->scale = scale;
    out->action_low = &low;
    out->action_high = &high;
}

static void
trolley_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self, (void)rng;
    state[0] = state[1] = 0;
}

static void
trolley_step(const void *self, size_t n, const double *state,
             const double *action, double *next)
{
    (void)self;
    for (size_t r = 0; r < n; r++) {
        double push = fmin(fmax(action[r], -2), 2);

        next[2 * r + 1] = 0.95 * state[2 * r + 1] + 0.25 * push;
        next[2 * r] = state[2 * r] + 0.25 * next[2 * r + 1];
    }
}

static void
trolley_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
             struct mesa_rng *rng)
{
    (void)self, (void)i;
    goal[0] = part == MESA_PART_TRAIN ? 0.5 + mesa_rng_uniform(rng) : 1.2;
    goal[1] = 0;
}

static double
trolley_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return fabs(state[0] - goal[0]);
}

static mesa_node
trolley_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                   mesa_node actions, mesa_node goal, bool shaped)
{
    mesa_node last = mesa_slice(g, states, 0, STEPS - 1, 1);
    mesa_node far = mesa_slice(g, mesa_sub(g, last, goal), 1, 0, 1);

    (void)self, (void)actions, (void)shaped;
    return mesa_sum(g, mesa_mul(g, far, far));
}

static const struct mesa_environment_class trolley = {
    MESA_ENVIRONMENT(struct trolley),
    .head.name  = "trolley",
    .head.title = "A trolley on a rail",
    .space      = trolley_space,
    .reset      = trolley_reset,
    .step       = trolley_step,
    .goal       = trolley_goal,
    .distance   = trolley_distance,
    .build_cost = trolley_build_cost,
};

static const struct mesa_plugin *
trolley_plugin(void)
{
    static const struct mesa_class *const classes[] = { &trolley.head, NULL };
    static const struct mesa_plugin plugin = {
        .magic = MESA_PLUGIN_MAGIC, .abi_major = MESA_ABI_MAJOR,
        .abi_minor = MESA_ABI_MINOR, .struct_size = sizeof plugin,
        .layout = MESA_LAYOUT, .name = "trolley", .version = "1.0",
        .license = "MIT", .classes = classes,
    };

    return &plugin;
}

static const struct mesa_builtin linked[] = {
    { "metalearners", "ml3_control", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "losses", "learned", learned_plugin },
    { "environments", "trolley", trolley_plugin },
    { NULL, NULL, NULL },
};

static const char common[] =
    "[environment]\ntype = trolley\n"
    "[estimator]\ntype = mlp\nactivation = tanh\nhidden_layer_sizes = 8\n"
    "[loss]\ntype = learned\nuse_target = no\nuse_input = yes\n"
    "use_extra = yes\nactivation = elu\noutput = none\n"
    "hidden_layer_sizes = 16, 16\n"
    "[metalearner]\ntype = ml3_control\nmeta_batch_size = 2\n"
    "goal_input = yes\ninner_lr = 0.5\nmeta_lr = 0.01\n"
    "extra = difference\ndynamics_batch_size = 16\n"
    "dynamics_rollouts = 2\nlog_interval = 1\n";

#include "ml3_control_fixture.h"

/* The environment cannot be differentiated: only learned dynamics can. */
static void
true_dynamics(void **state)
{
    struct world w;

    (void)state;
    assert_ok(world_open(&w, "dynamics = true\n", err));
    assert_error(begin(&w, err), MESA_EINVAL,
                 "environment trolley has no `build_step`: nothing can be "
                 "differentiated through its dynamics (dynamics = true)");
    world_close(&w);
}

/* One step with the loss leads the trolley to a goal it was not made with. */
static void
reaches(void **state)
{
    struct world w;
    double before, after;

    (void)state;
    assert_ok(world_open(&w,
                         "dynamics = learned\niterations = 200\n"
                         "dynamics_interval = 50\ndynamics_epochs = 60\n"
                         "dynamics_lr = 0.005\ndynamics_schedule = cosine\n"
                         "cosine_annealing = yes\npolicy_init = fixed\n"
                         "dynamics_hidden = 16, 8\n",
                         err));
    assert_ok(begin(&w, err));
    assert_ok(steps(&w, 0, 201, err));
    before = last_value(&w, "valid,distance@0");
    after = last_value(&w, "valid,distance@1");
    if (!(after < 0.3 * before))
        fail_msg("distance %g, then %g", before, after);
    assert_true(last_value(&w, "dynamics_loss") < -2);
    /* Babbling, and four trainings' episodes. */
    assert_int_equal(w.control->learned.rows, STEPS * (3 + 4 * 2));
    world_close(&w);
}

#define SHORT                                                             \
    "dynamics = learned\niterations = 8\ndynamics_interval = 3\n"         \
    "dynamics_epochs = 3\nbabbling = 2\n"

static void
as_bytes(struct world *w, uint32_t *out, size_t room)
{
    struct mesa_weights *loss = w->control->teacher.weights;
    size_t n = 0;

    memset(out, 0, room * sizeof *out);
    for (size_t i = 0; i < mesa_weights_count(loss); i++) {
        const struct mesa_weight *t = mesa_weights_get(loss, i);
        size_t size = t->shape[0] * (t->rank > 1 ? t->shape[1] : 1);

        assert_true(n + size <= room);
        memcpy(out + n, mesa_weights_data(loss, i), size * sizeof *out);
        n += size;
    }
}

enum { ROOM = 600 };

/* Stopped before iteration `at`, and gone on from what was saved. */
static void
run(size_t threads, uint64_t at, const char *lines, uint32_t out[ROOM])
{
    struct mesa_archive *a = mesa_archive_new();
    struct world w;

    assert_ok(mesa_parallel_set_threads(threads, err));
    assert_ok(world_open(&w, lines, err));
    assert_ok(begin(&w, err));
    assert_ok(steps(&w, 0, at, err));
    if (at < 8) {
        assert_ok(class_of()->head.save(w.control, a, err));
        world_close(&w);
        assert_ok(world_open(&w, lines, err));
        assert_ok(begin(&w, err));
        assert_ok(class_of()->head.load(w.control, a, err));
        assert_ok(steps(&w, at, 8, err));
    }
    as_bytes(&w, out, ROOM);
    world_close(&w);
    mesa_archive_free(a);
    assert_ok(mesa_parallel_set_threads(1, err));
}

static void
same_bits(void **state)
{
    static const char *const lines[] = {
        SHORT "dynamics_hidden = 6, 5\npolicy_init = fixed\n",
        SHORT "dynamics_hidden = 6\ndynamics_target = state\n",
        SHORT "dynamics_hidden = 6, 5, 4\ndynamics_members = 1\n",
    };
    uint32_t whole[ROOM], other[ROOM];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(lines); i++) {
        run(1, 8, lines[i], whole);
        run(3, 8, lines[i], other);
        assert_memory_equal(whole, other, sizeof whole);
        run(1, 3, lines[i], other); /* a training comes next */
        assert_memory_equal(whole, other, sizeof whole);
        run(1, 5, lines[i], other);
        assert_memory_equal(whole, other, sizeof whole);
    }
}

static void
lend_dynamics(struct precise *x, struct control *c)
{
    const struct dynamics *d = &c->learned;

    for (size_t i = 0; i < d->n; i++) {
        size_t each = numbers(mesa_weights_get(d->weights, i), 1);
        const float *data = mesa_weights_data(d->weights, i);

        for (size_t m = 0; m < (size_t)d->options.members; m++)
            lend(x, c->nodes.input[m * d->n + i], data + m * each, each);
    }
}

/* What an episode costs after a step, differentiated by the loss: through the
 * step, all of the episode and the networks that it is made of. */
static void
outer_derivative(void **state)
{
    struct precise x;
    struct world w;

    (void)state;
    assert_ok(world_open(&w,
                         SHORT "dynamics_hidden = 6, 5\ndetach = no\n"
                               "pass_bounds = no\n"
                               "dynamics_limits = 9, 9\n",
                         err));
    assert_ok(begin(&w, err));
    assert_ok(steps(&w, 0, 1, err));
    precise_open(&x, w.control, lend_dynamics);
    check_derivative(&x, 1e-5, 1e-7);
    precise_close(&x);
    world_close(&w);
}

static void
stops(void **state)
{
    static const volatile sig_atomic_t stop = 1;
    struct world w;

    (void)state;
    assert_ok(world_open(&w, SHORT, err));
    assert_ok(begin(&w, err));
    w.host.stop = &stop;
    assert_ok(steps(&w, 0, 1, err));
    assert_int_equal(w.control->n_summed, 0);
    world_close(&w);
}

/* Policies that have diverged show nothing of the dynamics. */
static void
lost_policies(void **state)
{
    struct world w;
    struct mesa_weights *loss;

    (void)state;
    assert_ok(world_open(&w, SHORT, err));
    assert_ok(begin(&w, err));
    loss = w.control->teacher.weights;
    for (size_t i = 0; i < mesa_weights_count(loss); i++) {
        size_t n = numbers(mesa_weights_get(loss, i), 0);

        for (size_t k = 0; k < n; k++)
            ((float *)mesa_weights_data(loss, i))[k] = (float)NAN;
    }
    assert_int_equal(steps(&w, 0, 1, NULL), MESA_ENUMERIC);
    assert_int_equal(w.control->learned.rows, 2 * STEPS); /* of babbling */
    world_close(&w);
}

static void
errors(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct world w;

    (void)state;
    assert_ok(world_open(&w, SHORT "dynamics_limits = 1, 2, 3\n", err));
    assert_error(begin(&w, err), MESA_EINVAL,
                 "dynamics_limits has 3 numbers but a state has 2");
    world_close(&w);

    assert_ok(world_open(&w, SHORT "dynamics_lr = 1e6\n", err));
    assert_ok(begin(&w, err));
    w.control->learned.options.learning_rate = 1e35;
    assert_error(steps(&w, 0, 1, err), MESA_ENUMERIC,
                 "training of the dynamics diverged after 32 transitions: a "
                 "smaller dynamics_lr may help");
    world_close(&w);

    assert_ok(world_open(&w, "dynamics = learned\nbabbling = 1\n", err));
    assert_ok(begin(&w, err));
    assert_int_not_equal(class_of()->head.load(w.control, a, NULL), MESA_OK);
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
        assert_ok(world_open(&w, SHORT "dynamics_hidden = 2\n", err));
        mesa_memory_fail_at(k);
        st = begin(&w, NULL);
        if (st == MESA_OK)
            st = steps(&w, 0, 1, NULL);
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
        cmocka_unit_test(true_dynamics), cmocka_unit_test(reaches),
        cmocka_unit_test(outer_derivative), cmocka_unit_test(same_bits),
        cmocka_unit_test(stops),         cmocka_unit_test(errors),
        cmocka_unit_test(lost_policies), cmocka_unit_test(out_of_memory),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
