/* SPDX-License-Identifier: MIT */
/* test_learned.c - a loss that is a network: by hand, taught, from files. */
#include "maker.h"

#include <math.h>

const struct mesa_plugin *learned_plugin(void);
const struct mesa_plugin *mse_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "losses", "learned", learned_plugin },
    { "losses", "mse", mse_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

enum { PREDICTION, TARGET, INPUT, EXTRA, N_TERMS, ROWS = 3, MOST = 6 };

/* What a loss is shown: columns of each term, and numbers for them. */
struct lesson {
    size_t n[N_TERMS];
    double value[N_TERMS][MOST];
};

static const struct lesson two_and_two = {
    { 2, 2, 0, 0 },
    { { 0.5, -1.0, 2.0, 0.25, -0.75, 1.5 }, { 1, 0, 0, 1, 1, 0 } },
};

/* One number of each. */
static const struct lesson all_terms = {
    { 1, 1, 2, 1 },
    { { 0.5, -1.0, 2.0 },
      { 1.0, 0.5, -0.25 },
      { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6 },
      { 7.0, -8.0, 9.0 } },
};

static struct mesa_loss_shape
shape_of(const struct lesson *l)
{
    return (struct mesa_loss_shape){ sizeof(struct mesa_loss_shape),
                                     l->n[PREDICTION], l->n[TARGET],
                                     l->n[INPUT], l->n[EXTRA] };
}

static struct mesa_instance *
make(struct maker *m, const char *words)
{
    assert_ok(maker_make(m, MESA_KIND_LOSS, "learned", words, err));
    return m->made;
}

static struct mesa_weights *
draw(const struct mesa_instance *loss, const struct lesson *l,
     enum mesa_dtype dtype, uint64_t seed)
{
    const struct mesa_loss_shape shape = shape_of(l);
    struct mesa_weights *w;
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    assert_ok(mesa_loss_weights(loss, &shape, dtype, &rng, &w, err));
    return w;
}

/* The terms as inputs of g. */
static struct mesa_loss_terms
terms_of(struct mesa_graph *g, const struct lesson *l)
{
    mesa_node x[N_TERMS] = { 0 };

    for (size_t i = 0; i < N_TERMS; i++)
        if (l->n[i])
            x[i] = mesa_input(g, MESA_SHARED, MESA_SHAPE(ROWS, l->n[i]));
    return (struct mesa_loss_terms){ sizeof(struct mesa_loss_terms),
                                     x[PREDICTION], x[TARGET], x[INPUT],
                                     x[EXTRA] };
}

static void
bind_terms(struct mesa_program *p, const struct mesa_loss_terms *terms,
           struct lesson *l)
{
    const mesa_node x[N_TERMS] = { terms->prediction, terms->target,
                                   terms->input, terms->extra };

    for (size_t i = 0; i < N_TERMS; i++)
        if (x[i])
            mesa_program_bind(p, x[i], l->value[i]);
}

/* The loss of w (NULL: of what it has learnt) in doubles, and its derivative
 * by the predictions. */
static mesa_status
compute(const struct mesa_instance *loss, struct mesa_weights *w,
        const struct lesson *lesson, double *value, double *slope,
        struct mesa_error *err)
{
    struct lesson l = *lesson;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_loss_terms terms = terms_of(g, &l);
    struct mesa_program *p = NULL;
    mesa_node weight[16], out[2] = { 0 };
    mesa_status st;

    if (w)
        mesa_weights_inputs(w, g, weight);
    out[0] = mesa_loss_build_terms(loss, g, w ? weight : NULL, &terms);
    mesa_grad(g, out[0], &terms.prediction, 1, &out[1]);
    st = mesa_program_new(g, out, 2, &p, err);
    mesa_graph_free(g);
    if (st != MESA_OK)
        return st;
    bind_terms(p, &terms, &l);
    if (w)
        mesa_weights_bind(w, p, weight);
    mesa_program_bind(p, out[0], value);
    mesa_program_bind(p, out[1], slope);
    st = mesa_program_run(p, err);
    mesa_program_free(p);
    return st;
}

static void
set(struct mesa_weights *w, size_t i, const double *value, size_t n)
{
    memcpy(mesa_weights_data(w, i), value, n * sizeof *value);
}

static void
assert_weight(const struct mesa_weight *w, const char *name, uint32_t rank,
              size_t rows, size_t cols)
{
    assert_string_equal(w->name, name);
    assert_int_equal(w->rank, rank);
    assert_int_equal(w->shape[0], rows);
    if (rank == 2)
        assert_int_equal(w->shape[1], cols);
}

static void
test_parameters(void **state)
{
    static const struct mesa_loss_shape shape = { sizeof shape, 2, 3, 5, 7 };
    const struct mesa_loss_class *c =
        (const void *)learned_plugin()->classes[0];
    struct maker m = empty;
    struct mesa_weight w[8] = { { .name = "untouched" } };
    const void *self;

    (void)state;
    self = mesa_instance_view(make(&m, "hidden_layer_sizes=11,4"));
    assert_int_equal(c->parameters(self, &shape, w, 8), 6);
    assert_weight(&w[0], "coef.0", 2, 5, 11);
    assert_weight(&w[1], "intercept.0", 1, 11, 0);
    assert_weight(&w[2], "coef.1", 2, 11, 4);
    assert_weight(&w[4], "coef.2", 2, 4, 1);
    assert_weight(&w[5], "intercept.2", 1, 1, 0);
    self = mesa_instance_view(make(&m, "use_input=yes use_extra=yes "
                                       "fit_intercept=no"));
    strcpy(w[1].name, "untouched");
    assert_int_equal(c->parameters(self, &shape, w, 1), 3);
    assert_weight(&w[0], "coef.0", 2, 17, 50);
    assert_string_equal(w[1].name, "untouched");
    self = mesa_instance_view(make(&m, "use_target=no"));
    c->parameters(self, &shape, w, 1);
    assert_weight(&w[0], "coef.0", 2, 2, 50);
    assert_error(maker_make(&m, MESA_KIND_LOSS, "learned",
                            "hidden_layer_sizes=1.5", err),
                 MESA_EINVAL,
                 "[loss] learned: hidden_layer_sizes has 1.5, expected whole "
                 "numbers");
    maker_free(&m);
}

/* Two hidden units of tanh, softplus: every number worked out here. */
static void
test_by_hand(void **state)
{
    const double coef[4][2] = {
        { 0.5, -1.0 }, { 0.25, 2.0 }, { -0.5, 0.125 }, { 1.0, -0.75 }
    };
    const double intercept[2] = { 0.1, -0.2 }, last[2] = { 1.5, -0.5 };
    const double end = 0.3;
    const struct lesson *l = &two_and_two;
    struct maker m = empty;
    struct mesa_weights *w;
    double value, slope[6], expected = 0;

    (void)state;
    make(&m, "hidden_layer_sizes=2 activation=tanh");
    w = draw(m.made, l, MESA_F64, 1);
    set(w, 0, &coef[0][0], 8);
    set(w, 1, intercept, 2);
    set(w, 2, last, 2);
    set(w, 3, &end, 1);
    assert_ok(compute(m.made, w, l, &value, slope, err));
    for (size_t r = 0; r < ROWS; r++) {
        double shown[4], y = end, by_shown[2] = { 0, 0 };

        memcpy(shown, l->value[PREDICTION] + 2 * r, 2 * sizeof *shown);
        memcpy(shown + 2, l->value[TARGET] + 2 * r, 2 * sizeof *shown);
        for (size_t k = 0; k < 2; k++) {
            double h = intercept[k];

            for (size_t j = 0; j < 4; j++)
                h += shown[j] * coef[j][k];
            y += last[k] * tanh(h);
            for (size_t j = 0; j < 2; j++)
                by_shown[j] += last[k] * (1 - tanh(h) * tanh(h)) * coef[j][k];
        }
        expected += log(1 + exp(y)) / ROWS;
        for (size_t j = 0; j < 2; j++)
            assert_close(slope[2 * r + j],
                         by_shown[j] / (1 + exp(-y)) / ROWS, 1e-12);
    }
    assert_close(value, expected, 1e-12);
    mesa_weights_free(w);
    maker_free(&m);
}

/* Without hidden units the loss is a weighted sum of what it is shown. */
static void
test_shown(void **state)
{
    const double coef[5] = { 1, 10, 100, 1000, 10000 };
    const double scale[5] = { 2, 1, 4, 1, 8 };
    const struct lesson *l = &all_terms;
    struct maker m = empty;
    struct mesa_weights *w;
    double value, slope[3], expected = 0;

    (void)state;
    make(&m, "hidden_layer_sizes= output=none fit_intercept=no use_input=yes "
             "use_extra=yes scale=2,1,4,1,8");
    w = draw(m.made, l, MESA_F64, 1);
    set(w, 0, coef, 5);
    assert_ok(compute(m.made, w, l, &value, slope, err));
    for (size_t r = 0; r < ROWS; r++) {
        const double shown[5] = {
            l->value[PREDICTION][r], l->value[TARGET][r],
            l->value[INPUT][2 * r], l->value[INPUT][2 * r + 1],
            l->value[EXTRA][r]
        };

        for (size_t j = 0; j < 5; j++)
            expected += coef[j] * shown[j] / scale[j] / ROWS;
        assert_close(slope[r], 0.5 / ROWS, 1e-12);
    }
    assert_close(value, expected, 1e-12);
    mesa_weights_free(w);
    maker_free(&m);
}

static void
test_log_softmax(void **state)
{
    const double coef[2] = { 1, 10 };
    const double *x = two_and_two.value[PREDICTION];
    struct maker m = empty;
    struct mesa_weights *w;
    double value, slope[6], expected = 0;

    (void)state;
    make(&m, "hidden_layer_sizes= output=none fit_intercept=no "
             "use_target=no prediction=log_softmax");
    w = draw(m.made, &two_and_two, MESA_F64, 1);
    set(w, 0, coef, 2);
    assert_ok(compute(m.made, w, &two_and_two, &value, slope, err));
    for (size_t r = 0; r < ROWS; r++) {
        double sum = exp(x[2 * r]) + exp(x[2 * r + 1]);

        expected += (x[2 * r] + 10 * x[2 * r + 1] - 11 * log(sum)) / ROWS;
        assert_close(slope[2 * r],
                     (1 - 11 * exp(x[2 * r]) / sum) / ROWS, 1e-12);
    }
    assert_close(value, expected, 1e-12);
    mesa_weights_free(w);
    maker_free(&m);
}

/* A lesson without one of its terms, to a loss that looks at all. */
/* The same network, with and without the log loss beside it. */
static void
test_base(void **state)
{
    static const char *const words[2] = {
        "output=none", "output=none base=cross_entropy"
    };
    const struct lesson *l = &two_and_two;
    double value[2], slope[2][6], log_loss = 0;
    struct maker m = empty;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct mesa_weights *w = draw(make(&m, words[i]), l, MESA_F64, 1);

        assert_ok(compute(m.made, w, l, &value[i], slope[i], err));
        mesa_weights_free(w);
    }
    maker_free(&m);
    for (size_t r = 0; r < ROWS; r++) {
        const double *x = &l->value[PREDICTION][2 * r];
        const double *t = &l->value[TARGET][2 * r];
        double p = 1 / (1 + exp(x[1] - x[0])); /* of the first class */

        log_loss -= log(t[0] == 1 ? p : 1 - p) / ROWS;
        assert_close(slope[1][2 * r] - slope[0][2 * r], (p - t[0]) / ROWS,
                     1e-12);
        assert_close(slope[1][2 * r + 1] - slope[0][2 * r + 1],
                     (t[0] - p) / ROWS, 1e-12);
    }
    assert_close(value[1] - value[0], log_loss, 1e-12);
}

