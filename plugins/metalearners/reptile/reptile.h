/* SPDX-License-Identifier: MIT */
/* reptile.h - meta-learning by following adapted weights: what its files
 * share. */
#ifndef MESA_METALEARNERS_REPTILE_H
#define MESA_METALEARNERS_REPTILE_H

#include "../few_shot/pictures.h"

enum reptile_mode { REPTILE_TRAIN, REPTILE_ADAPT };
enum reptile_schedule { REPTILE_CONSTANT, REPTILE_LINEAR };

enum {
    REPTILE_AUTO = -1, /* inner_steps, inner_batch, adapt_steps */
    REPTILE_MOST_STEPS = 1000
};

struct reptile {
    /* Parameters. */
    int     mode, inner_optimizer, outer_schedule;
    int64_t iterations, meta_batch_size, inner_steps, inner_batch;
    double  inner_lr, outer_lr, outer_lr_end;
    int64_t adapt_steps, log_interval;
    struct few_eval        eval;
    struct mesa_component *loss;

    /* What is learnt: model.weights. */
    struct few_model           model;
    struct mesa_weights       *before; /* this step */
    struct mesa_weights       *good; /* the last whose loss was a number */
    const struct mesa_archive *from; /* [metalearner] state, or NULL */

    /* Training: U_i makes so many steps, of so many rows. */
    struct mesa_task_shape shape;
    size_t                 steps, rows;
    struct mesa_task_batch batch;
    struct mesa_program   *program;
    float                  outer_rate; /* of this iteration */
    float                  outcome[2]; /* losses: before and after */
    struct few_log         log;

    /* Adaptation. */
    struct mesa_optimizer_options solver;
    struct few_rule               rule;
    struct few_score              score;
    struct few_own                own;
};

/* outer.c: one iteration, a batch of tasks, as a graph. */
struct reptile_nodes {
    mesa_node *weight, *next; /* shared: what is learnt, before and after */
    mesa_node  support_x, support_y, query_x, query_y, outer_rate;
    mesa_node  before, after; /* losses: of the first rows, before the first
                                 step; of query rows, after the last */
};
mesa_status reptile_build(const struct reptile *r, struct mesa_graph *g,
                          struct reptile_nodes *out, struct mesa_error *err);
void reptile_nodes_free(struct reptile_nodes *n);
/* The program of r's batch, bound to what r holds. */
mesa_status reptile_program_new(struct reptile *r, struct mesa_error *err);
/* epsilon of iteration i. */
double reptile_outer_rate(const struct reptile *r, uint64_t i);

#endif
