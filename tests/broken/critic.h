/* SPDX-License-Identifier: MIT */
/*
 * critic.h - a loss that is learnt and keeps its promises, for plugins that
 * break one: the mean of (prediction coef - target shift)^2.
 */
#ifndef MESA_TESTS_CRITIC_H
#define MESA_TESTS_CRITIC_H

#include <mesa/mesa.h>

#include <string.h>

struct critic {
    struct mesa_loss_shape shape;
    struct mesa_weights   *weights;
};

static inline size_t
critic_parameters(const void *self, const struct mesa_loss_shape *shape,
                  struct mesa_weight *out, size_t room)
{
    (void)self;
    if (room > 0)
        out[0] = (struct mesa_weight){ "coef", 1, { shape->n_outputs },
                                       MESA_UNIFORM, 0.5 };
    if (room > 1)
        out[1] = (struct mesa_weight){ "shift", 1, { shape->n_targets },
                                       MESA_UNIFORM, 0.5 };
    return 2;
}

static inline mesa_node
critic_build(const void *self, struct mesa_graph *g, const mesa_node *weight,
             const struct mesa_loss_terms *terms)
{
    mesa_node d;

    (void)self;
    if (!terms->target)
        return mesa_graph_fail(g, MESA_EINVAL, "there is no target");
    d = mesa_sub(g, mesa_mul(g, terms->prediction, weight[0]),
                 mesa_mul(g, terms->target, weight[1]));
    return mesa_mean(g, mesa_mul(g, d, d));
}

static inline void
critic_fini(void *self)
{
    mesa_weights_free(((struct critic *)self)->weights);
}

/* Room for what it learns next; NULL: no memory. */
static inline struct mesa_weights *
critic_room(const struct mesa_loss_shape *shape, struct mesa_error *err)
{
    struct mesa_weight list[2];
    struct mesa_weights *made = NULL;

    critic_parameters(NULL, shape, list, 2);
    mesa_weights_new(list, 2, MESA_F64, &made, err);
    return made;
}

static inline void
critic_take(struct critic *c, const struct mesa_loss_shape *shape,
            struct mesa_weights *weights)
{
    mesa_weights_free(c->weights);
    c->weights = weights;
    c->shape = *shape;
}

static inline mesa_status
critic_learn(void *self, const struct mesa_loss_shape *shape,
             const struct mesa_weights *weights, struct mesa_error *err)
{
    struct mesa_weights *own = critic_room(shape, err);

    if (!own)
        return MESA_ENOMEM;
    mesa_weights_assign(own, weights);
    critic_take(self, shape, own);
    return MESA_OK;
}

static inline const struct mesa_weights *
critic_learnt(const void *self, struct mesa_loss_shape *shape)
{
    const struct critic *c = self;

    *shape = c->shape;
    return c->weights;
}

static inline mesa_status
critic_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct critic *c = self;
    const uint64_t n[4] = { c->shape.n_outputs, c->shape.n_targets,
                            c->shape.n_inputs, c->shape.n_extra };
    mesa_status st = mesa_archive_put_vector(to, "columns", MESA_U64, 4, n,
                                             err);

    return st == MESA_OK ? mesa_weights_save(c->weights, to, NULL, err) : st;
}

/* The columns, as far as they are some and not many. */
static inline mesa_status
critic_columns(const struct mesa_archive *from, struct mesa_loss_shape *shape,
               struct mesa_error *err)
{
    const size_t four = 4;
    const void *at;
    uint64_t n[4];
    mesa_status st = mesa_archive_expect(from, "columns", MESA_U64, 1, &four,
                                         &at, err);

    if (st != MESA_OK)
        return st;
    memcpy(n, at, sizeof n);
    for (int i = 0; i < 4; i++)
        if (n[i] > 1000 || (i < 2 && n[i] == 0))
            return mesa_fail(err, MESA_EPARSE, "columns[%d] is odd", i);
    *shape = (struct mesa_loss_shape){ sizeof *shape, (size_t)n[0],
                                       (size_t)n[1], (size_t)n[2],
                                       (size_t)n[3] };
    return MESA_OK;
}

static inline mesa_status
critic_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    struct mesa_loss_shape shape;
    struct mesa_weights *own = NULL;
    mesa_status st = critic_columns(from, &shape, err);

    if (st == MESA_OK)
        own = critic_room(&shape, err);
    if (st == MESA_OK)
        st = own ? mesa_weights_load(own, from, NULL, err) : MESA_ENOMEM;
    if (st == MESA_OK)
        critic_take(self, &shape, own);
    else
        mesa_weights_free(own);
    return st;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_CRITIC(id, ...)                                          \
    static const struct mesa_loss_class id = {                          \
        MESA_LOSS(struct critic), .head.name = #id,                     \
        .head.title = "A loss for tests", .head.fini = critic_fini,     \
        .head.save = critic_save, .head.load = critic_load,             \
        .parameters = critic_parameters, .build_with = critic_build,    \
        .learn = critic_learn, .learnt = critic_learnt, __VA_ARGS__     \
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
