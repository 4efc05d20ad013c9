/* SPDX-License-Identifier: MIT */
/* net.c - the layers of a perceptron as a graph, and what it minimises. */
#include "mlp.h"

static struct mesa_layers
layers_of(const struct mlp *m)
{
    return (struct mesa_layers){
        .hidden = m->hidden_layer_sizes,
        .activation = (enum mesa_activation)m->activation,
        .init = (enum mesa_layers_init)m->weight_init,
        .no_intercepts = !m->fit_intercept,
    };
}

mesa_status
mlp_check_layers(const struct mlp *m, struct mesa_error *err)
{
    const struct mesa_layers l = layers_of(m);

    return mesa_layers_check(&l, "hidden_layer_sizes", err);
}

size_t
mlp_parameters(const void *self, size_t n_inputs, size_t n_outputs,
               struct mesa_weight *out, size_t room)
{
    const struct mesa_layers l = layers_of(self);

    return mesa_layers_parameters(&l, n_inputs, n_outputs, out, room);
}

size_t
mlp_n_weights(const struct mlp *m)
{
    return mlp_parameters(m, 1, 1, NULL, 0);
}

mesa_node
mlp_forward(const void *self, struct mesa_graph *g, const mesa_node *weight,
            mesa_node x)
{
    const struct mesa_layers l = layers_of(self);

    return mesa_layers_forward(&l, g, weight, x);
}

size_t
mlp_width(const struct mlp *m)
{
    const struct mesa_list *hidden = &m->hidden_layer_sizes;

    return hidden->n > 0 ? (size_t)hidden->value[hidden->n - 1] : 0;
}

mesa_node
mlp_hidden(const struct mlp *m, struct mesa_graph *g, const mesa_node *weight,
           mesa_node x)
{
    const struct mesa_layers l = layers_of(m);

    return mesa_layers_hidden(&l, g, weight, x);
}

/* Without a loss of the user's: log loss, or half the squared error summed
 * over targets.  The latter is what scikit-learn's gradients are of, though
 * the loss it reports is a mean over targets. */
mesa_node
mlp_loss(const struct mlp *m, struct mesa_graph *g, mesa_node y,
         mesa_node target, mesa_node x)
{
    const struct mesa_loss_terms terms = { sizeof terms, y, target, x, 0 };
    mesa_node d;

    if (m->minimised)
        return mesa_loss_build_terms(m->minimised, g, NULL, &terms);
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
    [MESA_ACTIVATION_RELU] = "Relu",         [MESA_ACTIVATION_TANH] = "Tanh",
    [MESA_ACTIVATION_LOGISTIC] = "Sigmoid",  [MESA_ACTIVATION_IDENTITY] = NULL,
    [MESA_ACTIVATION_ELU] = "Elu"
};

/* Losses without a link of their own mean the softmax. */
static bool
gives_softmax(const struct mlp *m)
{
    const struct mesa_loss_class *loss =
        m->minimised ? (const void *)mesa_instance_class(m->minimised) : NULL;

    return m->classifies && (!loss || !loss->link);
}

mesa_status
mlp_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
            uint32_t *proba, struct mesa_error *err)
{
    const struct mlp *m = self;
    const char *op = onnx_activation[m->activation];
    size_t n = mlp_n_weights(m), each = mlp_per_layer(m);
    uint32_t in[3] = { mesa_onnx_to_float(g, x) };

    if (!gives_softmax(m))
        return mesa_fail(err, MESA_ENOTSUP,
                         "learner mlp with a loss that has probabilities of "
                         "its own cannot be exported");
    for (size_t i = 0; i < n; i += each) {
        for (size_t k = 0; k < each; k++) {
            const struct mesa_weight *w = mesa_weights_get(m->weights, i + k);

            in[1 + k] = mesa_onnx_floats(g, w->rank, w->shape,
                                         mesa_weights_data(m->weights,
                                                           i + k));
        }
        in[0] = mesa_onnx_node(g, "", "Gemm", in,
                               (uint32_t)(1 + each));
        if (op && i + each < n)
            in[0] = mesa_onnx_node(g, "", op, in, 1);
    }
    *proba = mesa_onnx_node(g, "", "Softmax", in, 1);
    return MESA_OK;
}
