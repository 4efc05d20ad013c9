/* SPDX-License-Identifier: MIT */
/* graph_fixture.h - a graph, numbers for its inputs, and its programs run. */
#ifndef MESA_GRAPH_FIXTURE_H
#define MESA_GRAPH_FIXTURE_H

#include <math.h>

#include "test.h"

#include "graph/run.h"

#include <mesa/ops.h>

enum { MOST_INPUTS = 32 };

/* Numbers are kept as doubles, task after task, whatever the graph's type. */
struct world {
    struct mesa_graph *g;
    size_t             n;
    mesa_node          node[MOST_INPUTS];
    size_t             count[MOST_INPUTS]; /* of all tasks */
    double            *value[MOST_INPUTS];
    int64_t           *index[MOST_INPUTS]; /* instead of value */
    struct mesa_rng    rng;
    size_t             block; /* most tasks in one, if not 0 */
};

static inline void
world_open(struct world *w, enum mesa_dtype dtype, size_t n_tasks)
{
    memset(w, 0, sizeof *w);
    w->g = mesa_graph_new(dtype, n_tasks);
    assert_non_null(w->g);
    mesa_rng_seed(&w->rng, 42);
}

static inline void
world_close(struct world *w)
{
    mesa_graph_free(w->g);
    for (size_t i = 0; i < w->n; i++) {
        free(w->value[i]);
        free(w->index[i]);
    }
}

/* Elements of a node, those of all tasks. */
static inline size_t
all_elements(const struct world *w, mesa_node x)
{
    size_t count = mesa_node_count(graph_at(w->g, x));

    return mesa_node_span(w->g, x) == MESA_PER_TASK
               ? count * mesa_graph_tasks(w->g)
               : count;
}

/* A failure while building, with its message. */
static inline void
assert_built(const struct world *w)
{
    assert_ok(mesa_graph_status(w->g, err));
}

static inline void
redraw(struct world *w)
{
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < w->count[i] && w->value[i]; k++)
            w->value[i][k] = mesa_rng_normal(&w->rng);
}

/* An input with normal numbers. */
static inline mesa_node
world_input(struct world *w, enum mesa_span span, uint32_t rank,
            const size_t *shape)
{
    mesa_node x = mesa_input(w->g, span, rank, shape);
    size_t i = w->n;

    assert_built(w);
    assert_true(i < MOST_INPUTS);
    w->node[i] = x;
    w->count[i] = all_elements(w, x);
    w->value[i] = malloc(w->count[i] * sizeof(double));
    assert_non_null(w->value[i]);
    for (size_t k = 0; k < w->count[i]; k++)
        w->value[i][k] = mesa_rng_normal(&w->rng);
    w->n++;
    return x;
}

/* n indices below rows, some of them certainly equal if n > rows. */
static inline mesa_node
world_index(struct world *w, enum mesa_span span, size_t n, size_t rows)
{
    mesa_node x = mesa_index_input(w->g, span, n);
    size_t i = w->n;

    assert_built(w);
    assert_true(i < MOST_INPUTS);
    w->node[i] = x;
    w->count[i] = all_elements(w, x);
    w->index[i] = malloc(w->count[i] * sizeof(int64_t));
    assert_non_null(w->index[i]);
    for (size_t k = 0; k < w->count[i]; k++)
        w->index[i][k] = (int64_t)mesa_rng_below(&w->rng, rows);
    w->n++;
    return x;
}

/* Which of the world's inputs x is. */
static inline size_t
input_number(const struct world *w, mesa_node x)
{
    size_t i = 0;

    while (i < w->n && w->node[i] != x)
        i++;
    assert_true(i < w->n);
    return i;
}

static inline double *
value_of(const struct world *w, mesa_node x)
{
    return w->value[input_number(w, x)];
}

static inline bool
is_f32(const struct world *w)
{
    return w->g->dtype == MESA_F32;
}

/* Numbers as the graph has them; to be freed. */
static inline void *
packed(const struct world *w, const double *x, size_t n)
{
    double *out = malloc(n * sizeof *out);
    float *narrow = (float *)(void *)out;

    assert_non_null(out);
    for (size_t i = 0; i < n && x; i++) {
        if (is_f32(w))
            narrow[i] = (float)x[i];
        else
            out[i] = x[i];
    }
    return out;
}

/* The same back in place: wide, from the last. */
static inline void
unpack(const struct world *w, double *x, size_t n)
{
    for (size_t i = n; i-- > 0 && is_f32(w);)
        x[i] = ((const float *)(const void *)x)[i];
}

/* Bind all inputs; the blocks are to be freed after the run. */
static inline void
bind_inputs(const struct world *w, struct mesa_program *p,
            void *block[MOST_INPUTS])
{
    for (size_t i = 0; i < w->n; i++) {
        block[i] = w->value[i] ? packed(w, w->value[i], w->count[i]) : NULL;
        mesa_program_bind(p, w->node[i],
                          block[i] ? block[i] : (void *)w->index[i]);
    }
}

/* True if an earlier output, or an input, is the same node. */
static inline bool
bound_already(const struct world *w, const mesa_node *x, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (x[k] == x[i])
            return true;
    return graph_at(w->g, x[i])->op == OP_INPUT;
}

static inline void
collect(const struct world *w, const mesa_node *x, size_t n, double **out)
{
    for (size_t i = 0; i < n; i++) {
        size_t count = all_elements(w, x[i]), k = 0;

        while (x[k] != x[i])
            k++;
        if (graph_at(w->g, x[i])->op == OP_INPUT)
            memcpy(out[i], value_of(w, x[i]), count * sizeof(double));
        else if (k < i)
            memcpy(out[i], out[k], count * sizeof(double));
        else
            unpack(w, out[i], count);
    }
}

/* Smaller blocks of tasks than planned: that needs no more memory. */
static inline void
shorten_blocks(const struct world *w, const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_segments && w->block > 0; i++)
        plan->segment[i].block = MESA_MIN(plan->segment[i].block, w->block);
}

/* out[i] = the numbers of x[i], each to be freed, from one program. */
static inline void
compute(const struct world *w, const mesa_node *x, size_t n, double **out)
{
    struct mesa_program *p;
    void *block[MOST_INPUTS];

    assert_built(w);
    assert_ok(mesa_program_new(w->g, x, n, &p, err));
    shorten_blocks(w, p->plan);
    bind_inputs(w, p, block);
    for (size_t i = 0; i < n; i++) {
        out[i] = packed(w, NULL, all_elements(w, x[i]));
        if (!bound_already(w, x, i))
            mesa_program_bind(p, x[i], out[i]);
    }
    assert_ok(mesa_program_run(p, err));
    collect(w, x, n, out);
    for (size_t i = 0; i < w->n; i++)
        free(block[i]);
    mesa_program_free(p);
}

#endif
