/* SPDX-License-Identifier: MIT */
/*
 * mesa/optimizer.h - gradient descent as nodes of a graph: sgd, adam.
 *
 * An optimizer adds to a graph the nodes that turn parameters and gradients
 * into updated parameters; its own state (momentum, moments, the number of
 * steps) it keeps in memory of its own and binds to programs itself.
 */
#ifndef MESA_OPTIMIZER_H
#define MESA_OPTIMIZER_H

#include <mesa/ops.h>

enum mesa_solver {
    MESA_SGD, /* velocity = momentum velocity - rate gradient           */
    MESA_ADAM /* Kingma and Ba 2015, Algorithm 1                        */
};

enum mesa_schedule {
    MESA_CONSTANT,
    MESA_STEP,   /* rate gamma^floor(step / period)                      */
    MESA_COSINE, /* floor + (rate - floor) times                         */
                 /* (1 + cos(pi min(1, step / period))) / 2              */
    MESA_LINEAR  /* ... times max(0, 1 - step / period)                  */
};

/* learning_rate 0, beta1 0, beta2 0 and epsilon 0 are taken as written. */
struct mesa_optimizer_options {
    uint32_t           struct_size;
    enum mesa_solver   solver;
    double             learning_rate;
    double             momentum; /* sgd */
    bool               nesterov; /* sgd */
    double             beta1, beta2, epsilon; /* adam */
    enum mesa_schedule schedule;
    double             period; /* in steps, > 0 unless constant           */
    double             gamma;  /* of MESA_STEP                             */
    double             floor;  /* where MESA_COSINE and MESA_LINEAR end    */
};

struct mesa_optimizer;

MESA_BEGIN

/* Adam's published constants: 0.9, 0.999, 1e-8; the rate 0.001. */
MESA_API struct mesa_optimizer_options mesa_optimizer_defaults(void);

/* The learning rate in step i (0 is the first). */
MESA_API double
mesa_optimizer_rate(const struct mesa_optimizer_options *options, uint64_t i);

/*
 * Add one step to g: updated[i] = what param[i] (an input) becomes under the
 * gradient grad[i], of the same shape and span.  The graph may be freed
 * before the optimizer.
 */
MESA_API mesa_status
mesa_optimizer_new(struct mesa_graph *g,
                   const struct mesa_optimizer_options *options,
                   const mesa_node *param, const mesa_node *grad, size_t n,
                   mesa_node *updated, struct mesa_optimizer **out,
                   struct mesa_error *err);
MESA_API void mesa_optimizer_free(struct mesa_optimizer *o);

/* Outputs that a program needs beside updated[]: mesa_optimizer_n_state of
 * them, into node[]. */
MESA_API size_t mesa_optimizer_n_state(const struct mesa_optimizer *o);
MESA_API void mesa_optimizer_state(const struct mesa_optimizer *o,
                                   mesa_node *node);

/* Bind the state to a program (once), and count one step (before each run;
 * it sets this step's learning rate).  reset: as if no step had been done. */
MESA_API void mesa_optimizer_bind(struct mesa_optimizer *o,
                                  struct mesa_program *p);
MESA_API void mesa_optimizer_step(struct mesa_optimizer *o);
MESA_API void mesa_optimizer_reset(struct mesa_optimizer *o);
/* From the next step on, the base rate is multiplied by factor. */
MESA_API void mesa_optimizer_scale(struct mesa_optimizer *o, double factor);

/* The state, as tensors "NAME.0", "NAME.1", ... and "NAME.step". */
MESA_API mesa_status mesa_optimizer_save(const struct mesa_optimizer *o,
                                         struct mesa_archive *to,
                                         const char *name,
                                         struct mesa_error *err);
MESA_API mesa_status mesa_optimizer_load(struct mesa_optimizer *o,
                                         const struct mesa_archive *from,
                                         const char *name,
                                         struct mesa_error *err);

MESA_END

#endif
