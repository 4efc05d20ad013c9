/* SPDX-License-Identifier: MIT */
/*
 * broken.h - a sampler without fault, for modules that are wrong in one way.
 *
 * A module defines what is wrong after including this; what it does not
 * define is right.  BROKEN_PARAMS are rows of the parameter table.
 */
#ifndef MESA_TESTS_BROKEN_H
#define MESA_TESTS_BROKEN_H

#include <mesa/mesa.h>

struct broken {
    int64_t k;
};

/* Keeps the first row of each class, as often as it takes to be balanced. */
static inline mesa_status
broken_resample(void *self, const struct mesa_dataset *data,
                const struct mesa_feedback *feedback,
                struct mesa_sample *out, struct mesa_rng *rng,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    (void)self, (void)feedback, (void)rng, (void)err;
    for (uint32_t c = 0; c < data->n_classes; c++)
        for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
            if ((uint32_t)data->y[r] == c) {
                st = mesa_sample_keep(out, r);
                break;
            }
    return st;
}

#define BROKEN_PARAM(key, d, lo, hi) \
    MESA_INT(struct broken, k, key, d, lo, hi, "Neighbours to look at")

/* The class table, then more designators that override its parts. */
#define BROKEN_SAMPLER(...)                                          \
    static const struct mesa_sampler_class broken = {                \
        MESA_SAMPLER(struct broken),                                 \
        .head.name = "broken", .head.title = "A sampler for tests",  \
        .head.flags = MESA_CLASS_DETERMINISTIC,                      \
        .resample = broken_resample, __VA_ARGS__                     \
    }

#define BROKEN_PLUGIN(...)                                             \
    MESA_PLUGIN(.name = "broken", .version = "1.0", .license = "MIT",  \
                .classes = MESA_CLASSES(&broken.head), __VA_ARGS__)

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
