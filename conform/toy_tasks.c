/* SPDX-License-Identifier: MIT */
/* toy_tasks.c - a source of tasks and a model, known to nobody else. */
#include "toy_tasks.h"

#include <math.h>

enum { INPUTS = 2, SUPPORT = 6, QUERY = 4, HELD_OUT_QUERY = 7 };

struct toy_tasks {
    int64_t classes, spoilt;
    double  scale;
    bool    held_out;
};

static const struct mesa_param tasks_params[] = {
    MESA_INT(struct toy_tasks, classes, "classes", 0, 0, 9, "0: targets"),
    MESA_INT(struct toy_tasks, spoilt, "spoilt", -1, -1, INT64_MAX,
             "Training task from which on there is a NaN; -1: none"),
    MESA_REAL(struct toy_tasks, scale, "scale", 1.0, 0.0, 1e300,
              "What inputs and targets are multiplied by"),
    MESA_BOOL(struct toy_tasks, held_out, "held_out", true,
              "Are there validation and test tasks"),
    MESA_PARAM_END
};

static mesa_status
tasks_shapes(void *self, struct mesa_task_shape *shape, struct mesa_rng *rng,
             struct mesa_error *err)
{
    const struct toy_tasks *t = self;
    const int last = t->held_out ? MESA_PART_TEST : MESA_PART_TRAIN;

    (void)rng, (void)err;
    for (int p = MESA_PART_TRAIN; p <= last; p++)
        shape[p] = (struct mesa_task_shape){
            .struct_size = sizeof *shape,
            .n_classes = (uint32_t)t->classes,
            .n_inputs = INPUTS,
            .n_outputs = t->classes ? (size_t)t->classes : 1,
            .n_support = SUPPORT,
            .n_query = p == MESA_PART_TRAIN ? QUERY : HELD_OUT_QUERY,
        };
    return MESA_OK;
}

/* Slices of the values that most tasks have, the outer ones open. */
static size_t
slice_of(double value, size_t n)
{
    double at = floor((value + 3) / 6 * (double)n);

    return at < 0 ? 0 : at < (double)n ? (size_t)at : n - 1;
}

static void
draw_rows(const struct toy_tasks *t, const double curve[3],
          struct mesa_rng *rng, size_t rows, double *x, double *y)
{
    size_t n = (size_t)t->classes;

    for (size_t r = 0; r < rows; r++, x += INPUTS, y += n ? n : 1) {
        double value;

        x[0] = 4 * mesa_rng_uniform(rng) - 2;
        x[1] = 4 * mesa_rng_uniform(rng) - 2;
        value = curve[0] + curve[1] * x[0] + curve[2] * x[1] * x[1];
        x[0] *= t->scale;
        x[1] *= t->scale;
        y[0] = value * t->scale;
        for (size_t c = 0; c < n; c++)
            y[c] = c == slice_of(value, n);
    }
}

static mesa_status
tasks_task(const void *self, enum mesa_part part, uint64_t i,
           const struct mesa_task *out, struct mesa_rng *rng,
           struct mesa_error *err)
{
    const struct toy_tasks *t = self;
    double curve[3];

    (void)err;
    for (size_t k = 0; k < 3; k++)
        curve[k] = mesa_rng_normal(rng);
    draw_rows(t, curve, rng, SUPPORT, out->support_x, out->support_y);
    draw_rows(t, curve, rng, part == MESA_PART_TRAIN ? QUERY : HELD_OUT_QUERY,
              out->query_x, out->query_y);
    if (part == MESA_PART_TRAIN && t->spoilt >= 0 && i >= (uint64_t)t->spoilt)
        out->support_x[0] = NAN;
    return MESA_OK;
}

const struct mesa_source_class toy_tasks_class = {
    MESA_SOURCE(struct toy_tasks),
    .head.name   = "toy_tasks",
    .head.title  = "Tasks of mesa-conform",
    .head.params = tasks_params,
    .tasks       = tasks_shapes,
    .task        = tasks_task,
};

struct toy_model {
    int64_t hidden;
};

static const struct mesa_param model_params[] = {
    MESA_INT(struct toy_model, hidden, "hidden", 5, 1, 100, "Width"),
    MESA_PARAM_END
};

enum { COEF, INTERCEPT, OUT_COEF, OUT_INTERCEPT, TENSORS };

static size_t
model_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                 struct mesa_weight *out, size_t room)
{
    const size_t n = (size_t)((const struct toy_model *)self)->hidden;
    const struct mesa_weight list[TENSORS] = {
        [COEF] = { "coef", 2, { n_inputs, n }, MESA_UNIFORM, 1.0 },
        [INTERCEPT] = { "intercept", 1, { n }, MESA_ZEROS, 0.0 },
        [OUT_COEF] = { "out_coef", 2, { n, n_outputs }, MESA_NORMAL, 0.5 },
        [OUT_INTERCEPT] = { "out_intercept", 1, { n_outputs }, MESA_ZEROS,
                            0.0 },
    };

    for (size_t i = 0; i < TENSORS && i < room; i++)
        out[i] = list[i];
    return TENSORS;
}

static mesa_node
layer(struct mesa_graph *g, mesa_node x, mesa_node coef, mesa_node intercept)
{
    return mesa_add(g, mesa_matmul(g, x, coef, MESA_PLAIN, MESA_PLAIN),
                    intercept);
}

static mesa_node
model_forward(const void *self, struct mesa_graph *g, const mesa_node *weight,
              mesa_node x)
{
    (void)self;
    x = mesa_tanh(g, layer(g, x, weight[COEF], weight[INTERCEPT]));
    return layer(g, x, weight[OUT_COEF], weight[OUT_INTERCEPT]);
}

const struct mesa_estimator_class toy_model_class = {
    MESA_ESTIMATOR(struct toy_model),
    .head.name   = "toy_model",
    .head.title  = "A model of mesa-conform",
    .head.params = model_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .parameters  = model_parameters,
    .forward     = model_forward,
};
