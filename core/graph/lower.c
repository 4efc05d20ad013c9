/* SPDX-License-Identifier: MIT */
/* lower.c - steps that are not element by element. */
#include "plan.h"

#include <string.h>

/* Arithmetic that is worth a thread of its own. */
#define WORTH_A_CHUNK ((size_t)400000)

static size_t
round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Units of `cost` each, so many for every task, in chunks. */
static void
divide(struct step *step, size_t units, size_t cost, size_t at_least)
{
    size_t total = step->n_tasks * units;
    size_t chunk = MESA_MAX(WORTH_A_CHUNK / MESA_MAX(cost, (size_t)1),
                            at_least);

    step->units = units;
    step->chunk = MESA_MIN(MESA_MAX(chunk, round_up(total, 64) / 64), total);
    step->n_chunks = (total + step->chunk - 1) / step->chunk;
}

/* Where an operand of what comes after a product is found. */
static struct view
view_after(const struct schedule *s, mesa_node x, size_t position,
           struct plan *plan)
{
    double value;

    if (mesa_node_constant(s->g, x, &value))
        return (struct view){ .slot = CONSTANT_SLOT,
                              .offset = mesa_plan_constant(plan, value) *
                                        MESA_TILE };
    return mesa_view_of(s, x, position);
}

/* What the schedule has found to come after a product: each takes the result
 * so far as its only, first or last argument. */
static void
lower_after(const struct schedule *s, size_t position, struct plan *plan,
            struct step *step)
{
    const struct group *group = &s->group[position - 1];
    struct mesa_product *p = &step->product;

    for (size_t i = 1; i < group->n_nodes; i++) {
        const struct node *node = graph_at(s->g, group->node[i]);
        struct mesa_after *after = &p->after[p->n_after];
        struct view *v = &step->after[p->n_after++];

        after->op = node->op;
        for (size_t k = 0; k < node->n_args; k++) {
            mesa_node arg = graph_arg(s->g, group->node[i], k);

            if (mesa_same_as(s->g, arg) == group->node[i - 1])
                continue;
            *v = view_after(s, arg, position, plan);
            after->row = v->stride[0];
            after->column = v->stride[1];
        }
    }
}

/* Are all tasks' products the one of all their rows, b being shared? */
static bool
rows_follow(const struct step *step)
{
    const struct mesa_product *p = &step->product;
    bool follow = step->b.task == 0 && !p->ta &&
                  step->a.task == p->m * p->lda;

    for (size_t i = 0; i < p->n_after; i++)
        follow &= p->after[i].op == MESA_TILE_RELU ||
                  step->after[i].task == p->m * p->after[i].row;
    return follow;
}

/* Is the sum of all tasks' products one product, with longer sums? */
static bool
sums_follow(const struct step *step)
{
    const struct mesa_product *p = &step->product;

    return step->a.task == p->k * (p->ta ? p->lda : 1) &&
           step->b.task == p->k * (p->tb ? 1 : p->ldb);
}

void
mesa_lower_sum_of_products(struct step *step, uint32_t slot)
{
    step->slot = slot;
    step->adds_tasks = true;
    step->stacked = sums_follow(step);
}

static void
lower_matmul(const struct schedule *s, mesa_node x, size_t position,
             struct plan *plan, struct step *step)
{
    const struct node *node = graph_at(s->g, x);
    mesa_node a = graph_arg(s->g, x, 0), b = graph_arg(s->g, x, 1);
    struct mesa_product *p = &step->product;
    size_t cost;

    p->ta = node->flag & 1;
    p->tb = node->flag >> 1;
    p->m = node->shape[0];
    p->n = node->shape[1];
    p->k = graph_at(s->g, a)->shape[!p->ta];
    step->a = mesa_view_of(s, a, position);
    step->b = mesa_view_of(s, b, position);
    mesa_view_matrix(graph_at(s->g, a), &step->a, &p->ta, &p->lda);
    mesa_view_matrix(graph_at(s->g, b), &step->b, &p->tb, &p->ldb);
    p->ldc = p->n;
    lower_after(s, position, plan, step);
    cost = 2 * p->m * p->n * p->k;
    step->split_rows = step->n_tasks == 1;
    step->stacked = !step->split_rows && rows_follow(step);
    if (step->split_rows)
        divide(step, p->m, cost / p->m, 32);
    else
        divide(step, 1, cost, 1);
    step->scratch_bytes = round_up(mesa_matmul_scratch(p, plan->size), 64);
}

