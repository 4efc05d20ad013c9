/* SPDX-License-Identifier: MIT */
/*
 * adapt.c - tasks side by side, each with weights of its own.
 *
 * One program makes a step of all tasks, another says what their models make
 * of the query rows; the weights lie here between the two.
 */
#include "few_shot.h"

#include <string.h>

static size_t
element(const struct few_model *m)
{
    return m->dtype == MESA_F32 ? sizeof(float) : sizeof(double);
}

size_t
few_tensor_bytes(const struct few_model *m, size_t j)
{
    const struct mesa_weight *w = mesa_weights_get(m->weights, j);
    size_t n = element(m);

    for (uint32_t d = 0; d < w->rank; d++)
        n *= w->shape[d];
    return n;
}

mesa_status
few_tensors_new(const struct few_model *m, size_t n_tasks, void ***out,
                struct mesa_error *err)
{
    void **tensor = mesa_alloc_array(m->n, sizeof *tensor);

    *out = tensor;
    if (!tensor)
        return mesa_nomem(err, m->n, "weights");
    for (size_t j = 0; j < m->n; j++) {
        tensor[j] = mesa_alloc_array(n_tasks, few_tensor_bytes(m, j));
        if (!tensor[j])
            return mesa_nomem(err, n_tasks, "weights");
    }
    return MESA_OK;
}

void
few_tensors_free(const struct few_model *m, void **tensor)
{
    for (size_t j = 0; tensor && j < m->n; j++)
        mesa_free(tensor[j]);
    mesa_free(tensor);
}

/* The model's weights to all tensors' place t. */
static void
put(const struct few_model *m, size_t t, void *const *tensor)
{
    for (size_t j = 0; j < m->n; j++) {
        size_t bytes = few_tensor_bytes(m, j);

        memcpy((char *)tensor[j] + t * bytes, mesa_weights_data(m->weights, j),
               bytes);
    }
}

void
few_tensors_draw(const struct few_model *m, const struct mesa_rng *rng,
                 size_t t, void *const *tensor)
{
    mesa_weights_draw(m->weights, rng);
    put(m, t, tensor);
}

static mesa_status
alloc(struct few_adapter *a, struct mesa_error *err)
{
    const struct few_model *m = a->model;

    a->prediction = mesa_alloc_array(a->n_tasks, a->n_query * m->n_outputs *
                                                     element(m));
    if (!a->prediction)
        return mesa_nomem(err, a->n_tasks, "tasks");
    return few_tensors_new(m, a->n_tasks, &a->weight, err);
}

