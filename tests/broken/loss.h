/* SPDX-License-Identifier: MIT */
/*
 * loss.h - a loss that keeps its promises, for plugins that break one: the
 * mean squared error.  Also a linear model that says how it computes.
 */
#ifndef MESA_TESTS_LOSS_H
#define MESA_TESTS_LOSS_H

#include <mesa/mesa.h>

struct squared {
    double unused;
};

static inline mesa_node
squared_build(const void *self, struct mesa_graph *g, mesa_node prediction,
              mesa_node target)
{
    mesa_node d = mesa_sub(g, prediction, target);

    (void)self;
    return mesa_mean(g, mesa_mul(g, d, d));
}

/* The class table; the last arguments are more designators. */
#define FAULTY_LOSS(id, ...)                                            \
    static const struct mesa_loss_class id = {                          \
        MESA_LOSS(struct squared), .head.name = #id,                    \
        .head.title = "A loss for tests", .build = squared_build,       \
        __VA_ARGS__                                                     \
    };                                                                  \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",        \
                .classes = MESA_CLASSES(&id.head))

static inline size_t
linear_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                  struct mesa_weight *out, size_t room)
{
    (void)self;
    if (room > 0)
        out[0] = (struct mesa_weight){ "coef", 2, { n_inputs, n_outputs },
                                       MESA_UNIFORM, 0.1 };
    return 1;
}

static inline mesa_node
linear_forward(const void *self, struct mesa_graph *g,
               const mesa_node *weight, mesa_node x)
{
    (void)self;
    return mesa_matmul(g, x, weight[0], MESA_PLAIN, MESA_PLAIN);
}

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
