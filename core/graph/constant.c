/* SPDX-License-Identifier: MIT */
/*
 * constant.c - shared numbers that a graph brings along.
 *
 * A constant is an input that the program binds itself: its numbers lie with
 * the graph, and with every plan made from it.
 */
#include "plan.h"

#include <string.h>

static size_t
bytes_of(const struct mesa_graph *g, mesa_node x)
{
    return mesa_node_count(&g->node[x]) *
           (g->dtype == MESA_F32 ? sizeof(float) : sizeof(double));
}

mesa_node
mesa_constant(struct mesa_graph *g, uint32_t rank, const size_t *shape,
              const double *value)
{
    mesa_node x = mesa_input(g, MESA_SHARED, rank, shape);
    struct graph_constant *c;

    if (!x)
        return 0;
    c = mesa_alloc_array(1, sizeof *c);
    if (c) {
        c->next = g->constants;
        c->node = x;
        c->data = mesa_alloc_raw(bytes_of(g, x), 1);
        g->constants = c;
    }
    if (!c || !c->data)
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: a constant");
    for (size_t i = 0; i < mesa_node_count(&g->node[x]); i++) {
        if (g->dtype == MESA_F32)
            ((float *)c->data)[i] = (float)value[i];
        else
            ((double *)c->data)[i] = value[i];
    }
    return x;
}

void
mesa_graph_free_constants(struct mesa_graph *g)
{
    while (g->constants) {
        struct graph_constant *next = g->constants->next;

        mesa_free(g->constants->data);
        mesa_free(g->constants);
        g->constants = next;
    }
}

mesa_status
mesa_plan_fix(struct plan *plan, const struct mesa_graph *g,
              struct mesa_error *err)
{
    const struct graph_constant *c = g->constants;

    /* Both are in order of nodes, constants from the last one on. */
    for (size_t i = plan->n_slots; i-- > 0 && c;) {
        struct slot *slot = &plan->slot[i];

        if (!slot->is_input)
            continue;
        while (c && c->node > slot->node)
            c = c->next;
        if (!c || c->node != slot->node)
            continue;
        slot->fixed = mesa_alloc_raw(bytes_of(g, c->node), 1);
        if (!slot->fixed)
            return mesa_nomem(err, bytes_of(g, c->node), "bytes");
        memcpy(slot->fixed, c->data, bytes_of(g, c->node));
    }
    return MESA_OK;
}
