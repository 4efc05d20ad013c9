/* SPDX-License-Identifier: MIT */
/*
 * transform.h - a transform that keeps its promises, for plugins that break
 * one: all columns divided by the range of the first.
 */
#ifndef MESA_TESTS_TRANSFORM_H
#define MESA_TESTS_TRANSFORM_H

#include <mesa/mesa.h>

struct scaling {
    double by;
};

static inline mesa_status
scaling_fit(void *self, const struct mesa_dataset *train,
            struct mesa_error *err)
{
    struct scaling *s = self;
    double low = mesa_row(&train->x, 0)[0], high = low;

    (void)err;
    for (size_t r = 1; r < train->x.rows; r++) {
        double v = mesa_row(&train->x, r)[0];

        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    s->by = high > low ? high - low : 1.0;
    return MESA_OK;
}

static inline mesa_status
scaling_apply(const void *self, const struct mesa_cmatrix *x, double *out,
              struct mesa_error *err)
{
    const struct scaling *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = mesa_row(x, r)[j] / s->by;
    return MESA_OK;
}

static inline mesa_status
scaling_invert(const void *self, const struct mesa_cmatrix *x, double *out,
               struct mesa_error *err)
{
    const struct scaling *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = mesa_row(x, r)[j] * s->by;
    return MESA_OK;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_TRANSFORM(id, ...)                                       \
    static const struct mesa_transform_class id = {                     \
        MESA_TRANSFORM(struct scaling), .head.name = #id,               \
        .head.title = "A transform for tests", .fit = scaling_fit,      \
        .apply = scaling_apply, .invert = scaling_invert, __VA_ARGS__   \
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
