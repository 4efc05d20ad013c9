/* SPDX-License-Identifier: MIT */
/* onnx_model.c - parts of a model as parts of an ONNX graph. */
#include "instance.h"

#include "registry.h"

mesa_status
mesa_transform_to_onnx(const struct mesa_instance *t, struct mesa_onnx *g,
                       uint32_t x, uint32_t *out, struct mesa_error *err)
{
    const struct mesa_class *class_ = mesa_instance_class(t);
    const struct mesa_transform_class *c = (const void *)class_;

    *out = 0;
    if (class_->kind != MESA_KIND_TRANSFORM)
        return mesa_fail(err, MESA_EINVAL, "%s is no transform",
                         class_->name);
    if (mesa_transform_columns(t, NULL) == 0)
        return mesa_fail(err, MESA_ESTATE, "%s has not been fitted",
                         class_->name);
    if (!c->to_onnx)
        return mesa_fail(err, MESA_ENOTSUP,
                         "transform %s cannot be exported", class_->name);
    return c->to_onnx(mesa_instance_view(t), g, x, out, err);
}

mesa_status
mesa_estimator_to_onnx(const struct mesa_instance *e, struct mesa_onnx *g,
                       uint32_t x, uint32_t *proba, struct mesa_error *err)
{
    const struct mesa_class *class_ = mesa_instance_class(e);
    const struct mesa_estimator_class *c = (const void *)class_;

    *proba = 0;
    if (class_->kind != MESA_KIND_ESTIMATOR)
        return mesa_fail(err, MESA_EINVAL, "%s is no estimator",
                         class_->name);
    if (mesa_estimator_n_columns(e) == 0)
        return mesa_fail(err, MESA_ESTATE, "%s has not been fitted",
                         class_->name);
    if (!c->to_onnx)
        return mesa_fail(err, MESA_ENOTSUP, "learner %s cannot be exported",
                         class_->name);
    return c->to_onnx(mesa_instance_view(e), g, x, proba, err);
}

mesa_status
mesa_ensemble_to_onnx(const struct mesa_ensemble *e, struct mesa_onnx *g,
                      uint32_t x, uint32_t *proba, struct mesa_error *err)
{
    uint32_t *value = mesa_alloc_array(e->n, sizeof *value);
    mesa_status st = value ? MESA_OK : mesa_nomem(err, e->n, "members");

    *proba = 0;
    for (size_t i = 0; i < e->n && st == MESA_OK; i++)
        st = mesa_estimator_to_onnx(e->member[i], g, x, &value[i], err);
    if (st == MESA_OK)
        *proba = mesa_onnx_mean(g, value, e->n);
    mesa_free(value);
    return st;
}
