/* SPDX-License-Identifier: MIT */
/*
 * batch.c - one program per batch size: rows and weights in, loss out, and
 * the loss's derivatives where they are wanted.
 *
 * The penalty is alpha / 2 times the squared coefficients (not intercepts)
 * per row of the batch, as scikit-learn's, and is there only where there are
 * derivatives: the loss of held-out rows is without it.
 */
#include "mlp.h"

#include <string.h>

/* The nodes of one graph that is being built. */
struct nodes {
    mesa_node  x, target, loss;
    mesa_node *weight, *gradient; /* n each */
    mesa_node *output;            /* the loss and the gradient */
};

size_t
mlp_batch_room(const struct mlp *m, size_t rows)
{
    return rows * (m->n_inputs + m->n_outputs) + 1;
}

static mesa_node
penalised(const struct mlp *m, struct mesa_graph *g, const struct nodes *n,
          size_t rows)
{
    double scale = 0.5 * m->alpha / (double)rows;
    mesa_node sum = 0;

    if (m->alpha == 0.0)
        return n->loss;
    for (size_t i = 0; i < mlp_n_weights(m); i += mlp_per_layer(m)) {
        mesa_node w = n->weight[i];
        mesa_node square = mesa_sum(g, mesa_mul(g, w, w));

        sum = i ? mesa_add(g, sum, square) : square;
    }
    return mesa_add(g, n->loss, mesa_mul(g, mesa_scalar(g, scale), sum));
}

static void
build(const struct mlp *m, struct mesa_graph *g, size_t rows,
      bool differentiate, struct nodes *n)
{
    n->x = mesa_input(g, MESA_SHARED, MESA_SHAPE(rows, m->n_inputs));
    n->target = mesa_input(g, MESA_SHARED, MESA_SHAPE(rows, m->n_outputs));
    mesa_weights_inputs(m->weights, g, n->weight);
    n->loss = mlp_loss(m, g, mlp_forward(m, g, n->weight, n->x), n->target,
                       n->x);
    if (differentiate) {
        n->loss = penalised(m, g, n, rows);
        mesa_grad(g, n->loss, n->weight, mlp_n_weights(m), n->gradient);
    }
}

static mesa_status
plan(const struct mlp *m, const struct mesa_graph *g, const struct nodes *n,
     struct mesa_weights *gradient, struct mlp_batch *out,
     struct mesa_error *err)
{
    size_t n_weights = mlp_n_weights(m);
    mesa_status st;

    n->output[0] = n->loss;
    memcpy(n->output + 1, n->gradient, n_weights * sizeof *n->output);
    st = mesa_program_new(g, n->output, gradient ? 1 + n_weights : 1,
                          &out->program, err);
    if (st != MESA_OK)
        return st;
    mesa_program_bind(out->program, n->x, out->x);
    mesa_program_bind(out->program, n->target, out->target);
    mesa_program_bind(out->program, n->loss, out->loss);
    mesa_weights_bind(m->weights, out->program, n->weight);
    if (gradient)
        mesa_weights_bind(gradient, out->program, n->gradient);
    return MESA_OK;
}

mesa_status
mlp_batch_new(const struct mlp *m, size_t rows, float *buffer,
              struct mesa_weights *gradient, struct mlp_batch *out,
              struct mesa_error *err)
{
    size_t n_weights = mlp_n_weights(m);
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    mesa_node *node = mesa_alloc_array(3 * n_weights + 1, sizeof *node);
    struct nodes n = { 0 };
    mesa_status st;

    out->rows = rows;
    out->program = NULL;
    out->loss = buffer;
    out->x = buffer + 1;
    out->target = out->x + rows * m->n_inputs;
    if (!g || !node) {
        st = mesa_nomem(err, rows, "rows of a batch");
    } else {
        n.weight = node;
        n.gradient = node + n_weights;
        n.output = node + 2 * n_weights;
        build(m, g, rows, gradient != NULL, &n);
        st = plan(m, g, &n, gradient, out, err);
    }
    mesa_graph_free(g);
    mesa_free(node);
    return st;
}

void
mlp_batch_free(struct mlp_batch *b)
{
    mesa_program_free(b->program);
    b->program = NULL;
}

static void
copy_target(const struct mlp *m, const struct mesa_dataset *data, size_t r,
            float *out)
{
    memset(out, 0, m->n_outputs * sizeof *out);
    if (m->classifies)
        out[data->y[r]] = 1.0F;
    else
        for (size_t j = 0; j < m->n_outputs; j++)
            out[j] = (float)mesa_row(&data->target, r)[j];
}

/* Rows order[0], order[1] ... of the data. */
mesa_status
mlp_batch_run(const struct mlp *m, const struct mlp_batch *b,
              const struct mesa_dataset *data, const size_t *order,
              double *loss, struct mesa_error *err)
{
    mesa_status st;

    for (size_t i = 0; i < b->rows; i++) {
        const double *row = mesa_row(&data->x, order[i]);
        float *x = b->x + i * m->n_inputs;

        for (size_t j = 0; j < m->n_inputs; j++)
            x[j] = (float)row[j];
        copy_target(m, data, order[i], b->target + i * m->n_outputs);
    }
    st = mesa_program_run(b->program, err);
    *loss = st == MESA_OK ? *b->loss : 0.0;
    return st;
}
