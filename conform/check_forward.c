/* SPDX-License-Identifier: MIT */
/* check_forward.c - models that say how they compute: parameters, forward. */
#include "machine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 5, INPUTS = 4, OUTPUTS = 3, CELLS = ROWS * OUTPUTS };

static const struct mesa_estimator_class *
class_of(const struct bench *b)
{
    return (const void *)b->class_;
}

/* One says what the other takes. */
static void
both_slots(struct bench *b)
{
    const struct mesa_estimator_class *c = class_of(b);

    if (!c->parameters != !c->forward)
        fail(b, "%s has %s but not %s", b->class_->name,
             c->forward ? "forward" : "parameters",
             c->forward ? "parameters" : "forward");
}

static bool
differentiable(struct bench *b)
{
    if (!class_of(b)->parameters || !class_of(b)->forward)
        skip(b, "%s is not differentiable", b->class_->name);
    return going(b);
}

/* The description of a model of that shape, the bench's. */
static struct mesa_weight *
described(struct bench *b, const void *self, size_t *n)
{
    const struct mesa_estimator_class *c = class_of(b);
    struct mesa_weight *list;

    *n = c->parameters(self, INPUTS, OUTPUTS, NULL, 0);
    list = bench_array(b, *n + 1, sizeof *list);
    if (going(b) && c->parameters(self, INPUTS, OUTPUTS, list, *n) != *n)
        fail(b, "parameters gives another number when it has room for %zu",
             *n);
    return list;
}

static void
parameters(struct bench *b)
{
    struct mesa_instance *e = differentiable(b) ? bench_instance(b) : NULL;
    struct mesa_weight *list, two[2];
    size_t n;

    if (!going(b))
        return;
    list = described(b, mesa_instance_self(e), &n);
    check_weights(b, list, n);
    memset(two, 0x5a, sizeof two);
    class_of(b)->parameters(mesa_instance_self(e), INPUTS, OUTPUTS, two, 1);
    for (size_t i = 0; i < sizeof two[1]; i++)
        if (((const unsigned char *)&two[1])[i] != 0x5a)
            fail(b, "parameters writes beyond the room it is given");
}

/* Inputs: the rows, the outputs' weights in the sum that is differentiated,
 * then the model's weights. */
static struct machine *
model(struct bench *b, mesa_node *y)
{
    static const size_t rows[2] = { ROWS, INPUTS }, cells[2] = { ROWS,
                                                                OUTPUTS };
    struct mesa_instance *e = differentiable(b) ? bench_instance(b) : NULL;
    struct machine *m = machine_new(b);
    struct mesa_weight *list;
    size_t n = 0;

    if (!going(b))
        return NULL;
    list = described(b, mesa_instance_self(e), &n);
    machine_input(b, m, 2, rows);
    machine_input(b, m, 2, cells);
    for (size_t i = 0; i < n && going(b); i++)
        machine_input(b, m, list[i].rank, list[i].shape);
    if (!going(b))
        return NULL;
    for (size_t i = 0; i < m->n; i++) {
        size_t shape[MESA_MAX_DIMS], count = 1;
        uint32_t rank = mesa_node_shape(m->graph, m->node[i], shape);

        for (uint32_t k = 0; k < rank; k++)
            count *= shape[k];
        fill_normal(b, m->value[i], count, i < 2 ? 1.0 : 0.5, i);
    }
    *y = class_of(b)->forward(mesa_instance_self(e), m->graph, m->node + 2,
                              m->node[0]);
    return m;
}

static void
forward(struct bench *b)
{
    mesa_node y = 0;
    struct machine *m = model(b, &y);
    size_t shape[MESA_MAX_DIMS] = { 0 };

    if (!going(b))
        return;
    if (mesa_node_shape(m->graph, y, shape) != 2 || shape[0] != ROWS ||
        shape[1] != OUTPUTS)
        fail(b, "forward gives %zu by %zu for %d rows and %d outputs",
             shape[0], shape[1], ROWS, OUTPUTS);
    machine_plan(b, m, y, CELLS);
    machine_run(b, m);
    for (size_t i = 0; i < CELLS && going(b); i++)
        if (!isfinite(m->out[i]))
            fail(b, "output %zu is %g", i, m->out[i]);
}

