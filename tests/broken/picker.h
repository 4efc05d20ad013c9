/* SPDX-License-Identifier: MIT */
/*
 * picker.h - an acquisition that keeps its promises, for plugins that break
 * one: the less likely the likeliest class, the better.
 *
 * A module defines its own slots and names them in FAULTY_ACQUISITION; those
 * it does not name are these.
 */
#ifndef MESA_TESTS_PICKER_H
#define MESA_TESTS_PICKER_H

#include <mesa/mesa.h>

struct picker {
    uint64_t asked; /* for those that count */
};

/* Of row i: 1 less the largest of its probabilities. */
static inline double
picker_doubt(const struct mesa_pool *pool, size_t i)
{
    const double *p = pool->proba + i * pool->n_classes;
    double most = p[0];

    for (size_t c = 1; c < pool->n_classes; c++)
        most = p[c] > most ? p[c] : most;
    return 1.0 - most;
}

static inline mesa_status
picker_score(const void *self, const struct mesa_pool *pool, double *utility,
             struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = picker_doubt(pool, i);
    return MESA_OK;
}

static inline uint32_t
picker_needs_all(const void *self)
{
    (void)self;
    return MESA_POOL_WHOLE;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_ACQUISITION(id, ...)                                     \
    static const struct mesa_acquisition_class id = {                   \
        MESA_ACQUISITION(struct picker), .head.name = #id,              \
        .head.title = "An acquisition for tests",                       \
        .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC, \
        .score = picker_score, __VA_ARGS__                              \
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