static void
refuses_without(const char *words, size_t term, const char *text)
{
    struct lesson less = all_terms;
    struct maker m = empty;
    struct mesa_weights *w;
    double value, slope[3];

    w = draw(make(&m, words), &all_terms, MESA_F64, 1);
    less.n[term] = 0;
    assert_error(compute(m.made, w, &less, &value, slope, err), MESA_EINVAL,
                 text);
    mesa_weights_free(w);
    maker_free(&m);
}

static void
test_refused(void **state)
{
    struct maker m = empty;
    struct mesa_weights *w;
    double value, slope[3];

    (void)state;
    refuses_without("", TARGET,
                    "loss learned looks at the target (use_target = yes), "
                    "but here is none");
    refuses_without("use_input=yes", INPUT,
                    "loss learned looks at the input (use_input = yes), but "
                    "here is none");
    refuses_without("use_extra=yes", EXTRA,
                    "loss learned looks at the extra (use_extra = yes), but "
                    "here is none");
    refuses_without("use_target=no base=cross_entropy", TARGET,
                    "loss learned corrects the log loss (base = "
                    "cross_entropy), but here is no target");
    w = draw(make(&m, "base=cross_entropy"), &all_terms, MESA_F64, 1);
    assert_error(compute(m.made, w, &all_terms, &value, slope, err),
                 MESA_EINVAL,
                 "loss learned corrects the log loss (base = cross_entropy) "
                 "of classes, but there are 1 outputs and 1 targets");
    mesa_weights_free(w);
    w = draw(make(&m, "scale=1,2,3"), &all_terms, MESA_F64, 1);
    assert_error(compute(m.made, w, &all_terms, &value, slope, err),
                 MESA_ESHAPE,
                 "scale has 3 numbers but loss learned looks at 2 columns");
    mesa_weights_free(w);
    w = draw(make(&m, "prediction=log_softmax"), &all_terms, MESA_F64, 1);
    assert_error(compute(m.made, w, &all_terms, &value, slope, err),
                 MESA_EINVAL,
                 "loss learned looks at probabilities of classes (prediction "
                 "= log_softmax), but the prediction has 1 column");
    mesa_weights_free(w);
    maker_free(&m);
}

