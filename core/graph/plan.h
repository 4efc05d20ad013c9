/* SPDX-License-Identifier: MIT */
/*
 * plan.h - a program as it is executed: steps over slots.
 *
 * A slot is a piece of memory that holds one node's value, dense, task after
 * task: in the arena, the caller's (an input), or in an area that each thread
 * has for the tasks it is at.  Broadcasts, slices and the
 * like are never computed: they are views, strides into another's slot.  A
 * step computes a matrix product, a reduction, ... or a whole group of nodes
 * element by element, tile by tile, of which only those that others need are
 * stored.
 */
#ifndef MESA_CORE_GRAPH_PLAN_H
#define MESA_CORE_GRAPH_PLAN_H

#include "graph.h"

#include <stdatomic.h>

#define NO_SLOT UINT32_MAX
#define CONSTANT_SLOT (UINT32_MAX - 1)

/* One task's axes, and the step from task to task; 0 repeats.  CONSTANT_SLOT
 * stands for all constant tiles, one after the other. */
struct view {
    uint32_t slot;
    size_t   offset, stride[MESA_MAX_DIMS], task;
};

struct slot {
    mesa_node node;           /* 0: sums over the tasks of each chunk     */
    bool      is_input;
    bool      is_local;       /* to one block of tasks: in a thread's area */
    size_t    task_bytes;     /* of one task, or one chunk; 0: shared     */
    size_t    bytes, at;      /* of all; in the arena or area             */
    uint32_t  born, last_use; /* in segments from 1; inputs are born at 0 */
    uint32_t  first, last;    /* steps that touch it                      */
    void     *fixed;          /* numbers of a constant, or NULL           */
};

/* A register is a piece of a slot, read or written in place; scratch
 * (NO_SLOT); or a tile of one constant, filled once for all runs. */
struct tile_register {
    uint32_t slot;
    bool     written;
    size_t   at; /* offset in the slot, or which scratch or constant tile */
};

/* A scratch register filled from a view: extents and strides, outermost
 * first, as few as describe it.  A view that starts again with every tile
 * (a bias, a number) is loaded once. */
struct tile_load {
    uint16_t reg;
    bool     once; /* ... or once per task */
    uint32_t slot;
    size_t   offset, n_dims;
    size_t   extent[MESA_MAX_DIMS + 1], stride[MESA_MAX_DIMS + 1];
};

enum { MAX_SCRATCH = 32, MAX_TILE_OPS = 32,
       MAX_REGISTERS = MAX_SCRATCH + 2 * MAX_TILE_OPS };

struct tiles {
    size_t               length;  /* of a tile                            */
    bool                 by_task; /* no tile has elements of two tasks    */
    size_t               n_ops, n_registers, n_loads;
    struct mesa_tile_op  op[MAX_TILE_OPS];
    struct tile_register reg[MAX_REGISTERS];
    struct tile_load     load[MAX_SCRATCH];
};

struct step {
    uint16_t      op;              /* MESA_TILE_COPY: tiles; or enum op      */
    uint32_t      slot;            /* of the result; tiles have registers    */
    size_t        n_tasks, count;  /* of the result; elements of one task    */
    size_t        units;           /* that the work for a task divides into  */
    size_t        n_chunks, chunk; /* the fixed partition; units in each     */
    bool          split_rows;      /* matmul: units are rows, not tasks      */
    bool          adds_tasks;      /* matmul: the sum of all tasks' products */
    bool          stacked;         /* matmul: all tasks' a are one, with rows
                                      (columns if adds_tasks) of all         */
    struct view   a, b, after[MESA_MOST_AFTER];
    size_t        outer, n, inner; /* reductions: outer by n by inner        */
    size_t        rows;            /* of what is indexed                     */
    struct mesa_product product;   /* matmul, without pointers               */
    size_t        scratch, scratch_bytes; /* in the arena; per chunk         */
    size_t        n_parts;                /* concat                          */
    struct view  *part;
    size_t       *length; /* elements of each part in one outer block        */
    struct tiles *tiles;
};

/*
 * Steps that are run together: one for all tasks; or many, for a block of
 * tasks that stays in the cache before they are run for the next.  A thread
 * takes a chunk of tasks at a time, which is one block or more.
 */
struct segment {
    size_t first, n_steps;
    bool   by_blocks;
    size_t n_chunks, block; /* at most so many tasks in a block           */
    size_t n_moving;        /* slots touched that hold more than a block  */
    uint32_t *moving;
};

