/* SPDX-License-Identifier: MIT */
/* maml.h - meta-learning through gradients: what its files share. */
#ifndef MESA_METALEARNERS_MAML_H
#define MESA_METALEARNERS_MAML_H

#include "../few_shot/pictures.h"

enum maml_mode { MAML_TRAIN, MAML_ADAPT };

enum maml_rates {
    MAML_FIXED,
    MAML_PER_LAYER_PER_STEP, /* LSLR */
    MAML_PER_PARAMETER       /* Meta-SGD */
};

enum maml_curvature {
    MAML_FLAT,
    MAML_FULL,     /* M_in G M_out */
    MAML_LAYERWISE /* G M_out      */
};

enum maml_adapted { MAML_ALL, MAML_HEAD };

enum { MAML_AUTO = -1,     /* adapt_steps */
       MAML_UNCLIPPED = 0 }; /* inner_clip  */

/* What one weight's step is made of: tensors of maml.learnt, or NONE. */
#define MAML_NONE ((size_t)-1)
struct maml_parts {
    bool   adapted;
    size_t rate, in, out; /* out alone: element by element if of rank 1 */
};

/* The outer loop as one program, of first or of second order. */
struct maml_program {
    bool                   second;
    struct mesa_program   *program;
    struct mesa_optimizer *optimizer;
};

struct maml {
    /* Parameters. */
    int     mode, learn_rates, curvature, adapt;
    int64_t iterations, meta_batch_size, inner_steps;
    double  inner_clip, inner_lr, meta_lr, min_meta_lr;
    bool    first_order, multi_step_loss, cosine_annealing;
    int64_t multi_step_loss_iterations, derivative_order_annealing;
    int64_t log_interval, adapt_steps;
    struct few_eval        eval;
    struct mesa_component *loss;

    /* What is learnt: model.weights, and rates and curvature beside them. */
    struct few_model           model;
    struct mesa_weights       *learnt;
    struct maml_parts         *parts; /* of each weight */
    /* Before this step, and the last ones whose loss was a number. */
    struct mesa_weights       *before, *before_learnt, *good, *good_learnt;
    const struct mesa_archive *from; /* [metalearner] state, or NULL */

    /* Training. */
    struct mesa_task_shape shape;
    struct mesa_task_batch batch;
    struct maml_program    outer;
    float                 *step_share; /* of each step's loss */
    float                  outcome[2]; /* losses: before and after */
    struct few_log         log;

    /* Adaptation: nodes of its program, and the rates of the step it makes. */
    struct few_rule  rule;
    mesa_node       *rule_node;
    float           *rate_now; /* of each tensor of learnt that is one */
    struct few_score score;
    struct few_own   own;
};

/* rule.c: what a step of adaptation does. */
mesa_status maml_rule_new(struct maml *m, struct mesa_error *err);
/* next = weight - rate M_in gradient M_out.  learnt[] are nodes of the tensors
 * of maml.learnt, with rates of one step only. */
void maml_rule_step(const struct maml *m, struct mesa_graph *g,
                    const mesa_node *learnt, const mesa_node *weight,
                    const mesa_node *gradient, mesa_node *next);

/* The rule by itself, with inputs of its own: for struct few_rule. */
mesa_status maml_rule_build(void *self, struct mesa_graph *g,
                            const mesa_node *weight,
                            const mesa_node *gradient, mesa_node *next,
                            struct mesa_error *err);
void maml_rule_bind(void *self, struct mesa_program *p);
void maml_rule_before(void *self, size_t step);

/* outer.c: the meta-objective of a batch of tasks. */
struct maml_nodes {
    mesa_node *weight, *learnt; /* what is meta-learnt: shared inputs */
    mesa_node *gradient;        /* of `after`: of weight, then of learnt */
    mesa_node  support_x, support_y, query_x, query_y, share;
    mesa_node  before, after; /* losses: of support rows, before the first
                                 step; of query rows, what is minimised */
};
mesa_status maml_build(const struct maml *m, struct mesa_graph *g, bool second,
                       struct maml_nodes *out, struct mesa_error *err);
void maml_nodes_free(struct maml_nodes *n);
/* The program of a batch, bound to what m holds. */
mesa_status maml_outer_new(struct maml *m, bool second,
                           struct maml_program *out, struct mesa_error *err);
void maml_outer_free(struct maml_program *p);
/* The share of inner step k's loss in iteration i. */
double maml_share(const struct maml *m, uint64_t i, size_t k);

/* pictures.c */
mesa_status maml_draw(const struct maml *m, const struct mesa_host *host,
                      struct mesa_report *report, struct mesa_error *err);

#endif
