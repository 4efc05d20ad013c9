/* SPDX-License-Identifier: MIT */
/*
 * hinge - how far the true class's score falls short of a margin of 1.
 *
 * max(0, 1 + max over other classes of their score - the true one's), mean
 * over rows: Crammer and Singer 2001, as scikit-learn's hinge_loss of several
 * classes.  With z the scores and t the target it is max_c(z_c + 1 - t_c) -
 * sum_c t_c z_c, as the true class's own term is the 0.
 *
 * Scores with a margin are no probabilities.  Those that are asked for are
 * their softmax: in the right order, but not calibrated.
 */
#include <mesa/mesa.h>

struct hinge {
    bool none; /* it has no parameters */
};

static mesa_node
hinge_build(const void *self, struct mesa_graph *g, mesa_node prediction,
            mesa_node target)
{
    mesa_node rest = mesa_sub(g, mesa_scalar(g, 1.0), target);
    mesa_node best = mesa_max_last(g, mesa_add(g, prediction, rest));
    mesa_node own = mesa_sum_last(g, mesa_mul(g, target, prediction));

    (void)self;
    return mesa_mean(g, mesa_sub(g, best, own));
}

static const struct mesa_loss_class hinge = {
    MESA_LOSS(struct hinge),
    .head.name  = "hinge",
    .head.title = "Shortfall of the true class's score from a margin of 1",
    .head.cite  = "Crammer and Singer 2001, Journal of Machine Learning "
                  "Research 2",
    .build      = hinge_build,
};

MESA_PLUGIN(.name = "hinge", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&hinge.head));
