/* SPDX-License-Identifier: MIT */
/*
 * learned - a loss that is a small network: what it finds worth minimising
 * was itself learnt, by metalearners such as ml3.
 *
 * Of each row the network sees the prediction and, as asked for, the target,
 * the input and what else is known, one after the other and divided by
 * `scale`; the loss is the mean of its outputs.  Once learnt it trains any
 * differentiable model of as many outputs:
 *
 *     [loss]
 *     type = learned
 *     state = runs/ml3_sine/loss.safetensors
 *
 * Bechtle et al. 2021, Meta learning via learned loss, arXiv:1906.05374.
 */
#include <mesa/mesa.h>

#include <string.h>

enum { SCORES, LOG_SOFTMAX };
enum { NONE, SOFTPLUS };
enum { NOTHING, CROSS_ENTROPY };
enum { MOST_TERMS = 4 };

struct learned {
    struct mesa_list       hidden, scale;
    int                    activation, weight_init, prediction, output, base;
    bool                   fit_intercept, use_target, use_input, use_extra;
    double                 intercept;

    struct mesa_layers     layers;
    struct mesa_loss_shape shape;   /* of what has been learnt */
    struct mesa_weights   *weights; /* NULL: nothing           */
};

static const struct mesa_choice learned_activations[] = { MESA_ACTIVATIONS };
static const struct mesa_choice learned_inits[] = { MESA_LAYERS_INITS };

static const struct mesa_choice learned_predictions[] = {
    { "scores", SCORES, "as the model gives it" },
    { "log_softmax", LOG_SOFTMAX, "logarithms of the classes' probabilities" },
    { NULL, 0, NULL }
};

static const struct mesa_choice learned_outputs[] = {
    { "none", NONE, "any number" },
    { "softplus", SOFTPLUS, "log(1 + exp(x)): above 0" },
    { NULL, 0, NULL }
};

static const struct mesa_choice learned_bases[] = {
    { "none", NOTHING, "nothing: the network is all of the loss" },
    { "cross_entropy", CROSS_ENTROPY,
      "the log loss of the softmax: what is learnt is a correction" },
    { NULL, 0, NULL }
};

