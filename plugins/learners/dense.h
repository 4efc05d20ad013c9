/* SPDX-License-Identifier: MIT */
/* dense.h - rows of doubles, for learners that multiply and sum them. */
#ifndef MESA_LEARNERS_DENSE_H
#define MESA_LEARNERS_DENSE_H

#include <math.h>

#include <mesa/mesa.h>

static const struct mesa_choice dense_class_weights[] = {
    { "none", 0, "each row counts as its weight says" },
    { "balanced", 1, "each class counts the same" },
    { NULL, 0, NULL }
};

#define DENSE_CLASS_WEIGHT(T, m)                              \
    MESA_CHOICE(T, m, "class_weight", 0, dense_class_weights, \
                "What classes count")

/* Eight partial sums, added in pairs: the same bits for any vector width. */
static inline double
dense_add_lanes(const double *s)
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* sum a[j] b[j] */
static inline double
dense_dot(const double *a, const double *b, size_t n)
{
    double s[8] = { 0 };
    size_t j = 0;

    for (; j + 8 <= n; j += 8)
        for (size_t k = 0; k < 8; k++)
            s[k] += a[j + k] * b[j + k];
    for (size_t k = 0; j < n; j++, k++)
        s[k] += a[j] * b[j];
    return dense_add_lanes(s);
}

/* out[j] += f a[j] */
static inline void
dense_axpy(double f, const double *restrict a, double *restrict out, size_t n)
{
    for (size_t j = 0; j < n; j++)
        out[j] += f * a[j];
}

/* Scores to exp(score) / sum; -INFINITY becomes 0.  False, and p undefined,
 * if the largest one is not finite. */
static inline bool
dense_softmax(double *p, size_t n)
{
    double top = -INFINITY, sum = 0.0;

    for (size_t c = 0; c < n; c++) {
        if (isnan(p[c]))
            return false;
        top = p[c] > top ? p[c] : top;
    }
    if (!isfinite(top))
        return false;
    for (size_t c = 0; c < n; c++) {
        p[c] = mesa_math_exp(p[c] - top);
        sum += p[c];
    }
    for (size_t c = 0; c < n; c++)
        p[c] /= sum;
    return true;
}

/* For load: the shape that was fitted, of sizes that can be multiplied. */
static inline mesa_status
dense_shape(const struct mesa_archive *from, size_t *columns,
            size_t *n_classes, struct mesa_error *err)
{
    mesa_status st = mesa_archive_fitted_shape(from, columns, n_classes, err);

    if (st == MESA_OK && (*columns > INT32_MAX || *n_classes > INT32_MAX))
        st = mesa_fail(err, MESA_EPARSE,
                       "a model of %zu columns and %zu classes", *columns,
                       *n_classes);
    return st;
}

/* The weight of row r. */
static inline double
dense_weight(const struct mesa_dataset *data, size_t r)
{
    return data->weight ? data->weight[r] : 1.0;
}

#endif
