/* SPDX-License-Identifier: MIT */
/*
 * dynamics.c - learned dynamics: what they are, what they have seen, and as
 * nodes.
 *
 * Each network sees a state and an action, divided by their usual sizes, and
 * predicts by how much some numbers of the state change, with a variance; the
 * prediction of the ensemble is the mean of their means.  Where a number's
 * unit is another's per second ("rad/s" for "rad", in their order), it is the
 * other's velocity: only velocities are learnt then, and the other numbers
 * are moved by the velocity after the change, as a simulator would do it.
 * Numbers that are neither are learnt themselves.
 *
 * A step costs one matrix product for all networks in the first and in the
 * last layer: their weights are put side by side once per program, where they
 * also take up the division, the mean and what a change does to a state.
 */
#include "dynamics.h"

#include <math.h>
#include <string.h>

const struct mesa_choice dynamics_targets[] = {
    { "velocities", DYNAMICS_VELOCITIES,
      "the change of velocities, by their units; positions follow" },
    { "state", DYNAMICS_STATE, "the change of all numbers" },
    { NULL, 0, NULL }
};

const struct mesa_choice dynamics_schedules[] = {
    { "constant", MESA_CONSTANT, "nothing" },
    { "linear", MESA_LINEAR, "it falls to 0, evenly" },
    { "cosine", MESA_COSINE, "it falls to 0 along half a cosine" },
    { NULL, 0, NULL }
};

/* Is `rate` the unit `of` per second? */
static bool
per_second(const char *rate, const char *of)
{
    const size_t n = strlen(of);

    return n > 0 && strncmp(rate, of, n) == 0 && strcmp(rate + n, "/s") == 0;
}

/* The velocity of number i: the k-th of its rate's unit if it is the k-th of
 * its own; i itself if there is none. */
static size_t
find_velocity(const struct mesa_space *s, size_t i)
{
    size_t k = 0;

    for (size_t j = 0; j < i; j++)
        k += strcmp(s->unit[j], s->unit[i]) == 0;
    for (size_t j = 0; j < s->n_states; j++)
        if (per_second(s->unit[j], s->unit[i]) && k-- == 0)
            return j;
    return i;
}

/* Matrices of what a state becomes: state carry + change push. */
static void
describe(struct dynamics *d)
{
    const struct mesa_space *s = &d->space;
    const size_t n = s->n_states;

    d->n_targets = 0;
    for (size_t i = 0; i < n; i++) {
        d->velocity[i] = d->options.target == DYNAMICS_STATE
                             ? i
                             : find_velocity(s, i);
        if (d->velocity[i] == i)
            d->learnt[d->n_targets++] = i;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t v = d->velocity[i];

        d->carry[i * n + i] = 1;
        if (v != i)
            d->carry[v * n + i] = s->dt;
        for (size_t t = 0; t < d->n_targets; t++)
            if (d->learnt[t] == v)
                d->push[t * n + i] = v == i ? 1 : s->dt;
    }
    for (size_t i = 0; i < n; i++)
        d->scale[i] = s->scale[i];
    for (size_t i = 0; i < s->n_actions; i++) {
        const double low = fabs(s->action_low[i]);
        const double high = fabs(s->action_high[i]);

        d->scale[n + i] = low > high ? low : high;
    }
}

/* Tensors of all networks in one: these are its first axis. */
static void
list_weights(const struct dynamics *d, struct mesa_weight *list)
{
    mesa_layers_parameters(&d->layers, d->n_inputs, 2 * d->n_targets, list,
                           d->n);
    for (size_t i = 0; i < d->n; i++) {
        memmove(list[i].shape + 1, list[i].shape,
                list[i].rank * sizeof list[i].shape[0]);
        list[i].shape[0] = (size_t)d->options.members;
        list[i].rank++;
    }
}

