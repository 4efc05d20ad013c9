/* SPDX-License-Identifier: MIT */
/* check_loss.c - what is minimised: its derivatives, its mean, its range. */
#include "taught.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 6, CLASSES = 3, CELLS = ROWS * CLASSES };

static const double step = 1e-5, tolerance = 1e-6;

/* The values of a machine of a loss. */
enum { PREDICTION, TARGET, INPUT, EXTRA, DIRECTION, VALUES };

/* What it computes from them. */
enum wanted {
    VALUE, /* the loss                                            */
    SLOPE, /* its derivative by the prediction                    */
    BEND,  /* the derivative of the slope times the direction     */
    LINK   /* probabilities                                       */
};

static mesa_node
build(const struct mesa_instance *loss, struct mesa_graph *g,
      const mesa_node *in)
{
    const struct mesa_loss_terms terms = { sizeof terms, in[PREDICTION],
                                           in[TARGET], in[INPUT], in[EXTRA] };

    return mesa_loss_build_terms(loss, g, NULL, &terms);
}

static mesa_node
wanted_node(const struct mesa_instance *loss, struct machine *m,
            enum wanted wanted, const mesa_node *in)
{
    struct mesa_graph *g = m->graph;
    mesa_node value, slope, bend;

    if (wanted == LINK)
        return mesa_loss_link(loss, g, in[PREDICTION]);
    value = build(loss, g, in);
    if (wanted == VALUE)
        return value;
    mesa_grad(g, value, in, 1, &slope);
    if (wanted == SLOPE)
        return slope;
    value = machine_dot(m, slope, in[DIRECTION]);
    mesa_grad(g, value, in, 1, &bend);
    return bend;
}

static size_t
columns_of(size_t value, size_t outputs)
{
    return value == INPUT   ? (size_t)TAUGHT_INPUTS
           : value == EXTRA ? (size_t)TAUGHT_EXTRA
                            : outputs;
}

static struct machine *
machine_of(struct bench *b, enum wanted wanted, size_t rows, size_t outputs)
{
    const struct mesa_instance *loss = taught(b, outputs, 1);
    struct machine *m = machine_new(b);
    mesa_node in[VALUES];

    for (size_t i = 0; i < VALUES; i++)
        in[i] = machine_input(b, m, 2,
                              (size_t[]){ rows, columns_of(i, outputs) });
    if (going(b))
        machine_plan(b, m, wanted_node(loss, m, wanted, in),
                     wanted == VALUE ? 1 : rows * outputs);
    return going(b) ? m : NULL;
}

/* Scores, and classes that take turns; the rest is the same for all rows. */
static void
set_rows(struct bench *b, struct machine *m, size_t rows, size_t outputs,
         double scale)
{
    if (!going(b))
        return;
    fill_normal(b, m->value[PREDICTION], rows * outputs, scale, 1);
    memset(m->value[TARGET], 0, rows * outputs * sizeof *m->value[TARGET]);
    for (size_t r = 0; r < rows; r++) {
        m->value[TARGET][r * outputs + r % outputs] = 1.0;
        m->value[INPUT][r * TAUGHT_INPUTS] = 0.5;
        m->value[EXTRA][r * TAUGHT_EXTRA] = -0.5;
    }
    fill_normal(b, m->value[DIRECTION], rows * outputs, 1.0, 2);
}

static double
value_of(struct bench *b, struct machine *m)
{
    machine_run(b, m);
    return going(b) ? m->out[0] : 0.0;
}

static double
largest(const double *x, size_t n)
{
    double most = 0.0;

    for (size_t i = 0; i < n; i++)
        if (fabs(x[i]) > most)
            most = fabs(x[i]);
    return most;
}

static void
expect_slopes(struct bench *b, const double *found, const double *expected,
              size_t n, const char *what)
{
    double scale = largest(expected, n) + 1e-3;

    for (size_t i = 0; i < n && going(b); i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance * scale))
            fail(b, "the %s derivative by prediction %zu is %.12g, central "
                 "differences say %.12g", what, i, found[i], expected[i]);
}

/* m's output 0 on both sides of each prediction. */
static void
gradient(struct bench *b)
{
    struct machine *value = machine_of(b, VALUE, ROWS, CLASSES);
    struct machine *slope = machine_of(b, SLOPE, ROWS, CLASSES);
    double expected[CELLS] = { 0 };

    set_rows(b, value, ROWS, CLASSES, 1.0);
    set_rows(b, slope, ROWS, CLASSES, 1.0);
    machine_run(b, slope);
    for (size_t i = 0; i < CELLS && going(b); i++) {
        double at = value->value[0][i], above;

        value->value[0][i] = at + step;
        above = value_of(b, value);
        value->value[0][i] = at - step;
        expected[i] = (above - value_of(b, value)) / (2.0 * step);
        value->value[0][i] = at;
    }
    if (going(b))
        expect_slopes(b, slope->out, expected, CELLS, "first");
}

/* Meta-learners differentiate through a gradient step.  Along a direction,
 * the slopes' change is the second derivative times it. */
