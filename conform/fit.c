/* SPDX-License-Identifier: MIT */
/* fit.c - fitting and predicting in one call, for checks of estimators. */
#include "fit.h"

#include <math.h>

static const double sum_tolerance = 1e-9;

bool
fits(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;

    if (!c->fit)
        skip(b, "%s is for metalearners and is not fitted by itself",
             b->class_->name);
    return going(b);
}

bool
classifies(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;

    if (fits(b) && !c->predict_proba)
        skip(b, "%s gives no probabilities", b->class_->name);
    return going(b);
}

mesa_status
try_fit(struct bench *b, struct mesa_instance *e,
        const struct mesa_dataset *train, uint64_t seed,
        struct mesa_error *err)
{
    struct mesa_rng rng = bench_rng(b, "fit", seed);

    return mesa_estimator_fit(e, train, NULL, &rng, err);
}

void
must_fit(struct bench *b, struct mesa_instance *e,
         const struct mesa_dataset *train, uint64_t seed)
{
    struct mesa_error err;

    if (going(b))
        succeeded(b, try_fit(b, e, train, seed, &err), &err, "fit");
}

struct mesa_instance *
fitted(struct bench *b, const struct mesa_dataset *train, uint64_t seed)
{
    struct mesa_instance *e = bench_instance(b);

    must_fit(b, e, train, seed);
    return e;
}

size_t
proba_size(const struct mesa_dataset *d)
{
    return d->x.rows * d->n_classes * sizeof(double);
}

double *
must_predict(struct bench *b, const struct mesa_instance *e,
             const struct mesa_dataset *d)
{
    double *proba = going(b) ? bench_array(b, d->x.rows, d->n_classes *
                                           sizeof *proba)
                             : NULL;
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_estimator_predict_proba(e, &d->x, proba, &err),
                  &err, "predict");
    return proba;
}

double *
learn(struct bench *b, const struct mesa_dataset *train,
      const struct mesa_dataset *rows, uint64_t seed)
{
    return must_predict(b, fitted(b, train, seed), rows);
}

void
expect_sane(struct bench *b, const double *proba, size_t rows,
            size_t n_classes, const char *when)
{
    for (size_t r = 0; r < rows && going(b); r++) {
        double sum = 0.0;

        for (size_t c = 0; c < n_classes; c++) {
            double p = proba[r * n_classes + c];

            sum += p;
            if (!(p >= 0.0 && p <= 1.0))
                fail(b, "%s: the probability of class %zu for row %zu is %g",
                     when, c, r, p);
        }
        if (!(fabs(sum - 1.0) <= sum_tolerance))
            fail(b, "%s: the probabilities of row %zu sum to %.12g", when, r,
                 sum);
    }
}

double
accuracy(const double *proba, const struct mesa_dataset *d)
{
    size_t right = 0;

    for (size_t r = 0; r < d->x.rows; r++) {
        const double *p = proba + r * d->n_classes;
        uint32_t best = 0;

        for (uint32_t c = 1; c < d->n_classes; c++)
            if (p[c] > p[best])
                best = c;
        right += (int32_t)best == d->y[r];
    }
    return (double)right / (double)d->x.rows;
}
