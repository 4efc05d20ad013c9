/* SPDX-License-Identifier: MIT */
/* logcosh.c - a loss of your own: log cosh of the error. */
#include <mesa/mesa.h>

struct logcosh {
    double scale;
};

static const struct mesa_param logcosh_params[] = {
    MESA_REAL(struct logcosh, scale, "scale", 1.0, 0.0, 1e6,
              "Error beyond which it counts in proportion, not squared",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

/* log cosh d = log(1 + exp(2 d)) - d - log 2, which no d makes overflow. */
static mesa_node
logcosh_build(const void *self, struct mesa_graph *g, mesa_node prediction,
              mesa_node target)
{
    const struct logcosh *l = self;
    mesa_node error = mesa_sub(g, prediction, target);
    mesa_node d = mesa_div(g, error, mesa_scalar(g, l->scale));
    mesa_node grown = mesa_softplus(g, mesa_add(g, d, d));
    mesa_node row = mesa_sub(g, mesa_sub(g, grown, d),
                             mesa_scalar(g, 0.6931471805599453));

    return mesa_mean(g, row);
}

static const struct mesa_loss_class logcosh = {
    MESA_LOSS(struct logcosh),
    .head.name   = "logcosh",
    .head.title  = "Log cosh of the error",
    .head.params = logcosh_params,
    .build       = logcosh_build,
};

MESA_PLUGIN(.name = "logcosh", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&logcosh.head));
