/* SPDX-License-Identifier: MIT */
/*
 * focal - cross entropy in which rows that are easy count less.
 *
 * -alpha_t (1 - p_t)^gamma log p_t, mean over rows, with p the softmax of the
 * scores: Lin et al. 2017, equations 4 and 5.  They have one score and its
 * sigmoid; for two classes that is the softmax of two scores.
 *
 * 1 - p_t is added up from the other classes' probabilities, as subtraction
 * leaves nothing of it where p_t is near 1.  A small term in it keeps the
 * derivatives of its power finite at 0, for any gamma.
 */
#include "class_row.h"

struct focal {
    double           gamma;
    struct mesa_list alpha;
};

static const double focal_least = 1e-16;

static const struct mesa_param focal_params[] = {
    MESA_REAL(struct focal, gamma, "gamma", 2.0, 0.0, 100.0,
              "How much less easy rows count; 0 is cross entropy"),
    MESA_LIST(struct focal, alpha, "alpha", NULL,
              "Weight of each class; one value alone is that of the second "
              "of two, the first having the rest to 1; all 1 if not given",
              .min.r = 0.0, .max.r = 1e6, .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

static mesa_node
focal_alpha(const struct focal *f, struct mesa_graph *g, size_t n_classes)
{
    double pair[2];

    if (f->alpha.n != 1 || n_classes != 2)
        return class_row_of_list(g, &f->alpha, n_classes,
                                 "loss focal: alpha");
    pair[0] = 1.0 - f->alpha.value[0];
    pair[1] = f->alpha.value[0];
    if (pair[0] <= 0.0)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "loss focal: alpha is %g, and has to leave "
                               "something to 1 for the first class",
                               pair[1]);
    return class_row(g, pair, 2);
}

static mesa_node
focal_build(const void *self, struct mesa_graph *g, mesa_node prediction,
            mesa_node target)
{
    const struct focal *f = self;
    size_t shape[MESA_MAX_DIMS] = { 0 };
    mesa_node log_p = mesa_log_softmax(g, prediction);
    mesa_node term = mesa_mul(g, target, log_p), row, others;

    mesa_node_shape(g, target, shape);
    if (f->alpha.n > 0)
        term = mesa_mul(g, term, focal_alpha(f, g, shape[1]));
    row = mesa_sum_last(g, term);
    if (f->gamma > 0.0) {
        others = mesa_sub(g, mesa_scalar(g, 1.0), target);
        others = mesa_mul(g, others, mesa_exp(g, log_p));
        others = mesa_add(g, mesa_sum_last(g, others),
                          mesa_scalar(g, focal_least));
        row = mesa_mul(g, row, mesa_pow(g, others, f->gamma));
    }
    return mesa_neg(g, mesa_mean(g, row));
}

static const struct mesa_loss_class focal = {
    MESA_LOSS(struct focal),
    .head.name   = "focal",
    .head.title  = "Cross entropy in which easy rows count less",
    .head.cite   = "Lin, Goyal, Girshick, He and Dollar 2017, ICCV",
    .head.params = focal_params,
    .build       = focal_build,
};

MESA_PLUGIN(.name = "focal", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&focal.head));
