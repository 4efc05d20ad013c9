/* SPDX-License-Identifier: MIT */
/*
 * learner.h - a learner that keeps its promises, for plugins that break one.
 *
 * One cut through the first column, halfway between the means of two
 * classes.  A module defines its own slots and names them in FAULTY_LEARNER;
 * those it does not name are these.
 */
#ifndef MESA_TESTS_LEARNER_H
#define MESA_TESTS_LEARNER_H

#include <mesa/mesa.h>

struct learner {
    double cut;
    bool   above; /* class 1 is above the cut */
    void  *block; /* for those that need memory */
};

static inline mesa_status
learner_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct learner *l = self;
    double sum[2] = { 0.0, 0.0 };
    size_t n[2] = { 0, 0 };

    (void)valid, (void)rng;
    for (size_t r = 0; r < train->x.rows; r++) {
        sum[train->y[r] == 1] += mesa_row(&train->x, r)[0];
        n[train->y[r] == 1]++;
    }
    if (n[0] == 0 || n[1] == 0)
        return mesa_fail(err, MESA_EDATA, "%zu rows and %zu", n[0], n[1]);
    l->cut = 0.5 * (sum[0] / (double)n[0] + sum[1] / (double)n[1]);
    l->above = sum[1] / (double)n[1] > l->cut;
    return MESA_OK;
}

static inline mesa_status
learner_predict(const void *self, const struct mesa_cmatrix *x, double *proba,
                struct mesa_error *err)
{
    const struct learner *l = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        bool one = (mesa_row(x, r)[0] > l->cut) == l->above;

        proba[2 * r] = one ? 0.1 : 0.9;
        proba[2 * r + 1] = one ? 0.9 : 0.1;
    }
    return MESA_OK;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_LEARNER(id, ...)                                         \
    static const struct mesa_estimator_class id = {                     \
        MESA_ESTIMATOR(struct learner), .head.name = #id,               \
        .head.title = "A learner for tests", .fit = learner_fit,        \
        .predict_proba = learner_predict, __VA_ARGS__                   \
    };                                                                  \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",        \
                .classes = MESA_CLASSES(&id.head))

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
