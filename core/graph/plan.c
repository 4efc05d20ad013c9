/* SPDX-License-Identifier: MIT */
/*
 * plan.c - from a graph to steps, slots and one arena.
 *
 * A slot lives from the step that writes it to the last that reads it; slots
 * whose lives do not meet share memory (first fit in order of birth).
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT ((size_t)64)

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
        slot->count = mesa_node_count(node);
        if (node->span == MESA_PER_TASK)
            slot->count *= s->g->n_tasks;
        slot->bytes = slot->count * (node->op == OP_INDEX ? sizeof(int64_t)
                                                          : plan->size);
        slot->born = slot->last_use = s->at[x];
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
                 : mesa_lower_other(s, i + 1, plan->size, step, err);
    }
    return st;
}

static void
use(struct plan *plan, uint32_t slot, size_t position)
{
    struct slot *x = &plan->slot[slot];

    x->last_use = MESA_MAX(x->last_use, (uint32_t)position);
}

/* Every slot a step touches is in use by then. */
static void
find_uses(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct step *step = &plan->step[i];
        const struct tiles *t = step->tiles;

        for (size_t k = 0; t && k < t->n_registers; k++)
            if (t->reg[k].slot < plan->n_slots)
                use(plan, t->reg[k].slot, i + 1);
        for (size_t k = 0; t && k < t->n_loads; k++)
            use(plan, t->load[k].slot, i + 1);
        for (size_t k = 0; k < step->n_parts; k++)
            use(plan, step->part[k].slot, i + 1);
        if (t || step->op == OP_CONCAT)
            continue;
        use(plan, step->a.slot, i + 1);
        for (size_t k = 0; k < step->product.n_after; k++)
            if (step->product.after[k].op != MESA_TILE_RELU)
                use(plan, step->after[k].slot, i + 1);
        if (step->op == OP_MATMUL || step->op == OP_GATHER ||
            step->op == OP_SCATTER_ADD || step->op == OP_ONE_HOT)
            use(plan, step->b.slot, i + 1);
    }
    for (size_t i = 0; i < plan->n_outputs; i++)
        use(plan, plan->output[i], plan->n_steps + 1);
}

static int
compare_births(const void *a, const void *b)
{
    const struct slot *x = *(const struct slot *const *)a;
    const struct slot *y = *(const struct slot *const *)b;

    if (x->born != y->born)
        return x->born < y->born ? -1 : 1;
    return x->node < y->node ? -1 : 1;
}

/* The lowest place where the slot meets none of those placed before it that
 * are alive at the same time. */
static void
place(struct slot *const *placed, size_t n, struct slot *slot)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            const struct slot *other = placed[i];

            if (other->last_use < slot->born ||
                other->at >= slot->at + slot->bytes ||
                slot->at >= other->at + other->bytes)
                continue;
            slot->at = (other->at + other->bytes + ALIGNMENT - 1) /
                       ALIGNMENT * ALIGNMENT;
            moved = true;
        }
    }
}

static mesa_status
place_slots(struct plan *plan, struct mesa_error *err)
{
    struct slot **order = mesa_alloc_array(plan->n_slots, sizeof *order);
    size_t n = 0, live = 0;

    if (!order)
        return mesa_nomem(err, plan->n_slots, "slots");
    for (size_t i = 0; i < plan->n_slots; i++)
        if (!plan->slot[i].is_input)
            order[n++] = &plan->slot[i];
    if (n > 0)
        qsort(order, n, sizeof(struct slot *), compare_births);
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = order[i];
        size_t kept = 0;

        /* The dead need not be looked at again. */
        for (size_t k = 0; k < live; k++)
            if (order[k]->last_use >= slot->born)
                order[kept++] = order[k];
        place(order, kept, slot);
        order[kept] = slot;
        live = kept + 1;
        plan->arena = MESA_MAX(plan->arena, slot->at + slot->bytes);
    }
    mesa_free(order);
    return MESA_OK;
}

/* Products may pack an operand; steps run one after the other, so that they
 * share the place. */
static void
place_scratch(struct plan *plan)
{
    size_t at = (plan->arena + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    for (size_t i = 0; i < plan->n_steps; i++) {
        struct step *step = &plan->step[i];

        step->scratch = at;
        plan->arena = MESA_MAX(plan->arena,
                               at + step->scratch_bytes * step->n_chunks);
    }
    plan->constants = (plan->arena + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    plan->arena = plan->constants +
                  plan->n_constants * MESA_TILE * plan->size;
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
    atomic_init(&plan->references, 1);
    st = mesa_schedule(&s, g, output, n, err);
    if (st == MESA_OK)
        st = make_slots(plan, &s, err);
    if (st == MESA_OK)
        st = make_steps(plan, &s, err);
    if (st == MESA_OK)
        st = make_outputs(plan, &s, output, n, err);
    if (st == MESA_OK) {
        find_uses(plan);
        st = place_slots(plan, err);
    }
    if (st == MESA_OK)
        place_scratch(plan);
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
    mesa_free(plan->step);
    mesa_free(plan->slot);
    mesa_free(plan->output);
    mesa_free(plan->constant);
    mesa_free(plan);
}
