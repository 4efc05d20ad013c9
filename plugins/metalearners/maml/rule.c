/* SPDX-License-Identifier: MIT */
/*
 * rule.c - one step of adaptation: weight - rate (M_in gradient M_out).
 *
 * Rates are one number; or learnt, one for each weight and step (LSLR:
 * Antoniou et al. 2019, section 4) or one for each number of each weight
 * (Meta-SGD: Li et al. 2017, eq. 2).  The curvature matrices (Park and Oliva
 * 2019, section 3) start as the identity; weights of one axis have a factor
 * for each number instead.
 */
#include "maml.h"

#include <stdio.h>
#include <string.h>

/* Tensors of maml.learnt while they are being listed. */
struct list {
    struct mesa_weight *item;
    size_t              n;
};

static mesa_status
add(struct list *list, const char *prefix, const struct mesa_weight *of,
    struct mesa_weight shape, size_t *place, struct mesa_error *err)
{
    struct mesa_weight *w = &list->item[list->n];
    int n;

    *w = shape;
    n = snprintf(w->name, sizeof w->name, "%s.%s", prefix, of->name);

    if (n < 0 || (size_t)n >= sizeof w->name)
        return mesa_fail(err, MESA_EINVAL,
                         "the weight's name %s is too long for %s.%s",
                         of->name, prefix, of->name);
    *place = list->n++;
    return MESA_OK;
}

static mesa_status
add_rate(const struct maml *m, struct list *list,
         const struct mesa_weight *of, struct maml_parts *parts,
         struct mesa_error *err)
{
    struct mesa_weight rate = *of;

    rate.initial = MESA_FILLED;
    rate.scale = m->inner_lr;
    switch (m->learn_rates) {
    case MAML_PER_LAYER_PER_STEP:
        rate.rank = 1;
        rate.shape[0] = (size_t)m->inner_steps;
        return add(list, "rate", of, rate, &parts->rate, err);
    case MAML_PER_PARAMETER:
        return add(list, "rate", of, rate, &parts->rate, err);
    default:
        return MESA_OK;
    }
}

static mesa_status
add_curvature(const struct maml *m, struct list *list,
              const struct mesa_weight *of, struct maml_parts *parts,
              struct mesa_error *err)
{
    struct mesa_weight in = *of, out = *of;
    mesa_status st = MESA_OK;

    in.scale = out.scale = 1;
    in.shape[1] = of->shape[0];
    out.shape[0] = of->shape[1];
    in.initial = out.initial = MESA_IDENTITY;
    if (m->curvature == MAML_FLAT)
        return MESA_OK;
    if (of->rank != 2) {
        out = *of;
        out.initial = MESA_FILLED;
        out.scale = 1;
        return add(list, "curvature", of, out, &parts->out, err);
    }
    if (m->curvature == MAML_FULL)
        st = add(list, "curvature_in", of, in, &parts->in, err);
    return st == MESA_OK
               ? add(list, "curvature_out", of, out, &parts->out, err)
               : st;
}

/* The first weight of the last layer: its matrix. */
static size_t
head(const struct few_model *model)
{
    size_t j = model->n;

    while (j-- > 0)
        if (mesa_weights_get(model->weights, j)->rank == 2)
            return j;
    return 0;
}

mesa_status
maml_rule_new(struct maml *m, struct mesa_error *err)
{
    size_t n = m->model.n, first = m->adapt == MAML_HEAD ? head(&m->model) : 0;
    struct list list = { mesa_alloc_array(3 * n, sizeof *list.item), 0 };
    struct mesa_rng unused;
    mesa_status st = MESA_OK;

    mesa_rng_seed(&unused, 0);
    m->parts = mesa_alloc_array(n, sizeof *m->parts);
    if (!m->parts || !list.item)
        st = mesa_nomem(err, n, "rates");
    for (size_t j = 0; j < n && st == MESA_OK; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->model.weights, j);

        m->parts[j] = (struct maml_parts){ j >= first, MAML_NONE, MAML_NONE,
                                           MAML_NONE };
        if (j < first)
            continue;
        st = add_rate(m, &list, w, &m->parts[j], err);
        if (st == MESA_OK)
            st = add_curvature(m, &list, w, &m->parts[j], err);
    }
    if (st == MESA_OK)
        st = mesa_weights_new(list.item, list.n, m->model.dtype, &m->learnt,
                              err);
    mesa_free(list.item);
    if (st == MESA_OK)
        mesa_weights_draw(m->learnt, &unused);
    return st;
}

