/* SPDX-License-Identifier: MIT */
/*
 * outer.c - one iteration of Reptile as a graph: all inner steps in a row,
 * and the outer step as its last nodes.
 *
 * Nichol et al. 2018, Algorithm 2: with the weights U_i(phi) of task i after
 * k steps of the inner optimizer from phi,
 *
 *     phi <- phi + epsilon mean_i (U_i(phi) - phi).
 *
 * The inner optimizer begins anew with each task, so that U_i is a function
 * of phi and the task alone, in training as in adaptation; the authors' code
 * lets Adam's moments go on from task to task.
 */
#include "reptile.h"

#include <math.h>
#include <string.h>

double
reptile_outer_rate(const struct reptile *r, uint64_t i)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    o.learning_rate = r->outer_lr;
    if (r->outer_schedule == REPTILE_LINEAR) {
        o.schedule = MESA_LINEAR;
        o.period = (double)r->iterations;
        o.floor = r->outer_lr_end;
    }
    return mesa_optimizer_rate(&o, i);
}

static mesa_status
alloc_nodes(const struct reptile *r, struct reptile_nodes *n,
            struct mesa_error *err)
{
    memset(n, 0, sizeof *n);
    n->weight = mesa_alloc_array(2 * r->model.n, sizeof *n->weight);
    if (!n->weight)
        return mesa_nomem(err, r->model.n, "nodes");
    n->next = n->weight + r->model.n;
    return MESA_OK;
}

void
reptile_nodes_free(struct reptile_nodes *n)
{
    mesa_free(n->weight);
    memset(n, 0, sizeof *n);
}

static void
add_inputs(const struct reptile *r, struct mesa_graph *g,
           struct reptile_nodes *n)
{
    const struct mesa_task_shape *s = &r->shape;
    const struct few_model *f = &r->model;

    mesa_weights_inputs(f->weights, g, n->weight);
    n->support_x = mesa_input(g, MESA_PER_TASK,
                              MESA_SHAPE(s->n_support, f->n_inputs));
    n->support_y = mesa_input(g, MESA_PER_TASK,
                              MESA_SHAPE(s->n_support, f->n_outputs));
    n->query_x = mesa_input(g, MESA_PER_TASK,
                            MESA_SHAPE(s->n_query, f->n_inputs));
    n->query_y = mesa_input(g, MESA_PER_TASK,
                            MESA_SHAPE(s->n_query, f->n_outputs));
    n->outer_rate = mesa_input(g, MESA_SHARED, 0, NULL);
}

/* The rows of step k: the next ones, and after the last the first again. */
static mesa_node
rows_of(const struct reptile *r, struct mesa_graph *g, mesa_node x, size_t k)
{
    size_t n = r->shape.n_support, first = k * r->rows % n;
    mesa_node part[2];

    if (first + r->rows <= n)
        return mesa_slice(g, x, 0, first, r->rows);
    part[0] = mesa_slice(g, x, 0, first, n - first);
    part[1] = mesa_slice(g, x, 0, 0, first + r->rows - n);
    return mesa_concat(g, part, 2, 0);
}

static mesa_node
loss_of(const struct reptile *r, struct mesa_graph *g,
        const mesa_node *weight, mesa_node x, mesa_node y)
{
    return few_loss(&r->model, g, weight, x, y);
}

/* Step k of Adam, whose second moments are 0 before step 0; the nodes are
 * those of libmesa's Adam, so that training adapts as evaluation does. */
static mesa_node
adam(const struct mesa_optimizer_options *o, struct mesa_graph *g, size_t k,
     mesa_node weight, mesa_node gradient, mesa_node *square)
{
    const double t = (double)(k + 1);
    const double correction = 1 / sqrt(1 - mesa_math_pow(o->beta2, t));
    mesa_node root, fresh = mesa_mul(g, mesa_scalar(g, 1 - o->beta2),
                                     mesa_mul(g, gradient, gradient));

    *square = k == 0 ? fresh
                     : mesa_add(g, mesa_mul(g, mesa_scalar(g, o->beta2),
                                            *square), fresh);
    root = mesa_mul(g, mesa_sqrt(g, *square), mesa_scalar(g, correction));
    root = mesa_add(g, root, mesa_scalar(g, o->epsilon));
    return mesa_sub(g, weight,
                    mesa_div(g, mesa_mul(g, mesa_scalar(g, o->learning_rate),
                                         gradient), root));
}