static void
add_weights(const struct few_model *m, struct mesa_graph *g, mesa_node *node)
{
    for (size_t j = 0; j < m->n; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->weights, j);

        node[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
}

/* Nodes of one program: weights, what becomes of them, what the solver adds. */
struct nodes {
    mesa_node *weight, *next, *gradient;
    mesa_node  x, y;
    size_t     n_outputs;
};

static mesa_status
build_update(struct few_adapter *a, struct mesa_graph *g,
             const struct nodes *n, struct mesa_error *err)
{
    const struct few_rule *rule = a->rule;

    if (rule->build)
        return rule->build(rule->context, g, n->weight, n->gradient, n->next,
                           err);
    return mesa_optimizer_new(g, rule->solver, n->weight, n->gradient,
                              a->model->n, n->next, &a->optimizer, err);
}

static void
bind_step(struct few_adapter *a, const struct nodes *n,
          const struct mesa_task_batch *rows)
{
    for (size_t j = 0; j < a->model->n; j++) {
        mesa_program_bind(a->step, n->weight[j], a->weight[j]);
        mesa_program_bind(a->step, n->next[j], a->weight[j]);
    }
    mesa_program_bind(a->step, n->x, rows->support_x);
    mesa_program_bind(a->step, n->y, rows->support_y);
    if (a->optimizer)
        mesa_optimizer_bind(a->optimizer, a->step);
    if (a->rule->bind)
        a->rule->bind(a->rule->context, a->step);
}

/* What a step makes smaller. */
static mesa_node
step_loss(const struct few_adapter *a, struct mesa_graph *g,
          const struct nodes *n)
{
    const struct few_rule *rule = a->rule;
    struct mesa_loss_terms terms = { sizeof terms, 0, n->y, n->x, 0 };

    if (!rule->loss)
        return few_loss(a->model, g, n->weight, n->x, n->y);
    terms.prediction = few_forward(a->model, g, n->weight, n->x);
    return rule->loss(rule->context, g, &terms);
}

/* Adam keeps two tensors for each of ours. */
static mesa_status
nodes_new(size_t n, struct nodes *out, struct mesa_error *err)
{
    memset(out, 0, sizeof *out);
    out->weight = mesa_alloc_array(5 * n, sizeof *out->weight);
    if (!out->weight)
        return mesa_nomem(err, n, "nodes");
    out->gradient = out->weight + n;
    out->next = out->gradient + n;
    return MESA_OK;
}

static mesa_status
make_step(struct few_adapter *a, const struct mesa_task_shape *shape,
          const struct mesa_task_batch *rows, struct mesa_error *err)
{
    const struct few_model *m = a->model;
    struct mesa_graph *g = mesa_graph_new(m->dtype, a->n_tasks);
    struct nodes n;
    mesa_node loss;
    size_t extra = 0;
    mesa_status st = nodes_new(m->n, &n, err);

    if (st == MESA_OK && !g)
        st = mesa_nomem(err, 1, "graph");
    if (st != MESA_OK)
        goto out;
    add_weights(m, g, n.weight);
    n.x = mesa_input(g, MESA_PER_TASK,
                     MESA_SHAPE(shape->n_support, m->n_inputs));
    n.y = mesa_input(g, MESA_PER_TASK,
                     MESA_SHAPE(shape->n_support, m->n_outputs));
    loss = step_loss(a, g, &n);
    mesa_grad(g, loss, n.weight, m->n, n.gradient);
    st = build_update(a, g, &n, err);
    if (st == MESA_OK && a->optimizer) {
        extra = mesa_optimizer_n_state(a->optimizer);
        mesa_optimizer_state(a->optimizer, n.next + m->n);
    }
    if (st == MESA_OK)
        st = mesa_program_new(g, n.next, m->n + extra, &a->step, err);
    if (st == MESA_OK)
        bind_step(a, &n, rows);
out:
    mesa_graph_free(g);
    mesa_free(n.weight);
    return st;
}

static mesa_status
make_predict(struct few_adapter *a, const struct mesa_task_batch *rows,
             struct mesa_error *err)
{
    const struct few_model *m = a->model;
    struct mesa_graph *g = mesa_graph_new(m->dtype, a->n_tasks);
    struct nodes n;
    mesa_status st = nodes_new(m->n, &n, err);

    if (st == MESA_OK && !g)
        st = mesa_nomem(err, 1, "graph");
    if (st != MESA_OK)
        goto out;
    add_weights(m, g, n.weight);
    n.x = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(a->n_query, m->n_inputs));
    n.y = few_forward(m, g, n.weight, n.x);
    if (m->classes)
        n.y = m->loss ? mesa_loss_link(m->loss, g, n.y)
                      : mesa_exp(g, mesa_log_softmax(g, n.y));
    st = mesa_program_new(g, &n.y, 1, &a->predict, err);
    if (st != MESA_OK)
        goto out;
    for (size_t j = 0; j < m->n; j++)
        mesa_program_bind(a->predict, n.weight[j], a->weight[j]);
    mesa_program_bind(a->predict, n.x, rows->query_x);
    mesa_program_bind(a->predict, n.y, a->prediction);
out:
    mesa_graph_free(g);
    mesa_free(n.weight);
    return st;
}

mesa_status
few_adapter_new(const struct few_model *model, const struct few_rule *rule,
                const struct mesa_task_shape *shape,
                const struct mesa_task_batch *rows, struct few_adapter *out,
                struct mesa_error *err)
{
    mesa_status st;

    memset(out, 0, sizeof *out);
    out->model = model;
    out->rule = rule;
    out->n_tasks = rows->n;
    out->n_query = shape->n_query;
    st = alloc(out, err);
    if (st == MESA_OK)
        st = make_step(out, shape, rows, err);
    if (st == MESA_OK)
        st = make_predict(out, rows, err);
    return st;
}

void
few_adapter_free(struct few_adapter *a)
{
    if (a->model)
        few_tensors_free(a->model, a->weight);
    mesa_free(a->prediction);
    mesa_program_free(a->step);
    mesa_program_free(a->predict);
    mesa_optimizer_free(a->optimizer);
    memset(a, 0, sizeof *a);
}

void
few_adapter_reset(struct few_adapter *a)
{
    for (size_t t = 0; t < a->n_tasks; t++)
        put(a->model, t, a->weight);
    if (a->optimizer)
        mesa_optimizer_reset(a->optimizer);
}

void
few_adapter_draw(struct few_adapter *a, const struct mesa_rng *rng,
                 uint64_t first)
{
    for (size_t t = 0; t < a->n_tasks; t++) {
        const struct mesa_rng own = mesa_rng_derive(rng, "task", first + t);

        few_tensors_draw(a->model, &own, t, a->weight);
    }
    if (a->optimizer)
        mesa_optimizer_reset(a->optimizer);
}

void
few_adapter_take(const struct few_adapter *a, struct mesa_weights *to)
{
    const struct few_model *m = a->model;

    for (size_t j = 0; j < m->n; j++)
        memcpy(mesa_weights_data(to, j), a->weight[j],
               few_tensor_bytes(m, j));
}

mesa_status
few_adapter_step(struct few_adapter *a, size_t k, struct mesa_error *err)
{
    if (a->optimizer)
        mesa_optimizer_step(a->optimizer);
    if (a->rule->before)
        a->rule->before(a->rule->context, k);
    return mesa_program_run(a->step, err);
}

mesa_status
few_adapter_predict(struct few_adapter *a, struct mesa_error *err)
{
    return mesa_program_run(a->predict, err);
}
