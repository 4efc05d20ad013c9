/* SPDX-License-Identifier: MIT */
/*
 * train.c - passes over the rows in batches, until they change nothing.
 *
 * A step is two programs: the loss and its derivatives, for full batches and
 * for the smaller last one, and the update of the weights, which is the same
 * for both.  When to stop is scikit-learn's rule: the loss has not fallen by
 * tol for more than n_iter_no_change passes in a row.
 *
 * With early_stopping that is the loss of held-out rows, and the weights that
 * were best by it are kept.  (scikit-learn takes the accuracy, which hardly
 * moves where one class is rare.)
 */
#include "mlp.h"

#include <math.h>
#include <string.h>

struct training {
    struct mlp                *m;
    const struct mesa_dataset *rows, *held; /* held: NULL if none */
    const struct mesa_rng     *rng;
    size_t                     max_iter, batch, steps; /* steps in a pass */
    size_t                    *order, *held_order;
    float                     *buffer;
    struct mlp_batch           full, last, held_full, held_last;
    struct mesa_weights       *gradient, *best;
    struct mesa_optimizer     *optimizer;
    struct mesa_program       *update;
    double                     rate, best_loss; /* rate: of adaptive */
    size_t                     stale; /* passes without progress */
    struct mesa_subset         part[2];
};

static void
free_training(struct training *t)
{
    mlp_batch_free(&t->full);
    mlp_batch_free(&t->last);
    mlp_batch_free(&t->held_full);
    mlp_batch_free(&t->held_last);
    mesa_program_free(t->update);
    mesa_optimizer_free(t->optimizer);
    mesa_weights_free(t->gradient);
    mesa_weights_free(t->best);
    mesa_free(t->order);
    mesa_free(t->held_order);
    mesa_free(t->buffer);
    for (size_t i = 0; i < 2; i++)
        if (t->part[i].block_)
            mesa_subset_free(&t->part[i]);
}

/* Rows of each class (of all, for regression) in random order; the first
 * ones are held out.  pick has the rows that stay in front. */
static size_t
choose_held(const struct training *t, size_t *pick, size_t *mixed)
{
    const struct mesa_dataset *d = t->rows;
    size_t n = d->x.rows, n_classes = t->m->classifies ? d->n_classes : 1;
    struct mesa_rng rng = mesa_rng_derive(t->rng, "held", 0);
    size_t kept = 0, held = 0;

    mesa_rng_permutation(&rng, n, mixed);
    for (size_t c = 0; c < n_classes; c++) {
        size_t count = 0, seen = 0, wanted;

        for (size_t r = 0; r < n; r++)
            count += !t->m->classifies || (size_t)d->y[r] == c;
        wanted = (size_t)floor(t->m->validation_fraction * (double)count +
                               0.5);
        for (size_t i = 0; i < n; i++) {
            size_t r = mixed[i];

            if (t->m->classifies && (size_t)d->y[r] != c)
                continue;
            if (seen++ < wanted)
                pick[n - ++held] = r;
            else
                pick[kept++] = r;
        }
    }
    return kept;
}

static mesa_status
hold_out(struct training *t, struct mesa_error *err)
{
    const struct mesa_dataset *d = t->rows;
    size_t n = d->x.rows, kept = 0;
    size_t *pick = mesa_alloc_array(n, 2 * sizeof *pick);
    mesa_status st = MESA_OK;

    if (!pick)
        return mesa_nomem(err, n, "rows to hold out");
    kept = choose_held(t, pick, pick + n);
    if (kept == 0 || kept == n)
        st = mesa_fail(err, MESA_EDATA,
                       "validation_fraction %g of %zu rows leaves %zu to "
                       "learn from and %zu to judge by",
                       t->m->validation_fraction, n, kept, n - kept);
    if (st == MESA_OK)
        st = mesa_subset_init(&t->part[0], d, pick, kept, err);
    if (st == MESA_OK)
        st = mesa_subset_init(&t->part[1], d, pick + kept, n - kept, err);
    mesa_free(pick);
    if (st != MESA_OK)
        return st;
    t->rows = &t->part[0].data;
    t->held = &t->part[1].data;
    return MESA_OK;
}

