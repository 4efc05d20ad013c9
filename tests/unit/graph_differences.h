/* SPDX-License-Identifier: MIT */
/*
 * graph_differences.h - derivatives against differences of the reference.
 *
 * With a direction v_i for every wrt_i as more inputs, s = sum_i <dy/dwrt_i,
 * v_i> is compared with the difference of y along v, and ds/dwrt_i, which is
 * a Hessian-vector product, with that of the gradient.
 */
#ifndef MESA_GRAPH_DIFFERENCES_H
#define MESA_GRAPH_DIFFERENCES_H

#include "graph_reference.h"

enum { MOST_WRT = 8 };

enum verdict { AGREES, AT_A_KINK, DIFFERS };

/* y, its gradient, a direction, the derivative along it, the product. */
struct derivatives {
    size_t    n;
    mesa_node y, wrt[MOST_WRT], gradient[MOST_WRT], v[MOST_WRT], along,
        product[MOST_WRT];
    char message[200];
};

/* A number that depends on every element of x, and not linearly. */
static inline mesa_node
observed(struct mesa_graph *g, mesa_node x)
{
    mesa_node wave = mesa_sin(g, mesa_mul(g, x, mesa_scalar(g, 0.7)));

    return mesa_add(g, mesa_sum(g, mesa_mul(g, wave, wave)),
                    mesa_mean(g, wave));
}

/* <a, b>; over all tasks if asked for. */
static inline mesa_node
inner(struct mesa_graph *g, mesa_node a, mesa_node b, bool over_tasks)
{
    mesa_node sum = mesa_sum(g, mesa_mul(g, a, b));

    return over_tasks && mesa_node_span(g, sum) == MESA_PER_TASK
               ? mesa_task_sum(g, sum)
               : sum;
}

static inline void
derive(struct world *w, struct derivatives *d, mesa_node y,
       const mesa_node *wrt, size_t n)
{
    struct mesa_graph *g = w->g;
    bool shared = mesa_node_span(g, y) == MESA_SHARED;

    assert_true(n <= MOST_WRT);
    memset(d, 0, sizeof *d);
    d->n = n;
    d->y = y;
    memcpy(d->wrt, wrt, n * sizeof *wrt);
    mesa_grad(g, y, wrt, n, d->gradient);
    assert_built(w);
    for (size_t i = 0; i < n; i++) {
        size_t shape[MESA_MAX_DIMS];
        uint32_t rank = mesa_node_shape(g, wrt[i], shape);
        mesa_node part;

        d->v[i] = world_input(w, mesa_node_span(g, wrt[i]), rank, shape);
        part = inner(g, d->gradient[i], d->v[i], shared);
        d->along = d->along ? mesa_add(g, d->along, part) : part;
    }
    mesa_grad(g, d->along, wrt, n, d->product);
    assert_built(w);
}

/* Move the inputs by t v. */
static inline void
shift(struct world *w, const struct derivatives *d, double *const *from,
      double t)
{
    for (size_t i = 0; i < d->n; i++) {
        size_t x = input_number(w, d->wrt[i]), v = input_number(w, d->v[i]);

        for (size_t k = 0; k < w->count[x]; k++)
            w->value[x][k] = from[i][k] + t * w->value[v][k];
    }
}

static inline size_t
end_of(const mesa_node *f, size_t n)
{
    size_t end = 0;

    for (size_t i = 0; i < n; i++)
        end = MESA_MAX(end, (size_t)f[i] + 1);
    return end;
}

/* df is the derivative of node f along v: fourth-order differences. */
static inline enum verdict
compare(const struct world *w, struct reference *at, mesa_node f,
        const double *df, double h, char message[200])
{
    const double weight[4] = { 1, -8, 8, -1 };
    double scale = 1, worst = 0;

    for (size_t i = 0; i < all_elements(w, f); i++) {
        double sum = 0;

        for (size_t k = 0; k < 4; k++)
            sum += weight[k] * at[k].value[f][i];
        sum /= 12 * h;
        scale = fmax(scale, fabs(df[i]));
        if (!(fabs(sum - df[i]) <= worst)) {
            worst = fabs(sum - df[i]);
            snprintf(message, 200, "node %u element %zu: %.12g, by "
                     "differences %.12g", (unsigned)f, i, df[i], sum);
        }
    }
    return worst <= 1e-6 * scale ? AGREES : DIFFERS;
}

static inline enum verdict
compare_with_step(struct world *w, struct derivatives *d,
                  double *const *from, const mesa_node *f, size_t n,
                  const double *const *df, double h)
{
    const double step[5] = { 0, -2, -1, 1, 2 };
    struct reference at[5];
    enum verdict verdict = AGREES;

    for (size_t k = 0; k < 5; k++) {
        shift(w, d, from, step[k] * h);
        reference_open(&at[k], w, end_of(f, n), k ? at[0].value : NULL);
        if (at[k].signature != at[0].signature)
            verdict = AT_A_KINK;
    }
    for (size_t i = 0; i < n && verdict == AGREES; i++)
        verdict = compare(w, at + 1, f[i], df[i], h, d->message);
    shift(w, d, from, 0);
    for (size_t k = 0; k < 5; k++)
        reference_close(&at[k]);
    return verdict;
}

/* The derivatives of f along v are df, with some step. */
static inline enum verdict
differences(struct world *w, struct derivatives *d, const mesa_node *f,
            size_t n, const mesa_node *df)
{
    static const double steps[] = { 1e-3, 1e-4, 1e-5, 3e-6 };
    double *from[MOST_WRT];
    const double *value[MOST_WRT];
    struct reference r;
    enum verdict verdict = AT_A_KINK;

    reference_open(&r, w, end_of(df, n), NULL);
    for (size_t i = 0; i < n; i++)
        value[i] = r.value[df[i]];
    for (size_t i = 0; i < d->n; i++)
        from[i] = packed(w, value_of(w, d->wrt[i]),
                         w->count[input_number(w, d->wrt[i])]);
    for (size_t k = 0; k < MESA_COUNT(steps) && verdict != AGREES; k++) {
        enum verdict now = compare_with_step(w, d, from, f, n, value,
                                             steps[k]);

        verdict = now == AT_A_KINK ? verdict : now;
    }
    for (size_t i = 0; i < d->n; i++)
        free(from[i]);
    reference_close(&r);
    return verdict;
}

/* First and second derivatives agree; DIFFERS leaves a message. */
static inline enum verdict
check_derivatives(struct world *w, struct derivatives *d)
{
    enum verdict verdict = differences(w, d, &d->y, 1, &d->along);

    return verdict == AGREES
               ? differences(w, d, d->gradient, d->n, d->product)
               : verdict;
}

/* The same, and that programs compute all of it, for a test of its own. */
static inline void
assert_derivatives(struct world *w, mesa_node y, const mesa_node *wrt,
                   size_t n, const char *what)
{
    struct derivatives d;
    mesa_node all[2 * MOST_WRT + 2];
    enum verdict verdict = AT_A_KINK;

    derive(w, &d, y, wrt, n);
    all[0] = y;
    all[1] = d.along;
    memcpy(all + 2, d.gradient, n * sizeof *all);
    memcpy(all + 2 + n, d.product, n * sizeof *all);
    for (size_t i = 0; i < 20 && verdict == AT_A_KINK; i++) {
        redraw(w);
        assert_planned(w, all, 2 * n + 2, 1e-12, what);
        verdict = check_derivatives(w, &d);
    }
    if (verdict != AGREES)
        fail_msg("%s: %s", what,
                 verdict == DIFFERS ? d.message : "always at a kink");
}

#endif
