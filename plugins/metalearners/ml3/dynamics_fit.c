/* SPDX-License-Identifier: MIT */
/*
 * dynamics_fit.c - training of learned dynamics: the likelihood of what was
 * seen, all networks side by side.
 *
 * Chua et al. 2018 (PETS), arXiv:1805.12114, equation 1.  The networks are
 * the tasks of one program.  Each is trained without its own one of as many
 * random parts of the rows.  All batches are full: the last of a pass goes on
 * with the first rows of the next.
 */
#include "dynamics.h"

#include <string.h>

mesa_node
dynamics_loss(const struct dynamics *d, struct mesa_graph *g,
              const mesa_node *weight, mesa_node x, mesa_node y)
{
    mesa_node out = mesa_layers_forward(&d->layers, g, weight, x);
    mesa_node mean = mesa_slice(g, out, 1, 0, d->n_targets);
    mesa_node spread = mesa_slice(g, out, 1, d->n_targets, d->n_targets);
    mesa_node variance =
        mesa_add(g, mesa_softplus(g, spread),
                 mesa_scalar(g, d->options.least_variance));
    mesa_node error = mesa_sub(g, mean, y);
    mesa_node ratio = mesa_div(g, mesa_mul(g, error, error), variance);

    return mesa_mul(g, mesa_scalar(g, 0.5),
                    mesa_mean(g, mesa_add(g, mesa_log(g, variance), ratio)));
}

/* Nodes of the training program. */
struct nodes {
    mesa_node x, y, loss;
    mesa_node *weight, *gradient, *output;
    size_t    n_outputs;
};

/* The part [from, to) of the rows, in their random order, that network m does
 * not see; none if it is alone, or there are too few. */
static void
unseen(const struct dynamics *d, size_t m, size_t *from, size_t *to)
{
    const size_t members = (size_t)d->options.members;

    *from = d->rows * m / members;
    *to = d->rows * (m + 1) / members;
    if (*to - *from == d->rows)
        *to = *from;
}

/* Steps of one pass. */
static size_t
steps_of_pass(const struct dynamics *d)
{
    const size_t batch = (size_t)d->options.batch_size;
    size_t most = 0, from, to;

    for (size_t m = 0; m < (size_t)d->options.members; m++) {
        unseen(d, m, &from, &to);
        if (d->rows - (to - from) > most)
            most = d->rows - (to - from);
    }
    return (most + batch - 1) / batch;
}

static mesa_status
build(struct dynamics *d, struct mesa_graph *g, struct nodes *n,
      struct mesa_error *err)
{
    const size_t batch = (size_t)d->options.batch_size;
    struct mesa_optimizer_options o = mesa_optimizer_defaults();
    mesa_status st;

    o.learning_rate = d->options.learning_rate;
    o.schedule = (enum mesa_schedule)d->options.schedule;
    o.period = (double)d->options.epochs * (double)steps_of_pass(d);
    n->x = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(batch, d->n_inputs));
    n->y = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(batch, d->n_targets));
    for (size_t i = 0; i < d->n; i++) {
        const struct mesa_weight *w = mesa_weights_get(d->weights, i);

        n->weight[i] = mesa_input(g, MESA_PER_TASK, w->rank - 1,
                                  w->shape + 1);
    }
    n->loss = dynamics_loss(d, g, n->weight, n->x, n->y);
    mesa_grad(g, n->loss, n->weight, d->n, n->gradient);
    st = mesa_optimizer_new(g, &o, n->weight, n->gradient, d->n, n->output,
                            &d->optimizer, err);
    if (st != MESA_OK)
        return st;
    mesa_optimizer_state(d->optimizer, n->output + d->n);
    n->n_outputs = d->n + mesa_optimizer_n_state(d->optimizer);
    n->output[n->n_outputs++] = n->loss;
    return mesa_program_new(g, n->output, n->n_outputs, &d->program, err);
}

static void
bind(struct dynamics *d, const struct nodes *n)
{
    mesa_program_bind(d->program, n->x, d->x);
    mesa_program_bind(d->program, n->y, d->y);
    mesa_program_bind(d->program, n->loss, d->loss);
    for (size_t i = 0; i < d->n; i++) {
        void *data = mesa_weights_data(d->weights, i);

        mesa_program_bind(d->program, n->weight[i], data);
        mesa_program_bind(d->program, n->output[i], data);
    }
    mesa_optimizer_bind(d->optimizer, d->program);
}