static mesa_node
bend(const struct maml_parts *p, struct mesa_graph *g,
     const mesa_node *learnt, mesa_node gradient)
{
    if (p->out == MAML_NONE)
        return gradient;
    if (mesa_node_shape(g, gradient, NULL) != 2)
        return mesa_mul(g, learnt[p->out], gradient);
    if (p->in != MAML_NONE)
        gradient = mesa_matmul(g, learnt[p->in], gradient, MESA_PLAIN,
                               MESA_PLAIN);
    return mesa_matmul(g, gradient, learnt[p->out], MESA_PLAIN, MESA_PLAIN);
}

/* What gradients are multiplied by so that their norm is inner_clip at most;
 * 1 for none at all, where the norm has no derivative. */
static mesa_node
clip(const struct maml *m, struct mesa_graph *g, const mesa_node *gradient)
{
    mesa_node sum = mesa_scalar(g, 1e-12);

    for (size_t j = 0; j < m->model.n; j++)
        if (m->parts[j].adapted)
            sum = mesa_add(g, sum,
                           mesa_sum(g, mesa_mul(g, gradient[j],
                                                gradient[j])));
    return mesa_min(g, mesa_scalar(g, 1),
                    mesa_div(g, mesa_scalar(g, m->inner_clip),
                             mesa_sqrt(g, sum)));
}

void
maml_rule_step(const struct maml *m, struct mesa_graph *g,
               const mesa_node *learnt, const mesa_node *weight,
               const mesa_node *gradient, mesa_node *next)
{
    const bool clipped = m->inner_clip != MAML_UNCLIPPED;
    const mesa_node scale = clipped ? clip(m, g, gradient) : 0;

    for (size_t j = 0; j < m->model.n; j++) {
        const struct maml_parts *p = &m->parts[j];
        mesa_node rate, bent;

        next[j] = weight[j];
        if (!p->adapted)
            continue;
        rate = p->rate == MAML_NONE ? mesa_scalar(g, m->inner_lr)
                                    : learnt[p->rate];
        bent = bend(p, g, learnt,
                    clipped ? mesa_mul(g, scale, gradient[j]) : gradient[j]);
        next[j] = mesa_sub(g, weight[j], mesa_mul(g, rate, bent));
    }
}

/* A rate that changes from step to step, as a tensor of one number. */
static bool
changes(const struct maml *m, size_t i)
{
    if (m->learn_rates != MAML_PER_LAYER_PER_STEP)
        return false;
    for (size_t j = 0; j < m->model.n; j++)
        if (m->parts[j].rate == i)
            return true;
    return false;
}

mesa_status
maml_rule_build(void *self, struct mesa_graph *g, const mesa_node *weight,
                const mesa_node *gradient, mesa_node *next,
                struct mesa_error *err)
{
    struct maml *m = self;
    size_t n = mesa_weights_count(m->learnt);

    mesa_free(m->rule_node);
    mesa_free(m->rate_now);
    m->rule_node = mesa_alloc_array(n, sizeof *m->rule_node);
    m->rate_now = mesa_alloc_array(n, sizeof *m->rate_now);
    if (!m->rule_node || !m->rate_now)
        return mesa_nomem(err, n, "nodes");
    for (size_t i = 0; i < n; i++) {
        const struct mesa_weight *w = mesa_weights_get(m->learnt, i);

        m->rule_node[i] = changes(m, i)
                              ? mesa_input(g, MESA_SHARED, 0, NULL)
                              : mesa_input(g, MESA_SHARED, w->rank, w->shape);
    }
    maml_rule_step(m, g, m->rule_node, weight, gradient, next);
    return MESA_OK;
}

void
maml_rule_bind(void *self, struct mesa_program *p)
{
    struct maml *m = self;

    for (size_t i = 0; i < mesa_weights_count(m->learnt); i++)
        mesa_program_bind(p, m->rule_node[i],
                          changes(m, i) ? (void *)&m->rate_now[i]
                                        : mesa_weights_data(m->learnt, i));
}

/* Steps beyond those that were trained go on with the rates of the last. */
void
maml_rule_before(void *self, size_t step)
{
    struct maml *m = self;
    size_t last = (size_t)m->inner_steps - 1;

    if (step > last)
        step = last;
    for (size_t i = 0; i < mesa_weights_count(m->learnt); i++)
        if (changes(m, i))
            m->rate_now[i] = ((const float *)mesa_weights_data(m->learnt,
                                                               i))[step];
}
