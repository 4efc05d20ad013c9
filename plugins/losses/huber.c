/* SPDX-License-Identifier: MIT */
/*
 * huber - squared error near 0, absolute error beyond delta, over all elements.
 *
 * With d = p - t and c = d limited to [-delta, delta] it is c (d - c / 2):
 * d^2 / 2 inside and delta (|d| - delta / 2) outside, as torch's HuberLoss.
 * Huber (1964).
 */
#include "bounded.h"

struct huber {
    double delta;
};

static const struct mesa_param huber_params[] = {
    MESA_REAL(struct huber, delta, "delta", 1.0, 0.0, 1e15,
              "Error beyond which it counts in proportion, not squared",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_PARAM_END
};

static mesa_node
huber_build(const void *self, struct mesa_graph *g, mesa_node prediction,
            mesa_node target)
{
    const struct huber *h = self;
    mesa_node d = mesa_sub(g, prediction, target);
    mesa_node c = mesa_clamp(g, d, -h->delta, h->delta);
    mesa_node half = mesa_mul(g, c, mesa_scalar(g, 0.5));

    return mesa_mean(g, mesa_mul(g, c, mesa_sub(g, d, half)));
}

static const struct mesa_loss_class huber = {
    MESA_LOSS(struct huber),
    .head.name   = "huber",
    .head.title  = "Squared error that grows in proportion beyond delta",
    .head.cite   = "Huber 1964, Annals of Mathematical Statistics 35",
    .head.params = huber_params,
    .build       = huber_build,
    .link        = bounded_link,
};

MESA_PLUGIN(.name = "huber", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&huber.head));
