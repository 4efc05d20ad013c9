/* SPDX-License-Identifier: MIT */
/* test_ml3_dynamics.c - learned dynamics: likelihood, training, as nodes. */
#include "host.h"
#include "metalearners/ml3/dynamics.h"
#include "test.h"

#include <math.h>

enum { STATES = 4, ACTIONS = 2, INPUTS = STATES + ACTIONS, STEPS = 20 };

/* Two masses on a line each, pushed and slowed down; a wind in the last. */
static const char *const units[STATES] = { "m", "m", "m/s", "m/s" };
static const char *const none[STATES] = { "", "", "", "" };
static const double scale[STATES] = { 1, 1, 2, 2 };
static const double low[ACTIONS] = { -1, -2 }, high[ACTIONS] = { 1, 2 };
static const double hidden[2] = { 16, 8 };

static const struct mesa_space space = {
    .struct_size = sizeof space, .n_states = STATES, .n_actions = ACTIONS,
    .horizon = STEPS, .dt = 0.1, .unit = units, .scale = scale,
    .action_low = low, .action_high = high,
};

static const struct dynamics_options options = {
    .hidden = { .n = 2, .value = hidden }, .members = 3, .epochs = 40,
    .batch_size = 16, .learning_rate = 5e-3, .least_variance = 1e-3,
    .schedule = MESA_LINEAR,
};

static void
move(const double *s, const double *u, double *next)
{
    for (size_t k = 0; k < 2; k++) {
        next[2 + k] = s[2 + k] + 0.1 * (u[k] - 0.5 * s[2 + k] + 0.2 * s[k]);
        next[k] = s[k] + 0.1 * next[2 + k];
    }
}

static struct mesa_rng
stream(uint64_t i)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 100 + i);
    return rng;
}

static void
open_as(struct dynamics *d, const struct dynamics_options *o,
        const struct mesa_space *s)
{
    const struct mesa_rng rng = stream(0);

    memset(d, 0, sizeof *d);
    d->options = *o;
    assert_ok(dynamics_open(d, s, &rng, err));
}

/* n transitions from anywhere. */
static mesa_status
watch(struct dynamics *d, size_t n, uint64_t seed, struct mesa_error *e)
{
    struct mesa_rng rng = stream(seed);
    double s[STATES], u[ACTIONS], next[STATES];
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        for (size_t k = 0; k < STATES; k++)
            s[k] = scale[k] * (2 * mesa_rng_uniform(&rng) - 1);
        for (size_t k = 0; k < ACTIONS; k++)
            u[k] = high[k] * (2 * mesa_rng_uniform(&rng) - 1);
        move(s, u, next);
        st = dynamics_see(d, 1, s, u, next, e);
    }
    return st;
}

static mesa_status
fit(struct dynamics *d, uint64_t seed, struct mesa_error *e)
{
    const struct mesa_host host = { .stop = NULL };
    const struct mesa_rng rng = stream(seed);

    return dynamics_fit(d, &host, &rng, e);
}

/* What d makes of n rows, and of `times` steps with the same action. */
static void
predict(struct dynamics *d, size_t times, const float *state,
        const float *action, float *out)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    struct dynamics_nodes nodes;
    struct mesa_program *p;
    mesa_node s = mesa_input(g, MESA_SHARED, MESA_SHAPE(1, STATES));
    mesa_node u = mesa_input(g, MESA_SHARED, MESA_SHAPE(1, ACTIONS));
    mesa_node next = s;

    assert_ok(dynamics_nodes_new(d, g, &nodes, err));
    for (size_t t = 0; t < times; t++)
        next = dynamics_next(d, g, &nodes, next, u);
    assert_ok(mesa_program_new(g, &next, 1, &p, err));
    mesa_program_bind(p, s, (void *)(uintptr_t)state);
    mesa_program_bind(p, u, (void *)(uintptr_t)action);
    mesa_program_bind(p, next, out);
    dynamics_bind(d, p, &nodes);
    assert_ok(mesa_program_run(p, err));
    dynamics_nodes_free(&nodes);
    mesa_program_free(p);
    mesa_graph_free(g);
}

