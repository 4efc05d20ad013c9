/* SPDX-License-Identifier: MIT */
/* differentiable.c - estimators as models in a graph, with checks. */
#include "instance.h"
#include "registry.h"

static const struct mesa_estimator_class *
differentiable(const struct mesa_instance *estimator)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_instance_class(estimator);

    return c->head.kind == MESA_KIND_ESTIMATOR && c->parameters && c->forward
               ? c
               : NULL;
}

mesa_status
mesa_estimator_weights(const struct mesa_instance *estimator, size_t n_inputs,
                       size_t n_outputs, enum mesa_dtype dtype,
                       struct mesa_weights **out, struct mesa_error *err)
{
    const struct mesa_estimator_class *c = differentiable(estimator);
    const void *self = mesa_instance_view(estimator);
    struct mesa_weight *list;
    size_t n;
    mesa_status st;

    *out = NULL;
    if (!c)
        return mesa_fail(err, MESA_ENOTSUP,
                         "%s %s has no `forward`: gradients cannot pass "
                         "through it; mlp has one",
                         mesa_kind_info(mesa_instance_class(estimator)->kind)
                             ->noun,
                         mesa_instance_class(estimator)->name);
    n = c->parameters(self, n_inputs, n_outputs, NULL, 0);
    list = mesa_alloc_array(n, sizeof *list);
    if (!list)
        return mesa_nomem(err, n, "weights");
    c->parameters(self, n_inputs, n_outputs, list, n);
    st = mesa_weights_new(list, n, dtype, out, err);
    mesa_free(list);
    return st;
}

mesa_node
mesa_estimator_forward(const struct mesa_instance *estimator,
                       struct mesa_graph *g, const mesa_node *weight,
                       mesa_node x)
{
    const struct mesa_estimator_class *c = differentiable(estimator);
    size_t in[MESA_MAX_DIMS] = { 0 }, out[MESA_MAX_DIMS] = { 0 };
    mesa_node y;

    if (!c)
        return mesa_graph_fail(g, MESA_ENOTSUP, "%s has no `forward`",
                               mesa_instance_class(estimator)->name);
    y = c->forward(mesa_instance_view(estimator), g, weight, x);
    mesa_node_shape(g, x, in);
    if (y && (mesa_node_shape(g, y, out) != 2 || in[0] != out[0]))
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "%s gives %zu outputs for %zu rows",
                               c->head.name, out[0], in[0]);
    return y;
}
