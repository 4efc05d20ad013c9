/* SPDX-License-Identifier: MIT */
/*
 * optimizer.c - gradient descent as nodes of a graph: sgd, adam.
 *
 * What changes from step to step but not from weight to weight - the learning
 * rate, Adam's bias corrections - is computed here and bound as two inputs of
 * rank 0, so that one program serves all steps.
 */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "graph/graph.h"

/* One tensor of state: an input, what replaces it, and where it is kept. */
struct state {
    mesa_node before, after;
    size_t    count;
    void     *data;
};

struct mesa_optimizer {
    struct mesa_optimizer_options options;
    enum mesa_dtype               dtype;
    size_t                        n_state;
    struct state                 *state; /* Adam: all means, all squares */
    mesa_node                     rate, correction;
    double                        value[2]; /* of these two, as dtype */
    uint64_t                      steps;
    double                        factor;
};

struct mesa_optimizer_options
mesa_optimizer_defaults(void)
{
    return (struct mesa_optimizer_options){
        .struct_size = sizeof(struct mesa_optimizer_options),
        .solver = MESA_ADAM, .learning_rate = 0.001,
        .beta1 = 0.9,        .beta2 = 0.999,
        .epsilon = 1e-8,     .schedule = MESA_CONSTANT,
        .period = 1,         .gamma = 1,
    };
}

/* Callers from before there was one know nothing of it. */
static double
floor_of(const struct mesa_optimizer_options *options)
{
    return options->struct_size >=
                   offsetof(struct mesa_optimizer_options, floor) +
                       sizeof options->floor
               ? options->floor
               : 0;
}

double
mesa_optimizer_rate(const struct mesa_optimizer_options *options, uint64_t i)
{
    const double pi = 0x1.921fb54442d18p+1;
    const double rate = options->learning_rate, end = floor_of(options);
    double part = (double)i / options->period;

    switch (options->schedule) {
    case MESA_CONSTANT:
        break;
    case MESA_STEP:
        return rate * mesa_math_pow(options->gamma, floor(part));
    case MESA_COSINE:
        if (part >= 1)
            return end;
        return end + (rate - end) * (1 + mesa_math_cos(pi * part)) / 2;
    case MESA_LINEAR:
        return part < 1 ? end + (rate - end) * (1 - part) : end;
    }
    return rate;
}

static bool
share(double x)
{
    return x >= 0 && x < 1;
}

static mesa_status
check_options(const struct mesa_optimizer_options *o, struct mesa_error *err)
{
    if (o->struct_size < offsetof(struct mesa_optimizer_options, floor))
        return mesa_fail(err, MESA_EINVAL,
                         "options of %u bytes: start from "
                         "mesa_optimizer_defaults",
                         (unsigned)o->struct_size);
    if (!(o->learning_rate >= 0 && isfinite(o->learning_rate)))
        return mesa_fail(err, MESA_EINVAL,
                         "learning_rate is %g, must be >= 0",
                         o->learning_rate);
    if (o->schedule != MESA_CONSTANT && !(o->period > 0))
        return mesa_fail(err, MESA_EINVAL, "period is %g, must be > 0",
                         o->period);
    if (o->solver == MESA_SGD && !share(o->momentum))
        return mesa_fail(err, MESA_EINVAL,
                         "momentum is %g, must be >= 0 and < 1", o->momentum);
    if (o->solver == MESA_ADAM && (!share(o->beta1) || !share(o->beta2)))
        return mesa_fail(err, MESA_EINVAL,
                         "beta1 is %g and beta2 %g, must be >= 0 and < 1",
                         o->beta1, o->beta2);
    if (o->solver == MESA_ADAM && !(o->epsilon >= 0))
        return mesa_fail(err, MESA_EINVAL, "epsilon is %g, must be >= 0",
                         o->epsilon);
    return MESA_OK;
}

