/* SPDX-License-Identifier: MIT */
/* lower_tiles.c - from a group of nodes to a program over tiles. */
#include "plan.h"

#include <string.h>

struct lowering {
    const struct schedule *s;
    const struct group    *group;
    size_t                 position;
    struct plan           *plan;
    struct tiles          *t;
    uint32_t               used;   /* scratch tiles, as bits             */
    uint16_t  reg[MAX_TILE_OPS];   /* of each node of the group          */
    size_t    last[MAX_TILE_OPS];  /* the node that uses it last         */
    mesa_node loaded[MAX_SCRATCH + MAX_TILE_OPS]; /* from outside        */
    uint16_t  loaded_reg[MAX_SCRATCH + MAX_TILE_OPS];
    size_t    n_loaded;
};

static uint16_t
add_register(struct tiles *t, uint32_t slot, size_t at)
{
    t->reg[t->n_registers] = (struct tile_register){ .slot = slot,
                                                     .at = at };
    return (uint16_t)t->n_registers++;
}

/* The schedule sees to it that there always is a free one. */
static uint16_t
add_scratch(struct lowering *l)
{
    size_t at = 0;

    while (l->used >> at & 1)
        at++;
    l->used |= UINT32_C(1) << at;
    return add_register(l->t, NO_SLOT, at);
}

static size_t
member(const struct lowering *l, mesa_node x)
{
    size_t i = 0;

    while (i < l->group->n_nodes && l->group->node[i] != x)
        i++;
    return i;
}

static void
find_last_uses(struct lowering *l)
{
    for (size_t i = 0; i < l->group->n_nodes; i++) {
        mesa_node x = l->group->node[i];

        for (size_t k = 0; k < l->s->g->node[x].n_args; k++) {
            size_t from = member(l, mesa_same_as(l->s->g,
                                                 graph_arg(l->s->g, x, k)));

            if (from < l->group->n_nodes)
                l->last[from] = i;
        }
    }
}

/* Extents and strides of a view of x over the elements of a group, tasks
 * first; neighbours that one stride describes are merged. */
static void
collapse(const struct node *x, const struct view *v, size_t n_tasks,
         struct tile_load *load)
{
    load->slot = v->slot;
    load->offset = v->offset;
    load->extent[0] = n_tasks;
    load->stride[0] = v->task;
    load->n_dims = 1;
    for (size_t i = 0; i < x->rank; i++) {
        size_t *last = &load->n_dims, at = *last - 1;

        if (x->shape[i] == 1)
            continue;
        if (load->extent[at] == 1 ||
            load->stride[at] == x->shape[i] * v->stride[i]) {
            load->extent[at] *= x->shape[i];
            load->stride[at] = v->stride[i];
        } else {
            load->extent[*last] = x->shape[i];
            load->stride[*last] = v->stride[i];
            ++*last;
        }
    }
}

static uint16_t
add_load(struct lowering *l, mesa_node x, const struct view *v,
         size_t n_tasks)
{
    struct tile_load load = { .reg = 0 };

    collapse(graph_at(l->s->g, x), v, n_tasks, &load);
    if (load.n_dims == 1 && (load.stride[0] == 1 || load.extent[0] == 1))
        return add_register(l->t, load.slot, load.offset);
    load.reg = add_scratch(l);
    l->t->load[l->t->n_loads++] = load;
    return load.reg;
}

/* Constants are few and shared by all steps; the array has room for those
 * of every node. */
size_t
mesa_plan_constant(struct plan *plan, double value)
{
    size_t at = 0;

    while (at < plan->n_constants &&
           memcmp(&plan->constant[at], &value, sizeof value) != 0)
        at++;
    if (at == plan->n_constants)
        plan->constant[plan->n_constants++] = value;
    return at;
}

static uint16_t
add_constant(struct lowering *l, double value)
{
    return add_register(l->t, CONSTANT_SLOT,
                        mesa_plan_constant(l->plan, value));
}

/* The register that holds x when the group starts. */
static uint16_t
outside(struct lowering *l, mesa_node x, const struct view *v, size_t n_tasks)
{
    double value;
    bool constant = mesa_node_constant(l->s->g, x, &value) &&
                    !(l->s->stored[x] && l->s->at[x] < l->position);

    for (size_t i = 0; i < l->n_loaded; i++)
        if (l->loaded[i] == x)
            return l->loaded_reg[i];
    l->loaded[l->n_loaded] = x;
    l->loaded_reg[l->n_loaded] = constant ? add_constant(l, value)
                                          : add_load(l, x, v, n_tasks);
    return l->loaded_reg[l->n_loaded++];
}

static size_t
tasks_of(const struct schedule *s, mesa_node x)
{
    return s->g->node[x].span == MESA_PER_TASK ? s->g->n_tasks : 1;
}

/* First everything from outside: loads come before the operations, and their
 * registers are nobody else's. */
static void
load_arguments(struct lowering *l)
{
    const struct schedule *s = l->s;
    size_t n_tasks = tasks_of(s, l->group->node[0]);

    for (size_t i = 0; i < l->group->n_nodes; i++) {
        mesa_node x = l->group->node[i];

        for (size_t k = 0; k < s->g->node[x].n_args; k++) {
            mesa_node arg = mesa_same_as(s->g, graph_arg(s->g, x, k));
            struct view v;

            if (member(l, arg) < l->group->n_nodes)
                continue;
            v = mesa_view_of(s, arg, l->position);
            outside(l, arg, &v, n_tasks);
        }
    }
}