static mesa_status
check_held(const struct mlp *m, const struct mesa_dataset *held,
           struct mesa_error *err)
{
    size_t n = m->classifies ? held->n_classes : held->target.cols;

    if (m->classifies ? held->y && n == m->n_outputs
                      : held->target.rows == held->x.rows &&
                            n == m->n_outputs)
        return MESA_OK;
    return mesa_fail(err, MESA_ESHAPE,
                     "the validation rows have %zu outputs, expected %zu", n,
                     m->n_outputs);
}

/* Adam and the schedules whose rate is known beforehand are the optimizer's
 * own; the other rates are set between passes. */
static struct mesa_optimizer_options
optimizer_options(const struct training *t)
{
    const struct mlp *m = t->m;
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    o.solver = (enum mesa_solver)m->solver;
    o.learning_rate = m->learning_rate_init;
    o.momentum = m->momentum;
    o.nesterov = m->nesterovs_momentum;
    o.beta1 = m->beta_1;
    o.beta2 = m->beta_2;
    o.epsilon = m->epsilon;
    o.period = (double)t->max_iter * (double)t->steps;
    if (m->learning_rate == MLP_STEP) {
        o.schedule = MESA_STEP;
        o.period = (double)m->step_size * (double)t->steps;
        o.gamma = m->step_gamma;
    } else if (m->learning_rate == MLP_COSINE) {
        o.schedule = MESA_COSINE;
    } else if (m->learning_rate == MLP_LINEAR) {
        o.schedule = MESA_LINEAR;
    }
    return o;
}

/* Nodes: weights, gradients, what the weights become (n each), then the
 * optimizer's state. */
static mesa_status
plan_update(struct training *t, struct mesa_graph *g, mesa_node *node,
            struct mesa_error *err)
{
    size_t n = mlp_n_weights(t->m), n_state;
    mesa_node *updated = node + 2 * n, *output = node;
    struct mesa_optimizer_options options = optimizer_options(t);
    mesa_status st;

    mesa_weights_inputs(t->m->weights, g, node);
    mesa_weights_inputs(t->gradient, g, node + n);
    st = mesa_optimizer_new(g, &options, node, node + n, n, updated,
                            &t->optimizer, err);
    if (st != MESA_OK)
        return st;
    n_state = mesa_optimizer_n_state(t->optimizer);
    output = mesa_alloc_array(n + n_state, sizeof *output);
    if (!output)
        return mesa_nomem(err, n + n_state, "outputs");
    memcpy(output, updated, n * sizeof *output);
    mesa_optimizer_state(t->optimizer, output + n);
    st = mesa_program_new(g, output, n + n_state, &t->update, err);
    mesa_free(output);
    if (st != MESA_OK)
        return st;
    mesa_weights_bind(t->m->weights, t->update, node);
    mesa_weights_bind(t->gradient, t->update, node + n);
    mesa_weights_bind(t->m->weights, t->update, updated);
    mesa_optimizer_bind(t->optimizer, t->update);
    return MESA_OK;
}

static mesa_status
make_update(struct training *t, struct mesa_error *err)
{
    size_t n = 3 * mlp_n_weights(t->m);
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    mesa_node *node = mesa_alloc_array(n, sizeof *node);
    mesa_status st = g && node ? plan_update(t, g, node, err)
                               : mesa_nomem(err, n, "nodes");

    mesa_graph_free(g);
    mesa_free(node);
    return st;
}

static mesa_status
make_order(size_t n, size_t **out, struct mesa_error *err)
{
    *out = mesa_alloc_array(n, sizeof **out);
    if (!*out)
        return mesa_nomem(err, n, "rows in order");
    for (size_t i = 0; i < n; i++)
        (*out)[i] = i;
    return MESA_OK;
}

