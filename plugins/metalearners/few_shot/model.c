/* SPDX-License-Identifier: MIT */
/* model.c - what is meta-learnt: an estimator's model, a loss, weights. */
#include "few_shot.h"

#include <string.h>

mesa_status
few_model_make(struct few_model *m, const struct mesa_component *estimator,
               const struct mesa_component *loss,
               const struct mesa_task_shape *shape, struct mesa_error *err)
{
    mesa_status st;

    m->n_inputs = shape->n_inputs;
    m->n_outputs = shape->n_outputs;
    m->classes = shape->n_classes > 0;
    st = mesa_instance_new(estimator, &m->estimator, err);
    if (st == MESA_OK && loss)
        st = mesa_instance_new(loss, &m->loss, err);
    if (st == MESA_OK)
        st = mesa_estimator_weights(m->estimator, m->n_inputs, m->n_outputs,
                                    m->dtype, &m->weights, err);
    if (st == MESA_OK)
        m->n = mesa_weights_count(m->weights);
    return st;
}

mesa_status
few_model_open(struct few_model *m, const struct mesa_host *host,
               const struct mesa_component *loss,
               const struct mesa_task_shape *shape, struct mesa_error *err)
{
    const struct mesa_component *estimator =
        mesa_host_component(host, MESA_KIND_ESTIMATOR);

    if (!estimator)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [estimator] section: which model is to "
                         "learn?");
    return few_model_make(m, estimator, loss, shape, err);
}

void
few_model_close(struct few_model *m)
{
    mesa_instance_free(m->estimator);
    mesa_instance_free(m->loss);
    mesa_weights_free(m->weights);
    memset(m, 0, sizeof *m);
}

static size_t
count_numbers(const struct mesa_weight *w)
{
    size_t n = 1;

    for (uint32_t d = 0; d < w->rank; d++)
        n *= w->shape[d];
    return n;
}

mesa_status
few_show_weights(struct mesa_weights *w, enum mesa_dtype dtype,
                 const char *what, struct mesa_metrics *metrics,
                 struct mesa_error *err)
{
    if (!mesa_metrics_shows(metrics))
        return MESA_OK;
    for (size_t i = 0; i < mesa_weights_count(w); i++) {
        const struct mesa_weight *one = mesa_weights_get(w, i);
        const void *data = mesa_weights_data(w, i);
        const size_t n = count_numbers(one);
        double *value = mesa_alloc_raw(n, sizeof *value);

        if (!value)
            return mesa_nomem(err, n, "weights");
        for (size_t k = 0; k < n; k++)
            value[k] = dtype == MESA_F32 ? (double)((const float *)data)[k]
                                         : ((const double *)data)[k];
        mesa_metrics_histogram(metrics, what, one->name, value, n);
        mesa_free(value);
    }
    return MESA_OK;
}

mesa_node
few_forward(const struct few_model *m, struct mesa_graph *g,
            const mesa_node *weight, mesa_node x)
{
    mesa_node y = mesa_estimator_forward(m->estimator, g, weight, x);
    size_t shape[MESA_MAX_DIMS] = { 0 };

    mesa_node_shape(g, y, shape);
    if (y && shape[1] != m->n_outputs)
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "%s gives %zu outputs where %zu are wanted",
                               mesa_instance_class(m->estimator)->name,
                               shape[1], m->n_outputs);
    return y;
}

/* Without a loss of the user's: log loss, or the mean squared error. */
mesa_node
few_loss_terms(const struct few_model *m, struct mesa_graph *g,
               const struct mesa_loss_terms *terms)
{
    mesa_node d;

    if (m->loss)
        return mesa_loss_build_terms(m->loss, g, NULL, terms);
    if (m->classes) {
        d = mesa_mul(g, terms->target, mesa_log_softmax(g, terms->prediction));
        return mesa_neg(g, mesa_mean(g, mesa_sum_last(g, d)));
    }
    d = mesa_sub(g, terms->prediction, terms->target);
    return mesa_mean(g, mesa_mul(g, d, d));
}

mesa_node
few_loss(const struct few_model *m, struct mesa_graph *g,
         const mesa_node *weight, mesa_node x, mesa_node y)
{
    const struct mesa_loss_terms terms = {
        sizeof terms, few_forward(m, g, weight, x), y, x, 0
    };

    return few_loss_terms(m, g, &terms);
}