static mesa_status
make_weights(struct dynamics *d, const struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct mesa_weight *list;
    mesa_status st;

    d->n = mesa_layers_parameters(&d->layers, 1, 1, NULL, 0);
    list = mesa_alloc_array(d->n, sizeof *list);
    if (!list)
        return mesa_nomem(err, d->n, "weights");
    list_weights(d, list);
    st = mesa_weights_new(list, d->n, MESA_F32, &d->weights, err);
    if (st == MESA_OK)
        mesa_weights_draw(d->weights, rng);
    mesa_free(list);
    return st;
}

static mesa_status
check(const struct dynamics *d, struct mesa_error *err)
{
    const struct mesa_list *limits = &d->options.limits;

    if (d->options.hidden.n == 0)
        return mesa_fail(err, MESA_EINVAL,
                         "dynamics_hidden is empty: learned dynamics need a "
                         "hidden layer");
    if (limits->n && limits->n != d->space.n_states)
        return mesa_fail(err, MESA_EINVAL,
                         "dynamics_limits has %zu numbers but a state has %u",
                         limits->n, (unsigned)d->space.n_states);
    return mesa_layers_check(&d->layers, "dynamics_hidden", err);
}

static mesa_status
alloc_matrices(struct dynamics *d, struct mesa_error *err)
{
    const size_t n = d->space.n_states;

    d->n_inputs = n + d->space.n_actions;
    d->learnt = mesa_alloc_array(2 * n, sizeof *d->learnt);
    d->scale = mesa_alloc_array(d->n_inputs + 2 * n * n, sizeof *d->scale);
    if (!d->learnt || !d->scale)
        return mesa_nomem(err, n, "numbers of a state");
    d->velocity = d->learnt + n;
    d->push = d->scale + d->n_inputs;
    d->carry = d->push + n * n;
    describe(d);
    return MESA_OK;
}

mesa_status
dynamics_open(struct dynamics *d, const struct mesa_space *space,
              const struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st;

    d->space = *space;
    d->layers = (struct mesa_layers){ .hidden = d->options.hidden,
                                      .activation = MESA_ACTIVATION_TANH,
                                      .init = MESA_INIT_FAN_IN };
    st = check(d, err);
    if (st == MESA_OK)
        st = alloc_matrices(d, err);
    return st == MESA_OK ? make_weights(d, rng, err) : st;
}

void
dynamics_close(struct dynamics *d)
{
    const struct dynamics_options options = d->options;

    mesa_program_free(d->program);
    mesa_optimizer_free(d->optimizer);
    mesa_weights_free(d->weights);
    mesa_weights_free(d->weights_before);
    mesa_free(d->learnt);
    mesa_free(d->scale);
    mesa_free(d->seen);
    mesa_free(d->x);
    memset(d, 0, sizeof *d);
    d->options = options;
}

mesa_status
dynamics_mark(struct dynamics *d, struct mesa_error *err)
{
    mesa_weights_free(d->weights_before);
    d->weights_before = NULL;
    d->rows_before = d->rows;
    return mesa_weights_copy(d->weights, &d->weights_before, err);
}

void
dynamics_go_back(struct dynamics *d)
{
    d->rows = d->rows_before;
    mesa_weights_assign(d->weights, d->weights_before);
}

/* Columns of a row of what was seen. */
static size_t
width(const struct dynamics *d)
{
    return d->n_inputs + d->space.n_states;
}

mesa_status
dynamics_see(struct dynamics *d, size_t n, const double *state,
             const double *action, const double *next, struct mesa_error *err)
{
    const size_t ns = d->space.n_states, na = d->space.n_actions;

    if (d->rows + n > d->room) {
        size_t room = 2 * (d->rows + n);
        double *seen = mesa_realloc_array(d->seen, room * width(d),
                                          sizeof *seen);

        if (!seen)
            return mesa_nomem(err, room, "transitions");
        d->seen = seen;
        d->room = room;
    }
    for (size_t r = 0; r < n; r++) {
        double *to = d->seen + d->rows++ * width(d);

        memcpy(to, state + r * ns, ns * sizeof *to);
        memcpy(to + ns, action + r * na, na * sizeof *to);
        memcpy(to + ns + na, next + r * ns, ns * sizeof *to);
    }
    return MESA_OK;
}

