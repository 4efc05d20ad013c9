/* SPDX-License-Identifier: MIT */
/*
 * test_maml.c - the meta-gradient against differences of the whole inner and
 * outer computation, for every combination of options.
 */
#include "maker.h"

#include "maml/maml.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *focal_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "metalearners", "maml", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "losses", "focal", focal_plugin },
    { NULL, NULL, NULL },
};

enum { TASKS = 3, SUPPORT = 4, QUERY = 5, INPUTS = 2, OUTPUTS = 3 };
enum { MOST = 64, ROWS = TASKS * (SUPPORT + QUERY) * (INPUTS + OUTPUTS) };

/* maml with a small model in double precision, and a batch of tasks. */
struct world {
    struct maker           maml_maker, mlp_maker;
    struct maml           *maml;
    struct mesa_task_batch rows;
    double                 number[ROWS];
    double                 share[8];
};

static double
some(struct mesa_rng *rng)
{
    return 2 * mesa_rng_uniform(rng) - 1;
}

static void
make_rows(struct world *w, bool classes)
{
    double *at = w->number;
    size_t width[4] = { SUPPORT * INPUTS, SUPPORT * OUTPUTS, QUERY * INPUTS,
                        QUERY * OUTPUTS };
    void **to[4] = { &w->rows.support_x, &w->rows.support_y, &w->rows.query_x,
                     &w->rows.query_y };
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 3);
    w->rows.n = TASKS;
    w->rows.dtype = MESA_F64;
    for (int k = 0; k < 4; k++) {
        *to[k] = at;
        for (size_t i = 0; i < TASKS * width[k]; i++)
            at[i] = some(&rng);
        for (size_t i = 0; classes && k % 2 && i < TASKS * width[k];
             i += OUTPUTS) {
            size_t truth = mesa_rng_below(&rng, OUTPUTS);

            for (size_t c = 0; c < OUTPUTS; c++)
                at[i + c] = c == truth;
        }
        at += TASKS * width[k];
    }
}

static void
world_open(struct world *w, const char *words, bool classes)
{
    struct mesa_rng rng;
    struct few_model *m;

    memset(w, 0, sizeof *w);
    w->maml_maker.registry.builtins = w->mlp_maker.registry.builtins = plugins;
    assert_ok(maker_make(&w->maml_maker, MESA_KIND_METALEARNER, "maml", words,
                         err));
    assert_ok(maker_make(&w->mlp_maker, MESA_KIND_ESTIMATOR, "mlp",
                         "hidden_layer_sizes=4,3 activation=tanh", err));
    w->maml = mesa_instance_self(w->maml_maker.made);
    w->maml->shape = (struct mesa_task_shape){
        .struct_size = sizeof w->maml->shape,
        .n_classes = classes ? OUTPUTS : 0,
        .n_inputs = INPUTS,
        .n_outputs = OUTPUTS,
        .n_support = SUPPORT,
        .n_query = QUERY,
    };
    m = &w->maml->model;
    m->dtype = MESA_F64;
    m->n_inputs = INPUTS;
    m->n_outputs = OUTPUTS;
    m->classes = classes;
    if (w->maml->loss)
        assert_ok(mesa_instance_new(w->maml->loss, &m->loss, err));
    assert_ok(mesa_estimator_weights(w->mlp_maker.made, INPUTS, OUTPUTS,
                                     MESA_F64, &m->weights, err));
    m->n = mesa_weights_count(m->weights);
    m->estimator = w->mlp_maker.made;
    assert_ok(maml_rule_new(w->maml, err));
    mesa_rng_seed(&rng, 1);
    mesa_weights_draw(m->weights, &rng);
    for (size_t k = 0; k < (size_t)w->maml->inner_steps; k++)
        w->share[k] = maml_share(w->maml, 2000, k);
    make_rows(w, classes);
}

static void
world_close(struct world *w)
{
    w->maml->model.estimator = NULL; /* the other maker's */
    maker_free(&w->maml_maker);
    maker_free(&w->mlp_maker);
}

static size_t
count(const struct mesa_weight *w)
{
    return (w->rank > 0 ? w->shape[0] : 1) * (w->rank > 1 ? w->shape[1] : 1);
}

/* All that is meta-learnt: tensor i of weights, then of learnt. */
static size_t
n_tensors(const struct maml *m)
{
    return m->model.n + mesa_weights_count(m->learnt);
}

