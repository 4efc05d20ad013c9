/* SPDX-License-Identifier: MIT */
/*
 * mlp - a multi-layer perceptron, for classes or for targets.
 *
 * Parameters, their meaning and their defaults are those of scikit-learn's
 * MLPClassifier and MLPRegressor, with these differences: there is an output
 * for each class, of which the loss makes probabilities, where scikit-learn
 * has a single logistic one for two classes; any loss plugin can be
 * minimised; early_stopping looks at the loss of the validation part (of a
 * share of the training rows if there is none) and not at the accuracy; a
 * learning rate can change with adam too.  Numbers are 32-bit floats.
 *
 * partial_fit is one more pass over the rows it is given, with the
 * optimizer's moments starting anew.
 *
 * Glorot and Bengio 2010; Kingma and Ba 2015; He et al. 2015 for relu.
 */
#include "mlp.h"

#include <math.h>

static const struct mesa_choice mlp_activations[] = { MESA_ACTIVATIONS };
static const struct mesa_choice mlp_initial[] = { MESA_LAYERS_INITS };

static const struct mesa_choice mlp_solvers[] = {
    { "adam", MESA_ADAM, "steps scaled by the gradient's moments" },
    { "sgd", MESA_SGD, "gradient descent with momentum" },
    { NULL, 0, NULL }
};

static const struct mesa_choice mlp_rates[] = {
    { "constant", MLP_CONSTANT, "learning_rate_init" },
    { "invscaling", MLP_INVSCALING, "over the power_t-th power of the rows "
                                    "seen" },
    { "adaptive", MLP_ADAPTIVE, "a fifth each time the loss stands still" },
    { "step", MLP_STEP, "times step_gamma after every step_size passes" },
    { "cosine", MLP_COSINE, "falling to 0 as a cosine over max_iter" },
    { "linear", MLP_LINEAR, "falling to 0 evenly over max_iter" },
    { NULL, 0, NULL }
};

static const struct mesa_choice mlp_auto[] = {
    { "auto", MLP_AUTO, "200, or all rows if there are fewer" },
    { NULL, 0, NULL }
};

