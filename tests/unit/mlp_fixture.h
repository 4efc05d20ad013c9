/* SPDX-License-Identifier: MIT */
/* mlp_fixture.h - perceptrons and rows for their tests. */
#ifndef MESA_TESTS_MLP_FIXTURE_H
#define MESA_TESTS_MLP_FIXTURE_H

#include "maker.h"
#include "mlp.h"

#include <math.h>

#include "../golden/mlp.h"

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mse_plugin(void);
const struct mesa_plugin *focal_plugin(void);
const struct mesa_plugin *hinge_plugin(void);
const struct mesa_plugin *cross_entropy_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "learners", "mlp", mesa_plugin },
    { "losses", "cross_entropy", cross_entropy_plugin },
    { "losses", "focal", focal_plugin },
    { "losses", "hinge", hinge_plugin },
    { "losses", "mse", mse_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static inline struct mlp *
make(struct maker *m, const char *words)
{
    assert_ok(maker_make(m, MESA_KIND_ESTIMATOR, "mlp", words, err));
    return mesa_instance_self(m->made);
}

static inline const struct mesa_estimator_class *
mlp_class(void)
{
    return (const void *)mesa_plugin()->classes[0];
}

static inline struct mesa_rng
seeded(uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return rng;
}

/* The generator's formula: n numbers in [-1, 1] without a pattern. */
static inline double
wave(size_t i, double phase)
{
    double v = ((double)i + 1) * ((double)i + phase) * 0.6180339887498949;

    return 2 * (v - floor(v)) - 1;
}

/* The rows of the generator. */
struct rows {
    double              x[GOLDEN_ROWS * GOLDEN_COLUMNS];
    double              target[GOLDEN_ROWS * GOLDEN_TARGETS];
    int32_t             y[GOLDEN_ROWS];
    struct mesa_dataset classes, targets;
};

static inline void
make_rows(struct rows *r)
{
    for (size_t i = 0; i < GOLDEN_ROWS * GOLDEN_COLUMNS; i++)
        r->x[i] = wave(i, 3);
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        const double *x = r->x + i * GOLDEN_COLUMNS;

        r->y[i] = golden_labels[i];
        r->target[2 * i] = x[0] * x[1];
        r->target[2 * i + 1] = x[2] - x[3];
    }
    r->classes = (struct mesa_dataset){
        .struct_size = sizeof r->classes,
        .x = { r->x, GOLDEN_ROWS, GOLDEN_COLUMNS, GOLDEN_COLUMNS, NULL },
        .y = r->y,
        .n_classes = GOLDEN_CLASSES,
    };
    r->targets = r->classes;
    r->targets.y = NULL;
    r->targets.n_classes = 0;
    r->targets.target = (struct mesa_cmatrix){
        r->target, GOLDEN_ROWS, GOLDEN_TARGETS, GOLDEN_TARGETS, NULL
    };
}

/* Four clouds, of which opposite ones are of one class. */
enum { XOR_ROWS = 200 };

struct crossed {
    double              x[2 * XOR_ROWS];
    int32_t             y[XOR_ROWS];
    struct mesa_dataset data;
};

static inline void
make_crossed(struct crossed *c, uint64_t seed)
{
    struct mesa_rng rng = seeded(seed);

    for (size_t r = 0; r < XOR_ROWS; r++) {
        int a = r % 2, b = r / 2 % 2;

        c->x[2 * r] = 2 * a - 1 + 0.4 * mesa_rng_normal(&rng);
        c->x[2 * r + 1] = 2 * b - 1 + 0.4 * mesa_rng_normal(&rng);
        c->y[r] = a != b;
    }
    c->data = (struct mesa_dataset){
        .struct_size = sizeof c->data,
        .x = { c->x, XOR_ROWS, 2, 2, NULL },
        .y = c->y,
        .n_classes = 2,
    };
}

static inline mesa_status
fit(struct maker *maker, const struct mesa_dataset *train,
    const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct mesa_rng rng = seeded(5);

    return mesa_estimator_fit(maker->made, train, valid, &rng, err);
}

static inline double
accuracy(const struct maker *maker, const struct crossed *c)
{
    double proba[2 * XOR_ROWS];
    size_t right = 0;

    assert_ok(mesa_estimator_predict_proba(maker->made, &c->data.x, proba,
                                           err));
    for (size_t r = 0; r < XOR_ROWS; r++) {
        assert_true(fabs(proba[2 * r] + proba[2 * r + 1] - 1) < 1e-12);
        right += (proba[2 * r + 1] > 0.5) == (c->y[r] == 1);
    }
    return (double)right / XOR_ROWS;
}

#endif
