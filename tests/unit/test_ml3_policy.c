/* SPDX-License-Identifier: MIT */
/*
 * test_ml3_policy.c - the outer objective against differences through the
 * inner steps, the clipped surrogate and returns by hand, and what runs of
 * policies promise.
 */
#include "test.h"

#include "ml3/policy.h"

#include "host.h"
#include "instance.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *learned_plugin(void);
const struct mesa_plugin *pointmass_plugin(void);

/* A wall to run against: nothing costs anything there. */
static void
wall_space(const void *self, struct mesa_space *out)
{
    static const char *const name[] = { "x" };
    static const double one[] = { 1 }, low[] = { -1 };

    (void)self;
    *out = (struct mesa_space){ .struct_size = out->struct_size,
                                .n_states = 1,
                                .n_actions = 1,
                                .horizon = 3,
                                .dt = 1,
                                .state = name,
                                .action = name,
                                .unit = name,
                                .scale = one,
                                .action_low = low,
                                .action_high = one };
}

static void
wall_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self;
    (void)rng;
    state[0] = 0;
}

static void
wall_step(const void *self, size_t n, const double *state,
          const double *action, double *next)
{
    (void)self;
    (void)state;
    memcpy(next, action, n * sizeof *next);
}

static const struct mesa_environment_class wall = {
    MESA_ENVIRONMENT(char),
    .head.name = "wall",
    .head.title = "A wall",
    .space = wall_space,
    .reset = wall_reset,
    .step = wall_step,
};

static const struct mesa_plugin *
wall_plugin(void)
{
    static const struct mesa_class *const classes[] = { &wall.head, NULL };
    static struct mesa_plugin plugin;

    plugin = *pointmass_plugin();
    plugin.classes = classes;
    return &plugin;
}

static const struct mesa_builtin linked[] = {
    { "metalearners", "ml3_policy", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "losses", "learned", learned_plugin },
    { "environments", "pointmass", pointmass_plugin },
    { "environments", "wall", wall_plugin },
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
    struct policy         *policy;
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
    mesa_free(w->rows.at);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    memset(w, 0, sizeof *w);
}

#define MASS "[environment]\ntype = pointmass\nhorizon = 4\n"
#define MLP                                                              \
    "[estimator]\ntype = mlp\nactivation = tanh\n"                       \
    "hidden_layer_sizes = 5\n"
#define LOSS                                                             \
    "[loss]\ntype = learned\nhidden_layer_sizes = 6, 4\n"                \
    "activation = tanh\nuse_input = yes\nuse_extra = yes\n"

/* A metalearner before begin: other sections, lines of [metalearner]. */
static mesa_status
world_open(struct world *w, const char *sections, const char *lines,
           struct mesa_error *err)
{
    char text[1000];
    int n = snprintf(text, sizeof text,
                     "%s[metalearner]\ntype = ml3_policy\n"
                     "meta_batch_size = 3\nepisodes = 2\neval_goals = 2\n"
                     "%s%s",
                     sections,
                     strstr(lines, "eval_updates") ? ""
                                                   : "eval_updates = 0, 2\n",
                     lines);
    struct mesa_recipe *r = &w->recipe;
    const struct {
        enum mesa_kind          kind;
        const char             *section;
        struct mesa_component **to;
    } bound[] = { { MESA_KIND_ENVIRONMENT, "environment", &r->environment },
                  { MESA_KIND_ESTIMATOR, "estimator", &r->estimator },
                  { MESA_KIND_METALEARNER, "metalearner", &w->metalearner } };
    mesa_status st;

