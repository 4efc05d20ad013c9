/* SPDX-License-Identifier: MIT */
/*
 * test_ml3_policy.c - the outer objective against differences through the
 * inner steps, and what runs of policies promise.
 */
#include "ml3_policy_fixture.h"

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
                                "outer_epochs = 2\n"
                                "ppo_baseline = value\n";
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

        assert_ok(world_open(&w, MASS MLP LOSS,
                             "iterations = 1\nppo_baseline = value\n", err));
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
    assert_refused(MASS MLP LOSS, "eval_updates = 2, 0\n",
                   "[metalearner] ml3_policy: eval_updates has 0, expected "
                   "numbers each larger than the one before");
    assert_refused(MASS MLP LOSS, "eval_updates =\n",
                   "[metalearner] ml3_policy: eval_updates is "
                   "empty");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