static double *
tensor(const struct maml *m, size_t i, size_t *n)
{
    struct mesa_weights *w = i < m->model.n ? m->model.weights : m->learnt;
    size_t k = i < m->model.n ? i : i - m->model.n;

    *n = count(mesa_weights_get(w, k));
    return mesa_weights_data(w, k);
}

/* Learnt rates and matrices away from where they start, so that no part of
 * the derivative is that of a special case. */
static void
stir(const struct maml *m)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 8);
    for (size_t i = m->model.n; i < n_tensors(m); i++) {
        size_t n;
        double *x = tensor(m, i, &n);

        for (size_t k = 0; k < n; k++)
            x[k] += 0.2 * some(&rng);
    }
}

/* The objective and its gradient, as the plugin builds them. */
struct outer {
    struct mesa_program *program;
    double               before, after;
    double              *gradient[MOST];
};

static void
outer_open(struct world *w, bool second, struct outer *o)
{
    struct maml *m = w->maml;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, TASKS);
    struct maml_nodes n;
    mesa_node output[MOST + 2];
    size_t total = n_tensors(m);

    assert_true(g && total <= MOST);
    assert_ok(maml_build(m, g, second, &n, err));
    memcpy(output, n.gradient, total * sizeof *output);
    output[total] = n.after;
    output[total + 1] = n.before;
    assert_ok(mesa_program_new(g, output, total + 2, &o->program, err));
    mesa_weights_bind(m->model.weights, o->program, n.weight);
    mesa_weights_bind(m->learnt, o->program, n.learnt);
    mesa_program_bind(o->program, n.support_x, w->rows.support_x);
    mesa_program_bind(o->program, n.support_y, w->rows.support_y);
    mesa_program_bind(o->program, n.query_x, w->rows.query_x);
    mesa_program_bind(o->program, n.query_y, w->rows.query_y);
    mesa_program_bind(o->program, n.share, w->share);
    mesa_program_bind(o->program, n.before, &o->before);
    mesa_program_bind(o->program, n.after, &o->after); /* may be the same */
    for (size_t i = 0; i < total; i++) {
        size_t size;

        tensor(m, i, &size);
        o->gradient[i] = calloc(size, sizeof(double));
        assert_non_null(o->gradient[i]);
        mesa_program_bind(o->program, n.gradient[i], o->gradient[i]);
    }
    assert_ok(mesa_program_run(o->program, err));
    maml_nodes_free(&n);
    mesa_graph_free(g);
}

static void
outer_close(struct outer *o)
{
    mesa_program_free(o->program);
    for (size_t i = 0; i < MOST; i++)
        free(o->gradient[i]);
}

/* How the objective changes when x moves along v: fourth-order differences. */
static double
difference(struct outer *o, double *x, const double *v, size_t n)
{
    static const double at[4] = { -2, -1, 1, 2 }, share[4] = { 1, -8, 8, -1 };
    const double h = 2e-3;
    double *from = malloc(n * sizeof *from), sum = 0;

    assert_non_null(from);
    memcpy(from, x, n * sizeof *x);
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < n; i++)
            x[i] = from[i] + at[k] * h * v[i];
        assert_ok(mesa_program_run(o->program, err));
        sum += share[k] * o->after;
    }
    memcpy(x, from, n * sizeof *x);
    free(from);
    return sum / (12 * h);
}

/* Along a direction of each tensor: by nodes, and by differences. */
static void
assert_gradient(struct world *w, struct outer *o, const char *words)
{
    struct mesa_rng rng;
    double largest = 0;

    mesa_rng_seed(&rng, 6);
    for (size_t i = 0; i < n_tensors(w->maml); i++) {
        double v[400], *x, along = 0, measured, *gradient;
        size_t n;

        x = tensor(w->maml, i, &n);
        assert_true(n <= 400);
        gradient = malloc(n * sizeof *gradient);
        assert_non_null(gradient);
        memcpy(gradient, o->gradient[i], n * sizeof *gradient);
        for (size_t k = 0; k < n; k++) {
            v[k] = some(&rng);
            along += v[k] * gradient[k];
        }
        measured = difference(o, x, v, n);
        largest = fmax(largest, fabs(along));
        if (fabs(measured - along) > 1e-6 * fmax(1e-2, fabs(along)))
            fail_msg("%s: tensor %zu: %.12g, by differences %.12g", words, i,
                     along, measured);
        assert_ok(mesa_program_run(o->program, err));
        free(gradient);
    }
    assert_true(largest > 1e-3);
}

