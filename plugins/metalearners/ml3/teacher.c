/* SPDX-License-Identifier: MIT */
/* teacher.c - a loss that learns: weights, outer steps, what is good. */
#include "teacher.h"

#include <math.h>
#include <string.h>

mesa_status
teacher_open(struct teacher *t, const struct mesa_host *host,
             const struct mesa_component *loss,
             const struct mesa_loss_shape *shape, enum mesa_dtype dtype,
             struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "loss", 0);
    mesa_status st;

    if (!loss)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [loss] section: which loss is to "
                         "learn?  (type = learned)");
    t->shape = *shape;
    st = mesa_instance_new(loss, &t->loss, err);
    if (st == MESA_OK)
        st = mesa_loss_weights(t->loss, shape, dtype, &rng, &t->weights, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(t->weights, &t->good, err);
    if (st != MESA_OK)
        return st;
    t->n = mesa_weights_count(t->weights);
    /* Adam keeps two tensors for each, and updates each. */
    t->node = mesa_alloc_array(4 * t->n, sizeof *t->node);
    if (!t->node)
        return mesa_nomem(err, t->n, "nodes");
    t->output = t->node + t->n;
    return MESA_OK;
}

void
teacher_close(struct teacher *t)
{
    mesa_instance_free(t->loss);
    mesa_weights_free(t->weights);
    mesa_weights_free(t->good);
    mesa_optimizer_free(t->optimizer);
    mesa_free(t->node);
    memset(t, 0, sizeof *t);
}

void
teacher_inputs(struct teacher *t, struct mesa_graph *g)
{
    mesa_weights_inputs(t->weights, g, t->node);
    t->n_outputs = 0;
}

mesa_node
teacher_loss(const struct teacher *t, struct mesa_graph *g,
             const struct mesa_loss_terms *terms)
{
    return mesa_loss_build_terms(t->loss, g, t->node, terms);
}

mesa_status
teacher_update(struct teacher *t, struct mesa_graph *g, mesa_node objective,
               struct mesa_error *err)
{
    mesa_node *gradient = mesa_alloc_array(t->n, sizeof *gradient);
    mesa_status st;

    if (!gradient)
        return mesa_nomem(err, t->n, "nodes");
    mesa_grad(g, objective, t->node, t->n, gradient);
    mesa_optimizer_free(t->optimizer);
    t->optimizer = NULL;
    st = mesa_optimizer_new(g, &t->solver, t->node, gradient, t->n, t->output,
                            &t->optimizer, err);
    mesa_free(gradient);
    if (st != MESA_OK)
        return st;
    mesa_optimizer_state(t->optimizer, t->output + t->n);
    t->n_outputs = t->n + mesa_optimizer_n_state(t->optimizer);
    return MESA_OK;
}

void
teacher_bind(struct teacher *t, struct mesa_program *p)
{
    mesa_weights_bind(t->weights, p, t->node);
    if (!t->n_outputs)
        return;
    mesa_weights_bind(t->weights, p, t->output);
    mesa_optimizer_bind(t->optimizer, p);
}

void
teacher_step(struct teacher *t)
{
    mesa_optimizer_step(t->optimizer);
}

mesa_status
teacher_finish(struct teacher *t, const struct mesa_host *host,
               struct mesa_error *err)
{
    mesa_status st = mesa_loss_learn(t->loss, &t->shape, t->weights, err);

    return st == MESA_OK ? mesa_host_learned(host, t->loss, err) : st;
}

mesa_status
teacher_check(struct teacher *t, const struct mesa_host *host, uint64_t i,
              double objective, struct mesa_error *err)
{
    struct mesa_error ignored;

    if (isfinite(objective) && mesa_weights_finite(t->weights)) {
        mesa_weights_assign(t->good, t->weights);
        t->learnt = true;
        return MESA_OK;
    }
    mesa_weights_assign(t->weights, t->good);
    if (t->learnt)
        teacher_finish(t, host, &ignored);
    if (isfinite(objective))
        return mesa_fail(err, MESA_ENUMERIC,
                         "iteration %llu diverged: the task loss after a "
                         "step with the learned loss is %g, but its "
                         "derivatives are not finite; a smaller inner_lr or "
                         "meta_lr may help",
                         (unsigned long long)i, objective);
    return mesa_fail(err, MESA_ENUMERIC,
                     "iteration %llu diverged: the task loss after a step "
                     "with the learned loss is %g; a smaller inner_lr or "
                     "meta_lr may help",
                     (unsigned long long)i,
                     isnan(objective) ? (double)NAN : objective);
}

enum teacher_stage
teacher_stage(uint64_t i, uint64_t iterations, uint64_t interval,
              uint64_t *iteration)
{
    const uint64_t n = interval && interval < iterations ? interval
                                                         : iterations;
    const uint64_t within = i % (n + 1);

    *iteration = i / (n + 1) * n + within;
    if (*iteration >= iterations) {
        *iteration = iterations;
        return TEACHER_LAST_TEST;
    }
    return within == n ? TEACHER_TEST : TEACHER_ITERATION;
}

uint64_t
teacher_total(uint64_t iterations, uint64_t interval)
{
    const uint64_t n = interval && interval < iterations ? interval
                                                         : iterations;

    return n ? iterations + (iterations - 1) / n + 1 : 1;
}

mesa_status
teacher_save(const struct teacher *t, struct mesa_archive *to,
             struct mesa_error *err)
{
    mesa_status st = mesa_weights_save(t->weights, to, "loss", err);

    return st == MESA_OK && t->optimizer
               ? mesa_optimizer_save(t->optimizer, to, "solver", err)
               : st;
}

mesa_status
teacher_load(struct teacher *t, const struct mesa_archive *from,
             struct mesa_error *err)
{
    mesa_status st = mesa_weights_load(t->weights, from, "loss", err);

    if (st == MESA_OK && t->optimizer)
        st = mesa_optimizer_load(t->optimizer, from, "solver", err);
    if (st == MESA_OK) {
        mesa_weights_assign(t->good, t->weights);
        t->learnt = true; /* nothing is saved before a step */
    }
    return st;
}