/* What the core says for all losses that can, or cannot, be learnt. */
static void
test_untaught(void **state)
{
    const struct mesa_loss_shape shape = shape_of(&two_and_two);
    struct maker m = empty;
    struct mesa_weights *w;
    struct mesa_rng rng;
    double value, slope[6];

    (void)state;
    make(&m, "");
    assert_error(compute(m.made, NULL, &two_and_two, &value, slope, err),
                 MESA_EINVAL,
                 "loss learned has learnt nothing: give it a state, the "
                 "loss.safetensors of the run that taught it");
    mesa_rng_seed(&rng, 1);
    w = draw(m.made, &two_and_two, MESA_F32, 1);
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "mse", "", err));
    assert_error(mesa_loss_learn(m.made, &shape, w, err), MESA_ENOTSUP,
                 "loss mse has nothing to learn; `learned` has");
    mesa_weights_free(w);
    assert_error(mesa_loss_weights(m.made, &shape, MESA_F32, &rng, &w, err),
                 MESA_ENOTSUP,
                 "loss mse has nothing to learn; `learned` has");
    assert_null(w);
    maker_free(&m);
}

/* As taught, also when what taught it is gone; in other precision, and again
 * with other weights. */
static void
test_taught(void **state)
{
    const struct mesa_loss_shape shape = shape_of(&two_and_two);
    struct maker m = empty;
    struct mesa_weights *w, *known;
    double before, after, slope[2][6];

    (void)state;
    make(&m, "");
    for (uint64_t seed = 1; seed <= 2; seed++) {
        /* Drawn in 32 bits, looked at in 64. */
        w = draw(make(&m, ""), &two_and_two, MESA_F32, seed);
        assert_ok(mesa_loss_learn(m.made, &shape, w, err));
        known = draw(m.made, &two_and_two, MESA_F64, 99);
        mesa_weights_free(w);
        assert_ok(compute(m.made, known, &two_and_two, &before, slope[0],
                          err));
        assert_ok(compute(m.made, NULL, &two_and_two, &after, slope[1],
                          err));
        assert_bits_equal(before, after);
        assert_memory_equal(slope[0], slope[1], sizeof slope[0]);
        mesa_weights_free(known);
    }
    w = draw(m.made, &two_and_two, MESA_F64, 1);
    memset(mesa_weights_data(w, 2), 0, 50 * 50 * sizeof(double));
    assert_ok(mesa_loss_learn(m.made, &shape, w, err));
    assert_ok(compute(m.made, NULL, &two_and_two, &before, slope[0], err));
    assert_true(before != after);
    mesa_weights_free(w);
    maker_free(&m);
}