static void
try_options(const char *words, bool classes)
{
    struct world w;
    struct outer o = { .program = NULL };

    world_open(&w, words, classes);
    stir(w.maml);
    outer_open(&w, true, &o);
    assert_gradient(&w, &o, words);
    outer_close(&o);
    world_close(&w);
}

static void
test_meta_gradient(void **state)
{
    static const char *const steps[] = { "1", "3" };
    static const char *const rates[] = { "none", "per_layer_per_step",
                                         "per_parameter" };
    static const char *const curvatures[] = { "none", "full", "layerwise" };
    static const char *const others[] = { "multi_step_loss=false",
                                          "multi_step_loss=true",
                                          "adapt=head" };

    (void)state;
    for (size_t i = 0; i < 2 * 3 * 3 * 3 * 2; i++) {
        char words[200];

        snprintf(words, sizeof words,
                 "inner_lr=0.3 inner_steps=%s learn_rates=%s curvature=%s %s",
                 steps[i % 2], rates[i / 2 % 3], curvatures[i / 6 % 3],
                 others[i / 18 % 3]);
        try_options(words, i / 54);
    }
    try_options("inner_lr=0.3 inner_steps=2 loss=focal", true);
    try_options("inner_lr=0.3 inner_steps=2 inner_clip=0.1 adapt=head", false);
    try_options("inner_lr=0.3 inner_steps=2 inner_clip=1e9", true);
    try_options("inner_steps=0", false);
}

static double
distance(const struct maml *m, double *const *a, double *const *b,
         double *scale)
{
    double square = 0;

    *scale = 0;
    for (size_t i = 0; i < m->model.n; i++) {
        size_t n;

        tensor(m, i, &n);
        for (size_t k = 0; k < n; k++) {
            square += (a[i][k] - b[i][k]) * (a[i][k] - b[i][k]);
            *scale += b[i][k] * b[i][k];
        }
    }
    *scale = sqrt(*scale);
    return sqrt(square);
}

/* The second order is really there: for three steps the two gradients are far
 * apart, for steps of almost nothing they are not. */
static void
test_orders_differ(void **state)
{
    static const char *const words[2] = { "inner_lr=0.3 inner_steps=3",
                                          "inner_lr=1e-9 inner_steps=3" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct world w;
        struct outer first = { .program = NULL }, second = first;
        double scale, apart;

        world_open(&w, words[i], false);
        outer_open(&w, false, &first);
        outer_open(&w, true, &second);
        assert_bits_equal(first.after, second.after);
        assert_bits_equal(first.before, second.before);
        apart = distance(w.maml, first.gradient, second.gradient, &scale);
        assert_true(i == 0 ? apart > 0.05 * scale : apart < 1e-7 * scale);
        outer_close(&first);
        outer_close(&second);
        world_close(&w);
    }
}

/* To first order, the gradient is that of the query loss where adaptation has
 * led: there, with the way that each task has gone held fixed. */
static void
test_first_order(void **state)
{
    struct world w;
    struct outer o = { .program = NULL }, there = o;
    struct few_adapter a;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, TASKS);
    mesa_node shared[MOST], way[MOST], weight[MOST], x, y, loss, gradient[MOST];
    struct few_model *m;
    double scale;

    (void)state;
    world_open(&w, "inner_lr=0.3 inner_steps=2", false);
    outer_open(&w, false, &o);
    m = &w.maml->model;
    assert_ok(few_adapter_new(m, &w.maml->rule, &w.maml->shape, &w.rows, &a,
                              err));
    few_adapter_reset(&a);
    for (size_t k = 0; k < 2; k++)
        assert_ok(few_adapter_step(&a, k, err));
    mesa_weights_inputs(m->weights, g, shared);
    for (size_t j = 0; j < m->n; j++) {
        const struct mesa_weight *t = mesa_weights_get(m->weights, j);
        double *moved = a.weight[j], *from = mesa_weights_data(m->weights, j);

        for (size_t k = 0; k < TASKS * count(t); k++)
            moved[k] -= from[k % count(t)];
        way[j] = mesa_input(g, MESA_PER_TASK, t->rank, t->shape);
        weight[j] = mesa_add(g, shared[j], way[j]);
    }
    x = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(QUERY, INPUTS));
    y = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(QUERY, OUTPUTS));
    loss = few_loss(m, g, weight, x, y);
    mesa_grad(g, mesa_task_mean(g, loss), shared, m->n, gradient);
    assert_ok(mesa_program_new(g, gradient, m->n, &there.program, err));
    mesa_weights_bind(m->weights, there.program, shared);
    mesa_program_bind(there.program, x, w.rows.query_x);
    mesa_program_bind(there.program, y, w.rows.query_y);
    for (size_t j = 0; j < m->n; j++) {
        there.gradient[j] = calloc(count(mesa_weights_get(m->weights, j)),
                                   sizeof(double));
        assert_non_null(there.gradient[j]);
        mesa_program_bind(there.program, way[j], a.weight[j]);
        mesa_program_bind(there.program, gradient[j], there.gradient[j]);
    }
    assert_ok(mesa_program_run(there.program, err));
    assert_true(distance(w.maml, o.gradient, there.gradient, &scale) <
                1e-12 * scale);
    mesa_graph_free(g);
    few_adapter_free(&a);
    outer_close(&there);
    outer_close(&o);
    world_close(&w);
}

