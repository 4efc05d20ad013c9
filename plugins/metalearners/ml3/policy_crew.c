/* SPDX-License-Identifier: MIT */
/* policy_crew.c - networks side by side, and the program they act by. */
#include "policy.h"

#include <stdio.h>
#include <string.h>

mesa_status
crew_new(struct mesa_weights *model, size_t n, struct crew *out,
         struct mesa_error *err)
{
    const size_t tensors = mesa_weights_count(model);

    memset(out, 0, sizeof *out);
    out->model = model;
    out->n = n;
    out->count = mesa_alloc_array(tensors, sizeof *out->count);
    out->weight = mesa_alloc_array(tensors, sizeof *out->weight);
    if (!out->count || !out->weight)
        return mesa_nomem(err, tensors, "tensors");
    out->n_tensors = tensors;
    for (size_t j = 0; j < tensors; j++) {
        const struct mesa_weight *w = mesa_weights_get(model, j);

        out->count[j] = 1;
        for (uint32_t d = 0; d < w->rank; d++)
            out->count[j] *= w->shape[d];
        out->weight[j] = mesa_alloc_array(n, out->count[j] * sizeof(float));
        if (!out->weight[j])
            return mesa_nomem(err, n, "policies");
    }
    return MESA_OK;
}

void
crew_free(struct crew *c)
{
    for (size_t j = 0; j < c->n_tensors; j++)
        mesa_free(c->weight[j]);
    mesa_free(c->count);
    mesa_free(c->weight);
    memset(c, 0, sizeof *c);
}

void
crew_draw(struct crew *c, const struct mesa_host *host, const char *name,
          uint64_t first, bool alike)
{
    for (size_t k = 0; k < c->n; k++) {
        struct mesa_rng rng = mesa_host_rng(host, name,
                                            alike ? 0 : first + k);

        mesa_weights_draw(c->model, &rng);
        for (size_t j = 0; j < c->n_tensors; j++)
            memcpy(c->weight[j] + k * c->count[j],
                   mesa_weights_data(c->model, j),
                   c->count[j] * sizeof(float));
    }
}

void
crew_copy(const struct crew *from, struct crew *to)
{
    for (size_t j = 0; j < to->n_tensors; j++)
        memcpy(to->weight[j], from->weight[j],
               to->n * to->count[j] * sizeof(float));
}

void
crew_inputs(const struct crew *c, struct mesa_graph *g, mesa_node *node)
{
    for (size_t j = 0; j < c->n_tensors; j++) {
        const struct mesa_weight *w = mesa_weights_get(c->model, j);

        node[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
}

void
crew_bind(const struct crew *c, struct mesa_program *p, const mesa_node *node)
{
    for (size_t j = 0; j < c->n_tensors; j++)
        mesa_program_bind(p, node[j], c->weight[j]);
}

mesa_status
crew_save(const struct crew *c, struct mesa_archive *to,
          struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < c->n_tensors && st == MESA_OK; j++) {
        char name[64];

        snprintf(name, sizeof name, "policies.%s",
                 mesa_weights_get(c->model, j)->name);
        st = mesa_archive_put_vector(to, name, MESA_F32, c->n * c->count[j],
                                     c->weight[j], err);
    }
    return st;
}

mesa_status
crew_load(struct crew *c, const struct mesa_archive *from,
          struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < c->n_tensors && st == MESA_OK; j++) {
        const size_t n = c->n * c->count[j];
        const void *at;
        char name[64];

        snprintf(name, sizeof name, "policies.%s",
                 mesa_weights_get(c->model, j)->name);
        st = mesa_archive_expect(from, name, MESA_F32, 1, &n, &at, err);
        if (st == MESA_OK)
            memcpy(c->weight[j], at, n * sizeof(float));
    }
    return st;
}

static mesa_status
make_program(const struct policy *p, struct actors *a, struct mesa_error *err)
{
    const struct mesa_space *s = &p->world.space;
    struct mesa_graph *g = mesa_graph_new(MESA_F32, a->crew.n);
    mesa_node *weight = mesa_alloc_array(a->crew.n_tensors, sizeof *weight);
    mesa_node state, goal, mean;
    mesa_status st;

    if (!g || !weight) {
        st = mesa_nomem(err, a->crew.n_tensors, "nodes");
        goto out;
    }
    crew_inputs(&a->crew, g, weight);
    state = mesa_input(g, MESA_PER_TASK,
                       MESA_SHAPE((size_t)p->episodes, s->n_states));
    goal = policy_goal_input(p, g);
    mean = policy_mean(p, g, weight, state, goal);
    st = mesa_program_new(g, &mean, 1, &a->program, err);
    if (st != MESA_OK)
        goto out;
    crew_bind(&a->crew, a->program, weight);
    mesa_program_bind(a->program, state, a->seen);
    mesa_program_bind(a->program, goal, a->goal);
    mesa_program_bind(a->program, mean, a->mean);
out:
    mesa_graph_free(g);
    mesa_free(weight);
    return st;
}

mesa_status
actors_new(const struct policy *p, size_t n, struct actors *out,
           struct mesa_error *err)
{
    const struct mesa_space *s = &p->world.space;
    const size_t side = (size_t)p->episodes;
    mesa_status st;

    memset(out, 0, sizeof *out);
    out->seen = mesa_alloc_array(n, side * s->n_states * sizeof *out->seen);
    out->goal = mesa_alloc_array(n, s->n_states * sizeof *out->goal);
    out->mean = mesa_alloc_array(n, side * s->n_actions * sizeof *out->mean);
    if (!out->seen || !out->goal || !out->mean)
        return mesa_nomem(err, n, "policies");
    st = crew_new(p->model, n, &out->crew, err);
    return st == MESA_OK ? make_program(p, out, err) : st;
}

void
actors_free(struct actors *a)
{
    crew_free(&a->crew);
    mesa_program_free(a->program);
    mesa_free(a->seen);
    mesa_free(a->goal);
    mesa_free(a->mean);
    memset(a, 0, sizeof *a);
}
