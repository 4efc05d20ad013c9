/* SPDX-License-Identifier: MIT */
/*
 * outer.c - the meta-objective: losses of query rows after adaptation.
 *
 * Finn et al. 2017, Algorithm 2: a batch of tasks is the task axis of one
 * graph, in which adaptation is nodes like any other; its derivative by the
 * initial weights passes through the inner gradients, or, to first order,
 * takes these for constants.
 */
#include "maml.h"

#include <string.h>

/* Multi-step loss (Antoniou et al. 2019, section 4, and their code): all steps
 * count alike at first, and the last one alone at the end, but for a little. */
double
maml_share(const struct maml *m, uint64_t i, size_t k)
{
    const double n = (double)m->inner_steps, least = 0.03 / n;
    const double passed = (double)i / (double)m->multi_step_loss_iterations;
    const bool last = k + 1 == (size_t)m->inner_steps;
    double others = (1 - passed) / n;

    if (passed >= 1)
        return last;
    others = others > least ? others : least;
    return last ? 1 - (n - 1) * others : others;
}

static mesa_status
alloc_nodes(const struct maml *m, struct maml_nodes *n,
            struct mesa_error *err)
{
    size_t weights = m->model.n, learnt = mesa_weights_count(m->learnt);

    n->weight = mesa_alloc_array(2 * (weights + learnt), sizeof *n->weight);
    if (!n->weight)
        return mesa_nomem(err, weights, "nodes");
    n->learnt = n->weight + weights;
    n->gradient = n->learnt + learnt;
    return MESA_OK;
}

void
maml_nodes_free(struct maml_nodes *n)
{
    mesa_free(n->weight);
    memset(n, 0, sizeof *n);
}

static void
add_inputs(const struct maml *m, struct mesa_graph *g, struct maml_nodes *n)
{
    const struct mesa_task_shape *s = &m->shape;
    const struct few_model *f = &m->model;

    mesa_weights_inputs(f->weights, g, n->weight);
    mesa_weights_inputs(m->learnt, g, n->learnt);
    n->support_x = mesa_input(g, MESA_PER_TASK,
                              MESA_SHAPE(s->n_support, f->n_inputs));
    n->support_y = mesa_input(g, MESA_PER_TASK,
                              MESA_SHAPE(s->n_support, f->n_outputs));
    n->query_x = mesa_input(g, MESA_PER_TASK,
                            MESA_SHAPE(s->n_query, f->n_inputs));
    n->query_y = mesa_input(g, MESA_PER_TASK,
                            MESA_SHAPE(s->n_query, f->n_outputs));
    if (m->multi_step_loss)
        n->share = mesa_input(g, MESA_SHARED,
                              MESA_SHAPE((size_t)m->inner_steps));
}

static mesa_node
loss_of(const struct maml *m, struct mesa_graph *g, const mesa_node *weight,
        mesa_node x, mesa_node y)
{
    return few_loss(&m->model, g, weight, x, y);
}

/* Tensors of rates and curvature as step k takes them. */
static void
at_step(const struct maml *m, struct mesa_graph *g, const mesa_node *learnt,
        size_t k, mesa_node *out)
{
    for (size_t i = 0; i < mesa_weights_count(m->learnt); i++)
        out[i] = learnt[i];
    for (size_t j = 0; j < m->model.n; j++) {
        size_t rate = m->parts[j].rate;

        if (m->learn_rates == MAML_PER_LAYER_PER_STEP && rate != MAML_NONE)
            out[rate] = mesa_sum(g, mesa_slice(g, learnt[rate], 0, k, 1));
    }
}

/* Weights before and after a step, gradients, rates of the step. */
struct inner {
    mesa_node *weight, *gradient, *next, *learnt;
};

static mesa_node
adapt(const struct maml *m, struct mesa_graph *g, bool second,
      struct maml_nodes *n, struct inner *inner)
{
    const struct few_model *f = &m->model;
    mesa_node sum = 0, loss;

    memcpy(inner->weight, n->weight, f->n * sizeof *inner->weight);
    for (size_t k = 0; k < (size_t)m->inner_steps; k++) {
        loss = loss_of(m, g, inner->weight, n->support_x, n->support_y);
        if (k == 0)
            n->before = mesa_task_mean(g, loss);
        mesa_grad(g, loss, inner->weight, f->n, inner->gradient);
        for (size_t j = 0; j < f->n && !second; j++)
            inner->gradient[j] = mesa_stop_gradient(g, inner->gradient[j]);
        at_step(m, g, n->learnt, k, inner->learnt);
        maml_rule_step(m, g, inner->learnt, inner->weight, inner->gradient,
                       inner->next);
        memcpy(inner->weight, inner->next, f->n * sizeof *inner->weight);
        if (!m->multi_step_loss)
            continue;
        loss = mesa_mul(g, mesa_sum(g, mesa_slice(g, n->share, 0, k, 1)),
                        loss_of(m, g, inner->weight, n->query_x,
                                n->query_y));
        sum = k == 0 ? loss : mesa_add(g, sum, loss);
    }
    return sum ? sum
               : loss_of(m, g, inner->weight, n->query_x, n->query_y);
}

