/* SPDX-License-Identifier: MIT */
/* onnx.c - the members, their sigmoids or ratios, and the mean of all. */
#include "calibrated.h"

#include <string.h>

static uint32_t
binary(struct mesa_onnx *g, const char *op, uint32_t a, uint32_t b)
{
    const uint32_t in[] = { a, b };

    return mesa_onnx_node(g, "", op, in, 2);
}

/* Scaled to sum to 1; all alike where all are 0. */
static uint32_t
normalise_onnx(const struct calibrated *c, struct mesa_onnx *g, uint32_t p,
               const double *ones)
{
    const struct mesa_tensor column = { MESA_F64, 2, { c->n_classes, 1 },
                                        ones };
    const double zero = 0.0, alike = 1.0 / (double)c->n_classes;
    uint32_t sum = binary(g, "MatMul", p, mesa_onnx_constant(g, &column));
    uint32_t in[3] = { 0, 0, binary(g, "Div", p, sum) };

    in[0] = binary(g, "Equal", sum, mesa_onnx_doubles(g, 1, &zero));
    in[1] = mesa_onnx_doubles(g, 1, &alike);
    return mesa_onnx_node(g, "", "Where", in, 3);
}

/* What a level curve, 0 or 1, is as a sigmoid of slope 0. */
static double
offset_of(const struct calibrated_curve *curve)
{
    return curve->sigmoid ? curve->y[0] : curve->y[0] > 0.5 ? -1e4 : 1e4;
}

/* The sigmoids of a member.  One of two classes has 1 / (1 + exp(f)) with
 * f = a p[1] + b for the second, and with -f for the first. */
static uint32_t
sigmoids_onnx(const struct calibrated *c, size_t member, struct mesa_onnx *g,
              uint32_t p, double *work)
{
    const struct calibrated_curve *curve = c->curve + member * c->n_curves;
    const size_t k = c->n_classes;
    const struct mesa_tensor slopes = { MESA_F64, 2, { k, k }, work };
    double *offset = work + k * k;

    memset(work, 0, k * k * sizeof *work);
    for (size_t i = 0; i < k; i++) {
        const bool pair = c->n_curves == 1;
        const struct calibrated_curve *of = &curve[pair ? 0 : i];
        const double sign = pair && i == 0 ? 1.0 : -1.0;

        if (of->sigmoid)
            work[(pair ? 1 : i) * k + i] = sign * of->x[0];
        offset[i] = sign * offset_of(of);
    }
    p = binary(g, "MatMul", p, mesa_onnx_constant(g, &slopes));
    p = binary(g, "Add", p, mesa_onnx_doubles(g, k, offset));
    return mesa_onnx_node(g, "", "Sigmoid", &p, 1);
}

/* One member, corrected; room for n_classes (n_classes + 1) numbers. */
static mesa_status
member_to_onnx(const struct calibrated *c, size_t member, struct mesa_onnx *g,
               uint32_t x, double *work, uint32_t *proba,
               struct mesa_error *err)
{
    uint32_t p;
    mesa_status st = mesa_estimator_to_onnx(c->members.member[member], g, x,
                                            &p, err);

    if (st != MESA_OK)
        return st;
    p = mesa_onnx_to_double(g, p);
    if (c->ratio)
        p = binary(g, "Mul", p,
                   mesa_onnx_doubles(g, c->n_classes, c->ratio));
    else
        p = sigmoids_onnx(c, member, g, p, work);
    for (size_t k = 0; k < c->n_classes; k++)
        work[k] = 1.0;
    *proba = c->n_classes > 2 || c->ratio ? normalise_onnx(c, g, p, work) : p;
    return MESA_OK;
}

/* A runtime's trees give floats, and where an isotonic curve is steep their
 * last digits decide. */
mesa_status
calibrated_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                   uint32_t *proba, struct mesa_error *err)
{
    const struct calibrated *c = self;
    const size_t n = c->members.n;
    double *work, by = (double)n;
    uint32_t *value;
    mesa_status st = MESA_OK;

    if (c->method == METHOD_ISOTONIC)
        return mesa_fail(err, MESA_ENOTSUP,
                         "learner calibrated with method = isotonic cannot "
                         "be exported; sigmoid and prior can");
    work = mesa_alloc_array(c->n_classes + 1, c->n_classes * sizeof *work);
    value = mesa_alloc_array(n, sizeof *value);
    if (!work || !value)
        st = mesa_nomem(err, n, "members");
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = member_to_onnx(c, i, g, x, work, &value[i], err);
    if (st == MESA_OK)
        *proba = binary(g, "Div", mesa_onnx_sum(g, value, n),
                        mesa_onnx_doubles(g, 1, &by));
    mesa_free(work);
    mesa_free(value);
    return st;
}
