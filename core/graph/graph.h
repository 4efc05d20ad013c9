/* SPDX-License-Identifier: MIT */
/*
 * graph.h - the nodes of a graph, as every file of core/graph sees them.
 *
 * Arguments have smaller numbers than the nodes that use them, so that the
 * array is in topological order.  Equal nodes are made once (hash consing):
 * common sub-expressions, those of gradients too, never exist twice.
 */
#ifndef MESA_CORE_GRAPH_GRAPH_H
#define MESA_CORE_GRAPH_GRAPH_H

#include "internal.h"
#include "kernels.h"

/* Element by element first: their values are those of enum mesa_tile_op_code,
 * so that a chain of them is a tile program as it stands. */
enum op {
    OP_TILE_END = MESA_TILE_N_OPS,
    OP_INPUT,
    OP_INDEX,       /* an input of indices                               */
    OP_SCALAR,      /* immediate[0]                                      */
    OP_MATMUL,      /* flag bit 0: a transposed, bit 1: b                */
    OP_SUM,         /* axes first ... last become 1; they are adjacent   */
    OP_MAX,         /* likewise                                          */
    OP_TASK_SUM,
    OP_BROADCAST,
    OP_RESHAPE,
    OP_TRANSPOSE,
    OP_CONCAT,      /* along axis first                                  */
    OP_SLICE,       /* along axis first, from start                      */
    OP_GATHER,
    OP_SCATTER_ADD, /* rows of a added up at index b; shape[0] rows      */
    OP_ONE_HOT,
    OP_STOP,
    OP_REPEAT,      /* a shared value, once per task                     */
    OP_TASK_PART    /* no node: a step that adds a chunk of tasks        */
};

struct node {
    uint16_t  op;
    uint8_t   rank;
    uint8_t   span; /* enum mesa_span */
    uint8_t   flag, first, last;
    uint32_t  n_args;
    uint32_t  args; /* where its arguments start in graph->arg */
    size_t    start;
    double    immediate[2];
    size_t    shape[MESA_MAX_DIMS];
};

/* Numbers of an input that no caller binds, of the graph's dtype. */
struct graph_constant {
    struct graph_constant *next;
    mesa_node              node;
    void                  *data;
};

struct mesa_graph {
    enum mesa_dtype   dtype;
    size_t            n_tasks;
    struct node      *node; /* node[0] is no node */
    size_t            n, room;
    mesa_node        *arg;
    size_t            n_arg, arg_room;
    mesa_node        *table; /* open addressing; 0 is free */
    size_t            table_size;
    struct graph_constant *constants;
    struct mesa_error error; /* of the first failure; status OK if none */
};

/* The node like `want` with these arguments: an equal one, or a new one.
 * Inputs are always new. */
mesa_node mesa_graph_node(struct mesa_graph *g, const struct node *want,
                          const mesa_node *arg);

void mesa_graph_free_constants(struct mesa_graph *g);

static inline const struct node *
graph_at(const struct mesa_graph *g, mesa_node x)
{
    return &g->node[x];
}

static inline mesa_node
graph_arg(const struct mesa_graph *g, mesa_node x, size_t i)
{
    return g->arg[g->node[x].args + i];
}

static inline bool
is_tile_op(const struct node *node)
{
    return node->op < OP_TILE_END;
}

/* True if x is a node of numbers and nothing has failed so far. */
bool mesa_node_usable(struct mesa_graph *g, mesa_node x);

/* Elements of one task's value. */
size_t mesa_node_count(const struct node *node);

/* True if x is the same constant everywhere, which is then *value. */
bool mesa_node_constant(const struct mesa_graph *g, mesa_node x,
                        double *value);

/* Nodes that only the rules of differentiation make.  gate: x where c is above
 * 0, of one shape, and 0 elsewhere. */
mesa_node mesa_gate(struct mesa_graph *g, mesa_node c, mesa_node x);
mesa_node mesa_scatter_add(struct mesa_graph *g, mesa_node x, mesa_node index,
                           size_t rows);
mesa_node mesa_repeat(struct mesa_graph *g, mesa_node x);
mesa_node mesa_filled(struct mesa_graph *g, double value, uint32_t rank,
                      const size_t *shape);

#endif
