/* SPDX-License-Identifier: MIT */
/*
 * average_precision - how far the average precision is from 1, smoothly.
 *
 * Of the positive rows i, with scores s,
 *
 *     1 - mean over i of  sum over positive j of  H(s_j - s_i)
 *                         ------------------------------------
 *                         sum over all j of  H(s_j - s_i)
 *
 * is exact if H is 1 from 0 on and 0 below.  As in Brown et al. 2020, "Smooth-
 * AP", H is a sigmoid of d / temperature here; where d is 0 it is 1, so that a
 * row counts itself once, and the loss of the same rows twice is the same.
 * A temperature towards 0 gives the average precision of core's aucprc, ties
 * included.
 *
 * Two classes: that of the second one, by the difference of the scores; more:
 * the mean of one against all others, by the logit of its probability; one
 * output: its targets above 0 are positive.  A class without rows does not
 * count, rows of no class that does cost nothing.  O(rows^2 classes).
 */
#include <mesa/mesa.h>

struct average_precision {
    double temperature;
    bool   standardize;
};

/* What scores that are all the same have for a variance. */
static const double least_variance = 1e-6;

static const struct mesa_param average_precision_params[] = {
    MESA_REAL(struct average_precision, temperature, "temperature", 1.0, 0.0,
              1e6, "Difference of scores that makes a difference; smaller is "
              "nearer to the average precision, with steps that are steeper",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_BOOL(struct average_precision, standardize, "standardize", false,
              "Divide scores by their standard deviation over the rows first: "
              "larger ones then are no better, as they are not for the "
              "average precision itself"),
    MESA_PARAM_END
};

/* Log of the sum of exponentials of every column but c: rows by 1. */
static mesa_node
others(struct mesa_graph *g, mesa_node x, size_t c, size_t n)
{
    mesa_node part[2], most;
    size_t k = 0;

    if (c > 0)
        part[k++] = mesa_slice(g, x, 1, 0, c);
    if (c + 1 < n)
        part[k++] = mesa_slice(g, x, 1, c + 1, n - 1 - c);
    x = k > 1 ? mesa_concat(g, part, 2, 1) : part[0];
    if (n == 2)
        return x;
    most = mesa_stop_gradient(g, mesa_max_axes(g, x, 1U << 1));
    x = mesa_sum_axes(g, mesa_exp(g, mesa_sub(g, x, most)), 1U << 1);
    return mesa_add(g, most, mesa_log(g, x));
}

/* What rows are ordered by for class c: rows by 1. */
static mesa_node
score_of(struct mesa_graph *g, mesa_node prediction, size_t c, size_t n)
{
    mesa_node own = mesa_slice(g, prediction, 1, c, 1);

    return n == 1 ? own : mesa_sub(g, own, others(g, prediction, c, n));
}

static mesa_node
standardized(struct mesa_graph *g, mesa_node score)
{
    mesa_node d = mesa_sub(g, score, mesa_mean(g, score));
    mesa_node variance = mesa_mean(g, mesa_mul(g, d, d));

    variance = mesa_add(g, variance, mesa_scalar(g, least_variance));
    return mesa_div(g, d, mesa_sqrt(g, variance));
}

/* H of each row's difference to each other: of every row, what is above. */
static mesa_node
above(const struct average_precision *a, struct mesa_graph *g,
      mesa_node score)
{
    mesa_node other, h;

    score = a->standardize ? standardized(g, score) : score;
    other = mesa_transpose(g, score);
    h = mesa_sub(g, other, score);
    h = mesa_sigmoid(g, mesa_div(g, h, mesa_scalar(g, a->temperature)));
    return mesa_add(g, h, mesa_mul(g, mesa_scalar(g, 0.5),
                                   mesa_equal(g, other, score)));
}

/* Sum over the positive rows of what is missing from 1; *count: these rows. */
static mesa_node
missing(const struct average_precision *a, struct mesa_graph *g,
        mesa_node score, mesa_node positive, mesa_node *count)
{
    mesa_node h = above(a, g, score);
    mesa_node all = mesa_sum_axes(g, h, 1U << 1);
    mesa_node false_ones = mesa_sub(g, mesa_scalar(g, 1.0),
                                    mesa_transpose(g, positive));
    mesa_node wrong = mesa_sum_axes(g, mesa_mul(g, h, false_ones), 1U << 1);

    *count = mesa_sum(g, positive);
    return mesa_sum(g, mesa_mul(g, positive, mesa_div(g, wrong, all)));
}

static mesa_node
average_precision_build(const void *self, struct mesa_graph *g,
                        mesa_node prediction, mesa_node target)
{
    const struct average_precision *a = self;
    mesa_node zero = mesa_scalar(g, 0.0), one = mesa_scalar(g, 1.0);
    mesa_node sum = zero, classes = zero;
    size_t shape[MESA_MAX_DIMS] = { 0 };

    mesa_node_shape(g, prediction, shape);
    for (size_t c = shape[1] == 2; c < shape[1]; c++) {
        mesa_node positive = mesa_less(g, zero,
                                       mesa_slice(g, target, 1, c, 1));
        mesa_node count, cost = missing(a, g,
                                        score_of(g, prediction, c, shape[1]),
                                        positive, &count);

        sum = mesa_add(g, sum, mesa_div(g, cost, mesa_max(g, count, one)));
        classes = mesa_add(g, classes, mesa_less(g, zero, count));
    }
    return mesa_div(g, sum, mesa_max(g, classes, one));
}

static const struct mesa_loss_class average_precision = {
    MESA_LOSS(struct average_precision),
    .head.name   = "average_precision",
    .head.title  = "One minus a smooth average precision",
    .head.cite   = "Brown, Xie, Kalogeiton and Zisserman 2020, Smooth-AP, "
                   "ECCV",
    .head.params = average_precision_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .build       = average_precision_build,
};

MESA_PLUGIN(.name = "average_precision", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&average_precision.head));
