/* SPDX-License-Identifier: MIT */
/*
 * outer.c - one iteration of ml3 as a graph: inner steps with the learned
 * loss, and the outer step of that loss as the last nodes.
 *
 * With the learned loss M_phi, for each task of the batch (Bechtle et al.
 * 2021, Algorithm 1)
 *
 *     theta' = theta - inner_lr d M_phi(f_theta(x), y) / d theta
 *
 * inner_steps times; then Adam on the mean over tasks of the task loss of
 * f_theta', or, shaped, of the distance of one weight from what is known of
 * the task: its square, or what shaping_loss makes of it.  The derivative
 * passes through the inner gradients.
 */
#include "ml3.h"

#include <string.h>

static mesa_status
alloc_nodes(const struct ml3 *m, struct ml3_nodes *n, struct mesa_error *err)
{
    memset(n, 0, sizeof *n);
    n->weight = mesa_alloc_array(2 * m->model.n, sizeof *n->weight);
    if (!n->weight)
        return mesa_nomem(err, m->model.n, "nodes");
    n->next = n->weight + m->model.n;
    return MESA_OK;
}

void
ml3_nodes_free(struct ml3_nodes *n)
{
    mesa_free(n->weight);
    memset(n, 0, sizeof *n);
}

static void
add_inputs(struct ml3 *m, struct mesa_graph *g, struct ml3_nodes *n)
{
    const struct mesa_task_shape *s = &m->shape;

    teacher_inputs(&m->teacher, g);
    for (size_t j = 0; j < m->model.n; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->model.weights, j);

        n->weight[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
    n->support_x = mesa_input(g, MESA_PER_TASK,
                              MESA_SHAPE(s->n_support, s->n_inputs));
    n->support_y = mesa_input(g, MESA_PER_TASK,
                              MESA_SHAPE(s->n_support, s->n_outputs));
    n->query_x = mesa_input(g, MESA_PER_TASK,
                            MESA_SHAPE(s->n_query, s->n_inputs));
    n->query_y = mesa_input(g, MESA_PER_TASK,
                            MESA_SHAPE(s->n_query, s->n_outputs));
    if (m->shaping)
        n->info = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(s->n_info));
}

/* A weight of one number, or what a task says, as rows by columns. */
static mesa_node
one_by_one(struct mesa_graph *g, mesa_node x)
{
    return mesa_reshape(g, x, MESA_SHAPE(1, 1));
}

/* How far the shaped weight is from what tasks say. */
static mesa_node
distance(const struct ml3 *m, struct mesa_graph *g, const struct ml3_nodes *n,
         const mesa_node *weight)
{
    const mesa_node to = one_by_one(g, mesa_slice(g, n->info, 0,
                                                  m->shaped.info, 1));
    const mesa_node from = one_by_one(g, weight[m->shaped.weight]);
    const mesa_node d = mesa_sub(g, from, to);

    return m->distance ? mesa_loss_build(m->distance, g, from, to)
                       : mesa_sum(g, mesa_mul(g, d, d));
}

/* How good weights are for their task. */
static mesa_node
judge(const struct ml3 *m, struct mesa_graph *g, const struct ml3_nodes *n,
      const mesa_node *weight)
{
    const bool support = m->outer_rows == ML3_SUPPORT;

    if (m->shaping)
        return mesa_task_mean(g, distance(m, g, n, weight));
    return mesa_task_mean(g, few_loss(&m->model, g, weight,
                                      support ? n->support_x : n->query_x,
                                      support ? n->support_y : n->query_y));
}

/* Scratch for one inner step. */
struct inner {
    mesa_node *weight, *gradient;
};

static void
inner_step(const struct ml3 *m, struct mesa_graph *g,
           const struct ml3_nodes *n, struct inner *inner)
{
    const struct mesa_loss_terms terms = {
        sizeof terms,
        few_forward(&m->model, g, inner->weight, n->support_x),
        n->support_y, n->support_x, 0
    };
    const mesa_node rate = mesa_scalar(g, m->inner_lr);

    mesa_grad(g, teacher_loss(&m->teacher, g, &terms), inner->weight,
              m->model.n, inner->gradient);
    for (size_t j = 0; j < m->model.n; j++)
        inner->weight[j] = mesa_sub(g, inner->weight[j],
                                    mesa_mul(g, rate, inner->gradient[j]));
}

mesa_status
ml3_build(struct ml3 *m, struct mesa_graph *g, struct ml3_nodes *out,
          struct mesa_error *err)
{
    const size_t n = m->model.n;
    struct inner inner;
    mesa_status st = alloc_nodes(m, out, err);

    if (st != MESA_OK)
        return st;
    inner.weight = mesa_alloc_array(2 * n, sizeof *inner.weight);
    if (!inner.weight)
        return mesa_nomem(err, n, "nodes");
    inner.gradient = inner.weight + n;
    add_inputs(m, g, out);
    memcpy(inner.weight, out->weight, n * sizeof *inner.weight);
    out->before = judge(m, g, out, out->weight);
    for (int64_t k = 0; k < m->inner_steps; k++)
        inner_step(m, g, out, &inner);
    memcpy(out->next, inner.weight, n * sizeof *inner.weight);
    out->after = judge(m, g, out, out->next);
    mesa_free(inner.weight);
    return mesa_graph_status(g, err);
}

static void
bind(struct ml3 *m, const struct ml3_nodes *n)
{
    struct mesa_program *p = m->program;

    teacher_bind(&m->teacher, p);
    for (size_t j = 0; j < m->model.n; j++) {
        mesa_program_bind(p, n->weight[j], m->weight[j]);
        mesa_program_bind(p, n->next[j], m->weight[j]);
    }
    mesa_program_bind(p, n->support_x, m->batch.support_x);
    mesa_program_bind(p, n->support_y, m->batch.support_y);
    mesa_program_bind(p, n->query_x, m->batch.query_x);
    mesa_program_bind(p, n->query_y, m->batch.query_y);
    mesa_program_bind(p, n->info, m->batch.info);
    mesa_program_bind(p, n->before, &m->outcome[0]);
    mesa_program_bind(p, n->after, &m->outcome[1]);
}

mesa_status
ml3_program_new(struct ml3 *m, struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(m->model.dtype, m->batch.n);
    struct ml3_nodes n = { .weight = NULL };
    mesa_node *output = NULL;
    size_t total = 0;
    mesa_status st = g ? ml3_build(m, g, &n, err)
                       : mesa_nomem(err, 1, "graph");

    if (st == MESA_OK)
        st = teacher_update(&m->teacher, g, n.after, err);
    if (st == MESA_OK) {
        output = mesa_alloc_array(m->teacher.n_outputs + m->model.n + 2,
                                  sizeof *output);
        st = output ? MESA_OK : mesa_nomem(err, m->model.n, "nodes");
    }
    if (st == MESA_OK) {
        total = m->teacher.n_outputs;
        memcpy(output, m->teacher.output, total * sizeof *output);
        memcpy(output + total, n.next, m->model.n * sizeof *output);
        total += m->model.n;
        output[total++] = n.before;
        output[total++] = n.after;
        st = mesa_program_new(g, output, total, &m->program, err);
    }
    if (st == MESA_OK)
        bind(m, &n);
    mesa_free(output);
    ml3_nodes_free(&n);
    mesa_graph_free(g);
    return st;
}
