/* SPDX-License-Identifier: MIT */
/* mesa/layers.h - layers of units, one after the other: perceptrons. */
#ifndef MESA_LAYERS_H
#define MESA_LAYERS_H

#include <mesa/param.h>
#include <mesa/weights.h>

enum mesa_activation {
    MESA_ACTIVATION_RELU,
    MESA_ACTIVATION_TANH,
    MESA_ACTIVATION_LOGISTIC,
    MESA_ACTIVATION_IDENTITY,
    MESA_ACTIVATION_ELU
};

/* Uniform distributions of weights before training, by a layer's numbers of
 * inputs and outputs, and what its intercepts are. */
enum mesa_layers_init {
    MESA_INIT_GLOROT, /* sqrt(6 / (inputs + outputs)), logistic sqrt(2 / ...),
                         intercepts as well: scikit-learn's                  */
    MESA_INIT_FAN_IN, /* 1 / sqrt(inputs), intercepts as well: PyTorch's     */
    MESA_INIT_XAVIER  /* sqrt(6 / (inputs + outputs)), intercepts filled     */
};

/* The choices of a parameter, so that plugins name them alike. */
#define MESA_ACTIVATIONS                                                     \
    { "relu", MESA_ACTIVATION_RELU, "max(0, x)" },                           \
    { "tanh", MESA_ACTIVATION_TANH, "the hyperbolic tangent" },              \
    { "logistic", MESA_ACTIVATION_LOGISTIC, "1 / (1 + exp(-x))" },           \
    { "identity", MESA_ACTIVATION_IDENTITY, "x: a linear model" },           \
    { "elu", MESA_ACTIVATION_ELU, "x, or exp(x) - 1 below 0" },              \
    { NULL, 0, NULL }
#define MESA_LAYERS_INITS                                                    \
    { "glorot", MESA_INIT_GLOROT, "within sqrt(6 / (inputs + outputs)) of a " \
                                  "layer; logistic: sqrt(2 / ...)" },        \
    { "fan_in", MESA_INIT_FAN_IN, "within 1 / sqrt(inputs) of a layer, as "  \
                                  "PyTorch does" },                          \
    { "xavier", MESA_INIT_XAVIER, "within sqrt(6 / (inputs + outputs)), "    \
                                  "intercepts all alike" },                  \
    { NULL, 0, NULL }

struct mesa_layers {
    struct mesa_list      hidden; /* units of each hidden layer: borrowed    */
    enum mesa_activation  activation; /* of hidden units                     */
    enum mesa_layers_init init;
    bool                  no_intercepts;
    double                intercept; /* of MESA_INIT_XAVIER                  */
};

MESA_BEGIN

/* MESA_EINVAL unless the units are whole numbers from 1; key names them. */
MESA_API mesa_status mesa_layers_check(const struct mesa_layers *layers,
                                       const char *key,
                                       struct mesa_error *err);

/* The tensors coef.0 (inputs by units), intercept.0 (units), coef.1, ...: as
 * many as fit into room; returns how many there are. */
MESA_API size_t mesa_layers_parameters(const struct mesa_layers *layers,
                                       size_t n_inputs, size_t n_outputs,
                                       struct mesa_weight *out, size_t room);

/* x (rows by inputs) through the hidden layers, activations applied: rows by
 * the units of the last; x itself if there are none. */
MESA_API mesa_node mesa_layers_hidden(const struct mesa_layers *layers,
                                      struct mesa_graph *g,
                                      const mesa_node *weight, mesa_node x);

/* The same through all layers (rows by outputs); the last has no
 * activation. */
MESA_API mesa_node mesa_layers_forward(const struct mesa_layers *layers,
                                       struct mesa_graph *g,
                                       const mesa_node *weight, mesa_node x);

MESA_END

#endif