/* The networks learn what is linear, and positions follow velocities. */
static void
linear_system(void **state)
{
    static const float from[STATES] = { 0.3F, -0.4F, 0.5F, -0.8F };
    static const float action[ACTIONS] = { -0.6F, 1.1F };
    struct dynamics_options o = options;
    struct dynamics d;
    double s[STATES], u[ACTIONS], loss;
    float out[STATES];

    (void)state;
    o.epochs = 300;
    open_as(&d, &o, &space);
    assert_int_equal(d.n_targets, 2);
    assert_ok(watch(&d, 300, 1, err));
    assert_ok(fit(&d, 2, err));
    loss = dynamics_last_loss(&d);
    if (!(loss < 0.5 * -6.4)) /* the least variance would be -3.45 */
        fail_msg("loss %g", loss);
    for (size_t k = 0; k < STATES; k++)
        s[k] = (double)from[k];
    for (size_t k = 0; k < ACTIONS; k++)
        u[k] = (double)action[k];
    move(s, u, s);
    predict(&d, 1, from, action, out);
    for (size_t k = 0; k < 2; k++) {
        if (fabs((double)out[2 + k] - s[2 + k]) > 0.01)
            fail_msg("velocity %zu: %g, not %g", k, (double)out[2 + k],
                     s[2 + k]);
        assert_true(fabs((double)out[k] - ((double)from[k] +
                                           0.1 * (double)out[2 + k])) < 1e-6);
    }
    dynamics_close(&d);
}

/* Without units, or when told so, each number's change is learnt. */
static void
all_numbers(void **state)
{
    struct dynamics_options o = options;
    struct mesa_space s = space;
    struct dynamics d;

    (void)state;
    o.target = DYNAMICS_STATE;
    open_as(&d, &o, &space);
    assert_int_equal(d.n_targets, STATES);
    dynamics_close(&d);

    s.unit = none;
    open_as(&d, &options, &s);
    assert_int_equal(d.n_targets, STATES);
    assert_ok(watch(&d, 40, 1, err));
    assert_ok(fit(&d, 2, err));
    dynamics_close(&d);
}

static void
limits(void **state)
{
    static const double most[STATES] = { 0.5, 1, 0.25, 0.5 };
    static const float from[STATES] = { 0.4F, -0.9F, 9, -9 };
    static const float action[ACTIONS] = { 1, -1 };
    struct dynamics_options o = options;
    struct dynamics d;
    float out[STATES];

    (void)state;
    o.limits = (struct mesa_list){ .n = STATES, .value = most };
    open_as(&d, &o, &space);
    predict(&d, 1, from, action, out);
    assert_true(out[0] == 0.5F && out[1] == -1.0F);
    assert_true(out[2] == 0.25F && out[3] == -0.5F);
    dynamics_close(&d);
}

/* One network with no hidden layer between the first and the last, and one
 * with two: the joined matrices are the networks' means. */
static void
joined(void **state)
{
    static const double three[3] = { 5, 4, 3 };
    static const float from[STATES] = { 0.1F, 0.2F, -0.3F, 0.4F };
    static const float action[ACTIONS] = { 0.5F, -0.25F };
    struct dynamics_options o = options;
    float out[STATES];

    (void)state;
    for (size_t n = 1; n <= 3; n++) {
        struct dynamics d;
        double delta[2] = { 0, 0 };

        o.hidden = (struct mesa_list){ .n = n, .value = three };
        o.members = 4 - (int64_t)n;
        open_as(&d, &o, &space);
        for (size_t m = 0; m < (size_t)o.members; m++) {
            double x[INPUTS], y[INPUTS];
            size_t width = INPUTS;

            for (size_t j = 0; j < INPUTS; j++)
                x[j] = (j < STATES ? (double)from[j]
                                   : (double)action[j - STATES]) /
                       (j < STATES ? scale[j] : high[j - STATES]);
            for (size_t layer = 0; layer <= n; layer++) {
                size_t to = layer < n ? (size_t)three[layer] : 4;
                const float *w = mesa_weights_data(d.weights, 2 * layer);
                const float *b = mesa_weights_data(d.weights, 2 * layer + 1);

                for (size_t j = 0; j < to; j++) {
                    y[j] = (double)b[m * to + j];
                    for (size_t i = 0; i < width; i++)
                        y[j] += x[i] *
                                (double)w[(m * width + i) * to + j];
                    if (layer < n)
                        y[j] = tanh(y[j]);
                }
                memcpy(x, y, sizeof x);
                width = to;
            }
            for (size_t k = 0; k < 2; k++)
                delta[k] += x[k] / (double)o.members;
        }
        predict(&d, 1, from, action, out);
        for (size_t k = 0; k < 2; k++)
            assert_true(fabs((double)out[2 + k] - (double)from[2 + k] -
                             delta[k]) < 1e-6);
        dynamics_close(&d);
    }
}

/* The negative log likelihood and its derivatives, in doubles. */
struct likelihood {
    struct mesa_program *p;
    struct mesa_weights *w;
    double               x[5 * INPUTS], y[5 * 2], loss;
    double              *gradient[6];
};