/* One step.  That of gradient descent is the gradient of rate times loss: a
 * product with one number, and not with the gradient of each weight. */
static void
step(const struct reptile *r, struct mesa_graph *g, size_t k, mesa_node loss,
     mesa_node *weight, mesa_node *gradient, mesa_node *square)
{
    const bool is_adam = r->inner_optimizer == MESA_ADAM;

    if (!is_adam)
        loss = mesa_mul(g, mesa_scalar(g, r->solver.learning_rate), loss);
    mesa_grad(g, loss, weight, r->model.n, gradient);
    for (size_t j = 0; j < r->model.n; j++)
        weight[j] = is_adam ? adam(&r->solver, g, k, weight[j], gradient[j],
                                   &square[j])
                            : mesa_sub(g, weight[j], gradient[j]);
}

/* weight[] becomes that of the tasks after all steps. */
static void
adapt(const struct reptile *r, struct mesa_graph *g, struct reptile_nodes *n,
      mesa_node *weight, mesa_node *gradient, mesa_node *square)
{
    for (size_t k = 0; k < r->steps; k++) {
        mesa_node loss = loss_of(r, g, weight, rows_of(r, g, n->support_x, k),
                                 rows_of(r, g, n->support_y, k));

        if (k == 0)
            n->before = mesa_task_mean(g, loss);
        step(r, g, k, loss, weight, gradient, square);
    }
}

mesa_status
reptile_build(const struct reptile *r, struct mesa_graph *g,
              struct reptile_nodes *out, struct mesa_error *err)
{
    const size_t n = r->model.n;
    mesa_node *weight = mesa_alloc_array(3 * n, sizeof *weight);
    mesa_status st = alloc_nodes(r, out, err);

    if (st == MESA_OK && !weight)
        st = mesa_nomem(err, n, "nodes");
    if (st == MESA_OK) {
        add_inputs(r, g, out);
        memcpy(weight, out->weight, n * sizeof *weight);
        adapt(r, g, out, weight, weight + n, weight + 2 * n);
        out->after = mesa_task_mean(g, loss_of(r, g, weight, out->query_x,
                                               out->query_y));
        for (size_t j = 0; j < n; j++) {
            mesa_node way = mesa_sub(g, mesa_task_mean(g, weight[j]),
                                     out->weight[j]);

            out->next[j] = mesa_add(g, out->weight[j],
                                    mesa_mul(g, out->outer_rate, way));
        }
        st = mesa_graph_status(g, err);
    }
    mesa_free(weight);
    return st;
}

static void
bind(struct reptile *r, const struct reptile_nodes *n)
{
    struct mesa_program *p = r->program;

    mesa_weights_bind(r->model.weights, p, n->weight);
    mesa_weights_bind(r->model.weights, p, n->next);
    mesa_program_bind(p, n->support_x, r->batch.support_x);
    mesa_program_bind(p, n->support_y, r->batch.support_y);
    mesa_program_bind(p, n->query_x, r->batch.query_x);
    mesa_program_bind(p, n->query_y, r->batch.query_y);
    mesa_program_bind(p, n->outer_rate, &r->outer_rate);
    mesa_program_bind(p, n->before, &r->outcome[0]);
    mesa_program_bind(p, n->after, &r->outcome[1]);
}

mesa_status
reptile_program_new(struct reptile *r, struct mesa_error *err)
{
    const size_t n = r->model.n;
    struct mesa_graph *g = mesa_graph_new(r->model.dtype, r->batch.n);
    mesa_node *output = mesa_alloc_array(n + 2, sizeof *output);
    struct reptile_nodes nodes = { .weight = NULL };
    mesa_status st = g && output ? reptile_build(r, g, &nodes, err)
                                 : mesa_nomem(err, n, "nodes");

    if (st == MESA_OK) {
        memcpy(output, nodes.next, n * sizeof *output);
        output[n] = nodes.before;
        output[n + 1] = nodes.after;
        st = mesa_program_new(g, output, n + 2, &r->program, err);
    }
    if (st == MESA_OK)
        bind(r, &nodes);
    reptile_nodes_free(&nodes);
    mesa_free(output);
    mesa_graph_free(g);
    return st;
}
