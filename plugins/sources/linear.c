/* SPDX-License-Identifier: MIT */
/*
 * linear - tasks to learn regression from: one linear function each.
 *
 *     y = slope_1 x_1 + ... + slope_n x_n + intercept + noise
 *
 * Slopes and intercept are uniform, drawn once per task, inputs are uniform,
 * drawn per row.  The simplest tasks there are: what adapts well to others
 * has to adapt to these.  O(rows n_features).
 */
#include "tasks.h"

enum { FEATURES_MOST = 1024 };

struct linear {
    int64_t          n_features;
    struct mesa_list slope, intercept, inputs;
    double           noise;
    struct task_rows rows;

    struct span      slopes, intercepts, range;
    struct task_size size[SIDES];
};

static const struct mesa_param linear_params[] = {
    MESA_INT(struct linear, n_features, "n_features", 1, 1, FEATURES_MOST,
             "Columns of x"),
    SPAN_LIST(struct linear, slope, "slope", "-1, 1",
              "Of each column: from, to"),
    SPAN_LIST(struct linear, intercept, "intercept", "-1, 1", "From, to"),
    SPAN_LIST(struct linear, inputs, "inputs", "-1, 1",
              "Where x lies: from, to"),
    MESA_REAL(struct linear, noise, "noise", 0.0, 0.0, 1e6,
              "Standard deviation of the Gaussian noise added to targets"),
    TASK_ROWS(struct linear, rows),
    MESA_PARAM_END
};

static mesa_status
linear_init(void *self, struct mesa_error *err)
{
    struct linear *l = self;
    mesa_status st = span_need(&l->slope, "slope", &l->slopes, err);

    if (st == MESA_OK)
        st = span_need(&l->intercept, "intercept", &l->intercepts, err);
    if (st == MESA_OK)
        st = span_need(&l->inputs, "inputs", &l->range, err);
    task_sizes(&l->rows, l->size);
    return st;
}

static mesa_status
linear_tasks(void *self, struct mesa_task_shape *shape, struct mesa_rng *rng,
             struct mesa_error *err)
{
    const struct linear *l = self;

    (void)rng, (void)err;
    regression_shapes(l->size, (size_t)l->n_features, shape);
    return MESA_OK;
}

static void
draw_rows(const struct linear *l, const double *slope, double intercept,
          double *x, double *y, size_t n, struct mesa_rng *rng)
{
    size_t cols = (size_t)l->n_features;

    for (size_t r = 0; r < n; r++) {
        y[r] = intercept;
        for (size_t j = 0; j < cols; j++, x++) {
            *x = span_draw(&l->range, rng);
            y[r] += slope[j] * *x;
        }
    }
}

static mesa_status
linear_task(const void *self, enum mesa_part part, uint64_t i,
            const struct mesa_task *out, struct mesa_rng *rng,
            struct mesa_error *err)
{
    const struct linear *l = self;
    const struct task_size *size = &l->size[side_of(part)];
    double slope[FEATURES_MOST], intercept = span_draw(&l->intercepts, rng);

    (void)i, (void)err;
    for (int64_t j = 0; j < l->n_features; j++)
        slope[j] = span_draw(&l->slopes, rng);
    draw_rows(l, slope, intercept, out->support_x, out->support_y,
              size->support, rng);
    draw_rows(l, slope, intercept, out->query_x, out->query_y, size->query,
              rng);
    add_noise(l->noise, rng, size, out);
    return MESA_OK;
}

static const struct mesa_source_class linear = {
    MESA_SOURCE(struct linear),
    .head.name = "linear",
    .head.title = "Regression tasks, one linear function each",
    .head.params = linear_params,
    .head.init = linear_init,
    .tasks = linear_tasks,
    .task = linear_task,
};

MESA_PLUGIN(.name = "linear", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&linear.head));
