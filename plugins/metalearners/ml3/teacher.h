/* SPDX-License-Identifier: MIT */
/*
 * teacher.h - what the metalearners that learn losses share: the loss, its
 * weights, and the outer step that makes them better.
 */
#ifndef MESA_METALEARNERS_TEACHER_H
#define MESA_METALEARNERS_TEACHER_H

#include <mesa/mesa.h>

struct teacher {
    struct mesa_instance         *loss; /* the one that learns */
    struct mesa_loss_shape        shape;
    struct mesa_optimizer_options solver;

    bool                   learnt;  /* anything yet, in this run            */
    size_t                 n;       /* tensors of the loss                  */
    struct mesa_weights   *weights; /* they                                 */
    struct mesa_weights   *good;    /* the last ones that did no harm       */
    struct mesa_optimizer *optimizer; /* of the last graph that had a step  */
    mesa_node             *node;    /* the tensors in a graph; updated[]    */
    mesa_node             *output;  /* updated[], and what the solver keeps */
    size_t                 n_outputs;
};

/* The loss of that component (NULL: an error that asks for one), for terms of
 * that shape: what its state holds, or weights drawn from the run's stream
 * "loss". */
mesa_status teacher_open(struct teacher *t, const struct mesa_host *host,
                         const struct mesa_component *loss,
                         const struct mesa_loss_shape *shape,
                         enum mesa_dtype dtype, struct mesa_error *err);
void teacher_close(struct teacher *t);

/* In a graph: t->node[], inputs for the tensors; the loss of some terms. */
void teacher_inputs(struct teacher *t, struct mesa_graph *g);
mesa_node teacher_loss(const struct teacher *t, struct mesa_graph *g,
                       const struct mesa_loss_terms *terms);

/* Add the outer step, which makes `objective` (of rank 0, shared) smaller.
 * t->output[] are nodes that the program has to have as outputs. */
mesa_status teacher_update(struct teacher *t, struct mesa_graph *g,
                           mesa_node objective, struct mesa_error *err);
/* Bind inputs, and outputs if there was an update; before each run of a
 * program with an update: teacher_step. */
void teacher_bind(struct teacher *t, struct mesa_program *p);
void teacher_step(struct teacher *t);

/* After a run: was all of it finite?  If so that is what is good; if not, the
 * weights are again what was good, which the run keeps if any of it was learnt,
 * and MESA_ENUMERIC says that iteration i came to `objective`. */
mesa_status teacher_check(struct teacher *t, const struct mesa_host *host,
                          uint64_t i, double objective,
                          struct mesa_error *err);

/* Step i of a run of so many iterations with tests in between, as steps of
 * their own: after each `interval` of them (0: never) and, once, after all.
 * *iteration: the iteration that this is, or how many a test comes after. */
enum teacher_stage { TEACHER_ITERATION, TEACHER_TEST, TEACHER_LAST_TEST };
enum teacher_stage teacher_stage(uint64_t i, uint64_t iterations,
                                 uint64_t interval, uint64_t *iteration);
uint64_t teacher_total(uint64_t iterations, uint64_t interval);

/* For finish: the run's loss is the one learnt.  For save and load. */
mesa_status teacher_finish(struct teacher *t, const struct mesa_host *host,
                           struct mesa_error *err);
mesa_status teacher_save(const struct teacher *t, struct mesa_archive *to,
                         struct mesa_error *err);
mesa_status teacher_load(struct teacher *t, const struct mesa_archive *from,
                         struct mesa_error *err);

#endif
