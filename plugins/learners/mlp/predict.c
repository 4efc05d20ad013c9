/* SPDX-License-Identifier: MIT */
/*
 * predict.c - outputs for rows in chunks of one size, and models in files.
 *
 * The program is planned once, when there are weights; each call has a copy
 * of it, as several threads may predict at once.
 */
#include "mlp.h"

#include <math.h>

void
mlp_predictor_free(struct mlp_predictor *p)
{
    mesa_program_free(p->program);
    mesa_free(p->weight);
    *p = (struct mlp_predictor){ 0 };
}

/* What predictors tell of rows. */
enum what { OUTPUTS, HIDDEN };

static void
build(const struct mlp *m, enum what what, struct mesa_graph *g,
      struct mlp_predictor *p)
{
    size_t rows = MLP_CHUNK;

    p->x = mesa_input(g, MESA_SHARED, MESA_SHAPE(rows, m->n_inputs));
    mesa_weights_inputs(m->weights, g, p->weight);
    if (what == HIDDEN) {
        p->y = mlp_hidden(m, g, p->weight, p->x);
        return;
    }
    p->y = mlp_forward(m, g, p->weight, p->x);
    if (!m->classifies)
        return;
    p->y = m->minimised ? mesa_loss_link(m->minimised, g, p->y)
                        : mesa_exp(g, mesa_log_softmax(g, p->y));
}

static mesa_status
plan(const struct mlp *m, enum what what, struct mlp_predictor *p,
     struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    mesa_status st;

    p->width = what == HIDDEN ? mlp_width(m) : m->n_outputs;
    p->weight = mesa_alloc_array(mlp_n_weights(m), sizeof *p->weight);
    if (!g || !p->weight) {
        st = mesa_nomem(err, mlp_n_weights(m), "weights of a graph");
    } else {
        build(m, what, g, p);
        st = mesa_program_new(g, &p->y, 1, &p->program, err);
    }
    mesa_graph_free(g);
    return st;
}

mesa_status
mlp_plan(struct mlp *m, struct mesa_error *err)
{
    mlp_predictor_free(&m->predictor);
    return plan(m, OUTPUTS, &m->predictor, err);
}

/* A copy of the program with memory for one chunk. */
struct run {
    struct mesa_program *program;
    float               *x, *y;
    size_t               width;
    bool                 sums; /* to 1, as nearly as doubles do */
};

static mesa_status
open_run(const struct mlp *m, const struct mlp_predictor *p, struct run *run,
         struct mesa_error *err)
{
    size_t n = MLP_CHUNK * (m->n_inputs + p->width);
    mesa_status st;

    run->program = NULL;
    run->width = p->width;
    run->x = mesa_alloc_array(n, sizeof *run->x);
    if (!run->x)
        return mesa_nomem(err, n, "numbers of a chunk");
    run->y = run->x + MLP_CHUNK * m->n_inputs;
    st = mesa_program_copy(p->program, &run->program, err);
    if (st != MESA_OK)
        return st;
    mesa_program_bind(run->program, p->x, run->x);
    mesa_program_bind(run->program, p->y, run->y);
    mesa_weights_bind(m->weights, run->program, p->weight);
    return MESA_OK;
}

static void
close_run(struct run *run)
{
    mesa_program_free(run->program);
    mesa_free(run->x);
}

static mesa_status
finish_row(const struct run *run, const float *y, double *out, size_t r,
           struct mesa_error *err)
{
    double sum = 0.0;

    for (size_t j = 0; j < run->width; j++) {
        out[j] = y[j];
        sum += out[j];
    }
    if (!isfinite(sum))
        return mesa_fail(err, MESA_ENUMERIC,
                         "the outputs for row %zu are not finite", r);
    for (size_t j = 0; j < run->width && run->sums; j++)
        out[j] /= sum;
    return MESA_OK;
}

static mesa_status
predict_chunk(const struct mlp *m, const struct run *run,
              const struct mesa_cmatrix *x, size_t start, double *out,
              struct mesa_error *err)
{
    size_t rest = x->rows - start, k = run->width;
    size_t rows = rest < MLP_CHUNK ? rest : MLP_CHUNK;
    mesa_status st;

    for (size_t i = 0; i < rows; i++) {
        const double *row = mesa_row(x, start + i);

        for (size_t j = 0; j < m->n_inputs; j++)
            run->x[i * m->n_inputs + j] = (float)row[j];
    }
    st = mesa_program_run(run->program, err);
    for (size_t i = 0; i < rows && st == MESA_OK; i++)
        st = finish_row(run, run->y + i * k, out + (start + i) * k, start + i,
                        err);
    return st;
}

