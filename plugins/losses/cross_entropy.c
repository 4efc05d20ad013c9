/* SPDX-License-Identifier: MIT */
/*
 * cross_entropy - the log loss of the softmax of the scores, mean over rows.
 *
 * -sum_c t_c log p_c with p = softmax(scores), computed without p, so that
 * scores of any size are fine.  label_smoothing e replaces the target t by
 * (1 - e) t + e / n_classes (Szegedy et al. 2016, section 7).  With
 * class_weight w each term counts w_c, and the mean is one over the rows'
 * weights: both as torch's CrossEntropyLoss.
 */
#include "class_row.h"

struct cross_entropy {
    double           label_smoothing;
    struct mesa_list class_weight;
};

static const struct mesa_param cross_entropy_params[] = {
    MESA_REAL(struct cross_entropy, label_smoothing, "label_smoothing", 0.0,
              0.0, 1.0, "Share of the target that is spread over all classes",
              .flags = MESA_PARAM_OPEN_MAX),
    MESA_LIST(struct cross_entropy, class_weight, "class_weight", NULL,
              "Weight of each class, in their order; all equal if not given",
              .min.r = 0.0, .max.r = 1e6, .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

/* (1 - e) t + e / n */
static mesa_node
cross_entropy_smooth(struct mesa_graph *g, double e, mesa_node target,
                     size_t n)
{
    if (e == 0.0)
        return target;
    return mesa_add(g, mesa_mul(g, target, mesa_scalar(g, 1.0 - e)),
                    mesa_scalar(g, e / (double)n));
}

static mesa_node
cross_entropy_build(const void *self, struct mesa_graph *g,
                    mesa_node prediction, mesa_node target)
{
    const struct cross_entropy *l = self;
    size_t shape[MESA_MAX_DIMS] = { 0 };
    mesa_node smooth, log_p, weight;

    mesa_node_shape(g, target, shape);
    smooth = cross_entropy_smooth(g, l->label_smoothing, target, shape[1]);
    log_p = mesa_log_softmax(g, prediction);
    if (l->class_weight.n == 0)
        return mesa_neg(g, mesa_mean(g, mesa_sum_last(g, mesa_mul(g, smooth,
                                                                  log_p))));
    weight = class_row_of_list(g, &l->class_weight, shape[1],
                               "loss cross_entropy: class_weight");
    return mesa_neg(g, mesa_div(g,
                                mesa_sum(g, mesa_mul(g, mesa_mul(g, smooth,
                                                                 weight),
                                                     log_p)),
                                mesa_sum(g, mesa_mul(g, target, weight))));
}

static const struct mesa_loss_class cross_entropy = {
    MESA_LOSS(struct cross_entropy),
    .head.name   = "cross_entropy",
    .head.title  = "Log loss of the softmax of the scores",
    .head.params = cross_entropy_params,
    .build       = cross_entropy_build,
};

MESA_PLUGIN(.name = "cross_entropy", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&cross_entropy.head));