static const struct mesa_param mlp_params[] = {
    MESA_LIST(struct mlp, hidden_layer_sizes, "hidden_layer_sizes", "100",
              "Units of each hidden layer", .min.r = 1.0, .max.r = 1e6),
    MESA_CHOICE(struct mlp, activation, "activation",
                MESA_ACTIVATION_RELU, mlp_activations,
                "Function of the hidden units"),
    MESA_CHOICE(struct mlp, weight_init, "weight_init", MESA_INIT_GLOROT,
                mlp_initial, "Uniform distribution that weights and "
                "intercepts start from", .flags = MESA_PARAM_ADVANCED),
    MESA_BOOL(struct mlp, fit_intercept, "fit_intercept", true,
              "Give units an intercept (a bias)",
              .flags = MESA_PARAM_ADVANCED),
    MESA_COMPONENT(struct mlp, loss, "loss", MESA_KIND_LOSS, NULL,
                   "What is minimised; log loss for classes and half the "
                   "squared error for targets if not given"),
    MESA_CHOICE(struct mlp, solver, "solver", MESA_ADAM, mlp_solvers,
                "How the weights are changed"),
    MESA_REAL(struct mlp, alpha, "alpha", 1e-4, 0.0, 1e15,
              "Strength of the penalty on squared weights"),
    MESA_INT(struct mlp, batch_size, "batch_size", MLP_AUTO, 1, 1000000000,
             "Rows for one change of the weights", .choices = mlp_auto),
    MESA_CHOICE(struct mlp, learning_rate, "learning_rate", MLP_CONSTANT,
                mlp_rates, "How the learning rate changes"),
    MESA_REAL(struct mlp, learning_rate_init, "learning_rate_init", 0.001,
              0.0, 1e6, "Learning rate at the beginning",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct mlp, power_t, "power_t", 0.5, 0.0, 10.0,
              "Exponent of learning_rate = invscaling",
              .flags = MESA_PARAM_ADVANCED),
    MESA_INT(struct mlp, step_size, "step_size", 50, 1, 1000000000,
             "Passes between changes for learning_rate = step",
             .flags = MESA_PARAM_ADVANCED),
    MESA_REAL(struct mlp, step_gamma, "step_gamma", 0.1, 0.0, 1.0,
              "Factor of a change for learning_rate = step",
              .flags = MESA_PARAM_ADVANCED | MESA_PARAM_OPEN_MIN),
    MESA_INT(struct mlp, max_iter, "max_iter", 200, 1, 1000000000,
             "Passes over the rows at most"),
    MESA_BOOL(struct mlp, shuffle, "shuffle", true,
              "Take the rows in a new order in each pass"),
    MESA_REAL(struct mlp, tol, "tol", 1e-4, 0.0, 1e15,
              "Fall of the loss that counts as progress"),
    MESA_INT(struct mlp, n_iter_no_change, "n_iter_no_change", 10, 1,
             1000000000, "Passes in a row without progress before it ends"),
    MESA_BOOL(struct mlp, early_stopping, "early_stopping", false,
              "Judge progress by validation rows and keep the best weights"),
    MESA_REAL(struct mlp, validation_fraction, "validation_fraction", 0.1,
              0.0, 1.0,
              "Share of the rows that early_stopping holds out where there "
              "is no validation part",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_OPEN_MAX),
    MESA_REAL(struct mlp, momentum, "momentum", 0.9, 0.0, 1.0,
              "Momentum of solver = sgd", .flags = MESA_PARAM_ADVANCED),
    MESA_BOOL(struct mlp, nesterovs_momentum, "nesterovs_momentum", true,
              "Nesterov's kind of momentum", .flags = MESA_PARAM_ADVANCED),
    MESA_REAL(struct mlp, beta_1, "beta_1", 0.9, 0.0, 1.0,
              "Decay of adam's first moment",
              .flags = MESA_PARAM_ADVANCED | MESA_PARAM_OPEN_MAX),
    MESA_REAL(struct mlp, beta_2, "beta_2", 0.999, 0.0, 1.0,
              "Decay of adam's second moment",
              .flags = MESA_PARAM_ADVANCED | MESA_PARAM_OPEN_MAX),
    MESA_REAL(struct mlp, epsilon, "epsilon", 1e-8, 0.0, 1.0,
              "What adam adds to a denominator",
              .flags = MESA_PARAM_ADVANCED | MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

static mesa_status
mlp_init(void *self, struct mesa_error *err)
{
    struct mlp *m = self;
    mesa_status st = mlp_check_layers(m, err);

    if (st != MESA_OK)
        return st;
    return m->loss ? mesa_instance_new(m->loss, &m->minimised, err)
                   : MESA_OK;
}

static void
mlp_fini(void *self)
{
    struct mlp *m = self;

    mesa_instance_free(m->minimised);
    mesa_weights_free(m->weights);
    mlp_predictor_free(&m->predictor);
}

static mesa_status
mlp_fit(void *self, const struct mesa_dataset *train,
        const struct mesa_dataset *valid, struct mesa_rng *rng,
        struct mesa_error *err)
{
    struct mlp *m = self;
    mesa_status st = mlp_begin(m, train, rng, err);

    if (st == MESA_OK)
        st = mlp_train(m, train, valid, (size_t)m->max_iter, rng, NULL, err);
    return st == MESA_OK ? mlp_plan(m, err) : st;
}

/* More rows of the same kind: what was learnt stays the beginning. */
static mesa_status
mlp_same_shape(const struct mlp *m, const struct mesa_dataset *train,
               struct mesa_error *err)
{
    bool classes = train->y != NULL;
    size_t n = classes ? train->n_classes : train->target.cols;

    if (classes == m->classifies && n == m->n_outputs &&
        train->x.cols == m->n_inputs)
        return MESA_OK;
    return mesa_fail(err, MESA_ESHAPE,
                     "%zu columns and %zu %s, but it was fitted on %zu and "
                     "%zu %s",
                     train->x.cols, n, classes ? "classes" : "targets",
                     m->n_inputs, m->n_outputs,
                     m->classifies ? "classes" : "targets");
}

static mesa_status
mlp_partial_fit(void *self, const struct mesa_dataset *train,
                struct mesa_rng *rng, struct mesa_error *err)
{
    struct mlp *m = self;
    mesa_status st = m->weights ? mlp_same_shape(m, train, err)
                                : mlp_begin(m, train, rng, err);

    if (st == MESA_OK)
        st = mlp_train(m, train, NULL, 1, rng, NULL, err);
    return st == MESA_OK ? mlp_plan(m, err) : st;
}

static const struct mesa_estimator_class mlp = {
    MESA_ESTIMATOR(struct mlp),
    .head.name     = "mlp",
    .head.title    = "Multi-layer perceptron",
    .head.cite     = "Rumelhart, Hinton and Williams 1986, Nature 323",
    .head.params   = mlp_params,
    .head.flags    = MESA_CLASS_MULTICLASS,
    .head.init     = mlp_init,
    .head.fini     = mlp_fini,
    .head.save     = mlp_save,
    .head.load     = mlp_load,
    .fit           = mlp_fit,
    .predict_proba = mlp_predict_proba,
    .predict       = mlp_predict,
    .partial_fit   = mlp_partial_fit,
    .parameters    = mlp_parameters,
    .forward       = mlp_forward,
    .to_onnx       = mlp_to_onnx,
    .embed         = mlp_embed,
};

MESA_PLUGIN(.name = "mlp", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&mlp.head));