/* A gradient that all tasks share will do for a parameter of each. */
static mesa_status
check_nodes(const struct mesa_graph *g, const mesa_node *param,
            const mesa_node *grad, size_t n, struct mesa_error *err)
{
    mesa_status st = mesa_graph_status(g, err);

    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        size_t a[MESA_MAX_DIMS] = { 0 }, b[MESA_MAX_DIMS] = { 0 };
        uint32_t rank = mesa_node_shape(g, param[i], a);

        if (mesa_node_shape(g, grad[i], b) != rank ||
            memcmp(a, b, rank * sizeof *a) != 0 ||
            (mesa_node_span(g, grad[i]) == MESA_PER_TASK &&
             mesa_node_span(g, param[i]) == MESA_SHARED))
            st = mesa_fail(err, MESA_ESHAPE,
                           "gradient %zu is not of its parameter's shape and "
                           "span", i);
    }
    return st;
}

static size_t
state_per_param(const struct mesa_optimizer_options *options)
{
    if (options->solver == MESA_ADAM)
        return 2;
    return options->momentum > 0 ? 1 : 0;
}

static mesa_status
add_state(struct mesa_optimizer *o, struct mesa_graph *g,
          const mesa_node *param, size_t n, struct mesa_error *err)
{
    size_t size = o->dtype == MESA_F32 ? sizeof(float) : sizeof(double);

    o->n_state = n * state_per_param(&o->options);
    o->state = mesa_alloc_array(o->n_state, sizeof *o->state);
    if (!o->state) {
        o->n_state = 0;
        return mesa_nomem(err, n, "moments");
    }
    for (size_t i = 0; i < o->n_state; i++) {
        struct state *s = &o->state[i];
        size_t shape[MESA_MAX_DIMS] = { 0 };
        uint32_t rank = mesa_node_shape(g, param[i % n], shape);
        enum mesa_span span = mesa_node_span(g, param[i % n]);

        s->count = span == MESA_PER_TASK ? mesa_graph_tasks(g) : 1;
        for (uint32_t d = 0; d < rank; d++)
            s->count *= shape[d];
        s->data = mesa_alloc_array(s->count, size);
        if (!s->data)
            return mesa_nomem(err, s->count, "moments");
        s->before = mesa_input(g, span, rank, shape);
    }
    return MESA_OK;
}

/* p - rate m / (sqrt(v) correction + epsilon), with the updated means m of
 * the gradient and v of its square; both corrections of bias are in the two
 * scalars.  The order of nodes is one that programs know as a chain
 * (graph/kernels.h); the gradient comes first, because no group of an earlier
 * step can take it. */
static mesa_node
adam(struct mesa_optimizer *o, struct mesa_graph *g, mesa_node param,
     mesa_node grad, struct state *mean, struct state *square)
{
    double b1 = o->options.beta1, b2 = o->options.beta2;
    mesa_node fresh, root;

    fresh = mesa_mul(g, mesa_scalar(g, 1 - b1), grad);
    mean->after = mesa_mul(g, mesa_scalar(g, b1), mean->before);
    mean->after = mesa_add(g, mean->after, fresh);
    fresh = mesa_mul(g, grad, grad);
    fresh = mesa_mul(g, mesa_scalar(g, 1 - b2), fresh);
    square->after = mesa_mul(g, mesa_scalar(g, b2), square->before);
    square->after = mesa_add(g, square->after, fresh);
    root = mesa_mul(g, mesa_sqrt(g, square->after), o->correction);
    root = mesa_add(g, root, mesa_scalar(g, o->options.epsilon));
    return mesa_sub(g, param, mesa_div(g, mesa_mul(g, o->rate, mean->after),
                                       root));
}

static mesa_node
sgd(struct mesa_optimizer *o, struct mesa_graph *g, mesa_node param,
    mesa_node grad, struct state *velocity)
{
    mesa_node step = mesa_mul(g, o->rate, grad);
    mesa_node momentum;

    if (!velocity)
        return mesa_sub(g, param, step);
    momentum = mesa_scalar(g, o->options.momentum);
    velocity->after =
        mesa_sub(g, mesa_mul(g, momentum, velocity->before), step);
    if (!o->options.nesterov)
        return mesa_add(g, param, velocity->after);
    step = mesa_sub(g, mesa_mul(g, momentum, velocity->after), step);
    return mesa_add(g, param, step);
}

