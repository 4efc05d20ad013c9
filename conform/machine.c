/* SPDX-License-Identifier: MIT */
/* machine.c - small programs of graphs, for checks of what builds them. */
#include "machine.h"

#include <math.h>
#include <string.h>

static void
release_machine(void *thing)
{
    struct machine *m = thing;

    mesa_program_free(m->program);
    mesa_graph_free(m->graph);
    for (size_t i = 0; i < m->n; i++)
        mesa_free(m->value[i]);
    mesa_free(m->out);
    mesa_free(m);
}

struct machine *
machine_new(struct bench *b)
{
    struct machine *m = bench_array(b, 1, sizeof *m);

    if (!going(b))
        return NULL;
    b->owned[b->n - 1].release = release_machine;
    m->graph = mesa_graph_new(MESA_F64, 1);
    if (!m->graph)
        fail(b, "mesa-conform is out of memory");
    return going(b) ? m : NULL;
}

mesa_node
machine_input(struct bench *b, struct machine *m, uint32_t rank,
              const size_t *shape)
{
    size_t n = 1, i;

    if (!going(b))
        return 0;
    if (m->n == MACHINE_INPUTS) {
        skip(b, "it takes more than %d tensors", MACHINE_INPUTS);
        return 0;
    }
    i = m->n++;
    for (uint32_t k = 0; k < rank; k++)
        n *= shape[k];
    m->node[i] = mesa_input(m->graph, MESA_SHARED, rank, shape);
    m->value[i] = mesa_alloc_array(n, sizeof *m->value[i]);
    if (!m->value[i])
        fail(b, "mesa-conform is out of memory");
    return m->node[i];
}

void
machine_plan(struct bench *b, struct machine *m, mesa_node output, size_t n)
{
    struct mesa_error err;

    if (!going(b) || !succeeded(b, mesa_graph_status(m->graph, &err), &err,
                                "build"))
        return;
    if (!succeeded(b, mesa_program_new(m->graph, &output, 1, &m->program,
                                       &err),
                   &err, "plan"))
        return;
    m->out = mesa_alloc_array(n, sizeof *m->out);
    if (!m->out) {
        fail(b, "mesa-conform is out of memory");
        return;
    }
    for (size_t i = 0; i < m->n; i++)
        mesa_program_bind(m->program, m->node[i], m->value[i]);
    mesa_program_bind(m->program, output, m->out);
}

void
machine_run(struct bench *b, struct machine *m)
{
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_program_run(m->program, &err), &err, "run");
}

mesa_node
machine_dot(struct machine *m, mesa_node x, mesa_node weight)
{
    return mesa_sum(m->graph, mesa_mul(m->graph, x, weight));
}

void
fill_normal(const struct bench *b, double *x, size_t n, double scale,
            uint64_t stream)
{
    struct mesa_rng rng = bench_rng(b, "normal", stream);

    for (size_t i = 0; i < n; i++)
        x[i] = scale * mesa_rng_normal(&rng);
}

size_t
machine_count(const struct machine *m, size_t i)
{
    size_t shape[MESA_MAX_DIMS], n = 1;
    uint32_t rank = mesa_node_shape(m->graph, m->node[i], shape);

    for (uint32_t k = 0; k < rank; k++)
        n *= shape[k];
    return n;
}

/* m's number on both sides of input i. */
static double
difference(struct bench *b, struct machine *m, size_t i, double step,
           const double *along)
{
    size_t n = machine_count(m, i);
    double side[2];

    for (int k = 0; k < 2; k++) {
        double by = k ? -2.0 * step : step;

        for (size_t j = 0; j < n; j++)
            m->value[i][j] += by * along[j];
        machine_run(b, m);
        side[k] = going(b) ? m->out[0] : 0.0;
    }
    for (size_t j = 0; j < n; j++)
        m->value[i][j] += step * along[j];
    return (side[0] - side[1]) / (2.0 * step);
}

void
machine_check_slope(struct bench *b, struct machine *of, mesa_node value,
                    struct machine *m, mesa_node y, size_t i,
                    const char *name)
{
    size_t n = machine_count(of, i);
    double *along = bench_array(b, n, sizeof *along), found = 0.0, expected;
    mesa_node slope;

    if (!going(b))
        return;
    fill_normal(b, along, n, 1.0, 100 + i);
    machine_plan(b, of, value, 1);
    mesa_grad(m->graph, y, &m->node[i], 1, &slope);
    machine_plan(b, m, slope, n);
    machine_run(b, m);
    expected = going(b) ? difference(b, of, i, 1e-6, along) : 0.0;
    for (size_t j = 0; j < n && going(b); j++)
        found += along[j] * m->out[j];
    if (going(b) && !(fabs(found - expected) <=
                      1e-6 * (1.0 + fabs(expected))))
        fail(b, "the derivative by %s is %.12g, central differences say "
             "%.12g", name, found, expected);
}

static void
check_weight(struct bench *b, const struct mesa_weight *list, size_t i)
{
    const struct mesa_weight *w = &list[i];
    size_t n = 1;

    if (!memchr(w->name, '\0', sizeof w->name) || !*w->name)
        fail(b, "weight %zu has no name that ends", i);
    else if (w->rank > MESA_MAX_DIMS)
        fail(b, "%s has rank %u", w->name, (unsigned)w->rank);
    for (uint32_t k = 0; k < w->rank && going(b); k++)
        n *= w->shape[k];
    if (n == 0)
        fail(b, "%s has no elements", w->name);
    for (size_t j = 0; j < i && going(b); j++)
        if (strcmp(list[j].name, w->name) == 0)
            fail(b, "two weights are called %s", w->name);
}

void
check_weights(struct bench *b, const struct mesa_weight *list, size_t n)
{
    for (size_t i = 0; i < n && going(b); i++)
        check_weight(b, list, i);
}