static mesa_status
predict_rows(const struct mlp *m, const struct mlp_predictor *p, bool sums,
             const struct mesa_cmatrix *x, double *out,
             struct mesa_error *err)
{
    struct run run = { .sums = sums };
    mesa_status st = open_run(m, p, &run, err);

    for (size_t r = 0; r < x->rows && st == MESA_OK; r += MLP_CHUNK)
        st = predict_chunk(m, &run, x, r, out, err);
    close_run(&run);
    return st;
}

mesa_status
mlp_predict_proba(const void *self, const struct mesa_cmatrix *x,
                  double *proba, struct mesa_error *err)
{
    const struct mlp *m = self;

    if (!m->classifies)
        return mesa_fail(err, MESA_ENOTSUP,
                         "fitted on targets, it gives no probabilities");
    return predict_rows(m, &m->predictor, true, x, proba, err);
}

mesa_status
mlp_predict(const void *self, const struct mesa_cmatrix *x, double *out,
            struct mesa_error *err)
{
    const struct mlp *m = self;

    if (m->classifies)
        return mesa_fail(err, MESA_ENOTSUP,
                         "fitted on classes, it gives probabilities only");
    return predict_rows(m, &m->predictor, false, x, out, err);
}

/* Asked for once per query, so that its program is not kept. */
mesa_status
mlp_embed(const void *self, const struct mesa_cmatrix *x, double *out,
          size_t *width, struct mesa_error *err)
{
    const struct mlp *m = self;
    struct mlp_predictor p = { .program = NULL };
    mesa_status st;

    *width = mlp_width(m);
    if (!out || *width == 0)
        return MESA_OK;
    st = plan(m, HIDDEN, &p, err);
    if (st == MESA_OK)
        st = predict_rows(m, &p, false, x, out, err);
    mlp_predictor_free(&p);
    return st;
}

mesa_status
mlp_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct mlp *m = self;

    return mesa_weights_save(m->weights, to, NULL, err);
}

/* The shape is that of the tensors, which the file really has: a number in
 * it could ask for any amount of memory. */
static mesa_status
read_shape(const struct mlp *m, const struct mesa_archive *from,
           size_t *n_inputs, size_t *n_outputs, size_t *n_classes,
           struct mesa_error *err)
{
    size_t n = mlp_n_weights(m), columns = 0;
    size_t any[2] = { SIZE_MAX, SIZE_MAX };
    struct mesa_weight *list = mesa_alloc_array(n, sizeof *list);
    struct mesa_tensor last;
    const void *data;
    mesa_status st;

    if (!list)
        return mesa_nomem(err, n, "weights");
    st = mesa_archive_fitted_shape(from, &columns, n_classes, err);
    mlp_parameters(m, 1, 1, list, n);
    any[0] = columns;
    if (st == MESA_OK)
        st = mesa_archive_expect(from, list[0].name, MESA_F32, 2, any, &data,
                                 err);
    any[0] = SIZE_MAX;
    if (st == MESA_OK)
        st = mesa_archive_expect(from, list[n - 1].name, MESA_F32,
                                 list[n - 1].rank, any, &data, err);
    if (st == MESA_OK)
        st = mesa_archive_get(from, list[n - 1].name, &last, err);
    mesa_free(list);
    if (st != MESA_OK)
        return st;
    *n_inputs = columns;
    *n_outputs = last.shape[last.n_dims - 1];
    if (*n_outputs == 0 || (*n_classes && *n_classes != *n_outputs))
        return mesa_fail(err, MESA_EPARSE,
                         "a network of %zu outputs for %zu classes",
                         *n_outputs, *n_classes);
    return MESA_OK;
}

mesa_status
mlp_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct mlp *m = self;
    struct mesa_weights *weights = NULL;
    size_t n_inputs = 0, n_outputs = 0, n_classes = 0;
    mesa_status st = read_shape(m, from, &n_inputs, &n_outputs, &n_classes,
                                err);

    if (st == MESA_OK)
        st = mlp_new_weights(m, n_inputs, n_outputs, &weights, err);
    if (st == MESA_OK)
        st = mesa_weights_load(weights, from, NULL, err);
    if (st != MESA_OK) {
        mesa_weights_free(weights);
        return st;
    }
    mesa_weights_free(m->weights);
    m->weights = weights;
    m->n_inputs = n_inputs;
    m->n_outputs = n_outputs;
    m->classifies = n_classes > 0;
    return mlp_plan(m, err);
}