/* What running needs; immutable, shared by the copies of a program. */
struct plan {
    enum mesa_dtype dtype;
    size_t          size; /* of one number */
    size_t          n_tasks, n_slots, n_steps, n_segments, n_outputs, arena;
    size_t          area, area_scratch; /* of a thread; where scratch lies */
    size_t          most_chunks;        /* of segments by blocks           */
    struct slot    *slot;
    struct step    *step;
    struct segment *segment;
    uint32_t       *output; /* slots */
    double         *constant;
    size_t          n_constants, constants; /* how many; where in the arena */
    atomic_uint     references;
};

mesa_status mesa_plan_new(const struct mesa_graph *g, const mesa_node *output,
                          size_t n, struct plan **out,
                          struct mesa_error *err);
void mesa_plan_free(struct plan *plan); /* one reference */
/* The plan's copies of the constants that it reads. */
mesa_status mesa_plan_fix(struct plan *plan, const struct mesa_graph *g,
                          struct mesa_error *err);

/* Calls touch for every slot that a step reads or writes. */
typedef void mesa_touch(void *context, uint32_t slot, bool written);
void mesa_step_slots(const struct plan *plan, const struct step *step,
                     mesa_touch *touch, void *context);

/* Order the steps and put them into segments; then give slots their places,
 * in which lives that do not meet share memory. */
mesa_status mesa_plan_segments(struct plan *plan, struct mesa_error *err);
mesa_status mesa_plan_places(struct plan *plan, struct mesa_error *err);

/* The tasks of chunk k begin at this one. */
static inline size_t
chunk_begin(const struct plan *plan, const struct segment *segment, size_t k)
{
    return k * plan->n_tasks / segment->n_chunks;
}

/* Nodes that are computed together, between building and lowering: element by
 * element, or a product and what comes after it. */
struct group {
    uint16_t  op; /* MESA_TILE_COPY for tiles, or enum op */
    size_t    n_nodes, n_outside;
    mesa_node node[MAX_TILE_OPS];
};

/* Positions count from 1, the first group; what is there from the start, an
 * input or a constant, is at 0. */
struct schedule {
    const struct mesa_graph *g;
    struct group            *group;
    size_t                   n_groups, room;
    uint32_t                *at;     /* position of each node's value  */
    bool                    *needed; /* by an output                   */
    bool                    *stored; /* has, or will have, a slot      */
    uint32_t                *uses;   /* by nodes needed, and outputs   */
    uint32_t                *over;   /* position that a view was made at */
    uint32_t                *slot;   /* of what is stored              */
};

mesa_status mesa_schedule(struct schedule *s, const struct mesa_graph *g,
                          const mesa_node *output, size_t n,
                          struct mesa_error *err);
void mesa_schedule_free(struct schedule *s);

/* x, or what it is the same as (stop_gradient changes no value). */
mesa_node mesa_same_as(const struct mesa_graph *g, mesa_node x);

/* True if x is a broadcast, slice, ... that is not stored at a position. */
bool mesa_is_view(const struct schedule *s, mesa_node x, size_t position);

/* Where x is found by the group at a position; what x is by definition, for
 * the group that stores it.  What was stored when a view was made, it is over
 * for ever: a later copy of something between would have other strides. */
struct view mesa_view_of(const struct schedule *s, mesa_node x,
                         size_t position);
struct view mesa_view_defined(const struct schedule *s, mesa_node x);

/* True if a view of x's shape lies without gaps in the order of elements:
 * within a task, and over all tasks. */
bool mesa_view_dense(const struct node *x, const struct view *view);
bool mesa_view_dense_tasks(const struct node *x, const struct view *view);

/* True for views that a matrix product can read as they are: rows *ld apart,
 * or columns, and then *transposed is turned. */
bool mesa_view_matrix(const struct node *x, const struct view *view,
                      bool *transposed, size_t *ld);

/* Turn the group at a position into a step. */
mesa_status mesa_lower_tiles(const struct schedule *s, size_t position,
                             struct plan *plan, struct step *step,
                             struct mesa_error *err);
/* Mark the chains (kernels.h) among the operations of a group's nodes. */
void mesa_find_chains(const struct schedule *s, const struct group *group,
                      struct mesa_tile_op *op);
mesa_status mesa_lower_other(const struct schedule *s, size_t position,
                             struct plan *plan, struct step *step,
                             struct mesa_error *err);
/* Let a product for each task add them up instead. */
void mesa_lower_sum_of_products(struct step *step, uint32_t slot);
/* Which constant tile holds a value: a new one, or one that does already. */
size_t mesa_plan_constant(struct plan *plan, double value);

#endif