static const struct mesa_param learned_params[] = {
    MESA_LIST(struct learned, hidden, "hidden_layer_sizes", "50, 50",
              "Units of each hidden layer", .min.r = 1.0, .max.r = 1e6),
    MESA_CHOICE(struct learned, activation, "activation",
                MESA_ACTIVATION_RELU, learned_activations,
                "Function of the hidden units"),
    MESA_CHOICE(struct learned, output, "output", SOFTPLUS, learned_outputs,
                "What becomes of the network's output"),
    MESA_CHOICE(struct learned, base, "base", NOTHING, learned_bases,
                "What that is added to"),
    MESA_BOOL(struct learned, fit_intercept, "fit_intercept", true,
              "Give units an intercept (a bias)"),
    MESA_CHOICE(struct learned, weight_init, "weight_init", MESA_INIT_FAN_IN,
                learned_inits, "Uniform distribution that weights and "
                "intercepts start from", .flags = MESA_PARAM_ADVANCED),
    MESA_REAL(struct learned, intercept, "intercept", 0.0, -1e6, 1e6,
              "What intercepts start from with weight_init = xavier",
              .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct learned, prediction, "prediction", SCORES,
                learned_predictions, "How the prediction is shown"),
    MESA_BOOL(struct learned, use_target, "use_target", true,
              "Show the target"),
    MESA_BOOL(struct learned, use_input, "use_input", false,
              "Show what the model was given"),
    MESA_BOOL(struct learned, use_extra, "use_extra", false,
              "Show what else is known of a row, such as a cost or a return"),
    MESA_LIST(struct learned, scale, "scale", NULL,
              "What each column shown is divided by; nothing if empty",
              .min.r = 0.0, .max.r = 1e12, .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

static mesa_status
learned_init(void *self, struct mesa_error *err)
{
    struct learned *l = self;

    l->layers = (struct mesa_layers){
        .hidden = l->hidden,
        .activation = (enum mesa_activation)l->activation,
        .init = (enum mesa_layers_init)l->weight_init,
        .no_intercepts = !l->fit_intercept,
        .intercept = l->intercept,
    };
    return mesa_layers_check(&l->layers, "hidden_layer_sizes", err);
}

static void
learned_fini(void *self)
{
    mesa_weights_free(((struct learned *)self)->weights);
}

/* Columns that the network sees. */
static size_t
columns(const struct learned *l, const struct mesa_loss_shape *s)
{
    return s->n_outputs + (l->use_target ? s->n_targets : 0) +
           (l->use_input ? s->n_inputs : 0) +
           (l->use_extra ? s->n_extra : 0);
}

static size_t
learned_parameters(const void *self, const struct mesa_loss_shape *shape,
                   struct mesa_weight *out, size_t room)
{
    const struct learned *l = self;

    return mesa_layers_parameters(&l->layers, columns(l, shape), 1, out,
                                  room);
}

/* The terms to look at, side by side. */
static mesa_node
shown(const struct learned *l, struct mesa_graph *g,
      const struct mesa_loss_terms *terms)
{
    const struct {
        bool        wanted;
        mesa_node   node;
        const char *what, *key;
    } other[] = { { l->use_target, terms->target, "target", "use_target" },
                  { l->use_input, terms->input, "input", "use_input" },
                  { l->use_extra, terms->extra, "extra", "use_extra" } };
    mesa_node term[MOST_TERMS];
    size_t n = 0, shape[MESA_MAX_DIMS] = { 0 };
    mesa_node x;

    mesa_node_shape(g, terms->prediction, shape);
    if (l->prediction == LOG_SOFTMAX && shape[1] < 2)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "loss learned looks at probabilities of "
                               "classes (prediction = log_softmax), but the "
                               "prediction has %zu column",
                               shape[1]);
    term[n++] = l->prediction == LOG_SOFTMAX
                    ? mesa_log_softmax(g, terms->prediction)
                    : terms->prediction;
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (!other[i].wanted)
            continue;
        if (!other[i].node)
            return mesa_graph_fail(g, MESA_EINVAL,
                                   "loss learned looks at the %s (%s = yes), "
                                   "but here is none",
                                   other[i].what, other[i].key);
        term[n++] = other[i].node;
    }
    x = n > 1 ? mesa_concat(g, term, n, 1) : term[0];
    mesa_node_shape(g, x, shape);
    if (x && l->scale.n && l->scale.n != shape[1])
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "scale has %zu numbers but loss learned looks "
                               "at %zu columns",
                               l->scale.n, shape[1]);
    return l->scale.n
               ? mesa_div(g, x, mesa_constant(g, 1, &l->scale.n,
                                              l->scale.value))
               : x;
}

/* What the network's output is added to: rows by 1. */
static mesa_node
based(struct mesa_graph *g, const struct mesa_loss_terms *terms)
{
    mesa_node log_p = mesa_log_softmax(g, terms->prediction);
    size_t p[MESA_MAX_DIMS] = { 0 }, t[MESA_MAX_DIMS] = { 0 };

    mesa_node_shape(g, terms->prediction, p);
    mesa_node_shape(g, terms->target, t);
    if (!terms->target)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "loss learned corrects the log loss "
                               "(base = cross_entropy), but here is no "
                               "target");
    if (p[1] < 2 || p[1] != t[1])
        return mesa_graph_fail(g, MESA_EINVAL,
                               "loss learned corrects the log loss "
                               "(base = cross_entropy) of classes, but there "
                               "are %zu outputs and %zu targets",
                               p[1], t[1]);
    return mesa_neg(g, mesa_sum_axes(g, mesa_mul(g, terms->target, log_p),
                                     1U << 1));
}

static mesa_node
learned_build_with(const void *self, struct mesa_graph *g,
                   const mesa_node *weight,
                   const struct mesa_loss_terms *terms)
{
    const struct learned *l = self;
    mesa_node y = mesa_layers_forward(&l->layers, g, weight,
                                      shown(l, g, terms));

    y = l->output == SOFTPLUS ? mesa_softplus(g, y) : y;
    return mesa_mean(g, l->base == NOTHING ? y
                                           : mesa_add(g, y, based(g, terms)));
}

/* Room for weights of terms of that shape; for those of an archive only if it
 * has them, however large it says they are. */
static mesa_status
make_room(const struct learned *l, const struct mesa_loss_shape *shape,
          const struct mesa_archive *from, struct mesa_weights **out,
          struct mesa_error *err)
{
    size_t n = learned_parameters(l, shape, NULL, 0);
    struct mesa_weight *list = mesa_alloc_array(n, sizeof *list);
    mesa_status st = MESA_OK;
    const void *at;

