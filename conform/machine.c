/* SPDX-License-Identifier: MIT */
/* machine.c - small programs of graphs, for checks of what builds them. */
#include "machine.h"

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