/* Tensor i of every network, side by side along an axis. */
static mesa_node
join(const struct dynamics *d, struct mesa_graph *g, const mesa_node *input,
     size_t i, uint32_t axis)
{
    mesa_node part[DYNAMICS_MOST_MEMBERS];
    const size_t members = (size_t)d->options.members;

    for (size_t m = 0; m < members; m++)
        part[m] = input[m * d->n + i];
    return mesa_concat(g, part, members, axis);
}

/* Means of all networks, their mean, and what that does to a state: one
 * matrix; the intercept likewise. */
static void
join_last(const struct dynamics *d, struct mesa_graph *g,
          struct dynamics_nodes *o)
{
    const size_t layer = d->layers.hidden.n;
    const size_t members = (size_t)d->options.members;
    const size_t outputs = 2 * d->n_targets;
    mesa_node push = mesa_constant(
        g, MESA_SHAPE(d->n_targets, (size_t)d->space.n_states), d->push);
    mesa_node share = mesa_scalar(g, 1 / (double)members);
    mesa_node coef = join(d, g, o->input, 2 * layer, 0);
    mesa_node intercept = mesa_reshape(
        g, join(d, g, o->input, 2 * layer + 1, 0),
        MESA_SHAPE(members, outputs));

    coef = mesa_slice(g, coef, 1, 0, d->n_targets);
    intercept = mesa_mean_axes(
        g, mesa_slice(g, intercept, 1, 0, d->n_targets), 1);
    o->coef[layer] = mesa_matmul(g, mesa_mul(g, coef, share), push,
                                 MESA_PLAIN, MESA_PLAIN);
    o->intercept[layer] = mesa_matmul(g, intercept, push, MESA_PLAIN,
                                      MESA_PLAIN);
}

/* Inputs for the tensors of all networks. */
static void
add_inputs(const struct dynamics *d, struct mesa_graph *g, mesa_node *input)
{
    for (size_t m = 0; m < (size_t)d->options.members; m++)
        for (size_t i = 0; i < d->n; i++) {
            const struct mesa_weight *w = mesa_weights_get(d->weights, i);

            input[m * d->n + i] = mesa_input(g, MESA_SHARED, w->rank - 1,
                                             w->shape + 1);
        }
}

mesa_status
dynamics_nodes_new(const struct dynamics *d, struct mesa_graph *g,
                   struct dynamics_nodes *out, struct mesa_error *err)
{
    const size_t layers = d->layers.hidden.n + 1;
    const size_t n = (size_t)d->options.members * d->n;
    mesa_node scale = mesa_constant(g, MESA_SHAPE(d->n_inputs, (size_t)1),
                                    d->scale);

    out->input = mesa_alloc_array(n + 2 * layers, sizeof *out->input);
    if (!out->input)
        return mesa_nomem(err, n, "nodes");
    out->coef = out->input + n;
    out->intercept = out->coef + layers;
    add_inputs(d, g, out->input);
    out->coef[0] = mesa_div(g, join(d, g, out->input, 0, 1), scale);
    for (size_t layer = 0; layer + 1 < layers; layer++)
        out->intercept[layer] = join(d, g, out->input, 2 * layer + 1, 0);
    join_last(d, g, out);
    out->carry = mesa_constant(g, MESA_SHAPE((size_t)d->space.n_states,
                                             (size_t)d->space.n_states),
                               d->carry);
    return MESA_OK;
}

void
dynamics_nodes_free(struct dynamics_nodes *nodes)
{
    mesa_free(nodes->input);
    memset(nodes, 0, sizeof *nodes);
}