static void
lower_reduction(const struct schedule *s, mesa_node x, size_t position,
                struct step *step)
{
    const struct node *node = graph_at(s->g, x);
    mesa_node arg = graph_arg(s->g, x, 0);
    const size_t *shape = graph_at(s->g, arg)->shape;

    step->a = mesa_view_of(s, arg, position);
    step->outer = step->n_tasks;
    step->n = step->inner = 1;
    for (size_t i = 0; i < node->rank; i++) {
        if (i < node->first)
            step->outer *= shape[i];
        else if (i <= node->last)
            step->n *= shape[i];
        else
            step->inner *= shape[i];
    }
    if (step->outer == 1)
        divide(step, step->inner, step->n, 64);
    else
        divide(step, step->outer / step->n_tasks, step->n * step->inner, 1);
}

static void
lower_task_sum(const struct schedule *s, mesa_node x, size_t position,
               struct step *step)
{
    step->a = mesa_view_of(s, graph_arg(s->g, x, 0), position);
    step->outer = 1;
    step->n = s->g->n_tasks;
    step->inner = step->count;
    divide(step, step->inner, step->n, 64);
}

static mesa_status
lower_concat(const struct schedule *s, mesa_node x, size_t position,
             struct step *step, struct mesa_error *err)
{
    const struct node *node = graph_at(s->g, x);

    step->n_parts = node->n_args;
    step->part = mesa_alloc_array(node->n_args, sizeof *step->part);
    step->length = mesa_alloc_array(node->n_args, sizeof *step->length);
    if (!step->part || !step->length)
        return mesa_nomem(err, node->n_args, "parts");
    step->outer = 1;
    for (size_t i = 0; i < node->first; i++)
        step->outer *= node->shape[i];
    for (size_t i = 0; i < node->n_args; i++) {
        mesa_node part = graph_arg(s->g, x, i);

        step->part[i] = mesa_view_of(s, part, position);
        step->length[i] = mesa_node_count(graph_at(s->g, part)) / step->outer;
    }
    return MESA_OK;
}

/* Rows moved by an index: step->inner numbers each. */
static void
lower_indexed(const struct schedule *s, mesa_node x, size_t position,
              struct step *step)
{
    const struct node *node = graph_at(s->g, x);
    mesa_node arg = graph_arg(s->g, x, 0);
    mesa_node index = graph_arg(s->g, x, node->n_args - UINT32_C(1));

    step->a = mesa_view_of(s, arg, position);
    step->b = mesa_view_of(s, index, position);
    step->n = graph_at(s->g, index)->shape[0];
    step->rows = node->op == OP_GATHER ? graph_at(s->g, arg)->shape[0]
                                       : node->shape[0];
    step->inner = mesa_node_count(node) / node->shape[0];
    if (node->op == OP_ONE_HOT)
        step->rows = node->shape[1];
}

mesa_status
mesa_lower_other(const struct schedule *s, size_t position,
                 struct plan *plan, struct step *step, struct mesa_error *err)
{
    const struct group *group = &s->group[position - 1];
    mesa_node x = group->node[0];
    const struct node *node = graph_at(s->g, x);

    step->slot = s->slot[group->node[group->n_nodes - 1]];
    step->n_tasks = node->span == MESA_PER_TASK ? s->g->n_tasks : 1;
    step->count = mesa_node_count(node);
    step->n_chunks = step->units = 1;
    step->chunk = step->n_tasks;
    switch (group->op) {
    case OP_MATMUL:
        lower_matmul(s, x, position, plan, step);
        return MESA_OK;
    case OP_SUM:
    case OP_MAX:
        lower_reduction(s, x, position, step);
        return MESA_OK;
    case OP_TASK_SUM:
        lower_task_sum(s, x, position, step);
        return MESA_OK;
    case OP_CONCAT:
        return lower_concat(s, x, position, step, err);
    default: /* OP_GATHER, OP_SCATTER_ADD, OP_ONE_HOT */
        lower_indexed(s, x, position, step);
        return MESA_OK;
    }
}