/* Programs for n rows in batches: full ones, and what is left over. */
static mesa_status
make_batches(struct training *t, size_t n, struct mesa_weights *gradient,
             struct mlp_batch *full, struct mlp_batch *last,
             struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (n >= t->batch)
        st = mlp_batch_new(t->m, t->batch, t->buffer, gradient, full, err);
    if (st == MESA_OK && n % t->batch)
        st = mlp_batch_new(t->m, n % t->batch, t->buffer, gradient, last,
                           err);
    return st;
}

static mesa_status
prepare(struct training *t, struct mesa_error *err)
{
    struct mlp *m = t->m;
    size_t n = t->rows->x.rows, wanted, room;
    mesa_status st;

    wanted = m->batch_size == MLP_AUTO ? 200 : (size_t)m->batch_size;
    t->batch = wanted < n ? wanted : n;
    t->steps = (n + t->batch - 1) / t->batch;
    room = mlp_batch_room(m, t->batch);
    t->buffer = mesa_alloc_array(room, sizeof *t->buffer);
    if (!t->buffer)
        return mesa_nomem(err, room, "numbers of a batch");
    st = mlp_new_weights(m, m->n_inputs, m->n_outputs, &t->gradient, err);
    if (st == MESA_OK)
        st = make_order(n, &t->order, err);
    if (st == MESA_OK)
        st = make_batches(t, n, t->gradient, &t->full, &t->last, err);
    if (st == MESA_OK)
        st = make_update(t, err);
    if (st != MESA_OK || !t->held)
        return st;
    st = make_order(t->held->x.rows, &t->held_order, err);
    if (st == MESA_OK)
        st = make_batches(t, t->held->x.rows, NULL, &t->held_full,
                          &t->held_last, err);
    if (st == MESA_OK)
        st = mlp_new_weights(m, m->n_inputs, m->n_outputs, &t->best, err);
    return st;
}

static mesa_status
check_loss(const struct mlp *m, double loss, size_t i, struct mesa_error *err)
{
    if (isfinite(loss))
        return MESA_OK;
    return mesa_fail(err, MESA_ENUMERIC,
                     "the loss is not finite in iteration %zu: "
                     "learning_rate_init %g may be too large, or the columns "
                     "need a transform",
                     i + 1, m->learning_rate_init);
}

/* One step for each batch; *loss is the mean over rows, as they were met. */
static mesa_status
run_pass(struct training *t, size_t i, double *loss, struct mesa_error *err)
{
    size_t n = t->rows->x.rows;
    struct mesa_rng rng = mesa_rng_derive(t->rng, "pass", i);
    double sum = 0.0, value;
    mesa_status st = MESA_OK;

    if (t->m->shuffle)
        mesa_rng_permutation(&rng, n, t->order);
    for (size_t at = 0; at < n && st == MESA_OK; at += t->batch) {
        const struct mlp_batch *b = n - at < t->batch ? &t->last : &t->full;

        st = mlp_batch_run(t->m, b, t->rows, t->order + at, &value, err);
        if (st == MESA_OK)
            st = check_loss(t->m, value, i, err);
        if (st != MESA_OK)
            break;
        sum += value * (double)b->rows;
        mesa_optimizer_step(t->optimizer);
        st = mesa_program_run(t->update, err);
    }
    *loss = sum / (double)n;
    return st;
}

static mesa_status
held_loss(struct training *t, size_t i, double *loss, struct mesa_error *err)
{
    size_t n = t->held->x.rows;
    double sum = 0.0, value;
    mesa_status st = MESA_OK;

    for (size_t at = 0; at < n && st == MESA_OK; at += t->batch) {
        const struct mlp_batch *b =
            n - at < t->batch ? &t->held_last : &t->held_full;

        st = mlp_batch_run(t->m, b, t->held, t->held_order + at, &value, err);
        if (st == MESA_OK)
            st = check_loss(t->m, value, i, err);
        sum += value * (double)b->rows;
    }
    *loss = sum / (double)n;
    return st;
}