/* Adaptation step by step is that of the outer program. */
static void
test_adapter_agrees(void **state)
{
    static const char *const words[] = {
        "inner_lr=0.3 inner_steps=3 learn_rates=per_parameter curvature=full",
        "inner_lr=0.3 inner_steps=3 adapt=head curvature=layerwise",
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct world w;
        struct outer o = { .program = NULL };
        struct few_adapter a;
        double mean = 0;

        world_open(&w, words[i], false);
        stir(w.maml);
        outer_open(&w, false, &o);
        assert_ok(few_adapter_new(&w.maml->model, &w.maml->rule,
                                  &w.maml->shape, &w.rows, &a, err));
        few_adapter_reset(&a);
        for (size_t k = 0; k < 3; k++)
            assert_ok(few_adapter_step(&a, k, err));
        assert_ok(few_adapter_predict(&a, err));
        for (size_t k = 0; k < TASKS * QUERY * OUTPUTS; k++) {
            double d = ((double *)a.prediction)[k] -
                       ((double *)w.rows.query_y)[k];

            mean += d * d / (TASKS * QUERY * OUTPUTS);
        }
        assert_close(mean, o.after, 1e-12);
        few_adapter_free(&a);
        outer_close(&o);
        world_close(&w);
    }
}

/* MAML++'s shares: alike at first, the last alone in the end, sum 1. */
static void
test_shares(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, "inner_steps=5 multi_step_loss=true "
                   "multi_step_loss_iterations=100", false);
    for (size_t k = 0; k < 5; k++) {
        assert_close(maml_share(w.maml, 0, k), 0.2, 1e-15);
        assert_close(maml_share(w.maml, 50, k), k < 4 ? 0.1 : 0.6, 1e-15);
        assert_close(maml_share(w.maml, 99, k), k < 4 ? 0.006 : 0.976, 1e-15);
        assert_close(maml_share(w.maml, 100, k), k < 4 ? 0 : 1, 1e-15);
    }
    world_close(&w);
}

static void
test_bad_options(void **state)
{
    static const struct {
        const char *words, *message;
    } bad[] = {
        { "inner_steps=0 learn_rates=per_parameter",
          "[metalearner] maml: inner_steps is 0: there are no steps whose "
          "rates, curvature or losses could be learnt from" },
        { "cosine_annealing=true meta_lr=1e-6",
          "[metalearner] maml: min_meta_lr is 1e-05 but meta_lr is 1e-06" },
        { "eval_steps=0,2,1",
          "[metalearner] maml: eval_steps has 1, expected whole numbers, each "
          "larger than the one before" },
        { "eval_steps=0.5",
          "[metalearner] maml: eval_steps has 0.5, expected whole numbers, "
          "each larger than the one before" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct maker m = { .registry.builtins = plugins };

        assert_error(maker_make(&m, MESA_KIND_METALEARNER, "maml",
                                bad[i].words, err),
                     MESA_EINVAL, bad[i].message);
        maker_free(&m);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meta_gradient),
        cmocka_unit_test(test_orders_differ),
        cmocka_unit_test(test_first_order),
        cmocka_unit_test(test_adapter_agrees),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_bad_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
