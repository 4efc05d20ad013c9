/* SPDX-License-Identifier: MIT */
/* onnx_model.c - parts of a model as parts of an ONNX graph. */
#include "instance.h"

#include "boosting_rules.h"
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

static uint32_t
binary(struct mesa_onnx *g, const char *op, uint32_t a, uint32_t b)
{
    const uint32_t in[] = { a, b };

    return mesa_onnx_node(g, "", op, in, 2);
}

/* What a member with so much of all votes adds to the scores of k classes:
 * probabilities, their logarithms, or all to the class of its label. */
static uint32_t
member_scores(const struct mesa_boosting *b, struct mesa_onnx *g,
              uint32_t proba, size_t k, double share)
{
    const double least = MESA_BOOST_EPSILON, none = 0;
    struct mesa_tensor numbers = { MESA_I64, 1, { k }, NULL };
    int64_t *class_ = mesa_alloc_array(k, sizeof *class_);
    uint32_t vote = mesa_onnx_doubles(g, 1, &share), in[3] = { 0, vote, 0 };

    if (b->algorithm != MESA_SAMME) {
        mesa_free(class_);
        proba = mesa_onnx_to_double(g, proba);
        if (b->algorithm != MESA_ADABOOST_M2) {
            proba = binary(g, "Max", proba, mesa_onnx_doubles(g, 1, &least));
            proba = mesa_onnx_node(g, "", "Log", &proba, 1);
        }
        return binary(g, "Mul", proba, vote);
    }
    for (size_t c = 0; class_ && c < k; c++)
        class_[c] = (int64_t)c;
    numbers.data = class_;
    proba = mesa_onnx_node(g, "", "ArgMax", &proba, 1);
    mesa_onnx_int(g, "axis", 1);
    if (class_)
        in[0] = binary(g, "Equal", proba, mesa_onnx_constant(g, &numbers));
    mesa_free(class_);
    in[2] = mesa_onnx_doubles(g, 1, &none);
    return mesa_onnx_node(g, "", "Where", in, 3);
}

/* Sums of scores to probabilities.  Of labels they are divided by one less
 * than there are classes; of logarithms they were to be multiplied by it, and
 * that their mean is not taken off changes nothing. */
static uint32_t
finish_scores(const struct mesa_boosting *b, struct mesa_onnx *g,
              uint32_t sum, size_t k)
{
    const double by = (double)k - 1.0;

    if (b->algorithm == MESA_ADABOOST_M2)
        return sum;
    if (b->algorithm == MESA_SAMME)
        sum = binary(g, "Div", sum, mesa_onnx_doubles(g, 1, &by));
    return mesa_onnx_node(g, "", "Softmax", &sum, 1);
}

mesa_status
mesa_boosting_to_onnx(const struct mesa_boosting *b, struct mesa_onnx *g,
                      uint32_t x, uint32_t *proba, struct mesa_error *err)
{
    const struct mesa_ensemble *e = &b->ensemble;
    const size_t k = e->n ? mesa_estimator_n_classes(e->member[0]) : 0;
    uint32_t *score = mesa_alloc_array(e->n, sizeof *score);
    mesa_status st = score ? MESA_OK : mesa_nomem(err, e->n, "members");
    double votes = 0;

    *proba = 0;
    for (size_t i = 0; i < e->n; i++)
        votes += b->weight[i];
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        uint32_t p;

        st = mesa_estimator_to_onnx(e->member[i], g, x, &p, err);
        if (st == MESA_OK)
            score[i] = member_scores(b, g, p, k, b->weight[i] / votes);
    }
    if (st == MESA_OK)
        *proba = finish_scores(b, g, mesa_onnx_sum(g, score, e->n), k);
    mesa_free(score);
    return st;
}
