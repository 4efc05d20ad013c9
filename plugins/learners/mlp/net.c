/* SPDX-License-Identifier: MIT */
/* net.c - the layers of a perceptron as a graph, and what it minimises. */
#include "mlp.h"

#include <math.h>
#include <stdio.h>

size_t
mlp_n_weights(const struct mlp *m)
{
    return 2 * (m->hidden_layer_sizes.n + 1);
}

/* The width of layer i: 0 is the input, hidden.n + 1 the output. */
static size_t
layer_width(const struct mesa_list *hidden, size_t i, size_t n_inputs,
            size_t n_outputs)
{
    if (i == 0)
        return n_inputs;
    return i > hidden->n ? n_outputs : (size_t)hidden->value[i - 1];
}

/* The bound of a layer's weights and, as scikit-learn and PyTorch have it, of
 * its intercepts as well. */
static double
initial_bound(const struct mlp *m, size_t from, size_t to)
{
    if (m->weight_init == MLP_FAN_IN)
        return 1 / sqrt((double)from);
    return mesa_glorot(m->activation == MLP_LOGISTIC ? 2.0 : 6.0, from, to);
}

size_t
mlp_parameters(const void *self, size_t n_inputs, size_t n_outputs,
               struct mesa_weight *out, size_t room)
{
    const struct mlp *m = self;
    const struct mesa_list *hidden = &m->hidden_layer_sizes;

    for (size_t i = 0; i < mlp_n_weights(m) && i < room; i++) {
        size_t layer = i / 2;
        size_t from = layer_width(hidden, layer, n_inputs, n_outputs);
        size_t to = layer_width(hidden, layer + 1, n_inputs, n_outputs);
        bool coef = i % 2 == 0;

        out[i] = (struct mesa_weight){
            .rank = coef ? 2 : 1,
            .shape = { coef ? from : to, to },
            .initial = MESA_UNIFORM,
            .scale = initial_bound(m, from, to),
        };
        snprintf(out[i].name, sizeof out[i].name, "%s.%zu",
                 coef ? "coef" : "intercept", layer);
    }
    return mlp_n_weights(m);
}

static mesa_node
activate(const struct mlp *m, struct mesa_graph *g, mesa_node x)
{
    switch (m->activation) {
    case MLP_RELU:
        return mesa_relu(g, x);
    case MLP_TANH:
        return mesa_tanh(g, x);
    case MLP_LOGISTIC:
        return mesa_sigmoid(g, x);
    case MLP_ELU:
        return mesa_elu(g, x);
    default:
        return x;
    }
}

mesa_node
mlp_forward(const void *self, struct mesa_graph *g, const mesa_node *weight,
            mesa_node x)
{
    const struct mlp *m = self;
    size_t hidden = m->hidden_layer_sizes.n;

    for (size_t layer = 0; layer <= hidden; layer++) {
        x = mesa_matmul(g, x, weight[2 * layer], MESA_PLAIN, MESA_PLAIN);
        x = mesa_add(g, x, weight[2 * layer + 1]);
        if (layer < hidden)
            x = activate(m, g, x);
    }
    return x;
}

/* Without a loss of the user's: log loss, or half the squared error summed
 * over targets.  The latter is what scikit-learn's gradients are of, though
 * the loss it reports is a mean over targets. */
mesa_node
mlp_loss(const struct mlp *m, struct mesa_graph *g, mesa_node y,
         mesa_node target)
{
    mesa_node d;

    if (m->minimised)
        return mesa_loss_build(m->minimised, g, y, target);
    if (m->classifies) {
        d = mesa_mul(g, target, mesa_log_softmax(g, y));
        return mesa_neg(g, mesa_mean(g, mesa_sum_last(g, d)));
    }
    d = mesa_sub(g, y, target);
    d = mesa_sum_last(g, mesa_mul(g, d, d));
    return mesa_mul(g, mesa_scalar(g, 0.5), mesa_mean(g, d));
}

mesa_status
mlp_new_weights(const struct mlp *m, size_t n_inputs, size_t n_outputs,
                struct mesa_weights **out, struct mesa_error *err)
{
    size_t n = mlp_n_weights(m);
    struct mesa_weight *list = mesa_alloc_array(n, sizeof *list);
    mesa_status st;

    *out = NULL;
    if (!list)
        return mesa_nomem(err, n, "weights");
    mlp_parameters(m, n_inputs, n_outputs, list, n);
    st = mesa_weights_new(list, n, MESA_F32, out, err);
    mesa_free(list);
    return st;
}

/* The operator of each activation; the identity needs none. */
static const char *const onnx_activation[] = {
    [MLP_RELU] = "Relu",         [MLP_TANH] = "Tanh",
    [MLP_LOGISTIC] = "Sigmoid",  [MLP_IDENTITY] = NULL,
    [MLP_ELU] = "Elu"
};

mesa_status
mlp_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
            uint32_t *proba, struct mesa_error *err)
{
    const struct mlp *m = self;
    const char *op = onnx_activation[m->activation];
    size_t n = mlp_n_weights(m);
    uint32_t in[3] = { mesa_onnx_to_float(g, x) };

    if (m->minimised || !m->classifies)
        return mesa_fail(err, MESA_ENOTSUP,
                         "learner mlp with a loss of its own cannot be "
                         "exported");
    for (size_t i = 0; i < n; i += 2) {
        for (size_t k = 0; k < 2; k++) {
            const struct mesa_weight *w = mesa_weights_get(m->weights, i + k);

            in[1 + k] = mesa_onnx_floats(g, w->rank, w->shape,
                                         mesa_weights_data(m->weights,
                                                           i + k));
        }
        in[0] = mesa_onnx_node(g, "", "Gemm", in, 3);
        if (op && i + 2 < n)
            in[0] = mesa_onnx_node(g, "", op, in, 1);
    }
    *proba = mesa_onnx_node(g, "", "Softmax", in, 1);
    return MESA_OK;
}