static void
second(struct bench *b)
{
    struct machine *slope = machine_of(b, SLOPE, ROWS, CLASSES);
    struct machine *bend = machine_of(b, BEND, ROWS, CLASSES);
    double expected[CELLS] = { 0 };

    set_rows(b, slope, ROWS, CLASSES, 1.0);
    set_rows(b, bend, ROWS, CLASSES, 1.0);
    machine_run(b, bend);
    for (int side = 1; side >= -1 && going(b); side -= 2) {
        for (size_t i = 0; i < CELLS; i++)
            slope->value[0][i] = bend->value[0][i] +
                                 side * step * bend->value[DIRECTION][i];
        machine_run(b, slope);
        for (size_t i = 0; i < CELLS; i++)
            expected[i] += side * slope->out[i] / (2.0 * step);
    }
    if (going(b))
        expect_slopes(b, bend->out, expected, CELLS, "second");
}

static void
expect_finite(struct bench *b, const double *x, size_t n, const char *what)
{
    for (size_t i = 0; i < n && going(b); i++)
        if (!isfinite(x[i]))
            fail(b, "%s: %g", what, x[i]);
}

/* Each class has the highest and the lowest score once; a prediction that is
 * right without any doubt and one that is wrong. */
static void
set_extreme(struct bench *b, struct machine *m, double sign)
{
    set_rows(b, m, ROWS, CLASSES, 1.0);
    for (size_t r = 0; r < ROWS && going(b); r++)
        for (size_t c = 0; c < CLASSES; c++)
            m->value[0][r * CLASSES + c] =
                sign * (r % CLASSES == c ? 1e3 : -1e3);
}

static void
large_scores(struct bench *b)
{
    struct machine *value = machine_of(b, VALUE, ROWS, CLASSES);
    struct machine *slope = machine_of(b, SLOPE, ROWS, CLASSES);

    for (int side = 1; side >= -1; side -= 2) {
        set_extreme(b, value, side);
        set_extreme(b, slope, side);
        machine_run(b, value);
        machine_run(b, slope);
        if (!going(b))
            return;
        expect_finite(b, value->out, 1, "the loss of scores of +-1e3");
        expect_finite(b, slope->out, CELLS,
                      "its derivative at scores of +-1e3");
    }
}

/* All terms, of the usual shape. */
static void
inputs(struct mesa_graph *g, mesa_node *in)
{
    for (size_t i = 0; i < DIRECTION; i++)
        in[i] = mesa_input(g, MESA_SHARED,
                           MESA_SHAPE(ROWS, columns_of(i, CLASSES)));
}

/* Training is in this precision. */
static void
single_precision(struct bench *b)
{
    const struct mesa_instance *loss = taught(b, CLASSES, 1);
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    mesa_node in[DIRECTION], out[2] = { 0 };
    float x[CELLS], t[CELLS], other[ROWS * TAUGHT_INPUTS] = { 0 };
    float value = 0.0F, slope[CELLS] = { 0 };
    struct mesa_program *p = NULL;
    struct mesa_error err;
    bool fine = true;

    if (g && going(b)) {
        for (size_t i = 0; i < CELLS; i++) {
            t[i] = i / CLASSES % CLASSES == i % CLASSES ? 1.0F : 0.0F;
            x[i] = (i / CLASSES % 2 ? 1e3F : -1e3F) * (2.0F * t[i] - 1.0F);
        }
        inputs(g, in);
        out[0] = build(loss, g, in);
        mesa_grad(g, out[0], in, 1, &out[1]);
        fine = succeeded(b, mesa_program_new(g, out, 2, &p, &err), &err,
                         "plan");
    }
    if (p && fine) {
        mesa_program_bind(p, in[PREDICTION], x);
        mesa_program_bind(p, in[TARGET], t);
        mesa_program_bind(p, in[INPUT], other);
        mesa_program_bind(p, in[EXTRA], other);
        mesa_program_bind(p, out[0], &value);
        mesa_program_bind(p, out[1], slope);
        succeeded(b, mesa_program_run(p, &err), &err, "run");
        fine = isfinite(value);
        for (size_t i = 0; i < CELLS; i++)
            fine = fine && isfinite(slope[i]);
        if (!fine)
            fail(b, "at scores of +-1e3 in single precision it is %g, or its "
                 "derivative is not finite", (double)value);
    }
    mesa_program_free(p);
    mesa_graph_free(g);
}

static void
expect_same_value(struct bench *b, double found, double expected,
                  const char *what)
{
    if (going(b) && !(fabs(found - expected) <=
                      1e-12 * (1.0 + fabs(expected))))
        fail(b, "%s: %.15g and %.15g", what, expected, found);
}

static void
batch_order(struct bench *b)
{
    struct machine *m = machine_of(b, VALUE, ROWS, CLASSES);
    double turned[2][CELLS], before;

    set_rows(b, m, ROWS, CLASSES, 1.0);
    before = going(b) ? value_of(b, m) : 0.0;
    for (size_t k = 0; k < 2 && going(b); k++) {
        for (size_t i = 0; i < CELLS; i++)
            turned[k][i] = m->value[k][(ROWS - 1 - i / CLASSES) * CLASSES +
                                       i % CLASSES];
        memcpy(m->value[k], turned[k], sizeof turned[k]);
    }
    if (going(b))
        expect_same_value(b, value_of(b, m), before,
                          "the order of rows changes the loss");
}

