/* SPDX-License-Identifier: MIT */
/*
 * problem.c - the loss of logistic regression and its derivatives.
 *
 * Every pass goes over chunks of rows, in parallel, each with sums of its
 * own, which are added in the order of the chunks.
 */
#include "logistic.h"

#include <string.h>

enum pass { PASS_GRADIENT, PASS_VALUE, PASS_HESSIAN, PASS_DIAGONAL };

struct job {
    struct problem *f;
    enum pass       pass;
    const double   *w;
};

/* Room of one chunk: sums for w, the value, a row, scores. */
static size_t
room(const struct problem *f)
{
    return f->n + 1 + f->width + 2 * f->n_scores;
}

/* The row in centred and scaled columns, and the 1 of the intercept. */
static void
standardise(const struct problem *f, size_t r, double *out)
{
    const double *x = mesa_row(&f->data->x, r);

    for (size_t j = 0; j < f->cols; j++)
        out[j] = (x[j] - f->mean[j]) * f->inverse[j];
    out[f->cols] = f->intercept ? 1.0 : 0.0;
}

/* Scores to probabilities, in place; the loss of the label. */
static double
loss_of(const struct problem *f, double *z, int32_t label)
{
    double top = z[0], sum = 0.0, own = z[f->n_scores > 1 ? label : 0];

    if (f->n_scores == 1) {
        double loss = mesa_math_softplus(label ? -own : own);

        z[0] = mesa_math_sigmoid(own);
        return loss;
    }
    for (size_t k = 1; k < f->n_scores; k++)
        top = z[k] > top ? z[k] : top;
    for (size_t k = 0; k < f->n_scores; k++) {
        z[k] = mesa_math_exp(z[k] - top);
        sum += z[k];
    }
    for (size_t k = 0; k < f->n_scores; k++)
        z[k] /= sum;
    return top + mesa_math_log(sum) - own;
}

static void
scores_of(const struct problem *f, const double *w, const double *row,
          double *z)
{
    for (size_t k = 0; k < f->n_scores; k++)
        z[k] = dense_dot(w + k * f->width, row, f->width);
}

/* u = x v becomes d/dt of the probabilities along v. */
static void
turn(const struct problem *f, const double *p, double *u)
{
    double mean = 0.0;

    if (f->n_scores == 1) {
        u[0] *= p[0] * (1.0 - p[0]);
        return;
    }
    for (size_t k = 0; k < f->n_scores; k++)
        mean += p[k] * u[k];
    for (size_t k = 0; k < f->n_scores; k++)
        u[k] = p[k] * (u[k] - mean);
}

static void
add_diagonal(const struct problem *f, const double *p, double s,
             const double *row, double *sum)
{
    for (size_t k = 0; k < f->n_scores; k++) {
        double q = s * p[k] * (1.0 - p[k]);

        for (size_t j = 0; j < f->width; j++)
            sum[k * f->width + j] += q * row[j] * row[j];
    }
}

/* One row's share of what the pass sums. */
static void
add_row(const struct job *job, size_t r, double *sum, double *row, double *z)
{
    const struct problem *f = job->f;
    double *p = f->p + r * f->n_scores, s = f->weight[r];
    const int32_t label = f->label[r];

    standardise(f, r, row);
    if (job->pass == PASS_DIAGONAL) {
        add_diagonal(f, p, s, row, sum);
        return;
    }
    scores_of(f, job->w, row, z);
    if (job->pass == PASS_HESSIAN) {
        turn(f, p, z);
    } else {
        sum[f->n] += s * loss_of(f, z, label);
        if (job->pass == PASS_VALUE)
            return;
        memcpy(p, z, f->n_scores * sizeof *p);
        z[f->n_scores > 1 ? label : 0] -=
            f->n_scores > 1 || label ? 1.0 : 0.0;
    }
    for (size_t k = 0; k < f->n_scores; k++)
        dense_axpy(s * z[k], row, sum + k * f->width, f->width);
}

static mesa_status
run_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct job *job = context;
    const struct problem *f = job->f;
    const size_t end = (chunk + 1) * MESA_CHUNK;
    double *sum = f->chunk + chunk * room(f);
    double *row = sum + f->n + 1, *z = row + f->width;

    (void)err;
    memset(sum, 0, (f->n + 1) * sizeof *sum);
    for (size_t r = chunk * MESA_CHUNK; r < end && r < f->data->x.rows; r++)
        add_row(job, r, sum, row, z);
    return MESA_OK;
}

static mesa_status
run(struct problem *f, enum pass pass, const double *w, double *out,
    struct mesa_error *err)
{
    struct job job = { f, pass, w };
    mesa_status st = mesa_parallel_for(f->n_chunks, run_chunk, &job, err);