/* invscaling: rate_init / (rows seen + 1)^power_t, from the next pass on. */
static void
scale_rate(struct training *t, size_t i)
{
    double n = (double)t->rows->x.rows, seen = n * (double)i;

    if (t->m->learning_rate == MLP_INVSCALING)
        mesa_optimizer_scale(t->optimizer,
                             mesa_math_pow((seen + 1.0) / (seen + n + 1.0),
                                           t->m->power_t));
}

/* Has the loss stood still for too long?  An adaptive rate is then a fifth,
 * and only when that is next to nothing it is the end. */
static bool
finished(struct training *t, double loss)
{
    struct mlp *m = t->m;

    t->stale = loss > t->best_loss - m->tol ? t->stale + 1 : 0;
    if (loss < t->best_loss) {
        t->best_loss = loss;
        if (t->best)
            mesa_weights_assign(t->best, m->weights);
    }
    if (t->stale <= (size_t)m->n_iter_no_change)
        return false;
    if (m->learning_rate != MLP_ADAPTIVE || t->rate <= 1e-6)
        return true;
    t->rate /= 5.0;
    t->stale = 0;
    mesa_optimizer_scale(t->optimizer, 0.2);
    return false;
}

static mesa_status
run_passes(struct training *t, double *curve, struct mesa_error *err)
{
    bool done = false;
    mesa_status st = MESA_OK;

    t->best_loss = INFINITY;
    t->rate = t->m->learning_rate_init;
    for (size_t i = 0; i < t->max_iter && !done && st == MESA_OK; i++) {
        double loss;

        st = run_pass(t, i, &loss, err);
        if (st == MESA_OK && curve)
            curve[i] = loss;
        if (st == MESA_OK && t->held)
            st = held_loss(t, i, &loss, err);
        if (st != MESA_OK)
            break;
        scale_rate(t, i);
        done = finished(t, loss);
    }
    if (st == MESA_OK && t->best)
        mesa_weights_assign(t->m->weights, t->best);
    return st;
}

mesa_status
mlp_begin(struct mlp *m, const struct mesa_dataset *train,
          const struct mesa_rng *rng, struct mesa_error *err)
{
    struct mesa_rng draw = mesa_rng_derive(rng, "weights", 0);
    bool classifies = train->y != NULL;
    size_t n_outputs = classifies ? train->n_classes : train->target.cols;
    struct mesa_weights *weights;
    mesa_status st;

    if (n_outputs == 0)
        return mesa_fail(err, MESA_EDATA,
                         "the rows have neither classes nor targets");
    st = mlp_new_weights(m, train->x.cols, n_outputs, &weights, err);
    if (st != MESA_OK)
        return st;
    mesa_weights_draw(weights, &draw);
    mesa_weights_free(m->weights);
    m->weights = weights;
    m->n_inputs = train->x.cols;
    m->n_outputs = n_outputs;
    m->classifies = classifies;
    return MESA_OK;
}

mesa_status
mlp_train(struct mlp *m, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, size_t max_iter,
          const struct mesa_rng *rng, double *curve, struct mesa_error *err)
{
    struct training t = { .m = m, .rows = train, .rng = rng,
                          .max_iter = max_iter };
    mesa_status st = MESA_OK;

    /* A single pass cannot end early: nothing is held out of partial_fit. */
    if (m->early_stopping && max_iter > 1 && valid && valid->x.rows > 0) {
        t.held = valid;
        st = check_held(m, valid, err);
    } else if (m->early_stopping && max_iter > 1) {
        st = hold_out(&t, err);
    }
    if (st == MESA_OK)
        st = prepare(&t, err);
    if (st == MESA_OK)
        st = run_passes(&t, curve, err);
    free_training(&t);
    return st;
}