    memset(w, 0, sizeof *w);
    assert_true(n > 0 && (size_t)n < sizeof text);
    w->registry.builtins = linked;
    r->registry = &w->registry;
    w->host.recipe = r;
    w->metrics.rows = &w->rows;
    mesa_rng_seed(&w->host.root, 4);
    st = mesa_ini_parse(&r->ini, text, (size_t)n, "t.ini", "/tmp/", err);
    for (size_t i = 0; i < MESA_COUNT(bound) && st == MESA_OK; i++) {
        char head[40];

        snprintf(head, sizeof head, "[%s]", bound[i].section);
        if (strstr(text, head))
            st = mesa_recipe_resolve(r, bound[i].kind, bound[i].section,
                                     "t.ini", "/tmp/", bound[i].to, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_new(w->metalearner, &w->made, err);
    if (st == MESA_OK)
        w->policy = mesa_instance_self(w->made);
    return st;
}

static mesa_status
begin(struct world *w, const char *sections, const char *lines,
      struct mesa_error *err)
{
    mesa_status st = world_open(w, sections, lines, err);

    return st == MESA_OK ? class_of()->begin(w->policy, &w->host, err) : st;
}

static mesa_status
steps(struct world *w, uint64_t from, uint64_t to, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool done = false;

    for (uint64_t i = from; i < to && st == MESA_OK; i++) {
        assert_false(done);
        w->metrics.step = i;
        st = class_of()->step(w->policy, &w->host, i, &w->metrics, &done,
                              err);
    }
    return st;
}

/* Inputs of a graph in double precision, drawn at random. */
enum { MOST = 40, BATCH = 3 };

struct drawn {
    struct mesa_rng      rng;
    struct mesa_program *program;
    size_t               n;
    double              *at[MOST], objective;
};

static double *
draw(struct drawn *d, struct mesa_graph *g, mesa_node node, double scale)
{
    size_t shape[MESA_MAX_DIMS] = { 0 }, n = 1;
    uint32_t rank = mesa_node_shape(g, node, shape);
    double *x;

    for (uint32_t k = 0; k < rank; k++)
        n *= shape[k];
    n *= mesa_node_span(g, node) == MESA_PER_TASK ? BATCH : 1;
    x = malloc(n * sizeof *x);
    assert_non_null(x);
    assert_true(d->n < MOST);
    for (size_t k = 0; k < n; k++)
        x[k] = scale * mesa_rng_normal(&d->rng);
    mesa_program_bind(d->program, node, x);
    d->at[d->n++] = x;
    return x;
}

static void
draw_episodes(struct drawn *d, struct mesa_graph *g,
              const struct episode_nodes *e)
{
    draw(d, g, e->state, 1);
    draw(d, g, e->action, 0.5);
    if (e->mean)
        draw(d, g, e->mean, 0.3);
    draw(d, g, e->gain, 1);
}

/* What the objective is with tensor x moved along v: fourth-order
 * differences. */
static double
difference(struct drawn *d, double *x, const double *v, size_t n)
{
    static const double at[4] = { -2, -1, 1, 2 }, share[4] = { 1, -8, 8, -1 };
    const double h = 1e-4;
    double from[200], sum = 0;

    memcpy(from, x, n * sizeof *x);
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < n; i++)
            x[i] = from[i] + at[k] * h * v[i];
        assert_ok(mesa_program_run(d->program, err));
        sum += share[k] * d->objective;
    }
    memcpy(x, from, n * sizeof *x);
    return sum / (12 * h);
}