/* One layer between the first and the last: each network its own columns. */
static mesa_node
middle(const struct dynamics *d, struct mesa_graph *g,
       const struct dynamics_nodes *nodes, size_t layer, mesa_node x)
{
    mesa_node part[DYNAMICS_MOST_MEMBERS];
    const size_t members = (size_t)d->options.members;
    const size_t each = (size_t)d->layers.hidden.value[layer - 1];

    for (size_t m = 0; m < members; m++)
        part[m] = mesa_matmul(g, mesa_slice(g, x, 1, m * each, each),
                              nodes->input[m * d->n + 2 * layer], MESA_PLAIN,
                              MESA_PLAIN);
    return mesa_concat(g, part, members, 1);
}

mesa_node
dynamics_next(const struct dynamics *d, struct mesa_graph *g,
              const struct dynamics_nodes *nodes, mesa_node state,
              mesa_node action)
{
    const struct mesa_list *limits = &d->options.limits;
    const mesa_node both[2] = { state, action };
    const size_t last = d->layers.hidden.n;
    mesa_node x = mesa_concat(g, both, 2, 1), next, limit;

    for (size_t layer = 0; layer < last; layer++) {
        x = layer == 0 ? mesa_matmul(g, x, nodes->coef[0], MESA_PLAIN,
                                     MESA_PLAIN)
                       : middle(d, g, nodes, layer, x);
        x = mesa_tanh(g, mesa_add(g, x, nodes->intercept[layer]));
    }
    x = mesa_matmul(g, x, nodes->coef[last], MESA_PLAIN, MESA_PLAIN);
    next = mesa_add(g, mesa_matmul(g, state, nodes->carry, MESA_PLAIN,
                                   MESA_PLAIN),
                    mesa_add(g, x, nodes->intercept[last]));
    if (limits->n == 0)
        return next;
    limit = mesa_constant(g, 1, &limits->n, limits->value);
    return mesa_max(g, mesa_min(g, next, limit), mesa_neg(g, limit));
}

void
dynamics_bind(struct dynamics *d, struct mesa_program *p,
              const struct dynamics_nodes *nodes)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct mesa_weight *w = mesa_weights_get(d->weights, i);
        float *data = mesa_weights_data(d->weights, i);
        size_t each = 1;

        for (uint32_t k = 1; k < w->rank; k++)
            each *= w->shape[k];
        for (size_t m = 0; m < w->shape[0]; m++)
            mesa_program_bind(p, nodes->input[m * d->n + i],
                              data + m * each);
    }
}

mesa_status
dynamics_save(const struct dynamics *d, struct mesa_archive *to,
              struct mesa_error *err)
{
    mesa_status st = mesa_archive_put_vector(to, "seen", MESA_F64,
                                             d->rows * width(d), d->seen,
                                             err);

    return st == MESA_OK ? mesa_weights_save(d->weights, to, "dynamics", err)
                         : st;
}

mesa_status
dynamics_load(struct dynamics *d, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct mesa_tensor seen;
    mesa_status st = mesa_archive_get(from, "seen", &seen, err);
    size_t rows;
    double *copy;

    if (st != MESA_OK)
        return st;
    if (seen.dtype != MESA_F64 || seen.n_dims != 1 ||
        seen.shape[0] % width(d) != 0)
        return mesa_fail(err, MESA_EPARSE,
                         "what was seen is not rows of %zu numbers",
                         width(d));
    rows = seen.shape[0] / width(d);
    copy = mesa_alloc_raw(seen.shape[0] + 1, sizeof *copy);
    if (!copy)
        return mesa_nomem(err, rows, "transitions");
    st = mesa_weights_load(d->weights, from, "dynamics", err);
    if (st != MESA_OK) {
        mesa_free(copy);
        return st;
    }
    memcpy(copy, seen.data, seen.shape[0] * sizeof *copy);
    mesa_free(d->seen);
    d->seen = copy;
    d->rows = d->room = rows;
    return MESA_OK;
}
