/* SPDX-License-Identifier: MIT */
/*
 * ml3_control_fixture.h - runs of ml3_control for tests, whole and, of one
 * iteration, in double precision.  The test has `linked`, its plugins, and
 * `common`, the lines of its runs.
 */
#ifndef MESA_TESTS_ML3_CONTROL_FIXTURE_H
#define MESA_TESTS_ML3_CONTROL_FIXTURE_H

/* A run: its components, and what the core lends to its metalearner. */
struct world {
    struct mesa_registry   registry;
    struct mesa_recipe     recipe;
    struct mesa_component *metalearner;
    struct mesa_host       host;
    struct mesa_text       rows;
    struct mesa_metrics    metrics;
    struct mesa_instance  *made;
    struct control        *control;
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

/* A metalearner before begin; lines go to the end of [metalearner]. */
static mesa_status
world_open(struct world *w, const char *lines, struct mesa_error *err)
{
    char text[1500];
    int n = snprintf(text, sizeof text, "%s%s", common, lines);
    const struct {
        enum mesa_kind          kind;
        const char             *section;
        struct mesa_component **to;
    } bound[] = {
        { MESA_KIND_ENVIRONMENT, "environment", &w->recipe.environment },
        { MESA_KIND_ESTIMATOR, "estimator", &w->recipe.estimator },
        { MESA_KIND_LOSS, "loss", &w->recipe.loss },
        { MESA_KIND_METALEARNER, "metalearner", &w->metalearner }
    };
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
        w->control = mesa_instance_self(w->made);
    return st;
}

static mesa_status
begin(struct world *w, struct mesa_error *err)
{
    return class_of()->begin(w->control, &w->host, err);
}

static mesa_status
steps(struct world *w, uint64_t from, uint64_t to, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool done = false;

    for (uint64_t i = from; i < to && st == MESA_OK; i++) {
        assert_false(done);
        w->metrics.step = i;
        st = class_of()->step(w->control, &w->host, i, &w->metrics, &done,
                              err);
    }
    return st;
}

/* The value in the last row "STEP,SPLIT,NAME,VALUE" of that name. */
static double
last_value(const struct world *w, const char *name)
{
    const char *at = w->rows.at, *found = NULL;

    while ((at = strstr(at, name)) != NULL)
        found = at++;
    assert_non_null(found);
    return strtod(found + strlen(name) + 1, NULL);
}

/* One iteration in double precision, all that it is a function of. */
struct precise {
    struct mesa_program *p;
    double              *block[64]; /* what inputs and outputs are bound to */
    size_t               n_blocks, n;
    double              *phi[8], *gradient[8]; /* of the loss */
    size_t               size[8];
    double               cost;
};

/* n numbers of a node; from NULL: zeros. */
static double *
lend(struct precise *x, mesa_node node, const float *from, size_t n)
{
    double *to = mesa_alloc_array(n, sizeof *to);

    assert_non_null(to);
    assert_true(x->n_blocks < MESA_COUNT(x->block));
    for (size_t k = 0; from && k < n; k++)
        to[k] = (double)from[k];
    mesa_program_bind(x->p, node, to);
    x->block[x->n_blocks++] = to;
    return to;
}

static size_t
numbers(const struct mesa_weight *w, uint32_t first)
{
    size_t n = 1;

    for (uint32_t k = first; k < w->rank; k++)
        n *= w->shape[k];
    return n;
}

/* more: inputs that the dynamics have. */
static void
precise_open(struct precise *x, struct control *c,
             void (*more)(struct precise *x, struct control *c))
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct teacher *t = &c->teacher;
    struct control_nodes n;
    mesa_node out[9];

    memset(x, 0, sizeof *x);
    x->n = t->n;
    assert_true(t->n <= 8);
    assert_ok(control_nodes_new(c, g, &n, err));
    if (c->model.inputs)
        c->model.inputs(c->model.context, g);
    teacher_inputs(t, g);
    assert_ok(control_build(c, g, &n, err));
    mesa_grad(g, n.objective, t->node, t->n, out);
    out[t->n] = n.cost;
    assert_ok(mesa_program_new(g, out, t->n + 1, &x->p, err));
    mesa_program_bind(x->p, n.cost, &x->cost);
    for (size_t i = 0; i < t->n; i++) {
        x->size[i] = numbers(mesa_weights_get(t->weights, i), 0);
        x->phi[i] = lend(x, t->node[i], mesa_weights_data(t->weights, i),
                         x->size[i]);
        x->gradient[i] = lend(x, out[i], NULL, x->size[i]);
    }
    for (size_t j = 0; j < c->n; j++)
        lend(x, n.weight[j], c->crew.weight[j],
             numbers(mesa_weights_get(c->policy, j), 0));
    lend(x, n.start, c->crew.start, c->space.n_states);
    lend(x, n.goal, c->crew.goal, c->space.n_states);
    if (more)
        more(x, c);
    control_nodes_free(&n);
    mesa_graph_free(g);
}

static void
precise_close(struct precise *x)
{
    for (size_t i = 0; i < x->n_blocks; i++)
        mesa_free(x->block[i]);
    mesa_program_free(x->p);
}

/* The derivative of the cost by every fifth number of the loss, against
 * differences. */
static void
check_derivative(struct precise *x, double h, double tolerance)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t k = 0; k < x->size[i]; k += 5) {
            double at = x->phi[i][k], slope;

            x->phi[i][k] = at + h;
            assert_ok(mesa_program_run(x->p, err));
            slope = x->cost;
            x->phi[i][k] = at - h;
            assert_ok(mesa_program_run(x->p, err));
            slope = (slope - x->cost) / (2 * h);
            x->phi[i][k] = at;
            assert_ok(mesa_program_run(x->p, err));
            if (!(fabs(x->gradient[i][k] - slope) <=
                  tolerance * (1 + fabs(slope))))
                fail_msg("tensor %zu at %zu: %.10g, differences say %.10g",
                         i, k, x->gradient[i][k], slope);
        }
}

#endif