/* A mean, not a sum: batches of any size give gradients of one size. */
static void
mean_of_rows(struct bench *b)
{
    struct machine *once = machine_of(b, VALUE, ROWS, CLASSES);
    struct machine *twice = machine_of(b, VALUE, 2 * ROWS, CLASSES);
    double expected;

    set_rows(b, once, ROWS, CLASSES, 1.0);
    set_rows(b, twice, 2 * ROWS, CLASSES, 1.0);
    if (!going(b))
        return;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 2 * CELLS; i++)
            twice->value[k][i] = once->value[k][i % CELLS];
    expected = value_of(b, once);
    expect_same_value(b, value_of(b, twice), expected,
                      "the loss changes when all rows are there twice");
}

/* A loss of classes may: there is nothing to tell apart. */
static bool
refuses_one_output(struct bench *b)
{
    const struct mesa_instance *loss = taught(b, 1, 1);
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node in[VALUES];
    bool refused = false;

    for (size_t i = 0; i < VALUES && g; i++)
        in[i] = mesa_input(g, MESA_SHARED, MESA_SHAPE(1, columns_of(i, 1)));
    if (g && going(b)) {
        build(loss, g, in);
        refused = mesa_graph_status(g, NULL) == MESA_EINVAL;
    }
    mesa_graph_free(g);
    return refused;
}

/* Also a single row, a single output as in regression, and many. */
static void
shapes(struct bench *b)
{
    static const size_t shape[][2] = { { 1, 1 }, { 1, 2 }, { 7, 1 },
                                       { 3, 40 } };
    const bool refused = refuses_one_output(b);

    for (size_t i = 0; i < sizeof shape / sizeof *shape && going(b); i++) {
        struct machine *m;

        if (shape[i][1] == 1 && refused)
            continue;
        m = machine_of(b, VALUE, shape[i][0], shape[i][1]);
        set_rows(b, m, shape[i][0], shape[i][1], 1.0);
        machine_run(b, m);
        if (going(b) && !isfinite(m->out[0]))
            fail(b, "%zu rows of %zu outputs: the loss is %g", shape[i][0],
                 shape[i][1], m->out[0]);
    }
}

static void
expect_probabilities(struct bench *b, const double *p, const char *when)
{
    for (size_t r = 0; r < ROWS && going(b); r++) {
        double sum = 0.0;

        for (size_t c = 0; c < CLASSES; c++) {
            sum += p[r * CLASSES + c];
            if (!(p[r * CLASSES + c] >= 0.0))
                fail(b, "%s: row %zu gets %g for class %zu", when, r,
                     p[r * CLASSES + c], c);
        }
        if (!(fabs(sum - 1.0) <= 1e-9))
            fail(b, "%s: row %zu sums to %.12g", when, r, sum);
    }
}

static void
probabilities(struct bench *b)
{
    static const double scales[] = { 0.0, 1.0, 1e3 };
    struct machine *m = machine_of(b, LINK, ROWS, CLASSES);

    for (size_t i = 0; i < 3 && going(b); i++) {
        char when[40];

        snprintf(when, sizeof when, "scores of about %g", scales[i]);
        set_rows(b, m, ROWS, CLASSES, scales[i]);
        machine_run(b, m);
        if (going(b))
            expect_probabilities(b, m->out, when);
    }
}

static mesa_status
work_build(struct bench *b, void *context, struct mesa_error *err)
{
    struct mesa_instance *loss = NULL;
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    mesa_status st = g ? mesa_instance_new(b->component, &loss, err)
                       : mesa_nomem(err, 1, "graph");
    mesa_node in[DIRECTION], slope;

    (void)context;
    if (st == MESA_OK)
        st = teach(b, loss, CLASSES, 1, err);
    if (st == MESA_OK) {
        inputs(g, in);
        mesa_grad(g, build(loss, g, in), in, 1, &slope);
        mesa_loss_link(loss, g, in[0]);
        st = mesa_graph_status(g, err);
    }
    mesa_instance_free(loss);
    mesa_graph_free(g);
    return st;
}

static void
memory(struct bench *b)
{
    sweep_memory(b, &(struct trial){ NULL, work_build }, "build");
}

#define LOSS(name, run, what) { name, MESA_KIND_LOSS, run, what }

const struct check loss_checks[] = {
    LOSS("shapes", shapes, "one number, for rows and outputs of any count"),
    LOSS("gradient", gradient, "agrees with central differences"),
    LOSS("second", second, "and so does its derivative"),
    LOSS("large_scores", large_scores, "of 1e3 give finite numbers"),
    LOSS("single_precision", single_precision, "and so in 32 bits"),
    LOSS("batch_order", batch_order, "does not matter"),
    LOSS("mean_of_rows", mean_of_rows, "is a mean, not a sum"),
    LOSS("probabilities", probabilities, "are >= 0, rows summing to 1"),
    LOSS("memory", memory, "may run out while it is built"),
    { NULL, 0, NULL, NULL }
};