static mesa_status
build(struct mesa_optimizer *o, struct mesa_graph *g, const mesa_node *param,
      const mesa_node *grad, size_t n, mesa_node *updated,
      struct mesa_error *err)
{
    mesa_status st = add_state(o, g, param, n, err);

    if (st != MESA_OK)
        return st;
    o->rate = mesa_input(g, MESA_SHARED, 0, NULL);
    o->correction = mesa_input(g, MESA_SHARED, 0, NULL);
    for (size_t i = 0; i < n; i++)
        if (o->options.solver == MESA_ADAM)
            updated[i] = adam(o, g, param[i], grad[i], &o->state[i],
                              &o->state[n + i]);
        else
            updated[i] = sgd(o, g, param[i], grad[i],
                             o->n_state ? &o->state[i] : NULL);
    return mesa_graph_status(g, err);
}

mesa_status
mesa_optimizer_new(struct mesa_graph *g,
                   const struct mesa_optimizer_options *options,
                   const mesa_node *param, const mesa_node *grad, size_t n,
                   mesa_node *updated, struct mesa_optimizer **out,
                   struct mesa_error *err)
{
    struct mesa_optimizer *o;
    mesa_status st = check_options(options, err);

    *out = NULL;
    if (st == MESA_OK)
        st = check_nodes(g, param, grad, n, err);
    if (st != MESA_OK)
        return st;
    o = mesa_alloc_array(1, sizeof *o);
    if (!o)
        return mesa_nomem(err, 1, "optimizer");
    memcpy(&o->options, options,
           MESA_MIN((size_t)options->struct_size, sizeof *options));
    o->dtype = g->dtype;
    mesa_optimizer_reset(o);
    st = build(o, g, param, grad, n, updated, err);
    if (st == MESA_OK)
        *out = o;
    else
        mesa_optimizer_free(o);
    return st;
}

void
mesa_optimizer_free(struct mesa_optimizer *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->n_state; i++)
        mesa_free(o->state[i].data);
    mesa_free(o->state);
    mesa_free(o);
}

size_t
mesa_optimizer_n_state(const struct mesa_optimizer *o)
{
    return o->n_state;
}

void
mesa_optimizer_state(const struct mesa_optimizer *o, mesa_node *node)
{
    for (size_t i = 0; i < o->n_state; i++)
        node[i] = o->state[i].after;
}

void
mesa_optimizer_bind(struct mesa_optimizer *o, struct mesa_program *p)
{
    for (size_t i = 0; i < o->n_state; i++) {
        mesa_program_bind(p, o->state[i].before, o->state[i].data);
        mesa_program_bind(p, o->state[i].after, o->state[i].data);
    }
    mesa_program_bind(p, o->rate, &o->value[0]);
    mesa_program_bind(p, o->correction, &o->value[1]);
}

static void
set_value(struct mesa_optimizer *o, size_t i, double value)
{
    float narrow = (float)value;

    if (o->dtype == MESA_F32)
        memcpy(&o->value[i], &narrow, sizeof narrow);
    else
        o->value[i] = value;
}

void
mesa_optimizer_step(struct mesa_optimizer *o)
{
    double rate = o->factor * mesa_optimizer_rate(&o->options, o->steps);
    double t = (double)++o->steps;

    if (o->options.solver == MESA_ADAM) {
        rate /= 1 - mesa_math_pow(o->options.beta1, t);
        set_value(o, 1,
                  1 / sqrt(1 - mesa_math_pow(o->options.beta2, t)));
    }
    set_value(o, 0, rate);
}

void
mesa_optimizer_reset(struct mesa_optimizer *o)
{
    size_t size = o->dtype == MESA_F32 ? sizeof(float) : sizeof(double);

    for (size_t i = 0; i < o->n_state; i++)
        memset(o->state[i].data, 0, o->state[i].count * size);
    o->steps = 0;
    o->factor = 1;
    set_value(o, 0, 0);
    set_value(o, 1, 1);
}

