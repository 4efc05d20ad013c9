/* SPDX-License-Identifier: MIT */
/* layers.c - perceptrons as tensors and as nodes of a graph. */
#include "internal.h"

#include <math.h>
#include <stdio.h>

/* Of a layer: more could not be counted exactly with others. */
#define MOST_UNITS 1e9

mesa_status
mesa_layers_check(const struct mesa_layers *layers, const char *key,
                  struct mesa_error *err)
{
    const struct mesa_list *hidden = &layers->hidden;

    for (size_t i = 0; i < hidden->n; i++)
        if (!(hidden->value[i] >= 1 && hidden->value[i] <= MOST_UNITS) ||
            hidden->value[i] != floor(hidden->value[i]))
            return mesa_fail(err, MESA_EINVAL,
                             "%s has %g, expected whole numbers", key,
                             hidden->value[i]);
    return MESA_OK;
}

/* The width of layer i: 0 is the input, hidden.n + 1 the output. */
static size_t
width(const struct mesa_list *hidden, size_t i, size_t n_inputs,
      size_t n_outputs)
{
    if (i == 0)
        return n_inputs;
    return i > hidden->n ? n_outputs : (size_t)hidden->value[i - 1];
}

static double
bound(const struct mesa_layers *l, size_t from, size_t to)
{
    if (l->init == MESA_INIT_FAN_IN)
        return 1 / sqrt((double)from);
    return mesa_glorot(l->init == MESA_INIT_GLOROT &&
                               l->activation == MESA_ACTIVATION_LOGISTIC
                           ? 2.0
                           : 6.0,
                       from, to);
}

size_t
mesa_layers_parameters(const struct mesa_layers *l, size_t n_inputs,
                       size_t n_outputs, struct mesa_weight *out, size_t room)
{
    const size_t each = l->no_intercepts ? 1 : 2;
    const size_t n = each * (l->hidden.n + 1);

    for (size_t i = 0; i < n && i < room; i++) {
        size_t layer = i / each;
        size_t from = width(&l->hidden, layer, n_inputs, n_outputs);
        size_t to = width(&l->hidden, layer + 1, n_inputs, n_outputs);
        bool coef = i % each == 0;
        bool filled = !coef && l->init == MESA_INIT_XAVIER;

        out[i] = (struct mesa_weight){
            .rank = coef ? 2 : 1,
            .shape = { coef ? from : to, to },
            .initial = filled ? MESA_FILLED : MESA_UNIFORM,
            .scale = filled ? l->intercept : bound(l, from, to),
        };
        snprintf(out[i].name, sizeof out[i].name, "%s.%zu",
                 coef ? "coef" : "intercept", layer);
    }
    return n;
}

static mesa_node
activate(enum mesa_activation activation, struct mesa_graph *g, mesa_node x)
{
    switch (activation) {
    case MESA_ACTIVATION_RELU:
        return mesa_relu(g, x);
    case MESA_ACTIVATION_TANH:
        return mesa_tanh(g, x);
    case MESA_ACTIVATION_LOGISTIC:
        return mesa_sigmoid(g, x);
    case MESA_ACTIVATION_ELU:
        return mesa_elu(g, x);
    default:
        return x;
    }
}

/* x through one layer, whose tensors *weight is moved past. */
static mesa_node
affine(const struct mesa_layers *l, struct mesa_graph *g,
       const mesa_node **weight, mesa_node x)
{
    x = mesa_matmul(g, x, *(*weight)++, MESA_PLAIN, MESA_PLAIN);
    return l->no_intercepts ? x : mesa_add(g, x, *(*weight)++);
}

mesa_node
mesa_layers_hidden(const struct mesa_layers *l, struct mesa_graph *g,
                   const mesa_node *weight, mesa_node x)
{
    for (size_t layer = 0; layer < l->hidden.n; layer++)
        x = activate(l->activation, g, affine(l, g, &weight, x));
    return x;
}

mesa_node
mesa_layers_forward(const struct mesa_layers *l, struct mesa_graph *g,
                    const mesa_node *weight, mesa_node x)
{
    const mesa_node *last = weight + l->hidden.n * (l->no_intercepts ? 1 : 2);

    return affine(l, g, &last, mesa_layers_hidden(l, g, weight, x));
}