/* A model of tasks, each with weights of its own, of any width: shape[0] rows
 * of shape[1] columns to shape[2] outputs. */
static mesa_status
work_shape(struct bench *b, void *context, struct mesa_error *err)
{
    const size_t *shape = context;
    size_t out[MESA_MAX_DIMS] = { 0 };
    struct mesa_instance *e = NULL;
    struct mesa_weights *weights = NULL;
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 5);
    struct mesa_program *p = NULL;
    mesa_node node[MACHINE_INPUTS], x, y;
    mesa_status st = g ? mesa_instance_new(b->component, &e, err)
                       : mesa_nomem(err, 1, "graph");

    if (st == MESA_OK)
        st = mesa_estimator_weights(e, shape[1], shape[2], MESA_F32, &weights,
                                    err);
    if (st == MESA_OK && mesa_weights_count(weights) <= MACHINE_INPUTS) {
        for (size_t i = 0; i < mesa_weights_count(weights); i++) {
            const struct mesa_weight *w = mesa_weights_get(weights, i);

            node[i] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
        }
        x = mesa_input(g, MESA_PER_TASK, 2, shape);
        y = mesa_estimator_forward(e, g, node, x);
        mesa_node_shape(g, y, out);
        st = mesa_program_new(g, &y, 1, &p, err);
    } else if (st == MESA_OK) {
        skip(b, "it takes more than %d tensors", MACHINE_INPUTS);
    }
    if (st == MESA_OK && p && (out[0] != shape[0] || out[1] != shape[2]))
        fail(b, "forward gives %zu by %zu for %zu rows and %zu outputs",
             out[0], out[1], shape[0], shape[2]);
    mesa_program_free(p);
    mesa_graph_free(g);
    mesa_weights_free(weights);
    mesa_instance_free(e);
    return st;
}

static void
forward_shapes(struct bench *b)
{
    static size_t shape[][3] = { { 1, 1, 1 }, { 1, 7, 2 }, { 9, 1, 5 } };
    struct mesa_error err;

    for (size_t i = 0; i < MESA_COUNT(shape) && differentiable(b); i++)
        succeeded(b, work_shape(b, shape[i], &err), &err, "model");
}

static void
forward_memory(struct bench *b)
{
    size_t shape[3] = { ROWS, INPUTS, OUTPUTS };

    if (differentiable(b))
        sweep_memory(b, &(struct trial){ shape, work_shape }, "model");
}

static void
check_slope(struct bench *b, size_t i)
{
    mesa_node y = 0, again = 0;
    struct machine *value = model(b, &y), *slope = model(b, &again);
    char name[40];

    if (!going(b))
        return;
    snprintf(name, sizeof name, "weight %zu", i - 2);
    machine_check_slope(b, value, machine_dot(value, y, value->node[1]),
                        slope, machine_dot(slope, again, slope->node[1]), i,
                        name);
}

static void
derivative(struct bench *b)
{
    mesa_node y;
    struct machine *m = model(b, &y);
    size_t n = going(b) ? m->n : 0;

    for (size_t i = 2; i < n && going(b); i++)
        check_slope(b, i);
}

#define ESTIMATOR(name, run, what) { name, MESA_KIND_ESTIMATOR, run, what }

const struct check forward_checks[] = {
    ESTIMATOR("both_slots", both_slots, "parameters and forward, or neither"),
    ESTIMATOR("parameters", parameters, "are named, with shapes"),
    ESTIMATOR("forward", forward, "gives rows by outputs"),
    ESTIMATOR("forward_shapes", forward_shapes,
              "of any rows, inputs, outputs, with weights of each task"),
    ESTIMATOR("forward_memory", forward_memory,
              "ENOMEM and nothing left, wherever memory runs out"),
    ESTIMATOR("derivative", derivative, "agrees with central differences"),
    { NULL, 0, NULL, NULL }
};
