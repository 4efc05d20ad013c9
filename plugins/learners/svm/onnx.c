/* SPDX-License-Identifier: MIT */
/*
 * onnx.c - a machine of two classes: kernel values by a product of matrices,
 * decision values, the sigmoid.
 *
 * Distances are multiplied out, |x|^2 - 2 x v + |v|^2, in double: they lose
 * digits where rows are far from 0 for their spread, which a transform
 * mends.
 */
#include "fit.h"

static uint32_t
binary(struct mesa_onnx *g, const char *op, uint32_t a, uint32_t b)
{
    const uint32_t in[] = { a, b };

    return mesa_onnx_node(g, "", op, in, 2);
}

static uint32_t
with_number(struct mesa_onnx *g, const char *op, uint32_t a, double b)
{
    return binary(g, op, a, mesa_onnx_doubles(g, 1, &b));
}

/* exp(-gamma |x - v|^2) of the products x v; work: room for cols
 * and for n_sv. */
static uint32_t
radial(const struct svm *s, struct mesa_onnx *g, uint32_t x,
       uint32_t products, double *work)
{
    const struct mesa_tensor ones = { MESA_F64, 2, { s->cols, 1 }, work };
    uint32_t own;

    for (size_t j = 0; j < s->cols; j++)
        work[j] = 1.0;
    own = binary(g, "MatMul", binary(g, "Mul", x, x),
                 mesa_onnx_constant(g, &ones));
    for (size_t i = 0; i < s->n_sv; i++)
        work[i] = dense_dot(s->sv + i * s->cols, s->sv + i * s->cols,
                            s->cols);
    products = with_number(g, "Mul", products, -2.0);
    products = binary(g, "Add", products, own);
    products = binary(g, "Add", products,
                      mesa_onnx_doubles(g, s->n_sv, work));
    products = with_number(g, "Mul", products, -s->kernel.gamma);
    return mesa_onnx_node(g, "", "Exp", &products, 1);
}

/* Of every row with every support vector; room for n_sv by cols. */
static uint32_t
kernel_values(const struct svm *s, struct mesa_onnx *g, uint32_t x,
              double *work)
{
    const struct mesa_tensor across = { MESA_F64, 2, { s->cols, s->n_sv },
                                        work };
    uint32_t v;

    for (size_t i = 0; i < s->n_sv; i++)
        for (size_t j = 0; j < s->cols; j++)
            work[j * s->n_sv + i] = s->sv[i * s->cols + j];
    v = binary(g, "MatMul", x, mesa_onnx_constant(g, &across));
    if (s->kernel.kind == KERNEL_RBF)
        return radial(s, g, x, v, work);
    if (s->kernel.kind == KERNEL_LINEAR)
        return v;
    v = with_number(g, "Mul", v, s->kernel.gamma);
    v = with_number(g, "Add", v, s->kernel.coef0);
    if (s->kernel.kind == KERNEL_POLY)
        return with_number(g, "Pow", v, (double)s->kernel.degree);
    return mesa_onnx_node(g, "", "Tanh", &v, 1);
}

/* Both classes from decision values, as far from 0 and 1 as in predict. */
static uint32_t
probabilities(const struct svm *s, struct mesa_onnx *g, uint32_t f,
              double *work)
{
    const struct mesa_tensor slope = { MESA_F64, 2, { 1, 2 }, work };

    work[0] = s->a[0];
    work[1] = -s->a[0];
    f = with_number(g, "Sub", f, s->rho[0]);
    f = binary(g, "MatMul", f, mesa_onnx_constant(g, &slope));
    work[0] = s->b[0];
    work[1] = -s->b[0];
    f = binary(g, "Add", f, mesa_onnx_doubles(g, 2, work));
    f = mesa_onnx_node(g, "", "Sigmoid", &f, 1);
    f = with_number(g, "Max", f, 1e-7);
    return with_number(g, "Min", f, 1.0 - 1e-7);
}

mesa_status
svm_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
            uint32_t *proba, struct mesa_error *err)
{
    const struct svm *s = self;
    const struct mesa_tensor coef = { MESA_F64, 2, { s->n_sv, 1 }, s->coef };
    double *work;
    uint32_t f;

    if (s->n_classes != 2 || s->n_present != 2)
        return mesa_fail(err, MESA_ENOTSUP,
                         "learner svm with rows of %zu of %zu classes cannot "
                         "be exported, only of 2 of 2",
                         s->n_present, s->n_classes);
    work = mesa_alloc_array(s->n_sv + 1, (s->cols + 1) * sizeof *work);
    if (!work)
        return mesa_nomem(err, s->n_sv, "support vectors");
    f = kernel_values(s, g, mesa_onnx_to_double(g, x), work);
    f = binary(g, "MatMul", f, mesa_onnx_constant(g, &coef));
    *proba = probabilities(s, g, f, work);
    mesa_free(work);
    return MESA_OK;
}