static void
test_other_width(void **state)
{
    const struct mesa_loss_shape shape = shape_of(&two_and_two);
    static const struct mesa_loss_shape other = { sizeof other, 3, 3, 0, 0 };
    struct lesson l = two_and_two;
    struct maker m = empty;
    struct mesa_weights *w;
    struct mesa_rng rng;
    double value, slope[6];

    (void)state;
    w = draw(make(&m, ""), &l, MESA_F32, 1);
    assert_ok(mesa_loss_learn(m.made, &shape, w, err));
    assert_error(mesa_loss_learn(m.made, &other, w, err), MESA_ESHAPE,
                 "the weights are not those of loss learned for 3 outputs, 3 "
                 "targets, 0 inputs and 0 extra columns");
    mesa_weights_free(w);
    mesa_rng_seed(&rng, 1);
    assert_error(mesa_loss_weights(m.made, &other, MESA_F32, &rng, &w, err),
                 MESA_ESHAPE,
                 "loss learned has learnt for 2 outputs, 2 targets, 0 inputs "
                 "and 0 extra columns, but here are 3, 3, 0 and 0");
    assert_null(w);
    l.n[TARGET] = 0;
    assert_error(compute(m.made, NULL, &l, &value, slope, err), MESA_ESHAPE,
                 "loss learned has learnt for 2 outputs, 2 targets, 0 inputs "
                 "and 0 extra columns, but here are 2, 0, 0 and 0: the target "
                 "is not given here");
    /* What it does not look at may be there. */
    l = two_and_two;
    l.n[INPUT] = 2;
    assert_ok(compute(m.made, NULL, &l, &value, slope, err));
    maker_free(&m);
}