static void
likelihood_open(struct likelihood *l, struct dynamics *d)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_weight list[6];
    const struct mesa_rng weights = stream(5);
    struct mesa_rng rng = stream(6);
    mesa_node node[6], out[7];
    mesa_node x = mesa_input(g, MESA_SHARED, MESA_SHAPE(5, INPUTS));
    mesa_node y = mesa_input(g, MESA_SHARED, MESA_SHAPE(5, 2));

    assert_int_equal(mesa_layers_parameters(&d->layers, INPUTS, 4, list, 6),
                     6);
    assert_ok(mesa_weights_new(list, 6, MESA_F64, &l->w, err));
    mesa_weights_draw(l->w, &weights);
    mesa_weights_inputs(l->w, g, node);
    out[6] = dynamics_loss(d, g, node, x, y);
    mesa_grad(g, out[6], node, 6, out);
    assert_ok(mesa_program_new(g, out, 7, &l->p, err));
    mesa_weights_bind(l->w, l->p, node);
    mesa_program_bind(l->p, x, l->x);
    mesa_program_bind(l->p, y, l->y);
    mesa_program_bind(l->p, out[6], &l->loss);
    for (size_t i = 0; i < 6; i++) {
        l->gradient[i] = mesa_alloc_array(200, sizeof(double));
        mesa_program_bind(l->p, out[i], l->gradient[i]);
    }
    for (size_t i = 0; i < 5 * INPUTS; i++)
        l->x[i] = mesa_rng_normal(&rng);
    for (size_t i = 0; i < 5 * 2; i++)
        l->y[i] = mesa_rng_normal(&rng);
    mesa_graph_free(g);
}

static void
likelihood_of_data(void **state)
{
    static const size_t size[6] = { INPUTS * 16, 16, 16 * 8, 8, 8 * 4, 4 };
    const double h = 1e-5;
    struct dynamics d;
    struct likelihood l;

    (void)state;
    open_as(&d, &options, &space);
    likelihood_open(&l, &d);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < size[i]; k += 7) {
            double *w = (double *)mesa_weights_data(l.w, i) + k, at = *w;
            double up, found;

            *w = at + h;
            assert_ok(mesa_program_run(l.p, err));
            up = l.loss;
            *w = at - h;
            assert_ok(mesa_program_run(l.p, err));
            up = (up - l.loss) / (2 * h);
            *w = at;
            assert_ok(mesa_program_run(l.p, err));
            found = l.gradient[i][k];
            if (!(fabs(found - up) <= 1e-7 * (1 + fabs(up))))
                fail_msg("tensor %zu at %zu: %.10g, differences say %.10g",
                         i, k, found, up);
        }
    for (size_t i = 0; i < 6; i++)
        mesa_free(l.gradient[i]);
    mesa_program_free(l.p);
    mesa_weights_free(l.w);
    dynamics_close(&d);
}

/* All weights, in one number that any bit changes. */
static uint64_t
digest(const struct dynamics *d)
{
    static const size_t size[6] = { INPUTS * 16, 16, 16 * 8, 8, 8 * 4, 4 };
    uint64_t h = 0;

    for (size_t i = 0; i < 6; i++) {
        const uint32_t *bits = mesa_weights_data(d->weights, i);

        for (size_t k = 0; k < 3 * size[i]; k++)
            h = (h ^ bits[k]) * UINT64_C(0x100000001b3);
    }
    return h;
}

enum between { NOTHING, SAVED, TAKEN_BACK };

static uint64_t
two_trainings(size_t threads, enum between between)
{
    struct mesa_archive *a = mesa_archive_new();
    struct dynamics d;
    uint64_t h;

    assert_ok(mesa_parallel_set_threads(threads, err));
    open_as(&d, &options, &space);
    assert_ok(watch(&d, 50, 1, err));
    assert_ok(fit(&d, 2, err));
    if (between == TAKEN_BACK) {
        assert_ok(dynamics_mark(&d, err));
        assert_ok(watch(&d, 40, 8, err));
        assert_ok(fit(&d, 9, err));
        dynamics_go_back(&d);
    } else if (between == SAVED) {
        assert_ok(dynamics_save(&d, a, err));
        dynamics_close(&d);
        open_as(&d, &options, &space);
        assert_ok(watch(&d, 70, 7, err)); /* which load forgets */
        assert_ok(dynamics_load(&d, a, err));
    }
    assert_ok(watch(&d, 30, 3, err));
    assert_int_equal(d.rows, 80);
    assert_ok(fit(&d, 4, err));
    h = digest(&d);
    dynamics_close(&d);
    mesa_archive_free(a);
    assert_ok(mesa_parallel_set_threads(1, err));
    return h;
}

static void
same_bits(void **state)
{
    const uint64_t h = two_trainings(1, NOTHING);

    (void)state;
    assert_true(two_trainings(3, NOTHING) == h);
    assert_true(two_trainings(1, SAVED) == h);
    assert_true(two_trainings(1, TAKEN_BACK) == h);
}