    for (size_t i = 1; i < f->n_chunks; i++)
        dense_axpy(1.0, f->chunk + i * room(f), f->chunk, f->n + 1);
    if (out)
        memcpy(out, f->chunk, f->n * sizeof *out);
    return st;
}

/* out += cost * w for the columns, not the intercepts; half the sum of
 * cost * w^2. */
static double
add_ridge(const struct problem *f, const double *w, double *out)
{
    double sum = 0.0;

    for (size_t k = 0; k < f->n_scores && f->penalty == PENALTY_L2; k++) {
        for (size_t j = 0; j < f->cols; j++) {
            double g = f->cost[j] * w[k * f->width + j];

            sum += 0.5 * g * w[k * f->width + j];
            if (out)
                out[k * f->width + j] += g;
        }
    }
    return sum;
}

mesa_status
logistic_gradient(struct problem *f, const double *w, double *value,
                  double *gradient, struct mesa_error *err)
{
    mesa_status st = run(f, PASS_GRADIENT, w, gradient, err);

    *value = f->chunk[f->n] + add_ridge(f, w, gradient);
    return st;
}

mesa_status
logistic_value(struct problem *f, const double *w, double *value,
               struct mesa_error *err)
{
    mesa_status st = run(f, PASS_VALUE, w, NULL, err);

    *value = f->chunk[f->n] + add_ridge(f, w, NULL);
    return st;
}

mesa_status
logistic_hessian(struct problem *f, const double *v, double *out,
                 struct mesa_error *err)
{
    mesa_status st = run(f, PASS_HESSIAN, v, out, err);

    add_ridge(f, v, out);
    return st;
}

mesa_status
logistic_diagonal(struct problem *f, double *out, struct mesa_error *err)
{
    mesa_status st = run(f, PASS_DIAGONAL, NULL, out, err);

    for (size_t k = 0; k < f->n_scores && f->penalty == PENALTY_L2; k++)
        dense_axpy(1.0, f->cost, out + k * f->width, f->cols);
    return st;
}

/* Mean and 1 / standard deviation of each column, weighted; a column that
 * does not vary gets 0, and with it a coefficient of 0. */
static mesa_status
measure(struct problem *f, struct mesa_error *err)
{
    const struct mesa_cmatrix *x = &f->data->x;
    double *square = f->inverse;

    for (size_t r = 0; r < x->rows && f->intercept; r++)
        dense_axpy(f->weight[r], mesa_row(x, r), f->mean, f->cols);
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = mesa_row(x, r);

        for (size_t j = 0; j < f->cols; j++)
            square[j] += f->weight[r] * (row[j] - f->mean[j]) *
                         (row[j] - f->mean[j]);
    }
    for (size_t j = 0; j < f->cols; j++) {
        double rounding = 1e-14 * fabs(f->mean[j]);

        if (!isfinite(square[j]))
            return mesa_fail(err, MESA_ENUMERIC,
                             "the values of column %zu are too large to be "
                             "squared and summed",
                             j);
        f->inverse[j] = square[j] > rounding * rounding && square[j] > 0.0
                            ? 1.0 / sqrt(square[j])
                            : 0.0;
    }
    return MESA_OK;
}

mesa_status
logistic_problem_init(struct problem *f, double c, struct mesa_error *err)
{
    size_t rows = f->data->x.rows;
    mesa_status st;

    f->cols = f->data->x.cols;
    f->width = f->cols + 1;
    f->n = f->n_scores * f->width;
    f->n_chunks = MESA_CHUNKS(rows);
    f->mean = mesa_alloc_array(f->cols, 3 * sizeof *f->mean);
    f->p = mesa_alloc_raw(rows, f->n_scores * sizeof *f->p);
    f->chunk = mesa_alloc_raw(f->n_chunks, room(f) * sizeof *f->chunk);
    if (!f->mean || !f->p || !f->chunk)
        return mesa_nomem(err, rows, "probabilities");
    f->inverse = f->mean + f->cols;
    f->cost = f->inverse + f->cols;
    st = measure(f, err);
    /* The coefficient of the column as it is: w / std. */
    for (size_t j = 0; j < f->cols && f->penalty != PENALTY_NONE; j++)
        f->cost[j] = f->inverse[j] / c *
                     (f->penalty == PENALTY_L2 ? f->inverse[j] : 1.0);
    return st;
}

void
logistic_problem_free(struct problem *f)
{
    mesa_free(f->label);
    mesa_free(f->weight);
    mesa_free(f->mean);
    mesa_free(f->p);
    mesa_free(f->chunk);
}