/* Along a direction of each tensor of the loss. */
static void
assert_gradient(const char *lines)
{
    struct world w;
    struct drawn d = { .n = 0 };
    struct policy_nodes n;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, BATCH);
    mesa_node gradient[20], output[21];
    double *loss[20], *into[20], largest = 0;
    struct teacher *t;

    assert_ok(begin(&w, MASS MLP LOSS, lines, err));
    t = &w.policy->teacher;
    assert_true(t->n <= 20);
    teacher_inputs(t, g);
    assert_ok(policy_outer_build(w.policy, g, &n, err));
    mesa_grad(g, n.objective, t->node, t->n, gradient);
    memcpy(output, gradient, t->n * sizeof *output);
    output[t->n] = n.objective;
    assert_ok(mesa_program_new(g, output, t->n + 1, &d.program, err));
    mesa_rng_seed(&d.rng, 8);
    for (size_t k = 0; k < t->n; k++) {
        loss[k] = draw(&d, g, t->node[k], 0.4);
        into[k] = draw(&d, g, gradient[k], 0);
    }
    for (size_t k = 0; k < mesa_weights_count(w.policy->model); k++)
        draw(&d, g, n.weight[k], 0.5);
    for (int64_t k = 0; k <= w.policy->inner_steps; k++)
        draw_episodes(&d, g, &n.played[k]);
    draw(&d, g, n.goal, 1);
    mesa_program_bind(d.program, n.objective, &d.objective);
    for (size_t k = 0; k < t->n; k++) {
        const struct mesa_weight *shape = mesa_weights_get(t->weights, k);
        double v[200], along = 0, measured;
        size_t count = shape->shape[0] *
                       (shape->rank > 1 ? shape->shape[1] : 1);

        assert_true(count <= 200);
        assert_ok(mesa_program_run(d.program, err));
        for (size_t i = 0; i < count; i++) {
            v[i] = mesa_rng_normal(&d.rng);
            along += v[i] * into[k][i];
        }
        measured = difference(&d, loss[k], v, count);
        largest = fmax(largest, fabs(along));
        if (fabs(measured - along) > 1e-6 * fmax(1e-2, fabs(along)))
            fail_msg("%s: tensor %zu: %.12g, by differences %.12g", lines, k,
                     along, measured);
    }
    assert_true(largest > 1e-3);
    for (size_t i = 0; i < d.n; i++)
        free(d.at[i]);
    mesa_program_free(d.program);
    policy_nodes_free(&n);
    mesa_graph_free(g);
    world_close(&w);
}

static void
test_gradient(void **state)
{
    (void)state;
    assert_gradient("inner_lr = 0.5\n");
    assert_gradient("inner_steps = 3\nstd = 0.5\n");
    assert_gradient("inner_steps = 2\nloss_goal = no\npolicy_goal = yes\n");
}

/* One number of an action, four rows. */
static void
test_surrogate(void **state)
{
    enum { ROWS = 4 };
    const double std = 0.5, clip = 0.2;
    double action[ROWS] = { 0.1, 0.4, -0.3, 0.5 };
    double before[ROWS] = { 0, 0, 0.2, 0.4 };
    double now[ROWS] = { 0.3, 0.3, 0.2, 0.1 };
    double gain[ROWS] = { 1, 1.5, -2, -0.5 }, got, slope[ROWS];
    double expected = 0;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct policy p = { .std = std, .episodes = 2 };
    struct episode_nodes e = { .state = 0 };
    struct mesa_program *program;
    mesa_node mean, out[2];

    (void)state;
    p.world.space.horizon = ROWS / 2;
    p.world.space.n_states = p.world.space.n_actions = 1;
    policy_episode_inputs(&p, g, &e);
    mean = mesa_input(g, MESA_PER_TASK, MESA_SHAPE((size_t)ROWS, (size_t)1));
    out[0] = policy_surrogate(&p, g, mean, &e, clip);
    mesa_grad(g, out[0], &mean, 1, &out[1]);
    assert_ok(mesa_program_new(g, out, 2, &program, err));
    mesa_program_bind(program, e.action, action);
    mesa_program_bind(program, e.mean, before);
    mesa_program_bind(program, e.gain, gain);
    mesa_program_bind(program, mean, now);
    mesa_program_bind(program, out[0], &got);
    mesa_program_bind(program, out[1], slope);
    assert_ok(mesa_program_run(program, err));
    for (size_t i = 0; i < ROWS; i++) {
        const double a = (action[i] - now[i]) / std;
        const double b = (action[i] - before[i]) / std;
        const double ratio = exp((b * b - a * a) / 2);
        const double kept = fmin(fmax(ratio, 1 - clip), 1 + clip);

        expected += fmin(ratio * gain[i], kept * gain[i]) / ROWS;
        /* What is clipped has no derivative. */
        assert_true(fabs(slope[i] - (kept == ratio ||
                                             ratio * gain[i] < kept * gain[i]
                                         ? ratio * gain[i] * a / std / ROWS
                                         : 0)) < 1e-14);
    }
    assert_close(got, expected, 1e-14);
    /* Row 1 has become likelier than clip allows, row 3 less likely. */
    assert_true(slope[1] == 0 && slope[3] == 0);
    assert_true(slope[0] != 0 || slope[2] != 0);
    mesa_program_free(program);
    mesa_graph_free(g);
}