void
mesa_optimizer_scale(struct mesa_optimizer *o, double factor)
{
    o->factor *= factor;
}

/* A vector "NAME.WHAT" into the archive, or out of it. */
static mesa_status
put(struct mesa_archive *to, const char *name, const char *what,
    enum mesa_dtype dtype, size_t n, const void *data, struct mesa_error *err)
{
    char *full = mesa_asprintf("%s.%s", name, what);
    mesa_status st = full ? mesa_archive_put_vector(to, full, dtype, n, data,
                                                    err)
                          : mesa_nomem(err, 1, "tensor name");

    mesa_free(full);
    return st;
}

static mesa_status
get(const struct mesa_archive *from, const char *name, const char *what,
    enum mesa_dtype dtype, size_t n, const void **data,
    struct mesa_error *err)
{
    char *full = mesa_asprintf("%s.%s", name, what);
    mesa_status st = full ? mesa_archive_expect(from, full, dtype, 1, &n,
                                                data, err)
                          : mesa_nomem(err, 1, "tensor name");

    for (size_t k = 0; k < n && st == MESA_OK; k++)
        if ((dtype == MESA_F32 && !isfinite(((const float *)*data)[k])) ||
            (dtype == MESA_F64 && !isfinite(((const double *)*data)[k])))
            st = mesa_fail(err, MESA_EPARSE,
                           "%s has values that are not finite", full);
    mesa_free(full);
    return st;
}

static void
number(char text[24], size_t i)
{
    snprintf(text, 24, "%zu", i);
}

mesa_status
mesa_optimizer_save(const struct mesa_optimizer *o, struct mesa_archive *to,
                    const char *name, struct mesa_error *err)
{
    mesa_status st = put(to, name, "step", MESA_U64, 1, &o->steps, err);

    if (st == MESA_OK)
        st = put(to, name, "scale", MESA_F64, 1, &o->factor, err);
    for (size_t i = 0; i < o->n_state && st == MESA_OK; i++) {
        char what[24];

        number(what, i);
        st = put(to, name, what, o->dtype, o->state[i].count,
                 o->state[i].data, err);
    }
    return st;
}

static mesa_status
load_counters(struct mesa_optimizer *o, const struct mesa_archive *from,
              const char *name, struct mesa_error *err)
{
    const void *steps, *factor;
    mesa_status st = get(from, name, "step", MESA_U64, 1, &steps, err);
    uint64_t n;

    if (st == MESA_OK)
        st = get(from, name, "scale", MESA_F64, 1, &factor, err);
    if (st != MESA_OK)
        return st;
    memcpy(&n, steps, sizeof n);
    if (n > UINT64_C(1) << 53)
        return mesa_fail(err, MESA_EPARSE, "%s.step is %llu", name,
                         (unsigned long long)n);
    o->steps = n;
    memcpy(&o->factor, factor, sizeof o->factor);
    return MESA_OK;
}

mesa_status
mesa_optimizer_load(struct mesa_optimizer *o, const struct mesa_archive *from,
                    const char *name, struct mesa_error *err)
{
    size_t size = o->dtype == MESA_F32 ? sizeof(float) : sizeof(double);
    const void **data = mesa_alloc_array(o->n_state, sizeof *data);
    mesa_status st = data ? MESA_OK : mesa_nomem(err, o->n_state, "tensors");

    for (size_t i = 0; i < o->n_state && st == MESA_OK; i++) {
        char what[24];

        number(what, i);
        st = get(from, name, what, o->dtype, o->state[i].count, &data[i],
                 err);
    }
    if (st == MESA_OK)
        st = load_counters(o, from, name, err);
    for (size_t i = 0; i < o->n_state && st == MESA_OK; i++)
        memcpy(o->state[i].data, data[i], o->state[i].count * size);
    mesa_free(data);
    return st;
}
