/* SPDX-License-Identifier: MIT */
/* mesa/weights.h - parameters of differentiable models: shapes, memory. */
#ifndef MESA_WEIGHTS_H
#define MESA_WEIGHTS_H

#include <mesa/ops.h>
#include <mesa/random.h>

enum mesa_initial {
    MESA_ZEROS,
    MESA_ONES,
    MESA_UNIFORM, /* from -scale to scale       */
    MESA_NORMAL,  /* standard deviation scale   */
    MESA_FILLED,  /* scale everywhere           */
    MESA_IDENTITY /* rank 2: scale on the diagonal, 0 elsewhere */
};

/* One tensor: what it is called, its shape, its values before training. */
struct mesa_weight {
    char              name[32];
    uint32_t          rank;
    size_t            shape[MESA_MAX_DIMS];
    enum mesa_initial initial;
    double            scale;
};

/* n tensors in memory, all of one element type, zero at first. */
struct mesa_weights;

MESA_BEGIN

/* Glorot and Bengio 2010: the bound sqrt(factor / (n_in + n_out)). */
MESA_API double mesa_glorot(double factor, size_t n_in, size_t n_out);

MESA_API mesa_status mesa_weights_new(const struct mesa_weight *weight,
                                      size_t n, enum mesa_dtype dtype,
                                      struct mesa_weights **out,
                                      struct mesa_error *err);
MESA_API void mesa_weights_free(struct mesa_weights *w);

/* Draw initial values: tensor i from a stream of its own, derived by i. */
MESA_API void mesa_weights_draw(struct mesa_weights *w,
                                const struct mesa_rng *rng);
/* The same tensors and values again. */
MESA_API mesa_status mesa_weights_copy(const struct mesa_weights *from,
                                       struct mesa_weights **out,
                                       struct mesa_error *err);
/* to becomes like from, which was made from the same list; their element
 * types may differ. */
MESA_API void mesa_weights_assign(struct mesa_weights *to,
                                  const struct mesa_weights *from);

/* Is every number finite? */
MESA_API bool mesa_weights_finite(const struct mesa_weights *w);

MESA_API size_t mesa_weights_count(const struct mesa_weights *w);
MESA_API const struct mesa_weight *
mesa_weights_get(const struct mesa_weights *w, size_t i);
MESA_API void *mesa_weights_data(struct mesa_weights *w, size_t i);

/* Shared inputs of g for all tensors, into node[]; and where they are. */
MESA_API void mesa_weights_inputs(const struct mesa_weights *w,
                                  struct mesa_graph *g, mesa_node *node);
/* The same with today's values, as constants. */
MESA_API void mesa_weights_constants(const struct mesa_weights *w,
                                     struct mesa_graph *g, mesa_node *node);
MESA_API void mesa_weights_bind(struct mesa_weights *w,
                                struct mesa_program *p,
                                const mesa_node *node);

/* As tensors "PREFIX.NAME" (without a prefix: NAME).  load: MESA_EPARSE for
 * other shapes or values that are not finite, and w as before. */
MESA_API mesa_status mesa_weights_save(const struct mesa_weights *w,
                                       struct mesa_archive *to,
                                       const char *prefix,
                                       struct mesa_error *err);
MESA_API mesa_status mesa_weights_load(struct mesa_weights *w,
                                       const struct mesa_archive *from,
                                       const char *prefix,
                                       struct mesa_error *err);

/*
 * The model of an estimator that offers parameters and forward: room for its
 * weights, and x (rows by n_inputs) through it (rows by n_outputs).
 * MESA_ENOTSUP if it offers none; the graph keeps what goes wrong.
 */
struct mesa_instance;
MESA_API mesa_status
mesa_estimator_weights(const struct mesa_instance *estimator, size_t n_inputs,
                       size_t n_outputs, enum mesa_dtype dtype,
                       struct mesa_weights **out, struct mesa_error *err);
MESA_API mesa_node
mesa_estimator_forward(const struct mesa_instance *estimator,
                       struct mesa_graph *g, const mesa_node *weight,
                       mesa_node x);

MESA_END

#endif