/* Two episodes of three steps, half of a later reward. */
static void
test_gains(void **state)
{
    static const double reward[] = { 1, 0, 2, 4, 4, 0 };
    /* Returns 3, 2; 4, 4; 4, 0; less the mean of each step. */
    static const double centred[] = { 0.5, -0.5, 0, 0, 2, -2 };
    const double scale = sqrt((0.25 + 0.25 + 4 + 4) / 6);
    float gain[6];

    (void)state;
    policy_gains(reward, 3, 2, 0.5, gain);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs((double)gain[i] - centred[i] / scale) < 1e-6);
}

/* The rows of a whole run, and the loss that it leaves. */
static char *
run_of(const char *lines, uint64_t to, struct mesa_archive **a)
{
    struct world w;
    char *rows;

    assert_ok(begin(&w, MASS MLP LOSS, lines, err));
    assert_ok(steps(&w, 0, to, err));
    *a = mesa_archive_new();
    assert_ok(class_of()->head.save(w.policy, *a, err));
    rows = mesa_text_take(&w.rows);
    world_close(&w);
    return rows;
}

static void
assert_same_loss(const struct mesa_archive *a, const struct mesa_archive *b)
{
    struct mesa_tensor x, y;

    assert_ok(mesa_archive_get(a, "loss.coef.0", &x, err));
    assert_ok(mesa_archive_get(b, "loss.coef.0", &y, err));
    assert_int_equal(x.shape[0], y.shape[0]);
    assert_memory_equal(x.data, y.data,
                        x.shape[0] * x.shape[1] * sizeof(float));
}

/* Saved between resets and loaded into another instance, it goes on to the
 * same rows and the same loss. */
static void
test_resume(void **state)
{
    static const char lines[] = "iterations = 9\nlog_interval = 4\n"
                                "reset_interval = 4\ninner_steps = 2\n"
                                "outer_epochs = 2\n";
    struct mesa_archive *whole, *part, *end = mesa_archive_new();
    char *rows = run_of(lines, 10, &whole), *first = run_of(lines, 6, &part);
    char *second;
    struct world rest;

    (void)state;
    assert_ok(world_open(&rest, MASS MLP LOSS, lines, err));
    assert_error(class_of()->head.load(rest.policy, part, err), MESA_ESTATE,
                 "load comes after begin");
    assert_ok(class_of()->begin(rest.policy, &rest.host, err));
    assert_int_equal(class_of()->total(rest.policy, &rest.host), 10);
    assert_ok(class_of()->head.load(rest.policy, part, err));
    assert_ok(steps(&rest, 6, 10, err));
    assert_ok(class_of()->head.save(rest.policy, end, err));
    assert_same_loss(whole, end);
    second = mesa_text_take(&rest.rows);
    assert_non_null(strstr(rows, "3,train,return_before"));
    assert_non_null(strstr(rows, "8,train,return_after"));
    assert_non_null(strstr(rows, "9,test,baseline_distance@2"));
    assert_memory_equal(rows, first, strlen(first));
    assert_string_equal(rows + strlen(first), second);
    mesa_free(rows);
    mesa_free(first);
    mesa_free(second);
    mesa_archive_free(whole);
    mesa_archive_free(part);
    mesa_archive_free(end);
    world_close(&rest);
}

/* Both methods begin with the same policies; these go different ways. */
static void
test_score(void **state)
{
    struct world w;
    const double *v;

    (void)state;
    assert_ok(begin(&w, MASS MLP LOSS, "iterations = 1\n", err));
    assert_ok(steps(&w, 0, 2, err));
    v = w.policy->score.value; /* [method][metric][update][goal] */
    assert_int_equal(w.policy->score.n_updates, 3);
    for (size_t k = 0; k < 2; k++) {
        for (size_t m = 0; m < POLICY_METRICS; m++)
            assert_bits_equal(v[m * 6 + k], v[12 + m * 6 + k]);
        assert_true(v[4 + k] != v[16 + k]);
        assert_true(v[k] < 0 && v[6 + k] > 0);
    }
    world_close(&w);
}