/* Fewer rows than networks, or than a batch has. */
static void
few_rows(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 4; n++) {
        struct dynamics d;

        open_as(&d, &options, &space);
        assert_ok(watch(&d, n, 1, err));
        assert_ok(fit(&d, 2, err));
        dynamics_close(&d);
    }
}

/* A training that is told to stop leaves early. */
static void
stops(void **state)
{
    static const volatile sig_atomic_t stop = 1;
    const struct mesa_host host = { .stop = &stop };
    const struct mesa_rng rng = stream(2);
    struct dynamics d;
    uint64_t before;

    (void)state;
    open_as(&d, &options, &space);
    before = digest(&d);
    assert_ok(watch(&d, 30, 1, err));
    assert_ok(dynamics_fit(&d, &host, &rng, err));
    assert_true(digest(&d) == before);
    dynamics_close(&d);
}

static void
errors(void **state)
{
    static const double odd[1] = { 2.5 };
    const struct mesa_rng rng = stream(0);
    struct dynamics d = { .options = options };

    (void)state;
    d.options.hidden.n = 0;
    assert_error(dynamics_open(&d, &space, &rng, err), MESA_EINVAL,
                 "dynamics_hidden is empty: learned dynamics need a hidden "
                 "layer");
    dynamics_close(&d);
    d.options.hidden = (struct mesa_list){ .n = 1, .value = odd };
    assert_error(dynamics_open(&d, &space, &rng, err), MESA_EINVAL,
                 "dynamics_hidden has 2.5, expected whole numbers");
    dynamics_close(&d);
    d.options = options;
    d.options.limits = (struct mesa_list){ .n = 1, .value = odd };
    assert_error(dynamics_open(&d, &space, &rng, err), MESA_EINVAL,
                 "dynamics_limits has 1 numbers but a state has 4");
    dynamics_close(&d);

    d.options = options;
    d.options.learning_rate = 1e30;
    assert_ok(dynamics_open(&d, &space, &rng, err));
    assert_ok(watch(&d, 30, 1, err));
    assert_error(fit(&d, 2, err), MESA_ENUMERIC,
                 "training of the dynamics diverged after 30 transitions: a "
                 "smaller dynamics_lr may help");
    dynamics_close(&d);
}

static void
bad_archives(void **state)
{
    static const double seen[11];
    struct mesa_archive *a = mesa_archive_new();
    struct dynamics d;

    (void)state;
    open_as(&d, &options, &space);
    assert_ok(mesa_archive_put_vector(a, "seen", MESA_F64, 11, seen, err));
    assert_error(dynamics_load(&d, a, err), MESA_EPARSE,
                 "what was seen is not rows of 10 numbers");
    mesa_archive_free(a);
    a = mesa_archive_new();
    assert_int_equal(dynamics_load(&d, a, NULL), MESA_ENOTFOUND);
    assert_ok(mesa_archive_put_vector(a, "seen", MESA_F64, 10, seen, err));
    assert_int_equal(dynamics_load(&d, a, NULL), MESA_EPARSE);
    assert_int_equal(d.rows, 0);
    mesa_archive_free(a);
    dynamics_close(&d);
}

/* All that allocates, for the sweep. */
static mesa_status
life(struct dynamics *d, struct mesa_archive *a, struct mesa_error *e)
{
    const struct mesa_rng rng = stream(0);
    struct mesa_graph *g = NULL;
    struct dynamics_nodes nodes = { .input = NULL };
    mesa_status st = dynamics_open(d, &space, &rng, e);

    if (st == MESA_OK)
        st = watch(d, 5, 1, e);
    if (st == MESA_OK)
        st = fit(d, 2, e);
    if (st == MESA_OK)
        st = dynamics_save(d, a, e);
    if (st == MESA_OK)
        st = dynamics_load(d, a, e);
    if (st == MESA_OK) {
        g = mesa_graph_new(MESA_F32, 1);
        st = g ? dynamics_nodes_new(d, g, &nodes, e) : MESA_ENOMEM;
    }
    if (st == MESA_OK)
        st = mesa_graph_status(g, e);
    dynamics_nodes_free(&nodes);
    mesa_graph_free(g);
    return st;
}

static void
out_of_memory(void **state)
{
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK; k++) {
        const uint64_t live = mesa_memory_live();
        struct dynamics d = { .options = options };
        struct mesa_archive *a = mesa_archive_new();

        d.options.epochs = 1;
        assert_true(k < 100000);
        mesa_memory_fail_at(k);
        st = life(&d, a, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        dynamics_close(&d);
        mesa_archive_free(a);
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_system),
        cmocka_unit_test(all_numbers),
        cmocka_unit_test(limits),
        cmocka_unit_test(joined),
        cmocka_unit_test(likelihood_of_data),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(few_rows),
        cmocka_unit_test(stops),
        cmocka_unit_test(errors),
        cmocka_unit_test(bad_archives),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