/* The schedule's period is the training's, so that each has a program. */
static mesa_status
plan(struct dynamics *d, struct mesa_error *err)
{
    const size_t members = (size_t)d->options.members;
    const size_t rows = members * (size_t)d->options.batch_size;
    struct mesa_graph *g = mesa_graph_new(MESA_F32, members);
    mesa_node *node = mesa_alloc_array(5 * d->n + 1, sizeof *node);
    struct nodes n = { .weight = node };
    mesa_status st;

    mesa_program_free(d->program);
    mesa_optimizer_free(d->optimizer);
    d->program = NULL;
    d->optimizer = NULL;
    if (!d->x)
        d->x = mesa_alloc_array(rows * (d->n_inputs + d->n_targets) + members,
                                sizeof *d->x);
    if (!g || !node || !d->x) {
        st = mesa_nomem(err, rows, "rows of a batch");
    } else {
        d->y = d->x + rows * d->n_inputs;
        d->loss = d->y + rows * d->n_targets;
        n.gradient = node + d->n;
        n.output = n.gradient + d->n;
        st = build(d, g, &n, err);
        if (st == MESA_OK)
            bind(d, &n);
    }
    mesa_free(node);
    mesa_graph_free(g);
    return st;
}

/* The rows that a network may see, in a random order, again and again. */
struct order {
    size_t         *row; /* [n] */
    size_t          n, at;
    struct mesa_rng rng;
};

static void
shuffle(struct order *o)
{
    for (size_t i = o->n; i > 1; i--) {
        size_t j = mesa_rng_below(&o->rng, i), row = o->row[i - 1];

        o->row[i - 1] = o->row[j];
        o->row[j] = row;
    }
    o->at = 0;
}

static size_t
next_row(struct order *o)
{
    if (o->at == o->n)
        shuffle(o);
    return o->row[o->at++];
}

/* Part m of all rows is not for network m. */
static void
deal(const struct dynamics *d, const struct mesa_rng *rng, size_t *all,
     struct order *order)
{
    const size_t members = (size_t)d->options.members;
    struct mesa_rng parts = mesa_rng_derive(rng, "parts", 0);

    mesa_rng_permutation(&parts, d->rows, all);
    for (size_t m = 0; m < members; m++) {
        size_t from, to;

        unseen(d, m, &from, &to);
        order[m].n = 0;
        for (size_t i = 0; i < d->rows; i++)
            if (i < from || i >= to)
                order[m].row[order[m].n++] = all[i];
        order[m].rng = mesa_rng_derive(rng, "order", m);
        order[m].at = order[m].n;
    }
}

static void
gather(struct dynamics *d, struct order *order)
{
    const size_t ns = d->space.n_states, batch = (size_t)d->options.batch_size;
    float *x = d->x, *y = d->y;

    for (size_t m = 0; m < (size_t)d->options.members; m++)
        for (size_t b = 0; b < batch; b++) {
            const double *row =
                d->seen + next_row(&order[m]) * (d->n_inputs + ns);
            const double *next = row + d->n_inputs;

            for (size_t j = 0; j < d->n_inputs; j++)
                *x++ = (float)(row[j] / d->scale[j]);
            for (size_t t = 0; t < d->n_targets; t++)
                *y++ = (float)(next[d->learnt[t]] - row[d->learnt[t]]);
        }
}

static mesa_status
train(struct dynamics *d, const struct mesa_host *host, struct order *order,
      struct mesa_error *err)
{
    const size_t steps = steps_of_pass(d);
    mesa_status st = MESA_OK;

    for (int64_t epoch = 0; epoch < d->options.epochs; epoch++) {
        if (mesa_host_cancelled(host))
            return MESA_OK;
        for (size_t k = 0; k < steps && st == MESA_OK; k++) {
            gather(d, order);
            mesa_optimizer_step(d->optimizer);
            st = mesa_program_run(d->program, err);
        }
        if (st != MESA_OK)
            return st;
    }
    if (!mesa_weights_finite(d->weights))
        return mesa_fail(err, MESA_ENUMERIC,
                         "training of the dynamics diverged after %zu "
                         "transitions: a smaller dynamics_lr may help",
                         d->rows);
    return MESA_OK;
}

double
dynamics_last_loss(const struct dynamics *d)
{
    const size_t members = (size_t)d->options.members;
    double sum = 0;

    for (size_t m = 0; m < members; m++)
        sum += (double)d->loss[m];
    return sum / (double)members;
}

mesa_status
dynamics_fit(struct dynamics *d, const struct mesa_host *host,
             const struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t members = (size_t)d->options.members;
    struct order *order = mesa_alloc_array(members, sizeof *order);
    size_t *row = mesa_alloc_array((members + 1) * (d->rows + 1),
                                   sizeof *row);
    mesa_status st;

    if (!order || !row) {
        st = mesa_nomem(err, members * d->rows, "rows to learn from");
    } else {
        for (size_t m = 0; m < members; m++)
            order[m].row = row + (m + 1) * (d->rows + 1);
        deal(d, rng, row, order);
        st = plan(d, err);
        if (st == MESA_OK)
            st = train(d, host, order, err);
    }
    mesa_free(order);
    mesa_free(row);
    return st;
}
