/* SPDX-License-Identifier: MIT */
/*
 * dynamics.h - what an action makes of a state, learnt from what was seen: an
 * ensemble of probabilistic networks.
 */
#ifndef MESA_METALEARNERS_DYNAMICS_H
#define MESA_METALEARNERS_DYNAMICS_H

#include <mesa/mesa.h>

enum dynamics_target { DYNAMICS_VELOCITIES, DYNAMICS_STATE };
enum { DYNAMICS_MOST_MEMBERS = 1000 };

struct dynamics_options {
    struct mesa_list hidden, limits;
    int64_t          members, epochs, batch_size, babbling, interval, rollouts;
    double           learning_rate, least_variance;
    int              target, schedule;
};

extern const struct mesa_choice dynamics_targets[];
extern const struct mesa_choice dynamics_schedules[];

#define DYNAMICS_PARAMETERS(T, m)                                            \
    MESA_INT(T, m.members, "dynamics_members", 3, 1, DYNAMICS_MOST_MEMBERS,  \
             "Networks of the learned dynamics; each is trained without one " \
             "of as many parts of the data"),                                \
    MESA_LIST(T, m.hidden, "dynamics_hidden", "100, 30",                     \
              "Units of each hidden layer (tanh) of those networks",         \
              .min.r = 1.0, .max.r = 1e6),                                   \
    MESA_CHOICE(T, m.target, "dynamics_target", DYNAMICS_VELOCITIES,         \
                dynamics_targets, "What they learn of the next state"),      \
    MESA_LIST(T, m.limits, "dynamics_limits", NULL,                          \
              "How far from 0 each number of a predicted state may be; "     \
              "anywhere if empty", .min.r = 0.0, .max.r = 1e12,              \
              .flags = MESA_PARAM_OPEN_MIN),                                 \
    MESA_INT(T, m.babbling, "babbling", 3, 1, 1000000,                       \
             "Episodes of random actions that they learn from first"),       \
    MESA_INT(T, m.interval, "dynamics_interval", 300, 1, INT64_MAX / 2,      \
             "Iterations between trainings of the learned dynamics"),        \
    MESA_INT(T, m.rollouts, "dynamics_rollouts", 1, 1, 1000000,              \
             "Real episodes of the adapted policy that each training adds"), \
    MESA_INT(T, m.epochs, "dynamics_epochs", 500, 1, INT64_C(1) << 32,       \
             "Passes over the data in each training"),                       \
    MESA_INT(T, m.batch_size, "dynamics_batch_size", 64, 1, 1000000,         \
             "Rows of each step of a training",                              \
             .flags = MESA_PARAM_ADVANCED),                                  \
    MESA_REAL(T, m.learning_rate, "dynamics_lr", 1e-3, 0.0, 1e6,             \
              "Learning rate (Adam) of a training",                          \
              .flags = MESA_PARAM_LOG | MESA_PARAM_ADVANCED),                \
    MESA_CHOICE(T, m.schedule, "dynamics_schedule", MESA_CONSTANT,           \
                dynamics_schedules, "What becomes of it within a training",  \
                .flags = MESA_PARAM_ADVANCED),                               \
    MESA_REAL(T, m.least_variance, "dynamics_least_variance", 1e-3, 0.0,     \
              1e6, "Variances that they predict are above this",             \
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_ADVANCED)

struct dynamics {
    struct dynamics_options options;
    struct mesa_space       space;
    struct mesa_layers      layers;

    size_t  n_inputs, n_targets;
    size_t *learnt;   /* [n_targets] numbers of the state that are learnt    */
    size_t *velocity; /* [n_states] whose integral a number is, or itself    */
    double *scale;    /* [n_inputs]                                          */
    double *push;     /* [n_targets][n_states] what a change adds to a state */
    double *carry;    /* [n_states][n_states] and the state before it        */

    size_t               n;       /* tensors of a network                    */
    struct mesa_weights *weights; /* they, of all members: these come first  */

    size_t  rows, room; /* seen so far */
    double *seen;       /* [rows][state, action, next] */

    size_t               rows_before;    /* as they were when marked        */
    struct mesa_weights *weights_before;

    struct mesa_program   *program; /* one step of training, all members     */
    struct mesa_optimizer *optimizer;
    float                 *x, *y, *loss; /* [members][batch][columns]        */
};

/* Untrained networks, drawn from rng, for an environment; the options are
 * there, and outlive d as space's arrays do. */
mesa_status dynamics_open(struct dynamics *d, const struct mesa_space *space,
                          const struct mesa_rng *rng, struct mesa_error *err);
void dynamics_close(struct dynamics *d);

/* Keep n transitions to learn from. */
mesa_status dynamics_see(struct dynamics *d, size_t n, const double *state,
                         const double *action, const double *next,
                         struct mesa_error *err);
/* Train on all of them, from where the weights are; early, with MESA_OK, when
 * the host says stop.  MESA_ENUMERIC if that diverges. */
mesa_status dynamics_fit(struct dynamics *d, const struct mesa_host *host,
                         const struct mesa_rng *rng, struct mesa_error *err);

/* Note how things are; and go back to that, if the step that they have changed
 * in since is one that will be made again. */
mesa_status dynamics_mark(struct dynamics *d, struct mesa_error *err);
void dynamics_go_back(struct dynamics *d);

/* Of the last step of the last training, the mean of all networks. */
double dynamics_last_loss(const struct dynamics *d);

/* What training makes smaller: x is rows by n_inputs, y by n_targets, weight
 * one network's tensors. */
mesa_node dynamics_loss(const struct dynamics *d, struct mesa_graph *g,
                        const mesa_node *weight, mesa_node x, mesa_node y);

/* The networks in one graph. */
struct dynamics_nodes {
    mesa_node *input;            /* [members][n] tensors                    */
    mesa_node *coef, *intercept; /* of each layer, all networks' side by    */
    mesa_node  carry;            /* side; coef: of the first and last alone */
};

/* Add them to a graph, once; then any number of steps: rows of states and
 * actions give rows of states. */
mesa_status dynamics_nodes_new(const struct dynamics *d, struct mesa_graph *g,
                               struct dynamics_nodes *out,
                               struct mesa_error *err);
void dynamics_nodes_free(struct dynamics_nodes *nodes);
mesa_node dynamics_next(const struct dynamics *d, struct mesa_graph *g,
                        const struct dynamics_nodes *nodes, mesa_node state,
                        mesa_node action);
void dynamics_bind(struct dynamics *d, struct mesa_program *p,
                   const struct dynamics_nodes *nodes);

/* What was seen and what is known of it. */
mesa_status dynamics_save(const struct dynamics *d, struct mesa_archive *to,
                          struct mesa_error *err);
mesa_status dynamics_load(struct dynamics *d, const struct mesa_archive *from,
                          struct mesa_error *err);

#endif