    *out = NULL;
    if (!list)
        return mesa_nomem(err, n, "weights");
    learned_parameters(l, shape, list, n);
    for (size_t i = 0; from && i < n && st == MESA_OK; i++)
        st = mesa_archive_expect(from, list[i].name, MESA_F32, list[i].rank,
                                 list[i].shape, &at, err);
    if (st == MESA_OK)
        st = mesa_weights_new(list, n, MESA_F32, out, err);
    mesa_free(list);
    return st;
}

static void
take(struct learned *l, const struct mesa_loss_shape *shape,
     struct mesa_weights *weights)
{
    mesa_weights_free(l->weights);
    l->weights = weights;
    l->shape = *shape;
    l->shape.struct_size = sizeof l->shape;
}

static mesa_status
learned_learn(void *self, const struct mesa_loss_shape *shape,
              const struct mesa_weights *weights, struct mesa_error *err)
{
    struct mesa_weights *own;
    mesa_status st = make_room(self, shape, NULL, &own, err);

    if (st != MESA_OK)
        return st;
    mesa_weights_assign(own, weights);
    take(self, shape, own);
    return MESA_OK;
}

static const struct mesa_weights *
learned_learnt(const void *self, struct mesa_loss_shape *shape)
{
    const struct learned *l = self;
    const uint32_t size = shape->struct_size;

    memcpy(shape, &l->shape, size < sizeof *shape ? size : sizeof *shape);
    shape->struct_size = size;
    return l->weights;
}

static mesa_status
learned_save(const void *self, struct mesa_archive *to,
             struct mesa_error *err)
{
    const struct learned *l = self;
    const uint64_t width[MOST_TERMS] = { l->shape.n_outputs,
                                         l->shape.n_targets,
                                         l->shape.n_inputs,
                                         l->shape.n_extra };
    mesa_status st;

    if (!l->weights)
        return mesa_fail(err, MESA_ESTATE, "loss learned has learnt nothing");
    st = mesa_archive_put_vector(to, "columns", MESA_U64, MOST_TERMS, width,
                                 err);
    return st == MESA_OK ? mesa_weights_save(l->weights, to, NULL, err) : st;
}

static mesa_status
learned_load(void *self, const struct mesa_archive *from,
             struct mesa_error *err)
{
    static const size_t n = MOST_TERMS;
    struct learned *l = self;
    struct mesa_loss_shape shape = { .struct_size = sizeof shape };
    struct mesa_weights *weights = NULL;
    uint64_t width[MOST_TERMS];
    const void *at;
    mesa_status st = mesa_archive_expect(from, "columns", MESA_U64, 1, &n,
                                         &at, err);

    if (st != MESA_OK)
        return st;
    memcpy(width, at, sizeof width);
    for (size_t i = 0; i < MOST_TERMS; i++)
        if (width[i] > 1000000 || (i == 0 && width[i] == 0))
            return mesa_fail(err, MESA_EPARSE, "columns[%zu] is %llu", i,
                             (unsigned long long)width[i]);
    shape.n_outputs = (size_t)width[0];
    shape.n_targets = (size_t)width[1];
    shape.n_inputs = (size_t)width[2];
    shape.n_extra = (size_t)width[3];
    st = make_room(l, &shape, from, &weights, err);
    if (st == MESA_OK)
        st = mesa_weights_load(weights, from, NULL, err);
    if (st != MESA_OK) {
        mesa_weights_free(weights);
        return st;
    }
    take(l, &shape, weights);
    return MESA_OK;
}

static const struct mesa_loss_class learned = {
    MESA_LOSS(struct learned),
    .head.name   = "learned",
    .head.title  = "A network that was taught what to minimise",
    .head.cite   = "Bechtle et al. 2021, Meta learning via learned loss, "
                   "arXiv:1906.05374",
    .head.params = learned_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .head.init   = learned_init,
    .head.fini   = learned_fini,
    .head.save   = learned_save,
    .head.load   = learned_load,
    .parameters  = learned_parameters,
    .build_with  = learned_build_with,
    .learn       = learned_learn,
    .learnt      = learned_learnt,
};

MESA_PLUGIN(.name = "learned", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&learned.head));
