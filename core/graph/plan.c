/* SPDX-License-Identifier: MIT */
/* plan.c - from a graph to steps and slots. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

static mesa_status
make_slots(struct plan *plan, struct schedule *s, struct mesa_error *err)
{
    size_t n = 0;

    for (mesa_node x = 1; x < s->g->n; x++)
        n += s->needed[x] && s->stored[x];
    plan->slot = mesa_alloc_array(n, sizeof *plan->slot);
    if (!plan->slot)
        return mesa_nomem(err, n, "slots");
    for (mesa_node x = 1; x < s->g->n; x++) {
        const struct node *node = graph_at(s->g, x);
        struct slot *slot = &plan->slot[plan->n_slots];

        s->slot[x] = NO_SLOT;
        if (!s->needed[x] || !s->stored[x])
            continue;
        s->slot[x] = (uint32_t)plan->n_slots++;
        slot->node = x;
        slot->is_input = node->op == OP_INPUT || node->op == OP_INDEX;
        slot->bytes = mesa_node_count(node) *
                      (node->op == OP_INDEX ? sizeof(int64_t) : plan->size);
        if (node->span == MESA_PER_TASK) {
            slot->task_bytes = slot->bytes;
            slot->bytes *= s->g->n_tasks;
        }
    }
    return MESA_OK;
}

static mesa_status
make_steps(struct plan *plan, const struct schedule *s,
           struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    plan->step = mesa_alloc_array(s->n_groups, sizeof *plan->step);
    plan->constant = mesa_alloc_array(s->g->n, sizeof *plan->constant);
    if (!plan->step || !plan->constant)
        return mesa_nomem(err, s->n_groups, "steps");
    for (size_t i = 0; i < s->n_groups && st == MESA_OK; i++) {
        struct step *step = &plan->step[plan->n_steps++];

        step->op = s->group[i].op;
        step->slot = NO_SLOT;
        st = step->op == MESA_TILE_COPY
                 ? mesa_lower_tiles(s, i + 1, plan, step, err)
                 : mesa_lower_other(s, i + 1, plan, step, err);
    }
    return st;
}

static void
tile_slots(const struct plan *plan, const struct tiles *t, mesa_touch *touch,
           void *context)
{
    for (size_t k = 0; k < t->n_registers; k++)
        if (t->reg[k].slot < plan->n_slots)
            touch(context, t->reg[k].slot, t->reg[k].written);
    for (size_t k = 0; k < t->n_loads; k++)
        touch(context, t->load[k].slot, false);
}

void
mesa_step_slots(const struct plan *plan, const struct step *step,
                mesa_touch *touch, void *context)
{
    if (step->tiles) {
        tile_slots(plan, step->tiles, touch, context);
        return;
    }
    touch(context, step->slot, true);
    for (size_t k = 0; k < step->n_parts; k++)
        touch(context, step->part[k].slot, false);
    if (step->op != OP_CONCAT)
        touch(context, step->a.slot, false);
    for (size_t k = 0; k < step->product.n_after; k++)
        if (step->product.after[k].op != MESA_TILE_RELU &&
            step->after[k].slot != CONSTANT_SLOT)
            touch(context, step->after[k].slot, false);
    if (step->op == OP_MATMUL || step->op == OP_GATHER ||
        step->op == OP_SCATTER_ADD || step->op == OP_ONE_HOT)
        touch(context, step->b.slot, false);
}

static mesa_status
make_outputs(struct plan *plan, const struct schedule *s,
             const mesa_node *output, size_t n, struct mesa_error *err)
{
    plan->output = mesa_alloc_array(n, sizeof *plan->output);
    if (!plan->output)
        return mesa_nomem(err, n, "outputs");
    for (size_t i = 0; i < n; i++)
        plan->output[plan->n_outputs++] = s->slot[output[i]];
    return MESA_OK;
}

static mesa_status
check_outputs(const struct mesa_graph *g, const mesa_node *output, size_t n,
              struct mesa_error *err)
{
    mesa_status st = mesa_graph_status(g, err);

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        if (output[i] == 0 || output[i] >= g->n ||
            g->node[output[i]].op == OP_INDEX)
            st = mesa_fail(err, MESA_EINVAL,
                           "output %zu is node %u of a graph of %zu", i,
                           (unsigned)output[i], g->n);
    return st;
}

mesa_status
mesa_plan_new(const struct mesa_graph *g, const mesa_node *output, size_t n,
              struct plan **out, struct mesa_error *err)
{
    struct plan *plan;
    struct schedule s;
    mesa_status st = check_outputs(g, output, n, err);

    *out = NULL;
    if (st != MESA_OK)
        return st;
    plan = mesa_alloc_array(1, sizeof *plan);
    if (!plan)
        return mesa_nomem(err, 1, "plan");
    plan->dtype = g->dtype;
    plan->size = g->dtype == MESA_F32 ? sizeof(float) : sizeof(double);
    plan->n_tasks = g->n_tasks;
    atomic_init(&plan->references, 1);
    st = mesa_schedule(&s, g, output, n, err);
    if (st == MESA_OK)
        st = make_slots(plan, &s, err);
    if (st == MESA_OK)
        st = make_steps(plan, &s, err);
    if (st == MESA_OK)
        st = make_outputs(plan, &s, output, n, err);
    if (st == MESA_OK)
        st = mesa_plan_segments(plan, err);
    if (st == MESA_OK)
        st = mesa_plan_places(plan, err);
    if (st == MESA_OK)
        st = mesa_plan_fix(plan, g, err);
    mesa_schedule_free(&s);
    if (st != MESA_OK)
        mesa_plan_free(plan);
    else
        *out = plan;
    return st;
}

void
mesa_plan_free(struct plan *plan)
{
    if (!plan || atomic_fetch_sub(&plan->references, 1) != 1)
        return;
    for (size_t i = 0; i < plan->n_steps; i++) {
        mesa_free(plan->step[i].part);
        mesa_free(plan->step[i].length);
        mesa_free(plan->step[i].tiles);
    }
    for (size_t i = 0; i < plan->n_segments; i++)
        mesa_free(plan->segment[i].moving);
    for (size_t i = 0; i < plan->n_slots; i++)
        mesa_free(plan->slot[i].fixed);
    mesa_free(plan->segment);
    mesa_free(plan->step);
    mesa_free(plan->slot);
    mesa_free(plan->output);
    mesa_free(plan->constant);
    mesa_free(plan);
}