static uint16_t
register_of(struct lowering *l, mesa_node x)
{
    size_t i = member(l, x);
    const struct view unused = { 0 };

    return i < l->group->n_nodes ? l->reg[i] : outside(l, x, &unused, 1);
}

/* Scratch whose value nobody needs after node i. */
static void
release(struct lowering *l, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        const struct tile_register *reg = &l->t->reg[l->reg[k]];

        if (reg->slot == NO_SLOT && l->last[k] == i)
            l->used &= ~(UINT32_C(1) << reg->at);
    }
}

static void
lower_node(struct lowering *l, size_t i)
{
    mesa_node x = l->group->node[i];
    const struct node *node = graph_at(l->s->g, x);
    struct mesa_tile_op op = { .op = node->op };
    uint16_t *const operand[3] = { &op.a, &op.b, &op.c };

    memcpy(op.immediate, node->immediate, sizeof op.immediate);
    for (size_t k = 0; k < 3; k++) {
        size_t used = MESA_MIN(k, node->n_args - (size_t)1);

        *operand[k] = register_of(
            l, mesa_same_as(l->s->g, graph_arg(l->s->g, x, used)));
    }
    release(l, i);
    l->reg[i] = l->s->stored[x] ? add_register(l->t, l->s->slot[x], 0)
                                : add_scratch(l);
    op.out = l->reg[i];
    l->t->reg[op.out].written = true;
    l->t->op[l->t->n_ops++] = op;
}

/* A view or a constant that is given a slot. */
static void
lower_copy(struct lowering *l)
{
    mesa_node x = l->group->node[0];
    struct mesa_tile_op op = { .op = MESA_TILE_COPY };
    double value;

    if (mesa_node_constant(l->s->g, x, &value)) {
        op.a = add_constant(l, value);
    } else {
        struct view v = mesa_view_defined(l->s, x);

        op.a = add_load(l, x, &v, tasks_of(l->s, x));
    }
    op.b = op.c = op.a;
    op.out = add_register(l->t, l->s->slot[x], 0);
    l->t->reg[op.out].written = true;
    l->t->op[l->t->n_ops++] = op;
}

/* After how many elements a view starts again, dimensions before `from` left
 * out of account; 0: never. */
static size_t
period(const struct tile_load *load, size_t from)
{
    size_t p = 1;

    if (from >= load->n_dims || load->stride[from] != 0)
        return 0;
    for (size_t d = from + 1; d < load->n_dims; d++)
        p *= load->extent[d];
    return p;
}

/* A bias of each task's own, say: it starts again within a task only.  Small
 * tasks are better put together. */
static bool
wants_tasks_apart(const struct tiles *t, const struct step *step)
{
    bool found = false;

    for (size_t i = 0; i < t->n_loads; i++)
        found |= t->load[i].extent[0] == step->n_tasks &&
                 t->load[i].stride[0] != 0 && period(&t->load[i], 1) > 0;
    return found && step->n_tasks > 1 && step->count >= MESA_TILE / 2;
}

static size_t
period_in_tile(const struct tiles *t, const struct step *step, size_t i)
{
    const struct tile_load *load = &t->load[i];
    bool tasks = t->by_task && load->extent[0] == step->n_tasks &&
                 load->stride[0] != 0;

    return period(load, tasks);
}

/* Tiles of whole periods, for the first view that has a short one, and of
 * whole vectors if they fit. */
static void
choose_length(struct tiles *t, const struct step *step)
{
    const size_t vector = 16;

    t->length = MESA_TILE;
    t->by_task = wants_tasks_apart(t, step);
    for (size_t i = 0; i < t->n_loads && t->length == MESA_TILE; i++) {
        size_t p = period_in_tile(t, step, i), whole = p;

        while (p > 1 && whole % vector != 0)
            whole += p;
        if (p > 1 && whole <= MESA_TILE)
            t->length = MESA_TILE / whole * whole;
        else if (p > 1 && p <= MESA_TILE)
            t->length = MESA_TILE / p * p;
    }
    for (size_t i = 0; i < t->n_loads; i++) {
        size_t p = period_in_tile(t, step, i);

        t->load[i].once = p > 0 && t->length % p == 0;
    }
}

static void
lower_nodes(struct lowering *l)
{
    find_last_uses(l);
    load_arguments(l);
    for (size_t i = 0; i < l->group->n_nodes; i++)
        lower_node(l, i);
    mesa_find_chains(l->s, l->group, l->t->op);
}

mesa_status
mesa_lower_tiles(const struct schedule *s, size_t position, struct plan *plan,
                 struct step *step, struct mesa_error *err)
{
    const struct group *group = &s->group[position - 1];
    struct lowering l = { .s = s, .group = group, .position = position,
                          .plan = plan };

    step->tiles = l.t = mesa_alloc_array(1, sizeof *step->tiles);
    if (!l.t)
        return mesa_nomem(err, 1, "tile program");
    step->n_tasks = tasks_of(s, group->node[0]);
    step->count = mesa_node_count(graph_at(s->g, group->node[0]));
    if (is_tile_op(graph_at(s->g, group->node[0])))
        lower_nodes(&l);
    else
        lower_copy(&l);
    choose_length(l.t, step);
    step->units = step->count;
    step->chunk = 16 * l.t->length;
    if (l.t->by_task)
        step->chunk = MESA_MAX(step->chunk / step->count, (size_t)1) *
                      step->count;
    step->n_chunks = (step->n_tasks * step->count + step->chunk - 1) /
                     step->chunk;
    return MESA_OK;
}