mesa_status
maml_build(const struct maml *m, struct mesa_graph *g, bool second,
           struct maml_nodes *out, struct mesa_error *err)
{
    const size_t n = m->model.n, learnt = mesa_weights_count(m->learnt);
    struct inner inner;
    mesa_status st;

    memset(out, 0, sizeof *out);
    inner.weight = mesa_alloc_array(3 * n + learnt, sizeof *inner.weight);
    if (!inner.weight)
        return mesa_nomem(err, n, "nodes");
    inner.gradient = inner.weight + n;
    inner.next = inner.gradient + n;
    inner.learnt = inner.next + n;
    st = alloc_nodes(m, out, err);
    if (st == MESA_OK) {
        add_inputs(m, g, out);
        out->after = mesa_task_mean(g, adapt(m, g, second, out, &inner));
        if (!out->before)
            out->before = out->after;
        mesa_grad(g, out->after, out->weight, n + learnt, out->gradient);
        st = mesa_graph_status(g, err);
    }
    mesa_free(inner.weight);
    return st;
}

static struct mesa_optimizer_options
solver(const struct maml *m)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    o.learning_rate = m->meta_lr;
    if (m->cosine_annealing) {
        o.schedule = MESA_COSINE;
        o.period = (double)m->iterations;
        o.floor = m->min_meta_lr;
    }
    return o;
}

static void
bind(struct maml *m, const struct maml_nodes *n, const mesa_node *updated,
     struct maml_program *out)
{
    struct mesa_program *p = out->program;

    mesa_weights_bind(m->model.weights, p, n->weight);
    mesa_weights_bind(m->model.weights, p, updated);
    mesa_weights_bind(m->learnt, p, n->learnt);
    mesa_weights_bind(m->learnt, p, updated + m->model.n);
    mesa_program_bind(p, n->support_x, m->batch.support_x);
    mesa_program_bind(p, n->support_y, m->batch.support_y);
    mesa_program_bind(p, n->query_x, m->batch.query_x);
    mesa_program_bind(p, n->query_y, m->batch.query_y);
    mesa_program_bind(p, n->share, m->step_share);
    if (n->before != n->after) /* a node has one destination */
        mesa_program_bind(p, n->before, &m->outcome[0]);
    mesa_program_bind(p, n->after, &m->outcome[1]);
    mesa_optimizer_bind(out->optimizer, p);
}

mesa_status
maml_outer_new(struct maml *m, bool second, struct maml_program *out,
               struct mesa_error *err)
{
    const size_t total = m->model.n + mesa_weights_count(m->learnt);
    const struct mesa_optimizer_options options = solver(m);
    struct mesa_graph *g = mesa_graph_new(m->model.dtype, m->batch.n);
    mesa_node *updated = mesa_alloc_array(3 * total + 2, sizeof *updated);
    struct maml_nodes n = { .weight = NULL };
    size_t n_outputs = total;
    mesa_status st;

    memset(out, 0, sizeof *out);
    out->second = second;
    st = g && updated ? maml_build(m, g, second, &n, err)
                      : mesa_nomem(err, total, "nodes");
    if (st == MESA_OK)
        st = mesa_optimizer_new(g, &options, n.weight, n.gradient, total,
                                updated, &out->optimizer, err);
    if (st == MESA_OK) {
        mesa_optimizer_state(out->optimizer, updated + n_outputs);
        n_outputs += mesa_optimizer_n_state(out->optimizer);
        updated[n_outputs++] = n.after;
        if (n.before != n.after)
            updated[n_outputs++] = n.before;
        st = mesa_program_new(g, updated, n_outputs, &out->program, err);
    }
    if (st == MESA_OK)
        bind(m, &n, updated, out);
    maml_nodes_free(&n);
    mesa_free(updated);
    mesa_graph_free(g);
    return st;
}

void
maml_outer_free(struct maml_program *p)
{
    mesa_program_free(p->program);
    mesa_optimizer_free(p->optimizer);
    memset(p, 0, sizeof *p);
}
