/* SPDX-License-Identifier: MIT */
/* common.h - what environments share: lists of numbers, and nodes. */
#ifndef MESA_ENVIRONMENTS_COMMON_H
#define MESA_ENVIRONMENTS_COMMON_H

#include <mesa/mesa.h>

#include <math.h>

/* Added under square roots, whose derivative at 0 would not be finite. */
#define TINY 1e-12

#define NUMBERS(T, m, key, d, ...) \
    MESA_LIST(T, m, key, d, __VA_ARGS__, .min.r = -1e6, .max.r = 1e6)

/* Exactly n numbers. */
static inline mesa_status
read_numbers(const struct mesa_list *list, const char *key, size_t n,
             double *out, struct mesa_error *err)
{
    if (list->n != n)
        return mesa_fail(err, MESA_EINVAL, "%s has %zu numbers, expected %zu",
                         key, list->n, n);
    for (size_t i = 0; i < n; i++)
        out[i] = list->value[i];
    return MESA_OK;
}

/* From, to. */
static inline mesa_status
read_range(const struct mesa_list *list, const char *key, double out[2],
           struct mesa_error *err)
{
    mesa_status st = read_numbers(list, key, 2, out, err);

    if (st == MESA_OK && out[0] > out[1])
        return mesa_fail(err, MESA_EINVAL,
                         "%s is from %g to %g: the lower one comes first",
                         key, out[0], out[1]);
    return st;
}

/* What is no more than the bounds. */
static inline double
within(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static inline double
uniform(double low, double high, struct mesa_rng *rng)
{
    return low + (high - low) * mesa_rng_uniform(rng);
}

/* The length of x - y. */
static inline double
norm_between(const double *x, const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum);
}

/* Columns of a node of rank 2. */
static inline mesa_node
columns(struct mesa_graph *g, mesa_node x, size_t start, size_t count)
{
    return mesa_slice(g, x, 1, start, count);
}

/*
 * The numbers of `value`, exactly, and the derivative of x: a bound that does
 * not hold derivatives up, so that what runs into it can still be told which
 * way leads out.
 */
static inline mesa_node
straight_through(struct mesa_graph *g, mesa_node value, mesa_node x)
{
    return mesa_add(g, mesa_stop_gradient(g, value),
                    mesa_sub(g, x, mesa_stop_gradient(g, x)));
}

/* The length of all of x as one vector; of each row. */
static inline mesa_node
norm_node(struct mesa_graph *g, mesa_node x)
{
    mesa_node sum = mesa_sum(g, mesa_mul(g, x, x));

    return mesa_sqrt(g, mesa_add(g, sum, mesa_scalar(g, TINY)));
}

static inline mesa_node
row_norms(struct mesa_graph *g, mesa_node x)
{
    mesa_node sums = mesa_sum_last(g, mesa_mul(g, x, x));

    return mesa_sqrt(g, mesa_add(g, sums, mesa_scalar(g, TINY)));
}

#endif
