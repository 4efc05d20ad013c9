/* SPDX-License-Identifier: MIT */
/* mlp.h - a multi-layer perceptron: what its files share. */
#ifndef MESA_LEARNERS_MLP_H
#define MESA_LEARNERS_MLP_H

#include <mesa/mesa.h>

enum mlp_rate {
    MLP_CONSTANT,
    MLP_INVSCALING,
    MLP_ADAPTIVE,
    MLP_STEP,
    MLP_COSINE,
    MLP_LINEAR
};

enum {
    MLP_AUTO = 0,   /* batch_size                                   */
    MLP_CHUNK = 128 /* rows of one run of the program that predicts */
};

/* Predicts MLP_CHUNK rows; nothing is bound, as each caller has a copy. */
struct mlp_predictor {
    struct mesa_program *program;
    mesa_node            x, y;
    mesa_node           *weight;
    size_t               width; /* numbers per row */
};

struct mlp {
    struct mesa_list       hidden_layer_sizes;
    int                    activation, weight_init, solver, learning_rate;
    double                 alpha, learning_rate_init, power_t, step_gamma;
    int64_t                batch_size, step_size;
    int64_t                max_iter, n_iter_no_change;
    bool                   shuffle, early_stopping, nesterovs_momentum;
    bool                   fit_intercept;
    double                 tol, validation_fraction, momentum;
    double                 beta_1, beta_2, epsilon;
    struct mesa_component *loss;

    struct mesa_instance  *minimised; /* of loss; NULL: what is customary */
    bool                   classifies;
    size_t                 n_inputs, n_outputs;
    struct mesa_weights   *weights; /* NULL: nothing learnt */
    struct mlp_predictor   predictor;
};

/* net.c: the graph. */
mesa_status mlp_check_layers(const struct mlp *m, struct mesa_error *err);
size_t mlp_n_weights(const struct mlp *m);

/* Tensors of a layer: coefficients first. */
static inline size_t
mlp_per_layer(const struct mlp *m)
{
    return m->fit_intercept ? 2 : 1;
}

size_t mlp_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                      struct mesa_weight *out, size_t room);
mesa_node mlp_forward(const void *self, struct mesa_graph *g,
                      const mesa_node *weight, mesa_node x);
/* The last hidden layer: how wide it is, 0 if there is none, and what it
 * makes of x. */
size_t mlp_width(const struct mlp *m);
mesa_node mlp_hidden(const struct mlp *m, struct mesa_graph *g,
                     const mesa_node *weight, mesa_node x);
mesa_node mlp_loss(const struct mlp *m, struct mesa_graph *g, mesa_node y,
                   mesa_node target, mesa_node x);
/* Zero weights for models of this shape. */
mesa_status mlp_new_weights(const struct mlp *m, size_t n_inputs,
                            size_t n_outputs, struct mesa_weights **out,
                            struct mesa_error *err);

/* train.c: mlp_begin takes on the shape of the data and draws weights;
 * mlp_train makes them better for max_iter passes over the rows, or until
 * that changes nothing.  The loss after each pass goes to curve, if any. */
mesa_status mlp_begin(struct mlp *m, const struct mesa_dataset *train,
                      const struct mesa_rng *rng, struct mesa_error *err);
mesa_status mlp_train(struct mlp *m, const struct mesa_dataset *train,
                      const struct mesa_dataset *valid, size_t max_iter,
                      const struct mesa_rng *rng, double *curve,
                      struct mesa_error *err);

/* batch.c: the loss of a batch of rows, and its derivatives. */
struct mlp_batch {
    size_t               rows;
    struct mesa_program *program;
    float               *x, *target, *loss; /* borrowed buffers */
};

mesa_status mlp_batch_new(const struct mlp *m, size_t rows, float *buffer,
                          struct mesa_weights *gradient,
                          struct mlp_batch *out, struct mesa_error *err);
void mlp_batch_free(struct mlp_batch *b);
/* Floats that the buffer of a batch of so many rows has. */
size_t mlp_batch_room(const struct mlp *m, size_t rows);
mesa_status mlp_batch_run(const struct mlp *m, const struct mlp_batch *b,
                          const struct mesa_dataset *data,
                          const size_t *order, double *loss,
                          struct mesa_error *err);

/* predict.c */
mesa_status mlp_plan(struct mlp *m, struct mesa_error *err);
void mlp_predictor_free(struct mlp_predictor *p);
mesa_status mlp_predict_proba(const void *self, const struct mesa_cmatrix *x,
                              double *proba, struct mesa_error *err);
mesa_status mlp_predict(const void *self, const struct mesa_cmatrix *x,
                        double *out, struct mesa_error *err);
mesa_status mlp_embed(const void *self, const struct mesa_cmatrix *x,
                      double *out, size_t *width, struct mesa_error *err);
mesa_status mlp_save(const void *self, struct mesa_archive *to,
                     struct mesa_error *err);
mesa_status mlp_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                        uint32_t *proba, struct mesa_error *err);
mesa_status mlp_load(void *self, const struct mesa_archive *from,
                     struct mesa_error *err);

#endif