/* As many columns in all, but others. */
static void
test_other_terms(void **state)
{
    static const struct mesa_loss_shape taught = { sizeof taught, 1, 1, 3, 0 };
    static const struct mesa_loss_shape other = { sizeof other, 2, 2, 1, 0 };
    struct lesson l = all_terms;
    struct maker m = empty;
    struct mesa_weights *w;
    struct mesa_rng rng;

    (void)state;
    l.n[INPUT] = 3;
    w = draw(make(&m, "use_input=yes"), &l, MESA_F32, 1);
    assert_ok(mesa_loss_learn(m.made, &taught, w, err));
    mesa_weights_free(w);
    mesa_rng_seed(&rng, 1);
    assert_error(mesa_loss_weights(m.made, &other, MESA_F32, &rng, &w, err),
                 MESA_ESHAPE,
                 "loss learned has learnt for 1 outputs, 1 targets, 3 inputs "
                 "and 0 extra columns, but here are 2, 2, 1 and 0");
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_log_softmax),
        cmocka_unit_test(test_base),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_untaught),
        cmocka_unit_test(test_taught),
        cmocka_unit_test(test_other_width),
        cmocka_unit_test(test_other_terms),
    };

    return cmocka_run_group_tests_name("learned", tests, NULL, NULL);
}