/* The same policy for all, or one for each. */
static void
test_policies(void **state)
{
    static const char *const lines[] = { "policy_init = resample\n",
                                         "policy_init = fixed\n" };

    (void)state;
    for (int fixed = 0; fixed < 2; fixed++) {
        struct world w;
        const struct crew *c;
        bool alike;

        assert_ok(begin(&w, MASS MLP LOSS, lines[fixed], err));
        assert_ok(steps(&w, 0, 1, err));
        c = &w.policy->before;
        alike = memcmp(c->weight[0], c->weight[0] + c->count[0],
                       c->count[0] * sizeof(float)) == 0;
        assert_int_equal(alike, fixed);
        world_close(&w);
    }
}

/* A loss that is no number: an error, and the weights before it stay. */
static void
test_divergence(void **state)
{
    struct world w;
    struct mesa_error e = { MESA_OK, 0, "", "" };
    float *x;

    (void)state;
    assert_ok(begin(&w, MASS MLP LOSS, "inner_lr = 1e6\n", err));
    x = mesa_weights_data(w.policy->teacher.weights, 0);
    x[0] = (float)NAN;
    assert_int_equal(steps(&w, 0, 1, &e), MESA_ENUMERIC);
    assert_string_equal(e.message,
                        "iteration 0 diverged: the task loss after a step "
                        "with the learned loss is nan; a smaller inner_lr or "
                        "meta_lr may help");
    assert_true(mesa_weights_finite(w.policy->teacher.weights));
    world_close(&w);
    /* At the end it costs scores, not the run. */
    assert_ok(begin(&w, MASS MLP LOSS, "iterations = 0\n", err));
    x = mesa_weights_data(w.policy->teacher.weights, 0);
    x[0] = (float)NAN;
    assert_ok(steps(&w, 0, 1, err));
    assert_true(isfinite(w.policy->score.value[0]));
    assert_true(isnan(w.policy->score.value[4]));
    assert_true(isfinite(w.policy->score.value[16]));
    world_close(&w);
}

/* Whatever allocation fails first, it says so and leaves nothing behind. */
static void
test_memory(void **state)
{
    const uint64_t before = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k += 1 + k / 8) {
        struct world w;
        struct mesa_error e = { MESA_OK, 0, "", "" };

        assert_ok(world_open(&w, MASS MLP LOSS, "iterations = 1\n", err));
        mesa_memory_fail_at(k);
        st = class_of()->begin(w.policy, &w.host, &e);
        if (st == MESA_OK)
            st = steps(&w, 0, 2, &e);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        world_close(&w);
        assert_int_equal(mesa_memory_live(), before);
    }
    assert_int_equal(st, MESA_OK);
}

static void
assert_refused(const char *sections, const char *lines, const char *message)
{
    struct world w;

    assert_error(begin(&w, sections, lines, err), MESA_EINVAL, message);
    world_close(&w);
}

static void
test_messages(void **state)
{
    (void)state;
    assert_refused(MLP LOSS, "", "there is no [environment] section: what is "
                                 "the policy to act in?");
    assert_refused(MASS LOSS, "", "there is no [estimator] section: which "
                                  "model is to be the policy?");
    assert_refused(MASS MLP, "", "there is no [loss] section: which loss is "
                                 "to learn?  (type = learned)");
    assert_refused("[environment]\ntype = wall\n" MLP LOSS, "",
                   "environment wall has no goals: ml3_policy learns from "
                   "costs on the way to goals");
    assert_refused(MASS MLP LOSS, "eval_updates = 1, 2.5\n",
                   "[metalearner] ml3_policy: eval_updates: 2.5 is "
                   "not a whole number");
    assert_refused(MASS MLP LOSS, "eval_updates =\n",
                   "[metalearner] ml3_policy: eval_updates is "
                   "empty");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_surrogate),
        cmocka_unit_test(test_gains),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
